"""The bar on top: whose space this is, the connection in words, hide the screen, the text size."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import theme
from ui.telling import tell
from ui.text import _
from ui.widgets.buttons import QuietButton
from ui.widgets.flow import BarLayout
from ui.widgets.grounds import BarGround
from ui.widgets.notices import NoticeKind, Pictogram
from ui.widgets.painting import paint_box, paint_ring, shape_of
from ui.widgets.words import Text

__all__ = ["TopBar"]

STATE_EMS = 9


class _State(QuietButton):
    """The state of the connection, in words, on a calm ground; it opens what waits."""

    def __init__(self) -> None:
        self.notice = NoticeKind.OK
        super().__init__("", in_bar=True)
        self.setObjectName("state")
        tell(self.setAccessibleDescription, _("Voir ce qui attend"))
        self.hide()

    def sizeHint(self) -> QSize:
        """On two lines where it is long, so that the bar stays one row."""
        wide = min(super().sizeHint().width(), round(theme.current().bar.body * STATE_EMS))
        wide = max(wide, self.minimumSizeHint().width())
        return QSize(wide, self.heightForWidth(wide))

    def label_font(self) -> QFont:
        """Write it a little smaller than what one does there."""
        return self._look().font(theme.Role.SECOND)

    def say(self, words: str, kind: NoticeKind) -> None:
        """Show other words."""
        self.notice = kind
        self.set_words(words)
        self.setVisible(bool(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground in the colours of the state, the words, the ring."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = "accent" if self.notice is NoticeKind.INFO else self.notice.value
        tint = "tint" if self.notice is NoticeKind.INFO else f"{ink}_tint"
        paint_box(painter, shape_of(self), fill="card" if self.isDown() else tint, line=ink)
        self._paint_words(painter, ink)
        if self.hasFocus():
            paint_ring(painter, self)
        painter.end()


class TopBar(BarGround):
    """Always in the same place.

    Signals: ``state_asked``, ``listen_asked``, ``hide_asked``, ``size_asked(TextSize)``, ``display_asked``.
    """

    state_asked = Signal()
    listen_asked = Signal()
    display_asked = Signal()
    hide_asked = Signal()
    size_asked = Signal(int)

    def __init__(
        self,
        whose: str,
        *,
        can_hide: bool = False,
        icon_name: str = "account-heart",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(line_below=True, parent=parent)
        self.setObjectName("topbar")
        bar = BarLayout(self)
        edge = theme.SPACE[3]
        bar.setContentsMargins(edge, theme.SPACE[0], edge, theme.SPACE[0])
        bar.setSpacing(theme.SPACE[0])
        self._whose = _Whose(whose, icon_name)
        self.state = _State()
        self.hide_button = QuietButton(_("Cacher"), icon_name="eye-off-outline", in_bar=True)
        tell(self.hide_button.setAccessibleDescription, _("Touche F9"))
        # Shown before it has a parent, it would be a window of its own for a moment.
        if not can_hide:
            self.hide_button.hide()
        self.turn_button = QuietButton(_("Tourner l’écran"), icon_name="account-switch-outline", in_bar=True)
        tell(self.turn_button.setAccessibleDescription, _("Touche F8"))
        self.turn_button.hide()
        self.listen_button = QuietButton(_("Écouter"), icon_name="volume-high", in_bar=True)
        tell(self.listen_button.setAccessibleDescription, _("Touche F4"))
        self.size_button = QuietButton("", icon_name="format-size", in_bar=True)
        self.display_button = QuietButton(_("Affichage"), icon_name="palette-outline", in_bar=True)
        tell(self.display_button.setAccessibleDescription, _("Couleurs, langue, taille du texte"))
        bar.addWidget(self._whose)
        bar.push_right()
        for widget in (self.state, *self.buttons):
            bar.addWidget(widget)
        self.state.clicked.connect(self.state_asked)
        self.listen_button.clicked.connect(self.listen_asked)
        self.hide_button.clicked.connect(self.hide_asked)
        self.display_button.clicked.connect(self.display_asked)
        self.size_button.clicked.connect(lambda: self.size_asked.emit(int(self.next_size())))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.refresh()

    @property
    def buttons(self) -> tuple[QuietButton, ...]:
        """The buttons, in the order of the eye."""
        return self.turn_button, self.listen_button, self.hide_button, self.size_button, self.display_button

    def set_whose(self, words: str) -> None:
        """Say whose space is open."""
        self._whose.text.set_words(words)
        self._fit()

    def say_state(self, words: str, kind: NoticeKind = NoticeKind.OK) -> None:
        """Say how the connection is; empty hides it."""
        self.state.say(words, kind)
        self._fit()
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the pictograms out where the words alone fill the row."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        margins = self.contentsMargins()
        room = self.width() - margins.left() - margins.right() - 2 * theme.SPACE[3]
        for roomy in (True, False):
            for button in self.buttons:
                button.set_roomy(roomy=roomy)
            parts = [self._whose, *(part for part in (self.state, *self.buttons) if not part.isHidden())]
            if sum(part.sizeHint().width() + theme.SPACE[0] for part in parts) <= room:
                return

    def next_size(self) -> theme.TextSize:
        """Return the size that the button leads to: larger, and from the largest back to the default."""
        size = theme.current().size
        return size.larger if size != theme.TextSize.LARGEST else theme.TextSize.MEDIUM

    def refresh(self) -> None:
        """Say what the size button does now."""
        larger = theme.current().size != theme.TextSize.LARGEST
        self.size_button.set_words(_("Texte plus grand") if larger else _("Texte normal"))
        self._fit()


class _Whose(QWidget):
    """A pictogram and the name of the person."""

    def __init__(self, words: str, icon_name: str) -> None:
        super().__init__()
        self.text = Text(words, theme.Role.STRONG, tight=True, in_bar=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.RING, theme.RING, 0, theme.RING)
        row.setSpacing(theme.SPACE[1])
        row.addWidget(Pictogram(icon_name, scale=1.3, in_bar=True))
        row.addWidget(self.text, 1)
