"""Merging two versions of a resource with the one they started from: the rules that hold for every type."""

from __future__ import annotations

import copy
import itertools
import time
from decimal import Decimal
from typing import Any

import orjson
import pytest

from app.fhir import codeable
from app.fhir.merging import Clash, merge
from tests.app.fhir.merging_bodies import Body, carer, document, edited, measure, person, unknown, vaccination

EMAIL = {"system": "email", "value": "jeanne@example.org"}
MOBILE = {"system": "phone", "value": "0612345678", "use": "mobile"}
HOME = {"system": "phone", "value": "0326000000", "use": "home"}


def body_of(base: Body | None, ours: Body | None, theirs: Body | None) -> Body:
    """Merge what must merge without a question."""
    merged = merge(base, ours, theirs)
    assert merged.clashes == ()
    assert merged.body is not None
    return merged.body


def paths(base: Body | None, ours: Body | None, theirs: Body | None) -> list[str]:
    """Name what a person must choose."""
    return [each.path for each in merge(base, ours, theirs).clashes]


# What other programs got wrong


def test_a_phone_never_lands_in_the_e_mail_entry() -> None:
    """android-fhir#1096: another entry came first meanwhile, and the new number was written into the mail."""
    base = person(telecom=[MOBILE, EMAIL])
    ours = edited(base, telecom=[MOBILE | {"value": "0699999999"}, EMAIL])
    theirs = edited(base, "2", telecom=[EMAIL, {"system": "url", "value": "https://example.org"}, MOBILE])
    merged = body_of(base, ours, theirs)
    assert merged["telecom"] == [
        EMAIL,
        {"system": "url", "value": "https://example.org"},
        MOBILE | {"value": "0699999999"},
    ]


def test_a_deleted_number_does_not_come_back() -> None:
    """JSON Merge Patch sends the whole list: what was deleted on one side returned with the other's."""
    base = person(telecom=[MOBILE, HOME, EMAIL])
    ours = edited(base, telecom=[MOBILE, EMAIL])
    theirs = edited(base, "2", telecom=[MOBILE, HOME, EMAIL | {"use": "home"}])
    assert body_of(base, ours, theirs)["telecom"] == [MOBILE, EMAIL | {"use": "home"}]
    assert body_of(base, theirs, ours)["telecom"] == [MOBILE, EMAIL | {"use": "home"}]


def test_nobody_has_to_choose_a_side() -> None:
    """Anki#4366: two people changed two things, and had to give up one."""
    base = person()
    fax = {"system": "fax", "value": "1"}
    ours = edited(base, maritalStatus=codeable("s", "M"), telecom=[*base["telecom"], fax])
    theirs = edited(base, "2", birthDate="1950-03-29", address=[{"use": "home", "city": "Reims"}])
    merged = body_of(base, ours, theirs)
    assert merged["maritalStatus"] == codeable("s", "M")
    assert fax in merged["telecom"]
    assert (merged["birthDate"], merged["address"]) == ("1950-03-29", [{"use": "home", "city": "Reims"}])


# The resource


def test_the_version_is_theirs_and_marks_are_united() -> None:
    """Number, time and source come from the service; profiles and tags of both stand."""
    base = person(meta={"profile": ["p"], "tag": [{"system": "t", "code": "a"}]})
    ours = base | {
        "meta": {"versionId": "1", "profile": ["p", "q"], "tag": [], "source": "here"},
        "active": False,
    }
    theirs = edited(base, "7", birthDate="1951")
    theirs["meta"] |= {"source": "there", "tag": [{"system": "t", "code": "a"}, {"system": "t", "code": "b"}]}
    merged = body_of(base, ours, theirs)
    assert merged["meta"] == {
        "versionId": "7",
        "lastUpdated": theirs["meta"]["lastUpdated"],
        "source": "there",
        "profile": ["p", "q"],
        "tag": [{"system": "t", "code": "b"}],
    }


def test_our_edit_of_an_old_version_takes_the_new_number() -> None:
    """The service stored the same content again: only its version is new."""
    base = person()
    merged = merge(base, edited(base, birthDate="1951"), edited(base, "3"))
    assert merged.body == edited(base, "3", birthDate="1951")
    assert merged.changed


