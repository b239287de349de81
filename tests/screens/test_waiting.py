"""What waits on the screen: read, opened, tried again, corrected, let go of and undone; the two questions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app import documents, intake, medical_profile, relatives, waiting
from app.codes.allergens import AllergenGroup
from app.medical_profile import AllergyDetails
from app.records import Cursor, FeedEntry
from app.relatives import RelativeDetails
from app.space import AssistMode
from app.waiting import Stage
from sync.engine import Engine
from sync.guard import Question
from sync.service.demo.papers import Kind
from sync.status import SyncStatus
from sync.transport import Address, Transport
from tests.app.other_side import OtherSide
from tests.screens.conftest import papers
from tests.screens.test_health import quiet
from tests.sync.visit import FixedTokens
from ui.session.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.space import Space

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
KIWI = AllergyDetails(AllergenGroup.FOOD, words="Kiwi")
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
)


@pytest.fixture
def engine(visit: Visit) -> Iterator[Engine]:
    """Give the visit an engine that has not begun: what the screens ask of it is done on the records."""
    with Transport(Address("http://127.0.0.1:9"), FixedTokens("t")) as transport:
        made = Engine(
            visit.space.records, visit.space.files, transport, visit.space.patient_id, visit.changes
        )
        visit.context.engine = made
        yield made
        made.stop()


def refused(visit: Visit, code: str = "service-refused", **fields: str) -> int:
    """Let the service refuse the newest act; return its number."""
    operation = visit.space.records.operations()[-1]
    visit.space.records.park(operation.seq, code, fields)
    return int(operation.seq)


def filed(visit: Visit) -> documents.Filed:
    """File a text as one does."""
    reader = visit.context.reader
    candidate = intake.check(reader, b"Ordonnance : Amoxicilline", "o.txt", known=lambda _sha: False)
    day = visit.space.clock().date()
    return documents.file(visit.space, candidate, category="ORD_SOIN", date=day, title="Ordonnance")


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """Count how often the screens ask for an act."""
    act, asked = getattr(waiting, name), []  # type: ignore[var-annotated]  # numbers

    def do(space: Space, seq: int) -> object:
        asked.append(seq)
        return act(space, seq)

    monkeypatch.setattr(waiting, name, do)
    return asked


def rows(shown: Visit) -> list[tuple[str, str]]:
    """Return the lines."""
    return [(row.text(), row.second) for row in shown.rows.rows]


def test_the_list_says_what_waits_since_when_and_keeps_itself_up_to_date(visit: Visit, qtbot: QtBot) -> None:
    """What needs someone stands first; what is confirmed leaves the list; then it is calm."""
    medical_profile.add_allergy(visit.space, KIWI)
    relatives.add_contact(visit.space, ANNE)
    seq = refused(visit)
    visit.window.go("waiting")
    shown = quiet(visit, qtbot)
    assert rows(shown)[0][0] == "Personne à prévenir : Anne Petit"
    assert rows(shown)[0][1].startswith("Refusé. Le service a refusé cet envoi.")
    assert rows(shown)[1] == ("Allergie : Kiwi", "Sera envoyé dès qu’il y a du réseau.")
    assert shown.intro.words.startswith("2 envois attendent depuis ")
    visit.context.tell_status(SyncStatus(online=True, waiting=2))
    quiet(visit, qtbot)
    assert rows(shown)[1][1] == "Sera envoyé dans un instant."
    waiting.retry(visit.space, seq)
    OtherSide(visit.space).confirm()
    quiet(visit, qtbot)
    qtbot.waitUntil(shown._nothing.isVisible)
    assert not rows(shown)
    assert not shown.intro.words


def test_a_refused_line_is_tried_again_once(
    visit: Visit, engine: Engine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two presses, one try; one is back on the list, which says so."""
    asked = counted(monkeypatch, "retry")
    medical_profile.add_allergy(visit.space, KIWI)
    refused(visit)
    visit.window.go("waiting")
    quiet(visit, qtbot).rows.rows[0].click()
    page = quiet(visit, qtbot)
    assert page.heading.words == "Allergie : Kiwi"
    assert [tile.isVisible() for tile in (page.retry, page.mend, page.discard, page.choose)] == [
        True, True, True, False
    ]  # fmt: skip
    assert "France services Bourges" in page._ask.words
    page.retry.click()
    page.retry.click()
    shown = quiet(visit, qtbot)
    assert shown.name == "waiting"
    assert shown.notice.words == "Nous réessayons."
    (item,) = waiting.waiting(visit.space)
    assert item.stage is Stage.WAITS
    assert asked == [item.seq]
    assert engine._stirred.is_set()


