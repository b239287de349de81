"""Whether this worker should be given requests: its records and objects answer, and it is not about to end.

``/health`` says only that the process lives (restart it where it does not); ``/ready`` that it can serve
(send nothing where it cannot). Asked often and by machines, it tells what is away and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import TandemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.service.service import Service

__all__ = ["readiness"]

_NOBODY = "ready"


def readiness(service: Service) -> tuple[bool, dict[str, str]]:
    """Say whether all is there, and of each part how it is: ``ok``, or the code of what is wrong."""
    parts = {
        "records": _part(lambda: _asked(service)),
        "objects": _part(lambda: service.objects.has(_NOBODY)),
        "service": "draining" if service.draining else "ok",
    }
    return all(told == "ok" for told in parts.values()), parts


def _asked(service: Service) -> None:
    with service.store.read() as sql:
        sql.execute("SELECT 1").fetchone()


def _part(ask: Callable[[], object]) -> str:
    try:
        ask()
    except TandemError as error:
        return error.code
    except OSError:
        return "unreadable"
    return "ok"
