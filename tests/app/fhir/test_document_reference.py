"""A document's metadata, read from the field's own examples and made for what a person files."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.fhir import document_reference as documents
from app.fhir import reference

if TYPE_CHECKING:
    from pathlib import Path

_MOMENT = datetime(2026, 11, 22, 13, 5, 7, 250_000, UTC)


@pytest.fixture
def made(jeanne: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of an ordonnance that Jeanne filed."""
    return documents.make(
        "0193a1b2-0000-7000-8000-00000000000d",
        binary="0193a1b2-0000-7000-8000-00000000000b",
        patient=jeanne,
        custodian=reference("Organization", "org-1", "France services de Reims"),
        category="ORD_SOIN",
        day=date(2026, 11, 20),
        title="Ordonnance du docteur Roux",
        media_type="application/pdf",
        content=documents.digests(b"%PDF-1.7 ..."),
        moment=_MOMENT,
    )


def test_what_is_made_reads_back(made: dict[str, Any]) -> None:
    """Every reader finds what the maker wrote."""
    data = b"%PDF-1.7 ..."
    assert documents.title_of(made) == "Ordonnance du docteur Roux"
    assert documents.day_of(made) == date(2026, 11, 20)
    assert documents.content_type(made) == "application/pdf"
    assert documents.sha256_of(made) == hashlib.sha256(data).hexdigest()
    assert documents.size_of(made) == len(data)
    assert documents.binary_id(made) == "0193a1b2-0000-7000-8000-00000000000b"
    assert documents.master_identifier(made) == f"urn:uuid:{made['id']}"
    assert documents.identifiers(made) == [f"urn:uuid:{made['id']}"]
    assert documents.author_display(made) == "Jeanne Martin"
    assert documents.kind_of(made) == "Traitement ou document de soins déposé par le patient"
    assert not documents.is_hidden(made)
    sha1 = base64.b64decode(documents.attachment_of(made)["hash"])
    assert sha1 == hashlib.sha1(data, usedforsecurity=False).digest()


@pytest.mark.parametrize(
    ("body", "day"),
    [
        (
            {"context": {"period": {"start": "2025-04-20T08:00:00+01:00"}}, "date": "2025-05-01"},
            date(2025, 4, 20),
        ),
        ({"content": [{"attachment": {"creation": "2025-04"}}]}, date(2025, 4, 1)),
        ({"date": "2025-05-01T10:00:00Z"}, date(2025, 5, 1)),
        ({"date": "2025-99-01"}, None),
        ({}, None),
    ],
)
def test_the_date_shown_is_that_of_the_care(body: dict[str, Any], day: date | None) -> None:
    """The care's day, else the writing's, else the entry's."""
    assert documents.day_of(body) == day


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("Binary/6789", "6789"),
        ("https://example.org/fhir/Binary/6789", "6789"),
        ("Bundle/6789", None),
        ("urn:uuid:6789", None),
    ],
)
def test_the_address_of_the_bytes(url: str, found: str | None) -> None:
    """Relative and absolute Binary addresses are ours to fetch; another kind is not."""
    assert documents.binary_id({"content": [{"attachment": {"url": url}}]}) == found


def test_a_masked_document_is_known_as_hidden() -> None:
    """Masked from professionals or from the legal representatives: hidden from someone."""
    for code, hidden in (
        ("N", False),
        ("R", False),
        ("MASQUE_PS", True),
        ("INVISIBLE_REPRESENTANTS_LEGAUX", True),
    ):
        body = {"securityLabel": [{"coding": [{"code": "N"}]}, {"coding": [{"code": code}]}]}
        assert documents.is_hidden(body) is hidden


def test_an_author_is_named_through_what_is_contained() -> None:
    """A role names its practitioner, else its organization; a device its own name."""
    organization = {"resourceType": "Organization", "id": "o", "name": "Laboratoire Biolab"}
    role = {"resourceType": "PractitionerRole", "id": "r", "organization": {"reference": "#o"}}
    doctor = {
        "resourceType": "Practitioner",
        "id": "d",
        "name": [{"prefix": ["Dr"], "given": ["Anne"], "family": "Roux"}],
    }
    device = {"resourceType": "Device", "id": "m", "deviceName": [{"name": "Tensiomètre"}]}
    contained = [organization, role, doctor, device]
    for local, name in (
        ("#r", "Laboratoire Biolab"),
        ("#d", "Dr Anne Roux"),
        ("#m", "Tensiomètre"),
        ("#x", None),
    ):
        assert documents.author_display({"contained": contained, "author": [{"reference": local}]}) == name


def test_the_fields_own_examples_are_read(samples: Path) -> None:
    """PDSm and DMP examples have a title, a day, a kind and a media type."""
    found = [
        *samples.glob("fhir/pdsm/DocumentReference-exemple*.json"),
        *samples.glob("fhir/pdsm4dmp/DocumentReference-*.json"),
    ]
    assert found
    for path in found:
        body = orjson.loads(path.read_bytes())
        assert documents.title_of(body), path.name
        assert documents.day_of(body), path.name
        assert documents.kind_of(body), path.name
        assert documents.content_type(body), path.name
