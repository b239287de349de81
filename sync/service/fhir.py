"""The FHIR base: which interaction a method and an address mean, and in which transaction it runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.vault.disk import world as errno_world
from app.vault.sealed import FileDamaged, FileMissing
from app.vault.sqlcipher import DiskFull, StoreBusy, StoreDamaged, StoreUnreadable
from app.vault.store import StoreClosed
from sync.service import (
    access_list,
    audit,
    capability,
    event_index,
    everything,
    feed,
    helpers,
    history,
    interactions,
    masking,
    readings,
    searching,
    slips,
    transactions,
)
from sync.service.compartment import R4_TYPES
from sync.service.exchange import Answer, Ask, of_refusal, of_resource
from sync.service.inline import Inline
from sync.service.objects import ObjectsAway, ObjectsUnusable
from sync.service.records import Records
from sync.service.refusals import Refused
from sync.service.storage import RecordsAway, transact
from sync.service.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["answer", "dispatch", "world"]

_LOG = logging.getLogger("tandem.service")

_READS = frozenset({"GET", "HEAD"})
_PUBLISHED = {("OperationDefinition", "Patient-changes"), ("OperationDefinition", "-Patient-changes")}


def answer(service: Service, ask: Ask) -> Answer:
    """Answer one request; what is refused is an answer too."""
    try:
        return _run(service, ask, lambda unit: _route(unit, ask, service))
    except Refused as refused:
        return of_refusal(refused)
    except RecursionError:
        return of_refusal(Refused("too-deep"))


def _run(service: Service, ask: Ask, work: Callable[[Unit], Answer]) -> Answer:
    """Run in a reading, or in a transaction; the audit is written before the answer leaves."""
    if ask.path == access_list.PATH and ask.method == "GET" and not ask.in_bundle:
        return access_list.make(service, ask)
    if _is_batch(ask):
        return _batch(service, ask)
    if _only_reads(ask) and event_index.are_asked_for(ask) and not _is_brief(ask):
        event_index.settle_for(service, ask.caller.scope)
    if _only_reads(ask) and not _is_brief(ask):
        with service.store.read(of=ask.caller.scope) as sql:
            unit = Unit.begin(service, sql, ask.caller)
            answered = work(unit)
        if unit.accesses:
            hold = any(audit.may_be_hidden(each) for each in unit.accesses)
            scope = ask.caller.scope
            transact(service.store, scope, lambda sql: audit.write(unit, Records(sql)), hold=hold)
        return answered

    inline = Inline(service.objects)

    def done(sql: Connection) -> Answer:
        unit = Unit.begin(service, sql, ask.caller)
        unit.inline = inline
        feed.check_life(unit, ask)
        answered = work(unit)
        audit.write(unit, unit.records)
        return answered

    hold = not _only_adds(ask)
    return inline.around(lambda: transact(service.store, ask.caller.scope, inline.tried(done), hold=hold))


def _is_brief(ask: Ask) -> bool:
    """Say whether a reading is one row, or one page, of one citizen: it is noted in the same transaction.

    Bytes may lie elsewhere, and a program may read of everyone: nobody waits for those.
    """
    if ask.caller.patient_key is None or not ask.path or ask.path[0] == "Binary":
        return False
    return (len(ask.path) == 2 and ask.path[1][:1] not in {"_", "$"}) or ask.path[2:] == ("$changes",)  # noqa: PLR2004 (Type/id)


def _only_adds(ask: Ask) -> bool:
    """Say whether nothing but an event comes of it, and one that nobody hides at this moment."""
    return _only_reads(ask) and ask.path[0] not in masking.MAY_BE_HIDDEN


def _only_reads(ask: Ask) -> bool:
    return ask.method in _READS or ask.path[-1:] == ("_search",)


def _is_batch(ask: Ask) -> bool:
    if ask.method != "POST" or ask.path:
        return False
    return ask.json().get("type") == "batch"


def _batch(service: Service, ask: Ask) -> Answer:
    body = ask.json()

    def each(sub: Ask) -> Answer:
        if not sub.path:
            return of_refusal(Refused("bad-entry", at="Bundle.entry.request.url"))
        try:
            return answer(service, sub)
        except Exception as error:  # noqa: BLE001 (what was done before it is done, and must be told)
            _LOG.error("batch: %s", type(error).__name__)
            return of_refusal(world(error))

    return transactions.batch(service, ask, each, body)


def dispatch(unit: Unit, ask: Ask) -> Answer:
    """Answer one entry of a bundle inside the unit of work that is under way."""
    if _only_reads(ask) and event_index.are_asked_for(ask):
        event_index.settle(unit.records, unit.caller.patient_key)
    return _route(unit, ask, unit.service)


def _route(unit: Unit, ask: Ask, service: Service) -> Answer:
    method, path = ("GET" if ask.method == "HEAD" else ask.method), ask.path
    if not path:
        return _base(unit, ask, method)
    if path[0] in {"metadata", "_history", "_search"} or path in _PUBLISHED:
        return _system(unit, ask, method, service)
    if path[0] not in R4_TYPES:
        raise Refused("unknown-type" if path[0][:1].isupper() else "unknown-address", type=path[0][:64])
    if method == "GET" or path[-1] == "_search":
        helpers.check_reading(unit, path[0])
    if len(path) == 1:
        return _of_type(unit, ask, method)
    return _of_instance(unit, ask, method)


def _base(unit: Unit, ask: Ask, method: str) -> Answer:
    if method == "GET":
        return _no_method()
    if method != "POST":
        return _no_method()
    body = ask.json()
    if body.get("resourceType") != "Bundle" or body.get("type") != "transaction":
        raise Refused("bad-bundle", at="Bundle.type")
    return transactions.transaction(unit, ask, dispatch, body)


def _refuse_slip(unit: Unit) -> None:
    """Keep a slip's token, which sees some types only, from what shows all of them."""
    if unit.caller.mandate:
        raise Refused("not-allowed")


