"""Signing in on one's own phone: the device authorization grant (RFC 8628), the program's side.

Decision: beside the browser of the PC, never instead of it: not everybody has a phone. The program shows a
code and a square; the person compares the code on their phone, where the page names the PC that asks.
Waiting follows the provider: its interval, five seconds more at each ``slow_down``, not a moment past the end
of the code; a network that fails meanwhile is waited out, longer each time (§3.5), and who shows the code is
told of it, and that it is back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from sync.failures import Busy, Offline, Refused, ServiceBroken
from sync.sign_in_errors import SignInCancelled, SignInRefused, SignInTimedOut, demand

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from sync.failures import TransportError

__all__ = ["DEVICE_GRANT", "PhoneCode", "phone_code_of", "wait_for_phone"]

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL, _SLOWER = 5, 5
_LONGEST_INTERVAL = 60
_LONGEST_LIFE = 1800
_LONGEST_CODE = 40
_LONGEST_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """What to show: ``user_code`` to compare or type at ``address``; ``whole_address`` is the square's.

    ``ends`` is a moment of :func:`time.monotonic`; ``interval`` in seconds.
    """

    user_code: str
    address: str
    whole_address: str
    ends: float
    interval: int
    minutes: int
    device_code: str = field(repr=False)


def phone_code_of(told: Mapping[str, Any], issuer: str) -> PhoneCode:
    """Read the answer of the device authorization endpoint (§3.2); raises ``SignInNotTrusted``.

    Where the provider itself is spoken to by TLS, so is the page on which a password will be typed.
    """
    texts = [told.get(name) for name in ("device_code", "user_code", "verification_uri")]
    demand(all(isinstance(each, str) and each for each in texts), "device_code")
    device_code, user_code, address = map(str, texts)
    demand(user_code.isprintable() and len(user_code) <= _LONGEST_CODE, "user_code")
    demand(_is_page(address, issuer), "verification_uri")
    seconds = _whole(told.get("expires_in"), 0)
    demand(seconds > 0, "expires_in")
    whole = told.get("verification_uri_complete")
    seconds = min(seconds, _LONGEST_LIFE)
    return PhoneCode(
        user_code=user_code,
        address=address,
        whole_address=whole if _is_page(whole, issuer) else address,
        ends=time.monotonic() + seconds,
        interval=max(1, min(_whole(told.get("interval"), _INTERVAL), _LONGEST_INTERVAL)),
        minutes=max(1, round(seconds / 60)),
        device_code=device_code,
    )


def wait_for_phone(
    code: PhoneCode,
    ask: Callable[[], dict[str, Any]],
    cancelled: threading.Event,
    on_line: Callable[[TransportError | None], None] = lambda _failure: None,
) -> dict[str, Any]:
    """Ask until the person has signed in; ``ask`` sends one request of the token endpoint (§3.4).

    ``on_line`` hears, in this thread, what kept a request from being answered, and None when one was.

    Raises:
        SignInCancelled, SignInRefused, SignInTimedOut, or what ``ask`` raises for good.

    """
    interval = code.interval
    while True:
        if cancelled.wait(min(interval, max(0.0, code.ends - time.monotonic()))):
            raise SignInCancelled
        if time.monotonic() >= code.ends:
            raise SignInTimedOut(minutes=code.minutes)
        try:
            return ask()
        except Refused as refused:
            on_line(None)
            reason = str(refused.fields.get("reason", ""))
            if reason == "expired-token":
                raise SignInTimedOut(minutes=code.minutes) from refused
            if reason == "slow-down":
                interval += _SLOWER
            elif reason != "authorization-pending":
                raise SignInRefused(reason=reason.replace("-", "_")) from refused
        except Busy as busy:
            interval = max(interval + _SLOWER, busy.retry_after)
        except (Offline, ServiceBroken) as failure:
            on_line(failure)
            interval = min(2 * interval, _LONGEST_INTERVAL)


def _is_page(address: object, issuer: str) -> TypeGuard[str]:
    """Say whether an address may be shown, and be a square: of the web, and of a length that is one."""
    return (
        isinstance(address, str)
        and address.startswith(("https://", "http://") if issuer.startswith("http://") else "https://")
        and address.isascii()
        and address.isprintable()
        and len(address) <= _LONGEST_ADDRESS
    )


def _whole(value: object, other: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else other
