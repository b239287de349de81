"""« On voit bien tout ? »: the paper as it will be filed, large."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import formats, messages
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import NoticeKind
from ui.widgets.document_panel import DocumentPanel, notice_words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.reader.values import Opened
    from ui.session.context import SessionContext

__all__ = ["FileLook"]


class FileLook(Screen):
    """The preview is the very bytes that will be filed: a paper that was made lighter is shown so."""

    name: ClassVar[str] = "file_look"

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(_("On voit bien tout ?"), main=_("Oui, on voit bien"))
        self.help_text = _(
            "Regardez si tout le papier est là, droit et net. "
            "Sinon, choisissez un autre fichier ou refaites la photo."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        self.add_action(_("Choisir un autre fichier")).clicked.connect(context.back)
        self.panel = DocumentPanel(context.tasks, _("Un instant, nous ouvrons le papier…"))
        self.panel.failed.connect(self._failed)
        self.body.addWidget(self.panel)
        context.tasks.run(filing.document.open, self._show, self._failed, lane=Lane.READER, owner=self)

    def first_focus(self) -> QWidget | None:
        """Return the answer: on this screen the paper is looked at, not read by arrows."""
        return self.main_button

    def pressed(self) -> None:
        """One sees all of it."""
        step_on(self._context, self._filing, self.name, changing=self._changing)

    def _show(self, opened: Opened) -> None:
        self.notice.say(" ".join(filter(None, (self._lighter(), notice_words(opened)))), NoticeKind.INFO)
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
