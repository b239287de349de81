"""A real service on loopback for the tests: its own folder, a few made-up accounts, real HTTP."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from app.clock import now
from app.ids import mint
from sync.enrolment import enrol
from sync.service import organizations, program
from sync.service.accounts import Accounts
from sync.service.caller import TWO_FACTORS, Role
from sync.service.factors import Factors, code_at
from sync.service.server import Server, _listen
from sync.service.service import Service
from sync.service.wire import protocol
from sync.transport import Address

if TYPE_CHECKING:
    from pathlib import Path

    from app.clock import Clock
    from app.fhir import Resource
    from sync.enrolment import Device

__all__ = [
    "ACCESS",
    "EXCHANGE",
    "INS",
    "SLIP",
    "House",
    "document_bundle",
    "metadata",
    "patient_body",
    "step_of",
]

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
SLIP = "https://tandem.example/oauth/mandate-slip"
INS = "urn:oid:1.2.250.1.213.1.4.10"
REDIRECT = "http://127.0.0.1:49152/callback"
CITIZEN_SCOPE = "openid profile fhirUser launch/patient patient/*.cruds"
ADVISER_SCOPE = "openid profile fhirUser adviser"
ADVISER, ORGANIZATION = "6a6f6a6f-0000-7000-8000-000000000001", "6a6f6a6f-0000-7000-8000-000000000002"


class House:
    """The service, and who may sign in: ``logiciel`` (a program), and those who are added."""

    def __init__(
        self,
        folder: Path,
        *,
        demo: bool = False,
        clock: Clock = now,
        records: str | None = None,
        objects: str | None = None,
        add_software: bool = True,
    ) -> None:
        self.folder = folder
        self.records = records
        self.service = Service.open(folder, demo=demo, clock=clock, records=records, objects=objects)
        self._listening = _listen(0)
        self.base = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.service.origin = self.base
        self.fhir = f"{self.base}/fhir"
        self._app = program.make(self.service)
        ready = threading.Event()
        config = uvicorn.Config(
            self._app,
            http=protocol(self.service.limits.head),
            access_log=False,
            log_level="error",
            lifespan="off",
        )
        self._server = Server(config, ready.set)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()
        assert ready.wait(10)
        self._clients: list[httpx.Client] = []
        self.patients: dict[str, str] = {}
        self._device: Device | None = None
        if add_software:
            self._add_software()
        self.system = self.client(self.software_token())

    def close(self) -> None:
        """End it as SIGTERM does."""
        if not self._thread.is_alive():
            return
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(15)
        self._app.state.close()
        self.service.close()
        self._listening.close()

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """Return a client of the FHIR base; closed with the house."""
        sent = dict(headers)
        if token:
            sent["Authorization"] = f"Bearer {token}"
        made = httpx.Client(base_url=self.fhir, headers=sent, timeout=20, trust_env=False)
        self._clients.append(made)
        return made

    def _add_software(self) -> None:
        Accounts(self.service).add("logiciel", "secret", Role.SOFTWARE, "", {"name": "Essai"}, made_up=True)

    def software_token(self) -> str:
        """Sign the program in."""
        form = {"grant_type": "client_credentials", "client_id": "logiciel", "client_secret": "secret"}
        answer = httpx.post(f"{self.base}/token", data=form, trust_env=False)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def add_citizen(self, login: str, number: str) -> str:
        """Create a Patient and its account; returns the Patient's id."""
        answer = self.system.post("/Patient", json=patient_body(login, number))
        assert answer.status_code == 201, answer.text
        patient_id = str(answer.json()["id"])
        claims = {"name": login.title(), "given_name": login.title(), "family_name": "Essai"}
        Accounts(self.service).add(login, login, Role.CITIZEN, f"Patient/{patient_id}", claims, made_up=True)
        self.patients[login] = patient_id
        return patient_id

    def add_adviser(self, login: str = "chloe") -> None:
        """Add the adviser's account."""
        claims = {"name": "Chloé Essai", "organization": {"id": ORGANIZATION, "name": "Maison"}}
        Accounts(self.service).add(
            login, login, Role.ADVISER, f"Practitioner/{ADVISER}", claims, made_up=True
        )

    def sign_in(self, login: str, scope: str = CITIZEN_SCOPE) -> dict[str, Any]:
        """Sign in with login and password, playing the browser; returns the token answer."""
        verifier = mint() + mint()
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": "tandem-desktop",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "scope": scope,
            "state": "st",
            "nonce": "no",
        }
        with httpx.Client(trust_env=False) as browser:
            page = self.through(browser, asked, login)
            assert page.status_code == 302, page.text
            back = parse_qs(urlsplit(page.headers["location"]).query)
            assert back["iss"] == [self.base]
            form = {
                "grant_type": "authorization_code",
                "code": back["code"][0],
                "redirect_uri": REDIRECT,
                "client_id": "tandem-desktop",
                "code_verifier": verifier,
            }
            answer = browser.post(f"{self.base}/token", data=form)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def through(self, browser: httpx.Client, asked: dict[str, str], login: str) -> httpx.Response:
        """Play the browser as far as the redirection: the password, and the app's code where one is asked.

        The app's secret is drawn anew before: one code is good once, and a test does not wait for the next.
        """
        account = Accounts(self.service).get(login)
        has_two = account is not None and account.kind in TWO_FACTORS
        secret = os.urandom(20)
        if account is not None and has_two:
            Factors(self.service, account).keep_secret(secret, proven=True)
        where = f"{self.base}/authorize"
        page = browser.post(where, params=asked, data={"login": login, "password": login})
        if has_two and page.status_code == 200:
            code = code_at(secret, int(self.service.clock().timestamp()) // 30)
            page = browser.post(where, params=asked, data={"step": step_of(page.text), "code": code})
        return page

    def citizen(self, login: str) -> httpx.Client:
        """Return a client in the name of a citizen who signed in alone."""
        return self.client(self.sign_in(login)["access_token"])

    def together(self, login: str) -> httpx.Client:
        """Return a client in the name of a citizen with the adviser beside them."""
        return self.client(self.session_token(login))

    def session_token(self, login: str) -> str:
        """Return the token of a citizen with the adviser beside them, at the house's PC."""
        person = self.sign_in(login)["access_token"]
        adviser = self.sign_in("chloe", ADVISER_SCOPE)["access_token"]
        return str(self.exchange(ACCESS, person, adviser).json()["access_token"])

    def exchange(self, kind: str, subject: str, adviser: str, **more: str) -> httpx.Response:
        """Ask for a token of two people."""
        form = {
            "grant_type": EXCHANGE,
            "subject_token": subject,
            "subject_token_type": kind,
            "actor_token": adviser,
            "actor_token_type": ACCESS,
        }
        headers = {"Tandem-Device": self.device.proof(self.base)}
        return httpx.post(f"{self.base}/token", data=form | more, headers=headers, trust_env=False)

    @property
    def device(self) -> Device:
        """The PC at which people sign in here: one of the adviser's organization."""
        if self._device is None:
            self._device = self.enrolled()
        return self._device

    @device.setter
    def device(self, device: Device) -> None:
        self._device = device

    def code(self, organization: str = ORGANIZATION, name: str = "Maison") -> str:
        """Draw an enrolment code as an administrator does."""
        with self.service.store.read() as sql:
            found = organizations.of_id(sql, organization, name)
        return organizations.invite(self.service, found, "Accueil", "gaelle")

    def enrolled(self, organization: str = ORGANIZATION) -> Device:
        """Enrol one more PC."""
        return enrol(Address(self.base), "Poste 1", self.code(organization)).device


def step_of(page: str) -> str:
    """Return the step that a page's form carries."""
    found = re.search(r'name="step" value="([^"]+)"', page)
    assert found, page
    return found[1]


def patient_body(name: str, number: str) -> Resource:
    """Make a Patient with a test INS."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": INS, "value": number}],
        "name": [{"use": "official", "family": "Essai", "given": [name.title()]}],
        "birthDate": "1950-02-03",
    }


def metadata(**told: str) -> str:
    """Write tus's ``Upload-Metadata``."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def document_bundle(
    patient_id: str, data: bytes, *, sha256: str | None = None, mode: str | None = "faire_avec"
) -> Resource:
    """Make the transaction of one deposit: Binary, DocumentReference, SubmissionSet, Provenance."""
    binary, document, lot, act = mint(), mint(), mint(), mint()
    subject = {"reference": f"Patient/{patient_id}"}
    digest = sha256 or hashlib.sha256(data).hexdigest()
    entries: list[tuple[str, Resource]] = [
        (binary, {"resourceType": "Binary", "contentType": "text/plain", "data": _base64(data)}),
        (document, _document(document, binary, subject, digest, len(data))),
        (lot, _lot(document, subject)),
    ]
    if mode:
        entries.append((act, _provenance(document, subject, mode)))
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{resource_id}",
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for resource_id, resource in entries
        ],
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _document(document: str, binary: str, subject: Resource, digest: str, size: int) -> Resource:
    url = "https://tandem.example/fhir/StructureDefinition/attachment-sha-256"
    return {
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{document}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "Compte rendu"}]},
        "subject": subject,
        "date": "2026-11-01T10:00:00Z",
        "content": [
            {
                "attachment": {
                    "extension": [{"url": url, "valueString": digest}],
                    "contentType": "text/plain",
                    "url": f"urn:uuid:{binary}",
                    "size": size,
                    "title": "Ordonnance d’œdème",
                }
            }
        ],
        "context": {"period": {"start": "2026-10-31"}},
    }


def _lot(document: str, subject: Resource) -> Resource:
    lists = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
    return {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": lists, "code": "submissionset"}]},
        "subject": subject,
        "entry": [{"item": {"reference": f"urn:uuid:{document}"}}],
    }


def _provenance(document: str, subject: Resource, mode: str) -> Resource:
    url = "https://tandem.example/fhir/StructureDefinition/assist-mode"
    return {
        "resourceType": "Provenance",
        "extension": [{"url": url, "valueCode": mode}],
        "target": [{"reference": f"urn:uuid:{document}"}],
        "recorded": "2026-11-01T10:00:00Z",
        "agent": [{"who": {"reference": f"Practitioner/{ADVISER}"}, "onBehalfOf": subject}],
    }
