"""What the system notes by itself while a visit goes on, outside the session's folder.

Recent files and thumbnails are made by other programs (a file manager that looks at a stick, a browser),
core dumps by the kernel, should a process fall. All that is newer than the beginning of the visit is the
visit's: the PC belongs to nobody. Each function removes, looks again, and returns how many are left.

The list of recent files (freedesktop.org « Recent file storage », ``recently-used.xbel``) is edited as
text, bookmark by bookmark; one that was changed in the visit and cannot be read is removed whole.
Limit: a clock set back in the middle of a visit makes what comes after look older.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.vault.disk import replace_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["forget_cores", "forget_recent", "forget_thumbnails"]

_BOOKMARK: Final = re.compile(rb"<bookmark\b[^>]*>.*?</bookmark>\s*|<bookmark\b[^>]*/>\s*", re.DOTALL)
_TIMES: Final = re.compile(rb'\b(?:added|modified|visited|timestamp)="([^"]*)"')
_ROUNDING: Final = 2.0
"""Seconds: some file systems and lists round times down."""


def forget_recent(since: float, *words: str) -> int:
    """Forget what was noted as recent since then, and whatever names one of these words."""
    if sys.platform == "win32":
        recent = Path(os.environ.get("APPDATA", "")) / "Microsoft" / "Windows" / "Recent"
        return _remove(_newer(recent.rglob("*"), since)) if recent.is_absolute() else 0
    return sum(_forget_in(path, since, words) for path in _recent_lists())


def forget_thumbnails(since: float) -> int:
    """Forget the small pictures made since then."""
    cache = _xdg("XDG_CACHE_HOME", ".cache") / "thumbnails"
    return _remove(_newer(cache.rglob("*.png"), since)) if cache.is_dir() else 0


def forget_cores(since: float, pid: int) -> int:
    """Forget core dumps of the visit: in the working folder, and systemd's of that process."""
    kept = Path("/var/lib/systemd/coredump")
    found = [*Path.cwd().glob("core"), *Path.cwd().glob("core.*")]
    with suppress(OSError):
        found += [path for path in kept.glob("core.*") if pid and f".{pid}." in path.name]
    return _remove(path for path in _newer(found, since) if not path.is_dir())


def _recent_lists() -> list[Path]:
    data = _xdg("XDG_DATA_HOME", ".local/share")
    lists = (data / "recently-used.xbel", Path.home() / ".recently-used.xbel")
    return [path for path in lists if path.is_file() and not path.is_symlink()]


def _forget_in(path: Path, since: float, words: tuple[str, ...]) -> int:
    data = path.read_bytes()
    marks = [word.encode() for word in words]

    def kept(found: re.Match[bytes]) -> bytes:
        block = found.group()
        return b"" if _is_newer(block, since) or any(mark in block for mark in marks) else block

    changed = _BOOKMARK.sub(kept, data)
    if changed == data:
        return _forget_unreadable(path, data, since)
    replace_bytes(path, changed)
    return 0


def _forget_unreadable(path: Path, data: bytes, since: float) -> int:
    is_list = b"<xbel" in data and data.rstrip().endswith(b"</xbel>")
    if is_list or path.stat().st_mtime < since - _ROUNDING:
        return 0
    return _remove([path])


def _is_newer(block: bytes, since: float) -> bool:
    return any(_moment(told) >= since - _ROUNDING for told in _TIMES.findall(block))


def _moment(told: bytes) -> float:
    """Read a time of the list; one that cannot be read counts as now."""
    try:
        moment = datetime.fromisoformat(told.decode("ascii"))
    except ValueError:
        return float("inf")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _newer(paths: Iterable[Path], since: float) -> list[Path]:
    found = []
    for path in paths:
        with suppress(OSError):
            told = path.lstat()
            if max(told.st_mtime, told.st_ctime) >= since - _ROUNDING and not path.is_dir():
                found.append(path)
    return found


def _remove(paths: Iterable[Path]) -> int:
    left = 0
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        left += os.path.lexists(path)
    return left


def _xdg(name: str, usual: str) -> Path:
    told = os.environ.get(name, "")
    return Path(told) if Path(told).is_absolute() else Path.home() / usual
