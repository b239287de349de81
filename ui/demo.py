"""``tandem demo``: a central service with made-up people on loopback, and the program against it.

With a screen: the desk opens and a person drives it, with this PC's own browser for the sign-ins.
Without one, or with ``--tour``: the program drives its own screens (`ui.tour`). Everything lives in a
folder that is removed at the end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app import counter
from app.sessions import IDLE_SECONDS
from ui.desk.config import DeskConfig
from ui.tour.conductor import Conductor, TourFailed, has_display

__all__ = ["Wishes", "run_demo"]

PLACES = {"kiosk": "France services de Bourges", counter.PLACE: "Pharmacie de la Halle", "home": ""}
"""The places that a demonstration has, with their names."""
DEFAULT_TOUR = Path("tandem-tour")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of ``tandem demo``."""

    place: str = "kiosk"
    tour: Path | None = None
    file: Path | None = None
    service: str | None = None
    login: str | None = None
    text_size: str | None = None
    language: str | None = None

    def config(self, folder: Path, service: str, **more: object) -> DeskConfig:
        """Return the configuration of a made-up kiosk."""
        values: dict[str, object] = {
            "service": service.rstrip("/").removesuffix("/fhir"),
            "folder": folder,
            "place": self.place,
            "place_name": PLACES.get(self.place, ""),
            "idle": counter.IDLE_SECONDS if counter.is_counter(self.place) else IDLE_SECONDS,
            "device_name": "Poste de démonstration",
            "text_size": int(self.text_size or 26),
            "language": self.language or "fr",
            "demo": True,
            **more,
        }
        return DeskConfig(**values)  # type: ignore[arg-type]  # checked by the dataclass's own fields


def run_demo(wishes: Wishes) -> int:
    """Run the demonstration; return the exit code."""
    if wishes.place not in PLACES:
        known = " ou ".join(PLACES)
        sys.stderr.write(f"tandem: « {wishes.place} » viendra plus tard ; essayez {known}.\n")
        return 2
    by_itself = wishes.tour is not None or not has_display()
    if wishes.place == "home" and by_itself:
        sys.stderr.write("tandem: « home » se conduit à la main : il faut un écran, et pas de --tour.\n")
        return 2
    if wishes.place == "kiosk" and by_itself:
        from ui.tour.story import run_tour

        return run_tour(wishes, wishes.tour or DEFAULT_TOUR)
    try:
        return by_hand(wishes)
    except TourFailed as failed:
        sys.stderr.write(f"tandem: {failed}\n")
        return 1


def by_hand(wishes: Wishes) -> int:
    """Let a person drive; end when the desk's window is closed."""
    with tempfile.TemporaryDirectory(prefix="tandem-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Conductor(folder) as conductor:
            service, code = wishes.service, ""
            if service is None:
                ready = conductor.start_service("--data", str(folder / "service"), "--demo")
                service, code = str(ready["base"]), str(ready.get(code_name(wishes.place)) or "")
                greet(ready)
            config = folder / "desk.json"
            wishes.config(folder / "poste", service, enrolment_code=code).save(config)
            desk = subprocess.Popen([sys.executable, "-m", _program(wishes), "--config", str(config)])
            try:
                return desk.wait()
            except KeyboardInterrupt:
                desk.terminate()
                return desk.wait()


def _program(wishes: Wishes) -> str:
    return "ui.home" if wishes.place == "home" else "ui.desk"


def code_name(place: str) -> str:
    """Name the enrolment code of a place on the service's ready line."""
    return "counter_code" if counter.is_counter(place) else "enrolment_code"


def greet(ready: dict[str, object]) -> None:
    """Name the made-up people at the terminal."""
    sys.stderr.write("tandem: service de démonstration prêt. Personnes fictives :\n")
    identities = ready.get("identities")
    for identity in identities if isinstance(identities, list) else []:
        slip = identity.get("mandate_slip")
        words = f", mots du mandat : {slip}" if slip else ""
        secret = identity.get("totp")
        more = (
            f", mot de passe {identity['password']}, clé de l’application de codes {secret}" if secret else ""
        )
        sys.stderr.write(f"  {identity['kind']:<13} {identity['login']}{words}{more}\n")
    sys.stderr.write(f"tandem: page de la structure : {ready['base']}/organization\n")
