"""« Vos documents »: the list, its filters, its search, what it does when records change."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS
from ui.widgets import Tile
from ui.widgets.big_rows import RowModel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

DAY = date(2026, 11, 17)
# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any


def some(kind: Kind, count: int, first: date = DAY, every: int = 9) -> list[Paper]:
    """Make papers of one kind, one every few days, going back in time."""
    return [make_paper(kind, CITIZENS[0], n, day=first - timedelta(days=every * n)) for n in range(count)]


@pytest.fixture
def screen(visit: Visit, qtbot: QtBot) -> Shown:
    """Show the list with nine documents, six of them new."""
    visit.receive(*some(Kind.NOTE, 6), *some(Kind.LAB_SLIP, 3, DAY - timedelta(days=400)), files=False)
    visit.window.go("documents")
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.model.complete)
    return shown


def names(model: RowModel[Any]) -> list[str]:
    """Return what a screen reader says of each row."""
    return [model.index(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]


def settled(qtbot: QtBot, screen: Shown, count: int) -> None:
    """Wait until the list has so many rows."""
    qtbot.waitUntil(lambda: screen.model.rowCount() == count, timeout=5000)


def test_every_row_has_a_name_for_a_screen_reader(screen: Shown) -> None:
    """The list's children are the documents, each said in one sentence with its day, sort and state."""
    said = names(screen.model)
    assert len(said) == 9
    assert said[0] == "Note de l’infirmière, mardi 17 novembre 2026, Autres documents, nouveau, à jour"
    assert said[-1].endswith("Résultats de biologie, à jour")
    listed = QAccessible.queryAccessibleInterface(screen.list)
    assert listed.text(QAccessible.Text.Name) == "Vos documents"
    assert listed.childCount() == 9
    assert listed.child(8).text(QAccessible.Text.Name) == said[-1]


def test_the_newest_is_first_and_current(screen: Shown) -> None:
    """One can press Enter at once."""
    days = [row.date for row in screen.model.rows]
    assert days == sorted(days, reverse=True)
    assert screen.list.currentIndex().row() == 0


@pytest.mark.parametrize("how", ["press", "Enter", "main button"])
def test_one_press_opens(visit: Visit, screen: Shown, qtbot: QtBot, how: str) -> None:
    """A press, Enter or the main button: each once."""
    went: list[tuple[str, dict[str, Any]]] = []
    visit.window.go = lambda name, **args: went.append((name, args))
    wanted = screen.model.row(1)
    if how == "press":
        place = screen.list.visualRect(screen.model.index(1)).center()
        QTest.mouseClick(screen.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    else:
        screen.list.setCurrentIndex(screen.model.index(1))
        if how == "Enter":
            QTest.keyClick(screen.list, Qt.Key.Key_Return)
        else:
            screen.main_button.click()
    assert went == [("document_view", {"document_id": wanted.id})]


def test_what_is_selected_from_outside_becomes_current(screen: Shown) -> None:
    """A screen reader selects through the accessibility bus, which moves no current row by itself."""
    listed = QAccessible.queryAccessibleInterface(screen.list)
    listed.selectionInterface().select(listed.child(3))
    assert screen.list.currentIndex().row() == 3


def test_search_is_blind_to_accents_and_case(screen: Shown, qtbot: QtBot) -> None:
    """As one types, without Enter."""
    QTest.keyClicks(screen.search.line, "INFIRMIERE")
    settled(qtbot, screen, 6)
    assert all("infirmière" in row.title for row in screen.model.rows)
    screen._forget_filters()
    settled(qtbot, screen, 9)


def test_enter_goes_to_what_was_found_and_opens_nothing(visit: Visit, screen: Shown, qtbot: QtBot) -> None:
    """Whoever ends a word with Enter has not chosen a document yet."""
    screen.search.take_focus()
    QTest.keyClicks(screen.search.line, "infirmiere")
    QTest.keyClick(screen.search.line, Qt.Key.Key_Return)
    settled(qtbot, screen, 6)
    qtbot.waitUntil(screen.list.hasFocus)
    assert visit.window.screen_name == "documents"
    screen._forget_filters()


def test_a_search_that_finds_nothing_says_so(screen: Shown, qtbot: QtBot) -> None:
    """And offers the way back."""
    QTest.keyClicks(screen.search.line, "zzz")
    settled(qtbot, screen, 0)
    qtbot.waitUntil(screen._nothing.isVisible)
    screen._nothing.action.click()
    settled(qtbot, screen, 9)
    assert not screen.search.text


def test_filters_offer_only_what_there_is_with_counts(visit: Visit, screen: Shown, qtbot: QtBot) -> None:
    """A sort, then a year; each press goes back to the list."""
    screen._by_category.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "documents_filter")
    tiles = {tile.text(): tile for tile in visit.window.shown.findChildren(Tile)}
    assert {words: tile.second for words, tile in tiles.items()} == {
        "Toutes les sortes": "9 documents",
        "Résultats de biologie": "3 documents",
        "Autres documents": "6 documents",
    }
    tiles["Résultats de biologie"].click()
    settled(qtbot, screen, 3)
    assert visit.window.screen_name == "documents"
    assert screen._by_category.text() == "Résultats de biologie"
    screen._by_year.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "documents_filter")
    years = [tile.text() for tile in visit.window.shown.findChildren(Tile)]
    assert years == ["Toutes les années", "2026", "2025"]


