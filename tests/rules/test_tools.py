"""The house rules, each held by its tool and configured in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*command: str) -> None:
    """Run a tool with this very Python; its output is the failure's text."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_formatted() -> None:
    """One layout, nobody's taste."""
    run("-m", "ruff", "format", "--check", ".")


def test_the_linter_is_content() -> None:
    """All of ruff's rules but those whose exception has a reason beside it."""
    run("-m", "ruff", "check", ".")


@pytest.mark.timeout(600)
def test_types_hold_strictly() -> None:
    """Mypy strict over the four packages."""
    run("-m", "mypy")


def test_imports_follow_the_direction() -> None:
    """Ui, then sync, then app; parsers in the reader, SQL in the vault, Qt in ui."""
    run("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())")


@pytest.mark.timeout(300)
def test_the_wheel_holds_exactly_the_four_packages(tmp_path: Path) -> None:
    """Nothing of tests or packaging gets into the wheel, nothing of the four packages is left out."""
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"app", "sync", "ui", "i18n"}
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("app", "sync", "ui", "i18n")
        for path in (ROOT / package).rglob("*.py")
    }
    assert sources <= names


def test_no_large_file_and_no_address_is_committed() -> None:
    """A lock with hashes and without addresses; nothing over half a megabyte."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.splitlines()]
    assert [f for f in files if f.exists() and f.stat().st_size > 500_000] == []
    for lock in (ROOT / "packaging" / "requirements").glob("*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
