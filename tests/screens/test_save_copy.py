"""A copy for the person's own stick or folder: what is told before, what goes wrong, what is written."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtTest import QTest

from app import copies
from app.reader.client import Reader
from app.space import DoneCode
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.printing.papers import receipt_paper
from ui.screens import save_copy
from ui.screens.finish import line_words
from ui.widgets.folders import Place, PlaceKind, comes_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """Have a stick and a folder; a test may pull the stick."""
    found = []
    for kind, name in ((PlaceKind.STICK, "JEANNE"), (PlaceKind.DOCUMENTS, "")):
        folder = tmp_path / kind.value
        folder.mkdir()
        found.append(Place(kind, folder, name))
    monkeypatch.setattr(save_copy, "places", lambda: list(found))
    return found


@pytest.fixture
def home(visit: Visit) -> Visit:
    """The person's own computer."""
    visit.context.start = SimpleNamespace(place="home", practice=False, printer="")
    return visit


def preview(visit: Visit, qtbot: QtBot, kind: Kind = Kind.PRESCRIPTION) -> Shown:
    """Open a document and go to its paper."""
    paper = make_paper(kind, CITIZENS[0], 1)
    visit.window.go("document_view", document_id=visit.receive(paper)[0])
    shown = visit.window.shown
    qtbot.waitUntil(shown._print.isVisible, timeout=15_000)
    shown._print.click()
    made = visit.window.shown
    qtbot.waitUntil(lambda: made.plan.is_made, timeout=15_000)
    return made


def to_saving(visit: Visit, qtbot: QtBot, kind: Kind = Kind.PRESCRIPTION) -> Shown:
    """Ask for a copy."""
    preview(visit, qtbot, kind).save.click()
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.choices is not None)
    return shown


