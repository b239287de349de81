"""Advisers who take turns, and visits that are prepared: at the desk and in a session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.vault.lockout import TooSoon
from app.vault.prepared import VisitNote
from app.vault.slots import WrongSecret
from sync.failures import Offline
from tests.gallery.rooms import on_the_desk
from tests.gallery.spaces import LONG_NAME, PLACE
from ui import messages
from ui.desk.adviser_keys import Person
from ui.desk.adviser_screens import (
    DeskAdvisers,
    DeskChoosePhrase,
    DeskForgetPhrase,
    DeskPhrase,
    DeskPrepared,
    DeskTakeBack,
)
from ui.desk.screens import DeskReady
from ui.session.prepared_visit import WrongVisitCode
from ui.session.preparing import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["VISIT_ROOMS"]

EVENING = datetime(2026, 11, 22, 19, tzinfo=UTC)
WORDS = "abeille-bateau-cerise-dauphin-etoile-fontaine-grillon-horloge"
NOTE = VisitNote("a", EVENING, "Jeanne M.", "mairie de Sancerre", was_opened=False)
PEOPLE = [Person("a", "Karim Benali"), Person("b", "Sophie Laurent")]


def _phrase(problem: Exception | None) -> DeskPhrase:
    screen = DeskPhrase("Karim Benali")
    if problem is not None:
        screen.refused(messages.sentence(problem, at_the_door=True))
    else:
        screen.progress.show()
    return screen


def _ready() -> DeskReady:
    screen = DeskReady(LONG_NAME)
    screen.add_action("12 visites préparées", icon_name="calendar-check-outline")
    screen.add_action("Changer de conseiller", icon_name="account-switch-outline")
    screen.tell(cleaned=True, waiting=37)
    return screen


def _weak() -> DeskChoosePhrase:
    screen = DeskChoosePhrase(again=True)
    screen.phrase.set_value("123456789012")
    screen.take_phrase()
    return screen


def _good() -> DeskChoosePhrase:
    screen = DeskChoosePhrase()
    screen.phrase.set_value("quatre petits chats gris")
    screen.again.set_value("quatre petits chats gris")
    screen.take_phrase()
    return screen


def _in(
    name: str,
    then: Callable[[Any], None] = lambda _screen: None,
    **args: Any,  # noqa: ANN401 - a screen's own
) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart(name, **args)
        then(stage.session.shell.shown)
        return stage.session.shell

    return show


def _made(place: str, missing: int = 0) -> Made:
    return Made(WORDS, "tandem:visite:01234567:" + WORDS, EVENING, place, missing)


VISIT_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "desk_ready_unlocked": on_the_desk(_ready),
    "desk_advisers": on_the_desk(lambda: DeskAdvisers(PEOPLE)),
    "desk_advisers_full": on_the_desk(
        lambda: DeskAdvisers([Person(str(number), LONG_NAME) for number in range(7)])
    ),
    "desk_phrase": on_the_desk(lambda: DeskPhrase("Karim Benali")),
    "desk_phrase_slow": on_the_desk(lambda: _phrase(None)),
    "desk_phrase_wrong": on_the_desk(lambda: _phrase(WrongSecret(left=3))),
    "desk_phrase_wait": on_the_desk(lambda: _phrase(TooSoon(seconds=48))),
    "desk_phrase_full": on_the_desk(lambda: DeskPhrase(LONG_NAME)),
    "desk_choose_phrase": on_the_desk(DeskChoosePhrase),
    "desk_choose_phrase_slow": on_the_desk(_good),
    "desk_choose_phrase_weak": on_the_desk(_weak),
    "desk_prepared": on_the_desk(lambda: DeskPrepared([NOTE])),
    "desk_prepared_none": on_the_desk(lambda: DeskPrepared([])),
    "desk_prepared_full": on_the_desk(
        lambda: DeskPrepared(
            [VisitNote(str(n), EVENING, "Marie-Antoinette D.", PLACE, was_opened=False) for n in range(6)]
        )
    ),
    "desk_take_back": on_the_desk(lambda: DeskTakeBack("Jeanne M.")),
    "desk_forget_phrase": on_the_desk(DeskForgetPhrase),
    "visit_code": _in("visit_code"),
    "visit_code_slow": _in("visit_code", lambda screen: screen.progress.show()),
    "visit_code_wrong": _in("visit_code", lambda screen: screen._failed(WrongVisitCode())),
    "prepare_visit": _in("prepare_visit"),
    "prepare_visit_slow": _in(
        "prepare_visit", lambda screen: (screen.progress.show(), screen._told((12, 47)))
    ),
    "prepare_visit_offline": _in("prepare_visit", lambda screen: screen._failed(Offline())),
    "visit_prepared": _in("visit_prepared", made=_made("mairie de Sancerre")),
    "visit_prepared_full": _in("visit_prepared", made=_made(PLACE, 3)),
}
