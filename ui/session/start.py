"""What the desk tells a session at its start: one JSON line over the pipe, never argv nor environment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from app.codes.mandate_words import Duration
from app.policy import FilePlace, Printing
from app.sessions import IDLE_SECONDS, IdlePolicy
from app.vault.prepared import EVENING
from app.wipe import SessionFolders

__all__ = ["Start"]


@dataclass(frozen=True, slots=True, repr=False)
class Start:
    """Where to work and for whom. ``folder`` is this session's own; ``adviser`` the adviser's tokens.

    ``practice``: a made-up person, nothing leaves. ``journal_key`` makes the pseudonyms of the PC's
    journal (base64 of 32 bytes). ``durations``, ``places``, ``printing``, ``evening_hour``: what the
    organization allows (``app.policy``). ``pcs``: the keys of its PCs (``app.paper_checks``); ``seen_at``:
    the last moment that the service was heard to say; ``mails``: whether it sends them. ``prepared``: the
    visit whose sealed records lie in the session's folder already, opened once before if ``was_opened``;
    ``may_prepare``: the adviser can prepare one for later. ``customer_screen``: as ``DeskConfig`` says it.
    ``kiosk``: nobody at the screen gets out. ``scans``: where the copier drops what it scanned. ``metered``:
    as ``DeskConfig`` says it.
    At home: ``person`` is whose space it is (``app.home_vault.HomePerson``),
    ``vault`` where their records are; the 32 bytes of their key follow the line, and are never in it.
    """

    service: str
    folder: Path
    outbox: Path
    adviser: dict[str, Any]
    proxy: str | None = None
    fhir_root: str = "fhir"
    browser: tuple[str, ...] | None = None
    device: dict[str, Any] | None = None
    journal_key: str | None = None
    place: str = "kiosk"
    place_name: str = ""
    text_size: int = 26
    mood: str = ""
    language: str = "fr"
    full_screen: bool = False
    kiosk: bool = False
    scans: str = ""
    idle: tuple[int, int, int] = IDLE_SECONDS
    demo: bool = False
    practice: bool = False
    screen_keyboard: bool = False
    robot: str | None = None
    printer: str = ""
    customer_screen: str = ""
    metered: str = ""
    durations: tuple[str, ...] = tuple(Duration)
    places: tuple[str, ...] = tuple(FilePlace)
    printing: str = Printing.ANY
    evening_hour: int = EVENING
    pcs: tuple[dict[str, str], ...] = ()
    seen_at: str = ""
    mails: bool = False
    prepared: str = ""
    was_opened: bool = False
    may_prepare: bool = False
    person: dict[str, str] | None = None
    vault: Path | None = None

    @property
    def folders(self) -> SessionFolders:
        """Where this session writes, and nowhere else."""
        return SessionFolders(self.folder)

    @property
    def idle_policy(self) -> IdlePolicy:
        """When an idle screen warns, blanks, wipes."""
        return IdlePolicy.of(self.idle)

    def line(self) -> bytes:
        """Write the line."""
        told = asdict(self) | {"folder": str(self.folder), "outbox": str(self.outbox)}
        told["vault"] = str(self.vault) if self.vault else None
        return orjson.dumps(told) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Start:
        """Read the line."""
        told = orjson.loads(line)
        told["folder"], told["outbox"] = Path(told["folder"]), Path(told["outbox"])
        told["vault"] = Path(told["vault"]) if told.get("vault") else None
        told["browser"] = tuple(told["browser"]) if told.get("browser") else None
        for name in ("idle", "durations", "places", "pcs"):
            told[name] = tuple(told[name])
        return cls(**told)
