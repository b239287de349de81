"""« Qui a regardé ? »: what is known here at once, what the service knows when it answers, the report."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey

from app import documents
from app.access_proof import ListNotTrusted, verify
from app.accesses import ReportReason
from app.space import AssistMode
from sync.accesses import AccessPage
from sync.failures import Offline
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from sync.service.signing import fingerprint, self_signed, sign_pdf
from tests.app.test_accesses import event
from tests.screens.conftest import papers
from tests.screens.test_health import answers, quiet, titles

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.fhir import Resource

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
MONTH = "2026-10-{:02d}T10:00:00Z"


class Asked:
    """The visit's way to the service: answers the pages given, or fails; remembers what was asked."""

    def __init__(self, *pages: AccessPage | Exception) -> None:
        self.pages = list(pages)
        self.asked: list[str] = []
        self.signed: bytes | Exception = Offline()
        self.go = threading.Event()
        self.go.set()

    def signed_list(self, language: str, zone: str) -> bytes:
        """Answer with what was laid there."""
        self.asked.append(f"{language} {zone.partition('/')[0]}".strip())
        if isinstance(self.signed, Exception):
            raise self.signed
        return self.signed

    def who_looked(self, more: str = "") -> AccessPage:
        """Answer."""
        self.go.wait(10)
        self.asked.append(more)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page


KEY = ECKey.generate_key("P-256", private=True)


def signed_pdf() -> bytes:
    """Make a letter, signed as the service signs its lists."""
    service: Any = SimpleNamespace(
        chain=(), secrets=SimpleNamespace(signing=KEY, certificate=self_signed(KEY))
    )
    return sign_pdf(service, make_paper(Kind.LETTER, CITIZENS[0]).data, "Liste")


def room(visit: Visit, qtbot: QtBot, asked: Asked) -> Shown:
    """Open the room."""
    visit.context.visit = asked
    visit.window.go("accesses")
    return quiet(visit, qtbot)


def karim(moment: str, **more: Any) -> Resource:  # noqa: ANN401 - what an event may hold
    """Make an event of Karim's."""
    return event("adviser", moment, name="Karim Benali", **({"mode": "faire_avec"} | more))


def test_the_service_s_list_comes_by_kind_of_people(visit: Visit, qtbot: QtBot) -> None:
    """Helpers first; the press on a line shows what was done, with the person's own titles."""
    (document_id,) = visit.receive(*papers(Kind.LAB))
    told = [
        event("software", MONTH.format(3), name="", entities=["DocumentReference/x"], action="C", source="4"),
        karim(MONTH.format(2), entities=[f"DocumentReference/{document_id}"]),
        event("pharmacist", MONTH.format(1), name="Claire Roussel", entities=["DocumentReference/x"]),
    ]
    shown = room(visit, qtbot, Asked(AccessPage(tuple(told), "")))
    assert titles(shown) == [
        "Karim Benali, Mairie de Bourges",
        "Claire Roussel, Mairie de Bourges",
        "Un programme de santé",
    ]
    assert "Avec vous" in shown.rows[0].second
    assert "1 document ouvert" in shown.rows[0].second
    assert not shown.more.isVisible()
    shown.rows[0].click()
    one = quiet(visit, qtbot)
    assert one.heading.words == "Karim Benali, Mairie de Bourges"
    assert answers(one)[1:] == ["Avec vous", "1 document ouvert", visit.ids[document_id]]


def test_older_ones_come_page_by_page(visit: Visit, qtbot: QtBot) -> None:
    """Six lines of a kind at first, the others at a press; the next page is asked for when wanted."""
    first = tuple(karim(MONTH.format(day)) for day in range(20, 10, -1))
    asked = Asked(AccessPage(first, "suite"), AccessPage((karim(MONTH.format(1)),), ""))
    shown = room(visit, qtbot, asked)
    assert len(shown.rows) == 6
    next(part for part in shown._parts.values() if part.all.isVisible()).all.click()
    assert len(quiet(visit, qtbot).rows) == 10
    shown.more.click()
    shown = quiet(visit, qtbot)
    assert asked.asked == ["", "suite"]
    assert len(shown.rows) == 11
    assert not shown.more.isVisible()


def test_without_a_network_what_was_done_here_is_shown_and_said_to_be_all(visit: Visit, qtbot: QtBot) -> None:
    """The button asks again; coming back from a line does not."""
    (document_id,) = visit.receive(*papers(Kind.LAB))
    from app import documents

    documents.read(visit.space, document_id)
    asked = Asked(Offline(), AccessPage((karim(MONTH.format(2)),), ""))
    shown = room(visit, qtbot, asked)
    assert titles(shown) == ["Karim Benali, France services Bourges"]
    assert "Voici seulement ce qui a été fait sur ce poste." in shown.notice.words
    shown.rows[0].click()
    quiet(visit, qtbot)
    visit.window.back()
    shown = quiet(visit, qtbot)
    assert asked.asked == [""]
    shown.more.click()
    shown = quiet(visit, qtbot)
    assert len(shown.rows) == 2
    assert shown.notice.words == ""


