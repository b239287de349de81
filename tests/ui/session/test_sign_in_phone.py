"""Signing in on one's own phone: the real window, a real service, and a phone that posts its page."""

from __future__ import annotations

import base64
import os
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import zxingcpp
from cryptography.hazmat.primitives import serialization
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.changes import Changes
from app.clock import now
from app.wipe import SessionFolders
from sync.device_grant import phone_code_of
from sync.sign_in_errors import SignInNotTrusted
from tests.sync.rough_server import RoughServer
from tests.sync.service.house import House
from tests.ui.conftest import ADVISER, settled
from ui import messages
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow
from ui.speech.screen_words import screen_words
from ui.widgets import Text
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.sync.rough_server import Asked

WAIT = 15_000
ANNE = {"login": "anne", "password": "anne"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service with one person; a PC asks it every second."""
    made = House(tmp_path_factory.mktemp("house"))
    made.add_citizen("anne", "250021234567801")
    made.service.limits = replace(made.service.limits, device_code_pause=1)
    yield made
    made.close()


@pytest.fixture
def between(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoughServer]:
    """The network; the service is known by this end of it. Nobody asked or tried before."""
    device = house.device
    server = RoughServer(house.base)
    monkeypatch.setattr(house.service, "origin", server.base)
    with house.service.store.transaction() as sql:
        sql.execute("DELETE FROM attempt")
    monkeypatch.setattr(house, "device", replace(device, issuer=server.base))
    yield server
    server.unplug()


class Desk:
    """The visit's window, and the person's phone."""

    def __init__(self, window: SessionWindow, house: House, between: RoughServer, qtbot: QtBot) -> None:
        self.window, self.house, self.between, self.qtbot = window, house, between, qtbot
        self.web = httpx.Client(base_url=house.base, trust_env=False, timeout=20)

    @property
    def shown(self) -> Any:  # noqa: ANN401 - a screen with its own members
        """The screen that is shown."""
        return settled(self.window.shell)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for it."""
        self.qtbot.waitUntil(holds, timeout=WAIT)

    def choose_phone(self) -> Any:  # noqa: ANN401 - as ``shown``
        """Press « Avec mon téléphone »; returns the screen with its code."""
        self.until(lambda: self.shown.name == "who" and self.shown.phone is not None)
        QTest.mouseClick(self.shown.phone, Qt.MouseButton.LeftButton)
        screen = self.shown
        assert screen.name == "sign_in_phone"
        self.until(lambda: screen.code is not None and screen.code.user_code in words_of(screen))
        return screen

    def answer(self, code: str, **form: str) -> httpx.Response:
        """Send the phone's page."""
        return self.web.post("/code", params={"user_code": code}, data=form)

    def polls(self) -> int:
        """Count how often the PC asked."""
        return sum(asked.path == "/token" for asked in self.between.asked)


@pytest.fixture
def desk(tmp_path: Path, look: None, house: House, between: RoughServer, qtbot: QtBot) -> Iterator[Desk]:
    """A visit at an enrolled PC that nobody has signed in to."""
    to_session, to_desk = os.pipe(), os.pipe()
    incoming, outgoing = os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0)
    raw = (
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    device = {
        "device_id": house.device.device_id,
        "signing_key": base64.b64encode(house.device.signing_key.private_bytes(*raw)).decode(),
        "service_public_key": base64.b64encode(house.device.service_public_key).decode(),
        "issuer": house.device.issuer,
    }
    start = Start(
        service=between.base,
        folder=SessionFolders.create(tmp_path).folder,
        outbox=tmp_path / "outbox",
        adviser={"claims": ADVISER},
        device=device,
        place_name="France services de Bourges",
    )
    window = SessionWindow(start, Channel(incoming, outgoing), Changes())
    window.start()
    made = Desk(window, house, between, qtbot)
    yield made
    window.visit.cancelled.set()
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=WAIT)
    window.visit.close()
    window.idle.stop()
    window.tasks.close()
    window.shell.close_for_good()
    window.shell.deleteLater()
    made.web.close()
    for stream in (incoming, outgoing):
        stream.close()
    for end in (to_session[1], to_desk[0]):
        os.close(end)


