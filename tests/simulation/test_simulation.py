"""Deterministic simulation: the engine's own code, through seeded troubles, always ends right.

``--slow`` lives through 10,000 seeds, a run without it through 500. A failing seed is made as simple as it
fails with, and told with its trace: ``run(seed, knobs)`` repeats it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from app.fhir.merging import Merged
from app.records import OperationState, outbox, rebasing
from app.records.values import FeedEntry
from sync import guard
from sync.conformance import Tier
from sync.incoming import FEED, Incoming
from sync.passes import Progress
from sync.reading_back import ReadBack
from tests.simulation.knobs import TROUBLES, Knobs, knobs_of
from tests.simulation.run import run, shrink
from tests.simulation.still import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.records import Operation, Records

SEEDS, SLOW_SEEDS, CHUNK = 500, 10_000, 50


def live_through(seeds: range) -> None:
    """Run seeds; tell the first that fails, in its simplest form."""
    for seed in seeds:
        outcome = run(seed)
        if outcome.failures:
            pytest.fail(str(shrink(outcome)), pytrace=False)


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_all_ends_well(start: int) -> None:
    """Nothing lost, nothing doubled, nobody overwritten, everybody at rest."""
    live_through(range(start, start + CHUNK))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("start", range(SEEDS, SLOW_SEEDS, 500))
def test_all_ends_well_ten_thousand_times(start: int) -> None:
    """The same, for long."""
    live_through(range(start, start + 500))


def test_a_seed_is_the_same_run_every_time() -> None:
    """Otherwise a failure could not be looked at again."""
    first, second = run(7), run(7)
    assert first.trace == second.trace
    assert len(first.trace) > 5


def test_every_trouble_is_met() -> None:
    """In five hundred seeds each of them, often."""
    met = Counter(each for seed in range(SEEDS) for each in knobs_of(seed).troubles)
    assert set(met) == set(TROUBLES)
    assert min(met.values()) >= 15


# What a fault in the engine looks like here


def believing_the_answer(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """An act is done when it was answered."""
    found = outbox.confirmed_by_the_feed

    def confirmed(connection):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        answered = outbox._many(connection, "state = 'answered'", ())
        return list({each.seq: each for each in (*found(connection), *answered)}.values())

    monkeypatch.setattr(outbox, "confirmed_by_the_feed", confirmed)
    return Knobs(troubles=frozenset({"phantom"}), rate=0.3)


def saying_no_version(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """A change does not say from which version it was made."""
    from sync import destination

    made = destination.transaction

    def blind(resources, versions=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return made(resources, dict.fromkeys(versions or {}, ""))

    monkeypatch.setattr(destination, "transaction", blind)
    return Knobs(resources=1, troubles=frozenset({"other-edits", "offline"}), rate=0.3)


def taking_ours(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """Two changes of one thing are not merged: ours is laid over theirs."""
    monkeypatch.setattr(rebasing, "merge", lambda _base, ours, _theirs: Merged(ours, (), changed=True))
    return Knobs(resources=1, troubles=frozenset({"other-edits"}), rate=0.3)


def cursor_first(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """The cursor is stored before its page."""

    def apply(self: Incoming, page):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        from app.records import Cursor

        self._records.apply_page(FEED, (), Cursor(page.cursor, page.epoch))
        return self._records.apply_page(FEED, page.entries, Cursor(page.cursor, page.epoch))

    monkeypatch.setattr(Incoming, "_apply", apply)
    return Knobs(troubles=frozenset({"crash-before", "other-edits"}), rate=0.3)


def forgetting_a_refusal(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """What the service refuses is dropped."""

    def park(self: Records, seq: int, *_: object) -> None:
        with self._store.transaction() as connection:
            outbox.drop(connection, seq, "2026-11-22")

    from app.records import Records

    monkeypatch.setattr(Records, "park", park)
    return Knobs(troubles=frozenset({"poison"}), rate=0.9)


def out_of_order(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """Later acts on a thing do not wait for earlier ones."""
    monkeypatch.setattr(
        outbox,
        "due",
        lambda connection, *_: outbox._many(connection, "state <> 'parked' ORDER BY seq DESC", ()),
    )
    return Knobs(resources=1, acts=8, troubles=frozenset({"offline"}), rate=0.5)


def blocking_a_group(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """One bad act keeps its whole group waiting."""
    from sync import outgoing

    def stuck(self, group, _bodies, failure):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        for each in group:
            self._judge.later(each, 5, failure.code)
        return 0

    monkeypatch.setattr(outgoing.Outgoing, "_failed", stuck)
    return Knobs(acts=8, troubles=frozenset({"poison", "offline"}), rate=0.5)


def deleting_unasked(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """What a restored service no longer tells is deleted here as well."""

    def settle(records: Records, feed: str) -> None:
        if records.lost(feed) is not None:
            with records._store.transaction() as connection:
                connection.execute(
                    "DELETE FROM truth WHERE generation < (SELECT max(generation) FROM cursor)"
                )
            records.settle_lost(feed, offer_again=False)

    monkeypatch.setattr(guard, "settle", settle)
    return Knobs(troubles=frozenset({"restored"}), rate=0.3)


def no_overlap(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """A history is asked from the very moment it was read up to."""
    monkeypatch.setattr(Progress, "since", lambda self, _window: self.at)
    return Knobs(tier=Tier.HISTORY, troubles=frozenset({"late-commit", "other-edits"}), rate=0.5)


def believing_another_server(monkeypatch: pytest.MonkeyPatch) -> Knobs:
    """At another maker's server an act is done when it was answered."""
    monkeypatch.setattr(ReadBack, "found", lambda _self, operation: [_as_sent(operation)])
    return Knobs(tier=Tier.SEARCH, troubles=frozenset({"phantom"}), rate=0.3)


def _as_sent(operation: Operation) -> FeedEntry:
    proof = {"resourceType": "Provenance", "id": operation.op_id, "target": []}
    return FeedEntry.of("Provenance", operation.op_id, "1", "2026-11-22T08:00:00Z", proof)


FAULTS = (
    no_overlap,
    believing_another_server,
    believing_the_answer,
    saying_no_version,
    taking_ours,
    cursor_first,
    forgetting_a_refusal,
    out_of_order,
    blocking_a_group,
    deleting_unasked,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_engine_is_noticed(
    fault: Callable[[pytest.MonkeyPatch], Knobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is caught within thirty seeds, and none of those fails without it."""
    knobs = fault(monkeypatch)
    caught = next((seed for seed in range(30) if run(seed, knobs).failures), None)
    assert caught is not None
    monkeypatch.undo()
    assert run(caught, knobs).failures == []


def test_what_was_deleted_before_its_creation_was_read_back_is_not_made_again_unasked() -> None:
    """Seed 859: a change of it has no version to stand on, and would have gone without a condition."""
    stage = Stage()
    device = stage.device
    made = stage.world.mint("b")
    key = f"Flag/{made}"
    created = {"resourceType": "Flag", "id": made, "alpha": "one"}
    for element, value in created.items():
        device.means("act", key, element, value)
    device.commit("act", [created], {}, {})
    seen = device.records.get("Flag", made)
    assert seen is not None
    stage.round()
    stage.service.change(key, None)
    stage.round()
    device.means("change", key, "alpha", "two")
    device.commit("change", [{**seen, "alpha": "two"}], {key: ""}, {key: seen})
    stage.round(times=3)
    assert stage.service.current[key][1] is None
    (waits,) = device.records.operations()
    assert waits.state is OperationState.CONFLICT
    assert stage.world.failures == []
