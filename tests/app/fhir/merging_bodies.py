"""Bodies to merge, made by the program's own makers where it has one, and ways to edit them."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.codes.personal_acts import PersonalAct
from app.codes.reactions import REACTIONS
from app.codes.relationships import RELATIONS, RelativeRole
from app.codes.systems import INS_NIR_DEMO, V3_CONFIDENTIALITY, V3_PARTICIPATION
from app.codes.terms import concept
from app.fhir import (
    allergy_intolerance,
    codeable,
    consent,
    document_reference,
    immunization,
    patient,
    reference,
    related_person,
)
from app.fhir.confirmation import with_confirmation

Body = dict[str, Any]

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
JEANNE = ("0193a1b2-0000-7000-8000-000000000001", "Jeanne Martin")
ID = "0193a1b2-0000-7000-8000-0000000000aa"
VISIBILITY = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)
CATEGORY = "https://tandem.example/fhir/CodeSystem/consent-category"


def stored(body: Body, version: str = "1") -> Body:
    """Return a body as the service gives it back."""
    meta = {"versionId": version, "lastUpdated": f"2026-11-22T12:0{version}:00.000Z"}
    return body | {"meta": body.get("meta", {}) | meta}


def edited(body: Body, version: str = "1", **elements: object) -> Body:
    """Return a body with elements said anew; ``None`` takes one away."""
    made = copy.deepcopy(body) | elements
    return stored({name: value for name, value in made.items() if value is not None}, version)


def person(**elements: object) -> Body:
    """Make a Patient with two ways to reach them and a contact that another program wrote."""
    made = patient.make(
        JEANNE[0],
        ins_value="279035121518989",
        ins_system=INS_NIR_DEMO,
        family="DURAND",
        given=["JEANNE", "MARIE"],
        gender="female",
        born="1950-03-28",
        usual_family="MARTIN",
        place=("Reims", "51454"),
        protection="curatelle",
    )
    telecom = [
        {"system": "email", "value": "jeanne@example.org"},
        {"system": "phone", "value": "0612345678", "use": "mobile"},
        {"system": "phone", "value": "0326000000", "use": "home"},
    ]
    contact = [
        {
            "relationship": [codeable("http://terminology.hl7.org/CodeSystem/v2-0131", "C")],
            "name": {"family": "Martin", "given": ["Paul"]},
            "telecom": [{"system": "phone", "value": "0611111111"}],
        }
    ]
    return edited(stored(made | {"telecom": telecom, "contact": contact}), **elements)


def allergy(**elements: object) -> Body:
    """Make an allergy with all that it can say."""
    made = allergy_intolerance.make(
        ID,
        patient=JEANNE,
        code=codeable("http://snomed.info/sct", "260176001", "Kiwi"),
        category="food",
        reactions=[concept(REACTIONS["rash"])],
        severity="mild",
        onset="1985",
        note="Vu par le docteur Roux",
        moment=NOON,
    )
    return edited(stored(made), **elements)


def relative(role: RelativeRole = RelativeRole.TRUSTED, **elements: object) -> Body:
    """Make someone close."""
    made = related_person.make(
        ID,
        patient=JEANNE,
        role=role,
        relation=concept(RELATIONS["son"]),
        given="Paul",
        family="Martin",
        phone="0612345678",
        day=TODAY,
    )
    return edited(stored(made), **elements)


def carer(**elements: object) -> Body:
    """Make a RelatedPerson who is neither the trusted person nor to be called."""
    return edited(relative(), relationship=[concept(RELATIONS["son"])], **elements)


def vaccination(**elements: object) -> Body:
    """Make a vaccination."""
    made = immunization.make(
        ID,
        patient=JEANNE,
        code=codeable("http://snomed.info/sct", "871751006", "ROR"),
        day="2019-05",
        lot="A12",
        performer="Docteur Roux",
        dose=1,
        note="Bras gauche",
        moment=NOON,
    )
    return edited(stored(made), **elements)


def document(**elements: object) -> Body:
    """Make a document's metadata."""
    made = document_reference.make(
        ID,
        binary="0193a1b2-0000-7000-8000-0000000000bb",
        patient=person(),
        custodian={"reference": "Organization/1", "display": "Mairie"},
        category="AUTR_DOC",
        day=TODAY,
        title="Ordonnance",
        media_type="application/pdf",
        content=document_reference.digests(b"%PDF"),
        moment=NOON,
    )
    return edited(stored(made), **elements)


def labels(*codes: str) -> list[Body]:
    """Make security labels."""
    return [codeable(V3_CONFIDENTIALITY if code in "NRV" else VISIBILITY, code) for code in codes]


