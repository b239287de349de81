"""CDA R2 papers: level 1 around a PDF, level 3 with coded results, and the auto-presenting form."""

from __future__ import annotations

import base64

from sync.service.demo.analyses import Chapter, Result, draw_panel
from sync.service.demo.cda_header import LOINC, element, head, loinc, stamp, unique_id, words
from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.laboratory import draw_report
from sync.service.demo.practices import BIOLOGIST, GENERAL_PRACTITIONER
from sync.service.demo.reports import hospital_stay

__all__ = ["cda_auto_presenting", "cda_laboratory", "cda_letter"]

_LAB_TITLE = "Résultats de prise de sang"
_LAB_FORMAT, _PDF_FORMAT = "urn:ihe:lab:xd-lab:2008", "urn:ihe:iti:xds-sd:pdf:2008"


def cda_letter(occasion: Occasion) -> Draft:
    """Make a hospital's letter: CDA level 1, its body is the PDF."""
    inner = hospital_stay(occasion)
    body = element(
        "component",
        element(
            "nonXMLBody",
            element(
                "text",
                base64.b64encode(inner.data).decode("ascii"),
                mediaType="application/pdf",
                representation="B64",
            ),
        ),
    )
    unique = unique_id(occasion)
    heading = head(
        occasion,
        inner.title,
        ("11490-0", "Lettre de liaison à la sortie"),
        inner.author,
        unique,
        ("1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20"),
    )
    return Draft(
        inner.title,
        inner.author,
        "11490-0",
        _document(heading + body),
        "text/xml",
        "xml",
        _PDF_FORMAT,
        unique_id=unique,
    )


def cda_laboratory(occasion: Occasion) -> Draft:
    """Make a laboratory's report: CDA level 3, tables to read and coded results, the PDF as a copy."""
    unique = unique_id(occasion)
    return _laboratory_draft(_document(_laboratory(unique, occasion)), unique)


def cda_auto_presenting(occasion: Occasion) -> Draft:
    """Make the same report inside a style sheet that would show it (never to be run)."""
    unique = unique_id(occasion)
    inner = element(
        "ClinicalDocument",
        _laboratory(unique, occasion),
        xmlns="urn:hl7-org:v3",
        xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
    )
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="#"?>\n'
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        'xmlns:data="urn:asip-sante:ci-sis"><data:Contenu>' + inner + "</data:Contenu>"
        '<xsl:template match="/"><html><body><p>Document fictif</p></body></html></xsl:template>'
        "</xsl:stylesheet>"
    )
    return _laboratory_draft(sheet.encode(), unique)


def _laboratory_draft(data: bytes, unique: str) -> Draft:
    return Draft(_LAB_TITLE, BIOLOGIST, "11502-2", data, "text/xml", "xml", _LAB_FORMAT, unique_id=unique)


