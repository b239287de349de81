"""What we make, held against the published PDSm package by a validator of profiles."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.codes.categories import CATEGORIES
from app.fhir import document_reference, reference, submission_set
from app.fhir.bundle import PROVIDE_BUNDLE, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pyrofile = pytest.importorskip("pyrofile_validator", reason="the profile validator is not installed")

_CODE_MISMATCH = "List.code: Profile pattern mismatch for List.code"
_MOMENT = datetime(2026, 11, 22, 13, 5, 7, 250_000, UTC)
_DOCUMENT_ID = "0193a1b2-0000-7000-8000-00000000000d"
_BINARY_ID = "0193a1b2-0000-7000-8000-00000000000b"
_SET_ID = "0193a1b2-0000-7000-8000-00000000000e"


@pytest.fixture(scope="module")
def errors_of(samples: Path) -> Callable[[dict[str, Any], str], list[str]]:
    """Return what the validator holds against a resource and one profile."""
    package = str(samples / "fhir/pdsm/ans.fhir.fr.pdsm-3.1.1.tgz")

    def validated(resource: dict[str, Any], profile: str) -> list[str]:
        from pyrofile_validator.config import ValidatorConfig

        config = ValidatorConfig.load_dict(
            {
                "fhirVersion": "4.0.1",
                "localPackagePaths": [package],
                "profiles": {resource["resourceType"]: [profile]},
                "terminology": {"mode": "local"},
                # MHD's own and ours are not in the package.
                "allowUnknownExtensions": True,
            }
        )
        report = pyrofile.Validator(config).validate_resource(resource)
        return [f"{each.path}: {each.message}" for each in report.errors]

    return validated


def _document(patient: dict[str, Any], category: str) -> dict[str, Any]:
    return document_reference.make(
        _DOCUMENT_ID,
        binary=_BINARY_ID,
        patient=patient,
        custodian=reference("Organization", "org-1", "France services de Reims"),
        category=category,
        day=date(2026, 11, 20),
        title="Ordonnance du docteur Roux",
        media_type="application/pdf",
        content=document_reference.digests(b"%PDF-1.7 ..."),
        moment=_MOMENT,
    )


def _deposit(patient: dict[str, Any]) -> dict[str, Any]:
    return submission_set.make(
        _SET_ID,
        patient_id=patient["id"],
        organization=("org-1", "France services de Reims"),
        device_id="pc-17",
        documents=[_DOCUMENT_ID],
        moment=_MOMENT,
    )


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_filed_document_is_a_comprehensive_document_reference(
    category: str, jeanne: dict[str, Any], errors_of: Callable[[dict[str, Any], str], list[str]]
) -> None:
    """Under each of the nine categories."""
    assert errors_of(_document(jeanne, category), document_reference.PROFILE) == []


def test_a_deposit_is_as_good_a_submission_set_as_the_published_one(
    samples: Path, jeanne: dict[str, Any], errors_of: Callable[[dict[str, Any], str], list[str]]
) -> None:
    """What the validator holds against the guide's own example is no fault of ours.

    It cannot tell apart slices whose definitions lie in MHD, which is not in the package.
    """
    published = orjson.loads((samples / "fhir/pdsm/List-ExampleSubmissionSet.json").read_bytes())
    limits = set(errors_of(published, submission_set.PROFILE))
    assert set(errors_of(_deposit(jeanne), submission_set.PROFILE)) <= limits - {_CODE_MISMATCH}
    assert _CODE_MISMATCH in limits


def test_a_plain_deposit_is_as_good_a_bundle_as_the_published_ones(
    samples: Path, jeanne: dict[str, Any], errors_of: Callable[[dict[str, Any], str], list[str]]
) -> None:
    """ITI-65 with its Binary, as another server would take it."""
    binary = {
        "resourceType": "Binary",
        "id": _BINARY_ID,
        "contentType": "application/pdf",
        "data": base64.b64encode(b"%PDF-1.7 ...").decode(),
    }
    bundle = transaction([_deposit(jeanne), _document(jeanne, "ORD_SOIN"), binary])
    listed = orjson.loads((samples / "fhir/pdsm/List-ExampleSubmissionSet.json").read_bytes())
    posted = orjson.loads(
        (samples / "fhir/pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json").read_bytes()
    )
    limits = {*errors_of(listed, submission_set.PROFILE), *errors_of(posted, PROVIDE_BUNDLE)}
    assert set(errors_of(bundle, PROVIDE_BUNDLE)) <= limits - {_CODE_MISMATCH}


def test_the_validator_does_see_what_is_missing(
    jeanne: dict[str, Any], errors_of: Callable[[dict[str, Any], str], list[str]]
) -> None:
    """A proof that passes everything proves nothing."""
    lacking = _document(jeanne, "ORD_SOIN")
    del lacking["custodian"], lacking["securityLabel"]
    found = errors_of(lacking, document_reference.PROFILE)
    assert any("custodian" in each for each in found)
    assert any("securityLabel" in each for each in found)
