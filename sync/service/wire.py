"""HTTP/1.1 as the service speaks it: h11, and nobody holds a connection without asking something.

uvicorn takes whichever parser is installed, and waits for a request's head for as long as it takes: a head
that drips in (or a connection that says nothing) would stay until there is no socket left for others.
Decision: always h11, which bounds a head's size (64 KiB), and a moment by which a head must be whole.
Bodies have a bound of their own (``program``), which is answered; before the head there is nothing to answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["protocol"]


def protocol(seconds: float) -> type[H11Protocol]:
    """Return the protocol for ``uvicorn.Config(http=…)`` that waits so long for the head of a request."""
    return type("Impatient", (_Impatient,), {"head_seconds": seconds})


class _Impatient(H11Protocol):
    head_seconds: ClassVar[float]
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(self.head_seconds, self._let_go)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _let_go(self) -> None:
        self._due = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
