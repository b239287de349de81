"""The code on a mandate's paper: whole, edited, someone else's, foreign; years later; anything at all."""

from __future__ import annotations

import base64
import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.mandate_papers import (
    PREFIX,
    Here,
    KnownPc,
    PaperDamaged,
    PaperNotAMandate,
    PaperTooNew,
    Verdict,
    check,
    code_of,
    mark_of,
    number_of,
    proof_of,
    read_code,
    same_number,
)

if TYPE_CHECKING:
    from app.mandate_papers import Checked, Proof

START = datetime(2026, 11, 22, 13, 5, 7, tzinfo=UTC)
MANDATE, DEVICE = "0193a1b2-0000-7000-8000-0000000000aa", "0193a1b2-0000-7000-8000-0000000000bb"
PATIENT, ORGANIZATION = "0193a1b2-0000-7000-8000-000000000001", "org-fs-reims"
FACTS = MandateFacts(
    patient="Jeanne Martin",
    birth_date="1952-08-14",
    adviser="Claire Petit",
    organization="France services de Reims « Croix-Rouge »",
    scopes=frozenset({Scope.DOCUMENTS, Scope.WISHES, Scope.ACCOUNT}),
    actions=frozenset({Action.VIEW, Action.PRINT}),
    duration=Duration.MONTH,
    start=START,
    end=START + Duration.MONTH.length,
)


@dataclass
class Pc:
    """An enrolled PC."""

    device_id: str = DEVICE
    service_mark: bytes = mark_of(b"our service's key")
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def sign(self, data: bytes) -> bytes:
        """Sign as the sealer does."""
        return self.key.sign(data)

    @property
    def known(self) -> KnownPc:
        """What another PC knows of it."""
        return KnownPc(self.key.public_key().public_bytes_raw())


PC = Pc()
HERE = Here(PC.service_mark, ORGANIZATION, PATIENT)


def _proof(facts: MandateFacts = FACTS, *, pc: Pc = PC, template: str = CURRENT, text: str = "") -> Proof:
    sha256 = digest(text or fill(CURRENT, facts))
    return proof_of(
        MANDATE,
        facts,
        template,
        sha256,
        SigningMode.ON_PAPER,
        pc,
        patient_id=PATIENT,
        organization_id=ORGANIZATION,
    )


def _code(facts: MandateFacts = FACTS, *, pc: Pc = PC) -> str:
    return code_of(_proof(facts, pc=pc), pc)


def _check(code: str, here: Here = HERE, moment: datetime = START, *, pc: KnownPc | None = None) -> Checked:
    return check(code, here, {DEVICE: pc or PC.known}.get, moment)


def test_a_whole_paper_says_what_was_agreed_to_letter_by_letter() -> None:
    """Read back as it was written, names and hours too, and small enough for a sheet."""
    code = _code()
    checked = _check(code)
    assert checked.verdict is Verdict.RUNNING
    assert checked.is_whole
    assert checked.text == fill(CURRENT, FACTS)
    read = checked.proof
    assert (read.mandate_id, read.device_id, read.facts) == (MANDATE, DEVICE, FACTS)
    assert read.signing_mode is SigningMode.ON_PAPER
    assert len(code) < 560
    made = segno.make_qr(code, error="q")
    assert made.mode == "alphanumeric"
    assert int(made.version) <= 17


def test_the_code_is_read_with_gaps_and_small_letters() -> None:
    """As a scanner types it, or a person copies it."""
    code = _code()
    spoilt = " ".join(code[at : at + 5] for at in range(0, len(code), 5)).lower() + "\n"
    assert _check(spoilt).verdict is Verdict.RUNNING


@pytest.mark.parametrize(
    ("moment", "verdict"),
    [
        (START - timedelta(seconds=1), Verdict.NOT_BEGUN),
        (START, Verdict.RUNNING),
        (FACTS.end - timedelta(seconds=1), Verdict.RUNNING),
        (FACTS.end, Verdict.EXPIRED),
        (FACTS.end + timedelta(days=6 * 365), Verdict.EXPIRED),
    ],
)
def test_it_runs_to_the_second(moment: datetime, verdict: Verdict) -> None:
    """And its text is whole long after."""
    checked = _check(_code(), moment=moment)
    assert (checked.verdict, checked.is_whole) == (verdict, True)
    assert checked.text == fill(CURRENT, FACTS)


@pytest.mark.parametrize(
    "changed",
    [
        {"end": FACTS.end + timedelta(days=300)},
        {"scopes": frozenset(Scope)},
        {"actions": frozenset(Action)},
        {"adviser": "Marc Autre"},
        {"patient": "Jeanne Martin-Durand"},
        {"duration": Duration.YEAR},
    ],
)
def test_one_changed_fact_does_not_verify(changed: dict[str, object]) -> None:
    """Without the PC's key the signature is not its own; with it, the text's hash is not."""
    facts = dataclasses.replace(FACTS, **changed)  # type: ignore[arg-type]  # one field each
    thief = Pc()
    assert _check(_code(facts, pc=thief)).verdict is Verdict.EDITED
    lying = dataclasses.replace(_proof(facts), text_sha256=digest(fill(CURRENT, FACTS)))
    assert _check(code_of(lying, PC)).verdict is Verdict.EDITED


