"""Filing and reading: recorded for good or not at all, checked, journaled, told on the receipt."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app import documents, intake, mandates
from app.codes.categories import category_of
from app.documents import (
    CandidateChanged,
    CategoryUnknown,
    DateInFuture,
    DocumentDamaged,
    DocumentUnknown,
    NotHere,
    TitleMissing,
    TitleTooLong,
)
from app.errors import TandemError
from app.fhir import document_reference, provenance
from app.mandates import Action, MandateMissing, Scope
from app.outbox import document_beside, waiting
from app.reader.client import Reader
from app.reader.errors import AlreadyFiled
from app.records import Cursor, DocumentQuery, DocumentState, FeedEntry, OperationState
from app.space import AssistMode, DoneCode
from app.vault.keys import Key
from app.vault.sealed import SealedReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.intake import Candidate
    from app.space import Space


def _file(space: Space, candidate: Candidate, **changed: Any) -> documents.Filed:  # noqa: ANN401
    given: dict[str, Any] = {
        "category": "ORD_SOIN",
        "date": date(2026, 11, 20),
        "title": "Ordonnance du Dr Roux",
    }
    return documents.file(space, candidate, **given | changed)


def _confirm(space: Space) -> None:
    """Read everything back in the feed, as after a sending."""
    entries = [
        FeedEntry.of(body["resourceType"], body["id"], "1", "2026-11-22T14:00:00Z", body)
        for operation in space.records.operations()
        for body in operation.resources
    ]
    space.records.apply_page("patient", entries, Cursor("1", "epoch"))


def test_a_filed_document_is_listed_found_and_read_at_once(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """Without any network: in the list as waiting, found by its words, its bytes those given."""
    paper = candidate(words="Amoxicilline 500 mg matin et soir")
    filed = _file(space, paper)
    (row,) = space.records.documents()
    assert (row.id, row.title, row.date) == (filed.document_id, "Ordonnance du Dr Roux", date(2026, 11, 20))
    assert (row.category, row.state, row.has_file, row.is_ours) == (
        "ORD_SOIN",
        DocumentState.WAITING,
        True,
        True,
    )
    assert row.sha256 == paper.sha256
    assert row.author == "Jeanne Martin"
    assert [each.id for each in space.records.documents(DocumentQuery(text="amoxicil"))] == [
        filed.document_id
    ]
    assert documents.read(space, filed.document_id) == paper.data
    assert [line.code for line in space.done] == [DoneCode.DOCUMENT_FILED, DoneCode.DOCUMENT_READ]
    assert space.done[0].fields == {
        "title": "Ordonnance du Dr Roux",
        "category": "ORD_SOIN",
        "day": "2026-11-20",
    }


def test_what_the_reader_looked_at_is_what_is_filed(space: Space) -> None:
    """From a stranger's bytes, through the reader's own process, to the list."""
    data = "Ordonnance du 20 novembre 2026\nAmoxicilline 1 g, cœur".encode()

    def known(sha256: str) -> bool:
        return space.records.document_with_digest(sha256) is not None

    with contextlib.closing(Reader()) as reader:
        looked_at = intake.check(reader, data, "ordo.txt", known=known)
        filed = _file(space, looked_at, title=looked_at.proposed_title)
        with pytest.raises(AlreadyFiled):
            intake.check(reader, data, "copie.txt", known=known)
    assert documents.read(space, filed.document_id) == data
    assert [row.id for row in space.records.documents(DocumentQuery(text="coeur"))] == [filed.document_id]
    assert documents.TITLE_LIMIT == intake.NAME_LIMIT


def test_a_deposit_is_one_operation_in_wire_order(space: Space, candidate: Callable[..., Candidate]) -> None:
    """SubmissionSet, DocumentReference, Provenance; the sealed file goes first."""
    filed = _file(space, candidate())
    (operation,) = space.records.operations(OperationState.PENDING)
    deposit, document, written = operation.resources
    assert [deposit["resourceType"], written["resourceType"]] == ["List", "Provenance"]
    assert (operation.op_id, operation.document_id) == (filed.op_id, filed.document_id)
    assert written["id"] == filed.op_id
    assert document["id"] == filed.document_id
    assert category_of(document) == "ORD_SOIN"
    assert provenance.assist_mode(written) == "faire_avec"
    assert provenance.helper_id(written) == space.actor.id
    assert provenance.on_behalf_of(written) == space.patient_id


def test_the_envelope_holds_all_that_the_service_needs(
    space: Space,
    candidate: Callable[..., Candidate],
    service: Any,  # noqa: ANN401
) -> None:
    """Opened with the service's key alone, after this process has ended, the document comes out whole."""
    paper = candidate()
    filed = _file(space, paper)
    assert filed.is_sealed
    assert space.sealer is not None
    (envelope,) = waiting(space.sealer.outbox)
    assert envelope.name == f"{filed.op_id}.envelope"
    space.vault.close()
    opened = service.open(envelope.read_bytes())
    sent = orjson.loads(opened.operation_json)
    assert sent["op_id"] == filed.op_id
    assert sent["patient"] == space.patient_id
    assert sent["document"]["sha256"] == paper.sha256
    assert sent["document"]["id"] == filed.document_id
    assert sent["document"]["content_type"] == "text/plain"
    body = sent["bundle"]["entry"][1]["resource"]
    assert document_reference.binary_id(body) == sent["document"]["binary"]
    beside = document_beside(envelope)
    assert beside is not None
    with Key(bytearray(opened.document_key)) as key, SealedReader(beside, key, filed.document_id) as reader:
        assert reader.read() == paper.data


