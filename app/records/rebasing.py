"""Acts that were not sent yet, laid anew on what another has changed meanwhile.

Context: an act keeps what each of its changes was made from (``op_base``). When the feed brings another
version of the same resource, or the service refuses the act because it has one, both changes hold
unless they contradict each other.
Decision: as soon as the other version is here, the three are merged (``app/fhir/merging.py``) and the
act stands on what is there now: what will be sent, what the screen shows and what it says it was made
from, in the transaction that brought the other version. Acts that build on it follow, each merged with
what the one before has become. Where a person must choose the act rests as a conflict, with all three
versions; the acts behind it wait, all others go on.
An act under way is left alone: its bytes may have been filed already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from app.fhir import string
from app.fhir.merging import merge
from app.records import outbox, overlay
from app.records.values import OF_ANOTHER_LIFE, OperationState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.records.values import Operation, Resource
    from app.vault.sqlcipher import Connection

__all__ = [
    "CHANGED_ELSEWHERE",
    "bases_of",
    "keep_base",
    "keep_bases",
    "loosen",
    "rebase",
    "rebase_new",
    "rest_as_conflict",
]

CHANGED_ELSEWHERE = "changed-elsewhere"
_UNSENT = frozenset({OperationState.PENDING, OperationState.PARKED})


def keep_bases(connection: Connection, operation: Operation, bases: Mapping[str, Resource]) -> None:
    """Keep what a new act's changes were made from: what the person saw, acts still waiting included."""
    for key in operation.base_versions:
        seen = bases.get(key) or overlay.get(connection, *key.split("/", 1))
        if seen is not None:
            keep_base(connection, operation.seq, key, seen)


def bases_of(connection: Connection, seq: int) -> dict[str, Resource]:
    """Return what an act's changes were made from, by "Type/id"."""
    found = connection.execute("SELECT type, id, body FROM op_base WHERE seq = ?", (seq,))
    return {f"{kind}/{resource_id}": orjson.loads(body) for kind, resource_id, body in found}


def rebase(connection: Connection, keys: Iterable[tuple[str, str]], moment: str) -> list[tuple[str, str]]:
    """Lay the acts that wait anew on what is here of these resources; return what they touch."""
    waiting = set(connection.execute("SELECT DISTINCT type, id FROM op_resource").fetchall())
    touched: list[tuple[str, str]] = []
    for kind, resource_id in dict.fromkeys(key for key in keys if key in waiting):
        touched += _rebase_one(connection, kind, resource_id, moment)
    return touched


def loosen(connection: Connection, kind: str, resource_id: str, *, after: int) -> bool:
    """Let the acts on one resource that came after one stand on no version; say whether there are any.

    What they were made from is about to change below them: ``rebase`` lays them on what is there then.
    """
    key = f"{kind}/{resource_id}"
    later = [each for each in outbox.on(connection, kind, resource_id) if each.seq > after]
    for each in later:
        versions = {**each.base_versions, key: OF_ANOTHER_LIFE}
        outbox.rewrite(connection, each.seq, each.resources, versions)
    return bool(later)


def rebase_new(connection: Connection, operation: Operation, moment: str) -> None:
    """Lay a new act on what is here: what it was made from may have changed while a form was open."""
    for key in operation.base_versions:
        kind, _, resource_id = key.partition("/")
        _rebase_one(connection, kind, resource_id, moment)


def _rebase_one(connection: Connection, kind: str, resource_id: str, moment: str) -> list[tuple[str, str]]:
    """Walk the acts on one resource in their order, each on what the one before makes of it."""
    chain = outbox.on(connection, kind, resource_id)
    if not chain or chain[0].state not in _UNSENT or chain[0].send_bytes is not None:
        _renew_conflict(connection, chain, moment)
        return []
    key = f"{kind}/{resource_id}"
    theirs = overlay.truth_of(connection, kind, resource_id)
    version = overlay.version_of(connection, kind, resource_id) or ""
    # Changed before its own creation was read back, and by then deleted elsewhere: neither has a version.
    gone = not version and key in chain[0].base_versions and overlay.is_gone(connection, kind, resource_id)
    touched: list[tuple[str, str]] = []
    for operation in chain:
        if operation.state not in _UNSENT:
            break
        ours = _body(operation, key)
        # A creation of what is there already (somebody offered it again) is merged with it as well.
        if operation.base_versions.get(key, "") == version and not (gone and operation is chain[0]):
            theirs = ours
            continue
        merged = merge(_base(connection, operation.seq, key), ours, theirs)
        touched += outbox.touched(connection, operation.seq)
        if merged.clashes or merged.body is None:
            _clash(connection, operation, moment)
            break
        _stand_on(connection, operation, {key: merged.body}, {key: version})
        if theirs is not None:
            keep_base(connection, operation.seq, key, theirs)
        theirs = merged.body
    return touched


def _stand_on(
    connection: Connection,
    operation: Operation,
    bodies: Mapping[str, Resource],
    versions: Mapping[str, str],
) -> None:
    """Write what an act says now, and which versions it changes; the screen shows the same."""
    resources = [bodies.get(f"{each['resourceType']}/{each['id']}", each) for each in operation.resources]
    outbox.rewrite(connection, operation.seq, resources, {**operation.base_versions, **versions})
    for key in versions:
        kind, _, resource_id = key.partition("/")
        overlay.relay(connection, operation.seq, kind, resource_id, bodies[key])


def rest_as_conflict(connection: Connection, operation: Operation, moment: str) -> None:
    """Let an act rest until a person has chosen, with all three versions."""
    _clash(connection, operation, moment)


def _clash(connection: Connection, operation: Operation, moment: str) -> None:
    outbox.keep_conflict(connection, operation.seq, moment)
    outbox.move(
        connection, operation.seq, OperationState.CONFLICT, moment, reason=CHANGED_ELSEWHERE, fields={}
    )


def _renew_conflict(connection: Connection, chain: list[Operation], moment: str) -> None:
    """Whoever chooses sees the newest of the other side."""
    if chain and chain[0].state is OperationState.CONFLICT:
        outbox.keep_conflict(connection, chain[0].seq, moment)


def _body(operation: Operation, key: str) -> Resource | None:
    return next(
        (each for each in operation.resources if f"{each['resourceType']}/{string(each, 'id')}" == key), None
    )


def _base(connection: Connection, seq: int, key: str) -> Resource | None:
    found = connection.execute(
        "SELECT body FROM op_base WHERE seq = ? AND type = ? AND id = ?", (seq, *key.split("/"))
    ).fetchone()
    resource: Resource | None = orjson.loads(found[0]) if found else None
    return resource


def keep_base(connection: Connection, seq: int, key: str, body: Resource) -> None:
    """Keep what an act's change of a resource was made from."""
    connection.execute(
        "INSERT INTO op_base (seq, type, id, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (seq, type, id) DO UPDATE SET body = excluded.body",
        (seq, *key.split("/"), overlay.text_of(body)),
    )
