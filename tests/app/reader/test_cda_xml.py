"""A stranger's XML is refused or read, never believed."""

from __future__ import annotations

import contextlib
import time

import pytest

from app.reader.cda_xml import MAX_DEPTH, MAX_ELEMENTS, children, parse
from app.reader.client import Reader
from app.reader.errors import BrokenFile, FileRefused, NotAccepted, TooComplex, UnsafeXml
from app.reader.values import Kind
from tests.app.reader.cda_files import HEADER, NAMESPACES, cda, narrative, opened

WHOLE = narrative("Tout va bien")
ROOT = b"<ClinicalDocument"


def with_doctype(doctype: str) -> bytes:
    """Put a document type before the root."""
    return WHOLE.replace(ROOT, doctype.encode() + ROOT, 1)


LAUGHS = "<!DOCTYPE lolz [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE ClinicalDocument>",
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % all SYSTEM "http://127.0.0.1:1/x"> %all;]>',
        "<!doctype x>",
        LAUGHS,
        f"<!-- {'x' * 100} --><!DOCTYPE x>",
    ],
)
def test_a_document_type_is_refused_whatever_is_in_it(doctype: str) -> None:
    """No CDA has a document type; with it come entities, files and the network."""
    with pytest.raises(UnsafeXml):
        parse(with_doctype(doctype))


def test_an_entity_without_document_type_is_broken() -> None:
    """Unknown entities are no words."""
    with pytest.raises(BrokenFile):
        parse(narrative("caf&eacute; &secret;"))


def test_a_document_type_in_a_comment_or_in_words_is_no_document_type() -> None:
    """Only what the parser would obey counts."""
    data = narrative("avant <!-- <!DOCTYPE x> --> après <![CDATA[<!DOCTYPE y>]]>")
    assert opened(data).opened.sections[0].text == "avant après <!DOCTYPE y>"


@pytest.mark.parametrize("tag", ["content", "table", "section"])
def test_200_000_nested_elements_are_refused_at_once(tag: str) -> None:
    """Depth is counted before a parser recurses."""
    began = time.perf_counter()
    with pytest.raises(TooComplex):
        parse(narrative(f"<{tag}>" * 200_000 + f"</{tag}>" * 200_000))
    assert time.perf_counter() - began < 2


def test_the_reader_process_lives_through_200_000_nested_elements() -> None:
    """The same, in the real process, which then opens the next document."""
    with Reader() as reader:
        with pytest.raises(TooComplex):
            reader.open(narrative("<list><item>" * 100_000 + "</item></list>" * 100_000))
        assert reader.open(WHOLE).kind is Kind.CDA


def test_nesting_that_never_closes_is_refused() -> None:
    """A file cut inside its nesting."""
    with pytest.raises(FileRefused):
        parse(b'<ClinicalDocument xmlns="urn:hl7-org:v3">' + b"<text>" * 200_000)


def test_the_deepest_allowed_nesting_opens() -> None:
    """Honest documents stay far below."""
    deep = MAX_DEPTH - 10
    data = narrative("<content>" * deep + "au fond" + "</content>" * deep)
    assert opened(data).opened.sections[0].text == "au fond"


def test_nested_tables_and_lists_open_or_are_refused_but_never_crash() -> None:
    """The same depth in the elements that our own code walks by recursion."""
    for before, after in (("<list><item>a", "</item></list>"), ("<table><tr><td>", "</td></tr></table>")):
        times = 40
        assert opened(narrative(before * times + "fond" + after * times)).opened.sections


def test_too_many_elements_are_refused() -> None:
    """A million small elements are no letter."""
    with pytest.raises(TooComplex):
        parse(narrative("<br/>" * (MAX_ELEMENTS + 1)))