def test_a_new_document_does_not_move_what_is_looked_at(visit: Visit, screen: Shown, qtbot: QtBot) -> None:
    """It comes above; the row at the top of the view stays at the top, the current one stays current."""
    screen.model._burst.setInterval(0)
    screen.list.setCurrentIndex(screen.model.index(6))
    screen.list.scrollTo(screen.model.index(8))
    top = screen.list.indexAt(screen.list.viewport().rect().topLeft())
    before = (top.data(RowModel.KEY), screen.list.visualRect(top).top())
    current = screen.list.currentIndex().data(RowModel.KEY)
    visit.receive(*some(Kind.REFERRAL_RTF, 2, date(2026, 11, 20), every=1), files=False)
    settled(qtbot, screen, 11)
    top = screen.list.indexAt(screen.list.viewport().rect().topLeft())
    assert (top.data(RowModel.KEY), screen.list.visualRect(top).top()) == before
    assert screen.list.currentIndex().data(RowModel.KEY) == current


def test_no_document_yet_offers_to_file_one(visit: Visit, qtbot: QtBot) -> None:
    """An empty space is not an empty screen."""
    visit.window.go("documents")
    shown = visit.window.shown
    qtbot.waitUntil(shown._empty.isVisible)
    assert not shown.main_button.isEnabled()
    assert shown._empty.action.text() == "Ranger un papier"


def test_without_network_the_list_says_what_it_shows(visit: Visit, screen: Shown, qtbot: QtBot) -> None:
    """Never an alarm; it goes away by itself."""
    offline = SimpleNamespace(online=False, reason="offline", last_sync=None)
    visit.context.tell_status(offline)
    qtbot.waitUntil(lambda: "Pas de réseau" in screen.notice.words)
    visit.context.tell_status(SimpleNamespace(online=True, reason=None, last_sync=None))
    qtbot.waitUntil(lambda: not screen.notice.words)


def test_ten_thousand_rows_come_page_after_page(visit: Visit, qtbot: QtBot) -> None:
    """The first is there before the others, and all of them are reached."""
    visit.receive(*some(Kind.NOTE, 450, every=1), files=False)
    visit.window.go("documents")
    model = visit.window.shown.model
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    assert model.rowCount() <= 400
    settled(qtbot, visit.window.shown, 450)
    assert model.complete


def test_a_screen_that_is_gone_listens_no_more(visit: Visit, screen: Shown, qtbot: QtBot) -> None:
    """Neither to the records nor to the connection."""
    listeners = len(visit.context.status_listeners)
    visit.window.back()
    qtbot.waitUntil(lambda: len(visit.context.status_listeners) < listeners)
    visit.receive(*some(Kind.LETTER, 1), files=False)
