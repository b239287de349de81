"""« C'est quoi ? »: nine kinds of paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.categories import CATEGORIES
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.text import _
from ui.widgets import Choice, ChoiceGroup
from ui.widgets.document_list import CATEGORY_ICONS, category_label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.session.context import SessionContext

__all__ = ["FileCategory"]


class FileCategory(Screen):
    """The proposed kind is chosen beforehand; another press changes it."""

    name: ClassVar[str] = "file_category"
    step: ClassVar[tuple[int, int] | None] = (2, 5)

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(_("C’est quoi ?"), main=_("Continuer"))
        self.help_text = _(
            "Cette page sert à dire quelle sorte de papier c’est. "
            "Appuyez sur la case qui lui ressemble le plus. "
            "En cas de doute, prenez « Autres documents »."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        choices = [
            Choice(str(info.code), category_label(str(info.code)), icon_name=CATEGORY_ICONS[info.code])
            for info in CATEGORIES.values()
        ]
        self.choices = ChoiceGroup(choices, columns=3, name=_("Sorte de papier"))
        if filing.category:
            self.choices.choose(filing.category)
        self.choices.changed.connect(self._keep)
        self.body.addWidget(self.choices)

    def first_focus(self) -> QWidget | None:
        """Return the proposed answer."""
        return next((card for card in self.choices.cards if card.isChecked()), None) or super().first_focus()

    def pressed(self) -> None:
        """Keep the answer, or ask for one."""
        if self.choices.value() is None:
            self.summary.show_errors([(_("Choisissez la sorte de papier."), self.choices.focus_first)])
            return
        self.summary.show_errors([])
        step_on(self._context, self._filing, self.name, changing=self._changing)

    def _keep(self) -> None:
        self._filing.category = self.choices.value()
