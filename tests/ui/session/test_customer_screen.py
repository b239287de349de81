"""The second screen of a counter: the page in large, without the helper's bar; covered, unplugged, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from ui.session.customer_screen import CustomerScreen
from ui.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# Qt's offscreen platform takes the last one as its main screen.
SCREENS = {
    "screens": [
        {"name": "customer", "x": 1366, "y": 0, "width": 1920, "height": 1080},
        {"name": "helper", "x": 0, "y": 0, "width": 1366, "height": 768},
    ]
}


def test_the_page_is_on_the_customer_s_screen_and_nothing_else(tmp_path: Path) -> None:
    """Larger than at the helper's; covered with it; it goes with its screen and with the visit."""
    (tmp_path / "screens.json").write_text(json.dumps(SCREENS))
    platform = f"offscreen:configfile={tmp_path / 'screens.json'}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.session.two_screens"],
        capture_output=True, env=os.environ | {"QT_QPA_PLATFORM": platform}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert (told["screens"], told["helper"], told["customer"]) == (2, "helper", "customer")
    assert told["at"] == [1366, 0, 1920, 1080]
    assert told["larger"] > 1.3
    assert told["page"] > 1000
    assert told["named"] == "customer"
    for each in (
        "visible", "focus", "absent", "none", "no_bar", "covered", "cover_is_all", "gone", "back", "ended",
    ):  # fmt: skip
        assert told[each] is True, each


def test_with_one_screen_there_is_none(look: None, qtbot: QtBot) -> None:
    """Then the window is turned, as before."""
    shell = Shell("Tandem")
    qtbot.addWidget(shell)
    shell.show()
    customer = CustomerScreen(shell)
    customer.place()
    assert not customer.isVisible()
    assert customer.picture.isNull()
    customer.end()
    shell.close_for_good()
