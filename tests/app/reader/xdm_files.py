"""XDM sets made up for the tests, as software of professionals writes them, and ZIPs built to harm."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from tests.app.reader import cda_files

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = "IHE_XDM/SUBSET01/"
LETTER = cda_files.cda(
    cda_files.structured(cda_files.section("<paragraph>Hémoglobine 12,5 g/dL</paragraph>", title="Résultats"))
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A document to be sent: what is announced may be untrue."""

    name: str
    data: bytes
    title: str = "Prise de sang"
    code: str = "11502-2"
    media_type: str = "text/xml"
    size: int | None = None
    digest: str | None = None
    patient: str = "DURAND"
    birth: str = "19520814"
    is_there: bool = True


def slot(name: str, *values: str) -> str:
    """Write a slot."""
    inside = "".join(f"<rim:Value>{value}</rim:Value>" for value in values)
    return f'<rim:Slot name="{name}"><rim:ValueList>{inside}</rim:ValueList></rim:Slot>'


def named(words: str) -> str:
    """Write a name."""
    return f'<rim:Name><rim:LocalizedString value={quoteattr(words)} xml:lang="fr-FR"/></rim:Name>'


def author(scheme: str) -> str:
    """Write who wrote it, and where."""
    person = slot("authorPerson", "801234567897^LEFÈVRE^Paul^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS")
    place = slot(
        "authorInstitution", "Laboratoire du Marché^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1750"
    )
    return (
        f'<rim:Classification classificationScheme="{scheme}" classifiedObject="x" '
        f'nodeRepresentation="">{place}{person}</rim:Classification>'
    )


def announced(sent: Sent, number: int) -> str:
    """Write the entry of one document."""
    digest = hashlib.sha1(sent.data, usedforsecurity=False).hexdigest()
    kind = (
        '<rim:Classification classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983" '
        f'classifiedObject="x" nodeRepresentation="{sent.code}">{named("Un type")}</rim:Classification>'
    )
    return (
        f'<rim:ExtrinsicObject id="d{number}" mimeType="{sent.media_type}" '
        'objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
        + slot("creationTime", "20261103093000")
        + slot("languageCode", "fr-FR")
        + slot("hash", digest if sent.digest is None else sent.digest)
        + slot("size", str(len(sent.data) if sent.size is None else sent.size))
        + slot("URI", sent.name)
        + slot("sourcePatientId", "252087599999933^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH")
        + slot(
            "sourcePatientInfo",
            f"PID-5|{sent.patient}^JEANNE MARIE^^^^^L",
            f"PID-7|{sent.birth}",
            "PID-8|F",
        )
        + named(sent.title)
        + author("urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d")
        + kind
        + "</rim:ExtrinsicObject>"
    )


def metadata(*documents: Sent, title: str = "Envoi du laboratoire") -> bytes:
    """Write METADATA.XML."""
    package = (
        '<rim:RegistryPackage id="set">'
        + slot("submissionTime", "20261103100000")
        + named(title)
        + author("urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d")
        + "</rim:RegistryPackage>"
    )
    objects = "".join(announced(sent, number) for number, sent in enumerate(documents, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
        'xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>'
        f"{package}{objects}</rim:RegistryObjectList></lcm:SubmitObjectsRequest>"
    ).encode()


def xdm(*documents: Sent, told: bytes | None = None, more: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """Pack a set; a letter of a laboratory when none is given."""
    documents = documents or (Sent("DOC00001.XML", LETTER),)
    there = [(FOLDER + sent.name, sent.data) for sent in documents if sent.is_there]
    return packed(
        ("INDEX.HTM", b"<html><body>Envoi</body></html>"),
        ("README.TXT", b"Lot de documents"),
        (FOLDER + "METADATA.XML", metadata(*documents) if told is None else told),
        *there,
        *more,
    )


def packed(*members: tuple[str, bytes]) -> bytes:
    """Pack files as they are."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in members:
            box.writestr(zipfile.ZipInfo(name, (2026, 11, 3, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


# -- ZIPs written by hand, where a library would refuse to lie ---------------------------------------------


@dataclass(slots=True)
class Raw:
    """A member, each of its fields free; ``start`` None stands where it is written."""

    name: bytes
    packed: bytes = b""
    size: int = 0
    checksum: int = 0
    method: int = 8
    flags: int = 0
    external: int = 0
    start: int | None = None
    local_name: bytes | None = None
    packed_size: int | None = None
    system: int = 3


def deflated(name: bytes, data: bytes, level: int = 9) -> Raw:
    """Make an honest member."""
    press = zlib.compressobj(level, wbits=-15)
    return Raw(name, press.compress(data) + press.flush(), len(data), zlib.crc32(data))


def honest(*more: Raw) -> list[Raw]:
    """Return the members of a good set, and others."""
    told = metadata(Sent("DOC00001.XML", LETTER))
    return [
        deflated(FOLDER.encode() + b"METADATA.XML", told),
        deflated(FOLDER.encode() + b"DOC00001.XML", LETTER),
        *more,
    ]


def written(
    members: list[Raw], *, before: bytes = b"", after: bytes = b"", count: int | None = None
) -> bytes:
    """Write a ZIP field by field."""
    data, entries = before, b""
    for one in members:
        start = len(data)
        name = one.name if one.local_name is None else one.local_name
        size = len(one.packed) if one.packed_size is None else one.packed_size
        if one.start is None:
            data += struct.pack(
                "<4s5H3L2H", b"PK\x03\x04", 20, one.flags, one.method, 0, 33, one.checksum, size, one.size,
                len(name), 0,
            )  # fmt: skip
            data += name + one.packed
        place = start if one.start is None else one.start
        entries += struct.pack(
            "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, one.system, 20, 0, one.flags, one.method, 0, 33,
            one.checksum, size, one.size, len(one.name), 0, 0, 0, 0, one.external, place,
        ) + one.name  # fmt: skip
    said = len(members) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, said, said, len(entries), len(data), 0)
    return data + entries + end + after
