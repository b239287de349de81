"""Lanes: what goes first on a line that is too narrow for everything.

====  ===========================================================================================
L0    sign-in: connections of its own (``oidc.py``)
L1    acts
L2    metadata: the feed, manifests
L3    small documents, and what somebody has just opened
L4    images and whatever is large
====  ===========================================================================================

Decision: L0 to L2 run in the engine's thread, L3 and L4 in one thread each, so that of the transport's six
connections three are always free for what is short. L4 stands aside between two chunks while anything
above it is at work: its connection stays, its bytes wait, never so long that the service gives it up.
On a metered line L3 brings only what somebody asked for, and L4 rests.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SMALL", "Lane", "Lanes", "lane_of"]

SMALL = 1 << 20
"""Up to so many bytes a document is small."""
_LONGEST = 5.0
_IMAGES = ("image/", "application/dicom")


class Lane(IntEnum):
    """The lower the number, the sooner."""

    SIGN_IN = 0
    ACTS = 1
    METADATA = 2
    DOCUMENTS = 3
    IMAGES = 4


def lane_of(content_type: str, size: int | None) -> Lane:
    """Return the lane in which a file travels; ``size`` in bytes, ``None`` where it is not told."""
    heavy = content_type.startswith(_IMAGES) if size is None else size > SMALL
    return Lane.IMAGES if heavy else Lane.DOCUMENTS


class Lanes:
    """Who is at work in which lane."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy: dict[Lane, int] = dict.fromkeys(Lane, 0)

    @contextmanager
    def at_work(self, lane: Lane) -> Iterator[None]:
        """Count as being at work in a lane."""
        with self._changed:
            self._busy[lane] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[lane] -= 1
                self._changed.notify_all()

    def give_way(self, lane: Lane, longest: float = _LONGEST) -> None:
        """Wait while anything above this lane is at work, at most ``longest`` seconds."""
        if lane is Lane.IMAGES:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_any_above(lane), longest)

    def _is_any_above(self, lane: Lane) -> bool:
        return any(count for each, count in self._busy.items() if each < lane)
