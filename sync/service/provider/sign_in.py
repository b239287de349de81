"""Signing in step by step: a password, then what stands beside it; for the provider and for an organization.

Decision:

- There is no cookie on the way: each page carries a random step in its form, kept here as a hash for five
  minutes, bound to the account and to what the sign-in is for. A step leads on once; a wrong code leaves it.
- Who helps others or administers has two factors, always. Only the made-up people of a demonstration have
  one, and those among them that were given a second one need it like anybody.
- A factor is set up at the first sign-in, right after the password, and the recovery codes are told then.
- A sign-in at an upstream (``sync.service.broker``) stands in the password's place; what is beside it is
  asked for all the same, unless the operator's file says that this upstream's sign-in is two factors already.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

from app.clock import instant
from sync.service.accounts import Accounts
from sync.service.caller import TWO_FACTORS, Role
from sync.service.factors import Factors, has_keys_here
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.accounts import Account
    from sync.service.factors import Setup
    from sync.service.service import Service

__all__ = [
    "BY_CODE",
    "BY_KEY",
    "ONE_FACTOR",
    "Passed",
    "Stage",
    "Wanted",
    "from_upstream",
    "has_two_factors",
    "take",
]


class Stage(StrEnum):
    """Which page comes next."""

    ASK_CODE = "code"
    SET_UP = "set-up"
    RECOVERY = "recovery"
    ADD_KEY = "add-key"


ONE_FACTOR = ("pwd",)
BY_CODE = ("pwd", "otp", "mfa")
BY_KEY = ("pwd", "hwk", "mfa")
_BY_UPSTREAM = "ext"
"""Not one of RFC 8176's names: what was asked upstream, its own words say (``acr``)."""
_STEP_SECONDS = 300


def has_two_factors(amr: object) -> bool:
    """Say whether a sign-in was by two factors (RFC 8176)."""
    return isinstance(amr, list | tuple) and "mfa" in amr


@dataclass(frozen=True, slots=True)
class Passed:
    """Someone signed in. ``amr``: how (RFC 8176)."""

    account: Account
    amr: tuple[str, ...]
    upstream: Mapping[str, str] | None = None
    """What ends this sign-in at its upstream, where there is one."""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """One more page: which, its step, what was wrong with the answer before."""

    stage: Stage
    step: str
    refused: Refused | None = None
    setup: Setup | None = None
    recovery: tuple[str, ...] = ()
    key: Mapping[str, Any] | None = None
    may_add_key: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class _Step:
    """Where a sign-in stands."""

    account: Account
    stage: Stage
    amr: tuple[str, ...] = ()
    then_key: bool = False
    state: dict[str, Any] = field(default_factory=dict)
    upstream: Mapping[str, str] | None = None


def take(service: Service, form: Mapping[str, str], purpose: str, kinds: frozenset[Role]) -> Passed | Wanted:
    """Take what a page sent. Refuses a wrong password, an account of another kind, a step that is over."""
    if "step" not in form:
        account = _by_password(service, form)
        if account.kind not in kinds:
            raise Refused("account-kind")
        return _after_first(service, _Step(account, Stage.ASK_CODE), purpose)
    step = _found(service, form["step"], purpose)
    answers = {Stage.ASK_CODE: _code, Stage.SET_UP: _code, Stage.RECOVERY: _noted, Stage.ADD_KEY: _added}
    return answers[step.stage](service, step, form, purpose)


def from_upstream(
    service: Service, account: Account, purpose: str, upstream: Mapping[str, str], *, is_two_factors: bool
) -> Passed | Wanted:
    """Go on after a sign-in elsewhere, which stands in the password's place."""
    if is_two_factors:
        return Passed(account, (_BY_UPSTREAM, "mfa"), upstream)
    return _after_first(service, _Step(account, Stage.ASK_CODE, upstream=upstream), purpose)


def _by_password(service: Service, form: Mapping[str, str]) -> Account:
    accounts = Accounts(service)
    login = form.get("login", "").strip()
    if "password" in form:
        return accounts.signed_in(login, form["password"])
    account = accounts.get(login) if service.demo else None
    if account is None or not account.made_up or Factors(service, account).is_set_up:
        raise Refused("not-signed-in")
    return account


def _after_first(service: Service, step: _Step, purpose: str) -> Passed | Wanted:
    account = step.account
    if account.kind not in TWO_FACTORS:
        return Passed(account, _first(step), step.upstream)
    factors = Factors(service, account)
    if factors.is_set_up:
        return _asking(service, step, purpose)
    if service.demo and account.made_up:
        return Passed(account, _first(step), step.upstream)
    factors.begin_set_up()
    return _asking(service, replace(step, stage=Stage.SET_UP), purpose)


