"""The wipe: everything goes, the outbox stays, links are not followed, and it looks again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.outbox import LOCK, sweep
from app.processes import is_alive
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.wipe import CheckCode, SessionFolders, Traces, WipeRefused, leftovers, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and rights")


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Make an outbox that holds one delivery."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    (folder / "1.envelope").write_bytes(b"TNDMENV\x01 sealed")
    (folder / "1.document").write_bytes(b"TANDEMSF sealed")
    return folder


@pytest.fixture
def session(tmp_path: Path, memory_folders: None) -> Iterator[SessionFolders]:
    """Make a session that has written everywhere it may."""
    folders = SessionFolders.create(tmp_path)
    with PatientVault.create(folders.vault, Key.random()) as vault:
        (vault.files.folder / "abc").write_bytes(b"TANDEMSF ...")
        (folders.vault / "c" / f"{vault.name}.db-wal").write_bytes(b"left by a crash")
    (folders.temporary / "deep" / "deeper").mkdir(parents=True)
    (folders.temporary / "deep" / "deeper" / "page.png").write_bytes(b"picture")
    (folders.browser / "profile").mkdir()
    (folders.browser / "profile" / "cookies").write_bytes(b"token")
    yield folders
    for folder in folders.in_memory:
        shutil.rmtree(folder)


def _codes(traces: Traces) -> dict[CheckCode, bool]:
    return {item.code: item.ok for item in wipe(traces).items}


@pytest.mark.usefixtures("own_home")
def test_everything_goes_and_the_outbox_stays(session: SessionFolders, outbox: Path, tmp_path: Path) -> None:
    """Every line holds; the session's folder is gone; the envelopes are as they were."""
    before = {path.name: path.read_bytes() for path in outbox.iterdir()}
    checklist = wipe(Traces(session, outbox, take_back=lambda _jobs: 1, is_shared=True))
    assert checklist.ok
    assert [item.code for item in checklist.items] == list(CheckCode)
    assert not session.folder.exists()
    assert {path.name: path.read_bytes() for path in outbox.iterdir()} == before
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_second_wipe_is_harmless(session: SessionFolders, outbox: Path) -> None:
    """After a crash nobody knows how far the first one came."""
    traces = Traces(session, outbox)
    assert wipe(traces).ok
    assert wipe(traces).ok


def test_the_process_that_holds_the_key_is_ended_first(session: SessionFolders, outbox: Path) -> None:
    """Marked in the session's folder, so that the next start knows it too."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    mark = session.mark(process.pid)
    assert session.marked() == mark
    (found,) = leftovers(session.folder.parent.parent, outbox)
    assert found.process == mark
    assert wipe(replace(found, reap=process.wait)).ok
    assert not is_alive(mark)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("is_marked", [True, False])
def test_a_browser_that_outlived_its_session_is_ended(
    session: SessionFolders, outbox: Path, *, is_marked: bool
) -> None:
    """It has left the session's group; the session's process is dead already, or was never marked."""
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    leader = subprocess.Popen(sleep, start_new_session=True)
    environment = {"TMPDIR": str(session.browser / "profile")}
    browser = subprocess.Popen(sleep, start_new_session=True, env=environment)
    if is_marked:
        session.mark(leader.pid)
    leader.kill()
    leader.wait()
    (found,) = leftovers(session.folder.parent.parent, outbox)
    assert wipe(found).ok
    assert browser.wait(timeout=5) == -9


@posix
def test_links_are_removed_and_never_followed(session: SessionFolders, outbox: Path, tmp_path: Path) -> None:
    """Whoever plants a link in a temporary folder gains nothing by it."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"not the session's")
    (session.temporary / "link").symlink_to(precious)
    (session.temporary / "file-link").symlink_to(precious / "file")
    (session.vault / "c" / "evil.db").symlink_to(precious / "file")
    (session.browser / "profile" / "outbox").symlink_to(outbox)
    assert wipe(Traces(session, outbox)).ok
    assert (precious / "file").read_bytes() == b"not the session's"
    assert len(list(outbox.iterdir())) == 2


