"""Fixtures of the service's tests: one house for all, or one of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.clock import now
from tests.sync.service.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from app.clock import Clock


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a service with its people once for all tests."""
    made = House(tmp_path_factory.mktemp("house"))
    made.add_citizen("anne", "250021234567801")
    made.add_citizen("bruno", "150021234567801")
    made.add_adviser()
    yield made
    made.close()


@pytest.fixture
def system(house: House) -> httpx.Client:
    """Speak as a program."""
    return house.system


@pytest.fixture(scope="session")
def anne(house: House) -> httpx.Client:
    """Speak as Anne."""
    return house.citizen("anne")


@pytest.fixture(scope="session")
def bruno(house: House) -> httpx.Client:
    """Speak as Bruno."""
    return house.citizen("bruno")


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start services on a folder of the test's own."""
    made: list[House] = []

    def start(folder: Path | None = None, *, clock: Clock = now) -> House:
        house = House(folder or tmp_path / "own", clock=clock)
        made.append(house)
        return house

    yield start
    for house in made:
        house.close()
