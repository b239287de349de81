"""``tandem export-journal FILE``: the PC's lasting journal as signed JSON lines, and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from app.errors import PersonCanAct, TandemError
from ui.desk.config import DeskConfig
from ui.messages import sentence
from ui.text import _, ngettext

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.anchor import Head

__all__ = ["ExportFileExists", "JournalNotSignable", "export_journal"]


class ExportFileExists(PersonCanAct):
    """There is a file of that name: an export kept as proof is not written over."""

    code = "export-file-exists"


class JournalNotSignable(PersonCanAct):
    """The journal has entries and the PC's signing key is not there."""

    code = "journal-not-signable"


def export_journal(config: Path, file: Path, out: TextIO, err: TextIO) -> int:
    """Export the journal of the PC so configured; 0 also where there is nothing in it yet, else 1."""
    try:
        head = _export(DeskConfig.load(config), file)
    except TandemError as error:
        err.write(_("Le journal n’a pas été exporté.") + f" {sentence(error)}\n")
        return 1
    if head is None:
        out.write(_("Le journal de ce poste est vide : aucun fichier n’a été écrit.") + "\n")
        return 0
    entries = ngettext("{count} entrée", "{count} entrées", head.size).format(count=head.size)
    out.write(_("Journal exporté et signé : {entries}.").format(entries=entries) + "\n")
    out.write(_("Pour le vérifier : tandem verify-journal {file}").format(file=file) + "\n")
    return 0


def _export(config: DeskConfig, file: Path) -> Head | None:
    """Open the vault as it is: nothing is made, moved or begun anew on the way."""
    from sync.enrolment import load
    from ui.desk.post import DEVICE, vault_of

    if file.exists():
        raise ExportFileExists
    vault = vault_of(config)
    try:
        if vault.head() is None:
            return None
        with vault.key_for(DEVICE) as key:
            device = load(vault.places.device, key)
        if device is None:
            raise JournalNotSignable
        return vault.export(file, device.signing_key)
    finally:
        vault.close()
