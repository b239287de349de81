"""The closed lists whose French words reach a screen, read from the source without running it.

Decision: ``app`` and the service's sentences have no gettext (``app`` has no words for people, and its
lists travel in FHIR as they are). A screen says ``_(term.label)``. So that the catalogues know these
words, the tables are named here and their words are read from the syntax tree: the values of a plain
dictionary, or the second argument of each entry (``Term(key, label, …)``). Importing them instead would
turn the direction of the imports round. ``NOT_SHOWN`` names the rest with its reason, and a test finds
the table that stands in neither.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOT_SHOWN", "PARAGRAPHS", "SHOWN", "paragraphs", "tables", "words"]

ROOT = Path(__file__).resolve().parent.parent

SHOWN: tuple[tuple[str, str], ...] = (
    ("app/codes/access_words.py", "DEED_LABELS"),
    ("app/codes/access_words.py", "LOOKER_LABELS"),
    ("app/codes/access_words.py", "REASON_LABELS"),
    ("app/codes/allergens.py", "ALLERGENS"),
    ("app/codes/allergens.py", "GROUP_LABELS"),
    ("app/codes/categories.py", "CATEGORIES"),
    ("app/codes/mandate_words.py", "ACTION_LABELS"),
    ("app/codes/mandate_words.py", "DURATION_LABELS"),
    ("app/codes/mandate_words.py", "SCOPE_LABELS"),
    ("app/codes/personal_acts.py", "READ_BACKS"),
    ("app/codes/reactions.py", "REACTIONS"),
    ("app/codes/reactions.py", "SEVERITIES"),
    ("app/codes/relationships.py", "RELATIONS"),
    ("app/codes/vaccines.py", "VACCINES"),
    ("sync/service/access_words.py", "PAPER"),
    ("sync/service/messages.py", "MAIL"),
    ("sync/service/messages.py", "PAGES"),
    ("sync/service/messages.py", "PHONE"),
    ("sync/service/messages.py", "SENTENCES"),
    ("sync/service/messages.py", "START"),
    ("sync/service/messages.py", "WARNINGS"),
    ("sync/service/office_words.py", "OFFICE"),
)
"""File and table, in the order of the files."""

PARAGRAPHS: tuple[tuple[str, str], ...] = (
    ("app/codes/information_texts.py", "_INFORMATION_FR_1"),
    ("app/codes/mandate_texts.py", "_MANDAT_FR_1"),
    ("app/codes/mandate_texts.py", "_UNTIL_THE_END_OF_THE_VISIT"),
    ("app/codes/mandate_texts.py", "_UNTIL"),
    ("app/codes/mandate_texts.py", "_AIDANT_FR_1"),
    ("app/codes/mandate_texts.py", "_REPRESENTANT_FR_1"),
    ("app/codes/mandate_texts.py", "_UNTIL_THAT_DAY"),
)
"""File and long text, cut at its empty lines. A mandate's French text is signed and hashed; translations of
its paragraphs are shown beside it, so that it is understood. The information asks for nothing and is said in
the language of the screen."""

NOT_SHOWN: dict[tuple[str, str], str] = {
    ("app/codes/attestation_texts.py", "SIGNED_WORDS"): "words of a document that is kept as it is",
    ("app/codes/allergens.py", "CATEGORIES"): "codes of FHIR",
    ("app/codes/document_types.py", "CLASSES"): "displays of the official list, they travel as they are",
    ("app/codes/ins.py", "_CORSICA"): "digits of a key",
    ("app/codes/relationships.py", "ROLE_DISPLAYS"): "displays of the official list, they travel as they are",
    ("app/codes/systems.py", "INS_SYSTEMS"): "codes of identity systems",
    ("app/codes/vaccine_products.py", "PRODUCTS"): "names of products, as they stand on the box",
}
"""Tables of words that no screen shows, each with its reason."""

_LABEL = 1


def words(file: str, table: str) -> Iterator[tuple[int, str]]:
    """Give each word of a table with its line."""
    for name, value in _assigned(ROOT / file):
        if name == table:
            yield from _labels(value)


def paragraphs(file: str, text: str) -> Iterator[tuple[int, str]]:
    """Give each paragraph of a long text with its line."""
    for name, value in _assigned(ROOT / file):
        if name == text and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from ((value.lineno, each) for each in value.value.strip().split("\n\n"))


def tables(file: str) -> Iterator[str]:
    """Give the names of a file's tables that hold words."""
    for name, value in _assigned(ROOT / file):
        if any(_labels(value)):
            yield name


def _assigned(path: Path) -> Iterator[tuple[str, ast.expr]]:
    for statement in ast.parse(path.read_text("utf-8")).body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case _:
                pass


def _labels(value: ast.expr) -> Iterator[tuple[int, str]]:
    """Give the strings of a dictionary's values, and the second argument of each call."""
    for node in ast.walk(value):
        found = node.values if isinstance(node, ast.Dict) else []
        if isinstance(node, ast.Call):
            found = node.args[_LABEL : _LABEL + 1]
        for each in found:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.lineno, each.value
