"""Operations: acts on their way to the service.

pending → in flight (the exact bytes kept before they are sent) → answered → confirmed, when the
feed gives the Provenance back; or conflict; or parked with a reason. An answer alone proves
nothing: servers have said 200 to what they rolled back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.clock import instant
from app.records.values import OF_ANOTHER_LIFE, Operation, OperationState, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.errors import Field
    from app.records.values import Act, Resource
    from app.vault.sqlcipher import Connection

__all__ = [
    "confirm",
    "confirmed_by_the_feed",
    "drop",
    "due",
    "enqueue",
    "forget_old",
    "hurry",
    "keep_conflict",
    "listed",
    "move",
    "of_act",
    "on",
    "one",
    "release",
    "rewrite",
    "sent",
    "stand_on_nothing",
    "touched",
    "waiting",
]

_COLUMNS = (
    "seq, op_id, state, lane, resources, base_versions, document_id, send_bytes, attempts, next_at, reason,"
    " fields, created_at"
)
_JOURNAL_KEPT = timedelta(days=30)
# What the feed does not carry cannot be waited for.
_NOT_FED = "'Binary', 'AuditEvent', 'Practitioner', 'PractitionerRole', 'Organization', 'Device', 'Location'"
_READ_BACK = f"""
    EXISTS (SELECT 1 FROM truth WHERE type = 'Provenance' AND id = op.op_id)
    AND NOT EXISTS (
        SELECT 1 FROM op_resource mine WHERE mine.seq = op.seq AND mine.type NOT IN ({_NOT_FED})
        AND NOT EXISTS (SELECT 1 FROM truth WHERE truth.type = mine.type AND truth.id = mine.id))
    ORDER BY seq
"""  # noqa: S608 - a constant


def enqueue(connection: Connection, act: Act, moment: str, *, seq: int | None = None) -> Operation:
    """Write an act's operation, behind all others; one that was there before gets its ``seq`` again."""
    connection.execute(
        "INSERT INTO op (seq, op_id, state, lane, resources, base_versions, document_id, created_at,"
        " state_at) VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?)",
        (
            seq,
            act.op_id,
            act.lane,
            orjson.dumps(act.resources).decode(),
            orjson.dumps(dict(act.base_versions)).decode(),
            act.document_id,
            moment,
            moment,
        ),
    )
    operation = _only(connection, "op_id = ?", act.op_id)
    connection.executemany(
        "INSERT OR IGNORE INTO op_resource VALUES (?, ?, ?)",
        [(operation.seq, body["resourceType"], body["id"]) for body in act.resources],
    )
    return operation


def listed(connection: Connection, states: tuple[OperationState, ...]) -> list[Operation]:
    """Return operations in these states, oldest first; all living ones when none is named."""
    if not states:
        return _many(connection, "1 ORDER BY seq", ())
    marks = ", ".join("?" * len(states))
    return _many(connection, f"state IN ({marks}) ORDER BY seq", tuple(states))


def due(connection: Connection, moment: datetime, limit: int) -> list[Operation]:
    """Return what may be sent now: its time has come, and nothing earlier touches the same resource.

    An operation in flight is due too: after a crash its outcome is unknown and its bytes are kept.
    """
    return _many(
        connection,
        "state IN ('pending', 'in-flight') AND (next_at IS NULL OR next_at <= ?) AND NOT EXISTS ("
        " SELECT 1 FROM op_resource mine JOIN op_resource earlier ON earlier.type = mine.type"
        " AND earlier.id = mine.id AND earlier.seq < mine.seq WHERE mine.seq = op.seq)"
        " ORDER BY lane, seq LIMIT ?",
        (instant(moment), limit),
    )


def one(connection: Connection, seq: int) -> Operation:
    """Return a living operation."""
    return _only(connection, "seq = ?", seq)


def of_act(connection: Connection, op_id: str) -> Operation | None:
    """Return the living operation of an act, if there is one."""
    found = _many(connection, "op_id = ?", (op_id,))
    return found[0] if found else None


def sent(connection: Connection, seq: int, send_bytes: bytes, moment: str) -> None:
    """Keep the exact bytes; an operation that has some keeps those it has."""
    connection.execute(
        "UPDATE op SET state = 'in-flight', send_bytes = coalesce(send_bytes, ?), next_at = NULL,"
        " attempts = attempts + 1, state_at = ? WHERE seq = ?",
        (send_bytes, moment, seq),
    )


def move(
    connection: Connection,
    seq: int,
    state: OperationState,
    moment: str,
    *,
    next_at: datetime | None = None,
    reason: str | None = None,
    fields: Mapping[str, Field] | None = None,
) -> None:
    """Bring an operation to another state."""
    connection.execute(
        "UPDATE op SET state = ?, next_at = ?, reason = ?, fields = ?, state_at = ? WHERE seq = ?",
        (
            state,
            instant(next_at) if next_at else None,
            reason,
            orjson.dumps(dict(fields or {})).decode(),
            moment,
            seq,
        ),
    )


def hurry(connection: Connection) -> None:
    """Let what waits for its next try go at once."""
    connection.execute("UPDATE op SET next_at = NULL WHERE state IN ('pending', 'in-flight')")


def confirmed_by_the_feed(connection: Connection) -> list[Operation]:
    """Return operations whose Provenance was read back, with all that they brought."""
    return _many(connection, _READ_BACK, ())


