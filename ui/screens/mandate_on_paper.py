"""« Signez sur papier »: two copies are printed, read, signed by both; then the mandate is kept.

The main button comes when the copies have left for the printer: nobody has signed what was not printed.
A paper that is printed and not signed is worth nothing, and says nothing of its own: it is kept only here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.codes.mandate_texts import digest
from app.errors import WorldFailed
from app.mandates import SigningMode
from app.space import AssistMode
from ui import messages
from ui.printing.mandate_sheets import Copy, copies
from ui.screen import Screen
from ui.session.mandate_meaning import explained_in
from ui.text import _
from ui.widgets import Card, Choice, IconLine, NoticeKind

if TYPE_CHECKING:
    from app.mandates import Mandate, MandateProposal
    from ui.printing.papers import Paper
    from ui.printing.sheets import Sheets
    from ui.session.context import SessionContext

__all__ = ["MandateOnPaper"]


class MandateOnPaper(Screen):
    """Print, sign, then say that it is signed."""

    name: ClassVar[str] = "mandate_on_paper"

    def __init__(self, context: SessionContext, *, proposal: MandateProposal, text: str) -> None:
        organization = context.space.actor.organization_name
        super().__init__(
            _("Signez sur papier"),
            _("Deux exemplaires : un pour vous, un pour {organization}.").format(organization=organization),
            main=_("Les deux papiers sont signés"),
        )
        self.help_text = _(
            "Cette page sert à signer le mandat avec un stylo. "
            "Imprimez les deux exemplaires, lisez-les, puis signez-les tous les deux. "
            "Rien n’est gardé avant votre dernier appui."
        )
        self._context, self._proposal, self._text = context, proposal, text
        self._busy = False
        self._printed = False
        # Made once: the paper that is signed and the mandate that is kept carry the same code.
        self._code = ""
        card = Card()
        for icon, words in (
            ("printer-outline", _("Imprimez les deux exemplaires.")),
            ("eye-outline", _("Lisez le papier, ou faites-le lire. Il dit la même chose que l’écran.")),
            ("draw", _("Signez les deux. La personne qui vous aide signe aussi.")),
            ("check-circle-outline", _("Revenez ici et dites que c’est signé.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.body.addWidget(card)
        self.print_button = self.add_action(_("Imprimer les deux exemplaires"), icon_name="printer-outline")
        self.print_button.clicked.connect(self._print)

    def entered(self) -> None:
        """Offer to go on once the copies were printed."""
        if self.main_button is not None:
            self.main_button.setVisible(self._printed)
        self.order_tabs()

    def _print(self) -> None:
        space, proposal = self._context.space, self._proposal
        self._context.tasks.run(
            lambda: mandates.paper_code(space, proposal, SigningMode.ON_PAPER),
            self._coded,
            self._failed,
            owner=self,
        )

    def _coded(self, code: str) -> None:
        self._code = self._code or code
        self._context.go("print_preview", paper=self._paper())

    def _paper(self) -> Paper:
        from ui.printing.papers import PLAIN, Paper, whose

        title = _("Mandat à signer")
        made = [self._copy(_("Exemplaire de la personne")), self._copy(_("Exemplaire de la structure"))]
        who = whose(self._context.space)

        def make(_form: str) -> Sheets:
            return copies(made, who)

        return Paper(
            title=title,
            question="",
            change="",
            forms=(Choice(PLAIN, title),),
            make=make,
            printed=self._have_printed,
        )

    def _copy(self, whose: str) -> Copy:
        proposal = self._proposal
        return Copy(
            text=self._text,
            template_id=proposal.template_id,
            facts=proposal.facts,
            text_sha256=digest(self._text),
            signing_mode=SigningMode.ON_PAPER,
            code=self._code,
            whose=whose,
        )

    def _have_printed(self) -> None:
        self._printed = True

    def pressed(self) -> None:
        """Keep the mandate; once, however often the button is pressed."""
        if self._busy or not self._printed:
            return
        self._busy = True
        space, language = self._context.space, explained_in()
        self._context.tasks.run(
            lambda: mandates.grant(
                space,
                self._proposal,
                shown_text=self._text,
                signing_mode=SigningMode.ON_PAPER,
                explained_in=language,
            ),
            self._granted,
            self._failed,
            owner=self,
        )

    def _granted(self, mandate: Mandate) -> None:
        self._context.space.mode = AssistMode.FOR
        self._context.navigator.mandate_active()
        self._context.home()
        self._context.go("mandate_kept", mandate=mandate)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.say(messages.sentence(error), NoticeKind.BAD)
