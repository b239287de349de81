"""« Photographiez le papier avec votre téléphone »: a QR, and the picture arrives here.

The page that the QR opens is closed by its first send, when this screen goes, and after ten minutes. Help
and the display page may lie on top meanwhile: the phone goes on, and what it sent is here on return.

Decision: the square carries the language of the screen where someone chose one. French is where every
visit begins, so it says nothing of the person: then the phone's own language decides (``Accept-Language``),
which its owner did choose.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.errors import PersonCanAct
from app.paper import Paper, TooManyPages
from sync.drops import DropOver
from sync.failures import Offline, TransportError
from ui import messages, theme
from ui.filing import step_on
from ui.languages import current
from ui.phone_pictures import Arrived, look_at
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import SOURCE_LANGUAGE, _, joined, ngettext, resayable
from ui.widgets import Card, CardLayout, IconLine, NoticeKind, Progress, Text, announce
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
THUMBNAIL = 300


class _State(StrEnum):
    ASKING = "asking"
    WAITING = "waiting"
    COMING = "coming"
    HERE = "here"
    OVER = "over"


class NotAPicture(PersonCanAct):
    """Nothing of what the phone sent can be read as a paper."""

    code: ClassVar[str] = "phone-no-picture"


class PhoneDrop(Screen):
    """Photos become pages of ``paper``, a new one unless given; ``adding``: one came from its pages.

    ``open_drop`` opens the page in this visit's name.
    """

    name: ClassVar[str] = "phone_drop"

    def __init__(
        self,
        context: SessionContext,
        *,
        paper: Paper | None = None,
        adding: bool = False,
        open_drop: Callable[[], Drop] | None = None,
    ) -> None:
        super().__init__(
            _("Photographiez le papier avec votre téléphone"),
            main=_("Continuer"),
        )
        self.help_text = _(
            "Cette page reçoit une photo prise avec votre téléphone. "
            "Le carré ouvre une page sur le téléphone, sans compte. "
            "Photographiez le papier à plat, puis touchez « Envoyer à l’ordinateur »."
        )
        self._context = context
        self._paper = paper if paper is not None else Paper()
        self._adding = adding
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
        self._here = self.add_action(_("Ouvrir la page ici")) if self._is_demonstration else None
        if self._here is not None:
            self._here.clicked.connect(self._open_here)
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
            self._go_on(self._arrived)
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
        self._enter(_State.WAITING)
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
            self._context.navigator.somebody_is_there()
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
            words = _no_network()
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
            self._enter(_State.WAITING)
            if self._drop is not None:
                self._show(self._invitation(self._drop))
            self._unseen(error)
        else:
            self._failed(error)

    def _collected(self, sent: tuple[Picture, ...]) -> None:
        self._drop = None
        self._held.clear()
        context, pages_only = self._context, bool(self._paper.pages)
        self._context.tasks.run(
            lambda: look_at(context, sent, THUMBNAIL, pages_only=pages_only),
            self._seen,
            self._failed,
            lane=Lane.READER,
            owner=self,
        )

    def _seen(self, arrived: Arrived) -> None:
        count = len(arrived.pictures)
        if not count:
            self._failed(arrived.refused[0] if len(arrived.refused) == 1 else NotAPicture())
            return
        self._arrived = arrived
        self._enter(_State.HERE)
        self._show(_Pictures(arrived))
        words = ngettext("{count} photo est arrivée.", "{count} photos sont arrivées.", count)
        self.say(
            joined(" ", (words.format(count=count), _left_out(len(arrived.refused)))),
            NoticeKind.WAIT if arrived.refused else NoticeKind.OK,
        )
        self._to_main()

    def _go_on(self, arrived: Arrived) -> None:
        """Go where a scanned paper or a picked file goes next."""
        if arrived.filing is not None:
            step_on(self._context, arrived.filing, "file_pick", changing=False)
            return
        try:
            for page in arrived.pages:
                self._paper.add(page)
        except TooManyPages as error:
            self.summary.show_errors([(messages.sentence(error), self._to_main)])
            return
        if self._adding:
            self._context.back()
        else:
            self._context.replace("scan_pages", paper=self._paper)

    def _failed(self, error: Exception) -> None:
        """Offer a new page; no network, or ten minutes gone by, is nothing to be alarmed at."""
        self._drop = None
        self._held.clear()
        self._enter(_State.OVER)
        self.say("")
        if isinstance(error, Offline):
            self.say(_no_network(), NoticeKind.WAIT)
        elif isinstance(error, DropOver):
            self.say(messages.sentence(error), NoticeKind.WAIT)
        else:
            self.summary.show_errors([(messages.sentence(error, at_the_door=True), self._to_main)])
        self._to_main()

    # -- how it looks -----------------------------------------------------------------------------

    def _enter(self, state: _State, words: str = "") -> None:
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
        if self._here is not None:
            self._here.setVisible(state == _State.WAITING)
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
        inside, pair = QWidget(), QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        cards = CardLayout(pair, columns=2, ems=14)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(theme.SPACE[1])
        cards.addWidget(self._square(drop))
        cards.addWidget(self._steps())
        column.addWidget(pair)
        column.addWidget(self._other_way(drop))
        return inside

    def _square(self, drop: Drop) -> Card:
        card = Card()
        code = QrCode(_address(drop), _("Le carré à viser avec le téléphone"))
        code.setFixedSize(code.sizeHint() / LEAST_MODULE * MODULE)
        self._left = Text("", theme.Role.SECOND)
        self._left.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        card.column.addStretch(1)
        card.column.addWidget(code, 0, Qt.AlignmentFlag.AlignHCenter)
        card.column.addWidget(self._left)
        card.column.addStretch(1)
        return card

    def _steps(self) -> Card:
        card = Card()
        waiting = Progress(_("Nous attendons la photo…"))
        for icon, words in (
            ("qrcode-scan", _("1. Visez le carré avec l’appareil photo.")),
            ("gesture-tap", _("2. Touchez l’adresse qui s’affiche.")),
            ("camera-outline", _("3. Photographiez le papier, puis envoyez.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        card.column.addStretch(1)
        card.column.addWidget(waiting)
        card.column.addStretch(1)
        card.column.addWidget(
            IconLine("lock-outline", _("La photo est fermée à clé. Seul cet ordinateur peut l’ouvrir."))
        )
        return card

    def _other_way(self, drop: Drop) -> Card:
        """Offer the words to who can't scan."""
        card = Card()
        address = drop.words_url.removeprefix("https://")
        words = _("Le carré ne marche pas ? Tapez {address} dans le téléphone, puis ces mots :")
        card.column.addWidget(Text(words.format(address=address)))
        card.column.addWidget(Text(drop.words.replace("-", " "), theme.Role.STRONG))
        if self._is_demonstration:
            card.column.addWidget(
                IconLine("information-outline", _("Démonstration : aucun téléphone n’atteint ce poste."))
            )
        return card

    def _open_here(self) -> None:
        """Be the phone, in the demonstration: its service is on this very PC, where no phone can reach it."""
        visit, drop = self._context.visit, self._drop
        if drop is not None:
            self._context.tasks.run(
                lambda: visit.show_page(str(_address(drop))),
                None,
                self._not_here,
                lane=Lane.NETWORK,
                owner=self,
            )

    def _not_here(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)


@resayable
def _address(drop: Drop) -> str:
    language = current()
    return drop.url_in("" if language.code == SOURCE_LANGUAGE else language.web_tag)


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


def _no_network() -> str:
    return _("Pas de réseau : la photo ne peut pas arriver. Attendez un peu, ou prenez une clé USB.")


def _left_out(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "{count} autre ne se lit pas : elle est laissée de côté.",
        "{count} autres ne se lisent pas : elles sont laissées de côté.",
        count,
    ).format(count=count)


def _thumbnail(picture: QPixmap, number: int, whole: int) -> Card:
    card = Card()
    words = _("Photo {number} sur {whole}").format(number=number, whole=whole)
    label = QLabel()
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    label.setPixmap(picture)
    card.column.addWidget(Text(words, theme.Role.SECOND))
    card.column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
    card.column.addStretch(1)
    return card
