"""Whom an upstream names: traits as they are compared, RPPS numbers as they are written; and the file."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync.service.broker.configuration import BrokerFileBad, Kind, read
from sync.service.broker.identity import patients_of, practitioners_of, rpps_of, traits_of
from sync.service.broker.waiting import Waiting
from sync.service.messages import SENTENCES, START
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from tests.sync.rough_server import RoughServer
from tests.sync.service.broker_visit import (
    AHMED,
    ANGELA,
    ASKED,
    RPPS,
    SOPHIE,
    Web,
    add_citizen,
    add_professional,
    count,
    serve,
    upstream,
)
from tests.sync.service.lying_upstream import LyingUpstream
from tests.sync.service.test_command import commanded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sync.service.house import House

ROOT = Path(__file__).resolve().parents[3]
FILE = """
[[upstream]]
name = "franceconnect"
label = "FranceConnect+"
kind = "citizen"
issuer = "https://auth.franceconnect.example/api/v2"
client_id = "tandem"
client_secret_file = "fc.secret"
scopes = ["openid", "given_name"]
acr_values = ["eidas2"]

[[upstream]]
name = "psc"
label = "Pro Santé Connect"
kind = "professional"
issuer = "https://auth.psc.example/auth/realms/esante-wallet"
metadata = ".well-known/wallet-openid-configuration"
client_id = "tandem"
client_secret_file = "psc.secret"
scopes = ["openid", "scope_all"]
acr_values = ["eidas1"]
counts_as_two_factors = true
[upstream.claims]
rpps = ["SubjectNameID"]
"""


def folder_of(tmp_path: Path, text: str = FILE) -> Path:
    """Write the operator's files."""
    for name in ("fc.secret", "psc.secret"):
        (tmp_path / name).write_text("s3cret\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "broker.toml").write_text(text)
    return tmp_path / "broker.toml"


def test_the_file_says_where_people_sign_in(tmp_path: Path) -> None:
    """Both upstreams, the secret from its own file."""
    fc, psc = read(folder_of(tmp_path))
    assert (fc.kind, fc.client_secret, fc.acr_values, fc.counts_as_two_factors) == (
        Kind.CITIZEN, "s3cret", ("eidas2",), False,
    )  # fmt: skip
    assert psc.metadata == ".well-known/wallet-openid-configuration"
    assert (psc.called("rpps"), fc.called("given_name")) == (("SubjectNameID",), ("given_name",))
    assert "s3cret" not in repr(fc)


def test_the_readme_s_file_is_one(tmp_path: Path) -> None:
    """Copied as it stands, with its secrets beside it."""
    readme = (ROOT / "README.md").read_text("utf-8")
    sample = readme[readme.index("    [[upstream]]") :].partition("\n`proxy")[0]
    for name in ("franceconnect.secret", "psc.secret"):
        (tmp_path / name).write_text("s3cret\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "broker.toml").write_text(textwrap.dedent(sample), "utf-8")
    assert [each.kind for each in read(tmp_path / "broker.toml")] == [Kind.CITIZEN, Kind.PROFESSIONAL]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("[[upstream]]", "[[upstream", "form"),
        ('name = "psc"', 'name = "franceconnect"', "form"),
        ('name = "psc"', 'name = "../psc"', "form"),
        ('kind = "citizen"', 'kind = "anyone"', "form"),
        ('kind = "citizen"', 'kind = "citizen"\nclient_secret = "here"', "form"),
        ('["openid", "given_name"]', '["given_name"]', "form"),
        ('["openid", "given_name"]', '"openid"', "form"),
        ('acr_values = ["eidas2"]', 'acr_values = ["eidas1 eidas2"]', "form"),
        ('acr_values = ["eidas1"]', "acr_values = []", "form"),
        ('acr_values = ["eidas1"]\n', "", "form"),
        ("counts_as_two_factors = true", 'counts_as_two_factors = "no"', "form"),
        ('rpps = ["SubjectNameID"]', 'nir = "nir"', "form"),
        ('".well-known/wallet-openid-configuration"', '"https://elsewhere.example/x"', "form"),
        ("https://auth.franceconnect.example", "http://auth.franceconnect.example", "issuer"),
        ("https://auth.franceconnect.example", "https://user@auth.franceconnect.example", "issuer"),
        ('"psc.secret"', '"absent.secret"', "secret"),
    ],
)
def test_a_file_that_is_not_sound_starts_nothing(tmp_path: Path, old: str, new: str, what: str) -> None:
    """Said by its kind, before anything listens."""
    assert old in FILE
    with pytest.raises(BrokerFileBad) as raised:
        read(folder_of(tmp_path, FILE.replace(old, new)))
    assert raised.value.fields["what"] == what
    assert f"broker-bad-{what}" in START


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """As the program itself says at its start."""
    path = folder_of(tmp_path)
    (tmp_path / "fc.secret").chmod(0o640)
    said = commanded("--data", str(tmp_path / "data"), "--broker", str(path))
    assert (said.exit_code, said.stderr.strip()) == (69, START["broker-bad-open-secret"])
    assert not (tmp_path / "data").exists()


