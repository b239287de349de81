"""Fills a service's store with the made-up people, through the service's own units of work.

One transaction a person: whoever stops it half-way finds whole people only, and starting again goes
on with those that are missing. The bytes of a person's papers are sealed by other threads while the
next ones are drawn (waiting for the disk is half of the time), and all are there before the transaction
that speaks of them commits. What is stored was checked by this project's tests, not again at each start.
"""

from __future__ import annotations

import io
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.fhir.document_reference import digests
from app.ids import mint
from sync.service import binaries, slips
from sync.service.caller import SERVICE_CALLER, Role
from sync.service.demo import practices, resources
from sync.service.demo.health import health_of
from sync.service.demo.papers import make_paper
from sync.service.demo.people import (
    ADMINISTRATOR,
    ADVISERS,
    CITIZENS,
    PHARMACIST,
    PROTECTED_ADVISER,
    SOFTWARE,
    chosen,
    citizen,
    made_up_id,
)
from sync.service.demo.plan import plan
from sync.service.storage import EVERYONE
from sync.service.unit import Unit

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import date

    from app.fhir import Resource
    from app.vault.sealed import Sealed
    from sync.service.demo.people import Helper, Person
    from sync.service.demo.plan import Planned
    from sync.service.service import Service

__all__ = ["SLIP", "Identity", "identities", "seed"]

_SEALERS = 4
SLIP = "olive-chat-moulin-lampe-tulipe"
"""The words on Madame Roche's mandate slip."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone who can sign in. ``subject`` is their resource, ``claims`` what the provider says of them.

    ``totp``: the secret of their authenticator app (base32), where a password alone is not enough.
    """

    kind: Role
    login: str
    password: str
    subject: str
    claims: dict[str, Any] = field(default_factory=dict)
    mandate_slip: str | None = None
    totp: str | None = None


def identities(people: int | str | None = None) -> tuple[Identity, ...]:
    """Return the made-up accounts: the citizens of ``chosen``, then the helpers and the software."""
    return (
        *(_citizen(person) for person in chosen(people)),
        *(_helper(adviser, Role.ADVISER) for adviser in ADVISERS),
        replace(_helper(PROTECTED_ADVISER, Role.ADVISER), totp=PROTECTED_ADVISER.totp),
        _helper(PHARMACIST, Role.PHARMACIST),
        replace(_helper(ADMINISTRATOR, Role.ADMINISTRATOR), totp=ADMINISTRATOR.totp, subject=""),
        Identity(Role.SOFTWARE, SOFTWARE.login, SOFTWARE.password, "", {"name": SOFTWARE.name}),
    )


def _citizen(person: Person) -> Identity:
    claims = {
        "name": person.name,
        "given_name": person.shown_given,
        "family_name": person.shown_family,
        "birthdate": person.born.isoformat(),
        "birthplace": person.birth_city,
        "gender": str(person.gender),
        "patient": person.id,
    }
    slip = SLIP if person.login == resources.MANDATED[0] else None
    return Identity(Role.CITIZEN, person.login, person.password, f"Patient/{person.id}", claims, slip)


def _helper(helper: Helper, role: Role) -> Identity:
    organization = helper.organization
    claims = {
        "name": helper.name,
        "given_name": helper.given,
        "family_name": helper.family,
        "organization": {"id": organization.id, "name": organization.name},
    }
    return Identity(role, helper.login, helper.password, f"Practitioner/{helper.id}", claims)


def seed(
    service: Service, people: int | str | None = None, *, today: date | None = None
) -> tuple[Identity, ...]:
    """Fill the store with the citizens of ``chosen`` (all by default) who are not in it yet.

    Returns who can sign in; making their accounts is the service's own business.
    """
    day = today or service.clock().date()
    _seed_directory(service)
    with ThreadPoolExecutor(_SEALERS, thread_name_prefix="seal") as pool:
        for person in chosen(people):
            _seed_person(service, pool, person, day)
    return identities(people)


def _seed_directory(service: Service) -> None:
    authors = [each for each in vars(practices).values() if isinstance(each, practices.Author)]
    with service.store.transaction() as sql:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        for resource in resources.professionals(authors):
            if unit.find(str(resource["resourceType"]), str(resource["id"])) is None:
                unit.create(resource, str(resource["id"]))


def _seed_person(service: Service, pool: ThreadPoolExecutor, person: Person, today: date) -> None:
    with service.store.transaction(of=EVERYONE) as sql:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        if unit.find("Patient", person.id) is not None:
            return
        owner = resources.patient_of(person)
        held = unit.create(owner, person.id)
        if person.login == resources.MANDATED[0]:
            _seed_mandate(unit, person, held.patient_key, today)
        for each in health_of(person):
            unit.create(each, str(each["id"]))
        sealing = _Sealing(unit, pool)
        lots: defaultdict[int, list[Planned]] = defaultdict(list)
        for planned in plan(person, today, CITIZENS[0]):
            _seed_paper(unit, sealing, person, owner, planned)
            lots[planned.day.year].append(planned)
        for year, lot in lots.items():
            _seed_lot(unit, person, year, lot)
        sealing.wait()


def _seed_mandate(unit: Unit, person: Person, patient_key: str, today: date) -> None:
    adviser = next(each for each in ADVISERS if each.login == resources.MANDATED[1])
    consent = resources.mandate(citizen(person.login), adviser, today)
    unit.create(consent, str(consent["id"]))
    slips.remember(unit.records.sql, unit.service.secrets, SLIP, patient_key, str(consent["id"]))


def _document_id(person: Person, planned: Planned) -> str:
    return made_up_id("document", person.login, planned.seed)


def _seed_lot(unit: Unit, person: Person, year: int, lot: list[Planned]) -> None:
    documents = [_document_id(person, each) for each in lot]
    made = resources.submission_set(person, year, documents, lot[-1].day)
    unit.create(made, str(made["id"]))


def _seed_paper(unit: Unit, sealing: _Sealing, person: Person, owner: Resource, planned: Planned) -> None:
    paper = make_paper(planned.kind, person, planned.seed, day=planned.day)
    document_id, found = _document_id(person, planned), digests(paper.data)
    binary = {
        "resourceType": "Binary",
        "contentType": paper.media_type,
        "securityContext": {"reference": f"Patient/{person.id}"},
    }
    object_id = sealing.seal(paper.data)
    kept = binaries.Bytes(object_id, paper.media_type, found.size, found.sha256, found.sha1)
    binaries.attach(unit, unit.create(binary, document_id), kept)
    unit.create(resources.document(document_id, paper, owner, found), document_id)


class _Sealing:
    """The papers of one person on their way to the objects folder."""

    def __init__(self, unit: Unit, pool: ThreadPoolExecutor) -> None:
        self._write = unit.service.objects.write
        self._pool = pool
        self._running: list[Future[Sealed]] = []

    def seal(self, data: bytes) -> str:
        """Start sealing and return the id under which the bytes will lie."""
        object_id = mint()
        self._running.append(self._pool.submit(self._write, object_id, io.BytesIO(data)))
        return object_id

    def wait(self) -> None:
        """Wait until all lie there; raises what hindered one (a full disk)."""
        for each in self._running:
            each.result()
