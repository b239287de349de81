"""Several workers and who looks after them: ready together, replaced when they die, drained at the end."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sync.service import operations, server
from sync.service.messages import START
from sync.service.storage.postgres_schema import POSTGRES
from tests.sync.service.postgres import _children
from tests.sync.service.test_process import Process, system_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync.service.postgres import Cluster

pytestmark = pytest.mark.skipif(os.name != "posix", reason="workers share a socket by fork")


@pytest.fixture
def process(cluster: Cluster, tmp_path: Path) -> Iterator[Process]:
    """Start a demonstration with two workers on a fresh database, whose address is in a file."""
    address = tmp_path / "address"
    address.write_text(cluster.new(fresh=True) + "\n")
    address.chmod(0o600)
    made = Process(tmp_path / "data", "--records", f"@{address}", "--workers", "2", "--demo", "--people", "1")
    yield made
    made.end()


def workers_of(process: Process) -> list[int]:
    """Return the workers that live."""
    return _children(process.process.pid)


def ends(process: Process, count: int) -> bool:
    """Wait until so many workers live."""
    limit = time.monotonic() + 20
    while len(workers_of(process)) != count and time.monotonic() < limit:
        time.sleep(0.05)
    return len(workers_of(process)) == count


def test_a_worker_that_dies_is_replaced_and_that_is_said(process: Process) -> None:
    """The other serves meanwhile; SIGTERM ends all with 0."""
    assert process.ready["pid"] == process.process.pid
    first = workers_of(process)
    assert len(first) == 2
    with system_of(process) as client:
        assert client.get("/Patient?_summary=count").json()["total"] == 1
    os.kill(first[0], signal.SIGKILL)
    with system_of(process) as client:
        assert client.get("/Patient?_summary=count").json()["total"] == 1
    assert ends(process, 1) or len(workers_of(process)) == 2
    assert ends(process, 2)
    assert set(workers_of(process)) != set(first)
    code, said = process.end()
    assert code == 0
    (line,) = said.splitlines()
    assert json.loads(line)["message"] == f"worker {first[0]} ended (-9): another takes its place"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{process.ready['base']}/health", trust_env=False)


def test_workers_end_with_a_supervisor_that_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    """None goes on alone."""
    process = Process(tmp_path / "data", "--records", cluster.new(), "--workers", "2")
    left = workers_of(process)
    process.process.kill()
    process.process.wait(10)
    limit = time.monotonic() + 20
    while any(map(_lives, left)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert len(left) == 2
    assert not any(map(_lives, left))
    process.end()


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"workers": 2}, "workers-alone"),
        ({"records": "postgresql://nobody@127.0.0.1:1/none"}, "records-away"),
        ({"records": "@open"}, "records-file-open"),
        ({"records": "@nowhere"}, "records-file-missing"),
    ],
)
def test_what_cannot_start_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: dict[str, Any], why: str
) -> None:
    """A sentence on stderr, and another exit code than 0."""
    (tmp_path / "open").write_text("postgresql://x:secret@127.0.0.1:1/none")
    (tmp_path / "open").chmod(0o644)
    told = dict(more) | {"data": tmp_path / "data"}
    told = {
        key: f"@{tmp_path / str(value)[1:]}" if str(value)[:1] == "@" else value
        for key, value in told.items()
    }
    sentence = START[why].format(path=tmp_path / "nowhere")
    assert (server.main(**told), capsys.readouterr().err) == (69, sentence + "\n")
    assert operations.migrate(None, "postgresql://nobody@127.0.0.1:1/none") == 69


def test_the_tables_are_brought_forward_by_a_command(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a folder: it needs no key."""
    address = cluster.new(fresh=True)
    for steps in (POSTGRES.version, 0):
        assert operations.migrate(None, address) == 0
        assert f'"steps":{steps}' in capsys.readouterr().out
