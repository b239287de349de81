"""``tandem verify-journal FILE``: the proof of an exported journal, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from app.errors import TandemError
from app.journal_proof import Problem, verify_export
from ui.messages import sentence
from ui.text import _, mark, ngettext

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.anchor import Head

__all__ = ["verify"]

PROBLEMS: dict[Problem, str] = {
    Problem.NOT_A_JOURNAL: mark("Ce fichier n’est pas un journal exporté par Tandem."),
    Problem.ALTERED: mark("La ligne {line} a été changée."),
    Problem.CHANGED: mark("La ligne {before} a été changée, ou la ligne {line} qui la suit."),
    Problem.REMOVED: mark("Il manque une ligne ou plusieurs, avant la ligne {line}."),
    Problem.REORDERED: mark("Des lignes ont changé de place, à partir de la ligne {line}."),
    Problem.INSERTED: mark("Une ligne a été ajoutée ou répétée, à la ligne {line}."),
    Problem.OUT_OF_ORDER: mark("Une ligne n’est pas à sa place, à la ligne {line}."),
    Problem.NO_HEAD: mark("La fin du journal manque : il a été coupé."),
    Problem.HEAD_DIFFERS: mark("Les lignes ne donnent pas le résultat qui a été signé."),
    Problem.SIGNATURE: mark("La signature n’est pas bonne."),
    Problem.ANOTHER_KEY: mark("Le journal est signé par un autre poste."),
    Problem.SHORTENED: mark("Le journal est plus court que ce qui est connu ailleurs."),
}


def _known_here(config: Path | None, file: Path) -> Head | None:
    """Return the head kept on this PC, where the file is of this PC's journal."""
    if config is None:
        return None
    from ui.desk.config import DeskConfig
    from ui.desk.post import vault_of

    head = vault_of(DeskConfig.load(config)).known_head()
    claimed = verify_export(file).head
    return head if head is not None and claimed is not None and head.journal == claimed.journal else None


def verify(file: Path, out: TextIO, err: TextIO, config: Path | None = None) -> int:
    """Write what was found; 0 when the journal is whole and signed, else 1.

    With this PC's ``config`` it must also reach the head that is kept outside of its store: what was cut
    off and signed again by the same PC is found only so.
    """
    try:
        found = verify_export(file, expected=_known_here(config, file))
    except TandemError as problem:
        err.write(f"{sentence(problem)}\n")
        return 1
    line = found.line or 0
    if found.problem is not None:
        err.write(_(PROBLEMS[found.problem]).format(line=line, before=line - 1) + "\n")
        return 1
    entries = ngettext("{count} entrée", "{count} entrées", found.entries).format(count=found.entries)
    out.write(_("Journal entier et signé : {entries}.").format(entries=entries) + "\n")
    if found.first and found.last:
        out.write(_("Du {first} au {last}.").format(first=found.first, last=found.last) + "\n")
    out.write(_("Clé du poste : {key}").format(key=found.key) + "\n")
    return 0
