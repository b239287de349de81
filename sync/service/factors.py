"""What stands beside a password: codes of an authenticator app (RFC 6238), recovery codes, security keys.

Decision:

- The codes are the ones every app knows (SHA-1, six digits, 30 seconds): another choice is ignored by several
  apps, and HMAC-SHA-1 is sound here. One step before and after counts, for clocks; each code is good once:
  the step of the last one is kept, and nothing up to it is taken again.
- Eight recovery codes are told once, kept as keyed hashes, each good once.
- Tries are counted by login, before the code is looked at, whatever kind it is: five in five minutes, twenty
  in an hour. Whoever knows the password guesses a code with one chance in seven hundred a day.
- A security key (WebAuthn) is bound to the service's own address by the browser: a page that looks like ours
  gets nothing. No attestation is asked for: which maker's key it is, is nobody's business here. Browsers do
  not offer it at a bare IP address; there the app's codes remain.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from app.clock import instant
from sync.service.accounts import clear_tries, count_try
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.accounts import Account
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["Factors", "Setup", "code_at", "has_keys_here"]

STEP_SECONDS = 30
_DIGITS, _SECRET_BYTES = 6, 20
_RECOVERY, _RECOVERY_SIZE, _GROUP = 8, 10, 5
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LIMITS = (("factor", 5, 300), ("factor-hour", 20, 3600))


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """A secret as it is shown once: for the app's camera, and for fingers."""

    address: str
    text: str


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step (RFC 4226 §5.3)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def has_keys_here(service: Service) -> bool:
    """Say whether a browser can use a security key at our address: a name, by https (or this PC)."""
    parts = urlsplit(service.origin)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost"
    return False


