"""The sync engine under Hypothesis: any order of acts, rounds, troubles and other people's changes.

The simulation (``tests/simulation``) throws dice over long runs; here Hypothesis looks for the shortest
sequence that breaks a rule, and shows it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.errors import TandemError
from app.vault.sqlcipher import DiskFull, StoreBusy
from sync.lanes import Lane
from tests.simulation.device import Device
from tests.simulation.disk import Crash
from tests.simulation.judgement import judge
from tests.simulation.knobs import Knobs
from tests.simulation.service import Service
from tests.simulation.still import Still

if TYPE_CHECKING:
    from collections.abc import Callable

DEVICES = st.integers(0, 1)
_ON_THE_WIRE = (
    "lost-request", "lost-answer", "twice", "cut-answer", "captive", "signed-out", "busy", "entry-busy",
    "broken", "broken-after", "phantom", "phantom", "phantom",
)  # fmt: skip
_ON_THE_DISK = ("crash-before", "crash-after", "disk-full", "disk-busy")


class Syncing(RuleBasedStateMachine):
    """Two devices, one service, and whatever comes between."""

    @initialize(seed=st.integers(0, 1000), page=st.sampled_from((1, 3, 50)), remembers=st.booleans())
    def begin(self, seed: int, page: int, remembers: bool) -> None:  # noqa: FBT001
        """Two devices that have read what was there."""
        self.world = Still(seed)
        self.service = Service(page, self.world.wrong, remembers=remembers)
        self.trouble: str | None = None
        self.copy: dict[str, Any] | None = None
        for number in range(2):
            body = {"resourceType": "Flag", "id": self.world.mint("b"), "alpha": f"old {number}"}
            self.service.change(f"Flag/{body['id']}", body)
        self.devices = [Device(f"D{n}", self.world, self.service, Knobs(), self._met) for n in range(2)]
        for each in self.devices:
            each.rounds.once()

    def _met(self, name: str) -> bool:
        if name != self.trouble:
            return False
        self.trouble = None
        return True

    def _alive(self, device: Device, do: Callable[[], object]) -> None:
        """Do something on a device; it may die of it, and starts again."""
        try:
            do()
        except Crash:
            device.restart()
        except (DiskFull, StoreBusy):
            pass
        self.trouble = None

    @rule(device=DEVICES, trouble=st.sampled_from((None, None, "poison", *_ON_THE_DISK)))
    def act(self, device: int, trouble: str | None) -> None:
        """The person edits, creates or files."""
        self.trouble = trouble
        self._alive(self.devices[device], self.devices[device].act_once)

    @rule(device=DEVICES, trouble=st.sampled_from((None, None, *_ON_THE_WIRE, *_ON_THE_DISK)))
    def round(self, device: int, trouble: str | None) -> None:
        """The engine's turn, with one trouble somewhere in it."""
        self.trouble = trouble
        self._alive(self.devices[device], self.devices[device].rounds.once)

    @rule(device=DEVICES, trouble=st.sampled_from((None, *_ON_THE_WIRE)))
    def bring_a_file(self, device: int, trouble: str | None) -> None:
        """A file goes up."""
        self.trouble = trouble

        def step() -> None:
            with suppress(TandemError):
                self.devices[device].deposits.step(Lane.DOCUMENTS, lambda: False)

        self._alive(self.devices[device], step)

    @rule(device=DEVICES)
    def settle(self, device: int) -> None:
        """The person answers what is asked, and chooses."""
        self._alive(self.devices[device], self.devices[device].settle)

    @rule(which=st.integers(0, 50), element=st.sampled_from(("alpha", "beta", None)))
    def somebody_else(self, which: int, element: str | None) -> None:
        """Someone changes or deletes something at the service."""
        living = [key for key, (_, body) in self.service.current.items() if body and key.startswith("Flag/")]
        if not living:
            return
        key = living[which % len(living)]
        body = dict(self.service.current[key][1] or {})
        if element is None:
            self.service.change(key, None)
        else:
            self.service.change(key, body | {element: f"other {len(self.service.log)}"})

    @rule()
    def back_up(self) -> None:
        """The operator keeps a copy of the service."""
        self.copy = self.service.copy()

    @precondition(lambda self: getattr(self, "copy", None) is not None)
    @rule(quietly=st.booleans())
    def put_back(self, quietly: bool) -> None:  # noqa: FBT001
        """The service is put back from it, once."""
        assert self.copy is not None
        self.service.was_restored = True
        self.service.put_back(self.copy, quietly=quietly)
        self.copy = None

    @rule(seconds=st.sampled_from((1, 10, 1000)))
    def time_passes(self, seconds: int) -> None:
        """Waits come to their end."""
        self.world.now += seconds

    @precondition(lambda self: hasattr(self, "devices"))
    @invariant()
    def nothing_is_wrong(self) -> None:
        """No silent overwrite, nothing filed twice, no cursor ahead of its rows."""
        for each in self.devices:
            each.check_cursor()
        assert self.world.failures == [], "\n".join([*self.world.trace, *self.world.failures])

    def teardown(self) -> None:
        """All is well again: everything must come to its end within a few rounds."""
        if not hasattr(self, "devices"):
            return
        self.trouble = None
        for _ in range(8):
            self.world.now += 1000
            for each in self.devices:
                each.rounds.forgive()
                while each.deposits.step(Lane.DOCUMENTS, lambda: False):
                    pass
                each.rounds.once()
                each.settle()
        for each in self.devices:
            each.rounds.once()
            judge(each, self.service, self.world)
        failures, trace = self.world.failures, self.world.trace
        for each in self.devices:
            each.disk.close()
        assert failures == [], "\n".join([*trace, *failures])


def test_any_order_of_events_ends_well() -> None:
    """Hypothesis finds no sequence that loses, doubles or overwrites anything."""
    run_state_machine_as_test(
        Syncing,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
