"""« Préparer une visite »: the person agrees that their records wait on this PC until the evening."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.vault.prepared import evening_after
from ui import formats, messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Card, Field, IconLine, NoticeKind, Progress

if TYPE_CHECKING:
    from ui.session.context import SessionContext
    from ui.session.preparing import Made

__all__ = ["PrepareVisit"]


class PrepareVisit(Screen):
    """Says what is kept, how, until when; then fetches it."""

    name: ClassVar[str] = "prepare_visit"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Préparer une visite"),
            _("Vos documents attendront sur ce poste, pour une visite sans réseau."),
            main=_("Je suis d’accord"),
        )
        self.help_text = _(
            "Cette page prépare une visite là où il n’y a pas de réseau. "
            "Vos documents sont gardés sous deux clés : votre papier et la phrase du conseiller. "
            "Le soir, tout s’efface, même si la visite n’a pas eu lieu."
        )
        self._context = context
        due = evening_after(context.space.clock(), context.start.evening_hour)
        card = Card()
        for icon, words in (
            ("key-chain-variant", _("Il faut deux clés : votre papier, et la phrase de votre conseiller.")),
            ("account-lock-outline", _("Personne ne peut les lire avec une seule des deux.")),
            (
                "clock-outline",
                _("Tout s’efface le {day} à {time}.").format(
                    day=formats.day(due.astimezone()), time=formats.clock_time(due)
                ),
            ),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.place = Field(
            _("Lieu de la visite (si vous voulez)"), _("Par exemple : mairie de Sancerre"), limit=60
        )
        self.progress = Progress(_("Nous préparons la visite…"))
        self.progress.hide()
        for widget in (card, self.progress, self.place):
            self.body.addWidget(widget)

    def pressed(self) -> None:
        """Prepare it, once."""
        if self.progress.isVisible():
            return
        self.say("")
        self.progress.show()
        context, place = self._context, self.place.value.strip()
        tell = context.tasks.relay(self._told, self)
        context.tasks.run(
            lambda: context.visit.prepare(place, lambda here, of: tell((here, of))),
            self._made,
            self._failed,
            lane=Lane.NETWORK,
            owner=self,
        )

    def _told(self, counts: tuple[int, int]) -> None:
        here, of = counts
        self._context.navigator.somebody_is_there()
        self.progress.say(
            _("Documents déjà là : {here} sur {of}").format(here=formats.number(here), of=formats.number(of))
        )

    def _made(self, made: Made) -> None:
        self._context.replace("visit_prepared", made=made)

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.say(messages.sentence(error), NoticeKind.BAD)
