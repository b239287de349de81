"""Which types belong to a citizen's record, and by what number a citizen is recognised.

Types of the directory (professionals, organizations, terminology) belong to no citizen. Anything else
goes with the first Patient it names (``app.fhir.compartment``), directly or through another resource.
A program's resource that names nobody is kept under the empty key, where no citizen sees it.
"""

from __future__ import annotations

from app.codes.systems import INS_SYSTEMS
from app.fhir import Resource, nodes, string

__all__ = ["NOT_STORED", "R4_TYPES", "SHARED_TYPES", "national_identifier"]

NOT_STORED = frozenset({"OperationOutcome", "Parameters"})
"""What only travels: an answer, an operation's arguments."""

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


def national_identifier(patient: Resource) -> str | None:
    """Return "system|value" of the Patient's INS, by which the same person is recognised."""
    for system in INS_SYSTEMS:
        for each in nodes(patient, "identifier"):
            if each.get("system") == system and string(each, "value"):
                return f"{system}|{each['value']}"
    return None
