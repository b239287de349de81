"""What every test shares: no display, a private home, the samples, the flag for long proofs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Long proofs run on demand."""
    parser.addoption("--slow", action="store_true", help="run the long proofs too (many seeds, soak, fuzz)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the long proofs unless asked for."""
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long proof; run with --slow"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of public sample files; skip where it is not had."""
    folder = os.environ.get("TANDEM_SAMPLES", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("TANDEM_SAMPLES does not name a folder of sample files")
    return Path(folder)
