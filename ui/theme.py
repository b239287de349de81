"""The look: colours, sizes, type and space, decided here and nowhere else.

Decision: colours and sizes are values (``Palette``, ``TextSize``) chosen once for the whole program
and read by widgets when they paint; what Qt paints itself (fields, bars) has a palette and a sheet
(``ui.sheet``). A change is told to every widget by an event of our own.

The focus ring is drawn *outside* the shape it belongs to: every control keeps ``RING`` pixels around
itself for it, so that nothing moves when the focus comes.

Contrasts are computed in the tests: at least 7:1 for text, 3:1 for borders and focus.

What was taken from the public services that do this best, and why:

- GOV.UK: one question a screen, one main button, the error summary that takes the focus and leads to
  its fields, « Vérifiez » before anything is sent. People who are afraid of a form answer a question.
- NHS: body text that begins large, cards that are pressed as a whole, short lines (70 characters),
  help in the sentence above a field, never inside it, where typing would hide it.
- DSFR (the French State's): the calm of wide margins, a notice's colour always with a pictogram and
  words, and the rule that a tile has one action. Not its typeface nor its emblem, which are the
  State's own: ours is Atkinson Hyperlegible, drawn for low vision, whose 0, O, l and 1 differ.

What none of them has, because a web page cannot: one size, one theme and one language for the whole
program, changed live, in the person's hand (« Affichage »).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import orjson
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from ui.fonts import family, load_fonts, package_folder
from ui.palette import PALETTES, Mood, Palette
from ui.sheet import qt_palette, style_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CHANGED",
    "GAP",
    "PALETTES",
    "RADIUS",
    "RADIUS_CARD",
    "RING",
    "SPACE",
    "Mood",
    "Palette",
    "Role",
    "TextSize",
    "Theme",
    "apply",
    "current",
    "dress",
    "dress_again",
    "family",
    "fit_window",
    "follow_system",
    "glyph",
    "heeded",
    "icon",
    "leave_alone",
    "load_fonts",
    "missed_by",
    "put_on",
    "tell_change",
    "window_is_small",
]

# What every widget hears, in ``customEvent``, when its lengths, colours or words may be others. An event of
# our own: Qt's StyleChange comes ten times while a screen is built, and each would be answered by Python.
CHANGED = QEvent.Type(QEvent.registerEventType())
SPACE = (4, 8, 14, 24, 48)
RADIUS = 12
RADIUS_CARD = 16
RING_WIDTH = 5
RING_GAP = 2
RING = RING_WIDTH + RING_GAP
GAP = SPACE[1]
MAIN_TARGET = 64
TARGET = 48
SMALLEST_TEXT = 18


class TextSize(IntEnum):
    """Body text in pixels; the largest is twice the default."""

    SMALL = 20
    MEDIUM = 26
    LARGE = 34
    LARGEST = 52

    @property
    def larger(self) -> TextSize:
        """The next size up, or this one when it is the largest."""
        return next((size for size in TextSize if size > self), self)

    @property
    def smaller(self) -> TextSize:
        """The next size down, or this one when it is the smallest."""
        return next((size for size in reversed(TextSize) if size < self), self)


class Role(StrEnum):
    """What a piece of text is for."""

    HERO = "hero"
    TITLE = "title"
    SECTION = "section"
    BODY = "body"
    STRONG = "strong"
    SECOND = "second"


BOLD = frozenset({Role.HERO, Role.TITLE, Role.SECTION, Role.STRONG})


@dataclass(frozen=True, slots=True)
class Theme:
    """One look: a palette and a text size; every length follows from the size."""

    palette: Palette
    size: TextSize = TextSize.MEDIUM
    mood: Mood = Mood.LIGHT

    @classmethod
    def of(cls, mood: Mood | str, size: TextSize | int) -> Theme:
        """Make a theme from its names."""
        asked = Mood(mood)
        shown = preferred_mood() if asked is Mood.SYSTEM else asked
        return cls(PALETTES[shown], TextSize(size), asked)

    def sized(self, size: TextSize | int) -> Theme:
        """Return the same colours in another text size."""
        return replace(self, size=TextSize(size))

    @property
    def bar(self) -> Theme:
        """The look of the top bar: it grows with the text up to 34 px, and leaves the page its room."""
        return self.small if _window_is_small else self.sized(min(self.size, TextSize.LARGE))

    @property
    def small(self) -> Theme:
        """The look of bars that would leave the page no room: never larger than the usual size."""
        return self.sized(min(self.size, TextSize.MEDIUM))

    @property
    def body(self) -> int:
        """Body text, in pixels."""
        return int(self.size)

    @property
    def title(self) -> int:
        """Titles, in pixels."""
        return self.pixels(Role.TITLE)

    @property
    def second(self) -> int:
        """A second line, in pixels, never under 18."""
        return self.pixels(Role.SECOND)

    @property
    def icon(self) -> int:
        """Pictograms on tiles, in pixels."""
        return round(self.size * 1.9)

    def pixels(self, role: Role) -> int:
        """Return the height of the type used for ``role``."""
        return _pixels(self.size, role)

    def font(self, role: Role = Role.BODY) -> QFont:
        """Return the font for ``role``."""
        return QFont(_font(_pixels(self.size, role), role in BOLD))

    def color(self, name: str) -> QColor:
        """Return one token as a QColor."""
        return QColor(getattr(self.palette, name))


@cache
def _pixels(size: int, role: Role) -> int:
    sizes = {
        Role.HERO: min(2 * size, 90),
        Role.TITLE: round(size * 1.5),
        Role.SECTION: round(size * 1.2),
        Role.SECOND: max(SMALLEST_TEXT, round(size * 0.85)),
    }
    return sizes.get(role, int(size))


@cache
def _font(pixels: int, bold: bool) -> QFont:  # noqa: FBT001  a cache's key
    font = QFont(family())
    font.setPixelSize(pixels)
    if bold:
        font.setWeight(QFont.Weight.Bold)
    return font


_theme = Theme(PALETTES[Mood.LIGHT])
_window_is_small = False
_changes = 0
_DRESSED, _AWAY = "dressed", "away"


def current() -> Theme:
    """Return the theme in use."""
    return _theme


def apply(theme: Theme) -> None:
    """Use ``theme`` for the whole program, now and for what is built later."""
    put_on(theme)
    tell_change()


def put_on(theme: Theme) -> None:
    """Use ``theme``; ``tell_change`` is to follow."""
    global _theme
    recoloured = theme.palette != _theme.palette
    _theme = theme
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    application.setFont(theme.font())
    application.setPalette(qt_palette(theme.palette))
    if recoloured:
        dress_again(heeded())


def dress(widget: QWidget) -> None:
    """Give a part that Qt paints itself (a line to fill in, a scroll bar) our colours, now and later."""
    widget.setProperty(_DRESSED, True)  # noqa: FBT003 - Qt's signature
    widget.setStyleSheet(style_sheet(_theme.palette))


def dress_again(widgets: Iterable[QWidget]) -> None:
    """Give those that Qt paints itself the colours of now."""
    sheet = style_sheet(_theme.palette)
    for widget in widgets:
        if widget.property(_DRESSED):
            widget.setStyleSheet(sheet)


def leave_alone(page: QWidget) -> None:
    """Tell a page no changes while it is not shown; ``ui.telling.catch_up`` tells it when it comes back."""
    page.setProperty(_AWAY, _changes)


def missed_by(page: QWidget) -> list[QWidget]:
    """Heed a page again; return all that is in it where it missed a change, else nothing."""
    since = page.property(_AWAY)
    page.setProperty(_AWAY, None)
    return [] if since in {None, _changes} else [page, *page.findChildren(QWidget)]


def heeded() -> list[QWidget]:
    """Return every widget but those of the pages that are away."""
    widgets = QApplication.allWidgets()
    away = {
        each
        for page in widgets
        if page.property(_AWAY) is not None
        for each in (page, *page.findChildren(QWidget))
    }  # fmt: skip
    return [each for each in widgets if each not in away]


def tell_change(widgets: Iterable[QWidget] | None = None) -> None:
    """Tell every widget, or these, that its lengths, colours or words may be others."""
    global _changes
    _changes += widgets is None
    for widget in heeded() if widgets is None else widgets:
        QApplication.sendEvent(widget, QEvent(CHANGED))
        widget.updateGeometry()
        widget.update()


def window_is_small() -> bool:
    """Whether the window is smaller than the screens this was made for (1024×768, less a task bar)."""
    return _window_is_small


def fit_window(*, small: bool) -> None:
    """Keep the bars low in a small window, so that the page has its room; the page keeps its size."""
    global _window_is_small
    if small is not _window_is_small:
        _window_is_small = small
        tell_change()


def follow_system() -> None:
    """Change the colours when the system's preference changes, as long as nobody chose others."""
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(_system_changed)
    hints.accessibility().contrastPreferenceChanged.connect(_system_changed)


