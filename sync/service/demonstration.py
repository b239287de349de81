"""The made-up people of ``--demo``: seeded at the first start, and named on the ready line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.provider.authorize import grant_of
from sync.service.provider.tokens import Sessions, access_token

if TYPE_CHECKING:
    from sync.service.demo.seed import Identity
    from sync.service.service import Service

__all__ = ["identities"]

_SCOPES = {
    Role.CITIZEN: "openid profile fhirUser launch/patient patient/*.cruds",
    Role.ADVISER: "openid profile fhirUser adviser",
    Role.PHARMACIST: "openid profile fhirUser adviser",
    Role.SOFTWARE: "system/*.cruds",
}


def identities(service: Service, people: int | None) -> list[dict[str, Any]]:
    """Seed what is missing; return who can sign in, each with a token to try."""
    from sync.service.demo.seed import seed

    return [_told(service, each) for each in seed(service, people)]


def _told(service: Service, identity: Identity) -> dict[str, Any]:
    accounts = Accounts(service)
    accounts.add(
        identity.login, identity.password, identity.kind, identity.subject, identity.claims, made_up=True
    )
    told: dict[str, Any] = {
        "kind": identity.kind.value,
        "login": identity.login,
        "password": identity.password,
        "name": identity.claims.get("name"),
        "access_token": _token(service, accounts, identity),
    }
    if identity.kind is Role.CITIZEN:
        told["patient"] = identity.subject.partition("/")[2]
    if identity.mandate_slip:
        told["mandate_slip"] = identity.mandate_slip
    return told


def _token(service: Service, accounts: Accounts, identity: Identity) -> str:
    account = accounts.get(identity.login)
    if account is None:
        raise LookupError(identity.kind)
    with service.store.transaction() as sql:
        sid = Sessions(service, sql).start(account.login)
    return access_token(service, grant_of(account, _SCOPES[account.kind]), sid)
