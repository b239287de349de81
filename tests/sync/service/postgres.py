"""A real PostgreSQL for the tests: a cluster of their own, a fresh database for each service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync.service.storage.postgres_open import migrate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Bouncer", "Cluster"]

_USUAL = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_NOTHING_LASTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ORDER = ("--locale-provider=icu", "--icu-locale=fr-FR", "--locale=C.UTF-8")
"""An order of texts that is not that of their bytes: what leans on it is red here."""


class Cluster:
    """A PostgreSQL server that ends with its owner; ``role`` is the service's, ``admin`` the superuser."""

    role, admin = "tandem", "postgres"

    def __init__(self, settings: Mapping[str, str] = _NOTHING_LASTS) -> None:
        self._bin = _binaries()
        self.user = _user()
        self.folder = Path(tempfile.mkdtemp(prefix="tandem-pg-"))
        self.folder.chmod(0o755)
        if self.user:
            shutil.chown(self.folder, self.user)
        self._settings = dict(_USUAL) | dict(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        try:
            self._make()
            self.start()
            self._fill()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        command = [
            self._bin / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            self.admin,
            "-A",
            "trust",
            "--no-sync",
        ]
        made = subprocess.run(
            [*command, "-E", "UTF8", *_ORDER],
            user=self.user,
            check=False,
            capture_output=True,
            cwd=self.folder,
        )
        assert made.returncode == 0, made.stderr.decode()

    def start(self) -> None:
        """Start the server, and wait until it answers.

        One that was killed leaves children for a moment; as long as they hold its memory, a new one ends.
        """
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [self._bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        self._process = None
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    command,
                    user=self.user,
                    cwd=self.folder,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("PostgreSQL does not start")

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        for each in _children(self._process.pid):
            _kill(each)
        self._process.kill()
        self._process.wait(20)

    def _fill(self) -> None:
        with self.connect("postgres") as sql:
            sql.execute(f"CREATE ROLE {self.role} LOGIN NOSUPERUSER NOBYPASSRLS")
            sql.execute(f"CREATE DATABASE filled OWNER {self.role}")
        migrate(self.address("filled"))

    def connect(self, database: str, role: str = admin) -> psycopg.Connection[tuple[object, ...]]:
        """Connect by hand, as the superuser who sees everything."""
        return psycopg.connect(self.address(database, role), autocommit=True)

    def address(self, database: str, role: str = role) -> str:
        """Return the address of a database, for the service's role."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def database(self, *, fresh: bool = False) -> str:
        """Make a database with the service's tables (``fresh``: without); returns its name."""
        self._count += 1
        name = f"d{self._count}"
        with self.connect("postgres") as sql:
            sql.execute(
                f"CREATE DATABASE {name} OWNER {self.role} TEMPLATE {'template0' if fresh else 'filled'}"
            )
        return name

    def new(self, *, fresh: bool = False) -> str:
        """Make a database; returns its address."""
        return self.address(self.database(fresh=fresh))

    def close(self) -> None:
        """Stop it at once, and remove it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(3)  # an immediate shutdown
            self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


class Bouncer:
    """PgBouncer in transaction mode before a database."""

    def __init__(self, cluster: Cluster, database: str, size: int) -> None:
        program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if program is None:
            pytest.skip("PgBouncer is not on this system")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = cluster.folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n{database} = host={cluster.folder} dbname={database} user={cluster.role}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {size}\nmax_client_conn = 200\n"
        )
        settings.chmod(0o644)
        self.address = f"postgresql://{cluster.role}@127.0.0.1:{port}/{database}"
        self._process = subprocess.Popen(
            [program, "-q", settings], user=cluster.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            try:
                psycopg.connect(self.address).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        pytest.fail("PgBouncer does not start")

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not on this system")
    return found[-1].parent


def _user() -> str | None:
    """Return who runs it: PostgreSQL refuses root."""
    return "postgres" if os.name == "posix" and os.geteuid() == 0 else None


def _children(pid: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(each.parent.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
