"""« Scannez la boîte du vaccin »: the code on the box fills the journey of a vaccination.

Decision: a hand scanner types like a keyboard. The separator that it types is no letter, a line edit would
drop it and a lot would run into the serial: it is shown as ␝ and given back to the parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent

from app import counter
from app.codes import gs1
from app.errors import PersonCanAct
from ui import messages
from ui.screen import Screen
from ui.steps import vaccination
from ui.text import _
from ui.widgets import Field, IconLine

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
            _("Visez le petit carré de points, avec la douchette."),
            main=_("Continuer"),
            finish=True,
        )
        self.help_text = _(
            "Cette page lit le code de la boîte du vaccin. "
            "Il donne le produit, le numéro de lot et la date limite. "
            "Sans code, appuyez sur « Sans la boîte » et répondez vous-même."
        )
        self._context = context
        self.field = Field(_("Code de la boîte"), limit=gs1.MAX_LENGTH)
        self.field.input.installEventFilter(self)
        self.field.input.returnPressed.connect(self.pressed)
        self.field.edited.connect(lambda: self._refuse(""))
        self.body.addWidget(self.field)
        self.body.addWidget(IconLine("needle", _("Rien n’est noté avant votre relecture.")))
        self.without = self.add_action(_("Sans la boîte"))
        self.without.clicked.connect(self._go_without)

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
        if journey.answers.get("vaccine"):
            self._context.go("entry_check", journey=journey)
        else:
            self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _go_without(self) -> None:
        journey = vaccination.adding(self._context.space)
        self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _refuse(self, words: str) -> None:
        self.field.set_error(words)
        self.summary.show_errors([(words, self.field.take_focus)] if words else [])
