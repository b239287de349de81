"""A choice that waits for the person: a Task about an act that met another's change while nobody was there.

An envelope of a PC reaches the service when the session that sealed it is long over. Where what it changes
contradicts what somebody else changed first, the service keeps it so, in the person's own record: the next
session asks, and files what was chosen. The Task has the act's id; ``input`` holds the act as it was sealed,
as text: what it would change is nobody's record yet, and no search finds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from app.codes.systems import QUESTION
from app.fhir import Resource, codeable, codes, node, nodes, string

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TYPE", "Question", "about", "answered", "make", "may_become", "read"]

TYPE = "Task"
_KEY = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_CODE, _ACT = "choose-version", "act"
_OPEN, _DONE = "requested", "completed"


@dataclass(frozen=True, slots=True)
class Question:
    """An act as it was sealed: its resources (the Provenance last), on which versions, made from what."""

    op_id: str
    resources: tuple[Resource, ...]
    base_versions: Mapping[str, str]
    bases: Mapping[str, Resource]


def make(question: Question, patient_id: str, focus: str, moment: str) -> Resource:
    """Make the Task (R4) that asks; ``focus`` is the "Type/id" that two have changed."""
    act = {
        "resources": list(question.resources),
        "base_versions": dict(question.base_versions),
        "bases": dict(question.bases),
    }
    return {
        "resourceType": TYPE,
        "id": question.op_id,
        "status": _OPEN,
        "intent": "proposal",
        "code": codeable(QUESTION, _CODE),
        "focus": {"reference": focus},
        "for": {"reference": f"Patient/{patient_id}"},
        "authoredOn": moment,
        "input": [{"type": codeable(QUESTION, _ACT), "valueString": orjson.dumps(act).decode()}],
    }


def read(task: Resource) -> Question | None:
    """Read what a Task asks; ``None`` where it is no question of ours, an answered one, or not whole."""
    found = string(task, "id")
    if task.get("status") != _OPEN or _CODE not in codes(task.get("code"), QUESTION) or not found:
        return None
    texts = (string(each, "valueString") for each in nodes(task, "input"))
    try:
        act: Any = orjson.loads(next((each for each in texts if each), ""))
        resources = {f"{each['resourceType']}/{each['id']}": each for each in act["resources"]}
        versions = {str(key): str(version) for key, version in act["base_versions"].items()}
        bases = {key: body for key in versions if (body := node(act, "bases", key))}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    is_whole = about(task) in versions and versions.keys() <= resources.keys()
    if not is_whole or f"Provenance/{found}" not in resources:
        return None
    return Question(found, tuple(resources.values()), versions, bases)


def about(resource: Resource | None) -> str | None:
    """Return what a question, open or answered, is about ("Type/id"); ``None`` where this is none."""
    found = string(resource, "focus", "reference") or ""
    is_ours = resource is not None and _CODE in codes(resource.get("code"), QUESTION)
    return found if is_ours and _KEY.fullmatch(found) else None


def answered(task: Resource) -> Resource:
    """Return the Task once a person has chosen; what was asked goes with it."""
    return {key: value for key, value in task.items() if key != "input"} | {"status": _DONE}


def may_become(task: Resource | None, said: Resource | None) -> bool:
    """Say whether a program may write this: a question is answered as it was asked, and by no other change.

    What it holds is filed by whoever answers, under a mandate that opens what it is about and perhaps no
    more. So nobody but the service asks; nobody asks something else, or once more, or takes it away: the act
    is nowhere else. ``task`` is what stands; ``said`` is ``None`` where it is to be deleted.
    """
    if about(task) is None:
        return about(said) is None or (said or {}).get("status") == _DONE
    return said is not None and _besides_meta(said) == _besides_meta(answered(task or {}))


def _besides_meta(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key != "meta"}
