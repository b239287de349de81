"""SANE's own test device, through a private configuration."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.scanning.sane import SaneScanner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SaneScanner:
    """The real program with SANE's ``test`` driver: a glass, and a feeder of ten sheets."""
    if shutil.which("scanimage") is None:
        pytest.skip("scanimage is not installed (Debian: sane-utils)")
    (tmp_path / "dll.conf").write_text("test\n")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
    return SaneScanner()
