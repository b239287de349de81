"""The first window: painted at once, in the chosen colours and language, and gone when the program stands."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QWidget

from ui.opening import ASKED, MILESTONES, Opening, bare_application, colours, leave_sources_unread
from ui.palette import PALETTES, Mood
from ui.text import use_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def _french_again() -> Iterator[None]:
    yield
    use_language("fr")


def opened(
    qapp: QApplication, qtbot: QtBot, *, mood: str = "light", size: int = 26, language: str = "fr"
) -> Opening:
    """Present one."""
    window = shown(qapp, mood=mood, size=size, language=language)
    qtbot.addWidget(window)
    return window


def shown(qapp: QApplication, *, mood: str = "light", size: int = 26, language: str = "fr") -> Opening:
    """Present one that will end by itself."""
    window = Opening(qapp, mood=mood, text_size=size, language=language)
    window.present(full_screen=False)
    return window


@pytest.mark.parametrize("mood", [Mood.LIGHT, Mood.DARK, Mood.CONTRAST])
def test_it_is_painted_in_the_chosen_colours(qapp: QApplication, qtbot: QtBot, mood: Mood) -> None:
    """No white flash before a dark screen: the very pixels."""
    picture = opened(qapp, qtbot, mood=mood).grab().toImage()
    assert picture.pixelColor(QPoint(3, 3)) == QColor(PALETTES[mood].paper)
    inks = {picture.pixelColor(x, y).name() for x in range(500, 900, 2) for y in range(340, 420, 2)}
    assert PALETTES[mood].accent.lower() in inks


def test_without_a_choice_it_follows_the_system(qapp: QApplication) -> None:
    """Dark on a dark desktop; a word that is no mood counts as no choice."""
    light = qapp.palette()
    try:
        dark = qapp.palette()
        dark.setColor(dark.ColorRole.Window, QColor("#101010"))
        qapp.setPalette(dark)
        assert colours("", qapp) is PALETTES[Mood.DARK]
        assert colours("system", qapp) is PALETTES[Mood.DARK]
    finally:
        qapp.setPalette(light)
    assert colours("", qapp) is PALETTES[Mood.LIGHT]
    assert colours("purple", qapp) is PALETTES[Mood.LIGHT]


@pytest.mark.parametrize("language", ["fr", "fr_FALC", "en", "ar"])
def test_its_words_fit_the_smallest_screen(qapp: QApplication, qtbot: QtBot, language: str) -> None:
    """In every language, with the largest text, on 800 by 600."""
    window = opened(qapp, qtbot, size=52, language=language)
    words = QFontMetrics(window.font()).horizontalAdvance(window.text())
    assert 0 < words < 800
    assert "Tandem" in window.text()


def test_it_leaves_when_the_program_is_painted(qapp: QApplication, qtbot: QtBot) -> None:
    """The first screen stands where it stood; until that is painted, it stays."""
    window, program = shown(qapp), QWidget()
    qtbot.addWidget(program)
    window.give_way_to(program)
    assert window.isVisible()
    assert program.geometry() == window.geometry()
    with qtbot.waitSignal(window.destroyed):
        program.show()


def test_there_is_one_application(qapp: QApplication) -> None:
    """Asking again gives the same."""
    assert bare_application("tandem") is qapp


def test_nothing_slow_is_imported_before_it() -> None:
    """What would delay the first picture is not there yet: looked for in a process of its own."""
    script = (
        "import sys, ui.start, ui.desk.main, ui.opening\n"
        "slow = {'ui.theme', 'ui.screen', 'ui.desk.desk', 'orjson', 'click', 'httpx', 'sqlcipher3'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_tells_how_far_the_start_is_only_when_asked(
    qapp: QApplication, qtbot: QtBot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark's two lines, and silence otherwise."""
    for asked, expected in (("", []), ("yes", list(MILESTONES))):
        monkeypatch.setenv(ASKED, asked)
        window, program = shown(qapp), QWidget()
        qtbot.addWidget(program)
        window.give_way_to(program)
        with qtbot.waitSignal(window.destroyed):
            program.show()
        assert capsys.readouterr().err.splitlines() == expected


def test_the_binding_still_has_what_is_left_out() -> None:
    """The hook that reads sources is there to be left out; when it is not any more, ours can go."""
    leave_sources_unread()
    feature = sys.modules["shibokensupport.feature"]
    assert feature._mod_uses_pyside(sys) is False  # type: ignore[attr-defined]
    assert hasattr(feature, "feature_imported")
