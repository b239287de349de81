"""What a resource says of the person's own confirmation: which act, in which words, when.

The words stand on it whole with their SHA-256, and the template they were written from: what was confirmed
can be read again later, and an edited word is seen. The service looks at this before it takes an act that
only the person decides (`app.codes.personal_acts`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.personal_acts import CONFIRMED_URL, READ_BACKS, PersonalAct, template_of
from app.fhir import Resource, extension, items, nodes, string

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["confirmed_act", "confirmed_words", "is_confirmed", "with_confirmation"]


def with_confirmation(
    resource: Resource, act: PersonalAct, template: str, words: str, moment: datetime
) -> Resource:
    """Return the resource saying what the person confirmed, and when."""
    mark = {
        "url": CONFIRMED_URL,
        "extension": [
            {"url": "act", "valueCode": act.value},
            {"url": "template", "valueString": template},
            {"url": "sha256", "valueString": hashlib.sha256(words.encode()).hexdigest()},
            {"url": "words", "valueString": words},
            {"url": "at", "valueInstant": instant(moment)},
        ],
    }
    kept = [each for each in items(resource, "extension") if each.get("url") != CONFIRMED_URL]
    return resource | {"extension": [*kept, mark]}


def confirmed_words(resource: Resource) -> str:
    """Return the words that the person confirmed, "" where the resource says none."""
    return _said(resource).get("words", "")


def confirmed_act(resource: Resource) -> PersonalAct | None:
    """Return the act that a resource carries a whole confirmation of, ``None`` where it carries none."""
    said = _said(resource)
    act = next((each for each in PersonalAct if each.value == said.get("act")), None)
    return act if act and is_confirmed(resource, act) else None


def is_confirmed(resource: Resource, act: PersonalAct) -> bool:
    """Say whether a resource carries a whole confirmation of this act, written from its own template."""
    said = _said(resource)
    words, template = said.get("words", ""), said.get("template", "")
    if not words or not said.get("at") or said.get("act") != act.value or template not in READ_BACKS:
        return False
    try:
        template_of(act, template)
    except KeyError:
        return False
    return said.get("sha256") == hashlib.sha256(words.encode()).hexdigest() and _begins(words, template)


def _begins(words: str, template: str) -> bool:
    """Say whether words are written from a template: all of it before its first field."""
    return words.startswith(READ_BACKS[template].partition("{")[0])


def _said(resource: Resource) -> dict[str, str]:
    parts = nodes(extension(resource, CONFIRMED_URL), "extension")
    kinds = ("valueCode", "valueString", "valueInstant")
    return {
        each["url"]: next((found for kind in kinds if (found := string(each, kind))), "")
        for each in parts
        if string(each, "url")
    }
