"""A home computer for the journeys: real processes, a real service, GNOME's keyring on a bus of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import DBusAddress, Properties, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from ui.desk.config import DeskConfig

if TYPE_CHECKING:
    from pathlib import Path

    from ui.tour.conductor import Conductor, Hands

__all__ = ["HomePc", "Ring", "has_ring"]

SECRETS = "org.freedesktop.secrets"
DEFAULT, COLLECTION = "/org/freedesktop/secrets/aliases/default", "org.freedesktop.Secret.Collection"
SAVER = DBusAddress("/org/freedesktop/ScreenSaver", interface="org.freedesktop.ScreenSaver")
ANSWERS_WITHIN = 15


def has_ring() -> bool:
    """Whether GNOME's keyring and a bus can be started here."""
    return sys.platform == "linux" and all(map(shutil.which, ("gnome-keyring-daemon", "dbus-daemon")))


@dataclass
class Ring:
    """The keyring of one user; its environment is what the program starts in."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    bus: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Start the bus and an unlocked keyring."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        places = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"), str(self.home))
        self.bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | places,
        )  # fmt: skip
        assert self.bus.stdout is not None
        self.environment = places | {"DBUS_SESSION_BUS_ADDRESS": self.bus.stdout.readline().strip()}
        self.start(unlocked=True)

    def start(self, *, unlocked: bool) -> None:
        """Start the keyring, in place of the one before."""
        self.stop()
        options = ["--unlock"] if unlocked else []
        self.process = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | self.environment,
        )  # fmt: skip
        assert self.process.stdin is not None
        if unlocked:
            self.process.stdin.write(b"word of the keyring")
        self.process.stdin.close()
        self._wait_until_it_answers(unlocked=unlocked)

    def _wait_until_it_answers(self, *, unlocked: bool) -> None:
        """Wait for this very keyring; on a machine where it never answers there is nothing to test."""
        end = time.monotonic() + ANSWERS_WITHIN
        while not self._answers(unlocked=unlocked):
            if time.monotonic() > end or (self.process is not None and self.process.poll() is not None):
                pytest.skip("GNOME's keyring does not answer here")
            time.sleep(0.05)

    def _answers(self, *, unlocked: bool) -> bool:
        """Say whether the name on the bus is our process's, and its own collection open if it should be."""
        bus = open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        try:
            owner = bus.send_and_get_reply(message_bus.GetConnectionUnixProcessID(SECRETS), timeout=5)
            if self.process is None or owner.body != (self.process.pid,):
                return False
            asked = Properties(DBusAddress(DEFAULT, SECRETS, COLLECTION)).get("Locked")
            return not unlocked or bus.send_and_get_reply(asked, timeout=5).body == (("b", False),)
        finally:
            bus.close()

    def saver(self) -> None:
        """Lock the screen, as the desktop's saver tells everybody on the bus."""
        bus = open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        bus.send(new_signal(SAVER, "ActiveChanged", "b", (True,)))
        bus.close()

    def stop(self) -> None:
        """End the keyring at once; the bus stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """End both."""
        self.stop()
        if self.bus is not None:
            self.bus.terminate()
            self.bus.wait(10)
            assert self.bus.stdout is not None
            self.bus.stdout.close()


@dataclass
class HomePc:
    """One home computer: its folder, its program, the hands in it."""

    conductor: Conductor
    folder: Path
    service: str
    login: str

    def start(self, **settings: Any) -> Hands:  # noqa: ANN401 - the fields of DeskConfig
        """Start the program; ``service`` may be an address where nobody answers."""
        browser = (sys.executable, "-m", "sync.service.demo.browser", "--login", self.login)
        config = DeskConfig(
            service=settings.pop("service", self.service),
            folder=self.folder / "tandem",
            place="home",
            demo=True,
            browser=browser,
            **settings,
        )
        self.folder.mkdir(exist_ok=True)
        config.save(self.folder / "home.json")
        before = self.conductor.hands.get("desk")
        self.process = self.conductor.start(
            "-m", "ui.home", "--config", str(self.folder / "home.json"),
            "--robot", self.conductor.robot_address, log="desk.log",
        )  # fmt: skip
        return self.conductor.wait_for("desk", not_pid=before.pid if before else 0)

    def open_space(self, desk: Hands, name: str) -> Hands:
        """Press a person's tile; returns the hands of their session, on their home screen."""
        before = self.conductor.hands.get("session")
        desk.press(name, match="prefix")
        session = self.conductor.wait_for("session", not_pid=before.pid if before else 0)
        session.screen("home")
        return session

    def kill(self) -> None:
        """Kill −9."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.conductor.processes.remove(self.process)
