"""What a PC lacks for the screens has its sentence, and nothing stops for it."""

from __future__ import annotations

import importlib.resources
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import i18n
from ui import messages, text, theme
from ui.desk.screens import DeskReady
from ui.shell import Shell
from ui.this_pc import FontMissing, LanguageMissing, ScreenSmall, lacking_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

WHOLE = (Path(i18n.__file__).parent / "en" / "LC_MESSAGES" / "tandem.mo").read_bytes()
DAMAGES = {
    "gone": None,
    "empty": b"",
    "two bytes": WHOLE[:2],
    "half": WHOLE[: len(WHOLE) // 2],
    "its head": WHOLE[:28],
    "noise": random.Random(7).randbytes(4000),
    "its head, then noise": WHOLE[:20] + random.Random(8).randbytes(4000),
    "no letters of any language": WHOLE[:-3000] + b"\xff\xfe" * 1500,
}


@pytest.fixture(autouse=True)
def usual(qtbot: QtBot) -> Iterator[None]:
    """Begin and end in French, at the usual size, in a window that is large enough."""
    theme.apply(theme.Theme.of("light", 26))
    yield
    text._catalogue_of.cache_clear()
    text.use_language("fr")
    theme.fit_window(small=False)
    theme.apply(theme.Theme.of("light", 26))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_catalogue_leaves_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """Whatever became of its file: every sentence is French, and that is said."""
    place = tmp_path / "en" / "LC_MESSAGES"
    place.mkdir(parents=True)
    kept = DAMAGES[damage]
    if kept is not None:
        (place / "tandem.mo").write_bytes(kept)
    monkeypatch.setattr(importlib.resources, "files", lambda _package: tmp_path)
    text._catalogue_of.cache_clear()
    assert not text.use_language("en")
    assert text._("Retour") == "Retour"
    assert messages.sentence(LanguageMissing()) in lacking_words()


def test_where_all_is_there_nothing_is_said() -> None:
    """No sentence without a cause."""
    text.use_language("en")
    assert lacking_words() == ""


def test_letters_that_are_missing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the fonts that are needed is not there."""
    monkeypatch.setattr("ui.fonts.load_fonts", lambda: ("Atkinson Hyperlegible", "Noto Sans"))
    assert lacking_words() == messages.sentence(FontMissing())


def test_a_larger_text_in_a_small_window_says_what_helps(qtbot: QtBot) -> None:
    """The bars stay low, the page has the size that was chosen, and a sentence says what one can do."""
    shell = Shell("Tandem")
    qtbot.addWidget(shell)
    shell.show_screen(DeskReady("Karim Benali"))
    shell.show()
    assert not theme.window_is_small()
    shell.resize(800, 600)
    assert theme.window_is_small()
    assert shell.shown is not None
    assert shell.shown.notice.words == messages.sentence(ScreenSmall())
    shell.shown.say("")
    assert lacking_words() == messages.sentence(ScreenSmall())
    shell.set_text_size(52)
    qtbot.waitUntil(lambda: shell.is_settled)
    assert shell.shown.notice.words == messages.sentence(ScreenSmall())
    assert shell.topbar.listen_button.label_font().pixelSize() == 26
    assert shell.shown.help_button.label_font().pixelSize() == 26
    assert shell.shown.intro.font().pixelSize() == 52
    shell.shown.say("")
    shell.set_text_size(20)
    qtbot.waitUntil(lambda: shell.is_settled)
    assert not shell.shown.notice.words
    shell.resize(1366, 768)
    shell.set_text_size(52)
    qtbot.waitUntil(lambda: shell.is_settled)
    assert not shell.shown.notice.words
    assert shell.shown.help_button.label_font().pixelSize() == 52
    shell.close_for_good()
