"""The proof of a signed list of accesses: whole, by whose key, when signed; for this PC and for the command.

Decision: no PDF is parsed. The service signs the whole file but for the room of the signature itself, so a
file is what was signed when exactly that holds: one byte range from the first byte to the last, a gap that
is nothing but the signature in hexadecimal, its digest, its key. Whatever a reader would make of the pages,
they are then byte for byte what the service wrote; whatever is appended, however rightly a PDF may be
appended to, is an edit. Untrusted bytes so meet one regular expression and a reader of DER (ours, bounded,
definite lengths only) before their signature holds.

What a file alone cannot prove is whose key it is: for that the key that this PC pinned when it was enrolled
is given (``key``); without it the key's fingerprint is told, to be compared.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import PersonCanAct, WorldFailed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LIMIT", "ListNotTrusted", "ListUnreadable", "Problem", "Verification", "verify", "verify_file"]

LIMIT: Final = 32 * 1024 * 1024
_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
_TRACES = (b"/ByteRange", b"/ETSI.CAdES.detached", b"/DocMDP", b"/SigFlags")
_MOMENT = re.compile(rb"/M\s*\(D(?::|\\072)(\d{14})(?:Z|([+-])(\d{2})'(\d{2}))")
_HEX = re.compile(rb"[0-9a-f]*|[0-9A-F]*")
_MOST_SIGNATURE = 1 << 18
_END = b"%%EOF"
_DIGEST, _TYPE = bytes.fromhex("06092a864886f70d010904"), bytes.fromhex("06092a864886f70d010903")
_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
_SIGNED = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_SHA_256 = bytes.fromhex("300d06096086480165030402010500")
_ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
_ONE = bytes.fromhex("020101")
_SEQUENCE, _SET, _OCTETS, _FIRST = 0x30, 0x31, 0x04, 0xA0


class ListUnreadable(PersonCanAct):
    """The file to verify cannot be opened, or is far too large to be a list."""

    code = "access-list-unreadable"


class ListNotTrusted(WorldFailed):
    """What came as the signed list is not what the service of this PC signed."""

    code = "access-list-not-trusted"


class Problem(StrEnum):
    """What is the matter with a list."""

    NOT_A_PDF = "not-a-pdf"
    NOT_SIGNED = "not-signed"
    CUT = "cut"
    ADDED = "added"
    EDITED = "edited"
    ANOTHER_KEY = "another-key"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. ``key`` is the SHA-256 of the public key, ``signer`` the certificate's name for it."""

    problem: Problem | None
    key: str = ""
    signer: str = ""
    signed: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether it is whole and signed, by the key that was asked for where one was."""
        return self.problem is None


def verify_file(path: Path, key: str | None = None) -> Verification:
    """Verify a file; raises ``ListUnreadable``."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError:
        raise ListUnreadable from None
    if len(data) > LIMIT:
        raise ListUnreadable
    return verify(data, key)


def verify(data: bytes, key: str | None = None) -> Verification:
    """Verify the bytes of a list; ``key`` is the fingerprint of the service's key where it is known."""
    if not data.startswith(b"%PDF-"):
        return Verification(Problem.NOT_A_PDF)
    ranges = list(_RANGE.finditer(data))
    if not ranges:
        return Verification(_without_range(data))
    numbers = [int(each) for each in ranges[-1].groups()]
    problem = _shape(data, numbers)
    if problem is not None:
        return Verification(problem)
    try:
        certificate = _signed_by(data, numbers)
    except Exception:  # noqa: BLE001 - whatever a damaged signature makes a reader raise is the same fact
        return Verification(Problem.EDITED)
    found = _fingerprint(certificate)
    is_theirs = key is None or hmac.compare_digest(found, key)
    return Verification(
        None if is_theirs else Problem.ANOTHER_KEY, found, _called(certificate), _moment(data)
    )


def _without_range(data: bytes) -> Problem:
    """Tell a file that was never signed from one whose signature was cut off or made unreadable."""
    if any(trace in data for trace in _TRACES):
        return Problem.EDITED if _ends(data) else Problem.CUT
    return Problem.NOT_SIGNED if _ends(data) else Problem.CUT


def _ends(data: bytes) -> bool:
    return data[-64:].rstrip().endswith(_END)


def _shape(data: bytes, numbers: list[int]) -> Problem | None:
    """Check that the range is the whole file but for the signature."""
    start, first, second, rest = numbers
    end = second + rest
    if end > len(data):
        return Problem.EDITED if _ends(data) else Problem.CUT
    if end < len(data):
        return Problem.ADDED if _ends(data[:end]) else Problem.EDITED
    is_whole = start == 0 and 0 < first < second and second - first < _MOST_SIGNATURE
    gap = data[first:second]
    if not is_whole or gap[:1] != b"<" or gap[-1:] != b">" or not _HEX.fullmatch(gap[1:-1]):
        return Problem.EDITED
    return None


