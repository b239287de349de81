"""What keeps the service tidy while it runs: objects that no row names are collected, every few hours.

Safe at any time, from any number of workers: only what is older than its grace is looked at.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sync.service.objects import GRACE
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from datetime import timedelta

    from sync.service.service import Service

__all__ = ["Upkeep", "collect_orphans"]

_LOG = logging.getLogger("tandem.service")
_EVERY_SECONDS = 6 * 3600
_END_SECONDS = 10


def collect_orphans(service: Service, *, older_than: timedelta = GRACE) -> int:
    """Remove the objects of that age that no row names; return how many."""
    return service.objects.collect_orphans(lambda: _known(service), older_than)


def _known(service: Service) -> set[str]:
    with service.store.read(of=EVERYONE) as sql:
        rows = sql.execute(
            'SELECT object_id FROM "binary" UNION SELECT object_id FROM upload_piece'
            " UNION SELECT object_id FROM drop_picture"
        )
        return {row[0] for row in rows}


class Upkeep:
    """Collects in a thread of its own, as long as the service runs; a start alone lists nothing."""

    def __init__(
        self, service: Service, every: float = _EVERY_SECONDS, older_than: timedelta = GRACE
    ) -> None:
        self._service, self._every, self._older_than = service, every, older_than
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tandem-upkeep", daemon=True)

    def start(self) -> None:
        """Begin, where others may be writing too; a folder of this process alone is swept at each start."""
        if self._service.is_shared:
            self._thread.start()

    def end(self) -> None:
        """Begin no other; the one under way is waited for."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            try:
                gone = collect_orphans(self._service, older_than=self._older_than)
            except Exception as error:  # noqa: BLE001 - it must go on; told by its kind only
                _LOG.warning("upkeep: %s", type(error).__name__)
            else:
                _LOG.info("upkeep: %d objects that nobody named", gone)
