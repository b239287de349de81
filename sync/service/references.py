"""References inside a transaction: URNs and conditional references become literal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.service.unit import Unit

__all__ = ["criteria", "resolved", "rewritten"]

_KEYS = frozenset({"reference", "url", "valueUri", "valueUrl", "policy", "location"})


def criteria(text: str) -> list[tuple[str, str]]:
    """Read a query string, ``Type?`` or ``?`` before it or not."""
    return parse_qsl(text.rpartition("?")[2], keep_blank_values=True)


def resolved(unit: Unit, text: str) -> str:
    """Return the one resource a conditional reference names (R4 §3.1.0.11.4)."""
    kind = text.partition("?")[0]
    unit.permit("s", kind)
    found = unit.match(kind, criteria(text))
    if found is None:
        raise Refused("patient-unknown" if kind == "Patient" else "reference-unknown", at="reference")
    return found.key


def rewritten(
    value: Any,  # noqa: ANN401 (any JSON value)
    known: Mapping[str, str],
    resolve: Callable[[str], str],
    key: str = "",
    *,
    closed: bool = False,
) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a copy in which what ``known`` names is replaced, and ``Type?criteria`` resolved.

    Only elements that hold an address are touched (R4 §3.1.0.11.2): an identifier whose value is the
    same URN stays as it is. ``closed`` refuses a URN that nothing here answers to.
    """
    if isinstance(value, dict):
        return {name: rewritten(each, known, resolve, name, closed=closed) for name, each in value.items()}
    if isinstance(value, list):
        return [rewritten(each, known, resolve, key, closed=closed) for each in value]
    if key not in _KEYS or not isinstance(value, str):
        return value
    if value in known:
        return known[value]
    if key == "reference" and "?" in value and not value.startswith(("http", "urn:", "#")):
        return resolve(value)
    if closed and key == "reference" and value.startswith("urn:uuid:"):
        raise Refused("reference-unknown", at="reference")
    return value
