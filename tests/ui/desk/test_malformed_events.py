"""What a session says is heard with care: nothing of it ends the desk, or makes it look as nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.wipe import SessionFolders
from ui import theme
from ui.desk.config import DeskConfig
from ui.desk.desk import Desk
from ui.desk.session_process import SessionProcess, events_in
from ui.text import current_language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NAMES = (
    *("adviser-tokens", "identified", "mandate", "audit", "next", "look", "finished", "ended", "ready"),
    *("prepare-visit", "visit-prepared", "visit-share", "visit-opened", "", "../..", None, 3, [], {}),
)
VALUES: tuple[Any, ...] = (None, True, -1, 10**400, 26.5, "", "../../etc", "\0", [], [[]], {}, {"size": {}})
FIELDS = ("size", "mood", "language", "entry", "visit", "fields")


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    """Return a desk in the middle of a visit, whose process says nothing by itself."""
    made = Desk(DeskConfig(service="https://localhost:1", folder=tmp_path))
    folders = SessionFolders.create(tmp_path)
    made._process = SessionProcess(folders, made)
    made._wipe.owe(folders)
    yield made
    qtbot.waitUntil(lambda: not made._tasks.busy)
    made._process = None
    made.close()
    made.shell.close_for_good()


def looks() -> tuple[int, str, str]:
    """How the program looks now."""
    return int(theme.current().size), str(theme.current().mood), current_language()


def test_no_event_ends_the_desk_whatever_is_in_it(desk: Desk, tmp_path: Path) -> None:
    """Each name with each field missing, of another type, or beyond what there is."""
    before = looks()
    for name in NAMES:
        desk._heard({"event": name})
        for value in VALUES:
            desk._heard({"event": name, **dict.fromkeys(FIELDS, value)})
    right = {"event": "look", "size": 34, "mood": "dark", "language": "en"}
    for field in ("size", "mood", "language"):
        for value in (*VALUES, "nothing", 33):
            desk._heard(right | {field: value})
    assert looks() == before
    assert not (tmp_path.parent / "etc").exists()
    desk._heard(right)
    assert looks() == (34, "dark", "en")
    desk._looks.restore()
    assert looks() == before


def test_what_is_no_event_is_dropped_and_a_line_without_end_is_cut() -> None:
    """Bytes that are no text, other values, depths without end; the next event is heard."""
    junk = (b"\xff\xfe", b"3", b"null", b'"event"', b"[" * 100_000, b'{"event":', b"{" * 3, b"")
    heard, left = events_in(b"\n".join((*junk, b'{"event":"next"}', b"x" * 200_000)))
    assert heard == [{"event": "next"}]
    assert len(left) < 100_000
