"""One screen and one bus for all; a central service, a PC and a pair of ears of one's own for each test."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.accessibility.by_ear import ByEar
from tests.accessibility.stage import Bus, CannotOpenWindows, Stage, missing, until
from tests.accessibility.voice import Voice
from tests.journeys.poste import Central, Poste

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Set up screen and bus; skip where they can't be had."""
    if lack := missing():
        pytest.skip(lack)
    made = Stage()
    try:
        made.__enter__()
    except CannotOpenWindows as why:
        pytest.skip(f"Qt cannot open a window on Xvfb: {why}")
    with contextlib.closing(made):
        yield made
    assert made.left_over() == []


@pytest.fixture
def central(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """Start the central service, which nobody has filed anything with."""
    with Central(tmp_path_factory.mktemp("central")) as running:
        yield running


@contextlib.contextmanager
def on(stage: Stage) -> Iterator[None]:
    """Have what is started now appear on the stage."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each not in stage.environment]:
            patch.delenv(name)
        for name, value in stage.environment.items():
            patch.setenv(name, value)
        yield


class SeenByNobody(Poste):
    """A PC whose program is driven through the bus only: nothing of ours is inside."""

    def start(self) -> None:  # type: ignore[override]  # no hands inside
        """Switch the program on."""
        self._conductor.start("-m", "ui.desk", "--config", str(self._config), log="desk")


@pytest.fixture
def poste(stage: Stage, central: Central, tmp_path: Path) -> Iterator[SeenByNobody]:
    """Set up a PC; it is switched off after the test."""
    with on(stage), SeenByNobody(tmp_path / "poste", central) as made:
        yield made


@pytest.fixture
def voice(stage: Stage, tmp_path: Path) -> Iterator[Voice]:
    """Start a real screen reader in French, whose voice is written down; it ends with the test."""
    if not shutil.which("orca"):
        pytest.skip("Debian package is missing: orca")
    with Voice(stage.folder / "voice") as made:
        stage.environment |= made.environment
        process = stage.start("orca", "--user-prefs", str(tmp_path / "orca"), "--disable", "braille")
        until("the screen reader to speak", lambda: made.said or process.poll() is not None)
        yield made
        # Asked to end, it may say goodbye for long; nobody waits for that.
        stage.stop(process, patience=0.5)


@pytest.fixture
def ear(stage: Stage) -> Iterator[ByEar]:
    """Listen to the bus."""
    with Bus(stage) as bus:
        yield ByEar(bus)
