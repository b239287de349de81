"""The message of an INS DataMatrix: written as the specification says, read strictly."""

from __future__ import annotations

import pytest

from app.codes.ins import key_of
from app.reader.ins_datamatrix import GS, HEADER, Identity, parse, person_of, write

FIRST = "2460518033991"
INS = FIRST + key_of(FIRST)
JEANNE = Identity(INS, "1.2.250.1.213.1.4.8", ("JEANNE", "MARIE"), "DURAND", "F", "1946-05-03", "18033")


def test_what_is_written_is_read() -> None:
    """With a system of nineteen characters, which a separator ends, and of twenty, which none does."""
    for system in ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.10"):
        identity = Identity(INS, system, ("JEANNE",), "D'ARC LE-ROUX", "F", "1946-05-03", "2A004")
        assert parse(write(identity)) == identity


def test_the_fields_may_come_in_any_order() -> None:
    """And the last one needs no separator."""
    told = f"{HEADER}S5FS603-05-1946S718033S1{INS}S21.2.250.1.213.1.4.8{GS}S3JEANNE MARIE{GS}S4DURAND"
    assert parse(told) == JEANNE


def test_a_name_may_look_like_a_field() -> None:
    """A name that holds the letters of a tag is taken whole."""
    odd = Identity(INS, "1.2.250.1.213.1.4.8", ("ESSE", "S"), "DESS", "I", "1946-05-03", "99100")
    assert parse(write(odd)) == odd


def test_a_birth_date_may_be_partial() -> None:
    """The INS knows people born on an unknown day."""
    found = parse(
        write(Identity(INS, "1.2.250.1.213.1.4.8", ("JEANNE",), "DURAND", "F", "1946-00-00", "99100"))
    )
    assert found is not None
    assert person_of(found).birth_date == "1946-00-00"


def test_the_person_is_named_as_in_a_header() -> None:
    """Given names, birth name, date, matricule."""
    seen = person_of(JEANNE)
    assert (seen.name, seen.birth_date, seen.ins) == ("JEANNE MARIE DURAND", "1946-05-03", INS)


WHOLE = write(JEANNE)
BROKEN = {
    "nothing": "",
    "a medicine": "010340093000120917270131",
    "another code": "DC04FR0000011E581E58B201FR",
    "header alone": HEADER,
    "cut in the name": WHOLE[:80],
    "a key that fails": WHOLE.replace(INS, INS[:13] + "00"),
    "a field twice": WHOLE + "S5F",
    "an unknown field": WHOLE + "S9X",
    "a date that is none": WHOLE.replace("03-05-1946", "3 mai 1946"),
    "small letters": WHOLE.replace("DURAND", "durand"),
    "no name": WHOLE.replace(f"S4DURAND{GS}", ""),
    "a very long name": WHOLE.replace("DURAND", "D" * 101),
}


@pytest.mark.parametrize("told", BROKEN.values(), ids=BROKEN)
def test_what_is_not_whole_is_no_identity(told: str) -> None:
    """A half-read identity is worse than none."""
    assert parse(told) is None
