"""A room of lines that were noted: read from the store, kept up to date, closed with its reason.

What « Ma santé » and « Mes proches » share: something works while the store is asked; a line to choose
where two people changed the same thing; the reason in place of the lists where they may not be seen; and
what is changed elsewhere comes in by itself, without taking the focus or the place away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from PySide6.QtCore import Qt

from ui import messages
from ui.screen import Screen
from ui.steps.rows import take_over_focus
from ui.text import _
from ui.widgets import EmptyState, MainButton, NoticeKind, Progress

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.changes import Change
    from ui.session.context import SessionContext
    from ui.steps.journey import Journey
    from ui.steps.rows import EntryList, EntryRow

__all__ = ["Room"]

Found = TypeVar("Found")


class Room(Screen, Generic[Found]):
    """``types`` are the resources whose change is shown; ``choose`` is said on the button of a conflict."""

    types: ClassVar[frozenset[str]]

    def __init__(self, context: SessionContext, title: str, *, choose: str) -> None:
        super().__init__(title)
        self._context = context
        self._looked = False
        self.conflict = MainButton(choose, icon_name="account-question-outline")
        self.conflict.clicked.connect(lambda: context.go("conflict", about=self.name))
        self._progress = Progress(_("Un instant, nous cherchons…"))
        self._closed: EmptyState | None = None
        self.lists = self.make_lists()
        self.body.addWidget(self.conflict, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._progress)
        self.body.addWidget(self.lists)
        for widget in (self.conflict, self.lists):
            widget.hide()
        for each in self.entry_lists:
            each.made.connect(lambda: take_over_focus(self))
        self._progress.start_after()
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    # -- what a room says of itself --------------------------------------------------------------

    def make_lists(self) -> QWidget:
        """Return what is shown once it was found."""
        raise NotImplementedError

    @property
    def entry_lists(self) -> tuple[EntryList, ...]:
        """The lists, in the order of the eye."""
        raise NotImplementedError

    def ask_store(self, *, journaled: bool) -> Found:
        """Ask the store, off the screen thread; raises what keeps the room closed."""
        raise NotImplementedError

    def show_found(self, found: Found) -> str:
        """Fill the lists; return what two people changed at once, in words, or nothing."""
        raise NotImplementedError

    # -- what all do -----------------------------------------------------------------------------

    @property
    def rows(self) -> list[EntryRow]:
        """The lines of all lists."""
        return [row for each in self.entry_lists for row in each.rows]

    def entered(self) -> None:
        """Read the lists again; the first look is journaled."""
        self.read()

    def read(self) -> None:
        """Ask the store, then show what it says."""
        journaled, self._looked = not self._looked, True
        self._context.tasks.run(
            lambda: self.ask_store(journaled=journaled), self._show, self._failed, owner=self
        )

    def start(self, journey: Journey) -> None:
        """Ask the first question of a journey."""
        self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _changed(self, change: Change) -> None:
        if change.types & self.types:
            self.read()

    def _failed(self, error: Exception) -> None:
        """Show why it stays closed (no mandate for it), and nothing of the lists."""
        self._looked = False
        self._progress.stop()
        self.lists.hide()
        if self._closed is None:
            self._closed = EmptyState(messages.sentence(error), icon_name="lock-outline")
            self.body.addWidget(self._closed)

    def _show(self, found: Found) -> None:
        self._progress.stop()
        if self._closed is not None:
            self._closed.hide()
            self._closed.deleteLater()
            self._closed = None
        words = self.show_found(found)
        if words != self.notice.words:
            self.say(words, NoticeKind.WAIT)
        self.conflict.setVisible(bool(words))
        self.lists.show()
        take_over_focus(self)
