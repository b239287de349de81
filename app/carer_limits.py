"""What someone close who acts for a person never does, whatever that person's consent says.

The service refuses the same (``sync.service.carers``); here it is said before anything is tried.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from app.errors import PersonCanAct

if TYPE_CHECKING:
    from app.space import Space

__all__ = ["CarerMayNot", "NeverForCarer", "require_not_carer"]


class NeverForCarer(StrEnum):
    """The closed list (assisted-access.md §3)."""

    RESHARE = "reshare"
    CREDENTIALS = "credentials"
    CLOSE = "close"
    DELETE = "delete"
    DOWNLOAD_ALL = "download-all"


class CarerMayNot(PersonCanAct):
    """Only the person does this, from their own account (``act``: of the closed list)."""

    code: ClassVar[str] = "carer-may-not"


def require_not_carer(space: Space, act: NeverForCarer) -> None:
    """Let everybody pass but a carer or a legal representative."""
    if space.actor.role.is_close:
        raise CarerMayNot(act=act.value)
