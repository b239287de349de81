"""Words about people and mandates that several screens say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import patient as patients
from app.fhir import string
from app.mandates import Action, Duration
from ui import formats
from ui.text import _, commas, joined, resayable

if TYPE_CHECKING:
    from app.fhir import Resource
    from app.mandates import Mandate

__all__ = ["greeting_name", "mandate_words", "until_words"]


@resayable
def greeting_name(patient: Resource) -> str:
    """Return how to greet the person: « Madame Martin », or the whole name."""
    whole = patients.display_name(patient)
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
    names = {Action.VIEW: _("regarder"), Action.ADD: _("ajouter"), Action.EDIT: _("modifier")}
    allowed = [names[action] for action in Action if action in mandate.actions and action in names]
    return commas((formats.listed(allowed), until_words(mandate)))
