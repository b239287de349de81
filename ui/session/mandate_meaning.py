"""What a mandate says, in the language of the screen: shown beside the French text, which alone binds.

Decision: the translation is made of the template's own paragraphs and of the same facts, so that it can never
say something else than the text beside it; of a template that this version does not know there is none. It is
neither hashed nor kept: the Consent says only in which language it was shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.mandate_texts import paragraphs, until
from app.codes.mandate_words import ACTION_LABELS, SCOPE_LABELS, Action, Scope
from ui import formats
from ui.languages import current
from ui.text import SOURCE_LANGUAGE, Words, _, joined, mark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from app.codes.mandate_texts import MandateFacts

__all__ = ["explained_in", "for_understanding", "meaning"]

_MARK = mark("Traduction pour comprendre : seul le texte français fait foi.")


def explained_in() -> str:
    """Return the language (BCP 47) in which the meaning is shown now; "" where the screen speaks French.

    It does so too where a catalogue is missing: French that explains French would claim what is not so.
    """
    language = current()
    is_french = language.code == SOURCE_LANGUAGE or for_understanding() == _MARK
    return "" if is_french else language.web_tag


def for_understanding() -> Words:
    """Say what a translation is worth."""
    return _(_MARK)


def meaning(template_id: str, facts: MandateFacts) -> tuple[Words, ...]:
    """Return the title and the paragraphs of a mandate; nothing for a template that is not known."""
    names = {"patient": facts.patient, "adviser": facts.adviser, "organization": facts.organization}
    try:
        parts, end = paragraphs(template_id), until(template_id, facts.duration)
    except KeyError:
        return ()
    fields = names | {
        "birth_date": formats.recorded_day(facts.birth_date),
        "scopes": _bullets(_(SCOPE_LABELS[scope]) for scope in Scope if scope in facts.scopes),
        "actions": _bullets(_(ACTION_LABELS[action]) for action in Action if action in facts.actions),
        "start": _moment(facts.start),
        "end": _(end).format(**names, end=_moment(facts.end)),
    }
    return tuple(_(part).format(**fields) for part in parts)


def _bullets(lines: Iterable[str]) -> Words:
    return joined("\n", [joined(" ", ("•", line)) for line in lines])


def _moment(moment: datetime) -> Words:
    return _("{day} à {time}").format(day=formats.short_day(moment), time=formats.clock_time(moment))
