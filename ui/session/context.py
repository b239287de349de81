"""What a screen of the session may use, and how one goes from screen to screen.

A screen of the session is a class in ``ui/screens/<name>.py`` named as its file (``document_view`` →
``DocumentView``), made by ``DocumentView(context, **args)``. ``go`` shows a new one on top of the
present one, which stays as it is (position, answers) for ``back``; ``home`` forgets the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.engine import Engine, SyncStatus

    from app.changes import Changes
    from app.reader.client import Reader
    from app.space import Space
    from ui.session.start import Start
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

    def finish(self) -> None:
        """Go to the end of the visit."""

    def replace(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` in place of the present one (Retour skips it)."""

    def toast(self, words: str, kind: NoticeKind) -> None:
        """Show and speak a notice on the present screen."""


@dataclass
class SessionContext:
    """One person's visit. ``space`` and ``engine`` are there once the person is known."""

    tasks: Tasks
    navigator: Navigator
    start: Start
    open_reader: Callable[[], Reader]
    changes: Changes
    _space: Space | None = None
    engine: Engine | None = None
    status: SyncStatus | None = None
    status_listeners: list[Callable[[SyncStatus], None]] = field(default_factory=list)
    _reader: Reader | None = None

    @property
    def space(self) -> Space:
        """The person's space; screens behind the identity screen always have one."""
        if self._space is None:
            raise RuntimeError
        return self._space

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
