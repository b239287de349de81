"""The service's log: one JSON object a line on the error output, for machines that gather them.

Nothing of a person is in it: a request stands there by its shape (``figures.shape``), a failure by its kind
and place. A line has ``at`` (UTC), ``level``, ``logger``, ``message``, ``worker`` (its process), and more
where it brings more.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime

import orjson

__all__ = ["ACCESS", "access", "as_json"]

ACCESS = logging.getLogger("tandem.access")
_TOLD = "told"


class _Lines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "worker": os.getpid(),
            **getattr(record, _TOLD, {}),
        }
        return orjson.dumps(told).decode()


def as_json(*, accesses: bool) -> None:
    """Write what the service has to say as JSON lines; with ``accesses`` a line for each request too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logger = logging.getLogger("tandem")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # By its level: uvicorn's own configuration enables every logger again.
    ACCESS.setLevel(logging.INFO if accesses else logging.CRITICAL)


def access(shape: str, method: str, status: int, seconds: float) -> None:
    """Note one request."""
    if not ACCESS.isEnabledFor(logging.INFO):
        return
    told = {"shape": shape, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
    ACCESS.info("answered", extra={_TOLD: told})
