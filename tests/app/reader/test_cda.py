"""CDA as a person meets it: the public samples, and the made-up ones of the demo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.reader.client import Reader
from app.reader.errors import BrokenFile, CannotShrink, NotAccepted
from app.reader.values import Kind, Opened
from sync.service.demo.papers import make_paper
from sync.service.demo.people import CITIZENS
from tests.app.reader.cda_files import cda, opened, section, structured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLES = (
    "BIO-CR-BIO_2021.01_Auto-Presentable",
    "BIO-CR-BIO_2024.01_CR-2nde-intention-PDF",
    "BIO-CR-BIO_2024.01_TSH_1",
    "CNAM-HR_2021.01",
    "CSE-MDE_2023.01",
    "DOC_NON_STRUCTURE_CDA-R2-N1",
    "IMG_CR_IMG_2024.01_CDA-R2-Niveau-1",
    "LDL-SES_2022.01",
    "VAC_2023.01",
    "VSM_1.4_2022.01",
    "eP-MED-DM_2024.01_PosoStruct",
)
FOR_MACHINES = re.compile(
    r"\d+(?:\.\d+){5,}"  # object identifiers
    r"|urn:|xmlns|</?\w+>|&(?:amp|lt|gt|#)"  # XML
    r"|\[(?:CIM|CCAM|ATC|CIS|LOINC|LPP)|\bmm\[Hg\]|10\*\d|\{\w+\}/"  # codes and units
    r"|\b\d{4,5}-\d\b"  # LOINC
)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One real reader process for the module."""
    with Reader() as one:
        yield one


def sample(reader: Reader, samples: Path, name: str) -> Opened:
    """Open a public sample."""
    return reader.open((samples / "cda" / f"{name}.xml").read_bytes())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_opens_with_its_facts_and_without_a_mark_of_machines(
    reader: Reader, samples: Path, name: str
) -> None:
    """Every fact of the header, words without codes, and pages that can be looked at."""
    seen = sample(reader, samples, name)
    assert seen.kind is Kind.CDA
    assert seen.title
    assert seen.kind_label
    assert seen.author
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", seen.date or "")
    assert seen.patient is not None
    assert seen.patient.name
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", seen.patient.birth_date or "")
    assert re.fullmatch(r"\d{15}", seen.patient.ins or "")
    assert not FOR_MACHINES.search(seen.text), FOR_MACHINES.findall(seen.text)
    assert seen.pages > 0
    for number in range(seen.pages):
        assert reader.page(number, 200).width == 200


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("BIO-CR-BIO_2024.01_TSH_1", "Thyréostimuline (TSH), (ECL Modular) : Résultats : 1.950 mUI/l"),
        (
            "BIO-CR-BIO_2021.01_Auto-Presentable",
            "Triglycérides : 0.62 g/l ; Valeurs de référence : (0.50 - 1.50)",
        ),
        (
            "VSM_1.4_2022.01",
            "Date : 11/08/2019 ; Pathologie en cours : Accident ischémique cérébral transitoire",
        ),
        ("eP-MED-DM_2024.01_PosoStruct", "Instruction au patient : A prendre au cours d'un repas"),
        ("CSE-MDE_2023.01", "Poids : 3900 g"),
        ("VAC_2023.01", "• Vaccination Antituberculeuse : BCG"),
        ("LDL-SES_2022.01", "Statut du document : En cours"),
        ("CNAM-HR_2021.01", "Date de délivrance : 26/05/2019 ; Libellé du médicament : LUDEAL CPR3/21"),
        ("BIO-CR-BIO_2024.01_CR-2nde-intention-PDF", "Document joint : "),
    ],
)
def test_a_sample_reads_as_a_person_reads(reader: Reader, samples: Path, name: str, line: str) -> None:
    """One line of each, whole."""
    text = sample(reader, samples, name).text
    assert line in text


def test_a_level_1_sample_shows_the_words_of_its_file(reader: Reader, samples: Path) -> None:
    """The pages are those of the PDF inside."""
    seen = sample(reader, samples, "IMG_CR_IMG_2024.01_CDA-R2-Niveau-1")
    assert (seen.pages, seen.drawn_pages) == (1, 0)
    assert "Scanner" in reader.page_text(0)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_cut_anywhere_is_refused(samples: Path, name: str) -> None:
    """Never half a document."""
    data = (samples / "cda" / f"{name}.xml").read_bytes()
    for share in (0.3, 0.7, 0.999):
        with pytest.raises(BrokenFile):
            opened(data[: int(len(data.rstrip()) * share)])


@pytest.mark.parametrize("kind", ["cda-letter", "cda-lab", "cda-auto-presenting"])
@pytest.mark.parametrize("person", CITIZENS[:3], ids=lambda person: person.login)
def test_the_made_up_ones_open(reader: Reader, kind: str, person: object) -> None:
    """Every person's, of every kind, with the person's own traits."""
    citizen = next(one for one in CITIZENS if one is person)
    paper = make_paper(kind, citizen)
    seen = reader.open(paper.data)
    assert seen.title == paper.title
    assert seen.date == paper.day.isoformat()
    assert seen.patient is not None
    assert seen.patient.ins == citizen.ins
    assert seen.patient.birth_date == citizen.born.isoformat()
    assert citizen.shown_family.upper() in seen.patient.name
    assert seen.pages >= 1
    assert not FOR_MACHINES.search(seen.text)


def test_the_made_up_results_read_with_their_units(reader: Reader) -> None:
    """A value, its unit, what is usual."""
    text = reader.open(make_paper("cda-lab", CITIZENS[0]).data).text
    assert re.search(r"Hémoglobine : Résultat : \*? ?\d+,\d g/dL ; Valeurs usuelles : \d", text)


def test_a_cda_is_read_and_neither_filed_nor_lightened() -> None:
    """It is signed by its maker."""
    document = opened(cda(structured(section("x"))))
    with pytest.raises(NotAccepted):
        document.check_for_filing()
    with pytest.raises(CannotShrink):
        document.shrink(10)


def test_more_words_than_can_be_drawn_are_told(reader: Reader) -> None:
    """The sections are whole, the pages end."""
    seen = reader.open(cda(structured(section("<paragraph>Encore une ligne</paragraph>" * 20_000))))
    assert "drawn-in-part" in seen.notices
    assert len(seen.sections[0].blocks) == 20_000