def test_what_is_theirs_already_needs_no_sending() -> None:
    """Both did the same."""
    base = person()
    merged = merge(base, edited(base, birthDate="1951"), edited(base, "2", birthDate="1951"))
    assert merged.body == edited(base, "2", birthDate="1951")
    assert not merged.changed


@pytest.mark.parametrize("is_ours", [True, False])
def test_what_one_side_deletes_and_the_other_leaves_is_deleted(is_ours: bool) -> None:  # noqa: FBT001 (a case)
    """A new version number alone is no edit."""
    base, left = person(), edited(person(), "2")
    merged = merge(base, None, left) if is_ours else merge(base, left, None)
    assert (merged.body, merged.clashes, merged.changed) == (None, (), is_ours)


@pytest.mark.parametrize("is_ours", [True, False])
def test_deleted_here_and_edited_there_is_asked(is_ours: bool) -> None:  # noqa: FBT001 (a case)
    """Both versions stand in the clash; the body is theirs until someone chose."""
    base, left = person(), edited(person(), "2", birthDate="1951")
    merged = merge(base, None, left) if is_ours else merge(base, left, None)
    sides = (None, left) if is_ours else (left, None)
    assert merged.clashes == (Clash("Patient", base, *sides),)
    assert merged.body == sides[1]
    assert not merged.changed


def test_both_deleted_or_one_made_alone() -> None:
    """No base and one body: that one; nothing at all: nothing."""
    made = person()
    assert merge(made, None, None).body is None
    assert merge(None, made, None).body == made
    assert merge(None, made, None).changed
    assert merge(None, None, made).body == made
    assert not merge(None, None, made).changed
    assert merge(None, None, None).body is None


def test_made_twice_it_is_one() -> None:
    """Both made the same id: what agrees stands, what one alone says stands, the rest is asked."""
    ours = person(birthDate="1950", maritalStatus=codeable("s", "M"))
    theirs = person(birthDate="1951", language="fr")
    merged = merge(None, ours, theirs)
    assert merged.clashes == (Clash("Patient.birthDate", None, "1950", "1951"),)
    assert merged.body is not None
    assert (merged.body["birthDate"], merged.body["language"]) == ("1951", "fr")
    assert merged.body["maritalStatus"] == codeable("s", "M")


def test_a_person_s_choice_is_the_same_merge() -> None:
    """Where ours was chosen it stands; what was merged without a question stands too."""
    base = person()
    ours = edited(base, birthDate="1951", gender="male", language="fr")
    theirs = edited(base, "2", birthDate="1952", gender="other")
    assert paths(base, ours, theirs) == ["Patient.gender", "Patient.birthDate"]
    chosen = merge(base, ours, theirs, ours_at=["Patient.birthDate"]).body
    assert chosen is not None
    assert (chosen["birthDate"], chosen["gender"], chosen["language"]) == ("1951", "other", "fr")


# The narrative


