"""The outbox: what waits there is whole, in order, and goes when it is confirmed."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import documents
from app.outbox import document_beside, sweep, waiting
from app.vault.envelope import device_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.intake import Candidate
    from app.outbox import Sealer
    from app.space import Space


@pytest.fixture
def sealer(space: Space) -> Sealer:
    """Return the sealer of Jeanne's space."""
    assert space.sealer is not None
    return space.sealer


def _file(space: Space, candidate: Candidate) -> documents.Filed:
    return documents.file(space, candidate, category="BIOLOGIE", date=date(2026, 11, 20), title="Analyse")


def test_envelopes_wait_in_the_order_of_the_acts(
    space: Space, sealer: Sealer, candidate: Callable[..., Candidate]
) -> None:
    """Each with its document beside it, signed by this PC."""
    filed = [_file(space, candidate(f"analyse {number}".encode())) for number in range(3)]
    found = waiting(sealer.outbox)
    assert [path.name for path in found] == [f"{each.op_id}.envelope" for each in filed]
    assert all(document_beside(path) for path in found)
    assert {device_of(path.read_bytes()) for path in found} == {"pc-17"}
    assert len(list(sealer.outbox.iterdir())) == 6


def test_what_the_feed_confirmed_is_dropped(
    space: Space, sealer: Sealer, candidate: Callable[..., Candidate]
) -> None:
    """Envelope and document; dropping twice, or before the final name, is harmless."""
    filed = _file(space, candidate())
    sealer.drop(filed.op_id)
    sealer.drop(filed.op_id)
    sealer.publish(filed.op_id)
    assert list(sealer.outbox.iterdir()) == []
    assert space.files.has(filed.document_id)


def test_a_document_in_the_outbox_outlives_the_persons_folder(
    space: Space, sealer: Sealer, candidate: Callable[..., Candidate]
) -> None:
    """A link or a copy: removing the one leaves the other."""
    filed = _file(space, candidate())
    sealed = space.files.path_of(filed.document_id).read_bytes()
    space.files.remove(filed.document_id)
    (envelope,) = waiting(sealer.outbox)
    beside = document_beside(envelope)
    assert beside is not None
    assert beside.read_bytes() == sealed


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="wants a second file system")  # noqa: S108
def test_where_links_are_not_to_be_had_the_document_is_copied(
    open_space: Callable[..., Space], service: object, candidate: Callable[..., Candidate], tmp_path: Path
) -> None:
    """An outbox on another file system."""
    import tempfile

    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        if Path(elsewhere).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("the same file system")
        outbox = Path(elsewhere) / "outbox"
        space = open_space(sealer=service.sealer(outbox))  # type: ignore[attr-defined]
        filed = _file(space, candidate())
        (envelope,) = waiting(outbox)
        beside = document_beside(envelope)
        assert beside is not None
        assert beside.read_bytes() == space.files.path_of(filed.document_id).read_bytes()
        assert os.stat(beside).st_nlink == 1  # noqa: PTH116


def test_a_sweep_takes_what_was_never_acknowledged_and_nothing_else(
    space: Space, sealer: Sealer, candidate: Callable[..., Candidate]
) -> None:
    """Prepared envelopes, their documents, half-written files."""
    _file(space, candidate())
    kept = {path.name for path in sealer.outbox.iterdir()}
    for name in ("a.envelope.prepared", "a.document", "b.envelope.prepared.part", "c.document.part"):
        (sealer.outbox / name).write_bytes(b"")
    assert sweep(sealer.outbox) == 4
    assert {path.name for path in sealer.outbox.iterdir()} == kept
    assert sweep(sealer.outbox) == 0
    assert sweep(sealer.outbox / "nowhere") == 0