def test_very_many_attributes_end_in_a_refusal_or_a_document() -> None:
    """An element with 100,000 attributes."""
    attributes = " ".join(f'a{n}="x"' for n in range(100_000))
    began = time.perf_counter()
    with contextlib.suppress(FileRefused):
        parse(narrative(f"<content {attributes}>x</content>"))
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9, 0.99])
def test_a_truncated_document_is_broken(share: float) -> None:
    """Half a document is refused, not half shown."""
    data = narrative("<paragraph>é</paragraph>" * 200)
    with pytest.raises(BrokenFile):
        parse(data[: int(len(data) * share)])


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?>",
        b"<?xml version='1.0'?><!-- ",
        b"<?xml version='1.0'?><a><![CDATA[",
        b"<?xml version='1.0'?><a b='<'/>",
        b"<a><b></a></b>",
        b"<?" * 1000,
        b"<ClinicalDocument xmlns='urn:hl7-org:v3'>\x00</ClinicalDocument>",
        b"<ClinicalDocument xmlns='urn:hl7-org:v3'>\x01</ClinicalDocument>",
        b"<n:ClinicalDocument/>",
    ],
)
def test_what_is_no_xml_is_broken(data: bytes) -> None:
    """Not well-formed, in many ways."""
    with pytest.raises(BrokenFile):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?><facture><total>12</total></facture>",
        b"<?xml version='1.0'?><ClinicalDocument/>",
        b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v2'/>",
        b"<?xml version='1.0'?><Bundle xmlns='http://hl7.org/fhir'/>",
        b"<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>",
    ],
)
def test_another_xml_is_named_as_such(data: bytes) -> None:
    """Well-formed, but no health document."""
    with pytest.raises(NotAccepted) as refused:
        parse(data)
    assert refused.value.fields == {"kind": "xml"}


def test_the_document_inside_a_style_sheet_is_found_and_the_sheet_is_not_run() -> None:
    """Auto-presenting: the sheet would write other words."""
    inner = WHOLE.decode().partition("?>")[2]
    sheet = (
        '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#"?>'
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        f"<data>{inner}</data><xsl:template match='/'><p>Ne pas montrer</p></xsl:template></xsl:stylesheet>"
    )
    document = opened(sheet.encode())
    assert document.opened.title == "Prise de sang"
    assert document.opened.text == "Résultats\n\nTout va bien"


def test_a_prefix_on_every_element_changes_nothing() -> None:
    """Names count with their namespace, however they are written."""
    data = b'<n:ClinicalDocument xmlns:n="urn:hl7-org:v3"><n:title>Lettre</n:title></n:ClinicalDocument>'
    assert opened(data).opened.title == "Lettre"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso-8859-1", "iso-8859-15",
             "windows-1252", "macintosh", "cp850"]  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_of_this_part_of_the_world_is_read(encoding: str) -> None:
    """Accents come out right."""
    named = "utf-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    text = (
        f'<?xml version="1.0" encoding="{named}"?><ClinicalDocument {NAMESPACES}>{HEADER}</ClinicalDocument>'
    )
    document = opened(text.encode(encoding))
    assert document.opened.author == "Dr Paul LEFÈVRE"
    assert document.opened.custodian == "Hôpital du Parc"


def test_windows_letters_under_a_latin_1_label_are_read() -> None:
    """Programs on Windows write œ and € and call it ISO-8859-1."""
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + narrative("sœur, 12 €").decode().partition("?>")[2]
    assert opened(text.encode("cp1252")).opened.sections[0].text == "sœur, 12 €"


def test_latin_letters_under_a_utf_8_label_are_read() -> None:
    """A wrong label is no reason to refuse a letter."""
    assert opened(narrative("fièvre").decode().encode("latin-1")).opened.sections[0].text == "fièvre"


def test_a_utf_16_label_on_single_bytes_is_not_believed() -> None:
    """The first line was read byte by byte, so it is no UTF-16."""
    text = '<?xml version="1.0" encoding="UTF-16"?>' + narrative("fièvre").decode().partition("?>")[2]
    assert opened(text.encode()).opened.sections[0].text == "fièvre"


@pytest.mark.parametrize("name", ["zlib_codec", "rot13", "unicode_escape", "utf-7", "klingon", "idna"])
def test_an_encoding_that_no_document_has_is_refused(name: str) -> None:
    """The file does not choose among Python's codecs."""
    with pytest.raises(BrokenFile):
        parse(f'<?xml version="1.0" encoding="{name}"?><a/>'.encode())


def test_a_long_narrative_that_is_no_file_stays_words() -> None:
    """Only embedded files are taken out before parsing."""
    words = "mot " * 50_000
    assert len(opened(narrative(words)).opened.sections[0].text) == len(words) - 1


def test_over_ten_million_letters_in_one_text_are_refused() -> None:
    """The parser's own guard stands."""
    with pytest.raises(TooComplex):
        parse(narrative("a" * 10_100_000))


def test_missing_parts_find_nothing_and_raise_nothing() -> None:
    """Paths through what is not there."""
    root = parse(cda(header="")).root
    assert children(root, "author", "assignedAuthor") == []
    assert children(None, "author") == []
