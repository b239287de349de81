"""Files inside a CDA: its pages, whatever the label says, or a reason."""

from __future__ import annotations

import base64
import gzip
import io
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.reader.client import Reader
from app.reader.errors import BrokenFile, FileRefused, NotAccepted, ReaderFailed, TooHeavy
from app.reader.values import Embedded
from sync.service.demo.papers import long_pdf
from tests.app.reader.cda_files import NAMESPACES, cda, file_body, media, opened, section, structured

if TYPE_CHECKING:
    from collections.abc import Iterator

PDF = long_pdf(3)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One real reader process for the module."""
    with Reader() as one:
        yield one


def png(wide: int = 40, high: int = 30) -> bytes:
    """Draw a small picture."""
    sink = io.BytesIO()
    Image.new("RGB", (wide, high), "navy").save(sink, "PNG")
    return sink.getvalue()


def test_level_1_shows_the_pages_of_its_file(reader: Reader) -> None:
    """The header's facts, the file's pages, their words and pictures."""
    seen = reader.open(cda(file_body(PDF)))
    assert (seen.title, seen.pages, seen.drawn_pages, seen.sections) == ("Prise de sang", 3, 0, ())
    assert seen.embedded == (Embedded("application/pdf", len(PDF)),)
    assert reader.page_text(0).strip()
    assert reader.page(2, 200).width == 200
    assert reader.page_png(1, 200).startswith(b"\x89PNG")
    assert reader.embedded(0) == PDF


def test_a_heavy_file_inside_opens(reader: Reader) -> None:
    """20 MB of PDF: far over what the XML parser takes as one text."""
    heavy = long_pdf(8, bytes_a_page=2_500_000)
    assert len(heavy) > 18_000_000
    began = time.perf_counter()
    seen = reader.open(cda(file_body(heavy)))
    assert time.perf_counter() - began < 15
    assert seen.pages == 8
    assert reader.embedded(0) == heavy


def test_base64_cut_into_lines_or_wrapped_in_cdata_is_the_same_file() -> None:
    """As mail programs and XML programs write it."""
    whole = base64.b64encode(PDF).decode()
    cut = base64.encodebytes(PDF).decode()
    for words in (cut, f"<![CDATA[{whole}]]>", f"<!-- la copie -->{whole}", f"\n\t{whole}\n"):
        body = f'<component><nonXMLBody><text representation="B64">{words}</text></nonXMLBody></component>'
        assert opened(cda(body)).embedded(0) == PDF


def test_the_label_is_not_believed() -> None:
    """A picture that calls itself PDF is a picture, and the reverse."""
    assert opened(cda(file_body(png(), "application/pdf"))).opened.embedded[0].media_type == "image/png"
    assert opened(cda(file_body(PDF, "image/jpeg"))).opened.pages == 3


def test_a_file_without_label_or_representation_is_still_found() -> None:
    """Some programs forget one or the other."""
    words = base64.b64encode(PDF).decode()
    for label in ("", 'mediaType="application/pdf"', 'representation="B64"'):
        body = f"<component><nonXMLBody><text {label}>{words}</text></nonXMLBody></component>"
        assert opened(cda(body)).opened.pages == 3


@pytest.mark.parametrize("packing", ["DF", "ZL", "GZ"])
def test_a_packed_file_is_unpacked(packing: str) -> None:
    """CDA allows deflate, zlib and gzip."""
    packed = {"DF": zlib.compress(PDF)[2:-4], "ZL": zlib.compress(PDF), "GZ": gzip.compress(PDF)}[packing]
    body = file_body(packed).replace("representation", f'compression="{packing}" representation')
    assert opened(cda(body)).embedded(0) == PDF


def test_a_packed_bomb_is_refused() -> None:
    """A thousand times its size."""
    bomb = zlib.compress(b" " * 100_000_000, 1)
    body = file_body(bomb).replace("representation", 'compression="ZL" representation')
    with pytest.raises(TooHeavy):
        opened(cda(body))


def test_a_text_or_rtf_inside_is_read_as_words() -> None:
    """Its paragraphs become the document's."""
    for data, kind in (
        ("Bonjour\n\nÀ bientôt".encode(), "text/plain"),
        (rb"{\rtf1\ansi Bonjour\par}", "text/rtf"),
    ):
        seen = opened(cda(file_body(data, kind))).opened
        assert "Bonjour" in seen.sections[0].text
        assert seen.pages == seen.drawn_pages == 1


