"""« Mon mandat »: what was agreed to, how it was signed, until when, and the button that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.codes.mandate_words import SCOPE_LABELS
from app.mandate_papers import number_of
from app.mandates import Duration, Scope
from ui import formats, messages
from ui.saving import print_words
from ui.screen import Screen
from ui.session.words import mandate_words, signed_words, standing_words
from ui.text import _, commas
from ui.widgets import Card, IconLine, NoticeKind, Text

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Mandate"]


class Mandate(Screen):
    """The mandate of this visit, or one of the list; two presses end it: the button, then its verb."""

    name: ClassVar[str] = "mandate"

    def __init__(self, context: SessionContext, *, mandate: mandates.Mandate | None = None) -> None:
        super().__init__(_("Mon mandat"), main=_("Arrêter ce mandat"), finish=False)
        self.help_text = _(
            "Cette page montre votre mandat, votre accord écrit. "
            "Vous pouvez l’arrêter à tout moment. "
            "Ce qui est rangé reste rangé, et vous continuez ensemble."
        )
        self._context = context
        self._mandate = mandate or context.space.mandate
        self._is_this_visits = mandate is None or mandate == context.space.mandate
        if self._mandate is None:
            self.body.addWidget(Text(_("Aucun mandat ne court.")))
        else:
            self._show(self._mandate)
        if self._is_this_visits:
            self.add_action(_("Mes accords")).clicked.connect(lambda: context.go("agreements"))

    def _show(self, mandate: mandates.Mandate) -> None:
        card = Card()
        parts = formats.listed([_(SCOPE_LABELS[scope]) for scope in Scope if scope in mandate.scopes])
        for icon, words in (
            ("account-tie", commas((mandate.adviser, mandate.organization))),
            ("folder-account-outline", _("Pour {parts}.").format(parts=parts)),
            ("check-circle-outline", _("Peut {allowed}.").format(allowed=mandate_words(mandate))),
            ("draw", signed_words(mandate)),
            ("pound", _("Numéro : {number}").format(number=number_of(mandate.text_sha256))),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.body.addWidget(card)
        print_button = self.add_action(print_words(self._context), icon_name="printer-outline")
        print_button.clicked.connect(self._print_it)
        if mandate.attestation:
            self.add_action(_("Voir l’attestation"), icon_name="file-certificate-outline").clicked.connect(
                lambda: self._context.go("document_view", document_id=mandate.attestation)
            )
        if self._is_this_visits and mandate.duration is not Duration.SESSION:
            self.add_action(_("Mon coupon")).clicked.connect(lambda: self._context.go("slip_given"))

    def entered(self) -> None:
        """Offer to end it as long as it runs."""
        mandate = self._mandate
        is_running = mandate is not None and mandates.is_running(mandate, self._context.space.clock())
        if self.main_button is not None:
            self.main_button.setVisible(is_running)
        if mandate is not None and not is_running:
            over = standing_words(mandate, is_running=False)
            self.say(_("Ce mandat ne court plus : {over}.").format(over=over), NoticeKind.INFO)

    def pressed(self) -> None:
        """Ask once more, with the verb."""
        if self._mandate is not None:
            self._context.go("mandate_stop", mandate=self._mandate)

    def _print_it(self) -> None:
        from ui.printing.papers import mandate_paper

        self._context.tasks.run(
            lambda: mandate_paper(self._context.space, self._mandate),
            lambda paper: self._context.go("print_preview", paper=paper),
            self._failed,
            owner=self,
        )

    def _failed(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)
