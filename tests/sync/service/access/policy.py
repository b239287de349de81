"""Who may do what to which resource: the table, written from the project's documents, never from the code.

- `assisted-access.md` §3, §4: who is in the room; a helper who acts *for* the person needs a running mandate
  of theirs that names the scope and the action; a carer never reshares, deletes the account, takes all away;
  "invisible to patient" is never fetched, counted or hinted at; what an adolescent keeps secret never reaches
  a parent's device.
- `DESIGN.md` §6: a citizen's token implies their record; shared types are reference tables that every caller
  reads and only programs write; every access is audited, readable by the citizen; unknown is 404 without
  saying whether it exists for someone else.
- `interop.md` §5.4: SMART v2 scopes (``c r u d s``; a type's or the system's history is a search).

What another person's record holds is expected to be answered as what is nowhere: so a cell about another
person has the expectation of a missing resource (``test_foreign.py`` compares the bytes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

__all__ = [
    "DIRECTORY", "FINDS", "KINDS", "READS", "RECORD", "SCOPE_OF", "TRAVELS", "Deed", "Family", "Who", "Whose",
    "expected", "family_of",
]  # fmt: skip


class Family(StrEnum):
    """What a type of resource is, for who may do what to it."""

    DIRECTORY = "directory"
    PERSON = "person"
    AUDIT = "audit"
    ACT = "act"
    AGREEMENT = "agreement"
    RECORD = "record"
    TRAVELS = "travels"


DIRECTORY: Final = frozenset(
    """
    ActivityDefinition CapabilityStatement CodeSystem CompartmentDefinition ConceptMap Endpoint
    HealthcareService ImplementationGuide InsurancePlan Library Location Measure Medication
    MedicationKnowledge MessageDefinition NamingSystem OperationDefinition Organization
    OrganizationAffiliation PlanDefinition Practitioner PractitionerRole Questionnaire SearchParameter
    StructureDefinition StructureMap Substance TerminologyCapabilities ValueSet
    """.split()  # noqa: SIM905 (a table)
)
"""Of nobody: professionals, structures, terminology and definitions."""

TRAVELS: Final = frozenset({"OperationOutcome", "Parameters"})
"""In requests and answers only."""

RECORD: Final = frozenset(
    """
    Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression Communication CommunicationRequest
    Composition Condition Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse
    DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport
    DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter EnrollmentRequest EnrollmentResponse
    EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation Invoice Linkage List MeasureReport Media
    MedicationAdministration MedicationDispense MedicationRequest MedicationStatement MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
    MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageHeader
    MolecularSequence NutritionOrder Observation ObservationDefinition PaymentNotice PaymentReconciliation
    Person Procedure QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule
    ServiceRequest Slot Specimen SpecimenDefinition Subscription SubstanceNucleicAcid SubstancePolymer
    SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification
    SupplyDelivery SupplyRequest Task TestReport TestScript VerificationResult VisionPrescription
    """.split()  # noqa: SIM905 (a table)
)
"""What a person's record is made of."""

_OWN_RULES: Final = {
    "Patient": Family.PERSON,
    "AuditEvent": Family.AUDIT,
    "Provenance": Family.ACT,
    "Consent": Family.AGREEMENT,
}
KINDS: Final = DIRECTORY | TRAVELS | RECORD | _OWN_RULES.keys()

SCOPE_OF: Final = {
    "DocumentReference": "documents", "Binary": "documents", "List": "documents",
    "MedicationRequest": "prescriptions",
    "DiagnosticReport": "results",
    "Observation": "measures",
    "AllergyIntolerance": "profile", "Condition": "profile", "Immunization": "profile",
    "MedicationStatement": "profile",
    "Communication": "messages",
    "Appointment": "agenda",
    "ExplanationOfBenefit": "reimbursements",
    "RelatedPerson": "wishes",
    "AuditEvent": "account", "Patient": "account",
}  # fmt: skip
"""The mandate's scope that opens a type (assisted-access §4). A type that none names stays closed."""


def family_of(kind: str) -> Family | None:
    """Return what a type is; ``None`` for one that this table does not know: the meta-test fails."""
    if kind in _OWN_RULES:
        return _OWN_RULES[kind]
    for names, family in ((DIRECTORY, Family.DIRECTORY), (TRAVELS, Family.TRAVELS), (RECORD, Family.RECORD)):
        if kind in names:
            return family
    return None


class Whose(StrEnum):
    """Whose the resource is that a request names."""

    OWN = "own"
    ANOTHER = "another"
    NOBODY = "nobody"


