"""Looks for words in files as raw bytes, in the encodings a program could have left them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["files_with"]


def files_with(folder: Path, words: str) -> list[Path]:
    """Return the files under ``folder`` whose bytes or name hold ``words``."""
    needles = [words.encode(code) for code in ("utf-8", "utf-16-le", "latin-1")]
    found = []
    for path in folder.rglob("*"):
        if words in path.name:
            found.append(path)
        elif path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(needle in data for needle in needles):
                found.append(path)
    return found
