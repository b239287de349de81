"""Access and ID tokens: JWTs signed ES256; refresh tokens and codes: random, kept as hashes.

An access token names its session (``sid``): signing out ends it at once, however long it would have
lived. Refresh tokens rotate (RFC 9700 §4.14.2): one that comes back a second time ends its session, since
one of the two who hold it stole it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError

from app.clock import instant
from app.ids import mint
from sync.service.caller import Caller, Helper, Role
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = [
    "ACR_ONE_FACTOR",
    "ACR_TWO_FACTORS",
    "Grant",
    "Sessions",
    "access_token",
    "caller_of",
    "claims_of",
    "helper_of",
    "id_token",
]

ACR_ONE_FACTOR = "https://tandem.example/acr/one-factor"
ACR_TWO_FACTORS = "https://tandem.example/acr/two-factors"
"""The levels of a sign-in (``acr_values_supported``)."""

_ALGORITHM = "ES256"
_CODE_SECONDS = 60
_MOST_PROVEN = 4096
_SESSION = "SELECT ended, until FROM session WHERE sid = ?"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a session may do, as its tokens say it."""

    sub: str
    login: str
    role: str
    fhir_user: str
    scope: str
    patient: str | None = None
    act: Mapping[str, str] | None = None
    mandate: str | None = None
    claims: Mapping[str, Any] | None = None
    amr: Sequence[str] = ()

    def fields(self) -> dict[str, Any]:
        """Write for the store."""
        return {name: getattr(self, name) for name in self.__slots__}


def access_token(service: Service, grant: Grant, sid: str, *, seconds: int | None = None) -> str:
    """Sign an access token."""
    claims: dict[str, Any] = {
        "aud": service.fhir,
        "login": grant.login,
        "role": grant.role,
        "fhirUser": grant.fhir_user,
        "scope": grant.scope,
        "sid": sid,
        "client_id": "tandem-desktop",
    }
    for name in ("patient", "act", "mandate"):
        value = getattr(grant, name)
        if value:
            claims[name] = value
    claims |= _how(grant)
    return _signed(service, grant.sub, claims, seconds or service.limits.token_seconds, "at+jwt")


def id_token(
    service: Service, grant: Grant, sid: str, client_id: str, nonce: str | None, started: str
) -> str:
    """Sign an ID token (Core §2); ``started``: when they signed in, whenever it is renewed (§12.2)."""
    claims = dict(grant.claims or {}) | {
        "aud": client_id,
        "sid": sid,
        "auth_time": int(datetime.fromisoformat(started).timestamp()),
    }
    claims |= _how(grant)
    if nonce:
        claims["nonce"] = nonce
    return _signed(service, grant.sub, claims, service.limits.token_seconds, "JWT")


def _how(grant: Grant) -> dict[str, Any]:
    """Say how someone signed in: RFC 8176's names, and which of our two levels it is."""
    if not grant.amr:
        return {}
    return {"amr": list(grant.amr), "acr": ACR_TWO_FACTORS if "mfa" in grant.amr else ACR_ONE_FACTOR}


def _now(service: Service) -> int:
    return int(service.clock().timestamp())


def _signed(service: Service, sub: str, claims: dict[str, Any], seconds: int, kind: str) -> str:
    key, present = service.secrets.signing, _now(service)
    whole = claims | {
        "iss": service.origin,
        "sub": sub,
        "iat": present,
        "exp": present + seconds,
        "jti": mint(),
    }
    header = {"alg": _ALGORITHM, "typ": kind, "kid": str(key.kid)}
    return jwt.encode(header, whole, key, algorithms=[_ALGORITHM])


def claims_of(service: Service, token: str, *, expired_too: bool = False) -> dict[str, Any]:
    """Return the claims of a token we signed; refuses any other, and one that has expired."""
    found = dict(_proven(service, token))
    if found.get("iss") != service.origin or (not expired_too and found.get("exp", 0) <= _now(service)):
        raise Refused("token-refused")
    return found


def _proven(service: Service, token: str) -> Mapping[str, Any]:
    """Return the claims of a token with our signature; what was proven once is known by its hash."""
    digest = hashlib.sha256(token.encode()).digest()
    claims = service.proven.get(digest)
    if claims is None:
        try:
            claims = jwt.decode(token, service.secrets.signing, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError, TypeError):
            raise Refused("token-refused") from None
        if len(service.proven) >= _MOST_PROVEN:
            service.proven.clear()
        service.proven[digest] = claims
    return claims