@pytest.fixture
def later(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Set the service's clock on."""
    return lambda by: monkeypatch.setattr(house.service, "clock", lambda: now() + by)


def words_of(screen: QWidget) -> str:
    """All that is written there."""
    return "\n".join(each.words for each in screen.findChildren(Text) if each.isVisible())


def seen_by_a_phone(screen: QWidget) -> str:
    """What a phone's camera reads from the square."""
    square = screen.findChild(QrCode)
    assert square is not None
    picture = square.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    size = (picture.bytesPerLine(), picture.height())
    return str(zxingcpp.read_barcodes(Image.frombytes("L", size, bytes(picture.constBits())))[0].text)


def test_who_says_yes_on_the_phone_is_asked_whether_it_is_them(desk: Desk) -> None:
    """The code and its square stand there; the phone's page is really sent; then as with any sign-in."""
    screen = desk.choose_phone()
    code = screen.code.user_code
    assert code in words_of(screen)
    assert f"{desk.between.base}/code" in words_of(screen)
    assert seen_by_a_phone(screen) == screen.code.whole_address
    assert "10 minutes" in words_of(screen)
    assert not screen.main_button.isVisible()
    assert not desk.window._is_personal(screen), "it is read aloud without a question"
    said = " ".join(each.words for each in screen_words(screen))
    assert code in said
    assert "Comparez" in said
    assert 'type="password"' in desk.answer(code, answer="yes").text
    assert desk.answer(code, **ANNE).status_code == 200
    desk.until(lambda: desk.shown.name == "identity")
    assert code not in words_of(desk.window.shell)
    assert "Anne" in words_of(desk.shown)
    assert desk.window.visit._citizen.claims["patient"] == desk.house.patients["anne"]


def test_it_is_offered_only_where_the_provider_says_so(
    desk: Desk, between: RoughServer, qtbot: QtBot
) -> None:
    """Discovery without ``device_authorization_endpoint``: no such choice."""
    # The window's first page asked already: a visit of its own asks anew.
    desk.until(lambda: desk.shown.phone is not None)
    between.rules.append(
        lambda asked: (
            asked.path.endswith("openid-configuration")
            and between.relay(asked, lambda body: body.replace(b"device_authorization_endpoint", b"x"))
        )
    )
    desk.window.visit._client.close()
    desk.window.visit._client = None
    desk.window.restart("who")
    qtbot.waitUntil(lambda: not desk.window.tasks.busy, timeout=WAIT)
    assert desk.shown.phone is None


def test_a_no_on_the_phone_is_said_and_another_code_can_be_had(desk: Desk) -> None:
    """Pressed twice, « Un autre code » asks for one."""
    screen = desk.choose_phone()
    first = screen.code.user_code
    assert desk.answer(first, answer="no").status_code == 200
    desk.until(lambda: "répondu non" in screen.notice.words)
    assert screen.code is None
    assert first not in words_of(screen)
    assert screen.findChild(QrCode) is None or not screen.findChild(QrCode).isVisible()
    assert screen.first_focus() is screen.main_button
    begun = len([each for each in desk.between.asked if each.path == "/device_authorization"])
    QTest.keyClick(screen.main_button, Qt.Key.Key_Space)
    screen.pressed()
    desk.until(lambda: screen.code is not None)
    assert len([e for e in desk.between.asked if e.path == "/device_authorization"]) == begun + 1
    assert screen.code.user_code != first
    assert not screen.notice.words
    assert desk.answer(screen.code.user_code, **ANNE).status_code == 200
    desk.until(lambda: desk.shown.name == "identity")


def test_a_code_that_waited_too_long_is_said(desk: Desk, later: Callable[[timedelta], None]) -> None:
    """The service says ``expired_token``."""
    screen = desk.choose_phone()
    later(timedelta(minutes=11))
    desk.until(lambda: "trop attendu" in screen.notice.words)
    assert screen.code is None
    assert screen.main_button.isVisible()


def test_the_time_that_is_left_is_counted(desk: Desk) -> None:
    """It changes by itself."""
    screen = desk.choose_phone()
    screen._code = replace(screen.code, ends=time.monotonic() + 63)
    desk.until(lambda: "encore 2 minutes" in words_of(screen))
    desk.until(lambda: "encore 1 minute." in words_of(screen))


def test_the_visit_lasts_as_long_as_the_code(desk: Desk) -> None:
    """Who looks at their phone presses nothing here for longer than a screen may stay alone."""
    screen = desk.choose_phone()
    idle = desk.window.idle
    for minutes in (9, 8):
        idle._last = long_ago = idle._clock() - timedelta(minutes=6)
        screen._code = replace(screen.code, ends=time.monotonic() + 60 * minutes - 1)
        desk.until(lambda: idle._last > long_ago + timedelta(minutes=5))  # noqa: B023


def test_a_yes_while_the_help_is_shown_leads_on_when_one_is_back(desk: Desk) -> None:
    """The help stays until one has read it; what is behind it is the question whether it is them."""
    screen = desk.choose_phone()
    code = screen.code.user_code
    screen.help_asked.emit()
    desk.until(lambda: desk.shown.name == "help")
    assert desk.answer(code, **ANNE).status_code == 200
    desk.until(lambda: screen._tokens is not None)
    assert desk.shown.name == "help"
    desk.shown.main_button.click()
    desk.until(lambda: desk.shown.name == "identity")


@pytest.mark.skipif(sys.platform == "win32", reason="a program that only a POSIX shell starts")
def test_giving_up_in_the_browser_gives_up_nothing_else(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit that is prepared next would otherwise be given up before it began."""
    browser = tmp_path / "firefox"
    browser.write_text("#!/bin/sh\nexec sleep 60\n")
    browser.chmod(0o700)
    monkeypatch.setattr("sync.browser.system_browser", lambda: ("firefox", str(browser)))
    desk.window.go("sign_in")
    desk.shown.cancel_button.click()
    desk.until(lambda: desk.shown.name == "who")
    assert not desk.window.visit.cancelled.is_set()


def test_giving_up_ends_the_wait_for_good(desk: Desk) -> None:
    """Pressed twice; nobody asks any more, and a sign-in begun afterwards does not wake it."""
    screen = desk.choose_phone()
    code, button = screen.code.user_code, screen.cancel_button
    began = time.monotonic()
    button.click()
    button.click()
    assert desk.shown.name == "who"
    assert time.monotonic() - began < 1
    assert desk.shown.notice.words == messages.reason("sign-in-cancelled")
    assert not desk.window.visit.cancelled.is_set(), "what comes next is not given up"
    desk.until(lambda: not desk.window.tasks.busy)
    polls = desk.polls()
    assert desk.answer(code, **ANNE).status_code == 200
    QTest.qWait(1500)
    assert desk.polls() == polls
    assert desk.window.visit._citizen is None
    assert desk.shown.name == "who"


def test_a_yes_that_crosses_the_giving_up_signs_nobody_in(desk: Desk, between: RoughServer) -> None:
    """The tokens were on their way: they are taken back."""
    screen = desk.choose_phone()
    given: list[bool] = []

    def cross(asked: Asked) -> bool:
        if asked.path != "/token":
            return False
        assert desk.answer(screen.code.user_code, **ANNE).status_code == 200
        screen._cancelled.set()
        given.append(True)
        return between.relay(asked)

    between.once(cross)
    desk.until(lambda: bool(given) and not desk.window.tasks.busy)
    assert desk.window.visit._citizen is None
    assert any(asked.path == "/revoke" for asked in between.asked)
    assert desk.shown is screen


def test_giving_up_while_it_asks_ends_the_wait_too(desk: Desk, between: RoughServer) -> None:
    """What is begun meanwhile does not wake it."""
    asks, go_on = threading.Event(), threading.Event()
    between.once(
        lambda asked: asked.path == "/token" and bool(asks.set() or go_on.wait(10)) and between.relay(asked)
    )
    screen = desk.choose_phone()
    desk.until(asks.is_set)
    screen.cancel_button.click()
    polls = desk.polls()
    go_on.set()
    desk.qtbot.waitUntil(lambda: not desk.window.tasks.busy, timeout=5_000)
    assert desk.polls() == polls


def test_giving_up_a_moment_after_the_yes_signs_nobody_in(desk: Desk, between: RoughServer) -> None:
    """The tokens are here, the screen has not heard of it yet."""
    screen = desk.choose_phone()
    assert desk.answer(screen.code.user_code, **ANNE).status_code == 200
    until = time.monotonic() + 10
    while desk.window.visit._citizen is None and time.monotonic() < until:
        time.sleep(0.01)
    assert desk.window.visit._citizen is not None
    screen.cancel_button.click()
    desk.until(lambda: not desk.window.tasks.busy)
    assert desk.shown.name == "who"
    assert desk.window.visit._citizen is None
    assert any(asked.path == "/revoke" for asked in between.asked)


def test_a_network_that_goes_is_said_and_waited_out(desk: Desk, between: RoughServer) -> None:
    """It keeps the code, says so, and goes on by itself."""
    screen = desk.choose_phone()
    code = screen.code.user_code
    between.unplug()
    desk.until(lambda: "nous essayons encore" in screen.notice.words)
    assert code in words_of(screen)
    between.plug()
    assert desk.answer(code, **ANNE).status_code == 200
    desk.until(lambda: desk.shown.name == "identity")


def test_who_is_told_to_slow_down_says_nothing(desk: Desk, between: RoughServer) -> None:
    """The person could do nothing about it."""
    heard: list[bool] = []
    between.once(
        lambda asked: (
            asked.path == "/token" and bool(heard.append(True) or asked.answer(400, b'{"error":"slow_down"}'))
        )
    )
    screen = desk.choose_phone()
    desk.until(lambda: bool(heard))
    QTest.qWait(200)
    assert screen.code is not None
    assert not screen.notice.words


def test_the_window_stays_alive_and_its_end_ends_the_wait(desk: Desk) -> None:
    """A visit that ends while a phone is waited for ends at once; hiding covers the code."""
    screen = desk.choose_phone()
    desk.window.idle.hide_now()
    assert desk.window.idle.cover.isVisible()
    assert QApplication.widgetAt(screen.mapToGlobal(screen.rect().center())) is not screen
    began = time.monotonic()
    with desk.qtbot.waitSignal(desk.window.over, timeout=WAIT):
        desk.window.close()
    assert time.monotonic() - began < 4
    desk.qtbot.waitUntil(lambda: not desk.window.tasks.busy, timeout=2_000)


NO_ADDRESSES = ["javascript:alert(1)", "https://a/" + "x" * 400, "https://a/\u202e", "http://a/code", 7]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_an_address_that_is_none_is_not_shown(address: object) -> None:
    """Neither in words nor in a square."""
    told = {"device_code": "d", "user_code": "AB", "verification_uri": address, "expires_in": 60}
    with pytest.raises(SignInNotTrusted):
        phone_code_of(told, "https://a")
    good = "https://a/code"
    code = phone_code_of(told | {"verification_uri": good, "verification_uri_complete": address}, "https://a")
    assert code.whole_address == good
