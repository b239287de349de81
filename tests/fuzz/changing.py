"""Changes honest input into input that nobody wrote: bytes, words, JSON by its shape.

A *tape* of bytes, drawn by Hypothesis, says which changes are made; so an example is found again from
its tape alone, and a shorter tape is a smaller change.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Tape", "bent_bytes", "bent_json", "bent_words"]

Thing = TypeVar("Thing")
MOST = 6
# Numbers where lengths, signs and types end.
EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    255,
    2**31,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    0.5,
    -0.0,
    1e308,
    5e-324,
    "",
    " ",
    "0",
    "\x00",
    "x" * 3000,
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "é\u0301",
    "\u202ecba",
    "😀",
    "#",
    "/",
    "..",
    "../../etc/passwd",
    "Patient/",
    "Patient/../x",
    "urn:uuid:",
    "urn:oid:1.2",
    "http://[",
    "2026",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "2026-11-22T25:61:61Z",
    "0001-01-01T00:00:00+14:00",
    "2026-11-22T10:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "=",
    "AAAA",
    "%00",
    "a|b",
    "|",
    "$",
    "*",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": {}},
    {"self": 1},
    {"coding": 3},
    {"reference": 7},
    {"url": []},
    [1, "a", None, {}],
    {"extension": {}},
    [[[[]]]],
    {"resourceType": "Patient"},
    {"resourceType": []},
)
NAMES = (
    "self",
    "resourceType",
    "id",
    "extension",
    "_value",
    "value",
    "url",
    "contained",
    "reference",
    "coding",
    "",
    "__class__",
    "kind",
    "payload",
    "op",
    "path",
    "from",
    "entry",
    "cls",
    "argon2id",
    "types",
)


class Tape:
    """Bytes read from the left; after the end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def is_over(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._data)

    def number(self, below: int) -> int:
        """Read a number."""
        wide = 1 if below <= 0x100 else 3
        part = self._data[self._at : self._at + wide]
        self._at += wide
        return int.from_bytes(part, "big") % max(1, below)

    def pick(self, things: Sequence[Thing]) -> Thing:
        """Choose one."""
        return things[self.number(len(things))]

    def take(self, size: int) -> bytes:
        """Read bytes as they are."""
        part = self._data[self._at : self._at + size]
        self._at += size
        return part


def bent_bytes(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Change an honest file: bytes, lengths, pieces left out, doubled, moved, cut, mixed with another's."""
    data = bytearray(tape.pick(seeds))
    for _ in range(MOST):
        place = tape.number(len(data) + 1)
        length = 1 + tape.number(64)
        _WAYS[tape.number(len(_WAYS))](data, place, length, tape, seeds)
        if tape.is_over:
            break
    return bytes(data)


def _write(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    new = tape.take(1 + length % 8)
    data[place : place + len(new)] = new


def _flip(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    if place < len(data):
        data[place] ^= 1 << tape.number(8)


def _edge(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    wide = (1, 2, 4, 8)[length % 4]
    number = tape.pick(EDGES) & ((1 << 8 * wide) - 1)
    data[place : place + wide] = number.to_bytes(wide, "little" if tape.number(2) else "big")


def _leave_out(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    del data[place : place + length]


def _double(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    data[place:place] = data[place : place + length] * (1 + tape.number(40))


def _move(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    piece = data[place : place + length]
    del data[place : place + length]
    other = tape.number(len(data) + 1)
    data[other:other] = piece


def _cut(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    del data[place:]


def _mix(data: bytearray, place: int, length: int, tape: Tape, seeds: Sequence[bytes]) -> None:
    other = tape.pick(seeds)
    start = tape.number(len(other) + 1)
    data[place:place] = other[start : start + 16 * length]


_WAYS: tuple[Callable[[bytearray, int, int, Tape, Sequence[bytes]], None], ...] = (
    _write,
    _flip,
    _edge,
    _edge,
    _leave_out,
    _double,
    _move,
    _cut,
    _mix,
)


def bent_words(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Change a text as bytes are changed, then keep it a text; odd letters come in too."""
    text = bent_bytes(tape, seeds).decode("utf-8", "replace")
    if tape.number(3) == 0:
        place = tape.number(len(text) + 1)
        odd = tape.pick([each for each in ODD if isinstance(each, str)])
        text = text[:place] + odd + text[place:]
    return text.encode("utf-8", "replace")


def bent_json(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Change a JSON by its shape: values of another kind, names, lists, depth; now and then its bytes."""
    if tape.number(12) == 0:
        return bent_bytes(tape, seeds)
    value = orjson.loads(tape.pick(seeds))
    for _ in range(MOST):
        value = _bent(tape, value, seeds)
        if tape.is_over:
            break
    return json.dumps(value).encode()  # orjson writes no more than 254 floors


def _bent(tape: Tape, value: Any, seeds: Sequence[bytes]) -> Any:  # noqa: ANN401  # any JSON
    places = list(_places(value))
    if not places:
        return tape.pick(ODD)
    parent, key = tape.pick(places)
    way = tape.number(8)
    if way <= 2:  # the most telling one
        parent[key] = copy.deepcopy(tape.pick(ODD))
    elif way == 3:
        parent.pop(key)
    elif way == 4:
        parent[key] = [parent[key]] * (1 + tape.number(3))
    elif way == 5:
        parent[key] = _deep(parent[key], tape.number(200))
    elif way == 6 and isinstance(parent, dict):
        parent[tape.pick(NAMES)] = copy.deepcopy(tape.pick(ODD) if tape.number(2) else parent[key])
    else:
        parent[key] = _piece(tape, seeds)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  # any JSON
    """Yield every (parent, key) of a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(inside):
        yield value, key
        yield from _places(each)


def _deep(value: Any, depth: int) -> Any:  # noqa: ANN401  # any JSON
    for _ in range(depth):
        value = [value]
    return value


def _piece(tape: Tape, seeds: Sequence[bytes]) -> Any:  # noqa: ANN401  # any JSON
    """Take a piece of another seed."""
    other = orjson.loads(tape.pick(seeds))
    places = list(_places(other))
    if not places:
        return other
    parent, key = tape.pick(places)
    return parent[key]
