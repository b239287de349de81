"""The made-up people: that they are made up, that they differ, that none can be taken for someone."""

from __future__ import annotations

from datetime import date

import pytest

from app.codes.ins import has_valid_key
from sync.service.demo.people import (
    ADVISERS,
    CITIZENS,
    INS_DEMO,
    INS_TEST,
    PHARMACIST,
    SOFTWARE,
    Gender,
    Person,
    chosen,
    citizen,
)

TODAY = date(2026, 11, 22)
each_citizen = pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))


@each_citizen
def test_numbers_are_test_numbers_that_tell_the_same_story(person: Person) -> None:
    """Test root, valid key, sex, birth and place as in the traits."""
    assert person.system in {INS_TEST, INS_DEMO}
    assert has_valid_key(person.ins)
    assert person.ins[0] == ("2" if person.gender is Gender.FEMALE else "1")
    assert person.ins[1:5] == f"{person.born:%y%m}"
    assert person.ins[5:10] == person.birth_code


def test_the_first_is_the_tours() -> None:
    """Jeanne Martin, née le 3 mai 1946 à Bourges."""
    first = CITIZENS[0]
    assert (first.login, first.name, first.birth_city) == ("jeanne", "Jeanne Martin", "Bourges")
    assert (first.born, first.born_word) == (date(1946, 5, 3), "née")
    assert (ADVISERS[0].login, ADVISERS[0].name) == ("karim", "Karim Benali")


def test_they_are_thirteen_and_all_different() -> None:
    """Thirteen, nobody twice; ids and logins never meet, helpers included."""
    everyone = [*CITIZENS, *ADVISERS, PHARMACIST, SOFTWARE]
    assert len(CITIZENS) == 13
    assert len(ADVISERS) == 3
    assert len({each.login for each in everyone}) == len(everyone)
    assert len({person.ins for person in CITIZENS} | {person.id for person in CITIZENS}) == 26


def test_the_stories_exercise_the_screens() -> None:
    """From five documents to four hundred, 16 to 96 years, a usage name, a protected adult, abroad."""
    ages = sorted(person.age_on(TODAY) for person in CITIZENS)
    assert (ages[0], ages[1], ages[-1]) == (16, 19, 96)
    assert min(person.papers for person in CITIZENS) == 5
    assert max(person.papers for person in CITIZENS) == 400
    assert any(person.protection for person in CITIZENS)
    assert any(person.usage_family not in {"", person.family} for person in CITIZENS)
    assert sum(person.birth_code.startswith("99") for person in CITIZENS) >= 2
    assert max(len(person.name) for person in CITIZENS) > 40
    assert {person.language for person in CITIZENS} >= {"fr", "ar"}
    assert citizen("lucas").contacts[0].role == "GUARD"


def test_a_stranger_has_no_story() -> None:
    """Asking for an unknown login is an error."""
    with pytest.raises(KeyError):
        citizen("nobody")
    with pytest.raises(KeyError):
        chosen("jeanne,nobody")


def test_who_is_there_is_chosen_by_number_or_by_name() -> None:
    """All, the first ones, or those named, as the command line says it."""
    assert chosen(None) == CITIZENS
    assert chosen(2) == chosen("2") == CITIZENS[:2]
    assert [each.login for each in chosen("lucas, sophie")] == ["lucas", "sophie"]
