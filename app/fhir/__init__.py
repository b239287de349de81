"""FHIR R4 (4.0.1) bodies as they travel: plain JSON, read and made one resource type per file.

A body is the record itself, from the screen to the wire, so there is no class per resource: each
module reads what it needs through the functions below, which never raise on a body that another
program wrote badly (a missing or ill-typed element is ``None``, ``""`` or ``[]``), and makes whole
bodies that the profiles accept.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "Resource",
    "codeable",
    "codes",
    "coding",
    "display_of",
    "extension",
    "identifier_value",
    "items",
    "node",
    "nodes",
    "reference",
    "reference_id",
    "resource_key",
    "string",
]

Resource = dict[str, Any]


def string(body: object, *path: str | int) -> str | None:
    """Return the string at ``path``, or ``None`` where there is none (never an empty one)."""
    found = _at(body, path)
    return found if isinstance(found, str) and found else None


def node(body: object, *path: str | int) -> Resource:
    """Return the object at ``path``, or an empty one."""
    found = _at(body, path)
    return found if isinstance(found, dict) else {}


def items(body: object, *path: str | int) -> list[Any]:
    """Return the list at ``path``, or an empty one."""
    found = _at(body, path)
    return found if isinstance(found, list) else []


def nodes(body: object, *path: str | int) -> list[Resource]:
    """Return the objects of the list at ``path``; anything else in it is left out."""
    return [each for each in items(body, *path) if isinstance(each, dict)]


def _at(body: object, path: tuple[str | int, ...]) -> object:
    for step in path:
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and -len(body) <= step < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def coding(system: str | None, code: str, display: str | None = None) -> Resource:
    """Make a Coding; ``system`` or ``display`` are left out where there are none."""
    made: Resource = {"system": system} if system else {}
    made["code"] = code
    if display:
        made["display"] = display
    return made


def codeable(system: str | None, code: str, display: str | None = None) -> Resource:
    """Make a CodeableConcept of one Coding."""
    return {"coding": [coding(system, code, display)]}


def codes(concept: object, system: str | None = None) -> list[str]:
    """List the codes of a CodeableConcept, of one system if it is named."""
    found = nodes(concept, "coding")
    of_it = [each for each in found if system is None or string(each, "system") == system]
    return [each["code"] for each in of_it if string(each, "code")]


def reference(resource_type: str, resource_id: str, display: str | None = None) -> Resource:
    """Make a literal, relative Reference."""
    made: Resource = {"reference": f"{resource_type}/{resource_id}"}
    if display:
        made["display"] = display
    return made


def reference_id(ref: object, resource_type: str | None = None) -> str | None:
    """Return the id that a Reference names (relative, absolute or versioned), of one type if it is named."""
    text = string(ref, "reference")
    if text is None or text.startswith(("#", "urn:")):
        return None
    parts = text.split("/_history/", maxsplit=1)[0].rstrip("/").split("/")
    if len(parts) < 2 or (resource_type and parts[-2] != resource_type):  # noqa: PLR2004 (a type and an id)
        return None
    return parts[-1] or None


def resource_key(resource: object) -> str:
    """Return "Type/id" of a body, as used for references, change sets and base versions."""
    return f"{string(resource, 'resourceType') or ''}/{string(resource, 'id') or ''}"


def extension(element: object, url: str) -> Resource:
    """Return the first extension of that URL, or an empty object."""
    return next((each for each in nodes(element, "extension") if each.get("url") == url), {})


def identifier_value(resource: object, *systems: str) -> str | None:
    """Return the value of the first identifier of one of those systems, in the order of the systems."""
    for system in systems:
        for each in nodes(resource, "identifier"):
            if each.get("system") == system and string(each, "value"):
                return string(each, "value")
    return None


def display_of(concept: object) -> str | None:
    """Return the words of a CodeableConcept: its text, else its first display."""
    return string(concept, "text") or next(
        (each["display"] for each in nodes(concept, "coding") if string(each, "display")), None
    )
