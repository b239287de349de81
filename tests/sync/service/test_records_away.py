"""PostgreSQL goes away in the midst of work: it is said, nothing acknowledged is lost, and it mends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app import medical_profile
from app.clock import now
from app.codes.allergens import AllergenGroup
from app.ids import mint
from app.medical_profile import AllergyDetails
from sync.tokens import Tokens
from tests.sync.service.house import House
from tests.sync.service.postgres import Cluster
from tests.sync.service.test_interactions import observation
from tests.sync.visit import Visit, pdf, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

AWAY = 0.5


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Start a server of these tests' own, which they kill; what it acknowledged is on the disk."""
    made = Cluster({})
    yield made
    made.close()


def test_a_server_that_is_killed_loses_and_doubles_nothing(
    own: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """503 with a moment to wait while it is away; afterwards every request is served, at once."""
    house = House(tmp_path_factory.mktemp("away"), records=own.new())
    patient_id = house.add_citizen("anne", mint())
    token = house.sign_in("anne")["access_token"]
    kept: list[str] = []
    refused: list[httpx.Response] = []
    ended = threading.Event()

    def write(_: int) -> None:
        client = house.client(token)
        while not ended.is_set():
            body = observation(patient_id) | {"id": mint()}
            for _try in range(100):
                answer = client.put(f"/Observation/{body['id']}", json=body, headers={"If-None-Match": "*"})
                if answer.status_code != 503:
                    break
                refused.append(answer)
                time.sleep(0.05)
            # 412: the first sending was kept, though its answer was not.
            assert answer.status_code in {201, 412}, answer.text
            kept.append(body["id"])

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, each) for each in range(4)]
        time.sleep(0.5)
        own.kill()
        time.sleep(AWAY)
        own.start()
        again = house.client(token)
        assert {again.get(f"/Patient/{patient_id}").status_code for _ in range(20)} == {200}
        time.sleep(0.3)
        ended.set()
        for each in writers:
            each.result()
    assert refused
    assert {each.headers["retry-after"] for each in refused} == {"5"}
    assert {each.json()["issue"][0]["details"]["coding"][0]["code"] for each in refused} == {"records-away"}
    found = house.client(token).get(f"/Patient/{patient_id}/$changes?_count=1000").json()["entry"]
    told = [each["fullUrl"].rpartition("/")[2] for each in found]
    assert len(told) == len(set(told))
    assert set(kept) <= set(told)
    house.close()


def test_a_restart_while_nobody_asks_is_not_noticed(own: Cluster, tmp_path: Path) -> None:
    """The connections that rested died with the server: others are made, and no request is refused."""
    house = House(tmp_path / "data", records=own.new())
    patient_id = house.add_citizen("anne", mint())
    client = house.citizen("anne")
    for _ in range(2):
        assert client.get(f"/Patient/{patient_id}").status_code == 200
        own.kill()
        own.start()
        assert client.post("/Observation", json=observation(patient_id)).status_code == 201
    house.close()


@pytest.mark.parametrize("away", [AWAY, pytest.param(10.0, marks=pytest.mark.slow)])
def test_desktops_carry_on_by_themselves(
    own: Cluster, tmp_path_factory: pytest.TempPathFactory, away: float
) -> None:
    """Killed while people file and change things: each act is there once, and nobody pressed anything."""
    folder = tmp_path_factory.mktemp("desktops")
    house = House(folder / "service", records=own.new())
    house.add_adviser()
    people = {login: house.add_citizen(login, mint()) for login in ("anne", "paul")}
    desks = [("anne", "at the desk"), ("anne", "at home"), ("paul", "at the desk")]
    visits = [
        Visit.begin(folder / f"{login} {place}", house.base, tokens_of(house, login))
        for login, place in desks
    ]
    filed: list[list[str]] = [[] for _ in visits]
    changed: list[list[str]] = [[] for _ in visits]
    ended = threading.Event()

    def work(number: int) -> None:
        visit = visits[number]
        visit.start().know_patient()
        while not ended.is_set():
            filed[number].append(str(visit.file(pdf(number), f"Papier {len(filed[number])}").document_id))
            words = AllergyDetails(AllergenGroup.FOOD, words=f"Mets {number} {len(changed[number])}")
            edit = medical_profile.add_allergy(visit.space, words)
            medical_profile.end_allergy(visit.space, edit.resource_id)
            changed[number].append(edit.resource_id)
            time.sleep(0.3)

    with ThreadPoolExecutor(len(visits)) as pool:
        working = [pool.submit(work, number) for number in range(len(visits))]
        time.sleep(0.6)
        own.kill()
        time.sleep(away)
        own.start()
        time.sleep(0.4)
        ended.set()
        for each in working:
            each.result()
    wait_for(lambda: all(visit.records.waiting().count == 0 for visit in visits), 60)
    for login, patient_id in people.items():
        mine = [number for number, visit in enumerate(visits) if visit.space.patient_id == patient_id]
        found = (
            house.client(house.session_token(login)).get(f"/Patient/{patient_id}/$changes?_count=1000").json()
        )
        there = {each["fullUrl"].split("/fhir/")[1]: each["resource"] for each in found["entry"]}
        documents = {key.partition("/")[2] for key in there if key.startswith("DocumentReference/")}
        assert documents == {each for number in mine for each in filed[number]}
        allergies = {key.partition("/")[2]: body for key, body in there.items() if key.startswith("Allergy")}
        assert set(allergies) == {each for number in mine for each in changed[number]}
        # Said twice, an act would have left a third version.
        assert {body["meta"]["versionId"] for body in allergies.values()} == {"2"}
    for visit in visits:
        assert visit.records.operations() == []
        visit.close()
    house.close()


def tokens_of(house: House, login: str) -> Tokens:
    """Sign a person in beside the adviser."""
    claims = {"patient": house.patients[login]}
    return Tokens(house.session_token(login), None, None, now() + timedelta(hours=1), claims)
