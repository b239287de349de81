"""One document: pages, words, zoom; what is not here yet, what is damaged."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.reader.client import Reader
from app.reader.ocr import Ocr
from app.records import DocumentQuery
from sync.service.demo.papers import Kind, Paper, long_pdf, make_paper
from sync.service.demo.people import CITIZENS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any


def opened(visit: Visit, qtbot: QtBot, paper: Kind | Paper) -> Shown:
    """Receive one paper and open it."""
    given = make_paper(paper, CITIZENS[0], 1) if isinstance(paper, Kind) else paper
    document_id = visit.receive(given)[0]
    visit.window.go("document_view", document_id=document_id)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.panel.reading is not None and not visit.context.tasks.busy, timeout=15_000)
    return shown


def test_a_pdf_is_shown_page_by_page(visit: Visit, qtbot: QtBot) -> None:
    """As wide as its place, with where we are in words."""
    shown = opened(visit, qtbot, Kind.LAB)
    panel = shown.panel
    assert shown.heading.words == make_paper(Kind.LAB, CITIZENS[0], 1).title
    assert "mardi 17 novembre 2026" in shown.intro.words
    assert panel._where.words == f"Page 1 sur {panel.pages.pages}"
    assert panel.pages._sheet.width() == panel.pages.viewport().width()
    assert not panel.pages._sheet._image.isNull()


def test_a_photo_has_no_page_to_turn(visit: Visit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page: no button that would do nothing. Without the recognition its words are not known: said."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    panel = opened(visit, qtbot, Kind.PHOTO).panel
    assert not panel._next.isVisible()
    panel._swap.click()
    qtbot.waitUntil(lambda: "image" in panel.text.toPlainText())
    assert panel._swap.text() == "Voir la page"


def test_pages_turn_by_button_and_by_key(visit: Visit, qtbot: QtBot) -> None:
    """At the end of a page, Page down turns it; the last page has no next."""
    paper = dataclasses.replace(make_paper(Kind.LAB, CITIZENS[0], 1), data=long_pdf(3))
    panel = opened(visit, qtbot, paper).panel
    panel._next.click()
    assert panel._where.words == "Page 2 sur 3"
    panel.pages.verticalScrollBar().setValue(panel.pages.verticalScrollBar().maximum())
    QTest.keyClick(panel.pages, Qt.Key.Key_PageDown)
    assert panel._where.words == "Page 3 sur 3"
    assert not panel._next.isEnabled()
    QTest.keyClick(panel.pages, Qt.Key.Key_PageUp)
    assert panel.pages.accessibleName() == "Page 2 sur 3"


def test_zoom_steps_are_bounded(visit: Visit, qtbot: QtBot) -> None:
    """The first step is the width of the view; smaller than that is not offered."""
    panel = opened(visit, qtbot, Kind.PRESCRIPTION).panel
    fit = panel.pages._sheet.width()
    assert not panel._shrink.isEnabled()
    for _step in range(6):
        panel._grow.click()
    assert panel.pages._sheet.width() == round(fit * 3.2)
    assert not panel._grow.isEnabled()
    qtbot.waitUntil(lambda: panel.pages._sheet._image.width() >= round(fit * 3.2), timeout=15_000)
    for _step in range(6):
        panel._shrink.click()
    assert panel.pages._sheet.width() == fit


def test_the_words_of_a_page_are_reachable(visit: Visit, qtbot: QtBot) -> None:
    """In a named read-only box that Tab leaves."""
    panel = opened(visit, qtbot, Kind.PRESCRIPTION).panel
    panel._swap.click()
    qtbot.waitUntil(lambda: "Lefèvre" in panel.text.toPlainText())
    assert panel.text.accessibleName() == "Texte du document"
    assert panel.text.isReadOnly()
    assert panel.text.tabChangesFocus()


@pytest.mark.parametrize("kind", [Kind.NOTE, Kind.REFERRAL_RTF])
def test_a_text_is_shown_as_text(visit: Visit, qtbot: QtBot, kind: Kind) -> None:
    """Large, without a picture of itself, and its arrows work at once."""
    shown = opened(visit, qtbot, kind)
    assert shown.panel.reading is shown.panel.text
    assert not shown.panel._controls.isVisible()
    assert "Martin" in shown.panel.text.toPlainText()
    qtbot.waitUntil(lambda: visit.window.focusWidget() is shown.panel.text)


def test_results_are_laid_out_with_their_usual_ranges(visit: Visit, qtbot: QtBot) -> None:
    """A structured report keeps its headings and its tables."""
    shown = opened(visit, qtbot, Kind.CDA_LAB)
    words = shown.panel.text.toPlainText()
    assert shown.panel.reading is shown.panel.text
    assert "Hémoglobine" in words
    assert "Résultat" in words
    assert shown.panel._swap.text() == "Voir la page"


def test_what_was_read_can_be_found_by_its_words(visit: Visit, qtbot: QtBot) -> None:
    """The words of the pages join the search index once the document was opened."""
    opened(visit, qtbot, Kind.PRESCRIPTION)
    found = visit.space.records.documents(DocumentQuery(text="metformine"))
    words = visit.space.records.documents(DocumentQuery(text="lefevre"))
    assert found or words


def test_a_reading_is_journaled_and_on_the_receipt(visit: Visit, qtbot: QtBot) -> None:
    """Once, whatever is pressed on the screen."""
    shown = opened(visit, qtbot, Kind.PRESCRIPTION)
    shown.panel._swap.click()
    assert [line.code for line in visit.space.done] == ["document-read"]


def test_what_is_not_here_is_wanted_and_shown_when_it_comes(visit: Visit, qtbot: QtBot) -> None:
    """The screen says so, asks for it, and opens it by itself."""
    wanted: list[str] = []

    class Asked:
        def want(self, document_id: str) -> None:
            wanted.append(document_id)

    visit.context.engine = Asked()
    paper = make_paper(Kind.NOTE, CITIZENS[0], 1)
    document_id = visit.receive(paper, files=False)[0]
    visit.window.go("document_view", document_id=document_id)
    shown = visit.window.shown
    qtbot.waitUntil(shown._absent.isVisible)
    assert wanted == [document_id]
    visit.store(paper, document_id)
    qtbot.waitUntil(lambda: shown.panel.reading is shown.panel.text, timeout=15_000)


def test_a_damaged_file_is_said_in_a_sentence(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """With what to do; nothing else breaks."""
    paper = make_paper(Kind.NOTE, CITIZENS[0], 1)
    document_id = visit.receive(paper)[0]
    sealed = visit.space.files.path_of(document_id)
    whole = bytearray(sealed.read_bytes())
    whole[-20] ^= 1
    sealed.write_bytes(whole)
    visit.window.go("document_view", document_id=document_id)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: bool(shown.notice.words))
    assert "abîmé" in shown.notice.words
    assert not shown.panel.isVisible()


def test_two_documents_share_one_reader(visit: Visit, qtbot: QtBot) -> None:
    """Going back to the first after reading another shows the first, not the other."""
    volume = dataclasses.replace(make_paper(Kind.LAB, CITIZENS[0], 1), data=long_pdf(3))
    first = opened(visit, qtbot, volume)
    document_id = visit.receive(make_paper(Kind.PRESCRIPTION, CITIZENS[0], 2))[0]
    visit.window.go("document_view", document_id=document_id)
    second = visit.window.shown
    qtbot.waitUntil(lambda: second.panel.reading is not None and not visit.context.tasks.busy, timeout=15_000)
    visit.window.back()
    first.panel._next.click()
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=15_000)
    first.panel._swap.click()
    qtbot.waitUntil(lambda: "Page 2" in first.panel.text.toPlainText(), timeout=15_000)
    assert first._document.text(1) != second._document.text(0)


def test_escape_goes_back(visit: Visit, qtbot: QtBot) -> None:
    """From the page itself."""
    shown = opened(visit, qtbot, Kind.PRESCRIPTION)
    went: list[bool] = []
    shown.back_asked.connect(lambda: went.append(True))
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert went


# -- a PC on which nothing isolates the reader --------------------------------------------------------------


@pytest.fixture
def without_walls(visit: Visit) -> Iterator[None]:
    """Put a reader process in place that has none."""
    with Reader(means=frozenset()) as reader:
        visit.context._reader = reader
        yield


@pytest.mark.usefixtures("without_walls")
def test_without_a_sandbox_the_words_are_shown_and_it_is_said(visit: Visit, qtbot: QtBot) -> None:
    """No page, no button for one; what to do is said."""
    shown = opened(visit, qtbot, Kind.LAB)
    assert shown.panel.reading is shown.panel.text
    assert "Créatinine" in shown.panel.text.toPlainText()
    assert not shown.panel._swap.isVisible()
    assert "seuls les mots sont montrés" in shown.notice.words
    assert "Prévenez le responsable" in shown.notice.words


@pytest.mark.usefixtures("without_walls")
def test_without_a_sandbox_a_photo_is_not_opened(visit: Visit, qtbot: QtBot) -> None:
    """It has no words: the sentence says why nothing is seen."""
    document_id = visit.receive(make_paper(Kind.PHOTO, CITIZENS[0], 1))[0]
    visit.window.go("document_view", document_id=document_id)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: "pas de protection" in shown.notice.words, timeout=15_000)
    assert shown.panel.reading is None
