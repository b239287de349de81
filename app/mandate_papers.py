"""The code on a mandate's paper: it proves the text without a network, and to who knows the PC's key.

Decisions:

- The code holds **everything the text is made of** (template, names, scopes, actions, dates) and the text's
  SHA-256. So whoever reads it writes the whole text again, letter by letter, and shows it beside the
  paper: what was changed by pen is seen, what was changed in the code does not verify.
- The enrolled PC **signs** it (Ed25519). The signature is looked at before anything is believed. A key is
  known by the PC's id (``Knowing``); there is no key inside the code: it would vouch for itself.
- Ids of the person, the organization and the service are **marks** (the first bytes of a SHA-256): enough
  to say « someone else's » or « of another place », nothing to look anyone up with. Names and birth date
  stand on the paper anyway.
- Base32 in the QR's alphanumeric mode (ISO/IEC 18004 §7.4.4): its letters are no one's to mistake, any reader
  reads it, a scanner that types can type it. Some 480 characters, error level Q: a quarter may be lost.
- A paper cannot know that it was revoked: that is said by the person's records where they are open
  (``ended``), and by the service.

::

    code      = "TANDEM-M1:" base32(body ‖ signature (64))
    body      = "TM" version 01 · id(mandate) · id(device) · sha-256 of the text (32)
                scopes (2) actions (1) duration (1) signing (1) start (4) end (4) quarters from UTC (1, 1)
                mark of patient (12) · organization (8) · service (8)
                text(template) text(patient) text(birth date) text(adviser) text(organization)
    id        = 00 uuid (16) | length (1) UTF-8          text = length (2, big-endian) UTF-8
"""

from __future__ import annotations

import base64
import hashlib
import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.codes.mandate_texts import MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.errors import PersonCanAct

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "PREFIX",
    "Checked",
    "Here",
    "KnownPc",
    "PaperDamaged",
    "PaperNotAMandate",
    "PaperTooNew",
    "Proof",
    "Signer",
    "Verdict",
    "check",
    "code_of",
    "mark_of",
    "number_of",
    "proof_of",
    "read_code",
    "same_number",
]

PREFIX = "TANDEM-M1:"
LONGEST = 4000
_MAGIC = b"TM"
_VERSION = 1
_SIGNED = b"tandem mandate paper 1\0"
_SIGNATURE, _SHA256, _UUID = 64, 32, 16
_MARKS = (12, 8, 8)
_FACTS = struct.Struct(">HBBBIIbb")
_SCOPES, _ACTIONS, _DURATIONS, _MODES = list(Scope), list(Action), list(Duration), list(SigningMode)
_QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = 12
"""Letters of the short number that a person can read out: 60 bits of the text's SHA-256."""


class PaperNotAMandate(PersonCanAct):
    """The code that was shown is no mandate's: another paper's, a medicine's, a slip's."""

    code: ClassVar[str] = "mandate-paper-not-a-mandate"


class PaperDamaged(PersonCanAct):
    """It begins as a mandate's code and is cut or spoiled."""

    code: ClassVar[str] = "mandate-paper-damaged"


class PaperTooNew(PersonCanAct):
    """A later version of the program made it (``version``)."""

    code: ClassVar[str] = "mandate-paper-too-new"


class Verdict(StrEnum):
    """What can be said of a mandate's paper without asking anyone."""

    RUNNING = "running"
    NOT_BEGUN = "not-begun"
    EXPIRED = "expired"
    REVOKED = "revoked"
    EDITED = "edited"
    SOMEONE_ELSES = "someone-elses"
    OTHER_SERVICE = "other-service"
    OTHER_ORGANIZATION = "other-organization"
    UNKNOWN_PC = "unknown-pc"
    PC_LEFT_BEFORE = "pc-left-before"
    UNKNOWN_TEMPLATE = "unknown-template"


class Signer(Protocol):
    """The enrolled PC: its id, the service it belongs to, its signature."""

    @property
    def device_id(self) -> str:
        """The PC's id at the service."""

    @property
    def service_mark(self) -> bytes:
        """``mark_of`` the service's public key."""

    def sign(self, data: bytes) -> bytes:
        """Sign with the PC's Ed25519 key."""


@dataclass(frozen=True, slots=True)
class KnownPc:
    """A PC whose key is known: enrolled at our service, until ``left`` where it was taken out."""

    public_key: bytes
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a mandate's code says; nothing of it is believed before ``check``."""

    mandate_id: str
    device_id: str
    text_sha256: str
    template_id: str
    facts: MandateFacts
    signing_mode: SigningMode
    zones: tuple[timedelta, timedelta]
    marks: tuple[bytes, bytes, bytes]
    body: bytes = b""
    signature: bytes = b""

    @property
    def text(self) -> str | None:
        """The text, written again; ``None`` for a template of a later version."""
        try:
            return fill(self.template_id, self.facts, zones=self.zones)
        except KeyError:
            return None


