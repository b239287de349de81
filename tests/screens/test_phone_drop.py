"""The phone's picture on the screen: a real service, a phone that knows the address only."""

from __future__ import annotations

import base64
import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.paper import Paper
from app.vault.parcels import ParcelKey
from sync.drops import Drop
from sync.engine import Engine
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from sync.transport import Address, Transport
from tests.sync.rough_server import RoughServer
from tests.sync.service.drop_visit import send
from tests.sync.service.house import House
from tests.sync.visit import FixedTokens
from ui.languages import speak
from ui.widgets import Text
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from tests.screens.conftest import Visit
    from ui.screens.phone_drop import PhoneDrop

WAIT = 15_000


def paper_photo() -> bytes:
    """Photograph a sheet with some lines on a dark table."""
    picture = Image.new("RGB", (900, 1200), "#5a4632")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((90, 90, 810, 1110), fill="white")
    for line in range(20):
        draw.text((140, 150 + 40 * line), "Ordonnance : paracetamol 1 g, trois fois par jour", fill="black")
    sink = io.BytesIO()
    picture.save(sink, "JPEG")
    return sink.getvalue()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service with one person and an adviser."""
    made = House(tmp_path_factory.mktemp("house"))
    made.add_citizen("anne", "250021234567801")
    made.add_adviser()
    yield made
    made.close()


@pytest.fixture
def between(house: House) -> Iterator[RoughServer]:
    """A network that a test can spoil."""
    server = RoughServer(house.base)
    yield server
    server.close()


class Opening:
    """Opens pages as a visit does."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def open_drop(self) -> Drop:
        """Open one."""
        return Drop.open(self._transport)


@pytest.fixture
def transport(house: House, between: RoughServer) -> Iterator[Transport]:
    """Speak in Anne's name, over that network."""
    token = house.together("anne").headers["authorization"].split()[1]
    with Transport(Address(between.base), FixedTokens(token), stall=5) as made:
        yield made


@pytest.fixture
def open_drop(transport: Transport) -> Callable[[], Drop]:
    """Open pages."""
    return Opening(transport).open_drop


