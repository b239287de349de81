"""GS1 element strings: what the DataMatrix on a medicine's box says (GS1 General Specifications §3, §7.8).

Decisions:

- Only the application identifiers of a medicine's box are understood: 01 GTIN, 10 lot, 17 expiry, 11 day of
  making, 21 serial, 710-715 national numbers. Another one is refused, never guessed over: a lot cut at the
  wrong place is worse than none.
- A scanner that types like a keyboard may lose GS, or type in the wrong layout. ``&é"'(-è_çà`` are the digits
  of a French keyboard without Shift: this is told apart (``ScannerLayout``), since putting it back would also
  change the letters of a lot. Where a GS may have been lost (« 10AB1221XYZ ») the lot is refused too, even if
  that costs an honest lot its typing by hand.
- Of an expiry without a day (00) the last day of its month counts; the century is GS1's rule of fifty years.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.errors import PersonCanAct

__all__ = [
    "GS",
    "MAX_LENGTH",
    "CheckDigitWrong",
    "CodeUnreadable",
    "ExpiryWrong",
    "MedicineCode",
    "ScannerLayout",
    "SeparatorLost",
    "cip13",
    "has_check_digit",
    "parse",
    "write",
]

GS = "\x1d"
MAX_LENGTH = 200
_PREFIXES = ("]d2", "]C1", "]Q3", "\xe8", GS)
_FIXED = {"01": 14, "11": 6, "17": 6}
_ENDED = {"10": 20, "21": 20, "710": 20, "711": 20, "712": 20, "713": 20, "714": 20, "715": 20}
# GS1's character set 82, of which lots and serials are made.
_TEXT = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")
_FRENCH_ROW = frozenset("&é\"'(-è_çà")
_LAST_CENTURY, _NEXT_CENTURY = 51, -50


class CodeUnreadable(PersonCanAct):
    """What was read is no code of a medicine's box."""

    code: ClassVar[str] = "medicine-code-unreadable"


class CheckDigitWrong(PersonCanAct):
    """The product number's last digit does not fit: a digit was misread or mistyped."""

    code: ClassVar[str] = "medicine-code-check-digit"


class ExpiryWrong(PersonCanAct):
    """The expiry is no date."""

    code: ClassVar[str] = "medicine-code-expiry"


class ScannerLayout(PersonCanAct):
    """The scanner types as on another keyboard: its digits come as signs."""

    code: ClassVar[str] = "scanner-keyboard-layout"


class SeparatorLost(PersonCanAct):
    """A lot or a serial runs on into what follows: the scanner left out the separator."""

    code: ClassVar[str] = "scanner-separator-lost"


@dataclass(frozen=True, slots=True)
class MedicineCode:
    """What the code says; what it does not say is empty. ``expiry`` is the last day of use."""

    gtin: str
    expiry: date | None = None
    lot: str = ""
    serial: str = ""


def parse(text: str, today: date) -> MedicineCode:
    """Read what a scanner typed or a picture held; raises the errors of this module and no other."""
    message = _message(text)
    found = _elements(message)
    gtin = found.get("01", "")
    if not gtin:
        raise CodeUnreadable
    if not has_check_digit(gtin):
        raise CheckDigitWrong
    if GS not in message and _runs_on(found):
        raise SeparatorLost
    expiry = _day(found["17"], today) if "17" in found else None
    return MedicineCode(gtin, expiry, found.get("10", ""), found.get("21", ""))


def _elements(message: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while message:
        identifier, value, message = _element(message)
        if identifier in found:
            raise CodeUnreadable
        found[identifier] = value
    return found


def _runs_on(found: dict[str, str]) -> bool:
    """Say whether a lot without a serial may hold one, or a serial a lot: then GS may have been lost."""
    pairs = (("10", "21"), ("21", "10"))
    return any(other not in found and other in found.get(key, "")[1:-1] for key, other in pairs)


def _message(text: str) -> str:
    """Take away what stands around the message: the symbology's name, FNC1, the scanner's Enter."""
    message = text[: MAX_LENGTH + 1].strip(" \r\n\t")
    if not message or len(text) > MAX_LENGTH:
        raise CodeUnreadable
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    if _types_signs(message):
        raise ScannerLayout
    return message


def _types_signs(message: str) -> bool:
    """Say whether it begins with the signs that a French keyboard types for « 01 » and fourteen digits."""
    start = message[:16]
    return len(start) == 16 and not start.isdecimal() and set(start) <= _FRENCH_ROW  # noqa: PLR2004


def _element(message: str) -> tuple[str, str, str]:
    """Cut off the first element: its identifier, its value, what is left."""
    identifier = next((key for key in (message[:2], message[:3]) if key in _FIXED or key in _ENDED), "")
    rest = message[len(identifier) :]
    if identifier in _FIXED:
        length = _FIXED[identifier]
        value, after = rest[:length], rest[length:]
        if len(value) < length or not (value.isascii() and value.isdecimal()):
            raise CodeUnreadable
        return identifier, value, after.removeprefix(GS)
    if not identifier:
        raise CodeUnreadable
    value, _ended, after = rest.partition(GS)
    if len(value) > _ENDED[identifier]:
        raise SeparatorLost
    if not _TEXT.fullmatch(value):
        raise CodeUnreadable
    return identifier, value, after


def _day(yymmdd: str, today: date) -> date:
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    year += _century(year, today.year)
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as fault:
        raise ExpiryWrong from fault


def _century(year: int, this_year: int) -> int:
    """Return the century of a year of two digits: the one that brings it within fifty years."""
    century, away = this_year - this_year % 100, year - this_year % 100
    if away >= _LAST_CENTURY:
        return century - 100
    return century + 100 if away <= _NEXT_CENTURY else century


def has_check_digit(number: str) -> bool:
    """Say whether the last digit of a GTIN is the one the others call for."""
    if not (number.isascii() and number.isdecimal()):
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return weighed % 10 == 0


def cip13(gtin: str) -> str:
    """Return the French product number in a GTIN, "" for a product that is not registered in France."""
    return gtin[1:] if gtin.startswith("03400") else ""


def write(code: MedicineCode) -> str:
    """Write an element string: what is fixed first, then lot and serial (for tests of what we read)."""
    expiry = f"17{code.expiry:%y%m%d}" if code.expiry else ""
    ended = [f"{key}{value}" for key, value in (("10", code.lot), ("21", code.serial)) if value]
    return f"01{code.gtin}{expiry}{GS.join(ended)}"
