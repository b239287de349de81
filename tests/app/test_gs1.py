"""The code of a medicine's box: what is read, what is refused, and that nothing else happens."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.codes import gs1
from app.codes.gs1 import MedicineCode
from app.errors import PersonCanAct

TODAY = date(2026, 11, 22)
GS = "\x1d"
GTIN = "03400930000014"  # made up, its check digit is right
WHOLE = f"01{GTIN}17280500" + f"10AB12{GS}21XYZ9"


def checked(first: str) -> str:
    """Put the check digit behind thirteen digits."""
    return next(first + digit for digit in string.digits if gs1.has_check_digit(first + digit))


gtins = st.text(string.digits, min_size=13, max_size=13).map(checked)
words = st.text("ABCXYZabcxyz03456789-/.", max_size=20)  # no « 10 » or « 21 » alone: see the separator
days = st.dates(date(2000, 1, 1), date(2076, 12, 31))


@pytest.mark.parametrize("start", ["", "]d2", "]C1", GS, "]d2" + GS])
def test_a_box_is_read_however_its_code_begins(start: str) -> None:
    """With or without the symbology's name or FNC1; day 00 is the last of its month."""
    found = gs1.parse(start + checked_whole() + "\r\n", TODAY)
    assert (found.expiry, found.lot, found.serial) == (date(2028, 5, 31), "AB12", "XYZ9")


def checked_whole() -> str:
    """Write the example with a right check digit."""
    return WHOLE.replace(GTIN, checked(GTIN[:13]))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "medicine-code-unreadable"),
        ("hello", "medicine-code-unreadable"),
        ("17280531", "medicine-code-unreadable"),
        ("013400", "medicine-code-unreadable"),
        ("0112345678901234", "medicine-code-check-digit"),
        (f"01{checked('0340093000001')}17281301", "medicine-code-expiry"),
        (f"01{checked('0340093000001')}17280230", "medicine-code-expiry"),
        (f"01{checked('0340093000001')}10AB1221ABCDEFGHIJKLMNOP", "scanner-separator-lost"),
        (f"01{checked('0340093000001')}10AB1221XYZ9", "scanner-separator-lost"),
        (f"01{checked('0340093000001')}10A{GS}10B", "medicine-code-unreadable"),
        (f"01{checked('0340093000001')}10é", "medicine-code-unreadable"),
        (f"01{checked('0340093000001')}99AB", "medicine-code-unreadable"),
        ('à&à"\'àà_"ààààà&(&è"_', "scanner-keyboard-layout"),
        ("01" + "9" * 400, "medicine-code-unreadable"),
    ],
)
def test_what_is_no_code_is_refused_with_its_reason(text: str, code: str) -> None:
    """Each fault has a sentence of its own."""
    with pytest.raises(PersonCanAct) as refused:
        gs1.parse(text, TODAY)
    assert refused.value.code == code


@given(gtins, st.none() | days, words, words)
def test_what_is_written_is_read(gtin: str, expiry: date | None, lot: str, serial: str) -> None:
    """Round trip, within GS1's fifty years."""
    code = MedicineCode(gtin, expiry, lot, serial)
    assert gs1.parse(gs1.write(code), TODAY) == code


@given(st.text(max_size=220) | st.text("0123456789" + GS + "AB&é]d", max_size=60))
def test_whatever_is_typed_only_the_declared_errors_come(text: str) -> None:
    """No other failure, whatever a scanner types."""
    try:
        found = gs1.parse(text, TODAY)
    except (
        gs1.CodeUnreadable,
        gs1.CheckDigitWrong,
        gs1.ExpiryWrong,
        gs1.ScannerLayout,
        gs1.SeparatorLost,
    ):
        return
    assert gs1.has_check_digit(found.gtin)


@pytest.mark.parametrize(("year", "read"), [("00", 2000), ("76", 2076), ("77", 1977), ("99", 1999)])
def test_the_century_is_within_fifty_years(year: str, read: int) -> None:
    """GS1 General Specifications, §7.12."""
    found = gs1.parse(f"01{checked('0340093000001')}17{year}0101", TODAY)
    assert found.expiry == date(read, 1, 1)


def test_the_french_number_is_in_the_gtin() -> None:
    """CIP13; a box of another country has none."""
    assert gs1.cip13("03400930000014") == "3400930000014"
    assert gs1.cip13("05413868000016") == ""
