"""Under which of the nine categories a document is shown."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.codes.categories import CATEGORIES, Category, category_of, category_of_type, class_of, type_of
from app.codes.document_types import CLASSES, LOINC, TRE_A03, TYPES
from app.fhir import codeable


def test_the_nine_categories_stand_in_the_order_people_know() -> None:
    """As in Mon espace santé, so that nobody searches twice."""
    assert [info.label for info in CATEGORIES.values()] == [
        "Ma santé en résumé",
        "Ordonnances et soins",
        "Radio, écho, scanner, IRM",
        "Résultats de biologie",
        "Comptes rendus",
        "Prévention et dépistages",
        "Certificats médicaux",
        "Pièces administratives",
        "Autres documents",
    ]
    assert list(CATEGORIES) == list(Category)


@pytest.mark.parametrize("category", list(Category))
def test_what_is_filed_under_a_category_is_shown_under_it(category: Category) -> None:
    """The type and class written for a category bring it back, with the labels of the lists."""
    body = {"type": type_of(category), "category": [class_of(category)]}
    assert category_of(body) is category
    assert body["type"]["coding"][0]["display"] == TYPES[CATEGORIES[category].type_code].label
    assert TYPES[CATEGORIES[category].type_code].class_code == CATEGORIES[category].class_code


@pytest.mark.parametrize(
    ("type_code", "category"),
    [
        ("11502-2", "BIOLOGIE"),
        ("57833-6", "ORD_SOIN"),
        ("18748-4", "RADIO_SC"),
        ("11488-4", "CPT_REND"),
        ("60591-5", "SYNTHESE"),
        ("89601-9", "CERT_MED"),
        ("75492-9", "DEPISTAG"),
        ("EXPPAT_3", "AUTR_DOC"),
        ("REMB", "DOC_ADM"),
        ("51851-4", "DOC_ADM"),
    ],
)
def test_a_professionals_type_has_its_place(type_code: str, category: str) -> None:
    """By the type itself, or by its class."""
    assert category_of_type(type_code) == category


def test_every_known_type_has_a_place() -> None:
    """No type of the list falls through to Autres documents for want of a rule."""
    assert [code for code in TYPES if category_of_type(code) is None] == []
    assert {each.class_code for each in TYPES.values() if each.class_code} <= CLASSES.keys()


def test_an_unknown_type_is_placed_by_the_documents_own_class() -> None:
    """A type of next year's list still lies where its class says, or is shown among the others."""
    body = {"type": codeable(LOINC, "99999-9"), "category": [codeable(TRE_A03, "31")]}
    assert category_of(body) is Category.RADIO_SC
    assert category_of({"type": codeable(LOINC, "99999-9")}) is Category.AUTR_DOC


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["type", "category"]), st.recursive(st.none() | st.text(max_size=4), st.lists)
    )
)
def test_any_body_has_a_category(body: dict[str, Any]) -> None:
    """Nothing is hidden by its type, however it was written."""
    assert category_of(body) in set(Category)


def test_the_types_are_those_of_the_published_list(samples: Any) -> None:  # noqa: ANN401
    """Code, label and class as transcribed from JDV_J07 and ASS_X16."""
    listed = orjson.loads((samples / "jdv/derived/xds-type-to-class.json").read_bytes())["concepts"]
    for concept in listed:
        known = TYPES.get(concept["code"])
        if known is None:
            assert concept["code"] in {"E1762", "FEUILLE-DE-STYLE"}
            continue
        assert (known.label, known.class_code, known.system) == (
            concept["display"], concept["classCode"], concept["system"],
        )  # fmt: skip
