"""The screens of a pharmacy’s counter: its home, what it proposes, prescriptions, the code of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.counter import BoxCodeMissing
from app.space import Actor, ActorRole
from ui.screens.counter import offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["COUNTER_ROOMS"]

CLAIRE = Actor("claire-1", "Claire Roussel", ActorRole.PHARMACIST, "org-2", "Pharmacie de la Halle")


def _room(name: str, *, whose: str = "", offers: bool = False) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        if whose:
            stage.enter(whose)
        usual, stage.space.actor = stage.space.actor, CLAIRE
        stage.session.restart(name, **(offer(stage.space) if offers else {}))
        stage.space.actor = usual
        return stage.session.shell

    return show


def _scanned(code: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart("vaccine_code")
        screen: Any = stage.session.shell.shown
        screen.field.set_value(code)
        screen.pressed()
        return stage.session.shell

    return show


def _unread(stage: Stage) -> Shell:
    stage.session.restart("vaccine_code")
    screen: Any = stage.session.shell.shown
    screen._unread(BoxCodeMissing())
    return stage.session.shell


COUNTER_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "counter": _room("counter"),
    "counter_full": _room("counter", whose="full"),
    "counter_offer": _room("counter_offer", offers=True),
    "counter_offer_full": _room("counter_offer", offers=True, whose="full"),
    "prescriptions": _room("prescriptions"),
    "prescriptions_empty": _room("prescriptions", whose="empty"),
    "prescriptions_full": _room("prescriptions", whose="full"),
    "vaccine_code": _room("vaccine_code"),
    "vaccine_code_wrong": _scanned('à&à"\'àà_"ààààà&(&è"_'),
    "vaccine_code_unread": _unread,
    "vaccine_code_expired": _scanned("01034009999000101720010110LOT-7Q"),
}
