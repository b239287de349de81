"""What goes to another maker's server, act by act: what was cut, overtaken, lost or renumbered there."""

from __future__ import annotations

import base64
import random
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app import conflicts
from app.acts import commit
from app.ids import mint
from app.records import peers
from app.space import Actor, ActorRole, Space
from sync.conformance import Check
from sync.conformance.leftovers import PROBES
from sync.deposits import Deposits
from sync.downloads import Downloads
from sync.failures import TransportError
from sync.guard import Question
from sync.lanes import Lanes
from sync.outgoing import Outgoing
from sync.peers.peer import learn, look_again
from sync.rest import Rest
from sync.transport import Address, Transport
from sync.verdicts import Judge
from tests.sync.lying_server import Body, LyingServer
from tests.sync.other_server import Reader, document, observation, patient
from tests.sync.rough_server import RoughServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked

    Serving = Callable[..., LyingServer]
    Opening = Callable[[LyingServer, str], "Desk"]


class Desk(Reader):
    """A store that sends as well, a step at a time."""

    def __init__(self, folder: Path, server: LyingServer, person: str) -> None:
        super().__init__(folder, server.base.removesuffix("/fhir"), person)
        body = {"resourceType": "Patient", "id": person}
        actor = Actor("adviser", "Une conseillère", ActorRole.ADVISER, "org", "France services")
        self.space = Space(
            patient=body, patient_id=person, records=self.records, files=self.vault.files, actor=actor,
            vault=self.vault, sealer=None,
        )  # fmt: skip
        self.pull()

    def push(self) -> int:
        """Send what waits; nobody here waits for a back-off."""
        self.records.hurry()
        judge = Judge(self.records, self.clock, random.Random(1))
        deposits = Deposits(
            self.records, self.vault.files, self.pulling.destination, judge, Lanes(), clock=self.clock
        )
        return Outgoing(
            self.records, self.pulling.destination, judge, clock=self.clock, deposits=deposits
        ).push()

    def round(self) -> None:
        """Send and read back until nothing moves, at most a few times."""
        for _ in range(6):
            self.push()
            self.pull()


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Start servers with a person there; all end with the test."""
    started: list[LyingServer] = []

    def begin(*lies: str, person: str) -> LyingServer:
        server = LyingServer(*lies)
        started.append(server)
        server.write("PUT", "Patient", person, patient() | {"id": person})
        return server

    yield begin
    for each in started:
        each.close()


@pytest.fixture
def opening(tmp_path: Path) -> Iterator[Opening]:
    """Open stores; all are closed with the test."""
    opened: list[Desk] = []

    def begin(server: LyingServer, person: str) -> Desk:
        desk = Desk(tmp_path / f"pc{len(opened)}", server, person)
        opened.append(desk)
        return desk

    yield begin
    for each in opened:
        each.close()


OWN_IDS = ("own-ids-only",)
TWICE = ("own-ids-only", "creates-twice")
BARE = ("no-rollback", "ignores-if-match", "overwrites", "no-provenance")


@pytest.mark.parametrize("lies", [OWN_IDS, TWICE])
def test_each_has_its_own_counterpart(serving: Serving, opening: Opening, lies: tuple[str, ...]) -> None:
    """A search that ignores what it is asked pairs nothing of ours with what is somebody else's."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    for number in range(3):
        commit(desk.space, [observation(person, number)])
    desk.round()
    assert desk.records.waiting().count == 0
    assert sorted(each["valueQuantity"]["value"] for each in server.living("Observation")) == [0, 1, 2]


