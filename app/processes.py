"""A process, named so that it is never mistaken for a later one with the same number.

A pid alone is given again: after a crash and a restart it may be anybody's. So a process is marked
by its pid and the moment it began, as the system tells it; what cannot be told is empty, and a
mark without it is only trusted while the process is our own child.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ProcessMark", "carriers_of", "end", "end_carriers", "is_alive", "mark_of"]

_PATIENCE, _PAUSE = 3.0, 0.01
_RANDOM = re.compile(r"[0-9a-f]{16}$")


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process by its pid and its start, in the system's own words ("" where it has none)."""

    pid: int
    started: str


def mark_of(pid: int) -> ProcessMark:
    """Mark a running process."""
    return ProcessMark(pid, _started(pid))


def is_alive(mark: ProcessMark) -> bool:
    """Say whether that very process still runs; one that only waits to be reaped does not."""
    return _exists(mark.pid) and _started(mark.pid) == mark.started


def end(mark: ProcessMark) -> bool:
    """End it and, where it leads a group of its own, all that it started; say whether all is gone."""
    until = time.monotonic() + _PATIENCE
    while True:
        if is_alive(mark):
            _kill(mark.pid)
        elif not _kill_orphans(mark):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)


def end_carriers(name: str) -> bool:
    """End every process of ``carriers_of``; say whether none is left."""
    until = time.monotonic() + _PATIENCE
    while found := carriers_of(name):
        if time.monotonic() > until:
            return False
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE)
    return True


def carriers_of(name: str) -> list[int]:
    """Find the processes that were started with ``name`` in their command line or environment.

    A browser leaves the group of who started it and outlives them; the random name of the folder that
    it works in stays with it and with all its helpers. Only Linux tells; elsewhere none is found. A
    name that does not end in 64 random bits or more could be anybody's: nobody is found by it.
    """
    if sys.platform != "linux" or not _RANDOM.search(name):
        return []
    wanted = os.fsencode(name)
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return [pid for pid in pids if pid != os.getpid() and _mentions(pid, wanted)]


def _mentions(pid: int, name: bytes) -> bool:
    """Look at what the process was started with; one that is not ours does not tell."""
    for told in ("cmdline", "environ"):
        with contextlib.suppress(OSError):
            if name in Path(f"/proc/{pid}/{told}").read_bytes():
                return True
    return False


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY, _STILL_ACTIVE = 0x1000, 259

    def _started(pid: int) -> str:
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 (the system's own signature)
        if not handle:
            return ""
        try:
            times = [wintypes.FILETIME() for _ in range(4)]
            if not kernel.GetProcessTimes(handle, *(ctypes.byref(each) for each in times)):
                return ""
            return f"{times[0].dwHighDateTime}-{times[0].dwLowDateTime}"
        finally:
            kernel.CloseHandle(handle)

    def _exists(pid: int) -> bool:
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003
        if not handle:
            return False
        try:
            code = wintypes.DWORD()
            kernel.GetExitCodeProcess(handle, ctypes.byref(code))
            return code.value == _STILL_ACTIVE
        finally:
            kernel.CloseHandle(handle)

    def _kill(pid: int) -> None:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)

    def _kill_orphans(_mark: ProcessMark) -> bool:
        """Say that none is left: the session's job object ends them with it."""
        return False

else:

    def _started(pid: int) -> str:
        """Return the start time in the kernel's ticks since boot, with the boot's own id."""
        fields = _stat(pid)
        if not fields or fields[0] in {"Z", "X"}:
            return ""
        return f"{_boot()}-{fields[19]}"

    def _boot() -> str:
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""

    def _stat(pid: int) -> list[str]:
        """Return the fields of ``/proc/<pid>/stat`` after the name, which may hold anything."""
        try:
            return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return []

    def _exists(pid: int) -> bool:
        fields = _stat(pid)
        if fields:
            return fields[0] not in {"Z", "X"}
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not Path("/proc/self").exists()

    def _kill(pid: int) -> None:
        with contextlib.suppress(OSError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)

    def _kill_orphans(mark: ProcessMark) -> bool:
        """End what is left of the group of a leader that has ended; say whether there was anything.

        A group keeps its number from being given again, so as long as no other process has it and
        the machine was not started anew, its members are ours.
        """
        if not mark.started.startswith(f"{_boot()}-") or _exists(mark.pid):
            return False
        members = [
            int(path.name)
            for path in Path("/proc").iterdir()
            if path.name.isdecimal() and _is_living_member(int(path.name), mark.pid)
        ]
        for pid in members:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        return bool(members)

    def _is_living_member(pid: int, group: int) -> bool:
        fields = _stat(pid)
        return bool(fields) and fields[2] == str(group) and fields[0] not in {"Z", "X"}
