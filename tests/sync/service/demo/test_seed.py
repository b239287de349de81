"""Filling a real service: real store, real sealed files, and then a real sign-in over HTTP."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from app.fhir import consent as consents
from app.fhir import patient as patients
from app.fhir.document_reference import author_display, digests, sha256_of, title_of
from sync.oidc import OidcClient
from sync.service import slips, validation
from sync.service.caller import Role
from sync.service.demo import browser, resources
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import ADVISERS, CITIZENS, Person, citizen
from sync.service.demo.seed import SLIP, identities, seed
from sync.service.service import Service
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = date(2026, 11, 22)
each_citizen = pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service with the first two people and the two whose stories are short."""
    opened = Service.open(tmp_path_factory.mktemp("service") / "data", demo=True)
    seed(opened, 2, today=TODAY)
    yield opened
    opened.close()


def rows(service: Service, question: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the store."""
    with service.store.read(of=EVERYONE) as sql:
        return sql.execute(question, values).fetchall()


def bodies(service: Service, resource_type: str) -> list[dict[str, Any]]:
    """Return the current resources of a type."""
    found = rows(service, "SELECT body FROM resource WHERE type = ?", resource_type)
    return [orjson.loads(row[0]) for row in found]


def test_only_the_people_asked_for_are_there(service: Service) -> None:
    """Two people with their number of documents, each with its bytes, in one lot a year."""
    assert {patients.display_name(each) for each in bodies(service, "Patient")} == {
        "Jeanne Martin",
        "Simone Roche",
    }
    expected = sum(person.papers for person in CITIZENS[:2])
    assert len(bodies(service, "DocumentReference")) == len(bodies(service, "Binary")) == expected
    entries = [entry for lot in bodies(service, "List") for entry in lot["entry"]]
    assert len(entries) == expected


def test_what_a_document_says_of_its_bytes_is_true(service: Service) -> None:
    """Size and digests, for every sealed file."""
    objects = dict(rows(service, "SELECT id, object_id FROM binary"))
    for document in bodies(service, "DocumentReference"):
        with service.objects.open(objects[document["id"]]) as reader:
            found = digests(reader.read())
        attachment = document["content"][0]["attachment"]
        assert sha256_of(document) == found.sha256
        assert (attachment["hash"], attachment["size"]) == (found.sha1, found.size)
        assert 0 < len(title_of(document)) <= 50
        assert author_display(document)


def test_the_bytes_differ_from_document_to_document(service: Service) -> None:
    """Nothing is taken for a duplicate."""
    found = [sha256_of(each) for each in bodies(service, "DocumentReference")]
    assert len(set(found)) == len(found)


def test_the_running_mandate_has_a_slip(service: Service) -> None:
    """Madame Roche's words bring back her mandate for Karim Benali, whose text's hash verifies."""
    with service.store.read(of=EVERYONE) as sql:
        place = slips.find(sql, service.secrets, "Olive, chat, moulin, lampe, tulipe")
    (consent,) = bodies(service, "Consent")
    assert place is not None
    assert place[1] == consent["id"]
    said = consents.mandate_body(consent)
    assert said is not None
    assert (said.patient_name, said.adviser_name) == ("Simone Roche", "Karim Benali")
    assert said.start.date() < TODAY < said.end.date()
    text = consents.signed_text(consent)
    assert text is not None
    assert "mes documents" in text


def test_seeding_again_adds_who_is_missing_and_nothing_else(tmp_path: Path) -> None:
    """A second start changes nothing; a start with more people adds them."""
    service = Service.open(tmp_path / "data", demo=True)
    try:
        seed(service, 0, today=TODAY)
        assert bodies(service, "Patient") == []
        directory = len(bodies(service, "Practitioner"))
        seed(service, 1, today=TODAY)
        before = rows(service, "SELECT type, id, version FROM version ORDER BY place")
        seed(service, 1, today=date(2026, 12, 1))
        assert rows(service, "SELECT type, id, version FROM version ORDER BY place") == before
        assert len(bodies(service, "Practitioner")) == directory
    finally:
        service.close()


@each_citizen
def test_every_resource_stands_the_services_own_check(person: Person) -> None:
    """Patient, documents of each form, lot: what seeding stores unchecked is checked here."""
    owner = resources.patient_of(person)
    validation.check(owner)
    for kind in (Kind.PRESCRIPTION, Kind.LETTER, Kind.NOTE, Kind.CDA_LAB, Kind.LAB):
        paper = make_paper(kind, person, "check")
        document = resources.document("d-1", paper, owner, digests(paper.data))
        validation.check(document)
        assert author_display(document)
    validation.check(resources.submission_set(person, 2024, ["d-1"], TODAY))
    validation.check(resources.mandate(person, ADVISERS[0], TODAY))


def test_the_directory_stands_it_too() -> None:
    """Professionals and organizations."""
    from sync.service.demo import practices

    authors = [each for each in vars(practices).values() if isinstance(each, practices.Author)]
    made = resources.professionals(authors)
    assert len({(each["resourceType"], each["id"]) for each in made}) == len(made)
    for each in made:
        validation.check(each)


@each_citizen
def test_what_is_read_back_to_the_person_is_their_story(person: Person) -> None:
    """Usage name to be called by, birth name in capitals, place, protection."""
    owner = resources.patient_of(person)
    said = patients.read_back(owner)
    assert said.display == person.name
    assert said.birth_name.split(" ", maxsplit=1)[0].casefold() in {
        "jeanne", "simone", "ahmed", "odette", "lucas", "thierry", "marie-therese", "anne-charlotte",
        "germaine", "ines", "fernando", "minh", "sophie",
    }  # fmt: skip
    assert (said.birth_date, said.birth_place, said.ins) == (person.born, person.birth_city, person.ins)
    assert patients.is_minor(owner, TODAY) == (person.login == "lucas")
    assert patients.is_protected(owner) == (person.login == "thierry")


def test_who_can_sign_in() -> None:
    """The people asked for, four advisers, a pharmacist, an administrator, a software; one with a slip."""
    found = identities(2)
    assert [each.login for each in found[:2]] == ["jeanne", "simone"]
    helpers = [Role.ADVISER] * 4 + [Role.PHARMACIST, Role.ADMINISTRATOR, Role.SOFTWARE]
    assert [each.kind for each in found[2:]] == helpers
    assert [each.login for each in found if each.totp] == ["sonia", "gaelle"]
    assert [each.mandate_slip for each in found if each.mandate_slip] == [SLIP]
    assert len(identities()) == len(CITIZENS) + 7
    assert identities(1)[0].claims["patient"] == citizen("jeanne").id


def test_someone_signs_in_through_the_browser_and_finds_their_documents(tmp_path: Path) -> None:
    """The whole way over real HTTP: ready line, provider's page, button, loopback, token, documents."""
    command = [sys.executable, "-m", "sync.service", "--data", str(tmp_path), "--demo", "--people", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            ready = orjson.loads(process.stdout.readline())
            client = OidcClient(ready["issuer"])
            try:
                tokens = client.sign_in(
                    lambda url: browser.sign_in(url, ["jeanne"]),
                    "openid profile fhirUser launch/patient patient/*.cruds",
                )
            finally:
                client.close()
            answer = httpx.post(
                f"{ready['fhir']}/DocumentReference/_search",
                data={"patient": tokens.claims["patient"], "status": "current", "_summary": "count"},
                headers={"authorization": f"Bearer {tokens.access_token}"},
                trust_env=False,
            )
            assert tokens.claims["name"] == "Jeanne Martin"
            assert answer.json()["total"] == CITIZENS[0].papers
        finally:
            process.terminate()
            process.wait(20)
