"""PDF of every maker and every bad one: shown without running anything, or refused for what it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest

from app.reader.client import Reader
from app.reader.errors import (
    BrokenFile,
    EncryptedFile,
    FileRefused,
    PasswordProtected,
    ReaderFailed,
    ScriptInside,
    TooComplex,
)
from app.reader.values import Kind
from sync.service.demo.papers import long_pdf
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GENERATED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


def dark(rgb: bytes) -> int:
    """Count the bytes that ink left."""
    return sum(1 for value in rgb[::31] if value < 128)


def test_a_pdf_is_drawn_and_read_page_by_page(reader: Reader) -> None:
    """Each page has its own picture, as wide as asked, and its own words."""
    opened = reader.open(strange.pdf(3))
    assert (opened.kind, opened.media_type, opened.pages) == (Kind.PDF, "application/pdf", 3)
    assert opened.notices == ()
    picture = reader.page(2, 800)
    assert (picture.width, picture.height) == (800, 1132)
    assert len(picture.rgb) == 800 * 1132 * 3
    assert dark(picture.rgb)
    assert "Page 3 sur 3" in reader.page_text(2)
    assert "Page 1 sur 3" in reader.page_text(0)


def test_the_maker_of_pages_runs_no_script() -> None:
    """PDFium is the one without JavaScript and without XFA."""
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)


def test_what_was_typed_into_a_form_is_read_too(reader: Reader) -> None:
    """Fields, ticked boxes and notes, from top to foot; a hidden note is not on the page."""
    reader.open(strange.pdf_form())
    assert reader.page_text(0).split("\n") == [
        "Nom :",
        "Jeanne MARTIN, née en mai",
        "☑ J'accepte",
        "À rappeler",
    ]


# -- programs -------------------------------------------------------------------------------------------


SCRIPTS: dict[str, Callable[[], bytes]] = {
    "as it opens": lambda: strange.changed(strange.with_open_action),
    "among the names": lambda: strange.changed(strange.with_named_script),
    "in a packed object": lambda: strange.changed(strange.with_named_script, **GENERATED),
    "in a form field": lambda: strange.changed(strange.with_field_script),
    "in a stream, after another action": lambda: strange.changed(strange.with_script_stream),
    "a program of the PC": lambda: strange.changed(strange.with_launch),
    "a film": lambda: strange.changed(strange.with_flash),
    "in the XML of a form": lambda: strange.changed(
        lambda pdf: strange.with_xfa(pdf, b"<template><event><script>x</script></event></template>")
    ),
    "under names with escapes": lambda: (
        strange.changed(strange.with_open_action)
        .replace(b"/JavaScript", b"/J#61vaScript")
        .replace(b"/JS ", b"/#4aS ")
    ),
    "in a later revision": lambda: strange.with_appended_update(
        extra=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    ),
    "with a lock": lambda: strange.changed(
        strange.with_open_action, encryption=pikepdf.Encryption(user="", owner="x", R=6)
    ),
}


@pytest.mark.parametrize("where", SCRIPTS)
def test_a_pdf_with_a_program_is_shown_and_not_filed(reader: Reader, where: str) -> None:
    """Wherever the program hides."""
    opened = reader.open(SCRIPTS[where]())
    assert "script-not-run" in opened.notices
    assert reader.page(0, 300).width == 300
    assert "Lefèvre" in reader.page_text(0)
    with pytest.raises(ScriptInside):
        reader.check_for_filing()


HARMLESS: dict[str, Callable[[], bytes]] = {
    "plain": strange.pdf,
    "fonts and sentences called /JS": lambda: strange.changed(strange.with_suspect_names),
    "the same, packed": lambda: strange.changed(strange.with_suspect_names, **GENERATED),
    "a form whose XML only describes": lambda: strange.changed(
        lambda pdf: strange.with_xfa(pdf, b"<template><field name='nom'/></template>")
    ),
    "an update appended": strange.with_appended_update,
    "linearized": lambda: strange.changed(lambda _: None, linearize=True),
    "packed objects": lambda: strange.changed(lambda _: None, **GENERATED),
    "old": lambda: strange.pdf().replace(b"%PDF-1.3", b"%PDF-1.0"),
    "junk before": lambda: b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + strange.pdf(),
}


@pytest.mark.parametrize("maker", HARMLESS)
def test_a_harmless_pdf_has_no_notice_and_may_be_filed(reader: Reader, maker: str) -> None:
    """A name proves nothing, its place does."""
    opened = reader.open(HARMLESS[maker]())
    assert opened.notices == ()
    assert dark(reader.page(0, 600).rgb)
    reader.check_for_filing()


def test_data_beside_the_pages_is_told_and_may_be_filed(reader: Reader) -> None:
    """A PDF/A-3 carries its data as XML: no program, and never handed out."""
    opened = reader.open(strange.changed(strange.with_attachment))
    assert opened.notices == ("embedded-files",)
    reader.check_for_filing()
    with pytest.raises(ReaderFailed):
        reader.embedded(0)


# -- locks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_pdf_that_wants_a_password_is_refused(reader: Reader, revision: int) -> None:
    """Old locks and new."""
    with pytest.raises(PasswordProtected):
        reader.open(strange.locked(user="secret", revision=revision))


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_pdf_locked_by_its_maker_is_shown_and_not_filed(reader: Reader, revision: int) -> None:
    """It opens without a password, but forbids what others must do with it."""
    opened = reader.open(strange.locked(revision=revision))
    assert opened.notices == ("encrypted",)
    assert "Lefèvre" in reader.page_text(0)
    with pytest.raises(EncryptedFile):
        reader.check_for_filing()


# -- damage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("maker", ["plain", "linearized", "an update appended", "packed objects"])
def test_a_truncated_pdf_is_broken(reader: Reader, maker: str, share: float) -> None:
    """Never shown as if it were whole, not even the revision before."""
    data = HARMLESS[maker]()
    with pytest.raises(BrokenFile):
        reader.open(data[: int(len(data) * share)])


def test_an_end_mark_alone_may_be_missing(reader: Reader) -> None:
    """The table before it says that nothing else is."""
    whole = strange.pdf(2)
    opened = reader.open(whole[: whole.rindex(b"%%EOF")])
    assert (opened.pages, opened.notices) == (2, ())


@pytest.mark.parametrize(
    "tail", [bytes(6000), b"<html>Merci de votre visite</html>" * 200], ids=["zeros", "html"]
)
def test_junk_after_the_end_is_told(reader: Reader, tail: bytes) -> None:
    """What a bad download appends takes nothing away."""
    opened = reader.open(strange.pdf() + tail)
    assert opened.notices == ("repaired",)
    assert "Lefèvre" in reader.page_text(0)
    reader.check_for_filing()


def test_a_wrong_table_of_objects_is_repaired_and_told(reader: Reader) -> None:
    """The person is asked to see whether it is complete."""
    assert reader.open(strange.pdf().replace(b"startxref\n", b"startxref\n9")).notices == ("repaired",)


BROKEN: dict[str, Callable[[], bytes]] = {
    "its first line only": lambda: b"%PDF-1.7\n",
    "no page": strange.pdf_without_pages,
    "a page tree that contains itself": strange.pdf_round_tree,
    "a page tree of 5,000 levels": lambda: strange.pdf_deep_tree(5000),
    "100,000 arrays in one another": lambda: strange.pdf_nested(100_000),
    "pages that are a number": lambda: strange.raw_pdf([b"<< /Type /Catalog /Pages 7 >>"]),
    "no catalog": lambda: strange.raw_pdf([b"null"]),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_pdf_that_makes_no_sense_is_broken(reader: Reader, how: str) -> None:
    """Quickly, and the next one opens."""
    with pytest.raises(BrokenFile):
        reader.open(BROKEN[how]())
    assert reader.open(strange.pdf()).pages == 1


def test_a_font_that_is_not_there_is_replaced(reader: Reader) -> None:
    """A machine without fonts shows the words too."""
    reader.open(strange.pdf_without_fonts())
    assert reader.page_text(0) == "Ordonnance"
    assert dark(reader.page(0, 600).rgb)


# -- bombs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wide", "high"), [(1e6, 1e6), (1e6, 1), (1, 1e6), (0, 0), (1e30, 1e30), (-595, 842), (14_400, 14_400)]
)
def test_a_page_of_any_size_is_drawn_small(reader: Reader, wide: float, high: float) -> None:
    """A picture never has more points than can be shown."""
    reader.open(strange.pdf_of_size(wide, high))
    picture = reader.page(0, 4000)
    assert 0 < picture.width * picture.height <= 40_000_000


@pytest.mark.parametrize("depth", [20, 200])
def test_nesting_that_is_no_bomb_opens(reader: Reader, depth: int) -> None:
    """Some makers nest deeply."""
    assert reader.open(strange.pdf_nested(depth)).pages == 1


BOMBS: dict[str, Callable[[], bytes]] = {
    "a page of 3 GB": lambda: strange.pdf_flat_bomb(3 << 30),
    "packed twice": strange.pdf_bomb,
    "a table of objects of 3 GB": lambda: strange.pdf_object_stream_bomb(3 << 30),
    "a picture of 30 GB": strange.pdf_picture_bomb,
    "an XFA form of 3 GB": lambda: strange.pdf_xfa_bomb(3 << 30),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_the_reader_at_most_its_limits(reader: Reader, bomb: str) -> None:
    """It is refused or shown empty; the next document opens."""
    try:
        reader.open(BOMBS[bomb]())
        reader.page(0, 600)
        reader.check_for_filing()
    except FileRefused as refused:
        assert isinstance(refused, (BrokenFile, TooComplex, ReaderFailed, ScriptInside))  # noqa: PT017  # either way is right
    assert reader.open(strange.pdf()).pages == 1


# -- large ones -----------------------------------------------------------------------------------------


def resident(reader: Reader) -> int:
    """Return the kilobytes that the reader process holds."""
    child = reader._child
    assert child is not None
    status = Path(f"/proc/{child.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found.group(1))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_300_pages_are_drawn_one_at_a_time(reader: Reader) -> None:
    """The last page is there at once, and having seen many holds no more memory than one."""
    assert reader.open(long_pdf(300)).pages == 300
    assert "300" in reader.page_text(299)
    reader.page(299, 1000)
    before = resident(reader)
    for number in range(0, 300, 10):
        reader.page(number, 1000)
    assert resident(reader) < before + 20_000


def test_a_page_that_is_not_there_is_refused(reader: Reader) -> None:
    """Numbers out of range ask for nothing."""
    reader.open(strange.pdf())
    for number in (-1, 1, 10**9):
        with pytest.raises(ReaderFailed):
            reader.page(number, 100)
    assert reader.page(0, 100).width == 100


def test_letters_that_no_encoding_holds_do_not_end_the_reader(reader: Reader) -> None:
    """Titles of broken makers: half a letter, control characters, a name turned around."""
    title = pikepdf.String(b"\xfe\xff\xd8\x3d\x00O\x00\x07\x20\x2e\x00K")

    def named(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo[pikepdf.Name.Title] = title

    opened = reader.open(strange.changed(named))
    assert "\u202e" not in (opened.title or "")
    assert "\x07" not in (opened.title or "")


@pytest.mark.parametrize("inherited", [False, True])
def test_a_page_cut_to_a_place_outside_its_sheet_is_shown_whole(reader: Reader, *, inherited: bool) -> None:
    """As other viewers do: nothing would be left of it."""

    def cut(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page.CropBox = pikepdf.Array([2000, 2000, 2100, 2100])
        if inherited:
            for name in ("/CropBox", "/MediaBox"):
                page.Parent[name] = page[name]
                del page[name]

    reader.open(strange.changed(cut))
    assert "Lefèvre" in reader.page_text(0)
    picture = reader.page(0, 600)
    assert (picture.width, picture.height) == (600, 849)
    assert dark(picture.rgb)
