"""How what waits is said: what it is about, how far it is, how much of it there is, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import allergy_intolerance, document_reference, immunization, string
from app.things import Kind
from app.waiting import Stage
from ui import formats, messages
from ui.steps.words import allergy_name, vaccine_name
from ui.text import _, joined, mark, named, ngettext, resayable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from app.things import Thing
    from app.waiting import Item
    from sync.engine import SyncStatus

__all__ = [
    "ICONS",
    "STAGE_ICONS",
    "clock_words",
    "helper_words",
    "line_words",
    "number_of",
    "reason_words",
    "since_words",
    "stage_words",
    "sum_words",
    "thing_words",
]

CLOCK_OFF = 300
"""Seconds between this PC's clock and the service's from which it is said."""

WORTH_SAYING = 100_000
"""Octets that take a while on a slow line."""

ICONS = {
    Kind.DOCUMENT: "text-box-outline",
    Kind.ALLERGY: "alert-octagon-outline",
    Kind.VACCINATION: "needle",
    Kind.TRUSTED_PERSON: "account-heart-outline",
    Kind.CONTACT: "phone-outline",
    Kind.MANDATE: "file-sign",
    Kind.ACCESS_ANSWER: "stethoscope",
    Kind.ACCESS_REPORT: "flag-outline",
    Kind.OTHER: "email-outline",
}
_NAMES = {
    Kind.ALLERGY: mark("Allergie"),
    Kind.VACCINATION: mark("Vaccin"),
    Kind.TRUSTED_PERSON: mark("Personne de confiance"),
    Kind.CONTACT: mark("Personne à prévenir"),
    Kind.MANDATE: mark("Mandat"),
    Kind.ACCESS_ANSWER: mark("Accès d’un professionnel"),
    Kind.ACCESS_REPORT: mark("Signalement d’un accès"),
    Kind.OTHER: mark("Autre envoi"),
}
STAGE_ICONS = {
    Stage.WAITS: "clock-outline",
    Stage.AGAIN: "clock-outline",
    Stage.GOING: "cloud-upload-outline",
    Stage.SENT: "cloud-check-outline",
    Stage.BEHIND: "clock-outline",
    Stage.REFUSED: "alert-circle-outline",
    Stage.CHOICE: "account-question-outline",
}


@resayable
def thing_words(thing: Thing) -> str:
    """Name what it is about: « Ordonnance du 3 mars », « Allergie : Kiwi »; no name where it is closed."""
    body = thing.body
    if body is None:
        return _(_NAMES[Kind.OTHER])
    match thing.kind:
        case Kind.DOCUMENT:
            return string(document_reference.attachment_of(body), "title") or _("Document sans nom")
        case Kind.ALLERGY:
            name = allergy_name(allergy_intolerance.read(body))
        case Kind.VACCINATION:
            name = vaccine_name(immunization.read(body))
        case Kind.TRUSTED_PERSON | Kind.CONTACT:
            name = string(body, "name", 0, "text") or ""
        case Kind.MANDATE:
            name = string(body, "organization", 0, "display") or ""
        case _:
            name = ""
    return named(_(_NAMES[thing.kind]), name)


def stage_words(item: Item, status: SyncStatus | None) -> str:
    """Say how far it is."""
    is_online = status is not None and status.online
    match item.stage:
        case Stage.WAITS if is_online:
            return _("Sera envoyé dans un instant.")
        case Stage.WAITS:
            return _("Sera envoyé dès qu’il y a du réseau.")
        case Stage.AGAIN:
            return _("Pas encore passé. Nouvel essai tout seul à {time}.").format(
                time=formats.clock_time(item.next_at or item.since)
            )
        case Stage.GOING:
            return _("En train d’être envoyé.")
        case Stage.SENT:
            return _("Envoyé. Nous vérifions qu’il est bien arrivé.")
        case Stage.BEHIND:
            return _("Partira après une autre ligne, qui parle de la même chose.")
        case Stage.CHOICE:
            return _("Deux personnes ont changé cela. Un choix est à faire.")
    return _("Refusé. {why}").format(why=reason_words(item))


def reason_words(item: Item) -> str:
    """Say why it was refused, or did not go through yet."""
    return messages.reason(item.reason, item.fields)


def line_words(item: Item, status: SyncStatus | None) -> tuple[str, str]:
    """Put one of them into the two lines of a list."""
    return thing_words(item.thing), stage_words(item, status)


@resayable
def since_words(moment: datetime, today: date) -> str:
    """Say since when: the time where it is of today, else the day."""
    local = moment.astimezone()
    return formats.clock_time(moment) if local.date() == today else formats.day(moment)


def sum_words(items: Sequence[Item], today: date, passed: int = 0) -> str:
    """Say how many wait since when, how much is to be sent, and how many octets passed just now."""
    if not items:
        return ""
    whole = ngettext(
        "{count} envoi attend depuis {when}.", "{count} envois attendent depuis {when}.", len(items)
    ).format(count=len(items), when=since_words(min(each.since for each in items), today))
    size = sum(each.size for each in items if each.stage in {Stage.WAITS, Stage.AGAIN, Stage.GOING})
    left = _("Il y a {size} à envoyer.").format(size=formats.size(size)) if size >= WORTH_SAYING else ""
    moved = _("Transmis jusqu’ici : {size}.").format(size=formats.size(passed)) if passed else ""
    return joined("\n", (whole, left, moved))


def clock_words(status: SyncStatus) -> str:
    """Say that this PC's clock is wrong, by how much; nothing where it is right."""
    offset = status.clock_offset
    if offset is None or abs(offset) <= CLOCK_OFF:
        return ""
    by = formats.counted("minutes", round(abs(offset) / 60))
    words = (
        _("L’heure de cet ordinateur retarde de {minutes}. Faites-la régler : un envoi peut être refusé.")
        if offset > 0
        else _("L’heure de cet ordinateur avance de {minutes}. Faites-la régler : un envoi peut être refusé.")
    )
    return words.format(minutes=by)


@resayable
def number_of(item: Item) -> str:
    """Return the number by which the service finds an act, in groups to be read out."""
    tail = item.op_id.replace("-", "")[-8:].upper()
    return formats.grouped(f"{tail[:4]} {tail[4:]}")


def helper_words(item: Item, organization: str) -> str:
    """Say whom to tell, and what to read out to them."""
    if organization:
        words = _("Prévenez {organization}. Lisez ce numéro : {number}.")
        return words.format(organization=organization, number=number_of(item))
    return _("Appelez l’aide du service. Lisez ce numéro : {number}.").format(number=number_of(item))
