"""Printing, from the document on the screen to the paper: the preview, the choices, the job, its ends."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Any

import pytest

from app import mandates
from app.mandates import Action, Duration, Scope, ScopeNotGranted
from app.reader.client import Reader
from app.reader.ocr import Ocr
from app.space import AssistMode, DoneCode
from sync.service.demo.papers import Kind, long_pdf, make_paper
from sync.service.demo.people import CITIZENS
from sync.slips import Slip
from ui import theme
from ui.printing import papers
from ui.printing.pending import Pending
from ui.printing.printers import (
    Cancelled,
    Job,
    Order,
    Printer,
    PrinterPaper,
    PrintFailed,
    PrintStep,
    Seen,
)
from ui.screens.finish import line_words
from ui.session.start import Start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from ui.printing.sheets import Sheets

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any

HALL = Printer("hall", "Imprimante de l’accueil", "Hall", is_default=True)
OFFICE = Printer("office", "Imprimante du bureau", "1er étage")


class Shelf:
    """A printer for the tests (the real one is tried in tests/ui/printing/test_cups.py)."""

    def __init__(self, *printers: Printer) -> None:
        self.list = list(printers)
        self.orders: list[Order] = []
        self.seen: list[Seen] = []
        self.failure: Exception | None = None
        self.cancelled: list[Job] = []
        self.waits = False

    def printers(self) -> list[Printer]:
        """List them."""
        return self.list

    def send(
        self, sheets: Sheets, order: Order, done: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> Job:
        """Take the pages, or wait for a cancel."""
        while self.waits:
            if is_cancelled():
                raise Cancelled
        if self.failure is not None:
            raise self.failure
        self.orders.append(order)
        for number in order.numbers(sheets.count):
            done(number + 1)
        return Job(order.printer, "1")

    def look(self, job: Job) -> Seen:
        """Tell what the test wants told."""
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0] if self.seen else _PRINTED

    def cancel(self, job: Job) -> None:
        """Remember it."""
        self.cancelled.append(job)


_PRINTED = Seen(PrintStep.PRINTED)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Have a printer in the hall and one in the office."""
    from ui.screens import print_preview

    made = Shelf(HALL, OFFICE)
    monkeypatch.setattr(print_preview, "printing_system", lambda: made)
    return made


def quiet(visit: Visit, qtbot: QtBot) -> Shown:
    """Wait until nothing is to come, and return the screen."""
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    qtbot.wait(120)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    return visit.window.shown


def preview(visit: Visit, qtbot: QtBot, kind: Kind = Kind.LAB) -> Shown:
    """Read a document, then ask to print it."""
    paper = make_paper(kind, CITIZENS[0], 1)
    if kind is Kind.LAB:
        paper = dataclasses.replace(paper, data=long_pdf(2))
    document_id = visit.receive(paper)[0]
    visit.window.go("document_view", document_id=document_id)
    quiet(visit, qtbot)._print.click()
    return quiet(visit, qtbot)


def choose(visit: Visit, qtbot: QtBot, what: str, value: str) -> None:
    """Press « Changer … », choose, go on."""
    visit.window.shown.answers.buttons[what].click()
    screen = quiet(visit, qtbot)
    assert screen.name == "print_choice"
    screen.choices.choose(value)
    screen.main_button.click()
    quiet(visit, qtbot)


