"""Dates as French papers write them."""

from __future__ import annotations

from datetime import date

import pytest

from app.reader.dates import dates_in, exif_date, fold, iso, pdf_date


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("À Lyon, le 12 mars 2026", "2026-03-12"),
        ("le 1er août 2025", "2025-08-01"),
        ("Fait le 03/11/2026", "2026-11-03"),
        ("édité le 3.11.2026", "2026-11-03"),
        ("prélevé le 03-11-26", "2026-11-03"),
        ("2026-11-03", "2026-11-03"),
        ("14 FÉVRIER 2024", "2024-02-14"),
        ("14 févr. 2024", "2024-02-14"),
        ("né le 03/11/41", "1941-11-03"),
    ],
)
def test_a_date_is_found_however_it_is_written(words: str, expected: str) -> None:
    """Months in words or figures, with accents or without."""
    assert [found.day.isoformat() for found in dates_in(words)] == [expected]


@pytest.mark.parametrize(
    "words",
    [
        "32/01/2024",
        "30 février 2024",
        "12/13/2024",
        "1.2.250.1.213",
        "06 12 34 56 78",
        "3/4",
        "n° 20240101123",
    ],
)
def test_what_only_looks_like_a_date_is_none(words: str) -> None:
    """Days that do not exist, phone numbers and identifiers are left alone."""
    assert list(dates_in(words)) == []


def test_a_date_to_come_is_not_the_date_of_a_paper() -> None:
    """A paper is not dated next year."""
    assert iso(date(2999, 1, 1)) is None
    assert pdf_date("D:29990101") is None


def test_dates_of_machines_are_read() -> None:
    """PDF and Exif write dates each their way."""
    assert pdf_date("D:20260312101500+01'00'") == "2026-03-12"
    assert pdf_date("20260312") == "2026-03-12"
    assert pdf_date("hier") is None
    assert pdf_date("D:20261399") is None
    assert exif_date("2026:03:12 10:15:00") == "2026-03-12"
    assert exif_date("0000:00:00 00:00:00") is None
    assert exif_date(None) is None


def test_folding_keeps_each_letter_in_its_place() -> None:
    """What is found in the folded text is found at the same place in the other."""
    text = "Œdème ﬁn É ŉ Ǆ"
    assert len(fold(text)) == len(text)
