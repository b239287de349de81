"""The space of one person while they are here: who is in the room, what is open, what was done.

One object is handed to every act instead of a global: it says for whom (the patient), by whom (the
helper), how (with them or for them), under which mandate, and where things are kept. It lives in
the session process and dies with it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.clock import now
from app.outbox import Sealer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.clock import Clock
    from app.fhir import Resource
    from app.mandates import Mandate
    from app.records import Records
    from app.vault.files import DocumentFiles
    from app.vault.patient import PatientVault

__all__ = ["Actor", "ActorRole", "AssistMode", "Done", "DoneCode", "Sealer", "Space"]


class AssistMode(StrEnum):
    """How the helper helps: the person acts and is helped, or the helper acts for the person."""

    WITH = "faire_avec"
    FOR = "faire_pour"


class ActorRole(StrEnum):
    """Who is in the room beside the person; ``CITIZEN``: nobody, the person is at home alone."""

    CITIZEN = "citizen"
    ADVISER = "adviser"
    CARER = "carer"
    LEGAL_REPRESENTATIVE = "legal_representative"
    PHARMACIST = "pharmacist"

    @property
    def is_professional(self) -> bool:
        """Whether they help by trade: other mandates, other refusals."""
        return self in {ActorRole.ADVISER, ActorRole.PHARMACIST}

    @property
    def is_close(self) -> bool:
        """Whether they act for someone close to them, from home."""
        return self in {ActorRole.CARER, ActorRole.LEGAL_REPRESENTATIVE}


@dataclass(frozen=True, slots=True)
class Actor:
    """The helper: ``id`` is that of their Practitioner, ``organization_id`` that of their Organization.

    At home: a carer's ``id`` is that of the RelatedPerson they are in this record; the person alone is
    their own actor.
    """

    id: str
    display: str
    role: ActorRole
    organization_id: str
    organization_name: str


class DoneCode(StrEnum):
    """What can stand on a receipt."""

    DOCUMENT_FILED = "document-filed"
    DOCUMENT_READ = "document-read"
    DOCUMENT_PRINTED = "document-printed"
    DOCUMENT_COPIED = "document-copied"
    MANDATE_GRANTED = "mandate-granted"
    MANDATE_REVOKED = "mandate-revoked"
    ALLERGY_ADDED = "allergy-added"
    ALLERGY_CHANGED = "allergy-changed"
    ALLERGY_ENDED = "allergy-ended"
    ALLERGY_REMOVED = "allergy-removed"
    VACCINATION_ADDED = "vaccination-added"
    VACCINATION_CHANGED = "vaccination-changed"
    VACCINATION_REMOVED = "vaccination-removed"
    TRUSTED_PERSON_NAMED = "trusted-person-named"
    TRUSTED_PERSON_CHANGED = "trusted-person-changed"
    TRUSTED_PERSON_ENDED = "trusted-person-ended"
    CONTACT_ADDED = "contact-added"
    CONTACT_CHANGED = "contact-changed"
    CONTACT_ENDED = "contact-ended"
    CONFLICT_SETTLED = "conflict-settled"
    ACCESS_REPORTED = "access-reported"
    VISIT_PREPARED = "visit-prepared"
    RECEIPT_KEPT = "receipt-kept"
    SENDING_GIVEN_UP = "sending-given-up"


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the receipt: what, when, and the words that belong to it (title, category …)."""

    code: DoneCode
    at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Space:
    """The open space of one person."""

    patient: Resource
    patient_id: str
    records: Records
    files: DocumentFiles
    actor: Actor
    vault: PatientVault
    mode: AssistMode = AssistMode.WITH
    mandate: Mandate | None = None
    sealer: Sealer | None = None
    clock: Clock = now
    done: list[Done] = field(default_factory=list)
    durations: tuple[str, ...] | None = None
    """How long the organization lets a mandate last (codes); ``None`` where it says nothing."""
    mails: bool = False
    """Whether the service sends mails; then who has an address may be told of a receipt."""
    filing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while a document is filed, so that a second press meets the first one's document."""

    def note(self, code: DoneCode, **fields: str) -> None:
        """Add a line to the receipt; a line that says the same as one before is not repeated."""
        if not any(line.code is code and line.fields == fields for line in self.done):
            self.done.append(Done(code, self.clock(), fields))
