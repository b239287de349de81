"""« C’est bien vous ? »: the person reads their own name, large, before anything is opened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from ui import formats, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.telling import tell
from ui.text import _, commas
from ui.widgets import Card, IconLine, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.session.context import SessionContext

__all__ = ["Identity", "birth_words", "full_name"]


class Identity(Screen):
    """Reads back who signed in. « Non » forgets them, here and at the provider."""

    name: ClassVar[str] = "identity"

    def __init__(self, context: SessionContext, *, claims: Mapping[str, Any]) -> None:
        super().__init__(
            _("C’est bien vous ?"),
            _("Lisez à voix haute, puis répondez."),
            main=_("Oui, c’est moi"),
            back=False,
        )
        self.help_text = _(
            "Cette page vérifie que c’est bien vous. "
            "Lisez le nom et la date de naissance. "
            "Si ce n’est pas vous, appuyez sur « Non » : rien ne s’ouvre."
        )
        self._context = context
        self._claims = dict(claims)
        card = Card()
        card.column.addWidget(Text(full_name(claims), theme.Role.HERO))
        born = birth_words(claims)
        if born:
            card.column.addWidget(Text(born))
        if self.main_button is not None:
            # What one says yes to is heard with the answer.
            tell(self.main_button.setAccessibleDescription, commas((full_name(claims), born)))
        self.body.addWidget(card)
        self.body.addWidget(
            IconLine("shield-account-outline", _("Votre espace s’ouvre seulement si vous dites oui."))
        )
        self.add_action(_("Non")).clicked.connect(self._not_me)

    def pressed(self) -> None:
        """Open this person's space."""
        self._context.replace("opening", whose=full_name(self._claims))

    def _not_me(self) -> None:
        visit = self._context.visit
        self._context.tasks.run(visit.not_them, lane=Lane.NETWORK)
        self._context.navigator.restart("who")


def full_name(claims: Mapping[str, Any]) -> str:
    """Return the name as the person says it."""
    parts = [str(claims.get(name) or "").strip() for name in ("given_name", "family_name")]
    whole = " ".join(part for part in parts if part) or str(claims.get("name") or "")
    # Registers write in capitals; people do not.
    return whole.title() if whole.isupper() else whole


def birth_words(claims: Mapping[str, Any]) -> str:
    """Say when and where the person was born, as far as it is known."""
    told, place = str(claims.get("birthdate") or ""), str(claims.get("birthplace") or "")
    try:
        day: str = formats.short_day(date.fromisoformat(told))
    except ValueError:
        day = told
    born = {"female": _("Née le {day}"), "male": _("Né le {day}")}.get(
        str(claims.get("gender")), _("Naissance le {day}")
    )
    if not day:
        return ""
    said = born.format(day=day)
    return _("{born} à {place}").format(born=said, place=place) if place else said
