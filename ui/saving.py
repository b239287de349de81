"""Copies for the person to keep: where they may be offered, and what is told about it.

Only at home: a computer that many use lets nothing out but paper (:mod:`app.copies` refuses it too).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.text import _

if TYPE_CHECKING:
    from pathlib import Path

    from ui.session.context import SessionContext
    from ui.widgets.folders import Place

__all__ = ["Target", "may_save", "print_words"]


@dataclass(frozen=True, slots=True)
class Target:
    """A place for the copy, and the device it was on when it was offered."""

    place: Place
    device: int

    @property
    def path(self) -> Path:
        """The folder."""
        return self.place.path


def may_save(context: SessionContext) -> bool:
    """Whether a copy may be offered here; in practice there is nothing to keep."""
    start = context.start
    return getattr(start, "place", "") == "home" and not getattr(start, "practice", False)


def print_words(context: SessionContext) -> str:
    """Word the button that leads to paper, and at home to a copy."""
    return _("Imprimer ou enregistrer") if may_save(context) else _("Imprimer")