def test_who_is_tied_wrongly_is_untied_by_the_operator(own_house: Callable[..., House]) -> None:
    """Another one upstream with the same traits is let in only then."""
    house = own_house()
    here = upstream("https://fc.example")
    waiting = Waiting(house.service)
    waiting.remember(here, "one", "angela")
    waiting.remember(here, "one", "angela")
    with pytest.raises(Refused, match="broker-taken"):
        waiting.remember(here, "two", "angela")
    waiting.remember(upstream("https://other.example"), "two", "angela")
    house.close()
    records = ["--records", house.records] if house.records else []
    said = commanded("--data", str(house.folder), "--untie", "angela", *records)
    assert (said.exit_code, json.loads(said.stdout)) == (0, {"login": "angela", "untied": 2})
    again = Waiting(own_house(house.folder).service)
    again.remember(here, "two", "angela")
    assert (again.known(here, "two"), again.known(here, "one")) == ("angela", None)


def test_a_sign_in_goes_there_and_back_and_ends(own_house: Callable[..., House]) -> None:
    """Whichever keeps the records: what waits is spent, what was found is kept, what ends it goes with it."""
    house = own_house()
    add_citizen(house, "angela", "262087510700101", ANGELA)
    server = RoughServer()
    liar = LyingUpstream(server)
    tables = ("broker_sign_in", "broker_person", "broker_session")
    try:
        serve(house, upstream(server.base))
        with Web(house) as web:
            for _ in range(2):
                back = web.follow(web.out()).headers["location"]
                assert back.startswith(ASKED["redirect_uri"])
                assert [count(house, each) for each in tables[:2]] == [0, 1]
            assert count(house, "broker_session") == 2
        waiting = Waiting(house.service)
        with house.service.store.transaction() as sql:
            sids = [row[0] for row in sql.execute("SELECT sid FROM broker_session").fetchall()]
            links = [waiting.unlink(sql, each) for each in sids]
        assert all(each and each.upstream == "fc" for each in links)
        assert count(house, "broker_session") == 0
        assert "/token" in liar.paths
    finally:
        server.close()


def test_two_records_are_two_though_one_has_an_account(own_house: Callable[..., House]) -> None:
    """Whose account it is cannot be told: nothing is opened, nothing kept."""
    house = own_house()
    add_citizen(house, "angela", "262087510700101", ANGELA)
    add_citizen(house, "double", "262087510700299", ANGELA)
    with house.service.store.transaction() as sql:
        sql.execute("DELETE FROM account WHERE login = 'double'")
    server = RoughServer()
    LyingUpstream(server)
    try:
        serve(house, upstream(server.base))
        with Web(house) as web:
            page = web.follow(web.out())
    finally:
        server.close()
    assert (page.status_code, SENTENCES["broker-several"].partition("{")[0] in page.text) == (403, True)
    assert [count(house, each) for each in ("broker_person", "broker_session")] == [0, 0]


