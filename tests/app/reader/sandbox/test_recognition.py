"""The program that recognises words is behind the same walls: it does its work, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.reader import sandbox
from app.reader.client import Reader, child_environment, command
from app.reader.ocr import Ocr
from app.reader.sandbox import ALL_MEANS, Means, Protection
from app.reader.values import Limits
from tests.app.reader import strange

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls of Linux")

PROBE = Path(__file__).with_name("probe.py")
MEANS = {
    Protection.LANDLOCK: ALL_MEANS,
    Protection.BUBBLEWRAP: ALL_MEANS - {Means.LANDLOCK},
    Protection.BUBBLEWRAP_ALONE: ALL_MEANS - {Means.LANDLOCK, Means.SECCOMP},
}
KINDS = (
    "read_a_secret",
    "write_a_file",
    "call_by_tcp",
    "call_by_name",
    "fork",
    "exec_a_program",
    "read_a_siblings_memory",
    "kill_a_sibling",
    "make_a_user_namespace",
    "raise_its_limits",
)
DONE_IN_ITS_ROOM = {
    Protection.LANDLOCK: frozenset[str](),
    Protection.BUBBLEWRAP: frozenset({"exec_a_program"}),
    Protection.BUBBLEWRAP_ALONE: frozenset({"exec_a_program", "fork", "make_a_user_namespace"}),
}
"""Bubblewrap's room has the system's programs in it: another one of them would be behind the same walls."""


@pytest.fixture(
    params=[
        Protection.LANDLOCK,
        Protection.BUBBLEWRAP,
        pytest.param(Protection.BUBBLEWRAP_ALONE, marks=pytest.mark.slow),
    ],
    ids=lambda protection: protection.value,
)
def protection(request: pytest.FixtureRequest) -> Protection:
    """Each kind of wall that this system can have."""
    wanted: Protection = request.param
    if sandbox.plans(MEANS[wanted])[0] is not wanted:
        pytest.skip(f"this system has no {wanted.value}")
    return wanted


@pytest.mark.skipif(not Ocr.is_here(), reason="tesseract and its French are not installed")
def test_words_are_recognised_behind_every_wall(protection: Protection) -> None:
    """A page that the reader process drew."""
    with Reader() as reader:
        reader.open(strange.pdf())
        page = reader.page_for_reading(0)
    words = Ocr(means=MEANS[protection]).read(page, turning=False)
    assert "docteur" in words.text


def test_a_program_that_is_become_does_not_escape(facts: dict[str, Any], protection: Protection) -> None:
    """Python stands in for tesseract: it tries what the battery tries (tests that it succeeds outside)."""
    tried = [kind for kind in KINDS if kind not in DONE_IN_ITS_ROOM[protection]]
    assert [kind for kind in tried if _become_and_try(protection, kind, facts)] == []


def test_a_program_that_is_become_does_run(facts: dict[str, Any], protection: Protection) -> None:
    """Else nothing would be shown by what it does not manage."""
    here = {**facts, "secret": str(PROBE), "words": PROBE.read_text()}
    assert _become_and_try(protection, "read_a_secret", here)


def _become_and_try(protection: Protection, kind: str, facts: dict[str, Any]) -> bool:
    python = str(Path(sys.executable).resolve())
    tries = [python, "-S", str(PROBE), kind, json.dumps(facts)]
    done = subprocess.run(
        command(Limits(), protection, *tries, reads=(str(PROBE.parent),)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
        env={**child_environment(), "TESSDATA_PREFIX": str(PROBE.parent)},
        cwd=os.sep,
    )
    return bool(json.loads(done.stdout)["managed"]) if done.stdout else done.returncode == 0