def reach(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen."""
    qtbot.waitUntil(lambda: visit.window.screen_name == name, timeout=20_000)
    return visit.window.shown


def refused(shown: Shown, qtbot: QtBot) -> str:
    """Wait for what went wrong."""
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    return str(shown.summary.accessibleName())


def test_a_document_is_copied_letter_by_letter(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """Onto the only stick, which is proposed; the name says what it is, the receipt tells of it."""
    shown = to_saving(home, qtbot)
    assert "plus protégée" in shown.notice.words
    assert shown.choices.value() == str(plugged[0].path)
    qtbot.waitUntil(shown.choices.cards[0].hasFocus)
    shown.pressed()
    done = reach(home, qtbot, "copy_done")
    (file,) = plugged[0].path.iterdir()
    paper = make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1)
    assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(paper.data).digest()
    assert file.name.startswith(paper.title)
    assert file.suffix == ".pdf"
    qtbot.waitUntil(lambda: not home.context.tasks.busy)
    assert DoneCode.DOCUMENT_COPIED in {line.code for line in home.space.done}
    done.pressed()
    assert home.window.screen_name == "print_preview"


def test_a_large_print_copy_is_what_was_shown(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """Its words can be read again from the file."""
    made = preview(home, qtbot)
    made.plan.form = "large"
    made._make()
    qtbot.waitUntil(lambda: made.plan.is_made, timeout=15_000)
    made.save.click()
    shown = home.window.shown
    qtbot.waitUntil(lambda: shown.choices is not None)
    shown.choices.choose(str(plugged[1].path))
    shown.pressed()
    reach(home, qtbot, "copy_done")
    (file,) = plugged[1].path.iterdir()
    with Reader() as reader:
        assert reader.open(file.read_bytes()).pages == made.plan.sheets.count
        assert "gros caractères" in reader.page_text(0)


def test_a_document_that_only_programs_read_is_copied_as_pages(
    home: Visit, qtbot: QtBot, plugged: list[Place]
) -> None:
    """A CDA becomes a PDF."""
    shown = to_saving(home, qtbot, Kind.CDA_LETTER)
    shown.pressed()
    reach(home, qtbot, "copy_done")
    (file,) = plugged[0].path.iterdir()
    assert file.read_bytes().startswith(b"%PDF-")


def test_the_receipt_is_copied_too(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """Whatever can be printed."""
    home.window.go("print_preview", paper=receipt_paper(home.space, line_words, 0))
    made = home.window.shown
    qtbot.waitUntil(lambda: made.plan.is_made, timeout=15_000)
    made.save.click()
    shown = home.window.shown
    qtbot.waitUntil(lambda: shown.choices is not None)
    shown.pressed()
    reach(home, qtbot, "copy_done")
    assert [file.name for file in plugged[0].path.iterdir()] == ["Reçu de la visite.pdf"]


@pytest.mark.parametrize("place", ["kiosk", "pharmacy"])
def test_a_shared_pc_offers_no_copy(visit: Visit, qtbot: QtBot, plugged: list[Place], place: str) -> None:
    """Only paper; and who would get past the button is refused."""
    visit.context.start = SimpleNamespace(place=place, practice=False, printer="")
    made = preview(visit, qtbot)
    assert not made.save.isVisible()
    visit.space.sealer = object()
    visit.window.go("save_copy", plan=made.plan)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.choices is not None)
    shown.choices.cards[0].click()
    shown.pressed()
    assert "plusieurs personnes" in refused(shown, qtbot)


def test_no_place_chosen_is_asked_for(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """Nothing is written."""
    plugged[0] = Place(PlaceKind.DESKTOP, plugged[0].path)
    shown = to_saving(home, qtbot)
    assert shown.choices.value() is None
    shown.pressed()
    assert "Choisissez" in refused(shown, qtbot)


def test_a_stick_that_comes_later_is_found(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """One press looks again; what was chosen stays chosen."""
    stick = plugged.pop(0)
    shown = to_saving(home, qtbot)
    shown.choices.cards[0].click()
    plugged.insert(0, stick)
    shown.again.click()
    qtbot.waitUntil(lambda: len(shown.choices.cards) == 2)
    assert shown.choices.value() == str(plugged[1].path)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (copies.CopyFull(size=1), "plus assez de place"),
        (copies.CopyReadOnly(), "verrouillé"),
        (copies.CopyGone(), "retirée"),
        (copies.CopyFailed(), "n’a pas pu"),
    ],
)
def test_what_goes_wrong_is_said_and_can_be_tried_again(
    home: Visit,
    qtbot: QtBot,
    plugged: list[Place],
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    words: str,
) -> None:
    """The place stays chosen; the next press writes."""

    def fails(*_given: object, **_how: object) -> None:
        raise fault

    shown = to_saving(home, qtbot)
    with monkeypatch.context() as broken:
        broken.setattr(copies, "write", fails)
        shown.pressed()
        assert words in refused(shown, qtbot)
    assert shown.main_button.isEnabled()
    assert shown.choices.value() == str(plugged[0].path)
    shown.pressed()
    reach(home, qtbot, "copy_done")


def test_a_stick_that_was_pulled_is_said(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """Between the choice and the press."""
    shown = to_saving(home, qtbot)
    plugged.pop(0).path.rmdir()
    shown.pressed()
    assert "retirée" in refused(shown, qtbot)
    qtbot.waitUntil(lambda: len(shown.choices.cards) == 1)


def test_two_presses_write_one_copy(home: Visit, qtbot: QtBot, plugged: list[Place]) -> None:
    """However quickly they come."""
    shown = to_saving(home, qtbot)
    for _press in range(3):
        shown.main_button.click()
    reach(home, qtbot, "copy_done")
    qtbot.waitUntil(lambda: not home.context.tasks.busy)
    assert len(list(plugged[0].path.iterdir())) == 1
    assert home.window.screen_name == "copy_done"


def test_a_slow_stick_can_be_stopped(
    home: Visit, qtbot: QtBot, plugged: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stays of it."""

    def slow(write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*given: Any, is_cancelled: Callable[[], bool]) -> Any:  # noqa: ANN401
            while not is_cancelled():
                QTest.qSleep(5)
            return write(*given, is_cancelled=is_cancelled)

        return written

    monkeypatch.setattr(
        copies, "_write_part", lambda part, data, stop: slow(real)(part, data, is_cancelled=stop)
    )
    shown = to_saving(home, qtbot)
    shown.pressed()
    qtbot.waitUntil(shown._progress.isVisible, timeout=5_000)
    assert not shown.back_button.isEnabled()
    shown.cancel.click()
    assert "arrêté" in refused(shown, qtbot)
    assert not list(plugged[0].path.iterdir())


def real(part: Path, data: bytes, is_cancelled: Callable[[], bool]) -> None:
    """Write as the program does, when it is no longer wanted."""
    del part, data
    assert is_cancelled()
    raise copies.CopyCancelled


def test_what_can_be_taken_out_is_known_by_the_kernel(tmp_path: Path) -> None:
    """A stick by its bus, a card by its flag; the PC's own disk is none, nor what is no device."""
    devices = tmp_path / "class"
    devices.mkdir()
    for name, bus, flag in (("sda", "ata1", "0"), ("sdb", "usb2/2-1", "0"), ("mmcblk0", "mmc0", "1")):
        disk = tmp_path / "devices" / bus / "block" / name
        (disk / f"{name}1").mkdir(parents=True)
        (disk / "removable").write_text(f"{flag}\n")
        (devices / f"{name}1").symlink_to(disk / f"{name}1")
    found = {name: comes_out(name, devices) for name in ("sda1", "sdb1", "mmcblk01", "tmpfs", "")}
    assert found == {"sda1": False, "sdb1": True, "mmcblk01": True, "tmpfs": False, "": False}
