"""Dates, sizes, plurals and punctuation as French writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ui import formats
from ui.text import ngettext, typeset


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (date(2026, 3, 3), "mardi 3 mars 2026"),
        (date(2026, 3, 1), "dimanche 1er mars 2026"),
        (date(2026, 3, 31), "mardi 31 mars 2026"),
    ],
)
def test_days_are_said_in_full(moment: date, said: str) -> None:
    """With « 1er » for the first."""
    assert formats.day(moment) == said


def test_a_time_is_said_with_an_h() -> None:
    """« 14 h 05 », of this place."""
    moment = datetime(2026, 3, 3, 14, 5, tzinfo=UTC)
    local = moment.astimezone()
    assert formats.clock_time(moment) == f"{local.hour}\u00a0h\u00a005"


@pytest.mark.parametrize(
    ("octets", "said"),
    [(0, "0 octet"), (1, "1 octet"), (640, "640 octets"), (64_000, "64\u00a0Ko"), (4_999_999, "5\u00a0Mo"),
     (6_240_000, "6,2\u00a0Mo"),
     (250_000_000, "250\u00a0Mo"), (3_400_000_000, "3,4\u00a0Go")],
)  # fmt: skip
def test_sizes_are_in_decimal_units(octets: int, said: str) -> None:
    """As the limits are given."""
    assert formats.size(octets) == said


def test_a_list_is_joined_as_in_a_sentence() -> None:
    """Commas, then « et »."""
    assert formats.listed(["lire", "ranger", "imprimer"]) == "lire, ranger et imprimer"
    assert formats.listed([]) == ""


def test_nothing_and_one_are_singular_in_french() -> None:
    """Which gettext's own fallback gets wrong."""
    assert [ngettext("document", "documents", n) for n in (0, 1, 2)] == ["document", "document", "documents"]


def test_no_line_begins_with_a_question_mark() -> None:
    """High punctuation stays with its word."""
    assert typeset("Née : le 3", "ar") == "Née : le 3"
    assert typeset("Qui aide ? « Moi » : oui !") == "Qui aide\u00a0? «\u00a0Moi\u00a0»\u00a0: oui\u00a0!"