def _system_changed(_preference: object) -> None:
    look = current()
    if look.mood is Mood.SYSTEM:
        apply(Theme.of(Mood.SYSTEM, look.size))


def preferred_mood() -> Mood:
    """Return what the system asks for: more contrast first, then dark or light."""
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return Mood.CONTRAST
    return Mood.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else Mood.LIGHT


@cache
def _pictograms() -> tuple[str, dict[str, str]] | None:
    """Load the Material pictograms of qtawesome: the font's family and the code of each name."""
    folder = package_folder("qtawesome")
    fonts = sorted((folder / "fonts").glob("materialdesignicons6-webfont-*.ttf")) if folder else []
    if not fonts:
        return None
    number = QFontDatabase.addApplicationFont(str(fonts[-1]))
    names = fonts[-1].with_suffix(".json")
    charmap = names.with_name(names.name.replace("webfont-", "webfont-charmap-"))
    if number < 0 or not charmap.is_file():
        return None
    return QFontDatabase.applicationFontFamilies(number)[0], orjson.loads(charmap.read_bytes())


def glyph(name: str) -> tuple[str, str] | None:
    """Return a pictogram as a letter, with the family of its font; ``None`` where the set is missing."""
    pictograms = _pictograms()
    code = pictograms[1].get(name) if pictograms else None
    return (pictograms[0], chr(int(code, 16))) if pictograms and code else None


@lru_cache(maxsize=256)
def icon(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Draw a Material pictogram (``file-document``); an empty picture where the set is missing."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    pictograms = _pictograms()
    code = pictograms[1].get(name) if pictograms else None
    if pictograms is None or code is None:
        return pixmap
    painter = QPainter(pixmap)
    font = QFont(pictograms[0])
    font.setPixelSize(size)
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, chr(int(code, 16)))
    painter.end()
    return pixmap
