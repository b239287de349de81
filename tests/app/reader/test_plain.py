"""Plain text: in every encoding of this part of the world, for people and never for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.reader.client import Reader
from app.reader.errors import CannotShrink, EmptyFile, NotAccepted, ReaderFailed, TooHeavy
from app.reader.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = "Été à l’hôpital de Nîmes, cœur : 3 € — fait le 3 novembre 2026"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_text_is_read_whatever_its_encoding(reader: Reader, encoding: str) -> None:
    """With or without a mark of what it is."""
    opened = reader.open(WORDS.encode(encoding))
    assert (opened.kind, opened.media_type) == (Kind.TEXT, "text/plain")
    assert opened.text == WORDS
    assert opened.date == "2026-11-03"
    assert reader.page(0, 300).width == 300


def test_line_ends_of_every_system_and_empty_lines_make_paragraphs(reader: Reader) -> None:
    """Windows, Linux, old Macs."""
    opened = reader.open(b"un\r\ndeux\rtrois\n\nquatre\x0ccinq")
    assert [block.as_text for block in opened.sections[0].blocks] == ["un\ndeux\ntrois", "quatre", "cinq"]


def test_a_damaged_letter_does_not_spoil_the_others(reader: Reader) -> None:
    """UTF-8 that was cut in the middle of a letter is still UTF-8."""
    assert reader.open((WORDS + " été").encode()[:-1]).text.startswith(WORDS)


def test_what_drives_a_terminal_is_not_said(reader: Reader) -> None:
    """Control characters and turned names go, words stay."""
    hostile = "bonjour \x1b]0;piège\x07 \x9bmadame \u202eeirétne".encode()
    text = reader.open(hostile + b" " * 900).text
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert "madame" in text


@pytest.mark.parametrize("data", [b" ", b"\n\t \r\n", b"\xef\xbb\xbf", b"\xff\xfe \x00"])
def test_a_text_without_words_is_empty(reader: Reader, data: bytes) -> None:
    """Blanks are nothing to read."""
    with pytest.raises(EmptyFile):
        reader.open(data)


def test_a_file_without_a_byte_is_empty(reader: Reader) -> None:
    """It does not even reach the process."""
    with pytest.raises(EmptyFile):
        reader.open(b"")


@pytest.mark.parametrize("data", [bytes(1000), bytes(range(256)) * 9, b"\x01\x02" * 50, b"abc\x00def"])
def test_bytes_that_are_no_words_are_refused(reader: Reader, data: bytes) -> None:
    """Not shown as a page of signs."""
    with pytest.raises(NotAccepted) as refused:
        reader.open(data)
    assert refused.value.fields == {"kind": "unknown"}


def test_a_very_long_text_is_whole_as_text_and_cut_as_pages(reader: Reader) -> None:
    """And the person is told."""
    opened = reader.open(b"Une ligne de texte.\n" * 100_000)
    assert opened.text.count("ligne") == 100_000
    assert opened.notices == ("drawn-in-part",)
    assert 0 < opened.pages <= 300
    assert reader.page(opened.pages - 1, 100).width == 100


def test_more_words_than_anyone_reads_are_refused_with_both_sizes(reader: Reader) -> None:
    """A log of a machine."""
    with pytest.raises(TooHeavy) as refused:
        reader.open(b"mot " * 8_000_000)
    assert refused.value.fields == {"size": 32_000_000, "limit": 30_000_000}


def test_words_are_filed_as_they_are(reader: Reader) -> None:
    """Nothing in them runs, nothing can be left out, nothing is inside."""
    reader.open(WORDS.encode())
    reader.check_for_filing()
    with pytest.raises(CannotShrink):
        reader.shrink(10)
    with pytest.raises(ReaderFailed):
        reader.embedded(0)


def test_a_text_of_blanks_that_only_unicode_knows_is_empty(reader: Reader) -> None:
    """A blank page would look like a fault of ours."""
    with pytest.raises(EmptyFile):
        reader.open("\ufeff\u00a0\u200b\u202f\n\ufeff\u200e\u2028".encode())


def test_line_ends_of_mainframes_and_of_unicode_part_words(reader: Reader) -> None:
    """Taken away, they would glue two doses together."""
    assert reader.open("1 mg\x852 mg\u20283 mg\u20294 mg".encode()).text == "1 mg\n2 mg\n3 mg\n4 mg"
