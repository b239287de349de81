"""kill -9 between any two steps of filing: nothing acknowledged is lost, nothing of the person stays."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.acts import Step
from app.outbox import document_beside, sweep, waiting
from app.vault.keys import Key
from app.vault.sealed import SealedReader
from app.wipe import CheckCode, SessionFolders, leftovers, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER = b"MARQUEUR-7f3a91c2"
_SCRIPT = Path(__file__).with_name("filing_process.py")
_NEVER_TOLD = [Step.ALLOWED, Step.FILE_SEALED, Step.ENVELOPE_PREPARED]


def _run(session: SessionFolders, step: str, service: Any) -> list[str]:  # noqa: ANN401
    """Run the session's process until it dies; return what it acknowledged."""
    keys = (service.key.public, service.device.private_bytes_raw())
    process = subprocess.Popen(
        [sys.executable, str(_SCRIPT), str(session.folder), step],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    session.mark(process.pid)
    said, complaints = process.communicate(b"\n".join(base64.b64encode(key) for key in keys), timeout=60)
    assert (process.returncode == 0) is (step == "never"), complaints.decode()
    return said.decode().split()


def _raw(root: Path) -> Iterator[tuple[Path, bytes]]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


@pytest.mark.parametrize(
    "step", [*_NEVER_TOLD, Step.COMMITTED, Step.ENVELOPE_PUBLISHED, "acknowledged", "never"]
)
def test_a_kill_at_any_step_loses_nothing_acknowledged_and_leaves_nothing(
    tmp_path: Path,
    service: Any,  # noqa: ANN401
    step: str,
) -> None:
    """The envelope opens with the service's key alone; after the wipe no byte of the person is there."""
    outbox = tmp_path / "outbox"
    session = SessionFolders.create(tmp_path)
    acknowledged = _run(session, step, service)
    for path, raw in _raw(tmp_path):
        assert _MARKER not in raw, path
        assert _MARKER.decode() not in path.name

    (traces,) = leftovers(tmp_path, outbox)
    checklist = wipe(traces)
    assert checklist.ok, checklist.failed
    sweep(outbox)

    envelopes = waiting(outbox)
    assert len(envelopes) == (step in {Step.ENVELOPE_PUBLISHED, "acknowledged", "never"})
    assert bool(acknowledged) <= bool(envelopes)
    for envelope in envelopes:
        _assert_delivers(envelope, service, acknowledged)
    assert sorted(path.suffix for path in outbox.iterdir()) == [".document", ".envelope"] * len(envelopes)
    for path, raw in _raw(tmp_path):
        assert path.parent == outbox
        assert _MARKER not in raw, path
    assert leftovers(tmp_path, outbox) == []


def _assert_delivers(envelope: Path, service: Any, acknowledged: list[str]) -> None:  # noqa: ANN401
    opened = service.open(envelope.read_bytes())
    sent = orjson.loads(opened.operation_json)
    assert acknowledged in ([], ["FILED", sent["op_id"], sent["document"]["id"]])
    beside = document_beside(envelope)
    assert beside is not None
    with (
        Key(bytearray(opened.document_key)) as key,
        SealedReader(beside, key, sent["document"]["id"]) as reader,
    ):
        assert reader.read().count(_MARKER) == 5000


def test_a_wipe_cut_off_by_a_crash_is_finished_by_the_next(tmp_path: Path, service: Any) -> None:  # noqa: ANN401
    """Half a wipe leaves the mark, the next start finds it and goes on."""
    session = SessionFolders.create(tmp_path)
    _run(session, Step.COMMITTED, service)
    for path in (session.vault / "c").glob("*.db*"):
        path.unlink()
    (traces,) = leftovers(tmp_path, tmp_path / "outbox")
    assert wipe(traces).ok
    assert wipe(traces).ok
    assert leftovers(tmp_path, tmp_path / "outbox") == []
    assert {item.code for item in wipe(traces).items} == set(CheckCode) - {
        CheckCode.PRINTS_GONE,
        CheckCode.RECENT_FORGOTTEN,
    }
