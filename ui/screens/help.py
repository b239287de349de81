"""« Aide »: what one can do on the screen one comes from, and what is always true here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.counter import is_counter
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine, Text

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Help"]


class Help(Screen):
    """Words about the screen before, then the general rules. Shown over it; Retour comes back."""

    name: ClassVar[str] = "help"

    def __init__(self, context: SessionContext | None = None, *, title: str = "", words: str = "") -> None:
        super().__init__(_("Aide"), main=_("J’ai compris"))
        self.help_text = _(
            "Cette page explique la page d’où vous venez. "
            "Lisez-la, ou appuyez sur « Écouter ». "
            "« Retour » y revient, rien n’est perdu."
        )
        card = Card()
        if title:
            card.column.addWidget(Text(_("Sur cette page : {title}").format(title=title)))
        card.column.addWidget(Text(words or self.help_text))
        self.body.addWidget(card)
        for icon_name, line in (*_always(), *(_of_session(context) if context is not None else ())):
            self.body.addWidget(IconLine(icon_name, line))
        if context is not None and context.has_space:
            self.add_action(_("Visite guidée")).clicked.connect(context.navigator.guide)
        if context is not None:
            self.main_pressed.connect(context.back)

    @classmethod
    def about(cls, screen: Screen) -> Help:
        """Make the help of ``screen``."""
        return cls(title=screen.heading.words, words=screen.help_text)


def _always() -> list[tuple[str, str]]:
    return [
        ("arrow-left", _("« Retour » revient à la page d’avant. Rien n’est perdu.")),
        ("format-size", _("« Texte plus grand » change la taille des mots.")),
        ("palette-outline", _("« Affichage » change les couleurs et la langue.")),
        ("keyboard-outline", _("La touche Tabulation passe d’un bouton à l’autre. Entrée appuie dessus.")),
    ]


def _of_session(context: SessionContext) -> list[tuple[str, str]]:
    if context.start.person:
        end = _("« Fermer cet espace » le ferme. Ce que vous avez fait est gardé.")
    elif is_counter(context.start.place):
        end = _("« Client suivant » ferme cet espace et efface tout de ce poste.")
    else:
        end = _("« Terminer la visite » ferme votre espace et efface tout de ce poste.")
    return [("eye-off-outline", _("« Cacher », ou la touche F9, cache tout d’un coup.")), ("exit-run", end)]