@pytest.mark.parametrize("lies", [(), ("no-rollback",), BARE, OWN_IDS])
def test_what_was_taken_out_is_gone_there(serving: Serving, opening: Opening, lies: tuple[str, ...]) -> None:
    """A change that only takes something out, lost on its way: the old version does not count as ours."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    made = observation(person, 1, note=[{"text": "à retirer"}])
    commit(desk.space, [made])
    desk.round()
    now = desk.records.get("Observation", made["id"])
    assert now is not None
    commit(desk.space, [{key: value for key, value in now.items() if key != "note"}], before=[now])
    (operation,) = desk.records.operations()
    to = desk.pulling.destination()
    desk.records.start_sending({operation.seq: to.body(operation)})  # and then the cable is pulled
    desk.round()
    assert desk.records.waiting().count == 0
    (stored,) = server.living("Observation")
    assert "note" not in stored


@pytest.mark.parametrize("lies", [(), ("no-rollback",), OWN_IDS])
def test_what_was_taken_out_is_gone_there_though_another_added(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """Overtaken by somebody's addition: their version holds all that ours says, and is not ours."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    made = observation(person, 1, note=[{"text": "à retirer"}])
    commit(desk.space, [made])
    desk.round()
    now = desk.records.get("Observation", made["id"])
    assert now is not None
    (there,) = server.living("Observation")
    server.write(
        "PUT", "Observation", there["id"], there | {"comment": "x", "issued": "2026-11-20T10:00:00Z"}
    )
    commit(desk.space, [{key: value for key, value in now.items() if key != "note"}], before=[now])
    desk.round()
    assert desk.records.waiting().count == 0
    (stored,) = server.living("Observation")
    assert "note" not in stored
    assert stored["issued"] == "2026-11-20T10:00:00Z"


def test_what_is_named_goes_first(serving: Serving, opening: Opening) -> None:
    """A List that names a document goes after it: under the id that the server gave that."""
    person = mint()
    server = serving(*OWN_IDS, person=person)
    desk = opening(server, person)
    named = observation(person, 1)
    deposit = {
        "resourceType": "List", "id": mint(), "status": "current", "mode": "working",
        "subject": {"reference": f"Patient/{person}"},
        "entry": [{"item": {"reference": f"Observation/{named['id']}"}}],
    }  # fmt: skip
    commit(desk.space, [deposit, named])
    desk.round()
    assert desk.records.waiting().count == 0
    (there,), (naming,) = server.living("Observation"), server.living("List")
    assert naming["entry"][0]["item"]["reference"] == f"Observation/{there['id']}"


