"""The system's network through Qt, with a NetworkManager of our own on a real bus; and what is set."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.session.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SPOKEN_WITHIN = 15
ROOT = HERE.parent.parent.parent


@pytest.mark.parametrize(("forced", "says"), [("", False), ("yes", True), ("no", False)])
def test_the_setting_says_it_where_the_system_does_not(forced: str, *, says: bool) -> None:
    """Nothing said, nothing paid."""
    assert Line(forced, None).is_metered() is says


def start(*command: str, **environment: str) -> subprocess.Popen[str]:
    """Start a program that one talks to by lines."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> None:
    """End it."""
    process.terminate()
    process.wait(10)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def told(process: subprocess.Popen[str]) -> str:
    """Read its next line; fail where it says nothing."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], SPOKEN_WITHIN)[0], "it says nothing"
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], words: str) -> None:
    """Write it a line."""
    assert process.stdin is not None
    process.stdin.write(words + "\n")
    process.stdin.flush()


@pytest.fixture
def bus() -> Iterator[str]:
    """Start a bus of our own; it stands where the system's would."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon")
    daemon = start("dbus-daemon", "--session", "--nofork", "--print-address")
    yield told(daemon)
    end(daemon)


@pytest.fixture
def network(bus: str) -> Iterator[subprocess.Popen[str]]:
    """Start the NetworkManager of our own."""
    process = start(sys.executable, str(HERE / "fake_network.py"), bus)
    assert told(process) == "ready"
    yield process
    end(process)


@pytest.mark.parametrize("forced", ["", "no"])
def test_what_the_system_says_reaches_the_engine(
    bus: str, network: subprocess.Popen[str], forced: str
) -> None:
    """A paid line is known, unless the setting says otherwise; a cable plugged in is heard at once."""
    program = start(
        sys.executable, str(HERE / "line_process.py"), forced, DBUS_SYSTEM_BUS_ADDRESS=bus,
        QT_QPA_PLATFORM="offscreen",
    )  # fmt: skip
    try:
        if (said := told(program)) != "ready":
            pytest.skip(f"Qt has no NetworkManager here: {said}")
        tell(network, "paid")
        wanted = "free" if forced else "metered"
        until = time.monotonic() + 5
        answer = ""
        while answer != wanted and time.monotonic() < until:
            time.sleep(0.05)
            tell(program, "?")
            answer = told(program)
        assert answer == wanted
        tell(network, "down")
        tell(network, "up")
        assert told(program) == "came back"
    finally:
        end(program)
