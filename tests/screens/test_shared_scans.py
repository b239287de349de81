"""The folder of a place's copier, and the places that nothing leads out of."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.shared_scans import ScanNotRemoved, SharedScan
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.widgets.folders import NoSuchFile, NotPermittedHere, contents, lies_in, read_whole

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Fill the copier's folder: an older scan, a newer one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    paper = make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1).data
    for age, name in enumerate(("hier.pdf", "maintenant.pdf")):
        (folder / name).write_bytes(paper)
        os.utime(folder / name, (1_000_000 + age, 1_000_000 + age))
    (tmp_path / "secret.pdf").write_bytes(paper)
    return folder


@pytest.fixture
def links(scans: Path, tmp_path: Path) -> Path:
    """Put links in it that lead out of it, where links can be made."""
    try:
        (scans / "lien.pdf").symlink_to(tmp_path / "secret.pdf")
        (scans / "dehors").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this user makes no links (Windows)")
    return scans


def at_the_copier(visit: Visit, scans: Path, **more: Any) -> Shown:  # noqa: ANN401 - the fields of Start
    """Begin to file at a place whose copier drops scans there."""
    visit.context.start = replace(visit.context.start, scans=str(scans), **more)
    visit.window.go("file_pick")
    return visit.window.shown


def typed(shown: Shown, path: str) -> None:
    """Type a path."""
    shown.picker.path.set_value(path)
    shown.picker._open_path.click()


def test_a_link_leads_nowhere(links: Path, tmp_path: Path) -> None:
    """It is neither shown nor read; the newest scan stands first."""
    assert [entry.name for entry in contents(links, [links])] == ["maintenant.pdf", "hier.pdf"]
    for path in (links / "lien.pdf", links / "dehors" / "secret.pdf", links / ".." / "secret.pdf"):
        assert not lies_in(path, [links])
        with pytest.raises(NotPermittedHere):
            read_whole(path, 10, [links])
    assert len(read_whole(links / "hier.pdf", 10, [links])) == 11
    # What is a place by a link is that place.
    (tmp_path / "by-link").symlink_to(links)
    assert lies_in(tmp_path / "by-link" / "hier.pdf", [tmp_path / "by-link"])


@pytest.mark.parametrize("closed_in", [True, False])
def test_on_a_shared_pc_no_typed_path_leads_elsewhere(
    visit: Visit,
    qtbot: QtBot,
    scans: Path,
    tmp_path: Path,
    closed_in: bool,  # noqa: FBT001 - a case
) -> None:
    """Outside, by dots, the root: said on the screen. What lies in a place is taken."""
    shown = at_the_copier(visit, scans, kiosk=closed_in, demo=closed_in)
    for path in (tmp_path / "secret.pdf", f"{scans}/../secret.pdf", tmp_path, tmp_path.anchor, f"{scans}/.."):
        typed(shown, str(path))
        assert "Choisissez-le dans la liste" in shown.summary.accessibleName()
        assert not shown.picker.is_inside
    typed(shown, str(scans / "hier.pdf"))
    qtbot.waitUntil(lambda: visit.window.screen_name == "file_look", timeout=20_000)


def test_the_folder_is_offered_only_where_it_is_and_may_go_at_any_time(
    visit: Visit, qtbot: QtBot, scans: Path
) -> None:
    """It says that it is everybody's; taken away in the middle, a sentence says what to do."""
    shown = at_the_copier(visit, scans)
    assert str(scans) in shown.picker._places._keys
    shown.picker._chosen(str(scans))
    qtbot.waitUntil(lambda: shown.picker._entries.rowCount() == 2)
    shutil.rmtree(scans)
    shown.picker._chosen(str(scans / "hier.pdf"))
    qtbot.waitUntil(shown.summary.isVisible)
    assert "n’est plus là" in shown.summary.accessibleName()
    shown.picker.reload()
    qtbot.waitUntil(lambda: not shown.picker.is_inside)
    assert str(scans) not in shown.picker._places._keys
    with pytest.raises(NoSuchFile):
        read_whole(scans / "hier.pdf", 10, [scans])


def test_what_was_filed_from_there_can_be_taken_away(visit: Visit, qtbot: QtBot, scans: Path) -> None:
    """Only by a press, only that file; and the screen says what may remain."""
    path = scans / "hier.pdf"
    scan = SharedScan.of(path)
    path.write_bytes(b"%PDF another's, under the same name")
    with pytest.raises(ScanNotRemoved):
        scan.remove()
    assert path.exists()
    shown = at_the_copier(visit, scans)
    shown.picker._chosen(str(scans / "maintenant.pdf"))
    qtbot.waitUntil(lambda: visit.window.screen_name == "file_look", timeout=20_000)
    filing = visit.window.shown._filing
    assert filing.scan is not None
    visit.window.go("file_done", filing=filing)
    done = visit.window.shown
    assert (scans / "maintenant.pdf").exists()
    done.remove_button.click()
    qtbot.waitUntil(lambda: "effacé" in done._shared.words)
    assert not (scans / "maintenant.pdf").exists()
    assert path.exists()
    assert not done.remove_button.isVisibleTo(done)
