"""What holds for every merge: bodies of the program's own makers and of foreign types, edited at random."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.codes.personal_acts import PersonalAct
from app.codes.relationships import RelativeRole
from app.fhir.differing import changed_paths
from app.fhir.merging import Merged, merge
from app.fhir.merging.policy import rules_for
from app.fhir.merging.trees import choice_stem
from tests.app.fhir.merging_bodies import (
    Body,
    access,
    allergy,
    carer,
    condition,
    decision,
    document,
    mandate,
    measure,
    medication,
    person,
    relative,
    stored,
    unknown,
    vaccination,
)

GENERIC = [
    person(),
    person(_birthDate={"id": "b"}),
    carer(),
    vaccination(),
    document(),
    medication(),
    measure(),
    allergy(),
    condition(),
    unknown(),
]
DECIDED = [
    relative(),
    relative(RelativeRole.EMERGENCY),
    mandate(),
    access(),
    access("deny"),
    decision(PersonalAct.ORGAN_DONATION, "oui"),
]
if TYPE_CHECKING:
    import random

VERSION = ("versionId", "lastUpdated", "source")
OFTEN = settings(max_examples=60, deadline=None)


# Edits


def places(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 (any JSON)
    """List every place of a tree but what names the resource and its version."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = []
    for step, inside in steps:
        if not (at == () and step in {"id", "resourceType", "meta"}):
            found += [(*at, step), *places(inside, (*at, step))]
    return found


def added(draw: st.DrawFn, mark: str) -> Any:  # noqa: ANN401 (any JSON)
    """Make something new that carries a mark of whose it is."""
    made: list[Any] = [
        mark,
        {"system": "phone", "value": mark},
        {"text": mark},
        {"coding": [{"system": "s", "code": mark}]},
        {"reference": f"Practitioner/{mark}"},
        {"url": f"http://x/{mark}", "valueString": "z"},
        {"id": mark, "inside": {"more": "z"}},
        {"use": "usual", "family": mark},
        {"value": 5.0, "unit": mark},
        {"start": mark},
        {"deep": {"list": [{"deeper": mark}]}},
    ]
    return draw(st.sampled_from(made))


def edit(draw: st.DrawFn, body: Body, mark: str, only: frozenset[str] | None = None) -> Body:
    """Set, take away, add, turn around: one to four times, in the elements named."""
    made = copy.deepcopy(body)
    for number in range(draw(st.integers(1, 4))):
        free = [each for each in places(made) if only is None or each[0] in only]
        if not free:
            return made
        *above, last = draw(st.sampled_from(free))
        parent = made
        for step in above:
            parent = parent[step]
        _one(draw, parent, last, f"{mark}{number}")
    return made


def _one(draw: st.DrawFn, parent: Any, last: Any, mark: str) -> None:  # noqa: ANN401 (any JSON)
    act = draw(st.sampled_from(["set", "delete", "add", "turn", "retype"]))
    here = parent[last]
    if act == "add" and isinstance(here, list):
        here.insert(draw(st.integers(0, len(here))), added(draw, mark))
    elif act == "add" and isinstance(here, dict):
        here[draw(st.sampled_from(["new", "use", "valueString", "valueInteger", "note", "_new"]))] = added(
            draw, mark
        )
    elif act == "turn" and isinstance(here, list):
        here.reverse()
    elif act == "delete" and len(parent) > 1:
        del parent[last]
    elif act == "retype" and isinstance(last, str) and choice_stem(last):
        stem = choice_stem(last) or ""
        del parent[last]
        parent[stem + draw(st.sampled_from(["String", "Code", "Uri"]))] = mark
    elif isinstance(here, str):
        parent[last] = mark
    elif isinstance(here, bool):
        parent[last] = not here
    elif isinstance(here, int | float):
        parent[last] = here + 1


@st.composite
def two_edits(draw: st.DrawFn, bases: list[Body] = GENERIC + DECIDED) -> tuple[Body, Body, Body]:
    """Make a body and what two people made of it."""
    base = draw(st.sampled_from(bases))
    return base, edit(draw, base, "ours"), stored(edit(draw, base, "theirs"), "2")


@st.composite
def edits_apart(draw: st.DrawFn) -> tuple[Body, Body, Body]:
    """Make a body and two edits of different elements, those that are decided together on one side."""
    base = draw(st.sampled_from(GENERIC))
    rows = rules_for(base["resourceType"], [base]).together
    bound: dict[str, list[str]] = {}
    for name in base.keys() - {"id", "resourceType", "meta"}:
        row = next((each for each in rows if each.covers(name)), None)
        bound.setdefault(row.elements[0] if row else choice_stem(name) or name.removeprefix("_"), []).append(
            name
        )
    groups = sorted(bound.values())
    mine = draw(st.sets(st.integers(0, len(groups) - 1)))
    ours = frozenset(name for number in mine for name in groups[number])
    theirs = frozenset(name for group in groups for name in group) - ours
    return base, edit(draw, base, "ours", ours), stored(edit(draw, base, "theirs", theirs), "2")


