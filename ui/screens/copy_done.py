"""« La copie est enregistrée »: its name, where it is, when the stick may be taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine
from ui.widgets.file_picker import place_icon, place_words

if TYPE_CHECKING:
    from ui.session.context import SessionContext
    from ui.widgets.folders import Place

__all__ = ["CopyDone"]


class CopyDone(Screen):
    """The main button goes back to what was copied."""

    name: ClassVar[str] = "copy_done"

    def __init__(
        self, context: SessionContext, *, title: str, file_name: str, place: Place, pull: bool
    ) -> None:
        super().__init__(_("La copie est enregistrée"), title, main=_("C’est bien"), back=False, finish=True)
        self.help_text = _(
            "Cette page dit où est votre copie et comment elle s’appelle. "
            "Votre document reste aussi dans votre espace. "
            "« C’est bien » revient à la page d’avant."
        )
        self._context = context
        card = Card()
        for icon, words, color in (
            ("check-circle-outline", _("Son nom : {name}").format(name=file_name), "ok"),
            (place_icon(place), _("Sa place : {place}").format(place=place_words(place)), "accent"),
        ):
            card.column.addWidget(IconLine(icon, words, color=color))
        if pull:
            words = _("Attendez que la lumière de la clé ne clignote plus. Ensuite, retirez la clé.")
            card.column.addWidget(IconLine("usb-flash-drive-outline", words))
        words = _("Gardez cette copie en lieu sûr : elle n’est plus protégée par Tandem.")
        card.column.addWidget(IconLine("shield-off-outline", words, color="wait"))
        self.body.addWidget(card)

    def pressed(self) -> None:
        """Go back to the preview."""
        self._context.back()
