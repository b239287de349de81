"""What the PC itself remembers of a visit: who helped, when, which kind of act, under which mandate.

Context: the visit's own journal lies in the person's store and goes with it. Whoever answers for the
PC must still be able to show, for three years and more, that access was lawful, and the list must
never become a second record of the person.
Decision: an ``Entry`` is codes, times and ids only. Neither a name nor a title nor the person's
identifiers are in it: the person is a pseudonym (HMAC-SHA256 of their record's id under a key of the
PC's vault), stable on this PC and meaningless on any other, and the resources are named by their
types. The session makes the entry, the desk takes nothing but what has the form of one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from app.errors import OurBug
from app.fhir import Resource, codes, node, nodes, reference_id, string
from app.fhir.audit_event import AuditAction, make_pseudonymous
from app.ids import mint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.vault.anchor import Head

__all__ = ["Entry", "EntryMalformed", "pseudonym", "set_aside_event"]

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
# An identity provider's own id for someone, where there is no Practitioner: visible ASCII.
_WHO: Final = re.compile(r"[!-~]{0,128}")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,39}")
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{64}")
_CODE: Final = re.compile(r"[a-z][a-z_-]{0,31}")
_MOST_TYPES: Final = 16


class EntryMalformed(OurBug):
    """What came is no entry of the PC's journal; it is not written."""

    code = "journal-entry-malformed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act or reading. ``operation`` is the id of the act's Provenance; a reading has none."""

    id: str
    recorded: str
    action: str
    outcome: str
    mode: str
    role: str
    adviser: str
    organization: str
    patient: str
    types: tuple[str, ...]
    operation: str | None = None
    mandate: str | None = None

    @classmethod
    def of(cls, event: Resource, operation: str | None, key: bytes) -> Self:
        """Take from a visit's AuditEvent (``app.fhir.audit_event.make``) what may be remembered."""
        helper, person = nodes(event, "agent")
        patient_id = reference_id(node(person, "who"), "Patient") or ""
        entities = (string(each, "what", "reference") or "" for each in nodes(event, "entity")[1:])
        policy = [each.rpartition("/")[2] for each in helper.get("policy", [])]
        return cls(
            id=event["id"],
            recorded=event["recorded"],
            action=event["action"],
            outcome=event["outcome"],
            mode=nodes(event, "extension")[0]["valueCode"],
            role=codes(nodes(helper, "role")[0])[0],
            adviser=reference_id(node(helper, "who"), "Practitioner") or "",
            organization=reference_id(node(event, "source", "observer"), "Organization") or "",
            patient=pseudonym(key, patient_id),
            types=tuple(sorted({each.partition("/")[0] for each in entities})),
            operation=operation,
            mandate=policy[0] if policy else None,
        )

    @classmethod
    def read(cls, told: object) -> Self:
        """Read an entry that a session told; raises ``EntryMalformed``."""
        try:
            fields: dict[str, Any] = dict(told)  # type: ignore[call-overload]  # anything may have come
            entry = cls(**fields | {"types": tuple(fields["types"])})
            entry._require_sound()
        except (TypeError, ValueError, KeyError):
            raise EntryMalformed from None
        return entry

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as it travels."""
        return asdict(self)

    def audit_event(self) -> Resource:
        """Return the AuditEvent that is journaled."""
        return make_pseudonymous(
            self.id,
            action=AuditAction(self.action),
            outcome=self.outcome,
            types=self.types,
            operation=self.operation,
            pseudonym=self.patient,
            helper_id=self.adviser,
            helper_role=self.role,
            organization_id=self.organization,
            mode=self.mode,
            mandate=self.mandate,
            recorded=self.recorded,
        )

    def _require_sound(self) -> None:
        forms: Mapping[re.Pattern[str], tuple[str, ...]] = {
            _ID: (self.id, *(each for each in (self.operation, self.mandate) if each is not None)),
            _WHO: (self.adviser, self.organization),
            _CODE: (self.mode, self.role),
            _PSEUDONYM: (self.patient,),
            _TYPE: self.types,
        }
        sound = all(form.fullmatch(value) for form, values in forms.items() for value in values)
        AuditAction(self.action)
        if not sound or self.outcome not in {"0", "4", "8", "12"} or len(self.types) > _MOST_TYPES:
            raise ValueError
        if datetime.fromisoformat(self.recorded).tzinfo is None:
            raise ValueError


def pseudonym(key: bytes, patient_id: str) -> str:
    """Return what a person is called in this PC's journal: 64 hexadecimal digits."""
    return hmac.new(key, b"Patient/" + patient_id.encode(), hashlib.sha256).hexdigest()


def set_aside_event(why: str, known: Head | None, recorded: str) -> Resource:
    """Make the first entry of a journal that follows one set aside: why, and what was known of that."""
    details = {"why": why}
    if known is not None:
        details |= {"journal": known.journal, "size": str(known.size), "last": known.last}
    return {
        "resourceType": "AuditEvent",
        "id": mint(),
        "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110113"},
        "subtype": [{"code": "journal-set-aside"}],
        "recorded": recorded,
        "outcome": "8",
        "agent": [{"who": {"display": "Tandem"}, "requestor": False}],
        "source": {"observer": {"display": "Tandem"}},
        "entity": [{"detail": [{"type": name, "valueString": value} for name, value in details.items()]}],
    }
