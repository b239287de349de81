"""« Voici ce qui va s’imprimer »: the sheets as they will come out, and how, each line to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.policy import Printing
from ui import messages, theme
from ui.printing import printing_system
from ui.printing.plan import Plan
from ui.printing.preview import SheetView
from ui.printing.printers import PrinterMissing, PrintingNotAllowed
from ui.printing.sheets import SHEET
from ui.saving import may_save
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, dotted, ngettext
from ui.widgets import Answer, CardLayout, CheckAnswers, NoticeKind, PlainButton, Progress, Text
from ui.widgets.filling import fill

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from ui.printing.papers import Paper
    from ui.printing.printers import Printer, PrintSystem
    from ui.printing.sheets import Sheets
    from ui.session.context import SessionContext

__all__ = ["PrintPreview"]

BESIDE = 34
LEAST_LINES = 14
MANY = 20
WIDEST = 560


class PrintPreview(Screen):
    """Nothing is printed before the main button."""

    name: ClassVar[str] = "print_preview"

    def __init__(self, context: SessionContext, *, paper: Paper, system: PrintSystem | None = None) -> None:
        super().__init__(_("Voici ce qui va s’imprimer"), paper.title, main=_("Imprimer"))
        self.help_text = _(
            "Cette page montre la feuille comme elle sortira. "
            "À côté, vous changez ce qu’il faut. "
            "« Imprimer » envoie les pages à l’imprimante."
        )
        self._context = context
        wanted = getattr(context.start, "printer", "")
        self.plan = Plan(paper, system or printing_system(), wanted)
        self._making = ""
        self._looked = False
        self._said: list[Answer] = []
        self.sheet = SheetView(context.tasks)
        self.answers = CheckAnswers()
        self._progress = Progress(_("Un instant, nous préparons les pages…"))
        self._build()
        self.save = self.add_action(_("Enregistrer une copie"), icon_name="content-save-outline")
        self.save.setVisible(may_save(context))
        self.save.clicked.connect(self._save_copy)
        self.sheet.turned.connect(self._turn)
        self.sheet.failed.connect(self._failed)
        self.answers.change_asked.connect(self._change)

    def entered(self) -> None:
        """Take up what was changed; look again which printers there are."""
        self._context.tasks.run(
            self.plan.system.printers, self._printers, self._failed, lane=Lane.NETWORK, owner=self
        )
        self._make()
        self._say_answers()

    def first_focus(self) -> QWidget | None:
        """Return the answer: printing is what one came for."""
        return self.main_button

    def pressed(self) -> None:
        """Print, if there is what is needed."""
        if not self.plan.is_made:
            return
        if self.plan.printer is None and self.plan.printers:
            self._change("printer")
        elif self.plan.printer is None:
            self.say(self._missing(), NoticeKind.BAD)
        else:
            self._ask_leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._fit()

    def customEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        del event
        self._fit()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        self._where = Text("", theme.Role.STRONG)
        self._next = PlainButton(_("Page suivante"))
        self._previous = PlainButton(_("Page précédente"))
        self._next.clicked.connect(lambda: self._turn(self.plan.shown + 1))
        self._previous.clicked.connect(lambda: self._turn(self.plan.shown - 1))
        self._turning = QWidget()
        row = CardLayout(self._turning, columns=3, ems=7)
        for widget in (self._where, self._next, self._previous):
            row.addWidget(widget)
        self._turning.hide()
        beside = QWidget()
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        for part in (self._progress, self._turning, self.answers):
            column.addWidget(part)
        column.addStretch(1)
        self._area = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._area.setSpacing(theme.SPACE[2])
        self._area.addWidget(self.sheet, 2)
        self._area.addWidget(beside, 3)
        self.body.addLayout(self._area)
        self._progress.start_after()

    def _fit(self) -> None:
        beside = self.width() >= theme.current().body * BESIDE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._area.setDirection(across if beside else down)
        self._area.setAlignment(self.sheet, Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag(0))
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        """Give the sheet what the screen leaves; under each other, what makes it large enough to be read."""
        if self._area.direction() == QBoxLayout.Direction.LeftToRight:
            fill(self.sheet, theme.current().body * LEAST_LINES)
        else:
            wide = min(self.width() * 2 // 3, WIDEST)
            self.sheet.setFixedHeight(round(wide * SHEET.height() / SHEET.width()))

    # -- the sheets ------------------------------------------------------------------------------

    def _make(self) -> None:
        """Lay out the form that was chosen; what is laid out already is only shown again."""
        plan = self.plan
        form = plan.form
        if plan.is_made:
            self._show()
        elif self._making != form:
            self._making = form
            self._context.tasks.run(
                lambda: plan.paper.make(form),
                lambda sheets: self._made(sheets, form),
                lambda error: self._not_made(error, form),
                lane=Lane.READER,
                owner=self,
            )

    def _made(self, sheets: Sheets, form: str) -> None:
        self._making = ""
        if form == self.plan.form:
            self.plan.made(sheets, form)
            self._show()

    def _not_made(self, error: Exception, form: str) -> None:
        """Say why; go back to the form that could be made."""
        self._making = ""
        if form == self.plan.form and self.plan.made_as:
            self.plan.form = self.plan.made_as
            self._show()
        self._failed(error)

    def _show(self) -> None:
        plan = self.plan
        if plan.sheets is None:
            return
        self._progress.stop()
        self.sheet.show_sheet(plan.sheets, plan.shown, gray=plan.gray)
        self._where.set_words(
            _("Page {number} sur {count}").format(number=plan.shown + 1, count=plan.sheets.count)
        )
        self._turning.setVisible(plan.sheets.count > 1)
        self._next.setEnabled(plan.shown < plan.sheets.count - 1)
        self._previous.setEnabled(plan.shown > 0)
        self._say_answers()
        self.order_tabs()

    def _turn(self, number: int) -> None:
        """Show another sheet; a button that leads no further gives the focus to the sheet."""
        if self.plan.sheets is not None and 0 <= number < self.plan.sheets.count:
            self.plan.shown = number
            had_focus = next((b for b in (self._next, self._previous) if b.hasFocus()), None)
            self._show()
            if had_focus is not None and not had_focus.isEnabled():
                self.sheet.setFocus()

    # -- the answers -----------------------------------------------------------------------------

    def _say_answers(self) -> None:
        plan = self.plan
        focused = next((key for key, button in self.answers.buttons.items() if button.hasFocus()), None)
        lines = [
            Answer("printer", _("Imprimante"), plan.printer_words, _("Changer l’imprimante")),
            Answer("copies", _("Combien"), plan.copies_words, _("Changer le nombre")),
            Answer("ink", _("Encre"), plan.ink_words, _("Changer l’encre")),
        ]
        if len(plan.paper.forms) > 1:
            lines.insert(0, Answer("form", plan.paper.question, plan.form_words, plan.paper.change))
        if plan.sheets is not None and plan.sheets.count > 1:
            lines.append(Answer("pages", _("Pages"), plan.pages_words, _("Changer les pages")))
        if lines != self._said:
            self._said = lines
            self.answers.set_answers(lines)
            self.order_tabs()
        if focused in self.answers.buttons:
            self.answers.buttons[focused].setFocus()
        self.intro.set_words(dotted((plan.paper.title, self._many())))

    def _many(self) -> str:
        """Say it when it will take much paper."""
        count = self.plan.papers
        words = ngettext("Attention : {count} feuille", "Attention : {count} feuilles", count)
        return words.format(count=count) if count > MANY else ""

    def _change(self, what: str) -> None:
        self.say("")
        self._context.go("print_choice", plan=self.plan, what=what)

    def _printers(self, printers: list[Printer]) -> None:
        printers = self._allowed(printers)
        self.plan.found(printers)
        if not self._looked and self.plan.printer is None and (self.plan.wanted or not printers):
            self.say(self._missing(), NoticeKind.WAIT)
        self._looked = True
        self._say_answers()
        self.order_tabs()

    def _allowed(self, printers: list[Printer]) -> list[Printer]:
        """Leave out the printers that this place's organization does not allow."""
        rule = getattr(self._context.start, "printing", Printing.ANY)
        if rule == Printing.NONE:
            return []
        if rule == Printing.ANY:
            return printers
        own = self.plan.wanted
        return [each for each in printers if (each.name == own if own else each.is_default)]

    def _missing(self) -> str:
        forbidden = getattr(self._context.start, "printing", Printing.ANY) == Printing.NONE
        return messages.sentence(PrintingNotAllowed() if forbidden else PrinterMissing())

    # -- printing --------------------------------------------------------------------------------

    def _ask_leave(self) -> None:
        self._context.tasks.run(
            self.plan.paper.may, lambda _none: self._go(), self._failed, lane=Lane.STORE, owner=self
        )

    def _go(self) -> None:
        if self.isVisible():
            self.say("")
            self._context.go("print_going", plan=self.plan)

    def _save_copy(self) -> None:
        """Keep it as a file of the person's own, in the form that is shown."""
        if self.plan.is_made:
            self.say("")
            self._context.go("save_copy", plan=self.plan)

    def _failed(self, error: Exception) -> None:
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
