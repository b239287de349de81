"""A mandate's paper looked at in a person's open space: by its code, or by the number that is read out.

The person's own records say what a paper cannot: that it was ended early, and whether they know it at all.
Keys known here: this PC's own, and those that the organization's policy names (``pcs``).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.errors import PersonCanAct
from app.fhir import consent as consents
from app.mandate_papers import Checked, Here, KnownPc, check, same_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.mandates import Mandate
    from app.space import Space

__all__ = ["Looked", "PaperNotHere", "by_number", "check_paper", "known_pcs"]


class PaperNotHere(PersonCanAct):
    """This PC is not enrolled: it knows no key to verify a paper with."""

    code: ClassVar[str] = "mandate-paper-not-here"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found; ``is_kept`` is false where the person's records do not know this mandate (yet)."""

    checked: Checked
    is_kept: bool


def check_paper(space: Space, code: str, pcs: Iterable[Mapping[str, str]] = ()) -> Looked:
    """Check a code as scanned or typed; raises as ``mandate_papers.read_code``, ``PaperNotHere``."""
    sealer = space.sealer
    if sealer is None:
        raise PaperNotHere
    known = known_pcs(pcs) | {sealer.device_id: KnownPc(sealer.public_key)}
    here = Here(
        service_mark=sealer.service_mark,
        organization_id=space.actor.organization_id,
        patient_id=space.patient_id,
        ended=lambda mandate_id: _ended(space, mandate_id),
    )
    checked = check(code, here, known.get, space.clock())
    return Looked(checked, space.records.get("Consent", checked.proof.mandate_id) is not None)


def _ended(space: Space, mandate_id: str) -> datetime | None:
    consent = space.records.get("Consent", mandate_id)
    return consents.revoked_at(consent) if consent and consent.get("status") != "active" else None


def known_pcs(told: Iterable[Mapping[str, str]]) -> dict[str, KnownPc]:
    """Read the PCs that a policy names: ``{device_id, public_key (base64), left (instant, or missing)}``.

    One that cannot be read is left out: its papers are then those of an unknown PC.
    """
    known = {}
    for each in told:
        try:
            key = base64.b64decode(each["public_key"], validate=True)
            left = datetime.fromisoformat(each["left"]) if each.get("left") else None
            known[each["device_id"]] = KnownPc(key, left)
        except (KeyError, TypeError, ValueError, binascii.Error):
            continue
    return known


def by_number(space: Space, typed: str) -> Mandate | None:
    """Find a mandate of this person by the number on its paper."""
    return next((each for each in mandates.mandates_of(space) if same_number(typed, each.text_sha256)), None)
