"""One page of a paper: straightened or left as it is, an edge cut away, moved, taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import NoticeKind, PlainButton
from ui.widgets.paper_panel import PaperPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.paper import Page, Paper
    from app.reader.client import Reader
    from ui.session.context import SessionContext

__all__ = ["ScanPage"]


class ScanPage(Screen):
    """Each press shows at once, and another press undoes it."""

    name: ClassVar[str] = "scan_page"

    def __init__(self, context: SessionContext, *, paper: Paper, number: int) -> None:
        super().__init__(_("Que faut-il changer ?"), main=_("C’est bon"))
        self.help_text = _(
            "Cette page sert à redresser ou couper une page. "
            "Appuyez sur un bouton : la page change tout de suite. "
            "Rien n’est perdu : on peut tout remettre."
        )
        self._context = context
        self._paper = paper
        self._number = number
        self._whole = PlainButton("", icon_name="crop")
        self._turn = PlainButton(_("Tourner"), icon_name="rotate-right")
        self._cuts = {
            "top": PlainButton(_("Enlever en haut")),
            "bottom": PlainButton(_("Enlever en bas")),
            "left": PlainButton(_("Enlever à gauche")),
            "right": PlainButton(_("Enlever à droite")),
        }
        self._before = PlainButton(_("Mettre avant"), icon_name="arrow-up")
        self._after = PlainButton(_("Mettre après"), icon_name="arrow-down")
        self._remove = PlainButton(_("Retirer cette page"), icon_name="delete-outline")
        buttons = (self._turn, self._whole, self._remove, *self._cuts.values(), self._before, self._after)
        self.panel = PaperPanel(context.tasks, paper, buttons, ems=19, leafs=False)
        self.body.addWidget(self.panel)
        self._wire()

    def _wire(self) -> None:
        self._turn.clicked.connect(lambda: self._changed(lambda page: page.turn(90)))
        self._whole.clicked.connect(lambda: self._changed(_swapped))
        for side, button in self._cuts.items():
            button.clicked.connect(lambda _on=False, side=side: self._changed(lambda page: page.cut(side)))
        self._before.clicked.connect(lambda: self._move(-1))
        self._after.clicked.connect(lambda: self._move(1))
        self._remove.clicked.connect(self._take_out)
        self.panel.failed.connect(lambda error: self.say(messages.sentence(error), NoticeKind.BAD))
        self.panel.pages.page_changed.connect(self._other_page)

    def entered(self) -> None:
        """Show the page."""
        context = self._context
        context.tasks.run(lambda: context.reader, self._show, lane=Lane.READER, owner=self)

    def pressed(self) -> None:
        """Back to all the pages."""
        self._context.back()

    def _show(self, reader: Reader) -> None:
        self.panel.show_paper(reader, self._number)
        self._word_buttons()
        self.order_tabs()

    def _other_page(self) -> None:
        self._number = self.panel.pages.number
        self._word_buttons()

    def _changed(self, change: Callable[[Page], None]) -> None:
        page = self.panel.page
        if page is not None:
            change(page)
            page.was_turned = False
            self.panel.pages.go_to(self._number)
            self._word_buttons()

    def _move(self, by: int) -> None:
        self._number = self._paper.move(self._number, by)
        self.panel.pages.go_to(self._number)
        self._word_buttons()

    def _take_out(self) -> None:
        self._paper.remove(self._number)
        self._context.back()

    def _word_buttons(self) -> None:
        page, count = self.panel.page, len(self._paper.pages)
        if page is None:
            return
        self._whole.set_words(
            _("Garder l’image entière") if _is_put_right(page) else _("Redresser et recadrer")
        )
        for button, is_useful in (
            (self._before, self._number > 0),
            (self._after, self._number < count - 1),
        ):
            button.setVisible(count > 1)
            button.setEnabled(is_useful)


def _is_put_right(page: Page) -> bool:
    """Say whether anything is done to it besides turning."""
    return page.edit.corners is not None or bool(page.edit.angle) or page.edit.is_cleared


def _swapped(page: Page) -> None:
    if _is_put_right(page):
        page.keep_whole()
    else:
        page.put_right()
