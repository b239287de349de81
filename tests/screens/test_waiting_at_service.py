"""What waits, pressed on the real screens against a real service: mended, let go of, asked and answered."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from app import medical_profile, waiting
from app.acts import commit
from app.codes.allergens import AllergenGroup
from app.fhir import allergy_intolerance, document_reference, reference
from app.ids import mint
from app.medical_profile import AllergyDetails
from sync.failures import Absent
from sync.service.demo.papers import Kind
from sync.transport import Address, Transport
from tests.screens.conftest import papers
from tests.screens.test_health import quiet
from tests.sync.visit import FixedTokens, RealService, service_documents, session_tokens, wait_for
from tests.sync.visit import Visit as Session
from ui.session.state_words import state_words
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sync.tokens import Tokens

# The fixtures' classes live in conftest, which no test imports.
Shown = Any


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """Start the real service."""
    started = RealService(tmp_path_factory.mktemp("service"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def tokens(service: RealService) -> Tokens:
    """Sign in both, the person and the adviser."""
    return session_tokens(service)


@pytest.fixture
def session(
    visit: Shown, service: RealService, tokens: Tokens, tmp_path: Path, qtbot: QtBot
) -> Iterator[Session]:
    """Give the screens the person's space at the service, and the engine that keeps it."""
    with Session.begin(tmp_path / "at-service", service.base, tokens) as opened:
        visit.context.changes = opened.changes
        visit.context.open_space(opened.space, opened.engine)
        forget = opened.engine.on_status(visit.context.tasks.relay(visit.context.tell_status, visit.window))
        opened.start().know_patient()
        wait_for(lambda: opened.engine.status.last_sync is not None)
        yield opened
        forget()
        visit.window.home()
        # What the screens asked for ends before the store is closed.
        qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=10_000)


def bar(visit: Shown, qtbot: QtBot, words: str) -> None:
    """Wait until the bar says it."""
    qtbot.waitUntil(
        lambda: visit.context.status is not None and state_words(visit.context.status)[0] == words,
        timeout=20_000,
    )


def refused_allergy(session: Session) -> str:
    """Note an allergy with a day that is none; this program would never write it."""
    body = allergy_intolerance.make(
        mint(),
        patient=(session.space.patient_id, "Jeanne"),
        code={"text": "Kiwi"},
        category="food",
        reactions=(),
        severity="",
        onset="1999",
        note="",
        moment=session.space.clock(),
    )
    commit(session.space, [body | {"onsetDateTime": "il y a longtemps"}])
    return str(body["id"])


def refused_paper(session: Session) -> str:
    """File a paper whose date is none."""
    data = papers(Kind.LETTER)[0].data
    space = session.space
    document = document_reference.make(
        mint(),
        binary=mint(),
        patient=space.patient,
        custodian=reference("Organization", space.actor.organization_id, space.actor.organization_name),
        category="ORD_SOIN",
        day=space.clock().date(),
        title="Ordonnance mal écrite",
        media_type="application/pdf",
        content=document_reference.digests(data),
        moment=space.clock(),
    )
    space.files.write(document["id"], io.BytesIO(data))
    commit(space, [document | {"date": "hier"}], document_id=document["id"])
    return str(document["id"])


def delete_together(service: RealService, tokens: Tokens, keys: list[str]) -> None:
    """Delete at the service, as one act of another program: no pull comes in between."""
    entries = [{"request": {"method": "DELETE", "url": each}} for each in keys]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        transport.request(
            "POST",
            "fhir",
            content=json.dumps(bundle).encode(),
            headers={"Content-Type": "application/fhir+json"},
        )


def opened_line(visit: Shown, qtbot: QtBot) -> Shown:
    """Open the list as the bar does, and its first line."""
    visit.window.go("waiting")
    quiet(visit, qtbot).rows.rows[0].click()
    return quiet(visit, qtbot)


