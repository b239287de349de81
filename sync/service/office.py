"""What an administrator does for one organization: its PCs, its advisers, its rules. Never a health record.

Decision:

- An administrator has no access token at all: this page is the only thing their account opens, with two
  factors always, in a demonstration too. Nothing here reads a citizen's row, and one thing is written to one:
  that a report of theirs was seen (``reports``, which says what of it is shown).
- The page's session is a random cookie, kept as a hash, for its own path only, never sent from another site;
  a quarter of an hour without a press ends it, and half a day at the most. Each form carries a word that
  follows from the cookie, so that another site's form does nothing.
- Everything is held to the organization of the account: another organization's PC is as unknown as none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.clock import instant
from app.ids import mint
from sync.service import organizations
from sync.service.accounts import Accounts, clear_tries, count_try
from sync.service.caller import HELPERS, SERVICE_CALLER, Role
from sync.service.factors import Factors
from sync.service.provider.tokens import Sessions
from sync.service.refusals import Refused
from sync.service.storage import CLAIMED_ORGANIZATION
from sync.service.unit import Unit

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.accounts import Account
    from sync.service.organizations import Organization
    from sync.service.provider.sign_in import Passed
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = [
    "Adviser",
    "Office",
    "advisers",
    "begin",
    "end",
    "end_account",
    "find",
    "invite",
    "invite_administrator",
    "join",
    "of_login",
    "reset",
]

_IDLE, _LONGEST = timedelta(minutes=15), timedelta(hours=12)
_INVITATION = timedelta(days=7)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_NAME_LIMIT, LEAST_PASSWORD = 100, 12
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_SIZE, _GROUP = 10, 5
_TRIES, _WINDOW = 8, 900


@dataclass(frozen=True, slots=True, repr=False)
class Office:
    """An administrator at work. ``word`` goes into each form."""

    account: Account
    organization: Organization
    token: str
    word: str

    def check(self, word: str) -> None:
        """Refuse a form that did not come from this page."""
        if not hmac.compare_digest(word.encode(), self.word.encode()):
            raise Refused("office-form")


@dataclass(frozen=True, slots=True)
class Adviser:
    """An adviser as the administrator sees them."""

    login: str
    name: str
    ended: str | None
    has_two: bool
    is_invited: bool


# -- the page's session


def begin(service: Service, passed: Passed) -> str:
    """Begin a session of the page; returns its cookie. Refuses whoever has not shown two factors."""
    if "mfa" not in passed.amr or passed.account.kind is not Role.ADMINISTRATOR:
        raise Refused("factor-missing")
    token, moment = secrets.token_urlsafe(32), instant(service.clock())
    organization = organizations.id_of(passed.account)
    with service.store.transaction() as sql:
        sql.sweep("office_session", "started < ?", (instant(service.clock() - _LONGEST),))
        sql.execute(
            "INSERT INTO office_session (digest, login, started, seen) VALUES (?, ?, ?, ?)",
            (_digest(token), passed.account.login, moment, moment),
        )
        organizations.note(service, sql, organization, passed.account.login, "in", "")
    return token


def find(service: Service, token: str) -> Office | None:
    """Return who is at the page; ``None`` when nobody is, or too long ago."""
    moment = service.clock()
    with service.store.transaction() as sql:
        row = sql.execute(
            "UPDATE office_session SET seen = ? WHERE digest = ? AND seen > ? AND started > ?"
            " RETURNING login",
            (instant(moment), _digest(token), instant(moment - _IDLE), instant(moment - _LONGEST)),
        ).fetchone()
    account = Accounts(service).get(row[0]) if row else None
    if account is None or account.kind is not Role.ADMINISTRATOR or is_ended(service, account.login):
        return None
    told = account.claims.get("organization")
    name = str(told.get("name") or "") if isinstance(told, dict) else ""
    with service.store.read() as sql:
        organization = organizations.of_id(sql, organizations.id_of(account), name)
    word = service.secrets.digest("office form", token).hex()
    return Office(account, organization, token, word)


def end(service: Service, token: str) -> None:
    """Sign out."""
    with service.store.transaction() as sql:
        sql.execute("DELETE FROM office_session WHERE digest = ?", (_digest(token),))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


# -- advisers


def is_ended(service: Service, login: str) -> bool:
    """Say whether an account was closed."""
    with service.store.read() as sql:
        row = sql.execute("SELECT ended FROM account WHERE login = ?", (login,)).fetchone()
    return row is not None and row[0] is not None


def advisers(service: Service, office: Office) -> list[Adviser]:
    """Return the organization's advisers, those who work first."""
    with service.store.read() as sql:
        rows = sql.execute(
            "SELECT login, ended, EXISTS (SELECT 1 FROM invitation WHERE invitation.login = account.login"  # noqa: S608 (ours)
            " AND used IS NULL) FROM account WHERE kind IN (?, ?)"
            f" AND {CLAIMED_ORGANIZATION} = ?",
            (*sorted(each.value for each in HELPERS), office.organization.id),
        ).fetchall()
    found = [_adviser(service, *row) for row in rows]
    return sorted(found, key=lambda each: (each.ended is not None, each.name))