def _signed_by(data: bytes, numbers: list[int]) -> x509.Certificate:
    """Return the certificate whose key signed the bytes; raises when nothing did."""
    _start, first, second, _rest = numbers
    raw = bytes.fromhex(data[first + 1 : second - 1].decode("ascii"))
    cms = _Der.first(raw)
    if any(raw[len(cms.whole) :]):
        raise ValueError  # what follows is room that was not needed, and nothing else
    certificates, signer = _parts(cms)
    digest = hashlib.sha256(data[:first] + data[second:]).digest()
    attributes = signer[3]
    certificate = _named(certificates, _told(attributes, digest))
    public = certificate.public_key()
    _check_signer(signer, certificate)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError
    # RFC 5652 §5.4: the attributes are signed as a SET.
    public.verify(signer[5].body, bytes([_SET]) + attributes.whole[1:], ec.ECDSA(hashes.SHA256()))
    return certificate


def _parts(cms: _Der) -> tuple[list[_Der], list[_Der]]:
    """Return the certificates and the one signer of a SignedData (RFC 5652 §5.1)."""
    kind, content = cms.inside(_SEQUENCE)
    (signed,) = content.inside(_FIRST)
    version, digests, encapsulated, certificates, signers = signed.inside(_SEQUENCE)
    (algorithm,), (signer,) = digests.inside(_SET), signers.inside(_SET)
    (data,) = encapsulated.inside(_SEQUENCE)
    is_ours = kind.whole == _SIGNED and data.whole == _DATA and version.whole == _ONE
    if not is_ours or algorithm.whole != _SHA_256:
        raise ValueError
    return certificates.inside(_FIRST), signer.inside(_SEQUENCE)


def _check_signer(signer: list[_Der], certificate: x509.Certificate) -> None:
    """Demand of what is not signed itself that it be as the service writes it: nothing may be slipped in."""
    version, named, digest, _attributes, algorithm, signature = signer
    issuer, serial = named.inside(_SEQUENCE)
    is_ours = version.whole == _ONE and digest.whole == _SHA_256 and algorithm.whole == _ECDSA
    is_named = issuer.whole == certificate.issuer.public_bytes() and serial.whole == _integer(certificate)
    if not (is_ours and is_named) or signature.tag != _OCTETS:
        raise ValueError


def _integer(certificate: x509.Certificate) -> bytes:
    number = certificate.serial_number
    body = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([0x02, len(body)]) + body


def _told(attributes: _Der, digest: bytes) -> bytes:
    """Demand the digest of these bytes, once, and that it is of plain data; return the certificate's hash."""
    pairs = [each.inside(_SEQUENCE) for each in attributes.inside(_FIRST)]
    told = {name.whole: values.inside(_SET) for name, values in pairs}
    if len(told) != len(pairs):
        raise ValueError
    (said,), (kind,) = told.get(_DIGEST, []), told.get(_TYPE, [])
    if kind.whole != _DATA or not hmac.compare_digest(said.body, digest):
        raise ValueError
    # ESSCertIDv2 (RFC 5035 §4): the hash, after its algorithm where that is not SHA-256.
    (named,) = told[_CERTIFICATE]
    (certificates,) = named.inside(_SEQUENCE)
    (certificate,) = certificates.inside(_SEQUENCE)
    return next(each for each in certificate.inside(_SEQUENCE) if each.tag == _OCTETS).body


def _named(certificates: list[_Der], digest: bytes) -> x509.Certificate:
    """Return the certificate that the signature names by its hash; no other is read."""
    found = next(each for each in certificates if hashlib.sha256(each.whole).digest() == digest)
    return x509.load_der_x509_certificate(found.whole)


def _fingerprint(certificate: x509.Certificate) -> str:
    public = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(public).hexdigest()


def _called(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    said = str(names[0].value) if names else ""
    return "".join(each for each in said if each.isprintable())[:100]


def _moment(data: bytes) -> datetime | None:
    """Return when it was signed, by the service's clock: it stands among the signed bytes."""
    found = _MOMENT.findall(data)
    if not found:
        return None
    digits, sign, hours, minutes = found[-1]
    try:
        moment = datetime.strptime(digits.decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        return moment.replace(tzinfo=timezone(-away if sign == b"-" else away)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Der:
    """One element of DER (X.690): its tag, what it holds, and all of its bytes."""

    tag: int
    body: bytes
    whole: bytes

    @classmethod
    def first(cls, raw: bytes) -> _Der:
        """Read the first element; ``ValueError`` or ``IndexError`` for what is none."""
        length, head = raw[1], 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= 4:  # noqa: PLR2004 - no length of ours needs more
                raise ValueError
            length, head = int.from_bytes(raw[2 : 2 + size]), 2 + size
        if raw[0] & 0x1F == 0x1F or head + length > len(raw):  # noqa: PLR2004 - a tag of several bytes
            raise ValueError
        return cls(raw[0], raw[head : head + length], raw[: head + length])

    def inside(self, tag: int) -> list[_Der]:
        """Read what an element holds that must have this tag."""
        if self.tag != tag:
            raise ValueError
        found, rest = [], self.body
        while rest:
            each = _Der.first(rest)
            found.append(each)
            rest = rest[len(each.whole) :]
        return found
