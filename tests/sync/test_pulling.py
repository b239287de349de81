"""Records are pulled from another maker's server (a real one): what is there, what changes, what goes."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import pytest

from app.ids import mint
from sync.conformance import Check, Tier
from sync.failures import Offline, ServiceBroken
from sync.peers.passes import Progress
from sync.peers.reconciling import Reconciled, is_due
from tests.sync.other_server import OtherServer, Reader, document, observation, patient
from tests.sync.visit import RealService, session_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked

    Reading = Callable[..., Reader]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherServer]:
    """Start the other server once for these tests; each has persons of its own."""
    server = OtherServer(tmp_path_factory.mktemp("other"))
    yield server
    server.close()


@pytest.fixture
def reading(tmp_path: Path, other: OtherServer) -> Iterator[Reading]:
    """Open stores at desks; all are closed at the end, and the network is mended."""
    opened: list[Reader] = []

    def read(patient_id: str, base: str = "", **more: object) -> Reader:
        reader = Reader(tmp_path / str(len(opened)), base or other.base, patient_id, **more)  # type: ignore[arg-type]
        opened.append(reader)
        return reader

    yield read
    for each in opened:
        each.close()
    other.between.rules.clear()
    other.between.asked.clear()


def is_history(asked: Asked) -> bool:
    """Say whether a request is for a history."""
    return "/_history" in asked.path


def is_page(asked: Asked) -> bool:
    """Say whether a request is for a page of measures."""
    return "/Observation?" in asked.path and "_count=200" in asked.path


def no_history(asked: Asked) -> bool:
    """Play a server without history: it says so, and has none."""
    if asked.path.endswith("/metadata"):
        between = asked.handler.server
        return between.relay(asked, lambda body: body.replace(b"history-", b"no-history-"))
    return is_history(asked) and asked.answer(404, b"{}")


BY_HISTORY, BY_SEARCH = "history", "search"


@pytest.fixture(params=[BY_HISTORY, BY_SEARCH])
def tier(request: pytest.FixtureRequest, other: OtherServer) -> Tier:
    """Have the other server carry a history, or not."""
    if request.param == BY_SEARCH:
        other.between.rules.append(no_history)
    return Tier(request.param)


def test_what_is_there_comes_and_of_nobody_else(other: OtherServer, reading: Reading, tier: Tier) -> None:
    """The first pass brings a person's resources of every kind, and nothing of another."""
    one, two = patient(), patient()
    mine = [document(one["id"], "Bilan"), *(observation(one["id"], n) for n in range(3))]
    other.put(one, two, *mine, observation(two["id"]), document(two["id"], "Autre"))
    desk = reading(one["id"])
    pulled = desk.pull()
    assert desk.pulling.peer is not None
    assert desk.pulling.peer.tier is tier
    assert pulled.entries == 5
    assert desk.ids("Observation") == {each["id"] for each in mine[1:]}
    assert desk.ids("Patient") == {one["id"]}
    assert [row.title for row in desk.records.documents()] == ["Bilan"]


def test_what_changes_comes_and_what_is_known_does_not_come_again(
    other: OtherServer, reading: Reading, tier: Tier
) -> None:
    """Later rounds bring new versions only, though the overlap is read again."""
    one = patient()
    first = observation(one["id"], 1)
    other.put(one, first)
    desk = reading(one["id"])
    desk.pull()
    assert desk.pull().entries == 0
    new = observation(one["id"], 2)
    other.put(new, first | {"valueQuantity": {"value": 70}})
    assert desk.pull().entries == 2
    assert desk.ids("Observation") == {first["id"], new["id"]}
    found = desk.records.get("Observation", first["id"])
    assert found is not None
    assert found["valueQuantity"] == {"value": 70}
    assert desk.pull().entries == 0


def test_what_is_deleted_elsewhere_goes(other: OtherServer, reading: Reading, tier: Tier) -> None:
    """android-fhir #1149, #856: deletions were invisible. A session later at most they are not."""
    one = patient()
    kept, gone = observation(one["id"], 1), document(one["id"], "Retiré")
    other.put(one, kept, gone)
    desk = reading(one["id"])
    desk.pull()
    other.delete(gone)
    desk.anew()
    desk.pull()
    assert desk.ids("Observation") == {kept["id"]}
    assert desk.records.documents() == []


