"""The wipe between two visits: what is owed, the checklist shown, and no way on before it holds.

Decision: the room owns the traces from the moment a visit's folder is known, so that whatever asks whether
this PC is clean asks here. It moves no state: it says what came out, and the desk drives its machine.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.wipe import CheckCode, CheckItem, Checklist, Traces
from ui.desk.erasing import prepared, wiped
from ui.desk.screens import DeskErased, DeskWait
from ui.text import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.wipe import SessionFolders
    from ui.desk.advisers_room import AdvisersRoom
    from ui.desk.config import DeskConfig
    from ui.desk.ledger import Ledger
    from ui.desk.post import Post
    from ui.screen import Screen
    from ui.tasks import Tasks

__all__ = ["Ending", "WipeRoom"]

log = logging.getLogger(__name__)


class Ending(StrEnum):
    """How a visit came to its end, as the checklist tells it."""

    CLEAN = "clean"
    STOPPED = "stopped"
    """This PC went to sleep, was locked, or its user's session ended."""
    CRASHED = "crashed"


class WipeRoom(QObject):
    """``judged`` with whether the wipe was verified; ``left`` once that was read, or needs no reading."""

    judged = Signal(bool)
    left = Signal(bool)
    """True where the next customer's visit starts by itself."""

    def __init__(
        self,
        config: DeskConfig,
        post: Post,
        ledger: Ledger,
        advisers: AdvisersRoom,
        tasks: Tasks,
        show: Callable[[Screen], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._config, self._post, self._ledger, self._advisers = config, post, ledger, advisers
        self._tasks, self._show = tasks, show
        self._traces: list[Traces] = []
        self._ending = Ending.CLEAN
        self._goes_on = False
        self.was_clean = False
        """Whether a wipe was verified since the program started."""

    @property
    def is_owed(self) -> bool:
        """Whether something of a visit may still be on this PC."""
        return bool(self._traces)

    @property
    def folder(self) -> Path:
        """The folder of the visit that is going on."""
        return self._traces[0].folders.folder

    def owe(self, folders: SessionFolders, pid: int = 0) -> None:
        """Take note of a visit that starts; ``pid`` of its process as soon as it is known."""
        process = folders.mark(pid) if pid else None
        self._traces = [Traces(folders, self._config.outbox, process=process)]

    def after_crash(self, found: list[Traces]) -> None:
        """Wipe what a crash or a power cut left, before anybody can start."""
        self._traces = found
        self._ending = Ending.CRASHED
        self._run(DeskWait(_("Un instant"), _("Nous effaçons ce que la dernière visite a laissé…")))

    def after_visit(self, ending: Ending, *, goes_on: bool = False) -> None:
        """Wipe what a visit leaves; ``goes_on``: the next customer stands at the counter already."""
        self._ending, self._goes_on = ending, goes_on and ending is Ending.CLEAN
        self._run()

    def at_close(self) -> None:
        """Wipe now, in this thread: the program ends."""
        if self._traces:
            wiped(prepared(self._traces, self._config.place))

    def _run(self, waiting: DeskWait | None = None) -> None:
        words = _("Un instant : nous effaçons, puis nous vérifions…")
        self._show(waiting or DeskWait(_("Nous effaçons tout"), words))
        whole = prepared(self._traces, self._config.place)
        self._tasks.run(lambda: self._wipe(whole), self._ran, self._broke)

    def _wipe(self, found: list[Traces]) -> Checklist:
        # What cannot be swept is seen by the wipe, which looks at the outbox.
        with suppress(OSError):
            self._post.sweep()
        checklist = wiped(found)
        self._advisers.after_visit()
        self._ledger.make_room()
        return checklist

    def _broke(self, error: Exception) -> None:
        log.error("wipe: %s", getattr(error, "code", type(error).__name__))
        self._judge(Checklist((CheckItem(CheckCode.NOTHING_LEFT, ok=False),)))

    def _ran(self, checklist: Checklist) -> None:
        if not checklist.ok:
            log.error("wipe: %s", ", ".join(item.code for item in checklist.failed))
        self._judge(checklist)

    def _judge(self, checklist: Checklist) -> None:
        goes_on, self._goes_on = self._goes_on, False
        if checklist.ok:
            self._traces, self.was_clean = [], True
        self.judged.emit(checklist.ok)
        if checklist.ok and goes_on and not self._ledger.missing:
            # At a counter the next customer waits already; what fails is shown, and stops there.
            self.left.emit(True)  # noqa: FBT003 - a signal's argument
            return
        screen = DeskErased(
            checklist,
            crashed=self._ending is Ending.CRASHED,
            stopped=self._ending is Ending.STOPPED,
            waiting=self._post.waiting(),
            missing=self._ledger.missing,
        )
        if checklist.ok:
            screen.main_pressed.connect(lambda: self.left.emit(False))  # noqa: FBT003 - a signal's argument
        else:
            screen.main_pressed.connect(self._run)
        self._show(screen)
