"""Where two versions of a resource differ."""

from __future__ import annotations

import pytest

from app.fhir import codeable
from app.fhir.differing import changed_paths
from app.fhir.merging import merge
from tests.app.fhir.merging_bodies import Body, allergy, document, edited, labels, person, relative, unknown

HOME = {"system": "phone", "value": "0326000000", "use": "home"}


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        (person(), edited(person(), "2", text={"status": "generated", "div": "x"}), ()),
        (relative(), relative(telecom=[HOME]), ("RelatedPerson.telecom[phone]",)),
        (relative(), relative(active=False), ("RelatedPerson.active",)),
        (person(birthDate="1951"), person(_birthDate={"id": "b"}), ("Patient.birthDate",)),
        (person(), person(telecom=[*reversed(person()["telecom"])]), ()),
        (unknown(line=["a", "b"]), unknown(line=["b", "a"]), ("Foreign.line",)),
        (
            unknown(entries=[{"id": "e1", "a": 1}, {"x": 1}]),
            unknown(entries=[{"x": 2}, {"id": "e1", "a": 2}]),
            ("Foreign.entries[e1].a", "Foreign.entries.x"),
        ),
        (person(telecom=[]), person(telecom=[HOME]), ("Patient.telecom[phone]",)),
        (allergy(), allergy(note=None), ("AllergyIntolerance.note",)),
        (allergy(), allergy(note=[{"text": "x"}]), ("AllergyIntolerance.note",)),
        (
            allergy(),
            allergy(reaction=[allergy()["reaction"][0] | {"severity": "severe"}]),
            ("AllergyIntolerance.reaction.severity",),
        ),
        (
            document(),
            document(securityLabel=labels("V")),
            ("DocumentReference.securityLabel[V]", "DocumentReference.securityLabel[N]"),
        ),
        (unknown(), unknown(valueString=None, valueBoolean=True), ("Foreign.value[x]",)),
        (
            unknown(extension=[]),
            unknown(extension=[{"url": "http://a/b", "valueCode": "c"}]),
            ("Foreign.extension[b]",),
        ),
        (unknown(code=codeable("s", "a")), unknown(code=codeable("s", "b")), ("Foreign.code",)),
        (person(), None, ("Patient",)),
        (None, None, ()),
    ],
)  # fmt: skip
def test_the_paths_that_differ_are_named(
    one: Body | None, other: Body | None, paths: tuple[str, ...]
) -> None:
    """In the words of the merge: by what an item names, whole where a datatype is."""
    assert changed_paths(one, other) == paths
    assert sorted(changed_paths(other, one)) == sorted(paths)


def test_a_clash_stands_where_the_cards_differ() -> None:
    """A screen finds the clash of a telephone under the path at which the two cards differ."""
    base = person(telecom=[HOME])
    ours = edited(base, telecom=[HOME | {"value": "1"}])
    theirs = edited(base, "2", telecom=[HOME | {"value": "2"}])
    asked = [each.path for each in merge(base, ours, theirs).clashes]
    assert asked == ["Patient.telecom[phone]"]
    assert changed_paths(ours, theirs) == tuple(asked)
