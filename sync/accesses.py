"""What the service audited of one person: the list of who looked (IHE ITI-81), page by page, or signed.

The signed list is checked against the key that this PC pinned before anybody sees it: what a service (or
whoever stands before it) sends is offered only if that key signed every byte of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.access_proof import LIMIT, ListNotTrusted, verify
from app.fhir.bundle import next_link, resources_of
from sync.failures import ServiceBroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.fhir import Resource
    from sync.transport import Transport

__all__ = ["AccessPage", "fingerprint_of", "signed_list", "who_looked"]

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


def fingerprint_of(policy_key: Mapping[str, Any] | None) -> str:
    """Return the SHA-256 of the key that was pinned at the enrolment; "" where there is none of use."""
    try:
        public = ECKey.import_key(dict(policy_key or {})).public_key
    except (JoseError, ValueError, TypeError, KeyError):
        return ""
    raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(raw).hexdigest()


def signed_list(transport: Transport, key: str, language: str = "fr", zone: str = "") -> bytes:
    """Have the service make and sign the list of the last twelve months; ``key``: the pinned fingerprint.

    Raises:
        ListNotTrusted: what came is not whole, or not signed by that key.
        TransportError: out of reach, refused, or an answer that makes no sense.

    """
    asked = {"language": language} | ({"zone": zone} if zone else {})
    answer = transport.request(
        "GET",
        "fhir/AuditEvent/$signed-list",
        params=asked,
        headers={"Accept": "application/pdf, application/fhir+json"},
        limit=LIMIT,
    )
    if not key or not verify(answer.body, key).ok:
        raise ListNotTrusted
    return answer.body
