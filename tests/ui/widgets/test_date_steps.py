"""A date by large buttons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ui.screen import Screen
from ui.widgets import DateFields
from ui.widgets.date_steps import LATEST, OLDEST, moved

if TYPE_CHECKING:
    from ui.shell import Shell


@given(
    st.dates(dt.date(OLDEST, 1, 1), dt.date(LATEST, 12, 31)),
    st.sampled_from([("days", 1), ("days", -1), ("months", 1), ("months", -1), ("years", 1), ("years", -10)]),
)
def test_a_press_changes_one_thing_and_always_gives_a_date(day: dt.date, step: tuple[str, int]) -> None:
    """Days stay in their month, months in their year; only a day that does not exist becomes the last one."""
    after = moved(day, **{step[0]: step[1]})
    assert OLDEST <= after.year <= LATEST
    if step[0] == "days":
        assert (after.year, after.month) == (day.year, day.month)
    elif step[0] == "months":
        assert after.year == day.year
        assert (after.month - day.month) % 12 == step[1] % 12
        assert after.day <= day.day
    else:
        assert after.month == day.month


def test_the_buttons_fill_the_three_fields(shell: Shell) -> None:
    """From 31 January one month on: 28 February; each press is an edit like typing."""
    fields = DateFields("Date")
    screen = Screen("Une date")
    screen.body.addWidget(fields)
    shell.show_screen(screen)
    fields.set_date(dt.date(2026, 1, 31))
    edits: list[dt.date | None] = []
    fields.edited.connect(lambda: edits.append(fields.date()))
    fields._with_buttons.click()
    by_name = {button.text(): button for button in fields.steps.buttons}
    for name in ("Mois d’après", "Jour d’après", "10 ans avant", "Année d’après"):
        by_name[name].click()
    assert edits[1:] == [
        dt.date(2026, 2, 28), dt.date(2026, 2, 1), dt.date(2016, 2, 1), dt.date(2017, 2, 1),
    ]  # fmt: skip
    assert fields.month.value == "2"
