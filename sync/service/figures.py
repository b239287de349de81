"""What an operator may know of a running service, and nothing of a person: counts, times, reasons.

Decision: a request is counted under its *shape* (``read DocumentReference``, ``changes``, ``uploads``), never
under its address: no id, no query, no login can come into a figure or a line of the log. Several workers
write their figures into files of one folder, so that whichever is asked tells the sum (prometheus_client's
multiprocess mode).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sync.service.compartment import R4_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from prometheus_client import CollectorRegistry

__all__ = ["Figures", "shape", "shared_between_workers"]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OF_TYPE = {"GET": "search", "HEAD": "search", "POST": "create", "PUT": "update", "PATCH": "patch"}
_OF_ONE = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_SYSTEM = {"metadata", "_history", "_search", ".well-known", "OperationDefinition"}
_OPERATIONS = {"$changes", "$everything", "$slip", "$summary"}


def shape(method: str, path: Sequence[str]) -> str:
    """Name what a FHIR request is, by its method and the parts of its path, without any id.

    A type that R4 does not have is ``other``: a stranger's words are no figure either.
    """
    if not path:
        return "bundle"
    if path[0] in _SYSTEM:
        return path[0]
    if path[0] not in R4_TYPES:
        return "other"
    named = next((part for part in path[1:] if part in _OPERATIONS), None)
    if named:
        return named.removeprefix("$")
    if "_history" in path[1:]:
        return f"history {path[0]}"
    if path[-1] == "_search":
        return f"search {path[0]}"
    kinds = _OF_TYPE if len(path) == 1 else _OF_ONE
    return f"{kinds.get(method, 'other')} {path[0]}"


def shared_between_workers(folder: Path) -> None:
    """Let workers to come keep their figures in one folder; what an earlier start left there goes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in folder.glob("*.db"):
        each.unlink()
    os.environ[_FOLDER] = str(folder)


class Figures:
    """One worker's figures."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tandem_requests", "Requests answered.", ["shape", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tandem_request_seconds",
            "How long they took.",
            ["shape"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._refused = Counter("tandem_refusals", "Refusals, by code.", ["reason"], registry=self._registry)
        self._under_way = Gauge(
            "tandem_requests_under_way",
            "Requests being answered now.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def begun(self) -> None:
        """A request has come."""
        self._under_way.inc()

    def answered(self, shape: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._under_way.dec()
        self._requests.labels(shape, method, str(status)).inc()
        self._seconds.labels(shape).observe(seconds)

    def refused(self, reason: str) -> None:
        """A request was refused."""
        self._refused.labels(reason).inc()

    def told(self) -> tuple[bytes, str]:
        """Return all workers' figures and their content type (Prometheus text format)."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._all()), CONTENT_TYPE_LATEST

    def _all(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        if _FOLDER not in os.environ:
            return self._registry
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return everyone
