"""CDA documents made up for the tests: whole ones, and pieces to put in or leave out."""

from __future__ import annotations

import base64

from app.reader.cda import CdaDocument
from app.reader.values import Limits

NAMESPACES = 'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

PATIENT = """<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="252087599999933"/><patient>
<name><family qualifier="BR">DURAND</family><given>JEANNE MARIE</given><given qualifier="BR">JEANNE</given>
<family qualifier="CL">MARTIN</family><given qualifier="CL">JEANNE</given></name>
<birthTime value="19520814"/></patient></patientRole></recordTarget>"""

AUTHOR = """<author><time value="20261103"/><assignedAuthor><assignedPerson><name><prefix>M</prefix>
<given>Paul</given><family>LEFÈVRE</family><suffix>DR</suffix></name></assignedPerson>
<representedOrganization><name>Cabinet du Marché</name></representedOrganization></assignedAuthor></author>"""

CUSTODIAN = """<custodian><assignedCustodian><representedCustodianOrganization><name>Hôpital du Parc</name>
</representedCustodianOrganization></assignedCustodian></custodian>"""

HEADER = (
    """<code code="11502-2" displayName="CR d'examens biologiques"/><title>Prise de sang</title>
<effectiveTime value="20261103103000+0100"/><languageCode code="fr-FR"/>"""
    + PATIENT
    + AUTHOR
    + CUSTODIAN
)


def cda(body: str = "", header: str = HEADER) -> bytes:
    """Write a document around a body."""
    return f'<?xml version="1.0"?><ClinicalDocument {NAMESPACES}>{header}{body}</ClinicalDocument>'.encode()


def structured(*sections: str) -> str:
    """Write a structured body."""
    inside = "".join(f"<component>{section}</component>" for section in sections)
    return f"<component><structuredBody>{inside}</structuredBody></component>"


def section(text: str = "", title: str = "Résultats", more: str = "") -> str:
    """Write a section; without a title when it is empty."""
    words = f"<title>{title}</title>" if title else ""
    told = f"<text>{text}</text>" if text else ""
    return f'<section><code code="18719-5" displayName="Biochimie"/>{words}{told}{more}</section>'


def narrative(text: str) -> bytes:
    """Write a document of one section with this narrative."""
    return cda(structured(section(text)))


def file_body(data: bytes, media_type: str = "application/pdf") -> str:
    """Write a level 1 body around a file."""
    words = base64.b64encode(data).decode()
    return (
        f'<component><nonXMLBody><text mediaType="{media_type}" representation="B64">{words}</text>'
        "</nonXMLBody></component>"
    )


def media(name: str, data: bytes, media_type: str = "application/pdf") -> str:
    """Write an entry that holds a file."""
    words = base64.b64encode(data).decode()
    return (
        f'<entry><observationMedia classCode="OBS" moodCode="EVN" ID="{name}">'
        f'<value mediaType="{media_type}" representation="B64">{words}</value></observationMedia></entry>'
    )


def opened(data: bytes) -> CdaDocument:
    """Open it in this process."""
    return CdaDocument(data, Limits())


def lines(text: str) -> list[str]:
    """Read a narrative as a person would, line by line."""
    sections = opened(narrative(text)).opened.sections
    return [line for section in sections for line in section.text.splitlines() if line]
