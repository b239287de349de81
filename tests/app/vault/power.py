"""A recorded life of files, and the disks that a power cut at any moment may leave of it.

``strace`` writes down every write and fsync of a process. A disk after a power cut holds all that was synced,
and of the rest whatever it likes: nothing, some of it, half a sector of one write. A new name is durable when
its folder was synced.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

__all__ = ["Recording", "record", "strace"]

_SECTOR = 512
_CALLS = "openat,open,creat,pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink,close,lseek,dup,mkdir"
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


@dataclass(frozen=True, slots=True)
class _Event:
    """``kind``: write, sync, truncate, make, rename, unlink, sync-folder, told."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""
    to: str = ""


@dataclass(slots=True)
class Recording:
    """What a process did to the files of one folder, and when it told that something was kept."""

    before: Path
    events: list[_Event] = field(default_factory=list)

    @property
    def moments(self) -> range:
        """At which the power may fail."""
        return range(1, len(self.events) + 1)

    def told(self, moment: int) -> int:
        """How many things had been acknowledged by then."""
        return sum(each.kind == "told" for each in self.events[:moment])

    def disk(self, moment: int, to: Path, rng: random.Random | None = None) -> None:
        """Lay out what a disk holds after a power cut; without dice, only what was synced."""
        shutil.copytree(self.before, to)
        files = {path.name: bytearray(path.read_bytes()) for path in to.iterdir() if path.is_file()}
        shown = set(files)
        for number, event in enumerate(self.events[:moment]):
            later = self.events[number + 1 : moment]
            if event.kind == "write":
                files.setdefault(event.path, bytearray())
                for offset, data in _kept(event, later, rng):
                    _write(files[event.path], offset, data)
            elif event.kind == "truncate" and (_is_synced(event.path, later) or _maybe(rng)):
                files.setdefault(event.path, bytearray())
                del files[event.path][event.offset :]
            elif event.kind == "make":
                files.setdefault(event.path, bytearray())
                if _is_folder_synced(later) or _maybe(rng):
                    shown.add(event.path)
            elif event.kind == "unlink" and (_is_folder_synced(later) or _maybe(rng)):
                files.pop(event.path, None)
                shown.discard(event.path)
        for name, data in files.items():
            if name in shown:
                (to / name).write_bytes(data)
            else:
                (to / name).unlink(missing_ok=True)


def _kept(event: _Event, later: Sequence[_Event], rng: random.Random | None) -> Iterator[tuple[int, bytes]]:
    """Say what of one write is on the disk."""
    if _is_synced(event.path, later):
        yield event.offset, event.data
    elif rng is not None and rng.random() < 0.5:
        if rng.random() < 0.3 and len(event.data) > _SECTOR:
            yield event.offset, event.data[: _SECTOR * rng.randrange(1, len(event.data) // _SECTOR + 1)]
        else:
            yield event.offset, event.data


def _is_synced(path: str, later: Sequence[_Event]) -> bool:
    return any(each.kind == "sync" and each.path == path for each in later)


def _is_folder_synced(later: Sequence[_Event]) -> bool:
    return any(each.kind == "sync-folder" for each in later)


def _maybe(rng: random.Random | None) -> bool:
    return rng is not None and rng.random() < 0.5


def _write(into: bytearray, offset: int, data: bytes) -> None:
    if len(into) < offset:
        into.extend(bytes(offset - len(into)))
    into[offset : offset + len(data)] = data


def strace() -> str | None:
    """Return where strace is, if it may be used here."""
    found = shutil.which("strace")
    if found is None:
        return None
    tried = subprocess.run([found, "-e", "trace=close", "true"], capture_output=True, check=False)
    return found if tried.returncode == 0 else None


def record(command: Sequence[str], folder: Path, before: Path, trace: Path) -> Recording:
    """Run a command that works in ``folder`` and tells on stdout, a line for each thing that it has kept."""
    shutil.copytree(folder, before)
    watching = [strace() or "strace", "-f", "-xx", "-s", "70000", "-e", f"trace={_CALLS}", "-o", str(trace)]
    subprocess.run([*watching, *command], check=True, stdout=subprocess.DEVNULL)
    found = Recording(before)
    found.events.extend(_events(trace, folder))
    return found


def _events(trace: Path, folder: Path) -> Iterator[_Event]:
    names: dict[int, str] = {}
    places: dict[int, int] = {}
    for line in trace.read_text().splitlines():
        match = _LINE.match(line)
        if match is None or match[3] == "-1":
            continue
        yield from _event(match[1], match[2], int(match[3]), folder, names, places)


def _event(
    call: str, told: str, result: int, folder: Path, names: dict[int, str], places: dict[int, int]
) -> Iterator[_Event]:
    strings = [bytes.fromhex(each[0].replace("\\x", "")) for each in _STRING.findall(told)]
    number = int(told.split(",", maxsplit=1)[0]) if told.split(",", maxsplit=1)[0].isdecimal() else -1
    if call in {"openat", "open", "creat"}:
        path = Path(strings[0].decode())
        names.pop(result, None)
        if path == folder:
            names[result] = "."
        elif path.parent == folder:
            names[result], places[result] = path.name, 0
            if "O_CREAT" in told:
                yield _Event("make", path.name)
    elif call == "close":
        names.pop(number, None)
    elif call == "write" and number == 1:
        for _ in range(strings[0].count(b"\n")):
            yield _Event("told")
    elif call == "unlink" and Path(strings[0].decode()).parent == folder:
        yield _Event("unlink", Path(strings[0].decode()).name)
    elif number in names:
        yield from _on_file(call, told, result, names[number], number, strings, places)


def _on_file(
    call: str,
    told: str,
    result: int,
    name: str,
    number: int,
    strings: list[bytes],
    places: dict[int, int],
) -> Iterator[_Event]:
    if call in {"fsync", "fdatasync"}:
        yield _Event("sync-folder") if name == "." else _Event("sync", name)
    elif call == "pwrite64":
        yield _Event("write", name, int(told.rsplit(",", 1)[1]), strings[0][:result])
    elif call == "write":
        yield _Event("write", name, places.get(number, 0), strings[0][:result])
        places[number] = places.get(number, 0) + result
    elif call == "lseek":
        places[number] = result
    elif call == "ftruncate":
        yield _Event("truncate", name, int(told.rsplit(",", 1)[1]))
