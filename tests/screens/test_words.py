"""« Les mots difficiles »: the words of a document first, then all; each explained as the person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from ui import theme
from ui.glossary import EASY_FRENCH, entries, lookup
from ui.telling import retell
from ui.text import use_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
PAPER = "Bilan lipidique. Créatinine : 90 µmol/L. Prescrit : 1 cp le matin, si besoin. Créatinine stable."


@pytest.fixture
def french() -> Iterator[None]:
    """Speak French again afterwards."""
    yield
    use_language("fr")
    retell()


@pytest.fixture
def screen(visit: Visit, qtbot: QtBot) -> Shown:
    """Show the words of a paper."""
    return words_of(visit, qtbot, PAPER)


def words_of(visit: Visit, qtbot: QtBot, text: str) -> Shown:
    """Show the list for a text and wait until it is there."""
    visit.window.go("words", text=text)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.model.rowCount() > 0)
    qtbot.wait(30)
    return shown


def said(screen: Shown) -> list[str]:
    """Return what a screen reader says of each row."""
    model = screen.model
    return [model.index(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]


def spell(language: str) -> None:
    """Change the screen's language, as the window does."""
    use_language(language)
    retell()


def test_the_words_of_the_document_come_first_then_all(screen: Shown) -> None:
    """In the order of the text, each once; then the glossary from A to Z."""
    rows = screen.model.rows
    here = [row.entry.word for row in rows if row.here]
    assert here == [
        "Bilan lipidique",
        "Créatinine",
        "Millimole",
        "Prescrire",
        "Comprimé",
        "Si besoin",
        "Stable",
    ]
    assert [row.here for row in rows] == sorted((row.here for row in rows), reverse=True)
    assert len(rows) == len(entries())
    assert screen.intro.words == "Nous pouvons expliquer 7 mots de ce document."


def test_each_row_is_said_in_one_sentence(screen: Shown) -> None:
    """The word, what it is about, whether the document has it."""
    assert said(screen)[1] == "Créatinine, Analyses et prises de sang, Dans ce document"
    listed = QAccessible.queryAccessibleInterface(screen.list)
    assert listed.text(QAccessible.Text.Name) == "Les mots difficiles"
    assert listed.childCount() == len(entries())


