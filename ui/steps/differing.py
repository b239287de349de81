"""Where two versions of one thing contradict each other, element by element, in plain words.

A card says only what has to be chosen: all else is kept from both sides, whoever is kept. What is not in the
tables has the neutral words of one who does not know: « Autre renseignement ».
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.fhir import allergy_intolerance, consent, immunization, related_person, string
from ui import formats
from ui.steps.words import (
    allergy_name,
    partial_day,
    reaction_words,
    relation_words,
    severity_words,
    vaccine_name,
)
from ui.text import _, mark, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.fhir import Resource
    from app.fhir.related_person import RelativeBody

__all__ = ["differing_words"]

Row = tuple[str, "Callable[[Resource], str]"]


def _allergy(say: Callable[[allergy_intolerance.AllergyBody], str]) -> Callable[[Resource], str]:
    return lambda body: say(allergy_intolerance.read(body))


def _vaccine(say: Callable[[immunization.ImmunizationBody], str]) -> Callable[[Resource], str]:
    return lambda body: say(immunization.read(body))


def _relative(say: Callable[[RelativeBody], str]) -> Callable[[Resource], str]:
    return lambda body: say(related_person.read(body, datetime.now().astimezone().date()))


def _listed(is_listed: bool) -> str:  # noqa: FBT001 - what the line says
    return _("dans la liste") if is_listed else _("retiré de la liste")


def _until(body: Resource) -> str:
    end = (string(body, "provision", "period", "end") or "")[:10]
    return formats.recorded_day(end) if end and consent.is_mandate(body) else ""


_ALLERGY_STATE: Row = (mark("État"), _allergy(lambda b: _listed(allergy_intolerance.is_listed(b))))
_RELATIVE_STATE: Row = (mark("État"), _relative(lambda b: _listed(b.is_active)))

_ROWS: Mapping[str, Mapping[str, Row]] = {
    allergy_intolerance.TYPE: {
        "code": (mark("Allergie"), _allergy(allergy_name)),
        "reaction.severity": (mark("Gravité"), _allergy(severity_words)),
        "reaction": (mark("Ce qui est arrivé"), _allergy(reaction_words)),
        "onset[x]": (mark("Depuis"), _allergy(lambda b: partial_day(b.onset))),
        "note": (mark("Précision"), _allergy(lambda b: b.note)),
        "clinicalStatus": _ALLERGY_STATE,
        "verificationStatus": _ALLERGY_STATE,
    },
    immunization.TYPE: {
        "vaccineCode": (mark("Vaccin"), _vaccine(vaccine_name)),
        "occurrence[x]": (mark("Date"), _vaccine(lambda b: partial_day(b.day))),
        "lotNumber": (mark("Numéro de lot"), _vaccine(lambda b: b.lot)),
        "expirationDate": (mark("Date limite"), _vaccine(lambda b: partial_day(b.expiry))),
        "protocolApplied": (mark("Numéro de la dose"), _vaccine(lambda b: str(b.dose or ""))),
        "performer": (mark("Vacciné par"), _vaccine(lambda b: b.performer)),
        "note": (mark("Précision"), _vaccine(lambda b: b.note)),
        "status": (mark("État"), _vaccine(lambda b: _listed(immunization.is_listed(b)))),
    },
    related_person.TYPE: {
        "name": (mark("Nom"), _relative(lambda b: b.name)),
        "telecom": (mark("Téléphone"), _relative(lambda b: formats.grouped(b.phone))),
        "relationship": (mark("Lien avec vous"), _relative(relation_words)),
        "active": _RELATIVE_STATE,
        "period": _RELATIVE_STATE,
    },
    "Consent": {
        "status": (
            mark("Accord"),
            lambda body: _("en cours") if string(body, "status") == "active" else _("arrêté"),
        ),
        "provision": (mark("Jusqu’à quand"), _until),
    },
}


def differing_words(body: Resource, paths: Sequence[str]) -> tuple[str, ...]:
    """Say what a version says where the two contradict each other; each line once, what is unknown last."""
    rows = _ROWS.get(str(body.get("resourceType")), {})
    found = [_row_of(rows, each) for each in paths]
    known = dict.fromkeys(each for each in found if each is not None)
    lines = [named(_(label), say(body) or _("non noté")) for label, say in known]
    if None in found:
        lines.append(_("Autre renseignement"))
    return tuple(dict.fromkeys(lines))


def _row_of(rows: Mapping[str, Row], path: str) -> Row | None:
    """Find the row of the longest element that a path begins with; labels of items don't count."""
    element = _without_labels(path).partition(".")[2]
    while element:
        if element in rows:
            return rows[element]
        element = element.rpartition(".")[0]
    return None


def _without_labels(path: str) -> str:
    kept, depth, choice = "", 0, path.replace("[x]", "\0")
    for sign in choice:
        depth += (sign == "[") - (sign == "]")
        if not depth and sign != "]":
            kept += sign
    return kept.replace("\0", "[x]")
