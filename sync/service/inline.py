"""Bytes that come inside a resource: they are in the store of objects before the transaction that notes them.

Context: at scale the objects lie behind a network, and a transaction of one citizen holds that citizen's row:
were they put within it, a store that is slow would hold up everything else of that person.
Decision: the work is done once to learn which bytes it would keep, and nothing of that stays; then they are
put, with no transaction open; then the work is done for good. What it asks for is found by its digest, so it
may be done several times, and other than the first time: what is still missing is put, and it begins anew.
Consequence: what is refused puts nothing at all; a program that files bytes inside its resources (ours sends
them before, :mod:`sync.service.uploads`) is asked twice the work of the records, once that of the objects.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from app.ids import mint
from app.vault.sqlcipher import DiskFull
from sync.service.binaries import Bytes
from sync.service.refusals import Refused
from sync.service.storage import RecordsContended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.service.objects import Objects
    from sync.service.storage import Connection

__all__ = ["Inline", "unless_kept"]

_T = TypeVar("_T")
_ROUNDS = 5
_NOT_KEPT = (Refused, RecordsContended, DiskFull)


class _NotPut(Exception):
    """Some bytes are not in their store yet: nothing of this try stays."""


class Inline:
    """The bytes that one piece of work keeps, over all its tries."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._put: defaultdict[str, list[Bytes]] = defaultdict(list)
        self._taken: Counter[str] = Counter()
        self._missing: list[tuple[Bytes, bytes]] = []

    def take(self, data: bytes) -> Bytes:
        """Return the object of these bytes; one that is not put yet ends this try."""
        digest = hashlib.sha256(data).hexdigest()
        number = self._taken[digest]
        self._taken[digest] += 1
        known = self._put[digest]
        if number < len(known):
            return known[number]
        sha1 = base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
        planned = Bytes(mint(), "", len(data), digest, sha1)
        self._missing.append((planned, data))
        return planned

    def tried(self, work: Callable[[Connection], _T]) -> Callable[[Connection], _T]:
        """Return the work as ``transact`` is to do it, in ``around``."""

        def tried(sql: Connection) -> _T:
            self._taken.clear()
            self._missing.clear()
            done = work(sql)
            if self._missing:
                raise _NotPut
            return done

        return tried

    def around(self, transacted: Callable[[], _T]) -> _T:
        """Do what ends in a transaction, again where bytes are to be put first; nothing is left too many."""
        for _round in range(_ROUNDS):
            try:
                done = transacted()
            except _NotPut:
                self._put_missing()
            except _NOT_KEPT:
                self._let_go(all_of_them=True)
                raise
            else:
                self._let_go(all_of_them=False)
                return done
        self._let_go(all_of_them=True)
        raise RecordsContended

    def _put_missing(self) -> None:
        try:
            for planned, data in self._missing:
                # Noted first: of what fails half-way too, nothing is left.
                self._put[planned.sha256].append(planned)
                self._objects.write(planned.object_id, io.BytesIO(data))
        except BaseException:
            # No row was ever written that could name them.
            self._let_go(all_of_them=True)
            raise

    def _let_go(self, *, all_of_them: bool) -> None:
        """Remove what was put and is not named by any row: all, or what the last try did not take."""
        for digest, known in self._put.items():
            for each in known if all_of_them else known[self._taken[digest] :]:
                self._objects.remove(each.object_id)


@contextmanager
def unless_kept(objects: Objects, *object_ids: str) -> Iterator[None]:
    """Remove objects again whose rows were surely not kept.

    A connection that was cut at the end may have kept them: then they are left, and the collection of orphans
    looks. An object too many is collected some day; one that is missing was somebody's document.
    """
    try:
        yield
    except _NOT_KEPT:
        for each in object_ids:
            objects.remove(each)
        raise
