"""Fixtures of the tests of what lies between the desktop and a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.rough_server import RoughServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rough() -> Iterator[RoughServer]:
    """Start a server that does only what the test tells it."""
    server = RoughServer()
    yield server
    server.close()
