"""Several acts in one transaction: fewer requests, and one that is refused is found quickly.

Context: on a line with half a second of delay, requests are what costs, not bytes. Acts that touch nothing
in common can travel in one FHIR transaction; it is filed whole or not at all, and each act stays itself:
its own Provenance, by which the service knows it again.
Decision: a group holds at most 50 entries and a mebibyte. It is halved when the service says that it is
too much or stumbles, and grows back act by act. Where the service refuses a group, the entry that it names
is sent alone and the others together; where it names none, the halves are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import orjson

from app.fhir.bundle import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.records import Operation
    from sync.failures import TransportError

__all__ = ["Grouping", "bundled", "culprit", "split"]

MOST_ENTRIES, MOST_BYTES = 50, 1 << 20
_FIRST_ACTS = 20
_NAMED = re.compile(r"Bundle\.entry\[(\d{1,5})\]")

_Item = TypeVar("_Item")


class Grouping:
    """How many acts go together now."""

    def __init__(self, acts: int = _FIRST_ACTS) -> None:
        self._acts = acts

    def groups(
        self, unsent: Sequence[Operation], bodies: Mapping[int, bytes], most: int = MOST_ENTRIES
    ) -> Iterator[list[Operation]]:
        """Cut what is to be sent, in its order, by the size that is right by then; ``most`` in acts."""
        left = list(unsent)
        while left:
            group = [left.pop(0)]
            size, count = len(bodies[group[0].seq]), len(group[0].resources)
            while left and len(group) < min(self._acts, most):
                size, count = size + len(bodies[left[0].seq]), count + len(left[0].resources)
                if size > MOST_BYTES or count > MOST_ENTRIES:
                    break
                group.append(left.pop(0))
            yield group

    def grew(self) -> None:
        """A group went through: one act more next time."""
        self._acts = min(self._acts + 1, MOST_ENTRIES)

    def halve(self, group: Sequence[Operation]) -> None:
        """A group was too much."""
        self._acts = max(1, len(group) // 2)


def bundled(bodies: Sequence[bytes]) -> bytes:
    """Make one transaction of several; one alone stays the very bytes it is."""
    if len(bodies) == 1:
        return bodies[0]
    found = [entry for body in bodies for entry in entries(orjson.loads(body))]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": found})


def culprit(group: Sequence[Operation], failure: TransportError) -> int | None:
    """Return which act the service names in its refusal (``Bundle.entry[n]``); ``None`` where none."""
    named = _NAMED.match(str(failure.fields.get("expression", "")))
    if named is None:
        return None
    place = int(named[1])
    for number, operation in enumerate(group):
        place -= len(operation.resources)
        if place < 0:
            return number
    return None


def split(group: Sequence[_Item], named: int | None) -> list[list[_Item]]:
    """Cut a refused group: the one that was named alone and the others, else the halves."""
    if named is not None:
        rest = [each for number, each in enumerate(group) if number != named]
        return [[group[named]], *([rest] if rest else [])]
    middle = len(group) // 2
    return [list(group[:middle]), list(group[middle:])]