def test_letting_go_says_what_is_lost_happens_once_and_is_undone(
    visit: Visit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paper can be seen and printed first; two presses let go of one thing; undone it waits again."""
    asked = counted(monkeypatch, "discard")
    paper = filed(visit)
    seq = refused(visit)
    visit.window.go("waiting_item", seq=seq)
    quiet(visit, qtbot).discard.click()
    page = quiet(visit, qtbot)
    assert page.name == "waiting_discard"
    assert page.look.isVisible()
    assert page.first_focus() is page.back_button
    page.pressed()
    page.pressed()
    qtbot.waitUntil(lambda: visit.window.stack.count() and visit.window.shown.name == "waiting")
    shown = quiet(visit, qtbot)
    assert shown.notice.words == "Ce n’est plus envoyé."
    assert asked == [seq]
    assert visit.space.records.document(paper.document_id) is None
    assert shown.undo.isVisible()
    assert shown._gone_line.words == "N’est plus envoyé : Ordonnance."
    shown.undo.click()
    shown.undo.click()
    quiet(visit, qtbot)
    assert visit.space.records.document(paper.document_id) is not None
    assert not shown.undo.isVisible()
    assert not shown._gone_line.isVisible()
    assert len(rows(shown)) == 1


def test_a_refused_paper_is_corrected_and_filed_in_its_place(visit: Visit, qtbot: QtBot) -> None:
    """« Vérifiez » has the answers given; the name is changed; one paper waits, under the new name."""
    filed(visit)
    visit.window.go("waiting_item", seq=refused(visit))
    quiet(visit, qtbot).mend.click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "file_check", timeout=10_000)
    check = quiet(visit, qtbot)
    assert check._filing.title == "Ordonnance"
    check._filing.title = "Ordonnance de mars"
    check.pressed()
    qtbot.waitUntil(lambda: visit.window.shown.name == "file_done", timeout=10_000)
    quiet(visit, qtbot)
    (item,) = waiting.waiting(visit.space)
    assert item.stage is Stage.WAITS
    assert [row.title for row in visit.space.records.documents()] == ["Ordonnance de mars"]


def test_a_line_that_is_settled_elsewhere_leads_back_to_the_list(visit: Visit, qtbot: QtBot) -> None:
    """Nobody presses a button of what is no longer there."""
    medical_profile.add_allergy(visit.space, KIWI)
    seq = refused(visit)
    visit.window.go("waiting")
    visit.window.go("waiting_item", seq=seq)
    quiet(visit, qtbot)
    waiting.discard(visit.space, seq)
    qtbot.waitUntil(lambda: visit.window.shown.name == "waiting")
    quiet(visit, qtbot)


def test_without_a_mandate_for_it_nothing_is_named_or_done(visit: Visit, qtbot: QtBot) -> None:
    """The line stays closed; a press that was on its way is refused with its sentence."""
    medical_profile.add_allergy(visit.space, KIWI)
    seq = refused(visit)
    visit.window.go("waiting_item", seq=seq)
    page = quiet(visit, qtbot)
    visit.space.mode = AssistMode.FOR
    page.retry.click()
    quiet(visit, qtbot)
    assert "mandat" in page.notice.words
    visit.window.go("waiting")
    assert rows(quiet(visit, qtbot)) == [("Autre envoi", rows(visit.window.shown)[0][1])]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("wanted", [True, False])
def test_many_deletions_are_asked_about_and_answered_once(
    visit: Visit, qtbot: QtBot, *, wanted: bool
) -> None:
    """From the list to the question; neither answer has the focus; what was not shown is asked again."""
    edits = [
        medical_profile.add_allergy(visit.space, AllergyDetails(AllergenGroup.FOOD, words=f"Kiwi {number}"))
        for number in range(3)
    ]
    OtherSide(visit.space).confirm()

    def delete(*keys: str) -> None:
        told = [FeedEntry(*key.split("/"), "9", "2026-11-22T13:00:00Z", None) for key in keys]
        visit.space.records.apply_page("changes", told, Cursor("900", "epoch"))

    delete(edits[0].key, edits[1].key)
    visit.context.tell_status(SyncStatus(online=True, question=Question.MANY_REMOVED))
    visit.window.go("waiting")
    quiet(visit, qtbot).rows.rows[0].click()
    page = quiet(visit, qtbot)
    assert page.name == "waiting_question"
    assert page.first_focus() is page.back_button
    delete(edits[2].key)
    button = page.yes if wanted else page.no
    button.click()
    button.click()
    if wanted:
        quiet(visit, qtbot)
        assert page.notice.words.startswith("Le service vient d’en retirer d’autres.")
        assert len(medical_profile.profile(visit.space).allergies) == 3
        page.yes.click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "waiting")
    quiet(visit, qtbot)
    assert len(medical_profile.profile(visit.space).allergies) == (0 if wanted else 3)
    assert visit.space.records.removals().count == 0


@pytest.mark.usefixtures("engine")
def test_what_a_restored_service_lost_is_sent_again_on_a_word(visit: Visit, qtbot: QtBot) -> None:
    """The question names what is missing; yes makes it wait again."""
    medical_profile.add_allergy(visit.space, KIWI)
    OtherSide(visit.space).confirm()
    visit.space.records.lay_again("changes")
    visit.space.records.apply_page("changes", [], Cursor("1", "another"))
    visit.window.go("waiting")
    visit.window.go("waiting_question", question=Question.SERVICE_RESTORED)
    page = quiet(visit, qtbot)
    assert page.intro.words == "Il a été remis comme il était avant.\nIl lui manque 1 envoi fait ici."
    page.yes.click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "waiting")
    quiet(visit, qtbot)
    (item,) = waiting.waiting(visit.space)
    assert item.stage is Stage.WAITS


@pytest.mark.usefixtures("engine")
def test_what_others_did_that_a_restored_service_lost_is_told_and_not_asked(
    visit: Visit, qtbot: QtBot
) -> None:
    """Nothing of it can be sent again from here: one button, and everything stays."""
    visit.receive(*papers(Kind.LETTER), files=False)
    visit.space.records.apply_page("changes", [], Cursor("1", "one"))
    visit.space.records.lay_again("changes")
    visit.space.records.apply_page("changes", [], Cursor("1", "another"))
    visit.window.go("waiting")
    visit.window.go("waiting_question", question=Question.SERVICE_RESTORED)
    page = quiet(visit, qtbot)
    assert not page.yes.isVisible()
    assert not page.ask.isVisible()
    assert page.no.text() == "J’ai compris"
    page.no.click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "waiting")
    quiet(visit, qtbot)
    assert visit.space.records.lost("changes") is None
    assert visit.space.records.count_documents() == 1


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (None, "Ce que vous gardez se lit ici jusqu’à la fin de la visite."),
        ({"id": "one"}, "Ce que vous gardez reste sur cet ordinateur seulement."),
    ],
)
def test_what_becomes_of_what_is_kept_is_said_as_it_is_in_this_place(
    visit: Visit, qtbot: QtBot, person: dict[str, str] | None, words: str
) -> None:
    """On a PC that serves many, nothing that is kept outlives the visit, and no page says otherwise."""
    visit.context.start = replace(visit.context.start, person=person)
    visit.window.go("waiting")
    visit.window.go("waiting_question", question=Question.MANY_REMOVED)
    said = visit.window.shown._after.words
    quiet(visit, qtbot)
    assert said == words


def test_the_cards_show_only_what_has_to_be_chosen(visit: Visit, qtbot: QtBot) -> None:
    """What one side alone changed stands on neither card and stays; what has no word is said neutrally."""
    edit = medical_profile.add_allergy(visit.space, KIWI)
    other = OtherSide(visit.space)
    other.confirm()
    told = AllergyDetails(AllergenGroup.FOOD, words="Mangue", onset="1999")
    medical_profile.change_allergy(visit.space, edit.resource_id, told)
    theirs = visit.space.records.there(*edit.key.split("/"))
    ours = visit.space.records.get(*edit.key.split("/"))
    assert theirs is not None
    assert ours is not None
    other.tell(theirs | {"code": {"text": "Papaye"}, "criticality": "high"})
    visit.window.go("waiting")
    quiet(visit, qtbot).rows.rows[0].click()
    page = quiet(visit, qtbot)
    assert [tile.isVisible() for tile in (page.retry, page.mend, page.discard, page.choose)] == [
        False, False, False, True
    ]  # fmt: skip
    page.choose.click()
    cards = quiet(visit, qtbot)
    facts = [side.facts for side in cards._choice.sides.values()]
    assert facts == [("Allergie : Mangue",), ("Allergie : Papaye",)]
    assert "Le reste est gardé des deux côtés." in cards.intro.words
    next(iter(cards.buttons.values())).click()
    quiet(visit, qtbot)
    kept = visit.space.records.get(*edit.key.split("/"))
    assert kept is not None
    assert (kept["code"]["text"], kept["criticality"], kept["onsetDateTime"]) == ("Mangue", "high", "1999")


def test_home_and_the_end_of_a_visit_lead_to_what_waits(visit: Visit, qtbot: QtBot) -> None:
    """Only where something stays: nobody is sent to an empty list."""
    visit.window.go("home")
    home = quiet(visit, qtbot)
    assert not home.waiting.isVisible()
    medical_profile.add_allergy(visit.space, KIWI)
    visit.context.tell_status(SyncStatus(online=False, waiting=1))
    quiet(visit, qtbot)
    assert home.waiting.isVisible()
    visit.window.go("finish")
    finish = quiet(visit, qtbot)
    qtbot.waitUntil(finish.see.isVisible)
    finish.see.click()
    assert quiet(visit, qtbot).name == "waiting"


def test_the_line_s_price_and_a_wrong_clock_are_said(visit: Visit, qtbot: QtBot) -> None:
    """In whole sentences, with what to do."""
    visit.context.line = Line("yes", None)
    visit.context.tell_status(SyncStatus(online=True, reason="service-busy", clock_offset=901.0))
    visit.window.go("waiting")
    shown = quiet(visit, qtbot)
    assert shown._metered.words == "Cette connexion est payante : les images attendent."
    assert "retarde de 15 minutes" in shown._clock.words
    assert shown._problem.words.startswith("Le service a beaucoup de travail.")
