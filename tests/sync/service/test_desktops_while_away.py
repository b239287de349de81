"""PostgreSQL is killed while desktops sync: they carry on by themselves, nothing is lost, nothing doubled."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from app.clock import now
from app.fhir.document_reference import title_of
from sync.tokens import Tokens
from tests.sync.service.house import House
from tests.sync.service.postgres import Cluster
from tests.sync.visit import Visit, pdf, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESKTOPS = ("anne", "bruno", "celia")


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Start a server of these tests' own, which they kill; what it acknowledged is on the disk."""
    made = Cluster({})
    yield made
    made.close()


def test_desktops_carry_on_through_a_fail_over(own: Cluster, tmp_path: Path) -> None:
    """Gone for a moment; the long proof lets it be gone for ten seconds."""
    prove(own, tmp_path, away=1, seconds=1.5)


@pytest.mark.slow
def test_desktops_carry_on_through_ten_seconds_without_a_database(own: Cluster, tmp_path: Path) -> None:
    """Twice, in the midst of filing."""
    prove(own, tmp_path, away=10, seconds=8, times=2)


def prove(own: Cluster, tmp_path: Path, *, away: float, seconds: float, times: int = 1) -> None:
    """File at every desk before, while and after it is gone; then compare with what the service has."""
    filed: dict[str, dict[str, bytes]] = {login: {} for login in DESKTOPS}
    ended = threading.Event()
    with ExitStack() as undo:
        house = House(tmp_path / "house", records=own.new())
        undo.callback(house.close)
        visits = {login: undo.enter_context(begun(house, tmp_path, login)) for login in DESKTOPS}

        def file(login: str) -> None:
            while not ended.is_set():
                number = len(filed[login])
                data, title = pdf(number, 3000), f"{login} {number}"
                visits[login].file(data, title)
                filed[login][title] = data
                ended.wait(0.15)

        desks = [threading.Thread(target=file, args=(login,)) for login in DESKTOPS]
        undo.callback(ended.set)
        for each in desks:
            each.start()
        for _ in range(times):
            time.sleep(seconds / 2)
            own.kill()
            time.sleep(away)
            waited = sum(len(each.records.operations()) for each in visits.values())
            own.start()
            time.sleep(seconds / 2)
        ended.set()
        for each in desks:
            each.join()
        assert waited, "it was gone in the midst of filing"
        for each in visits.values():
            wait_for(lambda each=each: each.records.operations() == [], 60)  # type: ignore[misc]
        for login, visit in visits.items():
            check(house, visit.space.patient_id, filed[login])


def begun(house: House, tmp_path: Path, login: str) -> Visit:
    """Begin a session of a person with an adviser, at a PC of its own."""
    if not house.patients:
        house.add_adviser()
    number = f"2500212345678{len(house.patients):02}"
    patient_id = house.add_citizen(login, number)
    tokens = Tokens(house.session_token(login), None, None, now(), {"patient": patient_id})
    visit = Visit.begin(tmp_path / login, house.base, tokens).start()
    visit.know_patient()
    return visit


def check(house: House, patient_id: str, filed: dict[str, bytes]) -> None:
    """Hold one person's documents at the service against what was filed at their desk."""
    client = house.client(house.software_token())
    answer = client.get(f"/DocumentReference?patient={patient_id}&_count=1000").json()
    found = [each["resource"] for each in answer["entry"]]
    assert Counter(map(title_of, found)) == Counter(filed.keys()), "each once"
    for document in found:
        attachment = document["content"][0]["attachment"]
        assert client.get("/" + attachment["url"]).content == filed[title_of(document)]
