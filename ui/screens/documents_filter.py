"""« Quelle sorte de documents ? », « De quelle année ? »: only what there is, with how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from app.codes.categories import CATEGORIES
from ui import formats
from ui.screen import Screen
from ui.text import _, ngettext
from ui.widgets import Tile, TileGrid
from ui.widgets.document_list import CATEGORY_ICONS, category_label

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["DocumentsFilter"]

Chosen = Callable[[str, str | None], None]


class DocumentsFilter(Screen):
    """One press chooses and goes back to the list."""

    name: ClassVar[str] = "documents_filter"

    def __init__(
        self, context: SessionContext, *, by: str, found: Sequence[tuple[str, int]], choose: Chosen
    ) -> None:
        by_category = by == "category"
        super().__init__(_("Quelle sorte de documents ?") if by_category else _("De quelle année ?"))
        self.help_text = _(
            "Cette page sert à montrer moins de documents. "
            "Appuyez sur une case : la liste ne montre plus que ceux-là. "
            "La première case les montre tous."
        )
        self._context = context
        self._by = by
        self._choose = choose
        whole = sum(count for _value, count in found)
        grid = TileGrid(columns=4, ems=11)
        grid.add(self._tile(None, _("Toutes les sortes") if by_category else _("Toutes les années"), whole))
        for value, count in self._in_order(found):
            grid.add(self._tile(value, category_label(value) if by_category else value, count))
        self.body.addWidget(grid)

    def _in_order(self, found: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        """Categories as the space shows them, years newest first."""
        if self._by != "category":
            return sorted(found, reverse=True)
        order = list(CATEGORIES)
        return sorted(found, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))

    def _tile(self, value: str | None, words: str, count: int) -> Tile:
        icon = CATEGORY_ICONS.get(value or "", "calendar" if self._by == "year" else "file-multiple")
        second = ngettext("{count} document", "{count} documents", count).format(count=formats.number(count))
        tile = Tile(words, second, icon_name=icon)
        tile.clicked.connect(lambda: self._chosen(value))
        return tile

    def _chosen(self, value: str | None) -> None:
        self._choose(self._by, value)
        self._context.back()
