"""A person's session against a real service: store, files, engine, with a rough server between them."""

from __future__ import annotations

import base64
import html
import io
import json
import random
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

import httpx

from app.acts import commit
from app.changes import Changes
from app.fhir import document_reference, reference, submission_set
from app.fhir.bundle import next_link
from app.ids import mint
from app.records import Records
from app.space import Actor, ActorRole, Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.engine import Engine
from sync.oidc import OidcClient
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.outbox import Sealer
    from app.records import Operation
    from sync.tokens import Tokens


class RealService:
    """The central service in a process of its own, with made-up people."""

    def __init__(self, folder: Path, people: int = 2, *, port: int = 0, more: tuple[str, ...] = ()) -> None:
        command = [
            sys.executable,
            "-m",
            "sync.service",
            "--follow-input",
            "--data",
            str(folder),
            "--port",
            str(port),
            "--demo",
            "--people",
            str(people),
            *more,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.close()
            raise AssertionError("the service did not start")
        self.told: dict[str, Any] = json.loads(line)
        self.base: str = self.told["base"]

    def identity(self, kind: str) -> dict[str, Any]:
        """Return the first made-up person of a kind."""
        found: dict[str, Any] = next(each for each in self.told["identities"] if each["kind"] == kind)
        return found

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def claims_of(token: str) -> dict[str, Any]:
    """Read a JWT's claims."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def pressing(login: str) -> Callable[[str], None]:
    """Play the browser: press the button of a made-up person, and go back to the program."""

    def opened(url: str) -> None:
        with httpx.Client(trust_env=False) as browser:
            page = browser.get(url)
            assert page.status_code == 200
            assert f'value="{login}"' in page.text
            action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
            assert action is not None
            target = urljoin(url, html.unescape(action[1]))
            answer = browser.post(target, data={"login": login})
            threading.Thread(target=httpx.get, args=(answer.headers["location"],), daemon=True).start()

    return opened


def session_tokens(service: RealService) -> Tokens:
    """Sign in both, the adviser and the person, and exchange for the session's token."""
    client = OidcClient(service.base)
    try:
        adviser = client.sign_in(
            pressing(service.identity("adviser")["login"]), "openid profile fhirUser adviser", timeout=20
        )
        citizen = client.sign_in(
            pressing(service.identity("citizen")["login"]),
            "openid profile fhirUser launch/patient patient/*.cruds",
            timeout=20,
        )
        return client.exchange_person(citizen, adviser)
    finally:
        client.close()


class FixedTokens:
    """A token that is what it is."""

    def __init__(self, token: str) -> None:
        self.token = token

    def access_token(self) -> str:
        """Return it."""
        return self.token

    def renewed(self, stale: str) -> str:
        """Return it: there is no other."""
        return stale


@dataclass
class Visit:
    """One open session; close it."""

    vault: PatientVault
    space: Space
    records: Records
    transport: Transport
    engine: Engine
    arrived: list[str]
    changes: Changes

    @classmethod
    def begin(
        cls,
        folder: Path,
        base: str,
        tokens: Tokens,
        *,
        key: Key | None = None,
        sealer: Sealer | None = None,
        poll: float = 0.5,
        budget: int = 0,
        metered: Callable[[], bool] = lambda: False,
    ) -> Visit:
        """Open or reopen the person's store and an engine towards ``base``."""
        name = "person"
        opening = PatientVault.open if (folder / "c" / f"{name}.db").exists() else None
        vault = (
            opening(folder, key or Key.random(), name)
            if opening
            else PatientVault.create(folder, key or Key.random(), name=name)
        )
        changes = Changes()
        records = Records(vault.store, changes)
        transport = Transport(Address(base), FixedTokens(tokens.access_token), stall=5)
        arrived: list[str] = []
        patient_id = str(tokens.claims["patient"])
        engine = Engine(
            records, vault.files, transport, patient_id, changes, sealer,
            rng=random.Random(1), poll=poll, budget=budget, metered=metered,
            on_document=arrived.append,
        )  # fmt: skip
        claims = claims_of(tokens.access_token)
        actor_id = str(claims.get("act", {}).get("sub", "adviser"))
        space = Space(
            patient={"resourceType": "Patient", "id": patient_id},
            patient_id=patient_id,
            records=records,
            files=vault.files,
            actor=Actor(actor_id, "Une conseillère", ActorRole.ADVISER, "org", "France services"),
            vault=vault,
            sealer=sealer,
        )
        return cls(vault, space, records, transport, engine, arrived, changes)

    def start(self) -> Self:
        """Start the engine."""
        self.engine.start()
        return self

    def know_patient(self) -> None:
        """Take the person from the feed, as the session does before anyone files."""
        wait_for(lambda: self.records.get("Patient", self.space.patient_id) is not None)
        found = self.records.get("Patient", self.space.patient_id)
        assert found is not None
        self.space.patient = found

    def file(self, data: bytes, title: str = "Ordonnance") -> Operation:
        """File a document as ``app.documents`` does."""
        return file(self.space, data, title)

    def close(self) -> None:
        """End the session."""
        self.engine.stop()
        self.transport.close()
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def file(space: Space, data: bytes, title: str = "Ordonnance") -> Operation:
    """Seal the bytes, then commit DocumentReference, SubmissionSet and Provenance as one act."""
    document_id, moment = mint(), space.clock()
    organization = reference("Organization", space.actor.organization_id, space.actor.organization_name)
    document = document_reference.make(
        document_id, binary=mint(), patient=space.patient, custodian=organization, category="ORD_SOIN",
        day=date(2026, 11, 20), title=title, media_type="application/pdf",
        content=document_reference.digests(data), moment=moment,
    )  # fmt: skip
    deposit = submission_set.make(
        mint(), patient_id=space.patient_id,
        organization=(space.actor.organization_id, space.actor.organization_name),
        device_id="pc", documents=[document_id], moment=moment,
    )  # fmt: skip
    space.files.write(document_id, io.BytesIO(data))
    return commit(space, [deposit, document], document_id=document_id)


def wait_for(reached: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds; fail when it never does."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def pdf(number: int = 0, size: int = 2000) -> bytes:
    """Make bytes that begin as a PDF does."""
    return b"%PDF-1.7\n" + random.Random(number).randbytes(size)


def service_documents(base: str, tokens: Tokens) -> list[dict[str, Any]]:
    """Ask the service itself for the person's documents, all pages of them."""
    with Transport(Address(base), FixedTokens(tokens.access_token)) as transport:
        form = {"patient": f"Patient/{tokens.claims['patient']}", "_count": "1000"}
        page = transport.request("POST", "fhir/DocumentReference/_search", form=form).json()
        found = [each["resource"] for each in page.get("entry", ())]
        while following := next_link(page):
            page = transport.request("GET", following).json()
            found += [each["resource"] for each in page.get("entry", ())]
        return found
