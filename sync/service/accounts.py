"""Accounts: who may sign in, and as whom.

Passwords are kept as scrypt hashes with their own cost, so that it can rise; the made-up people of a
demonstration, whose passwords stand on the ready line for anyone, get a light one. Wrong tries are
counted per login, and the count is kept before the password is looked at.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sync.service.caller import Role
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["Account", "Accounts", "clear_tries", "count_try", "give_back_try"]

_LIGHT, _HEAVY = 2**10, 2**15
_TRIES, _WINDOW = 5, 300
_BROUGHT_UP_TO_DATE = (
    "UPDATE SET kind = excluded.kind, password = excluded.password,"
    " subject = excluded.subject, claims = excluded.claims, made_up = excluded.made_up"
)


@dataclass(frozen=True, slots=True)
class Account:
    """One account: ``subject`` is "Patient/…" or "Practitioner/…"; ``claims`` in OIDC's names."""

    login: str
    kind: Role
    subject: str
    claims: Mapping[str, Any]
    made_up: bool

    @property
    def name(self) -> str:
        """The name to show."""
        return str(self.claims.get("name") or self.login)

    @property
    def organization(self) -> str | None:
        """Where a professional works: "Organization/…"."""
        told = self.claims.get("organization")
        return f"Organization/{told['id']}" if isinstance(told, dict) and told.get("id") else None


class Accounts:
    """The accounts of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def add(
        self,
        login: str,
        password: str,
        kind: Role,
        subject: str,
        claims: Mapping[str, Any],
        *,
        made_up: bool = False,
        is_new: bool = False,
    ) -> None:
        """Add an account, or bring one up to date; with ``is_new`` refuses a login that is taken."""
        hashed = _hashed(password, _LIGHT if made_up else _HEAVY)
        otherwise = "NOTHING" if is_new else _BROUGHT_UP_TO_DATE
        with self._service.store.transaction() as sql:
            done = sql.execute(
                "INSERT INTO account (login, kind, password, subject, claims, made_up)"  # noqa: S608 (ours)
                f" VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (login) DO {otherwise}",
                (login, kind.value, hashed, subject, orjson.dumps(dict(claims)).decode(), int(made_up)),
            )
            if done.rowcount != 1:
                raise Refused("login-taken")

    def get(self, login: str) -> Account | None:
        """Return an account."""
        with self._service.store.read() as sql:
            row = sql.execute(
                "SELECT login, kind, subject, claims, made_up FROM account WHERE login = ?", (login,)
            ).fetchone()
        return _account(row) if row else None

    def of_subject(self, subject: str) -> Account | None:
        """Return the account of a person: "Practitioner/…", "Patient/…"."""
        with self._service.store.read() as sql:
            row = sql.execute(
                "SELECT login, kind, subject, claims, made_up FROM account WHERE subject = ?", (subject,)
            ).fetchone()
        return _account(row) if row else None

    def of_subjects(self, subjects: Sequence[str], kinds: frozenset[Role]) -> list[Account]:
        """Return the accounts of some people that are of such kinds and not closed."""
        with self._service.store.read() as sql:
            rows = [
                row
                for subject in subjects
                for row in sql.execute(
                    "SELECT login, kind, subject, claims, made_up FROM account"
                    " WHERE subject = ? AND ended IS NULL",
                    (subject,),
                ).fetchall()
            ]
        return [each for each in map(_account, rows) if each.kind in kinds]

    def made_up(self, kinds: frozenset[Role]) -> list[Account]:
        """List the made-up people of some kinds, as the demonstration's page shows them."""
        with self._service.store.read() as sql:
            rows = sql.execute(
                "SELECT login, kind, subject, claims, made_up FROM account WHERE made_up = 1"
            ).fetchall()
        found = [_account(row) for row in rows]
        return sorted((each for each in found if each.kind in kinds), key=lambda each: each.name)

    def signed_in(self, login: str, password: str) -> Account:
        """Return the account whose password this is; raises ``not-signed-in`` or ``too-many-tries``."""
        count_try(self._service, f"login:{login}", _TRIES, _WINDOW)
        with self._service.store.read() as sql:
            row = sql.execute(
                "SELECT password FROM account WHERE login = ? AND ended IS NULL", (login,)
            ).fetchone()
        # An unknown or closed login costs as much as a known one.
        if not _matches(password, row[0] if row else _NOBODY) or row is None:
            raise Refused("not-signed-in")
        clear_tries(self._service, f"login:{login}")
        account = self.get(login)
        if account is None:
            raise Refused("not-signed-in")
        return account


def _account(row: tuple[str, str, str, str, int]) -> Account:
    return Account(row[0], Role(row[1]), row[2], orjson.loads(row[3]), bool(row[4]))


def _hashed(password: str, cost: int) -> str:
    salt = os.urandom(16)
    return (
        f"{cost}${base64.b64encode(salt).decode()}${base64.b64encode(_scrypt(password, salt, cost)).decode()}"
    )


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1, maxmem=128 * 1024 * 1024)


def _matches(password: str, hashed: str) -> bool:
    cost, salt, digest = hashed.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(cost))
    return hmac.compare_digest(found, base64.b64decode(digest))


_NOBODY = _hashed("", _HEAVY)


def count_try(service: Service, what: str, most: int, window: int) -> None:
    """Count one try and refuse those beyond ``most`` within ``window`` seconds."""
    moment = service.clock().timestamp()
    named = service.secrets.digest("attempt", what).hex()
    with service.store.transaction() as sql:
        sql.lock("attempt", named)
        sql.sweep("attempt", "moment < ?", (moment - 3600,))
        rows = sql.execute(
            "SELECT moment FROM attempt WHERE what = ? AND moment > ? ORDER BY moment",
            (named, moment - window),
        ).fetchall()
        if len(rows) < most:
            sql.execute("INSERT INTO attempt (what, moment) VALUES (?, ?)", (named, moment))
            return
    raise Refused("too-many-tries", seconds=max(1, int(rows[0][0] + window - moment)))


def clear_tries(service: Service, what: str) -> None:
    """Forget the tries once one was right."""
    named = service.secrets.digest("attempt", what).hex()
    with service.store.transaction() as sql:
        _forget(sql, named)


def give_back_try(service: Service, what: str) -> None:
    """Let a try that was right not count; those that were not still do."""
    named = service.secrets.digest("attempt", what).hex()
    with service.store.transaction() as sql:
        newest = "SELECT max(moment) FROM attempt WHERE what = ?"
        sql.execute(f"DELETE FROM attempt WHERE what = ? AND moment = ({newest})", (named, named))  # noqa: S608 - ours


def _forget(sql: Connection, named: str) -> None:
    sql.execute("DELETE FROM attempt WHERE what = ?", (named,))
