"""« Les mots de la visite »: what is typed, what is scanned, and somebody else's paper."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import segno

from app import visit_code
from app.paper import Page
from app.reader.paper_values import Edit
from ui.session.prepared_visit import PreparedVisit

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.ui.conftest import Sitting

VISIT = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


def page(text: str) -> Page:
    """Return a scanned page with a code on it."""
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=8, border=8)
    return Page(picture.getvalue(), Edit(), is_blank=False, is_photo=False)


def test_a_scanned_paper_is_told_from_another(sitting: Sitting, qtbot: QtBot) -> None:
    """The real reader reads the code; another visit's, a mandate's, none of ours; the right one is tried."""
    window, context = sitting.window, sitting.window.context
    context.start = replace(context.start, prepared=VISIT)
    prepared = PreparedVisit(context.start, window._channel, context.changes)
    context.visit = prepared
    tried: list[str] = []
    prepared.open_with = tried.append  # type: ignore[method-assign,assignment,func-returns-value]
    window.restart("visit_code")
    screen = sitting.shown
    screen._opened = lambda _space: None  # type: ignore[attr-defined]  # the desk is not there to answer
    words = visit_code.draw()
    for text in (visit_code.qr_of(OTHER, words), "tandem:mandat:" + words, "https://exemple.fr"):
        screen._scan()  # type: ignore[attr-defined]
        screen._scanned.pages.append(page(text))  # type: ignore[attr-defined]
        window.back()
        qtbot.waitUntil(lambda: "autre visite" in screen.notice.words, timeout=20_000)
        assert not tried
        screen.say("")
    screen._scan()  # type: ignore[attr-defined]
    screen._scanned.pages.append(page(visit_code.qr_of(VISIT, words)))  # type: ignore[attr-defined]
    window.back()
    qtbot.waitUntil(lambda: tried == [words], timeout=20_000)
    context.close_reader()


def test_nothing_typed_is_said(sitting: Sitting) -> None:
    """Without asking the desk."""
    sitting.window.restart("visit_code")
    sitting.shown.pressed()
    assert sitting.shown.words.error.words == "Tapez les mots du papier."  # type: ignore[attr-defined]
