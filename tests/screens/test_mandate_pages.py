"""A mandate signed on paper, listed, stopped, verified; a choice read back; three kinds of agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtTest import QSignalSpy

from app import access_consents, mandates, personal_acts
from app.access_consents import AccessAnswer
from app.codes.personal_acts import PersonalAct
from app.fhir import consent as consents
from app.mandate_papers import number_of
from app.mandates import Action, Duration, Scope, SigningMode
from app.outbox import Sealer
from app.paper import arrived
from app.reader.papers import Papers
from app.space import Actor, ActorRole, AssistMode
from app.vault.envelope import ServiceKey
from app.wipe import SessionFolders
from ui import languages
from ui.printing import papers
from ui.printing.preview import picture_of
from ui.printing.printers import Job, Order, Printer, PrintStep, Seen
from ui.screens.finish import line_words
from ui.session.start import Start
from ui.widgets import NoticeKind, PlainButton, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from app.mandates import Mandate
    from ui.printing.sheets import Sheets

Visit = Any
Shown = Any


class Shelf:
    """A printer for the tests (the real one is tried in tests/ui/printing/test_cups.py)."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def printers(self) -> list[Printer]:
        """List it."""
        return [Printer("hall", "Imprimante de l’accueil", "Hall", is_default=True)]

    def send(
        self, sheets: Sheets, order: Order, done: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> Job:
        """Take the pages."""
        del is_cancelled
        self.orders.append(order)
        for number in order.numbers(sheets.count):
            done(number + 1)
        return Job(order.printer, "1")

    def look(self, job: Job) -> Seen:
        """Say that it is out."""
        del job
        return Seen(PrintStep.PRINTED)

    def cancel(self, job: Job) -> None:
        """Do nothing."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Have a printer."""
    from ui.screens import print_preview

    made = Shelf()
    monkeypatch.setattr(print_preview, "printing_system", lambda: made)
    return made


@pytest.fixture
def enrolled(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Have this PC enrolled: it signs and seals."""
    key = Ed25519PrivateKey.generate()
    visit.context.start = Start(
        service="http://127.0.0.1:9",
        folder=SessionFolders.create(tmp_path / "session").folder,
        outbox=tmp_path / "outbox",
        adviser={},
    )
    visit.space.sealer = Sealer(tmp_path / "outbox", "pc-17", key, ServiceKey.generate().public)
    monkeypatch.setattr(visit.window, "mandate_active", lambda: None, raising=False)
    monkeypatch.setattr(visit.window, "home", lambda: visit.window.go("agreements"))
    return visit


@pytest.fixture
def say(qapp: Any) -> Iterator[Callable[[str], None]]:  # noqa: ANN401
    """Change the language; French after the test."""

    def change(code: str) -> None:
        languages.speak(code, qapp)

    yield change
    languages.speak("fr", qapp)


def quiet(visit: Visit, qtbot: QtBot) -> Shown:
    """Wait until nothing is to come, and return the screen."""
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    qtbot.wait(60)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    return visit.window.shown


def grant(
    visit: Visit, duration: Duration = Duration.MONTH, mode: SigningMode = SigningMode.ON_PAPER
) -> Mandate:
    """Give a mandate."""
    proposal = mandates.propose(visit.space, [Scope.DOCUMENTS], [Action.VIEW, Action.ADD], duration)
    return mandates.grant(visit.space, proposal, shown_text=mandates.text_of(proposal), signing_mode=mode)


def press(screen: Shown) -> None:
    """Press the main button."""
    assert screen.main_button.isVisibleTo(screen)
    screen.main_button.click()


def picture(image: QImage) -> bytes:
    """Write a picture as PNG."""
    sink = QBuffer()
    sink.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(sink, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt a string
    return bytes(sink.data().data())


# -- on paper ------------------------------------------------------------------------------------


def test_a_mandate_is_signed_on_two_printed_copies(enrolled: Visit, qtbot: QtBot, shelf: Shelf) -> None:
    """Printed before it can be said to be signed; kept as signed on paper, with the code of the paper."""
    enrolled.window.go(
        "mandate_text", scopes=(Scope.DOCUMENTS,), actions=(Action.VIEW, Action.ADD), duration=Duration.MONTH
    )
    enrolled.window.shown._on_paper()
    screen = quiet(enrolled, qtbot)
    assert screen.name == "mandate_on_paper"
    assert not screen.main_button.isVisibleTo(screen)
    screen.print_button.click()
    preview = quiet(enrolled, qtbot)
    assert preview.name == "print_preview"
    words = [preview.plan.sheets.words(number) for number in range(preview.plan.sheets.count)]
    copies = [each for each in words if "Je m’appelle Jeanne Martin" in each]
    assert len(copies) == 2
    assert all("Pour arrêter ce mandat" in each and "Signatures" in each for each in copies)
    press(preview)
    qtbot.waitUntil(lambda: enrolled.window.screen_name == "print_done", timeout=10_000)
    assert shelf.orders
    press(enrolled.window.shown)
    screen = quiet(enrolled, qtbot)
    assert screen.name == "mandate_on_paper"
    printed = screen._code
    press(screen)
    screen = quiet(enrolled, qtbot)
    assert screen.name == "mandate_kept"
    assert screen.scan_button.isVisibleTo(screen)
    kept = enrolled.space.mandate
    assert (kept.signing_mode, kept.proof) == (SigningMode.ON_PAPER, printed)
    assert enrolled.space.mode is AssistMode.FOR


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_code_on_the_sheet_is_read_from_its_scan(
    enrolled: Visit, qtbot: QtBot, say: Callable[[str], None], language: str
) -> None:
    """At 200 dots an inch, by the reader process, in any language of the screen; then it verifies."""
    say(language)
    mandate = grant(enrolled)
    sheets = papers.mandate_paper(enrolled.space).make("plain")
    pages = [picture(picture_of(sheets, number, 2339, gray=True)) for number in range(sheets.count)]
    asked = Papers(enrolled.context.reader)
    found = [code.text for page in pages for code in asked.codes(page)]
    assert found == [mandate.proof]
    enrolled.window.go("mandate_verify")
    screen = enrolled.window.shown
    screen._paper.pages.append(arrived(asked, pages[-1], is_photo=False))
    screen.entered()
    quiet(enrolled, qtbot)
    assert screen.notice.kind is NoticeKind.OK
    say("fr")
    assert "Ce mandat est vrai. Il court jusqu’au" in screen.notice.words


def test_the_translation_stands_opposite_the_french(enrolled: Visit, say: Callable[[str], None]) -> None:
    """The French stays whole, on the same sheet, and only it is said to count."""
    mandate = grant(enrolled)
    say("en")
    words = papers.mandate_paper(enrolled.space, mandate).make("plain").words(0)
    assert "Je m’appelle Jeanne Martin" in words
    assert "My name is Jeanne Martin" in words
    assert "only the French text is binding" in words.replace("\n", " ") or "French" in words


# -- the list, and the end -----------------------------------------------------------------------


def test_two_presses_end_a_mandate_by_either_side(enrolled: Visit, qtbot: QtBot) -> None:
    """The button, then its verb; who ended it is kept."""
    for by, press_it in (
        ("patient", press),
        ("organization", lambda screen: screen.other_side.click()),
    ):
        mandate = grant(enrolled)
        enrolled.space.mode = AssistMode.FOR
        enrolled.window.go("mandate")
        press(quiet(enrolled, qtbot))
        screen = quiet(enrolled, qtbot)
        assert screen.name == "mandate_stop"
        assert screen.first_focus() is screen.back_button
        press_it(screen)
        quiet(enrolled, qtbot)
        stored = enrolled.space.records.get("Consent", mandate.id)
        assert stored["status"] == "inactive"
        said = {each["url"]: each.get("valueCode") for each in stored["extension"][-1]["extension"]}
        assert said["by"] == by
        assert enrolled.space.mode is AssistMode.WITH
        assert enrolled.space.mandate is None
        assert consents.revoked_at(stored) is not None


def test_another_places_mandate_is_ended_by_the_person_alone(enrolled: Visit, qtbot: QtBot) -> None:
    """The helper in the room cannot speak for another organization."""
    mandate = grant(enrolled)
    enrolled.space.actor = Actor("x", "X", ActorRole.ADVISER, "org-elsewhere", "Ailleurs")
    enrolled.window.go("mandate_stop", mandate=mandate)
    screen = quiet(enrolled, qtbot)
    assert not screen.other_side.isVisibleTo(screen)


def test_the_list_shows_running_and_ended_mandates(enrolled: Visit, qtbot: QtBot) -> None:
    """Each opens; one that is over cannot be ended again and says why."""
    first = grant(enrolled)
    second = grant(enrolled, Duration.YEAR)
    enrolled.window.go("mandates")
    screen = quiet(enrolled, qtbot)
    assert [each.text() for each in screen.running.rows] == [second.organization]
    assert len(screen.over.rows) == 1
    assert set(screen._found) == {first.id, second.id}
    screen._open(first.id)
    shown = quiet(enrolled, qtbot)
    assert shown.name == "mandate"
    assert not shown.main_button.isVisibleTo(shown)
    assert "ne court plus" in shown.notice.words


# -- verifying -----------------------------------------------------------------------------------


def _verify(visit: Visit, qtbot: QtBot, typed: str) -> Shown:
    visit.window.go("mandate_verify")
    screen = visit.window.shown
    screen.number.set_value(typed)
    press(screen)
    return quiet(visit, qtbot)


def test_a_typed_code_is_checked_and_the_text_shown_to_compare(enrolled: Visit, qtbot: QtBot) -> None:
    """As a hand scanner types it."""
    mandate = grant(enrolled)
    screen = _verify(enrolled, qtbot, mandate.proof)
    assert screen.notice.kind is NoticeKind.OK
    assert screen._text.isVisibleTo(screen)
    mandates.revoke(enrolled.space, mandate)
    screen = _verify(enrolled, qtbot, mandate.proof)
    assert "a été arrêté" in screen.notice.words
    assert screen.notice.kind is NoticeKind.BAD


def test_a_paper_that_the_records_do_not_know_is_not_called_signed(enrolled: Visit, qtbot: QtBot) -> None:
    """Printed and never said to be signed: whole, but look at the signature."""
    proposal = mandates.propose(enrolled.space, [Scope.DOCUMENTS], [Action.VIEW], Duration.MONTH)
    code = mandates.paper_code(enrolled.space, proposal, SigningMode.ON_PAPER)
    screen = _verify(enrolled, qtbot, code)
    assert screen.notice.kind is NoticeKind.WAIT
    assert "Regardez si le papier est signé" in screen.notice.words


def test_someone_elses_paper_shows_nothing_of_them(enrolled: Visit, qtbot: QtBot) -> None:
    """Only that it is not this person's."""
    mandate = grant(enrolled)
    enrolled.space.patient_id = "0193a1b2-0000-7000-8000-00000000dead"
    screen = _verify(enrolled, qtbot, mandate.proof)
    assert "celui d’une autre personne" in screen.notice.words
    assert not screen._text.isVisibleTo(screen)
    assert "Martin" not in screen.notice.words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("TANDEM-M1:AAAA", "coupé ou abîmé"),
        ("tandem:mandat:olive-chat", "n’est pas celui d’un mandat"),
        ("TANDEM-M9:AAAA", "Tandem plus récent"),
        ("AAAA-BBBB-CCCC", "Aucun de vos mandats"),
        ("", ""),
    ],
)
def test_what_is_no_mandate_is_said_in_words(enrolled: Visit, qtbot: QtBot, typed: str, told: str) -> None:
    """A cut code, a slip, a later version, a wrong number, nothing."""
    grant(enrolled)
    screen = _verify(enrolled, qtbot, typed)
    assert screen.name == "mandate_verify"
    assert told in screen.notice.words
    if not typed:
        assert screen.summary.isVisible()