@pytest.mark.parametrize("lies", [(), ("no-rollback",), ("no-provenance",), OWN_IDS])
def test_what_another_deleted_before_we_read_it_back_stays_deleted(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """Answered, deleted by somebody, read back (410): the act was done, and nothing rises again."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    commit(desk.space, [observation(person, 1)])
    desk.push()
    (there,) = server.living("Observation")
    server.write("DELETE", "Observation", there["id"], None)
    for _ in range(3):
        before = frozenset(each.op_id for each in desk.records.operations())
        desk.pull()
        judge = Judge(desk.records, desk.clock, random.Random(1))
        deposits = Deposits(
            desk.records, desk.vault.files, desk.pulling.destination, judge, Lanes(), clock=desk.clock
        )
        Outgoing(
            desk.records, desk.pulling.destination, judge, clock=desk.clock, deposits=deposits
        ).check_answered(before)
        desk.push()
    assert server.living("Observation") == []
    assert desk.records.waiting().count == 0


def test_a_condition_that_a_transaction_ignores_is_not_relied_on(serving: Serving, opening: Opening) -> None:
    """If-Match held as a header and ignored inside a Bundle: nobody's edit is overwritten."""
    person = mint()
    server = serving("bundle-ignores-if-match", person=person)
    desk = opening(server, person)
    made = observation(person, 1)
    commit(desk.space, [made])
    desk.round()
    now = desk.records.get("Observation", made["id"])
    assert now is not None
    (there,) = server.living("Observation")
    server.write("PUT", "Observation", there["id"], there | {"issued": "2026-11-20T10:00:00Z"})
    commit(desk.space, [now | {"note": [{"text": "de nous"}]}], before=[now])
    desk.round()
    assert desk.records.waiting().count == 0
    (stored,) = server.living("Observation")
    assert stored["issued"] == "2026-11-20T10:00:00Z"
    assert stored["note"] == [{"text": "de nous"}]


def restore(server: LyingServer, count: int) -> None:
    """Put a server back to its first versions, as from a copy."""
    server.versions = server.versions[:count]
    server.now = {(each["kind"], each["id"]): each for each in server.versions}


@pytest.mark.parametrize("lies", [(), OWN_IDS, TWICE])
def test_what_a_server_that_gives_ids_lost_is_created_there_again(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """Its old id leads nowhere: after a yes it is made anew, under another."""
    person = mint()
    server = serving(*lies, person=person)
    for number in range(3):
        body = observation(person, number)
        server.write("PUT", "Observation", body["id"], body)
    desk = opening(server, person)
    count = len(server.versions)
    for number in (7, 8, 9):
        commit(desk.space, [observation(person, number)])
    desk.round()
    restore(server, count)
    desk.anew()
    desk.pull()
    lost = desk.records.lost(desk.pulling.feed)
    assert lost is not None
    assert lost.acts == 3
    desk.records.settle_lost(desk.pulling.feed, offer_again=True)
    desk.round()
    assert desk.records.waiting().count == 0
    values = sorted(each["valueQuantity"]["value"] for each in server.living("Observation"))
    assert values == [0, 1, 2, 7, 8, 9]


def test_an_id_that_is_somebody_elses_now_brings_nothing_of_theirs(
    serving: Serving, opening: Opening
) -> None:
    """Put back, the server counts its ids anew: under ours there is another person's by now."""
    person, neighbour = mint(), mint()
    server = serving(*OWN_IDS, person=person)
    server.write("PUT", "Patient", neighbour, patient() | {"id": neighbour})
    desk = opening(server, person)
    count = len(server.versions)
    for number in (7, 8, 9):
        commit(desk.space, [observation(person, number)])
    desk.round()
    ids = [each["id"] for each in server.living("Observation")]
    restore(server, count)
    for each in ids:
        server.write("PUT", "Observation", each, observation(neighbour, 66) | {"id": each})
    desk.anew()
    desk.pull()
    desk.pull()
    here = desk.records.all("Observation")
    assert {each["valueQuantity"]["value"] for each in here} == {7, 8, 9}
    lost = desk.records.lost(desk.pulling.feed)
    assert lost is not None
    assert lost.acts == 3
    desk.records.settle_lost(desk.pulling.feed, offer_again=True)
    desk.round()
    assert desk.records.waiting().count == 0
    mine = [each for each in server.living("Observation") if person in each["subject"]["reference"]]
    assert sorted(each["valueQuantity"]["value"] for each in mine) == [7, 8, 9]
    theirs = [each for each in server.living("Observation") if neighbour in each["subject"]["reference"]]
    assert [each["valueQuantity"]["value"] for each in theirs] == [66, 66, 66]


def test_a_try_that_was_cut_says_nothing_of_the_server(serving: Serving, opening: Opening) -> None:
    """Cut at any request of the tries: they are made again, and nothing is kept of half of them."""
    person = mint()
    server = serving(person=person)
    desk = opening(server, person)
    between = RoughServer(server.base.removesuffix("/fhir"), prompt=True)
    transport = Transport(Address(between.base), stall=10)
    rest = Rest(transport)
    try:
        whole = learn(desk.records, rest, person, may_write=True)
        count = len(between.asked)
        for number in range(2, count, 7):
            look_again(desk.records, rest.base)
            between.asked.clear()

            def cut(asked: Asked, at: int = number) -> bool:
                return len(between.asked) == at + 1 and asked.cut()

            between.rules[:] = [cut]
            with suppress(TransportError):
                learn(desk.records, rest, person, may_write=True)
            between.rules.clear()
            assert learn(desk.records, rest, person, may_write=True).works == whole.works, number
    finally:
        transport.close()
        between.close()


@pytest.mark.parametrize("lies", [(), OWN_IDS, ("ignores-patient",)])
def test_what_cut_tries_left_is_taken_away_before_the_next(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """Whichever computer tries next; what is anybody else's stays, and what is being tried at this moment."""
    person, neighbour = mint(), mint()
    server = serving(*lies, person=person)
    probe: Body = {"resourceType": "Basic", "code": {"text": "x"}, "identifier": [{"system": PROBES}]}
    probe["subject"] = {"reference": f"Patient/{person}"}
    theirs = {each: {**probe, "id": mint()} for each in ("other", "neighbour", "more", "unnamed")}
    gone = {**probe, "id": mint()}
    theirs["other"]["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}]
    theirs["neighbour"]["subject"] = {"reference": f"Patient/{neighbour}"}
    theirs["more"]["extension"] = [{"url": "urn:x", "valueString": "somebody's words"}]
    del theirs["unnamed"]["identifier"]
    for each in theirs.values():
        server.write("PUT", "Basic", each["id"], each)
    act = {"resourceType": "Provenance", "agent": [{"who": {"display": "Tandem"}}]}
    both = [{"reference": f"Basic/{gone['id']}"}, {"reference": f"Patient/{person}"}]
    acts = [act | {"target": both}, act | {"target": both[:1], "agent": [{"who": {"display": "Zoé"}}]}]
    for each in acts:
        server.write("PUT", "Provenance", mint(), each)
    server.write("PUT", "Provenance", mint(), act | {"target": both[:1]})
    server.write("PUT", "Basic", gone["id"], gone | {"code": {"text": "second"}})
    between = RoughServer(server.base.removesuffix("/fhir"), prompt=True)
    transport = Transport(Address(between.base), stall=10)
    first, second = opening(server, person), opening(server, person)
    try:
        learn_until_cut(first, Rest(transport), between, server)
        assert len(server.living("Basic")) == len(theirs) + 1
        kept, server._began = server._began, server._began + 3590
        young = server.write("PUT", "Basic", mint(), gone)["id"]
        server._began = kept
        learn(second.records, Rest(transport), person, may_write=True)
    finally:
        transport.close()
        between.close()
    left = {each["id"] for each in server.living("Basic")}
    assert left == {each["id"] for each in theirs.values()} | {young}
    assert [each["target"] for each in server.living("Provenance")] == [each["target"] for each in acts]


def learn_until_cut(desk: Desk, rest: Rest, between: RoughServer, server: LyingServer) -> None:
    """Try a server, and lose it for good once it holds something of that."""
    known = {each["id"] for each in server.living("Basic")}

    def cut(asked: Asked) -> bool:
        return bool({each["id"] for each in server.living("Basic")} - known) and asked.cut()

    between.rules.append(cut)
    with suppress(TransportError):
        learn(desk.records, rest, desk.patient_id, may_write=True)
    between.rules.clear()


def test_no_provenance_is_waited_for_where_none_can_be_named(serving: Serving, opening: Opening) -> None:
    """Provenances were taken under our ids, other things seemed not to be: an act is done all the same."""
    person = mint()
    server = serving(person=person)
    desk = opening(server, person)
    peer = learn(desk.records, desk.rest, person, may_write=True)
    works = peer.works - {Check.CLIENT_IDS}
    known = desk.records.look(peers.kept(desk.rest.base))
    assert known is not None
    less = replace(known, body=replace(peer, works=works).json())
    desk.records.take_in(peers.keep(desk.rest.base, less))
    desk.anew()
    desk.pull()
    commit(desk.space, [observation(person, 1)])
    desk.round()
    assert desk.records.waiting().count == 0
    assert len(server.living("Observation")) == 1


def test_what_is_noted_as_deleted_is_no_sign_of_a_restoration(serving: Serving, opening: Opening) -> None:
    """Deletions that await a person's word, at a server that says 404 for them: no other life of it."""
    person = mint()
    server = serving("404-for-gone", person=person)
    made = [observation(person, number) for number in range(4)]
    for each in made:
        server.write("PUT", "Observation", each["id"], each)
    desk = opening(server, person)
    for each in made[1:]:
        server.write("DELETE", "Observation", each["id"], None)
    desk.pull()
    assert desk.question is Question.MANY_REMOVED
    desk.anew()
    desk.pull()
    assert desk.question is Question.MANY_REMOVED


@pytest.mark.parametrize("lies", [(), ("no-provenance",)])
def test_only_what_was_lost_is_offered_again(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """What the server still has, and somebody went on with, is not sent again: nobody is asked about it."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    kept = observation(person, 1)
    commit(desk.space, [kept])
    desk.round()
    server.write("PUT", "Observation", kept["id"], kept | {"valueQuantity": {"value": 2}})
    desk.pull()
    count = len(server.versions)
    for number in (7, 8, 9):
        commit(desk.space, [observation(person, number)])
    desk.round()
    restore(server, count)
    desk.anew()
    desk.pull()
    lost = desk.records.lost(desk.pulling.feed)
    assert lost is not None
    assert lost.acts == 3
    desk.records.settle_lost(desk.pulling.feed, offer_again=True)
    desk.round()
    assert desk.records.waiting().count == 0
    values = sorted(each["valueQuantity"]["value"] for each in server.living("Observation"))
    assert values == [2, 7, 8, 9]


@pytest.mark.parametrize("lies", [(), BARE])
def test_a_change_of_what_another_deleted_is_asked_about_once(
    serving: Serving, opening: Opening, lies: tuple[str, ...]
) -> None:
    """The person keeps theirs: it is created anew, and the question does not come back."""
    person = mint()
    server = serving(*lies, person=person)
    desk = opening(server, person)
    made = observation(person, 1)
    commit(desk.space, [made])
    desk.round()
    now = desk.records.get("Observation", made["id"])
    assert now is not None
    server.write("DELETE", "Observation", made["id"], None)
    commit(desk.space, [now | {"note": [{"text": "de nous"}]}], before=[now])
    desk.round()
    (conflict,) = conflicts.conflicts(desk.space, {"Observation"})
    conflicts.settle(desk.space, conflict, conflicts.Keep.OURS)
    desk.round()
    assert desk.records.waiting().count == 0
    (stored,) = server.living("Observation")
    assert stored["note"] == [{"text": "de nous"}]


@pytest.mark.parametrize("data", ["***", base64.b64encode(bytes(4000)).decode()], ids=["broken", "too large"])
def test_a_file_that_cannot_be_had_keeps_no_other_away(
    serving: Serving, opening: Opening, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Binary at all, or more than one request brings: it is given up, and the next one comes."""
    monkeypatch.setattr("sync.peers.binaries._ANSWER", 3000)
    person = mint()
    server = serving(person=person)
    for title, told in (("first", base64.b64encode(b"%PDF-1.7").decode()), ("last", data)):
        binary = {"resourceType": "Binary", "id": mint(), "contentType": "application/pdf", "data": told}
        server.write("PUT", "Binary", binary["id"], binary)
        body = document(person, title)
        body["content"][0]["attachment"]["url"] = f"Binary/{binary['id']}"
        body["date"] = "2026-11-20T10:00:00Z" if title == "first" else "2026-11-22T10:00:00Z"
        server.write("PUT", "DocumentReference", body["id"], body)
    desk = opening(server, person)
    arrived: list[str] = []
    downloads = Downloads(
        desk.records, desk.vault.files, desk.transport, arrived=arrived.append,
        elsewhere=desk.pulling.binaries,
    )  # fmt: skip
    for _ in range(3):
        with suppress(TransportError):
            downloads.step(threading.Event())
    assert len(arrived) == 1


def test_one_act_that_a_restored_server_lost_is_noticed(serving: Serving, opening: Opening) -> None:
    """Of what changed last it still has the most: one 404 tells where nobody deletes, or 410 is known."""
    person = mint()
    server = serving(person=person)
    for number in range(6):
        body = observation(person, number)
        server.write("PUT", "Observation", body["id"], body)
    desk = opening(server, person)
    count = len(server.versions)
    commit(desk.space, [observation(person, 7)])
    desk.round()
    restore(server, count)
    desk.anew()
    desk.pull()
    assert desk.question is Question.SERVICE_RESTORED
    assert {each["valueQuantity"]["value"] for each in desk.records.all("Observation")} == {*range(6), 7}
