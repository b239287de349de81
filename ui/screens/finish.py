"""« Voici ce que nous avons fait »: the receipt, what is still to leave, then the end of the visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import conflicts, receipts
from app.errors import TandemError
from app.fhir import related_person
from app.mandates import Duration
from app.space import DoneCode
from ui import formats, theme
from ui.screen import Screen
from ui.session.words import stop_words
from ui.text import _, dashed, joined, mark, ngettext
from ui.widgets import Card, IconLine, NoticeKind, PlainButton, Text

if TYPE_CHECKING:
    from app.space import Done, Space
    from ui.printing.papers import Paper
    from ui.session.context import SessionContext

__all__ = ["Finish", "Left", "left_of", "line_words"]

_LINES: dict[DoneCode, tuple[str, str]] = {
    DoneCode.DOCUMENT_FILED: ("tray-arrow-down", mark("Papier rangé : {title}")),
    DoneCode.DOCUMENT_READ: ("text-box-outline", mark("Document lu : {title}")),
    DoneCode.DOCUMENT_COPIED: ("content-save-outline", mark("Copie enregistrée : {title}")),
    DoneCode.DOCUMENT_PRINTED: ("printer-outline", mark("Document imprimé : {title}")),
    DoneCode.MANDATE_GRANTED: ("file-sign", mark("Mandat donné à {organization}")),
    DoneCode.MANDATE_REVOKED: ("file-cancel-outline", mark("Mandat arrêté")),
    DoneCode.ALLERGY_ADDED: ("alert-octagon-outline", mark("Allergie notée : {name}")),
    DoneCode.ALLERGY_CHANGED: ("alert-octagon-outline", mark("Allergie corrigée : {name}")),
    DoneCode.ALLERGY_ENDED: ("check-circle-outline", mark("Allergie terminée : {name}")),
    DoneCode.ALLERGY_REMOVED: ("undo-variant", mark("Allergie notée par erreur, retirée : {name}")),
    DoneCode.VACCINATION_ADDED: ("needle", mark("Vaccin noté : {name}")),
    DoneCode.VACCINATION_CHANGED: ("needle", mark("Vaccin corrigé : {name}")),
    DoneCode.VACCINATION_REMOVED: ("undo-variant", mark("Vaccin noté par erreur, retiré : {name}")),
    DoneCode.TRUSTED_PERSON_NAMED: ("account-heart-outline", mark("Personne de confiance : {name}")),
    DoneCode.TRUSTED_PERSON_CHANGED: (
        "account-heart-outline",
        mark("Personne de confiance corrigée : {name}"),
    ),
    DoneCode.TRUSTED_PERSON_ENDED: (
        "account-remove-outline",
        mark("{name} n’est plus la personne de confiance"),
    ),
    DoneCode.CONTACT_ADDED: ("phone-plus-outline", mark("Personne à prévenir ajoutée : {name}")),
    DoneCode.CONTACT_CHANGED: ("phone-outline", mark("Personne à prévenir corrigée : {name}")),
    DoneCode.CONTACT_ENDED: ("account-remove-outline", mark("{name} n’est plus à prévenir")),
    DoneCode.CONFLICT_SETTLED: ("account-check-outline", mark("Choix fait entre deux changements")),
    DoneCode.VISIT_PREPARED: ("calendar-check-outline", mark("Visite préparée")),
    DoneCode.RECEIPT_KEPT: ("tray-arrow-down", mark("Reçu rangé dans votre espace")),
    DoneCode.SENDING_GIVEN_UP: ("close-circle-outline", mark("N’est plus envoyé : {title}")),
    DoneCode.ACCESS_REPORTED: ("flag-outline", mark("Accès signalé")),
}


_HEALTH = mark("Un choix reste à faire dans « Ma santé » : deux personnes ont changé la même ligne.")
_RELATIVES = mark("Un choix reste à faire dans « Mes proches » : deux personnes ont changé la même ligne.")


@dataclass(frozen=True, slots=True)
class Left:
    """What has not arrived: ``going`` leave by themselves, ``refused`` do not.

    ``rooms`` are where two people changed the same thing and nobody has chosen.
    """

    going: int = 0
    refused: int = 0
    rooms: tuple[str, ...] = ()


class Finish(Screen):
    """The last look before everything is erased from this PC."""

    name: ClassVar[str] = "finish"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Voici ce que nous avons fait"),
            _("Ensuite, tout est effacé de ce poste. Votre espace, lui, reste."),
            main=_("Terminer"),
        )
        self._left = Left()
        self.add_action(_("Imprimer le reçu"), icon_name="printer-outline").clicked.connect(self._print_it)
        self.keep = self.add_action(_("Garder le reçu dans mon espace"), icon_name="tray-arrow-down")
        self.keep.clicked.connect(lambda: context.go("receipt_keep", paper=self._paper()))
        self.help_text = _(
            "Cette page dit tout ce que nous avons fait. "
            "« Retour » continue la visite. "
            "« Terminer » ferme votre espace et efface tout de ce poste."
        )
        self._context = context
        mandate = context.space.mandate
        lasts = mandate is not None and mandate.duration is not Duration.SESSION
        if lasts:
            self.add_action(_("Mon mandat"), icon_name="file-sign").clicked.connect(
                lambda: context.go("mandate")
            )
        self._lasts = lasts
        self._card: Card | None = None
        self._told = -1
        self._waiting = IconLine("email-lock-outline", "")
        self._refused = IconLine("email-alert-outline", "")
        for line_left in (self._waiting, self._refused):
            self.body.addWidget(line_left)
        self.see = PlainButton(_("Voir ce qui attend"), icon_name="clock-outline")
        self.see.clicked.connect(lambda: context.go("waiting"))
        self.body.addWidget(self.see, 0, Qt.AlignmentFlag.AlignLeft)
        self.see.hide()
        helper = context.space.actor
        self.body.addWidget(
            Text(
                _("Avec {helper}, {organization}, le {day}.").format(
                    helper=helper.display,
                    organization=helper.organization_name,
                    day=formats.day(context.space.clock()),
                ),
                theme.Role.SECOND,
            )
        )

    def entered(self) -> None:
        """Say what was done, what is still to leave, and what is still to choose."""
        space = self._context.space
        if len(space.done) != self._told:
            self._tell_done()
        self.keep.setVisible(_can_keep(space))
        self.order_tabs()
        self._context.tasks.run(lambda: left_of(space), self._tell_left, owner=self)

    def pressed(self) -> None:
        """End the visit."""
        self._context.navigator.close()

    def _tell_done(self) -> None:
        done = self._context.space.done
        card = Card()
        for line in done:
            card.column.addWidget(_line(line))
        if not done:
            card.column.addWidget(Text(_("Rien n’a été changé pendant cette visite.")))
        if self._lasts:
            card.column.addWidget(IconLine("file-cancel-outline", stop_words()))
        if self._card is not None:
            self.body.removeWidget(self._card)
            self._card.deleteLater()
        self.body.insertWidget(0, card)
        self._card, self._told = card, len(done)

    def _print_it(self) -> None:
        self._context.go("print_preview", paper=self._paper())

    def _paper(self) -> Paper:
        from ui.printing.papers import receipt_paper

        left = self._left
        still = (*_to_choose(left), _("À la prochaine visite, vous choisirez entre les deux."))
        kept = (*(still if left.rooms else ()), _refused(left))
        return receipt_paper(self._context.space, line_words, left.going, tuple(filter(None, kept)))

    def _tell_left(self, left: Left) -> None:
        self._left = left
        words = ngettext(
            "{count} envoi attend. Il est sous enveloppe fermée et partira tout seul.",
            "{count} envois attendent. Ils sont sous enveloppe fermée et partiront tout seuls.",
            left.going,
        )
        self._waiting.say(words.format(count=left.going) if left.going else "")
        self._refused.say(_refused(left))
        self.see.setVisible(bool(left.going or left.refused or left.rooms))
        self.order_tabs()
        choose = (*_to_choose(left), _("Pour choisir maintenant, appuyez sur « Retour »."))
        self.say(joined("\n", choose) if left.rooms else "", NoticeKind.WAIT)


def _can_keep(space: Space) -> bool:
    if receipts.is_kept(space):
        return False
    try:
        receipts.may_keep(space)
    except TandemError:
        return False
    return True


def left_of(space: Space) -> Left:
    """Count what has not arrived; reads the store."""
    waiting, open_ones = space.records.waiting(), conflicts.unsettled(space)
    close = [related_person.TYPE in kinds for kinds in open_ones]
    rooms = [room for room, has in ((_HEALTH, not all(close)), (_RELATIVES, any(close))) if has]
    return Left(waiting.count - waiting.parked, waiting.parked - len(open_ones), tuple(rooms))


def _to_choose(left: Left) -> tuple[str, ...]:
    if not left.rooms:
        return ()
    kept = _("Rien n’est perdu. Votre espace garde l’autre version, et la vôtre reste sous enveloppe fermée.")
    return (*map(_, left.rooms), kept)


def _refused(left: Left) -> str:
    words = ngettext(
        "{count} envoi est refusé. Il est gardé sous enveloppe fermée.",
        "{count} envois sont refusés. Ils sont gardés sous enveloppe fermée.",
        left.refused,
    )
    return words.format(count=left.refused) if left.refused else ""


def _line(done: Done) -> IconLine:
    return IconLine(_LINES[done.code][0], line_words(done))


def line_words(done: Done) -> str:
    """Say one thing that was done, and when: on this screen and on the printed receipt."""
    fields = {"title": "", "organization": "", **done.fields}
    return dashed((_(_LINES[done.code][1]).format(**fields), formats.clock_time(done.at)))
