"""A voice that writes down what it is given to say, in place of a loudspeaker.

Screen readers on Linux speak through Speech Dispatcher, over its documented line protocol (SSIP) on a socket.
This answers that protocol and keeps the words; it says at once that they were spoken. So the screen reader is
the real one and so is all that leads to it: only the sound is not made.
"""

from __future__ import annotations

import re
import socketserver
import threading
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Voice"]

_MARKUP = re.compile(r"<[^>]*>")


class _Client(socketserver.StreamRequestHandler):
    """One connection of a program that wants to speak."""

    server: Voice

    def handle(self) -> None:
        """Answer line by line until the program leaves."""
        self._notified = False
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").strip()
            verb = line.upper()
            if verb == "QUIT":
                self._say("231 HAPPY HACKING")
                return
            if verb == "SPEAK":
                self._say("230 OK RECEIVING DATA")
                self._spoken(self._data())
            elif verb.startswith(("CHAR ", "KEY ", "SOUND_ICON ")):
                self._spoken(line.partition(" ")[2])
            else:
                self._answer(verb)

    def _data(self) -> str:
        lines = []
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if line == ".":
                break
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        return "\n".join(lines)

    def _spoken(self, words: str) -> None:
        number = self.server.write_down(" ".join(unescape(_MARKUP.sub(" ", words)).split()))
        self._say(f"225-{number}", "225 OK MESSAGE QUEUED")
        if self._notified:
            for code, what in ((701, "BEGIN"), (702, "END")):
                self._say(f"{code}-{number}", f"{code}-1", f"{code} {what}")

    def _answer(self, verb: str) -> None:
        if verb.startswith("SET SELF NOTIFICATION"):
            self._notified = verb.endswith("ON")
        if verb.startswith("LIST OUTPUT_MODULES"):
            self._say("250-written", "250 OK MODULE LIST SENT")
        elif verb.startswith(("LIST SYNTHESIS_VOICES", "LIST VOICES")):
            self._say("249-written\tfr\tnone", "249 OK VOICE LIST SENT")
        elif verb.startswith("GET"):
            self._say("251-0", "251 OK GET RETURNED")
        elif verb.startswith("HISTORY GET CLIENT_ID"):
            self._say("245-1", "245 OK CLIENT ID SENT")
        else:
            self._say("200 OK")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Voice(socketserver.ThreadingUnixStreamServer):
    """Listens at ``path``; ``said`` is all that was to be spoken, ``environment`` what leads there."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Client)
        self.said: list[str] = []
        self.environment = {
            "SPEECHD_ADDRESS": f"unix_socket:{path}",
            # No French locale needs to be installed: the words are chosen by LANGUAGE.
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "fr",
        }
        self._path = path
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Fall silent."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        self._path.unlink(missing_ok=True)

    def write_down(self, words: str) -> int:
        """Keep what is said; return its number."""
        with self._lock:
            self.said.append(words)
            return len(self.said)