def test_what_went_while_a_server_had_no_history_goes_once_it_has_one(
    other: OtherServer, reading: Reading
) -> None:
    """Searches saw the record up to a later moment than the deletion: history from there tells nothing."""
    one = patient()
    kept, gone = observation(one["id"], 1), observation(one["id"], 2)
    other.put(one, kept, gone)
    other.between.rules.append(no_history)
    desk = reading(one["id"], window=0.0)
    desk.pull()
    desk.pull()
    other.delete(gone)
    time.sleep(1.1)  # its stamps are whole seconds for some
    new = observation(one["id"], 3)
    other.put(new)
    desk.pull()
    assert desk.ids("Observation") == {kept["id"], gone["id"], new["id"]}
    other.between.rules.remove(no_history)
    other.between.rules.append(newer)
    desk.clock.offset += timedelta(days=1)
    desk.anew()
    desk.pull()
    assert desk.pulling.peer is not None
    assert desk.pulling.peer.tier is Tier.HISTORY
    assert desk.ids("Observation") == {kept["id"], new["id"]}


def newer(asked: Asked) -> bool:
    """Play a newer version of the server."""
    between = asked.handler.server
    return asked.path.endswith("/metadata") and between.relay(
        asked, lambda body: body.replace(b'"version":"0.1.0"', b'"version":"0.2.0"')
    )


def test_what_comes_to_name_another_person_leaves(other: OtherServer, reading: Reading) -> None:
    """A measure filed under the wrong person and mended is no longer here."""
    one, two = patient(), patient()
    wrong = observation(one["id"])
    other.put(one, two, wrong)
    desk = reading(one["id"])
    desk.pull()
    assert desk.ids("Observation") == {wrong["id"]}
    other.put(wrong | {"subject": {"reference": f"Patient/{two['id']}"}})
    desk.pull()
    assert desk.ids("Observation") == set()
    assert b"Patient/" + two["id"].encode() not in _everything(desk)


def _everything(desk: Reader) -> bytes:
    rows = desk.records.look(lambda connection: connection.execute("SELECT body FROM truth").fetchall())
    return repr(rows).encode()


def test_a_search_that_forgets_the_person_leaks_nobody(other: OtherServer, reading: Reading) -> None:
    """A server that ignores ``patient=`` answers with everybody's; only what names this person is kept."""
    one, two = patient(), patient()
    mine, theirs = observation(one["id"]), observation(two["id"])
    other.put(one, two, mine, theirs)

    def forgetful(asked: Asked) -> bool:
        asked.path = asked.path.replace("patient=", "ignored=")
        return False

    other.between.rules.append(forgetful)
    desk = reading(one["id"])
    desk.pull()
    assert desk.ids("Observation") == {mine["id"]}
    assert two["id"].encode() not in _everything(desk)


@pytest.fixture
def large(tmp_path: Path) -> Iterator[OtherServer]:
    """Start a server of its own: its thousands are in nobody's overlap, and it may die."""
    server = OtherServer(tmp_path / "large")
    yield server
    server.close()


@pytest.mark.parametrize(("count", "dies_at"), [(1000, 4), pytest.param(3000, 8, marks=pytest.mark.slow)])
def test_thousands_come_in_pages_and_each_page_is_kept(
    large: OtherServer, reading: Reading, count: int, dies_at: int
) -> None:
    """The server dies in the middle; what came stays, and the rest follows without beginning anew."""
    one, other = patient(), large
    other.put(one, *(observation(one["id"], number) for number in range(count)))
    desk = reading(one["id"], other.base)
    pages = 0

    def dies(asked: Asked) -> bool:
        nonlocal pages
        pages += is_page(asked)
        if pages == dies_at:
            other.kill()
            return asked.cut()
        return False

    other.between.rules.append(dies)
    with pytest.raises((Offline, ServiceBroken)):
        desk.pull()
    assert len(desk.ids("Observation")) == (dies_at - 1) * 200
    assert Progress.of(desk.records, desk.rest.base).at is None
    other.start()
    asked_before = len(other.between.asked)
    desk.pull()
    assert len(desk.ids("Observation")) == count
    assert sum(is_page(each) for each in other.between.asked[asked_before:]) == count // 200 - dies_at + 1
    assert desk.pull().entries == 0


