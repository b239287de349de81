"""Made-up papers: the same for the same seed, made up for all to see, readable as what they claim to be."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PIL import Image, ImageOps
from striprtf.striprtf import rtf_to_text

from app.codes.categories import Category, category_of_type
from app.codes.document_types import TYPES
from sync.service.demo.papers import Kind, long_pdf, main, make_paper
from sync.service.demo.people import CITIZENS, citizen
from sync.service.demo.words import grouped_ins

if TYPE_CHECKING:
    from pathlib import Path

JEANNE = CITIZENS[0]
PDF_KINDS = [
    Kind.PRESCRIPTION,
    Kind.CARE,
    Kind.LAB,
    Kind.LAB_SLIP,
    Kind.HOSPITAL,
    Kind.CONSULTATION,
    Kind.IMAGING,
    Kind.SUMMARY,
    Kind.CERTIFICATE,
    Kind.SCREENING,
    Kind.VACCINATIONS,
    Kind.LETTER,
    Kind.INVOICE,
]
HEAVY = {Kind.PHOTO_12_MEGAPIXELS, Kind.PHOTO_TOO_HEAVY}
LIGHT_KINDS = [kind for kind in Kind if kind not in HEAVY]


def text_of(pdf: bytes) -> str:
    """Return the text layer of all pages, one kind of blank."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage() for page in document]
        return " ".join(" ".join(page.get_text_range() for page in pages).split())
    finally:
        document.close()


@pytest.mark.parametrize("kind", LIGHT_KINDS)
def test_the_same_seed_gives_the_same_bytes(kind: Kind) -> None:
    """And another seed, another person or another day gives others."""
    day = date(2024, 2, 29)
    paper = make_paper(kind, JEANNE, 7, day=day)
    assert make_paper(kind, JEANNE, 7, day=day) == paper
    others = [make_paper(kind, CITIZENS[6], 7, day=day), make_paper(kind, JEANNE, 7, day=date(2024, 3, 1))]
    assert len({paper.data, *(other.data for other in others)}) == 3
    assert len({paper.unique_id, *(other.unique_id for other in others)}) == 3


@pytest.mark.parametrize("kind", PDF_KINDS)
@pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))
def test_every_pdf_says_whose_it_is_and_that_it_is_made_up(kind: Kind, person: object) -> None:
    """In its text layer: name, birth date, INS, day; on every page the foot."""
    who = next(each for each in CITIZENS if each is person)
    paper = make_paper(kind, who, "text", day=date(2026, 11, 3))
    text = text_of(paper.data)
    folded = text.casefold()
    assert who.shown_given.casefold() in folded
    assert who.shown_family.casefold() in folded
    assert f"{who.born:%d/%m/%Y}" in text or f"{who.born.day} " in text
    assert grouped_ins(who.ins) in text or who.ins in text
    assert "3 novembre 2026" in text
    assert "Document fictif" in text
    assert "?" not in text.replace("va ?", "")
    assert paper.data.startswith(b"%PDF-")


@pytest.mark.parametrize("kind", LIGHT_KINDS)
def test_titles_and_codes_are_those_of_the_lists(kind: Kind) -> None:
    """A title that fits into 50 characters, a known type that has a class, a category."""
    for seed in range(6):
        paper = make_paper(kind, JEANNE, seed)
        assert 0 < len(paper.title) <= 50
        assert TYPES[paper.type_code].class_code
        assert category_of_type(paper.type_code) is not None


def test_all_categories_have_papers() -> None:
    """Each of the nine but the catch-all is reached by a paper that professionals write or people file."""
    reached = {category_of_type(make_paper(kind, JEANNE, 1).type_code) for kind in LIGHT_KINDS}
    assert reached >= set(Category)


def test_a_person_gets_what_suits_their_age() -> None:
    """No hip of steel at sixteen, no mammography for a man, no pension before its time."""
    lucas, fernando = citizen("lucas"), citizen("fernando")
    for seed in range(40):
        assert "fémur" not in text_of(make_paper(Kind.HOSPITAL, lucas, seed).data)
        assert "Mammographie" not in make_paper(Kind.IMAGING, fernando, seed).title
        assert "retraite" not in make_paper(Kind.LETTER, lucas, seed).title
        assert "sein" not in make_paper(Kind.SCREENING, fernando, seed).title


def test_pages_turn_and_keep_their_owner() -> None:
    """A paper that runs over repeats on the next page whose it is."""
    document = pypdfium2.PdfDocument(long_pdf(300))
    assert len(document) == 300
    assert "Jeanne Martin" in document[299].get_textpage().get_text_range()
    document.close()


def test_a_volume_can_be_as_heavy_as_a_scan() -> None:
    """Four pages of half a megabyte."""
    data = long_pdf(4, bytes_a_page=500_000)
    assert 2_000_000 < len(data) < 2_300_000


def test_a_small_photo_lies_on_its_side_and_says_so() -> None:
    """Exif orientation 6, as phones write it."""
    with Image.open(io.BytesIO(make_paper(Kind.PHOTO, JEANNE, 1).data)) as picture:
        assert picture.width > picture.height
        upright = ImageOps.exif_transpose(picture)
        assert upright.height > upright.width


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of examples, written once."""
    folder = tmp_path_factory.mktemp("examples") / "new"
    assert main([str(folder)]) == 0
    return folder


def test_the_phone_photos_have_twelve_megapixels_on_both_sides_of_the_limit(examples: Path) -> None:
    """One that can be filed as it is, one that must be shrunk."""
    light = examples / "photo-lettre.jpg"
    heavy = examples / "photo-lettre-lourde.jpg"
    assert 1_000_000 < light.stat().st_size < 5_000_000 < heavy.stat().st_size < 12_000_000
    for path in (light, heavy):
        with Image.open(path) as picture:
            assert picture.size == (4032, 3024)


def test_the_tiff_has_two_pages_in_black_and_white() -> None:
    """CCITT Group 4, 150 dots an inch."""
    with Image.open(io.BytesIO(make_paper(Kind.SCAN_TIFF, JEANNE, 1).data)) as picture:
        assert (picture.n_frames, picture.mode) == (2, "1")  # type: ignore[attr-defined] # TIFF pictures have frames
        assert picture.info["compression"] == "group4"


def test_the_rtf_keeps_its_accents() -> None:
    """As a word processor would write them."""
    text = rtf_to_text(make_paper(Kind.REFERRAL_RTF, JEANNE, 1).data.decode("ascii"))
    assert "Docteur Hélène Lefèvre" in text
    assert "Chère consœur" in text
    assert "née le 03/05/1946" in text
    assert "Document fictif" in text


def test_the_note_is_plain_text() -> None:
    """UTF-8 with the line ends of a PC."""
    data = make_paper(Kind.NOTE, JEANNE, 1).data
    assert "née le 03/05/1946" in data.decode("utf-8")
    assert b"\r\n" in data
    assert data.endswith(b"Document fictif")


def test_the_folder_of_examples(examples: Path) -> None:
    """One file of each kind that can be filed by hand, and two that can only be read."""
    names = {path.name for path in examples.iterdir()}
    assert names >= {
        "ordonnance.pdf",
        "resultats.pdf",
        "photo-lettre.jpg",
        "scan.tiff",
        "note.txt",
        "courrier.rtf",
        "compte-rendu-cda.xml",
    }
    assert all((examples / name).stat().st_size for name in names)
    assert "Jeanne Martin" in (examples / "note.txt").read_text("utf-8")


def test_the_folder_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Without it the command says how it is used."""
    assert main([]) == 2
    assert "DIR" in capsys.readouterr().err
