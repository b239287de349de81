"""A pair of hands inside a process with screens: finds by accessible role and name, presses for real.

It speaks JSON lines over a loopback connection that it opens itself to the conductor. Clicks go through
``QTest`` to the native window, at the place where a finger would land, so that a control that is covered,
disabled, or out of sight fails the tour as it would fail a person.
"""

from __future__ import annotations

import json
import math
import os
import socket
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QSocketNotifier, Qt
from PySide6.QtGui import QAccessible, QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

from ui import theme
from ui.screen import Screen
from ui.shell import Shell
from ui.steady import pause
from ui.tour.meter import Meter
from ui.widgets import Card, ErrorSummary, Tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QAccessibleInterface

__all__ = ["Robot", "attach"]

ROWS_READ = 50
LETTER_MS, FRAME_MS = 40, 16
# What a person does, whose time is the program's; the rest only looks.
ACTS = frozenset({"press", "press_twice", "press_row", "write", "key", "scroll", "meter", "stalls"})
CONTRAST = 8  # of 255: less is one colour with the noise of a photo


class NotFoundOnScreen(Exception):
    """What was asked for cannot be seen, or cannot be used, by a person now."""


def attach(app: QApplication, address: str, role: str) -> Robot:
    """Connect to the conductor at ``port:token`` and serve its wishes for the life of ``app``."""
    return Robot(app, address, role)