def narrative(words: str, status: str = "generated") -> Body:
    """Make a narrative."""
    return {"status": status, "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}


def test_a_generated_narrative_is_of_the_side_that_changed_and_never_asked() -> None:
    """Each side alone, both (it would tell half), neither."""
    base = person(text=narrative("old"))
    ours = edited(base, text=narrative("ours"), birthDate="1951")
    theirs = edited(base, "2", text=narrative("theirs"), gender="other")
    assert body_of(base, ours, edited(base, "2", text=narrative("again")))["text"] == narrative("ours")
    assert body_of(base, edited(base, text=narrative("again")), theirs)["text"] == narrative("theirs")
    assert "text" not in body_of(base, ours, theirs)
    assert body_of(base, ours, edited(theirs, "2", birthDate="1951"))["text"] == narrative("theirs")


def test_a_narrative_that_someone_wrote_is_content() -> None:
    """``additional`` says what no element says: changed on both sides it is asked."""
    base = person(text=narrative("old", "additional"))
    ours = edited(base, text=narrative("ours", "additional"))
    theirs = edited(base, "2", text=narrative("theirs", "additional"))
    assert paths(base, ours, theirs) == ["Patient.text"]


# Lists


def test_both_changed_one_number() -> None:
    """One telephone became two others: that is one question, with all three."""
    base = person(telecom=[MOBILE, EMAIL])
    ours = edited(base, telecom=[MOBILE | {"value": "0611"}, EMAIL])
    theirs = edited(base, "2", telecom=[EMAIL, MOBILE | {"value": "0622"}])
    merged = merge(base, ours, theirs)
    assert merged.clashes == (
        Clash("Patient.telecom[phone]", MOBILE, MOBILE | {"value": "0611"}, MOBILE | {"value": "0622"}),
    )
    assert merged.body is not None
    assert merged.body["telecom"] == [EMAIL, MOBILE | {"value": "0622"}]
    chosen = merge(base, ours, theirs, ours_at={"Patient.telecom[phone]"}).body
    assert chosen is not None
    assert chosen["telecom"] == [EMAIL, MOBILE | {"value": "0611"}]


def test_a_number_replaced_here_and_deleted_there_is_the_new_one() -> None:
    """The old one is gone on both sides, the new one was added: nothing is lost, nothing comes back."""
    base = person(telecom=[MOBILE, EMAIL])
    ours = edited(base, telecom=[MOBILE | {"value": "0611"}, EMAIL])
    theirs = edited(base, "2", telecom=[EMAIL])
    assert body_of(base, ours, theirs)["telecom"] == [EMAIL, MOBILE | {"value": "0611"}]
    assert body_of(base, theirs, ours)["telecom"] == [MOBILE | {"value": "0611"}, EMAIL]


def test_an_entry_edited_here_and_deleted_there_is_asked() -> None:
    """It kept its name: what was deleted there is what was edited here."""
    base = person(telecom=[MOBILE, EMAIL])
    ours = edited(base, telecom=[MOBILE | {"rank": 1}, EMAIL])
    theirs = edited(base, "2", telecom=[EMAIL])
    merged = merge(base, ours, theirs)
    assert merged.clashes == (Clash("Patient.telecom[phone]", MOBILE, MOBILE | {"rank": 1}, None),)
    assert merged.body == theirs
    assert paths(base, theirs, ours) == ["Patient.telecom[phone]"]
    entries = unknown()
    only = edited(entries, entries=[entries["entries"][0] | {"word": "new"}, entries["entries"][1]])
    assert paths(entries, only, edited(entries, "2", entries=None)) == ["Foreign.entries[e1]"]
    assert paths(entries, edited(entries, thing=None), edited(entries, thing={"first": "b"})) == [
        "Foreign.thing"
    ]


def test_two_edits_of_one_entry_meet_inside_it() -> None:
    """Its use here, its rank there; and its use on both sides is asked."""
    base = person(telecom=[EMAIL])
    ours = edited(base, telecom=[EMAIL | {"use": "home"}])
    theirs = edited(base, "2", telecom=[EMAIL | {"rank": 1}])
    assert body_of(base, ours, theirs)["telecom"] == [EMAIL | {"rank": 1, "use": "home"}]
    other = edited(base, "2", telecom=[EMAIL | {"use": "work"}])
    assert paths(base, ours, other) == ["Patient.telecom[email].use"]


def test_several_changes_of_one_family_are_one_question() -> None:
    """Two numbers became three others: all are shown, none is guessed to belong to another."""
    base = person(telecom=[MOBILE, HOME])
    ours = edited(base, telecom=[MOBILE | {"value": "1"}, HOME | {"value": "2"}])
    theirs = edited(base, "2", telecom=[MOBILE | {"value": "3"}])
    merged = merge(base, ours, theirs)
    assert merged.clashes == (Clash("Patient.telecom", [MOBILE, HOME], ours["telecom"], theirs["telecom"]),)
    assert merged.body == theirs


def test_no_number_stands_in_a_path() -> None:
    """Two telephones are told apart by a digest; a path may be logged."""
    base = person(telecom=[MOBILE, HOME])
    ours = edited(base, telecom=[MOBILE | {"use": "old"}, HOME | {"use": "old"}])
    theirs = edited(base, "2", telecom=[MOBILE | {"use": "temp"}, HOME | {"use": "temp"}])
    found = paths(base, ours, theirs)
    assert len(set(found)) == 2
    assert not any(each["value"] in path for each in (MOBILE, HOME) for path in found)


def test_order_is_theirs_and_ours_comes_after() -> None:
    """Additions of ours follow in their own order."""
    base = unknown()
    one, two = base["entries"]
    ours = edited(base, entries=[{"id": "n1"}, one, {"id": "n2"}, two])
    theirs = edited(base, "2", entries=[two, {"id": "t1"}, one])
    assert [each["id"] for each in body_of(base, ours, theirs)["entries"]] == ["e2", "t1", "e1", "n1", "n2"]


def test_items_are_known_by_their_element_id_first() -> None:
    """Both edited different entries, in another order."""
    base = unknown()
    one, two = base["entries"]
    ours = edited(base, entries=[one | {"word": "ours"}, two])
    theirs = edited(base, "2", entries=[two | {"word": "theirs"}, one])
    assert body_of(base, ours, theirs)["entries"] == [two | {"word": "theirs"}, one | {"word": "ours"}]


@pytest.mark.parametrize(
    ("name", "item", "ours", "theirs"),
    [
        ("identifier", {"system": "s", "value": "v"}, {"use": "old"}, {"period": {"end": "2026"}}),
        ("entry", {"item": {"reference": "List/1"}}, {"deleted": True}, {"date": "2026"}),
        ("agent", {"who": {"reference": "Patient/1"}}, {"name": "n"}, {"requestor": True}),
        ("component", {"code": {"coding": [{"system": "s", "code": "c"}]}}, {"x": 1}, {"y": 2}),
        (
            "communication",
            {"language": {"coding": [{"system": "s", "code": "fr"}]}},
            {"preferred": True},
            {"y": 2},
        ),
        (
            "relatesTo",
            {"code": "replaces", "target": {"reference": "DocumentReference/1"}},
            {"x": 1},
            {"y": 2},
        ),
        ("item", {"sequence": 3}, {"net": {"value": 1}}, {"y": 2}),
        ("contained", {"resourceType": "Practitioner", "id": "p"}, {"active": True}, {"gender": "male"}),
        ("unnamed", {"first": 1}, {"x": 1}, {"y": 2}),
    ],
)
def test_an_item_is_found_again_by_what_it_names(name: str, item: Body, ours: Body, theirs: Body) -> None:
    """Edited on both sides, in lists that were turned around meanwhile."""
    other: Body = {"id": "other"}
    base = unknown(**{name: [item, other]})
    merged = body_of(
        base,
        edited(base, **{name: [other, item | ours]}),
        edited(base, "2", **{name: [item | theirs, other]}),
    )
    assert merged[name] == [item | theirs | ours, other]


def test_concepts_and_references_are_kept_from_both() -> None:
    """Added here and there, removed here: no index, no doubles."""
    one, two, three = (codeable("s", code) for code in "abc")
    base = unknown(kind=[one, two], who=[{"reference": "Patient/1"}])
    ours = edited(base, kind=[two, three], who=[{"reference": "Patient/1"}, {"reference": "Patient/2"}])
    theirs = edited(base, "2", kind=[one, two, codeable("s", "d")], who=[{"reference": "Patient/2"}])
    merged = body_of(base, ours, theirs)
    assert merged["kind"] == [two, codeable("s", "d"), three]
    assert merged["who"] == [{"reference": "Patient/2"}]


def test_plain_lists_are_sets_and_equal_items_are_counted() -> None:
    """Three of the same where one side made them three."""
    base = unknown(list=["x", "y", "y"])
    ours = edited(base, list=["y", "y", "new"])
    theirs = edited(base, "2", list=["y", "x", "y", "y"])
    assert body_of(base, ours, theirs)["list"] == ["y", "y", "y", "new"]
    assert body_of(base, edited(base, list=["x", "y"]), edited(base, "2", list=["y", "y"]))["list"] == ["y"]


def test_a_list_whose_order_means_something_is_one_value() -> None:
    """The lines of an address are no set."""
    base = unknown(line=["12 rue A", "Bâtiment B"])
    ours = edited(base, line=["Bâtiment B", "12 rue A"])
    theirs = edited(base, "2", line=["12 rue A", "Bâtiment C"])
    assert paths(base, ours, theirs) == ["Foreign.line"]


def test_a_lone_entry_that_both_edited_is_one_entry() -> None:
    """A document has one content: what was edited on both sides never becomes two."""
    base = document()
    ours, theirs = edited(base), edited(base, "2")
    ours["content"][0]["attachment"]["title"] = "Titre"
    theirs["content"][0]["format"] = {"code": "f"}
    merged = body_of(base, ours, theirs)
    assert len(merged["content"]) == 1
    assert merged["content"][0]["attachment"]["title"] == "Titre"
    assert merged["content"][0]["format"] == {"code": "f"}
    theirs["content"][0]["attachment"]["title"] = "Autre"
    assert paths(base, ours, theirs) == ["DocumentReference.content.attachment"]


def test_an_emptied_list_is_gone() -> None:
    """R4 knows no empty list."""
    base = unknown(list=["x", "y"])
    merged = body_of(base, edited(base, list=["y"]), edited(base, "2", list=["x"]))
    assert "list" not in merged


# Values that mean something only as a whole


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ({"value": 5, "unit": "mg"}, {"value": 10, "unit": "mg"}, {"value": 5, "unit": "g"}),
        ({"start": "2024"}, {"start": "2025"}, {"start": "2024", "end": "2026"}),
        ({"text": "a"}, {"text": "b"}, {"text": "a", "coding": [{"code": "c"}]}),
        (
            {"use": "official", "family": "A"},
            {"use": "official", "family": "B"},
            {"use": "official", "given": ["C"]},
        ),
        ({"city": "Reims"}, {"city": "Lyon"}, {"city": "Reims", "postalCode": "51100"}),
        ({"reference": "Patient/1"}, {"reference": "Patient/2"}, {"reference": "Patient/1", "display": "J"}),
        ({"low": {"value": 1}}, {"low": {"value": 2}}, {"low": {"value": 1}, "high": {"value": 3}}),
        (
            {"repeat": {"frequency": 1}},
            {"repeat": {"frequency": 2}},
            {"repeat": {"frequency": 1}, "event": ["d"]},
        ),
        ({"url": "Binary/1"}, {"url": "Binary/2"}, {"url": "Binary/1", "hash": "h"}),
    ],
)
def test_a_datatype_is_never_put_together_from_two(base: Body, ours: Body, theirs: Body) -> None:
    """5 mg changed to 10 mg here and to 5 g there is no 10 g."""
    was = unknown(thing=base)
    merged = merge(was, edited(was, thing=ours), edited(was, "2", thing=theirs))
    assert merged.clashes == (Clash("Foreign.thing", base, ours, theirs),)
    assert merged.body is not None
    assert merged.body["thing"] == theirs


