"""The person signs in in the browser; this screen waits, and lets them give up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from ui import messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import IconLine, NoticeKind, Progress

if TYPE_CHECKING:
    from sync.tokens import Tokens
    from ui.session.context import SessionContext

__all__ = ["SignIn"]


class SignIn(Screen):
    """Starts the sign-in at once."""

    name: ClassVar[str] = "sign_in"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Connectez-vous dans le navigateur"),
            _("Une fenêtre du navigateur s’est ouverte. Ensuite, cet écran avance tout seul."),
            back=False,
        )
        self.help_text = _(
            "Cette page attend que la personne se connecte. "
            "L’identifiant et le mot de passe se tapent dans le navigateur seulement. "
            "Si rien n’apparaît, annulez puis recommencez."
        )
        self._context = context
        self.body.addWidget(Progress(_("Nous attendons votre connexion…")))
        self.body.addWidget(
            IconLine(
                "eye-off-outline", _("La personne qui vous aide regarde ailleurs pendant votre mot de passe.")
            )
        )
        self.cancel_button = self.add_action(_("Annuler"))
        # A new one: what was given up before, by phone too, stays given up.
        context.visit.cancelled = threading.Event()
        self.cancel_button.clicked.connect(context.visit.cancelled.set)
        context.tasks.run(context.visit.sign_in, self._signed_in, self._failed, lane=Lane.NETWORK, owner=self)

    def _signed_in(self, tokens: Tokens) -> None:
        self._context.navigator.come_forward()
        self._context.replace("identity", claims=dict(tokens.claims))

    def _failed(self, error: Exception) -> None:
        # What this visit does next is not given up.
        self._context.visit.cancelled = threading.Event()
        self._context.navigator.come_forward()
        from sync.failures import TransportError

        # The network is no fault of anybody here: it is said without alarm.
        kind = NoticeKind.WAIT if isinstance(error, TransportError) else NoticeKind.BAD
        words = messages.sentence(error, at_the_door=True)
        self._context.navigator.restart("who", problem=words, kind=kind)
