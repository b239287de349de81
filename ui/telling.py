"""Words that widgets were told, so that they can be told again in another language.

A widget's setter takes a string and forgets where it came from. ``tell`` calls the setter and keeps the
words with the widget, for as long as it lives; ``retell`` says everything again, once, when the
language has changed. A widget whose setter is its own (``set_words``) calls ``keep`` in it instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import theme
from ui.text import Words, again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

__all__ = ["catch_up", "keep", "retell", "say_again", "tell"]

_TOLD = "_words_told"


def tell(setter: Callable[[str], Any], words: str) -> None:
    """Call a widget's bound ``setter`` with ``words``, now and whenever the language changes."""
    setter(words)
    keep(setter.__self__, setter.__name__, words)  # type: ignore[attr-defined]  # a bound method of a QObject


def keep(thing: QObject, setter: str, *words: Any) -> None:  # noqa: ANN401 - what that setter takes
    """Remember what ``setter`` of ``thing`` was told; only words can be said again."""
    told: dict[str, tuple[Any, ...]] = thing.__dict__.setdefault(_TOLD, {})
    if any(isinstance(part, Words) for part in words):
        told[setter] = words
    else:
        told.pop(setter, None)


def retell() -> None:
    """Tell every widget its words again, then that they may be others (for what it draws itself)."""
    say_again()
    theme.tell_change()


def catch_up(page: QWidget) -> None:
    """Tell a page that comes back what changed while it was away (``ui.theme.leave_alone``)."""
    widgets = theme.missed_by(page)
    theme.dress_again(widgets)
    say_again(widgets)
    theme.tell_change(widgets)


def say_again(widgets: Iterable[QWidget] | None = None) -> None:
    """Tell every widget, or these, the words it was told; ``ui.theme.tell_change`` is to follow."""
    for widget in theme.heeded() if widgets is None else widgets:
        told, was_hidden = widget.__dict__.get(_TOLD, {}), widget.isHidden()
        for setter, words in tuple(told.items()):
            getattr(widget, setter)(*map(again, words))
        # A label shows itself when it gets words; one that was put away stays away.
        if told and was_hidden and not widget.isHidden():
            widget.hide()
