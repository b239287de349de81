"""What stands between the service and its store: a loopback relay that counts, cuts, delays and falsifies."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

__all__ = ["Middle"]


class Middle:
    """Relays TCP to ``port``. ``came_back`` counts the bytes of the answers.

    ``is_open``: else connections are closed at once. ``is_deaf``: requests are taken and never relayed.
    ``requests`` and ``answers`` change each piece that passes. ``swallow``: so many answers are cut off
    before their first byte.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.came_back = self.connections = 0
        self.is_open, self.is_deaf, self.swallow = True, False, 0
        self.requests: Callable[[bytes], bytes] = lambda piece: piece
        self.answers: Callable[[bytes], bytes] = lambda piece: piece
        self._live: set[socket.socket] = set()
        self._served: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def cut(self) -> None:
        """Close all connections; new ones are refused until ``mend``."""
        self.is_open = False
        self._drop()

    def mend(self) -> None:
        """Relay again, faithfully."""
        self.is_deaf, self.swallow, self.answers = False, 0, lambda piece: piece
        self.is_open = True
        self._drop()

    def _drop(self) -> None:
        for each in list(self._live):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._served.append(threading.Thread(target=self._serve, args=(near,)))
            self._served[-1].start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            if not self.is_open:
                return
            with socket.create_connection(("127.0.0.1", self._to)) as far:
                self._live |= {near, far}
                answering = threading.Thread(target=self._relay, args=(self._back, far, near))
                answering.start()
                self._relay(self._forth, near, far)
                answering.join()
                self._live -= {near, far}

    @staticmethod
    def _relay(
        relay: Callable[[socket.socket, socket.socket], None], one: socket.socket, other: socket.socket
    ) -> None:
        with contextlib.suppress(OSError):
            relay(one, other)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        while piece := near.recv(1 << 16):
            if not self.is_deaf:
                far.sendall(self.requests(piece))

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        while piece := far.recv(1 << 16):
            if self.swallow and b" 100 " not in piece[:16]:
                self.swallow -= 1
                return
            self.came_back += len(piece)
            near.sendall(self.answers(piece))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        self._drop()
        for each in self._served:
            each.join()