def without_version(body: Body | None) -> Body | None:
    """Return a body without what always is the service's."""
    if body is None or "meta" not in body:
        return body
    meta = {name: value for name, value in body["meta"].items() if name not in VERSION}
    return {name: value for name, value in (body | {"meta": meta}).items() if name != "meta" or meta}


def canonical(tree: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Forget the order of lists."""
    if isinstance(tree, dict):
        return {name: canonical(each) for name, each in sorted(tree.items())}
    if isinstance(tree, list):
        return sorted((canonical(each) for each in tree), key=json.dumps)
    return tree


def told(merged: Merged) -> str:
    """Write all that a merge gives back."""
    return json.dumps([merged.body, [[each.base, each.ours, each.theirs] for each in merged.clashes]])


# One side alone


@OFTEN
@given(two_edits(GENERIC))
def test_what_we_alone_changed_is_ours(versions: tuple[Body, Body, Body]) -> None:
    """merge(b, x, b) = x, up to the version."""
    base, ours, _ = versions
    merged = merge(base, ours, base)
    assert (without_version(merged.body), merged.clashes) == (without_version(ours), ())


@OFTEN
@given(two_edits())
def test_what_they_alone_changed_is_theirs(versions: tuple[Body, Body, Body]) -> None:
    """merge(b, b, y) = y, and nothing has to be sent."""
    base, _, theirs = versions
    assume(base["resourceType"] != "Consent")
    assert merge(base, base, theirs) == Merged(theirs, (), changed=False)


@OFTEN
@given(two_edits())
def test_what_both_did_alike_is_done(versions: tuple[Body, Body, Body]) -> None:
    """merge(b, x, x) = x without a question, with a base or without."""
    base, ours, _ = versions
    for before in (base, None):
        merged = merge(before, ours, stored(ours, "2"))
        assert (merged.body, merged.clashes) == (stored(ours, "2"), ())
        assert not merged.changed


# Both


@OFTEN
@given(two_edits())
def test_merging_again_changes_nothing(versions: tuple[Body, Body, Body]) -> None:
    """merge(b, merged, theirs) = merged: what was sent twice is the same."""
    base, ours, theirs = versions
    merged = merge(base, ours, theirs)
    again = merge(base, merged.body, theirs)
    assert canonical(again.body) == canonical(merged.body)


@OFTEN
@given(two_edits(GENERIC), st.booleans())
def test_nothing_that_a_side_added_is_lost(versions: tuple[Body, Body, Body], is_created: bool) -> None:  # noqa: FBT001 (drawn)
    """Every mark of either side stands in the body or in a clash."""
    base, ours, theirs = versions
    merged = merge(None if is_created else base, ours, theirs)
    everything = told(merged)
    for side, mark in ((ours, "ours"), (theirs, "theirs")):
        marks = {f"{mark}{number}" for number in range(4) if f"{mark}{number}" in json.dumps(side)}
        assert {each for each in marks if each not in everything} == set()


@OFTEN
@given(two_edits())
def test_the_same_is_asked_from_the_other_side(versions: tuple[Body, Body, Body]) -> None:
    """The same paths, ours and theirs exchanged; and where nothing is asked, the same body."""
    base, ours, theirs = versions
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert sorted(each.path for each in one.clashes) == sorted(each.path for each in other.clashes)
    if not one.clashes:
        assert canonical(without_version(one.body)) == canonical(without_version(other.body))


@OFTEN
@given(edits_apart())
def test_edits_of_different_elements_are_both_kept(versions: tuple[Body, Body, Body]) -> None:
    """Nothing is asked; each element is that of who edited it."""
    base, ours, theirs = versions
    merged = merge(base, ours, theirs)
    assert merged.clashes == ()
    assert merged.body is not None
    for name in (ours.keys() | theirs.keys()) - {"meta"}:
        side = ours if base.get(name) != ours.get(name) else theirs
        assert merged.body.get(name) == side.get(name)


@OFTEN
@given(two_edits())
def test_what_comes_out_is_as_what_went_in(versions: tuple[Body, Body, Body]) -> None:
    """JSON, nothing empty, no two alternatives of a choice, the inputs as they were, the same each time."""
    before = copy.deepcopy(versions)
    merged = merge(*versions)
    assert versions == before
    assert merged == merge(*before)
    assert merged.body is not None
    assert orjson.loads(orjson.dumps(merged.body)) == merged.body
    assert merged.changed == (
        json.dumps(merged.body, sort_keys=True) != json.dumps(versions[2], sort_keys=True)
    )
    if not any(_empties(each) for each in versions):
        assert _empties(merged.body) == []
    if not any(_alternatives(each) for each in versions):
        assert _alternatives(merged.body) == []


def _empties(tree: Any) -> list[str]:  # noqa: ANN401 (any JSON)
    inside = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else None
    if inside is None:
        return []
    return [json.dumps(tree)] * (not inside) + [found for each in inside for found in _empties(each)]


def _alternatives(tree: Any) -> list[str]:  # noqa: ANN401 (any JSON)
    """Name the stems that stand twice in one object."""
    inside = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    names = (
        [choice_stem(name) for name in tree if not isinstance(tree[name], list)]
        if isinstance(tree, dict)
        else []
    )
    twice = [name for name in names if name and names.count(name) > 1]
    return twice + [found for each in inside for found in _alternatives(each)]


@OFTEN
@given(two_edits())
def test_who_chooses_ours_has_what_the_other_side_would_hold(versions: tuple[Body, Body, Body]) -> None:
    """Ours at every clash is the merge from the other side, where the policy is the same for both."""
    base, ours, theirs = versions
    merged = merge(base, ours, theirs)
    chosen = merge(base, ours, theirs, ours_at={each.path for each in merged.clashes})
    assert chosen.clashes == merged.clashes
    turned = merge(base, theirs, ours).body
    assert canonical(without_version(chosen.body)) == canonical(without_version(turned))


@OFTEN
@given(two_edits())
def test_where_ours_and_theirs_clash_they_differ(versions: tuple[Body, Body, Body]) -> None:
    """A clash shows two different things, and the cards of the screen show its element."""
    base, ours, theirs = versions
    differing = changed_paths(ours, theirs)
    for each in merge(base, ours, theirs).clashes:
        assert each.ours != each.theirs
        element = ".".join(each.path.split(".")[:2]).partition("[")[0]
        assert any(path.partition("[")[0].startswith(element) for path in differing)


# Lists held against a model


NUMBERS = st.dictionaries(st.integers(0, 9), st.sampled_from(["home", "work", "mobile"]), max_size=6)


def numbers(model: dict[int, str]) -> list[Body]:
    """Write numbers with their use."""
    return [{"system": "phone", "value": f"06{each}", "use": use} for each, use in model.items()]


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_a_list_is_merged_as_a_map(
    was: dict[int, str], here: dict[int, str], there: dict[int, str], order: random.Random
) -> None:
    """What went on one side and was untouched on the other is gone, in any order; nothing is there twice."""
    versions = [
        {"resourceType": "Patient", "id": "1", "telecom": numbers(each)} for each in (was, here, there)
    ]
    for each in versions:
        order.shuffle(each["telecom"])
    merged = merge(*versions)
    assert merged.body is not None
    found = {int(each["value"][2:]): each["use"] for each in merged.body.get("telecom", [])}
    assert len(found) == len(merged.body.get("telecom", []))
    replaced = was.keys() - here.keys() - there.keys()
    for each in was.keys() | here.keys() | there.keys():
        one, two, old = here.get(each), there.get(each), was.get(each)
        expected = two if one in {two, old} else one
        if len({one, two, old}) == 3:
            assert merged.clashes
        elif not (replaced and old is None):
            assert found.get(each) == expected


# Anything


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "url", "code", "system", "value", "coding", "extension", "_id", "valueCode", "x"]
            ),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NAMES = st.sampled_from([
    "id", "meta", "text", "extension", "contained", "status", "telecom", "provision", "securityLabel",
    "reaction", "note", "relationship", "category", "contact", "valueString", "valueBoolean", "_status",
    "period",
])  # fmt: skip
ANYTHING = st.none() | st.dictionaries(NAMES, JSON, max_size=6)
KINDS = st.sampled_from(
    ["Patient", "Consent", "DocumentReference", "AllergyIntolerance", "RelatedPerson", "X", 3]
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING, KINDS)
def test_nothing_that_json_can_say_raises(
    base: Body | None, ours: Body | None, theirs: Body | None, kind: object
) -> None:
    """Three bodies of one type with anything in any place: merged, compared, merged again."""
    base, ours, theirs = (
        each if each is None else each | {"resourceType": kind} for each in (base, ours, theirs)
    )
    merged = merge(base, ours, theirs)
    changed_paths(ours, theirs)
    again = merge(base, merged.body, theirs)
    assert canonical(again.body) == canonical(merged.body)
    turned = merge(base, theirs, ours)
    assert sorted(each.path for each in merged.clashes) == sorted(each.path for each in turned.clashes)
