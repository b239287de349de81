"""One unit of work: what one request reads and writes, inside one transaction of the store.

The isolation of citizens is decided here and nowhere else: a caller whose token names a citizen
works under that citizen's key (and reads the shared directory), whatever ids the request holds. An id
that is someone else's is answered exactly as one that does not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson

from app.clock import instant
from app.fhir import Resource, question, string
from app.fhir.compartment import patient_references, related_references
from app.ids import mint
from sync.service import carers, event_index, helpers, hiding, mail, masking, search
from sync.service.compartment import NOT_STORED, R4_TYPES, SHARED_TYPES, national_identifier
from sync.service.index import index_rows
from sync.service.records import EVENT, SHARED, Held, Records
from sync.service.refusals import Refused
from sync.service.storage import RecordsContended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.service.caller import Caller
    from sync.service.inline import Inline
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["Access", "Unit", "check_id", "check_type"]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,12})"')
_MANAGED = frozenset({"versionId", "lastUpdated"})
_OF_THE_PERSON = frozenset(
    {
        "resourceType", "id", "meta", "implicitRules", "language", "text", "telecom", "address", "contact",
        "communication", "photo", "maritalStatus", "generalPractitioner",
    }
)  # fmt: skip
"""What a person's own program changes in a Patient; the rest is the identity's source's."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the audit will say of one thing done."""

    action: str
    patient_key: str
    entity: str