def test_one_changed_letter_of_the_code_never_verifies() -> None:
    """Wherever it stands."""
    code = _code()
    for at in range(len(PREFIX), len(code), 3):
        other = "A" if code[at] != "A" else "B"
        try:
            verdict = _check(code[:at] + other + code[at + 1 :]).verdict
        except (PaperDamaged, PaperTooNew):
            continue
        # The last letter carries two bits that say nothing.
        assert verdict not in {Verdict.RUNNING, Verdict.EXPIRED} or at == len(code) - 1


def test_someone_elses_and_foreign_papers_are_told_apart() -> None:
    """Another person's, another organization's, another service's, an unknown PC's."""
    code = _code()
    assert _check(
        code, dataclasses.replace(HERE, patient_id="0193a1b2-0000-7000-8000-000000000002")
    ).verdict is (Verdict.SOMEONE_ELSES)
    assert _check(code, dataclasses.replace(HERE, organization_id="org-other")).verdict is (
        Verdict.OTHER_ORGANIZATION
    )
    assert _check(code, dataclasses.replace(HERE, service_mark=mark_of(b"another"))).verdict is (
        Verdict.OTHER_SERVICE
    )
    assert check(code, HERE, lambda _device: None, START).verdict is Verdict.UNKNOWN_PC
    # Where nobody's space is open, whose it is stands on the paper.
    assert _check(code, Here(PC.service_mark)).verdict is Verdict.RUNNING


def test_a_pc_that_left_still_vouches_for_what_it_signed_before() -> None:
    """Not for what bears a later date: its key may be in other hands."""
    code = _code()
    later = START + timedelta(days=5)
    assert _check(
        code, moment=later, pc=dataclasses.replace(PC.known, left=START + timedelta(days=1))
    ).verdict is (Verdict.RUNNING)
    assert _check(code, moment=later, pc=dataclasses.replace(PC.known, left=START)).verdict is (
        Verdict.PC_LEFT_BEFORE
    )


def test_a_revocation_that_is_known_here_counts() -> None:
    """A paper cannot know it; the person's records do."""
    ended = dataclasses.replace(HERE, ended={MANDATE: START + timedelta(days=2)}.get)
    assert _check(_code(), ended, START + timedelta(days=3)).verdict is Verdict.REVOKED
    assert _check(_code(), ended, FACTS.end).verdict is Verdict.REVOKED


def test_a_template_of_a_later_version_is_said_so() -> None:
    """Its signature is looked at; its text cannot be written here."""
    code = code_of(_proof(template="mandat-fr-99"), PC)
    assert _check(code).verdict is Verdict.UNKNOWN_TEMPLATE


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("", PaperNotAMandate),
        ("tandem:mandat:olive-chat-moulin-lac-rose", PaperNotAMandate),
        ("01034009301234563210LOT42", PaperNotAMandate),
        ("https://example.org/TANDEM-M1:", PaperNotAMandate),
        ("TANDEM-M2:AAAA", PaperTooNew),
        (PREFIX, PaperDamaged),
        (PREFIX + "AAAA", PaperDamaged),
        (PREFIX + "é" * 40, PaperDamaged),
        (PREFIX + "A" * 100_000, PaperDamaged),
    ],
)
def test_what_is_no_mandate_is_refused_in_its_own_words(code: str, refused: type[Exception]) -> None:
    """Someone else's QR: a slip, a medicine's box, an address."""
    with pytest.raises(refused):
        read_code(code)


def test_a_cut_code_is_damaged_wherever_it_is_cut() -> None:
    """Never another mandate."""
    code = _code()
    for end in range(len(PREFIX), len(code) - 1, 7):
        with pytest.raises((PaperDamaged, PaperTooNew)):
            read_code(code[:end])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=500), st.booleans())
def test_any_bytes_are_read_or_refused(raw: bytes, ours: bool) -> None:  # noqa: FBT001 - hypothesis
    """Nothing but the declared refusals, whatever the code holds."""
    body = (b"TM\x01" if ours else b"") + raw
    code = PREFIX + base64.b32encode(body).decode().rstrip("=")
    try:
        _check(code)
    except (PaperDamaged, PaperTooNew):
        return


def test_the_short_number_is_typed_as_it_is_read_out() -> None:
    """Gaps, small letters and look-alikes do not matter; one wrong letter does."""
    sha256 = digest(fill(CURRENT, FACTS))
    number = number_of(sha256)
    assert len(number) == 14
    assert same_number(number, sha256)
    assert same_number(number.lower().replace("-", " "), sha256)
    assert same_number(number.replace("O", "0").replace("I", "1").replace("B", "8"), sha256)
    assert not same_number(("A" if number[0] != "A" else "C") + number[1:], sha256)
    assert not same_number("", sha256)


def test_the_text_is_written_again_by_another_clock_on_the_wall(paris: None) -> None:
    """Signed in Reims, verified at a service whose clock is UTC: the hours are those of Reims."""
    import time

    proof = _proof()
    assert "à 14 h 05" in (proof.text or "")
    code = code_of(proof, PC)
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("TZ", "UTC")
        time.tzset()
        assert "à 13 h 05" in fill(CURRENT, FACTS)
        checked = _check(code)
    assert checked.verdict is Verdict.RUNNING
    assert "à 14 h 05" in checked.text
