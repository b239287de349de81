"""A list of 5,000 documents, as a screen reader has it: every row, one by one."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.accessibility.by_ear import LIST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.accessibility.by_ear import ByEar
    from tests.accessibility.stage import Stage

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("accessibility")]

COUNT = 5_000
NAME = "Vos documents"


def test_each_of_five_thousand_rows_is_reached(
    stage: Stage, ear: ByEar, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """All rows are there with a name; the selection goes where it is sent, by the bus and by the keys."""
    program = ("-m", "tests.accessibility.long_list", str(tmp_path / "vault"), str(COUNT))
    stage.start(sys.executable, *program, listens=True)
    ear.hears(NAME, patience=60)
    shown = ear.find(NAME, LIST)
    ear.until("all rows", lambda: ear.bus.ask("table", id=shown.id) == [COUNT, 1], 60)
    began = time.perf_counter()
    rows = ear.bus.ask("rows", id=shown.id)
    seconds = time.perf_counter() - began
    record_property("seconds to read 5,000 names", round(seconds, 2))
    assert len(rows) == COUNT
    assert all("Docteur" not in row and ", à jour" in row for row in rows)
    for number in (0, 1, COUNT // 2, COUNT - 1):
        ear.listen()
        assert ear.bus.ask("select", id=shown.id, number=number)
        ear.hears(f"{rows[number]} selected")
        assert ear.bus.ask("selected", id=shown.id) == [rows[number]]
        ear.until(f"row {number} in sight", partial(in_sight, ear, shown.id, number))
    ear.key("Up")
    ear.hears(f"{rows[COUNT - 2]} selected")
    ear.key("Down")
    ear.hears(f"{rows[COUNT - 1]} selected")


def in_sight(ear: ByEar, shown: int, number: int) -> bool:
    """Whether a row can be seen."""
    return "showing" in ear.bus.ask("row", id=shown, number=number)["states"]
