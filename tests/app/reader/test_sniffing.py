"""What a file is comes from its bytes; its name is not even asked for."""

from __future__ import annotations

import io
import zipfile

import pytest

from app.reader.errors import NotAccepted
from app.reader.sniffing import kind_of
from app.reader.values import Kind
from tests.app.reader import strange
from ui.messages import kind_name


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (strange.pdf(), Kind.PDF),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", Kind.PDF),
        (b"junk of a server\n" * 20 + strange.pdf(), Kind.PDF),
        (b"%PDF-1.4", Kind.PDF),
        (strange.saved(strange.sheet(20, 20), "JPEG"), Kind.JPEG),
        (strange.saved(strange.sheet(20, 20), "JPEG", comment=b"%PDF-1.4 1 0 obj"), Kind.JPEG),
        (strange.saved(strange.sheet(20, 20), "PNG"), Kind.PNG),
        (strange.saved(strange.sheet(20, 20), "TIFF"), Kind.TIFF),
        (strange.saved(strange.sheet(20, 20), "TIFF", big_tiff=True), Kind.TIFF),
        (b"MM\x00*\x00\x00\x00\x08", Kind.TIFF),
        (rb"{\rtf1 x}", Kind.RTF),
        (b"Un PDF commence par %PDF-1.4, dit-on.", Kind.TEXT),
        (b"< 5 mg par jour", Kind.TEXT),
        ("Été".encode("cp1252"), Kind.TEXT),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_content_says_what_it_is(data: bytes, kind: Kind) -> None:
    """A .pdf that is a JPEG is a JPEG."""
    assert kind_of(data) is kind


def archive(*names: str) -> bytes:
    """Return a ZIP that holds these."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as box:
        for name in names:
            box.writestr(name, "x")
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive("photo.jpg"), "zip"),
        (archive("[Content_Types].xml", "word/document.xml"), "word"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (archive("[Content_Types].xml", "ppt/slides.xml"), "pptx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "word"),
        (strange.saved(strange.sheet(20, 20), "GIF"), "gif"),
        (strange.saved(strange.sheet(20, 20), "BMP"), "picture"),
        (strange.saved(strange.sheet(20, 20), "WEBP"), "webp"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), "heic"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(20), "video"),
        (b"ID3\x04" + bytes(20), "audio"),
        (b"MZ\x90\x00" + bytes(60), "executable"),
        (b"\x7fELF" + bytes(60), "executable"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(60), "zip"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "html"),
        (b"  <html lang=fr>x</html>", "html"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_bring_by_mistake_has_a_name(data: bytes, kind: str) -> None:
    """So that the sentence can say what it is."""
    with pytest.raises(NotAccepted) as refused:
        kind_of(data)
    assert refused.value.fields == {"kind": kind}
    assert kind_name(kind) != kind_name("unknown")
