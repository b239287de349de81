"""Pages of the feed: rows and cursor together, no version lost, none resurrected."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ids import mint
from app.records import Cursor, DocumentState, FeedEntry, Operation, OperationState
from app.records.removals import Removals
from app.records.restoring import Lost
from app.records.values import OF_ANOTHER_LIFE
from app.vault.sqlcipher import ConstraintBroken

from .conftest import EPOCH, Person, document


def test_a_page_brings_documents_and_its_cursor(person: Person) -> None:
    """Up to date, not ours, no file yet."""
    assert person.records.cursor("changes") is None
    person.feed(document("Bilan"), document("Radio", "2025-01-02"))
    assert person.records.cursor("changes") == Cursor("1", EPOCH)
    assert person.titles() == ["Bilan", "Radio"]
    row = person.records.documents()[0]
    assert (row.state, row.is_ours, row.has_file) == (DocumentState.UP_TO_DATE, False, False)


def test_a_page_that_fails_leaves_neither_rows_nor_cursor(person: Person) -> None:
    """A cursor is never ahead of its rows."""
    bad = FeedEntry.of("DocumentReference", "x", None, "2026-01-01T00:00:00Z", document())  # type: ignore[arg-type]
    with pytest.raises(ConstraintBroken):
        person.page(person.entry(document()), bad)
    assert person.records.cursor("changes") is None
    assert person.records.documents() == []


def test_an_empty_page_moves_the_cursor_and_tells_nobody(person: Person) -> None:
    """Up to date is no news."""
    person.page()
    assert person.records.cursor("changes") == Cursor("1", EPOCH)
    assert person.told == []


def test_a_page_told_twice_is_no_news(person: Person) -> None:
    """After a crash the same page may come again."""
    told = person.entry(document())
    person.page(told)
    person.told.clear()
    person.page(told)
    assert person.told == []
    assert person.records.count_documents() == 1


def test_a_tombstone_takes_the_document_away_and_keeps_it_away(person: Person) -> None:
    """An older version that comes late does not bring it back."""
    reference = document()
    old = person.entry(reference)
    person.page(old)
    person.page(person.gone(reference))
    person.records.carry_out_removals()
    assert person.records.documents() == []
    assert person.records.get("DocumentReference", reference["id"]) is None
    person.page(old)
    assert person.records.documents() == []


@pytest.mark.parametrize("status", ["superseded", "entered-in-error"])
def test_a_replaced_document_leaves_the_list(person: Person, status: str) -> None:
    """It is still a resource, but nothing to read by mistake."""
    reference = document()
    person.feed(reference)
    person.feed(reference | {"status": status})
    assert person.records.documents() == []
    assert person.records.count_documents() == 0
    assert person.records.get("DocumentReference", reference["id"]) is not None


def test_a_change_of_date_moves_the_document(person: Person) -> None:
    """And its search follows."""
    reference = document("Bilan", "2020-01-01")
    person.feed(reference, document("Radio", "2021-01-01"))
    assert person.titles() == ["Radio", "Bilan"]
    person.feed(reference | {"content": document("Bilan", "2022-01-01")["content"]})
    assert person.titles() == ["Bilan", "Radio"]
    assert person.titles(text="bilan", year=2022) == ["Bilan"]
    assert person.titles(text="bilan", year=2020) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2)]),
    cuts=st.lists(st.integers(0, 5), max_size=3),
)
def test_any_order_of_versions_ends_the_same(
    person: Person, order: list[tuple[str, int]], cuts: list[int]
) -> None:
    """A feed read by time comes as it likes; the newest version stays."""
    person.pages += 1
    entries = [
        FeedEntry.of(
            "List", f"{name}{person.pages}", str(version), "x", {"resourceType": "List", "n": version}
        )
        for name, version in order
    ]
    start = person.pages
    edges = [0, *sorted(cuts), len(entries)]
    for first, last in pairwise(edges):
        person.page(*entries[first:last])
    for name, newest in (("a", 3), ("b", 2)):
        found = person.records.get("List", f"{name}{start}")
        assert found is not None
        assert found["n"] == newest


# Another life of the service


def test_a_feed_begun_anew_keeps_what_is_here(person: Person) -> None:
    """Nothing goes because the service forgot; an operation stays confirmed or waiting."""
    kept, gone = document("Gardé"), document("Perdu", "2020-01-01")
    person.feed(kept, gone)
    waiting = person.act(document("En attente", "2026-07-01"))
    person.records.lay_again("changes")
    assert person.records.cursor("changes") is None
    assert person.titles() == ["En attente", "Gardé", "Perdu"]
    # Restored from a copy, the service counts its versions from an earlier number.
    person.versions.clear()
    person.feed(kept | {"description": "de la copie"})
    assert person.records.lost("changes") == Lost(acts=0, resources=1)
    found = person.records.get("DocumentReference", kept["id"])
    assert found is not None
    assert found["description"] == "de la copie"
    person.records.settle_lost("changes", offer_again=False)
    assert person.records.lost("changes") is None
    assert person.titles() == ["En attente", "Gardé", "Perdu"]
    assert person.records.operations() == [waiting]
    assert person.records.removals().count == 0, "what was kept is not asked about again"


def test_what_a_restored_service_lost_is_offered_again_once(person: Person) -> None:
    """Under its old ids, on what the service has now; a change is merged with it."""
    filed, changed = document("Déposé"), document("Avant", "2020-01-01")
    person.feed(changed)
    one = person.act(filed)
    two = person.act(changed | {"description": "nous"}, base={f"DocumentReference/{changed['id']}": "1"})
    person.feed(*one.resources)
    person.feed(*two.resources)
    person.records.lay_again("changes")
    person.versions.clear()
    person.feed(changed | {"language": "fr"})
    assert person.records.lost("changes") == Lost(acts=2, resources=3)
    person.records.settle_lost("changes", offer_again=True)
    first, second = person.records.operations()
    assert (first.op_id, second.op_id) == (one.op_id, two.op_id)
    assert first.base_versions == {}
    assert second.base_versions == {f"DocumentReference/{changed['id']}": "1"}
    again = next(each for each in second.resources if each["id"] == changed["id"])
    assert (again["description"], again["language"]) == ("nous", "fr")
    person.feed(*first.resources)
    person.feed(*second.resources)
    assert person.records.operations() == []
    assert person.records.lost("changes") is None


@pytest.mark.parametrize("sent", [False, True])
def test_the_same_number_in_another_life_is_another_version(person: Person, *, sent: bool) -> None:
    """An act that waits stood on version 1; the version 1 of a service put back says something else."""
    paper = document("Avant")
    key = f"DocumentReference/{paper['id']}"
    person.feed(paper)
    act = person.act(paper | {"description": "nous"}, base={key: "1"})
    if sent:
        person.records.start_sending({act.seq: b"{}"}, [])
    person.records.lay_again("changes")
    (waits,) = person.records.operations()
    assert (waits.base_versions, waits.send_bytes) == ({key: OF_ANOTHER_LIFE}, None)
    assert person.records.version(*key.split("/")) == OF_ANOTHER_LIFE
    person.versions.clear()
    person.feed(paper | {"language": "fr"})
    assert person.records.version(*key.split("/")) == "1"
    (waits,) = person.records.operations()
    if sent:  # its answer is not known: it is merged once it was refused as stale
        assert waits.base_versions == {key: OF_ANOTHER_LIFE}
        return
    assert waits.base_versions == {key: "1"}
    again = next(each for each in waits.resources if each["id"] == paper["id"])
    assert (again["description"], again["language"]) == ("nous", "fr")


def test_what_is_taken_away_from_an_act_before_stays_away(person: Person) -> None:
    """The act before is read back before the version that it made: the feed tells that in its later place."""
    paper = document("Avant")
    key = f"DocumentReference/{paper['id']}"
    person.feed(paper)
    seen = person.records.get(*key.split("/"))
    assert seen is not None
    first = person.act(seen | {"language": "fr"}, base={key: "1"})
    second = person.act(seen, base={key: "1"})
    person.feed(first.resources[-1])
    assert [each.op_id for each in person.records.operations()] == [second.op_id]
    person.feed(paper | {"language": "fr", "description": "d’une autre"})
    (waits,) = person.records.operations()
    again = next(each for each in waits.resources if each["id"] == paper["id"])
    assert (again["description"], "language" in again) == ("d’une autre", False)


def test_a_form_that_was_open_over_a_restoration_is_merged(person: Person) -> None:
    """What it was made from bears the number of what is here, and is another version."""
    paper = document("Avant") | {"meta": {"versionId": "1", "lastUpdated": "2026-11-22T08:00:00.000Z"}}
    key = f"DocumentReference/{paper['id']}"
    person.feed(paper)
    seen = person.records.get(*key.split("/"))
    assert seen is not None
    person.records.lay_again("changes")
    person.versions.clear()
    newer = {"versionId": "1", "lastUpdated": "2026-11-22T09:00:00.000Z"}
    person.feed(paper | {"language": "fr", "meta": newer})
    told: list[Operation] = []
    person.act(seen | {"description": "nous"}, base={key: "1"}, bases={key: seen}, inside=told.append)
    (waits,) = person.records.operations()
    for each in (waits, *told):  # an envelope keeps the same
        again = next(body for body in each.resources if body["id"] == paper["id"])
        assert (again["description"], again["language"]) == ("nous", "fr")
        assert each.base_versions == {key: "1"}


def test_another_life_is_another_generation_whatever_was_read_before(person: Person) -> None:
    """A store that came from one server to another, each with a feed of its own: both may be put back."""
    kept = document("Gardé")
    for name in ("changes", "changes", "by-time"):
        person.records.lay_again(name)
        person.records.apply_page(name, (), Cursor("1", "x"))
    person.feed(kept)
    person.records.lay_again("by-time")
    assert person.records.lost("by-time") == Lost(acts=0, resources=1)


def test_what_is_offered_again_stands_before_what_was_done_after_it(person: Person) -> None:
    """Its place is the old one: what waits was said by someone who saw it, and is laid on it."""
    paper = document("Avant")
    key = f"DocumentReference/{paper['id']}"
    person.feed(paper)
    first = person.act(paper | {"description": "nous"}, base={key: "1"})
    person.feed(*first.resources)
    second = person.act(paper | {"description": "nous", "language": "fr"}, base={key: "2"})
    person.records.lay_again("changes")
    person.versions.clear()
    person.feed(paper | {"docStatus": "final"})
    person.records.settle_lost("changes", offer_again=True)
    one, two = person.records.operations()
    assert (one.op_id, two.op_id) == (first.op_id, second.op_id)
    (says, says_then) = (
        next(each for each in waits.resources if each["id"] == paper["id"]) for waits in (one, two)
    )
    assert (says["description"], says["docStatus"], "language" in says) == ("nous", "final", False)
    assert (says_then["description"], says_then["docStatus"], says_then["language"]) == (
        "nous",
        "final",
        "fr",
    )
    assert person.records.get(*key.split("/")) == says_then


def test_what_was_made_on_an_act_that_is_lost_does_not_bring_it_back(person: Person) -> None:
    """A form that showed both is saved alone: the act that the service lost is asked about, and only it."""
    paper = document("Avant") | {"meta": {"versionId": "1", "lastUpdated": "2026-11-22T08:00:00.000Z"}}
    key = f"DocumentReference/{paper['id']}"
    person.feed(paper)
    first = person.act(paper | {"description": "nous"}, base={key: "1"})
    seen = person.records.get(*key.split("/"))
    assert seen is not None
    person.feed(*first.resources)
    person.records.lay_again("changes")
    person.versions.clear()
    person.feed(paper)
    person.act(seen | {"language": "fr"}, base={key: "1"}, bases={key: seen})
    (waits,) = person.records.operations()
    says = next(each for each in waits.resources if each["id"] == paper["id"])
    assert (says["language"], "description" in says) == ("fr", False)


def test_what_was_deleted_since_is_not_offered_again(person: Person) -> None:
    """Filed here, deleted by somebody, and then the service was put back to before both: nothing rises."""
    filed = document("Déposé")
    done = person.act(filed)
    person.feed(*done.resources)
    person.page(person.gone(filed))
    person.records.carry_out_removals()
    person.records.lay_again("changes")
    person.versions.clear()
    person.feed(document("Autre"))
    person.records.settle_lost("changes", offer_again=True)
    assert person.titles() == ["Autre"]
    assert person.records.operations() == []


# What the service deletes


def test_deletions_wait_for_the_end_of_the_pull(person: Person) -> None:
    """What is told and taken back in one pull was never gone; the rest goes in one step."""
    first, second = document("Un"), document("Deux", "2020-01-01")
    person.feed(first, second)
    person.page(person.gone(first), person.gone(second))
    assert person.titles() == ["Un", "Deux"]
    assert person.records.removals() == Removals(count=2, living=2, documents=2)
    person.feed(second | {"description": "revenu"})
    assert person.records.removals().count == 1
    person.records.carry_out_removals()
    assert person.titles() == ["Deux"]
    assert person.records.removals().count == 0


def test_what_names_a_document_goes_with_it_and_is_not_counted(person: Person) -> None:
    """One paper that is hidden is one, with its set and its provenance; a set of what stays is one more."""
    hidden, stays = document("Secret"), document("Reste", "2020-01-01")
    names = [
        [{"reference": f"DocumentReference/{each['id']}"}, {"reference": "Patient/1"}]
        for each in (hidden, stays)
    ]
    act = {"resourceType": "Provenance", "id": mint(), "target": names[0]}
    sets = [
        {"resourceType": "List", "id": mint(), "entry": [{"item": each} for each in named]} for named in names
    ]
    person.feed(hidden, stays, act, *sets)
    person.page(person.gone(hidden), person.gone(sets[0]), person.gone(act))
    assert person.records.removals() == Removals(count=1, living=5, documents=1)
    person.page(person.gone(sets[1]))
    assert person.records.removals().count == 2
    person.records.carry_out_removals()
    assert person.titles() == ["Reste"]
    assert person.records.removals() == Removals(0, 0, 0)
    for each in (act, *sets):
        assert person.records.get(each["resourceType"], each["id"]) is None


def test_what_the_person_keeps_is_not_asked_about_again(person: Person) -> None:
    """Unless the service tells anew that it deleted it."""
    reference = document("Gardé")
    person.feed(reference)
    person.page(person.gone(reference))
    person.records.keep_removals()
    assert person.records.removals().count == 0
    assert person.titles() == ["Gardé"]
    person.page(person.gone(reference))
    assert person.records.removals().count == 1


def test_an_edit_of_what_was_deleted_elsewhere_is_a_conflict(person: Person) -> None:
    """Neither the deletion nor the edit is lost: someone chooses."""
    reference = document("Les deux")
    person.feed(reference)
    operation = person.act(
        reference | {"description": "nous"}, base={f"DocumentReference/{reference['id']}": "1"}
    )
    person.page(person.gone(reference))
    person.records.carry_out_removals()
    (found,) = person.records.operations()
    assert (found.seq, found.state) == (operation.seq, OperationState.CONFLICT)
    seen = person.records.get("DocumentReference", reference["id"])
    assert seen is not None
    assert seen["description"] == "nous"


# Files


def test_missing_files_are_the_newest_first(person: Person) -> None:
    """What was just filed here is not missing; what was downloaded is not any more."""
    old, new, ours = document("Vieux", "2019-01-01"), document("Neuf", "2025-01-01"), document("Ici")
    person.feed(old, new)
    person.act(ours, document_id=ours["id"])
    assert [row.title for row in person.records.missing_files(10)] == ["Neuf", "Vieux"]
    person.records.file_stored(new["id"], "cd" * 32, 99, "image/png")
    assert [row.title for row in person.records.missing_files(10)] == ["Vieux"]
    assert person.records.documents()[1].has_file
    person.records.file_removed(new["id"])
    assert [row.title for row in person.records.missing_files(1)] == ["Neuf"]
