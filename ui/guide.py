"""A guided visit: one sentence at a time says what to press, and a ring shows where.

The guide never presses for the person and never holds them: they may press anything else, and the
guide waits until they come by again, or until they end it. It follows what the window shows, so it
knows nothing of how the screens work but their names and one control of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.telling import tell
from ui.text import _
from ui.widgets import Banner, BarLayout, QuietButton, Text, announce

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.screen import Screen
    from ui.shell import Shell

__all__ = ["Guide", "GuideBar", "Step", "first_visit"]

FOLLOW_MS = 120
RING = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence, on the screen named ``screen``; ``target`` finds what to press there.

    Without a target there is nothing to press but « Suivant ».
    """

    screen: str
    words: str
    target: Callable[[Any], QWidget | None] | None = None


def first_visit(shell: Shell, *, at_home: bool = False) -> tuple[Step, ...]:
    """Return the steps of the first visit: read a paper, larger words, hear, end."""
    return (*_ways(shell), *_ends(at_home=at_home))


def _ends(*, at_home: bool) -> tuple[Step, ...]:
    """Return the last steps: at home a space is closed, elsewhere what was done is read and all is erased."""
    if at_home:
        words = _("Quand vous avez fini, appuyez sur « Fermer cet espace ». Bravo, c’est fini.")
        return (Step("home", words, lambda screen: screen.finish_button),)
    return (
        Step("home", _("Quand vous avez fini, appuyez sur « Terminer la visite »."),
             lambda screen: screen.finish_button),
        Step("finish", _("Ici, on relit ce qui a été fait. « Terminer » efface tout. Bravo, c’est fini.")),
    )  # fmt: skip


def _ways(shell: Shell) -> tuple[Step, ...]:
    return (
        Step("home", _("Voici l’accueil. Chaque case ouvre une chose. Appuyez sur « Lire mes documents »."),
             lambda screen: screen.read),
        Step("documents", _("Vos papiers sont ici. Le plus récent est en haut. Appuyez dessus."),
             lambda screen: screen.list),
        Step("document_view", _("Voici le papier. « Plus grand » l’agrandit. Ensuite, « Retour »."),
             lambda screen: screen.back_button),
        Step("documents", _("Appuyez encore sur « Retour », pour revenir à l’accueil."),
             lambda screen: screen.back_button),
        Step("home", _("Les mots sont trop petits ? Ce bouton les agrandit. Essayez, puis « Suivant »."),
             lambda _screen: shell.topbar.size_button),
        Step("home", _("« Écouter » lit la page à voix haute. « Cacher » cache l’écran. Puis « Suivant »."),
             lambda _screen: shell.topbar.listen_button),
    )  # fmt: skip


class GuideBar(Banner):
    """The guide's sentence with its two buttons, under the top bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guidebar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        edge = theme.SPACE[4] - theme.RING
        column.setContentsMargins(edge, theme.SPACE[0], edge, theme.SPACE[0])
        self.text = Text("", theme.Role.STRONG, color="accent", tight=True, in_bar=True)
        column.addWidget(self.text)
        holder = QFrame()
        bar = BarLayout(holder)
        self.next_button = QuietButton(_("Suivant"), icon_name="arrow-right", in_bar=True)
        self.stop_button = QuietButton(_("Arrêter le guide"), icon_name="close", in_bar=True)
        for button in (self.next_button, self.stop_button):
            bar.addWidget(button)
        column.addWidget(holder)
        self.hide()

    def say(self, words: str) -> None:
        """Show and speak a sentence."""
        self.text.set_words(words)
        tell(self.setAccessibleName, words)
        self.show()
        announce(self, words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().color("tint"))
        painter.end()


class _Ring(QWidget):
    """A frame around what to press; presses go through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def surround(self, target: QWidget) -> None:
        """Stand around ``target``, or nowhere while it is out of sight."""
        seen = target.visibleRegion().boundingRect()
        if seen.isEmpty() or not target.isVisible():
            self.hide()
            return
        here = target.mapTo(self.window(), QPoint(0, 0))
        place = seen.translated(here).adjusted(-RING, -RING, RING, RING)
        if place != self.geometry():
            self.setGeometry(place)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a dashed frame: not the focus ring, which is whole."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.current().color("accent"), RING)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        half = RING / 2
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(half, half, -half, -half), theme.RADIUS_CARD, theme.RADIUS_CARD
        )
        painter.end()


class Guide(QObject):
    """Leads through ``steps`` in a window; one at a time."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._steps: Sequence[Step] = ()
        self._at = 0
        self._ring = _Ring(shell)
        self._timer = QTimer(self, interval=FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        shell.screen_shown.connect(self._shown)
        shell.guide_bar.next_button.clicked.connect(self._next)
        shell.guide_bar.stop_button.clicked.connect(self.stop)

    @property
    def step(self) -> Step | None:
        """The step that is being said."""
        return self._steps[self._at] if self._at < len(self._steps) else None

    def lead(self, steps: Sequence[Step]) -> None:
        """Begin."""
        self._steps, self._at = steps, 0
        self._timer.start()
        self._say()

    def stop(self) -> None:
        """End, wherever one is."""
        self._steps = ()
        self._timer.stop()
        self._ring.hide()
        self._shell.guide_bar.hide()

    def _shown(self, screen: Screen) -> None:
        """Go on when the person came to where the next step is."""
        following = self._at + 1
        step = self.step
        if step is None:
            return
        came = following < len(self._steps) and screen.name == self._steps[following].screen
        if came and screen.name != step.screen:
            self._at = following
        self._say()

    def _next(self) -> None:
        self._at += 1
        if self.step is None:
            self.stop()
            return
        self._say()

    def _say(self) -> None:
        step = self.step
        if step is None:
            return
        self._shell.guide_bar.say(step.words)
        last = self._at == len(self._steps) - 1
        # Where one goes on by pressing what is shown, « Suivant » would only lose the thread.
        leads_on = not last and self._steps[self._at + 1].screen != step.screen
        self._shell.guide_bar.next_button.setVisible(not leads_on and not last)
        self._follow()

    def _follow(self) -> None:
        step, shown = self.step, self._shell.shown
        target = step.target(shown) if step and step.target and shown and shown.name == step.screen else None
        if target is None:
            self._ring.hide()
        else:
            self._ring.surround(target)
