"""Prepared visits: two halves, one evening, and then nothing that could be put together again."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app import visit_code
from app.vault import prepared
from app.vault.keyring_slot import KeyringRefused
from app.vault.keys import Key
from app.vault.lockout import MOST_TRIES, TooSoon
from app.vault.patient import PatientVault
from app.vault.prepared import PreparedVisits, VisitGone, VisitLocked, evening_after, seal_label
from app.vault.sqlcipher import DiskFull
from app.vault.store import WrongKey
from tests.app.vault.test_advisers import Ring

if TYPE_CHECKING:
    from pathlib import Path

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)
WORDS = "-".join(["olive"] * 8)


@dataclass
class Pc:
    """A PC with an adviser and a clock one can set."""

    root: Path
    moment: datetime = MORNING
    ring: Ring | None = None
    key: Key = None  # type: ignore[assignment]  # made below

    def __post_init__(self) -> None:
        self.key = Key.random()
        self.visits = PreparedVisits(self.root, self.ring, lambda: self.moment)

    def prepare(self, adviser: str = "aa", label: str = "Jeanne M.") -> str:
        """Prepare a visit until the evening."""
        due = MORNING + timedelta(hours=12)
        visit_id, share = self.visits.begin(adviser, self.key, due)
        built = self.root.parent / f"session-{visit_id}"
        PatientVault.create(built, visit_code.visit_key(share, WORDS), name=visit_id).close()
        (built / "c" / visit_id / "document").write_bytes(b"sealed")
        seal_label(built / "label", share, label, "Sancerre")
        self.visits.finish(adviser, visit_id, built)
        return visit_id

    def folder(self, visit_id: str, adviser: str = "aa") -> Path:
        """Where it is."""
        return self.root / adviser / "visits" / visit_id


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    """Return a PC without a keyring."""
    return Pc(tmp_path / "advisers")


def test_both_halves_open_it_and_neither_alone(pc: Pc, tmp_path: Path) -> None:
    """The adviser without the words, the words without the adviser, another adviser with the words."""
    visit_id = pc.prepare()
    share = pc.visits.share("aa", visit_id, pc.key)
    assert pc.visits.lend("aa", visit_id, tmp_path / "session") is False
    PatientVault.open(tmp_path / "session", visit_code.visit_key(share, WORDS), visit_id).close()
    others = pc.visits.share("aa", visit_id, Key.random())
    for half in (
        share.copy(),
        visit_code.visit_key(share, visit_code.draw()),
        visit_code.visit_key(Key(bytearray(32)), WORDS),
        visit_code.visit_key(others, WORDS),
        pc.key.copy(),
    ):
        with pytest.raises(WrongKey):
            PatientVault.open(tmp_path / "session", half, visit_id)


def test_the_list_is_the_advisers_alone(pc: Pc) -> None:
    """First name and initial under the unlocked key; a colleague's key reads none; nothing in clear."""
    visit_id = pc.prepare()
    (note,) = pc.visits.notes("aa", pc.key)
    assert (note.id, note.label, note.place, note.was_opened) == (visit_id, "Jeanne M.", "Sancerre", False)
    assert pc.visits.count("aa") == 1
    assert pc.visits.count("bb") == 0
    (note,) = pc.visits.notes("aa", Key.random())
    assert (note.label, note.place) == ("", "")
    on_disk = b"".join(path.read_bytes() for path in pc.root.rglob("*") if path.is_file())
    assert b"Jeanne" not in on_disk
    assert b"Sancerre" not in on_disk


def test_it_is_gone_in_the_evening_with_nobody_there(pc: Pc) -> None:
    """No key is needed; what was copied before opens no more, for the share was overwritten where it lay."""
    visit_id = pc.prepare()
    folder = pc.folder(visit_id)
    epochs = (folder / "epochs").open("rb")
    with epochs:
        before = epochs.read()
        pc.moment = MORNING + timedelta(hours=12)
        assert PreparedVisits(pc.root, None, lambda: pc.moment).purge_due() == 1
        assert not folder.exists()
        epochs.seek(0)
        after = epochs.read()
    # The file that is still open has the same place on the disk: its block is noise now.
    assert after[4096:] != before[4096:]
    assert not after[4096:].startswith(b"TNDMEPO")


def test_what_was_copied_before_a_purge_opens_nothing_without_the_share(pc: Pc, tmp_path: Path) -> None:
    """All files put back but the overwritten block: the adviser's key and the words do not help."""
    visit_id = pc.prepare()
    shutil.copytree(pc.folder(visit_id), tmp_path / "copy")
    pc.visits.purge("aa", visit_id)
    (tmp_path / "copy" / "epochs").write_bytes(bytes(8192))
    shutil.copytree(tmp_path / "copy", pc.folder(visit_id))
    with pytest.raises(VisitGone):
        pc.visits.share("aa", visit_id, pc.key)


def test_a_clock_set_back_prolongs_nothing(pc: Pc) -> None:
    """The latest moment ever seen counts; where it was taken away, all goes."""
    visit_id = pc.prepare()
    pc.moment = MORNING + timedelta(hours=11)
    pc.visits.purge_due()
    pc.moment = MORNING - timedelta(days=30)
    assert pc.visits.moment() == MORNING + timedelta(hours=11)
    assert pc.visits.purge_due() == 0
    (pc.root / "seen").unlink()
    assert pc.visits.purge_due() == 1
    assert not pc.folder(visit_id).exists()