@posix
@pytest.mark.parametrize("which", ["folder", "vault", "c", "temporary", "browser", "in_memory"])
def test_a_folder_replaced_by_a_link_is_unlinked(
    session: SessionFolders, outbox: Path, tmp_path: Path, which: str
) -> None:
    """Even the session's own folders."""
    precious = tmp_path / "precious"
    (precious / "c").mkdir(parents=True)
    (precious / "file.db").write_bytes(b"not the session's")
    (precious / "c" / "file.db").write_bytes(b"not the session's")
    if which == "in_memory" and not session.in_memory:
        pytest.skip("no file system in memory here")
    named = {"c": session.vault / "c", "in_memory": next(iter(session.in_memory), session.folder)}
    replaced = named.get(which) or getattr(session, which)
    shutil.move(replaced, tmp_path / "moved")
    replaced.symlink_to(precious)
    assert wipe(Traces(session, outbox)).ok
    assert sorted(path.name for path in precious.rglob("*")) == ["c", "file.db", "file.db"]
    assert not os.path.lexists(session.folder)
    assert not session.in_memory


@posix
def test_a_read_only_folder_does_not_hold_out(session: SessionFolders, outbox: Path) -> None:
    """Some browsers leave such profiles; root is never held up, then this proves little."""
    (session.browser / "profile").chmod(0o500)
    (session.temporary / "deep").chmod(0o000)
    assert wipe(Traces(session, outbox)).ok


def test_a_folder_that_holds_more_than_the_session_is_refused(
    session: SessionFolders, outbox: Path, tmp_path: Path
) -> None:
    """The outbox, the home, the working folder: refused before anything is touched."""
    for wrong in (outbox, tmp_path, Path.home(), Path.cwd(), Path("/")):
        with pytest.raises(WipeRefused):
            wipe(Traces(session, outbox, elsewhere=(wrong,)))
        with pytest.raises(WipeRefused):
            wipe(Traces(SessionFolders(wrong), outbox))
    assert session.folder.is_dir()
    inside = session.temporary / "outbox"
    inside.mkdir()
    with pytest.raises(WipeRefused):
        wipe(Traces(session, inside))


def test_what_does_not_go_is_told(session: SessionFolders, outbox: Path) -> None:
    """A clipboard that keeps its text, a token not dropped, a thing in the outbox that is not sealed."""

    def unable() -> bool:
        raise OSError

    (outbox / "2.envelope").write_bytes(b"{ plain }")
    (outbox / "note.txt").write_bytes(b"Jeanne")
    codes = _codes(Traces(session, outbox, empty_clipboard=lambda: False, drop_tokens=unable))
    failed = {code for code, ok in codes.items() if not ok}
    assert failed == {CheckCode.CLIPBOARD_EMPTIED, CheckCode.TOKENS_DROPPED, CheckCode.OUTBOX_SEALED}
    strange = next(item for item in wipe(Traces(session, outbox)).items if not item.ok)
    assert (strange.code, strange.detail) == (CheckCode.OUTBOX_SEALED, 2)


def test_half_an_envelope_from_a_power_cut_is_no_alarm(session: SessionFolders, outbox: Path) -> None:
    """Written aside and never named: empty, or the beginning of a sealed one."""
    (outbox / "3.envelope.prepared").write_bytes(b"TNDMENV\x01 sealed")
    (outbox / "4.envelope.prepared.part").write_bytes(b"TND")
    (outbox / "5.document.part").write_bytes(b"")
    assert wipe(Traces(session, outbox)).ok


def test_a_delivery_that_goes_on_beside_is_no_alarm(session: SessionFolders, outbox: Path) -> None:
    """Its lock is an empty file; what is not empty under that name is strange."""
    lock = outbox / LOCK
    lock.touch()
    assert sweep(outbox) == 0
    assert lock.exists()
    assert _codes(Traces(session, outbox))[CheckCode.OUTBOX_SEALED]
    lock.write_text("Ordonnance")
    assert not _codes(Traces(session, outbox))[CheckCode.OUTBOX_SEALED]


