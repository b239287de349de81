"""Who has unlocked, for how long their sign-in is given back, and what becomes of what they prepared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject

from app.policy import Policy
from app.vault.advisers import AdviserUnknown
from app.vault.prepared import VisitGone
from app.vault.slots import LEAST_COST, WrongSecret
from app.vault.sqlcipher import DiskFull
from sync.tokens import Tokens
from ui.desk.adviser_keys import AdviserKeys
from ui.desk.config import DeskConfig
from ui.desk.post import Post
from ui.desk.resting import Resting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)
KARIM, SOPHIE = "quatre petits chats gris", "la mer monte encore ce soir"


def tokens(sub: str, name: str, access: str = "a") -> Tokens:
    """Return what a sign-in brings."""
    claims = {"iss": "https://service", "sub": sub, "name": name}
    return Tokens(access, "refresh-" + sub, None, MORNING + timedelta(minutes=5), claims)


class Pc:
    """A PC whose clock one can set."""

    def __init__(self, folder: Path) -> None:
        self.moment = MORNING
        self.folder = folder
        self.post = Post(DeskConfig(service="http://127.0.0.1:9", folder=folder, demo=True))
        self.keys = AdviserKeys(folder, self.post, None, lambda: self.moment, LEAST_COST)


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Pc]:
    """Return a PC that two advisers work on."""
    made = Pc(tmp_path)
    made.keys.choose(tokens("sophie", "Sophie Laurent"), SOPHIE)
    made.keys.choose(tokens("karim", "Karim Benali"), KARIM)
    yield made
    made.keys.close()
    made.post.close()


def test_two_advisers_take_turns(pc: Pc) -> None:
    """Names in their order; each gets their own sign-in back, and only with their own phrase."""
    karim, sophie = pc.keys.known()
    assert (karim.name, sophie.name) == ("Karim Benali", "Sophie Laurent")
    assert pc.keys.unlocked == karim.id
    pc.keys.lock()
    assert pc.keys.unlocked == ""
    assert pc.keys.claims == {}
    told = pc.keys.unlock(sophie.id, SOPHIE)
    assert told is not None
    assert Tokens.from_dict(told).refresh_token == "refresh-sophie"
    assert pc.keys.claims["name"] == "Sophie Laurent"
    with pytest.raises(WrongSecret):
        pc.keys.unlock(karim.id, SOPHIE)


def test_a_prepared_visit_ends_at_the_hour_of_the_organization(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At eight in the evening where it says nothing."""

    def due() -> datetime:
        return datetime.fromisoformat(pc.keys.begin()["due"]).astimezone()

    assert due().hour == 20
    standing = replace(pc.post.standing, policy=Policy(evening_hour=17))
    monkeypatch.setattr(Post, "standing", property(lambda _post: standing))
    assert due().hour == 17


def test_a_sign_in_is_given_back_for_half_a_day_however_often_it_is_renewed(pc: Pc) -> None:
    """From the sign-in in the browser; who goes home leaves none behind."""
    karim = pc.keys.unlocked
    pc.moment += timedelta(hours=11)
    pc.keys.keep(tokens("karim", "Karim Benali", "renewed"))
    told = pc.keys.unlock(karim, KARIM)
    assert told is not None
    assert told["access_token"] == "renewed"
    pc.moment += timedelta(hours=1)
    assert pc.keys.unlock(karim, KARIM) is None
    assert pc.keys.claims["name"] == "Karim Benali"
    pc.keys.keep(tokens("karim", "Karim Benali"), signed_in=True)
    pc.keys.leave()
    assert pc.keys.unlock(karim, KARIM) is None
    pc.keys.lock()
    pc.keys.keep(tokens("karim", "Karim Benali"))  # renewed by somebody late: kept nowhere
    assert pc.keys.unlock(karim, KARIM) is None


