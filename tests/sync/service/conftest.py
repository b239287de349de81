"""Fixtures of the service's tests: one house for all, or one of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.clock import now
from tests.sync.service.house import House
from tests.sync.service.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from app.clock import Clock

SQLCIPHER, POSTGRESQL = "sqlcipher", "postgresql"
CONTRACT = frozenset(
    f"test_{each}"
    for each in (
        "broker_people", "carers", "consents", "device_grant", "documents", "drops", "envelopes", "events",
        "feed", "helpers", "inline", "interactions", "journal_heads", "mail", "provider", "readings",
        "reports", "representatives", "searching", "transactions",
    )
)  # fmt: skip
"""Whose tests run on both engines; the others are about what stands before the records."""
LONG_CONTRACT = frozenset(
    f"test_{each}"
    for each in (
        "declared",
        "factors",
        "foreign",
        "hidden",
        "mandates",
        "matrix",
        "organizations",
        "questions",
        "rubbish",
        "tokens",
    )
)
"""Likewise, on PostgreSQL with ``--slow``: their tests start a service each, or play thousands of cells."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the contract's tests on both engines, the others on the embedded one."""
    if "engine" in metafunc.fixturenames:
        module = metafunc.module.__name__.rpartition(".")[2]
        engines: list[Any] = [SQLCIPHER]
        if module in CONTRACT:
            engines.append(POSTGRESQL)
        if module in LONG_CONTRACT:
            engines.append(pytest.param(POSTGRESQL, marks=pytest.mark.slow))
        metafunc.parametrize("engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start PostgreSQL once in this process; skip where there is none."""
    made = Cluster()
    yield made
    made.close()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Make the records of one more service: the address of a database, ``None`` for the embedded store."""
    if request.param == SQLCIPHER:
        return lambda: None
    found: Cluster = request.getfixturevalue("cluster")
    return found.new


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, engine: Callable[[], str | None]) -> Iterator[House]:
    """Start a service with its people once for all tests."""
    made = House(tmp_path_factory.mktemp("house"), records=engine())
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
def own_house(tmp_path: Path, engine: Callable[[], str | None]) -> Iterator[Callable[..., House]]:
    """Start services on a folder of the test's own; the same folder is the same records."""
    made: list[House] = []

    def start(folder: Path | None = None, *, clock: Clock = now, records: str | None = None) -> House:
        where = folder or tmp_path / "own"
        before = next((each for each in made if each.folder == where), None)
        house = House(where, clock=clock, records=records or (before.records if before else engine()))
        made.append(house)
        return house

    yield start
    for house in made:
        house.close()
