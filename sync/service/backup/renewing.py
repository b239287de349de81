"""After records were put back: another life of the service, which the PCs tell from the one they knew."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from app.clock import instant, now
from app.errors import PersonCanAct
from app.ids import mint
from app.vault.store import StoreMissing
from sync.service import opening
from sync.service.backup.making import documents
from sync.service.objects import open_objects
from sync.service.sealing import Sealing
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from pathlib import Path

    from sync.service.storage import Database

__all__ = ["RecordsInUse", "after_restore", "renew"]

# A server notices a moment later that its client is gone.
_LEAVING_SECONDS, _LOOK_SECONDS = 3.0, 0.1
_FORGOTTEN = (
    "refresh", "code", "sign_in_step", "office_session", "device_grant", "broker_sign_in", "broker_session",
)  # fmt: skip


class RecordsInUse(PersonCanAct):
    """Workers are running on these records: they would go on under the old epoch."""

    code: ClassVar[str] = "records-in-use"


def renew(store: Database, sealing: Sealing) -> str:
    """Draw another epoch and end every sign-in; returns the epoch. In one transaction.

    What was on its way is forgotten: its pieces were not in the copy. A phone's drop ends with its session.
    Raises ``StoreMissing`` where no service ever was, ``WrongKey`` where another key sealed its secrets.
    """
    epoch = mint()
    with store.transaction(of=EVERYONE) as sql:
        sql.lock("secrets")
        row = sql.execute("SELECT value FROM secret WHERE name = 'epoch'").fetchone()
        if row is None:
            raise StoreMissing
        sealing.open(bytes(row[0]), "secret:epoch")
        sql.execute(
            "UPDATE secret SET value = ? WHERE name = 'epoch'",
            (sealing.seal(epoch.encode(), "secret:epoch"),),
        )
        sql.execute("UPDATE session SET ended = ? WHERE ended IS NULL", (instant(now()),))
        for table in _FORGOTTEN:
            sql.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
        sql.execute("DELETE FROM upload_piece")
        sql.execute("DELETE FROM upload WHERE done = 0")
    return epoch


def _require_alone(store: Database) -> None:
    """Wait for the last connections of what was just stopped; raises ``RecordsInUse`` where some stay."""
    until = time.monotonic() + _LEAVING_SECONDS
    while store.others():
        if time.monotonic() > until:
            raise RecordsInUse
        time.sleep(_LOOK_SECONDS)


def after_restore(
    folder: Path, *, records: str | None = None, objects: str | None = None
) -> tuple[str, int, int]:
    """Renew records that the operator put back, while no service runs on them.

    Returns the epoch, how many documents the records name, and how many of those are not in their place.
    Raises ``RecordsInUse``, ``StoreBusy``, ``StoreMissing``, ``WrongKey``, and what opening raises.
    """
    with ExitStack() as undo:
        if not folder.is_dir():
            raise StoreMissing
        if not records:
            undo.callback(opening.alone(folder).release)
            if not (folder / opening.STORE).exists():
                raise StoreMissing
        root = undo.enter_context(opening.root(folder, is_fresh=False, is_shared=bool(records)))
        sealing = Sealing(root)
        store = (
            opening.shared(records) if records else opening.embedded(folder / opening.STORE, root, sealing)
        )
        undo.callback(store.close)
        _require_alone(store)
        with root.derive(opening.OBJECTS_PURPOSE) as key:
            kept = open_objects(objects or "", folder / opening.OBJECTS, key, folder / opening.SCRATCH)
        undo.callback(kept.close)
        epoch = renew(store, sealing)
        with store.read(of=EVERYONE) as sql:
            there = [kept.has(each.object_id) for each in documents(sql)]
    return epoch, len(there), there.count(False)