def test_a_browser_profile_elsewhere_goes_too(session: SessionFolders, outbox: Path, tmp_path: Path) -> None:
    """A browser that insisted on its own place."""
    profile = tmp_path / "elsewhere" / "profile"
    profile.mkdir(parents=True)
    (profile / "cookies").write_bytes(b"token")
    assert wipe(Traces(session, outbox, elsewhere=(profile,))).ok
    assert not profile.exists()


def test_leftovers_are_those_of_every_session_not_wiped(tmp_path: Path, outbox: Path) -> None:
    """Two crashes in a row leave two; a mark that cannot be read is no hindrance."""
    assert leftovers(tmp_path, outbox) == []
    first, second = SessionFolders.create(tmp_path), SessionFolders.create(tmp_path)
    (first.folder / "session.json").write_bytes(b"{ half")
    found = leftovers(tmp_path, outbox)
    assert {traces.folders.folder for traces in found} == {first.folder, second.folder}
    assert all(wipe(traces).ok for traces in found)
    assert leftovers(tmp_path, outbox) == []


def test_the_folders_are_this_users_alone(tmp_path: Path) -> None:
    """Nobody else on the PC may look in."""
    folders = SessionFolders.create(tmp_path)
    if sys.platform != "win32":
        for folder in (folders.folder, folders.vault, folders.temporary, folders.browser):
            assert folder.stat().st_mode & 0o077 == 0


def test_four_hundred_documents_go(session: SessionFolders, outbox: Path) -> None:
    """A whole life of papers (sparse files stand for a gigabyte); how fast is a benchmark's matter."""
    folder = next(path for path in (session.vault / "c").iterdir() if path.is_dir())
    for number in range(400):
        with (folder / f"{number:032x}").open("wb") as file:
            file.truncate(2_700_000)
    assert wipe(Traces(session, outbox)).ok


# What lies outside the session's folder


def test_what_nobody_looked_at_is_not_called_gone(session: SessionFolders, outbox: Path) -> None:
    """At home nobody's list of recent files is touched; where printing tells nothing, nor is it said."""
    codes = {item.code for item in wipe(Traces(session, outbox)).items}
    assert set(CheckCode) - codes == {CheckCode.PRINTS_GONE, CheckCode.RECENT_FORGOTTEN}


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home of one's own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("APPDATA", str(home / "AppData"))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no file system in memory")  # noqa: S108
def test_what_is_in_clear_lies_in_memory_and_goes(session: SessionFolders, outbox: Path) -> None:
    """A browser's profile and temporary files never touch the disk, where it can be helped."""
    (found,) = session.in_memory
    assert session.browser.parent == session.temporary.parent == found
    if sys.platform != "win32":
        assert found.stat().st_mode & 0o077 == 0
    assert (session.browser / "profile" / "cookies").exists()
    assert wipe(Traces(session, outbox)).ok
    assert not os.path.lexists(found)