def test_a_document_is_shown_as_it_will_come_out(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """The sheet, where it goes and how; nothing is sent yet."""
    shown = preview(visit, qtbot)
    assert shown.name == "print_preview"
    assert shown.sheet.is_drawn
    assert shown.sheet.accessibleName() == "Page 1 sur 2"
    assert shown.sheet.accessibleDescription()
    assert shown.plan.printer == HALL
    assert not shelf.orders


def test_printing_leads_to_the_paper(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """One press; it stands on the receipt; the way back is the document."""
    preview(visit, qtbot).main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)
    assert shelf.orders == [Order("hall")]
    assert DoneCode.DOCUMENT_PRINTED in {line.code for line in visit.space.done}
    visit.window.shown.main_button.click()
    assert quiet(visit, qtbot).name == "document_view"


def test_it_is_noted_before_it_is_said_to_be_there(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """The page behind the preview may ask whether it was printed, as that of a mandate on paper does."""
    shown, told = preview(visit, qtbot), threading.Event()
    shown.plan.paper = dataclasses.replace(shown.plan.paper, printed=lambda: told.wait(20))
    shown.main_button.click()
    qtbot.waitUntil(lambda: bool(shelf.orders), timeout=10_000)
    qtbot.wait(100)
    assert visit.window.screen_name == "print_going"
    told.set()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)


def test_again_means_the_preview(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """« Imprimer encore » shows the sheet with the same choices."""
    preview(visit, qtbot)
    choose(visit, qtbot, "copies", "2")
    visit.window.shown.main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)
    visit.window.shown.again_button.click()
    shown = quiet(visit, qtbot)
    assert shown.name == "print_preview"
    assert shown.plan.copies == 2


def test_each_choice_is_obeyed(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Copies, pages, ink, printer, writing."""
    shown = preview(visit, qtbot)
    shown._next.click()
    for what, value in (("copies", "3"), ("ink", "gray"), ("printer", "office"), ("pages", "shown")):
        choose(visit, qtbot, what, value)
    visit.window.shown.main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)
    assert shelf.orders == [Order("office", 3, 1, gray=True)]


def test_large_print_is_another_layout(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """More sheets or fewer, but of words; back to the original at once."""
    preview(visit, qtbot)
    choose(visit, qtbot, "form", "large")
    shown = visit.window.shown
    assert shown.plan.made_as == "large"
    assert "Page 1 de l’original" in shown.sheet.accessibleDescription()
    choose(visit, qtbot, "form", "original")
    assert visit.window.shown.plan.made_as == "original"


def test_where_only_words_are_shown_only_words_are_printed(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Without a sandbox no page is drawn: « Comme l’original » is not offered."""
    with Reader(means=frozenset()) as bare:
        visit.context._reader = bare
        document_id = visit.receive(make_paper(Kind.LAB, CITIZENS[0], 1))[0]
        visit.window.go("document_view", document_id=document_id)
        shown = visit.window.shown
        qtbot.waitUntil(shown._print.isVisible, timeout=15_000)
        paper = papers.document_paper(
            visit.space, document_id, "Prise de sang", "", shown._document, shown._opened
        )
        assert [form.value for form in paper.forms] == [papers.LARGE, papers.LARGEST]
        assert paper.make(papers.LARGE).count > 0


def test_a_photo_is_not_reprinted_and_stays_as_it_was(
    visit: Visit, qtbot: QtBot, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its words are not recognised: the sentence says why, the original is still chosen."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    preview(visit, qtbot, Kind.PHOTO)
    choose(visit, qtbot, "form", "large")
    shown = visit.window.shown
    assert "image" in shown.notice.words
    assert shown.plan.form == "original"


def test_keys_turn_the_sheets(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Arrows on the sheet; the last has no next."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    shown = preview(visit, qtbot)
    QTest.keyClick(shown.sheet, Qt.Key.Key_Right)
    assert shown.plan.shown == 1
    assert not shown._next.isEnabled()
    QTest.keyClick(shown.sheet, Qt.Key.Key_Left)
    assert shown.plan.shown == 0


def test_without_a_printer_it_is_said(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """On entry and when one tries all the same; the visit goes on."""
    shelf.list = []
    shown = preview(visit, qtbot)
    assert "Aucune imprimante" in shown.notice.words
    shown.main_button.click()
    assert quiet(visit, qtbot).name == "print_preview"
    assert not shelf.orders


def test_the_printer_of_this_place_is_not_replaced_by_another(
    visit: Visit, qtbot: QtBot, shelf: Shelf
) -> None:
    """A sheet in another room is worse than none: one has to choose."""
    shown = preview(visit, qtbot)
    shown.plan.wanted, shown.plan.printer = "gone", None
    shown.plan.found([HALL, OFFICE])
    shown.main_button.click()
    assert quiet(visit, qtbot).name == "print_choice"
    assert not shelf.orders


@pytest.mark.parametrize(("rule", "left"), [("none", []), ("own", [OFFICE]), ("any", [HALL, OFFICE])])
def test_the_organization_says_which_printers_may_be_used(
    visit: Visit, qtbot: QtBot, shelf: Shelf, tmp_path: Path, rule: str, left: list[Printer]
) -> None:
    """None: said in its own words; only the one of this PC; all."""
    shelf.list = [HALL, OFFICE]
    visit.context.start = Start("", tmp_path, tmp_path, {}, printing=rule, printer=OFFICE.name)
    shown = preview(visit, qtbot)
    assert shown.plan.printers == left
    assert ("ne permet pas d’imprimer" in shown.notice.words) is (rule == "none")


def test_no_paper_is_said_while_it_waits(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """And forgotten once there is some; then it is printed."""
    shelf.seen = [Seen(PrintStep.WAITING, PrinterPaper())]
    preview(visit, qtbot).main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_going", timeout=10_000)
    going = visit.window.shown
    qtbot.waitUntil(lambda: "papier" in going.notice.words, timeout=10_000)
    shelf.seen = [_PRINTED]
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)


def test_a_stuck_job_is_taken_back(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """« Annuler l’impression » takes it out of the queue."""
    shelf.seen = [Seen(PrintStep.WAITING, PrinterPaper())]
    preview(visit, qtbot).main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_going", timeout=10_000)
    going = visit.window.shown
    qtbot.waitUntil(lambda: going._job is not None, timeout=10_000)
    going.cancel_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_preview", timeout=10_000)
    assert shelf.cancelled == [Job("hall", "1")]
    assert "arrêtée" in visit.window.shown.notice.words


def test_cancelling_while_pages_are_prepared(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Nothing was sent."""
    shelf.waits = True
    preview(visit, qtbot).main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_going", timeout=10_000)
    visit.window.shown.cancel_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_preview", timeout=10_000)
    assert not shelf.orders


def test_a_failure_is_told_on_the_preview(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """With what to do; nothing stands on the receipt."""
    shelf.failure = PrintFailed()
    preview(visit, qtbot).main_button.click()
    qtbot.waitUntil(lambda: bool(visit.window.shown.notice.words), timeout=10_000)
    assert visit.window.screen_name == "print_preview"
    assert "n’a pas pu imprimer" in visit.window.shown.notice.words
    assert DoneCode.DOCUMENT_PRINTED not in {line.code for line in visit.space.done}


def granted(visit: Visit, *actions: Action) -> None:
    """Have the helper act for the person."""
    proposal = mandates.propose(visit.space, [Scope.DOCUMENTS], actions, Duration.MONTH)
    mandates.grant(visit.space, proposal, shown_text=mandates.text_of(proposal))
    visit.space.mode = AssistMode.FOR


def test_a_mandate_without_printing_prints_no_document(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """To look is one thing, to take away on paper another."""
    granted(visit, Action.VIEW)
    shown = preview(visit, qtbot)
    shown.main_button.click()
    qtbot.waitUntil(lambda: bool(shown.notice.words), timeout=10_000)
    assert "mandat" in shown.notice.words
    assert not shelf.orders
    with pytest.raises(ScopeNotGranted):
        shown.plan.paper.may()


def test_the_mandate_is_printed_as_it_was_agreed_to(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Word for word; by the button of its screen; without leave, for it is the person's own."""
    granted(visit, Action.VIEW)
    visit.window.go("mandate")
    visit.window.shown._print_it()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_preview", timeout=10_000)
    shown = quiet(visit, qtbot)
    kept = mandates.text_of(mandates.propose(visit.space, [Scope.DOCUMENTS], [Action.VIEW], Duration.MONTH))
    assert "".join(kept.split()) in "".join(shown.plan.sheets.words(0).split())


def test_a_mandate_whose_text_was_changed_is_not_printed(visit: Visit) -> None:
    """It is not the one that was agreed to."""
    granted(visit, Action.VIEW)
    visit.space.mandate = dataclasses.replace(visit.space.mandate, text_sha256="0" * 64)
    with pytest.raises(mandates.MandateTextDiffers):
        papers.mandate_paper(visit.space)


def test_a_slip_has_its_words_and_its_code(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Both, as on the screen."""
    from ui.printing.preview import picture_of

    sheets = papers.slip_paper(visit.space, Slip("olive-chat-moulin", "tandem:olive")).make("plain")
    assert "olive – chat – moulin" in sheets.words(0)
    without = papers.slip_paper(visit.space, Slip("olive-chat-moulin", "x")).make("plain")
    assert picture_of(sheets, 0, 900, gray=False) != picture_of(without, 0, 900, gray=False)


def test_the_receipt_keeps_medical_names_to_itself(visit: Visit, qtbot: QtBot) -> None:
    """Titles, yes; what an allergy is called only when asked for."""
    visit.space.note(DoneCode.DOCUMENT_FILED, title="Ordonnance du docteur Petit")
    visit.space.note(DoneCode.ALLERGY_ADDED, name="Pénicilline")
    paper = papers.receipt_paper(visit.space, line_words, 1)
    plain, detailed = (paper.make(form.value).words(0) for form in paper.forms)
    for words in (plain, detailed):
        assert "Ordonnance du docteur Petit" in words
        assert "Karim Benali" in words
        assert "1 envoi attend encore" in words
    assert "Allergie notée" in plain
    assert "Pénicilline" not in plain
    assert "Pénicilline" in detailed


def test_the_receipt_is_printed_from_the_last_screen(visit: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Even when nothing was changed."""
    visit.window.go("finish")
    quiet(visit, qtbot)._print_it()
    shown = quiet(visit, qtbot)
    assert shown.name == "print_preview"
    assert "Rien n’a été changé" in shown.plan.sheets.words(0)
    shown.main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "print_done", timeout=10_000)
    assert not visit.space.done


def test_what_is_stuck_at_the_end_is_taken_back(qtbot: QtBot) -> None:
    """And what is being printed is left to finish."""
    system, watch = Shelf(HALL), Pending()
    system.seen = [Seen(PrintStep.WAITING, PrinterPaper()), Seen(PrintStep.WAITING)]
    watch.follow(Job("hall", "stuck"), system)
    watch.take_back()
    watch.follow(Job("hall", "at work"), system)
    watch.take_back()
    assert system.cancelled == [Job("hall", "stuck")]
    watch.deleteLater()


@pytest.mark.parametrize(
    ("mood", "size", "width"), [("light", 26, 1366), ("dark", 34, 1366), ("contrast", 52, 1024)]
)
def test_no_screen_of_printing_cuts_its_words(
    visit: Visit, qtbot: QtBot, shelf: Shelf, mood: str, size: int, width: int
) -> None:
    """At every size: words have their height, buttons their target, nothing stands aside."""
    from PySide6.QtWidgets import QAbstractButton, QLabel

    theme.apply(theme.Theme.of(mood, size))
    visit.window.resize(width, 640)
    shown = preview(visit, qtbot)
    plan = shown.plan
    screens = (
        [("print_preview", None)]
        + [
            ("print_choice", {"plan": plan, "what": what})
            for what in ("form", "copies", "pages", "ink", "printer")
        ]
        + [("print_done", {"plan": plan})]
    )
    for name, args in screens:
        if args is not None:
            visit.window.go(name, **args)
        screen = quiet(visit, qtbot)
        for label in screen.findChildren(QLabel):
            if label.isVisible() and label.text() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()) - 1, label.text()[:80]
        for button in screen.findChildren(QAbstractButton):
            if button.isVisible():
                assert min(button.width(), button.height()) >= 48, button.text()
        page = screen.scroller
        assert page is None or page.widget().width() <= page.viewport().width()
