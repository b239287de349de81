"""What the service declares, asked for in every wrong way: no failure of ours, nothing half-written.

In CI some hundred requests, the same each time; ``--slow`` for minutes (``TANDEM_FUZZ_SECONDS``), others each
day. What was found once stays in ``test_bounds.py``.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.changing import Tape
from tests.sync.service.access.cast import body_of
from tests.sync.service.declared import Asked, Declared, Ground, ask, asked, faults_of, marks_of

if TYPE_CHECKING:
    from tests.sync.service.house import House

KINDS = (
    "Binary", "List", "Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Immunization",
    "Encounter", "Appointment", "Communication", "Device", "RelatedPerson", "DocumentReference", "Provenance",
)  # fmt: skip
FEW = 600
SECONDS = float(os.environ.get("TANDEM_FUZZ_SECONDS", "300"))


@pytest.fixture(scope="module")
def ground(house: House) -> Ground:
    """Put one of each into Anne's record and Bruno's."""
    own, foreign = ({"Patient": house.patients[name]} for name in ("anne", "bruno"))
    for name, ids in (("anne", own), ("bruno", foreign)):
        client = house.citizen(name)
        for kind in KINDS:
            body = body_of(kind, house.patients[name], ids.get("Binary", ""))
            made = client.post(f"/{kind}", json=body)
            assert made.status_code == 201, made.content
            ids[kind] = made.json()["id"]
    return Ground(house.fhir, own["Patient"], own, foreign)


def explored(house: House, ground: Ground, examples: int, *, number: int | None = None) -> int:
    """Ask for so many; returns how many requests were made. ``number``: another draw than the usual one."""
    with httpx.Client(base_url=house.fhir) as anyone:
        declared = Declared.of(anyone.get("/metadata").json())
    clients = [house.citizen("anne"), house.client(house.session_token("anne")), house.system]
    count = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=number is None,
        suppress_health_check=list(HealthCheck),
    )
    @given(tape=st.binary(min_size=24, max_size=120))
    def run(tape: bytes) -> None:
        nonlocal count
        count += 1
        read = Tape(tape)
        client = read.pick(clients)
        one = asked(read, declared, ground)
        before = marks_of(house.service)
        told = ask(client, one)
        wrong = faults_of(one, told, before, marks_of(house.service))
        assert not wrong, (wrong, one, told.status_code, told.content[:300])
        learned(ground, one, told)

    (run if number is None else seed(number)(run))()
    return count


def learned(ground: Ground, one: Asked, told: httpx.Response) -> None:
    """Go on with what was made: what was deleted leaves little to ask for."""
    kind = one.url.partition("?")[0].strip("/")
    if (told.status_code, one.method) == (201, "POST") and kind in ground.own:
        ground.own[kind] = told.headers["location"].split("/_history/")[0].rsplit("/", 1)[1]


def test_a_few_requests_are_answered(house: House, ground: Ground) -> None:
    """The same few each time."""
    assert explored(house, ground, FEW) >= FEW
    whole(house)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_requests_are_answered(house: House, ground: Ground) -> None:
    """For minutes; says how many it made."""
    end, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        count += explored(house, ground, 2000, number=secrets.randbits(64))
    print(f"{count} requests")  # noqa: T201 (the figures of a long run are read)
    whole(house)


def whole(house: House) -> None:
    """Check the records against themselves: versions and changes without a gap, no index of what is gone."""
    with house.service.store.read(of="*") as sql:
        for key, last in sql.execute("SELECT patient_key, last_change FROM citizen").fetchall():
            changes = sql.execute(
                "SELECT count(*), max(change) FROM version WHERE patient_key = ?", (key,)
            ).fetchone()
            assert (changes[0], changes[1] or 0) == (last, last)
        apart = sql.execute(
            "SELECT count(*) FROM resource r WHERE r.type <> 'AuditEvent'"
            " AND NOT EXISTS (SELECT 1 FROM version v WHERE"
            " v.patient_key = r.patient_key AND v.type = r.type AND v.id = r.id AND v.version = r.version"
            " AND v.updated = r.updated AND coalesce(v.body, '') = coalesce(r.body, ''))"
        ).fetchone()
        lost = sql.execute(
            "SELECT count(*) FROM search_index i WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE"
            " r.patient_key = i.patient_key AND r.place = i.place AND r.type = i.type AND r.body IS NOT NULL)"
        ).fetchone()
    assert (apart[0], lost[0]) == (0, 0)
    for name in ("anne", "bruno"):
        everything = house.citizen(name).get(f"/Patient/{house.patients[name]}/$everything")
        assert everything.status_code == 200
