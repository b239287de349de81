"""Made-up citizens by the thousand, put straight into the tables of either engine.

The seam: it opens a service that nobody else uses (``Service.open``) and writes, through the records port,
the rows that ``Records.put`` would have written: citizen, directory, version, resource, search index. Their
``place`` numbers begin far beyond those that PostgreSQL's own counters will ever give in a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from app.clock import instant
from app.ids import mint
from sync.service.caller import Role
from sync.service.index import index_rows
from sync.service.provider.tokens import Grant, Sessions, access_token
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.fhir import Resource
    from sync.service.service import Service

__all__ = ["MEASURES", "Citizen", "SignedIn", "measure", "seed", "sign_in"]

MEASURES: Final = 4
"""Observations of each."""
_BATCH: Final = 500
_FIRST_PLACE: Final = 10**12
_SCOPE = "openid profile fhirUser launch/patient patient/*.cruds"
_HOURS_12 = 12 * 3600
_CITIZEN = "INSERT INTO citizen (patient_key, patient_id, last_change) VALUES (?, ?, ?)"
_DIRECTORY = "INSERT INTO directory (type, id, patient_key) VALUES (?, ?, ?)"
_RESOURCE = (
    "INSERT INTO resource (place, patient_key, type, id, version, updated, hidden, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_VERSION = (
    "INSERT INTO version (place, patient_key, type, id, version, updated, hidden, body, method, change)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INDEX = (
    "INSERT INTO search_index (patient_key, place, type, param, system, value, low, high)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Citizen:
    """One of them, and one of their measures."""

    number: int
    patient_id: str
    measure_id: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One who is signed in; ``key`` leads their rows."""

    person: Citizen
    key: str
    sid: str
    token: str


def measure(patient_id: str, measure_id: str, value: int) -> Resource:
    """Make an Observation: a weight."""
    return {
        "resourceType": "Observation",
        "id": measure_id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2026-11-22T08:00:00Z",
        "valueQuantity": {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }


def seed(service: Service, count: int, before: int = 0) -> Iterator[Citizen]:
    """Add citizens until there are ``count``; yields those that are added."""
    for start in range(before, count, _BATCH):
        people = [Citizen(number, mint(), mint()) for number in range(start, min(start + _BATCH, count))]
        _write(service, people)
        yield from people


def _write(service: Service, people: list[Citizen]) -> None:
    moment = instant(service.clock())
    citizens: list[Sequence[object]] = []
    directory: list[Sequence[object]] = []
    versions: list[Sequence[object]] = []
    resources: list[Sequence[object]] = []
    index: list[Sequence[object]] = []
    for person in people:
        key = _key(service, person)
        citizens.append((key, person.patient_id, MEASURES + 1))
        place = _FIRST_PLACE + person.number * (MEASURES + 1)
        for change, (kind, name, body) in enumerate(_bodies(person), 1):
            text = orjson.dumps(body).decode()
            row = (place, key, kind, name, 1, moment, 0, text)
            directory.append((kind, name, key))
            resources.append(row)
            versions.append((*row, "POST", change))
            index += [
                (key, place, kind, each.param, each.system, each.value, each.low, each.high)
                for each in index_rows(body)
            ]
            place += 1
    rows = {
        _CITIZEN: citizens,
        _DIRECTORY: directory,
        _RESOURCE: resources,
        _VERSION: versions,
        _INDEX: index,
    }
    with service.store.transaction(of=EVERYONE) as sql:
        for statement, values in rows.items():
            sql.executemany(statement, values)


def _bodies(person: Citizen) -> Iterator[tuple[str, str, Resource]]:
    patient: Resource = {
        "resourceType": "Patient",
        "id": person.patient_id,
        "name": [{"family": f"Essai{person.number}", "given": ["Camille"]}],
        "birthDate": "1950-02-03",
    }
    yield "Patient", person.patient_id, patient
    names = [person.measure_id, *(mint() for _ in range(MEASURES - 1))]
    for value, name in enumerate(names, 60):
        yield "Observation", name, measure(person.patient_id, name, value)


def sign_in(service: Service, people: list[Citizen]) -> list[SignedIn]:
    """Sign each of them in for half a day; ``service.origin`` must be the one at which they will ask."""
    with service.store.transaction() as sql:
        sids = [Sessions(service, sql).start(f"bench{person.number}") for person in people]
    return [
        SignedIn(person, _key(service, person), sid, _token(service, person, sid))
        for person, sid in zip(people, sids, strict=True)
    ]


def _key(service: Service, person: Citizen) -> str:
    return service.secrets.patient_key(f"bench|{person.patient_id}")


def _token(service: Service, person: Citizen, sid: str) -> str:
    grant = Grant(
        sub=person.patient_id,
        login=f"bench{person.number}",
        role=Role.CITIZEN.value,
        fhir_user=f"Patient/{person.patient_id}",
        scope=_SCOPE,
        patient=person.patient_id,
    )
    return access_token(service, grant, sid, seconds=_HOURS_12)
