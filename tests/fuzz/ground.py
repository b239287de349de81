"""Where targets stand, and what a target is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.errors import TandemError
from app.reader.values import Limits
from app.vault import envelope, parcels
from app.vault.keys import Key
from tests.fuzz.changing import Tape, bent_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.sync.service.house import House


__all__ = [
    "DEVICE",
    "KEY",
    "MANDATE",
    "MOMENT",
    "PARCEL",
    "SERVICE",
    "SIGNER",
    "SMALL",
    "Ground",
    "Target",
    "whole",
]

SMALL = Limits(read_bytes=4_000_000, pixels=1_000_000)
KEY = Key(bytearray(range(32)))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SERVICE = envelope.ServiceKey.generate()
PARCEL = parcels.ParcelKey.draw()
MOMENT = datetime(2026, 11, 22, 13, 5, 7, tzinfo=UTC)
MANDATE, DEVICE = "0193a1b2-0000-7000-8000-0000000000aa", "0193a1b2-0000-7000-8000-0000000000bb"


class Ground:
    """Where targets stand: a folder, a real service that is started when the first target wants it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._house: House | None = None

    @property
    def house(self) -> House:
        """The service."""
        if self._house is None:
            from tests.sync.service.house import House

            self._house = House(self.folder / "house")
            self._house.add_adviser()
        return self._house

    def file(self, data: bytes) -> Path:
        """Write input where a parser wants a file."""
        path = self.folder / "input"
        path.write_bytes(data)
        return path

    def close(self) -> None:
        """End the service."""
        if self._house is not None:
            self._house.close()


@dataclass(frozen=True, slots=True)
class Target:
    """A parser: honest input, the errors it declares, how input is changed for it."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes, Ground], object]
    declared: tuple[type[Exception], ...] = (TandemError,)
    bend: Callable[[Tape, Sequence[bytes]], bytes] = bent_bytes


def whole(value: object) -> bytes:
    """Write JSON."""
    return orjson.dumps(value)
