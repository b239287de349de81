"""« On voit bien tout ? »: the pages that were scanned or photographed, large, before they are one paper.

While one looks, the words of each page are read. The main button waits for them, says so, and lets go on
without. What comes out is one PDF with its words; the next questions are those of any paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import intake
from app.paper import Page, Paper, bound
from app.reader.papers import Papers
from ui import messages
from ui.filing import Filing
from ui.paper_reading import PaperReading
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, joined, ngettext
from ui.widgets import NoticeKind, PlainButton, Progress
from ui.widgets.drawn_document import DrawnDocument
from ui.widgets.paper_panel import PaperPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.reader.client import Reader
    from ui.session.context import SessionContext

__all__ = ["ScanPages"]


class ScanPages(Screen):
    """Nothing is bound before the person has seen every page as it will be kept."""

    name: ClassVar[str] = "scan_pages"
    step: ClassVar[tuple[int, int] | None] = (1, 5)

    def __init__(self, context: SessionContext, *, paper: Paper) -> None:
        super().__init__(_("On voit bien tout ?"), main=_("Oui, on voit bien"))
        self.help_text = _(
            "Cette page montre les pages de votre papier. "
            "Regardez si chaque page est droite, entière et nette. "
            "Vous pouvez la tourner, la changer ou en ajouter d’autres."
        )
        self._context = context
        self._paper = paper
        self._here = 0
        self._count = 0
        self._wanted = False
        self._asking = False
        self._filing: tuple[object, Filing] | None = None
        self._turn = PlainButton(_("Tourner"), icon_name="rotate-right")
        self._change = PlainButton(_("Changer"), icon_name="crop-rotate")
        self._add = PlainButton(_("Ajouter une page"), icon_name="plus")
        self.panel = PaperPanel(context.tasks, paper, (self._turn, self._change, self._add))
        self._progress = Progress()
        self._progress.hide()
        self._go_without = PlainButton(_("Continuer sans attendre"))
        self._go_without.hide()
        self._put_back = PlainButton(_("Remettre la page retirée"), icon_name="undo")
        self._put_back.hide()
        for widget in (self._progress, self._go_without, self._put_back, self.panel):
            self.body.addWidget(widget)
        self._reading = PaperReading(context, paper, self)
        self._wire()

    def _wire(self) -> None:
        self._turn.clicked.connect(self._turned)
        self._change.clicked.connect(self._change_page)
        self._add.clicked.connect(self._add_page)
        self._put_back.clicked.connect(self._page_put_back)
        self._go_without.clicked.connect(self._without_words)
        self.panel.failed.connect(self._failed)
        self.panel.pages.page_changed.connect(self._looked_at)
        self._reading.page_turned.connect(self._turned_by_itself)
        self._reading.page_read.connect(self._say_left)
        self._reading.over.connect(self._words_are_here)

    def entered(self) -> None:
        """Show the pages as they are now; go on where a question was answered."""
        context = self._context
        self.panel.show()
        self._put_back.setVisible(self._paper.can_put_back)
        if self._count and len(self._paper.pages) > self._count:
            self._here = self._count  # the first of those that were added
        self._count = len(self._paper.pages)
        if not self._paper.pages:
            self._nothing_left()
            return
        if self.main_button is not None:
            self.main_button.show()
        context.tasks.run(lambda: context.reader, self._show, self._failed, lane=Lane.READER, owner=self)
        self._reading.resume()
        if self._asking and self._paper.is_confirmed:
            self._wanted = True
            self._bind()
        self._asking = False

    def left(self) -> None:
        """Remember the page; the reading goes on for the next time."""
        self._here = self.panel.pages.number

    def first_focus(self) -> QWidget | None:
        """Return the answer: the paper is looked at."""
        return self.main_button

    def pressed(self) -> None:
        """One sees all of it: the words are waited for, then the paper is made."""
        if not self._paper.pages or self._wanted:
            return
        if self._filing is not None and self._filing[0] == self._paper.state:
            self._next(self._filing[1])
            return
        self._wanted = True
        self.summary.show_errors([])
        self._enable(enabled=False)
        if self._reading.is_over:
            self._words_are_here()
        else:
            self._say_left()
            self._progress.start_after()
            self._go_without.show()
            self._reading.go_on()

    # -- pages ------------------------------------------------------------------------------------

    def _show(self, reader: Reader) -> None:
        self._here = min(self._here, len(self._paper.pages) - 1)
        self.panel.show_paper(reader, self._here)
        self._looked_at()
        self.order_tabs()

    def _looked_at(self) -> None:
        """Say what is odd about the page that is looked at."""
        page = self.panel.page
        if page is None or self._wanted:
            return
        said = []
        if page.is_blank:
            said.append(
                _("Cette page semble vide. Retournez la feuille, ou retirez cette page.")
                if self._paper.from_scanner
                else _("Cette page semble vide. Refaites la photo, ou retirez cette page.")
            )
        if page.was_turned:
            said.append(_("Cette page était à l’envers ou de côté. Nous l’avons tournée."))
        if page.read is not None and page.read.missing:
            said.append(messages.reason(page.read.missing))
        self.notice.say(joined(" ", said), NoticeKind.WAIT if page.is_blank else NoticeKind.INFO)

    def _turned(self) -> None:
        page = self.panel.page
        if page is not None:
            page.turn(90)
            page.was_turned = False
            self._drawn_anew()

    def _turned_by_itself(self, page: Page) -> None:
        if page is self.panel.page:
            self._drawn_anew()

    def _drawn_anew(self) -> None:
        self._here = self.panel.pages.number
        self.panel.pages.go_to(self._here)
        self._looked_at()
        self._reading.go_on()

    def _change_page(self) -> None:
        self._context.go("scan_page", paper=self._paper, number=self.panel.pages.number)

    def _add_page(self) -> None:
        if self._paper.from_scanner:
            self._context.go("scan", paper=self._paper, adding=True)
        else:
            self._context.go("file_pick", paper=self._paper)

    def _page_put_back(self) -> None:
        there = self._paper.put_back()
        self.entered()
        self._here = there
        self.order_tabs()

    def _nothing_left(self) -> None:
        """Every page was taken out: the way on is to add one, or to put it back."""
        self.panel.hide()
        if self.main_button is not None:
            self.main_button.hide()
        self.say(
            _("Il n’y a plus de page. Remettez la page retirée, ou revenez en arrière."), NoticeKind.INFO
        )

    # -- one paper --------------------------------------------------------------------------------

    def _say_left(self) -> None:
        self._looked_at()
        left = self._reading.left
        words = ngettext(
            "Nous lisons les mots du papier : encore {count} page.",
            "Nous lisons les mots du papier : encore {count} pages.",
            max(1, left),
        )
        self._progress.say(words.format(count=max(1, left)))
        whole = len(self._paper.pages)
        self._progress.set_share(whole - left if whole > 1 else 0, whole if whole > 1 else 0)

    def _without_words(self) -> None:
        self._reading.stop()
        self._go_without.setEnabled(False)
        self._bind()

    def _words_are_here(self) -> None:
        if not self._wanted:
            return
        if self._paper.has_words or self._paper.is_confirmed:
            self._bind()
        else:
            self._still()
            self._asking = True
            self._context.go("paper_no_text", paper=self._paper)

    def _bind(self) -> None:
        self._go_without.hide()
        self._enable(enabled=False)
        self._progress.say(_("Un instant, nous préparons le papier…"))
        self._progress.set_share(0, 0)
        self._progress.start_after()
        context, paper, pages = self._context, self._paper, list(self._paper.pages)
        state, name = paper.state, paper.name or _("Papier scanné")
        space = context.space

        def made() -> tuple[object, Filing, bool]:
            done = bound(Papers(context.reader), pages, intake.LIMIT)
            DrawnDocument.let_go(context.reader)
            candidate = intake.check(
                context.reader,
                done.data,
                paper.name,
                known=lambda sha256: space.records.document_with_digest(sha256) is not None,
                patient=space.patient,
            )
            return state, Filing.of(context.reader, name, candidate, paper.scan), done.is_plain

        context.tasks.run(made, self._made, self._failed, lane=Lane.READER, owner=self)

    def _made(self, made: tuple[object, Filing, bool]) -> None:
        state, filing, is_plain = made
        self._filing = (state, filing)
        self._still()
        self._next(filing)
        if is_plain:
            words = _("Ce papier est long : il est gardé en noir et blanc, pour rester léger.")
            self._context.navigator.toast(words, NoticeKind.INFO)

    def _next(self, filing: Filing) -> None:
        if filing.seems_anothers:
            self._context.go("paper_other", filing=filing, then="file_category")
        else:
            self._context.go("file_category", filing=filing)

    def _failed(self, error: Exception) -> None:
        self._still()
        self.panel.stop()
        self.summary.show_errors([(messages.sentence(error), self._to_main)])

    def _still(self) -> None:
        self._wanted = False
        self._progress.stop()
        self._go_without.hide()
        self._enable(enabled=True)

    def _enable(self, *, enabled: bool) -> None:
        for widget in (self.main_button, self._turn, self._change, self._add, self.back_button):
            if widget is not None:
                widget.setEnabled(enabled)
        self._go_without.setEnabled(True)

    def _to_main(self) -> None:
        if self.main_button is not None:
            self.main_button.setFocus()
