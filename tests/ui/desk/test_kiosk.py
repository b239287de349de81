"""On a kiosk: real keys on a real display lead nowhere, and what comes back after a crash is the desk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QDragEnterEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from sync.browser import ThrowAwayBrowser
from ui import kiosk
from ui.desk.config import DeskConfig
from ui.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

T = TypeVar("T")
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
META, BARE = Qt.KeyboardModifier.MetaModifier, Qt.KeyboardModifier.NoModifier
KEY = Qt.Key
SCREEN = (1366, 768)
PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}
LEADING_OUT = (
    "alt+F4",
    "ctrl+alt+BackSpace",
    "ctrl+alt+F2",
    "ctrl+alt+Delete",
    "ctrl+alt+t",
    "ctrl+q",
    "ctrl+w",
    "alt+Tab",
    "F11",
    "Escape",
    "super",
    "Menu",
    "Print",
)


def key(code: Qt.Key, held: Qt.KeyboardModifier = BARE, text: str = "") -> QKeyEvent:
    """Make the press of a key."""
    return QKeyEvent(QEvent.Type.KeyPress, code, held, text)


def click(button: Qt.MouseButton) -> QMouseEvent:
    """Make the press of a mouse's button."""
    here = QPointF(5, 5)
    return QMouseEvent(QEvent.Type.MouseButtonPress, here, here, button, button, BARE)


@pytest.mark.parametrize(
    ("code", "held"),
    [
        (KEY.Key_F4, ALT),
        (KEY.Key_Tab, ALT),
        (KEY.Key_Space, ALT),
        (KEY.Key_Q, CTRL),
        (KEY.Key_F2, CTRL | ALT),
        (KEY.Key_T, CTRL | ALT),
        (KEY.Key_F11, BARE),
        (KEY.Key_E, META),
        (KEY.Key_Super_L, BARE),
        (KEY.Key_Menu, BARE),
        (KEY.Key_Print, BARE),
        (KEY.Key_LaunchMail, BARE),
    ],
)
def test_keys_that_lead_elsewhere_are_swallowed(code: Qt.Key, held: Qt.KeyboardModifier) -> None:
    """Whatever the window manager leaves of them."""
    assert kiosk.is_refused(key(code, held))


def test_what_one_types_and_presses_is_not() -> None:
    """Letters, the at sign of a French keyboard (AltGr is Ctrl and Alt on Windows), sizes, copying."""
    assert not kiosk.is_refused(key(KEY.Key_A, text="a"))
    assert not kiosk.is_refused(key(KEY.Key_At, CTRL | ALT, "@"))
    assert not kiosk.is_refused(key(KEY.Key_F4))
    assert not kiosk.is_refused(key(KEY.Key_Plus, CTRL, "+"))
    assert not kiosk.is_refused(click(Qt.MouseButton.LeftButton))


@pytest.mark.usefixtures("qapp")
def test_menus_other_buttons_and_what_is_dropped_from_outside_are_refused() -> None:
    """A file that is dropped would be one from anywhere."""
    here, data = QPoint(5, 5), QMimeData()
    dropped = QDragEnterEvent(here, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, BARE)
    assert kiosk.is_refused(dropped)
    assert not dropped.isAccepted()
    assert kiosk.is_refused(click(Qt.MouseButton.RightButton))
    assert kiosk.is_refused(click(Qt.MouseButton.MiddleButton))
    assert kiosk.is_refused(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, here, here))


def test_its_window_has_no_frame_stays_in_front_and_is_never_closed(qtbot: QtBot) -> None:
    """Only for the browser of a sign-in it steps back."""
    shell = Shell("Tandem", closed_in=True)
    qtbot.addWidget(shell, before_close_func=lambda _shell: shell.close_for_good())
    asked: list[bool] = []
    shell.close_asked.connect(lambda: asked.append(True))
    shell.present(full_screen=False)
    in_front = Qt.WindowType.WindowStaysOnTopHint
    assert shell.isFullScreen()
    assert shell.windowFlags() & Qt.WindowType.FramelessWindowHint
    assert shell.windowHandle().flags() & in_front
    close = QCloseEvent()
    QApplication.sendEvent(shell, close)
    assert not close.isAccepted()
    assert not asked
    shell.let_browser()
    assert not shell.windowHandle().flags() & in_front
    shell.come_forward()
    assert shell.windowHandle().flags() & in_front


