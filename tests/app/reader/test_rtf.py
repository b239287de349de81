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


FONTS = (
    rb"{\rtf1\ansi\ansicpg1252\deff0"
    rb"{\fonttbl{\f0 Arial;}{\f1\fnil\fcharset2 Symbol;}{\f2\fcharset2 Odd;}}\f0 "
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (rb"75 {\f1 m}g", "75 µg"),
        (rb"75 {\f1\'6d}g", "75 µg"),
        (rb"75 {\f1\u-3987 ?}g", "75 µg"),
        (rb"75 \u-3987 ?g", "75 µg"),
        (rb'75 {\field{\*\fldinst SYMBOL 109 \\f "Symbol" \\s 10}{\fldrslt\f1\fs20}}g', "75 µg"),
        (rb'75 {\field{\*\fldinst {SYMBOL 109 \\f "Symbol"}}{\fldrslt{\f1 m}}}g', "75 µg"),
        (rb"75 \f1 m\f0 g, 5 \f1 m\plain g", "75 µg, 5 µg"),
        (rb"{\f1\'a3\'b3\'b1\'b4\'b8\'b0\'ac\'ae\'a5\'d6 abW 5}", "≤≥±×÷°←→∞√ αβΩ 5"),
        (rb"{\f1\'bd}{\f2 m}", "\ufffd\ufffd"),
        (rb"{\f1\u956 ?}g", "μg"),
    ],
)
def test_the_letters_of_symbol_are_what_they_look_like(reader: Reader, body: bytes, words: str) -> None:
    """A mu taken for an m is a dose a thousand times too high; an unknown sign is never a letter."""
    assert reader.open(FONTS + body + b"}").text == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"{\deleted 5 mg}{\revised 10 mg}", "10 mg"),
        (r"\deleted 5 \'e9\u233?\tab\deleted0 10", "10"),
        (r"a{\v cach\'e9}b\v c\v0 d", "abd"),
    ],
)
def test_deleted_and_hidden_text_is_not_shown(reader: Reader, body: str, words: str) -> None:
    """The dose that was struck out is no dose."""
    assert reader.open(strange.rtf(body)).text == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"10{\super 9}/L", "10⁹/L"),
        (r"10\super 9\nosupersub /L", "10⁹/L"),
        (r"10{\up6 12}/L \up6 3\up0 4", "10¹²/L ³4"),
        (r"10\super -3\plain  g", "10⁻³ g"),
        (r"1{\super er} 2{\super \'e8me}", "1er 2ème"),
    ],
)
def test_raised_digits_stay_raised(reader: Reader, body: str, words: str) -> None:
    """Never 109/L."""
    assert reader.open(strange.rtf(body)).text == words


def test_the_word_behind_the_code_page_is_read(reader: Reader) -> None:
    """The blank ends the control word, and the next word is no part of it."""
    assert reader.open(rb"{\rtf1\ansi\ansicpg1252 Bonjour}").text == "Bonjour"


def test_many_numbers_are_no_picture(reader: Reader) -> None:
    """A month of blood sugar."""
    numbers = " ".join(str(10 + place % 90) for place in range(100))
    assert reader.open(strange.rtf(numbers + " fin")).text == numbers + " fin"


def test_an_escaped_backslash_begins_no_control_word(reader: Reader) -> None:
    """A path is not raw bytes; nor the end of a cell."""
    assert reader.open(strange.rtf(r"C:\\bin5 dossier C:\\cell")).text == r"C:\bin5 dossier C:\cell"


@pytest.mark.parametrize(
    "body",
    [
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt Docteur\par}}{\shprslt Docteur}}",
        r"{\*\do{\dptxbx{\dptxbxtext Docteur\par}}}",
        r"{\object\objemb{\*\objclass Word}{\*\objdata 01}{\result Docteur}}",
        r"{\upr{Doct?ur}{\*\ud{Docteur}}}",
    ],
)
def test_boxes_and_results_are_words_too(reader: Reader, body: str) -> None:
    """Once, and without their settings."""
    assert reader.open(strange.rtf(body)).text.strip() == "Docteur"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\n  "])
def test_what_stands_before_an_rtf_does_not_matter(reader: Reader, before: bytes) -> None:
    """The mark of an editor, lines of a mail program."""
    opened = reader.open(before + rb"{\rtf1\ansi\ansicpg1252 \'e9t\'e9}")
    assert (opened.kind, opened.text) == (Kind.RTF, "été")
