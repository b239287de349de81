"""What a failure means for an act that waits."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from app.vault.sealed import FileDamaged, FileMissing
from sync import failures as f
from sync.backoff import full_jitter
from sync.uploads import UploadDamaged
from sync.verdicts import Fate, verdict

if TYPE_CHECKING:
    from app.errors import TandemError


@pytest.mark.parametrize(
    ("failure", "fate", "ends_round"),
    [
        (f.Offline(), Fate.STOP, True),
        (f.CaptivePortal(), Fate.STOP, True),
        (f.NotTrusted(), Fate.STOP, True),
        (f.Unauthorised(), Fate.STOP, True),
        (f.Busy(status=429, retry_after=7), Fate.RETRY, True),
        (f.ServiceBroken(status=500), Fate.RETRY, False),
        (f.Stalled(status=0), Fate.RETRY, False),
        (f.VersionClash(status=412), Fate.REBASE, False),
        (f.Forbidden(), Fate.PARK, False),
        (f.Absent(status=404), Fate.PARK, False),
        (f.TooLarge(), Fate.PARK, False),
        (f.Refused(status=422, reason="required", expression=""), Fate.PARK, False),
        (f.Refused(status=422, reason="binary-missing", expression=""), Fate.RETRY, False),
        (UploadDamaged(), Fate.PARK, False),
        (FileMissing(), Fate.PARK, False),
        (FileDamaged(chunk=1), Fate.PARK, False),
    ],
)
def test_each_failure_has_one_fate(failure: TandemError, fate: Fate, ends_round: bool) -> None:  # noqa: FBT001
    """Only what the service understood and refused is set aside."""
    decided = verdict(failure, 1, random.Random(1))
    assert (decided.fate, decided.ends_round) == (fate, ends_round)


def test_an_upload_that_never_stays_is_said_in_the_end() -> None:
    """It is sent again three times."""
    failure = f.Refused(status=422, reason="binary-missing", expression="")
    assert verdict(failure, 9, random.Random(1), alike=3).fate is Fate.RETRY
    assert verdict(failure, 9, random.Random(1), alike=4).fate is Fate.PARK


def test_waits_double_with_full_jitter_up_to_a_quarter_of_an_hour() -> None:
    """Never the same second for every PC."""
    rng = random.Random(7)
    for tries, ceiling in ((1, 2), (2, 4), (5, 32), (10, 900), (1000, 900)):
        waits = [full_jitter(tries, rng) for _ in range(300)]
        assert min(waits) >= 0.2
        assert ceiling * 0.8 < max(waits) <= ceiling
        assert len(set(waits)) > 200
