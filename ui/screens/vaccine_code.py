"""« Scannez la boîte du vaccin »: the code on the box fills the journey of a vaccination.

Decisions:

- A hand scanner types like a keyboard. The separator that it types is no letter, a line edit would
  drop it and a lot would run into the serial: it is shown as ␝ and given back to the parser.
- Without one, a picture does: the PC's scanner, a telephone, a file. The reader process finds the code; the
  picture lives in memory and goes with its reading. What was found is put into the field, as if typed, and
  takes the same way. Of two different boxes on one picture none is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent

from app import counter
from app.codes import gs1
from app.codes.vaccine_products import product_of
from app.errors import PersonCanAct
from app.mandates import Scope
from app.paper import Paper
from app.reader.papers import Papers
from ui import messages, theme
from ui.screen import Screen
from ui.steps import vaccination
from ui.tasks import Lane
from ui.text import _
from ui.widgets import BarLayout, Field, IconLine, PlainButton, Progress

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["VaccineCode"]

SHOWN, SEPARATOR = "␝", "\x1d"


class VaccineCode(Screen):
    """What was scanned stays, whatever was wrong with it; one can always go on without."""

    name: ClassVar[str] = "vaccine_code"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Scannez la boîte du vaccin"),
            _("Visez le petit carré de points, avec la douchette. Une photo le lit aussi."),
            main=_("Continuer"),
            finish=True,
        )
        self.help_text = _(
            "Cette page lit le produit, le lot et la date limite sur la boîte. "
            "Visez avec la douchette, ou photographiez le carré de près. "
            "Sans code, appuyez sur « Sans la boîte » et répondez vous-même."
        )
        self._context = context
        self.field = Field(_("Code de la boîte"), limit=gs1.MAX_LENGTH)
        self.field.input.installEventFilter(self)
        self.field.input.returnPressed.connect(self.pressed)
        self.field.edited.connect(lambda: self._refuse(""))
        self._paper = Paper()
        self._busy = False
        self._progress = Progress(_("Un instant, nous lisons le code…"))
        self._progress.hide()
        self.body.addWidget(self.field)
        self.body.addWidget(self._progress)
        self.body.addLayout(self._pictures())
        self.body.addWidget(IconLine("needle", _("Rien n’est noté avant votre relecture.")))
        self.without = self.add_action(_("Sans la boîte"))
        self.without.clicked.connect(self._go_without)

    def _pictures(self) -> BarLayout:
        """Offer the ways to a picture of the box."""
        row, context = BarLayout(), self._context
        row.setSpacing(theme.SPACE[1])
        self.phone = PlainButton(_("Photo avec mon téléphone"), icon_name="cellphone")
        self.scan = PlainButton(_("Scanner la boîte"), icon_name="scanner")
        self.file = PlainButton(_("Choisir une photo"), icon_name="image-outline")
        self.phone.clicked.connect(lambda: context.go("phone_drop", paper=self._anew(), adding=True))
        self.scan.clicked.connect(lambda: context.go("scan", paper=self._anew(), adding=True))
        self.file.clicked.connect(lambda: context.go("file_pick", paper=self._anew(), scope=Scope.PROFILE))
        # The page that the phone opens is the service's; practising goes without one.
        if context.engine is None:
            self.phone.hide()
        for button in (self.phone, self.scan, self.file):
            row.addWidget(button)
        return row

    def _anew(self) -> Paper:
        self._paper = Paper()
        self._refuse("")
        return self._paper

    def entered(self) -> None:
        """Read the code of the picture that came meanwhile."""
        pictures = [page.picture for page in self._paper.pages]
        if not pictures or self._busy:
            return
        self._busy, self._paper = True, Paper()
        self._progress.start_after()
        context, today = self._context, self._context.today()

        def read() -> str:
            asked = Papers(context.reader)
            return counter.box_code([code for each in pictures for code in asked.codes(each)], today)

        context.tasks.run(read, self._found, self._unread, lane=Lane.READER, owner=self)

    def _found(self, code: str) -> None:
        self._busy = False
        self._progress.stop()
        self.field.set_value(code.removeprefix(SEPARATOR).replace(SEPARATOR, SHOWN))
        self.pressed()

    def _unread(self, error: Exception) -> None:
        self._busy = False
        self._progress.stop()
        self._refuse(messages.sentence(error))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the separator that a scanner types."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.text() == SEPARATOR
        ):
            self.field.input.insert(SHOWN)
            return True
        return super().eventFilter(watched, event)

    def pressed(self) -> None:
        """Read the code, then ask what it does not say."""
        today = self._context.today()
        try:
            found = gs1.parse(self.field.value.replace(SHOWN, SEPARATOR), today)
            counter.check_expiry(found.expiry, today)
        except PersonCanAct as error:
            self._refuse(messages.sentence(error))
            return
        journey = vaccination.scanned(self._context.space, found)
        if product_of(found.gtin) is not None:
            self._context.go("entry_check", journey=journey)
        else:
            self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _go_without(self) -> None:
        journey = vaccination.adding(self._context.space)
        self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _refuse(self, words: str) -> None:
        self.field.set_error(words)
        self.summary.show_errors([(words, self.field.take_focus)] if words else [])
