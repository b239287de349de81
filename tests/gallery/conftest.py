"""The stage, opened once: each screen is then dressed and spoken to live, as in the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gallery.stage import Stage
from ui import languages, theme
from ui.widgets.words import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="module")
def stage(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return both windows with Jeanne's visit in them."""
    install_accessibility()
    qapp.setStyle("Fusion")
    theme.apply(theme.Theme.of("light", 26))
    opened = Stage(tmp_path_factory.mktemp("visit"))
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def usual_look(qapp: QApplication) -> Iterator[None]:
    """Begin and end in French, in the light, at the usual size."""
    theme.apply(theme.Theme.of("light", 26))
    languages.speak("fr", qapp)
    yield
    languages.speak("fr", qapp)
    theme.apply(theme.Theme.of("light", 26))


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Return where the pictures go, if someone wants them: ``--pictures DIR``."""
    folder = request.config.getoption("--pictures")
    return Path(folder) if folder else None
