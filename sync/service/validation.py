"""Light R4 checks: shape, required elements, types of the basics, references.

Decision: no profile machinery at run time (tests have one); what is refused here is what would make a
record unreadable or lie about its form. A type without a table of its own is checked by the rules
that hold for every resource (nothing empty, references well formed, contained and extensions whole).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from app.fhir import string
from sync.service.compartment import R4_TYPES
from sync.service.elements import CODES, DATATYPES, PRIMITIVES, RESOURCES, Element
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource

__all__ = ["check"]

_DEPTH = 40
_REFERENCE = re.compile(
    r"#[A-Za-z0-9\-.]{0,64}|urn:(uuid|oid):[0-9A-Za-z.\-]+|https?://[^\s]+"
    r"|(?P<type>[A-Z][A-Za-z]+)(/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?|\?[^\s]+)"
)


def check(resource: Resource) -> None:
    """Raise ``Refused`` with the place of the first fault."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in R4_TYPES:
        raise Refused("unknown-type", at="resourceType", type=str(kind)[:64])
    _general(resource, kind, 0)
    if kind in RESOURCES:
        _typed(resource, RESOURCES[kind], kind)


def _general(value: Any, at: str, depth: int) -> None:  # noqa: ANN401 (any JSON value)
    if depth > _DEPTH:
        raise Refused("element-value", at=at[:200], expected="moins d’étages")
    if value is None or value in ("", [], {}):
        raise Refused("element-empty", at=at)
    if isinstance(value, str) and "\x00" in value:
        raise Refused("element-value", at=at, expected="un texte sans caractère nul")
    if isinstance(value, dict):
        _object(value, at, depth)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            if each is None and _sibling_list(at):
                continue
            _general(each, f"{at}[{number}]", depth + 1)


def _sibling_list(at: str) -> bool:
    """Nulls stand in lists of primitives that have extensions, and in their ``_`` twins."""
    return "given" in at or "._" in at


def _object(value: Resource, at: str, depth: int) -> None:
    for key, each in value.items():
        where = f"{at}.{key}"
        _general(each, where, depth + 1)
        if key == "reference" and isinstance(each, str):
            _reference(each, where)
        elif key in {"extension", "modifierExtension"}:
            _extensions(each, where)
        elif key == "contained":
            _contained(each, where)


def _reference(text: str, at: str) -> None:
    found = _REFERENCE.fullmatch(text)
    if not found or (found["type"] and found["type"] not in R4_TYPES):
        raise Refused("reference-form", at=at)


def _extensions(value: Any, at: str) -> None:  # noqa: ANN401 (any JSON value)
    if not isinstance(value, list):
        raise Refused("element-type", at=at, expected="une liste")
    for number, each in enumerate(value):
        if not isinstance(each, dict) or not isinstance(each.get("url"), str):
            raise Refused("element-missing", at=f"{at}[{number}].url")


def _contained(value: Any, at: str) -> None:  # noqa: ANN401 (any JSON value)
    for number, each in enumerate(value if isinstance(value, list) else [value]):
        if not isinstance(each, dict) or string(each, "resourceType") not in R4_TYPES:
            raise Refused("unknown-type", at=f"{at}[{number}].resourceType", type="?")
        if "contained" in each:
            raise Refused("element-forbidden", at=f"{at}[{number}].contained")


def _typed(value: Resource, elements: dict[str, Element], at: str) -> None:
    for key, each in value.items():
        name = key.removeprefix("_")
        element = elements.get(name) or _choice(elements, name)
        if element is None or element.choice:
            raise Refused("element-unknown", at=f"{at}.{key[:64]}")
        if key == name:
            _element(each, element, f"{at}.{key}")
    for name, element in elements.items():
        if element.required and not _present(value, name, element):
            raise Refused("element-missing", at=f"{at}.{name}")


def _choice(elements: dict[str, Element], name: str) -> Element | None:
    """Find ``value[x]`` for ``valueString``."""
    for stem, element in elements.items():
        if element.choice and name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper():
            kind = name[len(stem) :]
            kind = kind if kind in DATATYPES else kind[0].lower() + kind[1:]
            return Element(kind, many=False, required=False)
    return None


def _present(value: Resource, name: str, element: Element) -> bool:
    if element.choice:
        return any(key.startswith(name) for key in value)
    return name in value or f"_{name}" in value


def _element(value: Any, element: Element, at: str) -> None:  # noqa: ANN401 (any JSON value)
    if element.many != isinstance(value, list):
        raise Refused("element-type", at=at, expected="une liste" if element.many else "une seule valeur")
    for number, each in enumerate(value if element.many else [value]):
        where = f"{at}[{number}]" if element.many else at
        if each is not None:
            _value(each, element.kind, where)


def _value(value: Any, kind: str, at: str) -> None:  # noqa: ANN401 (any JSON value)
    name, _, binding = kind.partition("=")
    if name in PRIMITIVES:
        _primitive(value, name, at)
        if binding and value not in CODES[binding]:
            raise Refused("code-unknown", at=at)
        return
    if not isinstance(value, dict):
        raise Refused("element-type", at=at, expected=name)
    if name in DATATYPES:
        _typed(value, DATATYPES[name], at)


def _primitive(value: Any, kind: str, at: str) -> None:  # noqa: ANN401 (any JSON value)
    python, pattern = PRIMITIVES[kind]
    if not isinstance(value, python) or (isinstance(value, bool) and bool not in python):
        raise Refused("element-type", at=at, expected=kind)
    if pattern and not pattern.fullmatch(str(value)):
        raise Refused("element-value", at=at, expected=kind)
