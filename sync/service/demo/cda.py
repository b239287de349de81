"""CDA R2 papers: level 1 around a PDF, level 3 with coded results, and the auto-presenting form.

Written from the schema's order of elements (urn:hl7-org:v3). A paper is a tree of tuples turned into
text by one function, so that every word is escaped in one place.
"""

from __future__ import annotations

import base64
from xml.sax.saxutils import escape, quoteattr

from sync.service.demo.analyses import Chapter, Result, draw_panel
from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.laboratory import draw_report
from sync.service.demo.people import INS_TEST, Gender, Person, made_up_id
from sync.service.demo.practices import BIOLOGIST, GENERAL_PRACTITIONER, Author
from sync.service.demo.reports import hospital_stay

__all__ = ["cda_auto_presenting", "cda_laboratory", "cda_letter"]

_LOINC = "2.16.840.1.113883.6.1"
_PROFESSIONS = "1.2.250.1.213.1.1.4.5"
_NATIONAL_PERSON, _NATIONAL_PLACE = "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2"
_LAB_FORMAT, _PDF_FORMAT = "urn:ihe:lab:xd-lab:2008", "urn:ihe:iti:xds-sd:pdf:2008"


def _element(tag: str, *children: str, **attributes: str) -> str:
    """Write one element; a trailing underscore in a name stands for a word Python keeps."""
    names = {name.rstrip("_").replace("__", ":"): value for name, value in attributes.items()}
    written = "".join(f" {name}={quoteattr(value)}" for name, value in names.items())
    inner = "".join(children)
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def _words(tag: str, words: str, **attributes: str) -> str:
    return _element(tag, escape(words), **attributes)


def _loinc(tag: str, code: str, display: str) -> str:
    return _element(tag, code=code, displayName=display, codeSystem=_LOINC, codeSystemName="LOINC")


def _stamp(occasion: Occasion) -> str:
    return f"{occasion.day:%Y%m%d}103000+0100"


def cda_letter(occasion: Occasion) -> Draft:
    """Make a hospital's letter: CDA level 1, its body is the PDF."""
    inner = hospital_stay(occasion)
    body = _element(
        "component",
        _element(
            "nonXMLBody",
            _element(
                "text",
                base64.b64encode(inner.data).decode("ascii"),
                mediaType="application/pdf",
                representation="B64",
            ),
        ),
    )
    head = _head(
        occasion,
        inner.title,
        ("11490-0", "Lettre de liaison à la sortie"),
        inner.author,
        ("1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20"),
    )
    return Draft(inner.title, inner.author, "11490-0", _document(head + body), "text/xml", "xml", _PDF_FORMAT)


def cda_laboratory(occasion: Occasion) -> Draft:
    """Make a laboratory's report: CDA level 3, tables to read and coded results, the PDF as a copy."""
    title = "Résultats de prise de sang"
    data = _document(_laboratory(title, occasion))
    return Draft(title, BIOLOGIST, "11502-2", data, "text/xml", "xml", _LAB_FORMAT)


def cda_auto_presenting(occasion: Occasion) -> Draft:
    """Make the same report inside a style sheet that would show it (never to be run)."""
    title = "Résultats de prise de sang"
    inner = _element(
        "ClinicalDocument",
        _laboratory(title, occasion),
        xmlns="urn:hl7-org:v3",
        xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
    )
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="#"?>\n'
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        'xmlns:data="urn:asip-sante:ci-sis"><data:Contenu>' + inner + "</data:Contenu>"
        '<xsl:template match="/"><html><body><p>Document fictif</p></body></html></xsl:template></xsl:stylesheet>'
    )
    return Draft(title, BIOLOGIST, "11502-2", sheet.encode(), "text/xml", "xml", _LAB_FORMAT)


