"""The screens that need a phone: a photo (its square, what came, no service), and signing in on one's own."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw
from PySide6.QtWidgets import QApplication

from app.vault.parcels import ParcelKey
from sync.device_grant import PhoneCode
from sync.drops import Drop, Picture
from sync.failures import Offline
from sync.sign_in_errors import SignInRefused, SignInTimedOut
from sync.transport import Address, Transport
from ui.phone_pictures import look_at
from ui.screens.phone_drop import THUMBNAIL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["PHONE_ROOMS"]

TOLD = {"id": "d", "path": f"/d/{'abcd2345' * 3}xy", "words": "tracteur-coquelicot-parapluie-lune-tasse"}


def _page() -> Drop:
    """A page of a service that is out of reach from here."""
    return Drop(Transport(Address("https://sante.tandem.example")), ParcelKey.draw(), TOLD | {"seconds": 600})


def _no_page() -> Drop:
    raise Offline


def _waiting(stage: Stage) -> Any:  # noqa: ANN401 - a screen with its own members
    stage.session.restart("phone_drop", open_drop=_page)
    screen: Any = stage.session.shell.shown
    until = time.monotonic() + 10
    while screen.drop is None and time.monotonic() < until:
        QApplication.processEvents()
    return screen


def _photo() -> Picture:
    picture = Image.new("RGB", (900, 1200), "#5a4632")
    draw = ImageDraw.Draw(picture)
    draw.polygon(((120, 90), (820, 120), (790, 1110), (90, 1080)), fill="white")
    for line in range(20):
        draw.text((180, 170 + 40 * line), "Paracetamol 1 g, trois fois par jour", fill="black")
    sink = io.BytesIO()
    picture.save(sink, "JPEG")
    return Picture(sink.getvalue(), "image/jpeg")


def _room(name: str) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        if name == "over":
            stage.session.restart("phone_drop", open_drop=_no_page)
            return stage.session.shell
        screen = _waiting(stage)
        if name == "here":
            sent = [_photo(), _photo(), Picture(b"\xff\xd8\xff", "image/jpeg")]
            screen._drop = None
            screen._seen(look_at(stage.session.context, sent, THUMBNAIL, pages_only=False))
        return stage.session.shell

    return show


def _code() -> PhoneCode:
    """A code of ten minutes; a little more, so that a slow machine says ten too."""
    address = "https://sante.tandem.example/code"
    ends = time.monotonic() + 599
    return PhoneCode("481-205-937", address, f"{address}?user_code=481-205-937", ends, 5, 10, "d")


def _sign_in(then: Callable[[Any], None] = lambda _screen: None) -> Callable[[Stage], Shell]:
    """Ask a service that is out of reach, then show what an answer would."""

    def show(stage: Stage) -> Shell:
        stage.session.restart("sign_in_phone")
        stage.rest()
        then(stage.session.shell.shown)
        return stage.session.shell

    return show


def _who(stage: Stage) -> Shell:
    stage.session.restart("who")
    screen: Any = stage.session.shell.shown
    screen._offer_phone(has_it=True)
    return stage.session.shell


def _shows(screen: Any) -> None:  # noqa: ANN401 - a screen with its own members
    screen.say("")
    screen._show_code(_code())


def _away(screen: Any) -> None:  # noqa: ANN401 - a screen with its own members
    _shows(screen)
    screen._heard(Offline())


PHONE_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "phone_drop": _room("waiting"),
    "phone_drop_here": _room("here"),
    "phone_drop_over": _room("over"),
    "who_phone": _who,
    "sign_in_phone": _sign_in(_shows),
    "sign_in_phone_offline": _sign_in(),
    "sign_in_phone_away": _sign_in(_away),
    "sign_in_phone_refused": _sign_in(lambda screen: screen._failed(SignInRefused(reason="access_denied"))),
    "sign_in_phone_over": _sign_in(lambda screen: screen._failed(SignInTimedOut(minutes=10))),
}
