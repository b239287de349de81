"""What waits, one thing of it, sending it no more, and the two questions of the service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app import waiting
from app.things import Kind
from app.waiting import Discarded
from app.waiting import Stage as Step
from sync.guard import Question
from sync.status import SyncStatus
from tests.gallery.spaces import NOON
from ui.session.line import Line
from ui.tasks import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.waiting import Item
    from tests.gallery.stage import Stage
    from ui.shell import Shell

    Room = Callable[[Stage], Shell]

__all__ = ["WAITING_ROOMS"]

ONLINE = SyncStatus(online=True, last_sync=NOON, waiting=8, parked=3, choices=1)
BROKEN = SyncStatus(online=True, last_sync=NOON, waiting=8, reason="service-broken", clock_offset=-724.0)
OFFLINE = SyncStatus(online=False, last_sync=NOON, waiting=40, parked=14, reason="offline")


def _in(whose: str, status: SyncStatus, name: str, **args: Any) -> Room:  # noqa: ANN401 - a screen’s own
    def show(stage: Stage) -> Shell:
        stage.enter(whose)
        stage.session.status_changed(status)
        stage.session.restart(name, **args)
        return stage.session.shell

    return show


def _item(stage: Stage, wanted: Step, kind: Kind | None = None) -> Item:
    return next(
        each
        for each in waiting.waiting(stage.space)
        if each.stage is wanted and kind in {None, each.thing.kind}
    )


def _one(whose: str, status: SyncStatus, wanted: Step, kind: Kind | None = None) -> Room:
    def show(stage: Stage) -> Shell:
        stage.enter(whose)
        stage.session.status_changed(status)
        stage.session.restart("waiting_item", seq=_item(stage, wanted, kind).seq)
        return stage.session.shell

    return show


def _discard(whose: str, kind: Kind | None = None) -> Room:
    def show(stage: Stage) -> Shell:
        stage.enter(whose)
        item = _item(stage, Step.REFUSED, kind)
        things = waiting.behind(stage.space, item.seq)
        stage.session.restart("waiting_discard", item=item, behind=things)
        return stage.session.shell

    return show


def _gone(stage: Stage) -> Shell:
    stage.enter("waiting")
    stage.session.status_changed(ONLINE)
    stage.session.restart("waiting", gone=Discarded((waiting.waiting(stage.space)[0].thing,), (), {}))
    return stage.session.shell


def _metered(stage: Stage) -> Shell:
    stage.enter("waiting")
    stage.session.status_changed(BROKEN)
    stage.session.context.line = Line("yes", None)
    stage.session.restart("waiting")
    stage.rest()
    stage.session.context.line = None
    return stage.session.shell


def _asked(stage: Stage) -> Shell:
    return _in("deleted", ASKED, "waiting")(stage)


def _closed(room: Room, press: Callable[[Any], None]) -> Room:
    """Let a helper without a mandate press it."""

    def show(stage: Stage) -> Shell:
        shell = room(stage)
        stage.rest()
        stage.close_the_door()
        press(shell.shown)
        return shell

    return show


def _slow(room: Room) -> Room:
    def show(stage: Stage) -> Shell:
        stage.hold(Lane.STORE)
        return room(stage)

    return show


def _with_engine(room: Room) -> Room:
    """Show what stands on the bar where a service may be asked again."""

    def show(stage: Stage) -> Shell:
        shell = room(stage)
        stage.rest()
        shell.shown.main_button.show()  # type: ignore[union-attr]  # it has one
        return shell

    return show


ASKED = replace(ONLINE, waiting=0, parked=0, choices=0, question=Question.MANY_REMOVED)
_REMOVED = _in("deleted", ASKED, "waiting_question", question=Question.MANY_REMOVED)
_REFUSED = _one("waiting", ONLINE, Step.REFUSED, Kind.DOCUMENT)

WAITING_ROOMS: dict[str, Room] = {
    "waiting": _with_engine(_in("waiting", ONLINE, "waiting")),
    "waiting_undo": _gone,
    "waiting_asked": _asked,
    "waiting_nothing": _in("empty", SyncStatus(online=True, last_sync=NOON), "waiting"),
    "waiting_slow": _slow(_in("waiting", ONLINE, "waiting")),
    "waiting_broken": _metered,
    "waiting_full": _with_engine(_in("waiting_full", OFFLINE, "waiting")),
    "waiting_item": _REFUSED,
    "waiting_item_mandate": _one("waiting", ONLINE, Step.REFUSED, Kind.ALLERGY),
    "waiting_item_later": _one("waiting", ONLINE, Step.AGAIN),
    "waiting_item_choice": _one("waiting", ONLINE, Step.CHOICE),
    "waiting_item_offline": _one("waiting_full", OFFLINE, Step.WAITS),
    "waiting_item_closed": _closed(_REFUSED, lambda screen: screen._retry()),
    "waiting_item_full": _one("waiting_full", OFFLINE, Step.REFUSED),
    "waiting_discard": _discard("waiting", Kind.DOCUMENT),
    "waiting_discard_closed": _closed(_discard("waiting", Kind.DOCUMENT), lambda screen: screen.pressed()),
    "waiting_discard_full": _discard("waiting_full"),
    "waiting_question": _REMOVED,
    "waiting_question_restored": _in(
        "restored", ASKED, "waiting_question", question=Question.SERVICE_RESTORED
    ),
    "waiting_question_told": _in("told", ASKED, "waiting_question", question=Question.SERVICE_RESTORED),
    "waiting_question_full": _in("deleted_full", OFFLINE, "waiting_question", question=Question.MANY_REMOVED),
    "conflict_other": _in("waiting", ONLINE, "conflict", about="relatives"),
}
