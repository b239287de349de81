"""The facts of a CDA's header."""

from __future__ import annotations

import pytest

from app.reader.values import PatientSeen
from tests.app.reader.cda_files import AUTHOR, CUSTODIAN, HEADER, PATIENT, cda, opened


def test_a_whole_header_is_read() -> None:
    """Title, type, date, author, keeper, person, language."""
    seen = opened(cda()).opened
    assert (seen.title, seen.kind_label, seen.date) == (
        "Prise de sang",
        "CR d'examens biologiques",
        "2026-11-03",
    )
    assert (seen.author, seen.custodian, seen.language) == ("Dr Paul LEFÈVRE", "Hôpital du Parc", "fr-FR")
    assert seen.patient == PatientSeen(
        "JEANNE MARTIN (nom de naissance : DURAND)", "1952-08-14", "252087599999933"
    )


def test_an_empty_header_is_no_reason_to_refuse() -> None:
    """Every fact is missing."""
    seen = opened(cda(header="")).opened
    assert (seen.title, seen.kind_label, seen.date, seen.author, seen.custodian) == (None,) * 5
    assert seen.patient is None
    assert "no-readable-text" in seen.notices


@pytest.mark.parametrize("tag", ["title", "code", "effectiveTime", "languageCode"])
def test_null_flavors_are_passed_over(tag: str) -> None:
    """A null part is like a missing one."""
    seen = opened(cda(header=f'<{tag} nullFlavor="UNK"/>{PATIENT}')).opened
    assert seen.title is None
    assert seen.patient is not None


NULL_PATIENT = (
    '<recordTarget><patientRole nullFlavor="UNK"><id nullFlavor="NI"/><patient><name nullFlavor="UNK"/>'
    '<birthTime nullFlavor="UNK"/></patient></patientRole></recordTarget>'
)


@pytest.mark.parametrize(
    "target", ["", "<recordTarget/>", "<recordTarget><patientRole/></recordTarget>", NULL_PATIENT]
)
def test_no_person_is_no_person(target: str) -> None:
    """Nobody is made up."""
    assert opened(cda(header=f"<title>Lettre</title>{target}")).opened.patient is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("<family>MARTIN</family><given>Anne</given>", "Anne MARTIN"),
        ("<family qualifier='BR'>MARTIN</family><given qualifier='BR'>ANNE</given>", "ANNE MARTIN"),
        (
            "<given>ANNE LOU</given><given qualifier='BR'>ANNE</given><family qualifier='BR'>MARTIN</family>",
            "ANNE MARTIN",
        ),
        (
            "<family qualifier='BR'>MARTIN</family><family qualifier='SP'>PETIT</family><given>ANNE</given>",
            "ANNE PETIT (nom de naissance : MARTIN)",
        ),
        (
            "<family qualifier='BR'>MARTIN</family><family qualifier='CL'>Martin</family><given>ANNE</given>",
            "ANNE Martin",
        ),
        ("<family>MARTIN</family>", "MARTIN"),
        ("<given qualifier='CL'>Anne</given>", "Anne"),
        ("Anne MARTIN", "Anne MARTIN"),
        ("<family>.</family><given>Anne</given>", "Anne"),
    ],
)
def test_a_person_is_named_as_they_are_called(name: str, said: str) -> None:
    """The used name, then the birth name where it differs."""
    target = f"<recordTarget><patientRole><patient><name>{name}</name></patient></patientRole></recordTarget>"
    seen = opened(cda(header=target)).opened.patient
    assert seen is not None
    assert seen.name == said


@pytest.mark.parametrize("last", [8, 9, 10, 11])
def test_an_ins_is_known_by_its_system(last: int) -> None:
    """Real, temporary and test systems; a hospital's own number is none."""
    ids = (
        '<id root="1.2.3.4" extension="12345"/><id nullFlavor="NI"/>'
        f'<id root="1.2.250.1.213.1.4.{last}" extension="2520875999999 33"/>'
    )
    target = f"<recordTarget><patientRole>{ids}</patientRole></recordTarget>"
    assert opened(cda(header=target)).opened.patient == PatientSeen("", None, "252087599999933")


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("20261103103000+0100", "2026-11-03"),
        ("202611031030", "2026-11-03"),
        ("20261103", "2026-11-03"),
        ("202611", "2026-11"),
        ("2026", "2026"),
        ("20260000", "2026"),
        ("20261300", "2026"),
        ("20261145", "2026-11"),
        ("hier", None),
        ("", None),
    ],
)
def test_a_date_is_as_whole_as_it_was_written(stamp: str, day: str | None) -> None:
    """Lunar and partial dates exist."""
    assert opened(cda(header=f'<effectiveTime value="{stamp}"/>')).opened.date == day


@pytest.mark.parametrize(
    ("author", "said"),
    [
        (AUTHOR, "Dr Paul LEFÈVRE"),
        ("<author/>", None),
        ("<author><assignedAuthor/></author>", None),
        (
            (
                "<author><assignedAuthor><assignedPerson><name nullFlavor='UNK'/></assignedPerson>"
                "<representedOrganization><name>Laboratoire du Port</name></representedOrganization>"
                "</assignedAuthor></author>"
            ),
            "Laboratoire du Port",
        ),
        (
            (
                "<author><assignedAuthor><assignedAuthoringDevice><manufacturerModelName>.</manufacturerModelName>"
                "<softwareName>Tensiomètre</softwareName></assignedAuthoringDevice></assignedAuthor></author>"
            ),
            "Tensiomètre",
        ),
        (
            (
                "<author><assignedAuthor><assignedPerson><name><prefix>MME</prefix><given>Léa</given>"
                "<family>ROY</family></name></assignedPerson></assignedAuthor></author>"
            ),
            "Mme Léa ROY",
        ),
        (
            "<author><assignedAuthor><assignedAuthoringDevice/></assignedAuthor></author>" + AUTHOR,
            "Dr Paul LEFÈVRE",
        ),
        (
            (
                "<legalAuthenticator><assignedEntity><assignedPerson><name><given>Zoé</given><family>FAU</family>"
                "<suffix>PR</suffix></name></assignedPerson></assignedEntity></legalAuthenticator>"
            ),
            "Pr Zoé FAU",
        ),
    ],
)
def test_the_author_is_a_person_sooner_than_a_place_or_a_device(author: str, said: str | None) -> None:
    """And who signed stands in for who wrote."""
    assert opened(cda(header=author)).opened.author == said


def test_a_type_is_said_in_french_by_its_code_when_it_has_no_display() -> None:
    """The list of types knows it; without a title the type is the title."""
    seen = opened(cda(header='<code code="34112-3"/>' + PATIENT + CUSTODIAN)).opened
    assert seen.kind_label == "CR hospitalier (séjour)"
    assert seen.title == "CR hospitalier (séjour)"


def test_an_unknown_type_says_nothing_rather_than_its_code() -> None:
    """A code is no word."""
    assert opened(cda(header='<code code="99999-9"/>')).opened.kind_label is None


def test_the_drawn_page_is_headed_by_the_facts() -> None:
    """What it is and whom it is about, even without a body."""
    words = opened(cda(header=HEADER)).pages.text(0)
    assert words.splitlines()[0] == "Prise de sang"
    assert "03/11/2026" in words
