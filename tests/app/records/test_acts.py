"""An act is seen at once, kept whole, and lies over the service's word until the feed gives it back."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from app import journal
from app.changes import Origin
from app.records import Act, ActMalformed, DocumentState, OperationState, OperationUnknown

from .conftest import document

if TYPE_CHECKING:
    from app.records import Operation

    from .conftest import Person


def _entries(person: Person) -> int:
    with person.vault.store.read() as connection:
        now = journal.head(connection)
    return now.size if now else 0


def test_an_act_is_in_the_list_at_once(person: Person) -> None:
    """Waiting, ours, its file here."""
    reference = document("Ordonnance du docteur")
    person.act(reference, document_id=reference["id"])
    (row,) = person.records.documents()
    assert (row.title, row.date, row.year) == ("Ordonnance du docteur", date(2026, 5, 1), 2026)
    assert (row.state, row.is_ours, row.has_file) == (DocumentState.WAITING, True, True)
    assert (row.size, row.content_type, row.sha256, row.author) == (
        1234,
        "application/pdf",
        "ab" * 32,
        "Dr Œuvrard",
    )
    assert row.category == "ORD_SOIN"
    assert row.state_at == person.clock()
    assert person.records.get("DocumentReference", reference["id"]) == reference
    assert person.records.files_here() == {reference["id"]}


def test_an_act_writes_overlay_operation_and_journal_together(person: Person) -> None:
    """And tells once what changed."""
    operation = person.act(document())
    assert person.records.operations() == [operation]
    assert operation.state is OperationState.PENDING
    assert _entries(person) == 1
    (change,) = person.told
    assert change.origin is Origin.ACT
    assert change.types == {"DocumentReference", "Provenance"}


def test_what_raises_inside_undoes_all(person: Person) -> None:
    """No envelope, no act: nothing is seen, nothing is told."""

    def no_room(_: Operation) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        person.act(document(), inside=no_room)
    assert person.records.documents() == []
    assert person.records.operations() == []
    assert _entries(person) == 0
    assert person.told == []


def test_the_envelope_is_sealed_before_the_commit(person: Person) -> None:
    """Another thread sees nothing while it is being sealed."""
    seen: list[int] = []

    def look(_: Operation) -> None:
        thread = threading.Thread(target=lambda: seen.append(person.records.count_documents()))
        thread.start()
        thread.join()

    person.act(document(), inside=look)
    assert (seen, person.records.count_documents()) == ([0], 1)


@pytest.mark.parametrize(
    "resources",
    [
        (),
        ({"resourceType": "Provenance", "id": "other"},),
        ({"resourceType": "Provenance", "id": "op"}, {"resourceType": "List", "id": "a"}),
        ({"resourceType": "List"}, {"resourceType": "Provenance", "id": "op"}),
        ({"id": "a"}, {"resourceType": "Provenance", "id": "op"}),
    ],
)
def test_a_malformed_act_is_refused(person: Person, resources: tuple[dict[str, str], ...]) -> None:
    """Our own mistake, found before it is kept."""
    with pytest.raises(ActMalformed):
        person.records.commit(Act("op", resources, {}, {"resourceType": "AuditEvent"}))


def test_an_act_is_confirmed_by_the_feed_alone(person: Person) -> None:
    """An answer changes nothing; the Provenance read back does."""
    reference = document()
    operation = person.act(reference)
    person.records.start_sending({operation.seq: b"bytes"})
    person.records.answered(operation.seq)
    assert person.records.documents()[0].state is DocumentState.WAITING
    assert person.feed(reference) == frozenset()
    assert person.records.documents()[0].state is DocumentState.WAITING
    assert person.feed({"resourceType": "Provenance", "id": operation.op_id}) == {operation.op_id}
    (row,) = person.records.documents()
    assert (row.state, row.is_ours) == (DocumentState.UP_TO_DATE, True)
    assert person.records.operations() == []
    assert person.told[-1].origin is Origin.FEED
    assert f"DocumentReference/{reference['id']}" in person.told[-1].ids


def test_a_provenance_without_what_it_vouches_for_confirms_nothing_yet(person: Person) -> None:
    """The document stays in the list, waiting, until it is read back too."""
    reference = document()
    operation = person.act(reference)
    assert person.feed({"resourceType": "Provenance", "id": operation.op_id}) == frozenset()
    assert person.records.documents()[0].state is DocumentState.WAITING
    assert person.feed(reference) == {operation.op_id}


def test_resources_the_feed_does_not_carry_are_not_waited_for(person: Person) -> None:
    """A Binary or a Practitioner never comes back that way."""
    operation = person.act({"resourceType": "Practitioner", "id": "p"})
    assert person.feed({"resourceType": "Provenance", "id": operation.op_id}) == {operation.op_id}


def test_the_service_may_change_what_was_sent(person: Person) -> None:
    """Once confirmed, its word is shown."""
    reference = document("Mon titre")
    operation = person.act(reference)
    filed = reference | {"content": document("Titre corrigé")["content"]}
    person.feed(filed, {"resourceType": "Provenance", "id": operation.op_id})
    assert person.titles() == ["Titre corrigé"]


def test_a_later_edit_stays_over_an_earlier_confirmation(person: Person) -> None:
    """And starts from the version that the service gave the earlier one."""
    first = document("Premier")
    one = person.act(first)
    second = first | {"content": document("Deuxième")["content"]}
    two = person.act(second, base={f"DocumentReference/{first['id']}": "0"})
    assert [operation.seq for operation in person.records.due(person.clock())] == [one.seq]
    person.feed(first, {"resourceType": "Provenance", "id": one.op_id})
    assert person.titles() == ["Deuxième"]
    (left,) = person.records.due(person.clock())
    assert left.seq == two.seq
    assert left.base_versions == {f"DocumentReference/{first['id']}": "1"}
    assert person.records.version("DocumentReference", first["id"]) == "1"


def test_a_reading_is_journaled_and_changes_nothing(person: Person) -> None:
    """Screens have no reason to reload."""
    person.records.audit({"resourceType": "AuditEvent", "action": "R"})
    assert _entries(person) == 1
    assert person.told == []


# The life of an operation


def test_the_bytes_of_the_first_try_stay(person: Person) -> None:
    """A second try sends the same ones, so that the service can tell it is the same act."""
    operation = person.act(document())
    assert person.records.start_sending({operation.seq: b"first"})[0].send_bytes == b"first"
    person.clock.forward(seconds=5)
    later = person.clock.moment.replace(minute=10)
    person.records.retry_later(operation.seq, later, "offline")
    assert person.records.due(person.clock()) == []
    (due,) = person.records.due(later)
    assert (due.send_bytes, due.attempts, due.reason, due.next_at) == (b"first", 1, "offline", later)
    assert person.records.start_sending({operation.seq: b"second"})[0].send_bytes == b"first"


def test_an_operation_in_flight_at_a_crash_is_due_again(person: Person) -> None:
    """Its outcome is unknown; its bytes are kept."""
    operation = person.act(document())
    person.records.start_sending({operation.seq: b"bytes"})
    (due,) = person.records.due(person.clock())
    assert (due.state, due.send_bytes) == (OperationState.IN_FLIGHT, b"bytes")


def test_a_parked_operation_says_why_and_lets_the_others_pass(person: Person) -> None:
    """Only what touches the same resource waits behind it."""
    reference = document("Refusé", "2026-06-01")
    parked, free = person.act(reference), person.act(document("Libre"))
    behind = person.act(reference)
    person.records.park(parked.seq, "refused-field", {"field": "type"})
    assert [operation.seq for operation in person.records.due(person.clock())] == [free.seq]
    assert person.records.operations(OperationState.PARKED)[0].reason == "refused-field"
    waiting = person.records.waiting()
    assert (waiting.count, waiting.parked, waiting.oldest) == (3, 1, person.clock())
    person.records.release(parked.seq)
    assert [operation.seq for operation in person.records.due(person.clock())] == [parked.seq, free.seq]
    assert behind.seq not in {operation.seq for operation in person.records.due(person.clock())}


def test_a_refused_document_says_so_in_the_list(person: Person) -> None:
    """With the reason and its fields, for the sentence."""
    operation = person.act(document())
    person.records.start_sending({operation.seq: b"bytes"})
    person.records.park(operation.seq, "too-large", {"limit": 5})
    (row,) = person.records.documents()
    assert (row.state, row.reason, row.fields) == (DocumentState.REFUSED, "too-large", {"limit": 5})
    assert person.told[-1].origin is Origin.OPERATION
    person.records.release(operation.seq)
    (row,) = person.records.documents()
    assert (row.state, row.reason) == (DocumentState.WAITING, None)
    assert person.records.operations()[0].send_bytes is None


def test_urgent_lanes_go_first(person: Person) -> None:
    """Within a lane, in the order of the acts."""
    slow, urgent = person.act(document(), lane=3), person.act(document(), lane=1)
    assert [operation.seq for operation in person.records.due(person.clock())] == [urgent.seq, slow.seq]
    assert len(person.records.due(person.clock(), 1)) == 1


def test_an_operation_that_is_not_there_is_told(person: Person) -> None:
    """Confirmed meanwhile, or never was."""
    for use in (
        lambda: person.records.answered(7),
        lambda: person.records.release(7),
        lambda: person.records.start_sending({7: b""}),
    ):
        with pytest.raises(OperationUnknown):
            use()


def test_nothing_waiting_is_nothing(person: Person) -> None:
    """Nor oldest, nor parked."""
    waiting = person.records.waiting()
    assert (waiting.count, waiting.oldest, waiting.parked) == (0, None, 0)


def test_a_conflict_keeps_all_three_versions(person: Person) -> None:
    """Base, ours and theirs, until it is settled; the list says that it needs someone."""
    base = document("Avant")
    person.feed(base)
    ours = base | {"content": document("Nous")["content"]}
    operation = person.act(ours, base={f"DocumentReference/{base['id']}": "1"})
    person.feed(base | {"content": document("Eux")["content"]})
    assert person.records.operations()[0].reason == "changed-elsewhere"
    with person.vault.store.read() as connection:
        (kept,) = connection.execute(
            "SELECT base, ours, theirs, theirs_version, settled_at FROM conflict"
            " WHERE type = 'DocumentReference'"
        ).fetchall()
    assert ["Avant" in kept[0], "Nous" in kept[1], "Eux" in kept[2], *kept[3:]] == [
        True,
        True,
        True,
        "2",
        None,
    ]
    assert person.records.documents()[0].state is DocumentState.REFUSED
    assert person.records.waiting().parked == 1
    person.records.release(operation.seq)
    assert person.records.documents()[0].state is DocumentState.REFUSED, "it clashes still"


def test_confirmed_operations_are_kept_thirty_days(person: Person) -> None:
    """A restored service may have to be offered them again."""

    def kept() -> int:
        with person.vault.store.read() as connection:
            return int(connection.execute("SELECT count(*) FROM op_journal").fetchone()[0])

    operation = person.act(document())
    person.feed(*operation.resources)
    person.clock.forward(days=29)
    person.page()
    assert kept() == 1
    person.clock.forward(days=2)
    person.page()
    assert kept() == 0