def _no_method() -> Answer:
    raise Refused("method")


def _system(unit: Unit, ask: Ask, method: str, service: Service) -> Answer:
    if method != "GET":
        return _no_method()
    if ask.path == ("metadata",):
        return of_resource(capability.statement(service))
    if ask.path == ("_history",):
        _refuse_slip(unit)
        return history.history(unit, ask, None, None)
    if ask.path in _PUBLISHED:
        return of_resource(feed.definition(service.fhir))
    raise Refused("unknown-address")


def _of_type(unit: Unit, ask: Ask, method: str) -> Answer:
    kind = ask.path[0]
    if method == "GET":
        return searching.search_type(unit, ask, kind, list(ask.query))
    if method == "POST":
        return interactions.create(unit, ask, kind)
    if not ask.query:
        raise Refused("method")
    conditional = {
        "PUT": interactions.conditional_update,
        "PATCH": interactions.conditional_patch,
        "DELETE": interactions.conditional_delete,
    }.get(method)
    return conditional(unit, ask, kind) if conditional else _no_method()


def _of_instance(unit: Unit, ask: Ask, method: str) -> Answer:
    kind, second, *rest = ask.path
    if second == "_search" and not rest:
        return searching.posted(unit, ask, kind) if method == "POST" else _no_method()
    if second == "_history" and not rest:
        return history.history(unit, ask, kind, None) if method == "GET" else _no_method()
    if second.startswith("$") or (rest and rest[0].startswith("$")):
        return _operation(unit, ask, method)
    if rest[:1] == ["_history"] and len(rest) <= 2 and method == "GET":  # noqa: PLR2004 (_history/number)
        if len(rest) == 1:
            return history.history(unit, ask, kind, second)
        return interactions.vread(unit, ask, kind, second, rest[1])
    if rest:
        raise Refused("unknown-address")
    return _of_resource(unit, ask, method)


def _of_resource(unit: Unit, ask: Ask, method: str) -> Answer:
    kind, resource_id = ask.path
    if kind == "AuditEvent" and method == "PUT" and not unit.caller.is_system:
        return readings.put(unit, ask, resource_id)
    interaction = {
        "GET": interactions.read,
        "PUT": interactions.update,
        "DELETE": interactions.delete,
        "PATCH": interactions.patch_one,
    }.get(method)
    if interaction is None:
        return _no_method()
    return interaction(unit, ask, kind, resource_id)


def _operation(unit: Unit, ask: Ask, method: str) -> Answer:
    kind, name = ask.path[0], ask.path[-1]
    if len(ask.path) == 3 and kind == "Patient" and name == "$changes" and method == "GET":  # noqa: PLR2004
        return feed.changes(unit, ask, ask.path[1])
    if len(ask.path) == 3 and kind == "Patient" and name == "$everything":  # noqa: PLR2004 (Patient/id/$…)
        _refuse_slip(unit)
        return everything.everything(unit, ask, ask.path[1])
    if len(ask.path) == 3 and kind == "Consent" and name == "$slip" and method == "POST":  # noqa: PLR2004
        return slips.make(unit, ask.path[1])
    raise Refused("unknown-address")


def world(error: BaseException) -> Refused:
    """Say what a failure of the store or the disk means to who calls."""
    if isinstance(error, OSError):
        error = errno_world(error)
    if isinstance(error, ObjectsAway | ObjectsUnusable):
        return Refused("objects-away", seconds=error.fields.get("seconds", _MINUTE))
    for kind, reason in _WORLD:
        if isinstance(error, kind):
            soon = _SOON.get(reason)
            return Refused(reason, seconds=soon) if soon else Refused(reason)
    return Refused("fault")


_MINUTE = 60
_SOON = {"store-busy": 2, "records-away": 5}
"""What passes by itself, and in how many seconds it is worth another try."""
_WORLD: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (DiskFull, "disk-full"),
    (StoreBusy, "store-busy"),
    (RecordsAway, "records-away"),
    (StoreClosed, "stopped"),
    (StoreUnreadable, "store-unreadable"),
    ((StoreDamaged, FileDamaged, FileMissing), "store-damaged"),
)
