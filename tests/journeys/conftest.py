"""One central service for all the visits that go wrong; a PC of one's own for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.journeys.poste import Central, Poste

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """Start the central service."""
    with Central(tmp_path_factory.mktemp("central")) as running:
        yield running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home for the PCs' user: what a program leaves there is looked at too."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def poste(
    central: Central, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Poste]]:
    """Set up PCs that are switched off after the test."""
    monkeypatch.setenv("HOME", str(home))
    for name in [each for each in os.environ if each.startswith("XDG_")]:
        monkeypatch.delenv(name)
    started: list[Poste] = []

    def make(**settings: object) -> Poste:
        made = Poste(tmp_path / f"poste-{len(started)}", central, **settings)  # type: ignore[arg-type]  # login, adviser
        started.append(made.__enter__())
        return made

    yield make
    for each in started:
        each.__exit__()
