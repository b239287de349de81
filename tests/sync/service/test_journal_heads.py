"""Heads of a PC's journal at the service: only one that goes on is taken, and what was refused is kept."""

from __future__ import annotations

import base64
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ids import mint
from app.journal import signed
from app.vault import merkle
from app.vault.anchor import Head
from sync.service import devices, journal_heads
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from tests.sync.service.house import House


class Pc:
    """A PC with a journal of bare leaves."""

    def __init__(self, house: House) -> None:
        self.service = house.service
        self.key = Ed25519PrivateKey.generate()
        self.journal = mint()
        self.leaves: list[bytes] = []
        public = base64.b64encode(self.key.public_key().public_bytes_raw()).decode()
        house.service.demo, was = True, house.service.demo
        try:
            self.id = devices.enrol(house.service, {"name": "Bus", "public_key": public})["device_id"]
        finally:
            house.service.demo = was

    def write(self, *entries: str) -> None:
        """Add entries."""
        self.leaves += [merkle.leaf(each.encode()) for each in entries]

    @property
    def head(self) -> Head:
        """The head now."""
        edge: tuple[bytes, ...] = ()
        for size, each in enumerate(self.leaves):
            edge = merkle.grow(edge, size, each)
        return Head(self.journal, len(self.leaves), self.leaves[-1].hex(), merkle.root(edge).hex())

    def told(self, since: int = 0) -> dict[str, Any]:
        """What is sent."""
        proof = merkle.consistency_proof(self.leaves, since) if since else []
        return signed(self.head, self.key) | {"proof": [each.hex() for each in proof]}

    def tell(self, since: int = 0) -> dict[str, Any]:
        """Send it."""
        return journal_heads.keep(self.service, self.id, self.told(since))

    def known(self) -> Head | None:
        """What the service knows."""
        head = journal_heads.known(self.service, self.id)["head"]
        return Head(**head) if head else None

    def refused(self) -> int:
        """How many heads stand as refused."""
        with self.service.store.read(of=EVERYONE) as sql:
            found = sql.execute(
                "SELECT count(*) FROM journal_head WHERE device_id = ? AND refused IS NOT NULL", (self.id,)
            )
            return int(found.fetchone()[0])


@pytest.fixture
def pc(house: House) -> Pc:
    """A PC with three entries, told."""
    made = Pc(house)
    assert made.known() is None
    made.write("a", "b", "c")
    made.tell()
    return made


def test_a_journal_that_goes_on_is_followed(pc: Pc) -> None:
    """By one entry or many; told twice changes nothing."""
    for count in (1, 1, 5, 20):
        before = pc.head.size
        pc.write(*(f"{before}-{n}" for n in range(count)))
        assert pc.tell(before) == pc.tell(before) == {"head": asdict(pc.head)}
        assert pc.known() == pc.head
    assert pc.refused() == 0


@pytest.mark.parametrize("how", ["edited", "shortened", "without proof", "with another's proof"])
def test_one_that_does_not_is_refused_and_remembered(pc: Pc, how: str) -> None:
    """The head that was known stays."""
    pc.write("d", "e")
    since, known = 3, pc.known()
    if how == "edited":
        pc.leaves[1] = merkle.leaf(b"another")
    elif how == "shortened":
        pc.leaves, since = pc.leaves[:2], 0
    told = pc.told(since) if how != "without proof" else pc.told()
    if how == "with another's proof":
        told["proof"] = [merkle.leaf(b"x").hex() for _ in told["proof"]]
    with pytest.raises(Refused, match="journal-behind"):
        journal_heads.keep(pc.service, pc.id, told)
    assert pc.known() == known
    assert pc.refused() == 1


def test_a_journal_begun_anew_stands_beside_the_old_one(pc: Pc) -> None:
    """A PC may have to; where the old one went until stays to be seen, and is followed no less."""
    old = replace(pc.head)
    pc.journal, pc.leaves = mint(), []
    pc.write("set aside")
    pc.tell()
    assert pc.known() == pc.head
    with pc.service.store.read(of=EVERYONE) as sql:
        rows = sql.execute("SELECT journal, size FROM journal_head WHERE device_id = ?", (pc.id,)).fetchall()
    assert {(old.journal, 3), (pc.journal, 1)} == {tuple(row) for row in rows}


@pytest.mark.parametrize(
    "change",
    [
        {"head": None},
        {"head": {"journal": "j", "size": 0, "last": "0" * 64, "root": "0" * 64}},
        {"head": {"journal": "j", "size": "many", "last": "0" * 64, "root": "0" * 64}},
        {"signature": "AAAA"},
        {"signature": None},
        {"proof": ["zz"]},
        {"proof": ["00"] * 65},
    ],
)
def test_what_is_no_signed_head_is_refused(pc: Pc, change: dict[str, Any]) -> None:
    """Nothing of it is kept."""
    known = pc.known()
    with pytest.raises(Refused, match="journal-head"):
        journal_heads.keep(pc.service, pc.id, pc.told() | change)
    assert (pc.known(), pc.refused()) == (known, 0)


def test_a_head_signed_by_another_pc_is_refused(pc: Pc) -> None:
    """The key is the one of this PC's enrolment."""
    pc.write("d")
    pc.key = Ed25519PrivateKey.generate()
    with pytest.raises(Refused, match="journal-head"):
        pc.tell(3)


def test_only_the_pc_itself_asks(house: House, pc: Pc) -> None:
    """No proof, no head; a person's token is none."""
    answer = house.client().get(f"{house.base}/devices/journal")
    assert answer.status_code == 403
    assert house.client().put(f"{house.base}/devices/journal", json=pc.told()).status_code == 403
