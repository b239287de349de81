"""Another maker's FHIR server (sekmet-fhir) in a process of its own, and a store that pulls from it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import httpx

from app.changes import Changes
from app.ids import mint
from app.records import Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync import guard
from sync.pulling import Pulling
from sync.transport import Address, Transport
from tests.sync.rough_server import RoughServer

if TYPE_CHECKING:
    from pathlib import Path

    from sync.incoming import Pulled
    from sync.rest import Rest

Body = dict[str, Any]


class OtherServer:
    """The process, with a rough server before it: its own links lead through that."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.between = RoughServer(f"http://127.0.0.1:{self._port}", prompt=True)
        self.base = self.between.base
        self._folder = folder
        settings = {
            "base_url": f"{self.base}/fhir",
            "host": "127.0.0.1",
            "port": self._port,
            "db_path": str(folder / "other.db"),
            "log_inbound": False,
            "validation": {"inbound": "off"},
            "simulator": {"enabled": False},
        }
        # JSON is YAML.
        (folder / "settings.yaml").write_text(json.dumps(settings))
        self._client = httpx.Client(
            trust_env=False, timeout=30, base_url=f"http://127.0.0.1:{self._port}/fhir"
        )
        self.start()

    def start(self) -> None:
        """Start the process on what it had."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SEKMET")}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", "from sekmet.cli import app; app()", "serve"],
            cwd=self._folder,
            env=environment | {"SEKMET_CONFIG": str(self._folder / "settings.yaml")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while True:
            try:
                self._client.get("/metadata")
            except httpx.TransportError:
                assert self.process.poll() is None, "the other server did not start"
                assert time.monotonic() < until, "the other server did not start"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        self.process.kill()
        self.process.wait(20)

    def close(self) -> None:
        """End it."""
        self.kill()
        self._client.close()
        self.between.close()

    def put(self, *bodies: Body) -> None:
        """Write resources under their own ids, as somebody else."""
        for start in range(0, len(bodies), 500):
            entries = [
                {
                    "resource": each,
                    "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"},
                }
                for each in bodies[start : start + 500]
            ]
            answer = self._client.post("", json={"resourceType": "Bundle", "type": "batch", "entry": entries})
            assert {each["response"]["status"][:2] for each in answer.json()["entry"]} == {"20"}

    def delete(self, body: Body) -> None:
        """Delete a resource, as somebody else."""
        assert self._client.delete(f"/{body['resourceType']}/{body['id']}").is_success

    def search(self, kind: str, **params: str) -> list[Body]:
        """Search past everything; return the entries."""
        answer = self._client.get(f"/{kind}", params={"_count": "500", **params}).json()
        found: list[Body] = answer.get("entry", [])
        return found

    def read(self, kind: str, resource_id: str) -> Body | None:
        """Read a resource past everything."""
        answer = self._client.get(f"/{kind}/{resource_id}")
        found: Body = answer.json()
        return found if answer.is_success else None


def patient(**more: Any) -> Body:  # noqa: ANN401 (any JSON)
    """Make a person."""
    return {"resourceType": "Patient", "id": mint(), "name": [{"family": "Durand"}]} | more


def observation(patient_id: str, number: int = 0, **more: Any) -> Body:  # noqa: ANN401 (any JSON)
    """Make a measure of a person."""
    return {
        "resourceType": "Observation",
        "id": mint(),
        "status": "final",
        "code": {"text": "Poids"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "valueQuantity": {"value": number},
    } | more


def document(patient_id: str, title: str) -> Body:
    """Make a document of a person."""
    return {
        "resourceType": "DocumentReference",
        "id": mint(),
        "status": "current",
        "subject": {"reference": f"Patient/{patient_id}"},
        "date": "2026-11-20T10:00:00Z",
        "content": [{"attachment": {"contentType": "application/pdf", "title": title}}],
    }


@dataclass
class SetClock:
    """A clock that a test moves."""

    offset: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) + self.offset


class Reader:
    """One person's store at a desk, pulling from a server; close it."""

    def __init__(
        self,
        folder: Path,
        base: str,
        patient_id: str,
        *,
        window: float = 122.0,
        **more: Any,  # noqa: ANN401 (what Pulling takes)
    ) -> None:
        self.clock = SetClock()
        self.vault = PatientVault.create(folder, Key.random(), name="person")
        self.records = Records(self.vault.store, Changes(), clock=self.clock)
        self.transport = Transport(Address(base), stall=10)
        self.patient_id = patient_id
        self._more = {"window": window, "clock": self.clock, **more}
        self.pulling = self.anew()

    @property
    def rest(self) -> Rest:
        """FHIR at the server."""
        return self.pulling.rest

    def anew(self, **more: Any) -> Pulling:  # noqa: ANN401
        """Begin another session on the same store."""
        self.pulling = Pulling(self.records, self.transport, self.patient_id, **self._more | more)
        return self.pulling

    def pull(self) -> Pulled:
        """Pull once, as a round does."""
        pulled = self.pulling.pull(stopping=lambda: False)
        self.question = guard.settle(self.records, self.pulling.feed)
        return pulled

    def ids(self, kind: str) -> set[str]:
        """Return the ids of what is here."""
        return {str(each["id"]) for each in self.records.all(kind)}

    def close(self) -> None:
        """Close everything."""
        self.transport.close()
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
