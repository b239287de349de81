"""The made-up people of ``--demo``: seeded at the first start, and named on the ready line."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sync.service import organizations, representatives
from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.factors import Factors
from sync.service.provider.authorize import grant_of
from sync.service.provider.tokens import Sessions, access_token
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.accounts import Account
    from sync.service.demo.seed import Identity
    from sync.service.service import Service

__all__ = ["enrolment_code", "identities"]

_SECONDS = 3600
_SCOPES = {
    Role.CITIZEN: "openid profile fhirUser launch/patient patient/*.cruds",
    Role.ADVISER: "openid profile fhirUser adviser",
    Role.PHARMACIST: "openid profile fhirUser adviser",
    Role.SOFTWARE: "system/*.cruds",
}


def identities(service: Service, people: int | str | None) -> list[dict[str, Any]]:
    """Seed what is missing; return who can sign in, each with a token to try."""
    from sync.service.demo.seed import seed

    accounts = Accounts(service)
    seeded = seed(service, people)
    found = [_account(service, accounts, each) for each in seeded]
    _note_representatives(service, {each.login for each in found})
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sids = [sessions.start(account.login) for account in found]
    tokens = [_token(service, account, sid) for account, sid in zip(found, sids, strict=True)]
    return [_told(identity, token) for identity, token in zip(seeded, tokens, strict=True)]


def _note_representatives(service: Service, logins: set[str]) -> None:
    """Note who represents whom, as the operator does; one that runs already, or no longer may, stays so."""
    from sync.service.demo.people import REPRESENTATIVES

    for each in REPRESENTATIVES:
        if {each.login, each.person} <= logins:
            with suppress(Refused):
                representatives.note(service, each.login, each.person, each.capacity, each.evidence)


def enrolment_code(service: Service, *, counter: bool = False) -> str:
    """Draw a code for one PC of the administrator's organization (or of the pharmacy), as on their page."""
    from sync.service.demo.people import ADMINISTRATOR, PHARMACIST

    owner = PHARMACIST if counter else ADMINISTRATOR
    place, login = owner.organization, owner.login
    with service.store.read() as sql:
        organization = organizations.of_id(sql, place.id, place.name)
    return organizations.invite(service, organization, "Comptoir" if counter else "Accueil", login)


def _token(service: Service, account: Account, sid: str) -> str | None:
    """Make a token to try; an administrator has none."""
    if account.kind not in _SCOPES:
        return None
    return access_token(service, grant_of(account, _SCOPES[account.kind]), sid, seconds=_SECONDS)


def _account(service: Service, accounts: Accounts, identity: Identity) -> Account:
    """Open the account, unless an earlier start did."""
    login = identity.login
    found = accounts.get(login)
    if found is None:
        accounts.add(login, identity.password, identity.kind, identity.subject, identity.claims, made_up=True)
        found = accounts.get(login)
    if found is None:
        raise LookupError(identity.kind)
    factors = Factors(service, found)
    if identity.totp and not factors.is_set_up:
        factors.keep_secret(base64.b32decode(identity.totp), proven=True)
    return found


def _told(identity: Identity, token: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": identity.kind.value,
        "login": identity.login,
        "password": identity.password,
        "name": identity.claims.get("name"),
    }
    if token:
        told["access_token"] = token
    if identity.kind is Role.CITIZEN:
        told["patient"] = identity.subject.partition("/")[2]
    if identity.totp:
        told["totp"] = identity.totp
    if identity.mandate_slip:
        told["mandate_slip"] = identity.mandate_slip
    return told
