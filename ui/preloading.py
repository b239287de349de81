"""Reads the program's other modules from the disk before a press asks for them.

A page's module is imported when the page is first opened: up to a tenth of a second between the press and
the page. So when the first page stands, all of them are imported, a little at a time: what knows no Qt in a
thread beside, then the screens' own modules in the screen thread, one in each pause. What exists by then
stays for good and is set aside from the garbage collector, whose full rounds are short from then on.
"""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from babel.dates import format_datetime
from PySide6.QtCore import QObject, QTimer

from ui.formats import BRITISH
from ui.languages import LANGUAGES
from ui.text import is_installed
from ui.widgets import Field
from ui.widgets.big_row_list import BigRowList
from ui.widgets.viewer import ReadingBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

__all__ = ["Preloading"]

log = logging.getLogger(__name__)

PAUSE_MS = 40
# Without Qt, and slow: the network's library, and what the pages know of the store.
BESIDE = ("app.conflicts", "app.documents", "app.intake", "app.medical_profile", "app.recognition",
          "app.relatives", "sync.drops", "sync.transport")  # fmt: skip
ROOMS = ("ui.widgets", "ui.steps", "ui.speech", "ui.printing", "ui.screens")
NOT_OURS = frozenset({"ui.speech.__main__"})


def rooms() -> Iterator[str]:
    """Yield the names of the screens' own modules, what others are built of first."""
    for package in ROOMS:
        folder = importlib.import_module(package).__path__
        for found in pkgutil.iter_modules(folder, f"{package}."):
            if found.name not in NOT_OURS:
                yield found.name


class Preloading(QObject):
    """Begins at once; ``done`` when all is there. A module that cannot be imported is left to its press."""

    def __init__(self, parent: QObject, beside: Sequence[str] = BESIDE) -> None:
        super().__init__(parent)
        self.done = False
        self._rooms = rooms()
        self._parts: list[Callable[[str], QWidget]] = [BigRowList, ReadingBox, Field]
        self._thread = threading.Thread(target=self._import_all, args=(beside,), name="preload", daemon=True)
        self._thread.start()
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self._next)
        self._timer.start()

    def _import_all(self, names: Sequence[str]) -> None:
        for name in names:
            self._import(name)
        for language in LANGUAGES:
            # A catalogue takes 60 ms, and Babel reads a language when it first writes in it.
            is_installed(language.code)
        for locale in (*(language.tag for language in LANGUAGES), BRITISH):
            format_datetime(datetime.now(UTC), locale=locale)

    def _import(self, name: str) -> None:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  whoever opens that page meets it, and says it
            log.warning("not preloaded: %s (%s)", name, type(error).__name__)

    def _next(self) -> None:
        if self._thread.is_alive():
            return
        name = next((each for each in self._rooms if each not in sys.modules), None)
        if name is not None:
            self._import(name)
            return
        if self._parts:
            # The binding makes a class of Qt's, with all its enumerations, when it is first used.
            self._parts.pop()("").deleteLater()
            return
        self._timer.stop()
        gc.freeze()
        self.done = True
