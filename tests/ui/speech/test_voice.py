"""The voice, for real: audio with words comes out, stops, is another's turn; what is missing has its code."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.speech.errors import SoundMissing, SpeechMissing, SpeechStopped, VoiceMissing
from ui.speech.voice import Voice

if TYPE_CHECKING:
    from conftest import Sound
    from pytestqt.qtbot import QtBot

SENTENCE = "Bonjour Jeanne, voici votre ordonnance du trois mars."
START = 40_000


def hear(qtbot: QtBot, voice: Voice, words: str = SENTENCE, language: str = "fr", rate: float = 0.0) -> float:
    """Say a sentence to its end; return the seconds it took, without the engine's start."""
    if not voice.is_ready:
        with qtbot.waitSignal(voice.ready, timeout=START):
            voice.warm_up()
    began = time.monotonic()
    with qtbot.waitSignal(voice.finished, timeout=20_000):
        voice.say(words, language, rate)
    return time.monotonic() - began


def test_the_program_speaks_where_there_is_no_daemon(
    qtbot: QtBot, without_daemon: Voice, sound: Sound
) -> None:
    """The second engine takes over."""
    recording = sound.record()
    hear(qtbot, without_daemon)
    assert recording.stop() > 1.5


def test_slow_is_slower_than_fast(qtbot: QtBot, without_daemon: Voice) -> None:
    """The speed is the person's."""
    assert hear(qtbot, without_daemon, rate=-0.6) > hear(qtbot, without_daemon, rate=0.4) + 0.5


@pytest.mark.usefixtures("speechd")
def test_words_are_heard_hushed_and_replaced(qtbot: QtBot, voice: Voice, sound: Sound) -> None:
    """Through the daemon, as on a PC of a desk. One test, since an engine takes seconds to start.

    What is hushed is silent at once and tells nothing; two sentences are never said one over the other.
    """
    recording = sound.record()
    hear(qtbot, voice)
    assert recording.stop() > 1.5

    finished: list[int] = []
    voice.finished.connect(finished.append)
    voice.say(SENTENCE * 4, "fr", 0.0)
    qtbot.wait(600)
    voice.hush()
    qtbot.wait(1200)
    recording = sound.record()
    qtbot.wait(800)
    assert recording.stop() < 0.1
    assert finished == []

    voice.say(SENTENCE * 4, "fr", 0.0)
    qtbot.wait(500)
    began = time.monotonic()
    with qtbot.waitSignal(voice.finished, timeout=20_000):
        number = voice.say("Deux.", "fr", 0.0)
    assert finished == [number]
    assert time.monotonic() - began < 6


def test_a_language_without_a_voice_is_told(qtbot: QtBot, without_daemon: Voice) -> None:
    """With its code, for the sentence on the screen."""
    with qtbot.waitSignal(without_daemon.failed, timeout=START) as told:
        without_daemon.say("nuqneH", "tlh", 0.0)
    assert isinstance(told.args[0], VoiceMissing)
    assert told.args[0].fields == {"language": "tlh"}


def test_arabic_and_english_are_spoken(qtbot: QtBot, without_daemon: Voice) -> None:
    """The languages of the screen."""
    assert hear(qtbot, without_daemon, "Good morning.", "en") > 0.3
    assert hear(qtbot, without_daemon, "صباح الخير", "ar") > 0.3


def test_a_pc_without_sound_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    """Nobody waits for a voice that nobody can hear."""
    if Path("/proc/asound/cards").exists() and "[" in Path("/proc/asound/cards").read_text("utf-8"):
        pytest.skip("this PC has a sound card")
    voice = Voice(surroundings={"PULSE_SERVER": f"unix:{tmp_path}/none", "XDG_RUNTIME_DIR": str(tmp_path)})
    with qtbot.waitSignal(voice.failed, timeout=START) as told:
        voice.say(SENTENCE, "fr", 0.0)
    voice.close()
    assert isinstance(told.args[0], SoundMissing)


def test_a_pc_where_nothing_speaks_is_told(qtbot: QtBot, sound: Sound, tmp_path: Path) -> None:
    """Neither the daemon nor the program."""
    voice = Voice(surroundings=sound.surroundings | {"PATH": str(tmp_path)})
    with qtbot.waitSignal(voice.failed, timeout=START) as told:
        voice.say(SENTENCE, "fr", 0.0)
    voice.close()
    assert isinstance(told.args[0], SpeechMissing)


def test_a_voice_that_dies_is_told_and_speaks_again(qtbot: QtBot, without_daemon: Voice) -> None:
    """The next press starts another."""
    hear(qtbot, without_daemon, "Un.")
    without_daemon.say(SENTENCE, "fr", 0.0)
    with qtbot.waitSignal(without_daemon.failed, timeout=5000) as told:
        os.kill(without_daemon.pid, 9)
    assert isinstance(told.args[0], SpeechStopped)
    assert hear(qtbot, without_daemon, "Deux.") > 0.1


@pytest.mark.usefixtures("speechd")
def test_nothing_that_was_said_is_written_and_nothing_is_left(
    qtbot: QtBot, sound: Sound, tmp_path: Path
) -> None:
    """The daemon is ours: looked for in all it writes while it runs, then gone with its folder."""
    voice = Voice(surroundings=sound.surroundings | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)})
    hear(qtbot, voice, "Xylophone zanzibar.")
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert written
    for file in written:
        text = file.read_bytes().lower()
        assert b"xylophone" not in text
        assert b"zanzibar" not in text
    daemon = _children(voice.pid)
    assert daemon
    voice.close()
    assert [file for file in tmp_path.rglob("*") if "voice-" in file.name] == []
    qtbot.waitUntil(lambda: not any(_is_alive(pid) for pid in daemon), timeout=5000)


@pytest.mark.usefixtures("speechd")
def test_its_daemon_dies_with_it(qtbot: QtBot, voice: Voice) -> None:
    """Even when it is killed."""
    hear(qtbot, voice, "Un.")
    daemon = _children(voice.pid)
    assert daemon
    with qtbot.waitSignal(voice.failed, timeout=5000):
        os.kill(voice.pid, 9)
    qtbot.waitUntil(lambda: not any(_is_alive(pid) for pid in daemon), timeout=5000)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
