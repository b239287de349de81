"""Whose record a resource belongs to: the patient compartment, by the elements that name a Patient.

Types of the directory (professionals, organizations, terminology) belong to no citizen. Anything else
goes with the first Patient it names, directly or through another resource (a Provenance's target).
A program's resource that names nobody is kept under the empty key, where no citizen sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.systems import INS_SYSTEMS
from app.fhir import Resource, nodes, string

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["R4_TYPES", "SHARED_TYPES", "national_identifier", "patient_references", "related_references"]

SHARED_TYPES = frozenset(
    {
        "ActivityDefinition", "CapabilityStatement", "CodeSystem", "CompartmentDefinition", "ConceptMap",
        "Endpoint", "HealthcareService", "ImplementationGuide", "InsurancePlan", "Library", "Location",
        "Measure", "Medication", "MedicationKnowledge", "MessageDefinition", "NamingSystem",
        "OperationDefinition", "Organization", "OrganizationAffiliation", "PlanDefinition",
        "Practitioner", "PractitionerRole", "Questionnaire", "SearchParameter", "StructureDefinition",
        "StructureMap", "Substance", "TerminologyCapabilities", "ValueSet",
    }
)  # fmt: skip

R4_TYPES = SHARED_TYPES | frozenset(
    """
    Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression Communication CommunicationRequest
    Composition Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest
    DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
    Encounter EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence
    EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal
    GraphDefinition Group GuidanceResponse ImagingStudy Immunization ImmunizationEvaluation
    ImmunizationRecommendation Invoice Linkage List MeasureReport Media MedicationAdministration
    MedicationDispense MedicationRequest MedicationStatement MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
    MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
    MessageHeader MolecularSequence NutritionOrder Observation ObservationDefinition OperationOutcome
    Parameters Patient PaymentNotice PaymentReconciliation Person Procedure Provenance
    QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition
    ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule ServiceRequest Slot
    Specimen SpecimenDefinition Subscription SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery
    SupplyRequest Task TestReport TestScript VerificationResult VisionPrescription
    """.split()  # noqa: SIM905 (a list of one a line would be a page longer)
)

_OWN = ("subject", "patient", "beneficiary", "for", "individual", "securityContext")
_THROUGH = {
    "Appointment": (("participant", "actor"),),
    "AppointmentResponse": (("actor",),),
    "AuditEvent": (("entity", "what"), ("agent", "who")),
    "Provenance": (("target",),),
    "Schedule": (("actor",),),
    "Group": (("member", "entity"),),
    "Person": (("link", "target"),),
    "Composition": (("subject",),),
    "Communication": (("sender",), ("recipient",)),
}


def related_references(resource: Resource) -> Iterator[str]:
    """Yield the references that decide the compartment, the Patient's first."""
    for name in _OWN:
        yield from _references(resource, (name,))
    for path in _THROUGH.get(str(resource.get("resourceType")), ()):
        yield from _references(resource, path)


def patient_references(resource: Resource) -> list[str]:
    """List those of them that name a Patient."""
    return [text for text in related_references(resource) if "Patient" in text.split("/")[-2:-1]]


def _references(resource: Resource, path: tuple[str, ...]) -> Iterator[str]:
    found = [resource]
    for step in path:
        found = [each for parent in found for each in _children(parent, step)]
    for each in found:
        text = string(each, "reference")
        if text and not text.startswith(("#", "urn:")):
            yield text.partition("/_history/")[0]


def _children(parent: Resource, step: str) -> list[Resource]:
    value = parent.get(step)
    return [value] if isinstance(value, dict) else nodes(parent, step)


def national_identifier(patient: Resource) -> str | None:
    """Return "system|value" of the Patient's INS, by which the same person is recognised."""
    for system in INS_SYSTEMS:
        for each in nodes(patient, "identifier"):
            if each.get("system") == system and string(each, "value"):
                return f"{system}|{each['value']}"
    return None
