"""A browser for one sign-in, in a profile that is thrown away.

Context: on a shared PC the person before must leave nothing in the browser, neither cookies nor
history, passwords nor downloads, and an adviser must not be signed in by a leftover.
Decision: the system's browser is started by us with a private profile in a folder of ours; its
downloads, caches and temporary files go into that folder; saving passwords, downloading and
printing are switched off as far as the browser lets itself be told. Closing ends every process of
it (its group, and on Linux whatever still carries the profile's name), then the folder goes, and
:meth:`ThrowAwayBrowser.close` raises if it did not.
On a kiosk it fills the screen and starts no other program; which addresses it may show is the system's policy
(``packaging/kiosk``), which a profile cannot hold.
A place may configure its own command: ``{profile}`` in it is replaced by the profile's folder, and
the address is put at its end.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import orjson

from app.errors import PersonCanAct, WorldFailed
from app.processes import carriers_of, end_carriers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NoBrowser", "ProfileNotDeleted", "ThrowAwayBrowser", "forget_browsers", "system_browser"]

PREFIX = "tandem-browser-"

_FIREFOX = ("firefox", "firefox-esr", "librewolf")
_CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave",
)
_WINDOWS = (
    ("firefox", r"Mozilla Firefox\firefox.exe"),
    ("chromium", r"Microsoft\Edge\Application\msedge.exe"),
    ("chromium", r"Google\Chrome\Application\chrome.exe"),
)
_END_SECONDS = 3.0
_DELETE_SECONDS = 5.0
_POLL_SECONDS = 0.05
# A group of its own: start_new_session on POSIX, this flag on Windows.
_OWN_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

_FIREFOX_PREFERENCES: dict[str, bool | int | str] = {
    "browser.privatebrowsing.autostart": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.sessionstore.resume_from_crash": False,
    "browser.formfill.enable": False,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.manager.addToRecentDocs": False,
    "browser.download.start_downloads_in_tmp_dir": False,
    "print.enabled": False,
    "signon.rememberSignons": False,
    "identity.fxaccounts.enabled": False,
    "extensions.formautofill.addresses.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
}
_FIREFOX_KIOSK: dict[str, bool | int | str] = {
    "devtools.policy.disabled": True,
    "network.protocol-handler.external-default": False,
    "network.protocol-handler.warn-external-default": False,
    "browser.link.open_newwindow": 1,
    "ui.key.menuAccessKeyFocuses": False,
}
_CHROMIUM_SWITCHES = (
    "--new-window",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-breakpad",
    "--password-store=basic",
)


class NoBrowser(PersonCanAct):
    """No browser was found on this PC, or it does not start."""

    code = "no-browser"


class ProfileNotDeleted(WorldFailed):
    """Something of the sign-in's browser is still on the disk or still runs."""

    code = "browser-profile-left"


