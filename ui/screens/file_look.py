"""« On voit bien tout ? »: the paper as it will be filed, large."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from ui import formats, messages, theme
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, joined
from ui.widgets import NoticeKind, PlainButton
from ui.widgets.document_panel import DocumentPanel, notice_words

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.reader.values import Opened
    from ui.session.context import SessionContext

__all__ = ["FileLook"]

NARROW = 30


class FileLook(Screen):
    """The preview is the very bytes that will be filed: a paper that was made lighter is shown so."""

    name: ClassVar[str] = "file_look"
    step: ClassVar[tuple[int, int] | None] = (1, 5)

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(_("On voit bien tout ?"), main=_("Oui, on voit bien"))
        self.help_text = _(
            "Cette page montre le papier avant de le ranger. "
            "Regardez s’il est entier, droit et net. "
            "Sinon, choisissez un autre fichier ou refaites la photo."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        words = _("Choisir un autre fichier")
        self._other, self._other_below = self.add_action(words), PlainButton(words)
        for button in (self._other, self._other_below):
            button.clicked.connect(self._choose_another)
        self.panel = DocumentPanel(context.tasks, _("Un instant, nous ouvrons le papier…"))
        self.panel.failed.connect(self._failed)
        self.body.addWidget(self.panel)
        self.body.addWidget(self._other_below, 0, Qt.AlignmentFlag.AlignLeft)
        context.tasks.run(filing.document.open, self._show, self._failed, lane=Lane.READER, owner=self)

    def first_focus(self) -> QWidget | None:
        """Return the answer: on this screen the paper is looked at, not read by arrows."""
        return self.main_button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar low on a narrow screen."""
        super().resizeEvent(event)
        narrow = self.width() < theme.current().body * NARROW
        self._other.setVisible(not narrow)
        self._other_below.setVisible(narrow)

    def pressed(self) -> None:
        """One sees all of it."""
        step_on(self._context, self._filing, self.name, changing=self._changing)

    def _choose_another(self) -> None:
        """Go back to the files; from the check, begin anew with another paper."""
        if self._changing:
            self._context.home()
            self._context.go("file_pick")
        else:
            self._context.back()

    def _show(self, opened: Opened) -> None:
        self.notice.say(joined(" ", (self._lighter(), notice_words(opened))), NoticeKind.INFO)
        self.panel.show_document(self._filing.document, opened)
        self.order_tabs()

    def _lighter(self) -> str:
        candidate = self._filing.candidate
        if candidate.shrunk_from is None:
            return ""
        return _(
            "Ce papier pesait {before} : c’était trop lourd. Nous l’avons allégé, il pèse {after}. "
            "Le voici allégé : vérifiez qu’il se lit bien."
        ).format(before=formats.size(candidate.shrunk_from), after=formats.size(candidate.size))

    def _failed(self, error: Exception) -> None:
        self.panel.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
