"""What is fuzzed: each parser of input that somebody else may have written, with honest input to begin from.

``declared`` are the errors that the parser is documented to raise. Anything else is a bug.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import orjson

from app.desk_journal import EntryMalformed
from app.errors import TandemError
from app.policy import Policy
from app.reader import sniffing, wire
from app.reader.errors import FileRefused
from app.reader.triage import triage
from app.vault import anchor, envelope
from sync import failures
from sync.service import dates
from sync.service.refusals import Refused
from tests.app.reader import xdm_files
from tests.fuzz.changing import bent_json, bent_words
from ui.session.start import Start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


from tests.fuzz.documents import (
    answers,
    bent_fields,
    cda_seeds,
    dicom_seeds,
    every_start,
    frames,
    hear_answer,
    pdf_seeds,
    picture_seeds,
    rtf_seeds,
    shown,
    text_seeds,
    xdm_of_list,
    xdm_seeds,
)
from tests.fuzz.fhir_bodies import answered, patch_seeds, patched, read_resource, received, resource_seeds
from tests.fuzz.ground import Ground, Target, whole
from tests.fuzz.own_lines import (
    ENTRY,
    form_seeds,
    headers,
    heard_entry,
    heard_lines,
    journals,
    read_form,
    read_header,
    start_lines,
    told_lines,
    verified,
)
from tests.fuzz.scanned import (
    bent_code,
    checked_paper,
    datamatrix_seeds,
    found_slip,
    mandate_codes,
    read_datamatrix,
)
from tests.fuzz.sealed_things import (
    bent_proof,
    delivered,
    envelopes,
    opened_envelope,
    opened_parcel,
    operations,
    parcel_seeds,
    proofs,
    proven,
    received_envelope,
    sealed_bytes,
    signed_lists,
    unsealed,
    verified_list,
)

__all__ = ["TARGETS", "seeds_of"]


def fixed(seeds: Sequence[bytes]) -> Callable[[], Sequence[bytes]]:
    """Return these seeds."""
    return lambda: seeds


POLICY = whole(Policy().told())
HEAD = anchor.write_head(anchor.Head("j", 3, "00" * 32, "11" * 32))
REFUSED = (FileRefused,)
TARGETS: tuple[Target, ...] = (
    Target("CDA", cda_seeds, shown, REFUSED),
    Target("XDM", xdm_seeds, shown, REFUSED),
    Target(
        "XDM list",
        lambda: [xdm_files.metadata(xdm_files.Sent("DOC00001.XML", xdm_files.LETTER))],
        xdm_of_list,
        REFUSED,
    ),
    Target("ZIP fields", xdm_seeds, shown, REFUSED, bent_fields),
    Target("DICOM", dicom_seeds, shown, REFUSED),
    Target("RTF", rtf_seeds, shown, REFUSED),
    Target("plain text", text_seeds, shown, REFUSED),
    Target("picture", picture_seeds, shown, REFUSED),
    Target("PDF triage", pdf_seeds, lambda data, _: triage(data), REFUSED),
    Target("sniffing", every_start, lambda data, _: sniffing.kind_of(data), REFUSED),
    Target("reader frames", frames, lambda data, _: wire.read_frame(io.BytesIO(data)), (wire.Truncated,)),
    Target("reader answers", answers, hear_answer, (*REFUSED, ValueError), bent_json),
    Target("FHIR readers", resource_seeds, read_resource, (ValueError,), bent_json),
    Target("FHIR at the service", resource_seeds, received, (Refused,), bent_json),
    Target("FHIR patch", patch_seeds, patched, (Refused,), bent_json),
    Target(
        "FHIR dates",
        fixed([b"2026-11-22T10:00:00.5+14:00", b"2026-11", b"1952"]),
        lambda data, _: dates.period_of(data.decode("utf-8", "replace")),
        (),
        bent_words,
    ),
    Target("service answers", resource_seeds, answered, (failures.TransportError,), bent_json),
    Target("sealed file", sealed_bytes, unsealed),
    Target("signed list", signed_lists, verified_list, ()),
    Target("envelope", envelopes, opened_envelope),
    Target(
        "delivery head", lambda: [envelope.delivery_head(each) + b"rest" for each in envelopes()], delivered
    ),
    Target("envelope contents", list, received_envelope, (Refused,), bent_json),
    Target("parcel", parcel_seeds, opened_parcel),
    Target("mandate paper", mandate_codes, checked_paper, bend=bent_code),
    Target("INS DataMatrix", datamatrix_seeds, read_datamatrix, (), bent_words),
    Target(
        "mandate slip",
        fixed([b"tandem:mandat:pomme-lune-chat-pain-vent", b"Pomme, lune; chat"]),
        found_slip,
        (),
        bent_words,
    ),
    Target("PC proof", list, proven, (Refused,), bent_proof),
    Target("session's lines", told_lines, heard_lines, ()),
    Target(
        "session's entry",
        fixed([whole(ENTRY.as_dict())]),
        heard_entry,
        (EntryMalformed, ValueError),
        bent_json,
    ),
    Target(
        "start line",
        list,
        lambda data, _: Start.read(data),
        (ValueError, TypeError, KeyError, AttributeError),
        bent_json,
    ),
    Target("vault header", headers, read_header, bend=bent_json),
    Target("journal head", fixed([HEAD]), lambda data, _: anchor.read_head(data), bend=bent_json),
    Target("exported journal", list, verified),
    Target(
        "policy",
        fixed([POLICY]),
        lambda data, _: Policy.read(orjson.loads(data)),
        (TandemError, ValueError, AttributeError),
        bent_json,
    ),
    Target("phone's form", form_seeds, read_form, (Refused,)),
)

GROUNDED: dict[str, Callable[[Ground], list[bytes]]] = {
    "PC proof": proofs,
    "envelope contents": operations,
    "start line": start_lines,
    "exported journal": journals,
}


def seeds_of(target: Target, ground: Ground) -> Sequence[bytes]:
    """Return a target's honest input."""
    return GROUNDED[target.name](ground) if target.name in GROUNDED else target.seeds()
