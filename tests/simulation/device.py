"""One simulated PC: a person who acts, the engine's own code at its rounds, a program that may die."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from app.changes import Changes
from app.errors import TandemError
from app.fhir.document_reference import SHA256_URL
from app.records import Act, OperationState, Records
from app.vault.sealed import FileMissing
from app.vault.sqlcipher import DiskFull, StoreBusy
from sync.deposits import Deposits
from sync.guard import Question
from sync.incoming import FEED
from sync.lanes import Lane, Lanes
from sync.outgoing import Outgoing
from sync.pulling import Pulling
from sync.readings import Readings
from sync.rounds import Rounds
from sync.status import SyncStatus
from sync.verdicts import Judge
from tests.simulation.disk import Crash, Disk
from tests.simulation.service import PATIENT_ID
from tests.simulation.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.records import Operation
    from sync.destination import Destination
    from tests.simulation.knobs import Knobs
    from tests.simulation.service import Service
    from tests.simulation.world import World

__all__ = ["Device"]

MARKER = "Zébulon-secret"
_FIELDS = ("alpha", "beta", "gamma")
Resource = dict[str, Any]


class _Gone(BaseException):
    """This life of the program is over; another greenlet of it died."""


class _Board:
    """What ``sync.status.StatusBoard`` is to the rounds, without its timers."""

    def __init__(self) -> None:
        self.present = SyncStatus()

    def update(self, **changes: Any) -> None:  # noqa: ANN401
        """Change some fields."""
        from dataclasses import replace

        self.present = replace(self.present, **changes)


@dataclass
class _Bytes:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, start: int, count: int) -> bytes:
        return self.data[start : start + count]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@dataclass
class _Files:
    """The sealed documents: they survive the program."""

    held: dict[str, bytes] = field(default_factory=dict)

    def open(self, document_id: str) -> _Bytes:
        if document_id not in self.held:
            raise FileMissing
        return _Bytes(self.held[document_id])


class Device:
    """Lives until the world says that it is enough; dies and starts again in between."""

    def __init__(
        self, name: str, world: World, service: Service, knobs: Knobs, trouble: Callable[[str], bool]
    ) -> None:
        self.name = name
        self.world = world
        self.service = service
        self._knobs = knobs
        self._trouble = trouble
        self.disk = Disk(trouble)
        self.files = _Files()
        self.about: dict[str, set[str]] = {}
        self.acknowledged: set[str] = set()
        self.given_up: set[str] = set()
        self.poisoned: set[str] = set()
        self.left = knobs.acts
        self._life = 0
        self._counter = 0
        self._begin()

    def _begin(self) -> None:
        """Start the program on what the disk holds."""
        self._life += 1
        self.wire = Wire(self.world, self.service, self._trouble, self._alive_check())
        clock, rng = self.world.clock, random.Random(self.world.rng.random())
        self.board = _Board()
        changes, lanes = Changes(), Lanes()
        self.records = Records(self.disk, changes, clock=clock)  # type: ignore[arg-type]
        judge = Judge(self.records, clock, rng)
        self.pulling = pulling = Pulling(self.records, self.wire, PATIENT_ID, clock=clock)  # type: ignore[arg-type]
        self.deposits = Deposits(self.records, self.files, self._destination, judge, lanes, clock=clock)  # type: ignore[arg-type]
        self.rounds = Rounds(
            self.records,
            self.wire,  # type: ignore[arg-type]
            pulling,
            Outgoing(self.records, self._destination, judge, clock=clock, deposits=self.deposits),
            Readings(self.records, pulling.rest),
            self.board,  # type: ignore[arg-type]
            lanes,
            clock=clock,
            rng=rng,
            poll=15.0,
        )

    def _destination(self) -> Destination:
        with self.wire.spared():
            return self.pulling.destination()

    def _alive_check(self) -> Callable[[], None]:
        life = self._life

        def check() -> None:
            if life != self._life:
                raise _Gone

        return check

    # Lives

    def live(self) -> None:
        """Begin the person's life and the engine's."""
        self.world.spawn(self._person)
        self._program()

    def _program(self) -> None:
        self.world.spawn(self._mortal(self._engine))
        self.world.spawn(self._mortal(self._file_worker))

    def _mortal(self, life: Callable[[Callable[[], None]], None]) -> Callable[[], None]:
        alive = self._alive_check()

        def run() -> None:
            try:
                life(alive)
            except Crash:
                self.again()
            except _Gone:
                pass

        return run

    def again(self) -> None:
        """Begin another session on the same records."""
        self.restart()
        self._program()

    def restart(self) -> None:
        """Die, and start again on what the disk holds."""
        self.world.note(f"{self.name} dies")
        self.check_cursor()
        self._begin()

    def _engine(self, alive: Callable[[], None]) -> None:
        while True:
            wait = self.rounds.once()
            self.check_cursor()
            self.world.pause(min(wait, 40.0))
            alive()

    def _file_worker(self, alive: Callable[[], None]) -> None:
        while True:
            try:
                while self.pulling.takes_files and self.deposits.step(Lane.DOCUMENTS, lambda: False):
                    alive()
            except TandemError:
                pass
            self.world.pause(self.world.rng.uniform(1, 20))
            alive()

    def _person(self) -> None:
        while self.left > 0:
            self.world.pause(self.world.rng.expovariate(1 / 25))
            self.left -= 1
            try:
                self.act_once()
            except (DiskFull, StoreBusy):
                self.world.note(f"{self.name}: the screen says that it was not kept")
            except Crash:
                self.again()

    # What the person does

    def act_once(self) -> None:
        """Edit, create or file something; or answer what is asked."""
        rng = self.world.rng
        known = [each for each in self.records.all("Flag") if not each.get("poison")]
        if self.world.chance(0.7) and (self._answer() or self._choose()):
            return
        what = rng.random()
        if known and what < 0.55:
            self._edit(rng.choice(known))
        elif what < 0.8:
            self._create()
        else:
            self.file_once()

    def _edit(self, before: Resource) -> None:
        """Change one to two things; between reading and committing the world may go on."""
        rng, op_id, key = self.world.rng, self.world.mint("f"), f"Flag/{before['id']}"
        if self.world.chance(0.3):
            life = self._life
            self.world.pause(rng.uniform(1, 30))
            if life != self._life:
                return
        body = dict(before)
        meant: dict[str, Any] = {}
        for _ in range(rng.randint(1, 2)):
            self._change_one(body, meant)
        for element, value in meant.items():
            self.service.ledger.note(op_id, key, element, value)
        version = before.get("meta", {}).get("versionId", "")
        self.commit(op_id, [body], {key: version}, {key: before})

    def _change_one(self, body: Resource, meant: dict[str, Any]) -> None:
        rng = self.world.rng
        listed = [dict(each) for each in body.get("telecom", ())]
        if rng.random() < 0.6:
            element = rng.choice(_FIELDS)
            body[element] = meant[element] = self._value()
        elif listed and rng.random() < 0.5:
            gone = rng.choice(listed)["value"]
            body["telecom"] = [each for each in listed if each["value"] != gone]
            if meant.pop(f"+{gone}", None) is None:
                meant[f"-{gone}"] = True
        else:
            value = self._value()
            body["telecom"] = [*listed, {"system": "phone", "value": value}]
            meant[f"+{value}"] = True

    def _value(self) -> str:
        self._counter += 1
        return f"{MARKER}-{self.name}{self._counter}"

    def _create(self) -> None:
        op_id, made = self.world.mint("f"), self.world.mint("b")
        body: Resource = {"resourceType": "Flag", "id": made, "alpha": self._value(), "telecom": []}
        body["subject"] = {"reference": f"Patient/{PATIENT_ID}"}
        if self._trouble("poison"):
            body["poison"] = True
            self.poisoned.add(op_id)
        self.service.ledger.note(op_id, f"Flag/{made}", "alpha", body["alpha"])
        self.service.ledger.note(op_id, f"Flag/{made}", "resourceType", "Flag")
        self.service.ledger.note(op_id, f"Flag/{made}", "id", made)
        self.service.ledger.note(op_id, f"Flag/{made}", "subject", body["subject"])
        if "poison" in body:
            self.service.ledger.note(op_id, f"Flag/{made}", "poison", value=True)
        self.commit(op_id, [body], {}, {})

    def file_once(self) -> str:
        """File a document; returns the act's id."""
        op_id, made, binary = self.world.mint("f"), self.world.mint("d"), self.world.mint("a")
        data = self._value().encode() * self.world.rng.choice((1, 400))
        self.files.held[made] = data
        attachment = {
            "url": f"Binary/{binary}",
            "contentType": "application/pdf",
            "size": len(data),
            "extension": [{"url": SHA256_URL, "valueString": hashlib.sha256(data).hexdigest()}],
        }
        body: Resource = {
            "resourceType": "DocumentReference",
            "id": made,
            "status": "current",
            "subject": {"reference": f"Patient/{PATIENT_ID}"},
            "binary": binary,
            "content": [{"attachment": attachment}],
        }
        for element, value in body.items():
            self.service.ledger.note(op_id, f"DocumentReference/{made}", element, value)
        self.commit(op_id, [body], {}, {}, document_id=made)
        return op_id

    def commit(
        self,
        op_id: str,
        bodies: list[Resource],
        versions: dict[str, str],
        bases: dict[str, Resource],
        *,
        document_id: str | None = None,
        instead_of: tuple[Operation, ...] = (),
    ) -> None:
        """Commit an act; it counts as acknowledged when this has come back."""
        keys = {f"{each['resourceType']}/{each['id']}" for each in bodies}
        provenance = {
            "resourceType": "Provenance",
            "id": op_id,
            "target": [{"reference": key} for key in sorted(keys)],
        }
        act = Act(
            op_id,
            (*bodies, provenance),
            versions,
            {"resourceType": "AuditEvent", "action": "C"},
            document_id=document_id,
            bases=bases,
        )
        self.world.note(f"{self.name} acts {op_id[:8]} on {sorted(each[:16] for each in keys)} {versions}")
        self.about[op_id] = keys
        self.given_up.update(each.op_id for each in instead_of)
        self.records.commit(act, instead_of=[each.seq for each in instead_of])
        self.acknowledged.add(op_id)

    # What the person is asked

    def settle(self) -> None:
        """Answer what is asked and choose where something clashes, all of it."""
        self._answer()
        self._choose()

    def _answer(self) -> bool:
        question = self.board.present.question
        if question is None:
            return False
        yes = self.world.chance(0.5)
        self.world.note(f"{self.name} answers {question}: {yes}")
        if question is Question.SERVICE_RESTORED:
            self.records.settle_lost(self.pulling.feed, offer_again=True)
        elif yes:
            self.records.carry_out_removals()
        else:
            self.records.keep_removals()
        self.rounds.forgive()
        return True

    def _choose(self) -> bool:
        """Settle one conflict: ours again on what is there now, or theirs."""
        met = self.records.operations(OperationState.CONFLICT)
        if not met:
            return False
        first = met[0]
        keys = {key for key in self.about.get(first.op_id, set()) if key.startswith("Flag/")}
        chain = [
            each
            for each in self.records.operations()
            if each.seq >= first.seq and keys & self.about.get(each.op_id, set())
        ]
        if any(each.state is OperationState.IN_FLIGHT for each in chain) or not keys:
            return False
        if any(
            each.seq < first.seq and keys & self.about.get(each.op_id, set())
            for each in self.records.operations()
        ):
            return False
        (key,) = keys
        theirs = self.records.there(*key.split("/"))
        ours = theirs is not None and self.world.chance(0.5)
        self.world.note(f"{self.name} chooses {'ours' if ours else 'theirs'} for {first.op_id[:8]}")
        if not ours:
            self.given_up.update(each.op_id for each in chain)
            self.records.give_up([each.seq for each in chain], {"resourceType": "AuditEvent", "action": "E"})
            return True
        assert theirs is not None
        op_id, body = self.world.mint("f"), dict(theirs)
        for each in chain:
            for element, value in self.service.ledger.edits.get(each.op_id, {}).get(key, {}).items():
                _apply(body, element, value)
                self.means(op_id, key, element, value)
        self.commit(op_id, [body], {key: theirs["meta"]["versionId"]}, {key: theirs}, instead_of=tuple(chain))
        return True

    def means(self, op_id: str, key: str, element: str, value: Any) -> None:  # noqa: ANN401
        """Note what an act's author changes; taking away what they added is no change."""
        ledger = self.service.ledger
        opposite = {"+": "-", "-": "+"}.get(element[0])
        meant = ledger.edits.get(op_id, {}).get(key, {})
        if opposite is None or meant.pop(opposite + element[1:], None) is None:
            ledger.note(op_id, key, element, value)

    # What must hold at any time

    def check_cursor(self) -> None:
        """A cursor is never ahead of its rows."""
        row = self.disk.connection.execute("SELECT value FROM cursor WHERE name = ?", (FEED,)).fetchone()
        if not row or not row[0]:
            return
        epoch, number, *_ = row[0].split(".")
        if epoch != str(self.service.epoch) or self.service.was_restored:
            return
        held = {
            f"{kind}/{each}": int(version)
            for table in ("truth", "withheld")
            for kind, each, version in self.disk.connection.execute(
                f"SELECT type, id, version FROM {table} ORDER BY version"
            )
        }
        # What changed again since is told in its new place.
        told_later = {key for key, _, _ in self.service.log[int(number) :]}
        for key, version, _ in self.service.log[: int(number)]:
            if key not in told_later and held.get(key, 0) < version:
                self.world.wrong(
                    f"{self.name}: cursor {number} is ahead of {key} ({held.get(key)} < {version})"
                )
                return


def _apply(body: Resource, element: str, value: Any) -> None:  # noqa: ANN401
    listed = [each for each in body.get("telecom", ()) if each["value"] != element[1:]]
    if element.startswith("+"):
        body["telecom"] = [*listed, {"system": "phone", "value": element[1:]}]
    elif element.startswith("-"):
        body["telecom"] = listed
    else:
        body[element] = value
