"""« De quand date-t-il ? »: the date on the paper, proposed where it could be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import formats
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.text import _
from ui.widgets import DateFields, PlainButton, Text
from ui.widgets.fields import parts_of
from ui.widgets.flow import BarLayout

if TYPE_CHECKING:
    from datetime import date

    from ui.session.context import SessionContext

__all__ = ["FileDate"]

OLDEST = 1900


class FileDate(Screen):
    """Three fields, read one by one; a date to come is refused in words."""

    name: ClassVar[str] = "file_date"
    step: ClassVar[tuple[int, int] | None] = (3, 5)

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(
            _("De quand date-t-il ?"), self._said(filing.candidate.proposed_date), main=_("Continuer")
        )
        self.help_text = _(
            "Cette page sert à donner la date du papier. "
            "C’est la date écrite dessus. "
            "Si vous ne la trouvez pas, mettez celle d’aujourd’hui."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        self.fields = DateFields(
            _("Date du papier"), _("Par exemple : 17 11 2026"), parts=parts_of(filing.date)
        )
        self.fields.edited.connect(self._edited)
        self._read_back = Text("")
        self._today = PlainButton(_("Aujourd’hui"), icon_name="calendar-today")
        self._today.clicked.connect(self._put_today)
        bar = BarLayout()
        bar.addWidget(self._today)
        self.body.addWidget(self.fields)
        self.body.addWidget(self._read_back)
        self.body.addLayout(bar)
        self._edited()

    def pressed(self) -> None:
        """Keep the date, or say what is wrong with it."""
        words = self._wrong()
        self.fields.set_error(words)
        self.summary.show_errors([(words, self.fields.take_focus)] if words else [])
        if not words:
            self._filing.date = self.fields.date()
            step_on(self._context, self._filing, self.name, changing=self._changing)

    @staticmethod
    def _said(proposed: date | None) -> str:
        if proposed is None:
            return _("Cherchez la date sur le papier.")
        return _("Nous avons lu cette date sur le papier. Vérifiez-la.")

    def _now(self) -> date:
        return self._context.space.clock().astimezone().date()

    def _put_today(self) -> None:
        self.fields.set_date(self._now())
        self._edited()

    def _edited(self) -> None:
        """Say the date back with its day of the week: a wrong one is heard at once."""
        found = self.fields.date()
        good = found is not None and found.year >= OLDEST
        self._read_back.set_words(formats.day(found) if found and good else "")
        self._read_back.setVisible(bool(self._read_back.words))
        if found and good:
            self._filing.date = found

    def _wrong(self) -> str:
        found = self.fields.date()
        if self.fields.is_empty:
            return _("Écrivez la date du papier, ou appuyez sur « Aujourd’hui ».")
        if found is None or found.year < OLDEST:
            return _("Cette date n’existe pas. Écrivez le jour, le mois et l’année en chiffres.")
        if found > self._now():
            return _("Cette date est à venir. Vérifiez l’année.")
        return ""
