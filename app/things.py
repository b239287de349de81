"""What an act is about, as the person knows it: one thing with a kind; and who may see or change it.

A mandate is known by itself, whatever paper comes with it; a document by its DocumentReference. To a helper
whose mandate does not open that part of the space it has no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.codes.mandate_words import Action, Scope
from app.codes.relationships import RelativeRole
from app.counter import require_prescription
from app.edits import today
from app.errors import TandemError
from app.fhir import (
    allergy_intolerance,
    consent,
    display_of,
    document_reference,
    immunization,
    question,
    related_person,
    resource_key,
    string,
)
from app.mandates import require
from app.personal_acts import PersonDecides
from app.space import AssistMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.records import Operation
    from app.space import Space

__all__ = ["Kind", "Thing", "main_of", "may", "require_for", "scope_of", "thing_of", "title_of"]

_DOCUMENT = "DocumentReference"


class Kind(StrEnum):
    """What an act is about."""

    DOCUMENT = "document"
    ALLERGY = "allergy"
    VACCINATION = "vaccination"
    TRUSTED_PERSON = "trusted-person"
    CONTACT = "contact"
    MANDATE = "mandate"
    ACCESS_ANSWER = "access-answer"
    ACCESS_REPORT = "access-report"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Thing:
    """What an act or a deletion is about; ``body`` is ``None`` where the helper may not see it."""

    kind: Kind
    key: str
    body: Resource | None

    @property
    def id(self) -> str:
        """The resource's id."""
        return self.key.partition("/")[2]


_SCOPES = {
    _DOCUMENT: Scope.DOCUMENTS,
    "List": Scope.DOCUMENTS,
    allergy_intolerance.TYPE: Scope.PROFILE,
    immunization.TYPE: Scope.PROFILE,
    related_person.TYPE: Scope.WISHES,
}
_PERSONS_OWN = {Kind.ACCESS_ANSWER: "professional-access", Kind.ACCESS_REPORT: "access-report"}


def main_of(space: Space, operation: Operation) -> Thing:
    """Return the thing that an act is known by: a mandate's paper is the mandate's."""
    things = [
        thing_of(space, each) for each in operation.resources if each.get("resourceType") != "Provenance"
    ]
    return min(things, key=lambda each: list(Kind).index(each.kind) if each.kind is not Kind.MANDATE else -1)


def thing_of(space: Space, body: Resource) -> Thing:
    """Say what a resource is, as the person knows it."""
    about = question.about(body)
    if about is not None:
        asked = space.records.get(*about.split("/"))
        return Thing(_kind(space, asked or {}), about, asked)
    return Thing(_kind(space, body), resource_key(body), body)


def _kind(space: Space, body: Resource) -> Kind:
    match body.get("resourceType"):
        case "DocumentReference":
            return Kind.DOCUMENT
        case allergy_intolerance.TYPE:
            return Kind.ALLERGY
        case immunization.TYPE:
            return Kind.VACCINATION
        case related_person.TYPE:
            is_trusted = related_person.read(body, today(space)).role is RelativeRole.TRUSTED
            return Kind.TRUSTED_PERSON if is_trusted else Kind.CONTACT
        case "Consent":
            return Kind.MANDATE if consent.is_mandate(body) else Kind.ACCESS_ANSWER
        case "Communication":
            return Kind.ACCESS_REPORT
    return Kind.OTHER


def scope_of(key: str) -> Scope:
    """Return the part of the space that a resource ("Type/id") belongs to."""
    return _SCOPES.get(key.partition("/")[0], Scope.ACCOUNT)


def require_for(space: Space, action: Action, things: Iterable[Thing]) -> None:
    """Let an act on these pass, or raise why not.

    Mandates are either side's; what the person alone decides is theirs to see, and theirs to change.
    """
    for each in things:
        if each.kind is Kind.MANDATE:
            continue
        if each.kind in _PERSONS_OWN:
            if action is not Action.VIEW and space.mode is not AssistMode.WITH:
                raise PersonDecides(act=_PERSONS_OWN[each.kind])
        elif each.kind is Kind.DOCUMENT:
            row = space.records.document(each.id)
            require_prescription(space, action, row.category if row else None)
        else:
            require(space, action, scope_of(each.key))


def may(space: Space, action: Action, operations: Iterable[Operation]) -> bool:
    """Say whether who is here may do this with all of these."""
    try:
        require_for(space, action, [main_of(space, each) for each in operations])
    except TandemError:
        return False
    return True


def title_of(thing: Thing) -> str:
    """Name what was let go of, on the receipt."""
    body = thing.body or {}
    match thing.kind:
        case Kind.DOCUMENT:
            told = string(document_reference.attachment_of(body), "title")
        case Kind.ALLERGY | Kind.VACCINATION:
            told = display_of(body.get("code") or body.get("vaccineCode"))
        case Kind.TRUSTED_PERSON | Kind.CONTACT:
            told = string(body, "name", 0, "text")
        case _:
            told = string(body, "organization", 0, "display")
    return told or "…"
