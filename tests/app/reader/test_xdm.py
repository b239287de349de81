"""XDM sets are shown as one document; what is untrue in one is said, what is dangerous is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from app import intake
from app.reader.client import Reader
from app.reader.errors import BrokenFile, CannotShrink, FileRefused, NotAccepted, ReaderFailed, UnsafeXml
from app.reader.server import open_document
from app.reader.sniffing import kind_of
from app.reader.values import Kind, Limits, Notice, Opened
from app.reader.xdm import XdmDocument
from tests.app.reader import dicom_files, strange, xdm_files
from tests.app.reader.xdm_files import FOLDER, LETTER, Sent, packed, xdm
from ui.messages import kind_name

if TYPE_CHECKING:
    from pathlib import Path

COPY = Sent("DOC00002.PDF", strange.pdf(2), title="Copie", media_type="application/pdf")
SCAN = Sent("IMG1.PNG", strange.saved(strange.sheet(), "PNG"), title="Photo", media_type="image/png")


def document(data: bytes) -> XdmDocument:
    """Open a set in this process."""
    assert kind_of(data) is Kind.XDM
    opened = open_document(data, Limits())
    assert isinstance(opened, XdmDocument)
    return opened


def opened(*documents: Sent) -> Opened:
    """Open a set of these."""
    return document(xdm(*documents)).opened


def states(told: Opened) -> list[str]:
    """Return the lines of the list of contents."""
    return told.sections[0].text.splitlines()[1:]


def test_one_letter_is_shown_as_itself() -> None:
    """The usual set: one CDA, whose own words are what is read."""
    told = opened()
    assert (told.kind, told.title, told.kind_label) == (
        Kind.XDM,
        "Prise de sang",
        "CR d'examens biologiques",
    )
    assert (told.date, told.author, told.custodian) == (
        "2026-11-03",
        "Paul LEFÈVRE",
        "Laboratoire du Marché",
    )
    assert told.patient is not None
    assert (told.patient.ins, told.patient.birth_date) == ("252087599999933", "1952-08-14")
    assert [section.title for section in told.sections] == ["Résultats"]
    assert told.pages == told.drawn_pages == 1
    assert told.notices == ()


def test_several_parts_are_listed_and_follow_each_other() -> None:
    """The contents first, the words under each title, then pages that are pictures."""
    told = document(xdm(Sent("DOC00001.XML", LETTER), COPY, SCAN))
    assert [section.title for section in told.opened.sections] == [
        "Ce que contient cet envoi",
        "Prise de sang",
        "Résultats",
        "Copie, page 1",
        "Copie, page 2",
    ]
    assert told.opened.title == "Envoi du laboratoire"
    assert (told.opened.pages, told.opened.drawn_pages) == (4, 0)  # nothing is left out of what is turned
    assert "Hémoglobine" in told.pages.text(0)
    assert "Page 2 sur 2" in told.pages.text(2)
    assert told.pages.draw(told.opened.pages - 1, 200).width == 200
    assert [one.media_type for one in told.opened.embedded] == ["text/xml", "application/pdf", "image/png"]
    assert told.embedded(1) == COPY.data


@pytest.mark.parametrize(
    ("sent", "words", "notice"),
    [
        (Sent("A.XML", LETTER, digest="00" * 20), "Modifié depuis l’envoi", Notice.PART_ALTERED),
        (Sent("A.XML", LETTER, size=12), "Modifié depuis l’envoi", Notice.PART_ALTERED),
        (Sent("A.XML", LETTER, is_there=False), "Absent de l’envoi", Notice.PART_MISSING),
        (Sent("A.XML", b"MZ\x90\x00" + bytes(90)), "Ne peut pas être montré", Notice.EMBEDDED_NOT_SHOWN),
        (Sent("A.ZIP", xdm()), "Ne peut pas être montré", Notice.EMBEDDED_NOT_SHOWN),
        (Sent("A.PDF", strange.locked(user="x")), "Ne peut pas être montré", Notice.EMBEDDED_NOT_SHOWN),
        (Sent("../../A.XML", LETTER, is_there=False), "Absent de l’envoi", Notice.PART_MISSING),
    ],
    ids=["other digest", "other size", "missing", "program", "archive", "locked", "above"],
)
def test_what_is_wrong_with_a_part_is_said_beside_it(sent: Sent, words: str, notice: Notice) -> None:
    """The other part is shown all the same."""
    told = opened(COPY, sent)
    assert words in states(told)[1]
    assert "À savoir" not in states(told)[0]
    assert notice in told.notices
    assert (told.pages, told.drawn_pages) == (3, 0)


def test_a_damaged_part_alone_is_said() -> None:
    """One part needs no list of contents unless something is wrong with it."""
    told = opened(Sent("A.XML", LETTER, digest="ff" * 20))
    assert told.sections[0].title == "Ce que contient cet envoi"


def test_a_digest_in_capitals_and_an_absent_one_are_no_difference() -> None:
    """Programs write hexadecimal both ways."""
    digest = hashlib.sha1(LETTER, usedforsecurity=False).hexdigest().upper()
    assert opened(Sent("A.XML", LETTER, digest=digest)).notices == ()
    assert opened(Sent("A.XML", LETTER, digest="")).notices == ()


def test_another_person_in_one_part_is_said() -> None:
    """The list says 1960, the CDA 1952."""
    assert Notice.PERSONS_DIFFER in opened(Sent("A.XML", LETTER, birth="19600101")).notices


def test_names_compare_in_any_case_and_a_folder_around_is_no_matter() -> None:
    """Media written by other systems, or packed again by hand."""
    told = xdm_files.metadata(Sent("doc00001.xml", LETTER))
    data = packed(
        ("Envoi/ihe_xdm/Subset01/metadata.xml", told), ("Envoi/ihe_xdm/Subset01/DOC00001.XML", LETTER)
    )
    assert document(data).opened.sections[0].title == "Résultats"


def test_two_submission_sets_are_one_document() -> None:
    """A medium may hold several."""
    other = "IHE_XDM/SUBSET02/"
    more = [(other + "METADATA.XML", xdm_files.metadata(COPY)), (other + COPY.name, COPY.data)]
    assert len(document(xdm(more=more)).opened.embedded) == 2


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (b"<a", BrokenFile),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', UnsafeXml),
        (b"<a/>", BrokenFile),
        (b"", BrokenFile),
    ],
)
def test_a_list_that_cannot_be_read_refuses_the_set(told: bytes, fault: type[FileRefused]) -> None:
    """Without it nobody knows what is what."""
    with pytest.raises(fault):
        document(xdm(told=told))


def test_a_set_is_read_and_not_filed() -> None:
    """Neither rewritten."""
    told = document(xdm())
    with pytest.raises(NotAccepted):
        told.check_for_filing()
    with pytest.raises(CannotShrink):
        told.shrink(10)
    for number in (-1, 9):
        with pytest.raises(ReaderFailed):
            told.embedded(number)


@pytest.mark.parametrize(("data", "kind"), [(xdm(), "xdm"), (dicom_files.radiograph(), "dicom")])
def test_at_the_door_what_is_only_read_is_named(data: bytes, kind: str) -> None:
    """Someone who brings a set or a radiograph for filing is told what it is."""
    with Reader() as reader, pytest.raises(NotAccepted) as refused:
        intake.check(reader, data, "fichier", known=lambda _: False)
    assert refused.value.fields == {"kind": kind}
    assert kind_name(kind) != kind_name("unknown")


def test_an_archive_without_a_list_is_still_an_archive() -> None:
    """Its sentence says to take the files out."""
    with pytest.raises(NotAccepted) as refused:
        kind_of(packed((FOLDER + "DOC00001.XML", LETTER)))
    assert refused.value.fields == {"kind": "zip"}


def test_a_uri_in_pieces_is_put_together() -> None:
    """A slot's value holds 128 letters."""
    name = "D" * 150 + ".XML"
    told = xdm_files.metadata(Sent("HERE", LETTER)).replace(
        b"<rim:Value>HERE</rim:Value>",
        f"<rim:Value>2|{name[120:]}</rim:Value><rim:Value>1|{name[:120]}</rim:Value>".encode(),
    )
    assert document(packed((FOLDER + "METADATA.XML", told), (FOLDER + name, LETTER))).opened.notices == ()


def test_every_sample_travels_in_a_set(samples: Path) -> None:
    """Each public CDA is found again in its set, and its title is the list's."""
    for path in sorted((samples / "cda").glob("*.xml"))[:6]:
        data = path.read_bytes()
        told = document(xdm(Sent("DOC00001.XML", data, title=path.stem), COPY))
        assert told.embedded(0) == data
        assert told.opened.embedded[0].title == path.stem
