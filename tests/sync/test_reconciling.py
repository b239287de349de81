"""The lists are compared: what is missing comes, what is gone goes, and only what was read as gone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.acts import commit
from app.ids import mint
from app.records import OperationState
from app.space import Actor, ActorRole, Space
from sync.conformance import Check
from sync.failures import ServiceBroken
from sync.guard import Question
from sync.peers.by_time import ByTime
from sync.peers.id_map import IdMap, can_be_named, if_none_exist, named
from sync.peers.laying import Laying
from sync.peers.passes import Progress
from sync.peers.peer import PeerUnusable, learn
from sync.peers.reading_back import ReadBack, says
from sync.peers.reconciling import Reconciler
from sync.peers.restoration import ServiceRestored, Watch
from tests.sync.lying_server import LyingServer
from tests.sync.other_server import Reader, observation
from tests.sync.rough_server import RoughServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.records import Operation
    from sync.peers.peer import Peer

    Opening = Callable[..., "Desk"]


class Desk(Reader):
    """A store that pulls from a small server, with a rough one between."""

    def __init__(self, folder: Path, *lies: str, may_write: bool = False) -> None:
        self.server = LyingServer(*lies)
        self.between = RoughServer(self.server.base.removesuffix("/fhir"), prompt=True)
        # Its own links lead through the rough one.
        self.server.base = f"{self.between.base}/fhir"
        self.person = mint()
        self.server.write("PUT", "Patient", self.person, {"resourceType": "Patient"})
        super().__init__(folder, self.between.base, self.person, may_write=may_write)

    def add(self, count: int) -> list[str]:
        """Have somebody else add measures; return their ids."""
        bodies = [observation(self.person, number) for number in range(count)]
        return [self.server.write("PUT", "Observation", each["id"], each)["id"] for each in bodies]

    def peer(self, *, may_write: bool = False) -> Peer:
        """Find out what the server can do."""
        return learn(self.records, self.rest, self.person, may_write=may_write, clock=self.clock)

    def laying(self) -> Laying:
        """Return what stores."""
        return Laying(self.records, self.rest, self.person, IdMap(self.records, self.rest.base))

    def reconciler(self) -> Reconciler:
        """Return a reconciler."""
        ids = IdMap(self.records, self.rest.base)
        return Reconciler(self.records, self.rest, self.peer(), self.person, self.laying(), ids, self.clock)

    def close(self) -> None:
        """Close everything."""
        super().close()
        self.between.close()
        self.server.close()


@pytest.fixture
def opening(tmp_path: Path) -> Iterator[Opening]:
    """Open desks, each with a server; all are closed at the end."""
    opened: list[Desk] = []

    def desk(*lies: str, may_write: bool = False) -> Desk:
        opened.append(Desk(tmp_path / str(len(opened)), *lies, may_write=may_write))
        return opened[-1]

    yield desk
    for each in opened:
        each.close()


SEARCHES = "ignores-since"


def test_what_is_absent_from_the_list_is_read_before_it_goes(opening: Opening) -> None:
    """A list that leaves out what is there takes nothing away; 410 does."""
    desk = opening(SEARCHES)
    kept, gone, *_ = desk.add(10)
    desk.pull()
    desk.server.write("DELETE", "Observation", gone, None)
    hidden = desk.server.now["Observation", kept]

    def without(asked: object) -> bool:
        # The list is made without it; reading finds it.
        path = str(getattr(asked, "path", ""))
        if "_elements" in path:
            desk.server.now.pop(("Observation", kept), None)
        else:
            desk.server.now["Observation", kept] = hidden
        return False

    desk.between.rules.append(without)
    done = desk.reconciler().step()
    assert (done.finished, done.dropped) == (True, 1)
    desk.records.carry_out_removals()
    here = desk.ids("Observation")
    assert kept in here
    assert gone not in here


def test_what_is_on_the_list_and_not_here_is_fetched(opening: Opening) -> None:
    """What a search or a history left out comes after all."""
    desk = opening(SEARCHES)
    desk.add(1)
    desk.pull()
    new = desk.add(3)
    done = desk.reconciler().step()
    assert (done.finished, done.fetched) == (True, 3)
    assert set(new) <= desk.ids("Observation")


def test_much_that_is_gone_waits_for_a_word(opening: Opening) -> None:
    """A server that lost its data does not empty the records."""
    desk = opening(SEARCHES)
    ids = desk.add(10)
    desk.pull()
    for each in ids[:5]:
        desk.server.write("DELETE", "Observation", each, None)
    desk.anew()
    desk.pull()
    assert desk.question is Question.MANY_REMOVED
    assert desk.ids("Observation") == set(ids)
    desk.records.carry_out_removals()
    assert desk.ids("Observation") == set(ids[5:])
    desk.anew()
    desk.pull()
    assert desk.question is None


def test_it_goes_on_where_it_was_cut_and_does_so_much_at_once(opening: Opening) -> None:
    """Cut in the middle of the list, then in small steps: the same end."""
    desk = opening(SEARCHES)
    desk.pull()
    new = desk.add(7)
    cuts = []

    def cut(asked: object) -> bool:
        if "/Observation?" in asked.path and "_elements" in asked.path and not cuts:  # type: ignore[attr-defined]
            cuts.append(asked)
            return asked.cut()  # type: ignore[attr-defined, no-any-return]
        return False

    desk.between.rules.append(cut)
    with pytest.raises(ServiceBroken):
        desk.reconciler().step()
    desk.between.asked.clear()
    steps = [desk.reconciler().step(most=2) for _ in range(4)]
    assert [each.finished for each in steps] == [False, False, False, True]
    assert set(new) <= desk.ids("Observation")
    assert not any("/Basic?" in each.path for each in desk.between.asked)
    assert sum("_elements" in each.path for each in desk.between.asked) <= 3


def test_it_is_due_each_session_by_search_and_each_week_by_history(opening: Opening) -> None:
    """A history tells of deletions, a search does not."""
    for lies, later in ((SEARCHES,), True), ((), False):
        desk = opening(*lies)
        desk.pull()

        def lists(desk: Desk = desk) -> bool:
            desk.anew()
            desk.between.asked.clear()
            desk.pull()
            return any("_elements" in each.path for each in desk.between.asked)

        assert lists() is later
        desk.clock.offset = timedelta(days=6, hours=23)
        assert lists() is later
        desk.clock.offset = timedelta(days=7, hours=1)
        desk.pulling.peer = None
        assert lists()


def test_what_was_gone_and_comes_back_is_here_again(opening: Opening) -> None:
    """Nothing that was seen before keeps it away."""
    desk = opening(SEARCHES)
    first, *_ = desk.add(10)
    desk.pull()
    body = desk.server.now["Observation", first]
    desk.server.write("DELETE", "Observation", first, None)
    desk.anew()
    desk.pull()
    assert first not in desk.ids("Observation")
    desk.server.now["Observation", first] = body
    desk.between.asked.clear()
    desk.pull()
    assert not any("_elements" in each.path for each in desk.between.asked)
    assert first in desk.ids("Observation")


# Acts read back


def act(desk: Desk) -> Operation:
    """Commit an act, and have it answered."""
    space = Space(
        patient={"resourceType": "Patient", "id": desk.person},
        patient_id=desk.person,
        records=desk.records,
        files=desk.vault.files,
        actor=Actor("a", "Une conseillère", ActorRole.ADVISER, "org", "France services"),
        vault=desk.vault,
    )
    operation = commit(space, [observation(desk.person, 5)])
    desk.records.start_sending({operation.seq: b"{}"})
    desk.records.answered(operation.seq)
    return operation


def test_an_act_is_confirmed_by_reading_back_its_provenance(opening: Opening) -> None:
    """The server does not bring it by person; asked for by its id, it is there."""
    desk = opening()
    operation = act(desk)
    read_back = ReadBack(desk.records, desk.laying(), provenance=lambda: True)
    assert read_back.confirm() == frozenset()
    for body in operation.resources[:-1]:
        desk.server.write("PUT", body["resourceType"], body["id"], body)
    assert read_back.confirm() == frozenset()
    proof = operation.resources[-1]
    desk.server.write("PUT", "Provenance", proof["id"], proof)
    assert read_back.confirm() == {operation.op_id}
    assert desk.records.operations() == []
    assert desk.records.there("Observation", operation.resources[0]["id"]) is not None


def test_without_provenance_an_act_is_confirmed_by_equal_content_only(opening: Opening) -> None:
    """Something else under our id is no confirmation: it stays answered."""
    desk = opening()
    operation = act(desk)
    body = operation.resources[0]
    read_back = ReadBack(desk.records, desk.laying(), provenance=lambda: False)
    desk.server.write("PUT", "Observation", body["id"], body | {"valueQuantity": {"value": 6}})
    assert read_back.confirm() == frozenset()
    (waiting,) = desk.records.operations()
    assert waiting.state is OperationState.ANSWERED
    desk.server.write("PUT", "Observation", body["id"], body | {"language": "fr"})
    assert read_back.confirm() == {operation.op_id}


@pytest.mark.parametrize(
    ("theirs", "ours", "equal"),
    [
        ({"a": 1, "meta": {}}, {"a": 1, "meta": {"x": 1}}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"r": {"reference": "http://h/fhir/Patient/p"}}, {"r": {"reference": "Patient/p"}}, True),
        ({"r": {"reference": "Patient/q"}}, {"r": {"reference": "Patient/p"}}, False),
        ({"d": "2026-01-01T01:00:00+01:00"}, {"d": "2026-01-01T00:00:00Z"}, True),
        ({"d": "2026-01-01"}, {"d": "2026-01-02"}, False),
        ({"a": True}, {"a": 1}, False),
        ({"c": [{"id": "x"}]}, {"c": [{"id": "y"}]}, False),
    ],
)
def test_a_server_says_what_we_said(theirs: object, ours: object, *, equal: bool) -> None:
    """In its own order and manner; more is no less."""
    assert says(theirs, ours) is equal


# Identifiers that a server gives


def test_a_server_s_own_identifiers_are_ours_in_the_store(opening: Opening) -> None:
    """The id and the references, inward and outward."""
    desk = opening()
    ours = mint()
    desk.pulling.ids.pair("Observation", ours, "77")
    body = observation(desk.person) | {"id": "77", "hasMember": [{"reference": "Observation/77"}]}
    desk.server.write("PUT", "Observation", "77", body)
    desk.pull()
    found = desk.records.get("Observation", ours)
    assert found is not None
    assert found["hasMember"] == [{"reference": f"Observation/{ours}"}]
    assert desk.ids("Observation") == {ours}
    out = IdMap(desk.records, desk.rest.base).outward(found)
    assert (out["id"], out["hasMember"]) == ("77", [{"reference": "Observation/77"}])
    assert desk.reconciler().step().finished
    assert desk.ids("Observation") == {ours}


def test_a_creation_bears_our_identifier_and_a_condition() -> None:
    """So it is made once, however often it is sent."""
    body = {"resourceType": "Observation", "id": "x", "identifier": [{"value": "other"}]}
    sent = named(body)
    assert "id" not in sent
    assert sent["identifier"] == [
        {"value": "other"},
        {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:x"},
    ]
    assert named({**sent, "id": "x"}) == sent
    assert if_none_exist(body) == "identifier=urn:ietf:rfc:3986|urn:uuid:x"
    assert can_be_named("Observation")
    assert not can_be_named("Provenance")


# A server put back from a copy


@pytest.fixture
def watched(opening: Opening) -> tuple[Desk, Callable[[], None]]:
    """Open a desk that has pulled and counted once."""
    desk = opening(may_write=True)
    desk.add(3)
    desk.pull()
    peer = desk.peer()
    assert peer.can(Check.CLIENT_IDS)

    def check() -> None:
        Watch(desk.records, desk.rest, peer, desk.person, desk.pulling.ids, may_write=True).check()

    check()
    check()
    return desk, check


def test_a_quiet_server_raises_nothing(watched: tuple[Desk, Callable[[], None]]) -> None:
    """It counts with us; one ahead is a cut of ours."""
    desk, check = watched
    (basic,) = desk.server.living("Basic")
    assert basic["extension"][0]["valueInteger"] == 2
    desk.server.write(
        "PUT", "Basic", basic["id"], basic | {"extension": [basic["extension"][0] | {"valueInteger": 3}]}
    )
    check()
    (basic,) = desk.server.living("Basic")
    assert basic["extension"][0]["valueInteger"] == 4
    assert desk.ids("Basic") == set()


@pytest.mark.parametrize("sign", ["canary-missing", "canary-behind", "held-unknown", "version-behind"])
def test_a_server_put_back_from_a_copy_is_noticed(
    watched: tuple[Desk, Callable[[], None]], sign: str
) -> None:
    """Before anything is pulled; and nothing here is changed by noticing."""
    desk, check = watched
    before = desk.ids("Observation")
    (basic,) = desk.server.living("Basic")
    key = ("Basic", basic["id"])
    if sign == "canary-missing":
        del desk.server.now[key]
    elif sign == "canary-behind":
        desk.server.now[key] = next(each for each in desk.server.versions if each["id"] == basic["id"])
    elif sign == "held-unknown":
        for held in [each for each in desk.server.now if each[0] != "Basic"]:
            del desk.server.now[held]
    else:
        one = min(before)
        body = desk.server.now["Observation", one]["body"]
        desk.server.write("PUT", "Observation", one, body)
        desk.pull()
        first = next(each for each in desk.server.versions if each["id"] == one)
        desk.server.now["Observation", one] = first
    with pytest.raises(ServiceRestored) as told:
        check()
    assert told.value.fields == {"sign": sign}
    assert desk.ids("Observation") == before
    if sign.startswith("canary"):
        Watch(desk.records, desk.rest, desk.peer(), desk.person, desk.pulling.ids).settled()
        check()


@pytest.mark.parametrize("lies", [(), ("404-for-gone",)])
def test_one_deletion_elsewhere_is_no_restoration(opening: Opening, lies: tuple[str, ...]) -> None:
    """Even at a server that answers 404 for what is gone; where 410 is told, one 404 is a sign."""
    desk = opening(*lies, may_write=True)
    one, other, _ = desk.add(3)
    desk.pull()
    watch = Watch(desk.records, desk.rest, desk.peer(), desk.person, desk.pulling.ids)
    desk.server.write("DELETE", "Observation", one, None)
    watch.check()
    if not lies:
        del desk.server.now["Observation", other]
        with pytest.raises(ServiceRestored):
            watch.check()


# What cannot be used


def test_a_server_that_says_yes_to_everything_is_not_pulled_from(opening: Opening) -> None:
    """Nothing of it reaches the store."""
    desk = opening("yes-to-everything")
    with pytest.raises(PeerUnusable):
        desk.pull()
    assert desk.ids("Patient") == set()


@pytest.mark.parametrize("pages", ["one", "several"])
def test_what_came_and_went_between_two_pulls_is_never_here(opening: Opening, pages: str) -> None:
    """A history told newest first tells of the end before the beginning, on one page or on two."""
    desk = opening()
    desk.add(2)
    desk.pull()
    made = desk.add(1)[0]
    desk.server.write("DELETE", "Observation", made, None)
    if pages == "several":
        desk.server.most = 1
    desk.pull()
    assert made not in desk.ids("Observation")
    assert desk.records.removals().count == 0
    desk.pull()
    assert made not in desk.ids("Observation")


def test_a_stopped_pull_moves_no_cursor(opening: Opening) -> None:
    """The visit ends in the middle; the next one goes on."""
    desk = opening()
    new = desk.add(3)
    # The first question is that of our feed, which this server does not have.
    asked = iter([*[False] * 5, True])
    desk.pulling.pull(stopping=lambda: next(asked, True))
    # The page that came is kept, the pass is not over.
    assert desk.ids("Observation") == set(new)
    assert desk.ids("Patient") == set()
    progress = Progress.of(desk.records, desk.rest.base)
    assert (progress.at, progress.place) == (None, 4)
    desk.anew()
    desk.pull()
    assert desk.ids("Patient") == {desk.person}
    assert Progress.of(desk.records, desk.rest.base).at is not None
    assert isinstance(desk.pulling._chosen, ByTime)
