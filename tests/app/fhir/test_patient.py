"""A person's names and traits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.codes.ins import has_valid_key, spaced
from app.codes.systems import INS_NIR_TEST
from app.fhir import patient as patients


@pytest.mark.parametrize(
    ("given", "family", "shown"),
    [
        ("JEANNE", "MARTIN", "Jeanne Martin"),
        ("JEAN-PIERRE", "D'ARTAGNAN", "Jean-Pierre D'Artagnan"),
        ("Anne-Lise", "de La Tour", "Anne-Lise de La Tour"),
        ("NOËLLE", "ÇELIK", "Noëlle Çelik"),
    ],
)
def test_a_person_is_called_as_they_write_it(given: str, family: str, shown: str) -> None:
    """Capitals of the INS become an everyday name; what has small letters is left alone."""
    body = {"name": [{"use": "usual", "given": [given], "family": family}]}
    assert patients.display_name(body) == shown


def test_the_usual_name_is_shown_and_the_birth_name_read_back(jeanne: dict[str, Any]) -> None:
    """People answer to their usual name; the read-back proves who they are."""
    read = patients.read_back(jeanne)
    assert (read.display, read.birth_name) == ("Jeanne Martin", "Jeanne Marie DURAND")
    assert (read.birth_date, read.birth_place) == (date(1952, 8, 14), "Reims")
    assert (read.ins, read.gender) == ("252087599999933", "female")


def test_without_a_usual_name_the_official_one_is_shown() -> None:
    """Not everyone has two names."""
    body = {"name": [{"use": "official", "given": ["LÉA", "MARIE"], "family": "PETIT"}]}
    assert patients.display_name(body) == "Léa Petit"
    assert patients.birth_name(body) == "Léa Marie PETIT"


@pytest.mark.parametrize(
    ("born", "day", "age", "minor"),
    [
        ("2008-11-22", date(2026, 11, 22), 18, False),
        ("2008-11-23", date(2026, 11, 22), 17, True),
        ("2008-02-29", date(2026, 2, 28), 17, True),
        ("2008-02-29", date(2026, 3, 1), 18, False),
        ("1950", date(2026, 11, 22), 75, False),
        ("1950-00-00", date(2026, 11, 22), 75, False),
        ("2008", date(2026, 11, 22), 17, True),
        ("", date(2026, 11, 22), None, True),
        ("0000-00-00", date(2026, 11, 22), None, True),
        ("1979-13-40", date(2026, 11, 22), 46, False),
    ],
)
def test_age_counts_against_whoever_has_no_full_birth_date(
    born: str,
    day: date,
    age: int | None,
    minor: bool,  # noqa: FBT001
) -> None:
    """A partial date means its last day, and an unknown age a minor: a mandate is never given by doubt."""
    body = {"birthDate": born}
    assert patients.age_on(body, day) == age
    assert patients.is_minor(body, day) is minor


def test_protection_is_a_flag_on_the_person(jeanne: dict[str, Any]) -> None:
    """Tutelle, curatelle and sauvegarde are told by an extension."""
    assert not patients.is_protected(jeanne)
    protected = patients.make(
        "p", ins_value="1", ins_system=INS_NIR_TEST, family="A", given=["B"], gender="male",
        born="1960-01-01", protection="tutelle",
    )  # fmt: skip
    assert patients.is_protected(protected)


def test_the_key_of_a_matricule() -> None:
    """The ANS test matricule has its key; a Corsican one too; a changed digit does not."""
    assert has_valid_key("279035121518989")
    assert not has_valid_key("279035121518988")
    assert has_valid_key("18403" + "2A" + "004008" + "15") is has_valid_key("184032A00400815")
    assert not has_valid_key("abc")
    assert spaced("279035121518989") == "2 79 03 51 215 189 89"
    assert spaced("279") == "279"
