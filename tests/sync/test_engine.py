"""The engine against the real service, over a network that a test spoils."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.acts import commit
from app.records import DocumentState, OperationState
from sync.incoming import FEED
from tests.sync.visit import Visit, pdf, service_documents, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.status import SyncStatus
    from sync.tokens import Tokens
    from tests.sync.rough_server import Asked, RoughServer
    from tests.sync.visit import RealService


def is_act(asked: Asked) -> bool:
    """Say whether a request is an act's transaction."""
    return asked.method == "POST" and asked.path.rstrip("/") == "/fhir"


def is_feed(asked: Asked) -> bool:
    """Say whether a request is for the feed."""
    return "$changes" in asked.path


def noting(bodies: list[bytes]) -> Callable[[bytes], bytes]:
    """Note what passes."""

    def note(body: bytes) -> bytes:
        bodies.append(body)
        return body

    return note


@pytest.fixture
def visit(tmp_path: Path, between: RoughServer, tokens: Tokens) -> Iterator[Visit]:
    """Open a session that has read the feed once."""
    with Visit.begin(tmp_path, between.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


@pytest.fixture
def titled(service: RealService, tokens: Tokens) -> Callable[[str], list[dict[str, Any]]]:
    """Count what the service itself has under a title."""

    def found(title: str) -> list[dict[str, Any]]:
        documents = service_documents(service.base, tokens)
        return [each for each in documents if each["content"][0]["attachment"]["title"] == title]

    return found


def settled(visit: Visit) -> bool:
    """Say whether nothing waits any more."""
    return visit.records.waiting().count == 0


@pytest.mark.parametrize("page", [1, 2])
def test_a_portal_s_answer_makes_no_stranger_of_our_service(
    tmp_path: Path, between: RoughServer, tokens: Tokens, page: int
) -> None:
    """An empty 200 in place of a page, the first or a later one: files go on as to our own service."""
    asked_for = 0

    def empty(asked: Asked) -> bool:
        nonlocal asked_for
        asked_for += is_feed(asked)
        return is_feed(asked) and asked_for == page and asked.answer(200)

    between.rules.append(empty)
    with Visit.begin(tmp_path, between.base, tokens) as visit:
        visit.start()
        wait_for(lambda: visit.engine.status.last_sync is not None)
        assert asked_for > page
        assert visit.engine.feed == FEED


def test_a_document_filed_offline_is_sent_once_when_the_network_is_back(
    visit: Visit, between: RoughServer, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """Nothing is tried without a network; "up to date" only when the feed gave it back."""
    between.unplug()
    operation = visit.file(pdf(1), "Hors ligne")
    wait_for(lambda: not visit.engine.status.online)
    assert visit.engine.status.reason == "offline"
    assert visit.engine.status.waiting == 1
    (row,) = (each for each in visit.records.documents() if each.title == "Hors ligne")
    assert row.state is DocumentState.WAITING
    (waiting,) = visit.records.operations()
    assert waiting.attempts == 0
    between.plug()
    wait_for(lambda: settled(visit))
    row_after = visit.records.document(row.id)
    assert row_after is not None
    assert row_after.state is DocumentState.UP_TO_DATE
    assert visit.records.get("Provenance", operation.op_id) is not None
    (sent,) = titled("Hors ligne")
    assert sent["id"] == row.id
    wait_for(lambda: visit.engine.status.waiting == 0 and visit.engine.status.online)


def test_a_cut_between_the_service_s_commit_and_its_answer_makes_no_second_document(
    visit: Visit, between: RoughServer, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """The outcome is read back before anything is sent again."""

    def committed_then_cut(asked: Asked) -> bool:
        return is_act(asked) and between.forward(asked)[0] == 200 and asked.cut()

    between.once(committed_then_cut)
    visit.file(pdf(2), "Coupé")
    wait_for(lambda: settled(visit))
    assert len(titled("Coupé")) == 1
    assert sum(is_act(asked) for asked in between.asked) == 1


def test_a_200_for_what_was_rolled_back_is_no_sending(
    visit: Visit, between: RoughServer, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """Answered is not sent; what the feed never brings is sent again."""

    def phantom(asked: Asked) -> bool:
        if not is_act(asked):
            return False
        count = len(orjson.loads(asked.body)["entry"])
        told = [{"response": {"status": "201 Created"}}] * count
        return asked.answer(
            200, orjson.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": told})
        )

    seen: list[OperationState] = []
    between.rules.append(phantom)
    operation = visit.file(pdf(3), "Fantôme")
    wait_for(lambda: any(each.state is OperationState.ANSWERED for each in visit.records.operations()))
    (row,) = (each for each in visit.records.documents() if each.title == "Fantôme")
    seen.append(visit.records.operations()[0].state)
    assert row.state is DocumentState.WAITING
    assert titled("Fantôme") == []
    between.rules.remove(phantom)
    wait_for(lambda: settled(visit))
    assert len(titled("Fantôme")) == 1
    assert visit.records.get("Provenance", operation.op_id) is not None


@pytest.mark.parametrize(
    "trouble",
    [
        lambda asked: asked.answer(200, b"<html>Bienvenue</html>", "text/html"),
        lambda asked: asked.answer(302, b"", Location="http://portal.example/"),
        lambda asked: asked.answer(500, b"{}"),
        lambda asked: asked.answer(200, b"{}"),
        lambda asked: asked.answer(200, b"not json"),
        lambda asked: asked.answer(503, b"{}", Retry_After="1"),
        lambda asked: asked.cut(),
        lambda asked: asked.raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        ),
    ],
    ids=["html", "redirect", "500", "empty", "no-json", "503", "nothing", "half"],
)
def test_whatever_a_service_or_a_portal_answers_nothing_is_lost_or_doubled(
    visit: Visit,
    between: RoughServer,
    titled: Callable[[str], list[dict[str, Any]]],
    trouble: Callable[[Asked], bool],
    request: pytest.FixtureRequest,
) -> None:
    """At the feed, at the upload, at the act: each once, then all is well."""
    title = f"Malgré {request.node.callspec.id}"
    between.once(lambda asked: is_feed(asked) and trouble(asked))
    between.once(lambda asked: is_act(asked) and trouble(asked))
    between.once(lambda asked: "/uploads" in asked.path and trouble(asked))
    visit.file(pdf(4), title)

    def pressed_again() -> bool:
        visit.engine.wake()
        time.sleep(0.1)
        return settled(visit)

    wait_for(pressed_again)
    assert len(titled(title)) == 1
    assert len(between.rules) == 0


def test_yesterday_s_page_never_undoes_what_is_known(visit: Visit, between: RoughServer) -> None:
    """An answer kept by something in between is refused, and the cursor stays."""
    old: list[bytes] = []
    between.once(lambda asked: is_feed(asked) and between.relay(asked, noting(old)))
    wait_for(lambda: bool(old))
    visit.file(pdf(5), "Aujourd'hui")
    wait_for(lambda: settled(visit))
    known = {row.id for row in visit.records.documents()}
    cursor = visit.records.cursor("changes")
    between.rules.append(lambda asked: is_feed(asked) and asked.answer(200, old[0], "application/fhir+json"))
    wait_for(lambda: visit.engine.status.reason == "service-broken")
    assert visit.records.cursor("changes") == cursor
    assert {row.id for row in visit.records.documents()} == known
    between.rules.clear()
    visit.engine.wake()
    wait_for(lambda: visit.engine.status.reason is None)


def test_another_epoch_reads_all_anew_and_deletes_nothing(visit: Visit, between: RoughServer) -> None:
    """A restored service makes no client delete."""
    visit.file(pdf(6), "Avant")
    wait_for(lambda: settled(visit))
    known = {row.id for row in visit.records.documents()}
    before = visit.records.cursor("changes")
    assert before is not None

    def another_life(asked: Asked) -> bool:
        epoch = before.epoch.encode()
        return is_feed(asked) and between.relay(
            asked, lambda body: orjson.dumps(orjson.loads(body) | {"entry": []}).replace(epoch, b"another")
        )

    between.rules.append(another_life)
    visit.engine.wake()

    def is_read_anew() -> bool:
        cursor = visit.records.cursor("changes")
        return cursor is not None and cursor.epoch == "another"

    wait_for(is_read_anew)
    assert {row.id for row in visit.records.documents()} == known
    between.rules.clear()
    visit.engine.wake()
    wait_for(lambda: visit.records.cursor("changes") == before)
    assert {row.id for row in visit.records.documents()} == known


def test_a_sign_in_that_is_over_pauses_and_drops_nothing(
    visit: Visit, between: RoughServer, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """After a new sign-in what waited is sent."""
    between.rules.append(lambda asked: asked.answer(401, b"{}"))
    visit.file(pdf(7), "Déconnecté")
    wait_for(lambda: visit.engine.status.reason == "signed-out")
    between.rules.clear()
    assert visit.records.waiting().count == 1
    visit.engine.wake()
    wait_for(lambda: settled(visit))
    assert len(titled("Déconnecté")) == 1


def test_one_that_is_refused_lets_the_others_through(
    visit: Visit, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """It is set aside with the code and the place, and no text."""
    from app.ids import mint

    nobody = {"resourceType": "List", "id": mint(), "status": "current", "mode": "nonsense"}
    bad = commit(visit.space, [nobody])
    visit.file(pdf(8), "Bon")
    wait_for(lambda: len(visit.records.operations(OperationState.PARKED)) == 1)
    wait_for(lambda: len(visit.records.operations()) == 1)
    (parked,) = visit.records.operations()
    assert parked.op_id == bad.op_id
    assert parked.reason in {"service-refused", "forbidden"}
    assert len(titled("Bon")) == 1
    wait_for(lambda: visit.engine.status.parked == 1)


def test_another_device_gets_the_document_and_its_file(
    tmp_path: Path, visit: Visit, service: RealService, tokens: Tokens
) -> None:
    """Metadata by the feed, the file when it is wanted, its digest compared."""
    data = pdf(9, 900_000)
    visit.file(data, "Pour l'autre")
    wait_for(lambda: settled(visit))
    with Visit.begin(tmp_path / "other", service.base, tokens) as other:
        other.start()
        wait_for(lambda: any(row.title == "Pour l'autre" for row in other.records.documents()))
        (row,) = (each for each in other.records.documents() if each.title == "Pour l'autre")
        assert not row.has_file
        other.engine.want(row.id)
        wait_for(lambda: other.arrived == [row.id])
        with other.vault.files.open(row.id) as reader:
            assert hashlib.sha256(reader.read()).hexdigest() == hashlib.sha256(data).hexdigest()


def test_an_upload_cut_in_the_middle_goes_on(
    visit: Visit, between: RoughServer, titled: Callable[[str], list[dict[str, Any]]]
) -> None:
    """No byte the service has is sent twice by more than a piece."""
    cuts: list[int] = []

    def cut(asked: Asked) -> bool:
        if asked.method == "PATCH" and not cuts and asked.headers["upload-offset"] != "0":
            cuts.append(len(asked.body))
            return asked.cut()
        return False

    between.rules.append(cut)
    data = pdf(10, 3_000_000)
    visit.file(data, "Lourd")
    wait_for(lambda: settled(visit))
    (found,) = titled("Lourd")
    assert found["content"][0]["attachment"]["size"] == len(data)
    assert len(cuts) == 1
    moved = sum(len(asked.body) for asked in between.asked if asked.method == "PATCH")
    assert moved <= len(data) + cuts[0]


def test_a_round_without_news_is_one_small_request(visit: Visit, between: RoughServer) -> None:
    """At most two requests and two kilobytes, says the design."""
    wait_for(lambda: settled(visit))
    between.asked.clear()
    bodies: list[bytes] = []
    between.once(lambda asked: is_feed(asked) and between.relay(asked, noting(bodies)))
    visit.engine.wake()
    wait_for(lambda: bool(bodies))
    assert len(bodies[0]) < 2000
    assert all(is_feed(asked) for asked in between.asked)


def test_no_number_of_a_person_stands_in_an_address(visit: Visit, between: RoughServer) -> None:
    """National identifiers and titles never travel in a URL."""
    visit.file(pdf(11), "Secret médical")
    wait_for(lambda: settled(visit))
    paths = " ".join(asked.path for asked in between.asked)
    assert "Secret" not in paths
    assert re.search(r"\d{13,15}(?!\d)", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", paths)) is None


def test_the_screen_hears_the_end_of_it(visit: Visit) -> None:
    """Waiting counts rise and fall; the last status is the truth."""
    heard: list[SyncStatus] = []
    forget = visit.engine.on_status(heard.append)
    visit.file(pdf(12), "Entendu")
    wait_for(lambda: settled(visit))
    wait_for(lambda: heard[-1].waiting == 0 and heard[-1].online)
    assert any(status.waiting == 1 for status in heard)
    forget()


def test_stopping_is_quick_in_the_middle_of_everything(visit: Visit, between: RoughServer) -> None:
    """A silent service does not hold the wipe up."""
    between.rules.append(lambda asked: asked.handler.rfile.read(1) == b"never")
    visit.engine.wake()
    wait_for(lambda: visit.engine.status.busy)
    started = time.monotonic()
    assert visit.engine.stop(2)
    assert time.monotonic() - started < 3


def test_on_a_metered_line_only_what_somebody_asked_for_comes(
    tmp_path: Path, service: RealService, tokens: Tokens
) -> None:
    """Acts go as ever; files wait until they are opened, or until the line costs nothing."""
    metered = [True]
    with Visit.begin(tmp_path, service.base, tokens, budget=1 << 30, metered=lambda: metered[0]) as visit:
        visit.start().know_patient()
        visit.file(pdf(77), "Sur la route")
        wait_for(lambda: settled(visit))
        (wanted, *others) = [row for row in visit.records.documents() if not row.has_file]
        time.sleep(0.3)
        assert visit.arrived == []
        visit.engine.want(wanted.id)
        wait_for(lambda: visit.arrived == [wanted.id])
        time.sleep(0.3)
        assert visit.arrived == [wanted.id]
        assert others
        metered[0] = False
        visit.engine.wake()
        wait_for(lambda: len(visit.arrived) > 1)
