"""The screens of a PC that joins its organization, and of one that was taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, EmptyState, Field, IconLine, LanguagesRow, NoticeKind, Progress

if TYPE_CHECKING:
    from ui.desk.post import Standing

__all__ = ["DeskAddPc", "DeskAdded", "DeskRevoked"]


class DeskAddPc(Screen):
    """« Ajouter ce poste »: the organization's one-time code."""

    name: ClassVar[str] = "desk_add_pc"

    def __init__(self) -> None:
        super().__init__(
            _("Ajouter ce poste"),
            _("Votre structure donne un code pour chaque poste. Il sert une fois et dure un jour."),
            main=_("Ajouter ce poste"),
            back=False,
        )
        self.help_text = _(
            "Cette page fait entrer ce poste dans votre structure. "
            "La personne qui s’occupe des postes y demande un code, puis le tape ici. "
            "Sans ce code, personne ne peut se connecter sur ce poste."
        )
        self.typed = Field(_("Code du poste"), _("Dix lettres et chiffres, par exemple : K7QP2-M9X4T"))
        self.progress = Progress(_("Nous ajoutons ce poste…"))
        self.progress.hide()
        self.body.addWidget(self.typed)
        self.body.addWidget(self.progress)
        row = LanguagesRow()
        row.chosen.connect(self.language_asked)
        self.body.addWidget(row)
        self.practice_button = self.add_action(_("S’entraîner"))

    @property
    def is_busy(self) -> bool:
        """Whether the service is being asked."""
        return self.progress.isVisible()

    def code(self) -> str:
        """Return what was typed; "" where nothing was, and the screen says so."""
        missing = "" if self.typed.value else _("Tapez le code du poste.")
        self.typed.set_error(missing)
        self.summary.show_errors([(missing, self.typed.take_focus)] if missing else [])
        return self.typed.value

    def asking(self) -> None:
        """Say that the service is asked."""
        self.say("")
        self.progress.show()

    def refused(self, words: str) -> None:
        """Say why not; what was typed stays."""
        self.progress.hide()
        self.say(words, NoticeKind.BAD)
        self.typed.take_focus()


class DeskAdded(Screen):
    """The PC is one of its organization's: which, and where it stands."""

    name: ClassVar[str] = "desk_added"

    def __init__(self, standing: Standing) -> None:
        super().__init__(_("Ce poste est ajouté"), main=_("Continuer"), back=False)
        self.help_text = _(
            "Cette page dit à quelle structure est ce poste. "
            "Si ce n’est pas la bonne, appelez la personne qui s’occupe des postes. "
            "Sinon, continuez : les conseillers de la structure peuvent se connecter."
        )
        card = Card()
        card.column.addWidget(
            IconLine("office-building-outline", _("Structure : {name}").format(name=standing.organization))
        )
        if standing.place:
            card.column.addWidget(
                IconLine("map-marker-outline", _("Lieu : {place}").format(place=standing.place))
            )
        self.body.addWidget(card)
        self.body.addWidget(
            EmptyState(_("Les conseillers de cette structure peuvent s’y connecter."), icon_name="check-bold")
        )


class DeskRevoked(Screen):
    """Its organization took this PC out: nothing opens here any more, and whom to call."""

    name: ClassVar[str] = "desk_revoked"

    def __init__(self, organization: str) -> None:
        super().__init__(_("Ce poste a été retiré"), back=False)
        self.help_text = _(
            "Cette page dit que ce poste n’est plus celui d’une structure. "
            "Rien ne peut plus s’ouvrir ici, et tout a été effacé. "
            "Seule la structure peut donner un nouveau code."
        )
        told = (
            _("{name} a retiré ce poste. Tout a été effacé ici.").format(name=organization)
            if organization
            else _("Votre structure a retiré ce poste. Tout a été effacé ici.")
        )
        self.body.addWidget(EmptyState(told, icon_name="laptop-off"))
        card = Card()
        card.column.addWidget(
            IconLine("phone-outline", _("Appelez la personne qui s’occupe des postes dans votre structure."))
        )
        card.column.addWidget(
            IconLine(
                "home-search-outline", _("Vous avez trouvé cet ordinateur ? Rapportez-le à la structure.")
            )
        )
        self.body.addWidget(card)
        self.add_button = self.add_action(_("Ajouter ce poste de nouveau"))
