"""The slip of a mandate that lasts beyond the visit: words the service draws, keeping only a hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.failures import ServiceBroken

if TYPE_CHECKING:
    from sync.transport import Transport

__all__ = ["Slip", "draw_slip"]


@dataclass(frozen=True, slots=True, repr=False)
class Slip:
    """``words`` to say or type, ``qr`` the text of the code to be shown."""

    words: str
    qr: str


def draw_slip(transport: Transport, consent_id: str) -> Slip:
    """Have the service draw new words for a running mandate; earlier words stop working.

    Raises:
        TransportError: out of reach, refused, or an answer that makes no sense.

    """
    told = transport.request("POST", f"/fhir/Consent/{consent_id}/$slip", content=b"").json()
    given = {part.get("name"): part.get("valueString") for part in told.get("parameter", [])}
    words, qr = given.get("words"), given.get("qr")
    if not (isinstance(words, str) and isinstance(qr, str)):
        raise ServiceBroken
    return Slip(words, qr)
