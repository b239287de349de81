"""The mandate's closed lists: data classes, actions, durations, ways of signing, with French labels.

The lists are whole from the start, although documents are the only scope the program serves so
far: a mandate's text and codes must not change meaning with a later version.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

__all__ = [
    "ACTION_LABELS",
    "DURATION_LABELS",
    "SCOPE_LABELS",
    "SESSION_AT_MOST",
    "Action",
    "Duration",
    "Scope",
    "SigningMode",
]

SESSION_AT_MOST = timedelta(hours=12)
"""A mandate for one visit ends with it; should the end never be written, it ends by itself."""


class Scope(StrEnum):
    """What part of the health space a mandate opens."""

    DOCUMENTS = "documents"
    PRESCRIPTIONS = "prescriptions"
    RESULTS = "results"
    PROFILE = "profile"
    MEASURES = "measures"
    MESSAGES = "messages"
    AGENDA = "agenda"
    REIMBURSEMENTS = "reimbursements"
    WISHES = "wishes"
    ACCOUNT = "account"


class Action(StrEnum):
    """What the helper may do there."""

    VIEW = "view"
    ADD = "add"
    EDIT = "edit"
    HIDE = "hide"
    SEND = "send"
    PRINT = "print"


class Duration(StrEnum):
    """How long a mandate lasts: this visit, or a number of days."""

    SESSION = "SESSION"
    DAY = "P1D"
    MONTH = "P31D"
    HALF_YEAR = "P182D"
    YEAR = "P365D"

    @property
    def length(self) -> timedelta:
        """The longest it can last."""
        return SESSION_AT_MOST if self is Duration.SESSION else timedelta(days=int(self[1:-1]))


class SigningMode(StrEnum):
    """How the person agreed to the text."""

    ON_SCREEN = "on-screen"
    ON_PAPER = "on-paper"


SCOPE_LABELS: dict[Scope, str] = {
    Scope.DOCUMENTS: "mes documents",
    Scope.PRESCRIPTIONS: "mes ordonnances",
    Scope.RESULTS: "mes résultats d’examens",
    Scope.PROFILE: "mon profil médical",
    Scope.MEASURES: "mes mesures de santé",
    Scope.MESSAGES: "mes messages",
    Scope.AGENDA: "mon agenda",
    Scope.REIMBURSEMENTS: "mes remboursements",
    Scope.WISHES: "mes volontés et mes contacts",
    Scope.ACCOUNT: "les réglages de mon espace",
}

ACTION_LABELS: dict[Action, str] = {
    Action.VIEW: "regarder",
    Action.ADD: "ajouter",
    Action.EDIT: "modifier",
    Action.HIDE: "masquer",
    Action.SEND: "envoyer",
    Action.PRINT: "imprimer",
}

DURATION_LABELS: dict[Duration, str] = {
    Duration.SESSION: "le temps de cette visite",
    Duration.DAY: "1 jour",
    Duration.MONTH: "31 jours",
    Duration.HALF_YEAR: "182 jours (6 mois)",
    Duration.YEAR: "365 jours (1 an)",
}
