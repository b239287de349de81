"""The mandate on paper, its list, its end; what the person alone decides; the three kinds of agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import access_consents, mandates, personal_acts
from app.access_consents import AccessAnswer
from app.codes.mandate_texts import digest
from app.mandate_papers import Here, KnownPc, Verdict, check, code_of, mark_of, proof_of
from app.mandates import Action, Duration, Scope, SigningMode
from app.paper_checks import Looked
from tests.gallery.spaces import LONG_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["MANDATE_ROOMS"]

DOCTOR = "docteur Roux"


class _Pc:
    """An enrolled PC, for the code on a paper."""

    device_id = "0193a1b2-0000-7000-8000-0000000000bb"
    service_mark = mark_of(b"our service")

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def known(self, device_id: str) -> KnownPc | None:
        key = self._key.public_key().public_bytes_raw()
        return KnownPc(key) if device_id == self.device_id else None


def _room(
    name: str, args: Callable[[Stage], dict[str, Any]] = lambda _stage: {}, *, whose: str = ""
) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        if whose:
            stage.enter(whose)
        stage.session.restart(name, **args(stage))
        return stage.session.shell

    return show


def _proposal(stage: Stage) -> mandates.MandateProposal:
    return mandates.propose(
        stage.space, (Scope.DOCUMENTS, Scope.PROFILE), (Action.VIEW, Action.ADD), Duration.MONTH
    )


def _to_sign(stage: Stage) -> dict[str, Any]:
    proposal = _proposal(stage)
    return {"proposal": proposal, "text": mandates.text_of(proposal)}


def _granted(stage: Stage) -> dict[str, Any]:
    """Name the mandate that was given in the very full space."""
    (mandate, *_others) = mandates.mandates_of(stage.space)
    return {"mandate": mandate}


def _looked_at(verdict: Verdict) -> Callable[[Stage], Shell]:
    """Show what a paper is worth that was really made, signed and checked."""

    def show(stage: Stage) -> Shell:
        stage.session.restart("mandate_verify")
        proposal, pc = _proposal(stage), _Pc()
        text, mode = mandates.text_of(proposal), SigningMode.ON_PAPER
        proof = proof_of(
            proposal.id, proposal.facts, proposal.template_id, digest(text), mode, pc,
            patient_id=stage.space.patient_id, organization_id=proposal.organization_id,
        )  # fmt: skip
        signer = _Pc() if verdict is Verdict.EDITED else pc
        checked = check(code_of(proof, signer), Here(pc.service_mark), pc.known, proposal.facts.start)
        assert checked.verdict is verdict
        screen: Any = stage.session.shell.shown
        screen._checked(Looked(checked, is_kept=True))
        return stage.session.shell

    return show


def _nothing_typed(stage: Stage) -> Shell:
    stage.session.restart("mandate_verify")
    screen: Any = stage.session.shell.shown
    screen.pressed()
    return stage.session.shell


def _asked(name: str) -> Callable[[Stage], dict[str, Any]]:
    def args(stage: Stage) -> dict[str, Any]:
        asked = access_consents.asked(stage.space, name, AccessAnswer.MONTH)
        return {"asked": asked, "keep": lambda _given: None, "done": ""}

    return args


def _answers_given(stage: Stage) -> dict[str, Any]:
    space = stage.space
    for name, answer in ((DOCTOR, AccessAnswer.YEAR), (LONG_NAME, AccessAnswer.NO)):
        asked = access_consents.asked(space, name, answer)
        given = personal_acts.confirm(space, asked, shown=asked.words)
        access_consents.keep(space, name, answer, given)
    return {}


def _nothing_chosen(stage: Stage) -> Shell:
    stage.session.restart("professional_access")
    screen: Any = stage.session.shell.shown
    screen.pressed()
    return stage.session.shell


MANDATE_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "agreements": _room("agreements"),
    "your_data": _room("your_data"),
    "mandates": _room("mandates"),
    "mandates_full": _room("mandates", whose="full"),
    "mandate_stop": _room("mandate_stop", _granted, whose="full"),
    "mandate_on_paper": _room("mandate_on_paper", _to_sign),
    "mandate_on_paper_full": _room("mandate_on_paper", _to_sign, whose="full"),
    "mandate_kept": _room("mandate_kept", _granted, whose="full"),
    "mandate_verify": _room("mandate_verify"),
    "mandate_verify_nothing": _nothing_typed,
    "mandate_verify_edited": _looked_at(Verdict.EDITED),
    "mandate_verify_whole": _looked_at(Verdict.RUNNING),
    "read_back": _room("read_back", _asked(DOCTOR)),
    "read_back_full": _room("read_back", _asked(LONG_NAME), whose="full"),
    "professional_access": _room("professional_access"),
    "professional_access_none": _nothing_chosen,
    "professional_access_full": _room("professional_access", _answers_given, whose="full"),
}
