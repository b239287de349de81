"""The header of a CDA R2 document in the order of the schema, and how its elements are written.

A document is nested calls of one function, so that every word is escaped in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from sync.service.demo.people import Gender, Person, made_up_id

if TYPE_CHECKING:
    from sync.service.demo.drafts import Occasion
    from sync.service.demo.practices import Author

__all__ = ["LOINC", "element", "head", "loinc", "stamp", "unique_id", "words"]

LOINC = "2.16.840.1.113883.6.1"
_PROFESSIONS = "1.2.250.1.213.1.1.4.5"
_NATIONAL_PERSON, _NATIONAL_PLACE = "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2"


def element(tag: str, *children: str, **attributes: str) -> str:
    """Write one element; a trailing underscore in a name stands for a word Python keeps."""
    names = {name.rstrip("_").replace("__", ":"): value for name, value in attributes.items()}
    written = "".join(f" {name}={quoteattr(value)}" for name, value in names.items())
    inner = "".join(children)
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def words(tag: str, text: str, **attributes: str) -> str:
    """Write one element that holds words."""
    return element(tag, escape(text), **attributes)


def loinc(tag: str, code: str, display: str) -> str:
    """Write a LOINC code."""
    return element(tag, code=code, displayName=display, codeSystem=LOINC, codeSystemName="LOINC")


def stamp(occasion: Occasion) -> str:
    """Write the paper's moment as HL7 does."""
    return f"{occasion.day:%Y%m%d}103000+0100"


def unique_id(occasion: Occasion) -> str:
    """Draw the document's own UUID."""
    return made_up_id("cda", occasion.person.login, f"{occasion.day}", str(occasion.chance.getrandbits(128)))


def head(
    occasion: Occasion,
    title: str,
    code: tuple[str, str],
    author: Author,
    unique: str,
    templates: tuple[str, ...],
) -> str:
    """Write everything before the body."""
    moment = stamp(occasion)
    return "".join(
        (
            element("realmCode", code="FR"),
            element("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
            element("templateId", root="2.16.840.1.113883.2.8.2.1"),
            *(element("templateId", root=root) for root in templates),
            element("id", root=unique.upper()),
            loinc("code", *code),
            words("title", title),
            element("effectiveTime", value=moment),
            element(
                "confidentialityCode", code="N", displayName="Normal", codeSystem="2.16.840.1.113883.5.25"
            ),
            element("languageCode", code="fr-FR"),
            element("setId", root=unique.upper()),
            element("versionNumber", value="1"),
            _record_target(occasion.person),
            _author(author, moment),
            _custodian(author),
            _legal_authenticator(author, moment),
            _service_event(occasion, author),
            _encounter(occasion, author),
        )
    )


def _record_target(person: Person) -> str:
    code, display = ("F", "Féminin") if person.gender is Gender.FEMALE else ("M", "Masculin")
    patient = element(
        "patient",
        _patient_name(person),
        element(
            "administrativeGenderCode", code=code, displayName=display, codeSystem="2.16.840.1.113883.5.1"
        ),
        element("birthTime", value=f"{person.born:%Y%m%d}"),
        _birth_place(person),
        classCode="PSN",
    )
    role = element(
        "patientRole",
        element("id", extension=person.ins, root=person.system.removeprefix("urn:oid:")),
        _address(person.street, person.postal_code, person.city),
        element("telecom", value=f"tel:{person.phone.replace(' ', '')}", use="H"),
        patient,
    )
    return element("recordTarget", role)


def _patient_name(person: Person) -> str:
    parts = [
        words("family", person.family.upper(), qualifier="BR"),
        words("given", " ".join(person.given).upper()),
        words("given", person.given[0].upper(), qualifier="BR"),
        words("family", person.shown_family.upper(), qualifier="CL"),
        words("given", person.shown_given.upper(), qualifier="CL"),
    ]
    return element("name", *parts)


def _birth_place(person: Person) -> str:
    address = element("addr", words("county", person.birth_code), words("city", person.birth_city))
    return element("birthplace", element("place", address))


def _address(street: str, postal_code: str, city: str) -> str:
    return element(
        "addr", words("streetAddressLine", street), words("postalCode", postal_code), words("city", city)
    )


def _organization(author: Author, tag: str, *extra: str) -> str:
    practice = author.practice
    return element(
        tag,
        element("id", root=_NATIONAL_PLACE, extension=f"1{practice.number}"),
        words("name", practice.name),
        element("telecom", value=f"tel:{practice.phone.replace(' ', '')}", use="WP"),
        _address(practice.street, practice.postal_code, practice.city),
        *extra,
    )


def _professional(author: Author) -> str:
    """Write what assignedAuthor and assignedEntity share: number, profession, address, person."""
    practice = author.practice
    person = element(
        "name", words("given", author.given), words("family", author.family), words("suffix", "DR")
    )
    return "".join(
        (
            element("id", root=_NATIONAL_PERSON, extension=f"8{author.rpps}"),
            element("code", code="G15_10", displayName=author.profession, codeSystem=_PROFESSIONS),
            _address(practice.street, practice.postal_code, practice.city),
            element("telecom", value=f"tel:{practice.phone.replace(' ', '')}", use="WP"),
            element("assignedPerson", person),
        )
    )


def _author(author: Author, moment: str) -> str:
    content = _professional(author) + _organization(author, "representedOrganization")
    return element("author", element("time", value=moment), element("assignedAuthor", content))


def _custodian(author: Author) -> str:
    place = _organization(author, "representedCustodianOrganization")
    return element("custodian", element("assignedCustodian", place))


def _legal_authenticator(author: Author, moment: str) -> str:
    return element(
        "legalAuthenticator",
        element("time", value=moment),
        element("signatureCode", code="S"),
        element("assignedEntity", _professional(author)),
    )


def _service_event(occasion: Occasion, author: Author) -> str:
    practice = author.practice
    industry = element(
        "standardIndustryClassCode",
        code=practice.setting,
        displayName=practice.setting_display,
        codeSystem="1.2.250.1.213.1.1.4.9",
    )
    entity = _professional(author) + _organization(author, "representedOrganization", industry)
    period = element(
        "effectiveTime", element("low", value=stamp(occasion)), element("high", value=stamp(occasion))
    )
    event = element(
        "serviceEvent", period, element("performer", element("assignedEntity", entity), typeCode="PRF")
    )
    return element("documentationOf", event)


def _encounter(occasion: Occasion, author: Author) -> str:
    practice = author.practice
    facility = element(
        "healthCareFacility",
        element(
            "code",
            code=practice.facility,
            displayName=practice.facility_display,
            codeSystem="1.2.250.1.71.4.2.4",
        ),
        element("location", words("name", practice.name)),
    )
    period = element("effectiveTime", element("low", value=stamp(occasion)))
    return element("componentOf", element("encompassingEncounter", period, element("location", facility)))
