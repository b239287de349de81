"""What a server does is found out, not believed; each lie is named by its own check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ids import mint
from sync.conformance import Check, Report, Tier, Verdict, examine
from sync.failures import Offline
from sync.rest import Rest
from sync.transport import Address, Transport
from tests.sync.lying_server import LyingServer
from tests.sync.visit import FixedTokens

if TYPE_CHECKING:
    from sync.tokens import Tokens
    from tests.sync.visit import RealService


def examined(base: str, patient_id: str | None, *, may_write: bool = True, token: str = "") -> Report:
    """Examine a server."""
    with Transport(Address(base), FixedTokens(token) if token else None, stall=10) as transport:
        return examine(Rest(transport, ""), patient_id, may_write=may_write)


def lying(*lies: str) -> tuple[LyingServer, str]:
    """Start a server with a person who has a few measures, and another."""
    server = LyingServer(*lies)
    persons = [mint(), mint()]
    for patient_id in persons:
        server.write("PUT", "Patient", patient_id, {"resourceType": "Patient", "name": [{"text": "x"}]})
        for _ in range(5):
            subject = {"reference": f"Patient/{patient_id}"}
            server.write("PUT", "Observation", mint(), {"resourceType": "Observation", "subject": subject})
    return server, persons[0]


def found(report: Report, *verdicts: Verdict) -> dict[Check, Verdict]:
    """Return the checks that came out so."""
    return {each.check: each.verdict for each in report.findings if each.verdict in verdicts}


def test_an_honest_server_lies_nowhere() -> None:
    """The measure of the others; what it lacks is our feed and the uploads."""
    server, patient_id = lying()
    try:
        report = examined(server.base, patient_id)
    finally:
        server.close()
    assert report.tier is Tier.HISTORY
    assert found(report, Verdict.LIES, Verdict.UNKNOWN) == {}
    assert set(found(report, Verdict.LACKS)) == {Check.FEED, Check.UPLOADS}


LIES = {
    "ignores-since": {Check.SYSTEM_HISTORY, Check.TYPE_HISTORY, Check.SINCE_ON_NEXT},
    "drops-since": {Check.SINCE_ON_NEXT},
    "skips-history": {Check.HISTORY_PAGES},
    "hides-deletions": {Check.DELETIONS_TOLD},
    "ignores-patient": {Check.PERSON_SEARCH, Check.PERSON_ONLY},
    "ignores-last-updated": {Check.LAST_UPDATED},
    "sorts-backwards": {Check.SORT},
    "skips-search": {Check.SEARCH_PAGES},
    "says-saved": {Check.CLIENT_IDS},
    "own-ids": {Check.CLIENT_IDS},
    "overwrites": {Check.CREATE_ONLY},
    "ignores-if-match": {Check.IF_MATCH},
    "creates-twice": {Check.CONDITIONAL_CREATE},
    "no-rollback": {Check.ROLLBACK},
    "phantom-200": {Check.ROLLBACK},
    "bundle-ignores-if-match": {Check.ROLLBACK},
    "batch-all-well": {Check.BATCH},
    "says-deleted": {Check.DELETE},
    "deleted-still-read": {Check.DELETE, Check.GONE},
    "deletes-any-version": {Check.DELETE_IF_MATCH},
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_named(lie: str) -> None:
    """A 200 for what was not done, a filter that filters nothing: its own check says so."""
    server, patient_id = lying(lie)
    try:
        report = examined(server.base, patient_id)
    finally:
        server.close()
    assert LIES[lie] <= set(found(report, Verdict.LIES))
    honest = {"says-saved", "own-ids", "says-deleted", "deleted-still-read", "ignores-patient"}
    assert lie in honest or set(found(report, Verdict.LIES)) == LIES[lie]


def test_a_lack_is_no_lie() -> None:
    """404 for what was deleted, whole contents in a list: said plainly, and worked around."""
    server, patient_id = lying("404-for-gone", "ignores-elements")
    try:
        report = examined(server.base, patient_id)
    finally:
        server.close()
    assert found(report, Verdict.LIES) == {}
    assert {Check.GONE, Check.ELEMENTS} <= set(found(report, Verdict.LACKS))


def test_a_server_that_says_yes_to_everything_is_used_for_nothing() -> None:
    """What does not exist is answered by 200: no answer of it means anything."""
    server, patient_id = lying("yes-to-everything")
    try:
        report = examined(server.base, patient_id)
    finally:
        server.close()
    assert report.tier is None
    assert report.verdict(Check.ABSENCE) is Verdict.LIES
    assert found(report, Verdict.WORKS).keys() <= {Check.STATEMENT, Check.PATIENT, Check.CLEANED}


@pytest.mark.parametrize(("lie", "tier"), [("ignores-since", Tier.SEARCH), ("skips-history", Tier.SEARCH)])
def test_a_history_that_lies_is_not_pulled_from(lie: str, tier: Tier) -> None:
    """What is promised and not done falls to the next tier."""
    server, patient_id = lying(lie)
    try:
        assert examined(server.base, patient_id).tier is tier
    finally:
        server.close()


def test_reading_writes_nothing() -> None:
    """Only what is allowed is written, and it is taken away again."""
    server, patient_id = lying()
    try:
        before = len(server.versions)
        report = examined(server.base, patient_id, may_write=False)
        assert len(server.versions) == before
        assert report.verdict(Check.ROLLBACK) is Verdict.UNKNOWN
        examined(server.base, patient_id)
        assert server.living("Basic") == server.living("Provenance") == []
        assert len(server.living("Patient")) == 2
        examined(server.base, None)
        assert len(server.living("Patient")) == 2
    finally:
        server.close()


def test_what_stays_behind_is_counted() -> None:
    """A server that deletes nothing keeps our trials: it is said."""
    server, patient_id = lying("says-deleted")
    try:
        report = examined(server.base, patient_id)
    finally:
        server.close()
    (cleaned,) = (each for each in report.findings if each.check is Check.CLEANED)
    assert cleaned.verdict is Verdict.LACKS
    assert int(cleaned.fields["count"]) > 5


def test_our_own_service_carries_the_first_tier(service: RealService, tokens: Tokens) -> None:
    """And lies nowhere. A Provenance is found by what it is about, and nobody may delete one."""
    report = examined(f"{service.base}/fhir", str(tokens.claims["patient"]), token=tokens.access_token)
    assert report.tier is Tier.FEED
    assert found(report, Verdict.LIES) == {}
    assert set(found(report, Verdict.LACKS)) == {Check.PROVENANCE_SEARCH, Check.CLEANED}


def test_a_server_that_is_not_there_has_no_report() -> None:
    """It was not reached: nothing is said of it."""
    with pytest.raises(Offline):
        examined("http://127.0.0.1:9/fhir", None)
