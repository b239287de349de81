"""What every failure between the desktop and a service means.

Decision: status numbers, content types and httpx's exceptions end in ``transport.py``; the engine
knows these classes only. Codes and paths come from an OperationOutcome, texts never: they may hold
something of the person.

::

    TransportError
    ├── Offline           nothing was sent: no network, no name, refused
    │   ├── CaptivePortal     somebody else answered (a sign-in page, a redirect)
    │   ├── NotTrusted        the certificate is not the service's
    │   └── ProxyRefused      the proxy of this place wants something else
    ├── ServiceBroken     500, half an answer, nothing, no JSON: the outcome is unclear
    │   └── Stalled           no byte moved for a while
    ├── Busy              423, 425, 429, 503: come back after ``retry_after`` seconds
    ├── Unauthorised      401 after one refresh
    ├── Forbidden         403
    ├── Absent            404, 410
    ├── VersionClash      409, 412
    ├── TooLarge          413
    └── Refused           other 4xx: ``reason`` is the OperationOutcome's code, never its text
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from app.errors import WorldFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Absent",
    "Busy",
    "CaptivePortal",
    "Forbidden",
    "NotTrusted",
    "Offline",
    "ProxyRefused",
    "Refused",
    "ServiceBroken",
    "Stalled",
    "TooLarge",
    "TransportError",
    "Unauthorised",
    "VersionClash",
    "failure_of",
    "json_object",
    "retry_after",
]

RETRY_AFTER_MIN, RETRY_AFTER_MAX, RETRY_AFTER_DEFAULT = 1, 3600, 5

_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EXPRESSION = re.compile(r"[A-Za-z][A-Za-z0-9.\[\]]{0,79}")


class TransportError(WorldFailed):
    """A request that brought no usable answer."""


class Offline(TransportError):
    """The service was not reached; nothing was sent, so nothing counts as tried."""

    code = "offline"


class CaptivePortal(Offline):
    """Something between here and the service answered in its place."""

    code = "captive-portal"


class NotTrusted(Offline):
    """The certificate shown is not one that this PC trusts for the service."""

    code = "certificate-not-trusted"


class ProxyRefused(Offline):
    """The configured proxy does not let the request through."""

    code = "proxy-refused"


class ServiceBroken(TransportError):
    """The service answered badly or not at all; what it did is unclear (``status`` 0: no answer)."""

    code = "service-broken"


class Stalled(ServiceBroken):
    """No byte moved for a while."""

    code = "service-stalled"


class Busy(TransportError):
    """The service asks to come back after ``retry_after`` seconds."""

    code = "service-busy"

    @property
    def retry_after(self) -> int:
        """Seconds to wait, between one second and an hour."""
        return int(self.fields.get("retry_after", RETRY_AFTER_DEFAULT))


class Unauthorised(TransportError):
    """The sign-in is over: a fresh token was refused too, or none could be had."""

    code = "signed-out"


class Forbidden(TransportError):
    """The service knows who asks and says no (``reason``: its code)."""

    code = "forbidden"


class Absent(TransportError):
    """Nothing there, or nothing for us (``status`` 404 or 410)."""

    code = "not-found-there"

    @property
    def is_gone(self) -> bool:
        """Whether it was there once (410)."""
        return self.fields.get("status") == httpx.codes.GONE


class VersionClash(TransportError):
    """Somebody else changed it first (``status`` 409 or 412)."""

    code = "changed-elsewhere"


class TooLarge(TransportError):
    """The service takes nothing of that size."""

    code = "too-large-for-service"


class Refused(TransportError):
    """The service found fault with what was sent: ``status``, ``reason``, ``expression``."""

    code = "service-refused"


def failure_of(status: int, headers: Mapping[str, str], body: bytes) -> TransportError | None:
    """Say what an answer means; None is a good one.

    A page of HTML is never our service speaking, whatever its status: a 403 written by a proxy
    must not park somebody's prescription.
    """
    html = "html" in headers.get("content-type", "")
    if status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        return ProxyRefused()
    if httpx.codes.is_success(status) or status == httpx.codes.NOT_MODIFIED:
        return CaptivePortal() if html else None
    if httpx.codes.is_redirect(status) or status == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED:
        return CaptivePortal()
    if status in {423, 425, 429, 503}:
        return Busy(status=status, retry_after=retry_after(headers))
    if html or not httpx.codes.is_client_error(status) or status == httpx.codes.REQUEST_TIMEOUT:
        return ServiceBroken(status=status)
    return _refusal(status, body)


def retry_after(headers: Mapping[str, str], *, moment: datetime | None = None) -> int:
    """Read ``Retry-After`` (seconds or a date, RFC 9110 §10.2.3), kept between 1 s and 1 h."""
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told) if told.isdigit() else _seconds_until(told, moment)
    except (ValueError, TypeError):
        seconds = RETRY_AFTER_DEFAULT
    return int(min(max(seconds, RETRY_AFTER_MIN), RETRY_AFTER_MAX))


def _seconds_until(date: str, moment: datetime | None) -> float:
    return (parsedate_to_datetime(date).astimezone(UTC) - (moment or datetime.now(UTC))).total_seconds()


def _refusal(status: int, body: bytes) -> TransportError:
    reason, expression = _reason(body)
    match status:
        case 401:
            return Unauthorised()
        case 403:
            return Forbidden(reason=reason)
        case 404 | 410:
            return Absent(status=status)
        case 409 | 412:
            return VersionClash(status=status, reason=reason)
        case 413:
            return TooLarge()
        case _:
            return Refused(status=status, reason=reason, expression=expression)


def _reason(body: bytes) -> tuple[str, str]:
    """Take the code and the path out of an OperationOutcome or an OAuth error, never a text."""
    try:
        told = json_object(body, 0)
    except ServiceBroken:
        return "", ""
    if isinstance(told.get("error"), str):
        return _matching(_CODE, told["error"].replace("_", "-")), ""
    issue = _first(told.get("issue"))
    details = issue.get("details")
    coding = _first(details.get("coding")) if isinstance(details, dict) else {}
    code = coding.get("code") or issue.get("code")
    where = issue.get("expression")
    path = where[0] if isinstance(where, list) and where else ""
    return _matching(_CODE, code), _matching(_EXPRESSION, path)


def _first(items: object) -> dict[str, Any]:
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}


def _matching(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def json_object(body: bytes, status: int) -> dict[str, Any]:
    """Read one JSON object.

    Raises:
        ServiceBroken: it is not one.

    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise ServiceBroken(status=status) from problem
    if not isinstance(value, dict):
        raise ServiceBroken(status=status)
    return value
