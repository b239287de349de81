"""The closed lists of health: one word each, codes that the published lists know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.codes.allergens import ALLERGENS, CATEGORIES, GROUP_LABELS, AllergenGroup, of_group
from app.codes.reactions import REACTIONS, SEVERITIES
from app.codes.relationships import RELATIONS, RelativeRole, role_of_code
from app.codes.terms import ATC, SNOMED, Term, concept, found_in
from app.codes.vaccines import VACCINES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LISTS = (ALLERGENS, REACTIONS, SEVERITIES, RELATIONS, VACCINES)


def codes_of(path: Path) -> set[str]:
    """Return the codes of a published value set (SVS)."""
    return set(re.findall(r'code="([^"]+)"', path.read_text("utf-8")))


@pytest.mark.parametrize("terms", LISTS)
def test_no_two_entries_have_one_label_or_one_code(terms: Mapping[str, Term]) -> None:
    """And each is found again by what is made of it."""
    entries = list(terms.values())
    coded = [(each.system, each.code) for each in entries if each.code]
    assert len({each.label for each in entries}) == len(entries)
    assert len(set(coded)) == len(coded)
    for each in entries:
        assert found_in(entries, concept(each)) is each
        assert bool(each.system) is bool(each.code)


def test_codes_have_the_form_of_their_system() -> None:
    """ATC: a letter, two digits, letters, digits; SNOMED CT: digits whose check digit is right."""
    for each in (*ALLERGENS.values(), *REACTIONS.values(), *VACCINES.values()):
        if each.system == ATC:
            assert re.fullmatch(r"[A-Z]\d{2}[A-Z]([A-Z](\d{2})?)?", each.code), each
        elif each.system == SNOMED:
            assert _verhoeff(each.code), each


_SUMS = (
    "0123456789 1234067895 2340178956 3401289567 4012395678 "
    "5987604321 6598710432 7659821043 8765932104 9876543210"
)
_PLACES = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258"
_D, _P = _SUMS.split(), _PLACES.split()


def _verhoeff(code: str) -> bool:
    """Check a SNOMED CT identifier's check digit (Verhoeff, SNOMED CT technical guide)."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_D[check][int(_P[place % 8][int(digit)])])
    return check == 0


def test_every_group_has_its_words_its_category_and_its_allergens() -> None:
    """At most nine, so that they fit a page with « Autre chose »."""
    for group in AllergenGroup:
        assert GROUP_LABELS[group]
        assert CATEGORIES[group] in {"medication", "food", "environment", "biologic"}
        assert 0 < len(of_group(group)) <= 9


def test_relations_are_those_of_the_french_list(samples: Path) -> None:
    """JDV_J11, but for « une autre personne », which has no code; DAUC … stand in it."""
    known = codes_of(samples / "jdv/JDV_J11_RelationPatient_CISIS.xml")
    assert {each.code for each in RELATIONS.values() if each.code} <= known


def test_the_egg_is_that_of_the_french_list(samples: Path) -> None:
    """JDV_AllergiesVaccins."""
    assert ALLERGENS["egg"].code in codes_of(samples / "jdv/JDV_AllergiesVaccins_CISIS.xml")


def test_former_codes_of_the_trusted_person_are_understood() -> None:
    """And nothing else is."""
    assert [role_of_code(code) for code in ("NOK", "QUAL", "K")] == [RelativeRole.TRUSTED] * 3
    assert role_of_code("ECON") is RelativeRole.EMERGENCY
    assert role_of_code("GUARD") is None
