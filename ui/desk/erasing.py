"""The wipe as the desk runs it: several leftovers as one, with what only a program with a screen can do."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from app.wipe import Checklist, wipe

if TYPE_CHECKING:
    from app.wipe import Traces

__all__ = ["prepared", "wiped"]


def prepared(found: list[Traces], place: str) -> list[Traces]:
    """Empty the clipboard, in the thread of the screen; the rest is done by ``wiped``, in any."""
    emptied = _empty_clipboard()
    return [
        replace(
            traces,
            empty_clipboard=lambda: emptied,
            take_back=_take_back if sys.platform != "win32" else None,
            is_shared=place != "home",
        )
        for traces in found
    ]


def wiped(found: list[Traces]) -> Checklist:
    """Wipe them all and show it as one: a line that fails in any of them fails."""
    checklists = [wipe(traces) for traces in found]
    lines = {item.code: item for checklist in checklists for item in checklist.items if item.ok}
    lines |= {item.code: item for checklist in checklists for item in checklist.items if not item.ok}
    return Checklist(tuple(lines[code] for code in dict.fromkeys(item.code for item in checklists[0].items)))


def _empty_clipboard() -> bool:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    return not clipboard.text()


def _take_back(jobs: list[tuple[str, str]]) -> int:
    from ui.printing.taking_back import take_back

    return take_back(jobs)
