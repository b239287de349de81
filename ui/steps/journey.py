"""A journey: its questions in order, the answers so far, and what is done with them in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.edits import Edit
    from ui.session.context import SessionContext
    from ui.steps.questions import Answers, Question

__all__ = ["Journey", "change", "step_on"]


def _nothing(_key: str, _answers: Answers) -> None:
    """Find nothing wrong."""


@dataclass(slots=True)
class Journey:
    """One thing to note or to change. It survives Retour and Changer.

    ``save`` and ``undo`` run in the store's lane; ``check`` too, after each question, and raises what is
    wrong with the answer. ``places`` tells which question an error of the end belongs to. ``remark`` is said
    with the first question.
    """

    questions: tuple[Question, ...]
    main: str
    save: Callable[[Answers], Edit]
    undo: Callable[[Edit], None]
    done_title: str
    list_screen: str
    list_words: str
    answers: Answers = field(default_factory=dict)
    check: Callable[[str, Answers], None] = _nothing
    places: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    remark: str = ""
    corrects: bool = False
    edit: Edit | None = None

    def question(self, key: str) -> Question:
        """Return the question of that key."""
        return next(each for each in self.questions if each.key == key)

    def asked(self) -> list[Question]:
        """Return the questions that stand on the check."""
        return [each for each in self.questions if each.name and each.applies(self.answers)]

    def after(self, key: str) -> Question | None:
        """Return the question after this one, ``None`` where the check comes."""
        keys = [each.key for each in self.questions]
        following = self.questions[keys.index(key) + 1 :]
        return next((each for each in following if not each.is_extra and each.applies(self.answers)), None)

    def place_of(self, question: Question | None) -> tuple[int, int] | None:
        """Return which step of how many a question is (none: the check); ``None`` where one only corrects."""
        if self.corrects:
            return None
        places = list(dict.fromkeys(each.target for each in self.questions if not each.is_extra))
        whole = len(places) + 1
        if question is None:
            return whole, whole
        return (places.index(question.target) + 1, whole) if question.target in places else None

    def first(self) -> Question:
        """Return the first question."""
        return self.questions[0]


def step_on(context: SessionContext, journey: Journey, here: Question, *, changing: bool) -> None:
    """Go to the next question; when one answer is changed, to what depends on it, or back to the check."""
    if not changing:
        following = journey.after(here.key)
        if following is None:
            context.go("entry_check", journey=journey)
        else:
            context.go("entry_question", journey=journey, key=following.key)
        return
    depending = journey.after(here.key) if here.clears else None
    if depending is None:
        context.back()
    else:
        context.replace("entry_question", journey=journey, key=depending.key, changing=True)


def change(context: SessionContext, journey: Journey, key: str) -> None:
    """Ask one question again, from the check."""
    context.go("entry_question", journey=journey, key=key, changing=True)
