"""« De qui voulez-vous voir l'espace ? »: who is here, in what quality one opens their space, until when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal

from app.codes.representation import Capacity
from app.space import ActorRole
from ui import formats
from ui.screen import Screen
from ui.text import _, mark
from ui.widgets import SectionHeading, Tile, TileGrid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.home_vault import HomePerson

__all__ = ["HomePeople"]

QUALITIES = {
    Capacity.PARENT.value: mark("Vous êtes son parent"),
    Capacity.GUARDIAN.value: mark("Vous avez sa tutelle"),
    Capacity.ENABLED.value: mark("Un juge vous permet d’agir"),
    "": mark("Vous représentez cette personne"),
}
"""In what quality a representative opens a space, as the service noted it."""


class HomePeople(Screen):
    """« De qui voulez-vous voir l’espace ? »."""

    name: ClassVar[str] = "home_people"
    opened = Signal(object)
    stopped = Signal(object)

    def __init__(
        self, people: Sequence[HomePerson], *, sheet: bool, protected: bool, signed_in: bool
    ) -> None:
        alone = len(people) <= 1
        super().__init__(
            _("Votre espace de santé") if alone else _("De qui voulez-vous voir l’espace ?"),
            back=False,
        )
        self.help_text = _(
            "Cette page montre de qui vous pouvez ouvrir l’espace. "
            "Un seul espace est ouvert à la fois. "
            "La feuille de secours sert si cet ordinateur perd sa clé."
        )
        grid = TileGrid()
        self.tiles: dict[str, Tile] = {}
        for person in people:
            icon = _icon(person)
            tile = Tile(person.name, _second(person), icon_name=icon)
            tile.clicked.connect(lambda _checked=False, who=person: self.opened.emit(who))
            self.tiles[person.patient_id] = tile
            grid.add(tile)
        self.body.addWidget(grid)
        self.body.addWidget(SectionHeading(_("Sur cet ordinateur")))
        more = TileGrid()
        self.sign_in_tile = Tile(_("Me reconnecter"), _("Pour envoyer et recevoir"), icon_name="login")
        self.sheet_tile = Tile(
            _("Feuille de secours"),
            _("Imprimée") if sheet else _("À faire maintenant"),
            icon_name="printer-outline",
        )
        self.protect_tile = Tile(
            _("Protéger avec une phrase secrète"),
            _("C’est fait") if protected else _("Si d’autres utilisent cet ordinateur"),
            icon_name="form-textbox-password",
        )
        self.invitation_tile = Tile(
            _("J’ai une invitation"), _("Pour aider un proche"), icon_name="email-open-heart-outline"
        )
        for tile in (self.sign_in_tile, self.sheet_tile, self.protect_tile, self.invitation_tile):
            more.add(tile)
        if signed_in:
            self.sign_in_tile.hide()
        self.body.addWidget(more)
        for person in people:
            # What the service noted of a representative, the service ends.
            if not person.is_owner and person.role != ActorRole.LEGAL_REPRESENTATIVE:
                words = _("Ne plus aider {name}").format(name=person.name)
                button = self.add_action(words)
                button.clicked.connect(lambda _checked=False, who=person: self.stopped.emit(who))


def _icon(person: HomePerson) -> str:
    if person.is_owner:
        return "account-circle-outline"
    is_by_law = person.role == ActorRole.LEGAL_REPRESENTATIVE
    return "account-tie" if is_by_law else "account-heart-outline"


def _second(person: HomePerson) -> str:
    if person.is_owner:
        return _("Mon espace")
    if person.role == ActorRole.LEGAL_REPRESENTATIVE:
        return _(QUALITIES.get(person.capacity, QUALITIES[""]))
    try:
        day = formats.short_day(datetime.fromisoformat(person.end))
    except ValueError:
        return _("Vous l’aidez")
    return _("Vous l’aidez jusqu’au {day}").format(day=day)
