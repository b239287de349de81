"""``tandem verify-access-list FILE``: the proof of a signed list of who looked, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from app.access_proof import Problem, verify_file
from app.errors import TandemError
from ui import formats
from ui.messages import sentence
from ui.text import _, mark

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PROBLEMS", "verify"]

PROBLEMS: dict[Problem, str] = {
    Problem.NOT_A_PDF: mark("Ce fichier n’est pas un PDF, ou son début a été changé."),
    Problem.NOT_SIGNED: mark("Ce fichier n’est pas signé."),
    Problem.CUT: mark("La fin du fichier manque : il a été coupé."),
    Problem.ADDED: mark("Quelque chose a été ajouté à la fin du fichier, après la signature."),
    Problem.EDITED: mark("Le fichier a été changé après la signature."),
    Problem.ANOTHER_KEY: mark(
        "La liste est entière, mais signée par un autre service que celui de ce poste."
    ),
}


def verify(file: Path, out: TextIO, err: TextIO, config: Path | None = None) -> int:
    """Write what was found; 0 when the list is whole and signed, by this PC's service where it is known."""
    try:
        key = _pinned(config) if config is not None else None
        found = verify_file(file, key)
    except TandemError as problem:
        err.write(f"{sentence(problem)}\n")
        return 1
    if found.problem is not None:
        err.write(_(PROBLEMS[found.problem]) + "\n")
        if found.key:
            err.write(_("Clé de la signature : {key}").format(key=_grouped(found.key)) + "\n")
        return 1
    out.write(_("Liste entière et signée : rien n’a été changé.") + "\n")
    if found.signed is not None:
        day, time = formats.day(found.signed), formats.clock_time(found.signed)
        out.write(_("Signée le {day} à {time}.").format(day=day, time=time) + "\n")
    if key is not None:
        out.write(_("Signée par le service de ce poste.") + "\n")
    else:
        out.write(_("Nom écrit dans le certificat : {name}").format(name=found.signer) + "\n")
        out.write(_("Comparez cette clé avec celle de votre service :") + "\n")
    out.write(_("Clé de la signature : {key}").format(key=_grouped(found.key)) + "\n")
    return 0


def _pinned(config: Path) -> str:
    """Return the fingerprint that this PC pinned when it was enrolled; raises ``PcNotEnrolled``."""
    from sync.accesses import fingerprint_of
    from sync.enrolment import PcNotEnrolled, load
    from ui.desk.config import DeskConfig
    from ui.desk.post import DEVICE, vault_of

    vault = vault_of(DeskConfig.load(config))
    if not vault.places.device.exists():
        raise PcNotEnrolled
    vault.open()
    try:
        with vault.key_for(DEVICE) as key:
            device = load(vault.places.device, key)
    finally:
        vault.close()
    found = fingerprint_of(device.policy_key) if device is not None else ""
    if not found:
        raise PcNotEnrolled
    return found


def _grouped(key: str) -> str:
    return " ".join(key[at : at + 8] for at in range(0, len(key), 8))
