"""One desk at a time: whoever comes second touches nothing, and nobody is locked out by a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ui.desk.alone import LOCK, DeskAlreadyOpen, hold

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = """
import sys, time
from pathlib import Path
from ui.desk.alone import hold
lock = hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_desk_is_refused_until_the_first_has_ended_however_it_does(tmp_path: Path) -> None:
    """Killed without a word: the folder is free at once."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(DeskAlreadyOpen):
            hold(tmp_path)
        first.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    hold(tmp_path).unlock()


def test_what_a_crash_left_counts_for_nothing_even_when_its_number_lives_again(tmp_path: Path) -> None:
    """After a power cut the old process number may be another program's."""
    kept = hold(tmp_path)
    left = (tmp_path / LOCK).read_bytes()
    kept.unlock()
    (tmp_path / LOCK).write_bytes(left)
    os.utime(tmp_path / LOCK, (1_000_000_000, 1_000_000_000))  # left some time ago
    assert str(os.getpid()).encode() in left
    hold(tmp_path).unlock()


def test_a_disk_that_takes_no_lock_does_not_keep_the_desk_away(tmp_path: Path) -> None:
    """What is on it must still be wiped."""
    (tmp_path / LOCK).mkdir()
    assert not hold(tmp_path).isLocked()
