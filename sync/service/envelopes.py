"""Sealed envelopes: acts that a PC could not send while the person was there, filed later, once.

The signature of an enrolled PC is checked before anything is decrypted; the act is filed by the same
code as one that came in time, under the mandate rules as they stood when the person acted. What is
refused is remembered with its reason, so that the PC is told and stops asking.
"""

from __future__ import annotations

import hashlib
import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from app.clock import instant
from app.fhir import node, nodes, reference_id, string
from app.fhir.merging import merge
from app.fhir.provenance import helper_id
from app.ids import mint
from app.vault.envelope import (
    EnvelopeDamaged,
    EnvelopeNotForUs,
    EnvelopeTooNew,
    EnvelopeUntrusted,
    OpenedEnvelope,
    open_envelope,
    read_delivery_head,
)
from app.vault.keys import Key
from app.vault.sealed import FileDamaged, SealedReader, StoredFile
from sync.service import asking, audit, devices, fhir, presence, readings, transactions
from sync.service.accounts import Accounts
from sync.service.binaries import Bytes, attach
from sync.service.caller import Caller, Helper, Role
from sync.service.exchange import Ask
from sync.service.inline import Inline, unless_kept
from sync.service.records import Records
from sync.service.refusals import Refused
from sync.service.storage import transact
from sync.service.unit import Unit

if TYPE_CHECKING:
    from app.errors import TandemError
    from app.fhir import Resource
    from sync.service.accounts import Account
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["receive", "state_of"]

_REVOKED, _MOST_REMEMBERED = "device-revoked", 10_000
_IF_MATCH = re.compile(r'W/"([0-9]{1,12})"')
_NO_VERSION = 'W/"0"'
_LONGEST_ID = 128
_SETTLED = frozenset({"filed", "asked"})
"""The PC lets the envelope go: what it brought is in the person's record."""
_REFUSALS: dict[type[TandemError], str] = {
    EnvelopeDamaged: "envelope-damaged",
    EnvelopeTooNew: "envelope-too-new",
    EnvelopeUntrusted: "envelope-untrusted",
    EnvelopeNotForUs: "envelope-not-for-us",
}


def receive(service: Service, body: BinaryIO) -> tuple[int, dict[str, Any]]:
    """``POST /envelopes``: file what is inside; done twice, it is done once."""
    try:
        blob = read_delivery_head(body)
        opened = open_envelope(blob, service.secrets.envelopes, lambda each: devices.known_key(service, each))
        operation = orjson.loads(opened.operation_json)
    except tuple(_REFUSALS) as error:
        raise Refused(_REFUSALS[type(error)]) from None
    except ValueError:
        raise Refused("envelope-damaged") from None
    if not isinstance(operation, dict):
        raise Refused("envelope-damaged")
    op_id = str(operation.get("op_id"))
    if len(op_id) > _LONGEST_ID:
        raise Refused("envelope-damaged")
    known = _known(service, opened.device_id, op_id)
    if not devices.still_enrolled(service, opened.device_id):
        return _of_a_revoked_pc(service, opened.device_id, op_id, known)
    if known and known[0] in _SETTLED:
        return 200, {"op_id": op_id, "state": known[0], "reason": known[1]}
    state, reason = _filed(service, opened, operation, body)
    _remember(service, opened.device_id, op_id, state, reason)
    return (201 if state in _SETTLED else 200), {"op_id": op_id, "state": state, "reason": reason}


def _of_a_revoked_pc(
    service: Service, device_id: str, op_id: str, known: tuple[str, str | None] | None
) -> tuple[int, dict[str, Any]]:
    """Refuse it and remember that it came, up to a limit: a thief could sign any number."""
    with service.store.read() as sql:
        refused = devices.count_envelopes(sql, device_id).get("refused", 0)
    if known is None and refused < _MOST_REMEMBERED:
        _remember(service, device_id, op_id, "refused", _REVOKED)
    return 200, {"op_id": op_id, "state": "refused", "reason": _REVOKED}


def state_of(service: Service, device_id: str, op_id: str) -> dict[str, Any]:
    """``GET /envelopes/op_id``, for an enrolled PC."""
    known = _known(service, device_id, op_id)
    if known is None:
        raise Refused("unknown")
    return {"op_id": op_id, "state": known[0], "reason": known[1]}


