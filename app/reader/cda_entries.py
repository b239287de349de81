"""What a section's coded entries say, for a section that has no narrative.

Displays, values with their unit, dates: never a code. It is second best, so it is short and flat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reader.cda_words import coded, flat, period, value_words
from app.reader.cda_xml import Element, children, find, local
from app.reader.values import Block, Bullets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["entry_blocks"]

MAX_LINES = 500
_STATEMENTS = frozenset(
    {"act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply"}
)
_DEEPER = frozenset({"entryRelationship", "component"})


def entry_blocks(section: Element) -> list[Block]:
    """Say the entries of a section, one line each."""
    lines: list[str] = []
    for entry in children(section, "entry"):
        for line in _lines(entry):
            if line not in lines:
                lines.append(line)
            if len(lines) >= MAX_LINES:
                return [Bullets(tuple(lines))]
    return [Bullets(tuple(lines))] if lines else []


def _lines(holder: Element) -> Iterator[str]:
    for statement in holder:
        if local(statement) not in _STATEMENTS:
            continue
        line = _line(statement)
        if line:
            yield line
        for deeper in statement:
            if local(deeper) in _DEEPER:
                yield from _lines(deeper)


def _line(statement: Element) -> str:
    """``Hémoglobine : 13,2 g/dL (12/03/2020)``."""
    values = [said for one in children(statement, "value") if (said := value_words(one))]
    name = _product(statement) or coded(find(statement, "code"))
    when = next((said for one in children(statement, "effectiveTime") if (said := period(one))), "")
    if not values and not _product(statement) and local(statement) in {"act", "organizer"}:
        when = ""
    said = " : ".join(part for part in (name, ", ".join(values)) if part)
    return f"{said} ({when})" if said and when else said


def _product(statement: Element) -> str:
    """Name the medicine or the device of an administration or a supply."""
    for holder in ("consumable", "product"):
        made = find(statement, holder, "manufacturedProduct", "manufacturedMaterial")
        name = find(made, "name")
        said = flat("".join(name.itertext("*"))) if name is not None else coded(find(made, "code"))
        if said:
            return said
    device = find(statement, "participant", "participantRole", "playingDevice")
    return coded(find(device, "code"))
