"""Rubbish in every place of a request: refused with a sentence, never our failure."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.sync.service.house import document_bundle
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

JUNK: list[Any] = [
    None, "", 0, -1, 1.5, True, [], {}, "x", "Patient?identifier=a|b", "urn:uuid:x", [[]], [{}], [None],
    {"reference": 3}, {"reference": "Patient/%00"}, "a" * 300, "\x00", "2026-13-45", 1e308, 10**15,
    {"coding": "x"}, {"coding": [3]}, {"system": ["x"], "code": {}}, ["x", 1],
]  # fmt: skip
NAMES = (
    "patient", "date", "code", "_sort", "_count", "_include", "_id", "identifier", "value-quantity",
    "patient.identifier", "_page", "_since", "_cursor", "code:not", "name:exact", "_lastUpdated",
    "subject:Patient.name", "_summary", "_elements", "relatesto", "isArchived",
)  # fmt: skip
VALUES = (
    "", "x", "|", "a|", "|b", ",", "gt", "gt2020", "\\", "\x00", "9" * 400, "-1", "gt1e999", "2020-02-30",
    "0000", "9999-12-31", "a|b|c", "*", "[", "'", "$", "gtnan", "inf",
)  # fmt: skip


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every node below."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, each in pairs:
        yield (*path, key)
        yield from places(each, (*path, key))


def spoiled(chance: random.Random, body: Resource) -> Resource:
    """Put rubbish in one place, or take it away."""
    made = copy.deepcopy(body)
    path = chance.choice(list(places(made)))
    parent: Any = made
    for step in path[:-1]:
        parent = parent[step]
    if chance.random() < 0.2:
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    return made


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_rubbish_is_refused_with_a_sentence(house: House, anne: httpx.Client, count: int) -> None:
    """Bodies and parameters, as a program and as a citizen; a failing one prints itself."""
    chance = random.Random(count)
    patient_id = house.patients["anne"]
    bundle = document_bundle(patient_id, b"octets")
    bodies = [bundle, bundle | {"type": "batch"}, observation(patient_id)]
    for _ in range(count):
        client = chance.choice([anne, house.system])
        body = spoiled(chance, chance.choice(bodies))
        where = "/" if "type" in body or "entry" in body else "/Observation"
        answer = client.post(where, json=body)
        assert answer.status_code < 500, body
        assert b'"status":"500' not in answer.content, body
        if answer.status_code >= 400:
            assert answer.json()["issue"][0]["details"]["text"]
        kind = chance.choice(["Observation", "Patient", "_history", f"Patient/{patient_id}/$changes"])
        wanted = {chance.choice(NAMES): chance.choice(VALUES) for _ in range(2)}
        assert client.get(f"/{kind}", params=wanted).status_code < 500, wanted
