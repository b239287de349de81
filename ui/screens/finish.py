"""« Voici ce que nous avons fait »: the receipt, what is still to leave, then the end of the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.space import DoneCode
from ui import formats, theme
from ui.screen import Screen
from ui.text import _, dashed, mark, ngettext
from ui.widgets import Card, IconLine, Text

if TYPE_CHECKING:
    from app.records import Waiting
    from app.space import Done
    from ui.session.context import SessionContext

__all__ = ["Finish", "line_words"]

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
}


class Finish(Screen):
    """The last look before everything is erased from this PC."""

    name: ClassVar[str] = "finish"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Voici ce que nous avons fait"),
            _("Ensuite, tout est effacé de ce poste. Votre espace, lui, reste."),
            main=_("Terminer"),
        )
        self._left = 0
        self.add_action(_("Imprimer le reçu"), icon_name="printer-outline").clicked.connect(self._print_it)
        self.help_text = _(
            "Cette page dit tout ce que nous avons fait. "
            "« Retour » continue la visite. "
            "« Terminer » ferme votre espace et efface tout de ce poste."
        )
        self._context = context
        card = Card()
        done = context.space.done
        for line in done:
            card.column.addWidget(_line(line))
        if not done:
            card.column.addWidget(Text(_("Rien n’a été changé pendant cette visite.")))
        self.body.addWidget(card)
        self._waiting = IconLine("email-lock-outline", "")
        self.body.addWidget(self._waiting)
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
        """Say what is still to leave."""
        records = self._context.space.records
        self._context.tasks.run(records.waiting, self._count, owner=self)

    def pressed(self) -> None:
        """End the visit."""
        self._context.navigator.close()

    def _print_it(self) -> None:
        from ui.printing.papers import receipt_paper

        self._context.go("print_preview", paper=receipt_paper(self._context.space, line_words, self._left))

    def _count(self, waiting: Waiting) -> None:
        self._left = waiting.count
        words = ngettext(
            "{count} envoi attend. Il est sous enveloppe fermée et partira tout seul.",
            "{count} envois attendent. Ils sont sous enveloppe fermée et partiront tout seuls.",
            waiting.count,
        )
        self._waiting.say(words.format(count=waiting.count) if waiting.count else "")


def _line(done: Done) -> IconLine:
    return IconLine(_LINES[done.code][0], line_words(done))


def line_words(done: Done) -> str:
    """Say one thing that was done, and when: on this screen and on the printed receipt."""
    fields = {"title": "", "organization": "", **done.fields}
    return dashed((_(_LINES[done.code][1]).format(**fields), formats.clock_time(done.at)))
