"""A world without others: waiting is only time that passes. For tests that decide each step themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.device import Device
from tests.simulation.knobs import Knobs
from tests.simulation.service import Service
from tests.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.records.values import Resource

__all__ = ["Stage", "Still"]


class Still(World):
    """Nobody else's turn."""

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def run(self, until: float) -> None:
        """Let time pass."""
        self.now = max(self.now, until)


class Stage:
    """One service and its devices; ``trouble`` names what happens next, once."""

    def __init__(self, devices: int = 1, *, page: int = 50, remembers: bool = True) -> None:
        self.world = Still(1)
        self.service = Service(page, self.world.wrong, remembers=remembers)
        self.troubles: list[str] = []
        self.devices = [Device(f"D{n}", self.world, self.service, Knobs(), self._met) for n in range(devices)]

    def _met(self, name: str) -> bool:
        if name not in self.troubles:
            return False
        self.troubles.remove(name)
        return True

    @property
    def device(self) -> Device:
        """The first one."""
        return self.devices[0]

    def there(self, **elements: object) -> str:
        """Put a resource at the service; returns its key."""
        made = self.world.mint("b")
        self.service.change(f"Flag/{made}", {"resourceType": "Flag", "id": made, **elements})
        return f"Flag/{made}"

    def edit(self, key: str, device: int = 0, **elements: object) -> str:
        """Let the person on a device change something; returns the act's id."""
        one = self.devices[device]
        before = one.records.get(*key.split("/"))
        assert before is not None
        op_id = self.world.mint("f")
        for element, value in elements.items():
            one.means(op_id, key, element, value)
        body: Resource = {**before, **elements}
        version = before.get("meta", {}).get("versionId", "")
        one.commit(op_id, [body], {key: version}, {key: before})
        return op_id

    def round(self, device: int = 0, trouble: str | None = None, times: int = 1) -> float:
        """Let a device do its rounds; returns the seconds it would wait then."""
        self.troubles = [trouble] if trouble else []
        wait = 0.0
        for _ in range(times):
            wait = self.devices[device].rounds.once()
            self.world.now += wait
        self.troubles = []
        return wait

    def at_service(self, key: str) -> Resource:
        """Return what the service has now."""
        body = self.service.current[key][1]
        assert body is not None
        return body

    def until(self, reached: Callable[[], bool], rounds: int = 12) -> None:
        """Let every device do its rounds until something holds."""
        for _ in range(rounds):
            if reached():
                return
            for number in range(len(self.devices)):
                self.round(number)
        assert reached(), "\n".join(self.world.trace)