def _known(service: Service, device_id: str, op_id: str) -> tuple[str, str | None] | None:
    with service.store.read() as sql:
        row = sql.execute(
            "SELECT state, reason FROM envelope WHERE device_id = ? AND op_id = ?", (device_id, op_id)
        ).fetchone()
    return (row[0], row[1]) if row else None


def _remember(service: Service, device_id: str, op_id: str, state: str, reason: str | None) -> None:
    with service.store.transaction() as sql:
        sql.execute(
            "INSERT INTO envelope (device_id, op_id, state, reason, received) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (device_id, op_id) DO UPDATE SET state = excluded.state, reason = excluded.reason"
            " WHERE envelope.state NOT IN ('filed', 'asked')",  # sent twice at once: what one filed is filed
            (device_id, op_id, state, reason, instant(service.clock())),
        )


def _filed(
    service: Service, opened: OpenedEnvelope, operation: dict[str, Any], body: BinaryIO
) -> tuple[str, str | None]:
    try:
        if "event" in operation:
            _file_reading(service, operation, opened.device_id)
            return "filed", None
        bundle = operation["bundle"]
        caller = _caller(service, operation, _provenance(bundle), opened.device_id)
        if operation.get("document"):
            _file_document(service, caller, opened, operation["document"], body)
        _file_bundle(service, caller, operation, bundle)
    except Refused as refused:
        if refused.reason == "stale" and asking.ask(service, operation, bundle):
            return "asked", None
        return "refused", refused.reason
    except (KeyError, TypeError, AttributeError, RecursionError):
        return "refused", "envelope-damaged"
    return "filed", None


def _provenance(bundle: Resource) -> Resource:
    """Return the one Provenance of an act."""
    found: list[Resource] = [
        node for each in nodes(bundle, "entry") if (node := each["resource"])["resourceType"] == "Provenance"
    ]
    if len(found) != 1:
        raise Refused("envelope-damaged")
    return found[0]


def _caller(service: Service, operation: dict[str, Any], told: Resource, device_id: str) -> Caller:
    """Speak for the person, and the helper whom the act's Provenance (a reading's AuditEvent) names.

    The session's own token says who they were and what they might do (``presence``). Where a PC of no
    organization has none, role and organization are those of the helper's account.
    """
    proven = presence.caller_then(service, operation, told, device_id)
    if proven is not None:
        return proven
    patient_id = str(operation["patient"])
    helper = helper_id(told)
    account = Accounts(service).of_subject(f"Practitioner/{helper}") if helper else None
    with service.store.read() as sql:
        key = Records(sql).key_of_patient(patient_id)
    if key is None or helper is None:
        raise Refused("patient-unknown")
    return Caller(
        login=f"envelope:{helper}",
        role=Role.CITIZEN,
        reference=f"Patient/{patient_id}",
        scopes=frozenset({"patient/*.cruds"}),
        patient_id=patient_id,
        patient_key=key,
        helper=_helper(helper, told, account),
    )


def _helper(helper: str, told: Resource, account: Account | None) -> Helper:
    if account is not None:
        return Helper(helper, account.subject, account.organization, account.kind.value)
    named = (reference_id(each.get("who"), "Organization") for each in nodes(told, "agent"))
    organization = next((each for each in named if each), None)
    return Helper(helper, f"Practitioner/{helper}", f"Organization/{organization}" if organization else None)


def _file_reading(service: Service, operation: dict[str, Any], device_id: str) -> None:
    """Keep what was opened there; told twice (in time, and by its envelope), it stands once."""
    told = operation["event"]
    caller = _caller(service, operation, told, device_id)
    transact(
        service.store,
        caller.scope,
        lambda sql: readings.record(Unit.begin(service, sql, caller), told, str(operation["op_id"])),
    )