def test_without_room_in_memory_the_sessions_own_folder_serves(
    tmp_path: Path, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.setattr("app.volatile._has_room", lambda _root: False)
    session = SessionFolders.create(tmp_path)
    assert session.temporary == session.folder / "tmp"
    assert session.in_memory == []
    assert wipe(Traces(session, outbox)).ok


RECENT = """<?xml version="1.0" encoding="UTF-8"?>
<xbel version="1.0" xmlns:bookmark="http://www.freedesktop.org/standards/desktop-bookmarks">
  <bookmark href="file:///old.pdf" added="{old}" modified="{old}" visited="{old}">
    <info><metadata owner="http://freedesktop.org"/></info>
  </bookmark>
  <bookmark href="file:///media/cle/Ordonnance.pdf" added="{new}" modified="{new}" visited="{new}"/>
  <bookmark href="file:///media/cle/seen-again.pdf" added="{old}" modified="{old}" visited="{new}">
    <info/>
  </bookmark>
  <bookmark href="file:///x/{name}/page.pdf" added="{old}" modified="{old}" visited="{old}"><info/></bookmark>
</xbel>
"""


@posix
def test_recent_files_and_thumbnails_of_the_visit_go_and_older_ones_stay(
    session: SessionFolders, outbox: Path, own_home: Path
) -> None:
    """On a PC that belongs to nobody; elsewhere nobody's list is touched."""
    recent, small = own_home / ".local/share/recently-used.xbel", own_home / ".cache/thumbnails/large"
    recent.parent.mkdir(parents=True)
    small.mkdir(parents=True)
    moment = datetime.now(UTC)
    recent.write_text(
        RECENT.format(
            old=(moment - timedelta(days=1)).isoformat(), new=moment.isoformat(), name=session.folder.name
        )
    )
    for name in ("old.png", "new.png"):
        (small / name).write_bytes(b"picture")
    began = session.folder / "began"
    past = time.time() - 100
    os.utime(began, (past, past))
    with pytest.MonkeyPatch.context() as patched:
        # ``utime`` cannot set when the old one's entry changed.
        patched.setattr("app.footprints._newer", lambda paths, _since: [p for p in paths if "new" in p.name])
        before = recent.read_text()
        assert wipe(Traces(replace_folder(session), outbox)).ok
        assert recent.read_text() == before
        assert wipe(Traces(session, outbox, is_shared=True)).ok
    after = recent.read_text()
    assert "old.pdf" in after
    assert "Ordonnance" not in after
    assert "seen-again" not in after
    assert session.folder.name not in after
    assert [path.name for path in small.iterdir()] == ["old.png"]


def replace_folder(session: SessionFolders) -> SessionFolders:
    """Return another visit of the same PC."""
    return SessionFolders.create(session.folder.parent.parent)


@posix
@pytest.mark.parametrize("spoiled", [b"", b"<xbel><bookmark href='Ordonnance'", b"\xff\xfe"])
def test_a_spoiled_list_of_recent_files_goes_whole(
    session: SessionFolders, outbox: Path, own_home: Path, spoiled: bytes
) -> None:
    """It was written in the visit, and cannot be read line by line."""
    recent = own_home / ".local/share/recently-used.xbel"
    recent.parent.mkdir(parents=True)
    recent.write_bytes(spoiled)
    assert wipe(Traces(session, outbox, is_shared=True)).ok
    assert not recent.exists()


def test_a_core_dump_of_the_visit_goes(
    session: SessionFolders, outbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel puts them unless told otherwise."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "core.4711").write_bytes(b"memory")
    assert wipe(Traces(session, outbox)).ok
    assert not (tmp_path / "core.4711").exists()


def test_sheets_are_taken_back_by_their_numbers_and_one_that_stays_blocks_the_next_person(
    session: SessionFolders, outbox: Path
) -> None:
    """The numbers outlive the session; the wipe is not through before the printing system let go."""
    session.note_print("Accueil", "Accueil-12")
    session.note_print("Accueil", "Accueil-13")
    with (session.folder / "printed").open("ab") as file:
        file.write(b'["Accueil", "Acc')
    asked: list[list[tuple[str, str]]] = []

    def still_there(jobs: list[tuple[str, str]]) -> int:
        asked.append(jobs)
        return 1 if len(asked) == 1 else 0

    traces = Traces(session, outbox, take_back=still_there)
    first = {item.code for item in wipe(traces).failed}
    assert first == {CheckCode.PRINTS_GONE, CheckCode.NOTHING_LEFT}
    assert not session.vault.exists()
    assert wipe(traces).ok
    assert asked == [[("Accueil", "Accueil-12"), ("Accueil", "Accueil-13")]] * 2
