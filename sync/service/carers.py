"""Carers: people who help someone close, each from their own account, under that person's consent.

Decisions:

- The person writes the consent (text, scopes, actions, end) before it has a carer's reference; the service
  keeps it with a code of one use, seven days. Who accepts, signed in for themselves, is written into it.
- A carer is ``RelatedPerson/<id>`` in the cared-for person's record: a keyed digest of both, so that the
  same carer has the same name there each time, and nothing elsewhere leads to their own record.
- A carer's token is held to its Consent exactly as a slip's is (``helpers``); it sees no other consent,
  and nothing marked INVISIBLE_REPRESENTANTS_LEGAUX (``masking``).
- Whatever the consent says, never: passing the access on, credentials, closing or deleting the space,
  taking all of it at once (`$everything` and the whole history are refused to every mandate's token).
- Limits: three carers a person, five people a carer (assisted-access.md §1). Open invitations count.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.clock import instant
from app.codes.mandate_words import Action, Duration, Scope
from app.fhir import Resource, node, nodes, string
from app.fhir import consent as consents
from app.fhir import patient as patients
from sync.service.caller import PEOPLE, Role
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.service.caller import Caller
    from sync.service.records import Held
    from sync.service.service import Service
    from sync.service.storage import Connection
    from sync.service.unit import Unit

__all__ = [
    "CARED_FOR",
    "MOST_CARED_FOR",
    "MOST_CARERS",
    "NEVER_ACTIONS",
    "NEVER_SCOPES",
    "Care",
    "accept",
    "begin",
    "check_never",
    "check_whole",
    "end",
    "finish",
    "invite",
    "is_others",
    "is_somebody_elses",
    "people",
    "running",
    "running_in",
]

CARED_FOR = "https://tandem.example/oauth/cared-for"
MOST_CARERS, MOST_CARED_FOR = 3, 5
NEVER_SCOPES = frozenset({Scope.ACCOUNT.value})
NEVER_ACTIONS = frozenset({Action.SEND.value})
INVITATION_DAYS = 7
_CODE_BYTES = 10
_ALPHABET_GROUP = 4
_NEVER_TYPES = frozenset({"Patient", "Person", "RelatedPerson"})


@dataclass(frozen=True, slots=True)
class Care:
    """One person cared for, under a consent that runs."""

    patient_id: str
    consent_id: str
    reference: str
    role: str
    carer: str
    end: str
    person: Resource
    capacity: str = ""

    def act(self, sub: str) -> dict[str, str]:
        """Name the carer in a token."""
        return {"sub": sub, "fhirUser": self.reference, "role": self.role, "name": self.carer}

    def told(self) -> dict[str, Any]:
        """Say it to the carer's program."""
        return {
            "patient": self.patient_id,
            "name": patients.display_name(self.person),
            "birth_date": string(self.person, "birthDate") or "",
            "consent": self.consent_id,
            "carer": self.reference.partition("/")[2],
            "carer_name": self.carer,
            "role": self.role,
            "capacity": self.capacity,
            "end": self.end,
        }


# -- the person's side -------------------------------------------------------------------------------


def invite(service: Service, caller: Caller, told: Mapping[str, Any]) -> dict[str, str]:
    """Keep a consent that awaits its carer; returns the code to be handed over, and until when it serves."""
    _require_alone(caller)
    if told.get("role", Role.CARER.value) != Role.CARER.value:
        # By the law, not by a word: the service notes it (representatives).
        raise Refused("representative-noted")
    key, consent = str(caller.patient_key), _checked(service, caller, told)
    code, expires = _drawn(), instant(service.clock() + timedelta(days=INVITATION_DAYS))
    with service.store.transaction(of=key) as sql:
        chosen = [each for each in _carers_of(service, sql, key) if each.role == Role.CARER.value]
        if len(chosen) + _open_invitations(service, sql, key) >= MOST_CARERS:
            raise Refused("carer-many", most=MOST_CARERS)
        sql.execute(
            "INSERT INTO carer_invitation (digest, patient_key, consent_id, consent, role, expires)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                service.secrets.digest("carer", _plain(code)),
                key,
                consent["id"],
                orjson.dumps(consent).decode(),
                Role.CARER.value,
                expires,
            ),
        )
    return {"code": code, "expires": expires, "consent": str(consent["id"])}