def test_plain_words_without_base64_are_read() -> None:
    """The simplest body there is."""
    for label in ("", 'mediaType="text/plain"'):
        body = f"<component><nonXMLBody><text {label}>Tout va bien</text></nonXMLBody></component>"
        assert opened(cda(body)).opened.text == "Tout va bien"


def test_the_rest_of_a_file_is_no_text_to_read() -> None:
    """Base64 that lost its way is refused, not shown."""
    with pytest.raises(BrokenFile):
        opened(cda(file_body(base64.b64encode(b"bonjour" * 50), "application/pdf")))


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (PDF[: len(PDF) // 2], BrokenFile),
        (png()[:60], BrokenFile),
        (b"PK\x03\x04" + b"\x00" * 60, NotAccepted),
        (f"<?xml version='1.0'?><ClinicalDocument {NAMESPACES}/>".encode(), NotAccepted),
        (b"<html><body>bonjour</body></html>", NotAccepted),
    ],
)
def test_a_body_that_does_not_open_is_refused_for_what_it_is(data: bytes, refused: type[FileRefused]) -> None:
    """The file inside is all there is to see."""
    with pytest.raises(refused):
        opened(cda(file_body(data)))


@pytest.mark.parametrize("words", ["", "   ", "!!!!", "A"])
def test_a_body_without_a_file_still_says_its_header(words: str) -> None:
    """Nothing to show is said, not hidden."""
    body = f'<component><nonXMLBody><text mediaType="application/pdf" representation="B64">{words}</text>'
    seen = opened(cda(body + "</nonXMLBody></component>")).opened
    assert seen.title == "Prise de sang"
    assert "no-readable-text" in seen.notices


def test_a_body_that_points_elsewhere_fetches_nothing() -> None:
    """A reference is no file, and nothing is looked up."""
    body = '<component><nonXMLBody><text mediaType="application/pdf"><reference value="http://127.0.0.1:1/a.pdf"/>'
    assert "no-readable-text" in opened(cda(body + "</text></nonXMLBody></component>")).opened.notices


def test_level_3_shows_its_words_then_its_files() -> None:
    """Words set in large print, then the copies, in their order."""
    one = section(
        '<renderMultiMedia referencedObject="a b"/>',
        "Copies",
        media("a", PDF) + media("b", png(), "image/png"),
    )
    document = opened(cda(structured(section("Tout va bien"), one)))
    seen = document.opened
    assert (seen.pages, seen.drawn_pages) == (5, 1)
    assert seen.sections[1].text == "Document joint : 3 pages, à la suite\n\nImage jointe, à la suite"
    assert [(file.media_type, file.title) for file in seen.embedded] == [
        ("application/pdf", "Copies"),
        ("image/png", "Copies"),
    ]
    assert "Tout va bien" in document.pages.text(0)
    assert document.pages.draw(4, 20).width == 20


def test_a_copy_that_does_not_open_leaves_the_words() -> None:
    """One bad attachment does not take the letter away."""
    one = section('<renderMultiMedia referencedObject="a"/>', "Copie", media("a", PDF[:500]))
    seen = opened(cda(structured(section("Tout va bien"), one))).opened
    assert seen.sections[0].text == "Tout va bien"
    assert seen.notices == ("embedded-not-shown",)
    assert seen.pages == seen.drawn_pages == 1


def test_a_picture_that_is_named_and_is_not_there_says_nothing() -> None:
    """No empty promise."""
    assert (
        opened(cda(structured(section('Fin<renderMultiMedia referencedObject="x"/>')))).opened.text
        == "Résultats\n\nFin"
    )


def test_a_script_in_an_inner_file_is_told() -> None:
    """The notice of the PDF becomes the document's."""
    import pikepdf

    sink = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.save(sink)
    assert opened(cda(file_body(sink.getvalue()))).opened.notices == ("script-not-run",)


def test_two_hundred_copies_open_and_more_are_refused() -> None:
    """An honest folder, and a flood."""
    assert (
        opened(cda(structured(section("x", "Copies", media("a", png(), "image/png") * 200)))).opened.pages
        == 201
    )
    with pytest.raises(FileRefused):
        opened(cda(structured(section("x", "Copies", media("a", png(), "image/png") * 201))))


def test_an_inner_file_that_is_not_there_is_not_handed_out() -> None:
    """By a wrong number."""
    document = opened(cda(file_body(PDF)))
    for number in (-1, 1):
        with pytest.raises(ReaderFailed):
            document.embedded(number)
