"""One folder and one service for all that is fuzzed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Return where the targets stand."""
    made = Ground(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()