class ThrowAwayBrowser:
    """One browser at a time, with a fresh profile under ``folder`` for each address opened."""

    def __init__(
        self, command: Sequence[str] | None = None, *, folder: Path | None = None, kiosk: bool = False
    ) -> None:
        """``kiosk``: over the whole screen, with no way to another program."""
        self._command = tuple(command) if command else None
        self._folder = folder
        self._kiosk = kiosk
        self._process: subprocess.Popen[bytes] | None = None
        self.profile: Path | None = None

    def open(self, url: str) -> None:
        """Show an address; a browser opened before is ended first.

        Raises:
            NoBrowser: none is there.

        """
        self.close()
        self.profile = _new_profile(self._folder)
        command = self._filled(self.profile)
        try:
            self._process = subprocess.Popen(
                [*command, url],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(self.profile),
                start_new_session=True,
                creationflags=_OWN_GROUP,
            )
        except OSError as problem:
            self.close()
            raise NoBrowser from problem

    @property
    def is_running(self) -> bool:
        """Whether the browser's first process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_open(self) -> bool:
        """Whether someone may still be signing in: its first process or one with its profile runs.

        On Windows a launcher may end before the browser that it started, so this is always true there;
        a configured command must last as long as its window.
        """
        if self.is_running or sys.platform == "win32":
            return True
        return self._process is not None and self.profile is not None and bool(carriers_of(self.profile.name))

    def close(self) -> None:
        """End every process of it and delete its profile; harmless when there is none.

        Raises:
            ProfileNotDeleted: something resists; calling again tries again.

        """
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self.profile is not None:
            end_carriers(self.profile.name)
            _delete(self.profile)
            self.profile = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _filled(self, profile: Path) -> list[str]:
        if self._command is not None:
            return [part.replace("{profile}", str(profile)) for part in self._command]
        found = system_browser()
        if found is None:
            self.close()
            raise NoBrowser
        kind, program = found
        return (
            _firefox(program, profile, kiosk=self._kiosk)
            if kind == "firefox"
            else _chromium(program, profile, kiosk=self._kiosk)
        )


def forget_browsers(folder: Path) -> None:
    """End and delete the browsers of ``folder`` that a crash left: what nobody closed any more.

    Raises:
        ProfileNotDeleted: something resists.

    """
    for profile in sorted(folder.glob(f"{PREFIX}*")) if folder.is_dir() else ():
        end_carriers(profile.name)
        _delete(profile)


def system_browser() -> tuple[str, str] | None:
    """Find a browser that takes a profile of ours: its kind (``firefox``, ``chromium``) and its program."""
    return next(_candidates(), None)


def _candidates() -> Iterator[tuple[str, str]]:
    for kind, names in (("firefox", _FIREFOX), ("chromium", _CHROMIUM)):
        for name in names:
            program = shutil.which(name)
            if program:
                yield kind, program
    if sys.platform == "win32":
        roots = [os.environ.get(name) for name in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")]
        for kind, path in _WINDOWS:
            for root in filter(None, roots):
                if Path(root, path).is_file():
                    yield kind, str(Path(root, path))


def _new_profile(folder: Path | None) -> Path:
    """Make a folder of our own; its name says only what it is, for the wipe after a crash."""
    root = folder or Path(tempfile.gettempdir())
    root.mkdir(parents=True, exist_ok=True)
    profile = root.resolve() / f"{PREFIX}{secrets.token_hex(8)}"
    profile.mkdir(mode=0o700)
    for inner in ("downloads", "tmp"):
        (profile / inner).mkdir(mode=0o700)
    return profile


def _firefox(program: str, profile: Path, *, kiosk: bool) -> list[str]:
    preferences = _FIREFOX_PREFERENCES | {"browser.download.dir": str(profile / "downloads")}
    if kiosk:
        preferences |= _FIREFOX_KIOSK
    lines = [f"user_pref({_js(name)}, {_js(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")
    filling = ["--kiosk"] if kiosk else []
    return [program, "--new-instance", "--profile", str(profile), *filling, "--private-window"]


def _js(value: bool | int | str) -> str:  # noqa: FBT001 (a preference's value)
    return orjson.dumps(value).decode()


def _chromium(program: str, profile: Path, *, kiosk: bool) -> list[str]:
    preferences = {
        "printing": {"enabled": False},
        "download": {"default_directory": str(profile / "downloads"), "prompt_for_download": False},
        "download_restrictions": 3,
        "credentials_enable_service": False,
        "profile": {"password_manager_enabled": False},
    }
    (profile / "Default").mkdir(mode=0o700)
    (profile / "Default" / "Preferences").write_bytes(orjson.dumps(preferences))
    hidden = "--inprivate" if "edge" in Path(program).name else "--incognito"
    private = [f"--user-data-dir={profile}", hidden, *_CHROMIUM_SWITCHES, *(["--kiosk"] if kiosk else [])]
    return [program, *private]


def _environment(profile: Path) -> dict[str, str]:
    temporary = str(profile / "tmp")
    own = {"TMPDIR": temporary, "TMP": temporary, "TEMP": temporary, "MOZ_CRASHREPORTER_DISABLE": "1"}
    return {**os.environ, **own}


if sys.platform == "win32":

    def _end(process: subprocess.Popen[bytes]) -> None:
        taskkill = Path(os.environ["SYSTEMROOT"], "System32", "taskkill.exe")
        subprocess.run([taskkill, "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)

else:

    def _end(process: subprocess.Popen[bytes]) -> None:
        """Ask the whole group to end, then end it."""
        _signal_group(process.pid, signal.SIGTERM)
        until = time.monotonic() + _END_SECONDS
        while _group_lives(process) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()

    def _signal_group(group: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)

    def _group_lives(process: subprocess.Popen[bytes]) -> bool:
        process.poll()
        try:
            os.killpg(process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def _delete(profile: Path) -> None:
    until = time.monotonic() + _DELETE_SECONDS
    while profile.exists():
        shutil.rmtree(profile, ignore_errors=True)
        if profile.exists() and time.monotonic() > until:
            raise ProfileNotDeleted
        if profile.exists():
            time.sleep(_POLL_SECONDS)
