"""The kinds of questions: choose, tell a date, write. Each makes its answer box and says the answer back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.fhir.partial_date import is_partial_date
from ui.steps.boxes import AnswerBox, ChoiceBox, DateBox, TextBox
from ui.steps.words import partial_day
from ui.text import commas, joined

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ui.widgets import Choice

__all__ = ["OTHER", "Answers", "ChoiceQuestion", "DateQuestion", "Question", "TextField", "TextQuestion"]

OTHER = "other"
"""The choice that is written in one's own words."""

Answers = dict[str, Any]


def _always(_answers: Answers) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. ``key`` names it; ``change`` are the words of the button that asks it again.

    ``name`` stands before the answer on the check, if it stands there. ``clears`` are the answers that
    another answer here makes void: what asks for them comes next. ``is_extra`` is asked from the check
    only. ``missing`` is said where an answer is needed and there is none; without it, none is an answer.
    """

    key: str
    title: str
    intro: str = ""
    help_text: str = ""
    name: str = ""
    change: str = ""
    missing: str = ""
    clears: tuple[str, ...] = ()
    is_extra: bool = False
    applies: Callable[[Answers], bool] = _always

    @property
    def target(self) -> str:
        """Where the answer goes."""
        return self.key

    def box(self, answers: Answers) -> AnswerBox:
        """Make the widget that takes the answer, with the present one in it."""
        raise NotImplementedError

    def said(self, answers: Answers) -> str:
        """Say the answer back."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ChoiceQuestion(Question):
    """Large cards: one answer, or several. With ``other`` the last one is written in one's own words.

    The answer goes to ``key`` (a value, or a tuple of them); one's own words to ``words``.
    """

    choices: Callable[[], list[Choice]]
    field: str = ""
    several: bool = False
    columns: int = 1
    other: str = ""
    other_label: str = ""
    words: str = "words"
    limit: int = 50

    def box(self, answers: Answers) -> AnswerBox:
        """Show the cards."""
        return ChoiceBox(self, answers)

    def said(self, answers: Answers) -> str:
        """Say the words of the chosen cards."""
        if not self.several and answers.get(self.target) == OTHER and self.other:
            return str(answers.get(self.words, ""))
        chosen = answers.get(self.target) or ()
        wanted = chosen if self.several else (chosen,)
        return commas([each.words for each in self.choices() if each.value in wanted])

    @property
    def target(self) -> str:
        """Where the answer goes."""
        return self.field or self.key


@dataclass(frozen=True, kw_only=True)
class DateQuestion(Question):
    """Day, month, year; the year alone is enough. The answer is a partial date as FHIR writes it."""

    label: str
    with_today: bool = False
    today: Callable[[], date]

    def box(self, answers: Answers) -> AnswerBox:
        """Show three fields."""
        return DateBox(self, answers)

    def said(self, answers: Answers) -> str:
        """Say the date as far as it is known."""
        told = str(answers.get(self.key, ""))
        return partial_day(told) if is_partial_date(told) else ""


@dataclass(frozen=True, kw_only=True)
class TextField:
    """One line to fill in: where it goes, its label and help."""

    key: str
    label: str
    help_words: str = ""
    limit: int = 50
    width: int = 0


@dataclass(frozen=True, kw_only=True)
class TextQuestion(Question):
    """One or two lines to write. ``missing`` is said where all are empty."""

    fields: tuple[TextField, ...] = field(default_factory=tuple)

    def box(self, answers: Answers) -> AnswerBox:
        """Show the lines."""
        return TextBox(self, answers)

    def said(self, answers: Answers) -> str:
        """Say what was written."""
        return joined(" ", [str(answers.get(each.key, "")) for each in self.fields])
