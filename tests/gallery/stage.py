"""A real visit to look at: an encrypted store, the reader, papers, both windows, no network."""

from __future__ import annotations

import os
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app import intake
from app.changes import Changes
from app.reader.client import Reader
from app.space import AssistMode
from app.wipe import SessionFolders
from sync.engine import SyncStatus
from sync.service.demo.papers import Kind
from tests.gallery.spaces import JEANNE, NOON, Opened, a_paper
from tests.gallery.waiting_spaces import WAITING_SPACES
from ui.filing import Filing
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow
from ui.shell import SMALL_SCREEN, Shell
from ui.steps.rows import EntryList

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.space import Space
    from tests.app.other_side import OtherSide
    from ui.screen import Screen
    from ui.tasks import Lane, Tasks

__all__ = ["JEANNE", "NOON", "Stage", "a_paper"]

QUIET_ROUNDS = 6
ONLINE = SyncStatus(online=True, last_sync=NOON)
OFFLINE = SyncStatus(online=False, waiting=12, last_sync=NOON)
SHOWN_AFTER = 0.32
"""What is quick shows no progress; what is held up shows it after that long."""


@dataclass
class Stage:
    """Both windows with what belongs to them; ``close`` gives all of it back."""

    folder: Path
    desk: Shell = field(init=False)
    session: SessionWindow = field(init=False)
    opened: Opened = field(init=False)

    def __post_init__(self) -> None:
        """Open everything."""
        self._changes = Changes()
        self._held: threading.Event | None = None
        self._held_lanes: tuple[Lane, ...] = ()
        self._is_bare = False
        self.jeanne = Opened.jeanne(self.folder / "store", self._changes)
        self._others: dict[str, Opened] = {}
        self.opened = self.jeanne
        self._open_session(self._changes)
        self.desk = Shell("Tandem", icon_name="handshake")
        self.desk.show()

    @property
    def space(self) -> Space:
        """Whose space is shown."""
        return self.opened.space

    @property
    def documents(self) -> dict[Kind, str]:
        """The ids of the papers of that space."""
        return self.opened.documents

    @property
    def other_side(self) -> OtherSide:
        """What tells that space of what the service has."""
        return self.opened.other_side

    def _open_session(self, changes: Changes) -> None:
        to_session, to_desk = os.pipe(), os.pipe()
        self._ends = (to_session[1], to_desk[0])
        self._streams = (os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0))
        start = Start(
            service="http://127.0.0.1:9",
            folder=SessionFolders.create(self.folder).folder,
            outbox=self.folder / "outbox",
            adviser={"claims": {"sub": "adv-1", "name": "Karim Benali"}},
            place_name="France services de Bourges",
        )
        self.session = SessionWindow(start, Channel(*self._streams), changes)
        self.session.start()
        self._show_opened(ONLINE)

    def _show_opened(self, status: SyncStatus) -> None:
        self.session.opened(self.opened.space, self.opened.whose)
        self.session.status_changed(status)

    def enter(self, whose: str) -> None:
        """Open the space of someone else: ``empty`` or ``full``."""
        if whose not in self._others:
            make = {"empty": Opened, "full": Opened.full} | WAITING_SPACES
            self._others[whose] = make[whose](self.folder / whose, self._changes)
        self.opened = self._others[whose]
        self._show_opened(OFFLINE if whose.endswith("full") else ONLINE)

    def close_the_door(self) -> None:
        """Let the helper act for the person without a mandate: whatever they open stays closed."""
        self.space.mode = AssistMode.FOR

    def take_the_walls_away(self) -> None:
        """Put a reader in place as a PC has it on which nothing isolates it."""
        self.session.context.close_reader()
        self._is_bare = True
        self.session.context._reader = Reader(means=frozenset())

    def hold(self, *lanes: Lane) -> None:
        """Let whatever is asked of these wait, as a slow disk or a slow service would."""
        self._held, self._held_lanes = threading.Event(), lanes
        held = self._held
        for lane in lanes:
            self.session.tasks.run(held.wait, lane=lane)

    def _as_usual(self) -> None:
        if self._held is not None:
            for lane in self._held_lanes:
                _drop_what_waits(self.session.tasks, lane)
            self._held.set()
            self._held = None
            self.rest()
        if self._is_bare:
            self._is_bare = False
            self.session.context.close_reader()
        self.space.mode = AssistMode.WITH
        for shell in (self.desk, self.session.shell):
            shell.resize(*SMALL_SCREEN)
        if self.opened is not self.jeanne:
            self.opened = self.jeanne
            self._show_opened(ONLINE)
        if self.session.context.status != ONLINE:
            self.session.status_changed(ONLINE)
        self.session.visit.cancelled.clear()

    def filing(self) -> Filing:
        """Look at a paper that is about to be filed, as the first screen does."""
        paper = a_paper(Kind.LETTER, 77)
        reader = self.session.context.reader
        candidate = intake.check(reader, paper.data, "lettre de la caisse.pdf", known=lambda _sha: False)
        filing = Filing.of(reader, "lettre de la caisse.pdf", candidate)
        filing.date = filing.date or paper.day
        filing.category = filing.category or "DOC_ADM"
        return filing

    def show(self, make: Callable[[Stage], Shell]) -> tuple[Shell, Screen]:
        """Show one screen, and wait until it is quiet."""
        self.session.idle.active()
        self.session._guide.stop()
        self.session.shell.keyboard.put_away()
        self._as_usual()
        shell = make(self)
        self.rest()
        # Outside of exec() nothing deletes what is to be deleted later, and all that follows would be slower.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        shown = shell.shown
        assert shown is not None
        return shell, shown

    def rest(self) -> None:
        """Let layouts and answers come; where they are held up, let the screen say so."""
        quiet, patience = 0, time.monotonic() + (SHOWN_AFTER if self._held else 20)
        while quiet < QUIET_ROUNDS and time.monotonic() < patience:
            QApplication.processEvents()
            if self.session.tasks.busy or self._fills() or not self._is_settled:
                quiet = 0
                time.sleep(0.002)
            else:
                quiet += 1

    @property
    def _is_settled(self) -> bool:
        return self.session.shell.is_settled and self.desk.is_settled

    def _fills(self) -> bool:
        """Whether a list is still being made, some lines in each turn of the events."""
        shown = self.session.shell.shown
        return shown is not None and any(each._timer.isActive() for each in shown.findChildren(EntryList))

    def close(self) -> None:
        """Give everything back."""
        self._as_usual()
        self.rest()
        self.session.context.close_reader()
        self.session.idle.stop()
        self.session.tasks.close()
        for shell in (self.session.shell, self.desk):
            shell.close_for_good()
            shell.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        for stream in self._streams:
            stream.close()
        for end in self._ends:
            os.close(end)
        for opened in (self.jeanne, *self._others.values()):
            opened.close()


def _drop_what_waits(tasks: Tasks, lane: Lane) -> None:
    """Forget what was asked for while the lane was held: the room is left, and a network would be retried."""
    waiting = tasks._lanes[lane]._work_queue
    while True:
        try:
            waiting.get_nowait().future.cancel()
        except queue.Empty:
            return