def test_a_choice_has_one_alternative() -> None:
    """Another type on each side is one question; one side's other type replaces the old one."""
    base = unknown()
    ours = edited(base, valueString=None, valueBoolean=True)
    theirs = edited(base, "2", valueString=None, valueInteger=3)
    merged = merge(base, ours, theirs)
    assert merged.clashes == (
        Clash("Foreign.value[x]", {"valueString": "chosen"}, {"valueBoolean": True}, {"valueInteger": 3}),
    )
    assert merged.body is not None
    assert [name for name in merged.body if name.startswith("value")] == ["valueInteger"]
    alone = body_of(base, ours, edited(base, "2", list=["z"]))
    assert [name for name in alone if name.startswith("value")] == ["valueBoolean"]


def test_names_that_only_look_like_a_choice_stay_apart() -> None:
    """A repeating element is no alternative: ``referenceRange`` beside ``referenceDate``."""
    base = unknown(referenceRange=[{"text": "a"}], referenceDate="2024")
    ours = edited(base, referenceRange=[{"text": "a"}, {"text": "b"}])
    theirs = edited(base, "2", referenceDate="2025")
    merged = body_of(base, ours, theirs)
    assert (len(merged["referenceRange"]), merged["referenceDate"]) == (2, "2025")


def test_a_primitive_and_its_extension_go_together() -> None:
    """A birth date from one side never stands under the other's reason why there is none."""
    absent = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "x"}]
    }
    base = person(birthDate="1950", _birthDate={"id": "b"})
    ours = edited(base, birthDate=None, _birthDate=absent)
    theirs = edited(base, "2", gender="other")
    assert body_of(base, ours, theirs)["_birthDate"] == absent
    assert "birthDate" not in body_of(base, ours, theirs)
    both = merge(base, ours, edited(base, "2", birthDate="1951"))
    assert [each.path for each in both.clashes] == ["Patient.birthDate"]
    assert both.clashes[0].ours == {"_birthDate": absent}
    assert both.body is not None
    assert (both.body["birthDate"], both.body["_birthDate"]) == ("1951", {"id": "b"})


