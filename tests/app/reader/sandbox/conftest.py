"""A person's files, somebody who listens, a process beside: what an escape would reach for."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from app.reader import sandbox
from app.reader.client import child_environment, command
from app.reader.sandbox import ALL_MEANS, Means, Protection
from app.reader.values import Limits
from app.reader.wire import Truncated, hello_from, read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = dict[str, Any]
PROBE = Path(__file__).with_name("probe.py")
MEANS = {
    Protection.LANDLOCK: ALL_MEANS,
    Protection.BUBBLEWRAP: ALL_MEANS - {Means.LANDLOCK},
    Protection.BUBBLEWRAP_ALONE: ALL_MEANS - {Means.LANDLOCK, Means.SECCOMP},
}
SIBLING = """
import ctypes, sys, time
held = ctypes.create_string_buffer(sys.stdin.readline().strip().encode())
print(ctypes.addressof(held), flush=True)
time.sleep(600)
"""


def needs(protection: Protection) -> None:
    """Skip where this system cannot have it."""
    if sandbox.plans(MEANS[protection])[0] is not protection:
        pytest.skip(f"this system has no {protection.value}")


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """Everything that an attempt may reach for, all of it reachable for this user."""
    home = tmp_path_factory.mktemp("home")
    words = secrets.token_hex(16)
    for name in ("secret", "cut", "gone"):
        (home / name).write_text(words)
    with ExitStack() as stack:
        sibling = stack.enter_context(_sibling())
        assert sibling.stdin is not None
        assert sibling.stdout is not None
        sibling.stdin.write(words.encode() + b"\n")
        sibling.stdin.flush()
        address = int(sibling.stdout.readline())
        stack.callback(sibling.kill)
        abstract = f"tandem-{words}"
        stack.enter_context(closing(_listener(socket.AF_UNIX, "\0" + abstract)))
        stack.enter_context(closing(_listener(socket.AF_UNIX, str(home / "bus"))))
        tcp = stack.enter_context(closing(_listener(socket.AF_INET, ("127.0.0.1", 0))))
        udp = stack.enter_context(_echo())
        yield {
            "home": str(home),
            "words": words,
            **{name: str(home / name) for name in ("secret", "cut", "gone", "drop")},
            "sibling": sibling.pid,
            "address": address,
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": str(home / "bus"),
            "abstract": abstract,
        }


def _sibling() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", SIBLING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )


def _listener(family: int, address: str | tuple[str, int]) -> socket.socket:
    mine = socket.socket(family)
    mine.bind(address)
    mine.listen(64)
    return mine


@contextmanager
def _echo() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))

        def answer() -> None:
            while (told := mine.recvfrom(16))[0] != b"end":
                mine.sendto(*told)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield mine
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", mine.getsockname())
        thread.join()


class Inside:
    """A reader process, started as always, that tries to escape where it would read a document."""

    def __init__(self, protection: Protection) -> None:
        self.protection = protection
        self._process: subprocess.Popen[bytes] | None = None

    def attempt(self, kind: str, facts: Facts) -> dict[str, Any]:
        """Have it try; one that was ended on the way has not managed, one that ended well has."""
        process = self._running()
        try:
            write_frame(cast("BinaryIO", process.stdin), {"kind": kind, "facts": facts})
            answer, _ = read_frame(cast("BinaryIO", process.stdout))
        except (OSError, Truncated):
            code = process.wait(10)
            self.close()
            return {"managed": code == 0, "why": f"ended with {code}"}
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = _inside(self.protection)
            hello, _ = read_frame(cast("BinaryIO", self._process.stdout))
            assert hello_from(hello) is self.protection
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None


def _inside(protection: Protection) -> subprocess.Popen[bytes]:
    """Start it with the reader's own command line, but for the file that Python runs."""
    words = command(Limits(), protection, reads=(str(PROBE.parent),))
    at = words.index("-m")
    words[at : at + 2] = [str(PROBE), "inside"]
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(), cwd="/", bufsize=0
    )


class Outside:
    """The same attempts as any program of this user; each kind is tried once."""

    def __init__(self) -> None:
        self._tried: dict[str, dict[str, Any]] = {}

    def attempt(self, kind: str, facts: Facts) -> dict[str, Any]:
        """Try in a process of its own; one that became another program and ended well has managed."""
        if kind not in self._tried:
            done = subprocess.run(
                [sys.executable, "-S", PROBE, kind, json.dumps(facts)],
                capture_output=True,
                timeout=60,
                check=False,
                env={"PATH": os.defpath},
            )
            managed = {"managed": done.returncode == 0, "why": done.stderr.decode()}
            self._tried[kind] = json.loads(done.stdout) if done.stdout else managed
            _put_back(facts)
        return self._tried[kind]


def _put_back(facts: Facts) -> None:
    for name in ("cut", "gone"):
        Path(facts[name]).write_text(facts["words"])
    for name in (facts["drop"], facts["drop"] + "-link"):
        Path(name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def outside() -> Outside:
    """The attempts outside."""
    return Outside()


@pytest.fixture(scope="module", params=list(MEANS), ids=lambda protection: protection.value)
def inside(request: pytest.FixtureRequest) -> Iterator[Inside]:
    """The attempts inside, behind each kind of wall that this system can have."""
    needs(request.param)
    process = Inside(request.param)
    yield process
    process.close()
