"""A counter's window: turned to the customer and back, the next customer in one press, its own home."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import counter
from app.changes import Changes
from app.space import Actor, ActorRole
from app.wipe import SessionFolders
from ui import theme
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.space import Space

# Each screen has members of its own; a test knows which.
Shown = Any
Open = tuple[SessionWindow, "Callable[[], bytes]"]


@pytest.fixture
def at_counter(tmp_path: Path, look: None, space: Space, qtbot: QtBot) -> Iterator[Open]:
    """Return a counter's window with a customer's space open."""
    to_session, to_desk = os.pipe(), os.pipe()
    os.set_blocking(to_desk[0], False)
    incoming, outgoing = os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0)
    start = Start(
        service="http://127.0.0.1:9",
        folder=SessionFolders.create(tmp_path).folder,
        outbox=tmp_path / "outbox",
        adviser={"claims": {"name": "Claire Roussel", "role": "pharmacist"}},
        place=counter.PLACE,
        idle=counter.IDLE_SECONDS,
        scans=str(tmp_path),
    )
    space.actor = Actor("claire-1", "Claire Roussel", ActorRole.PHARMACIST, "org-2", "Pharmacie de la Halle")
    window = SessionWindow(start, Channel(incoming, outgoing), Changes())
    window.start()
    window.opened(space, "Jeanne Martin")
    window.home()
    qtbot.waitUntil(lambda: window.shell.is_settled)
    yield window, lambda: os.read(to_desk[0], 1 << 16)
    window.idle.stop()
    window.tasks.close()
    window.context.close_reader()
    window.shell.close_for_good()
    window.shell.deleteLater()
    for stream in (incoming, outgoing):
        stream.close()
    for end in (to_session[1], to_desk[0]):
        os.close(end)


def shown(window: SessionWindow) -> Shown:
    """Return the screen that is shown."""
    return window.shell.shown


def test_the_key_turns_the_screen_and_back(at_counter: Open, qtbot: QtBot) -> None:
    """Very large and without the helper's controls; as it was afterwards, whatever page was opened."""
    window, _hear = at_counter
    topbar, size = window.shell.topbar, theme.current().size
    QTest.keyClick(window.shell, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: int(theme.current().size) >= 52)
    assert shown(window).finish_button.isHidden()
    assert topbar.hide_button.isHidden()
    assert topbar.display_button.isHidden()
    window.go("prescriptions")
    assert shown(window).finish_button.isHidden()
    topbar.turn_button.click()
    qtbot.waitUntil(lambda: theme.current().size == size)
    assert not shown(window).finish_button.isHidden()
    assert not topbar.hide_button.isHidden()


def test_the_counter_s_home_shows_its_rooms_only(at_counter: Open) -> None:
    """Prescriptions, profile, the box: no other document, no relatives."""
    window, _hear = at_counter
    assert shown(window).name == "counter"
    window.restart("home")
    assert shown(window).name == "counter"
    assert not hasattr(shown(window), "relatives")


def test_the_next_customer_is_one_press_from_any_page(at_counter: Open, qtbot: QtBot) -> None:
    """The desk hears that it goes on; the visit ends."""
    window, hear = at_counter
    window.go("vaccine_code")
    qtbot.waitUntil(lambda: window.shell.is_settled)
    with qtbot.waitSignal(window.over, timeout=10_000):
        shown(window).finish_button.click()
    told = hear()
    assert b'"next"' in told
    assert told.index(b'"next"') < told.index(b'"ended"')


def test_a_scanner_s_separator_is_kept(at_counter: Open, qtbot: QtBot) -> None:
    """Typed as a control character; the lot ends where it ends, and what is wrong is said without loss."""
    window, _hear = at_counter
    window.go("vaccine_code")
    qtbot.waitUntil(lambda: window.shell.is_settled)
    screen = shown(window)
    for part in ("01034009999000101728053110LOT-7Q", "21SERIAL42"):
        QTest.keyClicks(screen.field.input, part)
        if part.startswith("01"):
            QTest.sendKeyEvent(
                QTest.KeyAction.Click, screen.field.input, Qt.Key.Key_BracketRight, "\x1d",
                Qt.KeyboardModifier.ControlModifier,
            )  # fmt: skip
    assert "␝" in screen.field.value
    QTest.keyClick(screen.field.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(window).name == "entry_check")
    answers = shown(window)._journey.answers
    assert (answers["lot"], answers["expiry"], answers["vaccine"]) == ("LOT-7Q", "2028-05-31", "flu")


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("01034009999000111728053110A", "vaccine_code"),
        ("01034009999000101720053110A", "vaccine_code"),
        ("0105413868000016172805311021X", "entry_question"),
    ],
)
def test_a_wrong_or_unknown_box(at_counter: Open, qtbot: QtBot, code: str, asked: str) -> None:
    """A digit that is wrong, a vaccine that is over: said, what was typed stays. Unknown: it is asked."""
    window, _hear = at_counter
    window.go("vaccine_code")
    screen = shown(window)
    screen.field.set_value(code)
    screen.pressed()
    qtbot.waitUntil(lambda: window.shell.is_settled)
    assert shown(window).name == asked
    assert screen.field.value == code


def picture(folder: Path, *boxes: str) -> Path:
    """Photograph boxes as a telephone does: grey, askew, a little noisy."""
    photo = Image.effect_noise((1100, 800), 40).convert("L").point(lambda level: 150 + level // 4)
    for number, box in enumerate(boxes):
        code = zxingcpp.create_barcode(box, zxingcpp.BarcodeFormat.DataMatrix, gs1=True).to_image(scale=7)
        square = Image.frombytes("L", (code.shape[1], code.shape[0]), bytes(code))
        photo.paste(square.rotate(11, expand=True, fillcolor=255), (120 + 480 * number, 250))
    path = folder / "photo.jpg"
    photo.save(path, quality=85)
    return path


GOOD, OVER = "(01)03400999900010(17)280531(10)LOT-7Q(21)SERIAL42", "(01)03400999900010(17)200531(10)OLD"
UNKNOWN = "(01)05413868000016(17)280531(10)X-1"


def test_the_code_is_read_from_a_picture(at_counter: Open, qtbot: QtBot, tmp_path: Path) -> None:
    """As if typed: right, over, unknown; none or two boxes: said, and nothing goes on. It is held nowhere."""
    window, _hear = at_counter
    window.go("vaccine_code")
    screen, said = shown(window), {"entry_question", "entry_check"}

    def choose(*boxes: str) -> None:
        screen.file.click()
        qtbot.waitUntil(lambda: shown(window).name == "file_pick" and window.shell.is_settled)
        shown(window)._picked(picture(tmp_path, *boxes))
        qtbot.waitUntil(lambda: shown(window).name in said or bool(screen.field.error.words), timeout=20_000)
        qtbot.waitUntil(lambda: window.shell.is_settled)

    for boxes, words in (
        ((), "de plus près"),
        ((GOOD, UNKNOWN), "plusieurs boîtes"),
        ((OVER,), "La date limite de ce vaccin est passée."),
    ):
        choose(*boxes)
        assert shown(window) is screen
        assert words in screen.field.error.words
    choose(UNKNOWN)
    assert shown(window).name == "entry_question"
    assert "n’est pas dans notre liste" in shown(window).notice.words
    assert shown(window)._journey.answers["lot"] == "X-1"
    window.back()
    choose(GOOD)
    assert shown(window).name == "entry_check"
    answers = shown(window)._journey.answers
    assert (answers["lot"], answers["expiry"], answers["vaccine"]) == ("LOT-7Q", "2028-05-31", "flu")
    assert not screen._paper.pages
