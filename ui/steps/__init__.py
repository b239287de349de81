"""Short journeys of one question a screen: what is asked, in which order, and what becomes of it.

Decision: a question is a value (its words, its kind of answer, where the answer goes) and one screen
asks them all, so that every question has its button, its errors and its way back in the same place,
and a new room of the program is a list of questions, not ten screens.
"""

from __future__ import annotations

from ui.steps.journey import Journey, change, step_on
from ui.steps.questions import ChoiceQuestion, DateQuestion, Question, TextField, TextQuestion

__all__ = [
    "ChoiceQuestion",
    "DateQuestion",
    "Journey",
    "Question",
    "TextField",
    "TextQuestion",
    "change",
    "step_on",
]