def caller_of(service: Service, token: str) -> Caller:
    """Return who bears this access token; refuses one whose session has ended."""
    claims = claims_of(service, token)
    if claims.get("aud") != service.fhir or "scope" not in claims:
        raise Refused("token-refused")
    patient = claims.get("patient")
    session, owner = service.store.look(
        (_SESSION, (str(claims.get("sid")),)),
        ("SELECT patient_key FROM directory WHERE type = 'Patient' AND id = ?", (str(patient),)),
    )
    key = owner[0] if patient and owner else None
    if session is None or _is_over(service, *session) or (patient and key is None):
        raise Refused("token-refused")
    act = claims.get("act")
    return Caller(
        login=claims["login"],
        role=Role(claims["role"]),
        reference=claims["fhirUser"],
        scopes=frozenset(claims["scope"].split()),
        patient_id=patient,
        patient_key=key,
        helper=helper_of(act) if act else None,
        mandate=claims.get("mandate"),
        sid=claims["sid"],
    )


def helper_of(act: Mapping[str, str]) -> Helper:
    """Return the helper whom a token's ``act`` names."""
    role = act.get("role", Role.ADVISER.value)
    return Helper(act["sub"], act["fhirUser"], act.get("organization"), role, act.get("name", ""))


def _is_over(service: Service, ended: str | None, until: str | None) -> bool:
    return ended is not None or (until is not None and until <= instant(service.clock()))