@pytest.mark.parametrize("how", ["press", "Enter", "Space", "main button"])
def test_one_press_explains(visit: Visit, screen: Shown, qtbot: QtBot, how: str) -> None:
    """By mouse, by key, by the main button; Retour comes back to the same row."""
    row = screen.model.index(1)
    if how == "press":
        place = screen.list.visualRect(row).center()
        QTest.mouseClick(screen.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    else:
        screen.list.setCurrentIndex(row)
        screen.list.setFocus()
        if how == "main button":
            screen.main_button.click()
        else:
            QTest.keyClick(screen.list, Qt.Key.Key_Return if how == "Enter" else Qt.Key.Key_Space)
    assert visit.window.screen_name == "word"
    assert visit.window.shown.heading.words == "Créatinine"
    visit.window.shown.back_asked.emit()
    assert visit.window.shown is screen
    assert screen.list.currentIndex().row() == 1


def test_a_word_is_searched_and_all_come_back(screen: Shown, qtbot: QtBot) -> None:
    """What is typed makes the list shorter; a word that is unknown says so and offers the way back."""
    QTest.keyClicks(screen.search.line, "hba1c")
    qtbot.waitUntil(lambda: [row.entry.word for row in screen.model.rows] == ["Hémoglobine glyquée"])
    screen.search.line.setText("xyzzy")
    qtbot.waitUntil(lambda: screen.model.rowCount() == 0)
    assert not screen.main_button.isEnabled()
    assert screen._nothing.isVisible()
    screen._nothing.action.click()
    assert screen.model.rowCount() == len(entries())
    assert screen.search.text == ""
    assert screen.list.hasFocus()


def test_enter_in_the_search_goes_to_what_is_found(screen: Shown, qtbot: QtBot) -> None:
    """One does not have to wait for the list, nor to reach for the mouse."""
    screen.search.line.setFocus()
    QTest.keyClicks(screen.search.line, "tiers pay")
    QTest.keyClick(screen.search.line, Qt.Key.Key_Return)
    assert [row.entry.word for row in screen.model.rows] == ["Tiers payant"]
    assert screen.list.hasFocus()


def test_a_document_without_health_words_says_so(visit: Visit, qtbot: QtBot) -> None:
    """The list of all words is still of use."""
    screen = words_of(visit, qtbot, "Bonjour Madame, il fait beau.")
    assert screen.intro.words == "Nous n’avons trouvé aucun mot de notre liste dans ce document."
    assert screen.model.rowCount() == len(entries())


def test_the_whole_list_needs_no_document(visit: Visit, qtbot: QtBot) -> None:
    """Opened from elsewhere, it says nothing of a document."""
    screen = words_of(visit, qtbot, "")
    assert screen.intro.words == ""
    assert screen.model.rowCount() == len(entries())


def explain(visit: Visit, qtbot: QtBot, word: str) -> Shown:
    """Show one word."""
    visit.window.go("word", entry=lookup(word))
    qtbot.wait(20)
    return visit.window.shown


def test_a_word_is_explained_in_plain_french_and_said_to_be_unreviewed(visit: Visit, qtbot: QtBot) -> None:
    """The title is the word, the explanation is below, and nobody has read it over yet."""
    screen = explain(visit, qtbot, "créat")
    entry = lookup("créatinine")
    assert screen.heading.words == "Créatinine"
    assert screen.explanation.words == entry.plain
    assert screen.reserve.isVisible()
    assert "pas encore été relue" in screen.reserve._text.words
    assert not screen._pictogram.isVisible()
    screen.main_button.click()
    assert visit.window.stack.count() == 0


def test_easy_french_has_one_sentence_a_line_and_a_pictogram(
    visit: Visit, qtbot: QtBot, french: None
) -> None:
    """FALC is words with pictures; the language changes while the screen is open."""
    screen = explain(visit, qtbot, "créatinine")
    spell(EASY_FRENCH)
    assert screen.explanation.words.split("\n") == list(lookup("créatinine").falc)  # type: ignore[union-attr]
    assert screen._pictogram.isVisible()
    spell("fr")
    assert not screen._pictogram.isVisible()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_another_language_has_its_line_and_the_french_below(
    visit: Visit, qtbot: QtBot, french: None, language: str
) -> None:
    """The person reads their language, the helper the French of the paper."""
    screen = explain(visit, qtbot, "créatinine")
    entry = lookup("créatinine")
    assert not screen._plain.isVisible()
    spell(language)
    assert screen.explanation.words == getattr(entry, language)
    assert screen._plain.isVisible()
    assert screen._plain.words == entry.plain  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [20, 26, 34, 52])
@pytest.mark.parametrize("language", ["fr", EASY_FRENCH, "en", "ar"])
def test_nothing_is_cut_at_any_size(
    visit: Visit, qtbot: QtBot, french: None, size: int, language: str
) -> None:
    """The longest words and explanations have their room on a small screen."""
    from PySide6.QtWidgets import QLabel

    use_language(language)
    theme.apply(theme.Theme.of("light", size))
    visit.window.resize(1024, 640)
    longest = max(entries(), key=lambda entry: len(" ".join((*entry.forms, entry.plain))))
    for word in (longest.word, max(entries(), key=lambda entry: len(entry.word)).word):
        screen = explain(visit, qtbot, word)
        for label in screen.findChildren(QLabel):
            if label.isVisible() and label.text() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()) - 1, label.text()
        assert screen.scroller.widget().width() <= screen.scroller.viewport().width()


@pytest.mark.parametrize("size", [20, 34, 52])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_list_is_there_at_any_size(
    visit: Visit, qtbot: QtBot, french: None, size: int, language: str
) -> None:
    """At least one row is seen whole without scrolling sideways, and the field has its height."""
    use_language(language)
    theme.apply(theme.Theme.of("dark", size))
    visit.window.resize(1024, 640)
    screen = words_of(visit, qtbot, PAPER)
    assert screen.scroller.widget().width() <= screen.scroller.viewport().width()
    assert screen.search.line.height() >= 48
    # Where the whole does not fit, the screen scrolls, and Page Down brings the list.
    assert screen.list.height() >= screen.scroller.viewport().height() * 0.3
    assert screen.main_button.isVisible() == (screen.width() >= size * 36)
