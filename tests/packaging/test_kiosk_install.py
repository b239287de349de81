"""A PC becomes a kiosk, says what is still open on it, and is a usual PC again."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui.desk.config import DeskConfig

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a kiosk of this kind is Linux's")

HERE = Path(__file__).resolve().parent.parent.parent / "packaging" / "kiosk"
SYSTEM = "etc/systemd/system"
WISHES = ("--service", "https://service.example", "--allow", "https://id.example", "--scans", "/srv/scans")
MOST_EXPOSED = 3.2

Script = Any  # a module that is no package's


@pytest.fixture(scope="module")
def script() -> Script:
    """Load it; it is no module of a package."""
    spec = importlib.util.spec_from_file_location("kiosk_install", HERE / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def tree(root: Path) -> dict[str, str]:
    """Return what stands under a root: files with their words, links with where they lead."""
    found = (path for path in sorted(root.rglob("*")) if path.is_symlink() or path.is_file())
    return {
        path.relative_to(root).as_posix(): str(path.readlink()) if path.is_symlink() else path.read_text()
        for path in found
    }


def installed(script: Script, root: Path) -> int:
    """Install under ``root``."""
    return int(script.main(["install", "--root", str(root), *WISHES]))


def test_what_is_installed_is_whole_the_second_time_changes_nothing_and_it_goes_again(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--dry-run`` writes nothing; the configuration is one that the desk reads, and stays at the end."""
    assert script.main(["install", "--root", str(tmp_path), "--dry-run", *WISHES]) == 0
    assert tree(tmp_path) == {}
    assert installed(script, tmp_path) == 0
    there = tree(tmp_path)
    assert set(script.shipped()) <= set(there)
    for name in ("getty@.service", "autovt@.service", "serial-getty@.service", "ctrl-alt-del.target"):
        assert there[f"{SYSTEM}/{name}"] == "/dev/null"
    assert (
        there[f"{SYSTEM}/multi-user.target.wants/tandem-kiosk.service"] == f"/{SYSTEM}/tandem-kiosk.service"
    )
    config = DeskConfig.load(tmp_path / "etc/tandem/kiosk.json")
    assert (config.kiosk, config.scans, config.service) == (True, "/srv/scans", "https://service.example")
    shown = json.loads(there["etc/firefox/policies/policies.json"])["policies"]["WebsiteFilter"]
    assert shown["Block"] == ["<all_urls>"]
    assert {"https://service.example/*", "https://id.example/*"} <= set(shown["Exceptions"])
    capsys.readouterr()
    assert installed(script, tmp_path) == 0
    assert tree(tmp_path) == there
    assert "Rien à changer." in capsys.readouterr().out
    assert script.main(["uninstall", "--root", str(tmp_path)]) == 0
    assert list(tree(tmp_path)) == ["etc/tandem/kiosk.json"]


def test_what_is_somebody_elses_is_never_written_over(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is anything else written then; and an address that is none is refused."""
    policies = tmp_path / "etc/firefox/policies/policies.json"
    policies.parent.mkdir(parents=True)
    policies.write_text('{"policies": {"Homepage": {}}}')
    before = tree(tmp_path)
    assert installed(script, tmp_path) == 2
    assert tree(tmp_path) == before
    assert "/etc/firefox/policies/policies.json" in capsys.readouterr().out
    for bad in ("http://service.example", "https://*", 'https://a"b'):
        assert script.main(["install", "--root", str(tmp_path / "b"), "--service", bad]) == 2
    assert not (tmp_path / "b").exists()


def secured(script: Script, root: Path) -> None:
    """Make a root where nothing is open."""
    installed(script, root)
    for name, words in (
        ("etc/passwd", "root:x:0:0::/root:/bin/bash\ntandem-kiosk:x:998:998::/var/lib/k:/usr/sbin/nologin\n"),
        ("etc/shadow", "root:$y$x:1::::::\ntandem-kiosk:!*:1::::::\n"),
        ("proc/sys/kernel/sysrq", "0\n"),
        ("proc/sys/kernel/core_pattern", "|/bin/false\n"),
        ("boot/grub/grub.cfg", "password_pbkdf2 chef grub.pbkdf2.sha512.1\n"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(words)


def spoil(root: Path, name: str, old: str, new: str) -> None:
    """Change a file, or put it there."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(path.read_text().replace(old, new) if path.exists() else new)


def test_each_way_out_is_seen_and_said_in_words(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One by one: nothing else is reported, and the sentence is the one of what is open."""
    unit = f"{SYSTEM}/tandem-kiosk.service"
    ways: dict[str, tuple[str, str, str]] = {
        "shell": ("etc/passwd", "/usr/sbin/nologin", "/bin/bash"),
        "password": ("etc/shadow", "!*", "$y$x"),
        "sysrq": ("proc/sys/kernel/sysrq", "0", "1"),
        "cores": ("proc/sys/kernel/core_pattern", "|/bin/false", "core"),
        "boot": ("boot/grub/grub.cfg", "password_pbkdf2", "#"),
        "sticks": ("etc/udisks2/mount_options.conf", "noexec", "exec"),
        "browser": ("etc/chromium/policies/managed/tandem-kiosk.json", "URLBlocklist", "x"),
        "hardening": (f"{unit}.d/more.conf", "", "[Service]\nNoNewPrivileges=no\n"),
    }
    secured(script, tmp_path / "whole")
    capsys.readouterr()
    assert script.main(["check", "--root", str(tmp_path / "whole")]) == 0
    assert "✗" not in capsys.readouterr().out
    for code, (name, old, new) in ways.items():
        root = tmp_path / code
        secured(script, root)
        spoil(root, name, old, new)
        found = {each: words for each, good, words in script.check(root) if not good}
        assert found == {code: script.OPEN[code]}
    root = tmp_path / "others"
    secured(script, root)
    spoil(root, unit, "cage -d", "cage -ds")
    for name in ("getty@.service", "ctrl-alt-del.target", "multi-user.target.wants/tandem-kiosk.service"):
        (root / SYSTEM / name).unlink()
    spoil(root, "usr/local/bin/root-shell", "", "x")
    (root / "usr/local/bin/root-shell").chmod(0o4755)
    found = {each: words for each, good, words in script.check(root) if not good}
    assert set(found) == {"consoles", "hardening", "gettys", "restart", "unit", "suid"}
    assert "/usr/local/bin/root-shell" in found["suid"]
    assert all(len(sentence.split()) <= 15 for words in found.values() for sentence in words.split(". "))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="the Debian package systemd is missing")
def test_systemd_understands_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    """Programs that are missing here are no fault of a unit; what is open stands in the unit with its why."""
    units = sorted((HERE / "root" / SYSTEM).glob("*.service"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    ).stderr
    faults = [line for line in said.splitlines() if "tandem-kiosk" in line and "not executable" not in line]
    assert not faults, faults
    told = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            HERE / "root" / SYSTEM / "tandem-kiosk.service",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", told.stdout)
    if found is None:
        pytest.skip(f"this systemd cannot tell without running: {told.stderr[:80]}")
    assert float(found[1]) <= MOST_EXPOSED


def test_the_unit_comes_back_and_gives_no_right_away() -> None:
    """What the promise hangs on, whatever else changes in it."""
    unit = (HERE / "root" / SYSTEM / "tandem-kiosk.service").read_text().splitlines()
    for line in ("Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in unit
    assert "User=tandem-kiosk" in unit