@pytest.mark.skipif(sys.platform == "win32", reason="a program that only a POSIX shell starts")
@pytest.mark.parametrize("program", ["firefox", "chromium"])
def test_the_browser_of_a_sign_in_fills_the_screen(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in that writes down how it was started; a PC that is no kiosk's has a usual window."""
    stand_in, told = tmp_path / program, tmp_path / "told"
    stand_in.write_text(f'#!/bin/sh\necho "$@" > {told}.new; mv {told}.new {told}\n')
    stand_in.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("sync.browser.system_browser", lambda: (program, str(stand_in)))
    for closed_in in (True, False):
        with ThrowAwayBrowser(folder=tmp_path / "profiles", kiosk=closed_in) as browser:
            browser.open("https://localhost/")
            _until(told.exists)
        assert ("--kiosk" in told.read_text().split()) is closed_in
        told.unlink()


# -- on a real display -----------------------------------------------------------------------------


def _until(holds: Callable[[], T], seconds: float = 20) -> T:
    end = time.monotonic() + seconds
    while not (held := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return held


class Display:
    """A display with a window manager that closes a window at Alt+F4, and hands at its keyboard."""

    def __init__(self, folder: Path) -> None:
        read, write = os.pipe()
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
        quiet = subprocess.DEVNULL
        self._server = subprocess.Popen(command, pass_fds=(write,), stderr=quiet)
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        plain = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        self.environment = plain | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "HOME": str(folder)}
        self._manager = subprocess.Popen(["openbox"], env=self.environment, stdout=quiet, stderr=quiet)

    def do(self, *words: str) -> str:
        """Have hands do it; return what is said."""
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout

    def windows(self) -> list[str]:
        """Every window of a program that can be seen."""
        return self.do("search", "--onlyvisible", "--class", ".").split()

    def filled_by(self) -> str:
        """Name the one window there if it takes the whole screen; nothing while it does not."""
        shown = self.windows()
        if len(shown) != 1:
            return ""
        told = self.do("getwindowgeometry", "--shell", shown[0]).split()
        whole = {"X=0", "Y=0", f"WIDTH={SCREEN[0]}", f"HEIGHT={SCREEN[1]}"} <= set(told)
        return shown[0] if whole else ""

    def desk(self) -> str:
        """Name that window once it is the desk's first screen, no more the one that says it is opening.

        Asked of the one window that was seen: the manager takes it into its frame in this moment, and
        a second search can find none for an instant.
        """
        window = self.filled_by()
        return window if window and " – " in self.do("getwindowname", window) else ""

    def close(self) -> None:
        """Switch it off."""
        for each in (self._manager, self._server):
            each.terminate()
            each.wait(10)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[Display]:
    """Switch a display on; skips where its programs are missing."""
    lacking = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if sys.platform != "linux" or lacking:
        pytest.skip(f"Debian packages are missing: {', '.join(lacking) or 'this is not Linux'}")
    made = Display(tmp_path)
    yield made
    made.close()


def _children(pid: int) -> str:
    return " ".join((task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()).strip()


def test_real_keys_lead_nowhere_and_after_a_crash_the_desk_is_back(display: Display, tmp_path: Path) -> None:
    """The same process, one window over the whole screen, nothing started; killed, it starts as it was."""
    config = tmp_path / "desk.json"
    DeskConfig(service="https://localhost:1", folder=tmp_path / "post").save(config)
    command = [sys.executable, "-m", "ui.desk", "--config", str(config), "--kiosk"]
    for life in ("first", "after a crash"):
        with subprocess.Popen(command, env=display.environment) as desk:
            try:
                window = _until(display.desk)
                display.do("windowfocus", "--sync", window)
                before = _children(desk.pid)
                for keys in LEADING_OUT if life == "first" else LEADING_OUT[:1]:
                    display.do("key", keys)
                display.do("mousemove", "600", "400", "click", "3", "click", "2")
                time.sleep(0.5)
                assert desk.poll() is None
                assert _until(display.windows) == [window]
                assert display.filled_by() == window
                assert _children(desk.pid) == before
            finally:
                desk.kill()