class Deed(StrEnum):
    """One interaction."""

    READ = "read"
    VREAD = "vread"
    HISTORY = "history"
    HISTORY_TYPE = "history-type"
    SEARCH = "search"
    SEARCH_POST = "search-post"
    CREATE = "create"
    CREATE_FOR_ANOTHER = "create-for-another"
    PUT_NEW = "put-new"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    CREATE_IF_NONE = "create-if-none"
    UPDATE_WHERE = "update-where"
    PATCH_WHERE = "patch-where"
    DELETE_WHERE = "delete-where"


READS: Final = frozenset({Deed.READ, Deed.VREAD, Deed.HISTORY})
FINDS: Final = frozenset({Deed.SEARCH, Deed.SEARCH_POST, Deed.HISTORY_TYPE})
NEEDED: Final = {
    **dict.fromkeys(READS, "r"), **dict.fromkeys(FINDS, "s"),
    Deed.CREATE: "c", Deed.CREATE_FOR_ANOTHER: "c", Deed.PUT_NEW: "c", Deed.UPDATE: "u", Deed.PATCH: "u",
    Deed.DELETE: "d", Deed.CREATE_IF_NONE: "s", Deed.UPDATE_WHERE: "s", Deed.PATCH_WHERE: "s",
    Deed.DELETE_WHERE: "s",
}  # fmt: skip
"""The first right that an interaction asks for."""


@dataclass(frozen=True, slots=True)
class Who:
    """A caller as the documents know them.

    ``mandate``: the (scopes, actions) of the mandate their token is held to; ``over``: why that mandate opens
    nothing, as the code of the refusal; ``close``: a carer or a legal representative.
    """

    name: str
    is_program: bool = False
    has_person: bool = True
    mandate: tuple[frozenset[str], frozenset[str]] | None = None
    over: str = ""
    close: bool = False
    scopes: frozenset[str] = field(default_factory=lambda: frozenset({"*"}))
    """Types that the token's SMART scopes name."""


_DONE: Final = {
    **dict.fromkeys(READS | FINDS, "200"),
    Deed.CREATE: "201", Deed.PUT_NEW: "201", Deed.UPDATE: "200", Deed.PATCH: "200", Deed.DELETE: "204",
    Deed.CREATE_IF_NONE: "200", Deed.UPDATE_WHERE: "200", Deed.PATCH_WHERE: "200", Deed.DELETE_WHERE: "204",
}  # fmt: skip
_NOT_THERE: Final = {
    **dict.fromkeys(READS | {Deed.PATCH, Deed.DELETE, Deed.PATCH_WHERE}, "404"),
    **dict.fromkeys(FINDS, "200 empty"),
    Deed.UPDATE: "201", Deed.CREATE_IF_NONE: "201", Deed.UPDATE_WHERE: "201", Deed.DELETE_WHERE: "204",
}  # fmt: skip
_MAKES: Final = frozenset(
    {Deed.CREATE, Deed.PUT_NEW, Deed.CREATE_FOR_ANOTHER, Deed.CREATE_IF_NONE, Deed.UPDATE_WHERE}
)


def expected(who: Who, deed: Deed, kind: str, whose: Whose) -> str:  # noqa: C901 (the table)
    """Return what the documents say: a status, ``200 empty`` for a search without result, or ``403 code``."""
    if kind == "AuditEvent" and deed in {Deed.PUT_NEW, Deed.UPDATE} and who.mandate is None and who.over:
        return "200" if deed is Deed.UPDATE else "201"  # it has happened, and the person sees it
    if who.over:
        unwritten = family_of(kind) in {Family.DIRECTORY, Family.ACT, Family.AUDIT} and deed is Deed.PATCH
        return "403" if unwritten else f"403 {who.over}"
    if who.close and kind == "Consent":
        whose = Whose.NOBODY  # whom else the person trusts is not there for a carer
    if who.mandate and _sees_prescriptions_only(*who.mandate, kind):
        whose = Whose.NOBODY  # none of the cast's documents is one
    family = family_of(kind)
    if family is Family.TRAVELS:
        return _of_what_travels(who, deed)
    if family is Family.DIRECTORY:
        return _of_the_directory(who, deed, kind)
    refused = _refused(who, deed, kind, family, whose)
    if refused:
        return refused
    if deed is Deed.CREATE_FOR_ANOTHER:
        return "201" if who.is_program or kind == "Bundle" else "403 another-person"
    there = whose is Whose.OWN or (who.is_program and whose is Whose.ANOTHER)
    if family is Family.AUDIT and deed in {Deed.PUT_NEW, Deed.UPDATE} and not who.is_program:
        return "200" if deed is Deed.UPDATE and there else "201"
    if kind == "Binary" and deed in {Deed.PATCH, Deed.PATCH_WHERE} and there:
        return "422 element-missing"  # bytes are sent whole
    return _DONE[deed] if there or deed in {Deed.CREATE, Deed.PUT_NEW} else _NOT_THERE[deed]


