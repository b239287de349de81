"""Answers are believed only when they are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.records.values import FeedEntry
from sync import failures
from sync.fhir_client import FhirClient, feed_page
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sync.rough_server import RoughServer


def page(**bent: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make a page of the feed, bent as told."""
    link = "https://service.example/fhir/Patient/p/$changes?_cursor={}&_count=2"
    return {
        "resourceType": "Bundle",
        "type": "history",
        "identifier": {"system": "https://tandem.example/fhir/epoch", "value": "e1"},
        "link": [
            {"relation": "self", "url": link.format("c1")},
            {"relation": "next", "url": link.format("c2")},
        ],
        "entry": [changed(), deleted()],
    } | bent


def changed(**bent: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make an entry."""
    return {
        "fullUrl": "https://service.example/fhir/List/l1",
        "resource": {"resourceType": "List", "id": "l1"},
        "request": {"method": "PUT", "url": "List/l1"},
        "response": {"status": "200", "etag": 'W/"2"', "lastModified": "2026-11-22T08:00:00Z"},
    } | bent


def deleted() -> dict[str, Any]:
    """Make a tombstone."""
    gone = changed(request={"method": "DELETE", "url": "List/l1"}, fullUrl=None)
    del gone["resource"]
    return gone


def test_a_page_is_its_entries_its_cursor_and_its_epoch() -> None:
    """Deletions are entries without a body."""
    found = feed_page(orjson.dumps(page()))
    moment = "2026-11-22T08:00:00Z"
    assert (found.cursor, found.epoch, found.answers) == ("c2", "e1", "c1")
    assert found.entries == (
        FeedEntry.of("List", "l1", "2", moment, {"resourceType": "List", "id": "l1"}),
        FeedEntry.of("List", "l1", "2", moment, None),
    )


@pytest.mark.parametrize(
    "bent",
    [
        {"resourceType": "Patient"},
        {"type": "searchset"},
        {"identifier": None},
        {"identifier": {"value": ""}},
        {"link": []},
        {"link": [{"relation": "next", "url": "https://service.example/fhir"}]},
        {"entry": ["x"]},
        {"entry": [changed(resource={"resourceType": "List", "id": "other"})]},
        {"entry": [changed(resource=None, request={"method": "PUT"})]},
        {"entry": [changed(response={"status": "200"})]},
        {"entry": [changed(response={"etag": 'W/""'})]},
        {"entry": [changed(fullUrl="x")]},
    ],
)
def test_a_page_that_disagrees_with_itself_is_none(bent: dict[str, Any]) -> None:
    """Nothing of it is stored, and the cursor stays."""
    with pytest.raises(failures.ServiceBroken):
        feed_page(orjson.dumps(page(**bent)))


@pytest.fixture
def client(rough: RoughServer) -> Iterator[FhirClient]:
    """Open a client of the rough server."""
    with Transport(Address(rough.base)) as transport:
        yield FhirClient(transport)


SENT = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{}, {}]})


def answer(*statuses: str, kind: str = "transaction-response") -> bytes:
    """Make a transaction's answer."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"code": "duplicate"}]}
    entries = [{"response": {"status": status, "outcome": outcome}} for status in statuses]
    return orjson.dumps({"resourceType": "Bundle", "type": kind, "entry": entries})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (answer("201 Created"), failures.ServiceBroken),
        (answer("201", "201", kind="batch-response"), failures.ServiceBroken),
        (answer("201", "422"), failures.Refused),
        (answer("201", "429"), failures.Busy),
        (answer("201", "nonsense"), failures.ServiceBroken),
        (b'{"resourceType":"OperationOutcome"}', failures.ServiceBroken),
    ],
)
def test_an_outer_200_is_not_believed(
    rough: RoughServer, client: FhirClient, body: bytes, expected: type[Exception]
) -> None:
    """Each entry's own status is read."""
    rough.rules.append(lambda asked: asked.answer(200, body))
    with pytest.raises(expected):
        client.transaction(SENT)


def test_a_whole_answer_is(rough: RoughServer, client: FhirClient) -> None:
    """One good status for each entry."""
    rough.rules.append(lambda asked: asked.answer(200, answer("201 Created", "200")))
    client.transaction(SENT)


def test_reading_back_wants_the_very_resource(rough: RoughServer, client: FhirClient) -> None:
    """A 404 says no; anything that is not it says nothing."""
    rough.once(lambda asked: asked.answer(404, b"{}"))
    assert not client.has("Provenance", "x")
    rough.once(lambda asked: asked.answer(200, b'{"resourceType":"Provenance","id":"x"}'))
    assert client.has("Provenance", "x")
    rough.once(lambda asked: asked.answer(200, b'{"resourceType":"Provenance","id":"y"}'))
    with pytest.raises(failures.ServiceBroken):
        client.has("Provenance", "x")
