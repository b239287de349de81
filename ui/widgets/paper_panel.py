"""The pages of a paper on its way, with the buttons that put them right beside those that turn the leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.text import _
from ui.widgets.document_panel import DocumentPanel
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
    """A document panel whose pages change."""

    def __init__(self, tasks: Tasks, paper: Paper, buttons: Sequence[PlainButton]) -> None:
        self._buttons = buttons
        super().__init__(tasks, _("Un instant, nous préparons la page…"))
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
