"""One simulated run: trouble for a while, then none, then everything must be right.

What must hold in the end:

- no act that was acknowledged is lost: it is filed, waits for somebody with all that it says, or was given up
  by a person;
- each act is filed at most once; nothing changes that nobody changed (``service.Ledger``);
- every device shows what the service has, and comes to rest;
- a cursor is never ahead of its rows (looked at all the time);
- nothing of the person stands in a log.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, field

from sync.conformance import Tier
from tests.simulation.by_time import ServiceByTime
from tests.simulation.device import MARKER, Device
from tests.simulation.judgement import judge
from tests.simulation.knobs import Knobs, knobs_of, smaller
from tests.simulation.service import PATIENT_ID, Service
from tests.simulation.world import World

__all__ = ["Outcome", "run", "shrink"]

TROUBLED_SECONDS, HEALED_SECONDS = 300.0, 360.0


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    seed: int
    knobs: Knobs
    failures: list[str]
    trace: list[str] = field(repr=False, default_factory=list)

    def __str__(self) -> str:
        """Say what to run again, and what was wrong."""
        told = "\n".join(
            [f"seed {self.seed}: {self.knobs}", *self.failures[:8], "--- trace", *self.trace[-200:]]
        )
        return told.replace(MARKER, "…")


def run(seed: int, knobs: Knobs | None = None) -> Outcome:
    """Live through one seed."""
    knobs = knobs or knobs_of(seed)
    world = World(seed)
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    try:
        _Run(world, knobs).live()
    finally:
        logging.getLogger().removeHandler(handler)
        world.end()
    if MARKER in logged.getvalue():
        world.failures.append("something of the person stands in a log")
    return Outcome(seed, knobs, world.failures, world.trace)


def shrink(outcome: Outcome, tries: int = 60) -> Outcome:
    """Find a simpler run that fails as well."""
    left, found = tries, outcome
    progress = True
    while progress and left > 0:
        progress = False
        for knobs in smaller(found.knobs):
            left -= 1
            again = run(found.seed, knobs)
            if again.failures:
                found, progress = again, True
                break
            if left <= 0:
                break
    return found


class _Run:
    def __init__(self, world: World, knobs: Knobs) -> None:
        self.world, self.knobs = world, knobs
        self.is_troubled = True
        self.was_restored = False
        self.service = self._service()
        self.service.poison_is_named = world.chance(0.5)
        if "small-service" in knobs.troubles:
            self.service.most_entries = world.rng.choice((2, 4, 7))
        for number in range(knobs.resources):
            body = {"resourceType": "Flag", "id": world.mint("b"), "alpha": f"old {number}", "telecom": []}
            body["subject"] = {"reference": f"Patient/{PATIENT_ID}"}
            self.service.change(f"Flag/{body['id']}", body)
        self.devices = [
            Device(f"D{number}", world, self.service, knobs, self._trouble) for number in range(knobs.devices)
        ]

    def _service(self) -> Service:
        if self.knobs.tier is not Tier.FEED:
            return ServiceByTime(
                self.knobs.page, self.world.wrong, tier=self.knobs.tier, clock=self.world.clock
            )
        remembers = "no-memory" not in self.knobs.troubles
        return Service(self.knobs.page, self.world.wrong, remembers=remembers)

    def _trouble(self, name: str) -> bool:
        if not self.is_troubled or name not in self.knobs.troubles:
            return False
        rate = self.knobs.rate * (0.3 if name.startswith(("crash", "disk")) else 1)
        return self.world.chance(rate)

    def live(self) -> None:
        """Trouble, healing, judgement."""
        for each in self.devices:
            each.live()
        for life in (self._cables, self._others, self._operator):
            self.world.spawn(life)
        self.world.run(TROUBLED_SECONDS)
        self.is_troubled = False
        self.service.most_entries = None
        for each in self.devices:
            each.wire.is_up = True
            each.left = max(each.left, 0)
            if self.knobs.tier is not Tier.FEED:
                # Another session: that is when lists are compared, and a restoration is noticed.
                each.again()
        self.world.spawn(self._helper)
        self.world.run(TROUBLED_SECONDS + HEALED_SECONDS)
        for device in self.devices:
            judge(device, self.service, self.world)

    # The world around

    def _cables(self) -> None:
        while self.is_troubled:
            self.world.pause(self.world.rng.uniform(5, 60))
            if "offline" in self.knobs.troubles and self.is_troubled:
                device = self.world.rng.choice(self.devices)
                device.wire.is_up = not device.wire.is_up

    def _others(self) -> None:
        """Other people and professionals, at the service itself."""
        rng, expiries = self.world.rng, 2
        while self.is_troubled:
            self.world.pause(rng.uniform(5, 60))
            living = [
                key for key, (_, body) in self.service.current.items() if body and key.startswith("Flag/")
            ]
            if not living:
                continue
            key = rng.choice(living)
            body = dict(self.service.current[key][1] or {})
            begun = self.world.clock()
            if self._trouble("late-commit"):
                self.world.pause(rng.uniform(10, 110))
                body = dict(self.service.current.get(key, (0, None))[1] or {})
                if not body:
                    continue
                body[rng.choice(("alpha", "beta", "gamma"))] = f"late {self.world.now:.0f}"
                self.service.change(key, body, begun)
            elif self._trouble("other-edits"):
                body[rng.choice(("alpha", "beta", "gamma"))] = f"other {self.world.now:.0f}"
                self.service.change(key, body)
            elif self._trouble("other-deletes"):
                self.service.change(key, None)
            elif self._trouble("many-deletes"):
                for each in living:
                    self.service.change(each, None)
            if expiries and self._trouble("upload-gone"):
                expiries -= 1
                self.service.uploads.clear()
                used = {str(body.get("binary")) for _, body in self.service.current.values() if body}
                self.service.binaries = {k: v for k, v in self.service.binaries.items() if k in used}

    def _operator(self) -> None:
        """Back up the service, and one day put it back."""
        if self.knobs.tier is not Tier.FEED:
            # It does not say so: until the next session nobody can know (tests/sync/test_another_server.py).
            return
        quietly = "restored-quietly" in self.knobs.troubles
        if not quietly and "restored" not in self.knobs.troubles:
            return
        self.world.pause(self.world.rng.uniform(20, 120))
        copy = self.service.copy()
        self.world.pause(self.world.rng.uniform(20, 120))
        self.world.note("the service is put back")
        self.was_restored = self.service.was_restored = True
        self.service.put_back(copy, quietly=quietly)

    def _helper(self) -> None:
        """When all is well again: somebody answers what is asked and settles what clashes."""
        for each in self.devices:
            each.rounds.forgive()
        while self.world.now < TROUBLED_SECONDS + HEALED_SECONDS - 100:
            self.world.pause(20)
            for each in self.devices:
                each.settle()
