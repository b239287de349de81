"""Fills a service's store with the made-up people, through the service's own units of work.

One transaction a person: whoever stops it half-way finds whole people only, and starting again goes
on with those that are missing. Bytes are sealed before the transaction that speaks of them commits.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.fhir.document_reference import digests
from app.ids import mint
from sync.service import binaries, interactions, slips
from sync.service.caller import SERVICE_CALLER, Role
from sync.service.demo import practices, resources
from sync.service.demo.papers import make_paper
from sync.service.demo.people import ADVISERS, CITIZENS, PHARMACIST, SOFTWARE, citizen, made_up_id
from sync.service.demo.plan import plan
from sync.service.unit import Unit

if TYPE_CHECKING:
    from datetime import date

    from app.fhir import Resource
    from sync.service.demo.papers import Paper
    from sync.service.demo.people import Helper, Person
    from sync.service.demo.plan import Planned
    from sync.service.service import Service

__all__ = ["SLIP", "Identity", "identities", "seed"]

SLIP = "olive-chat-moulin-lampe-tulipe"
"""The words on Madame Roche's mandate slip."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone who can sign in. ``subject`` is their resource, ``claims`` what the provider says of them."""

    kind: Role
    login: str
    password: str
    subject: str
    claims: dict[str, Any] = field(default_factory=dict)
    mandate_slip: str | None = None


def identities(people: int | None = None) -> tuple[Identity, ...]:
    """Return the made-up accounts: the first ``people`` citizens, then the helpers and the software."""
    return (
        *(_citizen(person) for person in CITIZENS[:people]),
        *(_helper(adviser, Role.ADVISER) for adviser in ADVISERS),
        _helper(PHARMACIST, Role.PHARMACIST),
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


def seed(service: Service, people: int | None = None, *, today: date | None = None) -> tuple[Identity, ...]:
    """Fill the store with the first ``people`` (all by default) who are not in it yet."""
    day = today or service.clock().date()
    _seed_directory(service)
    for person in CITIZENS[:people]:
        _seed_person(service, person, day)
    return identities(people)


def _seed_directory(service: Service) -> None:
    authors = [each for each in vars(practices).values() if isinstance(each, practices.Author)]
    with service.store.transaction() as sql:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        for resource in resources.professionals(authors):
            if unit.find(str(resource["resourceType"]), str(resource["id"])) is None:
                interactions.store_new(unit, resource, str(resource["id"]))


def _seed_person(service: Service, person: Person, today: date) -> None:
    with service.store.transaction() as sql:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        if unit.find("Patient", person.id) is not None:
            return
        owner = resources.patient_of(person)
        held = interactions.store_new(unit, owner, person.id)
        if person.login == resources.MANDATED[0]:
            _seed_mandate(unit, person, held.patient_key, today)
        lots: defaultdict[int, list[str]] = defaultdict(list)
        planned = plan(person, today, CITIZENS[0])
        for each in planned:
            lots[each.day.year].append(_seed_paper(unit, person, owner, each))
        last = {each.day.year: each.day for each in planned}
        for year, documents in lots.items():
            lot = resources.submission_set(person, year, documents, last[year])
            interactions.store_new(unit, lot, str(lot["id"]))


def _seed_mandate(unit: Unit, person: Person, patient_key: str, today: date) -> None:
    adviser = next(each for each in ADVISERS if each.login == resources.MANDATED[1])
    consent = resources.mandate(citizen(person.login), adviser, today)
    interactions.store_new(unit, consent, str(consent["id"]))
    slips.remember(unit.records.sql, unit.service.secrets, SLIP, patient_key, str(consent["id"]))


def _seed_paper(unit: Unit, person: Person, owner: Resource, planned: Planned) -> str:
    paper = make_paper(planned.kind, person, planned.seed, day=planned.day)
    document_id = made_up_id("document", person.login, planned.seed)
    found = digests(paper.data)
    _seed_bytes(unit, document_id, paper, found.sha256, found.sha1)
    document = resources.document(document_id, paper, owner, found)
    interactions.store_new(unit, document, document_id)
    return document_id


def _seed_bytes(unit: Unit, document_id: str, paper: Paper, sha256: str, sha1: str) -> None:
    """Seal the bytes and store the Binary that names them, without a detour through base64."""
    object_id = mint()
    unit.service.objects.write(object_id, io.BytesIO(paper.data))
    binary = {
        "resourceType": "Binary",
        "contentType": paper.media_type,
        "securityContext": {"reference": f"Patient/{paper.person.id}"},
    }
    held = unit.create(binary, document_id)
    kept = binaries.Bytes(object_id, paper.media_type, len(paper.data), sha256, sha1)
    binaries.attach(unit, held, kept)
