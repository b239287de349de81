"""A process is never mistaken for a later one, and ended with all that it started."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from app.processes import ProcessMark, carriers_of, end, end_carriers, is_alive, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLEEP = "import time; time.sleep(60)"
_WITH_CHILD = (
    "import subprocess, sys, time\n"
    f"print(subprocess.Popen([sys.executable, '-c', {_SLEEP!r}]).pid, flush=True)\n"
    "time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that would sleep for a minute."""
    process = subprocess.Popen([sys.executable, "-c", _SLEEP], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_running_process_is_known_by_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    """The same number with another start is somebody else, and is left alone."""
    mark = mark_of(sleeper.pid)
    assert mark.started
    assert is_alive(mark)
    stranger = ProcessMark(sleeper.pid, "some-other-boot-123")
    assert not is_alive(stranger)
    assert end(stranger)
    assert is_alive(mark)


def test_a_process_that_ignores_its_end_is_ended(sleeper: subprocess.Popen[bytes]) -> None:
    """Also while nobody has reaped it yet; twice is harmless."""
    mark = mark_of(sleeper.pid)
    assert end(mark)
    assert not is_alive(mark)
    assert end(mark)
    sleeper.wait()
    assert end(mark)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="process groups are watched through /proc")  # noqa: PTH112
@pytest.mark.parametrize("is_leader_dead", [False, True])
def test_what_it_started_is_ended_with_it(*, is_leader_dead: bool) -> None:
    """A reader or a browser of the session, even one whose parent died first."""
    with subprocess.Popen(
        [sys.executable, "-c", _WITH_CHILD], stdout=subprocess.PIPE, start_new_session=True
    ) as leader:
        assert leader.stdout is not None
        child = mark_of(int(leader.stdout.readline()))
        mark = mark_of(leader.pid)
        assert is_alive(child)
        if is_leader_dead:
            leader.kill()
            leader.wait()
            assert is_alive(child)
        assert end(mark)
        until = time.monotonic() + 5
        while is_alive(child) and time.monotonic() < until:
            time.sleep(0.01)
        assert not is_alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_only_a_random_name_finds_who_carries_it() -> None:
    """A folder called « tmp » ends nobody."""
    name = secrets.token_hex(8)
    sleep = [sys.executable, "-c", "import time; time.sleep(60)", "plainly named"]
    process = subprocess.Popen(sleep, env={"WHERE": f"/nowhere/{name}/work"}, start_new_session=True)
    try:
        until = time.monotonic() + 5
        while carriers_of(name) != [process.pid]:
            assert time.monotonic() < until
        assert carriers_of("plainly named") == carriers_of("") == []
        assert end_carriers("plainly named")
        assert process.poll() is None
        assert end_carriers(name)
        assert process.wait(5) == -9
    finally:
        process.kill()
        process.wait()
