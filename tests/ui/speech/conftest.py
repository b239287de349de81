"""A PC with sound, for real: a PulseAudio of this test run that plays into nothing and can be recorded."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.speech.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

RATE = 22050
# Looked for before a test changes the PATH.
PAREC = shutil.which("parec")


@dataclass(frozen=True)
class Sound:
    """Where sound goes."""

    folder: Path

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of what speaks."""
        return {"PULSE_SERVER": f"unix:{self.folder}/out.sock", "XDG_RUNTIME_DIR": str(self.folder)}

    def record(self) -> Recording:
        """Listen from now on."""
        return Recording(self)


class Recording:
    """What was heard, as signed 16-bit samples."""

    def __init__(self, sound: Sound) -> None:
        # Into a file: a pipe that nobody empties would hold the recording up.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        self._process = subprocess.Popen(
            [
                str(PAREC),
                "-d",
                "out.monitor",
                f"--rate={RATE}",
                "--channels=1",
                "--format=s16le",
                "--latency-msec=50",
            ],
            stdout=self._file,
            env=os.environ | sound.surroundings,
        )

    def stop(self) -> float:
        """Return for how many seconds something was heard."""
        self._process.terminate()
        self._process.wait(10)
        with self._file as file:
            file.seek(0)
            heard = file.read()
        samples = memoryview(heard[: len(heard) // 2 * 2]).cast("h")
        step = RATE // 50
        loud = [max(map(abs, samples[n : n + step]), default=0) > 500 for n in range(0, len(samples), step)]
        return sum(loud) / 50


@pytest.fixture(scope="session")
def sound() -> Iterator[Sound]:
    """Start a sound server of our own; skipped where there is none to start."""
    if sys.platform != "linux" or not all(map(shutil.which, ("pulseaudio", "parec", "pactl", "espeak-ng"))):
        pytest.skip("needs pulseaudio, pulseaudio-utils and espeak-ng")
    # Short, and not of pytest: the name of a socket has little room.
    folder = Path(tempfile.mkdtemp(prefix="tandem-sound-"))
    server = subprocess.Popen(
        [
            "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
            "-L", f"module-native-protocol-unix socket={folder}/out.sock auth-anonymous=1",
            "-L", f"module-null-sink sink_name=out rate={RATE} channels=1",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
    )  # fmt: skip
    try:
        _wait_for(folder / "out.sock")
        yield Sound(folder)
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(at: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(at))
            return
        time.sleep(0.05)
    pytest.skip("pulseaudio does not start here")


@pytest.fixture
def speechd() -> None:
    """Skip where speech-dispatcher with espeak-ng is missing."""
    if not shutil.which("speech-dispatcher"):
        pytest.skip("needs speech-dispatcher, speech-dispatcher-espeak-ng and libspeechd2")


@pytest.fixture
def voice(sound: Sound, qtbot: QtBot) -> Iterator[Voice]:
    """Return a voice that can be heard."""
    made = Voice(surroundings=sound.surroundings)
    yield made
    made.close()


@pytest.fixture
def only_program(tmp_path: Path) -> str:
    """Return the PATH of a PC that has the program espeak-ng and nothing else that speaks: soon ready."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "espeak-ng").symlink_to(str(shutil.which("espeak-ng")))
    return str(programs)


@pytest.fixture
def without_daemon(sound: Sound, only_program: str, qtbot: QtBot) -> Iterator[Voice]:
    """Return the voice of such a PC."""
    made = Voice(surroundings=sound.surroundings | {"PATH": only_program})
    yield made
    made.close()
