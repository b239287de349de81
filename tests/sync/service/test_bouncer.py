"""The service behind a real PgBouncer in transaction mode: two workers, two connections, many citizens."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from app.ids import mint
from tests.sync.service.house import House, document_bundle
from tests.sync.service.postgres import Bouncer
from tests.sync.service.test_interactions import observation
from tests.sync.service.test_process import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync.service.postgres import Cluster

pytestmark = pytest.mark.skipif(os.name != "posix", reason="workers share a socket by fork")
CITIZENS, ROUNDS = 4, 3


@pytest.fixture
def bouncer(cluster: Cluster) -> Iterator[Bouncer]:
    """Put a pooler with two connections before a database of the test's own."""
    made = Bouncer(cluster, cluster.database(), size=2)
    yield made
    made.close()


def test_no_scope_stays_on_a_connection_that_others_get(bouncer: Bouncer, tmp_path: Path) -> None:
    """Citizens in turns over the same two connections: each sees their own, and the connection nobody's."""
    house = House(tmp_path / "data", records=bouncer.address)
    logins = [f"p{mint()}" for _ in range(CITIZENS)]
    people = [(house.add_citizen(each, mint()), house.sign_in(each)["access_token"]) for each in logins]
    house.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = Process(
        house.folder,
        "--records",
        bouncer.address,
        "--workers",
        "2",
        "--port",
        str(port),
        "--origin",
        house.base,
    )
    assert process.ready["base"] == house.base
    with ThreadPoolExecutor(CITIZENS) as pool:
        told = list(pool.map(lambda person: _visit(f"http://127.0.0.1:{port}/fhir", *person), people))
    assert told == [set()] * CITIZENS
    with psycopg.connect(bouncer.address, autocommit=True, prepare_threshold=None) as sql:
        for _ in range(6):
            assert sql.execute("SELECT count(*) FROM resource WHERE patient_key <> ''").fetchone() == (0,)
    assert process.end() == (0, "")


def _visit(fhir: str, patient_id: str, token: str) -> set[str]:
    """Read and write as one citizen; returns what is not theirs, or was refused."""
    strange = set()
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(ROUNDS):
        with httpx.Client(
            base_url=fhir, headers=headers, timeout=30, trust_env=False
        ) as client:  # another worker
            answers = [
                client.post("/Observation", json=observation(patient_id)),
                client.post("/", json=document_bundle(patient_id, mint().encode())),
                client.get("/Observation?_count=100"),
                client.get(f"/Patient/{patient_id}/$changes?_count=500"),
                client.get(f"/Patient/{patient_id}/$everything"),
                client.get("/AuditEvent?_count=100"),
            ]
        for answer in answers:
            if answer.status_code >= 300:
                strange.add(answer.text)
            strange |= {each for each in _named(answer.json()) if each != f"Patient/{patient_id}"}
    return strange


def _named(body: object) -> set[str]:
    """Return every Patient that an answer names."""
    if isinstance(body, dict):
        found = {f"Patient/{body['id']}"} if body.get("resourceType") == "Patient" else set()
        reference = body.get("reference")
        found |= {reference} if isinstance(reference, str) and reference.startswith("Patient/") else set()
        return found.union(*map(_named, body.values()))
    return set().union(*map(_named, body)) if isinstance(body, list) else set()