def test_extensions_are_known_by_their_url() -> None:
    """Nested ones inside, repeating ones as a set, one changed on both sides is asked."""
    base = unknown()
    first, many_a, many_b, nested = base["extension"]
    ours = edited(base, extension=[many_b, nested | {"extension": [{"url": "in", "valueInteger": 2}]}, first])
    theirs = edited(
        base,
        "2",
        extension=[
            first | {"valueString": "2"},
            many_a,
            many_b,
            {"url": "http://many", "valueCode": "c"},
            nested | {"extension": [{"url": "in", "valueInteger": 1}, {"url": "new", "valueInteger": 9}]},
        ],
    )
    inside = [{"url": "in", "valueInteger": 2}, {"url": "new", "valueInteger": 9}]
    assert body_of(base, ours, theirs)["extension"] == [
        first | {"valueString": "2"},
        many_b,
        {"url": "http://many", "valueCode": "c"},
        {"url": "http://nested", "extension": inside},
    ]
    ours["extension"][1]["extension"][0]["valueInteger"] = 5
    theirs["extension"][4]["extension"][0]["valueInteger"] = 6
    assert paths(base, ours, theirs) == ["Foreign.extension[nested].extension[in].valueInteger"]


# Numbers


def test_precision_is_kept_and_never_asked() -> None:
    """1 and 1.0 are two ways to write a number: who rewrote it is followed, nobody is asked."""
    base = unknown(figure=72)
    assert repr(body_of(base, edited(base, figure=72.0), edited(base, "2", list=["z"]))["figure"]) == "72.0"
    assert body_of(base, edited(base, figure=80), edited(base, "2", figure=72.0))["figure"] == 80
    assert repr(body_of(None, unknown(figure=72.0), unknown(figure=72))["figure"]) == "72"
    precise = edited(base, figure=Decimal("72.00"))
    assert str(body_of(base, precise, edited(base, "2", list=["z"]))["figure"]) == "72.00"
    assert paths(base, edited(base, figure=True), edited(base, "2", figure=1)) == ["Foreign.figure"]


