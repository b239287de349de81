"""What may be filed, by its content: named, dated, made lighter, or refused with what to do."""

from __future__ import annotations

import hashlib
import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app import intake
from app.codes.categories import category_of_type
from app.reader.client import Reader
from app.reader.errors import (
    AlreadyFiled,
    BrokenFile,
    EmptyFile,
    EncryptedFile,
    NotAccepted,
    PasswordProtected,
    ScriptInside,
    TooHeavy,
)
from app.reader.values import Limits
from sync.service.demo.papers import make_paper
from sync.service.demo.people import CITIZENS
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Iterator

PAPERS = (
    "prescription", "care", "lab", "lab-slip", "hospital", "consultation", "imaging", "summary",
    "certificate", "screening", "vaccinations", "invoice",
)  # fmt: skip

PAPER = (
    "Docteur Jeanne LEFÈVRE",
    "ORDONNANCE",
    "À Lyon, le 12 mars 2026",
    "Madame Odette MARTIN, née le 3 mars 1941",
)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


def never(_digest: str) -> bool:
    """Say that nothing is filed yet."""
    return False


def pdf(*lines: str, **told: str) -> bytes:
    """A one-page PDF with these lines."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4)
    for number, line in enumerate(lines):
        canvas.drawString(72, 770 - 20 * number, line)
    for name, value in told.items():
        getattr(canvas, f"set{name}")(value)
    canvas.showPage()
    canvas.save()
    return sink.getvalue()


def locked(**words: str) -> bytes:
    """The paper encrypted by its maker."""
    with pikepdf.open(io.BytesIO(pdf(*PAPER))) as document:
        sink = io.BytesIO()
        document.save(sink, encryption=pikepdf.Encryption(**words))  # type: ignore[arg-type]
        return sink.getvalue()


def scripted() -> bytes:
    """The paper with a program that runs when it opens."""
    with pikepdf.open(io.BytesIO(pdf(*PAPER))) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        sink = io.BytesIO()
        document.save(sink)
        return sink.getvalue()


def photo(side: int, quality: int = 90) -> bytes:
    """A grainy photo."""
    sink = io.BytesIO()
    Image.effect_noise((side, side), 80).convert("RGB").save(sink, "JPEG", quality=quality)
    return sink.getvalue()


def test_a_prescription_proposes_its_name_date_and_category(reader: Reader) -> None:
    """All three come from its words."""
    found = intake.check(reader, pdf(*PAPER), "scan0001.pdf", known=never)
    assert found.proposed_title == "Ordonnance du docteur Lefèvre"
    assert found.proposed_date == date(2026, 3, 12)
    assert found.proposed_category == "ORD_SOIN"
    assert (found.media_type, found.pages, found.shrunk_from) == ("application/pdf", 1, None)
    assert found.sha256 == hashlib.sha256(found.data).hexdigest()
    assert found.size == len(found.data)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("LABORATOIRE DU PARC Résultats d'analyses de biologie", "BIOLOGIE"),
        ("Radiographie du genou droit", "RADIO_SC"),
        ("Compte rendu d'hospitalisation", "CPT_REND"),
        ("Certificat médical d'aptitude au sport", "CERT_MED"),
        ("Attestation de droits, assurance maladie", "DOC_ADM"),
        ("Bonjour", None),
    ],
)
def test_the_category_is_guessed_by_words(reader: Reader, words: str, category: str | None) -> None:
    """Without any such word nothing is guessed."""
    assert intake.check(reader, pdf(words), "a.pdf", known=never).proposed_category == category


def test_a_name_is_proposed_from_the_file_when_the_paper_has_none(reader: Reader) -> None:
    """Cleaned, with a capital, no longer than a name may be."""
    found = intake.check(
        reader, pdf("Bonjour"), "lettre_de_la_caisse_de_retraite_" + "tres_" * 20 + ".pdf", known=never
    )
    assert found.proposed_title.startswith("Lettre de la caisse de retraite")
    assert len(found.proposed_title) <= intake.NAME_LIMIT
    assert not found.proposed_title.endswith(" ")


def test_what_a_camera_calls_a_photo_is_not_proposed(reader: Reader) -> None:
    """But the day it says is."""
    found = intake.check(reader, photo(200), "IMG_20260312_101500.jpg", known=never)
    assert found.proposed_title == ""
    assert found.proposed_date == date(2026, 3, 12)


def test_a_name_is_cut_at_a_word(reader: Reader) -> None:
    """Fifty characters are fifty; the fifty-first takes its word along."""
    fifty = "Lettre de la caisse de retraite pour madame Martin"
    assert len(fifty) == intake.NAME_LIMIT
    for name, title in (
        (fifty, fifty),
        (fifty + "e", "Lettre de la caisse de retraite pour madame"),
        ("L" + "o" * 80, "L" + "o" * 49),
    ):
        assert intake.check(reader, pdf("Bonjour"), f"{name}.pdf", known=never).proposed_title == title


def test_a_day_to_come_is_never_proposed(reader: Reader) -> None:
    """Nor one that does not exist; then that of the name is."""
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011  a paper carries the wall's date
    paper = pdf(f"Ordonnance faite le {tomorrow:%d/%m/%Y}")
    assert intake.check(reader, paper, "a.pdf", known=never).proposed_date is None
    assert intake.check(reader, paper, f"a-{tomorrow}.pdf", known=never).proposed_date is None
    assert intake.check(reader, paper, "a-2026-03-12.pdf", known=never).proposed_date == date(2026, 3, 12)


@pytest.mark.parametrize("words", ["Mon radiologue", "la radioactivité", "il irma", "un scannerman"])
def test_a_category_is_guessed_by_whole_words(reader: Reader, words: str) -> None:
    """A part of a word says nothing."""
    assert intake.check(reader, pdf(words), "a.pdf", known=never).proposed_category is None


@pytest.mark.parametrize("kind", PAPERS)
def test_the_made_up_papers_propose_their_own_category_name_and_day(reader: Reader, kind: str) -> None:
    """What most people bring."""
    for person in CITIZENS[:3]:
        paper = make_paper(kind, person, "intake", day=date(2026, 11, 3))
        found = intake.check(reader, paper.data, paper.file_name, known=never)
        assert found.proposed_category == category_of_type(paper.type_code)
        assert found.proposed_date == paper.day
        assert paper.title.startswith(found.proposed_title)


def test_a_heavy_scan_keeps_its_words_its_name_and_its_digest(reader: Reader) -> None:
    """The pictures were the weight; made lighter twice, it is the same file."""
    data = strange.pdf_scan(3, side=1700)
    assert len(data) > intake.LIMIT
    first = intake.check(reader, data, "scan.pdf", known=never)
    assert (first.media_type, first.pages, first.shrunk_from) == ("application/pdf", 3, len(data))
    assert first.proposed_title == "Ordonnance du docteur Lefèvre"
    assert "page 3" in reader.page_text(2)
    with pytest.raises(AlreadyFiled):
        intake.check(reader, data, "scan.pdf", known={first.sha256}.__contains__)


def test_a_heavy_file_that_is_no_picture_is_refused_with_both_sizes(reader: Reader) -> None:
    """Nothing in it can be left out."""
    data = strange.pdf_of_words(6_000_000)
    try:
        found = intake.check(reader, data, "a.pdf", known=never)
    except TooHeavy as refused:
        assert refused.fields == {"size": len(data), "limit": intake.LIMIT}  # noqa: PT017  # either is right
    else:
        assert found.size <= intake.LIMIT


def test_a_heavy_photo_is_made_lighter_and_its_result_is_what_is_shown(reader: Reader) -> None:
    """The size before is told; the page drawn is the lighter one."""
    data = photo(2600, 98)
    assert len(data) > intake.LIMIT
    found = intake.check(reader, data, "photo.jpg", known=never)
    assert found.size <= intake.LIMIT
    assert found.shrunk_from == len(data)
    assert found.opened.sha256 == found.sha256
    assert reader.page(0, 300).width == 300


def test_the_same_bytes_are_recognised_before_anything_else_is_done(reader: Reader) -> None:
    """By their digest, under any name."""
    data = pdf(*PAPER)
    filed = {hashlib.sha256(data).hexdigest()}
    with pytest.raises(AlreadyFiled):
        intake.check(reader, data, "autre nom.pdf", known=filed.__contains__)


def test_a_heavy_file_filed_before_is_recognised_once_lighter(reader: Reader) -> None:
    """What was kept the first time is the lighter file."""
    data = photo(2600, 98)
    first = intake.check(reader, data, "photo.jpg", known=never)
    with pytest.raises(AlreadyFiled):
        intake.check(reader, data, "photo.jpg", known={first.sha256}.__contains__)


def test_the_content_counts_and_not_the_name(reader: Reader) -> None:
    """A photo called .pdf is filed as the photo it is."""
    assert intake.check(reader, photo(100), "ordonnance.pdf", known=never).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", EmptyFile, id="zero bytes"),
        pytest.param(b" \n\n ", EmptyFile, id="blanks"),
        pytest.param(pdf(*PAPER)[:-300], BrokenFile, id="truncated"),
        pytest.param(b"%PDF-1.7\n" + bytes(4000), BrokenFile, id="damaged"),
        pytest.param(locked(user="secret", owner="x"), PasswordProtected, id="password"),
        pytest.param(locked(owner="x"), EncryptedFile, id="encrypted"),
        pytest.param(scripted(), ScriptInside, id="script"),
        pytest.param(b"MZ" + bytes(500), NotAccepted, id="program called pdf"),
        pytest.param(b"PK\x03\x04" + b"word/document.xml" * 9, NotAccepted, id="word"),
        pytest.param(b"\x00\x00\x00\x18ftypheic" + bytes(99), NotAccepted, id="iphone photo"),
        pytest.param(b"<html><body>x</body></html>", NotAccepted, id="web page"),
        pytest.param(
            b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>T</title></ClinicalDocument>',
            NotAccepted,
            id="cda",
        ),
        pytest.param(b"mot " * 1_400_000, TooHeavy, id="text over the limit"),
    ],
)
def test_what_cannot_be_filed_is_refused(reader: Reader, data: bytes, refusal: type[Exception]) -> None:
    """Each for its own reason, and the next file is read all the same."""
    with pytest.raises(refusal):
        intake.check(reader, data, "ordonnance.pdf", known=never)
    assert intake.check(reader, pdf(*PAPER), "a.pdf", known=never).pages == 1


def test_a_file_of_200_megabytes_is_refused_by_its_size(reader: Reader) -> None:
    """Without being handed to the reader process."""
    with pytest.raises(TooHeavy) as refused:
        intake.check(reader, bytes(200_000_000), "gros.pdf", known=never)
    assert refused.value.fields == {"size": 200_000_000, "limit": Limits().read_bytes}