class Sessions:
    """Sessions, codes and refresh tokens, inside one transaction."""

    def __init__(self, service: Service, sql: Connection) -> None:
        self._service = service
        self._sql = sql

    def start(
        self,
        login: str,
        *,
        until: str | None = None,
        device_id: str | None = None,
        actor: str | None = None,
    ) -> str:
        """Begin a session: through a PC, with a helper's login beside, until some moment at the latest.

        Refuses an account that was closed, a PC that was taken out, meanwhile: what ends them ends the
        sessions that it finds, under the same lock.
        """
        sid = mint()
        self._check_open(actor or login)
        if device_id:
            self._check_enrolled(device_id)
        self._sql.execute(
            "INSERT INTO session (sid, login, started, until, device_id, actor) VALUES (?, ?, ?, ?, ?, ?)",
            (sid, login, instant(self._service.clock()), until, device_id, actor),
        )
        return sid

    def started(self, sid: str) -> str:
        """Return when a session began: the sign-in, or the exchange of two."""
        return str(self._sql.execute("SELECT started FROM session WHERE sid = ?", (sid,)).fetchone()[0])

    def _check_open(self, login: str) -> None:
        self._sql.lock("login", login)
        ended = self._sql.execute(
            "SELECT 1 FROM account WHERE login = ? AND ended IS NOT NULL", (login,)
        ).fetchone()
        if ended is not None:
            raise Refused("not-signed-in")

    def _check_enrolled(self, device_id: str) -> None:
        self._sql.lock("device", device_id)
        row = self._sql.execute("SELECT revoked FROM device WHERE id = ?", (device_id,)).fetchone()
        if row is None or row[0] is not None:
            raise Refused("device-revoked" if row else "device-unknown")

    def until(self, sid: str) -> str | None:
        """Return when a session is over at the latest."""
        row = self._sql.execute("SELECT until FROM session WHERE sid = ?", (sid,)).fetchone()
        return row[0] if row else None

    def came_through(self, sid: str, device_id: str) -> None:
        """Tie a session to the PC that it goes on at: it ends with that PC."""
        self._check_enrolled(device_id)
        self._sql.execute("UPDATE session SET device_id = ? WHERE sid = ?", (device_id, sid))

    def end_of_device(self, device_id: str) -> None:
        """End every session that came about through a PC; call it where the PC's revocation is written."""
        self._sql.lock("device", device_id)
        rows = self._sql.execute(
            "SELECT sid FROM session WHERE device_id = ? AND ended IS NULL", (device_id,)
        ).fetchall()
        for (sid,) in rows:
            self.end(sid)

    def end_of_login(self, login: str) -> None:
        """End every session of an account, and those of people with whom it acts."""
        self._sql.lock("login", login)
        rows = self._sql.execute(
            "SELECT sid FROM session WHERE (login = ? OR actor = ?) AND ended IS NULL", (login, login)
        ).fetchall()
        for (sid,) in rows:
            self.end(sid)

    def end(self, sid: str) -> None:
        """End a session: none of its tokens is good for anything now."""
        moment = instant(self._service.clock())
        self._sql.execute("UPDATE session SET ended = ? WHERE sid = ? AND ended IS NULL", (moment, sid))
        self._sql.execute("UPDATE refresh SET used = 1 WHERE sid = ?", (sid,))

    def code(self, sid: str, fields: dict[str, Any]) -> str:
        """Draw an authorization code, good once and for a minute."""
        text = secrets.token_urlsafe(32)
        self._keep("code", text, sid, fields, _CODE_SECONDS)
        return text

    def take_code(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """Spend a code. One spent twice ends its session (RFC 6749 §4.1.2)."""
        return self._take("code", text)

    def refresh(self, sid: str, grant: Grant, client_id: str, *, after: str = "") -> str:
        """Draw a refresh token; ``after`` is the one it takes the place of."""
        text = secrets.token_urlsafe(32)
        fields = {"grant": grant.fields(), "client_id": client_id}
        self._keep("refresh", text, sid, fields, self._service.limits.refresh_seconds)
        self._sql.execute("UPDATE refresh SET next = ? WHERE digest = ?", (_digest(text), _digest(after)))
        return text

    def take_refresh(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """Spend a refresh token. One spent twice ends its session (RFC 9700 §4.14.2).

        Except where the answer may have been lost on the way: as long as an access token lives, and if
        what came after it was never spent, it may be spent again, and what came after it is dead.
        A network that breaks at that moment would else end a visit.
        """
        digest, moment = _digest(text), instant(self._service.clock())
        self._sql.lock("session", self.of_refresh(text))
        self._forgive(digest)
        taken = self._take("refresh", text)
        if taken:
            self._sql.execute("UPDATE refresh SET spent = ? WHERE digest = ?", (moment, digest))
        return taken

    def _forgive(self, digest: bytes) -> None:
        lately = self._service.clock() - timedelta(seconds=self._service.limits.token_seconds)
        row = self._sql.execute(
            "SELECT later.digest FROM refresh JOIN refresh AS later ON later.digest = refresh.next "
            "WHERE refresh.digest = ? AND refresh.used = 1 AND refresh.spent > ? AND later.used = 0",
            (digest, instant(lately)),
        ).fetchone()
        if row is not None:
            self._sql.execute("UPDATE refresh SET used = 1 WHERE digest = ?", (row[0],))
            self._sql.execute("UPDATE refresh SET used = 0 WHERE digest = ?", (digest,))

    def of_refresh(self, text: str) -> str:
        """Return the session of a refresh token, spent or not; "" for none."""
        row = self._sql.execute("SELECT sid FROM refresh WHERE digest = ?", (_digest(text),)).fetchone()
        return row[0] if row else ""

    def is_open(self, sid: str) -> bool:
        """Say whether a session goes on."""
        row = self._sql.execute(_SESSION, (sid,)).fetchone()
        return row is not None and not _is_over(self._service, *row)

    def _keep(self, table: str, text: str, sid: str, fields: dict[str, Any], seconds: int) -> None:
        expires = instant(self._service.clock() + timedelta(seconds=seconds))
        self._sql.execute(
            f"INSERT INTO {table} (digest, fields, expires, sid) VALUES (?, ?, ?, ?)",  # noqa: S608
            (_digest(text), orjson.dumps(fields).decode(), expires, sid),
        )

    def _take(self, table: str, text: str) -> tuple[str, dict[str, Any]] | None:
        moment = instant(self._service.clock())
        row = self._sql.execute(
            f"UPDATE {table} SET used = 1 WHERE digest = ? AND used = 0"  # noqa: S608
            " RETURNING sid, fields, expires",
            (_digest(text),),
        ).fetchone()
        if row is None:
            self._end_of_stolen(table, text)
            return None
        if row[2] < moment or not self.is_open(row[0]):
            return None
        return row[0], orjson.loads(row[1])

    def _end_of_stolen(self, table: str, text: str) -> None:
        row = self._sql.execute(f"SELECT sid FROM {table} WHERE digest = ?", (_digest(text),)).fetchone()  # noqa: S608
        if row is not None:
            self.end(row[0])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
