"""The code that is handed to the carer: once, within seven days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ui import formats, theme
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine, Text
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from sync.carers import Invitation
    from ui.session.context import SessionContext

__all__ = ["CarerCode"]


class CarerCode(Screen):
    """Shown once; kept nowhere on this computer."""

    name: ClassVar[str] = "carer_code"
    step: ClassVar[tuple[int, int] | None] = (3, 3)

    def __init__(self, context: SessionContext, *, invitation: Invitation, carer: str) -> None:
        super().__init__(
            _("Donnez ce code à {name}").format(name=carer),
            _("Donnez-le de la main à la main, ou lisez-le au téléphone."),
            main=_("J’ai donné le code"),
            back=False,
        )
        self.help_text = _(
            "Cette page donne le code de l’invitation. "
            "Votre proche l’ouvre dans Tandem, avec son propre compte. "
            "Le code sert une seule fois."
        )
        self._context = context
        card = Card()
        card.column.addWidget(Text(invitation.code.replace("-", " – "), theme.Role.TITLE))
        card.column.addWidget(QrCode(invitation.qr, _("Le même code, à scanner")))
        self.body.addWidget(card)
        until = formats.short_day(datetime.fromisoformat(invitation.expires))
        self.body.addWidget(
            IconLine("calendar-clock", _("Il sert une fois, jusqu’au {day}.").format(day=until))
        )

    def pressed(self) -> None:
        """Go home."""
        self._context.home()
