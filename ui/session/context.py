"""What a screen of the session may use, and how one goes from screen to screen.

A screen of the session is a class in ``ui/screens/<name>.py`` named as its file (``document_view`` →
``DocumentView``), made by ``DocumentView(context, **args)``. ``go`` shows a new one on top of the
present one, which stays as it is (position, answers) for ``back``; ``home`` forgets the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from app.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from PySide6.QtCore import QObject

    from app.changes import Change, Changes
    from app.errors import TandemError
    from app.reader.client import Reader
    from app.space import Space
    from sync.engine import Engine, SyncStatus
    from ui.session.line import Line
    from ui.session.start import Start
    from ui.session.visit import Visit
    from ui.tasks import Tasks
    from ui.widgets import NoticeKind

__all__ = ["Navigator", "SessionContext"]


class Navigator(Protocol):
    """The window: shows screens, says the state, ends the visit."""

    def go(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name``."""

    def back(self) -> None:
        """Show the screen before, as it was."""

    def home(self) -> None:
        """Show the home screen."""

    def restart(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` with nothing before it."""

    def opened(self, space: Space, whose: str) -> None:
        """Say whose space is open."""

    def come_forward(self) -> None:
        """Bring the window back in front of the browser."""

    def somebody_is_there(self) -> None:
        """Hear that someone is there though nothing is pressed here: their phone sent a picture."""

    def mandate_active(self) -> None:
        """Hear that a mandate runs."""

    def status_changed(self, status: SyncStatus) -> None:
        """Hear how the connection is."""

    def close(self) -> None:
        """End the visit now."""

    def finish(self) -> None:
        """Go to the end of the visit."""

    def replace(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` in place of the present one (Retour skips it)."""

    def toast(self, words: str, kind: NoticeKind) -> None:
        """Show and speak a notice on the present screen."""

    def guide(self) -> None:
        """Lead the person through a first visit."""


@dataclass
class SessionContext:
    """One person's visit. ``space`` and ``engine`` are there once the person is known."""

    tasks: Tasks
    navigator: Navigator
    start: Start
    visit: Visit
    open_reader: Callable[[], Reader]
    changes: Changes
    _space: Space | None = None
    engine: Engine | None = None
    status: SyncStatus | None = None
    status_listeners: list[Callable[[SyncStatus], None]] = field(default_factory=list)
    arrival_listeners: list[Callable[[str, TandemError | None], None]] = field(default_factory=list)
    at_end: list[Callable[[], None]] = field(default_factory=list)
    """What must not hold up the end of the visit: called once, when it ends."""
    _reader: Reader | None = None
    line: Line | None = None
    """What the system says of the network, once it was asked."""

    @property
    def space(self) -> Space:
        """The person's space; screens behind the identity screen always have one."""
        if self._space is None:
            raise RuntimeError
        return self._space

    def today(self) -> date:
        """Return the day of this place."""
        return (self._space.clock() if self._space else now()).astimezone().date()

    @property
    def has_space(self) -> bool:
        """Whether a person's space is open."""
        return self._space is not None

    @property
    def reader(self) -> Reader:
        """The reader process, started at its first use; call it in the reader lane."""
        if self._reader is None:
            self._reader = self.open_reader()
        return self._reader

    def open_space(self, space: Space, engine: Engine | None) -> None:
        """Take the person's space; called once, by the window."""
        self._space, self.engine = space, engine

    def follow(
        self, owner: QObject, on_change: Callable[[Change], None], on_status: Callable[[SyncStatus], None]
    ) -> None:
        """Tell a screen, in its thread and as long as it lives, what changes and how the connection is."""
        forget = self.changes.subscribe(self.tasks.relay(on_change, owner))
        listener = self.tasks.relay(on_status, owner)
        self.status_listeners.append(listener)

        def end() -> None:
            forget()
            self.status_listeners.remove(listener)

        owner.destroyed.connect(end)

    def tell_status(self, status: SyncStatus) -> None:
        """Pass the status on to the screens that listen."""
        self.status = status
        for listener in tuple(self.status_listeners):
            listener(status)

    def document_arrived(self, document_id: str) -> None:
        """Tell the screens that wait for a document's file."""
        for listener in tuple(self.arrival_listeners):
            listener(document_id, None)

    def document_failed(self, told: tuple[str, TandemError]) -> None:
        """Tell the screens that a document's file cannot be fetched, and why."""
        for listener in tuple(self.arrival_listeners):
            listener(*told)

    def close_reader(self) -> None:
        """End the reader process, if one was started, and what reads words."""
        for end in tuple(self.at_end):
            end()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def go(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` (its file's name), made with ``args``."""
        self.navigator.go(name, **args)

    def replace(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` in place of the present one."""
        self.navigator.replace(name, **args)

    def back(self) -> None:
        """Show the screen before."""
        self.navigator.back()

    def home(self) -> None:
        """Show the home screen."""
        self.navigator.home()

    def finish(self) -> None:
        """End the visit."""
        self.navigator.finish()
