"""Words about people and mandates that several screens say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.codes.mandate_words import ACTION_LABELS
from app.fhir import patient as patients
from app.fhir import string
from app.mandates import Action, Duration, SigningMode
from ui import formats
from ui.text import _, commas, joined, resayable

if TYPE_CHECKING:
    from app.fhir import Resource
    from app.mandates import Mandate

__all__ = ["greeting_name", "mandate_words", "signed_words", "standing_words", "stop_words", "until_words"]


@resayable
def greeting_name(patient: Resource) -> str:
    """Return how to greet the person: « Madame Martin », or the whole name, a child by theirs."""
    whole = patients.display_name(patient)
    if patients.is_minor(patient, datetime.now().astimezone().date()):
        return whole
    civility = {"female": _("Madame"), "male": _("Monsieur")}.get(string(patient, "gender") or "")
    family = whole.partition(" ")[2]
    return joined(" ", (civility, family)) if civility and family else whole


@resayable
def until_words(mandate: Mandate) -> str:
    """Say until when a mandate runs."""
    if mandate.duration is Duration.SESSION:
        return _("pendant cette visite")
    return _("jusqu’au {day}").format(day=formats.short_day(mandate.end))


@resayable
def mandate_words(mandate: Mandate) -> str:
    """Say in a line what a mandate allows: « regarder et ajouter, pendant cette visite »."""
    allowed = [_(ACTION_LABELS[action]) for action in Action if action in mandate.actions]
    return commas((formats.listed(allowed), until_words(mandate)))


@resayable
def standing_words(mandate: Mandate, *, is_running: bool) -> str:
    """Say whether a mandate runs, until when, or that it is over and how."""
    if is_running:
        return until_words(mandate)
    if mandate.status != "active":
        return _("arrêté")
    return _("terminé le {day}").format(day=formats.short_day(mandate.end))


def signed_words(mandate: Mandate) -> str:
    """Say how the person agreed to it, and when."""
    day = formats.short_day(mandate.start)
    if mandate.signing_mode is SigningMode.ON_PAPER:
        return _("Signé sur papier le {day}.").format(day=day)
    return _("Accepté à l’écran le {day}.").format(day=day)


def stop_words() -> str:
    """Say how a mandate is stopped, wherever one is."""
    return _(
        "Pour arrêter ce mandat : « Mon mandat », puis « Arrêter ce mandat ». "
        "Ou dites-le à la structure qui vous aide."
    )