@pytest.fixture
def screen(
    visit: Visit, open_drop: Callable[[], Drop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> PhoneDrop:
    """The screen, waiting for a photo."""
    monkeypatch.setattr("ui.screens.phone_drop.LOOK_EVERY", 100)
    visit.window.go("phone_drop", open_drop=open_drop)
    shown: PhoneDrop = visit.window.shown
    qtbot.waitUntil(lambda: shown.drop is not None, timeout=WAIT)
    return shown


def page(house: House, screen: PhoneDrop) -> str:
    """The address a phone reads from the QR, past the network that may be spoiled."""
    assert screen.drop is not None
    return house.base + "/d/" + screen.drop.url.rpartition("/")[2]


def wait_for_pictures(screen: PhoneDrop, qtbot: QtBot) -> list[str]:
    """Wait until the pictures are shown; return their names."""
    assert screen.main_button is not None
    qtbot.waitUntil(screen.main_button.isVisible, timeout=WAIT)
    return [each.words for each in screen.findChildren(Text) if each.words.startswith("Photo ")]


def test_a_photo_appears_and_goes_on_as_a_paper(
    visit: Visit, house: House, screen: PhoneDrop, qtbot: QtBot
) -> None:
    """The QR is there; what the phone sent is announced, shown, and its pages are next."""
    assert screen.findChild(QrCode) is not None
    assert not screen.main_button.isVisible()
    assert send(page(house, screen), ("a.jpg", paper_photo()), ("b.jpg", paper_photo())).status_code == 200
    assert visit.window.presences == 0
    assert wait_for_pictures(screen, qtbot) == ["Photo 1 sur 2", "Photo 2 sur 2"]
    assert visit.window.presences == 1, "whoever photographs with a phone presses nothing here, and is there"
    assert "2 photos sont arrivées" in screen.notice.words
    assert screen.drop is None
    screen.main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "scan_pages", timeout=WAIT)


def seen_by_a_phone(screen: PhoneDrop) -> str:
    """What a phone's camera reads from the square on the screen."""
    code = screen.findChild(QrCode)
    assert code is not None
    picture = code.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    size = (picture.bytesPerLine(), picture.height())
    found = zxingcpp.read_barcodes(Image.frombytes("L", size, bytes(picture.constBits())))
    return str(found[0].text)


def test_the_square_carries_the_language_of_the_screen(screen: PhoneDrop, qtbot: QtBot) -> None:
    """Changed while it is shown too; French is nobody's choice, so that the phone's own decides."""
    assert screen.drop is not None
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    try:
        for code, asked in (
            ("fr", ""), ("ar", "?ui_locales=ar"), ("fr_FALC", "?ui_locales=fr-simple"), ("fr", ""),
        ):  # fmt: skip
            speak(code, application)
            assert seen_by_a_phone(screen) == screen.drop.url + asked
    finally:
        speak("fr", application)


def test_photos_are_added_to_a_paper_in_their_order(
    visit: Visit, house: House, open_drop: Callable[[], Drop], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One comes from the pages of a paper, and goes back there."""
    monkeypatch.setattr("ui.screens.phone_drop.LOOK_EVERY", 100)
    paper = Paper()
    visit.window.go("file_pick")
    visit.window.go("phone_drop", open_drop=open_drop, paper=paper, adding=True)
    screen: PhoneDrop = visit.window.shown
    qtbot.waitUntil(lambda: screen.drop is not None, timeout=WAIT)
    sent = [("x.png", white(size)) for size in ((400, 300), (300, 400))]
    send(page(house, screen), *sent)
    wait_for_pictures(screen, qtbot)
    screen.main_button.click()
    assert [each.picture for each in paper.pages] == [data for _, data in sent]
    assert visit.window.screen_name == "file_pick"


def white(size: tuple[int, int]) -> bytes:
    """Make a blank picture."""
    sink = io.BytesIO()
    Image.new("RGB", size, "white").save(sink, "PNG")
    return sink.getvalue()


def test_a_pdf_goes_the_way_of_a_file(visit: Visit, house: House, screen: PhoneDrop, qtbot: QtBot) -> None:
    """One that the phone's own scanner made, say."""
    pdf = make_paper(Kind.PRESCRIPTION, CITIZENS[0], 3, day=date(2026, 11, 3)).data
    assert send(page(house, screen), ("scan.pdf", pdf)).status_code == 200
    wait_for_pictures(screen, qtbot)
    screen.main_button.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "file_look", timeout=WAIT)


def test_without_a_network_one_goes_on_waiting(
    house: House, between: RoughServer, screen: PhoneDrop, qtbot: QtBot
) -> None:
    """A calm sentence; the photo that was sent meanwhile comes when the network is back."""
    send(page(house, screen), ("a.jpg", paper_photo()))
    between.rules.append(lambda asked: asked.cut())
    qtbot.waitUntil(lambda: bool(screen.notice.words), timeout=WAIT)
    assert "{" not in screen.notice.words
    between.rules.clear()
    assert wait_for_pictures(screen, qtbot) == ["Photo 1 sur 1"]


def test_a_page_that_is_over_is_asked_for_anew(house: House, screen: PhoneDrop, qtbot: QtBot) -> None:
    """One calm sentence, one button."""
    drop = screen.drop
    assert drop is not None
    with house.service.store.transaction() as sql:
        sql.execute("UPDATE phone_drop SET expires = '2026-01-01T00:00:00Z'")
    qtbot.waitUntil(screen.main_button.isVisible, timeout=WAIT)
    assert "fermée" in screen.notice.words
    assert not screen.summary.isVisible()
    screen.main_button.click()
    qtbot.waitUntil(lambda: screen.drop is not None and screen.drop is not drop, timeout=WAIT)
    assert not screen.notice.words


def test_what_only_looks_like_a_photo_is_said(house: House, screen: PhoneDrop, qtbot: QtBot) -> None:
    """The service saw a JPEG's first bytes, the reader process sees that it is none."""
    send(page(house, screen), ("a.jpg", b"\xff\xd8\xff" + bytes(500)))
    qtbot.waitUntil(screen.summary.isVisible, timeout=WAIT)
    assert screen.main_button.isVisible()


def test_a_bad_picture_keeps_the_good_one(house: House, screen: PhoneDrop, qtbot: QtBot) -> None:
    """It is said, and one goes on with what can be read."""
    send(page(house, screen), ("a.jpg", b"\xff\xd8\xff" + bytes(500)), ("b.jpg", paper_photo()))
    assert wait_for_pictures(screen, qtbot) == ["Photo 1 sur 1"]
    assert "laissée de côté" in screen.notice.words


def test_the_page_is_closed_when_the_screen_goes(
    visit: Visit, house: House, screen: PhoneDrop, qtbot: QtBot
) -> None:
    """Nobody can send anything into a screen that is gone."""
    assert screen.drop is not None
    drop_id = screen.drop.id
    visit.window.back()

    def count() -> int:
        with house.service.store.read() as sql:
            found: int = sql.execute("SELECT count(*) FROM phone_drop WHERE id = ?", (drop_id,)).fetchone()[0]
        return found

    qtbot.waitUntil(lambda: count() == 0, timeout=WAIT)


def test_a_service_out_of_reach_is_said_and_tried_again(
    visit: Visit, between: RoughServer, open_drop: Callable[[], Drop], qtbot: QtBot
) -> None:
    """No page, one sentence, one button."""
    between.rules.append(lambda asked: asked.cut())
    visit.window.go("phone_drop", open_drop=open_drop)
    screen: PhoneDrop = visit.window.shown
    qtbot.waitUntil(screen.main_button.isVisible, timeout=WAIT)
    assert screen.summary.isVisible() or screen.notice.words
    between.rules.clear()
    screen.main_button.click()
    qtbot.waitUntil(lambda: screen.drop is not None, timeout=WAIT)


def test_the_phone_is_a_third_way_to_bring_a_paper(
    visit: Visit, house: House, transport: Transport, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside scanner and file; its photos and the pages that follow are one paper. Practising has none."""
    visit.window.go("file_pick")
    assert not visit.window.shown._phone.isVisible()
    visit.window.back()
    monkeypatch.setattr("ui.screens.phone_drop.LOOK_EVERY", 100)
    records, files = visit.space.records, visit.space.files
    visit.context.engine = Engine(records, files, transport, visit.space.patient_id, visit.changes)
    visit.context.visit = Opening(transport)  # type: ignore[assignment]  # of a visit, what this screen asks
    visit.window.go("file_pick")
    first = visit.window.shown
    qtbot.mouseClick(first._phone, Qt.MouseButton.LeftButton)
    screen: PhoneDrop = visit.window.shown
    qtbot.waitUntil(lambda: screen.drop is not None, timeout=WAIT)
    send(page(house, screen), ("a.jpg", paper_photo()))
    wait_for_pictures(screen, qtbot)
    screen.main_button.click()
    assert visit.window.screen_name == "scan_pages"
    assert len(first._paper.pages) == 1
    visit.window.back()
    assert first._again.isVisible()


def test_the_key_of_a_page_is_drawn_for_it_alone(open_drop: Callable[[], Drop], between: RoughServer) -> None:
    """Two pages, two keys."""
    keys = set()
    for _ in range(2):
        open_drop().close()
    for asked in between.asked:
        if asked.method == "POST":
            keys.add(asked.body)
    assert len(keys) == 2
    assert len(base64.b64encode(ParcelKey.draw().public)) < 2000
