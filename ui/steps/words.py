"""How allergies, vaccinations and relatives are said: in the words of the closed lists, else as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.allergens import ALLERGENS
from app.codes.reactions import REACTIONS, SEVERITIES
from app.codes.relationships import RELATIONS
from app.codes.terms import found_in
from app.codes.vaccines import VACCINES
from app.fhir import display_of
from app.fhir.partial_date import earliest
from ui import formats
from ui.text import _, commas, current_language, resayable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.codes.terms import Term
    from app.conflicts import Witness
    from app.fhir import Resource
    from app.fhir.allergy_intolerance import AllergyBody
    from app.fhir.immunization import ImmunizationBody
    from app.fhir.related_person import RelativeBody

__all__ = [
    "allergy_name",
    "partial_day",
    "reaction_words",
    "relation_words",
    "severity_words",
    "term_words",
    "vaccine_name",
    "witness_words",
]

_YEAR, _MONTH = 4, 7


def term_words(terms: Mapping[str, Term], coded: Resource) -> str:
    """Say a coded thing: as our list does where it is in it, in the person's own words where not."""
    term = found_in(terms.values(), coded)
    return _(term.label) if term else display_of(coded) or ""


def allergy_name(body: AllergyBody) -> str:
    """Say what the allergy is to."""
    return term_words(ALLERGENS, body.code) or _("Allergie sans nom")


def vaccine_name(body: ImmunizationBody) -> str:
    """Say against what the vaccination is."""
    return term_words(VACCINES, body.code) or _("Vaccin sans nom")


def reaction_words(body: AllergyBody) -> str:
    """Say what the allergy does."""
    return commas([term_words(REACTIONS, each) for each in body.reactions])


def severity_words(body: AllergyBody) -> str:
    """Say how bad it was."""
    term = SEVERITIES.get(body.severity)
    return _(term.label) if term else ""


def relation_words(body: RelativeBody) -> str:
    """Say who someone is to the person."""
    return term_words(RELATIONS, body.relation)


@resayable
def partial_day(text: str) -> str:
    """Say a partial date: « 1985 », « octobre 2025 », « 14 octobre 2025 »."""
    day = earliest(text)
    if day is None:
        return ""
    if len(text) == _YEAR:
        return text
    if len(text) > _MONTH:
        return formats.short_day(day)
    from babel.dates import format_date

    return str(format_date(day, "MMMM y", locale=current_language().split("_", maxsplit=1)[0]))


def witness_words(witness: Witness) -> str:
    """Say who changed something, and when."""
    if witness.at is None:
        return _("Changé sur un autre appareil.")
    when = {"day": formats.day(witness.at), "time": formats.clock_time(witness.at)}
    if not witness.helper:
        return _("Changé le {day} à {time}.").format(**when)
    if witness.is_by_patient:
        return _("Changé par vous, avec {helper}, le {day} à {time}.").format(helper=witness.helper, **when)
    return _("Changé par {helper}, pour vous, le {day} à {time}.").format(helper=witness.helper, **when)