@dataclass(frozen=True, slots=True)
class Here:
    """Where and for whom a paper is looked at; ``patient_id`` is "" where nobody's space is open.

    ``ended`` says when a mandate was ended early, as far as the open records know.
    """

    service_mark: bytes
    organization_id: str = ""
    patient_id: str = ""
    ended: Callable[[str], datetime | None] = lambda _mandate_id: None


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict, what the paper says, and the text that must stand on it, letter by letter."""

    verdict: Verdict
    proof: Proof
    text: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether what the paper says is what was agreed to, running or not."""
        return self.verdict in _WHOLE


_WHOLE = frozenset({Verdict.RUNNING, Verdict.NOT_BEGUN, Verdict.EXPIRED, Verdict.REVOKED})


def mark_of(value: bytes | str, size: int = 8) -> bytes:
    """Return the mark of an id or a key."""
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).digest()[:size]


def number_of(text_sha256: str) -> str:
    """Return the short number of a mandate, in groups to be read out: ``K3QF-7M2A-XD4B``."""
    letters = base64.b32encode(bytes.fromhex(text_sha256)).decode()[:NUMBER]
    return "-".join(letters[at : at + 4] for at in range(0, NUMBER, 4))


def same_number(typed: str, text_sha256: str) -> bool:
    """Say whether someone typed this mandate's number; small letters and gaps do not matter.

    Base32 has no 0, 1 nor 8: they were read for O, I and B.
    """
    letters = "".join(each for each in typed.upper() if each.isalnum())
    return letters.translate(str.maketrans("018", "OIB")) == number_of(text_sha256).replace("-", "")


def proof_of(
    mandate_id: str,
    facts: MandateFacts,
    template_id: str,
    text_sha256: str,
    signing_mode: SigningMode,
    signer: Signer,
    *,
    patient_id: str,
    organization_id: str,
) -> Proof:
    """Gather what goes into the code of a mandate that this PC vouches for."""
    return Proof(
        mandate_id=mandate_id,
        device_id=signer.device_id,
        text_sha256=text_sha256,
        template_id=template_id,
        facts=facts,
        signing_mode=signing_mode,
        zones=(_zone(facts.start), _zone(facts.end)),
        marks=(mark_of(patient_id, _MARKS[0]), mark_of(organization_id), signer.service_mark),
    )


def code_of(proof: Proof, signer: Signer) -> str:
    """Write the code, signed; ``ValueError`` where a name is too long for a paper."""
    body = _body(proof)
    signed = body + signer.sign(_SIGNED + body)
    code = PREFIX + base64.b32encode(signed).decode().rstrip("=")
    if len(code) > LONGEST:
        raise ValueError("too long for a code on paper")
    return code


def read_code(code: str) -> Proof:
    """Read a code as scanned or typed; raises ``PaperNotAMandate``, ``PaperDamaged``, ``PaperTooNew``."""
    text = "".join(code.split()).upper()
    if not text.startswith(PREFIX.rstrip("1:")):
        raise PaperNotAMandate
    if not text.startswith(PREFIX):
        raise PaperTooNew(version=0)
    letters = text[len(PREFIX) :]
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8)) if len(text) <= LONGEST else b""
    except ValueError as error:
        raise PaperDamaged from error
    try:
        return _read(raw)
    except (ValueError, IndexError, OverflowError, struct.error) as error:
        raise PaperDamaged from error


def check(code: str, here: Here, known: Callable[[str], KnownPc | None], moment: datetime) -> Checked:
    """Say what a mandate's paper is worth at a moment; raises as ``read_code``.

    ``known`` gives the key of a PC of our service by its id.
    """
    proof = read_code(code)
    if proof.marks[2] != here.service_mark:
        return Checked(Verdict.OTHER_SERVICE, proof)
    pc = known(proof.device_id)
    if pc is None:
        return Checked(Verdict.UNKNOWN_PC, proof)
    if not _is_signed(proof, pc):
        return Checked(Verdict.EDITED, proof)
    text = proof.text
    if text is None:
        return Checked(Verdict.UNKNOWN_TEMPLATE, proof)
    lasts = proof.facts.end - proof.facts.start
    if digest(text) != proof.text_sha256 or lasts != proof.facts.duration.length:
        return Checked(Verdict.EDITED, proof)
    return Checked(_standing(proof, pc, here, moment), proof, text)


