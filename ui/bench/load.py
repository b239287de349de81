"""Requests over a few connections for a while: how many a second, how long each, how many went wrong.

Sockets and nothing above them, so that whoever asks takes little of the machine from whoever answers.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Load", "asked", "request"]


@dataclass(slots=True)
class Load:
    """What came of it; times in milliseconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second that were answered well."""
        return len(self.times) / self.seconds

    @property
    def p99(self) -> float:
        """What one in a hundred takes longer than."""
        return sorted(self.times)[int(len(self.times) * 0.99)] if self.times else 0.0


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """Write a request; its ``Host`` is whoever listens."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/fhir+json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n").encode() + body


def asked(port: int, make: Callable[[], bytes], *, connections: int, seconds: float) -> Load:
    """Ask for so long, on each connection the next as soon as one was answered."""
    return asyncio.run(_asked(port, make, connections, seconds))


async def _asked(port: int, make: Callable[[], bytes], connections: int, seconds: float) -> Load:
    load = Load()
    started = time.perf_counter()
    await asyncio.gather(*(_one(port, make, load, started + seconds) for _ in range(connections)))
    load.seconds = time.perf_counter() - started
    return load


async def _one(port: int, make: Callable[[], bytes], load: Load, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            sent = make()
            before = time.perf_counter()
            writer.write(sent)
            status = await _answer(reader)
            if 200 <= status < 300:  # noqa: PLR2004 (success)
                load.times.append((time.perf_counter() - before) * 1000)
            else:
                load.refused.append(status)
    finally:
        writer.close()
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head[9:12])