class Robot(QObject):
    """Serves one conductor. Every wish is answered with ``{"ok": …}`` or ``{"error": …}``."""

    def __init__(self, app: QApplication, address: str, role: str) -> None:
        super().__init__(app)
        port, _, token = address.partition(":")
        self._socket = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
        self._pending = b""
        self._meter = Meter(self)
        self._send({"hello": role, "token": token, "pid": os.getpid()})
        self._notifier = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _send(self, answer: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(answer).encode() + b"\n")

    def _read(self) -> None:
        received = self._socket.recv(1 << 16)
        if not received:
            self._notifier.setEnabled(False)
            return
        self._pending += received
        while b"\n" in self._pending:
            line, _, self._pending = self._pending.partition(b"\n")
            self._serve(json.loads(line))

    def _serve(self, wish: dict[str, Any]) -> None:
        name = wish.pop("do")
        act = getattr(self, f"do_{name}")
        wait_for_the_window()
        try:
            with self._meter.excused() if name not in ACTS else nullcontext():
                answer = act(**wish)
            self._send({"ok": answer})
        except NotFoundOnScreen as problem:
            self._send({"error": str(problem)})
        except Exception as problem:
            # Said, not only logged: the conductor would wait for an answer that never comes.
            self._send({"error": f"{type(problem).__name__}: {problem}"})
            raise

    # -------------------------------------------------------------- what a person can do

    def do_press(self, name: str, role: str = "", match: str = "exact") -> str:
        """Press the visible control of that name."""
        with self._meter.excused():
            widget = find(name, role, match)
        reachable(widget)
        found = accessible_name(widget)  # what is pressed may be gone afterwards
        click(widget, widget.rect().center())
        return found

    def do_press_twice(self, name: str, match: str = "exact", gap: str = "0") -> list[str]:
        """Press twice at the same place, ``gap`` milliseconds apart; return what each press met."""
        widget = reachable(find(name, "", match))
        top, place = widget.window(), widget.mapTo(widget.window(), widget.rect().center())
        FINGER.rest(place)
        met = [FINGER.press(top, place)]
        QTest.qWait(int(gap))
        return [*met, FINGER.press(top, place)]

    def do_write(self, name: str, text: str) -> str:
        """Click a field, select what is there and type over it."""
        with self._meter.excused():
            widget = find(name, "", "prefix", kind=QLineEdit)
        click(reachable(widget), widget.rect().center())
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(widget, Qt.Key.Key_Delete)
        for letter in text:
            type_letter(widget, letter)
            QTest.qWait(LETTER_MS)
        return text

    def do_key(self, key: str) -> str:
        """Press one key, by its Qt name (``Return``, ``Tab``, ``F9``…)."""
        target = QApplication.focusWidget() or window()
        QTest.keyClick(target.window().windowHandle(), getattr(Qt.Key, f"Key_{key}"))
        return key

    def do_press_row(self, text: str) -> str:
        """Scroll to the first row that contains the text and press it."""
        with self._meter.excused():
            view = the_list()
            model = view.model()
            rows = (model.index(number, 0) for number in range(model.rowCount()))
            index = next((row for row in rows if folded(text) in folded(row_name(row))), None)
        if index is None:
            raise NotFoundOnScreen(f"no row says {text!r}; rows: {self.do_rows()}")
        view.scrollTo(index)
        QApplication.processEvents()
        found = row_name(index)
        click(view.viewport(), view.visualRect(index).center())
        return found

    def do_scroll(self, steps: str = "40") -> int:
        """Turn the wheel of the visible list or page, down and up again; return how many turns."""
        with self._meter.excused():
            area = next(
                w for w in visible() if isinstance(w, QAbstractScrollArea) and w.verticalScrollBar().maximum()
            )
        for number in range(int(steps)):
            bar = area.verticalScrollBar()
            bar.setValue(bar.value() + (1 if number < int(steps) / 2 else -1) * 3 * max(1, bar.singleStep()))
            QTest.qWait(FRAME_MS)
        return int(steps)

    # -------------------------------------------------------------- how it felt

    def do_meter(self) -> bool:
        """Begin to measure the stalls of this thread."""
        self._meter.start()
        return True

    def do_stalls(self) -> dict[str, Any]:
        """Return what was measured since, and stop."""
        return self._meter.stop()

    # -------------------------------------------------------------- what a person can see

    def do_screen(self) -> str:
        """Return the name of the screen that is shown (its ``objectName``)."""
        shown = [widget for widget in visible() if isinstance(widget, Screen)]
        return shown[-1].objectName() if shown else ""

    def do_texts(self) -> list[str]:
        """Return every name and value that is visible, in the order of the widgets."""
        return [text for widget in visible() for text in accessible_texts(widget)]

    def do_rows(self) -> list[str]:
        """Return the names of the first rows of the visible list."""
        model = the_list().model()
        return [row_name(model.index(n, 0)) for n in range(min(model.rowCount(), ROWS_READ))]

    def do_count_rows(self) -> int:
        """Return how many rows the visible list has now."""
        return the_list().model().rowCount()

    def do_buttons(self) -> list[str]:
        """Return the names of the buttons that can be pressed now."""
        return [accessible_name(w) for w in visible() if role_of(w) == "button" and w.isEnabled()]

    def do_tiles(self) -> list[str]:
        """Return the names of the tiles."""
        return [accessible_name(w) for w in visible() if isinstance(w, Tile)]

    def do_ticked(self) -> list[str]:
        """Return the names of the choices that are made."""
        return [
            accessible_name(w)
            for w in visible()
            if isinstance(w, QAbstractButton) and w.isCheckable() and w.isChecked()
        ]

    def do_errors(self) -> list[str]:
        """Return the lines of the error summary, if there is one."""
        return [
            text
            for widget in visible()
            if isinstance(widget, ErrorSummary)
            for inside in widget.findChildren(QAbstractButton)
            if inside.isVisibleTo(widget) and (text := accessible_name(inside))
        ]

    def do_password_fields(self) -> int:
        """Count the fields that hide what is typed."""
        return sum(isinstance(w, QLineEdit) and w.echoMode() != QLineEdit.EchoMode.Normal for w in visible())

    def do_card(self) -> list[str]:
        """Return the paragraphs of the first card, as they are shown."""
        for card in visible():
            if isinstance(card, Card):
                labels = [w for w in card.findChildren(QLabel) if w.isVisibleTo(card)]
                return [words for label in labels if (words := accessible_name(label))]
        raise NotFoundOnScreen("no card is shown")

    def do_value_of(self, name: str) -> str:
        """Return what stands in a field."""
        return text_shown(find(name, "", "prefix", kind=QLineEdit))

    def do_document_text(self) -> str:
        """Return the text of the document that is read."""
        return "\n".join(text_shown(w) for w in visible() if isinstance(w, QTextEdit))

    def do_has_page(self) -> bool:
        """Whether a page with something on it is drawn, by its pixels."""
        # Not before it is asked for: the desk has no pages, and its start is measured with these hands.
        from ui.widgets.viewer import PageView

        views = [w for w in visible() if isinstance(w, PageView)]
        sheet = views[0].widget() if views else None
        # The sheet without its edge, which is there before the page is.
        return sheet is not None and has_ink(sheet.grab(sheet.rect().adjusted(2, 2, -2, -2)).toImage())

    def do_picture(self, path: str) -> list[int]:
        """Write what the window shows as PNG; return its size in pixels."""
        shown = window().grab()
        if not shown.save(path, "PNG"):
            raise NotFoundOnScreen(f"the picture could not be written: {path}")
        return [shown.width(), shown.height()]


# ---------------------------------------------------------------- finding


def window() -> QWidget:
    """Return the window that a person looks at: the modal one, the active one, else the first visible."""
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    front = QApplication.activeModalWidget() or QApplication.activeWindow()
    if front is not None and front.isVisible():
        return front
    if not shown:
        raise NotFoundOnScreen("no window is shown")
    return shown[0]


def wait_for_the_window() -> None:
    """Wait until what was asked for is painted, as a person does."""
    for top in QApplication.topLevelWidgets():
        while isinstance(top, Shell) and top.isVisible() and not top.is_settled:
            QTest.qWait(1)


def visible() -> Iterator[QWidget]:
    """Yield the widgets of the window that are shown, parents first."""
    top = window()
    yield top
    for widget in top.findChildren(QWidget):
        if widget.isVisibleTo(top):
            yield widget


