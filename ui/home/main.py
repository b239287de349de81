"""Start the program at home: ``python -m ui.home --config FILE [--robot ADDRESS]``."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ui.desk.config import ConfigBroken, DeskConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "open_home"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return the exit code."""
    import argparse

    parser = argparse.ArgumentParser(prog="tandem-home")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--robot")
    options = parser.parse_args(arguments)
    return open_home(options.config, options.robot)


def open_home(config_file: Path, robot: str | None = None) -> int:
    """Run it as ``config_file`` says; a second one on the same folder only says that it is one."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = DeskConfig.load(config_file)
    except ConfigBroken:
        from ui.desk.main import open_desk

        # Which says so.
        return open_desk(config_file)
    # The vault's key is in this process.
    from ui.session.hardening import harden

    harden(own_group=False)
    gc.disable()
    from ui.opening import Opening, bare_application

    opening = Opening(
        bare_application("tandem"), mood=config.mood, text_size=config.text_size, language=config.language
    )
    opening.present(full_screen=config.full_screen)
    from ui.desk import alone
    from ui.desk.main import end_on_signals, say_second
    from ui.home.driver import HomeDriver
    from ui.shell import application

    app = application("tandem", mood=config.mood, text_size=config.text_size, language=config.language)
    app.setQuitOnLastWindowClosed(False)
    end_on_signals(app)
    if robot:
        from ui.tour.robot import attach

        attach(app, robot, "desk")
    try:
        lock = alone.hold(config.folder)
    except alone.DeskAlreadyOpen as second:
        return say_second(app, second, opening)
    driver = HomeDriver(config, robot)
    app.aboutToQuit.connect(driver.close)
    opening.give_way_to(driver.shell)
    driver.start()
    code = app.exec()
    lock.unlock()
    return code
