"""What is in a session's memory stays there: for other programs, for the disk, after the end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.service.demo.people import CITIZENS
from tests.forensics.memory import ATTACKS, UNPRIVILEGED, attacks_on, count
from tests.journeys.poste import JEANNE, Central, Poste

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or shutil.which("setpriv") is None,
        reason="needs root on Linux, to play an ordinary user and to look from above, and setpriv",
    ),
    pytest.mark.xdist_group("memory"),
]

KEY_STRING = rb"x'[0-9a-fA-F]{64}'"
PERSON = next(each for each in CITIZENS if each.login == JEANNE)
WORDS = (PERSON.given[0], PERSON.number, PERSON.street)
"""What is looked for of the person, as Python keeps it and as Qt does."""

OPENS = """
import sys, time
from pathlib import Path
from app.vault.keys import Key
from app.vault.patient import PatientVault
vault = PatientVault.create(Path(sys.argv[1]), Key.random())
with vault.store.transaction() as connection:
    connection.execute("CREATE TABLE a (b)")
print("open", flush=True)
time.sleep(60)
"""
BY_PRAGMA = """
import os, sys, time
import sqlcipher3
connection = sqlcipher3.connect(sys.argv[1] + "/plain.db")
connection.execute("PRAGMA key = \\"x'" + os.urandom(32).hex() + "'\\"")
connection.execute("CREATE TABLE a (b)")
print("open", flush=True)
time.sleep(60)
"""
SLEEPS = """
import time
secret = "Zerbinette-in-memory"
print("open", flush=True)
time.sleep(60)
"""
HARDENED = "from ui.session.hardening import harden\nharden()\n" + SLEEPS


@pytest.fixture
def started() -> Iterator[Callable[..., int]]:
    """Start programs of an ordinary user; return the process number once they say so."""
    made: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str) -> int:
        process = subprocess.Popen(
            [*UNPRIVILEGED, sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE
        )
        made.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        return process.pid

    yield start
    for process in made:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def yama() -> int:
    """Return how strict the kernel is by itself."""
    path = Path("/proc/sys/kernel/yama/ptrace_scope")
    return int(path.read_text()) if path.exists() else 0


def test_an_ordinary_program_is_read_by_every_attack(started: Callable[..., int]) -> None:
    """The control: without us each of them succeeds."""
    if yama():
        pytest.skip("the kernel refuses them to everybody here (Yama)")
    assert attacks_on(started(SLEEPS)) == dict.fromkeys(ATTACKS, True)


def test_a_hardened_program_is_read_by_none(started: Callable[..., int]) -> None:
    """One call does it; it is made before anything is known."""
    assert attacks_on(started(HARDENED)) == dict.fromkeys(ATTACKS, False)


def test_no_copy_of_the_database_key_string_stays_in_memory(
    started: Callable[..., int], tmp_path: Path
) -> None:
    """After unlocking: none; ``PRAGMA key`` leaves some."""
    assert count(started(OPENS, str(tmp_path)), KEY_STRING) == 0
    assert count(started(BY_PRAGMA, str(tmp_path)), KEY_STRING) > 0


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """Start the central service."""
    with Central(tmp_path_factory.mktemp("central")) as running:
        yield running


def test_no_source_that_a_desk_loads_names_who_is_looked_for() -> None:
    """Or a name in the desk's memory would prove nothing.

    At each first import after Qt's, the binding reads the module's whole source as one string; freed, it
    may stand in the heap for the life of the process: an example in a docstring was found there, once.
    """
    told = [
        (str(path), word)
        for root in ("app", "i18n", "sync", "ui")
        for path in Path(root).rglob("*")
        if path.suffix in {".py", ".mo"} and Path("sync/service") not in path.parents
        for word in WORDS
        if word.encode() in path.read_bytes()
    ]
    assert not told


def test_a_real_visit_is_closed_to_other_programs_and_its_process_ends(
    central: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session and desk in the middle of a visit: no attack succeeds; root sees the name in one only."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with Poste(tmp_path / "poste", central) as poste:
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec {" ".join(UNPRIVILEGED)} {sys.executable} "$@"\n')
        python.chmod(0o700)
        with monkeypatch.context() as patched:
            patched.setattr("sys.executable", str(python))
            poste.ready()
        poste.together()
        session, desk = poste.session.pid, poste.desk.pid
        assert all(named(session).values()), "nothing to be seen: the look is broken"
        assert not any(named(desk).values()), "the desk was told who is there"
        for pid in (session, desk):
            assert attacks_on(pid) == dict.fromkeys(ATTACKS, False)
            limits = Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits), limits
        assert locked(session) > 0
        assert count(session, KEY_STRING) == 0
        poste.session.press("Terminer la visite")
        if poste.session.ask("screen") == "finish":
            poste.session.press("Terminer")
        poste.erased(crashed=False)
        assert not Path(f"/proc/{session}").exists()
        assert not any(named(desk).values())
        assert count(desk, KEY_STRING) == 0


def named(pid: int) -> dict[str, int]:
    """Count each of the person's words in a process's memory."""
    return {word: count(pid, b"|".join(written(word))) for word in WORDS}


def written(word: str) -> tuple[bytes, bytes]:
    """Return a word as Python and JSON write it, and as Qt does (Python too, beside a ’)."""
    return re.escape(word.encode()), re.escape(word.encode("utf-16-le"))


def locked(pid: int) -> int:
    """Return how many KiB of a process are kept out of swap."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmLck:"))


FALLS = "import os\nprint('open', flush=True)\nos.abort()\n"


@pytest.mark.parametrize("hardened", [False, True])
def test_a_program_that_falls_leaves_no_core_dump(tmp_path: Path, *, hardened: bool) -> None:
    """Where the kernel is told to write them beside; one that is not hardened leaves one."""
    if Path("/proc/sys/kernel/core_pattern").read_text().strip() != "core":
        pytest.skip("core dumps go elsewhere on this PC")
    code = ("from ui.session.hardening import harden\nharden()\n" if hardened else "") + FALLS
    code = "import os, resource\nresource.setrlimit(resource.RLIMIT_CORE, (-1, -1))\n" + code
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == -6
    assert bool(list(tmp_path.glob("core*"))) is not hardened