def mandate(**elements: object) -> Body:
    """Make the Consent of a mandate."""
    body = consent.MandateBody(
        id=ID,
        patient_id=JEANNE[0],
        patient_name=JEANNE[1],
        birth_date="1950-03-28",
        organization_id="1",
        organization_name="Mairie",
        adviser_id="2",
        adviser_name="Ada",
        scopes=("documents", "profile"),
        actions=("view", "add"),
        duration="month",
        start=NOON,
        end=NOON + timedelta(days=30),
        template_id="mandat-fr-1",
        text_sha256="0" * 64,
        language="fr",
        signing_mode="screen",
    )
    return edited(stored(consent.make(body, "Je donne mandat.")), **elements)


def decision(act: PersonalAct, words: str, **elements: object) -> Body:
    """Make a Consent that only the person decides, with the words that they confirmed."""
    made = {
        "resourceType": "Consent",
        "id": ID,
        "status": "active",
        "category": [codeable(CATEGORY, act.value)],
        "patient": reference("Patient", *JEANNE),
        "provision": {"type": "deny"},
    }
    template = "don-fr-1" if act is PersonalAct.ORGAN_DONATION else "opposition-fr-1"
    return edited(stored(with_confirmation(made, act, template, words, NOON)), **elements)


def access(kind: str = "permit", **elements: object) -> Body:
    """Make the person's answer to a professional."""
    made = {
        "resourceType": "Consent",
        "id": ID,
        "status": "active",
        "category": [codeable(CATEGORY, PersonalAct.PROFESSIONAL_ACCESS.value)],
        "patient": reference("Patient", *JEANNE),
        "provision": {
            "type": kind,
            "actor": [{"role": codeable(V3_PARTICIPATION, "PRCP"), "reference": {"display": "Dr Roux"}}],
            "period": {"start": "2026-11-22", "end": "2026-12-22"},
        },
    }
    return edited(stored(made), **elements)


def medication(**elements: object) -> Body:
    """Make a medicine that the person takes."""
    made = {
        "resourceType": "MedicationStatement",
        "id": ID,
        "status": "active",
        "medicationCodeableConcept": codeable("http://www.whocc.no/atc", "B01AA03", "Warfarine"),
        "subject": reference("Patient", *JEANNE),
        "effectivePeriod": {"start": "2024"},
        "dosage": [{"text": "1 le soir", "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}]}],
        "note": [{"text": "Après le repas"}],
    }
    return edited(stored(made), **elements)


def measure(**elements: object) -> Body:
    """Make a measure that the person typed."""
    made = {
        "resourceType": "Observation",
        "id": ID,
        "status": "final",
        "category": [codeable("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": codeable("http://loinc.org", "85354-9"),
        "subject": reference("Patient", *JEANNE),
        "effectiveDateTime": "2026-11-22T08:30:00+01:00",
        "component": [half("8480-6", 128), half("8462-4", 76)],
        "note": [{"text": "Assise"}],
    }
    return edited(stored(made), **elements)


def half(code: str, figure: float) -> Body:
    """Make a component of a blood pressure."""
    return {
        "code": codeable("http://loinc.org", code),
        "valueQuantity": {"value": figure, "unit": "mmHg", "code": "mm[Hg]"},
    }


def reimbursement(**elements: object) -> Body:
    """Make what the insurance fund paid."""
    made = {
        "resourceType": "ExplanationOfBenefit",
        "id": ID,
        "status": "active",
        "patient": reference("Patient", *JEANNE),
        "item": [
            {"sequence": 1, "productOrService": codeable("urn:ccam", "YYYY001"), "net": {"value": 25.0}}
        ],
    }
    return edited(stored(made), **elements)


def condition(**elements: object) -> Body:
    """Make a problem."""
    made = {
        "resourceType": "Condition",
        "id": ID,
        "clinicalStatus": codeable("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": codeable(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"
        ),
        "severity": codeable("http://snomed.info/sct", "255604002"),
        "code": codeable("http://hl7.org/fhir/sid/icd-10", "I10", "Hypertension"),
        "subject": reference("Patient", *JEANNE),
        "note": [{"text": "Depuis 2010"}],
    }
    return edited(stored(made), **elements)


def unknown(**elements: object) -> Body:
    """Make a resource of a type and with elements that nobody knows."""
    made = {
        "resourceType": "Foreign",
        "id": ID,
        "thing": {"first": "a", "second": {"deep": [1, 2, {"deeper": "b"}]}, "third": True},
        "list": ["x", "y"],
        "entries": [{"id": "e1", "word": "one"}, {"id": "e2", "word": "two"}],
        "valueString": "chosen",
        "extension": [
            {"url": "http://one", "valueString": "1"},
            {"url": "http://many", "valueCode": "a"},
            {"url": "http://many", "valueCode": "b"},
            {"url": "http://nested", "extension": [{"url": "in", "valueInteger": 1}]},
        ],
    }
    return edited(stored(made), **elements)
