"""The paper of a prepared visit: its words, their code, the day, the place, who comes; nothing of health.

Nor the person's name: whoever finds the paper learns of an appointment, not of whose it is.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ui import formats
from ui.printing.papers import _line, _qr_html, _single, _title
from ui.printing.sheets import Frame, TextSheets
from ui.text import _

if TYPE_CHECKING:
    from app.space import Space
    from ui.printing.papers import Paper
    from ui.printing.sheets import Sheets
    from ui.session.preparing import Made

__all__ = ["visit_paper"]

_SIZE = 18


def visit_paper(space: Space, made: Made) -> Paper:
    """Print the paper that opens a prepared visit, together with the adviser's phrase."""

    def make(_form: str) -> Sheets:
        frame = Frame(
            _("Visite préparée"), _("Votre visite"), _("Gardez ce papier et apportez-le à la visite.")
        )
        return TextSheets(_html(space, made), frame, _SIZE)

    return _single(_("Votre visite"), make)


def _html(space: Space, made: Made) -> str:
    words = escape(made.words.replace("-", " – "))
    due = made.due.astimezone()
    with_whom = _("Avec {helper}, {organization}, le {day}.").format(
        helper=space.actor.display, organization=space.actor.organization_name, day=formats.day(due)
    )
    return "".join(
        (
            _title(_("Votre visite")),
            _line(with_whom),
            _line(_("Lieu : {place}").format(place=made.place)) if made.place else "",
            _line(_("Ces mots ouvrent votre visite, avec la phrase de votre conseiller :")),
            f'<p style="font-size:150%; font-weight:700; margin-top:12px; margin-bottom:12px">{words}</p>',
            _qr_html(made.qr),
            _line(
                _("Après le {day} à {time}, ce papier ne sert plus à rien.").format(
                    day=formats.day(due), time=formats.clock_time(made.due)
                )
            ),
        )
    )