def test_the_number_read_out_finds_the_mandate(enrolled: Visit, qtbot: QtBot) -> None:
    """Small letters, no dashes."""
    mandate = grant(enrolled)
    screen = _verify(enrolled, qtbot, number_of(mandate.text_sha256).lower().replace("-", " "))
    assert screen.name == "mandate"


def test_a_pc_that_is_not_enrolled_says_so(visit: Visit, qtbot: QtBot, enrolled: Visit) -> None:
    """It knows no key: the number is left."""
    mandate = grant(enrolled)
    visit.space.sealer = None
    assert "n’est pas inscrit" in _verify(visit, qtbot, mandate.proof).notice.words


# -- what the person alone decides ---------------------------------------------------------------


def _chosen(visit: Visit, qtbot: QtBot, answer: AccessAnswer) -> Shown:
    visit.window.go("professional_access")
    screen = quiet(visit, qtbot)
    screen.who.set_value("docteur Roux")
    screen.choices.choose(answer)
    press(screen)
    return quiet(visit, qtbot)


def test_nothing_is_chosen_beforehand(enrolled: Visit, qtbot: QtBot) -> None:
    """Neither yes nor no; an answer without one is asked for."""
    enrolled.window.go("professional_access")
    screen = quiet(enrolled, qtbot)
    assert screen.choices.value() is None
    press(screen)
    assert screen.summary.isVisible()
    assert enrolled.space.records.all("Consent") == []


