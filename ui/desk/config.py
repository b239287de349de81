"""How this PC is set up: a JSON file made at installation, or by ``tandem demo``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from app.errors import PersonCanAct
from app.sessions import IDLE_SECONDS, IdlePolicy

__all__ = ["ConfigBroken", "DeskConfig"]


class ConfigBroken(PersonCanAct):
    """The configuration of this PC cannot be read."""

    code = "config-broken"


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """``service``: the service's origin; ``fhir_root``: the path of its FHIR base below it.

    ``folder``: ours on this PC (sessions, outbox, vault).
    ``browser``: the command of the sign-in browser (``None``: the system's); the address is added to
    it, or replaces ``{url}``. ``kiosk``: nobody at the screen gets out of the program. ``scans``: the folder
    where the place's copier drops what it scanned. ``screen_keyboard``: this PC has no keyboard of its own.
    ``demo``: made-up people only, and the screen says so. ``printer``: the
    queue that this place prints on (empty: the system's default). ``enrolment_code``: the one-time code that
    a demonstration's PC enrols itself with. ``customer_screen``: at a counter, the screen turned to the
    customer by its name (empty: the second one; ``-``: none). ``metered``: whether the line is paid by what
    it carries (``yes``, ``no``; empty: as the system says).
    """

    service: str
    folder: Path
    proxy: str | None = None
    browser: tuple[str, ...] | None = None
    place: str = "kiosk"
    place_name: str = ""
    device_name: str = "Tandem"
    text_size: int = 26
    mood: str = ""
    language: str = "fr"
    full_screen: bool = False
    kiosk: bool = False
    scans: str = ""
    screen_keyboard: bool = False
    demo: bool = False
    enrolment_code: str = ""
    idle: tuple[int, int, int] = IDLE_SECONDS
    printer: str = ""
    customer_screen: str = ""
    metered: str = ""
    fhir_root: str = "fhir"

    @property
    def outbox(self) -> Path:
        """Where sealed envelopes wait."""
        return self.folder / "outbox"

    @property
    def browsers(self) -> Path:
        """Where the adviser's throw-away browser profiles live on the disk, where memory has no room."""
        return self.folder / "browsers"

    @property
    def browsers_name(self) -> str:
        """What their folder in memory is called: always the same, so that a crash's are found."""
        return "browsers-" + sha256(str(self.folder.resolve()).encode()).hexdigest()[:32]

    def save(self, path: Path) -> None:
        """Write the file, readable by this user only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        told = asdict(self) | {"folder": str(self.folder)}
        path.write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> DeskConfig:
        """Read the file; raises ``ConfigBroken``."""
        try:
            told = json.loads(path.read_bytes())
            told["folder"] = Path(told["folder"])
            told["browser"] = tuple(told["browser"]) if told.get("browser") else None
            told["idle"] = tuple(told.get("idle", IDLE_SECONDS))
            IdlePolicy.of(told["idle"])
            return cls(**told)
        except (OSError, ValueError, TypeError, KeyError) as fault:
            raise ConfigBroken from fault