def _document(content: str) -> bytes:
    root = _element(
        "ClinicalDocument",
        content,
        xmlns="urn:hl7-org:v3",
        xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- Document fictif -->\n{root}'.encode()


def _head(
    occasion: Occasion, title: str, code: tuple[str, str], author: Author, templates: tuple[str, ...]
) -> str:
    unique = made_up_id("cda", occasion.person.login, title, str(occasion.chance.getrandbits(64)))
    stamp = _stamp(occasion)
    return "".join(
        (
            _element("realmCode", code="FR"),
            _element("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
            _element("templateId", root="2.16.840.1.113883.2.8.2.1"),
            *(_element("templateId", root=root) for root in templates),
            _element("id", root=unique.upper()),
            _loinc("code", *code),
            _words("title", title),
            _element("effectiveTime", value=stamp),
            _element(
                "confidentialityCode", code="N", displayName="Normal", codeSystem="2.16.840.1.113883.5.25"
            ),
            _element("languageCode", code="fr-FR"),
            _element("setId", root=unique.upper()),
            _element("versionNumber", value="1"),
            _record_target(occasion.person),
            _author(author, stamp),
            _custodian(author),
            _legal_authenticator(author, stamp),
            _service_event(occasion, author),
            _encounter(occasion, author),
        )
    )


def _record_target(person: Person) -> str:
    code, display = ("F", "Féminin") if person.gender is Gender.FEMALE else ("M", "Masculin")
    patient = _element(
        "patient",
        _patient_name(person),
        _element(
            "administrativeGenderCode", code=code, displayName=display, codeSystem="2.16.840.1.113883.5.1"
        ),
        _element("birthTime", value=f"{person.born:%Y%m%d}"),
        _birth_place(person),
        classCode="PSN",
    )
    role = _element(
        "patientRole",
        _element("id", extension=person.ins, root=person.system.removeprefix("urn:oid:") or INS_TEST),
        _address(person.street, person.postal_code, person.city),
        _element("telecom", value=f"tel:{person.phone.replace(' ', '')}", use="H"),
        patient,
    )
    return _element("recordTarget", role)


def _patient_name(person: Person) -> str:
    parts = [
        _words("family", person.family.upper(), qualifier="BR"),
        _words("given", " ".join(person.given).upper()),
        _words("given", person.given[0].upper(), qualifier="BR"),
        _words("family", person.shown_family.upper(), qualifier="CL"),
        _words("given", person.shown_given.upper(), qualifier="CL"),
    ]
    return _element("name", *parts)


def _birth_place(person: Person) -> str:
    address = _element("addr", _words("county", person.birth_code), _words("city", person.birth_city))
    return _element("birthplace", _element("place", address))


def _address(street: str, postal_code: str, city: str) -> str:
    return _element(
        "addr", _words("streetAddressLine", street), _words("postalCode", postal_code), _words("city", city)
    )


def _organization(author: Author, tag: str, *extra: str) -> str:
    practice = author.practice
    return _element(
        tag,
        _element("id", root=_NATIONAL_PLACE, extension=f"1{practice.number}"),
        _words("name", practice.name),
        _element("telecom", value=f"tel:{practice.phone.replace(' ', '')}", use="WP"),
        _address(practice.street, practice.postal_code, practice.city),
        *extra,
    )


def _professional(author: Author) -> str:
    """Write what assignedAuthor and assignedEntity share: number, profession, address, person."""
    practice = author.practice
    person = _element(
        "name", _words("given", author.given), _words("family", author.family), _words("suffix", "DR")
    )
    return "".join(
        (
            _element("id", root=_NATIONAL_PERSON, extension=f"8{author.rpps}"),
            _element("code", code="G15_10", displayName=author.profession, codeSystem=_PROFESSIONS),
            _address(practice.street, practice.postal_code, practice.city),
            _element("telecom", value=f"tel:{practice.phone.replace(' ', '')}", use="WP"),
            _element("assignedPerson", person),
        )
    )


def _author(author: Author, stamp: str) -> str:
    content = _professional(author) + _organization(author, "representedOrganization")
    return _element("author", _element("time", value=stamp), _element("assignedAuthor", content))


def _custodian(author: Author) -> str:
    place = _organization(author, "representedCustodianOrganization")
    return _element("custodian", _element("assignedCustodian", place))


def _legal_authenticator(author: Author, stamp: str) -> str:
    return _element(
        "legalAuthenticator",
        _element("time", value=stamp),
        _element("signatureCode", code="S"),
        _element("assignedEntity", _professional(author)),
    )


def _service_event(occasion: Occasion, author: Author) -> str:
    practice = author.practice
    industry = _element(
        "standardIndustryClassCode",
        code=practice.setting,
        displayName=practice.setting_display,
        codeSystem="1.2.250.1.213.1.1.4.9",
    )
    entity = _professional(author) + _organization(author, "representedOrganization", industry)
    period = _element(
        "effectiveTime", _element("low", value=_stamp(occasion)), _element("high", value=_stamp(occasion))
    )
    event = _element(
        "serviceEvent", period, _element("performer", _element("assignedEntity", entity), typeCode="PRF")
    )
    return _element("documentationOf", event)


def _encounter(occasion: Occasion, author: Author) -> str:
    practice = author.practice
    facility = _element(
        "healthCareFacility",
        _element(
            "code",
            code=practice.facility,
            displayName=practice.facility_display,
            codeSystem="1.2.250.1.71.4.2.4",
        ),
        _element("location", _words("name", practice.name)),
    )
    period = _element("effectiveTime", _element("low", value=_stamp(occasion)))
    return _element("componentOf", _element("encompassingEncounter", period, _element("location", facility)))


def _laboratory(title: str, occasion: Occasion) -> str:
    chapters = draw_panel(occasion.person, occasion.chance)
    head = _head(
        occasion,
        title,
        ("11502-2", "CR d'examens biologiques"),
        BIOLOGIST,
        ("1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.3.3", "1.2.250.1.213.1.1.1.55"),
    )
    sections = "".join(_chapter(number, chapter, occasion) for number, chapter in enumerate(chapters))
    copy = _pdf_copy(draw_report(title, occasion, chapters))
    return head + _element("component", _element("structuredBody", sections + _comment() + copy))


def _chapter(number: int, chapter: Chapter, occasion: Occasion) -> str:
    section = _element(
        "section",
        _element("templateId", root="1.3.6.1.4.1.19376.1.3.3.2.1"),
        _loinc("code", chapter.loinc, chapter.name),
        _words("title", chapter.name),
        _element("text", _narrative(number, chapter)),
        _entry(number, chapter, occasion),
    )
    return _element("component", section)


def _narrative(number: int, chapter: Chapter) -> str:
    head = "".join(
        _words("th", words) for words in ("Analyse", "Résultat", "Unité", "Valeurs usuelles", "Antérieur")
    )
    rows = "".join(
        _element(
            "tr",
            _element("td", _words("content", result.analysis.name, ID=f"r{number}-{place}")),
            *(
                _words("td", words)
                for words in (_marked(result), result.analysis.unit, result.usual, result.before_words)
            ),
        )
        for place, result in enumerate(chapter.results)
    )
    return _element("table", _element("thead", _element("tr", head)), _element("tbody", rows))


def _marked(result: Result) -> str:
    return f"* {result.words}" if result.is_low or result.is_high else result.words


def _entry(number: int, chapter: Chapter, occasion: Occasion) -> str:
    act = _element(
        "act",
        _loinc("code", chapter.loinc, chapter.name),
        _element("statusCode", code="completed"),
        *(
            _element(
                "entryRelationship", _observation(f"#r{number}-{place}", result, occasion), typeCode="COMP"
            )
            for place, result in enumerate(chapter.results)
        ),
        classCode="ACT",
        moodCode="EVN",
    )
    return _element("entry", _element("templateId", root="1.3.6.1.4.1.19376.1.3.1"), act, typeCode="DRIV")


def _observation(anchor: str, result: Result, occasion: Occasion) -> str:
    analysis = result.analysis
    code = _element(
        "code",
        _element("originalText", _element("reference", value=anchor)),
        code=analysis.loinc,
        displayName=analysis.name,
        codeSystem=_LOINC,
        codeSystemName="LOINC",
    )
    meaning = ("H", "Haut") if result.is_high else ("L", "Bas") if result.is_low else ("N", "Normal")
    return _element(
        "observation",
        _element("templateId", root="1.3.6.1.4.1.19376.1.3.1.6"),
        code,
        _element("statusCode", code="completed"),
        _element("effectiveTime", value=_stamp(occasion)),
        _element("value", xsi__type="PQ", value=str(result.value), unit=analysis.ucum),
        _element(
            "interpretationCode", code=meaning[0], displayName=meaning[1], codeSystem="2.16.840.1.113883.5.83"
        ),
        _reference_range(result),
        classCode="OBS",
        moodCode="EVN",
    )


def _reference_range(result: Result) -> str:
    analysis = result.analysis
    ends = [
        _element(tag, value=str(bound), unit=analysis.ucum)
        for tag, bound in (("low", analysis.low), ("high", analysis.high))
        if bound is not None
    ]
    value = _element("value", *ends, xsi__type="IVL_PQ")
    return _element(
        "referenceRange",
        _element("observationRange", value, classCode="OBS", moodCode="EVN.CRT"),
        typeCode="REFV",
    )


def _comment() -> str:
    text = _element(
        "text",
        _words("paragraph", "Résultats validés, à commenter avec le médecin qui les a demandés."),
        _element(
            "list",
            _words("item", "* hors des valeurs usuelles du laboratoire"),
            _words("item", f"Prescripteur : {GENERAL_PRACTITIONER.name}"),
            _words("item", "Document fictif"),
        ),
    )
    section = _element(
        "section", _loinc("code", "48767-8", "Commentaire"), _words("title", "Commentaire"), text
    )
    return _element("component", section)


def _pdf_copy(pdf: bytes) -> str:
    media = _element(
        "observationMedia",
        _element(
            "value", base64.b64encode(pdf).decode("ascii"), mediaType="application/pdf", representation="B64"
        ),
        classCode="OBS",
        moodCode="EVN",
        ID="copie",
    )
    section = _element(
        "section",
        _element("templateId", root="1.2.250.1.213.1.1.2.243"),
        _loinc("code", "55108-5", "Copie du document"),
        _words("title", "Copie du document"),
        _element("text", _element("renderMultiMedia", referencedObject="copie")),
        _element("entry", media),
    )
    return _element("component", section)
