"""What a crash left is wiped at the start, all of it; as long as it is not, nobody is told that it is."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QGuiApplication

from ui.desk.config import DeskConfig
from ui.desk.desk import Desk
from ui.desk.screens import DeskErased, DeskWelcome
from ui.widgets.words import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def left(tmp_path: Path) -> list[Path]:
    """Make what two visits left on this PC."""
    folders = sorted(tmp_path / "post" / "sessions" / secrets.token_hex(16) for _ in range(2))
    for folder in folders:
        (folder / "vault" / "c").mkdir(parents=True)
        (folder / "vault" / "c" / "a.db").write_bytes(b"of someone")
    return folders


@pytest.fixture
def start(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[], Desk]]:
    """Start desks without a service; close them after the test (qtbot would ask their windows to end it)."""
    install_accessibility()
    desks: list[Desk] = []

    def begin() -> Desk:
        config = DeskConfig(service="http://127.0.0.1:9", folder=tmp_path / "post", demo=True)
        desks.append(Desk(config))
        desks[-1].start()
        return desks[-1]

    yield begin
    for desk in desks:
        desk.close()
        desk.shell.close_for_good()


def erased(qtbot: QtBot, desk: Desk, before: DeskErased | None = None) -> DeskErased:
    """Wait for the next checklist."""

    def is_shown() -> bool:
        return isinstance(desk.shell.shown, DeskErased) and desk.shell.shown is not before

    qtbot.waitUntil(is_shown, timeout=20_000)
    assert isinstance(desk.shell.shown, DeskErased)
    return desk.shell.shown


def again(shown: DeskErased, words: str) -> None:
    """Press the main button, which says ``words``."""
    assert shown.main_button is not None
    assert shown.main_button.text() == words
    shown.main_button.click()


def test_what_cannot_be_wiped_is_said_until_it_is(
    left: list[Path], start: Callable[[], Desk], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second of two visits holds out: never « Tout est effacé » before it is gone too."""
    monkeypatch.chdir(left[1])  # a folder that someone works in is not touched
    desk = start()
    shown = None
    for _ in range(2):
        shown = erased(qtbot, desk, shown)
        assert shown.heading.words == "Tout n’est pas effacé"
        again(shown, "Effacer de nouveau")
    shown = erased(qtbot, desk, shown)
    monkeypatch.chdir(tmp_path)
    again(shown, "Effacer de nouveau")
    shown = erased(qtbot, desk, shown)
    assert shown.heading.words == "Tout est effacé"
    assert not any(folder.exists() for folder in left)
    again(shown, "Continuer")
    assert isinstance(desk.shell.shown, DeskWelcome)


def test_what_a_dead_desk_left_in_the_clipboard_goes_too(
    left: list[Path], start: Callable[[], Desk], qtbot: QtBot
) -> None:
    """The line of the checklist is true."""
    QGuiApplication.clipboard().setText("Ordonnance")
    desk = start()
    assert erased(qtbot, desk).heading.words == "Tout est effacé"
    assert not QGuiApplication.clipboard().text()


def test_an_outbox_that_cannot_be_tidied_does_not_hold_up_the_wipe(
    left: list[Path], start: Callable[[], Desk], qtbot: QtBot, tmp_path: Path
) -> None:
    """What is of the person goes first of all; what is strange in the outbox is told."""
    (tmp_path / "post" / "outbox" / "a folder").mkdir(parents=True)
    desk = start()
    shown = erased(qtbot, desk)
    assert shown.heading.words == "Tout n’est pas effacé"
    assert not any(folder.exists() for folder in left)