def test_a_later_hour_written_into_the_file_opens_nothing(pc: Pc) -> None:
    """The hour is part of the share."""
    visit_id = pc.prepare()
    right = bytes(pc.visits.share("aa", visit_id, pc.key).data)
    due = pc.folder(visit_id) / "due"
    due.write_text(due.read_text().replace("2026", "2036"))
    assert bytes(pc.visits.share("aa", visit_id, pc.key).data) != right
    due.write_text("{")
    with pytest.raises(VisitGone):
        pc.visits.share("aa", visit_id, pc.key)
    assert not pc.folder(visit_id).exists()


def test_wrong_codes_are_counted(pc: Pc) -> None:
    """Each try before it is made; waiting; in the end the visit opens no more; a right one begins anew."""
    visit_id = pc.prepare()
    for _ in range(5):
        pc.visits.share("aa", visit_id, pc.key)
    with pytest.raises(TooSoon):
        pc.visits.share("aa", visit_id, pc.key)
    pc.visits.opened("aa", visit_id)
    pc.moment += timedelta(minutes=1)
    for _ in range(5):
        pc.visits.share("aa", visit_id, pc.key)
    (note,) = pc.visits.notes("aa", pc.key)
    assert note.was_opened
    (pc.folder(visit_id) / "attempts.json").write_text(f'{{"visit": [{MOST_TRIES}, null]}}')
    with pytest.raises(VisitLocked):
        pc.visits.share("aa", visit_id, pc.key)


def test_what_was_never_finished_goes_at_the_start(pc: Pc) -> None:
    """A crash while preparing: the half that was made is forgotten; what is ready stays."""
    ready = pc.prepare()
    begun, _share = pc.visits.begin("aa", pc.key, MORNING + timedelta(hours=12))
    with pytest.raises(VisitGone):
        pc.visits.lend("aa", begun, pc.root / "nowhere")
    assert pc.visits.purge_due() == 0
    assert pc.visits.purge_due(unfinished=True) == 1
    assert [note.id for note in pc.visits.notes("aa", pc.key)] == [ready]
    with pytest.raises(VisitGone):
        pc.visits.finish("aa", begun, pc.root)


def test_an_adviser_who_is_removed_takes_along_what_they_prepared(pc: Pc) -> None:
    """And nothing of a colleague's."""
    mine, theirs = pc.prepare(), pc.prepare("bb")
    pc.visits.purge_of("aa")
    assert not pc.folder(mine).exists()
    assert pc.folder(theirs, "bb").exists()
    pc.visits.purge_all()
    assert not pc.folder(theirs, "bb").exists()


def test_the_keyring_holds_a_share_too(tmp_path: Path) -> None:
    """Without it nothing opens; one place that forgets is enough to purge."""
    pc = Pc(tmp_path / "advisers", ring=Ring())
    visit_id = pc.prepare()
    right = bytes(pc.visits.share("aa", visit_id, pc.key).data)
    assert bytes(pc.visits.share("aa", visit_id, pc.key).data) == right
    with pytest.raises(VisitGone):
        PreparedVisits(pc.root, None, lambda: pc.moment).share("aa", visit_id, pc.key)

    def refuse(*_: object) -> None:
        raise KeyringRefused

    pc.ring.delete_password = refuse  # type: ignore[assignment, union-attr]
    pc.visits.purge("aa", visit_id)
    assert not pc.folder(visit_id).exists()


@pytest.mark.parametrize("at", ["due", "attempts.json", "ready", "copy"])
def test_a_full_disk_leaves_nothing_half_done(
    pc: Pc, at: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While it is prepared nothing of it stays; while it is lent the visit stays as it was."""
    full = OSError(errno.ENOSPC, "No space left on device")
    write = prepared.replace_bytes

    def replace_bytes(path: Path, data: bytes) -> None:
        if path.name == at:
            raise full
        write(path, data)

    def fails(*_: object) -> None:
        raise full

    visit_id = pc.prepare() if at == "copy" else ""
    monkeypatch.setattr(prepared, "replace_bytes", replace_bytes)
    monkeypatch.setattr("app.vault.lockout.replace_bytes", replace_bytes)
    if at == "copy":
        monkeypatch.setattr(prepared.shutil, "copyfile", fails)
        with pytest.raises(DiskFull):
            pc.visits.lend("aa", visit_id, tmp_path / "session")
        assert pc.visits.count("aa") == 1
        return
    with pytest.raises(DiskFull):
        pc.prepare()
    assert pc.visits.count("aa") == 0
    pc.visits.purge_due(unfinished=True)
    assert not list(pc.root.glob("aa/visits/*"))


def test_a_full_disk_keeps_nothing_from_being_purged(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even noting the moment, which needs room."""
    visit_id = pc.prepare()
    pc.moment = MORNING + timedelta(hours=13)

    def fails(*_: object) -> None:
        raise DiskFull

    monkeypatch.setattr(prepared, "replace_bytes", fails)
    assert pc.visits.purge_due() == 1
    assert not pc.folder(visit_id).exists()


@pytest.mark.usefixtures("paris")
def test_evening() -> None:
    """This evening here; prepared in the evening, the next one."""
    assert evening_after(MORNING) == datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert evening_after(datetime(2026, 11, 22, 19, tzinfo=UTC)) == datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert evening_after(datetime(2026, 7, 1, 8, tzinfo=UTC)) == datetime(2026, 7, 1, 18, tzinfo=UTC)
    assert evening_after(MORNING, 17) == datetime(2026, 11, 22, 16, tzinfo=UTC)