def _adviser(service: Service, login: str, ended: str | None, invited: int) -> Adviser:
    account = Accounts(service).get(login)
    has_two = account is not None and Factors(service, account).is_set_up
    return Adviser(login, account.name if account else login, ended, has_two, bool(invited))


def of_login(service: Service, office: Office, login: str) -> Account:
    """Return an adviser's account; refuses one of another organization as one that is not there."""
    account = Accounts(service).get(login)
    if account is None or account.kind not in HELPERS:
        raise Refused("unknown")
    if organizations.id_of(account) != office.organization.id:
        raise Refused("unknown")
    return account


def end_account(service: Service, office: Office, login: str) -> None:
    """Close an adviser's account: no sign-in, and none of the sessions that go on."""
    account, moment = of_login(service, office, login), instant(service.clock())
    with service.store.transaction() as sql:
        sql.lock("login", account.login)
        sql.execute("UPDATE account SET ended = ? WHERE login = ? AND ended IS NULL", (moment, account.login))
        sql.execute("DELETE FROM invitation WHERE login = ?", (account.login,))
        Sessions(service, sql).end_of_login(account.login)
        _note(service, sql, office, "ended", account.login)


def reset(service: Service, office: Office, login: str) -> None:
    """Take the second factor away: the next sign-in sets up a new one; what goes on now ends."""
    account = of_login(service, office, login)
    Factors(service, account).remove()
    with service.store.transaction() as sql:
        Sessions(service, sql).end_of_login(account.login)
        _note(service, sql, office, "reset", account.login)


def invite(service: Service, office: Office, login: str, name: str) -> str:
    """Open an account without a password for a new adviser; returns the invitation's code."""
    login, name = _checked(service, login, name)
    # In the directory, so that what they do can name them.
    practitioner = _directory(service, {"resourceType": "Practitioner", "name": [{"text": name}]})
    organization = office.organization
    _open(
        service, login, name, Role.ADVISER, f"Practitioner/{practitioner}", organization.id, organization.name
    )
    with service.store.transaction() as sql:
        _note(service, sql, office, "invited", login)
    return _invited(service, login)


def invite_administrator(service: Service, login: str, name: str, organization: str) -> str:
    """Open an organization with its first administrator, at the service's own PC; returns the code."""
    login, name = _checked(service, login, name)
    organization = " ".join(organization.split())[:_NAME_LIMIT]
    if not organization:
        raise Refused("login-form")
    opened = _directory(service, {"resourceType": "Organization", "name": organization})
    _open(service, login, name, Role.ADMINISTRATOR, "", opened, organization)
    return _invited(service, login)


def _checked(service: Service, login: str, name: str) -> tuple[str, str]:
    login, name = login.strip().lower(), " ".join(name.split())[:_NAME_LIMIT]
    if not _LOGIN.fullmatch(login) or not name:
        raise Refused("login-form")
    if Accounts(service).get(login) is not None:
        raise Refused("login-taken")
    return login, name


def _open(
    service: Service, login: str, name: str, kind: Role, subject: str, organization: str, called: str
) -> None:
    """Open an account with a password that nobody knows: only the invitation sets one."""
    claims = {"name": name, "organization": {"id": organization, "name": called}}
    Accounts(service).add(login, secrets.token_urlsafe(32), kind, subject, claims, is_new=True)


def _invited(service: Service, login: str) -> str:
    code = "".join(secrets.choice(_LETTERS) for _ in range(_SIZE))
    with service.store.transaction() as sql:
        sql.execute(
            "INSERT INTO invitation (digest, login, expires) VALUES (?, ?, ?)",
            (_invitation(service, login, code), login, instant(service.clock() + _INVITATION)),
        )
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def _directory(service: Service, resource: Resource) -> str:
    """Put someone or something into the directory; returns its id."""
    made = mint()
    with service.store.transaction() as sql:
        Unit.begin(service, sql, SERVICE_CALLER).create(resource | {"active": True}, made)
    return made


def join(service: Service, login: str, code: str, password: str, client: str) -> None:
    """Set the password of an invited adviser, once."""
    login = login.strip().lower()
    count_try(service, f"join:{client}", _TRIES, _WINDOW)
    count_try(service, f"join:{login}", _TRIES, _WINDOW)
    if len(password) < LEAST_PASSWORD:
        raise Refused("password-short", least=LEAST_PASSWORD)
    moment = instant(service.clock())
    with service.store.transaction() as sql:
        row = sql.execute(
            "UPDATE invitation SET used = ? WHERE digest = ? AND used IS NULL AND expires > ?"
            " RETURNING login",
            (moment, _invitation(service, login, code), moment),
        ).fetchone()
    account = Accounts(service).get(row[0]) if row else None
    if account is None:
        raise Refused("invitation-over")
    Accounts(service).add(account.login, password, account.kind, account.subject, account.claims)
    with service.store.transaction() as sql:
        organizations.note(service, sql, organizations.id_of(account), account.login, "joined", account.login)
    for each in (client, login):
        clear_tries(service, f"join:{each}")


def _invitation(service: Service, login: str, code: str) -> bytes:
    return service.secrets.digest("invitation", f"{login}\0{organizations.code_of(code)}")


def _note(service: Service, sql: Connection, office: Office, act: str, entity: str) -> None:
    organizations.note(service, sql, office.organization.id, office.account.login, act, entity)
