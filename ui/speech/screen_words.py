"""The words of a screen, in the order of the eye: title, what is told, the body, the buttons last.

The widgets know their words; this module knows the widgets. Only what is seen is said, a password never.
Of a list the count is said first, then some rows from the one that is current: a list of thousands is
heard a few rows at a time, and the sentence at its end says that there are more.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QLabel,
    QLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from ui.speech.places import InBox, OnRow, OnWidget
from ui.speech.utterances import Utterance, said
from ui.text import _, commas, current_language, joined, named, ngettext
from ui.widgets.buttons import Button
from ui.widgets.notices import ErrorSummary, Notice, Progress
from ui.widgets.order import parts
from ui.widgets.tiles import Tile
from ui.widgets.words import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtCore import QModelIndex

    from ui.screen import Screen

__all__ = ["ROWS", "ScreenSource", "language_of_screen", "screen_head", "screen_tail", "screen_words"]

ROWS = 12


def language_of_screen() -> str:
    """Return the language that the screen speaks, as voices name it (``fr`` for ``fr_FALC``)."""
    return current_language().split("_", maxsplit=1)[0]


class ScreenSource:
    """A screen to read, in one part."""

    def __init__(self, screen: Screen) -> None:
        self._screen: Screen | None = screen

    def more(self, take: Callable[[Sequence[Utterance]], None]) -> None:
        """Give all of it, then nothing."""
        screen, self._screen = self._screen, None
        take(screen_words(screen) if screen is not None else [])


def screen_words(screen: Screen) -> list[Utterance]:
    """Return all that is said of a screen."""
    return [*screen_head(screen), *_of_layout(screen.body, screen), *screen_tail(screen)]


def screen_head(screen: Screen) -> list[Utterance]:
    """Return what stands before the body: which step it is, the title, what is told under it."""
    page = screen.heading.parentWidget()
    column = page.layout() if page is not None else None
    found: list[Utterance] = []
    for part in parts(column):
        if isinstance(part, QLayout):
            break
        found += _of_widget(part, screen)
    return found


def screen_tail(screen: Screen) -> list[Utterance]:
    """Return the buttons, those of the body first, each once."""
    buttons = [*_buttons_of(screen.body, screen), *_buttons_of(screen.bar.layout(), screen)]
    if not buttons:
        return []
    start = next(said(_("Boutons :"), language_of_screen()))
    named = [Utterance(_button_words(button), language_of_screen(), OnWidget(button)) for button in buttons]
    return [start, *named]


def _button_words(button: QAbstractButton) -> str:
    words = button.accessibleName() or button.text()
    return str(words if button.isEnabled() else _("{button}, pas disponible").format(button=words))


def _buttons_of(layout: QLayout | None, screen: QWidget) -> list[QAbstractButton]:
    return [
        widget
        for widget in _leaves(layout, screen)
        if isinstance(widget, Button) and widget.isVisibleTo(screen)
    ]


def _leaves(layout: QLayout | None, screen: QWidget) -> Iterator[QWidget]:
    """Yield every visible widget of a layout, those inside others after them."""
    for part in parts(layout):
        if isinstance(part, QLayout):
            yield from _leaves(part, screen)
        elif part.isVisibleTo(screen):
            yield part
            inside = part.widget() if isinstance(part, QScrollArea) else part
            yield from _leaves(inside.layout() if inside is not None else None, screen)


def _of_layout(layout: QLayout | None, screen: QWidget) -> Iterator[Utterance]:
    for part in parts(layout):
        yield from _of_layout(part, screen) if isinstance(part, QLayout) else _of_widget(part, screen)


def _of_widget(widget: QWidget, screen: QWidget) -> Iterator[Utterance]:
    if widget.isVisibleTo(screen):
        yield from _words_of(widget, screen)


@singledispatch
def _words_of(widget: QWidget, screen: QWidget) -> Iterator[Utterance]:
    """Yield what a widget says: what is in it, else its name."""
    if widget.layout() is not None:
        yield from _of_layout(widget.layout(), screen)
    else:
        yield from _whole(widget, widget.accessibleName())


def _whole(widget: QWidget, *words: str) -> Iterator[Utterance]:
    """Say words of a control, which is framed as one."""
    yield from said(joined(". ", words), language_of_screen(), lambda _first, _last: OnWidget(widget))


@_words_of.register(Text)
def _of_text(widget: Text, _screen: QWidget) -> Iterator[Utterance]:
    language = widget.language or language_of_screen()
    yield from said(widget.words, language, lambda first, last: OnWidget(widget, first, last))


@_words_of.register(QLabel)
def _of_label(widget: QLabel, _screen: QWidget) -> Iterator[Utterance]:
    plain = widget.textFormat() == Qt.TextFormat.PlainText
    yield from _whole(widget, widget.text() if plain else widget.accessibleName())


@_words_of.register(Notice)
def _of_notice(widget: Notice, screen: QWidget) -> Iterator[Utterance]:
    yield from _of_layout(widget.layout(), screen)


@_words_of.register(ErrorSummary)
def _of_summary(widget: ErrorSummary, _screen: QWidget) -> Iterator[Utterance]:
    yield from _whole(widget, widget.accessibleName())


@_words_of.register(Progress)
def _of_progress(widget: Progress, screen: QWidget) -> Iterator[Utterance]:
    yield from _of_text(widget.text, screen)


@_words_of.register(QProgressBar)
@_words_of.register(QScrollBar)
def _of_nothing(_widget: QWidget, _screen: QWidget) -> Iterator[Utterance]:
    yield from ()


@_words_of.register(Tile)
def _of_tile(widget: Tile, _screen: QWidget) -> Iterator[Utterance]:
    yield from _whole(widget, widget.accessibleName(), widget.second)


@_words_of.register(Button)
def _of_button(_widget: Button, _screen: QWidget) -> Iterator[Utterance]:
    """Say nothing here: the buttons come last."""
    yield from ()


@_words_of.register(QAbstractButton)
def _of_choice(widget: QAbstractButton, _screen: QWidget) -> Iterator[Utterance]:
    chosen = _("choisi") if widget.isCheckable() and widget.isChecked() else ""
    yield from _whole(
        widget,
        commas((widget.accessibleName() or widget.text(), chosen)),
        widget.accessibleDescription(),
    )


@_words_of.register(QLineEdit)
def _of_line(widget: QLineEdit, _screen: QWidget) -> Iterator[Utterance]:
    shown = widget.echoMode() == QLineEdit.EchoMode.Normal
    typed = widget.text().strip() if shown else ""
    state = typed or (_("case vide") if not widget.text() else _("rempli"))
    # A label above has said its name already.
    name = "" if _has_label(widget) else widget.accessibleName()
    yield from _whole(widget, named(name, state))


def _has_label(widget: QLineEdit) -> bool:
    holder = widget.parentWidget()
    label = getattr(holder.parentWidget() if holder is not None else None, "label", None)
    return isinstance(label, Text) and bool(label.words)


@_words_of.register(QScrollArea)
def _of_scroller(widget: QScrollArea, screen: QWidget) -> Iterator[Utterance]:
    inside = widget.widget()
    if inside is not None:
        yield from _of_layout(inside.layout(), screen)


@_words_of.register(QTextEdit)
def _of_box(widget: QTextEdit, _screen: QWidget) -> Iterator[Utterance]:
    text, trail = widget.toPlainText(), [0]
    yield from said(text, language_of_screen(), lambda first, last: InBox(widget, [text[first:last]], trail))


@_words_of.register(QAbstractItemView)
def _of_list(widget: QAbstractItemView, _screen: QWidget) -> Iterator[Utterance]:
    count = widget.model().rowCount()
    words = ngettext("Une liste de {count} ligne.", "Une liste de {count} lignes.", count).format(count=count)
    yield from _whole(widget, words)
    first = max(0, widget.currentIndex().row())
    for row in range(first, min(count, first + ROWS)):
        yield from _of_row(widget, widget.model().index(row, 0))
    left = count - first - ROWS
    if left > 0:
        more = ngettext("Il reste {count} ligne plus bas.", "Il reste {count} lignes plus bas.", left)
        yield from said(more.format(count=left), language_of_screen())


def _of_row(view: QAbstractItemView, index: QModelIndex) -> Iterator[Utterance]:
    text = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole) or ""
    yield from said(str(text), language_of_screen(), lambda _first, _last: OnRow(view, index))
