"""Before much is taken away: what a pull would remove, and what a restored service no longer tells.

Decision: up to 25 deletions that are no more than a fifth of what is here are carried out as they come,
a single one in any case. Of more, and of whatever a restored service does not tell again, the person is
asked, and until then nothing goes. Our feed tells every version in its order: what came and went before
a store was read to its end once was never here, and nobody is asked about it (on a PC that serves many,
each visit begins with such a reading).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.records import Records
    from app.records.removals import Removals

__all__ = ["Question", "is_much", "settle"]

MOST_REMOVED, LARGEST_SHARE, NEVER_MUCH = 25, 0.2, 1


class Question(StrEnum):
    """What only a person can say."""

    MANY_REMOVED = "many-removed"
    SERVICE_RESTORED = "service-restored"


def is_much(removals: Removals) -> bool:
    """Say whether so many deletions want a person's word."""
    if removals.count <= NEVER_MUCH:
        return False
    return removals.count > MOST_REMOVED or removals.count > LARGEST_SHARE * removals.living


def settle(records: Records, feed: str) -> Question | None:
    """At the end of a pull: carry out what is little; return what a person must say first."""
    lost = records.lost(feed)
    if lost is not None:
        if lost.acts or lost.resources:
            return Question.SERVICE_RESTORED
        records.settle_lost(feed, offer_again=False)
    removals = records.removals()
    if not removals.count:
        return None
    if is_much(removals):
        return Question.MANY_REMOVED
    records.carry_out_removals()
    return None
