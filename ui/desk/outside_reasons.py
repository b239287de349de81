"""Why a visit ends from outside."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """What the system says."""

    SLEEP = "sleep"
    LOCK = "lock"
    LOGOUT = "logout"
