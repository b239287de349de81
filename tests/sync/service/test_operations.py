"""For whoever runs it: health, readiness, figures, log, a graceful end. Nothing of a person in any of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.service.compartment import R4_TYPES
from sync.service.figures import shape
from tests.sync.service.house import INS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sync.service.house import House


def told(house: House, name: str) -> httpx.Response:
    """Ask at an address of the operator's."""
    return httpx.get(f"{house.base}/{name}", trust_env=False)


def test_it_is_ready_when_its_records_and_objects_answer(own_house: Callable[..., House]) -> None:
    """And says which of them does not; alive it is in any case."""
    house = own_house()
    assert told(house, "ready").json() == {"records": "ok", "objects": "ok", "service": "ok"}
    house.service.draining = True
    answer = told(house, "ready")
    assert (answer.status_code, answer.json()["service"]) == (503, "draining")
    house.service.draining = False
    house.service.store.close()
    answer = told(house, "ready")
    assert (answer.status_code, answer.json()["records"]) == (503, "store-closed")
    assert told(house, "health").status_code == 200


def test_figures_count_shapes_and_name_nobody(house: House, anne: httpx.Client) -> None:
    """Whatever stands in an address, a query or a body: only its shape is counted."""
    patient = house.patients["anne"]
    anne.get(f"/Patient/{patient}")
    anne.get(f"/Patient?identifier={INS}|279035121518989")
    anne.post("/DocumentReference/_search", data={"patient": f"Patient/{patient}"})
    anne.get(f"/Patient/{patient}/$changes")
    anne.get("/Secret-Zebulon/1")
    text = told(house, "metrics").text
    for line in (
        'tandem_requests_total{method="GET",shape="read Patient",status="200"}',
        'shape="search Patient"',
        'method="POST",shape="search DocumentReference",status="200"',
        'shape="changes",status="200"',
        'shape="other",status="404"',
        'tandem_refusals_total{reason="unknown-type"}',
        'tandem_request_seconds_bucket{le="0.005",shape="read Patient"}',
    ):
        assert line in text
    for secret in (patient, "279035121518989", "Zebulon", "anne"):
        assert secret not in text


def test_figures_are_not_for_who_comes_through_a_proxy(house: House) -> None:
    """They are the operator's, on this machine."""
    there = {"X-Forwarded-For": "203.0.113.7"}
    assert httpx.get(f"{house.base}/metrics", headers=there, trust_env=False).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    "path",
    [(), ("metadata",), ("Patient",), ("Patient", "x"), ("Patient", "x", "_history"), ("Patient", "_search"),
     ("Patient", "x", "$changes"), ("Consent", "x", "$slip"), ("Zebulon", "x"), ("_history",),
     ("Patient", "x", "_history", "2"), ("x", "$changes")],
)  # fmt: skip
def test_a_shape_is_one_of_few(method: str, path: tuple[str, ...]) -> None:
    """However strange the request: its words are the program's own."""
    words = shape(method, path).split()
    known = {"bundle", "other", "search", "create", "update", "patch", "read", "delete", "history",
             "changes", "slip", "metadata", "_history", *R4_TYPES}  # fmt: skip
    assert set(words) <= known


def test_it_drains_before_it_ends_and_its_log_is_json(tmp_path: Path) -> None:
    """SIGTERM: not ready any more, but answering; then an orderly end. Each line of the log is an object."""
    command = [sys.executable, "-m", "sync.service", "--data", str(tmp_path / "d"), "--port", "0",
               "--drain", "1", "--access-log"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    base = json.loads(process.stdout.readline())["base"]
    secret = "0199c0de-0000-7000-8000-000000000000"
    with httpx.Client(base_url=base, trust_env=False) as client:
        assert client.get("/ready").status_code == 200
        assert client.get(f"/fhir/Patient/{secret}?identifier=279035121518989").status_code == 401
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert client.get("/ready").status_code == 503
        assert client.get("/fhir/metadata").status_code == 200
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"at", "level", "logger", "message", "worker"} <= set(lines[0])
    shapes = [(each["shape"], each["status"]) for each in lines if each["logger"] == "tandem.access"]
    assert shapes == [("/ready", 200), ("read Patient", 401), ("/ready", 503), ("metadata", 200)]
    assert secret not in log
    assert "279035121518989" not in log