def test_a_second_press_is_refused(space: Space, candidate: Callable[..., Candidate]) -> None:
    """The same bytes under another name are the same document."""
    filed = _file(space, candidate())
    with pytest.raises(AlreadyFiled) as caught:
        _file(space, candidate(), title="Autre nom")
    assert caught.value.fields == {"document_id": filed.document_id}
    assert space.records.count_documents() == 1


def test_two_presses_at_the_same_moment_file_once(space: Space, candidate: Callable[..., Candidate]) -> None:
    """Whichever comes first files; the others meet its document."""
    paper, together, refused = candidate(), threading.Barrier(4), []

    def press() -> None:
        together.wait()
        try:
            _file(space, paper)
        except AlreadyFiled as error:
            refused.append(error)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert len(refused) == 3
    assert space.records.count_documents() == 1
    assert len(space.records.operations()) == 1


@pytest.mark.parametrize(
    ("changed", "refused", "fields"),
    [
        ({"title": " \n "}, TitleMissing, {}),
        ({"title": "x" * 51}, TitleTooLong, {"length": 51, "limit": 50}),
        ({"date": date(2026, 11, 23)}, DateInFuture, {}),
        ({"category": "AUTRE"}, CategoryUnknown, {}),
    ],
)
def test_what_cannot_be_filed_is_refused_before_anything_is_written(
    space: Space,
    candidate: Callable[..., Candidate],
    changed: dict[str, Any],
    refused: type[TandemError],
    fields: dict[str, int],
) -> None:
    """With the figures for the sentence; the disk is as before."""
    with pytest.raises(refused) as caught:
        _file(space, candidate(), **changed)
    assert caught.value.fields == fields
    _assert_nothing_written(space)


def _assert_nothing_written(space: Space) -> None:
    assert space.records.count_documents() == 0
    assert space.records.operations() == []
    assert list(space.files.folder.iterdir()) == []
    assert space.sealer is not None
    assert not space.sealer.outbox.is_dir() or list(space.sealer.outbox.iterdir()) == []
    assert space.done == []


def test_a_name_is_tidied_before_it_is_measured(space: Space, candidate: Callable[..., Candidate]) -> None:
    """Pasted line breaks, blanks and unprintable marks are one blank; fifty characters pass."""
    filed = _file(space, candidate(), title="  Ordonnance\n\tdu \x00 \u202e Dr\u00a0Roux ")
    assert filed.title == "Ordonnance du Dr Roux"
    assert len(_file(space, candidate(b"other"), title="x" * 50).title) == 50


@pytest.mark.usefixtures("paris")
def test_today_in_paris_is_no_day_to_come(
    space: Space,
    candidate: Callable[..., Candidate],
    clock: Any,  # noqa: ANN401
) -> None:
    """At half past eleven in the evening UTC it is tomorrow in Paris."""
    clock.moment = clock.moment.replace(hour=23, minute=30)
    assert _file(space, candidate(), date=clock.moment.date() + timedelta(days=1))