# Badly written


def deep(levels: int, leaf: object) -> object:
    """Nest something."""
    tree = leaf
    for number in range(levels):
        tree = [tree] if number % 2 else {"deeper": tree}
    return tree


@pytest.mark.parametrize("levels", [3, 99, 103, 1501])
def test_a_tree_of_any_depth_is_merged_or_asked(levels: int) -> None:
    """Below a hundred levels a tree is one value; nothing overflows."""
    base, ours, theirs = (unknown(thing=deep(levels, leaf)) for leaf in "abc")
    assert len(merge(base, ours, theirs).clashes) == 1
    assert merge(base, ours, base).changed
    gone = {name: value for name, value in theirs.items() if name != "thing"}
    assert merge(base, ours, gone).clashes


def test_equal_items_multiplied_here_and_deleted_there_stay() -> None:
    """One side made two of one, the other none: merged again, it is the same."""
    base = unknown(list=[1, 2, "x"])
    ours, theirs = edited(base, list=[2, 2, "x"]), edited(base, "2", list=[1, 3, "x"])
    merged = body_of(base, ours, theirs)
    assert merged["list"] == [3, "x", 2, 2]
    assert body_of(base, merged, theirs)["list"] == merged["list"]


@pytest.mark.parametrize("name", ["code", "item", "extension", "identifier"])
def test_names_inside_names_end_somewhere(name: str) -> None:
    """A code of a code of a code … names nothing."""
    tree: object = "a"
    for _ in range(3000):
        tree = [{name: tree}]
    base = unknown(list=["x"])
    assert merge(base, base | {"list": tree}, base | {"list": ["z"]}).body is not None


