"""``tandem verify-journal FILE``: the proof of an exported journal, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from app.errors import TandemError
from app.journal_proof import Problem, verify_export
from ui.messages import sentence
from ui.text import _, mark, ngettext

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["verify"]

PROBLEMS: dict[Problem, str] = {
    Problem.NOT_A_JOURNAL: mark("Ce fichier n’est pas un journal exporté par Tandem."),
    Problem.ALTERED: mark("La ligne {line} a été changée."),
    Problem.OUT_OF_ORDER: mark("Une ligne manque, a été ajoutée ou déplacée, à la ligne {line}."),
    Problem.NO_HEAD: mark("La fin du journal manque : il a été coupé."),
    Problem.HEAD_DIFFERS: mark("Les lignes ne donnent pas le résultat qui a été signé."),
    Problem.SIGNATURE: mark("La signature n’est pas bonne."),
    Problem.ANOTHER_KEY: mark("Le journal est signé par un autre poste."),
    Problem.SHORTENED: mark("Le journal est plus court que ce qui est connu ailleurs."),
}


def verify(file: Path, out: TextIO, err: TextIO) -> int:
    """Write what was found; 0 when the journal is whole and signed, else 1."""
    try:
        found = verify_export(file)
    except TandemError as problem:
        err.write(f"{sentence(problem)}\n")
        return 1
    if found.problem is not None:
        err.write(_(PROBLEMS[found.problem]).format(line=found.line or 0) + "\n")
        return 1
    entries = ngettext("{count} entrée", "{count} entrées", found.entries).format(count=found.entries)
    out.write(_("Journal entier et signé : {entries}.").format(entries=entries) + "\n")
    if found.first and found.last:
        out.write(_("Du {first} au {last}.").format(first=found.first, last=found.last) + "\n")
    out.write(_("Clé du poste : {key}").format(key=found.key) + "\n")
    return 0
