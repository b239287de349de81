"""Signing in at the real service: both people, one token, the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync import failures
from sync.fhir_client import FhirClient
from sync.oidc import OidcClient, SlipRefused
from sync.tokens import TokenKeeper
from sync.transport import Address, Transport
from tests.sync.visit import claims_of, pressing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.tokens import Tokens
    from tests.sync.visit import RealService

CITIZEN = "openid profile fhirUser launch/patient patient/*.cruds"
ADVISER = "openid profile fhirUser adviser"


@pytest.fixture
def client(service: RealService) -> Iterator[OidcClient]:
    """Open a client of the real provider."""
    opened = OidcClient(service.base)
    yield opened
    opened.close()


@pytest.fixture
def adviser(service: RealService, client: OidcClient) -> Tokens:
    """Sign the adviser in."""
    return client.sign_in(pressing(service.identity("adviser")["login"]), ADVISER, timeout=20)


def test_two_sign_ins_make_one_token_that_names_the_adviser(
    service: RealService, client: OidcClient, adviser: Tokens
) -> None:
    """Who it is, for whom; renewed it still works, signed out it does not."""
    citizen = client.sign_in(pressing(service.identity("citizen")["login"]), CITIZEN, timeout=20)
    assert citizen.claims["name"]
    assert citizen.claims["birthdate"]
    both = client.exchange_person(citizen, adviser)
    assert both.claims["patient"] == citizen.claims["patient"]
    assert claims_of(both.access_token)["act"]["sub"] == adviser.claims["sub"]
    keeper = TokenKeeper(client, both)
    with Transport(Address(service.base), keeper) as transport:
        fhir = FhirClient(transport)
        assert fhir.read("Patient", str(both.claims["patient"]))["resourceType"] == "Patient"
        renewed = keeper.renewed(both.access_token)
        assert renewed != both.access_token
        assert fhir.has("Patient", str(both.claims["patient"]))
        client.logout(keeper.tokens)
        with pytest.raises(failures.Unauthorised):
            fhir.has("Patient", str(both.claims["patient"]))


def test_the_words_of_a_slip_open_a_running_mandate(
    service: RealService, client: OidcClient, adviser: Tokens
) -> None:
    """Name and birth date only help to find; where they are given they must fit."""
    words = next(each["mandate_slip"] for each in service.told["identities"] if "mandate_slip" in each)
    tokens = client.exchange_slip(words, adviser, family="Roche", birth_date="1938-11-21")
    assert tokens.claims["birthdate"] == "1938-11-21"
    assert claims_of(tokens.access_token)["mandate"]
    with Transport(Address(service.base), TokenKeeper(client, tokens)) as transport:
        page = FhirClient(transport).changes(str(tokens.claims["patient"]), None, 100)
        assert any(each.type == "Consent" for each in page.entries)
    with pytest.raises(SlipRefused):
        client.exchange_slip(words, adviser, family="Durand")


def test_a_wrong_slip_opens_nothing(client: OidcClient, adviser: Tokens) -> None:
    """Words that are on no slip."""
    with pytest.raises(SlipRefused):
        client.exchange_slip("olive-chat-lune-pont", adviser)


def test_a_refresh_whose_answer_got_lost_ends_no_session(
    service: RealService, client: OidcClient, adviser: Tokens
) -> None:
    """The program still holds the old token, asks again, and goes on."""
    client.refresh(adviser)  # nobody receives this
    keeper = TokenKeeper(client, adviser)
    renewed = keeper.renewed(adviser.access_token)
    assert renewed != adviser.access_token
    assert keeper.renewed(renewed) != renewed
    client.logout(keeper.tokens)
