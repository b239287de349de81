"""The people of the matrix, their records, and a stage on which a cell is played and undone.

The callers bear real tokens, got as people get them. The cells run inside one transaction of the service's
store, each undone when it is over: thousands take seconds, and none finds what another left. Statements are
counted as they pass, so that two answers can be said to have cost the same.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

import httpx
import orjson

from app.codes import mandate_words
from app.codes.systems import ASSIST_MODE_URL, SHA256_URL
from app.fhir import consent as consents
from app.ids import mint
from sync.service import fhir, representatives
from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.exchange import Ask
from sync.service.provider.tokens import caller_of
from sync.service.storage import EVERYONE
from sync.service.storage.postgres_errors import translated
from tests.sync.service.access.policy import DIRECTORY, RECORD, Who
from tests.sync.service.house import ACCESS, ADVISER, ADVISER_SCOPE, ORGANIZATION, SLIP, House
from tests.sync.service.test_carers import accepted, exchanged, invited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from app.fhir import Resource
    from sync.service.caller import Caller
    from sync.service.service import Service
    from sync.service.storage import Connection, Database, Rows, Scope

__all__ = ["HIDDEN", "Answered", "Cast", "OverHttp", "Person", "Stage", "body_of"]

PHARMACIST, PHARMACY = mint(), mint()
HIDDEN = ("N", "MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX")
"""The visibilities of a document (interop.md §2)."""
_LABELS = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)
_DATA = b"octets"
_CODE = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
_KNOWN: dict[str, Resource] = {
    "Binary": {"contentType": "text/plain", "data": base64.b64encode(_DATA).decode()},
    "List": {"status": "current", "mode": "working"},
    "Observation": {"status": "final", "code": _CODE},
    "Condition": {"code": _CODE},
    "AllergyIntolerance": {"code": _CODE},
    "MedicationRequest": {"status": "active", "intent": "order", "medicationCodeableConcept": _CODE},
    "Immunization": {"status": "completed", "vaccineCode": _CODE, "occurrenceDateTime": "2026-10-01"},
    "Encounter": {"status": "finished", "class": {"code": "AMB"}},
    "Appointment": {"status": "booked"},
    "Communication": {"status": "completed"},
    "Consent": {"status": "draft", "scope": {"text": "x"}, "category": [{"text": "x"}]},
    "Bundle": {"type": "collection"},
}
_BY_PATIENT = frozenset({"RelatedPerson", "Consent", "AllergyIntolerance", "Immunization"})


def body_of(kind: str, patient_id: str, binary: str = "") -> Resource:
    """Write the smallest good resource of a type about this person."""
    patient = {"reference": f"Patient/{patient_id}"}
    made: Resource = {"resourceType": kind} | _KNOWN.get(kind, {})
    if kind in DIRECTORY:
        return made
    if kind == "Patient":
        return made | {"birthDate": "1950-02-03"}
    if kind == "Binary":
        return made | {"securityContext": patient}
    if kind == "Appointment":
        return made | {"participant": [{"actor": patient, "status": "accepted"}]}
    if kind == "Provenance":
        return made | {
            "target": [patient], "recorded": "2026-11-01T10:00:00Z", "agent": [{"who": patient}]
        }  # fmt: skip
    if kind == "AuditEvent":
        return made | {
            "type": {"code": "rest"}, "action": "R", "recorded": "2026-11-01T10:00:00Z", "outcome": "0",
            "agent": [{"requestor": True}], "source": {"observer": {"display": "x"}},
            "entity": [{"what": patient}],
        }  # fmt: skip
    if kind == "DocumentReference":
        return made | _document(patient, binary)
    if kind == "Bundle":
        return made | {"entry": [{"resource": {"resourceType": "Basic", "code": _CODE}}]}
    return made | {"patient" if kind in _BY_PATIENT else "subject": patient}


def _document(patient: Resource, binary: str, label: str = "N") -> Resource:
    digest = {"url": SHA256_URL, "valueString": hashlib.sha256(_DATA).hexdigest()}
    attachment = {"contentType": "text/plain", "url": f"Binary/{binary}", "extension": [digest]}
    return {
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{mint()}"},
        "status": "current", "subject": patient, "description": "Compte rendu",
        "securityLabel": [{"coding": [{"system": _LABELS, "code": label}]}],
        "content": [{"attachment": attachment}],
    }  # fmt: skip


@dataclasses.dataclass(slots=True)
class Person:
    """Someone with a record: the id of a resource of each type, and of the documents by their visibility."""

    login: str
    id: str
    of: dict[str, str]
    documents: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    """By label: ``{"DocumentReference": id, "Binary": id, "List": id, "Provenance": id}``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """An answer with what it cost."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    statements: int
    shapes: tuple[str, ...]

    def json(self) -> Resource:
        """Return the body as an object."""
        found: Resource = orjson.loads(self.body)
        return found

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json()["issue"][0]["details"]["coding"][0]["code"])


class Counting:
    """A connection that counts what is asked of it."""

    def __init__(self, sql: Connection) -> None:
        self.sql = sql
        self.shapes: list[str] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Count and do."""
        self.shapes.append(sql)
        return self.sql.execute(sql, values)

    def executemany(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Count and do; one, however many rows."""
        self.shapes.append(sql)
        self.sql.executemany(sql, values)

    def hold(self, patient_key: str) -> None:
        """Count and do: it is a statement, where there are several writers."""
        self.shapes.append("hold")
        self.sql.hold(patient_key)

    def lock(self, *name: str) -> None:
        """Count and do likewise."""
        self.shapes.append("lock")
        self.sql.lock(*name)

    def sweep(self, table: str, condition: str, values: Sequence[Any]) -> None:
        """Count and do likewise."""
        self.shapes.append("sweep")
        self.sql.sweep(table, condition, values)


class _Undone:
    """What the service takes for its store, inside one transaction of the real one, held to its scope."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting

    @contextmanager
    def read(self, *, of: Scope = None) -> Iterator[Counting]:
        """Read."""
        self._rescope(of)
        yield self.counting

    @contextmanager
    def transaction(self, *, of: Scope = None, hold: bool = True) -> Iterator[Counting]:
        """Write everything in the block, or nothing."""
        self.counting.sql.execute("SAVEPOINT work")
        self._rescope(of)
        try:
            with translated():
                yield self.counting
        except BaseException:
            self.counting.sql.execute("ROLLBACK TO work")
            raise
        finally:
            self.counting.sql.execute("RELEASE work")

    def _rescope(self, of: Scope) -> None:
        rescope = getattr(self.counting.sql, "rescope", None)
        if rescope is not None:
            rescope(of or "")


class Stage:
    """Plays requests one by one; each is undone unless it is ``kept``."""

    def __init__(self, service: Service, sql: Connection) -> None:
        self.counting = Counting(sql)
        self.service = dataclasses.replace(service, store=cast("Database", _Undone(self.counting)))

    def ask(
        self,
        caller: Caller,
        method: str,
        where: str,
        body: object = None,
        *,
        kept: bool = False,
        **headers: str,
    ) -> Answered:
        """Answer one request in the name of a caller."""
        path, _, query = where.partition("?")
        sent = {"content-type": "application/fhir+json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        data = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
        parts = tuple(part for part in path.split("/") if part)
        asked = Ask(method, parts, tuple(parse_qsl(query, keep_blank_values=True)), sent, data, caller)
        self.counting.sql.execute("SAVEPOINT cell")
        self.counting.shapes = []
        try:
            answer = fhir.answer(self.service, asked)
            told = b"".join(answer.stream) if answer.stream is not None else answer.body
        finally:
            shapes = tuple(self.counting.shapes)
            if not kept:
                self.counting.sql.execute("ROLLBACK TO cell")
            self.counting.sql.execute("RELEASE cell")
        return Answered(answer.status, told, answer.headers, len(shapes), shapes)


class OverHttp:
    """Asks over the wire, with the callers' tokens; for what changes nothing."""

    def __init__(self, people: Cast, client: httpx.Client) -> None:
        self.client = client
        self.tokens = [(caller, people.tokens[name]) for name, caller in people.callers.items()]

    def ask(self, caller: Caller, method: str, where: str, body: object = None, **headers: str) -> Answered:
        """Ask one thing."""
        token = next(token for each, token in self.tokens if each is caller)
        sent = {"content-type": "application/fhir+json", "authorization": f"Bearer {token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        data = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else None
        told = self.client.request(method, f"/{where}", content=data, headers=sent)
        return Answered(told.status_code, told.content, told.headers, 0, ())


class Cast:
    """A house with everyone in it: Anne (a girl of twelve) and Bruno, and all who act for or beside Anne."""

    def __init__(self, folder: Path, records: str | None = None) -> None:
        self.house = House(folder, records=records)
        self.service = self.house.service
        try:
            self._gather()
        except BaseException:
            self.house.close()
            raise

    def _gather(self) -> None:
        self.anne, self.bruno = self._person("anne"), self._person("bruno")
        self.house.add_adviser()
        self._born_lately()
        self.tokens = self._tokens()
        self.callers = {name: caller_of(self.service, token) for name, token in self.tokens.items()}
        self._fill()

    def close(self) -> None:
        """End it."""
        self.house.close()

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Open a stage; what is played on it leaves nothing."""

        class Over(Exception):
            pass

        try:
            with self.service.store.transaction(of=EVERYONE) as sql:
                yield Stage(self.service, sql)
                raise Over
        except Over:
            pass

    @property
    def system(self) -> Caller:
        """The program that sees everything."""
        return self.callers["software"]

    # -- making them

    def _person(self, login: str) -> Person:
        return Person(login, self.house.add_citizen(login, mint()), {})

    def _born_lately(self) -> None:
        where = f"/Patient/{self.anne.id}"
        born = (datetime.now(UTC).date() - timedelta(days=12 * 365)).isoformat()
        assert self.house.system.put(
            where, json=self.house.system.get(where).json() | {"birthDate": born}
        ).is_success

    def _tokens(self) -> dict[str, str]:
        house = self.house
        adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
        given = self.mandate({"documents"}, {"view", "add"})
        words = house.together("anne").post(f"/Consent/{given}/$slip").json()["parameter"][0]["valueString"]
        narrow = "system/Observation.cruds system/DocumentReference.cruds"
        return {
            "citizen": house.sign_in("anne")["access_token"],
            "bruno": house.sign_in("bruno")["access_token"],
            "together": house.session_token("anne"),
            "counter": self._at_counter(),
            "slip": str(house.exchange(SLIP, words, adviser).json()["access_token"]),
            "carer": self._carer(),
            "representative": self._representative(),
            "adviser": adviser,
            "software": house.software_token(),
            "narrow": self._narrow(narrow),
        }

    def _narrow(self, scope: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": "logiciel", "client_secret": "secret"}
        answer = httpx.post(f"{self.house.base}/token", data=form | {"scope": scope}, trust_env=False)
        return str(answer.json()["access_token"])

    def _at_counter(self) -> str:
        house = self.house
        claims = {"name": "Claire Essai", "organization": {"id": PHARMACY, "name": "Pharmacie"}}
        who = f"Practitioner/{PHARMACIST}"
        Accounts(self.service).add("claire", "claire", Role.PHARMACIST, who, claims, made_up=True)
        person = house.sign_in("anne")["access_token"]
        pharmacist, usual = house.sign_in("claire", ADVISER_SCOPE)["access_token"], house.device
        house.device = house.enrolled(PHARMACY)
        answer = house.exchange(ACCESS, person, pharmacist)
        house.device = usual
        return str(answer.json()["access_token"])

    def _carer(self) -> str:
        self.house.add_citizen("paul", mint())
        told = invited(
            self.house, "anne", scopes=("documents", "measures", "wishes"), actions=("view", "add", "edit")
        )
        care = accepted(self.house, "paul", told.json()["code"]).json()
        return str(exchanged(self.house, "paul", care["patient"]).json()["access_token"])

    def _representative(self) -> str:
        self.house.add_citizen("odile", mint())
        representatives.note(self.service, "odile", self.anne.id, "parent", "Livret de famille")
        return str(exchanged(self.house, "odile", self.anne.id).json()["access_token"])

    def mandate(
        self,
        scopes: set[str],
        actions: set[str],
        *,
        begins: timedelta = timedelta(days=-2),
        lasts: timedelta = timedelta(days=31),
        ours: bool = True,
        stage: Stage | None = None,
    ) -> str:
        """Store a mandate of Anne's; on a stage it goes with it. Returns its id."""
        start = datetime.now(UTC) + begins
        body = consents.MandateBody(
            id=mint(), patient_id=self.anne.id, patient_name="Essai", birth_date="1950-02-03",
            organization_id=ORGANIZATION if ours else mint(), organization_name="Maison",
            adviser_id=ADVISER if ours else mint(), adviser_name="Chloé", scopes=tuple(sorted(scopes)),
            actions=tuple(sorted(actions)), duration="P31D", start=start, end=start + lasts,
            template_id="t", text_sha256="0" * 64, language="fr", signing_mode="on-screen",
        )  # fmt: skip
        consent = consents.make(body, "Le texte lu à la personne.")
        if stage is not None:
            assert stage.ask(self.system, "PUT", f"Consent/{body.id}", consent, kept=True).status == 201
        else:
            assert self.house.system.put(f"/Consent/{body.id}", json=consent).status_code == 201
        return body.id

    def _fill(self) -> None:
        with self.service.store.transaction(of=EVERYONE) as sql:
            stage = Stage(self.service, sql)
            for kind in sorted(DIRECTORY):
                made = stage.ask(self.system, "POST", kind, body_of(kind, ""), kept=True)
                assert made.status == 201, (kind, made.body)
                self.anne.of[kind] = self.bruno.of[kind] = made.json()["id"]
            for person in (self.anne, self.bruno):
                self._fill_record(stage, person)

    def _fill_record(self, stage: Stage, person: Person) -> None:
        person.of["Patient"] = person.id
        for kind in ["Binary", *sorted(RECORD - {"Binary"}), "Provenance", "Consent", "AuditEvent"]:
            body = body_of(kind, person.id, person.of.get("Binary", ""))
            # A citizen's program files it, so that it stands in their record whatever it names.
            made = stage.ask(self._filer(person, kind), "POST", kind, body, kept=True)
            assert made.status == 201, (kind, made.body)
            person.of[kind] = made.json()["id"]
        for label in HIDDEN:
            person.documents[label] = self._file_document(stage, person, label)

    def _filer(self, person: Person, kind: str) -> Caller:
        if kind == "AuditEvent":
            return self.system
        return self.callers["citizen" if person is self.anne else "bruno"]

    def _file_document(self, stage: Stage, person: Person, label: str) -> dict[str, str]:
        """File a document as a professional's software does: bytes, metadata, set, provenance."""
        patient, ids = {"reference": f"Patient/{person.id}"}, {}
        made = stage.ask(self.system, "POST", "Binary", body_of("Binary", person.id), kept=True)
        ids["Binary"] = made.json()["id"]
        document = {"resourceType": "DocumentReference"} | _document(patient, ids["Binary"], label)
        document["description"] = f"Document {label}"
        made = stage.ask(self.system, "POST", "DocumentReference", document, kept=True)
        ids["DocumentReference"] = made.json()["id"]
        target = {"reference": f"DocumentReference/{ids['DocumentReference']}"}
        lot = body_of("List", person.id) | {"entry": [{"item": target}]}
        ids["List"] = stage.ask(self.system, "POST", "List", lot, kept=True).json()["id"]
        act = body_of("Provenance", person.id) | {
            "target": [target], "extension": [{"url": ASSIST_MODE_URL, "valueCode": "faire_avec"}]
        }  # fmt: skip
        ids["Provenance"] = stage.ask(self.system, "POST", "Provenance", act, kept=True).json()["id"]
        return ids


CAST: dict[str, Who] = {
    "citizen": Who("citizen"),
    "together": Who("together"),
    "counter": Who("counter"),
    "slip": Who("slip", mandate=(frozenset({"documents"}), frozenset({"view", "add"}))),
    "carer": Who(
        "carer",
        mandate=(frozenset({"documents", "measures", "wishes"}), frozenset({"view", "add", "edit"})),
        close=True,
    ),
    "representative": Who(
        "representative",
        mandate=(
            frozenset({each.value for each in mandate_words.Scope} - {"account"}),
            frozenset({"view", "add", "edit", "print"}),
        ),
        close=True,
    ),
    "adviser": Who("adviser", has_person=False),
    "software": Who("software", is_program=True),
    "narrow": Who("narrow", is_program=True, scopes=frozenset({"Observation", "DocumentReference"})),
}
"""The callers of :class:`Cast` as the policy knows them."""