def test_a_clock_set_back_gives_no_sign_in_back(pc: Pc) -> None:
    """The latest moment that was seen counts here too."""
    karim = pc.keys.unlocked
    pc.moment += timedelta(hours=13)
    assert pc.keys.unlock(karim, KARIM) is None
    pc.moment = MORNING
    assert pc.keys.unlock(karim, KARIM) is None


def built(pc: Pc) -> str:
    """Prepare a visit, as far as the desk sees."""
    begun = pc.keys.begin()
    session = pc.folder / "sessions" / begun["id"]
    (session / "prepared" / "c").mkdir(parents=True)
    (session / "prepared" / "c" / f"{begun['id']}.db").write_bytes(b"sealed")
    (session / "prepared" / "label").write_bytes(b"sealed")
    pc.keys.finish(begun["id"], session)
    return begun["id"]


def test_a_visit_is_its_advisers_alone(pc: Pc) -> None:
    """A colleague has none of it; nobody unlocked has nothing; a removed adviser leaves nothing."""
    _karim, sophie = pc.keys.known()
    visit_id = built(pc)
    assert pc.keys.waiting() == 1
    assert pc.keys.lend(visit_id).was_opened is False
    pc.keys.unlock(sophie.id, SOPHIE)
    assert pc.keys.waiting() == 0
    assert pc.keys.notes() == []
    for refused in (pc.keys.share, pc.keys.lend, pc.keys.opened):
        with pytest.raises(VisitGone):
            refused(visit_id)
    pc.keys.lock()
    for nobody in (pc.keys.begin, pc.keys.notes):
        with pytest.raises(AdviserUnknown):
            nobody()


def test_an_adviser_who_is_removed_while_a_visit_waits(pc: Pc) -> None:
    """The visit goes too; so it does when a phrase is replaced, and when the PC is taken out."""
    karim, sophie = pc.keys.known()
    visits = pc.folder / "advisers"
    built(pc)
    pc.keys.choose(tokens("karim", "Karim Benali"), "une autre phrase bien longue")
    assert not list(visits.glob("*/visits/*"))
    built(pc)
    pc.keys.remove(karim.id)
    assert pc.keys.unlocked == ""
    assert [each.id for each in pc.keys.known()] == [sophie.id]
    assert not list(visits.glob("*/visits/*"))
    pc.keys.unlock(sophie.id, SOPHIE)
    built(pc)
    pc.keys.forget_everybody()
    assert not pc.keys.any_known
    assert not list(visits.glob("*/visits/*"))


def test_a_full_disk_while_a_visit_is_lent_leaves_no_session(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied would be wiped by nobody."""
    visit_id = built(pc)

    def fails(*_: object) -> None:
        raise DiskFull

    monkeypatch.setattr(pc.keys.visits, "lend", fails)
    before = set((pc.folder / "sessions").iterdir())
    with pytest.raises(DiskFull):
        pc.keys.lend(visit_id)
    assert set((pc.folder / "sessions").iterdir()) == before


class _Input(QObject):
    """Where what comes to a window is watched."""

    def watch(self, watcher: Callable[[QEvent], bool]) -> None:
        """Remember who watches."""
        self.watcher = watcher


def test_a_desk_at_rest_says_so_once_and_not_while_it_is_busy(qtbot: QtBot) -> None:
    """Counted from the last touch; a visit is no rest; told once, and again after a touch."""
    moment, busy, told = [0.0], [False], []
    window_input = _Input()
    resting = Resting(window_input, lambda: 480, lambda: busy[0], window_input, lambda: moment[0])  # type: ignore[arg-type]
    resting.came.connect(lambda: told.append(moment[0]))
    for second in (479, 480, 500):
        moment[0] = second
        resting.check()
    assert told == [480]
    window_input.watcher(QEvent(QEvent.Type.KeyPress))
    busy[0] = True
    moment[0] = 2000
    resting.check()
    busy[0] = False
    moment[0] = 2479
    resting.check()
    assert told == [480]
    moment[0] = 2480
    resting.check()
    assert told == [480, 2480]
    resting.stop()
