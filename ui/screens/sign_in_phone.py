"""« Avec mon téléphone »: one signs in on one's own phone; here stand the code and its square (RFC 8628).

Decision: the password is typed on a device that is the person's, so that a shared PC never sees it. The code
is shown as the provider wrote it, because the phone asks whether it is exactly the same. It is shown for as
long as it serves and no longer: it leaves the screen with « Annuler », with an answer, and with its time.

Each code has its own ``Event``: who gives up ends that wait, and never one that was begun afterwards. The
visit's ``cancelled`` is the present one's, so that the end of the visit ends it too.
"""

from __future__ import annotations

import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sync.failures import Offline, TransportError
from sync.sign_in_errors import SignInCancelled, SignInRefused, SignInTimedOut
from ui import messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import Card, CardLayout, IconLine, NoticeKind, Progress, Text, announce
from ui.widgets.qr import LEAST_MODULE, QrCode

if TYPE_CHECKING:
    from sync.oidc import PhoneCode
    from sync.tokens import Tokens
    from ui.session.context import SessionContext

__all__ = ["SignInPhone"]

TICK = 1_000  # milliseconds
MODULE = 8  # pixels: read by an old phone from forty centimetres


class _State(StrEnum):
    ASKING = "asking"
    WAITING = "waiting"
    OVER = "over"