def _document(content: str) -> bytes:
    root = element(
        "ClinicalDocument",
        content,
        xmlns="urn:hl7-org:v3",
        xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- Document fictif -->\n{root}'.encode()


def _laboratory(unique: str, occasion: Occasion) -> str:
    chapters = draw_panel(occasion.person, occasion.chance)
    heading = head(
        occasion,
        _LAB_TITLE,
        ("11502-2", "CR d'examens biologiques"),
        BIOLOGIST,
        unique,
        ("1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.3.3", "1.2.250.1.213.1.1.1.55"),
    )
    sections = "".join(_chapter(number, chapter, occasion) for number, chapter in enumerate(chapters))
    copy = _pdf_copy(draw_report(_LAB_TITLE, occasion, chapters))
    return heading + element("component", element("structuredBody", sections + _comment() + copy))


def _chapter(number: int, chapter: Chapter, occasion: Occasion) -> str:
    section = element(
        "section",
        element("templateId", root="1.3.6.1.4.1.19376.1.3.3.2.1"),
        loinc("code", chapter.loinc, chapter.name),
        words("title", chapter.name),
        element("text", _narrative(number, chapter)),
        _entry(number, chapter, occasion),
    )
    return element("component", section)


def _narrative(number: int, chapter: Chapter) -> str:
    head = "".join(
        words("th", label) for label in ("Analyse", "Résultat", "Unité", "Valeurs usuelles", "Antérieur")
    )
    rows = "".join(
        element(
            "tr",
            element("td", words("content", result.analysis.name, ID=f"r{number}-{place}")),
            *(
                words("td", cell)
                for cell in (_marked(result), result.analysis.unit, result.usual, result.before_words)
            ),
        )
        for place, result in enumerate(chapter.results)
    )
    return element("table", element("thead", element("tr", head)), element("tbody", rows))


def _marked(result: Result) -> str:
    return f"* {result.words}" if result.is_low or result.is_high else result.words


def _entry(number: int, chapter: Chapter, occasion: Occasion) -> str:
    act = element(
        "act",
        loinc("code", chapter.loinc, chapter.name),
        element("statusCode", code="completed"),
        *(
            element(
                "entryRelationship", _observation(f"#r{number}-{place}", result, occasion), typeCode="COMP"
            )
            for place, result in enumerate(chapter.results)
        ),
        classCode="ACT",
        moodCode="EVN",
    )
    return element("entry", element("templateId", root="1.3.6.1.4.1.19376.1.3.1"), act, typeCode="DRIV")


def _observation(anchor: str, result: Result, occasion: Occasion) -> str:
    analysis = result.analysis
    code = element(
        "code",
        element("originalText", element("reference", value=anchor)),
        code=analysis.loinc,
        displayName=analysis.name,
        codeSystem=LOINC,
        codeSystemName="LOINC",
    )
    meaning = ("H", "Haut") if result.is_high else ("L", "Bas") if result.is_low else ("N", "Normal")
    return element(
        "observation",
        element("templateId", root="1.3.6.1.4.1.19376.1.3.1.6"),
        code,
        element("statusCode", code="completed"),
        element("effectiveTime", value=stamp(occasion)),
        element("value", xsi__type="PQ", value=str(result.value), unit=analysis.ucum),
        element(
            "interpretationCode", code=meaning[0], displayName=meaning[1], codeSystem="2.16.840.1.113883.5.83"
        ),
        _reference_range(result),
        classCode="OBS",
        moodCode="EVN",
    )


def _reference_range(result: Result) -> str:
    analysis = result.analysis
    ends = [
        element(tag, value=str(bound), unit=analysis.ucum)
        for tag, bound in (("low", analysis.low), ("high", analysis.high))
        if bound is not None
    ]
    value = element("value", *ends, xsi__type="IVL_PQ")
    return element(
        "referenceRange",
        element("observationRange", value, classCode="OBS", moodCode="EVN.CRT"),
        typeCode="REFV",
    )


def _comment() -> str:
    text = element(
        "text",
        words("paragraph", "Résultats validés, à commenter avec le médecin qui les a demandés."),
        element(
            "list",
            words("item", "* hors des valeurs usuelles du laboratoire"),
            words("item", f"Prescripteur : {GENERAL_PRACTITIONER.name}"),
            words("item", "Document fictif"),
        ),
    )
    section = element("section", loinc("code", "48767-8", "Commentaire"), words("title", "Commentaire"), text)
    return element("component", section)


def _pdf_copy(pdf: bytes) -> str:
    media = element(
        "observationMedia",
        element(
            "value", base64.b64encode(pdf).decode("ascii"), mediaType="application/pdf", representation="B64"
        ),
        classCode="OBS",
        moodCode="EVN",
        ID="copie",
    )
    section = element(
        "section",
        element("templateId", root="1.2.250.1.213.1.1.2.243"),
        loinc("code", "55108-5", "Copie du document"),
        words("title", "Copie du document"),
        element("text", element("renderMultiMedia", referencedObject="copie")),
        element("entry", media),
    )
    return element("component", section)
