"""What a visit does for a photo by phone: it opens the page, and shows it here in the demonstration."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import orjson
import pytest

from app.changes import Changes
from sync.transport import Address, Transport
from tests.sync.rough_server import RoughServer
from ui.session.start import Start
from ui.session.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOLD = {"id": "x", "path": "/d/abc", "words": "a-b-c", "seconds": 600}
BROWSER = (
    sys.executable,
    "-c",
    "import sys, urllib.request as r, time; r.urlopen(sys.argv[1]); time.sleep(60)",
)


@pytest.fixture
def server() -> Iterator[RoughServer]:
    """A service that opens one page."""
    made = RoughServer()
    made.rules.append(lambda asked: asked.answer(201 if asked.method == "POST" else 200, orjson.dumps(TOLD)))
    yield made
    made.close()


@pytest.fixture
def visit(tmp_path: Path, server: RoughServer) -> Iterator[Visit]:
    """A visit whose person is known."""
    start = Start(
        service=server.base,
        folder=tmp_path,
        outbox=tmp_path / "outbox",
        adviser={},
        browser=BROWSER,
        demo=True,
    )
    made = Visit(start, None, Changes())  # type: ignore[arg-type]  # the desk is not asked anything
    made._transport = Transport(Address(server.base))
    yield made
    made.close()


def test_a_visit_opens_a_page_and_its_end_takes_the_browser_along(
    visit: Visit, server: RoughServer, tmp_path: Path
) -> None:
    """The page is shown in a browser of ours, of which nothing is left."""
    drop = visit.open_drop()
    assert drop.url == f"{server.base}/d/abc"
    visit.show_page(drop.url)
    until = time.monotonic() + 20
    while not any(asked.path == "/d/abc" for asked in server.asked) and time.monotonic() < until:
        time.sleep(0.05)
    assert any(asked.path == "/d/abc" for asked in server.asked)
    assert list(visit._start.folders.browser.iterdir())
    visit.close()
    assert not list(visit._start.folders.browser.iterdir())