def test_a_refused_paper_is_seen_corrected_and_arrives(
    visit: Shown, session: Session, service: RealService, tokens: Tokens, qtbot: QtBot
) -> None:
    """The bar says that one is refused, the line says why; under its new name it is at the service, once."""
    refused_paper(session)
    bar(visit, qtbot, "1 envoi refusé")
    assert state_words(visit.context.status)[1] is NoticeKind.BAD
    page = opened_line(visit, qtbot)
    assert page.heading.words == "Ordonnance mal écrite"
    assert "service" in page._state.words
    page.mend.click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "file_check", timeout=20_000)
    check = quiet(visit, qtbot)
    check._filing.title = "Ordonnance bien écrite"
    check.pressed()
    qtbot.waitUntil(lambda: visit.window.shown.name == "file_done", timeout=20_000)
    wait_for(lambda: not session.space.records.operations())
    named = [
        each["content"][0]["attachment"].get("title") for each in service_documents(service.base, tokens)
    ]
    assert named.count("Ordonnance bien écrite") == 1
    assert "Ordonnance mal écrite" not in named
    visit.window.go("waiting")
    shown = quiet(visit, qtbot)
    qtbot.waitUntil(shown._nothing.isVisible)


def test_a_refused_line_is_let_go_of_undone_and_let_go_of(
    visit: Shown, session: Session, service: RealService, tokens: Tokens, qtbot: QtBot
) -> None:
    """Undone it is sent again, and refused again; let go of it never was at the service."""
    allergy = refused_allergy(session)
    bar(visit, qtbot, "1 envoi refusé")
    for is_last in (False, True):
        opened_line(visit, qtbot).discard.click()
        quiet(visit, qtbot).pressed()
        qtbot.waitUntil(lambda: visit.window.shown.name == "waiting")
        shown = quiet(visit, qtbot)
        assert session.space.records.operations() == []
        if is_last:
            break
        shown.undo.click()
        quiet(visit, qtbot)
        assert len(waiting.waiting(session.space)) == 1
        wait_for(lambda: session.space.records.waiting().parked == 1)
        bar(visit, qtbot, "1 envoi refusé")
    qtbot.waitUntil(lambda: visit.context.status.parked == 0, timeout=20_000)
    with (
        Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport,
        pytest.raises(Absent),
    ):
        transport.request("GET", f"fhir/AllergyIntolerance/{allergy}")


@pytest.mark.parametrize("wanted", [True, False])
def test_many_deletions_at_the_service_are_asked_about_and_answered(
    visit: Shown, session: Session, service: RealService, tokens: Tokens, qtbot: QtBot, *, wanted: bool
) -> None:
    """Nothing goes before the answer; after it the bar is calm, and a « no » holds at the next pull."""
    many = 26
    edits = [
        medical_profile.add_allergy(
            session.space, AllergyDetails(AllergenGroup.FOOD, words=f"Kiwi {number} {wanted}")
        )
        for number in range(many)
    ]
    wait_for(lambda: not session.space.records.operations())
    before = len(medical_profile.profile(session.space).allergies)
    delete_together(service, tokens, [each.key for each in edits])
    session.engine.wake()
    bar(visit, qtbot, "Une question pour vous")
    assert len(medical_profile.profile(session.space).allergies) == before
    page = opened_line(visit, qtbot)
    assert page.name == "waiting_question"
    assert page.heading.words == "Le service a retiré 26 informations."
    assert not page.intro.words
    (page.yes if wanted else page.no).click()
    qtbot.waitUntil(lambda: visit.window.shown.name == "waiting", timeout=20_000)
    quiet(visit, qtbot)
    qtbot.waitUntil(lambda: visit.context.status.question is None, timeout=20_000)
    session.engine.wake()
    heard = session.engine.status.last_sync
    wait_for(lambda: session.engine.status.last_sync != heard)
    left = before - many if wanted else before
    assert len(medical_profile.profile(session.space).allergies) == left
    assert session.engine.status.question is None
