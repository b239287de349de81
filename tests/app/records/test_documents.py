"""The list and its search: order, filters, words however they are typed, odd documents from anywhere."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.records import DocumentQuery
from app.records.described import describe, moment_of

from .conftest import document

if TYPE_CHECKING:
    from .conftest import Person

HOSTILE = [
    '"',
    '""',
    "'",
    "*",
    "^a",
    "a OR b",
    "NOT",
    "AND",
    "NEAR(a b)",
    "title:x",
    "-a",
    "(",
    ")",
    "{a}",
    "a + b",
    "\0",
    "\\",
    ";--",
    "œ",
    "%",
    "🩺",
    " ",
    "ÉÀ",
    'a"b',
]
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_newest_first_with_pages(person: Person) -> None:
    """Every document once, across pages."""
    days = [f"20{year:02}-{month:02}-15" for year in range(10, 20) for month in range(1, 13)]
    random.Random(1).shuffle(days)
    person.feed(*(document(day, day) for day in days))
    seen = [
        row.title for offset in range(0, 120, 50) for row in person.records.documents(limit=50, offset=offset)
    ]
    assert seen == sorted(days, reverse=True)
    assert person.records.count_documents() == 120


def test_documents_of_one_day_are_ordered_by_their_filing(person: Person) -> None:
    """The last one filed is on top."""
    person.feed(
        document("matin", date="2026-05-01T08:00:00Z"),
        document("soir", date="2026-05-01T19:00:00+02:00"),
        document("midi", date="2026-05-01T12:00:00Z"),
    )
    assert person.titles() == ["soir", "midi", "matin"]


def test_hundreds_filed_in_one_second_all_have_their_place(person: Person) -> None:
    """A whole folder imported at once."""
    person.feed(*(document(str(number)) for number in range(600)))
    assert {row.title for row in person.records.documents(limit=1000)} == {str(n) for n in range(600)}


def test_documents_without_a_day_come_last(person: Person) -> None:
    """They are listed all the same."""
    person.feed(
        {"resourceType": "DocumentReference", "id": "bare", "status": "current"},
        document("Daté", "1950-01-01"),
    )
    assert person.titles() == ["Daté", ""]
    assert person.records.years() == [(1950, 1)]


def test_filters_combine(person: Person) -> None:
    """Category, year and words, each alone and all together, with the same count."""
    biology = {"type": {"coding": [{"code": "11502-2", "display": "CR d'examens biologiques"}]}}
    person.feed(
        document("Bilan sanguin", "2025-03-01", **biology),
        document("Bilan sanguin", "2024-03-01", **biology),
        document("Bilan du médecin", "2025-02-01"),
        document("Ordonnance", "2025-12-31"),
        document("Ordonnance", "2025-01-01"),
    )
    cases: list[tuple[dict[str, Any], int]] = [
        ({"category": "BIOLOGIE"}, 2),
        ({"year": 2025}, 4),
        ({"text": "bilan"}, 3),
        ({"text": "bilan", "category": "BIOLOGIE"}, 2),
        ({"text": "bilan", "year": 2025}, 2),
        ({"text": "bilan", "year": 2025, "category": "BIOLOGIE"}, 1),
        ({"text": "  "}, 5),
        ({"year": 1900}, 0),
        ({"year": 0}, 0),
        ({"year": 99999}, 0),
        ({"category": "none"}, 0),
    ]
    for query, expected in cases:
        assert len(person.titles(**query)) == expected, query
        assert person.records.count_documents(DocumentQuery(**query)) == expected, query
    assert dict(person.records.categories()) == {"BIOLOGIE": 2, "ORD_SOIN": 3}
    assert person.records.years() == [(2025, 4), (2024, 1)]


@pytest.mark.parametrize(
    "typed",
    [
        "œdème",
        "oedeme",
        "OEDÈME",
        "Œdeme",
        "oed",
        "o",
        "dr œuvr",
        "oeuvrard",
        "prescription",
        "PRODUITS santé",
        "de l'œ",
        "genou droit œdeme",
        "«œdème»",
    ],
)
def test_search_is_blind_to_accents_ligatures_case_and_order(person: Person, typed: str) -> None:
    """Over title, author and kind; the last letters may be missing."""
    person.feed(document("Suivi de l'œdème du genou droit"), document("Vaccin", author="Dr Petit", type={}))
    assert person.titles(text=typed) == ["Suivi de l'œdème du genou droit"]


def test_every_word_must_occur(person: Person) -> None:
    """Else typing more would find more."""
    person.feed(document("Bilan sanguin"))
    assert person.titles(text="bilan urinaire") == []
    assert person.titles(text="ilan") == []


def test_the_text_of_a_file_is_searched(person: Person) -> None:
    """Before or after its document came, and after the document changed."""
    early, late = document("A", "2026-01-02"), document("B", "2026-01-01")
    person.records.index_text(early["id"], "Amoxicilline 500 mg")
    person.feed(early, late)
    person.records.index_text(late["id"], "Amoxicilline\n1 g, matin et soir")
    assert person.titles(text="amoxi") == ["A", "B"]
    person.feed(early | {"content": document("C", "2026-01-02")["content"]})
    assert person.titles(text="amoxi 500") == ["C"]
    person.records.index_text(early["id"], "Paracétamol\0\ud800")
    assert person.titles(text="amoxi") == ["B"]
    assert person.titles(text="paracetamol") == ["C"]


def test_recognised_words_belong_to_the_bytes_they_were_read_from(person: Person) -> None:
    """Page by page; another version of the file begins anew, a document that goes takes them along."""
    one = document("A", "2026-01-02")
    person.feed(one)
    records, name = person.records, one["id"]
    records.keep_recognised(name, "aa", {0: "Docteur", 2: ""})
    records.keep_recognised(name, "aa", {2: "Paracétamol\ud800"})
    assert records.recognised(name, "aa") == {0: "Docteur", 2: "Paracétamol?"}
    assert records.recognised(name, "bb") == {}
    records.keep_recognised(name, "bb", {0: "Autre"})
    assert records.recognised(name, "aa") == {}
    person.feed(one | {"status": "entered-in-error"})
    assert records.recognised(name, "bb") == {}


@OFTEN
@given(typed=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(HOSTILE), max_size=5).map("".join)))
@example("\ud800")
@example("a\ud800b")
def test_no_typed_text_breaks_the_search(person: Person, typed: str) -> None:
    """Operators, quotes, nought characters, half letters: it finds or it does not."""
    query = DocumentQuery(text=typed)
    assert len(person.records.documents(query)) == person.records.count_documents(query)


@OFTEN
@given(title=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z"]), min_size=1, max_size=40))
@example("Straße ǅ İ")
@example("aujourd’hui l'œil")
@example("a_b 12,5 mg/l")
def test_a_title_typed_in_full_is_found(person: Person, title: str) -> None:
    """Whatever is indexed one way is asked the same way."""
    from app.search import match

    reference = document(title)
    person.feed(reference)
    if match(title) is not None:
        found = [row.id for row in person.records.documents(DocumentQuery(text=title))]
        assert reference["id"] in found


def test_a_digest_finds_its_document(person: Person) -> None:
    """Written either way."""
    reference = document(sha256="AB12" * 16)
    person.feed(reference, document(sha256="00" * 32))
    for typed in ("AB12" * 16, "ab12" * 16):
        found = person.records.document_with_digest(typed)
        assert found is not None
        assert found.id == reference["id"]
    assert person.records.document_with_digest("ff" * 32) is None
    assert person.records.document("nobody") is None


# Documents from anywhere


def test_the_day_is_the_care_then_the_writing_then_the_filing() -> None:
    """As written, in its own time zone: a document of the first of May stays there."""
    full = document(day="2026-05-02", context={"period": {"start": "2026-05-01T00:30:00+02:00"}})
    assert describe(full, _other).date == date(2026, 5, 1)
    del full["context"]
    assert describe(full, _other).date == date(2026, 5, 2)
    del full["content"][0]["attachment"]["creation"]
    full["date"] = "2026-05-03T10:00:00Z"
    assert describe(full, _other).date == date(2026, 5, 3)


def _other(_: dict[str, Any]) -> str:
    return "AUTR_DOC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", date(2024, 1, 1)),
        ("2024-07", date(2024, 7, 1)),
        ("2024-02-30", None),
        ("", None),
        ("24-01-01", None),
        ("hier", None),
        ("2024-13", None),
        ("0000", None),
    ],
)
def test_partial_dates_are_read_and_others_left_out(text: str, expected: date | None) -> None:
    """Never an error."""
    reference = {"resourceType": "DocumentReference", "id": "a", "date": text}
    assert describe(reference, _other).date == expected


def test_an_author_may_be_named_in_what_is_contained() -> None:
    """PDSm points to a contained PractitionerRole, which points to a Practitioner and an Organization."""
    contained = [
        {
            "resourceType": "Practitioner",
            "id": "p",
            "name": [{"family": "Petit", "given": ["Anne"], "prefix": ["Dr"]}],
        },
        {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#p"}},
        {"resourceType": "Organization", "id": "o", "name": "Laboratoire du Centre"},
    ]
    for reference, expected in (
        ("#p", "Dr Anne Petit"),
        ("#r", "Dr Anne Petit"),
        ("#o", "Laboratoire du Centre"),
        ("#x", ""),
    ):
        body = document(author="") | {"contained": contained, "author": [{"reference": reference}]}
        assert describe(body, _other).author == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["attachment", "coding", "start", "reference", "display", "name"]), inner
        )
    ),
    max_leaves=8,
)
NAMES = ["content", "type", "category", "author", "context", "contained", "date", "description", "status"]


@settings(max_examples=150, deadline=None)
@given(extra=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_document_breaks_the_list(extra: dict[str, Any]) -> None:
    """A foreign server sends what it likes."""
    described = describe({"resourceType": "DocumentReference", "id": "a", **extra}, _other)
    assert described.id == "a"


def test_a_moment_without_a_zone_is_read_as_utc() -> None:
    """R4 wants a zone; not all write it."""
    assert moment_of("2026-05-01T10:00:00") == moment_of("2026-05-01T10:00:00Z")
    assert moment_of("x") is None


@OFTEN
@given(extra=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_resource_blocks_its_page(person: Person, extra: dict[str, Any]) -> None:
    """Whatever one resource holds, the others of its page come in, and it is listed as well as may be."""
    odd = {"resourceType": "DocumentReference", "id": "odd", **extra, "status": "current"}
    good = document("Bon")
    person.feed(odd, good)
    assert "Bon" in person.titles()
    assert person.records.document("odd") is not None