@dataclass(slots=True)
class Unit:
    """A caller at work in one transaction."""

    service: Service
    records: Records
    caller: Caller
    moment: str
    accesses: list[Access] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    provenance: Resource | None = None
    acted: str = ""
    act_checked: bool = False
    deed: str = ""
    """What an operation ("E") of this unit was, for the audit: a code."""
    inline: Inline | None = None
    """Where bytes that come inside a resource are found, in work that keeps some."""
    prescriptions: frozenset[str] | None = None
    """Which documents a slip for prescriptions opens (``helpers.only_documents``), once it was asked."""

    @classmethod
    def begin(cls, service: Service, sql: Connection, caller: Caller) -> Unit:
        """Start one."""
        moment = instant(service.clock())
        return cls(service, Records(sql), caller, moment, acted=moment)

    def anew(self) -> Unit:
        """Start another in the same transaction, for another act of the same caller."""
        return Unit(
            self.service, self.records, self.caller, self.moment, acted=self.acted, inline=self.inline
        )

    # -- what may be seen

    def visibility(self, resource_type: str) -> search.Visibility:
        """Say whose resources of a type this caller may see."""
        if self.caller.is_system:
            return search.Visibility(None, see_hidden=True, may_read=self.may_read)
        if resource_type in SHARED_TYPES:
            return search.Visibility(SHARED, see_hidden=True)
        only = helpers.only_documents(self)
        return search.Visibility(
            self.patient_key(),
            see_hidden=False,
            close=self.caller.is_close,
            only=only,
            may_read=self.may_read,
        )

    def narrowed(self, resource_type: str, pairs: Iterable[tuple[str, str]]) -> search.Visibility:
        """Say the same for a search; one that names a Patient looks into that record only."""
        visible = self.visibility(resource_type)
        if visible.patient_key is not None or resource_type in SHARED_TYPES:
            return visible
        for name, value in pairs:
            if name in {"patient", "subject"} and "," not in value:
                key = self.records.key_of_patient(value.removeprefix("Patient/"))
                return replace(visible, patient_key=key) if key else visible
        return visible

    def patient_key(self) -> str:
        """Return the key of the citizen this token names; refuses one that names none."""
        if self.caller.patient_key is None:
            raise Refused("not-allowed")
        return self.caller.patient_key

    def place_of(self, resource_type: str, resource_id: str) -> str:
        """Return the key under which the caller's resource of that id is, or would be."""
        if resource_type in SHARED_TYPES:
            return SHARED
        if self.caller.is_system:
            return self.records.owner(resource_type, resource_id) or SHARED
        return self.patient_key()

    def permit(self, letter: str, resource_type: str) -> None:
        """Refuse what no scope gives; shared types are read by everyone who is signed in."""
        check_type(resource_type)
        if letter in "rs" and resource_type in SHARED_TYPES:
            return
        if not self.caller.allows(letter, resource_type):
            raise Refused("not-allowed", at=resource_type)
        if letter in "cu" and resource_type in NOT_STORED:
            raise Refused("unknown-type", type=resource_type)
        if letter in "ud" and resource_type == EVENT:
            # Not even a program: what tells of accesses is worth what nobody can change.
            raise Refused("read-only-type", at=resource_type)
        if letter in "cud" and not self.caller.is_system and _tended(letter, resource_type):
            raise Refused("read-only-type", at=resource_type)

    def may_read(self, resource_type: str) -> bool:
        """Say whether what is found on the way to something else may be shown, or looked at, too."""
        if resource_type in SHARED_TYPES:
            return True
        opened = helpers.seen_types(self)
        return self.caller.allows("r", resource_type) and (opened is None or resource_type in opened)

    # -- reading

    def is_hidden(self, held: Held) -> bool:
        """Say whether something is hidden from this caller."""
        return not self.caller.is_system and masking.is_among(held.hidden, close=self.caller.is_close)

    def find(self, resource_type: str, resource_id: str) -> Held | None:
        """Return the current version, a tombstone too; ``None`` where the caller has nothing there."""
        return self._shown(self._standing(resource_type, resource_id))

    def _standing(self, resource_type: str, resource_id: str) -> Held | None:
        """Return what stands where the caller works, whoever may see it."""
        key = self.place_of(resource_type, resource_id)
        self.records.hold(key)
        return self.records.current(key, resource_type, resource_id)

    def _shown(self, held: Held | None) -> Held | None:
        return held if held and not self.is_hidden(held) and not carers.is_others(self, held) else None

    def read(self, resource_type: str, resource_id: str) -> Held:
        """Return the current version; raises ``unknown`` or ``deleted``."""
        held = self.find(resource_type, resource_id)
        if held is None or helpers.is_outside(self, held):
            raise Refused("unknown")
        if held.body is None:
            raise Refused("deleted")
        return held

    def seen(self, *helds: Held) -> None:
        """Note that these were read."""
        self.note("R", *helds)

    def note(self, action: str, *helds: Held) -> None:
        """Note what was done, for the audit. What belongs to no citizen is not audited."""
        self.accesses += [Access(action, held.patient_key, held.key) for held in helds if held.patient_key]

    def match(self, resource_type: str, criteria: list[tuple[str, str]]) -> Held | None:
        """Return the one resource that meets a condition; refuses several."""
        helpers.check_reading(self, resource_type)
        carers.check_whole(self, resource_type)
        visible = self.narrowed(resource_type, criteria)
        query = search.parse(resource_type, criteria, visible, strict=True)
        if not query.conditions:
            raise Refused("bad-parameter", name="If-None-Exist")
        if resource_type == EVENT:
            event_index.settle(self.records, visible.patient_key)
        if self.caller.is_system:
            # Two programs that look for the same at the same moment would both find nothing, and make two.
            self.records.sql.lock(
                "match", resource_type, *(f"{name}={value}" for name, value in sorted(criteria))
            )
        found = search.search(self.records.sql, query, visible, 0)
        if found.total > 1:
            raise Refused("several-match")
        return found.page[0] if found.page else None

    # -- writing

    def create(self, resource: Resource, resource_id: str | None = None) -> Held:
        """Store a new resource, under the id given or a new one."""
        resource_type = str(resource["resourceType"])
        self.permit("c", resource_type)
        self._check_question(None, resource)
        chosen = resource_id or mint()
        key = self._key_for(resource, chosen)
        if resource_id:
            self._free(resource_type, chosen, key)
        return self._store(resource, Held(key, resource_type, chosen, 1, self.moment, 0, None, "POST"))

    def update(
        self,
        resource: Resource,
        resource_id: str,
        *,
        if_match: str | None = None,
        only_new: bool = False,
        method: str = "PUT",
    ) -> tuple[Held, bool]:
        """Store a new version, or create it (``only_new``: only create); returns it and whether it is new.

        One look decides: what is looked at twice may have changed between.
        """
        resource_type = str(resource["resourceType"])
        check_id(resource_id)
        standing = self._standing(resource_type, resource_id)
        held = self._shown(standing)
        self.permit("u" if held else "c", resource_type)
        check_match(if_match, held)
        if only_new and held is not None and held.body is not None:
            raise Refused("exists", at="If-None-Match")
        self._check_question(held, resource)
        if held is None:
            key = self._key_for(resource, resource_id)
            if standing is not None and not self.caller.is_system:
                raise Refused("id-taken")
            if self.caller.is_system and self.records.owner(resource_type, resource_id):
                raise RecordsContended  # it came since we looked: begin anew, and find it
            made = Held(key, resource_type, resource_id, 1, self.moment, 0, None, method)
            return self._store(resource, made), True
        self._check_identity(resource, held)
        key = self._kept_key(resource, held)
        number = held.version + 1
        made = Held(key, resource_type, resource_id, number, self.moment, held.hidden, None, method)
        return self._store(resource, made), held.body is None

    def delete(self, resource_type: str, resource_id: str, *, if_match: str | None = None) -> Held | None:
        """Write a tombstone; returns it, or ``None`` where there was nothing left to delete."""
        self.permit("d", resource_type)
        held = self.find(resource_type, resource_id)
        if held is None or held.body is None:
            return None
        check_match(if_match, held)
        self._check_question(held, None)
        tomb = Held(
            held.patient_key, held.type, held.id, held.version + 1, self.moment, held.hidden, None, "DELETE"
        )
        stored = self.records.put(tomb, [])
        self.note("D", stored)
        return stored

    def _check_question(self, held: Held | None, resource: Resource | None) -> None:
        there = held.resource() if held is not None and held.body is not None else None
        if not self.caller.is_system and not question.may_become(there, resource):
            raise Refused("not-allowed", at=question.TYPE)

    def _store(self, resource: Resource, made: Held) -> Held:
        meta = {k: v for k, v in (resource.get("meta") or {}).items() if k not in _MANAGED}
        meta = {"versionId": str(made.version), "lastUpdated": made.updated} | meta
        rest = {k: v for k, v in resource.items() if k not in {"resourceType", "id", "meta"}}
        body = {"resourceType": made.type, "id": made.id, "meta": meta} | rest
        self.records.hold(made.patient_key)
        hidden = masking.hidden_from(self.records, made.patient_key, body, made.hidden)
        text = orjson.dumps(body).decode()
        held = Held(
            made.patient_key, made.type, made.id, made.version, made.updated, hidden, text, made.method
        )
        stored = self.records.put(held, index_rows(body), alone=self.caller.is_system)
        if made.type == "DocumentReference":
            hiding.stored(self.records, stored, made.hidden)
        if made.type == "DocumentReference" and made.version == 1:
            mail.receipt_came(self.service, self.records.sql, made.patient_key, body)
        self.note("C" if made.version == 1 else "U", stored)
        return stored

    # -- whose record it goes into

    def _key_for(self, resource: Resource, resource_id: str) -> str:
        """Return the key under which a new resource is stored."""
        resource_type = str(resource["resourceType"])
        if resource_type in SHARED_TYPES:
            return SHARED
        if not self.caller.is_system:
            return self._own_key(resource)
        if resource_type == "Patient":
            return self._open_citizen(resource, resource_id)
        return self._named_key(resource)

    def _own_key(self, resource: Resource) -> str:
        key = self.patient_key()
        for text in patient_references(resource):
            if text.split("/")[-1] != self.caller.patient_id:
                raise Refused("another-person")
        return key

    def _named_key(self, resource: Resource) -> str:
        """Find the citizen a program's resource is about; a Patient it names must exist."""
        for text in patient_references(resource):
            if text.startswith(("http://", "https://")) and not text.startswith(self.service.fhir + "/"):
                continue
            key = self.records.key_of_patient(text.split("/")[-1])
            if key is None:
                raise Refused("patient-unknown", at=str(resource["resourceType"]))
            return key
        for text in related_references(resource):
            kind, _, related_id = text.rpartition("/")
            key = self.records.owner(kind.rpartition("/")[2], related_id)
            if key:
                return key
        return SHARED

    def _open_citizen(self, resource: Resource, resource_id: str) -> str:
        identifier = national_identifier(resource)
        key = self.service.secrets.patient_key(identifier or f"id|{resource_id}")
        if not self.records.open_citizen(key, resource_id):
            key = self.service.secrets.patient_key(f"id|{resource_id}")
            self.records.open_citizen(key, resource_id)
        return key

    def _check_identity(self, resource: Resource, held: Held) -> None:
        """Keep what identifies and protects a person as it is: nobody's program but a source's writes it.

        An INS written by its bearer would draw another person's papers into their record.
        """
        if held.type != "Patient" or self.caller.is_system:
            return
        before = held.resource()
        for name in sorted({*before, *resource} - _OF_THE_PERSON):
            if before.get(name) != resource.get(name):
                raise Refused("read-only-type", at=f"Patient.{name}")

    def _kept_key(self, resource: Resource, held: Held) -> str:
        """Return where it stays: with its person; only what was no one's may be given to someone."""
        if held.type in SHARED_TYPES or held.type == "Patient":
            return held.patient_key
        key = self._own_key(resource) if not self.caller.is_system else self._named_key(resource)
        if key in {held.patient_key, SHARED}:
            return held.patient_key
        if held.patient_key != SHARED:
            raise Refused("patient-changed")
        self.records.adopt(held.type, held.id, key)
        return key

    def _free(self, resource_type: str, resource_id: str, key: str) -> None:
        """Refuse an id that is in use where the caller works.

        In another person's record the same id is another resource: a caller who names one citizen must not
        learn that it is there. Programs see all records, and one id leads them to one resource.
        """
        check_id(resource_id)
        if self.caller.is_system:
            is_taken = self.records.owner(resource_type, resource_id) is not None
        else:
            is_taken = self.records.current(key, resource_type, resource_id) is not None
        if is_taken:
            raise Refused("id-taken")


