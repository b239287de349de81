"""The session's window: the way from screen to screen, the mandate, the cover, the words of the state."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import mandates
from app.outbox import waiting
from app.sessions import IdlePolicy
from app.space import AssistMode
from sync.engine import SyncStatus
from ui.session.idle import IdleWatch, steady_clock
from ui.session.state_words import state_words
from ui.widgets import ChoiceGroup, Notice, NoticeKind, PlainButton, Tile

if TYPE_CHECKING:
    from conftest import Sitting
    from pytestqt.qtbot import QtBot

    from app.space import Space
    from ui.screen import Screen

MOMENT = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)


def press(screen: Screen) -> None:
    """Press the main button."""
    assert screen.main_button is not None
    screen.main_button.click()


def button(screen: Screen, words: str) -> PlainButton:
    """Find a button by its words."""
    return next(each for each in screen.findChildren(PlainButton) if each.text() == words)


def choose(screen: Screen, *values: str) -> None:
    """Tick answers."""
    group = screen.findChild(ChoiceGroup)
    assert isinstance(group, ChoiceGroup)
    group.choose(*values)


def test_the_first_screen_asks_who_and_tells_the_desk(sitting: Sitting) -> None:
    """Nothing of a person goes over the pipe."""
    assert sitting.shown.name == "who"
    assert sitting.hear() == b'{"event":"ready"}\n'
    sitting.open_space()
    assert sitting.hear() == b'{"event":"identified"}\n'


def test_back_finds_the_screen_as_it_was(sitting: Sitting) -> None:
    """What was typed stays, through help and back."""
    sitting.window.go("slip")
    slip = sitting.shown
    slip.words.set_value("olive chat")  # type: ignore[attr-defined]  # it is the slip's screen
    slip.help_button.click()
    assert sitting.shown.name == "help"
    QTest.keyClick(sitting.shown, Qt.Key.Key_Escape)
    assert sitting.shown is slip
    assert slip.words.value == "olive chat"  # type: ignore[attr-defined]  # likewise
    slip.back_button.click()
    assert sitting.shown.name == "who"


def test_a_mandate_is_asked_one_question_a_screen_and_kept(
    sitting: Sitting, space: Space, qtbot: QtBot
) -> None:
    """Nothing is ticked beforehand, nothing is kept before the text was agreed to."""
    sitting.open_space()
    sitting.window.restart("help_mode")
    sitting.window.go("mandate_scopes")
    press(sitting.shown)
    assert sitting.shown.summary.isVisible()
    choose(sitting.shown, "documents")
    press(sitting.shown)
    assert sitting.shown.name == "mandate_actions"
    choose(sitting.shown, "view")
    press(sitting.shown)
    group = sitting.shown.findChild(ChoiceGroup)
    assert isinstance(group, ChoiceGroup)
    assert group.value() == mandates.Duration.SESSION
    press(sitting.shown)
    assert space.mandate is None
    press(sitting.shown)
    press(sitting.shown)
    qtbot.waitUntil(lambda: sitting.shown.name == "home")
    mandate = space.mandate
    assert mandate is not None
    assert (mandate.scopes, mandate.actions) == ({mandates.Scope.DOCUMENTS}, {mandates.Action.VIEW})
    assert space.mode is AssistMode.FOR
    assert len(waiting(space.sealer.outbox)) == 1  # type: ignore[union-attr]  # it has one
    assert sitting.shown.notice.words == "Le mandat est enregistré."
    consent = space.records.get("Consent", mandate.id)
    assert consent is not None
    assert mandates.verify(consent)


def test_who_does_not_want_a_mandate_goes_on_together(sitting: Sitting, space: Space) -> None:
    """« Je ne veux pas » keeps nothing, and the home screen says what that means."""
    sitting.open_space()
    sitting.window.restart("home")
    sitting.window.go(
        "mandate_text",
        scopes=(mandates.Scope.DOCUMENTS,),
        actions=(mandates.Action.VIEW,),
        duration=mandates.Duration.SESSION,
    )
    button(sitting.shown, "Je ne veux pas").click()
    assert sitting.shown.name == "home"
    assert space.mandate is None
    assert space.mode is AssistMode.WITH
    assert "Vous décidez" in sitting.shown._mode_line._text.words  # type: ignore[attr-defined]


def test_a_person_under_protection_is_offered_no_mandate_and_told_why(sitting: Sitting, space: Space) -> None:
    """A minor: together only, and where the legal representative goes."""
    space.patient = space.patient | {"birthDate": "2015-03-03"}
    sitting.open_space()
    sitting.window.restart("help_mode")
    assert [each.text() for each in sitting.shown.findChildren(Tile)] == ["Faire ensemble"]
    notices = [each.words for each in sitting.shown.findChildren(Notice)]
    assert any("Un parent a son propre accès" in words for words in notices)


def test_f9_hides_everything_and_shows_it_again(sitting: Sitting) -> None:
    """One key, from anywhere; the cover is opaque and takes the focus."""
    shell, cover = sitting.window.shell, sitting.window.idle.cover
    QTest.keyClick(shell.windowHandle(), Qt.Key.Key_F9)
    assert cover.isVisible()
    assert cover.size() == shell.size()
    assert cover.button.hasFocus()
    picture = shell.grab().toImage()
    assert len({picture.pixel(x, 5) for x in range(0, picture.width(), 7)}) == 1
    shell.resize(1024, 768)
    QApplication.processEvents()
    assert cover.size() == shell.size()
    QTest.keyClick(shell.windowHandle(), Qt.Key.Key_F9)
    assert not cover.isVisible()


def test_below_the_cover_nothing_takes_the_focus(sitting: Sitting, qtbot: QtBot) -> None:
    """Neither Tab nor a page that was on its way: what is typed would work unseen."""
    shell, cover = sitting.window.shell, sitting.window.idle.cover
    sitting.open_space()
    sitting.window.home()
    sitting.window.go("file_pick")
    QTest.keyClick(shell.windowHandle(), Qt.Key.Key_F9)
    assert sitting.shown.name == "file_pick"
    qtbot.wait(50)
    assert cover.button.hasFocus()
    for _tab in range(3):
        QTest.keyClick(shell.windowHandle(), Qt.Key.Key_Tab)
        assert cover.button.hasFocus()
    cover.button.click()
    assert not cover.isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.isEnabled()
    assert sitting.shown.isEnabled()


def test_someone_who_photographs_a_paper_is_there(sitting: Sitting) -> None:
    """What their phone sends counts like a press, without showing what was hidden."""
    watch = sitting.window.idle
    watch._last = long_ago = MOMENT.replace(year=2000)
    sitting.window.somebody_is_there()
    assert watch._last > long_ago


def test_an_idle_screen_warns_blanks_and_ends_and_any_key_extends_it(sitting: Sitting) -> None:
    """The clock decides; the key that wakes presses nothing."""
    moment = MOMENT
    shell = sitting.window.shell
    watch = IdleWatch(shell, shell.input, IdlePolicy(), clock=lambda: moment)
    watch._timer.stop()
    ended: list[bool] = []
    watch.timed_out.connect(lambda: ended.append(True))
    for seconds, covered in ((100, False), (181, True)):
        moment = MOMENT + timedelta(seconds=seconds)
        watch.check()
        assert watch.cover.isVisible() is covered
    QTest.keyClick(shell.windowHandle(), Qt.Key.Key_Return)
    assert not watch.cover.isVisible()
    assert sitting.shown.name == "who"
    for seconds in (181, 241):
        moment = MOMENT + timedelta(seconds=181 + seconds)
        watch.check()
    assert watch.cover.isVisible()
    assert ended == []
    moment = MOMENT + timedelta(seconds=181 + 481)
    watch.check()
    assert ended == [True]
    watch.stop()


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (SyncStatus(), "Connexion…", NoticeKind.INFO),
        (SyncStatus(reason="offline"), "Sans réseau – tout est gardé", NoticeKind.WAIT),
        (SyncStatus(online=True, last_sync=MOMENT, waiting=2), "2 envois en cours…", NoticeKind.INFO),
        (SyncStatus(online=True, last_sync=MOMENT, parked=1), "1 envoi refusé", NoticeKind.BAD),
        (SyncStatus(online=True, parked=3, choices=1), "2 envois refusés", NoticeKind.BAD),
        (SyncStatus(online=True, parked=1, choices=1), "Un choix à faire", NoticeKind.WAIT),
        (SyncStatus(online=True, question="many-removed"), "Une question pour vous", NoticeKind.WAIT),
        (SyncStatus(reason="captive-portal"), "Réseau à ouvrir – tout est gardé", NoticeKind.WAIT),
        (SyncStatus(reason="proxy-refused"), "Réseau bloqué – tout est gardé", NoticeKind.WAIT),
        (
            SyncStatus(online=True, reason="service-busy"),
            "Service occupé – tout est gardé",
            NoticeKind.WAIT,
        ),
        (SyncStatus(online=True, last_sync=MOMENT, clock_offset=301), "Heure à régler", NoticeKind.WAIT),
        (SyncStatus(online=True, last_sync=MOMENT, clock_offset=-301), "Heure à régler", NoticeKind.WAIT),
        (
            SyncStatus(online=True, last_sync=MOMENT, waiting=1, clock_offset=299),
            "1 envoi en cours…",
            NoticeKind.INFO,
        ),
        (
            SyncStatus(online=True, reason="service-broken"),
            "Service en panne – tout est gardé",
            NoticeKind.WAIT,
        ),
    ],
)
def test_the_connection_is_said_in_words(status: SyncStatus, words: str, kind: NoticeKind) -> None:
    """Never an alarm: what is kept comes first."""
    assert state_words(status) == (words, kind)


def test_the_state_opens_what_waits_from_any_page_and_loses_nothing_typed(sitting: Sitting) -> None:
    """A press while a form is open: the list comes on top, and Retour finds the form as it was."""
    sitting.window.status_changed(SyncStatus(online=True, last_sync=MOMENT))
    sitting.window.shell.topbar.state.click()
    assert sitting.shown.name == "who", "no space is open"
    sitting.open_space()
    sitting.window.restart("home")
    sitting.window.go("professional_access")
    form = sitting.shown
    sitting.window.shell.topbar.state.click()
    assert sitting.shown.name == "waiting"
    sitting.window.shell.topbar.state.click()
    sitting.shown.back_button.click()
    assert sitting.shown is form


def test_a_question_of_the_service_never_comes_over_a_form(sitting: Sitting) -> None:
    """It is said on top, and waits until it is opened."""
    sitting.open_space()
    sitting.window.restart("home")
    sitting.window.go("professional_access")
    form = sitting.shown
    sitting.window.status_changed(SyncStatus(online=True, last_sync=MOMENT, question="many-removed"))
    assert sitting.shown is form
    assert sitting.window.shell.topbar.state.text() == "Une question pour vous"


def test_the_end_of_a_visit_tells_the_desk_and_ends_the_mandate(
    sitting: Sitting, space: Space, qtbot: QtBot
) -> None:
    """Receipt, then everything is closed in order."""
    sitting.open_space()
    proposal = mandates.propose(space, {mandates.Scope.DOCUMENTS}, {mandates.Action.VIEW})
    mandate = mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    sitting.window.visit._space = space
    sitting.window.restart("home")
    sitting.shown.finish_button.click()
    assert sitting.shown.name == "finish"
    with qtbot.waitSignal(sitting.window.over, timeout=10_000):
        press(sitting.shown)
    assert sitting.hear().endswith(b'{"event":"ended"}\n')
    consent = space.records.get("Consent", mandate.id)
    assert consent is not None
    assert consent["status"] != "active"


def test_closing_the_window_goes_to_the_receipt_first(sitting: Sitting) -> None:
    """A stray click on the cross loses nothing."""
    sitting.open_space()
    sitting.window.restart("home")
    sitting.window.shell.close()
    assert sitting.window.shell.isVisible()
    assert sitting.shown.name == "finish"


def test_one_comes_back_to_what_one_pressed(sitting: Sitting, qtbot: QtBot) -> None:
    """From the help or another room, the focus is where it was, and good news is not said twice."""
    sitting.open_space()
    window = sitting.window
    window.restart("home")
    with qtbot.waitActive(window.shell):
        window.shell.activateWindow()
    home = sitting.shown
    window.toast("Le mandat est enregistré.", NoticeKind.OK)
    home.relatives.setFocus()  # type: ignore[attr-defined]
    window.go("relatives")
    qtbot.waitUntil(lambda: sitting.shown.name == "relatives" and not window.tasks.busy)
    qtbot.wait(30)
    window.back()
    qtbot.waitUntil(home.relatives.hasFocus)  # type: ignore[attr-defined]
    assert not home.notice.words


def test_a_clock_that_is_set_does_not_keep_an_idle_screen_open() -> None:
    """What counts the idle time is a clock that nobody can set."""
    clock = steady_clock()
    first, began = clock(), time.monotonic()
    time.sleep(0.05)
    passed = clock() - first
    assert timedelta(seconds=0.04) < passed <= timedelta(seconds=time.monotonic() - began + 0.01)
