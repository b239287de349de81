"""Identifier and code systems, extensions and profiles, each named once."""

from __future__ import annotations

__all__ = [
    "ACCESS_REPORT",
    "AGENT_ROLE",
    "ASSIST_MODE_URL",
    "FORMAT_CODES",
    "INS_NIA",
    "INS_NIR",
    "INS_NIR_DEMO",
    "INS_NIR_TEST",
    "INS_SYSTEMS",
    "MANDATE_ACTION",
    "MANDATE_SCOPE",
    "OURS",
    "PDSM",
    "PSEUDONYM",
    "QUESTION",
    "RECEIPT",
    "SHA256_URL",
    "TRE_A00",
    "URI_SYSTEM",
    "V3_CONFIDENTIALITY",
    "V3_PARTICIPATION",
]

OURS = "https://tandem.example/fhir"
SHA256_URL = f"{OURS}/StructureDefinition/attachment-sha-256"
ASSIST_MODE_URL = f"{OURS}/StructureDefinition/assist-mode"
AGENT_ROLE = f"{OURS}/CodeSystem/agent-role"
ACCESS_REPORT = f"{OURS}/CodeSystem/access-report"
RECEIPT = f"{OURS}/CodeSystem/receipt"
QUESTION = f"{OURS}/CodeSystem/question"
PSEUDONYM = f"{OURS}/identifier/pc-pseudonym"
MANDATE_SCOPE = f"{OURS}/CodeSystem/mandate-scope"
MANDATE_ACTION = f"{OURS}/CodeSystem/mandate-action"

PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"
URI_SYSTEM = "urn:ietf:rfc:3986"

INS_NIR = "urn:oid:1.2.250.1.213.1.4.8"
INS_NIA = "urn:oid:1.2.250.1.213.1.4.9"
INS_NIR_TEST = "urn:oid:1.2.250.1.213.1.4.10"
INS_NIR_DEMO = "urn:oid:1.2.250.1.213.1.4.11"
INS_SYSTEMS: dict[str, str] = {
    INS_NIR: "INS-NIR",
    INS_NIA: "INS-NIA",
    INS_NIR_TEST: "INS-NIR-TEST",
    INS_NIR_DEMO: "INS-NIR-DEMO",
}
"""The INS systems with their identifier type; the last two are for made-up people only."""

TRE_A00 = "https://mos.esante.gouv.fr/NOS/TRE_A00-ProducteurDocNonPS/FHIR/TRE-A00-ProducteurDocNonPS"
FORMAT_CODES = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
V3_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
V3_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
