"""``tandem conformance`` says in words what a server does and what would be noticed."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from app.ids import mint
from sync.conformance import Check, Tier
from sync.failures import Absent, Offline, Unauthorised
from sync.transport import AddressNotAllowed
from tests.sync.lying_server import LyingServer
from tests.sync.service.house import House
from ui.commands import main
from ui.conformance import _FAILED, _NO_FILE, _NO_TOKEN, _TIERS, NOTICED, SUBJECTS, conformance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[LyingServer]:
    """Start a server that overwrites."""
    started = LyingServer("overwrites")
    yield started
    started.close()


def test_every_check_and_tier_has_words() -> None:
    """What it is, and what would be noticed."""
    assert set(SUBJECTS) == set(NOTICED) == set(Check)
    assert set(_TIERS) == {*Tier, None}


def test_the_report_says_what_would_be_noticed(server: LyingServer) -> None:
    """One line each; a lie makes the exit code 1."""
    person = mint()
    server.write("PUT", "Patient", person, {"resourceType": "Patient"})
    out, err = io.StringIO(), io.StringIO()
    assert conformance(server.base, None, person, out, err, may_write=True) == 1
    told = out.getvalue()
    assert err.getvalue() == ""
    assert "Les dossiers arrivent par l’historique" in told
    assert "✗ Créer sans écraser : Deux postes peuvent s’écraser en créant la même chose." in told
    assert "Les documents ne peuvent pas être envoyés : le serveur ne prend pas les fichiers." in told
    assert "1 chose est annoncée ou acceptée, et n’est pas faite (✗)." in told
    assert person not in told


def test_reading_alone_finds_nothing_wrong(server: LyingServer) -> None:
    """As JSON too; nothing is written."""
    before = len(server.versions)
    answer = CliRunner().invoke(main, ["conformance", "--base", server.base, "--json"])
    assert answer.exit_code == 0
    told = json.loads(answer.output)
    assert told["software"] == "Liar 1"
    assert {each["check"] for each in told["findings"]} >= {"statement", "absence", "feed"}
    assert len(server.versions) == before


def test_what_cannot_be_examined_is_one_sentence(server: LyingServer, tmp_path: Path) -> None:
    """No network, an address in clear, a token file that is not there."""
    for base, token in (
        ("http://127.0.0.1:9/fhir", None),
        ("http://example.org/fhir", None),
        (server.base, tmp_path / "none"),
    ):
        out, err = io.StringIO(), io.StringIO()
        assert conformance(base, token, None, out, err) == 1
        assert out.getvalue() == ""
        assert err.getvalue().endswith(".\n")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start our own service, with one person."""
    made = House(tmp_path_factory.mktemp("service"))
    made.add_citizen("anne", "250021234567801")
    yield made
    made.close()


def told_of(house: House, path: str, token: str | None, patient: str | None, folder: Path) -> tuple[int, str]:
    """Run the command against our own service; returns the exit code and what is said of a failure."""
    written = None
    if token is not None:
        written = folder / "token"
        written.write_text(token)
    err = io.StringIO()
    code = conformance(f"{house.base}{path}", written, patient, io.StringIO(), err)
    return code, err.getvalue().strip()


def test_an_operator_is_told_what_to_correct(house: House, tmp_path: Path) -> None:
    """Not that a visit goes on without the network, nor that they should sign in."""
    token = house.sign_in("anne")["access_token"]
    assert told_of(house, "/fhir", token, house.patients["anne"], tmp_path) == (0, "")
    assert told_of(house, "/fhir", None, None, tmp_path) == (1, _NO_TOKEN)
    assert told_of(house, "/fhir", f"{token}x", None, tmp_path) == (1, _FAILED[Unauthorised])
    assert told_of(house, "/fhir", " ", None, tmp_path) == (1, _NO_FILE)
    assert told_of(house, "", token, None, tmp_path) == (1, _FAILED[Absent])
    for base, why in (
        ("http://127.0.0.1:9/fhir", Offline),
        ("nonsense", AddressNotAllowed),
        ("", AddressNotAllowed),
        ("http://example.org/fhir", AddressNotAllowed),
    ):
        err = io.StringIO()
        assert conformance(base, None, None, io.StringIO(), err) == 1
        assert err.getvalue() == _FAILED[why] + "\n"


@pytest.mark.parametrize("patient", ["bogus", "", "00000000-0000-7000-8000-000000000000"])
def test_a_person_who_cannot_be_read_is_a_failure(house: House, tmp_path: Path, patient: str) -> None:
    """They were named to be read: 1, for a script too."""
    token = house.sign_in("anne")["access_token"]
    assert told_of(house, "/fhir", token, patient, tmp_path) == (1, "")