def found(house: House, **changed: str) -> list[str]:
    """Look for a citizen with these traits."""
    traits = traits_of(upstream("https://fc.example"), ANGELA | changed)
    if traits is None:
        return []
    with house.service.store.read(of=EVERYONE) as sql:
        return patients_of(sql, traits)


def test_every_trait_counts_and_their_writing_does_not(own_house: Callable[..., House]) -> None:
    """Capitals, accents, hyphens: the same; anything else: nobody."""
    house = own_house()
    angela = add_citizen(house, "angela", "262087510700101", ANGELA)
    add_citizen(house, "ahmed", "151029935200102", AHMED)
    assert found(house) == [angela]
    assert found(house, family_name="DUBOIS LEMAITRE", given_name="ANGELA-CLAIRE LOUISE") == [angela]
    for changed in (
        {"given_name": "Angela"},
        {"given_name": "Angela Claire"},
        {"given_name": "Claire Angela Louise"},
        {"family_name": "Dubois"},
        {"family_name": "DuboisLemaître"},
        {"birthdate": "1962-08-25"},
        {"birthdate": "1962"},
        {"birthdate": "1962-02-31"},
        {"birthdate": ""},
        {"gender": "male"},
        {"gender": ""},
        {"birthplace": "75108"},
        {"birthplace": ""},
        {"birthplace": "Paris"},
        {"birthcountry": "99352"},
        {"birthcountry": ""},
        {"family_name": ""},
        {"given_name": "  "},
    ):
        assert found(house, **changed) == [], changed
    assert len(found(house, **AHMED)) == 1


def test_an_identity_nobody_verified_is_nobodys(own_house: Callable[..., House]) -> None:
    """Traits that were typed prove nothing; nor does a record that is out of use."""
    house = own_house()
    angela = add_citizen(house, "angela", "262087510700101", ANGELA)
    body: dict[str, Any] = house.system.get(f"/Patient/{angela}").json()
    for change in (
        {"active": False},
        {"extension": [each for each in body["extension"] if "reliability" not in each["url"]]},
    ):
        answer = house.system.put(f"/Patient/{angela}", json=body | change)
        assert answer.status_code == 200, answer.text
        assert found(house) == []
    assert house.system.put(f"/Patient/{angela}", json=body).status_code == 200
    assert found(house) == [angela]


@pytest.mark.parametrize(
    ("claims", "number"),
    [
        (SOPHIE, RPPS),
        ({"SubjectNameID": RPPS}, RPPS),
        ({"preferred_username": f"8{RPPS}"}, RPPS),
        ({"otherIds": [{"identifiant": f"8{RPPS}", "origine": "RPPS", "qualite": 1}]}, RPPS),
        ({"SubjectNameID": f"8{RPPS}", "preferred_username": "sophie@example.org"}, RPPS),
        ({"SubjectNameID": f"8{RPPS}", "preferred_username": "899900000022"}, None),
        ({"SubjectNameID": "0123456789"}, None),
        ({"SubjectNameID": f"9{RPPS}"}, None),
        ({"SubjectNameID": ["x"]}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_number_is_read_as_it_is_written(claims: dict[str, Any], number: str | None) -> None:
    """With the register's 8 or without; two that differ are none."""
    assert rpps_of(upstream("https://psc.example"), claims) == number


def test_a_professional_is_found_in_either_system(own_house: Callable[..., House]) -> None:
    """RPPS or national id; the same digits in another system are another thing."""
    house = own_house()
    one = add_professional(house, "sophie", RPPS).partition("/")[2]
    body = house.system.get(f"/Practitioner/{one}").json()
    with house.service.store.read() as sql:
        assert practitioners_of(sql, RPPS) == [one]
    for system, value, expected in (
        ("urn:oid:1.2.250.1.71.4.2.1", f"8{RPPS}", [one]),
        ("https://example.org/badge", RPPS, []),
        ("https://rpps.esante.gouv.fr", f"8{RPPS}", []),
    ):
        body["identifier"] = [{"system": system, "value": value}]
        assert house.system.put(f"/Practitioner/{one}", json=body).status_code == 200
        with house.service.store.read() as sql:
            assert practitioners_of(sql, RPPS) == expected
