"""The tour's browser in slower hands: it keeps cookies, and may be held before it comes back.

``python -m tests.journeys.slow_browser PROFILE GATE [--login NAME]... URL``: signs in as the tour's
browser does; then makes ``GATE/answered`` and waits for ``GATE/open`` before it goes back to the program.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from sync.service.demo import browser

PATIENCE = 60.0


def main(profile: Path, gate: Path, arguments: list[str]) -> int:
    """Play it."""
    come_home = browser._come_home

    def come_home_later(url: str) -> None:
        (profile / "cookies.txt").write_text(f"signed in: {arguments}", encoding="utf-8")
        (gate / "answered").touch()
        until = time.monotonic() + PATIENCE
        while not (gate / "open").exists() and time.monotonic() < until:
            time.sleep(0.02)
        come_home(url)

    browser._come_home = come_home_later
    return browser.main(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
