"""Types of documents (JDV_J07: LOINC and TRE_A05) with their French label and their class (TRE_A03).

The class comes from the ANS concept map ASS_X16; ``None`` where it knows none. A code that is not
in this list is no error: the document then speaks by its own display and its own class.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSES", "LOINC", "TRE_A03", "TRE_A05", "TYPES", "DocumentType"]

LOINC = "http://loinc.org"
TRE_A03 = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
TRE_A05 = "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire"

CLASSES: dict[str, str] = {
    "10": "Compte rendu",
    "11": "Synthèse",
    "31": "Imagerie médicale",
    "42": "Prescription",
    "43": "Dispensation",
    "44": "Plan de soins, protocole de soins",
    "45": "Traitement administré",
    "52": "Certificat, déclaration",
    "60": "Données de remboursement",
    "90": "Autres documents déposés par le patient",
    "95": "Document de gestion",
}


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type of document: its code, the code's system, its class if known, its French label."""

    code: str
    system: str
    class_code: str | None
    label: str


_ROWS: tuple[tuple[str, str, str | None, str], ...] = (
    ("101881-1", LOINC, None, "Carte d'implant"),
    ("11369-6", LOINC, "52", "Historique des vaccinations"),
    ("11488-4", LOINC, "10", "CR ou fiche de consultation ou de visite"),
    ("11490-0", LOINC, "10", "Lettre de liaison à la sortie d'un établissement de soins"),
    ("11502-2", LOINC, "10", "CR d'examens biologiques"),
    ("11505-5", LOINC, "10", "CR d'acte thérapeutique (autre)"),
    ("11506-3", LOINC, "10", "CR ou fiche de suivi de soins par auxiliaire médical"),
    ("11526-1", LOINC, "10", "CR d'anatomie et de cytologie pathologiques"),
    ("15507-7", LOINC, "10", "CR de passage aux urgences"),
    ("15508-5", LOINC, "10", "CR d'accouchement"),
    ("18748-4", LOINC, "31", "CR d'imagerie médicale"),
    (
        "18761-7",
        LOINC,
        "11",
        "Note de transfert (dont lettre de liaison à l'entrée en établissement de soins)",
    ),
    ("18776-5", LOINC, "44", "Plan personnalisé de soins"),
    ("28617-9", LOINC, None, "Bilan bucco-dentaire"),
    ("28653-4", LOINC, "10", "Document du secteur social / médico-social"),
    ("29274-8", LOINC, "10", "Mesures de signes vitaux"),
    ("34112-3", LOINC, "10", "CR hospitalier (séjour)"),
    ("34120-6", LOINC, None, "Bilan par professionnel de santé"),
    ("34133-9", LOINC, "11", "Synthèse d'épisode de soins"),
    ("34749-2", LOINC, "10", "CR de consultation pré-anesthésique"),
    ("34794-8", LOINC, "10", "CR de réunion de concertation pluridisciplinaire"),
    ("34842-5", LOINC, "11", "Grille d'évaluation médico-social"),
    ("34874-8", LOINC, "10", "CR opératoire"),
    ("34875-5", LOINC, "10", "Évaluation postopératoire et note de suivi"),
    ("47420-5", LOINC, "10", "CR de bilan fonctionnel"),
    ("51851-4", LOINC, None, "Document administratif"),
    ("51969-4", LOINC, "10", "CR de génétique moléculaire"),
    ("52040-3", LOINC, "31", "Document encapsulant une image d'illustration non DICOM"),
    ("55115-0", LOINC, "42", "Demande d'actes d'imagerie"),
    ("56445-0", LOINC, "11", "Bilan médicamenteux (Officine)"),
    ("56446-8", LOINC, None, "Notification de rendez-vous"),
    ("57055-6", LOINC, "11", "Synthèse antepartum"),
    ("57057-2", LOINC, "11", "Synthèse Salle de Naissance Mère"),
    ("57075-4", LOINC, "11", "Synthèse Salle de Naissance Enfant"),
    ("57828-6", LOINC, "42", "Prescription (autre)"),
    ("57832-8", LOINC, "42", "Prescription de soins"),
    ("57833-6", LOINC, "42", "Prescription de produits de santé"),
    ("59283-2", LOINC, "10", "CR d'examen de l'enfant"),
    ("59284-0", LOINC, "95", "Attestation de consentement"),
    ("60280-5", LOINC, None, "Fiche de retour du service des urgences"),
    ("60568-3", LOINC, "10", "CR d'anatomie et de cytologie pathologiques"),
    ("60591-5", LOINC, "11", "Synthèse médicale"),
    ("60593-1", LOINC, "43", "Dispensation médicamenteuse"),
    ("61357-0", LOINC, "42", "Intervention pharmaceutique"),
    ("67851-6", LOINC, "10", "CR d'admission"),
    ("68599-0", LOINC, "11", "Synthèse psychiatrique"),
    ("68817-6", LOINC, "11", "Bilan de santé et de prévention de l'enfant"),
    ("70004-7", LOINC, "10", "CR d'acte diagnostique (autre)"),
    ("74207-2", LOINC, "11", "Document de liaison d'urgence"),
    ("74465-6", LOINC, "90", "Questionnaire patient"),
    ("75468-9", LOINC, "42", "Renouvellement ordonnance par pharmacien correspondant"),
    ("75482-0", LOINC, "10", "CR d'acte thérapeutique à visée préventive"),
    ("75492-9", LOINC, "10", "CR d'acte diagnostique à visée préventive ou de dépistage"),
    ("75496-0", LOINC, "10", "Demande d'acte de télémédecine"),
    ("77436-4", LOINC, "10", "CR d'anesthésie"),
    ("77604-7", LOINC, "44", "Planification thérapeutique"),
    ("78341-5", LOINC, None, "Fiche de transfert vers le service des urgences"),
    ("78489-2", LOINC, "11", "Synthèse Enfant en Maternité"),
    ("78513-9", LOINC, "10", "CR de consultation en ophtalmologie"),
    ("78601-2", LOINC, "10", "CR d'entretien pharmaceutique"),
    ("80565-5", LOINC, "45", "CR d'administration de médicaments"),
    ("80771-9", LOINC, "44", "Projet d'accueil individualisé"),
    ("80788-3", LOINC, "44", "Projet personnalisé d'accompagnement"),
    ("80820-4", LOINC, "11", "Formulaire de conciliation médicamenteuse (Hôpital)"),
    ("83836-7", LOINC, "11", "Schéma dentaire"),
    ("83869-8", LOINC, "44", "Plan personnalisé de prévention"),
    ("83901-9", LOINC, "11", "Bilan psychologique"),
    ("83981-1", LOINC, "10", "Lettre de liaison à la sortie d'une structure sociale ou médico-sociale"),
    ("85208-7", LOINC, "10", "CR de télémédecine"),
    ("86531-1", LOINC, "95", "Attestation de sortie"),
    ("87273-9", LOINC, "52", "Note de vaccination"),
    ("88348-8", LOINC, "11", "Lettre de liaison d'entrée en structure sociale ou médico-sociale"),
    ("89233-1", LOINC, None, "CR de grossesse"),
    ("89235-6", LOINC, "11", "Synthèse Suites de Couches Mère"),
    ("89601-9", LOINC, "52", "Certificat médical"),
    ("93024-8", LOINC, "10", "CR de consultation pharmaceutique"),
    ("96173-0", LOINC, "52", "Test rapide d'orientation diagnostique"),
    ("96349-6", LOINC, "10", "Lettre d'adressage"),
    ("96874-3", LOINC, "52", "COVID-19 Attestation de vaccination"),
    ("ATTEST-ASS-COMPL", TRE_A05, "95", "Attestation assurance complémentaire"),
    ("ATTEST-DROITS-AM", TRE_A05, "95", "Attestation de droits à l'assurance maladie"),
    ("ATTEST-HEBGT", TRE_A05, "95", "Attestation d'hébergement"),
    ("ATTEST-RESID", TRE_A05, "95", "Attestation de résidence"),
    ("AUTORIS-SOINS", TRE_A05, "95", "Autorisation de soins et actes non usuels sanitaires"),
    ("BIL_AUTO", TRE_A05, "10", "CR de bilan d'évaluation de la perte d'autonomie"),
    ("CERT_DECL", TRE_A05, "52", "Certificat, déclaration"),
    ("DISP_AUT", TRE_A05, "43", "Dispensation (autre)"),
    ("DOCPAT01", TRE_A05, "11", "Synthèse déposée par le patient"),
    ("DOCPAT02", TRE_A05, "42", "Traitement ou document de soins déposé par le patient"),
    ("DOCPAT03", TRE_A05, "10", "CR déposé par le patient"),
    ("DOCPAT04", TRE_A05, "31", "Imagerie déposée par le patient"),
    ("DOCPAT05", TRE_A05, "10", "CR de biologie déposé par le patient"),
    ("DOCPAT06", TRE_A05, "10", "CR de prévention déposé par le patient"),
    ("DOCPAT07", TRE_A05, "52", "Certificat déposé par le patient"),
    ("DOCPAT08", TRE_A05, "11", "Profil médical Mon espace santé"),
    ("DOCPAT09", TRE_A05, "95", "Document administratif déposé par le patient"),
    ("EXPORT_DUI", TRE_A05, None, "Export du Dossier Usager Informatisé"),
    ("EXPPAT_1", TRE_A05, "90", "Volontés et droits du patient"),
    ("EXPPAT_2", TRE_A05, "90", "Autre document du patient"),
    ("EXPPAT_3", TRE_A05, "90", "Directives anticipées"),
    ("FICHE-CONTACTS", TRE_A05, None, "Fiche contacts"),
    ("IMG-KOS", TRE_A05, "31", "Reference d'objets d'un examen d'imagerie"),
    ("PIECE-IDENTITE", TRE_A05, None, "Copie pièce d'identité"),
    ("PRESC-AAT", TRE_A05, None, "Prescription arrêt de travail"),
    ("PRESC-BIO", TRE_A05, "42", "Prescription d'actes de biologie médicale"),
    ("PRESC-INF", TRE_A05, "42", "Prescription d'actes infirmiers"),
    ("PRESC-KINE", TRE_A05, "42", "Prescription d'actes de kinésithérapie"),
    ("PRESC-ORTHOPHO", TRE_A05, "42", "Prescription d'actes d'orthophonie"),
    ("PRESC-ORTHOPTIE", TRE_A05, "42", "Prescription d'actes d'orthoptie"),
    ("PRESC-PEDI", TRE_A05, "42", "Prescription d'actes de pédicurie"),
    ("PROT_ALD", TRE_A05, "44", "Protocole de soins ALD"),
    ("REMB", TRE_A05, "60", "Données de remboursement"),
    ("SYNTH", TRE_A05, "11", "Synthèse"),
)

TYPES: dict[str, DocumentType] = {row[0]: DocumentType(*row) for row in _ROWS}
