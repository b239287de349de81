"""The marks of a visit's receipt (``meta.tag``, system ``RECEIPT``): what it is, and that a mail goes."""

from __future__ import annotations

__all__ = ["TELL_BY_MAIL", "VISIT_RECEIPT"]

VISIT_RECEIPT = "visit-receipt"
TELL_BY_MAIL = "tell-by-mail"
