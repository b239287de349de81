"""What our own processes tell each other, what lies on the disk, what a phone sends."""

from __future__ import annotations

from functools import cache

import orjson

from app import journal_proof
from app.desk_journal import Entry, pseudonym
from app.vault.slots import COST, Secrets, SlotKind, close_slot
from app.vault.vault import _read_header
from sync.service.drop_form import Form
from sync.service.service import Limits as ServiceLimits
from tests.fuzz.documents import picture_seeds
from tests.fuzz.ground import DEVICE, KEY, MANDATE, SIGNER, Ground, whole
from ui.desk.session_process import LONGEST_LINE, events_in
from ui.session.start import Start

__all__ = [
    "ENTRY",
    "form_seeds",
    "headers",
    "heard_entry",
    "heard_lines",
    "journals",
    "read_form",
    "read_header",
    "start_lines",
    "told_lines",
    "verified",
]


ENTRY = Entry(
    id=MANDATE,
    recorded="2026-11-22T13:05:07.250Z",
    action="C",
    outcome="0",
    mode="faire_avec",
    role="adviser",
    adviser="adviser-1",
    organization="org-1",
    patient=pseudonym(bytes(32), "a"),
    types=("DocumentReference",),
    operation=DEVICE,
    mandate=None,
)


def heard_entry(data: bytes, _ground: Ground) -> None:
    """Take an entry of the PC's journal from a session."""
    Entry.read(orjson.loads(data)).audit_event()


def told_lines() -> list[bytes]:
    """Return what a session says."""
    events = (
        {"event": "look", "size": 26, "mood": "", "language": "fr"},
        {"event": "ended"},
        {"event": "audit", "entry": ENTRY.as_dict()},
    )
    return [b"\n".join(whole(each) for each in events) + b"\n"]


def heard_lines(data: bytes, _ground: Ground) -> None:
    """Hear a session's lines, cut anywhere; what is kept of a line is bounded, and lines add up."""
    half = len(data) // 2
    events, left = events_in(data[:half])
    more, left = events_in(left + data[half:])
    assert len(left) <= LONGEST_LINE
    assert len([*events, *more]) <= data.count(b"\n")


def start_lines(ground: Ground) -> list[bytes]:
    """Return a start line."""
    start = Start("http://127.0.0.1:9", ground.folder, ground.folder, {"access": "x"}, browser=("a", "b"))
    return [start.line()]


@cache
def headers() -> list[bytes]:
    """Return a vault's header."""
    slot = close_slot(KEY, SlotKind.KEYRING, Secrets(keyring=KEY), b"v", cost=COST)
    asked = {
        **slot.to_json(),
        "kind": SlotKind.PASSPHRASE,
        "argon2id": {"memory_kib": 65536, "iterations": 3, "lanes": 2},
    }
    return [whole({"version": 1, "id": "v", "slots": [slot.to_json(), asked]})]


def read_header(data: bytes, ground: Ground) -> None:
    """Read a vault's header."""
    (ground.folder / "header.json").write_bytes(data)
    _read_header(ground.folder)


@cache
def journals(ground: Ground) -> list[bytes]:
    """Return an exported journal."""
    from app import journal
    from app.vault.store import Store
    from app.vault.vault import MAIN

    with Store.create(ground.folder / "journal.db", KEY, MAIN) as store:
        for number in range(4):
            with store.transaction() as connection:
                journal.append(connection, {"n": number}, "2026-11-22T10:00:00.000Z")
        with store.read() as connection:
            journal.export(connection, ground.folder / "journal.jsonl", SIGNER)
    return [(ground.folder / "journal.jsonl").read_bytes()]


def verified(data: bytes, ground: Ground) -> None:
    """Verify an exported journal; only the honest one, or one with its own head, holds."""
    journal_proof.verify_export(ground.file(data), key=SIGNER.public_key().public_bytes_raw())


def form_seeds() -> list[bytes]:
    """Return what a phone sends."""
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="p"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + each + b"\r\n"
        for each in picture_seeds()[:2]
    )
    return [parts + b"--x--\r\n"]


def read_form(data: bytes, _ground: Ground) -> None:
    """Read a phone's form in pieces."""
    form = Form("multipart/form-data; boundary=x", ServiceLimits(picture=5000, pictures=3, drop=9000))
    for at in range(0, len(data), 37):
        form.write(data[at : at + 37])
        form.take()
    form.end()