class SignInPhone(Screen):
    """Asks for a code at once, and for another where one ran out."""

    name: ClassVar[str] = "sign_in_phone"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Connectez-vous avec votre téléphone"),
            _("Votre mot de passe se tape sur votre téléphone, jamais ici."),
            main=_("Un autre code"),
            back=False,
        )
        self.help_text = _(
            "Cette page ouvre votre espace avec votre propre téléphone. "
            "Le téléphone montre le même code : comparez avant de dire oui. "
            "Sans téléphone, annulez et choisissez une autre façon."
        )
        self._context = context
        self._state = _State.ASKING
        self._code: PhoneCode | None = None
        self._cancelled = threading.Event()
        self._inside: QWidget | None = None
        self._left: Text | None = None
        self._tokens: Tokens | None = None
        self._progress = Progress()
        self.body.addWidget(self._progress)
        self.cancel_button = self.add_action(_("Annuler"))
        self.cancel_button.clicked.connect(self._give_up)
        self.here_button = self.add_action(_("Ouvrir la page ici")) if context.start.demo else None
        if self.here_button is not None:
            self.here_button.clicked.connect(self._open_here)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._count_down)
        self._ask()

    @property
    def code(self) -> PhoneCode | None:
        """What is shown now; None as soon as it serves no more."""
        return self._code

    def first_focus(self) -> QWidget | None:
        """Return the way to another code, once the last one is over."""
        main = self.main_button
        return main if main is not None and main.isVisibleTo(self) else super().first_focus()

    def pressed(self) -> None:
        """Ask for another code."""
        if self._state == _State.OVER:
            self._ask()

    # -- the code ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._cancelled = self._context.visit.cancelled = threading.Event()
        self._enter(_State.ASKING)
        self.say("")
        self._context.tasks.run(
            self._context.visit.begin_on_phone, self._begun, self._failed, lane=Lane.NETWORK, owner=self
        )

    def _begun(self, code: PhoneCode) -> None:
        if self._cancelled.is_set():
            return
        self._show_code(code)
        visit, cancelled = self._context.visit, self._cancelled
        on_line = self._context.tasks.relay(self._heard, self)
        self._context.tasks.run(
            lambda: visit.wait_for_phone(code, cancelled, on_line),
            self._signed_in,
            self._failed,
            lane=Lane.NETWORK,
            owner=self,
        )

    def _show_code(self, code: PhoneCode) -> None:
        self._code = code
        self._enter(_State.WAITING)
        self._show(self._invitation(code))
        self._count_down()
        announce(self, code.user_code)
        self._timer.start()

    def _heard(self, failure: TransportError | None) -> None:
        """Say that the network went, and no more once it is back: the wait goes on by itself."""
        if self._state != _State.WAITING:
            return
        words = ""
        if failure is not None:
            words = (
                _("Pas de réseau : nous essayons encore. Gardez le code, rien n’est perdu.")
                if isinstance(failure, Offline)
                else messages.sentence(failure, at_the_door=True)
            )
        if self.notice.words != words:
            self.say(words, NoticeKind.WAIT)

    def _count_down(self) -> None:
        if self._code is None or self._left is None:
            return
        minutes = max(1, -(-int(self._code.ends - time.monotonic()) // 60))
        words = ngettext(
            "Ce code sert encore {count} minute.", "Ce code sert encore {count} minutes.", minutes
        ).format(count=minutes)
        if self._left.words != words:
            self._left.set_words(words)
            # Who looks at their phone presses nothing here: the visit lasts as long as the code, then counts.
            self._context.navigator.somebody_is_there()

    # -- what it comes to -------------------------------------------------------------------------

    def _signed_in(self, tokens: Tokens) -> None:
        if self._cancelled.is_set():
            return
        self._forget()
        self._context.navigator.come_forward()
        self._tokens = tokens
        if self.isVisible():
            self._go_on()

    def entered(self) -> None:
        """Go on where the phone answered while something else (the help) was shown."""
        self.order_tabs()
        QTimer.singleShot(0, self, self._go_on)

    def _go_on(self) -> None:
        tokens, self._tokens = self._tokens, None
        if tokens is not None and not self._cancelled.is_set():
            self._context.replace("identity", claims=dict(tokens.claims))

    def _give_up(self) -> None:
        """End the wait; where the phone's yes crossed it, take that sign-in back."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        # What this visit does next is not given up.
        self._context.visit.cancelled = threading.Event()
        self._forget()
        self._context.tasks.run(self._context.visit.not_them, lane=Lane.NETWORK)
        words = messages.sentence(SignInCancelled(), at_the_door=True)
        self._context.navigator.restart("who", problem=words, kind=NoticeKind.BAD)

    def _failed(self, error: Exception) -> None:
        """Say what it was and offer another code."""
        if self._cancelled.is_set():
            return
        self._enter(_State.OVER)
        # No network, or a code that waited too long, is nobody's fault here.
        calm = isinstance(error, TransportError | SignInTimedOut)
        self.say(_words_of(error), NoticeKind.WAIT if calm else NoticeKind.BAD)
        if self.main_button is not None:
            self.main_button.setFocus()

    def _forget(self) -> None:
        self._code = None
        self._timer.stop()
        self._show(None)

    # -- how it looks -----------------------------------------------------------------------------

    def _enter(self, state: _State) -> None:
        self._state = state
        if state != _State.WAITING:
            self._forget()
        if state == _State.ASKING:
            words = _("Un instant, nous demandons un code…")
            self._progress.say(words)
            announce(self, words)
        self._progress.setVisible(state == _State.ASKING)
        main = self.main_button
        assert main is not None  # noqa: S101 - given above
        main.setVisible(state == _State.OVER)
        if self.here_button is not None:
            self.here_button.setVisible(state == _State.WAITING)
        self.order_tabs()

    def _show(self, inside: QWidget | None) -> None:
        if self._inside is not None:
            self._left = None
            self.body.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = inside
        if inside is not None:
            self.body.addWidget(inside)
        self.order_tabs()

    def _invitation(self, code: PhoneCode) -> QWidget:
        inside, pair = QWidget(), QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        cards = CardLayout(pair, columns=2, ems=14)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(theme.SPACE[1])
        cards.addWidget(self._number(code))
        cards.addWidget(_square(code))
        column.addWidget(pair)
        column.addWidget(self._other_way(code))
        return inside

    def _number(self, code: PhoneCode) -> Card:
        card = Card()
        card.column.addWidget(Text(_("Votre code"), theme.Role.SECOND))
        card.column.addWidget(Text(code.user_code, theme.Role.HERO))
        self._left = Text("", theme.Role.SECOND)
        card.column.addWidget(self._left)
        for icon, words in (
            ("qrcode-scan", _("1. Visez le carré avec votre téléphone.")),
            ("eye-outline", _("2. Comparez : le code doit être le même.")),
            ("account-key-outline", _("3. Connectez-vous sur le téléphone.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        card.column.addWidget(Progress(_("Nous attendons votre connexion…")))
        card.column.addStretch(1)
        return card

    def _other_way(self, code: PhoneCode) -> Card:
        """Offer the address to who can't scan."""
        card = Card()
        card.column.addWidget(
            Text(_("Le carré ne marche pas ? Tapez cette adresse dans le téléphone, puis le code :"))
        )
        card.column.addWidget(Text(code.address.removeprefix("https://"), theme.Role.STRONG))
        if self.here_button is not None:
            card.column.addWidget(
                IconLine("information-outline", _("Démonstration : aucun téléphone n’atteint ce poste."))
            )
        return card

    def _open_here(self) -> None:
        """Be the phone, in the demonstration: its service is on this very PC, where no phone can reach it."""
        visit, code = self._context.visit, self._code
        if code is not None:
            self._context.tasks.run(
                lambda: visit.show_page(code.whole_address),
                None,
                lambda error: self.say(messages.sentence(error), NoticeKind.BAD),
                # The network's lane waits for the phone.
                lane=Lane.STORE,
                owner=self,
            )


def _square(code: PhoneCode) -> Card:
    card = Card()
    square = QrCode(code.whole_address, _("Le carré à viser avec le téléphone"))
    square.setFixedSize(square.sizeHint() / LEAST_MODULE * MODULE)
    # At the top: where the page scrolls, the square is seen whole without.
    card.column.addWidget(square, 0, Qt.AlignmentFlag.AlignHCenter)
    card.column.addStretch(1)
    return card


def _words_of(error: Exception) -> str:
    if isinstance(error, SignInTimedOut):
        return _("Ce code a trop attendu : il ne sert plus. Demandez-en un autre.")
    if isinstance(error, SignInRefused) and error.fields.get("reason") == "access_denied":
        return _("Le téléphone a répondu non : rien n’est ouvert. Vous pouvez demander un autre code.")
    return messages.sentence(error, at_the_door=True)
