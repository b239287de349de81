"""The look of the desk's window: as the session's during a visit, as it was before afterwards.

Decision: a session's process is less trusted than the desk. Of what it says of its look only what the program
knows is followed; anything else changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import theme
from ui.languages import LANGUAGES
from ui.text import current_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.shell import Shell

__all__ = ["Looks"]


class Looks:
    """``remember`` before a visit, ``follow`` during it, ``restore`` after it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.remember()

    def remember(self) -> None:
        """Keep the size, the colours and the language of now."""
        self._look, self._language = theme.current(), current_language()

    def restore(self) -> None:
        """Forget the size, the colours and the language that the last person chose."""
        self._wear(int(self._look.size), str(self._look.mood), self._language)

    def follow(self, event: Mapping[str, Any]) -> None:
        """Look as the session's window does, so that what is behind it is no surprise."""
        size, mood, language = event.get("size"), event.get("mood"), event.get("language")
        if isinstance(size, bool) or not isinstance(size, int) or size not in set(theme.TextSize):
            return
        if not isinstance(mood, str) or mood not in set(theme.Mood):
            return
        if language in [each.code for each in LANGUAGES]:
            self._wear(size, mood, str(language))

    def _wear(self, size: int, mood: str, language: str) -> None:
        self._shell.set_text_size(size)
        self._shell.set_mood(mood)
        self._shell.set_language(language)