def test_bytes_that_changed_since_they_were_looked_at_are_not_filed(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """What was shown is what is filed."""
    import dataclasses

    with pytest.raises(CandidateChanged):
        _file(space, dataclasses.replace(candidate(), data=b"something else"))
    _assert_nothing_written(space)


def test_for_the_person_only_under_a_mandate_that_says_so(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """Refused without a trace; allowed, the act names its mandate."""
    space.mode = AssistMode.FOR
    with pytest.raises(MandateMissing):
        _file(space, candidate())
    _assert_nothing_written(space)
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.ADD})
    mandate = mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    filed = _file(space, candidate())
    written = space.records.operations()[-1].resources[-1]
    assert provenance.assist_mode(written) == "faire_pour"
    assert provenance.mandate_id(written) == mandate.id
    with pytest.raises(mandates.ScopeNotGranted):
        documents.read(space, filed.document_id)


def test_an_outbox_that_cannot_be_written_undoes_the_whole_act(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """No envelope, no act: neither row nor operation nor file remains, and it can be filed again."""
    assert space.sealer is not None
    outbox = space.sealer.outbox
    outbox.rmdir()
    outbox.write_bytes(b"in the way")
    with pytest.raises(TandemError):
        _file(space, candidate())
    outbox.unlink()
    outbox.mkdir()
    _assert_nothing_written(space)
    _file(space, candidate())


def test_at_home_without_an_outbox_a_document_is_filed_too(
    open_space: Callable[..., Space], candidate: Callable[..., Candidate]
) -> None:
    """The store itself is kept there."""
    space = open_space(sealer=None)
    filed = _file(space, candidate())
    assert not filed.is_sealed
    assert documents.read(space, filed.document_id) == candidate().data


def test_a_document_whose_file_is_not_here_says_so(space: Space, candidate: Callable[..., Candidate]) -> None:
    """Known from the feed, not fetched yet; and one that nobody knows."""
    filed = _file(space, candidate())
    _confirm(space)
    space.files.remove(filed.document_id)
    with pytest.raises(NotHere) as caught:
        documents.read(space, filed.document_id)
    assert caught.value.fields == {"size": candidate().size}
    with pytest.raises(DocumentUnknown):
        documents.read(space, "0193a1b2-0000-7000-8000-0000000000ff")


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_damaged_file_is_never_shown_and_never_thrown_away_if_it_is_the_only_one(
    space: Space, candidate: Callable[..., Candidate], *, is_confirmed: bool
) -> None:
    """One flipped bit: refused; taken away for a new fetch only when the service has the document."""
    filed = _file(space, candidate())
    if is_confirmed:
        _confirm(space)
    path = space.files.path_of(filed.document_id)
    sealed = bytearray(path.read_bytes())
    sealed[-20] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(DocumentDamaged) as caught:
        documents.read(space, filed.document_id)
    assert caught.value.fields == {"again": int(is_confirmed)}
    assert space.files.has(filed.document_id) is not is_confirmed
    assert [row.id for row in space.records.missing_files()] == [filed.document_id] * is_confirmed


def test_a_file_that_is_not_the_metadatas_is_refused(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """Sealed well, yet other bytes than those announced."""
    filed = _file(space, candidate())
    space.files.remove(filed.document_id)
    space.files.write(filed.document_id, io.BytesIO(b"another document"))
    with pytest.raises(DocumentDamaged):
        documents.read(space, filed.document_id)


def test_every_act_and_reading_is_journaled_without_content(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """Who, when, what by its id; no title, no name."""
    filed = _file(space, candidate(), title="Secret de Jeanne")
    documents.read(space, filed.document_id)
    from app import journal

    with space.vault.store.read() as connection:
        lines = list(journal.lines(connection))
    events = [orjson.loads(line)["event"] for line in lines]
    assert [event["action"] for event in events] == ["C", "R"]
    for line, event in zip(lines, events, strict=True):
        assert f"DocumentReference/{filed.document_id}" in line
        assert event["agent"][0]["who"] == {"reference": "Practitioner/adviser-1"}
        for content in ("Secret", "Jeanne", "Martin", "Claire", "MARTIN"):
            assert content not in line


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A file that no longer fits is refused as such, and nothing of it stays."""
    script = Path(__file__).with_name("filing_process.py")
    answer = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "full-disk"], input=b"", capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr.decode()
    assert orjson.loads(answer.stdout) == {"refused": "disk-full", "files": 0, "outbox": 0, "rows": 0}