def test_nobody_is_said(visit: Visit, qtbot: QtBot) -> None:
    """An empty list says so."""
    shown = room(visit, qtbot, Asked(AccessPage((), "")))
    assert shown.rows == []
    assert shown._nobody.isVisible()


def test_without_a_mandate_for_it_the_list_stays_closed(visit: Visit, qtbot: QtBot) -> None:
    """Whatever the service answers: nothing is shown, and why is."""
    visit.space.mode = AssistMode.FOR
    shown = room(visit, qtbot, Asked(AccessPage((karim(MONTH.format(2)),), "")))
    assert shown.rows == []
    assert shown._closed.isVisible()
    assert not shown.more.isVisible()


def test_a_report_wants_a_reason_and_is_kept_once(visit: Visit, qtbot: QtBot) -> None:
    """Double press: one Communication; the person comes back home and reads that it is kept."""
    shown = room(
        visit, qtbot, Asked(AccessPage((karim(MONTH.format(2), outcome="8", mode="faire_pour"),), ""))
    )
    shown.rows[0].click()
    one = quiet(visit, qtbot)
    assert answers(one)[1] == "À votre place, sans mandat valable"
    said: list[str] = []
    visit.window.toast = lambda words, _kind: said.append(str(words))
    one._bar_buttons[0].click()
    asking = quiet(visit, qtbot)
    asking.pressed()
    assert asking.summary.isVisible()
    assert visit.space.records.operations() == []
    asking.choices.choose(ReportReason.NOT_KNOWN)
    asking.pressed()
    asking.pressed()
    qtbot.waitUntil(lambda: bool(said), timeout=5000)
    (operation,) = visit.space.records.operations()
    assert operation.resources[0]["reasonCode"][0]["coding"][0]["code"] == "not-known"
    assert said == ["Votre signalement est enregistré. Il partira dès que possible."]
    visit.window.go("access", look=asking._look)
    one = quiet(visit, qtbot)
    assert answers(one)[-1].startswith("Noté le ")
    assert not one.report.isVisible()


@pytest.mark.parametrize("role", ["citizen"])
def test_one_does_not_report_oneself(visit: Visit, qtbot: QtBot, role: str) -> None:
    """What the person did has no flag."""
    shown = room(visit, qtbot, Asked(AccessPage((event(role, MONTH.format(2), name=""),), "")))
    shown.rows[0].click()
    one = quiet(visit, qtbot)
    assert one.heading.words == "Vous"
    assert one._bar_buttons == []


def test_the_signed_list_is_shown_and_can_be_printed_or_kept(visit: Visit, qtbot: QtBot) -> None:
    """Without a network it says what it needs; what is not the service's is not shown; then its pages are."""
    asked = Asked(AccessPage((), ""))
    shown = room(visit, qtbot, asked)
    shown.keep.click()
    shown = quiet(visit, qtbot)
    assert shown.notice.words == "Il faut le réseau : le service seul peut signer la liste."
    asked.signed = ListNotTrusted()
    shown.keep.click()
    shown = quiet(visit, qtbot)
    assert shown.notice.words.startswith("Ce qui est arrivé n’est pas la liste signée")
    asked.signed = signed_pdf()
    shown.keep.click()
    ready = quiet(visit, qtbot)
    assert ready.name == "access_list"
    assert asked.asked[1].startswith("fr")
    ready.see.click()
    preview = quiet(visit, qtbot)
    paper = preview.plan.paper
    assert paper.original("") == ("pdf", asked.signed)
    qtbot.waitUntil(lambda: preview.plan.sheets is not None)
    assert preview.plan.sheets.count == 1
    visit.window.back()
    ready = quiet(visit, qtbot)
    said: list[str] = []
    visit.window.toast = lambda words, _kind: said.append(str(words))
    ready.pressed()
    ready.pressed()
    qtbot.waitUntil(lambda: bool(said), timeout=5000)
    assert said == ["La liste est dans votre espace, avec vos pièces administratives."]
    (operation,) = visit.space.records.operations()
    kept = documents.read(visit.space, str(operation.document_id))
    assert kept == asked.signed
    assert verify(kept, fingerprint(KEY)).ok


def test_whoever_may_not_see_the_list_cannot_have_it_signed(visit: Visit, qtbot: QtBot) -> None:
    """The right is looked at here too, before the service is asked."""
    asked = Asked(AccessPage((), ""))
    shown = room(visit, qtbot, asked)
    visit.space.mode = AssistMode.FOR
    shown.keep.click()
    shown = quiet(visit, qtbot)
    assert shown.notice.words
    assert asked.asked == [""]
