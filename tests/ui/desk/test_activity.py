"""The count of visits: what is used and how long, no name and no hour; the month's page and the file."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from app.vault.activity import CountedVisit
from ui.commands import main
from ui.desk.activity import DeskActivity
from ui.desk.config import DeskConfig
from ui.desk.ledger import Ledger
from ui.desk.post import vault_of
from ui.desk.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.desk_vault import DeskVault

DAY = date(2026, 11, 20)


class Clock:
    """A monotonic clock that is set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


@pytest.fixture
def config(tmp_path: Path) -> DeskConfig:
    """Return a configured PC."""
    made = DeskConfig(service="http://127.0.0.1:9", folder=tmp_path / "poste", demo=True)
    made.save(tmp_path / "desk.json")
    return made


@pytest.fixture
def vault(config: DeskConfig) -> Iterator[DeskVault]:
    """Its vault."""
    made = vault_of(config)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(1, 5), (299, 5), (300, 5), (301, 10), (3599, 60), (3601, 65)]
)
def test_a_visit_is_counted_by_what_was_used(seconds: int, minutes: int) -> None:
    """Its length rounded up to five minutes; one act for the person makes the visit one."""
    clock = Clock()
    tally = Tally("Bourges", clock)
    tally.begin()
    tally.hear({"types": ["DocumentReference", "List"], "mode": "faire_avec"})
    tally.hear({"types": ["Immunization"], "mode": "faire_pour"})
    clock.seconds += seconds
    assert tally.end(DAY) == CountedVisit(
        DAY, "Bourges", frozenset({"documents", "profile"}), minutes, "faire_pour"
    )
    assert tally.end(DAY) is None


@pytest.mark.parametrize(
    "told", [None, 3, "x", {}, {"types": 3, "mode": []}, {"types": ["Secret"], "mode": "autre"}]
)
def test_what_is_no_entry_counts_nothing(told: object) -> None:
    """Whatever a session says."""
    tally = Tally("Bourges", Clock())
    tally.begin()
    tally.hear(told)
    assert tally.end(DAY) == CountedVisit(DAY, "Bourges", frozenset(), 5, "")


def test_neither_name_nor_hour_nor_order_is_kept(vault: DeskVault) -> None:
    """The rows hold a day, a place, themes, minutes, a mode, in no order of coming."""
    ledger = Ledger(lambda: vault, "Bourges")
    for kind in ("RelatedPerson", "DocumentReference"):
        ledger.begin()
        ledger.hear({"types": [kind], "mode": "faire_avec", "patient": "Jeanne Martin", "adviser": "karim"})
        ledger.make_room()
    ledger.make_room()
    found = vault.visits(date.min)
    assert [sorted(each.themes) for each in found] == [["documents"], ["wishes"]]
    with vault.open().main.read() as connection:
        rows = connection.execute("SELECT day, place, themes, minutes, mode FROM counted_visit").fetchall()
        columns = [each[1] for each in connection.execute("PRAGMA table_info(counted_visit)")]
    assert columns == ["id", "day", "place", "themes", "minutes", "mode"]
    assert "Jeanne" not in str(rows)
    assert "karim" not in str(rows)


def test_the_month_is_shown_in_figures(qtbot: QtBot) -> None:
    """How many, how long, together or instead, for what."""
    visits = [
        CountedVisit(DAY, "Bourges", frozenset({"documents"}), 20, "faire_avec"),
        CountedVisit(DAY, "Bourges", frozenset({"documents", "wishes"}), 45, "faire_pour"),
    ]
    screen = DeskActivity(DAY.replace(day=1), visits)
    qtbot.addWidget(screen)
    from ui.widgets import CheckAnswers, Text

    (figures,) = screen.findChildren(CheckAnswers)
    said = [each.words for each in figures.findChildren(Text)]
    assert "1 h 05 environ" in said
    assert any("Documents : 2 visites" in each and "Proches : 1 visite" in each for each in said)
    nothing = DeskActivity(DAY, [])
    qtbot.addWidget(nothing)
    assert nothing.findChildren(CheckAnswers) == []


def test_the_file_is_a_table_and_is_not_written_over(
    config: DeskConfig, vault: DeskVault, tmp_path: Path
) -> None:
    """For the organization's report; an unknown PC, a second time: a sentence."""
    vault.count_visit(
        CountedVisit(DAY, "Bourges; annexe", frozenset({"wishes", "documents"}), 20, "faire_avec")
    )
    vault.count_visit(CountedVisit(DAY - timedelta(days=1), "Bourges", frozenset(), 5, ""))
    vault.close()
    arguments = ["export-activity", str(tmp_path / "a.csv"), "--config", str(tmp_path / "desk.json")]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.stdout) == (0, "2 visites comptées.\n")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream, delimiter=";"))
    assert rows[1:] == [
        ["2026-11-19", "Bourges", "", "5", ""],
        ["2026-11-20", "Bourges; annexe", "documents wishes", "20", "faire_avec"],
    ]
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 1
    assert "L’activité n’a pas été exportée." in again.stderr
