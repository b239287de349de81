"""Tests that share a screen reader, a keyring or a visit stay together in one process of the suite."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="module")
def shared() -> int:
    """Make something once for this module."""
    return os.getpid()


@pytest.mark.parametrize("group", ["named", "made-once"])
def test_a_group_is_kept_together(request: pytest.FixtureRequest, shared: int, group: str) -> None:
    """The scheduler knows a group by the end of a test's id; a pytest that changed this spread them."""
    assert shared == os.getpid()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("the suite runs in one process")
    assert request.node.nodeid.endswith("@tests/rules/test_groups.py"), group
