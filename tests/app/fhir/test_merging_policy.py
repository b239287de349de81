"""Who decides what: an example for each row of the policy, and what each row is not about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from app.codes.personal_acts import PersonalAct
from app.codes.reactions import REACTIONS
from app.codes.relationships import RelativeRole
from app.codes.terms import concept
from app.fhir import allergy_intolerance, codeable, consent, extension, related_person
from app.fhir.merging import merge
from app.fhir.merging.policy import ROWS, Row, rules_for
from tests.app.fhir.merging_bodies import (
    NOON,
    TODAY,
    Body,
    access,
    allergy,
    carer,
    condition,
    decision,
    document,
    edited,
    half,
    labels,
    mandate,
    measure,
    medication,
    person,
    reimbursement,
    relative,
    stored,
    vaccination,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

RASH, SWELLING, SHOCK = (concept(REACTIONS[key]) for key in ("rash", "swelling", "shock"))
ERROR = "entered-in-error"
CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
DON, OPT_OUT = PersonalAct.ORGAN_DONATION, PersonalAct.OPT_OUT
WISH = decision(DON, "oui")
TIME = {"start": "2026-11-22", "end": "2026-12-22"}


@dataclass(frozen=True)
class Example:
    """What both did from ``base``, what stands then (by element), what is asked."""

    base: Body
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    element: str
    stands: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[Body, Body, Body]:
        """The three bodies."""
        return self.base, edited(self.base, **self.ours), edited(self.base, "2", **self.theirs)


def provision(base: Body, **elements: object) -> Body:
    """Say a Consent's provision anew."""
    return {"provision": base["provision"] | elements}


def reaction(*signs: Body, **elements: object) -> Body:
    """Make a reaction."""
    return {"manifestation": list(signs)} | elements


def dose(text: str) -> list[Body]:
    """Make a dosage."""
    return [{"text": text}]


