"""The self-test says whether this PC speaks, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ui.self_test import speech
from ui.speech.errors import SpeechStopped
from ui.speech.probe import try_voice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def heard(sound: Any, only_program: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - of conftest
    """Let the self-test be heard by the test only."""
    for name, value in (sound.surroundings | {"PATH": only_program}).items():
        monkeypatch.setenv(name, value)


def test_a_pc_that_speaks_says_in_which_languages(heard: None) -> None:
    """It is tried, aloud."""
    finding = speech()
    assert finding.ok
    assert "français, anglais, arabe" in finding.words


def test_a_pc_without_a_voice_says_what_to_do(
    heard: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit can take place without."""
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = speech()
    assert not finding.ok
    assert not finding.needed
    assert "installer une voix" in finding.words


def test_a_voice_that_hangs_is_ended(heard: None) -> None:
    """The self-test waits for nothing for ever."""
    with pytest.raises(SpeechStopped):
        try_voice("Essai.", "fr", seconds=0.01)