def _checked(service: Service, caller: Caller, told: Mapping[str, Any]) -> Resource:
    consent = told.get("consent")
    if not isinstance(consent, dict) or consent.get("resourceType") != "Consent":
        raise Refused("carer-form", what="consent")
    filled = _with_carer(consent, "RelatedPerson/x")
    body = consents.mandate_body(filled)
    if body is None or body.patient_id != caller.patient_id or body.organization_id:
        raise Refused("carer-form", what="consent")
    if not body.scopes or not body.actions:
        raise Refused("carer-form", what="scope")
    if NEVER_SCOPES & set(body.scopes) or NEVER_ACTIONS & set(body.actions):
        raise Refused("carer-never")
    lasts = body.duration in set(Duration) and Duration(body.duration) is not Duration.SESSION
    if not lasts or body.end - body.start > Duration(body.duration).length or body.end <= service.clock():
        raise Refused("carer-form", what="end")
    return consent | {"status": "proposed"}


def _require_alone(caller: Caller) -> None:
    """Refuse whoever is not the person themselves, alone: nobody passes on an access that is lent."""
    if caller.helper is not None:
        raise Refused("carer-never" if caller.is_close else "person-decides")
    if caller.role not in PEOPLE or not caller.patient_key:
        raise Refused("not-allowed")


# -- the carer's side --------------------------------------------------------------------------------


def accept(service: Service, caller: Caller, code: str) -> dict[str, Any]:
    """Take up an invitation; its consent is active from now on. Raises why not."""
    from sync.service.accounts import Accounts, clear_tries, count_try

    _require_alone(caller)
    tries = f"carer:{caller.login}"
    count_try(service, tries, 5, 900)
    account = Accounts(service).get(caller.login)
    name = account.name if account else ""
    with service.store.transaction(of=EVERYONE) as sql:
        row = _taken(service, sql, caller.login, code)
        _require_room(service, sql, caller, row[0])
        care = _begun(service, sql, caller, row, name)
    clear_tries(service, tries)
    return care.told()