@pytest.mark.parametrize("answer", list(AccessAnswer))
def test_an_answer_is_read_back_then_kept_with_its_words(
    enrolled: Visit, qtbot: QtBot, answer: AccessAnswer
) -> None:
    """In large letters, confirmed by a press of its own; « Écouter » asks for the voice."""
    screen = _chosen(enrolled, qtbot, answer)
    assert screen.name == "read_back"
    assert "docteur Roux" in screen.words.words
    assert screen.first_focus() is screen.back_button
    heard = QSignalSpy(screen.listen_asked)
    screen.listen_asked.emit()
    assert heard.count() == 1
    press(screen)
    quiet(enrolled, qtbot)
    (kept,) = access_consents.accesses(enrolled.space)
    assert kept.words == screen.words.words
    assert access_consents.running(kept, enrolled.space.clock()) is (answer is not AccessAnswer.NO)


def test_in_the_helpers_hands_the_choice_is_refused(enrolled: Visit, qtbot: QtBot) -> None:
    """Acting for the person, under the widest mandate: the sentence says why and what to do."""
    grant(enrolled)
    enrolled.space.mode = AssistMode.FOR
    screen = _chosen(enrolled, qtbot, AccessAnswer.YEAR)
    assert screen.name == "professional_access"
    assert "Ce choix est le vôtre" in screen.notice.words
    assert access_consents.accesses(enrolled.space) == []


