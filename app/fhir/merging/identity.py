"""Which item of one list is which of another: by what it names, never by where it stands.

Context: JSON Patch by index wrote a telephone number into the e-mail entry (android-fhir#1096).
Decision: an item is known by its ``Element.id``, else by what it names: (system, value) of an Identifier or
ContactPoint, (system, code) of a Coding or the codings of a CodeableConcept, the target of a Reference, the
URL of an extension, the ``use`` of a name or an address, or the first such element inside a backbone element.
What names nothing, or is named twice in one list, is known by all that it says.
Consequence: an item whose name itself was changed is one that went and one that came. ``family`` says of
which others it may be the successor: a telephone of a telephone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.fhir import nodes, string
from app.fhir.merging.trees import frozen, is_one_value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EXTENSIONS", "Item", "Key", "items_of", "source_of"]

Key = tuple[object, ...]
Name = tuple[Key, Key, str]
EXTENSIONS = frozenset({"extension", "modifierExtension"})
_LEADING = (
    "fullUrl", "linkId", "sequence", "target", "item", "actor", "member", "who", "individual", "relationship",
    "identifier", "code", "language",
)  # fmt: skip
_NAMED = frozenset({"use", "type", "system", "value", "period", "assigner", "rank"})
_UNSAFE = re.compile(r"[^A-Za-z0-9._:/-]")
_LABEL = 64
_AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: who it is (``key``), whom it may succeed (``family``), what a path calls it (``label``)."""

    value: object
    key: Key
    family: Key
    label: str


def items_of(name: str, *lists: Sequence[object]) -> list[dict[Key, Item]]:
    """Identify the items of versions of the list called ``name``, each in its own order."""
    known = [[_identified(name, each) for each in items] for items in lists]
    twice = {key for each in known for key in _repeated(each)}
    sides = [_numbered([_by_all(each) if each.key in twice else each for each in side]) for side in known]
    shared = {label for side in sides for label in _shared(side)}
    return [{key: _told_apart(each, shared) for key, each in side.items()} for side in sides]


def _shared(side: dict[Key, Item]) -> list[str]:
    return [label for label, times in Counter(each.label for each in side.values()).items() if times > 1]


def _repeated(side: list[Item]) -> list[Key]:
    return [key for key, times in Counter(each.key for each in side).items() if times > 1]


def _by_all(item: Item) -> Item:
    return replace(item, key=("all", *frozen(item.value)))


def _numbered(side: list[Item]) -> dict[Key, Item]:
    """Tell equal items apart by how many went before, so that three of them are three."""
    made: dict[Key, Item] = {}
    times: Counter[Key] = Counter()
    for each in side:
        times[each.key] += 1
        number = times[each.key]
        key = each.key if number == 1 else (_AGAIN, number, each.key)
        made[key] = each if number == 1 else replace(each, key=key)
    return made


def source_of(key: Key) -> Key:
    """Return the key of the first of equal items."""
    first = key[2] if key[0] == _AGAIN else key
    return first if isinstance(first, tuple) else key


def _told_apart(item: Item, shared: set[str]) -> Item:
    """Mark a label that two items of one version share by a digest: what an item holds stands in no path."""
    if not item.label or item.label not in shared:
        return item
    digest = hashlib.sha256(repr(item.key).encode()).hexdigest()[:8]
    return replace(item, label=f"{item.label}~{digest}")


def _identified(name: str, value: object) -> Item:
    found = None
    if isinstance(value, dict):
        found = _own_id(value) or (_url(value) if name in EXTENSIONS else _named(value))
    if found is None:
        return Item(value, ("all", *frozen(value)), ("all",), "")
    key, family, label = found
    return Item(value, key, family, _UNSAFE.sub("", label)[:_LABEL])


def _lasting(key: Key, label: str) -> Name:
    """Name what keeps its name when it is edited: nothing else can be its successor."""
    return key, key, label


def _own_id(value: dict[str, object]) -> Name | None:
    own = string(value, "id")
    kind = string(value, "resourceType") or ""
    return _lasting(("id", kind, own), own) if own else None


def _url(value: dict[str, object]) -> Name | None:
    url = string(value, "url")
    return _lasting(("url", url), _tail(url)) if url else None


def _tail(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]


def _named(value: dict[str, object]) -> Name | None:
    return _datatype(value) or (None if is_one_value(value) else _led(value))


def _datatype(value: dict[str, object]) -> Name | None:
    """Name an Identifier, ContactPoint, Coding, CodeableConcept, Reference, HumanName or Address."""
    if set(value) - {"extension"} <= _NAMED and isinstance(value.get("value"), str):
        system = string(value, "system") or ""
        return ("value", system, value["value"]), ("value", system), _tail(system)
    if not is_one_value(value):
        return None
    return _coding(value) or _concept(value) or _reference(value) or _use(value)


def _coding(value: dict[str, object]) -> Name | None:
    code = string(value, "code")
    system = string(value, "system") or ""
    if not code or "value" in value:
        return None
    return ("coding", system, code), ("coding", system), code


def _concept(value: dict[str, object]) -> Name | None:
    said = sorted(
        (string(each, "system") or "", string(each, "code") or "") for each in nodes(value, "coding")
    )
    if not said or not all(code for _, code in said):
        return None
    return ("concept", *said), ("concept", said[0][0]), said[0][1]


def _reference(value: dict[str, object]) -> Name | None:
    target = string(value, "reference")
    if target:
        kind = target.rpartition("/")[0].rpartition("/")[2]
        return ("reference", target), ("reference", kind), target
    named = value.get("identifier")
    if isinstance(named, dict) and string(named, "value"):
        key = (string(named, "system") or "", string(named, "value"))
        return ("logical", *key), ("reference", key[0]), _tail(key[0])
    return None


def _use(value: dict[str, object]) -> Name | None:
    use = string(value, "use")
    return _lasting(("use", use, string(value, "type") or ""), use) if use else None


def _led(value: dict[str, object]) -> Name | None:
    """Know a backbone element by the first element inside it that names something."""
    for name in _LEADING:
        lead = value.get(name)
        if isinstance(lead, str | int) and not isinstance(lead, bool):
            return _lasting(("led", name, lead), str(lead) if name != "fullUrl" else _tail(str(lead)))
        many = lead if isinstance(lead, list) else [lead]
        found = [_datatype(each) for each in many if isinstance(each, dict)]
        keys = sorted((each[0] for each in found if each), key=repr)
        if keys:
            return _lasting(("led", name, *keys), next(each[2] for each in found if each))
    return None