def find(name: str, role: str, match: str, *, kind: type[QWidget] = QWidget) -> QWidget:
    """Return the one control that answers to the name; an exact name wins over a part of it."""
    wanted = folded(name)
    named = [(w, folded(accessible_name(w))) for w in visible() if isinstance(w, kind)]
    usable = [(w, n) for w, n in named if n and (not role or role_of(w) == role)]
    for how in ("exact", match):
        found = [w for w, n in usable if answers(n, wanted, how) and is_control(w, kind)]
        if found:
            return found[0]
    raise NotFoundOnScreen(f"nothing to press is called {name!r}; there is: {[n for _, n in usable][:40]}")


def answers(name: str, wanted: str, how: str) -> bool:
    """Compare two folded names: ``exact``, ``prefix`` or ``contains``."""
    return {"exact": name == wanted, "prefix": name.startswith(wanted), "contains": wanted in name}[how]


def is_control(widget: QWidget, kind: type[QWidget]) -> bool:
    """Tell a control from the words beside it, which may bear the same name."""
    return kind is not QWidget or role_of(widget) not in {
        "statictext",
        "heading",
        "client",
        "window",
        "grouping",
    }


def reachable(widget: QWidget) -> QWidget:
    """Scroll the widget into sight; it must be enabled."""
    if not widget.isEnabled():
        raise NotFoundOnScreen(f"{accessible_name(widget)!r} is shown but cannot be pressed")
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    QApplication.processEvents()
    return widget


def click(widget: QWidget, point: QPoint) -> None:
    """Click where a finger would: on the topmost widget at that place."""
    top = widget.window()
    place = widget.mapTo(top, point)
    target = top.childAt(place)
    if target is None or not (target is widget or widget.isAncestorOf(target)):
        raise NotFoundOnScreen(f"{accessible_name(widget)!r} is covered or out of sight")
    FINGER.rest(place)
    FINGER.press(top, place)


class Finger:
    """Presses; and remembers where, so as not to be taken for a trembling one (`ui.steady`)."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._place = QPoint()

    def rest(self, place: QPoint) -> None:
        """Wait before the same place is pressed again."""
        if (place - self._place).manhattanLength() < theme.TARGET:
            QTest.qWait(max(0, math.ceil((self._last + pause() - time.monotonic()) * 1000)))

    def press(self, top: QWidget, place: QPoint) -> str:
        """Press whatever is there; return its name."""
        target = top.childAt(place) or top
        name = accessible_name(target)
        self._last, self._place = time.monotonic(), place
        # To the native window, as the system gives it: what watches over presses sees it too.
        QTest.mouseClick(top.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        return name


FINGER = Finger()


def type_letter(widget: QWidget, letter: str) -> None:
    """Type one letter; what is not on every keyboard comes as an input method gives it."""
    if letter.isascii():
        QTest.keyClicks(widget, letter)
        return
    event = QInputMethodEvent()
    event.setCommitString(letter)
    QApplication.sendEvent(widget, event)


def the_list() -> QAbstractItemView:
    """Return the visible list."""
    for widget in visible():
        if isinstance(widget, QAbstractItemView):
            return widget
    raise NotFoundOnScreen("no list is shown")


# ---------------------------------------------------------------- reading as a screen reader does


def interface_of(widget: QWidget) -> QAccessibleInterface | None:
    """Return what the accessibility bridge would see; None while a widget is being torn down."""
    return QAccessible.queryAccessibleInterface(widget)


def accessible_name(widget: QWidget) -> str:
    """Return the accessible name, as a screen reader gets it."""
    interface = interface_of(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def accessible_texts(widget: QWidget) -> list[str]:
    """Return name and, where there is one, value."""
    interface = interface_of(widget)
    if interface is None:
        return []
    found = [interface.text(QAccessible.Text.Name), interface.text(QAccessible.Text.Value)]
    return [text for text in dict.fromkeys(found) if text]


def role_of(widget: QWidget) -> str:
    """Return the accessible role in lower case (``button``, ``editabletext``, ``heading``…)."""
    interface = interface_of(widget)
    return interface.role().name.lower() if interface is not None else ""


def text_shown(widget: QWidget) -> str:
    """Return the text that a widget shows: label, field or text box."""
    if isinstance(widget, QTextEdit):
        return widget.toPlainText()
    if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
        return widget.text()
    return accessible_name(widget)


def has_ink(image: QImage) -> bool:
    """Whether there is more than one tone: the paper of a photo is grey, a sheet not yet drawn is flat."""
    if image.isNull():
        return False
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels, step = bytes(grey.constBits()), grey.bytesPerLine()
    rows = [pixels[start : start + grey.width()] for start in range(0, step * grey.height(), step)]
    return max(map(max, rows)) - min(map(min, rows)) > CONTRAST


def row_name(index: QModelIndex) -> str:
    """Return what a screen reader says of a row."""
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole)
    return str(spoken or "")


def folded(text: str) -> str:
    """Make words comparable: one kind of space and apostrophe, no mnemonic mark."""
    return " ".join(text.replace("’", "'").replace("&", "").split()).casefold()
