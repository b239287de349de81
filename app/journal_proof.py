"""The proof of an exported journal, for ``tandem verify-journal FILE``: no store, no key needed.

The file is untrusted: lines are bounded, read one by one, and each must be byte for byte the
canonical form of what it says. What a file alone cannot prove is that nothing was cut off and the
head signed again by the same key: for that its ``size`` and ``root`` are compared with the head
kept elsewhere (``expected``).
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.errors import PersonCanAct
from app.journal import START
from app.vault import merkle
from app.vault.anchor import SIGNED_AS, Head
from app.vault.written import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["JournalUnreadable", "Problem", "Verification", "verify_export"]

_LONGEST_LINE: Final = 1 << 20


class JournalUnreadable(PersonCanAct):
    """The file to verify cannot be opened."""

    code = "journal-unreadable"


class Problem(StrEnum):
    """What is the matter with an exported journal."""

    NOT_A_JOURNAL = "not-a-journal"
    ALTERED = "altered"
    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    OUT_OF_ORDER = "out-of-order"
    NO_HEAD = "no-head"
    HEAD_DIFFERS = "head-differs"
    SIGNATURE = "signature"
    ANOTHER_KEY = "another-key"
    SHORTENED = "shortened"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: ``entries`` that hold together, and the first problem with its line (from 1)."""

    entries: int
    problem: Problem | None
    line: int | None
    first: str | None
    last: str | None
    head: Head | None
    key: str | None

    @property
    def ok(self) -> bool:
        """Whether the journal is whole and signed."""
        return self.problem is None


class _Broken(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def verify_export(path: Path, *, key: bytes | None = None, expected: Head | None = None) -> Verification:
    """Verify an exported journal; ``key`` is the computer's public key where it is known (32 bytes)."""
    proof = _Proof(expected)
    try:
        with path.open("rb") as file:
            problem = _run(proof, file, key)
            if problem is Problem.OUT_OF_ORDER and proof.wanted is not None:
                problem = _what_moved(file, proof.wanted, proof.found)
    except OSError:
        raise JournalUnreadable from None
    return Verification(
        entries=proof.size,
        problem=problem,
        line=proof.at if problem else None,
        first=proof.first,
        last=proof.latest,
        head=proof.head,
        key=proof.key,
    )


def _run(proof: _Proof, file: BinaryIO, key: bytes | None) -> Problem | None:
    try:
        for line in _lines(file):
            proof.take(line)
        proof.finish(key)
    except _Broken as broken:
        return broken.problem
    return None


def _what_moved(file: BinaryIO, wanted: int, found: int) -> Problem:
    """Say what became of the order, from the numbers of the lines that follow."""
    if found < wanted:
        return Problem.INSERTED
    for line in _lines(file):
        try:
            number = _object(line).get("seq")
        except _Broken:
            continue
        if number == wanted:
            return Problem.REORDERED
    return Problem.REMOVED


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise _Broken(Problem.NOT_A_JOURNAL)
        yield line.removesuffix(b"\n")


class _Proof:
    """What has held so far."""

    def __init__(self, expected: Head | None) -> None:
        self._expected = expected
        self.at = 0
        self.size = 0
        self.first: str | None = None
        self.latest: str | None = None
        self.head: Head | None = None
        self.key: str | None = None
        self.wanted: int | None = None
        self.found = 0
        self._last = START
        self._edge: tuple[bytes, ...] = ()
        self._signature = b""

    def take(self, line: bytes) -> None:
        """Take the next line: an entry, or the head, after which nothing may come."""
        self.at += 1
        if self.head is not None:
            raise _Broken(Problem.OUT_OF_ORDER)
        fields = _object(line)
        if "head" in fields:
            self._take_head(fields)
        else:
            self._take_entry(line, fields)

    def _take_entry(self, line: bytes, fields: dict[str, Any]) -> None:
        if set(fields) != {"event", "previous", "seq"} or not isinstance(fields["event"], dict):
            raise _Broken(Problem.NOT_A_JOURNAL)
        if canonical(fields) != line:
            raise _Broken(Problem.ALTERED)
        if fields["seq"] != self.size + 1:
            if isinstance(fields["seq"], int):
                self.wanted, self.found = self.size + 1, fields["seq"]
            raise _Broken(Problem.OUT_OF_ORDER)
        if fields["previous"] != self._last.hex():
            raise _Broken(Problem.CHANGED)
        self._edge = merkle.grow(self._edge, self.size, merkle.leaf(line))
        self._last = hashlib.sha256(line).digest()
        self.size += 1
        self.latest = str(fields["event"].get("recorded", ""))
        self.first = self.latest if self.first is None else self.first
        if self._expected is not None and self._expected.size == self.size:
            self._compare(self._expected)

    def _take_head(self, fields: dict[str, Any]) -> None:
        head = fields["head"]
        try:
            self.head = Head(str(head["journal"]), int(head["size"]), str(head["last"]), str(head["root"]))
            self.key = str(fields["key"])
            public = Ed25519PublicKey.from_public_bytes(b64decode(self.key, validate=True))
            public.verify(b64decode(fields["signature"], validate=True), SIGNED_AS + canonical(head))
        except (KeyError, TypeError, ValueError):
            raise _Broken(Problem.NOT_A_JOURNAL) from None
        except InvalidSignature:
            raise _Broken(Problem.SIGNATURE) from None

    def _compare(self, said: Head) -> None:
        if (self._last.hex(), merkle.root(self._edge).hex()) != (said.last, said.root):
            raise _Broken(Problem.HEAD_DIFFERS)

    def finish(self, key: bytes | None) -> None:
        """Compare what the lines gave with what the head says."""
        if self.head is None:
            raise _Broken(Problem.NO_HEAD if self.at else Problem.NOT_A_JOURNAL)
        if self.size != self.head.size:
            raise _Broken(Problem.HEAD_DIFFERS)
        self._compare(self.head)
        if key is not None and b64decode(self.key or "") != key:
            raise _Broken(Problem.ANOTHER_KEY)
        if self._expected is not None and self._expected.journal != self.head.journal:
            raise _Broken(Problem.HEAD_DIFFERS)
        if self._expected is not None and self._expected.size > self.size:
            raise _Broken(Problem.SHORTENED)


def _object(line: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
    except ValueError:
        raise _Broken(Problem.NOT_A_JOURNAL) from None
    if not isinstance(fields, dict):
        raise _Broken(Problem.NOT_A_JOURNAL)
    return fields
