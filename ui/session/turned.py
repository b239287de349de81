"""« Tourner l’écran »: the same page for the customer, very large, without the helper's controls.

Decision: nothing is shown beside what the customer's own space shows, so there is no second state that could
fall behind or outlive a visit: the process ends with the customer, and what was turned ends with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from ui import theme
from ui.text import _

if TYPE_CHECKING:
    from ui.screen import Screen
    from ui.shell import Shell

__all__ = ["TurnedScreen"]

SIZE = 52


class TurnedScreen(QObject):
    """Turns the window's screen to the customer, and back, by the same key or button."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._size = theme.current().size
        self.is_turned = False
        button = shell.topbar.turn_button
        button.clicked.connect(self.toggle)
        button.show()
        # « Affichage » has the sizes too, and the bar stays one row.
        shell.topbar.size_button.hide()
        QShortcut(QKeySequence("F8"), shell).activated.connect(self.toggle)

    def toggle(self) -> None:
        """Turn to the customer, or back to the helper."""
        self.is_turned = not self.is_turned
        topbar = self._shell.topbar
        if self.is_turned:
            self._size = theme.current().size
        self._shell.set_text_size(max(SIZE, int(self._size)) if self.is_turned else int(self._size))
        topbar.turn_button.set_words(_("Rendre l’écran") if self.is_turned else _("Tourner l’écran"))
        for part in (topbar.hide_button, topbar.display_button):
            part.setVisible(not self.is_turned)
        if self._shell.shown is not None:
            self.dress(self._shell.shown)

    def dress(self, screen: Screen) -> None:
        """Show a screen's way to the next customer to the helper only."""
        screen.finish_button.setVisible(not self.is_turned)
        screen.order_tabs()
