"""Every screen of the program in each of its states, by name: how to come there.

A screen that is not here is found by ``test_no_screen_is_forgotten``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from app.codes.helplines import SignInTrouble
from app.mandates import Action, Duration, Scope
from app.vault.activity import CountedVisit
from app.wipe import CheckCode, CheckItem, Checklist
from sync.engine import SyncStatus
from sync.service.demo.papers import Kind
from tests.gallery.access_rooms import ACCESS_ROOMS
from tests.gallery.counter_rooms import COUNTER_ROOMS
from tests.gallery.health_rooms import HEALTH_ROOMS
from tests.gallery.mandate_rooms import MANDATE_ROOMS
from tests.gallery.paper_rooms import PAPER_ROOMS
from tests.gallery.phone_rooms import PHONE_ROOMS
from tests.gallery.spaces import NOON
from ui import messages
from ui.desk import enrolment_screens
from ui.desk import screens as desk
from ui.desk.activity import DeskActivity
from ui.desk.post import Standing
from ui.screens.display import Display
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.screen import Screen
    from ui.shell import Shell

__all__ = ["CHOSEN", "CLAIMS", "ROOMS", "SCOPES", "UNSEEN", "UNSTEADY", "on_the_desk"]

# Screens that are only there while something else happens: the real visits see them.
UNSEEN = {
    "sign_in": "opens a browser; tests/ui/desk",
    "opening": "asks the service; tests/ui/desk",
    "slip_given": "asks the service; tests/ui/desk",
    "print_going": "prints; tests/screens/test_print.py",
}
# Rooms that ask the service again and again: what they say depends on the moment.
UNSTEADY = {"phone_drop"}
CLAIMS = {
    "sub": "cit-1",
    "given_name": "Jeanne",
    "family_name": "Martin",
    "birthdate": "1946-05-03",
    "birthplace": "Bourges",
    "gender": "female",
}
SCOPES: dict[str, Any] = {"scopes": (Scope.DOCUMENTS,)}
CHOSEN: dict[str, Any] = SCOPES | {"actions": (Action.VIEW, Action.ADD)}


DAY = date(2026, 11, 1)
VISITS = tuple(
    CountedVisit(DAY, "Bourges", frozenset(themes), 20, mode)
    for themes, mode in (
        (("documents",), "faire_avec"),
        (("documents", "profile"), "faire_avec"),
        (("wishes", "account"), "faire_pour"),
        ((), ""),
    )
)


def _checklist(*failed: CheckCode) -> Checklist:
    return Checklist(tuple(CheckItem(code, code not in failed) for code in CheckCode))


def on_the_desk(make: Callable[[], Screen]) -> Callable[[Stage], Shell]:
    """Show a screen of the desk."""

    def show(stage: Stage) -> Shell:
        before = stage.desk.shown
        stage.desk.show_screen(make())
        if before is not None:
            stage.desk.drop_screen(before)
        return stage.desk

    return show


def _session(name: str, **args: Any) -> Callable[[Stage], Shell]:  # noqa: ANN401 - each screen names its own
    def show(stage: Stage) -> Shell:
        stage.session.restart(name, **args)
        return stage.session.shell

    return show


def _filing(name: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart(name, filing=stage.filing())
        return stage.session.shell

    return show


def _document(kind: Kind) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart("document_view", document_id=stage.documents[kind])
        return stage.session.shell

    return show


def _searching_in_vain(stage: Stage) -> Shell:
    stage.session.restart("documents")
    screen: Any = stage.session.shell.shown
    screen._start_search()
    screen.search.line.setText("hippopotame")
    stage.rest()
    screen._query()
    return stage.session.shell


def _offline(name: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart(name)
        stage.session.status_changed(SyncStatus(online=False, waiting=2, last_sync=NOON))
        return stage.session.shell

    return show


def _refused(name: str, code: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart(name)
        stage.session.toast(messages.reason(code), NoticeKind.BAD)
        return stage.session.shell

    return show


def _nothing_chosen(stage: Stage) -> Shell:
    stage.session.restart("mandate_scopes")
    stage.session.shell.shown.pressed()  # type: ignore[union-attr]
    return stage.session.shell


ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "desk_wait": on_the_desk(lambda: desk.DeskWait(messages.reason(None), messages.reason("store-busy"))),
    "desk_second": on_the_desk(lambda: desk.DeskSecond(messages.reason("desk-already-open"))),
    "desk_welcome": on_the_desk(lambda: desk.DeskWelcome("France services de Bourges")),
    "desk_sign_in": on_the_desk(desk.DeskSignIn),
    "desk_ready": on_the_desk(lambda: desk.DeskReady("Karim Benali")),
    "desk_visit": on_the_desk(desk.DeskVisit),
    "desk_activity": on_the_desk(lambda: DeskActivity(DAY, VISITS)),
    "desk_activity_none": on_the_desk(lambda: DeskActivity(DAY, ())),
    "desk_erased": on_the_desk(lambda: desk.DeskErased(_checklist(), crashed=True, waiting=2)),
    "desk_not_erased": on_the_desk(
        lambda: desk.DeskErased(
            _checklist(CheckCode.STORE_REMOVED, CheckCode.NOTHING_LEFT), crashed=False, waiting=0
        )
    ),
    "desk_add_pc": on_the_desk(enrolment_screens.DeskAddPc),
    "desk_added": on_the_desk(
        lambda: enrolment_screens.DeskAdded(Standing("France services de Bourges", "Accueil", None))
    ),
    "desk_revoked": on_the_desk(lambda: enrolment_screens.DeskRevoked("France services de Bourges")),
    "desk_display": on_the_desk(Display),
    "who": _session("who"),
    "who_refused": _refused("who", "sign-in-timed-out"),
    "slip": _session("slip"),
    "cannot_sign_in": _session("cannot_sign_in"),
    **{
        f"sign_in_help_{each.name.lower()}": _session("sign_in_help", trouble=each) for each in SignInTrouble
    },
    "identity": _session("identity", claims=CLAIMS),
    "help_mode": _session("help_mode"),
    "mandate_scopes": _session("mandate_scopes"),
    "mandate_scopes_none": _nothing_chosen,
    "mandate_actions": _session("mandate_actions", **SCOPES),
    "mandate_duration": _session("mandate_duration", **CHOSEN),
    "mandate_text": _session("mandate_text", **CHOSEN, duration=Duration.SESSION),
    "mandate": _session("mandate"),
    "home": _session("home"),
    "home_offline": _offline("home"),
    "display": _session("display"),
    "help": _session("help"),
    "documents": _session("documents"),
    "documents_offline": _offline("documents"),
    "documents_nothing": _searching_in_vain,
    "document_lab": _document(Kind.LAB),
    "document_letter": _document(Kind.LETTER),
    "documents_filter": _session(
        "documents_filter",
        by="category",
        found=[("ORD_SOIN", 3), ("BIOLOGIE", 1), ("RADIO_SC", 120)],
        choose=lambda _by, _value: None,
    ),
    "file_pick": _session("file_pick"),
    **{f"file_{step}": _filing(f"file_{step}") for step in (
        "look", "category", "date", "name", "check", "done"
    )},
    **ACCESS_ROOMS,
    **COUNTER_ROOMS,
    **HEALTH_ROOMS,
    **MANDATE_ROOMS,
    **PAPER_ROOMS,
    **PHONE_ROOMS,
    "finish": _session("finish"),
}  # fmt: skip
