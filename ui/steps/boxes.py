"""The widgets that take an answer: cards, three fields of a date, lines to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.fhir.partial_date import earliest
from ui import theme
from ui.steps.words import partial_day
from ui.text import _
from ui.widgets import BarLayout, Choice, ChoiceGroup, DateFields, Field, PlainButton, Text

if TYPE_CHECKING:
    from ui.steps.questions import Answers, ChoiceQuestion, DateQuestion, TextQuestion
    from ui.widgets.fields import Parts

__all__ = ["AnswerBox", "ChoiceBox", "DateBox", "TextBox"]

OLDEST = 1900


class AnswerBox(QWidget):
    """Base: ``answered`` whenever the answer changes."""

    answered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE[1])

    def keep(self, answers: Answers) -> None:
        """Write the answer where it belongs."""
        raise NotImplementedError

    def wrong(self) -> str:
        """Say what is wrong with the answer by its form; empty when nothing is."""
        return ""

    def show_error(self, words: str) -> None:
        """Show ``words`` beside the field; empty takes them away."""

    def take_focus(self) -> None:
        """Go where the answer is given."""
        raise NotImplementedError


class ChoiceBox(AnswerBox):
    """Cards; the last one may open a line for one's own words."""

    def __init__(self, question: ChoiceQuestion, answers: Answers) -> None:
        super().__init__()
        from ui.steps.questions import OTHER

        self._question, self._other = question, OTHER
        choices = question.choices()
        if question.other:
            choices.append(Choice(OTHER, question.other, icon_name="pencil-outline"))
        self.choices = ChoiceGroup(choices, several=question.several, columns=question.columns)
        self.column.addWidget(self.choices)
        self.own: Field | None = None
        if question.other:
            own = str(answers.get(question.words, ""))
            self.own = Field(question.other_label, value=own, width=question.limit, limit=question.limit)
            self.own.edited.connect(self.answered)
            self.column.addWidget(self.own)
        given = answers.get(question.target)
        self.choices.choose(*(given if question.several else (given,)) if given is not None else ())
        self.choices.changed.connect(self._changed)
        self._show_own()

    def keep(self, answers: Answers) -> None:
        """Write what is chosen."""
        if self._question.several:
            answers[self._question.target] = tuple(self.choices.values())
        else:
            answers[self._question.target] = self.choices.value()
        if self.own is not None:
            chosen = self.choices.value() == self._other
            answers[self._question.words] = " ".join(self.own.value.split()) if chosen else ""

    def wrong(self) -> str:
        """Ask for a choice where one is needed, and for the words of « autre »."""
        if self.own is not None and self.choices.value() == self._other and not self.own.value:
            return _("Écrivez de quoi il s’agit.")
        is_open = self._question.several or self.choices.value() is not None
        return "" if is_open else self._question.missing

    def show_error(self, words: str) -> None:
        """Show it over the line of one's own words."""
        if self.own is not None:
            self.own.set_error(words if self.own.isVisible() else "")

    def take_focus(self) -> None:
        """Go to the line where it is open, else to the cards."""
        if self.own is not None and self.own.isVisible():
            self.own.take_focus()
        else:
            self.choices.focus_first()

    def _changed(self) -> None:
        self._show_own()
        self.answered.emit()

    def _show_own(self) -> None:
        if self.own is not None:
            self.own.setVisible(self.choices.value() == self._other)


class DateBox(AnswerBox):
    """Jour, Mois, Année: as much of them as is known."""

    def __init__(self, question: DateQuestion, answers: Answers) -> None:
        super().__init__()
        self._question = question
        told = _parts_of(str(answers.get(question.key, "")))
        self.fields = DateFields(question.label, _("L’année suffit. Par exemple : 2019"), parts=told)
        self.fields.edited.connect(self._edited)
        self._read_back = Text("")
        self.column.addWidget(self.fields)
        self.column.addWidget(self._read_back)
        if question.with_today:
            self.today = PlainButton(_("Aujourd’hui"), icon_name="calendar-today")
            self.today.clicked.connect(self._put_today)
            bar = BarLayout()
            bar.addWidget(self.today)
            self.column.addLayout(bar)
        self._say_back()

    def keep(self, answers: Answers) -> None:
        """Write the date as far as it is known."""
        answers[self._question.key] = _told(self.fields)

    def wrong(self) -> str:
        """Say which part does not fit."""
        if self.fields.is_empty:
            return self._question.missing
        told = _told(self.fields)
        day = earliest(told)
        if day is None or day.year < OLDEST:
            return _("Cette date n’existe pas. Écrivez l’année en quatre chiffres.")
        return _("Cette date est à venir. Vérifiez l’année.") if day > self._question.today() else ""

    def show_error(self, words: str) -> None:
        """Show it over the fields."""
        self.fields.set_error(words)

    def take_focus(self) -> None:
        """Go to the day."""
        self.fields.take_focus()

    def _put_today(self) -> None:
        self.fields.set_date(self._question.today())
        self._edited()

    def _edited(self) -> None:
        self._say_back()
        self.answered.emit()

    def _say_back(self) -> None:
        told = _told(self.fields)
        day = earliest(told)
        self._read_back.set_words(partial_day(told) if day and day.year >= OLDEST else "")
        self._read_back.setVisible(bool(self._read_back.words))


def _told(fields: DateFields) -> str:
    """Return the partial date in the fields; what is no date is given as it is, and is refused."""
    day, month, year = (each.value for each in fields.fields)
    if not year or (day and not month):
        return f"{year}-{month}-{day}" if day or month else ""
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def _parts_of(told: str) -> Parts:
    year, month, day = (*told.split("-"), "", "", "")[:3]
    return day.lstrip("0"), month.lstrip("0"), year


class TextBox(AnswerBox):
    """One line or two."""

    def __init__(self, question: TextQuestion, answers: Answers) -> None:
        super().__init__()
        self._question = question
        self.fields: dict[str, Field] = {}
        for each in question.fields:
            line = Field(
                each.label,
                each.help_words,
                value=str(answers.get(each.key, "")),
                width=each.width or min(each.limit, 34),
                limit=each.limit,
            )
            line.edited.connect(self.answered)
            self.fields[each.key] = line
            self.column.addWidget(line)

    def keep(self, answers: Answers) -> None:
        """Write the lines."""
        for key, line in self.fields.items():
            answers[key] = " ".join(line.value.split())

    def wrong(self) -> str:
        """Ask for one where one is needed."""
        return "" if any(line.value for line in self.fields.values()) else self._question.missing

    def show_error(self, words: str) -> None:
        """Show it over the first line."""
        next(iter(self.fields.values())).set_error(words)

    def take_focus(self) -> None:
        """Go to the first empty line, or the first."""
        lines = list(self.fields.values())
        next((line for line in lines if not line.value), lines[0]).take_focus()
