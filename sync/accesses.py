"""What the service audited of one person: the list of who looked (IHE ITI-81, page by page)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from app.fhir.bundle import next_link, resources_of
from sync.failures import ServiceBroken

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.transport import Transport

__all__ = ["AccessPage", "who_looked"]

_COUNT = 200


@dataclass(frozen=True, slots=True)
class AccessPage:
    """AuditEvents, newest first; ``more`` asks for the page after it, "" after the last."""

    events: tuple[Resource, ...]
    more: str


def who_looked(transport: Transport, more: str = "") -> AccessPage:
    """Ask who looked; ``more`` of the page before goes on from there.

    Raises:
        TransportError: out of reach, refused, or an answer that makes no sense.

    """
    asked = {"_page": more} if more else {"_sort": "-date", "_count": str(_COUNT)}
    answer = transport.request("GET", "fhir/AuditEvent", params=asked).json()
    if answer.get("resourceType") != "Bundle" or answer.get("type") != "searchset":
        raise ServiceBroken(status=200)
    following = parse_qs(urlsplit(next_link(answer) or "").query).get("_page", [""])
    return AccessPage(tuple(resources_of(answer, "AuditEvent")), following[0])
