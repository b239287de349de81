"""JSON Patch (RFC 6902), and the one FHIRPath Patch operation that PDSm's replacement uses.

The resource given is never changed; the patched one is a new object. An operation that does not
apply refuses the whole.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import orjson

from app.fhir import Resource, nodes, string
from sync.service.exchange import PATCH_JSON, read_json
from sync.service.refusals import Refused

__all__ = ["apply"]

_NEEDS_VALUE = frozenset({"add", "replace", "test"})
_NEEDS_SOURCE = frozenset({"move", "copy"})
_OPS = _NEEDS_VALUE | _NEEDS_SOURCE | {"remove"}
_LARGEST = 4_000_000  # a copy of the whole into itself doubles it: thirty of them would be a gigabyte
_SIMPLE_PATH = re.compile(r"[A-Z][A-Za-z]+\.([A-Za-z]+)")


def apply(resource: Resource, body: bytes, content_type: str) -> Resource:
    """Return the resource as the patch makes it."""
    patch = read_json(body)
    if isinstance(patch, dict) and patch.get("resourceType") == "Parameters":
        return _apply_parameters(resource, patch)
    if content_type != PATCH_JSON:
        raise Refused("content-type")
    if not isinstance(patch, list) or not all(isinstance(each, dict) for each in patch):
        raise Refused("bad-patch")
    made: Any = copy.deepcopy(resource)
    for number, operation in enumerate(patch):
        made = _operate(made, operation, f"[{number}]")
    if not isinstance(made, dict):
        raise Refused("patch-failed")
    return made


def _operate(
    document: Any,  # noqa: ANN401 (any JSON value)
    operation: Resource,
    at: str,
) -> Any:  # noqa: ANN401 (any JSON value)
    name, path = operation.get("op"), operation.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        raise Refused("bad-patch", at=at)
    if name not in _OPS or (path and not path.startswith("/")):
        raise Refused("bad-patch", at=at)
    if name in _NEEDS_SOURCE and not isinstance(operation.get("from"), str):
        raise Refused("bad-patch", at=at)
    if name in _NEEDS_VALUE and "value" not in operation:
        raise Refused("bad-patch", at=at)
    try:
        return _DO[name](document, operation)
    except (LookupError, TypeError, ValueError):
        raise Refused("patch-failed", at=at) from None


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _get(document: Any, steps: list[str]) -> Any:  # noqa: ANN401 (any JSON value)
    for step in steps:
        document = document[_index(document, step)] if isinstance(document, list) else document[step]
    return document


def _index(array: list[Any], step: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", step) or int(step) >= len(array):
        raise LookupError
    return int(step)


def _add(document: Any, path: str, value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    steps = _steps(path)
    if not steps:
        return value
    parent, last = _get(document, steps[:-1]), steps[-1]
    if isinstance(parent, list):
        place = len(parent) if last == "-" or last == str(len(parent)) else _index(parent, last)
        parent.insert(place, value)
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise LookupError  # noqa: TRY004 (what the pointer names is not there)
    return document


def _remove(document: Any, path: str) -> tuple[Any, Any]:  # noqa: ANN401 (any JSON value)
    steps = _steps(path)
    parent, last = _get(document, steps[:-1]), steps[-1]
    if not isinstance(parent, list | dict):
        raise TypeError
    gone = parent.pop(_index(parent, last)) if isinstance(parent, list) else parent.pop(last)
    return document, gone


def _do_replace(document: Any, operation: Resource) -> Any:  # noqa: ANN401 (any JSON value)
    if not operation["path"]:
        return operation["value"]
    return _add(_remove(document, operation["path"])[0], operation["path"], operation["value"])


def _do_move(document: Any, operation: Resource) -> Any:  # noqa: ANN401 (any JSON value)
    source, path = operation["from"], operation["path"]
    if path.startswith(source + "/"):
        raise ValueError
    document, moved = _remove(document, source)
    return _add(document, path, moved)


def _do_copy(document: Any, operation: Resource) -> Any:  # noqa: ANN401 (any JSON value)
    made = _add(document, operation["path"], copy.deepcopy(_get(document, _steps(operation["from"]))))
    if len(orjson.dumps(made)) > _LARGEST:
        raise ValueError
    return made


def _do_test(document: Any, operation: Resource) -> Any:  # noqa: ANN401 (any JSON value)
    found = _get(document, _steps(operation["path"]))
    if orjson.dumps(found, option=orjson.OPT_SORT_KEYS) != orjson.dumps(
        operation["value"], option=orjson.OPT_SORT_KEYS
    ):
        raise ValueError
    return document


_DO = {
    "add": lambda document, operation: _add(document, operation["path"], operation["value"]),
    "remove": lambda document, operation: _remove(document, operation["path"])[0],
    "replace": _do_replace,
    "move": _do_move,
    "copy": _do_copy,
    "test": _do_test,
}


def _apply_parameters(resource: Resource, patch: Resource) -> Resource:
    """Apply ``replace`` of one top element (PDSM4DMP: the status of what a document replaces)."""
    made = copy.deepcopy(resource)
    for operation in nodes(patch, "parameter"):
        parts = {string(part, "name"): part for part in nodes(operation, "part")}
        path = _SIMPLE_PATH.fullmatch(string(parts.get("path"), "valueString") or "")
        value = next((v for k, v in (parts.get("value") or {}).items() if k.startswith("value")), None)
        if string(parts.get("type"), "valueCode") != "replace" or not path or value is None:
            raise Refused("bad-patch", at="Parameters.parameter")
        if path[1] not in made:
            raise Refused("patch-failed", at=path[0])
        made[path[1]] = value
    return made