def _of_what_travels(who: Who, deed: Deed) -> str:
    if who.mandate is not None or not who.has_person or "*" not in who.scopes:
        return "403"
    if deed in READS | FINDS | {Deed.DELETE, Deed.PATCH_WHERE, Deed.DELETE_WHERE}:
        return _NOT_THERE[deed]
    return "404 unknown-type"


def _of_the_directory(who: Who, deed: Deed, kind: str) -> str:
    """Everyone who is signed in reads it; programs alone write."""
    if deed in READS | FINDS:
        return "200"
    if who.is_program and _named(who, kind):
        return _DONE.get(deed, "201")
    if deed is Deed.CREATE_IF_NONE:
        return "200"  # a search that finds, and nothing written
    return "403"


def _named(who: Who, kind: str) -> bool:
    return bool(who.scopes & {"*", kind})


def _refused(who: Who, deed: Deed, kind: str, family: Family | None, whose: Whose) -> str:
    if not _named(who, kind) or not (who.has_person or who.is_program):
        return "403"
    if who.is_program:
        return "403" if family is Family.AUDIT and _changes_what_stands(deed, whose) else ""
    finds_none = whose is not Whose.OWN
    writes = deed not in READS | FINDS and not (deed is Deed.CREATE_IF_NONE and not finds_none)
    if deed in {Deed.PATCH_WHERE, Deed.DELETE_WHERE} and finds_none:
        writes = False
    if writes and _is_never_written(deed, family, finds_none=finds_none):
        return "403"
    if who.mandate is None:
        return ""
    return _by_mandate(who, deed, kind, finds_none=finds_none, writes=writes)


def _changes_what_stands(deed: Deed, whose: Whose) -> bool:
    """Say whether an event would become another one, or none: not even a program may."""
    there = {Deed.UPDATE, Deed.UPDATE_WHERE, Deed.PATCH_WHERE, Deed.DELETE_WHERE}
    return deed in {Deed.PATCH, Deed.DELETE} or (whose is not Whose.NOBODY and deed in there)


def _is_never_written(deed: Deed, family: Family | None, *, finds_none: bool) -> bool:
    """A person is made and ended by the service, an act stays as it was, the audit is the service's."""
    makes = deed in {Deed.CREATE, Deed.PUT_NEW, Deed.CREATE_FOR_ANOTHER} or (
        finds_none and deed in {Deed.UPDATE, Deed.CREATE_IF_NONE, Deed.UPDATE_WHERE}
    )
    match family:
        case Family.PERSON:
            return makes or deed in {Deed.DELETE, Deed.DELETE_WHERE}
        case Family.ACT:
            return not makes
        case Family.AUDIT:
            # What a PC says of a reading comes by PUT (IHE ITI-20); what stands is never changed.
            return deed not in {Deed.PUT_NEW, Deed.UPDATE}
    return False


def _sees_prescriptions_only(scopes: frozenset[str], actions: frozenset[str], kind: str) -> bool:
    """Say whether of all documents those that are prescriptions are there, and the others are not."""
    return (
        kind in {"DocumentReference", "Binary"}
        and "prescriptions" in scopes
        and "documents" not in scopes
        and "view" in actions
    )


def _by_mandate(who: Who, deed: Deed, kind: str, *, finds_none: bool, writes: bool) -> str:
    scopes, actions = who.mandate or (frozenset(), frozenset())
    opened = SCOPE_OF.get(kind) in scopes
    if _sees_prescriptions_only(scopes, actions, kind):
        return "403 mandate-scope" if writes and deed is not Deed.PATCH else ""
    sees = kind in {"Patient", "Provenance", "Consent"} or (opened and "view" in actions)
    if kind == "AuditEvent" and deed in {Deed.PUT_NEW, Deed.UPDATE}:
        return ""  # telling what one read is no access
    if who.close and kind == "Consent" and deed in FINDS | {
        Deed.CREATE_IF_NONE, Deed.UPDATE_WHERE, Deed.PATCH_WHERE, Deed.DELETE_WHERE,
    }:  # fmt: skip
        return "403 carer-never"
    looks = deed in READS | FINDS | {Deed.PATCH} or NEEDED[deed] == "s"
    if looks and not sees:
        return "403 mandate-scope"
    if not writes:
        return ""
    if deed is Deed.PATCH and finds_none:
        return ""  # nothing there to be changed
    if who.close and kind in {"Patient", "Person", "RelatedPerson"}:
        return "403 carer-never"
    if kind == "Consent":
        return "403 person-decides"
    if kind == "Provenance":
        return ""
    action = "add" if deed in {Deed.CREATE, Deed.PUT_NEW, Deed.CREATE_FOR_ANOTHER} or finds_none else "edit"
    return "" if opened and action in actions else "403 mandate-scope"
