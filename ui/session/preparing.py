"""Prepare a visit: a person's records are fetched into a store that opens with two halves only.

Decision: all of it is built in this session's own folder, where the wipe takes it if anything goes wrong; the
desk takes it over when it is whole, and only then are the person's words shown. The words are drawn here and
never leave this process but on paper; the desk gives its half and never sees the other.
"""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from app import visit_code
from app.changes import Changes
from app.errors import PersonCanAct, TandemError, WorldFailed
from app.fhir import patient as patients
from app.mandates import Action, Scope, require
from app.records import Records
from app.vault.keys import Key
from app.vault.lockout import TooSoon
from app.vault.patient import PatientVault
from app.vault.prepared import VisitGone, VisitLocked, seal_label
from app.vault.small import seal_small
from app.vault.sqlcipher import DiskFull

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from app.space import Space
    from sync.tokens import TokenKeeper
    from ui.session.channel import Channel
    from ui.session.start import Start

__all__ = ["WHO", "Made", "NoAdviserPhrase", "PreparingFailed", "answered", "label_of", "prepare", "share_of"]

WHO = b"tandem visit person"


class NoAdviserPhrase(PersonCanAct):
    """The adviser has no phrase on this PC, or is not unlocked: there is no half of theirs."""

    code = "visit-no-adviser-phrase"


class PreparingFailed(WorldFailed):
    """The desk could not keep what was prepared; nothing of it is left."""

    code = "visit-not-prepared"


@dataclass(frozen=True, slots=True)
class Made:
    """A visit that is prepared. ``missing``: documents that could not be fetched."""

    words: str
    qr: str
    due: datetime
    place: str
    missing: int


_REFUSED: dict[str, type[TandemError]] = {
    each.code: each for each in (DiskFull, TooSoon, VisitGone, VisitLocked)
} | {"adviser-unknown": NoAdviserPhrase}


def answered(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the desk answered; raises what it refused for."""
    if "visit" in answer:
        told: dict[str, Any] = answer["visit"]
        return told
    error = _REFUSED.get(str(answer.get("refused", "")), PreparingFailed)
    raise error(**answer.get("fields", {}))


def share_of(told: dict[str, Any]) -> Key:
    """Read the adviser's half."""
    return Key(bytearray(base64.b64decode(told["share"])))


def label_of(space: Space) -> str:
    """Return what the adviser's list calls the person: first name and initial."""
    name = patients.display_name(space.patient).split()
    return f"{name[0]} {name[-1][0]}." if len(name) > 1 else "".join(name)


def prepare(
    start: Start,
    channel: Channel,
    keeper: TokenKeeper,
    space: Space,
    place: str,
    told: Callable[[int, int], None],
    cancelled: threading.Event,
) -> Made:
    """Fetch everything, seal it, hand it over; ``told`` hears how many documents are here, of how many.

    Raises ``NoAdviserPhrase``, ``DiskFull``, ``PreparingFailed``, what the transport and the mandate raise.
    """
    require(space, Action.VIEW, Scope.DOCUMENTS)
    begun = answered(channel.ask("prepare-visit"))
    visit_id, words = str(begun["id"]), visit_code.draw()
    built = start.folders.prepared
    # What an earlier try left was never handed over.
    shutil.rmtree(built, ignore_errors=True)
    with share_of(begun) as share:
        key = visit_code.visit_key(share, words)
        with PatientVault.create(built, key, name=visit_id) as vault:
            with key.derive(WHO) as who:
                # This session's token is what proves the person's leave when the acts of that day are filed.
                about = {"patient": space.patient_id, "presence": keeper.access_token()}
                seal_small(built / "c" / f"{visit_id}.who", who, orjson.dumps(about), WHO)
            missing = _fetch(start, keeper, space.patient_id, vault, told, cancelled)
            vault.store.checkpoint()
        seal_label(built / "label", share, label_of(space), place)
    answered(channel.ask("visit-prepared", visit=visit_id))
    due = datetime.fromisoformat(begun["due"])
    return Made(words, visit_code.qr_of(visit_id, words), due, place, missing)


def _fetch(
    start: Start,
    keeper: TokenKeeper,
    patient_id: str,
    vault: PatientVault,
    told: Callable[[int, int], None],
    cancelled: threading.Event,
) -> int:
    """Pull the feed, then every document; return how many could not be had."""
    from sync.downloads import Downloads
    from sync.fhir_client import FhirClient
    from sync.incoming import Incoming
    from sync.transport import Address, Transport

    records = Records(vault.store, Changes())
    transport = Transport(Address(start.service, start.proxy), keeper)
    try:
        Incoming(records, FhirClient(transport), patient_id).pull(stopping=cancelled.is_set)
        downloads = Downloads(records, vault.files, transport)
        told(len(records.files_here()), records.count_documents())
        while not cancelled.is_set() and downloads.step(cancelled):
            told(len(records.files_here()), records.count_documents())
    finally:
        transport.close()
    if cancelled.is_set() or records.get("Patient", patient_id) is None:
        raise PreparingFailed
    return len(records.missing_files())
