"""Made-up CDA documents against the schema, and what they hold inside."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from lxml import etree

from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS

V3 = {"v": "urn:hl7-org:v3"}


def inner_document(data: bytes) -> etree._Element:
    """Return the ClinicalDocument, also from inside a style sheet."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    (found,) = root.iter("{urn:hl7-org:v3}ClinicalDocument")
    return found


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """Return the published schema, kept outside the project."""
    samples = os.environ.get("TANDEM_SAMPLES")
    if not samples:
        pytest.skip("TANDEM_SAMPLES does not name the folder of public samples")
    return etree.XMLSchema(etree.parse(str(Path(samples) / "cda-xsd" / "CDA_extended.xsd")))


@pytest.mark.parametrize("kind", [Kind.CDA_LETTER, Kind.CDA_LAB, Kind.CDA_AUTO_PRESENTING])
@pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))
def test_they_are_valid(schema: etree.XMLSchema, kind: Kind, person: object) -> None:
    """For everyone, whatever their names and places of birth."""
    citizen = next(each for each in CITIZENS if each is person)
    document = inner_document(make_paper(kind, citizen, "schema").data)
    assert schema.validate(etree.fromstring(etree.tostring(document))), schema.error_log


def test_the_letter_carries_its_pdf() -> None:
    """Level 1: the body is the PDF, whole."""
    document = inner_document(make_paper(Kind.CDA_LETTER, CITIZENS[0], 1).data)
    (text,) = document.xpath("v:component/v:nonXMLBody/v:text", namespaces=V3)
    assert text.get("mediaType") == "application/pdf"
    assert base64.b64decode(text.text).startswith(b"%PDF-")


def test_results_are_told_twice_alike() -> None:
    """Level 3: what a person reads in the tables is what the coded entries say."""
    document = inner_document(make_paper(Kind.CDA_LAB, CITIZENS[0], 1).data)
    observations = document.xpath(
        "//v:observation[v:templateId/@root='1.3.6.1.4.1.19376.1.3.1.6']", namespaces=V3
    )
    assert len(observations) > 10
    for observation in observations:
        (anchor,) = observation.xpath("v:code/v:originalText/v:reference/@value", namespaces=V3)
        (row,) = document.xpath(f"//v:tr[v:td/v:content/@ID='{anchor[1:]}']", namespaces=V3)
        shown = row.xpath("v:td[2]", namespaces=V3)[0].text.removeprefix("* ").replace(",", ".")
        assert float(observation.xpath("v:value/@value", namespaces=V3)[0]) == float(shown)


def test_the_unique_id_inside_is_the_papers() -> None:
    """So that the same document, come by two ways, is recognised."""
    paper = make_paper(Kind.CDA_LAB, CITIZENS[1], 4)
    document = inner_document(paper.data)
    assert document.xpath("v:id/@root", namespaces=V3)[0].lower() == paper.unique_id
