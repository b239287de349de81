"""« Photographiez le papier avec votre téléphone »: a QR, and the picture arrives here.

The page that the QR opens is closed by its first send, when this screen goes, and after ten minutes. Help
and the display page may lie on top meanwhile: the phone goes on, and what it sent is here on return.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from sync.drops import DropOver
from sync.failures import Offline, TransportError
from ui import messages, theme
from ui.phone_pictures import Arrived, go_on, look_at
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import Card, CardLayout, IconLine, NoticeKind, PlainButton, Progress, Text, announce
from ui.widgets.qr import LEAST_MODULE, QrCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.drops import Drop, Picture
    from ui.session.context import SessionContext
    from ui.session.start import Start
    from ui.tasks import Tasks

__all__ = ["PhoneDrop"]

LOOK_EVERY, LOOK_SELDOM = 2_000, 15_000  # milliseconds
MODULE = 8  # pixels: read by an old phone from forty centimetres
THUMBNAIL = 380


class _State(StrEnum):
    ASKING = "asking"
    WAITING = "waiting"
    COMING = "coming"
    HERE = "here"
    OVER = "over"


class PhoneDrop(Screen):
    """``on_pictures`` is told what came instead of going on to its pages; ``open_drop`` opens the page."""

    name: ClassVar[str] = "phone_drop"

    def __init__(
        self,
        context: SessionContext,
        *,
        on_pictures: Callable[[Arrived], None] | None = None,
        open_drop: Callable[[], Drop] | None = None,
    ) -> None:
        super().__init__(
            _("Photographiez le papier avec votre téléphone"),
            _("Posez le papier bien à plat, en pleine lumière."),
            main=_("Continuer"),
        )
        self.help_text = _(
            "Le carré ouvre une page sur votre téléphone, sans compte et sans application. "
            "Prenez la photo du papier, puis touchez « Envoyer à l’ordinateur ». "
            "La photo apparaît ici toute seule."
        )
        self._context = context
        self._on_pictures = on_pictures or (lambda arrived: go_on(context, arrived))
        self._open_drop = open_drop or context.visit.open_drop
        self._state = _State.ASKING
        self._drop: Drop | None = None
        self._held: list[Drop] = []
        self._arrived: Arrived | None = None
        self._wait = LOOK_EVERY
        self._progress = Progress()
        self.body.addWidget(self._progress)
        self._inside: QWidget | None = None
        self._left: Text | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        held, tasks = self._held, context.tasks
        self.destroyed.connect(lambda: _close(tasks, held))
        self._ask()

    @property
    def _is_demonstration(self) -> bool:
        start: Start | None = self._context.start
        return start is not None and start.demo

    @property
    def drop(self) -> Drop | None:
        """The page that is open now."""
        return self._drop

    def first_focus(self) -> QWidget | None:
        """Return the way on, once there is one."""
        main = self.main_button
        return main if main is not None and main.isVisibleTo(self) else super().first_focus()

    def pressed(self) -> None:
        """Go on with what came, or begin again."""
        if self._state == _State.HERE and self._arrived is not None:
            self._on_pictures(self._arrived)
        elif self._state == _State.OVER:
            self._ask()

    # -- the page ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._enter(_State.ASKING, _("Un instant, nous préparons la page…"))
        self.summary.show_errors([])
        self.say("")
        self._context.tasks.run(self._open_drop, self._opened, self._failed, lane=Lane.NETWORK, owner=self)

    def _opened(self, drop: Drop) -> None:
        self._drop = drop
        self._held[:] = [drop]
        self._wait = LOOK_EVERY
        self._enter(_State.WAITING, _("Nous attendons la photo…"))
        self._show(self._invitation(drop))
        self._count_down()
        self._timer.start(self._wait)

    def _look(self) -> None:
        if self._drop is not None and self._state == _State.WAITING:
            self._context.tasks.run(
                self._drop.look, self._looked, self._unseen, lane=Lane.NETWORK, owner=self
            )

    def _looked(self, count: int) -> None:
        self._wait = LOOK_EVERY
        self.say("")
        if count:
            self._collect()
        else:
            self._count_down()
            self._timer.start(self._wait)

    def _unseen(self, error: Exception) -> None:
        """Without a network one goes on waiting, more and more seldom, until the page must be closed."""
        if not isinstance(error, TransportError) or self._drop is None:
            self._failed(error)
        elif not self._drop.seconds_left:
            self._failed(DropOver())
        else:
            self._wait = min(2 * self._wait, LOOK_SELDOM)
            self._say_waiting(error)
            self._timer.start(self._wait)

    def _say_waiting(self, error: Exception) -> None:
        words = messages.sentence(error, at_the_door=True)
        if isinstance(error, Offline):
            words = _("Pas de réseau : la photo ne peut pas arriver. Attendez un peu, ou prenez une clé USB.")
        if self.notice.words != words:
            self.say(words, NoticeKind.WAIT)

    def _count_down(self) -> None:
        minutes = max(1, -(-self._drop.seconds_left // 60)) if self._drop else 1
        words = ngettext(
            "La page reste ouverte encore {count} minute.",
            "La page reste ouverte encore {count} minutes.",
            minutes,
        ).format(count=minutes)
        if self._left is not None and self._left.words != words:
            self._left.set_words(words)

    # -- the picture ------------------------------------------------------------------------------

    def _collect(self) -> None:
        assert self._drop is not None  # noqa: S101 - it was just looked at
        self._enter(_State.COMING, _("La photo arrive…"))
        self._context.tasks.run(
            self._drop.collect, self._collected, self._not_collected, lane=Lane.NETWORK, owner=self
        )

    def _not_collected(self, error: Exception) -> None:
        """Keep waiting where only the network is to blame: what was sent stays there a while."""
        if isinstance(error, TransportError):
            self._enter(_State.WAITING, _("Nous attendons la photo…"))
            self._unseen(error)
        else:
            self._failed(error)

    def _collected(self, sent: tuple[Picture, ...]) -> None:
        self._drop = None
        self._held.clear()
        context = self._context
        self._context.tasks.run(
            lambda: look_at(context, sent, THUMBNAIL), self._seen, self._failed, lane=Lane.READER,
            owner=self,
        )  # fmt: skip

    def _seen(self, arrived: Arrived) -> None:
        if arrived.is_empty:
            self._failed(arrived.refused[0] if arrived.refused else DropOver())
            return
        self._arrived = arrived
        count = len(arrived.pictures)
        words = ngettext("{count} photo est arrivée.", "{count} photos sont arrivées.", count)
        self._enter(_State.HERE, "")
        self._show(_Pictures(arrived))
        self.say(words.format(count=count), NoticeKind.OK)
        self.summary.show_errors([(messages.sentence(each), self._to_main) for each in arrived.refused])
        self._to_main()

    def _failed(self, error: Exception) -> None:
        self._drop = None
        self._held.clear()
        self._enter(_State.OVER, "")
        self.say("")
        self.summary.show_errors([(messages.sentence(error, at_the_door=True), self._to_main)])

    # -- how it looks -----------------------------------------------------------------------------

    def _enter(self, state: _State, words: str) -> None:
        self._state = state
        self._timer.stop()
        if state != _State.WAITING:
            self._show(None)
        if words:
            self._progress.say(words)
            self._progress.show()
            announce(self, words)
        else:
            self._progress.hide()
        main = self.main_button
        assert main is not None  # noqa: S101 - given above
        main.set_words(_("Demander une nouvelle page") if state == _State.OVER else _("Continuer"))
        main.setVisible(state in {_State.HERE, _State.OVER})
        self.intro.setVisible(state == _State.WAITING)
        self.order_tabs()

    def _show(self, inside: QWidget | None) -> None:
        if self._inside is not None:
            self._left = None
            self.body.removeWidget(self._inside)
            self._inside.deleteLater()
        self._inside = inside
        if inside is not None:
            self.body.addWidget(inside)
        self.order_tabs()

    def _to_main(self) -> None:
        if self.main_button is not None:
            self.main_button.setFocus()

    def _invitation(self, drop: Drop) -> QWidget:
        inside = QWidget()
        cards = CardLayout(inside, columns=2, ems=14)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(theme.SPACE[2])
        cards.addWidget(self._square(drop))
        cards.addWidget(self._steps(drop))
        return inside

    def _square(self, drop: Drop) -> Card:
        card = Card()
        code = QrCode(drop.url, _("Le carré à viser avec le téléphone"))
        code.setFixedSize(code.sizeHint() / LEAST_MODULE * MODULE)
        card.column.addWidget(code)
        self._left = Text("", theme.Role.SECOND)
        card.column.addWidget(self._left)
        card.column.addStretch(1)
        return card

    def _steps(self, drop: Drop) -> Card:
        card = Card()
        for icon, words in (
            ("qrcode-scan", _("1. Ouvrez l’appareil photo du téléphone. Visez le carré.")),
            ("gesture-tap", _("2. Touchez l’adresse qui s’affiche.")),
            ("camera-outline", _("3. Photographiez le papier, puis envoyez la photo.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        card.column.addWidget(
            IconLine("lock-outline", _("La photo est fermée à clé. Seul cet ordinateur peut l’ouvrir."))
        )
        address = drop.words_url.removeprefix("https://")
        card.column.addWidget(
            Text(
                _("Le carré ne marche pas ? Tapez {address} dans le téléphone, puis ces mots :").format(
                    address=address
                ),
                theme.Role.SECOND,
            )
        )
        card.column.addWidget(Text(drop.words.replace("-", " "), theme.Role.STRONG))
        if self._is_demonstration:
            self._offer_here(card, drop)
        card.column.addStretch(1)
        return card

    def _offer_here(self, card: Card, drop: Drop) -> None:
        """In the demonstration the service is on this very PC, where no phone can reach it."""
        card.column.addWidget(
            IconLine("information-outline", _("Démonstration : aucun téléphone n’atteint ce poste."))
        )
        button = PlainButton(_("Ouvrir la page ici"))
        visit = self._context.visit
        button.clicked.connect(
            lambda: self._context.tasks.run(
                lambda: visit.show_page(drop.url), None, self._not_here, lane=Lane.NETWORK, owner=self
            )
        )
        card.column.addWidget(button)

    def _not_here(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)


def _close(tasks: Tasks, held: list[Drop]) -> None:
    """Close the page of a screen that is gone, if it was still open."""
    for drop in held:
        tasks.run(drop.close, lane=Lane.NETWORK)


class _Pictures(QWidget):
    """What came, large enough to see whether it is the right paper."""

    def __init__(self, arrived: Arrived) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        column.addWidget(inside)
        cards = CardLayout(inside, columns=3, ems=12)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(theme.SPACE[2])
        whole = len(arrived.pictures)
        for number, image in enumerate(arrived.pictures, 1):
            cards.addWidget(_thumbnail(QPixmap.fromImage(image), number, whole))


def _thumbnail(picture: QPixmap, number: int, whole: int) -> Card:
    card = Card()
    words = _("Photo {number} sur {whole}").format(number=number, whole=whole)
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    label.setPixmap(picture)
    card.column.addWidget(label)
    card.column.addWidget(Text(words, theme.Role.SECOND))
    return card
