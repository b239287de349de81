"""What the service asks of a store of objects, and what can go wrong with one."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from app.errors import OurBug, PersonCanAct, WorldFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from app.vault.files import DocumentNames
    from app.vault.sealed import Sealed, SealedReader

__all__ = ["GRACE", "NAME", "ObjectTaken", "Objects", "ObjectsAway", "ObjectsUnusable", "orphans", "require"]

GRACE: Final = timedelta(hours=24)
NAME: Final = re.compile(r"[0-9a-f]{32}")
"""The names of objects. Anything else in the store is somebody else's and is never touched."""


class ObjectsAway(WorldFailed):
    """The store of the documents does not answer. ``seconds``: when to try again."""

    code = "objects-away"


class ObjectsUnusable(PersonCanAct):
    """The store of the documents cannot be used as it is set up (``what``, see ``START`` in the messages)."""

    code = "objects-unusable"


class ObjectTaken(OurBug):
    """Other bytes lie under that name. They were left as they are."""

    code = "object-taken"


class Objects(Protocol):
    """Sealed objects by id. Thread-safe."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine for what is on its way: sealed bytes only."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be writing to the same store."""

    def write(self, object_id: str, source: BinaryIO, /) -> Sealed:
        """Seal all of ``source``; it is whole in the store, or absent.

        Raises ``DiskFull``, ``StoreUnreadable``, ``ObjectsAway`` and ``ObjectTaken``.
        """

    def open(self, object_id: str, /, *, whole: bool = False) -> SealedReader:
        """Open an object; raises ``FileMissing``, ``FileDamaged`` and ``ObjectsAway``, later too.

        ``whole``: all of it will be read, so more of it may be fetched at once.
        """

    def has(self, object_id: str, /) -> bool:
        """Say whether it is there."""

    def remove(self, object_id: str, /) -> None:
        """Take it away; harmless when it is not there. While the store is away it becomes an orphan."""

    def holds_any(self) -> bool:
        """Say whether anything at all lies there."""

    def collect_orphans(self, known: Callable[[], Iterable[str]], older_than: timedelta = GRACE) -> int:
        """Remove the objects of that age whose id is not in ``known()``; return how many.

        ``known`` is called after the store was listed, and only if something is old enough.
        """

    def close(self) -> None:
        """Wipe the keys; readers that are open go on."""


def require(reader: SealedReader, expected: Sealed) -> None:
    """Raise ``ObjectTaken`` unless that is what the reader holds. Closes it."""
    digest = hashlib.sha256()
    with reader:
        if reader.size == expected.size:
            for piece in reader.pieces():
                digest.update(piece)
    if reader.size != expected.size or digest.hexdigest() != expected.sha256:
        raise ObjectTaken


def orphans(
    listed: Iterable[tuple[str, datetime]],
    store_now: datetime,
    older_than: timedelta,
    names: DocumentNames,
    known: Callable[[], Iterable[str]],
) -> Collection[str]:
    """Return the names that are old enough and nobody's. About 120 bytes of memory for each listed."""
    found = {name for name, modified in listed if store_now - modified >= older_than}
    if found:
        found.difference_update(names.name_of(object_id) for object_id in known())
    return found
