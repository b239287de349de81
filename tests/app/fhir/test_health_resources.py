"""AllergyIntolerance, Immunization, RelatedPerson: made to their profiles, read however they were written."""

from __future__ import annotations

import tarfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codes.reactions import REACTIONS
from app.codes.relationships import RELATIONS, RelativeRole
from app.codes.terms import concept
from app.codes.vaccines import VACCINES
from app.fhir import allergy_intolerance, immunization, related_person
from app.fhir.partial_date import day_of, earliest, is_partial_date

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pyrofile = pytest.importorskip("pyrofile_validator", reason="the profile validator is not installed")

CDS_RELATED_PERSON = "https://interop.esante.gouv.fr/ig/fhir/cds/StructureDefinition/cds-fr-related-person"
_BLIND_TO_THE_SLICE = (
    "RelatedPerson.relationship:Role: Profile slice relationship:Role requires at least 1 matching item(s)"
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
JEANNE = ("0193a1b2-0000-7000-8000-000000000001", "Jeanne Martin")
ID = "0193a1b2-0000-7000-8000-0000000000aa"

Any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=6,
)
_ELEMENTS = (
    "id code patient asserter recorder reaction note category clinicalStatus verificationStatus "
    "criticality onsetDateTime meta vaccineCode status occurrenceDateTime lotNumber performer "
    "protocolApplied primarySource relationship name telecom period active contact "
)
KEYS = _ELEMENTS.split()


def allergy(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make an allergy with all it can say."""
    told: dict[str, Any] = {
        "code": {"text": "Kiwi"},
        "category": "food",
        "reactions": [concept(REACTIONS["rash"])],
        "severity": "mild",
        "onset": "1985",
        "note": "Vu par le docteur Roux",
    }
    return allergy_intolerance.make(ID, patient=JEANNE, moment=NOON, **told | changed)


def relative(role: RelativeRole = RelativeRole.TRUSTED) -> dict[str, Any]:
    """Make someone close."""
    return related_person.make(
        ID,
        patient=JEANNE,
        role=role,
        relation=concept(RELATIONS["son"]),
        given="Paul",
        family="Martin",
        phone="06 12 34 56 78",
        day=TODAY,
    )


@pytest.fixture(scope="module")
def errors_of(samples: Path) -> Callable[[dict[str, Any], str], list[str]]:
    """Return what the validator of profiles holds against a resource."""
    package = str(samples / "fhir/cds/ans.fhir.fr.cds-2.0.1.tgz")

    def validated(resource: dict[str, Any], profile: str) -> list[str]:
        from pyrofile_validator.config import ValidatorConfig

        config = ValidatorConfig.load_dict(
            {
                "fhirVersion": "4.0.1",
                "localPackagePaths": [package],
                "profiles": {resource["resourceType"]: [profile]},
                "terminology": {"mode": "local"},
                "allowUnknownExtensions": True,
            }
        )
        return [
            f"{each.path}: {each.message}"
            for each in pyrofile.Validator(config).validate_resource(resource).errors
        ]

    return validated


@pytest.mark.parametrize("role", list(RelativeRole))
def test_someone_close_is_a_related_person_of_the_circle_of_care(
    role: RelativeRole, samples: Path, errors_of: Callable[[dict[str, Any], str], list[str]]
) -> None:
    """As good as the French guide's own example; the profile does refuse one without a name."""
    # The validator holds a resource to the profile that it claims. It does not find a slice that is told
    # apart inside a list (relationship by coding.system), in the guide's example neither.
    package = samples / "fhir/cds/ans.fhir.fr.cds-2.0.1.tgz"
    with tarfile.open(package) as files:
        published = files.extractfile("package/example/RelatedPerson-cds-relatedperson-example.json")
        assert published is not None
        example = orjson.loads(published.read())
    claiming = relative(role) | {"meta": {"profile": [CDS_RELATED_PERSON]}}
    found = set(errors_of(claiming, CDS_RELATED_PERSON))
    assert found <= set(errors_of(example, CDS_RELATED_PERSON))
    assert found <= {_BLIND_TO_THE_SLICE}
    nameless = {key: value for key, value in claiming.items() if key != "name"}
    assert set(errors_of(nameless, CDS_RELATED_PERSON)) - found


def test_an_allergy_is_never_active_and_an_error_at_once() -> None:
    """R4 ait-1 and ait-2: a clinical status unless it was an error."""
    wrong = allergy_intolerance.entered_in_error(allergy())
    assert "clinicalStatus" not in wrong
    assert not allergy_intolerance.is_listed(allergy_intolerance.read(wrong))
    assert not allergy_intolerance.is_listed(
        allergy_intolerance.read(allergy_intolerance.resolved(allergy()))
    )
    assert allergy_intolerance.is_listed(allergy_intolerance.read(allergy()))


def test_a_severity_alone_has_the_manifestation_that_r4_wants() -> None:
    """And an allergy without any has no reaction."""
    assert allergy(reactions=[])["reaction"][0]["manifestation"] == [{"text": "Réaction non précisée"}]
    assert "reaction" not in allergy(reactions=[], severity="")


def test_what_was_made_is_read_back() -> None:
    """Each word comes back as it went in."""
    body = allergy_intolerance.read(allergy())
    assert (body.name, body.category, body.severity, body.onset) == ("Kiwi", "food", "mild", "1985")
    assert (body.note, body.is_by_patient) == ("Vu par le docteur Roux", True)
    given_one = immunization.make(
        ID,
        patient=JEANNE,
        code=concept(VACCINES["flu"]),
        day="2025-10",
        lot="",
        performer="Pharmacie",
        dose=3,
        note="",
        moment=NOON,
    )
    read = immunization.read(given_one)
    assert (read.name, read.day, read.performer, read.dose) == ("Grippe", "2025-10", "Pharmacie", 3)
    assert given_one["reportOrigin"]["coding"][0]["code"] == "recall"
    close = related_person.read(relative(), TODAY)
    assert (close.name, close.phone, close.role) == ("Paul Martin", "06 12 34 56 78", RelativeRole.TRUSTED)
    assert not related_person.read(related_person.ended(relative(), TODAY), TODAY).is_active


@given(st.dictionaries(st.sampled_from(KEYS), Any_json, max_size=12))
def test_nothing_that_another_program_wrote_raises(body: dict[str, Any]) -> None:
    """Whatever stands in an element, reading gives texts, empty ones if need be."""
    assert isinstance(allergy_intolerance.read(body).name, str)
    assert isinstance(immunization.read(body).dose, int)
    assert isinstance(related_person.read(body, TODAY).name, str)
    related_person.of_patient(body)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1985", date(1985, 1, 1)),
        ("1985-04", date(1985, 4, 1)),
        ("1985-04-12", date(1985, 4, 12)),
        ("1985-02-30", None),
        ("1985-13", None),
        ("0000", None),
        ("85", None),
        ("1985-4", None),
        ("", None),
    ],
)
def test_a_date_is_known_as_far_as_it_is_known(text: str, day: date | None) -> None:
    """A year, a month, a day; anything else is none."""
    assert earliest(text) == day
    assert is_partial_date(text) is (day is not None)


def test_the_day_of_a_moment_is_its_date() -> None:
    """What is neither is empty."""
    assert day_of("2025-10-14T09:30:00+02:00") == "2025-10-14"
    assert day_of("1985") == "1985"
    assert day_of("hier soir") == day_of(None) == ""