def _taken(service: Service, sql: Connection, login: str, code: str) -> tuple[str, str, str]:
    """Spend an invitation; refuses one that is over. Nobody else counts this carer's people meanwhile."""
    digest, moment = service.secrets.digest("carer", _plain(code)), instant(service.clock())
    found = sql.execute("SELECT patient_key FROM carer_invitation WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        raise Refused("invitation-over")
    sql.hold(found[0])
    sql.lock("carer", login)
    row: tuple[str, str, str] | None = sql.execute(
        "UPDATE carer_invitation SET used = ? WHERE patient_key = ? AND digest = ? AND used IS NULL"
        " AND expires > ? RETURNING patient_key, consent, role",
        (moment, found[0], digest, moment),
    ).fetchone()
    if row is None:
        raise Refused("invitation-over")
    return row


def _require_room(service: Service, sql: Connection, caller: Caller, patient_key: str) -> None:
    if patient_key == caller.patient_key:
        raise Refused("carer-self")
    mine = list(_cared_for(service, sql, caller.login))
    if any(_key_of(sql, care.patient_id) == patient_key for care in mine):
        raise Refused("carer-already")
    if len(mine) >= MOST_CARED_FOR:
        raise Refused("carer-many", most=MOST_CARED_FOR)


def _begun(service: Service, sql: Connection, caller: Caller, row: tuple[str, str, str], name: str) -> Care:
    """Write the active consent into the person's record, in their name: they gave it."""
    patient_key, role = row[0], Role(row[2])
    row_kept = begin(service, sql, patient_key, caller.login, orjson.loads(row[1]), role)
    care = _care(service, sql, row_kept, name)
    if care is None:
        raise Refused("invitation-over")
    return care


def begin(
    service: Service, sql: Connection, patient_key: str, login: str, consent: Resource, role: Role
) -> tuple[str, str, str, str]:
    """Keep whose account may act under a consent, which is active from now on; returns the row."""
    reference = f"RelatedPerson/{_related_id(service, patient_key, login)}"
    active = _with_carer(consent, reference) | {"status": "active"}
    _kept(service, sql, patient_key, active, by_law=role is Role.LEGAL_REPRESENTATIVE)
    row = (patient_key, str(consent["id"]), reference, role.value)
    sql.execute(
        "INSERT INTO carer (patient_key, consent_id, reference, role, login) VALUES (?, ?, ?, ?, ?)",
        (*row, login),
    )
    return row


def _kept(
    service: Service, sql: Connection, patient_key: str, consent: Resource, *, by_law: bool = False
) -> None:
    """Write it, in the name of the person who gave it, or in the service's own."""
    from sync.service import audit
    from sync.service.caller import SERVICE_CALLER, Caller
    from sync.service.records import Records
    from sync.service.unit import Unit

    patient_id = str(Records(sql).patient_of_key(patient_key))
    scopes = frozenset({"patient/*.cruds"})
    person = Caller("", Role.CITIZEN, f"Patient/{patient_id}", scopes, patient_id, patient_key)
    unit = Unit.begin(service, sql, SERVICE_CALLER if by_law else person)
    unit.update(consent, str(consent["id"]))
    audit.write(unit, unit.records)


def end(service: Service, caller: Caller, consent_id: str) -> None:
    """End one's help to someone: the carer's own side. The person ends it as any mandate."""
    _require_alone(caller)
    with service.store.transaction(of=EVERYONE) as sql:
        row = sql.execute(
            "SELECT patient_key, role FROM carer WHERE login = ? AND consent_id = ?",
            (caller.login, consent_id),
        ).fetchone()
        if row and row[1] == Role.LEGAL_REPRESENTATIVE.value:
            raise Refused("representative-noted")
        if row:
            sql.hold(row[0])
        held = _consent(sql, row[0], consent_id) if row else None
        if held is None:
            raise Refused("unknown")
        if held.get("status") == "active":
            over = consents.revoked(held, by="carer", reason="asked", moment=service.clock())
            _kept(service, sql, row[0], over)


def people(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """List the people this account cares for now."""
    _require_alone(caller)
    with service.store.read(of=EVERYONE) as sql:
        return [care.told() for care in _cared_for(service, sql, caller.login)]


def running(service: Service, login: str, patient_id: str) -> Care | None:
    """Return the running care of this account for a person, if there is one."""
    with service.store.read(of=EVERYONE) as sql:
        return running_in(service, sql, login, patient_id)


def running_in(service: Service, sql: Connection, login: str, patient_id: str) -> Care | None:
    """Do so within a transaction."""
    found = (each for each in _cared_for(service, sql, login) if each.patient_id == patient_id)
    return next(found, None)


def finish(service: Service, sql: Connection, care: Care, *, by: str) -> None:
    """End what the service noted: the operator's act."""
    key = str(_key_of(sql, care.patient_id))
    held = _consent(sql, key, care.consent_id) or {}
    over = consents.revoked(held, by=by, reason="asked", moment=service.clock())
    _kept(service, sql, key, over, by_law=True)


# -- what holds a carer's token ----------------------------------------------------------------------


def check_never(unit: Unit, resources: list[Resource]) -> None:
    """Refuse what a carer never does: the person's identity and account, and who they trust."""
    if unit.caller.is_close and any(each.get("resourceType") in _NEVER_TYPES for each in resources):
        raise Refused("carer-never")


def check_whole(unit: Unit, resource_type: str) -> None:
    """Refuse the list of all consents: who else the person trusts is theirs to tell."""
    if unit.caller.is_close and resource_type == "Consent":
        raise Refused("carer-never")


def is_others(unit: Unit, held: Held) -> bool:
    """Say whether this is a consent between the person and somebody else: no carer's business."""
    return is_somebody_elses(unit, held.type, held.id)


def is_somebody_elses(unit: Unit, resource_type: str, resource_id: str) -> bool:
    """Say the same of an address, whether anything is there or not."""
    return unit.caller.is_close and resource_type == "Consent" and resource_id != unit.caller.mandate


# -- reading -----------------------------------------------------------------------------------------


def _cared_for(service: Service, sql: Connection, login: str) -> Iterator[Care]:
    from sync.service.accounts import Accounts

    rows = sql.execute(
        "SELECT patient_key, consent_id, reference, role FROM carer WHERE login = ?", (login,)
    ).fetchall()
    account = Accounts(service).get(login) if rows else None
    for row in rows:
        care = _care(service, sql, row, account.name if account else "")
        if care is not None:
            yield care


def _carers_of(service: Service, sql: Connection, patient_key: str) -> Iterator[Care]:
    rows = sql.execute(
        "SELECT patient_key, consent_id, reference, role FROM carer WHERE patient_key = ?", (patient_key,)
    ).fetchall()
    found = (_care(service, sql, row, "") for row in rows)
    return (each for each in found if each is not None)


def _care(service: Service, sql: Connection, row: tuple[str, str, str, str], name: str) -> Care | None:
    """Read a care; ``None`` where its consent is over."""
    from sync.service.records import Records

    consent = _consent(sql, row[0], row[1])
    body = consents.mandate_body(consent) if consent else None
    if body is None or body.status != "active" or not body.start <= service.clock() < body.end:
        return None
    patient_id = Records(sql).patient_of_key(row[0])
    held = Records(sql).current(row[0], "Patient", patient_id) if patient_id else None
    if patient_id is None or held is None or held.body is None:
        return None
    from sync.service.representatives import capacity_of

    capacity = capacity_of(consent or {})
    return Care(patient_id, row[1], row[2], row[3], name, instant(body.end), held.resource(), capacity)


def _consent(sql: Connection, patient_key: str, consent_id: str) -> Resource | None:
    from sync.service.records import Records

    held = Records(sql).current(patient_key, "Consent", consent_id)
    return held.resource() if held is not None and held.body is not None else None


def _open_invitations(service: Service, sql: Connection, patient_key: str) -> int:
    row = sql.execute(
        "SELECT count(*) FROM carer_invitation WHERE patient_key = ? AND used IS NULL AND expires > ?",
        (patient_key, instant(service.clock())),
    ).fetchone()
    return int(row[0])


def _key_of(sql: Connection, patient_id: str) -> str | None:
    from sync.service.records import Records

    return Records(sql).key_of_patient(patient_id)


def _with_carer(consent: Resource, reference: str) -> Resource:
    """Return the consent with its one carer's reference filled in, the name the person wrote kept."""
    provision = node(consent, "provision")
    actors = [
        each | {"reference": {"reference": reference, **_display(each)}} for each in nodes(provision, "actor")
    ]
    return consent | {"provision": provision | {"actor": actors[:1]}}


def _display(actor: Resource) -> Resource:
    name = string(node(actor, "reference"), "display")
    return {"display": name} if name else {}


def _related_id(service: Service, patient_key: str, login: str) -> str:
    return service.secrets.digest("related", f"{patient_key}/{login}").hex()[:32]


def _drawn() -> str:
    """Draw 80 random bits, in groups that can be read aloud."""
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return "-".join(text[at : at + _ALPHABET_GROUP] for at in range(0, len(text), _ALPHABET_GROUP))


def _plain(code: str) -> str:
    """What stands between the groups, small letters, and digits that look like letters make no difference."""
    text = code.strip().upper().removeprefix("TANDEM:AIDANT:").replace("0", "O").replace("1", "I")
    return "".join(each for each in text if each.isascii() and each.isalnum())
