"""What must be right in the end, when the network has healed and everybody has come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.records import OperationState

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.service import Service
    from tests.simulation.world import World

__all__ = ["judge"]

_SET_ASIDE = {OperationState.PARKED, OperationState.CONFLICT}


def judge(device: Device, service: Service, world: World) -> None:
    """Write down whatever is wrong with a device."""
    _nothing_is_lost(device, service, world)
    _all_is_shown(device, service, world)
    _at_rest(device, world)


def _nothing_is_lost(device: Device, service: Service, world: World) -> None:
    living = {each.op_id: each for each in device.records.operations()}
    for op_id in device.acknowledged:
        filed, waits = f"Provenance/{op_id}" in service.current, living.get(op_id)
        if filed and waits is not None:
            world.wrong(f"{device.name}: act {op_id[:8]} is filed and still waits")
        if filed or op_id in device.given_up:
            continue
        if waits is None and _is_of_the_deleted(device, service, op_id):
            continue
        if waits is None:
            world.wrong(f"{device.name}: act {op_id[:8]} was acknowledged and is lost")
        elif waits.state not in _SET_ASIDE:
            world.wrong(f"{device.name}: act {op_id[:8]} still waits ({waits.state}, {waits.reason})")
        elif waits.state is OperationState.PARKED and op_id not in device.poisoned:
            world.wrong(f"{device.name}: act {op_id[:8]} was set aside: {waits.reason}")


def _is_of_the_deleted(device: Device, service: Service, op_id: str) -> bool:
    """Say whether somebody deleted all that an act was about, and this device has it no more.

    A service put back from before both has lost the act and its end; what was not wanted is not offered.
    """
    keys = device.about.get(op_id, set())
    return bool(keys) and all(
        each in service.deleted and device.records.get(*each.split("/")) is None for each in keys
    )


def _all_is_shown(device: Device, service: Service, world: World) -> None:
    waiting = {key for each in device.records.operations() for key in device.about.get(each.op_id, ())}
    kept = {
        f"{kind}/{each}" for kind, each in device.disk.connection.execute("SELECT type, id FROM withheld")
    }
    for key, (_, body) in service.shown():
        if device.records.there(*key.split("/")) != body and key not in kept:
            world.wrong(f"{device.name} does not have {key[:20]} as the service has it")
        if device.records.get(*key.split("/")) != body and key not in kept | waiting:
            world.wrong(f"{device.name} does not show {key[:20]} as the service has it")


def _at_rest(device: Device, world: World) -> None:
    before, written = device.wire.requests, device.wire.written
    world.run(world.now + 31)
    count = device.wire.requests - before
    if count > device.service.most_at_rest:
        world.wrong(f"{device.name} does not come to rest: {count} requests in half a minute")
    if device.wire.written > written:
        world.wrong(f"{device.name} still writes though all is well")
