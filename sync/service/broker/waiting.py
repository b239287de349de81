"""What waits at the service while someone is at an upstream, and what is remembered of it afterwards.

Decision: a sign-in that waits is a row under the hash of its ``state``, good once and for ten minutes, tied
to the browser by a cookie: whoever comes back with another's ``state`` comes back to nothing. Who was found
once is found again by a keyed hash of the upstream's ``sub``; the ``sub`` itself is not kept. The ID token
that ends a session upstream is sealed, and goes with its session.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.clock import instant
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.broker.configuration import Upstream
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["COOKIE_SECONDS", "Begun", "Link", "Pending", "Waiting"]

COOKIE_SECONDS = 600
_MOST_BYTES = 8192
_LINK_HOURS = 48


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """What the browser takes along: ``state`` and ``nonce`` in the address, ``cookie`` in itself."""

    state: str
    nonce: str
    verifier: str
    cookie: str


@dataclass(frozen=True, slots=True, repr=False)
class Pending:
    """A sign-in that comes back: what our own client asked, in what words, and when it began."""

    asked: Mapping[str, str]
    nonce: str
    verifier: str
    upstream: str
    began: float
    is_ours: bool
    """Whether the cookie of the same browser came along."""
    is_over: bool


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """The upstream's side of a session: which one, and the ID token that ends it there."""

    upstream: str
    id_token: str


class Waiting:
    """Rows of the broker, each act in a transaction of its own unless ``sql`` is given."""

    def __init__(self, service: Service) -> None:
        self._service = service

    # -- sign-ins under way

    def begin(self, upstream: str, asked: Mapping[str, str]) -> Begun:
        """Keep a sign-in until it comes back."""
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(4)))
        moment = self._service.clock()
        fields = orjson.dumps({
            "asked": dict(asked),
            "nonce": begun.nonce,
            "verifier": begun.verifier,
            "upstream": upstream,
            "began": moment.timestamp(),
            "cookie": _digest(begun.cookie).hex(),
        })  # fmt: skip
        if len(fields) > _MOST_BYTES:
            raise Refused("bad-parameter", name="scope")
        expires = instant(moment + timedelta(seconds=COOKIE_SECONDS))
        with self._service.store.transaction() as sql:
            sql.sweep("broker_sign_in", "expires < ?", (instant(moment),))
            sql.execute(
                "INSERT INTO broker_sign_in (digest, fields, expires) VALUES (?, ?, ?)",
                (_digest(begun.state), fields.decode(), expires),
            )
        return begun

    def take(self, state: str, cookie: str) -> Pending | None:
        """Spend a state; ``None`` for one that nobody waits for, or no longer."""
        with self._service.store.transaction() as sql:
            row = sql.execute(
                "DELETE FROM broker_sign_in WHERE digest = ? RETURNING fields, expires", (_digest(state),)
            ).fetchone()
        if row is None:
            return None
        told: dict[str, Any] = orjson.loads(row[0])
        return Pending(
            told["asked"],
            told["nonce"],
            told["verifier"],
            told["upstream"],
            told["began"],
            is_ours=hmac.compare_digest(told["cookie"], _digest(cookie).hex()),
            is_over=row[1] < instant(self._service.clock()),
        )

    # -- people who were found once

    def known(self, upstream: Upstream, subject: str) -> str | None:
        """Return the login of whom this ``sub`` was found to be."""
        with self._service.store.read() as sql:
            row = sql.execute(
                "SELECT login FROM broker_person WHERE subject = ?", (self._subject(upstream, subject),)
            ).fetchone()
        return row[0] if row else None

    def remember(self, upstream: Upstream, subject: str, login: str) -> None:
        """Tie a ``sub`` to an account; refuses an account that another ``sub`` of that upstream has.

        Two people may have every trait in common; only the first who came is the account's.
        """
        keys = self._service.secrets.digest("broker", f"{upstream.issuer}\0{upstream.client_id}")
        mine = self._subject(upstream, subject)
        with self._service.store.transaction() as sql:
            sql.execute(
                "INSERT INTO broker_person (subject, upstream, login, since) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (mine, keys, login, instant(self._service.clock())),
            )
            row = sql.execute("SELECT login FROM broker_person WHERE subject = ?", (mine,)).fetchone()
        if row is None or row[0] != login:
            raise Refused("broker-taken", label=upstream.label)

    def forget(self, login: str) -> int:
        """Untie an account from every upstream; returns how many ties there were."""
        with self._service.store.transaction() as sql:
            rows = sql.execute("DELETE FROM broker_person WHERE login = ? RETURNING 1", (login,)).fetchall()
        return len(rows)

    def _subject(self, upstream: Upstream, subject: str) -> bytes:
        return self._service.secrets.digest("broker", f"{upstream.issuer}\0{upstream.client_id}\0{subject}")

    # -- sessions that go on upstream too

    def link(self, sql: Connection, sid: str, link: Link) -> None:
        """Remember what ends a session upstream."""
        moment = self._service.clock()
        sql.sweep("broker_session", "since < ?", (instant(moment - timedelta(hours=_LINK_HOURS)),))
        sealed = self._service.secrets.seal({"upstream": link.upstream, "id_token": link.id_token})
        sql.execute(
            "INSERT INTO broker_session (sid, link, since) VALUES (?, ?, ?)", (sid, sealed, instant(moment))
        )

    def pass_on(self, sql: Connection, sid: str, to: str) -> None:
        """Let the session that takes another's place end it upstream."""
        sql.execute("UPDATE broker_session SET sid = ? WHERE sid = ?", (to, sid))

    def unlink(self, sql: Connection, sid: str) -> Link | None:
        """Take what ends a session upstream, once."""
        row = sql.execute("DELETE FROM broker_session WHERE sid = ? RETURNING link", (sid,)).fetchone()
        if row is None:
            return None
        try:
            told = self._service.secrets.unseal(row[0])
        except ValueError:
            return None
        return Link(**told) if isinstance(told, dict) else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
