"""Commits are told to whoever listens."""

from __future__ import annotations

from app.changes import Change, Changes, Origin

CHANGE = Change(frozenset({"List"}), frozenset({"List/1"}), Origin.ACT)


def test_everyone_who_listens_hears() -> None:
    """Until they stop; stopping twice is harmless."""
    changes, one, two = Changes(), list[Change](), list[Change]()
    stop = changes.subscribe(one.append)
    changes.subscribe(two.append)
    changes.publish(CHANGE)
    stop()
    stop()
    changes.publish(CHANGE)
    assert (one, two) == ([CHANGE], [CHANGE, CHANGE])


def test_one_that_fails_does_not_silence_the_others() -> None:
    """The commit stands: its caller must not be told that it failed."""
    changes, heard = Changes(), list[Change]()

    def fail(_: Change) -> None:
        raise ZeroDivisionError

    changes.subscribe(fail)
    changes.subscribe(heard.append)
    changes.publish(CHANGE)
    assert heard == [CHANGE]


def test_one_may_stop_listening_while_it_hears() -> None:
    """A screen closes because of what it heard."""
    changes, heard = Changes(), list[Change]()

    def once(change: Change) -> None:
        heard.append(change)
        stop()

    stop = changes.subscribe(once)
    changes.publish(CHANGE)
    changes.publish(CHANGE)
    assert heard == [CHANGE]
