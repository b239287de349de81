"""What is kept of a server: what it can do, which identifiers it gave, how far we have counted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.records.values import Taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.vault.sqlcipher import Connection

__all__ = [
    "KeptPeer",
    "canary",
    "count_canary",
    "forget",
    "forget_canary",
    "identifiers",
    "keep",
    "kept",
    "pair",
    "part",
]


@dataclass(frozen=True, slots=True)
class KeptPeer:
    """What a server was found to do (JSON), when its statement was last read, and when it was tried."""

    software: str
    body: str
    looked_at: str
    probed_at: str


def kept(base: str) -> Callable[[Connection], KeptPeer | None]:
    """Return what is known of a server."""

    def work(connection: Connection) -> KeptPeer | None:
        found = connection.execute(
            "SELECT software, body, looked_at, probed_at FROM peer WHERE base = ?", (base,)
        ).fetchone()
        return KeptPeer(*found) if found else None

    return work


def keep(base: str, known: KeptPeer) -> Callable[[Connection, str], Taken]:
    """Keep what is known of a server."""

    def work(connection: Connection, _: str) -> Taken:
        connection.execute(
            "INSERT INTO peer VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET software = excluded.software,"
            " body = excluded.body, looked_at = excluded.looked_at, probed_at = excluded.probed_at",
            (base, known.software, known.body, known.looked_at, known.probed_at),
        )
        return Taken()

    return work


def forget(base: str) -> Callable[[Connection, str], Taken]:
    """Forget what a server can do: it will be tried anew."""
    return _run("DELETE FROM peer WHERE base = ?", base)


def identifiers(base: str) -> Callable[[Connection], dict[str, str]]:
    """Return the identifiers that a server gave: our "Type/id" to its own."""

    def work(connection: Connection) -> dict[str, str]:
        found = connection.execute("SELECT type, ours, theirs FROM peer_id WHERE base = ?", (base,))
        return {f"{kind}/{ours}": f"{kind}/{theirs}" for kind, ours, theirs in found}

    return work


def pair(base: str, kind: str, ours: str, theirs: str) -> Callable[[Connection, str], Taken]:
    """Keep the identifier that a server gave to what we had named otherwise."""
    return _run(
        "INSERT INTO peer_id VALUES (?, ?, ?, ?)"
        " ON CONFLICT (base, type, ours) DO UPDATE SET theirs = excluded.theirs",
        base, kind, ours, theirs,
    )  # fmt: skip


def part(base: str, kind: str, ours: str) -> Callable[[Connection, str], Taken]:
    """Forget which identifier a server gave."""
    return _run("DELETE FROM peer_id WHERE base = ? AND type = ? AND ours = ?", base, kind, ours)


def canary(base: str) -> Callable[[Connection], tuple[str, int] | None]:
    """Return the id of our counter at a server, and how far it was counted."""

    def work(connection: Connection) -> tuple[str, int] | None:
        found: tuple[str, int] | None = connection.execute(
            "SELECT id, counter FROM canary WHERE base = ?", (base,)
        ).fetchone()
        return found

    return work


def count_canary(base: str, canary_id: str, counter: int) -> Callable[[Connection, str], Taken]:
    """Note how far the server has counted with us."""
    return _run(
        "INSERT INTO canary VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET id = excluded.id, counter = excluded.counter",
        base, canary_id, counter,
    )  # fmt: skip


def forget_canary(base: str) -> Callable[[Connection, str], Taken]:
    """Begin counting anew: the server was put back, and that was dealt with."""
    return _run("DELETE FROM canary WHERE base = ?", base)


def _run(statement: str, *values: str | int) -> Callable[[Connection, str], Taken]:
    def work(connection: Connection, _: str) -> Taken:
        connection.execute(statement, values)
        return Taken()

    return work