def confirm(connection: Connection, operation: Operation, moment: str) -> None:
    """Move an operation to the journal."""
    connection.execute(
        "INSERT INTO op_journal (seq, op_id, lane, resources, base_versions, document_id, attempts,"
        " created_at, confirmed_at, bases) SELECT seq, op_id, lane, resources, base_versions, document_id,"
        " attempts, created_at, ?, (SELECT json_group_object(type || '/' || id, json(body)) FROM op_base"
        " WHERE op_base.seq = op.seq) FROM op WHERE seq = ? ON CONFLICT DO NOTHING",
        (moment, operation.seq),
    )
    connection.execute("DELETE FROM op WHERE seq = ?", (operation.seq,))


def forget_old(connection: Connection, moment: str) -> None:
    """Let go of operations confirmed long ago; till then a restored service can be offered them again."""
    oldest = datetime.fromisoformat(moment) - _JOURNAL_KEPT
    connection.execute("DELETE FROM op_journal WHERE confirmed_at < ?", (instant(oldest),))


def keep_conflict(connection: Connection, seq: int, moment: str) -> None:
    """Keep the three versions of all that an operation clashes on: nothing is thrown away.

    Ours and its base are the operation's own, as they stand now: other acts may lie below and above it.
    """
    connection.execute(
        "INSERT INTO conflict (seq, type, id, base, ours, theirs, theirs_version, found_at)"
        " SELECT mine.seq, mine.type, mine.id, op_base.body, said.value, truth.body, truth.version, ?"
        " FROM op_resource mine JOIN op USING (seq) JOIN json_each(op.resources) said"
        " ON said.value ->> '$.resourceType' = mine.type AND said.value ->> '$.id' = mine.id"
        " LEFT JOIN op_base USING (seq, type, id)"
        " LEFT JOIN truth ON truth.type = mine.type AND truth.id = mine.id WHERE mine.seq = ?"
        " ON CONFLICT (seq, type, id) DO UPDATE SET base = excluded.base, ours = excluded.ours,"
        " theirs = excluded.theirs, theirs_version = excluded.theirs_version, settled_at = NULL",
        (moment, seq),
    )


def on(connection: Connection, kind: str, resource_id: str) -> list[Operation]:
    """Return the living operations on one resource, oldest first."""
    return _many(
        connection,
        "seq IN (SELECT seq FROM op_resource WHERE type = ? AND id = ?) ORDER BY seq",
        (kind, resource_id),
    )


def rewrite(
    connection: Connection, seq: int, resources: Iterable[Resource], base_versions: Mapping[str, str]
) -> None:
    """Let an operation that was not sent say something else, made from other versions."""
    connection.execute(
        "UPDATE op SET resources = ?, base_versions = ? WHERE seq = ?",
        (orjson.dumps(list(resources)).decode(), orjson.dumps(dict(base_versions)).decode(), seq),
    )


def stand_on_nothing(connection: Connection) -> None:
    """Let no act stand on a version of a life that is over: the same number is another version now.

    What was sent in that life is made anew as well: its bytes name such a version.
    """
    connection.execute(
        "UPDATE op SET send_bytes = NULL,"
        " base_versions = (SELECT json_group_object(key, ?) FROM json_each(op.base_versions))"
        " WHERE base_versions <> '{}'",
        (OF_ANOTHER_LIFE,),
    )


def release(connection: Connection, seq: int, moment: str) -> None:
    """Let an operation try again; what it sent before was refused, so its bytes are made anew."""
    connection.execute("UPDATE conflict SET settled_at = ? WHERE seq = ?", (moment, seq))
    connection.execute(
        "UPDATE op SET state = 'pending', send_bytes = NULL, next_at = NULL, reason = NULL, fields = '{}',"
        " state_at = ? WHERE seq = ?",
        (moment, seq),
    )


def drop(connection: Connection, seq: int, moment: str) -> None:
    """Let go of an operation that a later act replaces or that gives way to another's.

    What it would have changed stays in ``conflict``, that someone chose in the journal.
    """
    connection.execute("UPDATE conflict SET settled_at = ? WHERE seq = ?", (moment, seq))
    connection.execute("DELETE FROM op WHERE seq = ?", (seq,))


def touched(connection: Connection, seq: int) -> list[tuple[str, str]]:
    """Return the resources an operation is about."""
    return connection.execute("SELECT type, id FROM op_resource WHERE seq = ?", (seq,)).fetchall()


def waiting(connection: Connection) -> Waiting:
    """Count what the service does not have yet."""
    count, oldest, parked, choices = connection.execute(
        "SELECT count(*), min(created_at), coalesce(sum(state IN ('parked', 'conflict')), 0),"
        " coalesce(sum(state = 'conflict'), 0) FROM op"
    ).fetchone()
    return Waiting(count, _moment(oldest), parked, choices)


def _only(connection: Connection, where: str, value: str | int) -> Operation:
    (found,) = _many(connection, where, (value,))
    return found


def _many(connection: Connection, where: str, values: tuple[Any, ...]) -> list[Operation]:
    found = connection.execute(f"SELECT {_COLUMNS} FROM op WHERE {where}", values)  # noqa: S608
    return [_operation(columns) for columns in found]


def _operation(columns: tuple[Any, ...]) -> Operation:
    """Read ``_COLUMNS``."""
    seq, op_id, state, lane, resources, base_versions, document_id, send_bytes, *rest = columns
    attempts, next_at, reason, fields, created_at = rest
    return Operation(
        seq=seq,
        op_id=op_id,
        state=OperationState(state),
        lane=lane,
        resources=tuple(orjson.loads(resources)),
        base_versions=orjson.loads(base_versions),
        document_id=document_id,
        send_bytes=send_bytes,
        attempts=attempts,
        next_at=_moment(next_at),
        reason=reason,
        fields=orjson.loads(fields),
        created_at=datetime.fromisoformat(created_at),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
