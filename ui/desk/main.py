"""Start the desk: ``python -m ui.desk --config FILE [--robot ADDRESS] [--kiosk]``."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ui.desk.config import ConfigBroken, DeskConfig
from ui.session.hardening import harden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QApplication

    from ui.desk.alone import DeskAlreadyOpen
    from ui.opening import Opening

__all__ = ["end_on_signals", "main", "say_second"]

SIGNAL_MS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desk; return the exit code."""
    import argparse

    parser = argparse.ArgumentParser(prog="tandem-desk")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--robot")
    parser.add_argument("--kiosk", action="store_true")
    options = parser.parse_args(arguments)
    return open_desk(options.config, options.robot, kiosk=options.kiosk)


def open_desk(config_file: Path, robot: str | None = None, *, kiosk: bool = False) -> int:
    """Run the desk as ``config_file`` says, closed in when it or ``kiosk`` says so; return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = DeskConfig.load(config_file)
    except ConfigBroken as broken:
        from ui import messages

        sys.stderr.write(f"tandem: {messages.sentence(broken)}\n")
        return 2
    return run(replace(config, kiosk=True) if kiosk else config, robot)


def run(config: DeskConfig, robot: str | None = None) -> int:
    """Show the desk until it is closed; a second one on the same folder only says that it is one."""
    # What is imported stays: collecting in between finds nothing, and ``ui.screen_thread`` collects later.
    gc.disable()
    # The adviser's tokens and the vault's key are in this process: no other program of the user reads it.
    harden(own_group=False)
    from ui.opening import Opening, bare_application

    opening = Opening(
        bare_application("tandem"), mood=config.mood, text_size=config.text_size, language=config.language
    )
    opening.present(full_screen=config.full_screen or config.kiosk)
    from ui.desk import alone
    from ui.desk.desk import Desk
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
    desk = Desk(config, robot)
    app.aboutToQuit.connect(desk.close)
    opening.give_way_to(desk.shell)
    desk.start()
    code = app.exec()
    lock.unlock()
    return code


def say_second(app: QApplication, second: DeskAlreadyOpen, opening: Opening) -> int:
    """Show why there is no desk, until it was read."""
    from ui import messages
    from ui.desk.screens import DeskSecond
    from ui.screens.help import Help
    from ui.shell import Shell

    shell, screen = Shell("Tandem", icon_name="handshake"), DeskSecond(messages.sentence(second))
    about = Help.about(screen)
    screen.help_asked.connect(lambda: shell.show_screen(about))
    for answered in (about.back_asked, about.main_pressed):
        answered.connect(lambda: shell.show_screen(screen))
    screen.main_pressed.connect(lambda: app.exit(1))
    shell.close_asked.connect(lambda: app.exit(1))
    shell.show_screen(screen)
    opening.give_way_to(shell)
    shell.present(full_screen=False)
    return app.exec()


def end_on_signals(app: QApplication) -> None:
    """End in order when asked to from outside; Qt's loop must let Python breathe for it."""
    from PySide6.QtCore import QTimer

    # The hang-up too: a user's session that ends sends it to its programs.
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: app.exit(0))
    breath = QTimer(app)
    breath.timeout.connect(lambda: None)
    breath.start(SIGNAL_MS)