def _file_document(
    service: Service, caller: Caller, opened: OpenedEnvelope, told: dict[str, Any], body: BinaryIO
) -> None:
    """Open the sealed document with its key and seal it as an object of ours.

    Each delivery seals one of its own: an id that came back could meet the collection of orphans.
    """
    binary_id = str(told.get("binary") or told["id"])
    with service.store.read(of=caller.scope) as sql:
        if Unit.begin(service, sql, caller).find("Binary", binary_id):
            return
    if not opened.document_key:
        raise Refused("envelope-damaged")
    object_id = mint()
    data = _opened(StoredFile(body, body.tell()), opened.document_key, str(told["id"]))
    if hashlib.sha256(data).hexdigest() != told.get("sha256"):
        raise Refused("digest-differs")
    kept = service.objects.write(object_id, io.BytesIO(data))
    found = Bytes(object_id, "", kept.size, kept.sha256, _sha1(data))
    with unless_kept(service.objects, object_id):
        _make_binary(service, caller, binary_id, told, found)


def _opened(sealed: StoredFile, document_key: bytes, document_id: str) -> bytes:
    try:
        with Key(bytearray(document_key)) as key, SealedReader(sealed, key, document_id) as reader:
            return reader.read()
    except (FileDamaged, ValueError):
        raise Refused("envelope-damaged") from None


def _sha1(data: bytes) -> str:
    import base64

    return base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _make_binary(
    service: Service, caller: Caller, binary_id: str, told: dict[str, Any], found: Bytes
) -> None:
    content_type = str(told.get("content_type") or "application/octet-stream")
    with service.store.transaction(of=caller.scope) as sql:
        unit = Unit.begin(service, sql, caller)
        if unit.find("Binary", binary_id):  # the same envelope, sent twice at once
            return
        held = unit.create({"resourceType": "Binary", "contentType": content_type}, binary_id)
        attach(unit, held, Bytes(found.object_id, content_type, found.size, found.sha256, found.sha1))
        audit.write(unit, unit.records)


def _file_bundle(service: Service, caller: Caller, operation: dict[str, Any], bundle: Resource) -> None:
    """File the act; a mandate that ended since the person acted does not undo what they did."""
    acted = _moment(service, operation)
    ask = Ask("POST", (), (), {"content-type": "application/fhir+json"}, b"", caller)

    inline = Inline(service.objects)

    def file(sql: Connection) -> None:
        unit = Unit.begin(service, sql, caller)
        if asking.is_kept(unit, str(operation.get("op_id"))):
            # The envelope came before, and the PC was not told: the person answers, or has.
            raise Refused("stale")
        unit.inline = inline
        unit.acted = acted
        transactions.transaction(unit, ask, fhir.dispatch, _on_what_is_there(unit, operation, bundle))
        audit.write(unit, unit.records)

    inline.around(lambda: transact(service.store, caller.scope, inline.tried(file)))


def _on_what_is_there(unit: Unit, operation: Resource, bundle: Resource) -> Resource:
    """Lay each change on the version that is there now, where somebody was first in the meantime.

    The PC's own session does the same before it sends (``app.records.rebasing``); it ended before it could.
    So do acts of one session that build on each other. What contradicts is left as it is: it is refused as
    stale, and a person must choose.
    """
    bases = node(operation, "bases")
    return bundle | {"entry": [_rebased(unit, each, bases) for each in nodes(bundle, "entry")]}


def _rebased(unit: Unit, entry: Resource, bases: Resource) -> Resource:
    request = node(entry, "request")
    stale = _IF_MATCH.fullmatch(string(request, "ifMatch") or "")
    kind, _, resource_id = (string(request, "url") or "").partition("/")
    if string(request, "method") != "PUT" or stale is None or not resource_id:
        return entry
    held = unit.find(kind, resource_id)
    if held is None or held.body is None:
        return entry
    base = node(bases, f"{kind}/{resource_id}")
    if held.version == int(stale[1]) and not asking.is_of_another_life(base, held):
        return entry
    merged = merge(base or None, entry.get("resource"), held.resource())
    if merged.clashes or merged.body is None:
        return entry | {"request": request | {"ifMatch": _NO_VERSION}}
    return entry | {"resource": merged.body, "request": request | {"ifMatch": held.etag}}


def _moment(service: Service, operation: dict[str, Any]) -> str:
    """Return when the person acted; a clock that runs ahead does not count."""
    present = instant(service.clock())
    try:
        said = datetime.fromisoformat(string(operation, "created_at") or "")
        return min(instant(said), present)
    except (ValueError, OverflowError):  # the first hours of year 1 are before any calendar elsewhere
        return present
