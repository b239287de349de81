"""What this PC lacks for the screens themselves, said where someone can do something about it.

Nothing here stops a visit: other letters are drawn, French is spoken, the page scrolls. It is said on the
desk's first page, to the adviser, and in a small window again when the text is made larger. What else may
be missing (voice, sound, scanner, printer, network) is said by the screen that needs it; all of it is tried
by ``tandem self-test``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import PersonCanAct, TandemError, WorldFailed
from ui import fonts, messages, theme
from ui.text import current_language, is_installed, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FontMissing", "LanguageMissing", "ScreenSmall", "lacking", "lacking_words"]


class FontMissing(WorldFailed):
    """Letters that came with the program are not there, or their files are damaged."""

    code = "font-missing"


class LanguageMissing(WorldFailed):
    """The catalogue of the language is not there, or its file is damaged."""

    code = "language-missing"


class ScreenSmall(PersonCanAct):
    """The window is smaller than the screens were made for."""

    code = "screen-small"


def lacking() -> Iterator[TandemError]:
    """Find what is not as it should be, as the screens are now."""
    if set(fonts.WANTED) - set(fonts.load_fonts()):
        yield FontMissing()
    if not is_installed(current_language()):
        yield LanguageMissing()
    if theme.window_is_small():
        yield ScreenSmall()


def lacking_words() -> str:
    """Say it; empty where all is well."""
    return joined(" ", [messages.sentence(each) for each in lacking()])
