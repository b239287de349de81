"""A network cable one can pull: a SOCKS5 proxy on loopback (RFC 1928: no authentication, CONNECT).

Cutting it closes the listening socket and resets every connection that runs through it, so that a
program behind it meets a truly dead network; restoring listens again on the same port. It lives in a
thread with a loop of its own, and needs no rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import struct
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["Cable"]

_HOST = "127.0.0.1"
_VERSION, _NO_AUTHENTICATION, _NOTHING_ACCEPTABLE = 5, 0, 0xFF
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_DONE, _UNREACHABLE, _REFUSED, _BAD_COMMAND, _BAD_ADDRESS = 0, 4, 5, 7, 8
_CHUNK = 1 << 16
_PATIENCE = 10.0
T = TypeVar("T")


class _Unsupported(Exception):
    """The client asked for what this proxy does not do; ``reply`` says so in SOCKS."""

    def __init__(self, reply: int) -> None:
        super().__init__()
        self.reply = reply


class _Trip:
    """Waits for words in what clients send, then for a number of bytes."""

    def __init__(self, words: bytes, more: int) -> None:
        self._words, self._more = words, more
        self._seen = b""
        self._found = False

    def is_reached(self, chunk: bytes) -> bool:
        if self._found:
            self._more -= len(chunk)
        else:
            self._seen = self._seen[-len(self._words) :] + chunk
            _, found, after = self._seen.partition(self._words)
            self._found = bool(found)
            self._more -= len(after) if found else 0
        return self._found and self._more <= 0


class Cable:
    """A running proxy. ``proxy`` is what a program's setting takes; a context manager, or ``close``."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)
        self._thread.start()
        self._server: asyncio.Server | None = None
        self._live: dict[asyncio.Task[None], set[asyncio.StreamWriter]] = {}
        self._trip: _Trip | None = None
        self.port = 0
        self.restore()

    @property
    def proxy(self) -> str:
        """The proxy's address: ``socks5://127.0.0.1:PORT``."""
        return f"socks5://{_HOST}:{self.port}"

    @property
    def is_cut(self) -> bool:
        """Whether the cable is pulled now."""
        return self._server is None

    def cut(self) -> None:
        """Pull it: nothing listens any more, and every connection through it is reset."""
        self._run(self._cut())

    def cut_at(self, words: bytes, more: int = 0) -> None:
        """Pull it at the moment when a client has sent these words and ``more`` bytes; they do not arrive."""
        self._trip = _Trip(words, more)

    def restore(self) -> None:
        """Plug it in again, on the same port."""
        self._run(self._restore())

    def close(self) -> None:
        """End it for good; harmless when it is ended already."""
        if self._loop.is_closed():
            return
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _restore(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, _HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        live = dict(self._live)
        for task, writers in live.items():
            for writer in writers:
                writer.transport.abort()
            task.cancel()
        await asyncio.gather(*live, return_exceptions=True)
        await asyncio.sleep(0)  # lets the aborted transports close their sockets

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (asyncio runs callbacks that are coroutines in tasks)
        writers = self._live[task] = {writer}
        try:
            if self.is_cut:
                return  # accepted in the instant before the cut
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer, writers)
        finally:
            for each in writers:
                each.transport.abort()
            self._live.pop(task, None)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, writers: set[asyncio.StreamWriter]
    ) -> None:
        try:
            host, port = await _asked(reader, writer)
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except _Unsupported as refusal:
            await _reply(writer, refusal.reply)
            return
        except ConnectionRefusedError:
            await _reply(writer, _REFUSED)
            return
        except OSError:
            await _reply(writer, _UNREACHABLE)
            return
        writers.add(far_writer)
        await _reply(writer, _DONE)
        await asyncio.gather(self._send(reader, far_writer), _pour(far_reader, writer))

    async def _send(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass on what a client says, until it says what the cable is to be cut at."""
        while chunk := await source.read(_CHUNK):
            if self._trip is not None and self._trip.is_reached(chunk):
                self._trip = None
                self._cutting = asyncio.get_running_loop().create_task(self._cut())
                return
            sink.write(chunk)
            await sink.drain()
        with contextlib.suppress(OSError):
            sink.write_eof()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Do the greeting and read the request: the host and the port it wants."""
    version, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    if version != _VERSION or _NO_AUTHENTICATION not in methods:
        writer.write(bytes((_VERSION, _NOTHING_ACCEPTABLE)))
        await writer.drain()
        raise ConnectionAbortedError
    writer.write(bytes((_VERSION, _NO_AUTHENTICATION)))
    await writer.drain()
    _, command, _, kind = await reader.readexactly(4)
    host = await _host(reader, kind)
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if command != _CONNECT:
        raise _Unsupported(_BAD_COMMAND)
    return host, port


async def _host(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == _IPV4:
        return str(ipaddress.IPv4Address(await reader.readexactly(4)))
    if kind == _IPV6:
        return str(ipaddress.IPv6Address(await reader.readexactly(16)))
    if kind == _NAME:
        (length,) = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode("ascii", "replace")
    raise _Unsupported(_BAD_ADDRESS)


async def _reply(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(bytes((_VERSION, code, 0, _IPV4)) + bytes(6))
    await writer.drain()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on until the source ends; then say so to the sink, whose other direction may go on."""
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    with contextlib.suppress(OSError):
        sink.write_eof()
