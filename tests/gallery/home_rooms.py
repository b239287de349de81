"""The home: what opens, whose space, the recovery sheet, someone close who is invited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app import carers
from app.home_vault import HomePerson
from app.mandates import Action, Duration, Scope
from sync.carers import Invitation
from tests.gallery.rooms import on_the_desk
from tests.gallery.spaces import LONG_NAME, NOON
from ui import messages
from ui.home import screens
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.screen import Screen
    from ui.shell import Shell

__all__ = ["HOME_ROOMS"]

OWNER = HomePerson("p1", "Jeanne Martin")
LUCAS = HomePerson("p2", "Lucas Petit", role="carer", end=(NOON + timedelta(days=31)).isoformat())
BY_LAW = [
    HomePerson(f"p{n}", name, role="legal_representative", end=LUCAS.end, capacity=capacity)
    for n, (name, capacity) in enumerate(
        (("Léo Martin", "parent"), ("Marie Dubois", "guardian"), ("Jean Petit", "enabled"), ("Zoé Roy", "")),
        3,
    )
]
CODE = "3F2A-90C1-77DE-0B4C-A1B2-C3D4-E5F6-0718"
INVITATION = Invitation("K7QW-3M5R-T2XA-B4CD", (NOON + timedelta(days=7)).isoformat())


def _people(*people: HomePerson, **more: bool) -> screens.HomePeople:
    told = {"sheet": False, "protected": False, "signed_in": True} | more
    return screens.HomePeople(people, **told)


def _said(make: Callable[[], Screen], code: str) -> Callable[[], Screen]:
    def made() -> Screen:
        screen = make()
        screen.say(messages.reason(code), NoticeKind.BAD)
        return screen

    return made


def _wrong(screen: Screen) -> Screen:
    screen.pressed()
    return screen


def _full() -> screens.HomePeople:
    others = [
        HomePerson(f"p{n}", LONG_NAME, role="carer", end=(NOON + timedelta(days=n)).isoformat())
        for n in range(1, 6)
    ]
    return _people(HomePerson("p0", LONG_NAME), *others, signed_in=False)


def _invite(*, wrong: bool = False) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart("carer_invite")
        if wrong and stage.session.shell.shown is not None:
            stage.session.shell.shown.pressed()
        return stage.session.shell

    return show


def _text(name: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        every = [each for each in Scope if each not in carers.NEVER_SCOPES]
        proposal = carers.propose(stage.space, name, every, [Action.VIEW, Action.ADD], Duration.MONTH)
        stage.session.restart("carer_text", proposal=proposal)
        return stage.session.shell

    return show


def _code(name: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart("carer_code", invitation=INVITATION, carer=name)
        return stage.session.shell

    return show


def _carers(stage: Stage) -> Shell:
    stage.session.restart("carers")
    return stage.session.shell


HOME_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "home_wait": on_the_desk(lambda: screens.HomeWait(messages.reason(None))),
    "home_welcome": on_the_desk(screens.HomeWelcome),
    "home_sign_in": on_the_desk(screens.HomeSignIn),
    "home_passphrase": on_the_desk(lambda: screens.HomePassphrase(required=False)),
    "home_passphrase_needed": on_the_desk(lambda: screens.HomePassphrase(required=True)),
    "home_passphrase_none": on_the_desk(lambda: _wrong(screens.HomePassphrase(required=True))),
    "home_unlock": on_the_desk(screens.HomeUnlock),
    "home_unlock_wrong": on_the_desk(_said(screens.HomeUnlock, "wrong-secret")),
    "home_stuck": on_the_desk(lambda: screens.HomeStuck(messages.reason("home-key-missing"), sheet=True)),
    "home_stuck_in_use": on_the_desk(lambda: screens.HomeStuck(messages.reason("vault-in-use"), sheet=False)),
    "home_recover": on_the_desk(lambda: screens.HomeRecover(passphrase=False)),
    "home_recover_wrong": on_the_desk(lambda: _wrong(screens.HomeRecover(passphrase=True))),
    "home_start_again": on_the_desk(screens.HomeStartAgain),
    "home_sheet": on_the_desk(lambda: screens.HomeSheet(CODE)),
    "home_sheet_differs": on_the_desk(_said(lambda: screens.HomeSheet(CODE), "home-sheet-differs")),
    "home_invitation": on_the_desk(screens.HomeInvitation),
    "home_invitation_over": on_the_desk(_said(screens.HomeInvitation, "invitation-over")),
    "home_stop_caring": on_the_desk(lambda: screens.HomeStopCaring(LUCAS)),
    "home_stop_caring_full": on_the_desk(
        lambda: screens.HomeStopCaring(HomePerson("p9", LONG_NAME, role="carer"))
    ),
    "home_people": on_the_desk(lambda: _people(OWNER, LUCAS, sheet=True)),
    "home_people_by_law": on_the_desk(lambda: _people(OWNER, *BY_LAW, sheet=True)),
    "home_people_alone": on_the_desk(lambda: _people(OWNER)),
    "home_people_full": on_the_desk(_full),
    "carers": _carers,
    "carer_invite": _invite(),
    "carer_invite_none": _invite(wrong=True),
    "carer_text": _text("Paul Martin"),
    "carer_text_full": _text(LONG_NAME),
    "carer_code": _code("Paul Martin"),
    "carer_code_full": _code(LONG_NAME),
}
