"""A window that nobody at the screen gets out of: no frame, in front, deaf to keys that lead elsewhere.

Decision: what the program can refuse itself it refuses here, so that a kiosk holds under any window manager;
what only the system can refuse (another console, a login, a shell) is set up by ``packaging/kiosk``, which
also says what is still open. Nothing here ends the kiosk: only who looks after the PC does, from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

if TYPE_CHECKING:
    from ui.shell import Shell

__all__ = ["close_in", "is_refused", "let_through"]

_DROPS = frozenset({QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_PRESSES = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick}
)
_BUTTONS = Qt.MouseButton.LeftButton | Qt.MouseButton.NoButton
_ELSEWHERE = frozenset(
    {
        Qt.Key.Key_Menu,
        Qt.Key.Key_Print,
        Qt.Key.Key_SysReq,
        Qt.Key.Key_F11,
        Qt.Key.Key_Meta,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
    }
)
_WITH_ALT = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Escape})
_WITH_CTRL = frozenset({Qt.Key.Key_Q, Qt.Key.Key_W, Qt.Key.Key_N, Qt.Key.Key_O, Qt.Key.Key_P, Qt.Key.Key_T})


def close_in(shell: Shell) -> None:
    """Make a window a kiosk's; before it is shown."""
    shell.setWindowFlags(
        Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
    )
    shell.input.watch(is_refused)


def let_through(shell: Shell, *, through: bool) -> None:
    """Let the browser of a sign-in stand in front, or take the front again."""
    handle = shell.windowHandle()
    if handle is not None:
        # On the native window: on the widget it would hide the window and make it anew.
        handle.setFlag(Qt.WindowType.WindowStaysOnTopHint, not through)


def is_refused(event: QEvent) -> bool:
    """Swallow what would lead out: other buttons than the left one, what is dropped, keys for elsewhere."""
    kind = event.type()
    if kind in _DROPS:
        event.ignore()
        return True
    if kind in _PRESSES and isinstance(event, QMouseEvent):
        return event.button() not in _BUTTONS
    if kind in _KEYS and isinstance(event, QKeyEvent):
        return _leads_elsewhere(event)
    return kind == QEvent.Type.ContextMenu


def _leads_elsewhere(event: QKeyEvent) -> bool:
    key, held = Qt.Key(event.key()), event.modifiers()
    alt, ctrl = (
        bool(held & each) for each in (Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier)
    )
    if held & Qt.KeyboardModifier.MetaModifier or key in _ELSEWHERE:
        return True
    if Qt.Key.Key_LaunchMail <= key <= Qt.Key.Key_LaunchH:
        return True
    if alt and ctrl:
        # On Windows AltGr is both: what types a letter (@, €) is no shortcut.
        return not event.text().isprintable() or not event.text()
    is_function = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
    return (alt and (is_function or key in _WITH_ALT)) or (ctrl and key in _WITH_CTRL)
