"""The stage, opened once: each screen is then dressed and spoken to live, as in the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gallery.sheets import Sheets
from tests.gallery.stage import Stage
from ui import languages, text, theme
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
def usual_look(qapp: QApplication, usual_look_after: None) -> None:
    """Begin in French, in the light, at the usual size."""
    theme.apply(theme.Theme.of("light", 26))
    languages.speak("fr", qapp)


@pytest.fixture(scope="module")
def usual_look_after(qapp: QApplication) -> Iterator[None]:
    """Leave the look that other tests begin with."""
    yield
    languages.speak("fr", qapp)
    theme.apply(theme.Theme.of("light", 26))


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Return where the pictures go, if someone wants them: ``--pictures DIR``."""
    folder = request.config.getoption("--pictures")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def sheets(pictures: Path | None) -> Iterator[Sheets | None]:
    """Return the contact sheets, if someone wants pictures; their pages are written at the end."""
    if pictures is None:
        yield None
        return
    kept = Sheets(pictures / "sheets")
    yield kept
    kept.write()


class _Lacking(text._Source):
    """Stands behind a catalogue and keeps what it is asked for: what the catalogue lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def gettext(self, message: str) -> str:
        """Note it."""
        self.found.append(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Note it."""
        self.found.append(msgid1)
        return super().ngettext(msgid1, msgid2, n)


@pytest.fixture(autouse=True)
def nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, _Lacking]]:
    """Fail for a sentence that a language lacks, wherever it is asked for; what lacks, by language."""
    lacking = {language.code: _Lacking() for language in languages.LANGUAGES[1:]}
    for code, behind in lacking.items():
        catalogue = text._catalogue_of(code)
        assert catalogue is not None, code
        monkeypatch.setattr(catalogue, "_fallback", behind)
    yield lacking
    assert not {code: sorted(set(behind.found)) for code, behind in lacking.items() if behind.found}
