"""FHIR JSON trees seen without a schema: when two are the same, what is one value, what belongs together.

Decision: the datatype of an element is known by its shape (the names that it holds), for the desktop merges
types that it has no table of. A shape guessed wrongly makes a unit coarser: a person is asked more, and
nothing is mixed or lost. Numbers: two are *the same* only if they are written the same (``1`` is not ``1.0``,
``Decimal("1.0")`` not ``Decimal("1.00")``: R4 §2.24.0.1 gives precision a meaning), but nobody is asked to
choose between two that are *alike* in value. The JSON reader gives floats, so ``1.0`` and ``1.00`` that came
from the wire are already one.
Nothing here recurses: a tree of any depth is compared.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from typing import Final

__all__ = [
    "ABSENT",
    "Absent",
    "choice_stem",
    "frozen",
    "is_one_value",
    "picked",
    "same",
    "units",
]


class Absent(Enum):
    """What an element is that is not there; JSON's ``null`` is another thing."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

_TYPES = """
    Address Age Annotation Attachment Base64Binary Boolean Canonical Code CodeableConcept Coding ContactDetail
    ContactPoint Contributor Count DataRequirement Date DateTime Decimal Distance Dosage Duration Expression
    HumanName Id Identifier Instant Integer Markdown Meta Money Oid ParameterDefinition Period PositiveInt
    Quantity Range Ratio Reference RelatedArtifact SampledData Signature String Time Timing
    TriggerDefinition UnsignedInt Uri Url UsageContext Uuid
"""
_CHOICE = re.compile(f"([a-z][A-Za-z0-9]*?)({'|'.join(_TYPES.split())})")

_ELEMENTS = {
    "Quantity": "value comparator unit system code",
    "Money": "value currency",
    "CodeableConcept": "coding text",
    "Coding": "system version code display userSelected",
    "HumanName": "use text family given prefix suffix period",
    "Address": "use type text line city district state postalCode country period",
    "Period": "start end",
    "Range": "low high",
    "Ratio": "numerator denominator",
    "Reference": "reference type identifier display",
    "Timing": "event repeat code",
    "Attachment": "contentType language data url size hash title creation",
    "Annotation": "authorReference authorString time text",
    "SampledData": "origin period factor lowerLimit upperLimit dimensions data",
    "Narrative": "status div",
    "Signature": "type when who onBehalfOf targetFormat sigFormat data",
    "Dosage": """
        sequence text additionalInstruction patientInstruction timing asNeededBoolean asNeededCodeableConcept
        site route method doseAndRate maxDosePerPeriod maxDosePerAdministration maxDosePerLifetime dose
    """,
}
_SHAPES = [frozenset(names.split()) for names in _ELEMENTS.values()]
_OF_ANY = frozenset({"id", "extension"})


def same(one: object, other: object, *, exactly: bool = True) -> bool:
    """Say whether two trees are the same; not ``exactly``: numbers of one value count as one."""
    todo = [(one, other)]
    while todo:
        first, second = todo.pop()
        if isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            todo.extend((each, second[key]) for key, each in first.items())
        elif isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            todo.extend(zip(first, second, strict=True))
        elif not _same_leaf(first, second, exactly=exactly):
            return False
    return True


def _same_leaf(one: object, other: object, *, exactly: bool) -> bool:
    if not exactly:
        return _token(one) == _token(other)
    if type(one) is not type(other):
        return False
    return str(one) == str(other) if isinstance(one, float | Decimal) else one == other


def frozen(tree: object) -> tuple[object, ...]:
    """Return a tree as a hashable value; two that are alike give the same."""
    tokens: list[object] = []
    todo = [tree]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            names = sorted(each)
            tokens.append(("{", *names))
            todo.extend(each[name] for name in reversed(names))
        elif isinstance(each, list):
            tokens.append(("[", len(each)))
            todo.extend(reversed(each))
        else:
            tokens.append(_token(each))
    return tuple(tokens)


def _token(leaf: object) -> object:
    if isinstance(leaf, bool):
        return ("boolean", leaf)
    if not isinstance(leaf, int | float | Decimal):
        return leaf if leaf is None or isinstance(leaf, str | Absent) else (type(leaf).__name__, id(leaf))
    number = Decimal(str(leaf)) if isinstance(leaf, float) else Decimal(leaf)
    return ("number", number if number.is_finite() else str(number))


def is_one_value(*trees: object) -> bool:
    """Say whether objects are versions of one datatype that means something only as a whole."""
    names = {
        name.removeprefix("_") for each in trees if isinstance(each, dict) for name in each
    } - _OF_ANY  # fmt: skip
    return any(names <= shape for shape in _SHAPES)


def choice_stem(name: str) -> str | None:
    """Return ``value`` of ``valueQuantity``; ``None`` where a name ends in no datatype."""
    found = _CHOICE.fullmatch(name)
    return found[1] if found else None


def units(*objects: dict[str, object]) -> dict[str, tuple[str, ...]]:
    """Group the names of versions of one object into what must stay together, in order of first appearance.

    A primitive with its ``_`` twin; the alternatives of a choice (``value[x]``), where more than one is used.
    """
    names = dict.fromkeys(_bare(name) for each in objects for name in each)
    single = {name for each in objects for name, value in each.items() if not isinstance(value, list)}
    repeated = names.keys() - {_bare(name) for name in single}
    stems: dict[str, list[str]] = {}
    for name in names:
        stem = choice_stem(name)
        if stem and name not in repeated:  # a choice never repeats: referenceRange is none
            stems.setdefault(stem, []).append(name)
    grouped: dict[str, tuple[str, ...]] = {}
    for name in names:
        alternatives = stems.get(choice_stem(name) or "", []) if name not in repeated else []
        if len(alternatives) > 1:
            grouped.setdefault(f"{choice_stem(name)}[x]", tuple(alternatives))
        else:
            grouped[name] = (name,)
    return {unit: _members_of(own, *objects) for unit, own in grouped.items()}


def _bare(name: str) -> str:
    return name[1:] if len(name) > 1 and name[0] == "_" else name


def _members_of(names: tuple[str, ...], *objects: dict[str, object]) -> tuple[str, ...]:
    """Return those names and their ``_`` twins that are used."""
    both = (member for name in names for member in (name, f"_{name}"))
    return tuple(member for member in both if any(member in each for each in objects))


def picked(tree: dict[str, object], members: tuple[str, ...]) -> dict[str, object] | Absent:
    """Return the members of a unit that an object has."""
    return {name: tree[name] for name in members if name in tree} or ABSENT
