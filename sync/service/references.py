"""References inside a transaction: URNs and conditional references become literal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["rewritten"]

_KEYS = frozenset({"reference", "url", "valueUri", "valueUrl", "policy", "location"})


def rewritten(
    value: Any,  # noqa: ANN401 (any JSON value)
    known: Mapping[str, str],
    resolve: Callable[[str], str],
    key: str = "",
) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a copy in which what ``known`` names is replaced, and ``Type?criteria`` resolved.

    Only elements that hold an address are touched (R4 §3.1.0.11.2): an identifier whose value is the
    same URN stays as it is.
    """
    if isinstance(value, dict):
        return {name: rewritten(each, known, resolve, name) for name, each in value.items()}
    if isinstance(value, list):
        return [rewritten(each, known, resolve, key) for each in value]
    if key not in _KEYS or not isinstance(value, str):
        return value
    if value in known:
        return known[value]
    if key == "reference" and "?" in value and not value.startswith(("http", "urn:", "#")):
        return resolve(value)
    if key == "reference" and value.startswith("urn:uuid:"):
        raise Refused("reference-unknown", at="reference")
    return value