@pytest.mark.parametrize(
    "name", ["telecom", "meta", "text", "extension", "contact", "_birthDate", "status", "contained"]
)
def test_what_is_written_badly_is_one_value(name: str) -> None:
    """A list where an object was, numbers for words: nothing raises, nothing of ours is lost."""
    base = person()
    odd: list[Any] = [
        {"a": 1},
        ["a"],
        "a",
        1,
        True,
        [None],
        [[["a"]]],
        {"": {"_": []}},
        {"_": 1},
        None,
        [{"id": []}],
    ]
    for ours, theirs in itertools.product(odd, odd):
        merged = merge(base, base | {name: ours}, base | {name: theirs})
        assert merged.body is not None
        orjson.dumps(merged.body)
        merge(base, base | {name: ours}, base)
        merge(None, base | {name: ours}, base | {name: theirs})


def test_another_type_under_the_same_id_is_asked_whole() -> None:
    """A Patient and a Consent have nothing to merge."""
    base, theirs = person(), {"resourceType": "Consent", "id": "1"}
    ours = edited(base, birthDate="1951")
    assert merge(base, ours, theirs).clashes == (Clash("Consent", base, ours, theirs),)


def test_nothing_given_is_changed() -> None:
    """The versions are read only."""
    versions = (person(), edited(person(), birthDate="1951"), edited(person(), "2", gender="other"))
    before = copy.deepcopy(versions)
    merge(*versions)
    assert versions == before


# Time


def _seconds(count: int, different: int) -> float:
    """Merge lists that both sides changed all over; the quickest of three."""
    items = [{"system": "phone", "value": str(number % different), "use": "home"} for number in range(count)]
    base = person(telecom=items)
    turned = list(reversed(items))
    ours = edited(base, telecom=[each | {"rank": 1} for each in items[::2]] + items[1::2])
    theirs = edited(base, "2", telecom=[*turned[:-5], {"system": "email", "value": "x"}])
    taken = []
    for _ in range(3):
        start = time.process_time()
        merged = merge(base, ours, theirs)
        taken.append(time.process_time() - start)
        assert merged.body is not None
        assert len(merged.body["telecom"]) > count / 3
    return min(taken)


@pytest.mark.parametrize(("count", "different"), [(10_000, 10_000), (4_000, 3)])
def test_twice_the_list_takes_about_twice_the_time(count: int, different: int) -> None:
    """Many entries, or many equal ones: a pairwise search would take four times as long."""
    assert _seconds(count, different) < 3 * _seconds(count // 2, different)


def test_carers_and_vaccinations_merge_by_the_general_rules() -> None:
    """Their name here, their number there."""
    base = carer()
    ours = edited(base, name=[base["name"][0] | {"family": "Petit"}])
    theirs = edited(base, "2", telecom=[{"system": "phone", "value": "0699"}])
    merged = body_of(base, ours, theirs)
    assert (merged["name"][0]["family"], merged["telecom"][0]["value"]) == ("Petit", "0699")
    dose = vaccination()
    told = body_of(dose, edited(dose, note=None), edited(dose, "2", occurrenceDateTime="2019-05-12"))
    assert (told.get("note"), told["occurrenceDateTime"]) == (None, "2019-05-12")


def test_two_notes_in_the_place_of_one_are_asked() -> None:
    """Where no union is wanted, one note said anew on both sides is a question."""
    base = measure()
    assert paths(base, edited(base, note=[{"text": "a"}]), edited(base, "2", note=[{"text": "b"}])) == [
        "Observation.note"
    ]
