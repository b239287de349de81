"""A service that was put back from an older copy: what it lost, and offering it again.

Context: a restored service no longer has the newest acts. A client that believed it would delete the last
copies (Nextcloud #1015); one that sent everything again by itself would undo a deliberate restore.
Decision: the feed is read from its beginning as another generation. What it does not tell again stays
here, whatever happens. Acts of this PC that were confirmed in the last 30 days and are not told again can be
offered anew, once, and only after a person said so: under their old ids, on what the service has now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from app.fhir import string
from app.records import feed, outbox, overlay, rebasing, removals
from app.records.values import OF_ANOTHER_LIFE, Act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.records.values import Operation, Resource
    from app.vault.sqlcipher import Connection

__all__ = ["Lost", "keep_untold", "keys", "lost", "offer_again", "stand_apart"]


@dataclass(frozen=True, slots=True)
class Lost:
    """What a restored service did not tell again: acts of this PC, and resources in all."""

    acts: int
    resources: int


# Its Provenance was not told again; where the server keeps none, something that it is about was not. What was
# deleted since is not lost.
_UNTOLD_ACTS = """
    FROM op_journal j WHERE NOT EXISTS (
        SELECT 1 FROM truth WHERE type = 'Provenance' AND id = j.op_id AND body IS NOT NULL
        AND generation = :generation)
    AND EXISTS (
        SELECT 1 FROM json_each(j.resources) r JOIN truth t ON t.type = r.value ->> '$.resourceType'
        AND t.id = r.value ->> '$.id' AND t.type <> 'Provenance' AND t.body IS NOT NULL
        WHERE t.generation < :generation
        OR EXISTS (SELECT 1 FROM truth WHERE type = 'Provenance' AND id = j.op_id))
"""


def lost(connection: Connection) -> Lost:
    """Count what the present generation of the feed has not told."""
    generation = feed.generation(connection)
    (acts,) = connection.execute(f"SELECT count(*) {_UNTOLD_ACTS}", {"generation": generation}).fetchone()
    (resources,) = connection.execute(
        "SELECT count(*) FROM truth WHERE body IS NOT NULL AND generation < ?", (generation,)
    ).fetchone()
    return Lost(int(acts), int(resources))


def keys(connection: Connection) -> list[tuple[str, str]]:
    """Return what this PC's own acts were about that the present generation has not told, newest first."""
    found = connection.execute(
        f"SELECT resources {_UNTOLD_ACTS} ORDER BY seq DESC", {"generation": feed.generation(connection)}
    ).fetchall()
    told = (body for (resources,) in found for body in orjson.loads(resources))
    return list(dict.fromkeys((body["resourceType"], body["id"]) for body in told))


def stand_apart(connection: Connection, operation: Operation, bases: Mapping[str, Resource]) -> None:
    """Let a new act stand on no version where its form was open while the service was put back.

    What the form showed is of another life then: another version bears its number, or an act of this PC
    that is lost there lay over it. So the act is merged with what is here.
    """
    found = {
        key: OF_ANOTHER_LIFE
        for key in operation.base_versions
        if key in bases and _is_of_another_life(connection, operation.seq, key, bases[key])
    }
    if found:
        versions = {**operation.base_versions, **found}
        outbox.rewrite(connection, operation.seq, operation.resources, versions)


def _is_of_another_life(connection: Connection, seq: int, key: str, seen: Resource) -> bool:
    kind, _, resource_id = key.partition("/")
    there = overlay.truth_of(connection, kind, resource_id)
    if there is None or string(seen, "meta", "versionId") != string(there, "meta", "versionId"):
        return False  # its number tells already
    if string(seen, "meta", "lastUpdated") != string(there, "meta", "lastUpdated"):
        return True
    is_first = outbox.on(connection, kind, resource_id)[0].seq == seq
    return is_first and seen != there and (kind, resource_id) in keys(connection)


def keep_untold(connection: Connection, moment: str) -> None:
    """Keep here what was not told again, as deletions that the person did not want."""
    generation = feed.generation(connection)
    connection.execute(
        "INSERT INTO withheld (type, id, version, last_updated, found_at, kept_at)"
        " SELECT type, id, version, last_updated, ?, ? FROM truth WHERE body IS NOT NULL AND generation < ?"
        " ON CONFLICT (type, id) DO UPDATE SET kept_at = excluded.kept_at",
        (moment, moment, generation),
    )


def offer_again(connection: Connection, moment: str) -> list[tuple[str, str]]:
    """Make operations of the acts that were not told again, oldest first; return what they touch."""
    generation = feed.generation(connection)
    found = connection.execute(
        f"SELECT seq, op_id, lane, resources, base_versions, document_id, bases {_UNTOLD_ACTS} ORDER BY seq",
        {"generation": generation},
    ).fetchall()
    touched: list[tuple[str, str]] = []
    for seq, op_id, lane, resources, base_versions, document_id, bases in found:
        connection.execute("DELETE FROM op_journal WHERE seq = ?", (seq,))
        touched += _again(
            connection,
            Act(
                op_id=op_id,
                resources=tuple(orjson.loads(resources)),
                base_versions=orjson.loads(base_versions),
                audit={},
                document_id=document_id,
                lane=lane,
            ),
            orjson.loads(bases),
            generation,
            moment,
            seq,
        )
    return touched


def _again(
    connection: Connection,
    act: Act,
    bases: dict[str, dict[str, object]],
    generation: int,
    moment: str,
    seq: int,
) -> list[tuple[str, str]]:
    """Enqueue an act as it was said, in its old place; what the service lost altogether is created anew.

    Acts that came after it and wait are laid anew on it: they were said by someone who saw it.
    """
    operation = outbox.enqueue(connection, act, moment, seq=seq)
    touched = outbox.touched(connection, operation.seq)
    for kind, resource_id in touched:
        lost = connection.execute(
            "DELETE FROM truth WHERE type = ? AND id = ? AND generation < ?", (kind, resource_id, generation)
        )
        if lost.rowcount:
            # A deletion of what is not here is of nothing.
            removals.forget(connection, [(kind, resource_id)])
    there = {f"{kind}/{each}" for kind, each in touched if overlay.truth_of(connection, kind, each)}
    outbox.rewrite(connection, operation.seq, act.resources, dict.fromkeys(there, OF_ANOTHER_LIFE))
    for resource in act.resources:
        if not rebasing.loosen(connection, resource["resourceType"], resource["id"], after=seq):
            overlay.lay(connection, resource, seq)
    for key in there & bases.keys():
        rebasing.keep_base(connection, operation.seq, key, bases[key])
    rebasing.rebase(connection, touched, moment)
    return touched