def test_long_words_are_read_to_their_end_before_they_can_be_confirmed(enrolled: Visit, qtbot: QtBot) -> None:
    """The button comes once the end of the page was on the screen."""
    asked = personal_acts.read_back(
        enrolled.space, PersonalAct.ADVANCE_DIRECTIVES, words="Je souhaite être chez moi. " * 80
    )
    given: list[object] = []
    enrolled.window.go("read_back", asked=asked, keep=given.append, done="C’est noté.")
    screen = quiet(enrolled, qtbot)
    assert not screen.main_button.isVisibleTo(screen)
    assert "Descendez" in screen.notice.words
    bar = screen.scroller.verticalScrollBar()
    bar.setValue(bar.maximum())
    press(screen)
    quiet(enrolled, qtbot)
    assert len(given) == 1


def test_the_information_asks_for_nothing(enrolled: Visit, qtbot: QtBot) -> None:
    """Read, understood, back; no Consent is made of it."""
    enrolled.window.go("agreements")
    enrolled.window.go("your_data")
    screen = quiet(enrolled, qtbot)
    press(screen)
    assert quiet(enrolled, qtbot).name == "agreements"
    assert enrolled.space.records.all("Consent") == []


# -- the end of the visit ------------------------------------------------------------------------


def test_the_last_page_and_the_receipt_say_how_a_mandate_is_stopped(enrolled: Visit, qtbot: QtBot) -> None:
    """One that goes on after the visit; the page leads to it, the paper names its number."""
    mandate = grant(enrolled)
    enrolled.window.go("finish")
    screen = quiet(enrolled, qtbot)
    said = [each.words for each in screen.findChildren(Text)]
    assert any("« Arrêter ce mandat »" in each for each in said)
    button = next(each for each in screen.findChildren(PlainButton) if each.text() == "Mon mandat")
    button.click()
    assert quiet(enrolled, qtbot).name == "mandate"
    words = papers.receipt_paper(enrolled.space, line_words, 0).make("plain").words(0)
    assert number_of(mandate.text_sha256) in words
    assert "« Arrêter ce mandat »" in words


def test_a_visits_mandate_ends_by_itself_and_is_not_spoken_of(enrolled: Visit, qtbot: QtBot) -> None:
    """Nobody has to stop what is over."""
    grant(enrolled, Duration.SESSION)
    enrolled.window.go("finish")
    screen = quiet(enrolled, qtbot)
    assert not any("« Arrêter ce mandat »" in each.words for each in screen.findChildren(Text))
