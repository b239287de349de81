"""One cast for all the tests of who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.service.access.cast import Cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory, engine: Callable[[], str | None]) -> Iterator[Cast]:
    """Put everyone in a house once."""
    made = Cast(tmp_path_factory.mktemp("cast"), engine())
    yield made
    made.close()
