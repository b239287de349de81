"""Questions that the service kept for the person (``app.fhir.question``): here conflicts like others.

A Task that asks becomes an act that rests as a conflict, with all three versions: what was wanted, what it
was made from, what stands there. It is never sent itself: who chooses files another act, which answers the
Task. Once that is answered, here or elsewhere, it is let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import question
from app.records import outbox, overlay, rebasing
from app.records.values import Act, OperationState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.vault.sqlcipher import Connection

__all__ = ["follow"]

_PROVENANCE = "Provenance"


def follow(connection: Connection, touched: Iterable[tuple[str, str]], moment: str) -> list[tuple[str, str]]:
    """Ask what came, let go of what was answered; return what that touches.

    Two questions about one thing are asked one after the other, and none while an act on it is on its way:
    laid over each other the one below would be answered with the one above, without being seen.
    """
    found: list[tuple[str, str]] = []
    for kind, task_id in touched:
        if kind == question.TYPE and _open(connection, task_id) is None:
            found += _let_go(connection, task_id, moment)
    for task_id in _all(connection):
        asked = _open(connection, task_id)
        if asked is not None and not any(outbox.on(connection, *key) for key in _about(asked)):
            found += _lay(connection, asked, moment)
    return found


def _all(connection: Connection) -> list[str]:
    found = connection.execute(
        "SELECT id FROM resource WHERE type = ? ORDER BY id", (question.TYPE,)
    ).fetchall()
    return [task_id for (task_id,) in found]


def _open(connection: Connection, task_id: str) -> question.Question | None:
    return question.read(overlay.get(connection, question.TYPE, task_id) or {})


def _about(asked: question.Question) -> list[tuple[str, str]]:
    return [(each["resourceType"], each["id"]) for each in asked.resources]


def _let_go(connection: Connection, task_id: str, moment: str) -> list[tuple[str, str]]:
    living = outbox.of_act(connection, task_id)
    if living is None or living.state is not OperationState.CONFLICT:
        return []
    touched = outbox.touched(connection, living.seq)
    for key in touched:
        rebasing.loosen(connection, *key, after=living.seq)  # made from what is not filed
    overlay.lift(connection, living.seq)
    outbox.drop(connection, living.seq, moment)
    return touched + rebasing.rebase(connection, touched, moment)


def _lay(connection: Connection, asked: question.Question, moment: str) -> list[tuple[str, str]]:
    act = Act(op_id=asked.op_id, resources=asked.resources, base_versions=asked.base_versions, audit={})
    operation = outbox.enqueue(connection, act, moment)
    for resource in asked.resources:
        if resource["resourceType"] != _PROVENANCE:
            overlay.lay(connection, resource, operation.seq)
    for key, base in asked.bases.items():
        rebasing.keep_base(connection, operation.seq, key, base)
    rebasing.rest_as_conflict(connection, operation, moment)
    return outbox.touched(connection, operation.seq)
