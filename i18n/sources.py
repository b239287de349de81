"""The sentences of the source: what stands in ``_("…")``, ``ngettext("…", "…", n)`` and ``mark("…")``.

Decision: they are read from the syntax tree. Babel's own reader takes any string between the brackets for
a sentence (``_(LABELS["OTHER"])`` gives « OTHER »); here only a whole literal is one, and a sentence made
of pieces (``_(f"…")``, ``_("…" + name)``) is reported, since no catalogue can know it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Found", "in_pieces", "sentences"]

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("ui", "sync/service")
NOTE = "# Translators:"

# How many arguments of each are words.
_WORDS = {"_": 1, "mark": 1, "ngettext": 2}


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence, or a singular and its plural; where it stands; the note for translators above it."""

    words: str | tuple[str, ...]
    file: str
    line: int
    notes: tuple[str, ...] = ()


def sentences() -> Iterator[Found]:
    """Give each sentence of the sources, in the order of files and lines."""
    for path, lines, call in _calls():
        words = [argument.value for argument in call.args if _is_text(argument)]  # type: ignore[attr-defined]
        wanted = _WORDS[_name(call)]
        if len(words) >= wanted and words[0].strip():
            said = words[0] if wanted == 1 else tuple(words[:wanted])
            yield Found(said, _relative(path), call.lineno, _notes(lines, call.lineno))


def in_pieces() -> Iterator[str]:
    """Give the places where a sentence is put together before it is translated."""
    for path, _lines, call in _calls():
        if any(
            isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in call.args[: _WORDS[_name(call)]]
        ):
            yield f"{_relative(path)}:{call.lineno}"


def _calls() -> Iterator[tuple[Path, list[str], ast.Call]]:
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            text = path.read_text("utf-8")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and _name(node) in _WORDS:
                    yield path, text.splitlines(), node


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_text(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and isinstance(argument.value, str)


def _notes(lines: list[str], line: int) -> tuple[str, ...]:
    above = lines[line - 2].strip() if line > 1 else ""
    return (above.removeprefix("# "),) if above.startswith(NOTE) else ()


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