DEVICE = {"reference": "Device/1"}
CONTACT = person()["contact"][0]
SISTER = {"relationship": [codeable("s", "N")], "name": {"family": "Petit"}}
MARK = consent.revoked(mandate(), by="patient", reason="fin", moment=NOON)["extension"]
LATER = consent.revoked(mandate(), by="organization", reason="x", moment=NOON.replace(hour=13))["extension"]
EXAMPLES: dict[str, Example] = {
    "a reimbursement is the fund's": Example(
        reimbursement(), {"status": "cancelled", "disposition": "x"}, {"item": []}, "*",
        {"status": "active", "item": [], "disposition": None},
    ),
    "a device's measure is not written over": Example(
        measure(device=DEVICE), {"component": [half("8480-6", 90)]}, {"note": [{"text": "b"}]}, "*",
        {"component": measure()["component"], "note": [{"text": "b"}]},
    ),
    "masked here and invisible there: both": Example(
        document(), {"securityLabel": labels("MASQUE_PS")},
        {"securityLabel": labels("N", "INVISIBLE_REPRESENTANTS_LEGAUX")}, "securityLabel",
        {"securityLabel": labels("INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PS")},
    ),
    "unmasked here and further restricted there: it stays masked": Example(
        document(securityLabel=labels("MASQUE_PS")), {"securityLabel": labels("N")},
        {"securityLabel": labels("MASQUE_PS", "INVISIBLE_PATIENT")}, "securityLabel",
        {"securityLabel": labels("MASQUE_PS", "INVISIBLE_PATIENT")},
    ),
    "very restricted over restricted": Example(
        document(), {"securityLabel": labels("V")}, {"securityLabel": labels("R")}, "securityLabel",
        {"securityLabel": labels("V")},
    ),
    "normal on both sides stays beside a restriction": Example(
        document(), {"securityLabel": labels("N", "INVISIBLE_PATIENT")},
        {"securityLabel": labels("N", "INVISIBLE_REPRESENTANTS_LEGAUX")}, "securityLabel",
        {"securityLabel": labels("N", "INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_PATIENT")},
    ),
    "where all restrictions went, normal is left": Example(
        document(securityLabel=labels("MASQUE_PS")), {"securityLabel": labels("N")}, {"securityLabel": None},
        "securityLabel", {"securityLabel": labels("N")},
    ),
    "labels of meta too": Example(
        person(meta={"security": labels("N")}),
        {"meta": {"security": labels("V")}},
        {"meta": {"security": labels("R")}}, "meta.security",
        {"meta": stored({"meta": {"security": labels("V")}}, "2")["meta"]},
    ),
    "a donation wish is chosen whole": Example(
        WISH, {"extension": decision(DON, "non")["extension"]}, {"status": "inactive"}, "*",
        {"status": "inactive", "extension": WISH["extension"]}, ("Consent.status", "Consent.extension"),
    ),
    "so is an opposition": Example(
        decision(OPT_OUT, "x"), {"status": "inactive"}, {"dateTime": "2026-11-23"}, "*",
        {"status": "active"}, ("Consent.status", "Consent.dateTime"),
    ),
    "a mandate revoked there stays revoked": Example(
        mandate(), {"dateTime": "2026-11-23"}, {"status": "inactive", "extension": MARK}, "status",
        {"status": "inactive", "extension": MARK, "dateTime": "2026-11-23"},
    ),
    "rejected over proposed": Example(
        mandate(status="draft"), {"status": "rejected"}, {"status": "active"}, "status",
        {"status": "rejected"},
    ),
    "revoked twice: the earlier end": Example(
        mandate(), {"status": "inactive", "extension": MARK}, {"status": "inactive", "extension": LATER},
        f"extension[{consent.REVOKED_URL}]", {"status": "inactive", "extension": MARK},
    ),
    "a no over a yes": Example(
        access("", provision={"actor": []}),
        {"provision": {"type": "deny"}}, {"provision": {"type": "permit"}},
        "provision.type", {"provision": {"type": "deny"}},
    ),
    "the shorter permission": Example(
        access(), provision(access(), period=TIME | {"end": "2027-11-22"}),
        provision(access(), period={"start": "2026-11-25", "end": "2027-01"}), "provision.period",
        provision(access(), period={"start": "2026-11-25", "end": "2027-01"}),
    ),
    "to whom and for what is not put together": Example(
        mandate(), provision(mandate(), action=[codeable("a", "view")]),
        provision(mandate(), action=[codeable("a", "file")]),
        "provision.action", {}, ("Consent.provision.action",),
    ),
    "a trusted person is one": Example(
        relative(), {"telecom": [{"system": "phone", "value": "0699"}]},
        {"name": [{"use": "usual", "family": "Petit"}]}, "telecom",
        {"telecom": relative()["telecom"], "name": [{"use": "usual", "family": "Petit"}]},
        ("RelatedPerson.name", "RelatedPerson.telecom"),
    ),
    "so is one to call": Example(
        relative(RelativeRole.EMERGENCY), {"active": False, "period": {"end": "2026"}},
        {"telecom": [{"system": "phone", "value": "0699"}]}, "telecom", {"active": True},
        ("RelatedPerson.active", "RelatedPerson.telecom", "RelatedPerson.period"),
    ),
    "and a contact in the Patient": Example(
        person(),
        {"contact": [CONTACT | {"telecom": []}]}, {"contact": [CONTACT | {"name": {"family": "P"}}]},
        "contact[]", {"contact": [CONTACT | {"name": {"family": "P"}}]}, ("Patient.contact[C]",),
    ),
    "a dosage": Example(
        medication(), {"dosage": dose("2 le soir")}, {"dosage": dose("1 le matin")}, "dosage",
        {"dosage": dose("1 le matin")}, ("MedicationStatement.dosage",),
    ),
    "a dosage goes with its medicine": Example(
        medication(), {"dosage": dose("2 le soir")},
        {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/1"}}, "dosage",
        {"dosage": medication()["dosage"]},
        ("MedicationStatement.medication[x]", "MedicationStatement.dosage"),
    ),
    "a reading is one": Example(
        measure(), {"component": [half("8480-6", 150), half("8462-4", 76)]},
        {"component": [half("8480-6", 128), half("8462-4", 95)]}, "component",
        {"component": [half("8480-6", 128), half("8462-4", 95)]}, ("Observation.component",),
    ),
    "a lot goes with its vaccine": Example(
        vaccination(), {"lotNumber": "B7"}, {"vaccineCode": codeable("s", "other")}, "lotNumber",
        {"lotNumber": "A12"}, ("Immunization.vaccineCode", "Immunization.lotNumber"),
    ),
    "over here and unsure there": Example(
        allergy(), {"clinicalStatus": codeable(CLINICAL, "resolved")},
        {"verificationStatus": codeable(VERIFICATION, "confirmed")}, "verificationStatus", {},
        ("AllergyIntolerance.clinicalStatus", "AllergyIntolerance.verificationStatus"),
    ),
    "an error is final, and has no clinical status": Example(
        allergy(), allergy_intolerance.entered_in_error(allergy()) | {"clinicalStatus": None},
        {"clinicalStatus": codeable(CLINICAL, "resolved")}, "verificationStatus",
        {"verificationStatus": codeable(VERIFICATION, ERROR), "clinicalStatus": None},
    ),
    "how bad an allergy is": Example(
        allergy(), {"criticality": "high"}, {"criticality": "low"}, "criticality", {"criticality": "low"},
        ("AllergyIntolerance.criticality",),
    ),
    "how bad a reaction was": Example(
        allergy(), {"reaction": [reaction(RASH, severity="severe")]},
        {"reaction": [reaction(RASH, severity="moderate")]}, "reaction.severity", {},
        ("AllergyIntolerance.reaction.severity",),
    ),
    "how bad a problem is": Example(
        condition(), {"severity": codeable("s", "a")}, {"severity": codeable("s", "b")}, "severity", {},
        ("Condition.severity",),
    ),
    "reactions and notes added on both sides": Example(
        allergy(),
        {"reaction": [*allergy()["reaction"], reaction(SWELLING)], "note": [{"text": "a"}]},
        {"reaction": [*allergy()["reaction"], reaction(SHOCK)], "note": [{"text": "b"}]}, "reaction",
        {
            "reaction": [*allergy()["reaction"], reaction(SHOCK), reaction(SWELLING)],
            "note": [{"text": "b"}, {"text": "a"}],
        },
    ),
    "signs added to one reaction on both sides": Example(
        allergy(), {"reaction": [reaction(RASH, SWELLING, severity="mild")]},
        {"reaction": [reaction(RASH, SHOCK, severity="severe")]}, "reaction.manifestation",
        {"reaction": [reaction(RASH, SHOCK, SWELLING, severity="severe")]},
    ),
    "a problem's notes and places": Example(
        condition(), {"note": [{"text": "a"}], "bodySite": [codeable("s", "left")]},
        {"note": [{"text": "b"}], "bodySite": [codeable("s", "right")]}, "note",
        {
            "note": [{"text": "b"}, {"text": "a"}],
            "bodySite": [codeable("s", "right"), codeable("s", "left")],
        },
    ),
    "tags of several programs": Example(
        person(meta={"tag": [{"code": "a"}]}),
        {"meta": {"tag": [{"code": "b"}]}}, {"meta": {"tag": [{"code": "c"}]}},
        "meta.tag", {"meta": stored({"meta": {"tag": [{"code": "c"}, {"code": "b"}]}}, "2")["meta"]},
    ),
    "superseded over what is current": Example(
        document(status=None), {"status": "current", "description": "a"}, {"status": "superseded"}, "status",
        {"status": "superseded", "description": "a"},
    ),
    "entered in error over superseded": Example(
        document(), {"status": ERROR}, {"status": "superseded"}, "status", {"status": ERROR},
    ),
    "what left its end there is asked, and is over until then": Example(
        vaccination(status=ERROR), {"status": "completed"}, {"note": [{"text": "x"}]}, "status",
        {"status": ERROR, "note": [{"text": "x"}]}, ("Immunization.status",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_what_both_did_is_decided(example: Example) -> None:
    """What stands, and what is asked with ours and theirs."""
    base, ours, theirs = example.versions
    merged = merge(base, ours, theirs)
    assert merged.body is not None
    assert {name: merged.body.get(name) for name in example.stands} == example.stands
    assert sorted(each.path for each in merged.clashes) == sorted(example.asked)
    for each in merged.clashes:
        assert each.ours != each.theirs


@pytest.mark.parametrize(
    "name", [name for name, each in EXAMPLES.items() if each.element != "*" or each.asked]
)
def test_it_is_decided_alike_from_the_other_side(name: str) -> None:
    """Whose edit came first does not matter, but for what the service holds."""
    base, ours, theirs = EXAMPLES[name].versions
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert sorted(each.path for each in one.clashes) == sorted(each.path for each in other.clashes)
    if not one.clashes and one.body and other.body:
        assert one.body.get("status") == other.body.get("status")


def test_each_row_has_its_example_and_its_reason() -> None:
    """No rule is in the table that nothing shows."""
    shown: list[Row] = []
    for each in EXAMPLES.values():
        versions = list(each.versions)
        rules = rules_for(versions[0]["resourceType"], versions)
        together = [row for row in rules.together if each.element in row.elements]
        shown += together or [rules.by_path[each.element]]
    assert all(row.reason for row in ROWS)
    assert [row for row in ROWS if row not in shown] == []


# What a row is not about


def test_what_one_side_alone_changed_is_taken() -> None:
    """Unmasked, prolonged, named anew: nobody else said anything."""
    for example in EXAMPLES.values():
        base, ours, theirs = example.versions
        if example.element == "*" and not example.asked:
            continue
        merged = merge(base, ours, edited(base, "2"))
        assert (merged.clashes, merged.body) == ((), stored(ours, "2"))
        assert merge(base, edited(base), theirs).body == theirs


def test_a_revoked_consent_never_comes_back() -> None:
    """Not by our edit alone, not by theirs, and its mark stays."""
    over = consent.revoked(mandate(), by="patient", reason="fin", moment=NOON)
    revived = edited(mandate(), "2")
    assert merge(over, mandate(), over).body == over
    for ours, theirs in ((mandate(), edited(over, "2", dateTime="2026-11-23")), (over, revived)):
        body = merge(over, ours, theirs).body
        assert body is not None
        assert body["status"] == "inactive"
        assert consent.revoked_at(body) == NOON


def test_a_no_that_was_ended_is_no_revoked_permission() -> None:
    """Ending a refusal permits nothing; who ends it against another change is asked by the general rules."""
    base = access("deny", status="inactive")
    merged = merge(base, edited(base, status="active"), base)
    assert merged.body is not None
    assert merged.body["status"] == "active"


def test_periods_that_do_not_meet() -> None:
    """The one that is over first; and what cannot be read is asked."""
    base = access()
    ours = edited(base, **provision(base, period={"start": "2027", "end": "2027-02"}))
    theirs = edited(base, "2", **provision(base, period={"start": "2026-11-22", "end": "2026-11-23"}))
    for one, other in ((ours, theirs), (theirs, ours)):
        body = merge(base, one, other).body
        assert body is not None
        assert body["provision"]["period"] == {"start": "2026-11-22", "end": "2026-11-23"}
    odd = edited(base, "2", **provision(base, period={"start": "bientôt"}))
    assert [each.path for each in merge(base, ours, odd).clashes] == ["Consent.provision.period"]


def test_a_permission_without_an_end_is_the_longest() -> None:
    """No end is no earlier end; a day lasts until its last moment."""
    base = access()
    ours = edited(base, **provision(base, period={"start": "2026-11-22"}))
    theirs = edited(
        base, "2", **provision(base, period={"start": "2026-11-22", "end": "2026-12-31T22:00:00Z"})
    )
    body = merge(base, ours, theirs).body
    assert body is not None
    assert body["provision"]["period"]["end"] == "2026-12-31T22:00:00Z"
    day = edited(base, **provision(base, period={"start": "2026-11-22", "end": "2026-12-31"}))
    body = merge(base, day, theirs).body
    assert body is not None
    assert body["provision"]["period"]["end"] == "2026-12-31T22:00:00Z"


def test_an_allergy_edited_here_and_resolved_there_is_both() -> None:
    """Other elements of an entry merge beside its status."""
    base = allergy()
    ours = edited(base, note=[{"text": "x"}])
    body = merge(base, ours, stored(allergy_intolerance.resolved(base), "2")).body
    assert body is not None
    assert (body["note"], body["clinicalStatus"]) == ([{"text": "x"}], codeable(CLINICAL, "resolved"))


def test_a_reaction_deleted_here_and_worsened_there_is_the_worse_one() -> None:
    """As it was, it is gone; what was said of it since is not lost. Untouched there, it is deleted."""
    base = allergy()
    ours = edited(base, reaction=None)
    worse = [base["reaction"][0] | {"severity": "severe"}]
    body = merge(base, ours, edited(base, "2", reaction=worse)).body
    assert body is not None
    assert body["reaction"] == worse
    assert merge(base, ours, edited(base, "2")).body == edited(ours, "2")


def test_who_is_neither_trusted_nor_to_call_is_merged() -> None:
    """A carer's name here and number there are two edits."""
    base = carer()
    ours = edited(base, name=[{"use": "usual", "family": "Petit"}])
    theirs = edited(base, "2", telecom=[{"system": "phone", "value": "0699"}])
    assert merge(base, ours, theirs).clashes == ()


def test_a_trusted_person_ended_here_and_untouched_there_is_ended() -> None:
    """One side's act is taken."""
    base = relative()
    over = related_person.ended(base, TODAY)
    assert merge(base, over, edited(base, "2")).clashes == ()


def test_two_contacts_in_the_patient_are_two() -> None:
    """One is edited here, another added there."""
    base = person()
    ours = edited(base, contact=[CONTACT | {"name": {"family": "Durand"}}])
    body = merge(base, ours, edited(base, "2", contact=[SISTER, CONTACT])).body
    assert body is not None
    assert body["contact"] == [SISTER, CONTACT | {"name": {"family": "Durand"}}]


def test_another_order_is_no_change_of_what_is_decided_together() -> None:
    """The halves of a blood pressure in another order, another code there: nothing to choose."""
    base = measure()
    ours = edited(base, component=base["component"][::-1])
    theirs = edited(base, "2", code=codeable("http://loinc.org", "55284-4"))
    for one, other in ((ours, theirs), (theirs, ours)):
        merged = merge(base, one, other)
        assert merged.clashes == ()
        assert merged.body is not None
        assert merged.body["code"] == theirs["code"]


def test_a_measure_that_the_person_typed_is_theirs_to_change() -> None:
    """Only what a device measured is the service's."""
    base = measure()
    body = merge(base, edited(base, note=[{"text": "b"}]), edited(base, "2")).body
    assert body is not None
    assert body["note"] == [{"text": "b"}]


def test_what_only_the_service_deletes_is_deleted_for_reimbursements() -> None:
    """Their deletion stands against our edit, and ours does not stand."""
    base = reimbursement()
    assert merge(base, edited(base, status="cancelled"), None).body is None
    assert merge(base, None, base).body == base
    assert merge(None, base, None).body == base


def test_the_facts_of_a_mandate_stay_as_they_were_signed() -> None:
    """A mark of revocation is added beside them."""
    base = mandate()
    over = consent.revoked(base, by="patient", reason="fin", moment=NOON)
    body = merge(base, over, edited(base, "2", language="fr")).body
    assert body is not None
    assert extension(body, consent.MANDATE_URL) == extension(base, consent.MANDATE_URL)
    assert (body["status"], body["language"]) == ("inactive", "fr")