@pytest.mark.parametrize(("window", "comes"), [(122.0, True), (0.0, False)])
def test_what_was_stamped_before_the_cursor_and_appears_after_it_is_not_lost(
    other: OtherServer, reading: Reading, window: float, *, comes: bool
) -> None:
    """A long transaction: its stamp is old when it is committed. Without the overlap it would be lost."""
    one = patient()
    other.put(one)
    desk = reading(one["id"], window=window)
    desk.pull()
    late = observation(one["id"])
    other.put(late)
    time.sleep(1.1)
    other.put(observation(one["id"]))

    def not_committed_yet(asked: Asked) -> bool:
        def without(body: bytes) -> bytes:
            bundle = orjson.loads(body)
            kept = [each for each in bundle["entry"] if late["id"] not in each["fullUrl"]]
            return orjson.dumps(bundle | {"entry": kept})

        return is_history(asked) and other.between.relay(asked, without)

    other.between.rules.append(not_committed_yet)
    desk.pull()
    assert late["id"] not in desk.ids("Observation")
    time.sleep(1.1)
    desk.pull()
    other.between.rules.clear()
    desk.pull()
    assert (late["id"] in desk.ids("Observation")) is comes


def test_a_page_that_is_not_stored_moves_no_cursor(
    other: OtherServer, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """android-fhir saved the moment before the page: what was on it never came. Here they are one."""
    one = patient()
    other.put(one)
    desk = reading(one["id"])
    desk.pull()
    before = Progress.of(desk.records, desk.rest.base)
    # The cursor goes by the server's clock, which has whole seconds.
    time.sleep(1.1)
    new = observation(one["id"])
    other.put(new)
    with monkeypatch.context() as broken:

        def full(*_: object) -> None:
            raise OSError

        broken.setattr("app.records.overlay.store_truths", full)
        with pytest.raises(OSError):  # noqa: PT011 (the disk has no words)
            desk.pull()
    assert Progress.of(desk.records, desk.rest.base) == before
    desk.pull()
    assert desk.ids("Observation") == {new["id"]}


def test_a_next_page_elsewhere_is_not_followed(other: OtherServer, reading: Reading) -> None:
    """Our token goes to nobody else, whatever a link says."""
    one = patient()
    other.put(one)

    def elsewhere(asked: Asked) -> bool:
        def link(body: bytes) -> bytes:
            there = [{"relation": "next", "url": "http://127.0.0.2:9/fhir/_history?_offset=1"}]
            return orjson.dumps(orjson.loads(body) | {"link": there})

        return "/Observation?" in asked.path and other.between.relay(asked, link)

    desk = reading(one["id"])
    other.between.rules.append(elsewhere)
    with pytest.raises(ServiceBroken):
        desk.pull()
    assert Progress.of(desk.records, desk.rest.base).at is None


def test_a_page_that_leads_back_to_itself_ends(other: OtherServer, reading: Reading) -> None:
    """It is said, and not read for ever."""
    one = patient()
    other.put(one)

    def round_and_round(asked: Asked) -> bool:
        def link(body: bytes) -> bytes:
            again = [{"relation": "next", "url": f"{other.base}/fhir/Observation?patient={one['id']}"}]
            return orjson.dumps(orjson.loads(body) | {"link": again})

        return "/Observation?" in asked.path and other.between.relay(asked, link)

    desk = reading(one["id"])
    other.between.rules.append(round_and_round)
    with pytest.raises(ServiceBroken):
        desk.pull()


def test_a_round_without_news_is_one_request_by_history(other: OtherServer, reading: Reading) -> None:
    """What the server can do is kept: no round asks for it again."""
    one = patient()
    other.put(one)
    desk = reading(one["id"])
    desk.pull()
    other.between.asked.clear()
    desk.pull()
    assert [each.path.partition("?")[0] for each in other.between.asked] == ["/fhir/_history"]
    desk.anew()
    desk.pull()
    other.between.asked.clear()
    desk.pull()
    assert len(other.between.asked) == 1


def test_a_server_is_looked_at_again_each_day_and_tried_again_with_another_version(
    other: OtherServer, reading: Reading
) -> None:
    """A day later its statement is read; only another version has it tried anew, or a week."""
    one = patient()
    other.put(one)
    desk = reading(one["id"])
    desk.pull()

    def asked_for() -> list[str]:
        other.between.asked.clear()
        desk.anew()
        desk.pull()
        paths = [each.path.partition("?")[0].removeprefix("/fhir/") for each in other.between.asked]
        # At the start of a session what is held is asked for: a server put back does not know it.
        return [each for each in paths if each != f"Patient/{one['id']}"]

    desk.clock.offset += desk.clock.offset.resolution * 86_400_000_000
    assert asked_for()[:2] == ["metadata", "_history"]
    assert asked_for() == ["_history"]
    other.between.rules.append(newer)
    desk.clock.offset *= 2
    asked = asked_for()
    assert asked[0] == "metadata"
    assert len(asked) > 8
    assert desk.pulling.peer is not None
    assert desk.pulling.peer.software.endswith("0.2.0")


def test_versions_that_are_no_numbers_never_go_backwards(other: OtherServer, reading: Reading) -> None:
    """By moment where they have one; where that is the same, the present one is read."""
    one, shown = patient(), observation("x", 3)
    shown["subject"] = {"reference": f"Patient/{one['id']}"}
    other.put(one, shown)
    desk = reading(one["id"])
    desk.pull()

    def told(version: str, stamp: str, value: int) -> dict[str, object]:
        body = shown | {
            "meta": {"versionId": version, "lastUpdated": stamp},
            "valueQuantity": {"value": value},
        }
        return {
            "fullUrl": f"{other.base}/fhir/Observation/{shown['id']}",
            "resource": body,
            "request": {"method": "PUT", "url": f"Observation/{shown['id']}"},
            "response": {"status": "200", "etag": f'W/"{version}"', "lastModified": stamp},
        }

    def history(*entries: dict[str, object]) -> None:
        page = orjson.dumps({"resourceType": "Bundle", "type": "history", "entry": entries})
        other.between.once(lambda asked: is_history(asked) and asked.answer(200, page))
        desk.pull()

    def value() -> object:
        found = desk.records.get("Observation", shown["id"])
        return found and found["valueQuantity"]["value"]

    history(told("beta", "2099-01-02T00:00:00Z", 5))
    assert value() == 5
    history(told("alpha", "2099-01-01T00:00:00Z", 4))
    assert value() == 5
    history(told("delta", "2099-01-03T00:00:00Z", 7), told("gamma", "2099-01-02T12:00:00Z", 6))
    assert value() == 7
    current = orjson.dumps(told("omega", "2099-01-03T00:00:00Z", 8)["resource"])
    other.between.once(lambda asked: asked.path.endswith(shown["id"]) and asked.answer(200, current))
    history(told("epsilon", "2099-01-03T00:00:00Z", 9))
    assert value() == 8


def test_a_moment_in_the_years_to_come_hides_nothing(other: OtherServer, reading: Reading) -> None:
    """The cursor never goes beyond the server's own clock."""
    one = patient()
    other.put(one)
    desk = reading(one["id"])
    desk.pull()

    def years_ahead(asked: Asked) -> bool:
        return is_history(asked) and other.between.relay(
            asked, lambda body: body.replace(b'"lastModified":"20', b'"lastModified":"30')
        )

    other.between.once(years_ahead)
    desk.pull()
    new = observation(one["id"])
    other.put(new)
    desk.pull()
    assert desk.ids("Observation") == {new["id"]}


def test_pages_skipped_on_equal_moments_are_made_good(other: OtherServer, reading: Reading) -> None:
    """HAPI #3086: a repeated entry stands where another should. It is noticed, and the lists are compared."""
    one = patient()
    other.put(one)
    desk = reading(one["id"])
    desk.pull()
    new = [observation(one["id"], number) for number in range(4)]
    other.put(*new)

    def instead(asked: Asked) -> bool:
        def pages(body: bytes) -> bytes:
            bundle = orjson.loads(body)
            bundle["entry"] = [each for each in bundle["entry"] if new[0]["id"] not in each["fullUrl"]]
            bundle["link"] = [{"relation": "next", "url": f"{other.base}/fhir/_history?_count=4"}]
            return orjson.dumps(bundle if "_since" in asked.path else bundle | {"link": []})

        return is_history(asked) and other.between.relay(asked, pages)

    other.between.rules.append(instead)
    desk.pull()
    assert desk.ids("Observation") == {each["id"] for each in new}


def test_a_sorted_search_that_makes_the_server_fail_is_asked_unsorted(
    other: OtherServer, reading: Reading
) -> None:
    """Medplum #10387: more than a page of one moment, and a sorted search answers 500."""
    one = patient()
    other.put(one, *(observation(one["id"], number) for number in range(3)))
    desk = reading(one["id"])
    other.between.rules.append(no_history)
    desk.pull()
    assert desk.pulling.peer is not None
    assert desk.pulling.peer.can(Check.SORT)
    new = observation(one["id"])
    other.put(new)
    other.between.rules.append(lambda asked: "_sort=_lastUpdated" in asked.path and asked.answer(500, b"{}"))
    desk.pull()
    assert new["id"] in desk.ids("Observation")


def test_everything_is_never_asked_for(other: OtherServer, reading: Reading, tier: Tier) -> None:
    """HAPI #8039: ``$everything`` ignores ``_since``; whoever trusts it reads the whole record each time."""
    one = patient()
    other.put(one, observation(one["id"]))
    other.between.asked.clear()
    desk = reading(one["id"])
    desk.pull()
    desk.pull()
    assert not any("everything" in each.path for each in other.between.asked)
    later = [each.path for each in other.between.asked if "/Observation?" in each.path][-1]
    assert tier is Tier.HISTORY or "_lastUpdated=ge" in later


def test_a_server_that_drops_since_on_its_next_page_is_left_in_time(
    other: OtherServer, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This very server: its later pages go back to the beginning of all histories."""
    monkeypatch.setattr("sync.peers.by_history.PAGE_COUNT", 20)
    other.put(*(patient() for _ in range(200)))
    # The cursor goes by the server's clock, which has whole seconds: the crowd is well before it.
    time.sleep(2.2)
    one = patient()
    other.put(one)
    desk = reading(one["id"], window=0.2)
    desk.pull()
    new = [observation(one["id"], number) for number in range(50)]
    other.put(*new)
    other.between.asked.clear()
    desk.pull()
    assert desk.ids("Observation") == {each["id"] for each in new}
    assert len(other.between.asked) <= 6


def test_a_provenance_comes_with_what_it_is_about(
    other: OtherServer, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names its target, not the person; it is kept where that is kept, in whatever order they come."""
    one, two = patient(), patient()
    other.put(one, two)
    desk = reading(one["id"])
    desk.pull()
    mine, theirs = observation(one["id"]), observation(two["id"])
    proofs = [
        {
            "resourceType": "Provenance",
            "id": mint(),
            "target": [{"reference": f"Observation/{each['id']}"}],
            "recorded": "2026-11-20T10:00:00Z",
            "agent": [{"who": {"display": "x"}}],
        }
        for each in (mine, theirs)
    ]
    # Newest first, and a page each: the proof is told long before what it is about.
    other.put(mine, theirs, *proofs)
    monkeypatch.setattr("sync.peers.by_history.PAGE_COUNT", 1)
    desk.pull()
    assert desk.ids("Provenance") == {proofs[0]["id"]}


def test_our_own_service_is_pulled_by_its_feed(
    tmp_path: Path, service: RealService, reading: Reading
) -> None:
    """The published definition, and a page that holds: tier 1."""
    from tests.sync.visit import FixedTokens

    tokens = session_tokens(service)
    desk = reading(str(tokens.claims["patient"]), service.base)
    desk.transport._tokens = FixedTokens(tokens.access_token)
    assert desk.pull().entries > 10
    assert desk.pulling.peer is None, "the feed itself was the probe"
    assert desk.pull().entries == 0
    assert desk.pulling.look_through(lambda: False) == Reconciled(finished=True)
    assert desk.pulling.peer is None, "a week has not gone by"
    desk.clock.offset = timedelta(days=8)
    done = desk.pulling.look_through(lambda: False)
    assert (done.finished, done.fetched, done.dropped) == (True, 0, 0)
    assert desk.pulling.peer is not None
    assert desk.pulling.peer.tier is Tier.FEED
    assert not is_due(desk.records, desk.pulling.rest.base, desk.clock)
