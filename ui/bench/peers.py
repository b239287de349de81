"""Programs that a figure stands beside, and those it needs, each in a process of its own that ends with it.

What is not on this machine is said in a sentence (``Absent``), and its figures are left out.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Absent", "free_port", "other_server", "postgres", "running", "settle"]

_PATIENCE = 60.0


class Absent(Exception):
    """A program is not on this machine; the text says which."""


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], port: int, **told: object) -> Iterator[None]:
    """Run a program that listens on a port; it is ready when somebody answers there."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **told)  # type: ignore[call-overload]
    try:
        _wait(process, lambda: socket.create_connection(("127.0.0.1", port), 1).close())
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], probe: object) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            probe()  # type: ignore[operator]
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise Absent(f"{process.args!r} does not start") from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def postgres() -> Iterator[str]:
    """Start PostgreSQL with what it keeps kept (``fsync``), in a folder of its own; yields an address."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="tandem-bench-"))
    # It refuses to be run by root.
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def run(program: str, *told: str) -> None:
        command = [str(programs / program), *told]
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)

    process = None
    try:
        run(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        process = subprocess.Popen(
            [programs / "postgres", "-D", f"{folder}/data", "-k", folder, "-c", "listen_addresses="],
            user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _wait(process, lambda: _answers(run, folder))
        run("createuser", "-h", str(folder), "-U", "postgres", "tandem")
        run("createdb", "-h", str(folder), "-U", "postgres", "-O", "tandem", "tandem")
        yield f"postgresql://tandem@/tandem?host={folder}"
    finally:
        if process is not None:
            process.send_signal(2)
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def settle(records: str | None) -> None:
    """Have done now what filling leaves for later: vacuum, checkpoint, pages to write."""
    if records is not None:
        # Only its owner may ask for a checkpoint; the service itself must not be one whom no policy binds.
        address = records.replace("//tandem@", "//postgres@")
        for each in ("VACUUM (ANALYZE)", "CHECKPOINT"):
            command = [str(_programs() / "psql"), "-q", "-d", address, "-c", each]
            subprocess.run(command, check=True, capture_output=True)
    if hasattr(os, "sync"):
        os.sync()


def _programs() -> Path:
    """Return the folder of PostgreSQL's own programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise Absent("PostgreSQL is not on this machine (Debian: apt install postgresql)")
    return found[-1].parent


def _answers(run: object, folder: Path) -> None:
    try:
        run("pg_isready", "-q", "-h", str(folder))  # type: ignore[operator]
    except subprocess.CalledProcessError as error:
        raise OSError from error


@contextmanager
def other_server() -> Iterator[int]:
    """Start another maker's FHIR server (sekmet-fhir) on a port of loopback."""
    if importlib.util.find_spec("sekmet") is None:
        raise Absent("sekmet-fhir is not in this environment")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        settings = {
            "base_url": f"http://127.0.0.1:{port}/fhir",
            "host": "127.0.0.1",
            "port": port,
            "db_path": f"{name}/other.db",
            "log_inbound": False,
            "validation": {"inbound": "off"},
            "simulator": {"enabled": False},
        }
        file = Path(name, "settings.yaml")
        file.write_text(json.dumps(settings))
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SEKMET")}
        command = [sys.executable, "-W", "ignore", "-c", "from sekmet.cli import app; app()", "serve"]
        with running(command, port, cwd=name, env=kept | {"SEKMET_CONFIG": str(file)}):
            yield port