class Factors:
    """The second factors of one account."""

    def __init__(self, service: Service, account: Account) -> None:
        self._service = service
        self._account = account
        self._login = account.login

    # -- the app's codes

    @property
    def is_set_up(self) -> bool:
        """Say whether a second factor was set up and proven once."""
        row = self._secret()
        return row is not None and row[2] is not None

    def set_up(self) -> Setup:
        """Return the app's secret, as long as no code of it was given."""
        row = self._secret()
        if row is None or row[2] is not None:
            raise Refused("not-allowed")
        return self.shown(row[0])

    def begin_set_up(self) -> None:
        """Draw a secret that nobody has seen, unless one was proven."""
        with self._service.store.transaction() as sql:
            row = self._locked(sql)
            if row is None or row[1] is None:
                self._replace(sql, os.urandom(_SECRET_BYTES), None)

    def keep_secret(self, secret: bytes, *, proven: bool) -> None:
        """Keep a secret in the place of the one before; the recovery codes and keys of that one end."""
        moment = instant(self._service.clock()) if proven else None
        with self._service.store.transaction() as sql:
            self._locked(sql)
            self._replace(sql, secret, moment)

    def remove(self) -> None:
        """Take the second factor away, with its recovery codes and keys."""
        with self._service.store.transaction() as sql:
            self._locked(sql)
            self._remove(sql)

    def _locked(self, sql: Connection) -> tuple[bytes, str | None, int] | None:
        """Let nobody else change this account's factors meanwhile; returns the secret as it is kept."""
        sql.lock("factors", self._login)
        row = sql.execute(
            "SELECT secret, confirmed, last_step FROM one_time_secret WHERE login = ?", (self._login,)
        ).fetchone()
        return (self._opened(row[0]), row[1], row[2]) if row else None

    def _replace(self, sql: Connection, secret: bytes, confirmed: str | None) -> None:
        self._remove(sql)
        sealed = self._service.sealing.seal(secret, self._purpose)
        sql.execute(
            "INSERT INTO one_time_secret (login, secret, last_step, confirmed) VALUES (?, ?, 0, ?)",
            (self._login, sealed, confirmed),
        )

    def _remove(self, sql: Connection) -> None:
        for table in ("one_time_secret", "recovery_code", "passkey"):
            sql.execute(f"DELETE FROM {table} WHERE login = ?", (self._login,))  # noqa: S608

    def _opened(self, sealed: bytes) -> bytes:
        return self._service.sealing.open(bytes(sealed), self._purpose)

    @property
    def _purpose(self) -> str:
        return f"one_time_secret:{self._login}"

    def shown(self, secret: bytes) -> Setup:
        """Write a secret for an app (the ``otpauth`` address that apps share)."""
        text = base64.b32encode(secret).decode()
        label = quote(f"Tandem:{self._login}")
        told = urlencode({"secret": text, "issuer": "Tandem", "digits": _DIGITS, "period": STEP_SECONDS})
        return Setup(f"otpauth://totp/{label}?{told}", " ".join(text[at : at + 4] for at in range(0, 32, 4)))

    def check_code(self, typed: str) -> None:
        """Take the app's code, or a recovery code; refuses any other, and one that was used."""
        self._count()
        plain = "".join(each for each in typed.upper() if each.isascii() and each.isalnum())
        is_right = self._spend_step(plain) if plain.isdecimal() else self._spend_recovery(plain)
        if not is_right:
            raise Refused("factor-wrong")
        self._clear()

    def _spend_step(self, code: str) -> bool:
        present = int(self._service.clock().timestamp()) // STEP_SECONDS
        with self._service.store.transaction() as sql:
            row = self._locked(sql)
            if row is None:
                return False
            right = [
                step
                for step in (present - 1, present, present + 1)
                if hmac.compare_digest(code_at(row[0], step), code)
            ]
            fresh = [step for step in right if step > row[2]]
            if not fresh:
                return False
            spent = sql.execute(
                "UPDATE one_time_secret SET last_step = ?, confirmed = coalesce(confirmed, ?)"
                " WHERE login = ? AND last_step < ?",
                (fresh[0], instant(self._service.clock()), self._login, fresh[0]),
            )
            return spent.rowcount == 1

    def _secret(self) -> tuple[bytes, int, str | None] | None:
        with self._service.store.read() as sql:
            row = sql.execute(
                "SELECT secret, last_step, confirmed FROM one_time_secret WHERE login = ?", (self._login,)
            ).fetchone()
        return (self._opened(row[0]), row[1], row[2]) if row else None

    # -- recovery codes

    def new_recovery_codes(self) -> list[str]:
        """Draw eight codes in the place of those before; told here once."""
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_SIZE)) for _ in range(_RECOVERY)]
        with self._service.store.transaction() as sql:
            self._locked(sql)
            sql.execute("DELETE FROM recovery_code WHERE login = ?", (self._login,))
            rows = [(self._recovery_digest(code), self._login) for code in codes]
            sql.executemany("INSERT INTO recovery_code (digest, login) VALUES (?, ?)", rows)
        return [f"{code[:_GROUP]}-{code[_GROUP:]}" for code in codes]

    def _spend_recovery(self, code: str) -> bool:
        moment = instant(self._service.clock())
        with self._service.store.transaction() as sql:
            spent = sql.execute(
                "UPDATE recovery_code SET used = ? WHERE digest = ? AND used IS NULL RETURNING 1",
                (moment, self._recovery_digest(code)),
            ).fetchone()
        return spent is not None

    def _recovery_digest(self, code: str) -> bytes:
        return self._service.secrets.digest("recovery", f"{self._login}\0{code}")

    # -- security keys

    def keys(self) -> list[AttestedCredentialData]:
        """Return the security keys that were added."""
        with self._service.store.read() as sql:
            rows = sql.execute("SELECT data FROM passkey WHERE login = ?", (self._login,)).fetchall()
        return [AttestedCredentialData(bytes(row[0])) for row in rows]

    def ask_new_key(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the page tells the browser to add a key, and what to remember of it."""
        handle = self._service.secrets.digest("handle", self._login)
        person = PublicKeyCredentialUserEntity(id=handle, name=self._login, display_name=self._account.name)
        options, state = self._server().register_begin(
            person, self.keys(), user_verification=UserVerificationRequirement.PREFERRED
        )
        return dict(options.public_key), state

    def add_key(self, state: dict[str, Any], answer: str) -> None:
        """Keep a new key; refuses an answer that is not the one asked for."""
        try:
            made = self._server().register_complete(state, orjson.loads(answer))
        except (ValueError, KeyError, TypeError, AssertionError) as wrong:
            raise Refused("factor-wrong") from wrong
        credential = made.credential_data
        if credential is None:
            raise Refused("factor-wrong")
        with self._service.store.transaction() as sql:
            sql.execute(
                "INSERT INTO passkey (login, id, data, counter, added) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (login, id) DO NOTHING",
                (
                    self._login, credential.credential_id, bytes(credential), made.counter,
                    instant(self._service.clock()),
                ),
            )  # fmt: skip

    def ask_key(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the page tells the browser to use a key, and what to remember of it."""
        options, state = self._server().authenticate_begin(
            self.keys(), user_verification=UserVerificationRequirement.PREFERRED
        )
        return dict(options.public_key), state

    def check_key(self, state: dict[str, Any], answer: str) -> None:
        """Take a key's answer; refuses another one, and a copied key (its counter went back)."""
        self._count()
        try:
            told = orjson.loads(answer)
            used = self._server().authenticate_complete(state, self.keys(), told)
            counter = AuthenticationResponse.from_dict(told).response.authenticator_data.counter
        except (ValueError, KeyError, TypeError) as wrong:
            raise Refused("factor-wrong") from wrong
        self._count_on(used.credential_id, counter)
        self._clear()

    def _count_on(self, key_id: bytes, counter: int) -> None:
        """Keep the key's counter (WebAuthn §6.1.1); keys that count nothing say 0 for ever."""
        with self._service.store.transaction() as sql:
            kept = sql.execute(
                "UPDATE passkey SET counter = ? WHERE login = ? AND id = ?"
                " AND (counter < ? OR counter + ? = 0) RETURNING 1",
                (counter, self._login, key_id, counter, counter),
            ).fetchone()
        if kept is None:
            raise Refused("factor-wrong")

    def _count(self) -> None:
        for what, most, window in _LIMITS:
            count_try(self._service, f"{what}:{self._login}", most, window)

    def _clear(self) -> None:
        for what, _, _ in _LIMITS:
            clear_tries(self._service, f"{what}:{self._login}")

    def _server(self) -> Fido2Server:
        host = urlsplit(self._service.origin).hostname or ""
        party = PublicKeyCredentialRpEntity(id=host, name="Tandem")
        return Fido2Server(
            party,
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == self._service.origin,
        )
