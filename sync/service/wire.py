"""HTTP/1.1 as the service speaks it: llhttp, and nobody holds a connection without asking something.

uvicorn takes whichever parser is installed, bounds no head's size with this one, and waits for a head for as
long as it takes: one that drips in (or a connection that says nothing) would stay until there is no socket
left for others.
Decision: always httptools (llhttp, as Node has it), which costs a request a tenth of a millisecond less than
h11; with a bound for a head's size (64 KiB), and a moment by which it must be whole. Bodies have a bound of
their own (``program``), which is answered; before the head there is nothing to answer but 400.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["protocol"]

_LONGEST_HEAD: Final = 64 * 1024


def protocol(seconds: float) -> type[HttpToolsProtocol]:
    """Return the protocol for ``uvicorn.Config(http=…)`` that waits so long for the head of a request."""
    return type("Impatient", (_Impatient,), {"head_seconds": seconds})


class _HeadTooLong(ValueError):
    """Raised within the parser, which ends what it reads."""


class _Impatient(HttpToolsProtocol):
    head_seconds: ClassVar[float]
    _due: asyncio.TimerHandle | None = None
    _is_head = True
    """Whether what comes next belongs to a head."""
    _arrived = 0
    """How much has come of a head that is not whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        self._arrived += len(data)
        super().data_received(data)
        if not self._is_head:
            self._arrived = 0
        if self._arrived > _LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")
        if self._arrived:
            self._await_head()
        else:
            self._stop_waiting()

    def on_headers_complete(self) -> None:
        """Begin the answer, if the head is no longer than one may be (it can come in one piece)."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > _LONGEST_HEAD:
            raise _HeadTooLong
        self._is_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_head, self._arrived = True, 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._due is None and not self.transport.is_closing():
            self._due = self.loop.call_later(self.head_seconds, self._let_go)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _let_go(self) -> None:
        self._due = None
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]  # None at first
            # The next one began to come while this one is still being answered.
            self._await_head()
        elif not self.transport.is_closing():
            self.transport.close()
