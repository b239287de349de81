"""Texts on a screen: which way they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from ui.languages import speak
from ui.widgets import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def arabic(qapp: QApplication) -> Iterator[None]:
    """An Arabic screen; French after the test."""
    speak("ar", qapp)
    yield
    speak("fr", qapp)


def shown(qtbot: QtBot, words: str, language: str = "") -> Text:
    """Show a text."""
    text = Text(words, language=language)
    qtbot.addWidget(text)
    return text


@pytest.mark.usefixtures("arabic")
def test_an_arabic_sentence_that_begins_with_a_name_is_read_from_the_right(qtbot: QtBot) -> None:
    """Its first letter would make it French, and put its end before its beginning."""
    assert 'dir="rtl" align="right"' in shown(qtbot, "Karim Benali يساعدك.").text()
    name = shown(qtbot, "Karim Benali").text()
    assert "dir=" not in name
    assert 'align="right"' in name


@pytest.mark.usefixtures("arabic")
def test_a_text_in_its_own_language_keeps_its_direction_and_its_signs(qtbot: QtBot) -> None:
    """The French of a mandate stays French on any screen."""
    text = shown(qtbot, "Ma date de naissance : 3 mai 1946.", "fr")
    assert text.layoutDirection() == Qt.LayoutDirection.LeftToRight
    assert "align" not in text.text()
    assert "naissance\u00a0: 3" in text.text()
    assert text.words == "Ma date de naissance : 3 mai 1946."
