"""The acceptance test: the tour lives a whole visit, with its own processes, as ``tandem demo`` does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui.tour.notebook import STEPS

# One journey at a time: several would wait for each other's processes.
pytestmark = pytest.mark.xdist_group("journeys")
ROOT = Path(__file__).resolve().parent.parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


def tour(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run the tour; return its exit code, its tour.json and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "ui", "demo", "--tour", str(folder), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return done.returncode, json.loads((folder / "tour.json").read_bytes()), done.stderr


@pytest.mark.timeout(300)
def test_the_tour_lives_a_whole_visit(tmp_path: Path) -> None:
    """Every step, every check, a picture for each; exit code 0."""
    code, told, said = tour(tmp_path)
    assert code == 0, said
    assert told["ok"] is True
    assert [step["name"] for step in told["steps"]] == list(STEPS)
    for step in told["steps"]:
        assert step["checks"]
        assert (tmp_path / step["picture"]).read_bytes().startswith(PNG)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_refused_file_ends_the_tour_with_the_sentence_that_the_person_saw(tmp_path: Path) -> None:
    """An empty file: exit code 1, ok false, and what to do in the checks."""
    empty = tmp_path / "vide.pdf"
    empty.write_bytes(b"")
    code, told, _ = tour(tmp_path / "tour", "--file", str(empty))
    assert code == 1
    assert told["ok"] is False
    last = told["steps"][-1]
    assert last["name"] == "file"
    assert any("vide" in check["what"] and not check["ok"] for check in last["checks"])