def _tended(letter: str, resource_type: str) -> bool:
    """Say whether the service itself tends this type, for callers that are no program."""
    return (
        resource_type in SHARED_TYPES
        or resource_type == EVENT
        or (resource_type == "Patient" and letter in "cd")
        or (resource_type == "Provenance" and letter in "ud")
    )


def check_type(resource_type: str) -> None:
    """Refuse what is no R4 type."""
    if resource_type not in R4_TYPES:
        raise Refused("unknown-type", type=resource_type[:64])


def check_id(resource_id: str) -> None:
    """Refuse what is no FHIR id."""
    if not _ID.fullmatch(resource_id):
        raise Refused("bad-id")


def check_match(if_match: str | None, held: Held | None) -> None:
    """Refuse a change based on another version than the current one."""
    if if_match is None or if_match.strip() == "*":
        if if_match is not None and (held is None or held.body is None):
            raise Refused("stale")
        return
    found = _ETAG.fullmatch(if_match.strip())
    if not found:
        raise Refused("bad-etag", at="If-Match")
    if held is None or held.version != int(found[1]):
        raise Refused("stale", at="If-Match")


def subject_of(resource: Resource) -> str | None:
    """Return the id of the Patient a resource names first."""
    found = patient_references(resource)
    return found[0].split("/")[-1] if found else string(resource, "id")
