"""The set-up script, with a stand-in for the system's package tool: nothing is installed by a test."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has packages for what tests need")

SCRIPT = Path(__file__).resolve().parent.parent.parent / "packaging" / "run.py"
# Knows no « ghost »; writes down what it was asked.
APT_GET = """#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in *ghost*) exit 100;; esac
for last; do case "$last" in oven) : > {folder}/bake; chmod +x {folder}/bake;; esac; done
"""
APT_CACHE = """#!/bin/sh
for name; do case "$name" in oven) printf 'Package: %s\\nVersion: 1\\n\\n' "$name";; esac; done
"""

Script = Any  # a module that is no package's


@pytest.fixture
def script() -> Script:
    """Load it; it is no module of a package."""
    spec = importlib.util.spec_from_file_location("run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script) -> Callable[..., list[str]]:
    """Make a system that knows some packages; return what its tool was asked to do."""
    for name, text in (("apt-get", APT_GET), ("apt-cache", APT_CACHE)):
        (tmp_path / name).write_text(text.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(script, "LIBRARIES_WINDOW", {})

    def asked(**packages: str) -> list[str]:
        monkeypatch.setattr(script, "PACKAGES_FOR_TESTS", packages)
        script.ensure_test_programs(install=True)
        told = tmp_path / "asked"
        return told.read_text().splitlines() if told.exists() else []

    return asked


def test_what_tests_need_is_installed_in_one_go(system: Callable[..., list[str]]) -> None:
    """One call of the tool, for what is missing only."""
    asked = system(oven="bake", present="sh")
    assert [line.split()[-1] for line in asked] == ["oven"]


def test_a_package_that_is_unknown_here_keeps_out_no_other(
    system: Callable[..., list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    """Its name is told once, and the run goes on."""
    asked = system(ghost="a-program-that-nobody-has", oven="bake")
    assert asked[1].split()[0] == "update"
    assert asked[-1].split()[-2:] == ["--no-install-recommends", "oven"]
    told = capfd.readouterr().err
    assert told.rstrip().endswith("--no-install-recommends ghost")


def test_nothing_is_installed_where_all_is_there(system: Callable[..., list[str]]) -> None:
    """The tool is not even asked."""
    assert system(present="sh") == []


def test_who_may_not_install_is_told_and_goes_on(
    script: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence with the command; the tests that need it skip."""
    monkeypatch.setattr(script, "PACKAGES_FOR_TESTS", {"ghost": "a-program-that-nobody-has"})
    script.ensure_test_programs(install=False)
    assert "sudo apt-get install" in capfd.readouterr().err
