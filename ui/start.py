"""``tandem`` without a command: the program, as this PC is configured.

The configuration is one JSON file (`ui.desk.config.DeskConfig`): the machine's own wins over the user's,
so that an organisation decides for its kiosks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ui.text import _

__all__ = ["configuration", "not_configured", "places", "start_program"]

FILE = "tandem.json"


def places() -> list[Path]:
    """Return where a configuration is looked for, the first that exists wins."""
    from platformdirs import site_config_path, user_config_path

    machine = Path("/etc/tandem") if os.name == "posix" else site_config_path("Tandem", appauthor=False)
    return [machine / FILE, user_config_path("tandem", appauthor=False) / FILE]


def configuration(asked: Path | None) -> Path | None:
    """Return the configuration to use; what was asked for wins."""
    if asked is not None:
        return asked
    return next((place for place in places() if place.is_file()), None)


def not_configured() -> int:
    """Say where the configuration goes; return the exit code."""
    words = _(
        "Ce poste n’est pas encore configuré. Mettez sa configuration ici : {place} "
        "— ou essayez « tandem demo »."
    ).format(place=places()[0])
    sys.stderr.write(f"tandem: {words}\n")
    return 2


def start_program(asked: Path | None, *, kiosk: bool = False) -> int:
    """Show the desk; 2 when this PC is not configured."""
    found = configuration(asked)
    if found is None:
        return not_configured()
    if not kiosk and _is_home(found):
        from ui.home.main import open_home

        return open_home(found)
    from ui.desk.main import open_desk

    return open_desk(found, kiosk=kiosk)


def _is_home(config: Path) -> bool:
    """Say whether a PC is somebody's own; a configuration that cannot be read is the desk's to tell."""
    from ui.desk.config import ConfigBroken, DeskConfig

    try:
        return DeskConfig.load(config).place == "home"
    except ConfigBroken:
        return False