def _first(step: _Step) -> tuple[str, ...]:
    return ONE_FACTOR if step.upstream is None else (_BY_UPSTREAM,)


def _asking(service: Service, step: _Step, purpose: str, refused: Refused | None = None) -> Wanted:
    """Make the page for a step, with a fresh challenge for a security key."""
    factors = Factors(service, step.account)
    options: dict[str, Any] | None = None
    here = has_keys_here(service)
    state: dict[str, Any] = {}
    if step.stage == Stage.ADD_KEY:
        options, state = factors.ask_new_key()
    elif step.stage == Stage.ASK_CODE and here and factors.keys():
        options, state = factors.ask_key()
    kept = replace(step, state=state)
    return Wanted(
        step.stage,
        _keep(service, kept, purpose),
        refused,
        setup=factors.set_up() if step.stage == Stage.SET_UP else None,
        recovery=tuple(factors.new_recovery_codes()) if step.stage == Stage.RECOVERY else (),
        key=options,
        may_add_key=here and step.stage in {Stage.ASK_CODE, Stage.SET_UP},
    )


def _code(service: Service, step: _Step, form: Mapping[str, str], purpose: str) -> Passed | Wanted:
    """Take a code, or what a security key said; the first right code proves the app was set up."""
    factors = Factors(service, step.account)
    by_key = bool(form.get("key")) and step.stage == Stage.ASK_CODE and bool(step.state)
    try:
        if by_key:
            factors.check_key(step.state, form["key"])
        else:
            factors.check_code(form.get("code", ""))
    except Refused as refused:
        return _asking(service, step, purpose, refused)
    wants_key = form.get("then") == "key" and has_keys_here(service)
    amr = (*_first(step), *(BY_KEY if by_key else BY_CODE)[1:])
    done = _Step(step.account, Stage.RECOVERY, amr, wants_key, upstream=step.upstream)
    if step.stage == Stage.SET_UP:
        return _asking(service, done, purpose)
    return _noted(service, done, {}, purpose)


def _noted(service: Service, step: _Step, _: Mapping[str, str], purpose: str) -> Passed | Wanted:
    if step.then_key:
        adding = replace(step, stage=Stage.ADD_KEY, then_key=False, state={})
        return _asking(service, adding, purpose)
    return Passed(step.account, step.amr, step.upstream)


def _added(service: Service, step: _Step, form: Mapping[str, str], purpose: str) -> Passed | Wanted:
    """Add a key, or go on without one."""
    if form.get("key"):
        try:
            Factors(service, step.account).add_key(step.state, form["key"])
        except Refused as refused:
            return _asking(service, step, purpose, refused)
    return Passed(step.account, step.amr, step.upstream)


# -- steps


def _keep(service: Service, step: _Step, purpose: str) -> str:
    text, moment = secrets.token_urlsafe(32), service.clock()
    fields = {
        "stage": step.stage,
        "amr": step.amr,
        "then_key": step.then_key,
        "state": step.state,
        "purpose": purpose,
        "upstream": step.upstream,
    }
    expires = instant(moment + timedelta(seconds=_STEP_SECONDS))
    with service.store.transaction() as sql:
        sql.sweep("sign_in_step", "expires < ?", (instant(moment),))
        sql.execute(
            "INSERT INTO sign_in_step (digest, login, fields, expires) VALUES (?, ?, ?, ?)",
            (_digest(text), step.account.login, orjson.dumps(fields).decode(), expires),
        )
    return text


def _found(service: Service, text: str, purpose: str) -> _Step:
    """Spend a step: each page has its own; one that is over, or is for something else, begins anew."""
    with service.store.transaction() as sql:
        row = sql.execute(
            "DELETE FROM sign_in_step WHERE digest = ? RETURNING login, fields, expires", (_digest(text),)
        ).fetchone()
    account = Accounts(service).get(row[0]) if row else None
    if row is None or account is None or row[2] < instant(service.clock()):
        raise Refused("sign-in-over")
    fields = orjson.loads(row[1])
    if fields["purpose"] != purpose:
        raise Refused("sign-in-over")
    return _Step(
        account,
        Stage(fields["stage"]),
        tuple(fields["amr"]),
        fields["then_key"],
        fields["state"],
        fields.get("upstream"),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
