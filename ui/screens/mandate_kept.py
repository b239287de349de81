"""« Le mandat est enregistré »: where its papers are, and a picture of the signed one if the person wants it.

The picture is filed as any paper of the person's is, by the same questions; the code on it says which
mandate it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.mandates import Action, Scope
from app.paper import Paper
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine

if TYPE_CHECKING:
    from app.mandates import Mandate
    from ui.session.context import SessionContext

__all__ = ["MandateKept"]


class MandateKept(Screen):
    """After a mandate was signed on paper."""

    name: ClassVar[str] = "mandate_kept"

    def __init__(self, context: SessionContext, *, mandate: Mandate) -> None:
        super().__init__(_("Le mandat est enregistré"), main=_("Continuer"), back=False, finish=True)
        self.help_text = _(
            "Cette page dit où est votre mandat. "
            "Son attestation est gardée avec lui. "
            "Vous pouvez y ajouter une image du papier signé."
        )
        self._context = context
        card = Card()
        kept = _("{organization} garde l’autre exemplaire.").format(organization=mandate.organization)
        for icon, words in (
            ("file-document-outline", _("Gardez votre exemplaire en lieu sûr.")),
            ("file-account-outline", kept),
            ("file-certificate-outline", _("L’attestation est gardée avec votre mandat.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.body.addWidget(card)
        self.scan_button = self.add_action(_("Scanner le papier signé"), icon_name="scanner")
        self.scan_button.clicked.connect(lambda: context.go("scan", paper=Paper(name=_("Mandat signé"))))
        # Filing is an act like any other: without leave for it, it is done together, later.
        if Scope.DOCUMENTS not in mandate.scopes or Action.ADD not in mandate.actions:
            self.scan_button.hide()

    def pressed(self) -> None:
        """Go on with the visit."""
        self._context.home()