def _is_signed(proof: Proof, pc: KnownPc) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(pc.public_key)
        key.verify(proof.signature, _SIGNED + proof.body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _standing(proof: Proof, pc: KnownPc, here: Here, moment: datetime) -> Verdict:
    """Say whose and when, of a text that is known to be whole."""
    start, end = proof.facts.start, proof.facts.end
    ended = here.ended(proof.mandate_id)
    said = (
        (here.patient_id and proof.marks[0] != mark_of(here.patient_id, _MARKS[0]), Verdict.SOMEONE_ELSES),
        (
            here.organization_id and proof.marks[1] != mark_of(here.organization_id),
            Verdict.OTHER_ORGANIZATION,
        ),
        (pc.left is not None and pc.left <= start, Verdict.PC_LEFT_BEFORE),
        (ended is not None and ended <= moment and ended < end, Verdict.REVOKED),
        (moment < start, Verdict.NOT_BEGUN),
        (moment >= end, Verdict.EXPIRED),
    )
    return next((verdict for holds, verdict in said if holds), Verdict.RUNNING)


# Writing


def _body(proof: Proof) -> bytes:
    facts = proof.facts
    numbers = _FACTS.pack(
        _bits(facts.scopes, _SCOPES),
        _bits(facts.actions, _ACTIONS),
        _DURATIONS.index(facts.duration),
        _MODES.index(proof.signing_mode),
        _seconds(facts.start),
        _seconds(facts.end),
        *(zone // _QUARTER for zone in proof.zones),
    )
    texts = (proof.template_id, facts.patient, facts.birth_date, facts.adviser, facts.organization)
    return b"".join(
        (
            _MAGIC + bytes([_VERSION]),
            _id(proof.mandate_id),
            _id(proof.device_id),
            bytes.fromhex(proof.text_sha256),
            numbers,
            *proof.marks,
            *map(_text, texts),
        )
    )


def _bits(chosen: frozenset[Scope] | frozenset[Action], order: list[Scope] | list[Action]) -> int:
    return sum(1 << place for place, each in enumerate(order) if each in chosen)


def _seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)


def _zone(moment: datetime) -> timedelta:
    return moment.astimezone().utcoffset() or timedelta()


def _id(text: str) -> bytes:
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = None
    if found is not None and str(found) == text:
        return b"\0" + found.bytes
    raw = text.encode()
    if not 0 < len(raw) <= 64:  # noqa: PLR2004 (an id of FHIR R4)
        raise ValueError("an id has 1 to 64 characters")
    return bytes([len(raw)]) + raw


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


# Reading


class _Cut:
    """Takes fields off the front; ``ValueError`` where they are not there."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, size: int) -> bytes:
        part = self._raw[self._at : self._at + size]
        if len(part) != size:
            raise ValueError("cut")
        self._at += size
        return part

    def id(self) -> str:
        size = self.take(1)[0]
        return str(uuid.UUID(bytes=self.take(_UUID))) if size == 0 else self.take(size).decode()

    def text(self) -> str:
        return self.take(struct.unpack(">H", self.take(2))[0]).decode()

    @property
    def is_over(self) -> bool:
        return self._at == len(self._raw)


def _read(raw: bytes) -> Proof:
    body, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    cut = _Cut(body)
    if cut.take(len(_MAGIC)) != _MAGIC:
        raise ValueError("not ours")
    version = cut.take(1)[0]
    if version != _VERSION:
        raise PaperTooNew(version=version)
    mandate_id, device_id, sha256 = cut.id(), cut.id(), cut.take(_SHA256).hex()
    numbers = _FACTS.unpack(cut.take(_FACTS.size))
    marks = (cut.take(_MARKS[0]), cut.take(_MARKS[1]), cut.take(_MARKS[2]))
    template_id, patient, birth_date, adviser, organization = (cut.text() for _ in range(5))
    if not cut.is_over:
        raise ValueError("longer than it says")
    scopes, actions, duration, mode, start, end, *quarters = numbers
    facts = MandateFacts(
        patient=patient,
        birth_date=birth_date,
        adviser=adviser,
        organization=organization,
        scopes=frozenset(each for place, each in enumerate(_SCOPES) if scopes >> place & 1),
        actions=frozenset(each for place, each in enumerate(_ACTIONS) if actions >> place & 1),
        duration=_DURATIONS[duration],
        start=_EPOCH + timedelta(seconds=start),
        end=_EPOCH + timedelta(seconds=end),
    )
    zones = (quarters[0] * _QUARTER, quarters[1] * _QUARTER)
    return Proof(
        mandate_id, device_id, sha256, template_id, facts, _MODES[mode], zones, marks, body, signature
    )
