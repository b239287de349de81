"""PostgreSQL goes away in the midst of work: it is said, nothing acknowledged is lost, and it mends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from app.ids import mint
from tests.sync.service.house import House
from tests.sync.service.postgres import Cluster
from tests.sync.service.test_interactions import observation

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
