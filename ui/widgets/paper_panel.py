"""The pages of a paper on its way, with the buttons that put them right beside those that turn the leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import theme
from ui.telling import tell
from ui.text import _
from ui.widgets.document_panel import UNBOUND, DocumentPanel
from ui.widgets.drawn_paper import DrawnPaper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from app.paper import Page, Paper
    from app.reader.client import Reader
    from ui.tasks import Tasks
    from ui.widgets.buttons import PlainButton

__all__ = ["PaperPanel"]


class PaperPanel(DocumentPanel):
    """A document panel whose pages change: few buttons, so that none is out of sight.

    ``ems``: how wide the column of buttons is. ``leafs``: whether one goes from page to page here.
    """

    def __init__(
        self,
        tasks: Tasks,
        paper: Paper,
        buttons: Sequence[PlainButton],
        *,
        ems: float = 10.5,
        leafs: bool = True,
    ) -> None:
        self._buttons, self._ems, self._leafs = buttons, ems, leafs
        super().__init__(tasks, _("Un instant, nous préparons la page…"))
        tell(self.pages.setAccessibleDescription, _("L’image de la page, telle qu’elle sera rangée."))
        self._paper = paper
        self._drawn: DrawnPaper | None = None

    @property
    def page(self) -> Page | None:
        """The page that is looked at."""
        number = self.pages.number
        return self._paper.pages[number] if number < len(self._paper.pages) else None

    def show_paper(self, reader: Reader, number: int = 0) -> None:
        """Show the pages as they are now, at one of them."""
        if self._drawn is None:
            self._drawn = DrawnPaper(reader, self._paper)
        self.show_document(self._drawn, self._drawn.open())
        self.pages.go_to(number)

    def _make_controls(self) -> QWidget:
        controls = super()._make_controls()
        layout = controls.layout()
        assert layout is not None  # noqa: S101 - just made
        for button in self._buttons:
            layout.addWidget(button)
        return controls

    def _fit(self) -> None:
        super()._fit()
        if self._controls.maximumWidth() < UNBOUND:
            width = round(theme.current().body * self._ems)
            self._controls.setMinimumWidth(width)
            self._controls.setMaximumWidth(width)

    def _word_controls(self) -> None:
        """Show what can be pressed now; words come once the paper is made."""
        super()._word_controls()
        self._swap.hide()
        for button in (self._next, self._previous):
            button.setVisible(self._leafs and self.pages.pages > 1 and button.isEnabled())
        for button in (self._grow, self._shrink):
            button.setVisible(self._leafs and button.isEnabled())
