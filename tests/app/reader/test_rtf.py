"""RTF: its words in their order, whole; what they do not say is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.reader.client import Reader
from app.reader.errors import BrokenFile, EmptyFile, NotAccepted, ScriptInside
from app.reader.values import Kind
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


PICTURE = r"{\pict\pngblip\picw800 " + strange.saved(strange.noisy(400, 500), "PNG").hex() + "}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"\'c9t\'e9 \'e0 l\'92h\'f4pital, \'9cuvre", "Été à l’hôpital, œuvre"),
        (r"c\u339?ur \u8211? \u8364?", "cœur – €"),
        (r"{\uc2 c\u339xyur}", "cœur"),
        (r"\u-10179?\u-8704? sourire", "😀 sourire"),
        (r"un\par deux\line trois\tab quatre", "un\ndeux\ntrois\tquatre"),
        (r"deux\~mots, \{accolade\} et \\", "deux\xa0mots, {accolade} et \\"),
        (r"\ldblquote oui\rdblquote  \endash  l\rquote un", "“oui” – l’un"),
        (r"{\b gras} {\i pench\'e9} {\cf1 noir}", "gras penché noir"),
        (r"Voir {\field{\*\fldinst PAGE}{\fldrslt 3}} ici", "Voir 3 ici"),
        (r"{\*\generator Riched20;}Bonjour", "Bonjour"),
        (r"{\pntext\f2\'b7\tab}Premier\par {\pntext\f2\'b7\tab}Second", "Premier\nSecond"),
    ],
)
def test_words_are_read_as_they_were_written(reader: Reader, body: str, words: str) -> None:
    """Accents by code page and by number, quotes, lists, fields."""
    opened = reader.open(strange.rtf(body))
    assert (opened.kind, opened.media_type) == (Kind.RTF, "application/rtf")
    assert opened.text == words
    assert opened.notices == ()
    reader.check_for_filing()


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (rb"{\rtf1\mac {\fonttbl{\f0 Arial;}}\'8et\'8e}", "été"),
        (rb"{\rtf1\ansi\ansicpg1250 \'9akoda}", "škoda"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cc\'ee\'f1\'ea\'e2\'e0}", "Москва"),
        (rb"{\rtf1\ansi\ansicpg99999 \'e9t\'e9}", "été"),
        (rb"{\rtf1 \'e9t\'e9}", "été"),
    ],
)
def test_the_code_page_is_the_file_s_own(reader: Reader, start: bytes, words: str) -> None:
    """One that nobody knows is taken for that of Windows."""
    assert reader.open(start).text.strip() == words


def test_cells_of_a_table_stay_apart(reader: Reader) -> None:
    """One row a line."""
    row = r"\trowd\cellx3000\cellx6000 {first}\cell {second}\cell\row "
    table = row.format(first=r"M\'e9dicament", second="Dose") + row.format(
        first=r"Parac\'e9tamol", second="1 g"
    )
    assert reader.open(strange.rtf(table + r"\pard Fin")).text == "Médicament | Dose\nParacétamol | 1 g\nFin"


def test_the_head_of_a_letter_and_its_notes_are_words_too(reader: Reader) -> None:
    """The head names the doctor."""
    text = reader.open(
        strange.rtf(
            r"{\header\pard Docteur Lef\'e8vre\par}{\footerf Pied\par}Corps{\footnote une note} suite"
        )
    ).text
    assert [text.index(words) for words in ("Docteur Lefèvre", "Corps", "une note", "suite")] == sorted(
        text.index(words) for words in ("Docteur Lefèvre", "Corps", "une note", "suite")
    )


def test_hidden_information_of_the_maker_is_not_text(reader: Reader) -> None:
    """Title, author and fonts of the file are no words of the paper."""
    text = reader.open(strange.rtf("Bonjour")).text
    assert text == "Bonjour"


def test_pictures_cost_nothing_and_are_told(reader: Reader) -> None:
    """A picture in an RTF is hexadecimal by the megabyte."""
    opened = reader.open(strange.rtf("Avant " + PICTURE + r" apr\'e8s"))
    assert " ".join(opened.text.split()) == "Avant après"
    assert opened.notices == ("embedded-not-shown",)
    reader.check_for_filing()


def test_raw_bytes_are_stepped_over(reader: Reader) -> None:
    """They may hold braces and words of their own."""
    data = strange.rtf(r"Avant {\pict\pngblip\bin10 @@@@@@@@@@} fin").replace(b"@" * 10, b"}}}\\par{{{")
    assert " ".join(reader.open(data).text.split()) == "Avant fin"


def test_a_file_inside_is_told(reader: Reader) -> None:
    """An Excel sheet in a letter."""
    inside = r"{\object\objemb{\*\objclass Excel.Sheet.8}{\*\objdata " + "0105" * 500 + "}}"
    opened = reader.open(strange.rtf("Avant " + inside + r" apr\'e8s"))
    assert opened.notices == ("embedded-files",)
    reader.check_for_filing()


@pytest.mark.parametrize(
    "inside",
    [
        r"{\field{\*\fldinst DDEAUTO c:\\\\cmd.exe}{\fldrslt x}}",
        r"{\object\objocx{\*\objdata 0105}}",
        r"{\object\objemb\objupdate{\*\objdata 0105}}",
    ],
)
def test_what_a_word_processor_would_run_is_not_filed(reader: Reader, inside: str) -> None:
    """It is shown as words here, and never run."""
    opened = reader.open(strange.rtf("Bonjour " + inside))
    assert "script-not-run" in opened.notices
    with pytest.raises(ScriptInside):
        reader.check_for_filing()


def test_an_rtf_without_words_is_empty(reader: Reader) -> None:
    """One that holds a picture only is told as such."""
    with pytest.raises(EmptyFile):
        reader.open(strange.rtf(""))
    with pytest.raises(NotAccepted) as refused:
        reader.open(strange.rtf(PICTURE))
    assert refused.value.fields == {"kind": "picture"}


@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_a_cut_rtf_is_broken(reader: Reader, share: float) -> None:
    """Also where the cut falls behind a closing brace."""
    data = strange.rtf(r"Un {\b deux} trois {\i quatre} cinq")
    with pytest.raises(BrokenFile):
        reader.open(data[: int(len(data) * share)])
    with pytest.raises(BrokenFile):
        reader.open(data[: data.index(b"deux}") + 5])


def test_junk_after_the_end_takes_nothing_away(reader: Reader) -> None:
    """A line of a mail program."""
    assert reader.open(strange.rtf("Bonjour") + b"\r\n\x00-- envoi\n").text == "Bonjour"


def test_100_000_groups_in_one_another_are_read(reader: Reader) -> None:
    """Nesting costs nothing."""
    assert reader.open(b"{\\rtf1 " + b"{" * 100_000 + b"x" + b"}" * 100_001).text == "x"
