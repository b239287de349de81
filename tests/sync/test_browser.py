"""The browser of one sign-in: its profile and its processes are gone afterwards."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sync import browser as b
from sync.browser import NoBrowser, ThrowAwayBrowser, forget_browsers

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")

# Plays a browser: a child in the group, a helper that leaves it, files in profile and temporary folder.
PROGRAM = """
import os, subprocess, sys, time
profile = sys.argv[1]
open(os.path.join(profile, "cookies"), "w").write("secret")
open(os.path.join(os.environ["TMPDIR"], "part"), "w").write("secret")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
told = os.path.join(os.path.dirname(profile), "told")
open(told + ".part", "w").write(f"{child.pid} {helper.pid} {sys.argv[-1]}")
os.rename(told + ".part", told)
time.sleep(60)
"""


def told(folder: Path) -> list[str]:
    """Wait for the program to say what it started."""
    until = time.monotonic() + 10
    while not (folder / "told").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return (folder / "told").read_text().split()


def runs(pid: int) -> bool:
    """Say whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_closing_ends_everything_and_deletes_the_profile(tmp_path: Path) -> None:
    """Group, helpers outside it, cookies, temporary files."""
    browser = ThrowAwayBrowser((sys.executable, "-c", PROGRAM, "{profile}"), folder=tmp_path)
    browser.open("http://127.0.0.1:1/authorize?x=1&y=é")
    child, helper, url = told(tmp_path)
    profile = browser.profile
    assert profile is not None
    assert url == "http://127.0.0.1:1/authorize?x=1&y=é"
    before = browser.is_running
    assert (profile / "cookies").exists()
    browser.close()
    assert not profile.exists()
    assert (before, browser.is_running) == (True, False)
    if sys.platform.startswith("linux"):
        time.sleep(0.05)
        assert [pid for pid in (child, helper) if runs(int(pid))] == []
    browser.close()


def test_opening_again_starts_from_nothing(tmp_path: Path) -> None:
    """The next person never sees the profile of the one before."""
    command = (sys.executable, "-c", "import time; time.sleep(60)", "{profile}")
    with ThrowAwayBrowser(command, folder=tmp_path) as browser:
        browser.open("http://127.0.0.1:1/")
        first = browser.profile
        browser.open("http://127.0.0.1:1/")
        assert first is not None
        assert not first.exists()
        assert browser.profile != first
    assert list(tmp_path.iterdir()) == []


@LINUX
def test_a_browser_that_a_crash_left_is_ended_and_forgotten(tmp_path: Path) -> None:
    """With its helpers and its profile; what else lies there stays, and a second look finds nothing."""
    browser = ThrowAwayBrowser((sys.executable, "-c", PROGRAM, "{profile}"), folder=tmp_path)
    browser.open("http://127.0.0.1:1/")
    child, helper, _ = told(tmp_path)
    process = browser._process
    assert process is not None
    forget_browsers(tmp_path)
    process.wait(5)
    assert not any(runs(int(pid)) for pid in (child, helper))
    assert [path.name for path in tmp_path.iterdir()] == ["told"]
    forget_browsers(tmp_path)
    forget_browsers(tmp_path / "never made")


def test_a_command_that_does_not_exist_is_no_browser(tmp_path: Path) -> None:
    """And leaves no folder."""
    with pytest.raises(NoBrowser):
        ThrowAwayBrowser((str(tmp_path / "nothing"),), folder=tmp_path).open("http://127.0.0.1:1/")
    assert list(tmp_path.iterdir()) == []


@LINUX
@pytest.mark.parametrize(
    ("name", "wanted", "inside"),
    [
        ("firefox", "--private-window", "user.js"),
        ("chromium", "--incognito", "Default/Preferences"),
        ("microsoft-edge", "--inprivate", "Default/Preferences"),
    ],
)
def test_the_system_s_browser_is_found_and_told_to_keep_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wanted: str, inside: str
) -> None:
    """A program of that name gets its private switches, and preferences without print or download."""
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/told.part; mv {tmp_path}/told.part {tmp_path}/told; sleep 60\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    monkeypatch.setattr(b, "_FIREFOX", (name,) if name == "firefox" else ())
    monkeypatch.setattr(b, "_CHROMIUM", (name,))
    with ThrowAwayBrowser(folder=tmp_path / "profiles") as browser:
        browser.open("http://127.0.0.1:1/")
        arguments = told(tmp_path)
        assert wanted in arguments
        assert arguments[-1] == "http://127.0.0.1:1/"
        assert browser.profile is not None
        preferences = (browser.profile / inside).read_text()
        assert "download" in preferences
        assert "print" in preferences


def test_no_browser_at_all_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without a browser."""
    monkeypatch.setattr(b, "system_browser", lambda: None)
    with pytest.raises(NoBrowser):
        ThrowAwayBrowser(folder=tmp_path).open("http://127.0.0.1:1/")
    assert list(tmp_path.iterdir()) == []
