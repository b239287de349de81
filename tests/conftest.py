"""What every test shares: no display, a private home, the samples, the flag for long proofs."""

from __future__ import annotations

import gc
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from httpx._transports import default

from app import volatile
from ui.screen_thread import collect_due

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# No scanners, found at once: SANE asks the network for seconds. Its own tests bring their configuration.
os.environ.setdefault("SANE_CONFIG_DIR", os.devnull)
MEMORY_FOLDERS = volatile._roots
ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Long proofs run on demand."""
    parser.addoption("--slow", action="store_true", help="run the long proofs too (many seeds, soak, fuzz)")
    parser.addoption(
        "--pictures", metavar="DIR", help="keep the pictures of every screen, and a sheet of each language"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a module that makes something for all of them in one process; skip the long proofs.

    Spread over several processes, what a module makes once (a visit, a folder of papers) was made in each.
    """
    for item in items:
        if _shares(item) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long proof; run with --slow"))


def _shares(item: pytest.Item) -> bool:
    """Say whether a test's module makes something once for all its tests."""
    module = item.nodeid.partition("::")[0]
    found = getattr(item, "_fixtureinfo", None)
    made = found.name2fixturedefs.values() if found is not None else ()
    return any(each.scope == "module" and each.baseid == module for one in made for each in one)


def pytest_configure() -> None:
    """Let no thread of a test collect the widgets of an earlier one: see ``ui.screen_thread``."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Set aside what stays to the end, as the program does: what is collected later is small."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def certificates_once() -> Iterator[None]:
    """Read the system's certificates once: each client of a loopback address read them anew for 30 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "create_ssl_context", cache(default.create_ssl_context))
        yield


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect between the tests, in the main thread."""
    collect_due()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the contact sheets of the screens are, when some were written."""
    if not config.getoption("--pictures"):
        return
    folder = Path(config.getoption("--pictures")) / "sheets"
    started = terminalreporter._session_start.time  # type: ignore[attr-defined]  # pytest's own
    pages = [page for page in sorted(folder.glob("*.html")) if page.stat().st_mtime >= started]
    if pages:
        terminalreporter.write_line(f"Contact sheets of the screens: {folder} ({len(pages)} languages)")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of public sample files; skip where it is not had."""
    folder = os.environ.get("TANDEM_SAMPLES", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("TANDEM_SAMPLES does not name a folder of sample files")
    return Path(folder)


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions made in this process stay in their own folder, which goes with the test."""
    monkeypatch.setattr(volatile, "_roots", list)


@pytest.fixture
def memory_folders(nothing_in_memory: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let them use memory, as the program does."""
    monkeypatch.setattr(volatile, "_roots", MEMORY_FOLDERS)
