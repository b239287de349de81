"""What the desk hears is written in its order; what cannot be written waits, and is counted."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from app import journal
from app.desk_journal import Entry, pseudonym
from app.desk_vault import DeskVault
from app.vault.sqlcipher import DiskFull
from ui.desk.ledger import Ledger
from ui.desk.words import missing_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.fhir import Resource


class FullNow(DeskVault):
    """A vault whose disk is full as long as one says so."""

    full = False

    def append(self, event: Resource) -> None:
        """Refuse, or journal."""
        if self.full:
            raise DiskFull
        super().append(event)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[FullNow]:
    """Return a PC's vault."""
    made = FullNow(tmp_path / "poste", backend=lambda: None)
    yield made
    made.close()


@pytest.fixture
def ledger(vault: FullNow) -> Ledger:
    """Return what writes into it."""
    return Ledger(lambda: vault)


def told(**changed: object) -> dict[str, object]:
    """Return what a session tells of an act."""
    entry = Entry(
        id=os.urandom(16).hex(),
        recorded="2026-11-22T13:05:07.250Z",
        action="C",
        outcome="0",
        mode="faire_avec",
        role="adviser",
        adviser="adviser-1",
        organization="org-1",
        patient=pseudonym(b"k" * 32, "a"),
        types=("Consent",),
        operation="op-1",
    )
    return entry.as_dict() | changed


def actions(vault: DeskVault) -> list[str]:
    """Return the ids in the journal."""
    with vault.open().main.read() as connection:
        return [line.partition('"id":"')[2].partition('"')[0] for line in journal.lines(connection)]


def test_what_is_heard_is_written(ledger: Ledger, vault: FullNow) -> None:
    """In its order."""
    ledger.hear(told(id="one"))
    ledger.hear(told(id="two"))
    ledger.write()
    assert actions(vault) == ["one", "two"]
    assert ledger.missing == 0


def test_a_full_disk_stops_no_visit_and_nothing_is_lost(ledger: Ledger, vault: FullNow) -> None:
    """It waits, is counted, and is written once there is room, in its order."""
    vault.full = True
    for name in ("one", "two"):
        ledger.hear(told(id=name))
        ledger.write()
    assert ledger.missing == 2
    vault.full = False
    ledger.hear(told(id="three"))
    ledger.make_room()
    assert actions(vault) == ["one", "two", "three"]
    assert ledger.missing == 0


@pytest.mark.parametrize("bad", [None, "Jeanne Martin", {"title": "Ordonnance"}])
def test_what_is_no_entry_is_refused_and_counted(
    ledger: Ledger, vault: FullNow, bad: object, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are written all the same; nothing of it comes into a log."""
    with caplog.at_level(logging.DEBUG):
        ledger.hear(bad)
        ledger.hear(told(id="one"))
        ledger.write()
    assert actions(vault) == ["one"]
    assert ledger.missing == 1
    assert "Jeanne" not in caplog.text
    assert "Ordonnance" not in caplog.text


def test_what_is_told_twice_is_written_once(ledger: Ledger, vault: FullNow) -> None:
    """By its id."""
    ledger.hear(told(id="one"))
    ledger.hear(told(id="one"))
    ledger.write()
    assert actions(vault) == ["one"]
    assert ledger.missing == 0


def test_missing_lines_are_said_with_what_to_do() -> None:
    """One or several."""
    assert missing_words(1).startswith("1 ligne manque")
    assert missing_words(3).startswith("3 lignes manquent")
    assert "Appelez" in missing_words(1)
