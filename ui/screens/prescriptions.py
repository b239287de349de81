"""« Vos ordonnances »: the list of documents, held to what is filed as a prescription."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.categories import Category
from app.records import DocumentQuery
from ui.screens.documents import Documents
from ui.text import _

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Prescriptions"]


class Prescriptions(Documents):
    """No other kind can be asked for here."""

    name: ClassVar[str] = "prescriptions"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(context)
        self.set_title(_("Vos ordonnances"))
        self.help_text = _(
            "Cette page montre vos ordonnances, les plus récentes en haut. "
            "Appuyez sur une ordonnance pour la lire. "
            "Vos autres documents ne sont pas montrés ici."
        )
        self._show(DocumentQuery())

    def _show(self, query: DocumentQuery) -> None:
        super()._show(DocumentQuery(Category.ORD_SOIN, query.year, query.text))

    def _word_filters(self) -> None:
        super()._word_filters()
        query = self.model.query
        self._by_category.hide()
        self._show_all.setVisible(bool(query.year or query.text))
