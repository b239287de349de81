"""Fixtures of the tests of what lies between the desktop and a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.rough_server import RoughServer
from tests.sync.visit import RealService, session_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.tokens import Tokens


@pytest.fixture
def rough() -> Iterator[RoughServer]:
    """Start a server that does only what the test tells it."""
    server = RoughServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """Start the real service once for all tests."""
    started = RealService(tmp_path_factory.mktemp("service"))
    yield started
    started.close()


@pytest.fixture
def between(service: RealService) -> Iterator[RoughServer]:
    """Put a rough server before the real service: a network that a test can spoil."""
    server = RoughServer(service.base)
    yield server
    server.close()


@pytest.fixture
def tokens(service: RealService) -> Tokens:
    """Sign in both, the person and the adviser."""
    return session_tokens(service)
