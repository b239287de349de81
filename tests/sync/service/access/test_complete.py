"""Nothing is added without its row: addresses, roles, types, scopes, actions, operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from app.codes.mandate_words import Action, Scope
from sync.service import capability, fhir, helpers
from sync.service.caller import Role
from sync.service.compartment import NOT_STORED, R4_TYPES, SHARED_TYPES
from sync.service.fhir import _PUBLISHED
from tests.sync.service.access.cast import CAST
from tests.sync.service.access.policy import DIRECTORY, KINDS, RECORD, SCOPE_OF, TRAVELS, family_of
from tests.sync.service.access.test_matrix import CLOSELY

if TYPE_CHECKING:
    from tests.sync.service.access.cast import Cast

TOKEN, OPEN, PC, PAGE, FORM = "token", "open", "a PC's proof", "a page with its own session", "its own secret"
ROUTES = {
    "/fhir": TOKEN,
    "/fhir/{path:path}": TOKEN,
    "/fhir/.well-known/smart-configuration": OPEN,
    "/.well-known/smart-configuration": OPEN,
    "/.well-known/openid-configuration": OPEN,
    "/jwks": OPEN,
    "/health": OPEN,
    "/ready": OPEN,
    "/metrics": OPEN,
    "/uploads": TOKEN,
    "/uploads/{id}": TOKEN,
    "/drops": TOKEN,
    "/drops/{id}": TOKEN,
    "/drops/{id}/pictures/{place:int}": TOKEN,
    "/carers/invitations": TOKEN,
    "/carers/acceptances": TOKEN,
    "/carers/people": TOKEN,
    "/carers/people/{consent}": TOKEN,
    "/userinfo": TOKEN,
    "/devices": FORM,
    "/devices/me": PC,
    "/devices/journal": PC,
    "/envelopes": FORM,
    "/envelopes/{id}": PC,
    "/authorize": PAGE,
    "/logout": PAGE,
    "/token": FORM,
    "/revoke": FORM,
    "/device_authorization": FORM,
    "/code": PAGE,
    "/broker/{name}": PAGE,
    "/broker/{name}/callback": PAGE,
    "/broker/{name}/left": PAGE,
    "/d": PAGE,
    "/d/{address}": PAGE,
    "/organization": PAGE,
    "/organization/rules": PAGE,
    "/organization/{act}/{id}": PAGE,
    "/invitation": PAGE,
}
"""Each address of the service, and by what it knows who asks."""

ROLES = {
    Role.CITIZEN: {"citizen", "together", "counter", "slip", "carer", "representative"},
    Role.ADVISER: {"adviser", "together", "slip"},
    Role.PHARMACIST: {"counter"},
    Role.CARER: {"carer"},
    Role.LEGAL_REPRESENTATIVE: {"representative"},
    Role.SOFTWARE: {"software", "narrow"},
    Role.ADMINISTRATOR: set(),  # signs in at the organization's page only, and never gets a token
}
"""Which of the matrix's callers play each role: in their own name, or beside a person."""

OPERATIONS = {"$changes", "$everything", "$slip", "$signed-list"}


def test_each_address_is_known(people: Cast) -> None:
    """A new one needs its row, and with it who may ask."""
    assert {route.path for route in people.house._app.routes} == set(ROUTES)


def test_each_role_plays() -> None:
    """A new one needs a caller in the matrix."""
    assert set(ROLES) == set(Role)
    assert set().union(*ROLES.values()) == set(CAST)


def test_each_type_has_its_family() -> None:
    """A new one is in nobody's record until the table says whose it is."""
    assert KINDS == R4_TYPES
    assert DIRECTORY == SHARED_TYPES
    assert TRAVELS == NOT_STORED
    assert not DIRECTORY & RECORD
    assert all(family_of(kind) for kind in R4_TYPES)


def test_each_type_that_a_mandate_opens_is_in_the_table() -> None:
    """And is played with every interaction."""
    assert set(helpers._SCOPES.items()) == set(SCOPE_OF.items())
    assert set(SCOPE_OF) <= CLOSELY
    assert set(SCOPE_OF.values()) == {each.value for each in Scope}
    assert {each.value for each in Action} == {"view", "add", "edit", "hide", "send", "print"}


def test_each_operation_is_known(people: Cast) -> None:
    """An operation is a way into a record: it needs its row."""
    statement = capability.statement(people.service)
    announced = {
        f"${each['name']}" for kind in statement["rest"][0]["resource"] for each in kind.get("operation", [])
    }
    assert announced <= OPERATIONS
    assert {path[1] for path in _PUBLISHED} == {"Patient-changes", "-Patient-changes"}
    with people.stage() as stage:
        for name in ("$x", "$validate", "$export", "$summary"):
            for where in (f"Patient/{people.anne.id}/{name}", f"Patient/{name}"):
                assert stage.ask(people.callers["citizen"], "GET", where).status == 404
    assert callable(fhir.answer)


BAD = {
    "none": "",
    "rubbish": "Bearer x.y.z",
    "another scheme": "Basic Y2hsb2U6Y2hsb2U=",
    "no word": "Bearer",
    "letters": "Bearer é",
}


@pytest.mark.parametrize("path", [path for path, by in ROUTES.items() if by == TOKEN])
def test_without_a_token_each_address_says_the_same(people: Cast, path: str) -> None:
    """401, one sentence, whoever's resource was asked for; over HTTP."""
    where = path.replace("{path:path}", f"Patient/{people.anne.id}").replace("{place:int}", "1")
    where = where.replace("{id}", people.anne.id).replace("{consent}", people.anne.of["Consent"])
    route = next(each for each in people.house._app.routes if each.path == path)
    with httpx.Client(base_url=people.house.base, trust_env=False) as client:
        for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
            for text in BAD.values():
                headers = [(b"authorization", text.encode("latin-1"))] if text else []
                told = client.request(method, where, headers=[*headers, (b"tus-resumable", b"1.0.0")])
                assert told.status_code == 401, (method, where, text)
                assert told.headers["www-authenticate"] == "Bearer"
