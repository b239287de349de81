"""Reading another process's memory: as root does, and as a program of the same user tries to."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ATTACKS", "UNPRIVILEGED", "attacks_on", "count", "regions"]

# A user like another: root's number here, so that it may read the program's files, but none of its powers.
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")
_CHUNK = 1 << 24


def regions(pid: int) -> Iterator[bytes]:
    """Yield the memory that a process can read, region by region; for root."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = _LINE.match(line)
            if found is None or "[vvar" in line or "[vsyscall]" in line:
                continue
            start, end = (int(number, 16) for number in found.groups())
            try:
                memory.seek(start)
                yield memory.read(end - start) or b""
            except (OSError, ValueError, OverflowError):
                continue


def count(pid: int, pattern: bytes) -> int:
    """Count what matches in a process's memory."""
    return sum(len(re.findall(pattern, region)) for region in regions(pid))


# -- the attacker: python memory.py PID ADDRESS ----------------------------------------------------

PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE = 16, 17, 0x4206


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _by_mem(pid: int, address: int) -> None:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        memory.read(16)


def _by_vm_readv(pid: int, address: int) -> None:
    kept = ctypes.create_string_buffer(16)
    here = _Part(ctypes.cast(kept, ctypes.c_void_p), 16)
    there = _Part(address, 16)
    library = ctypes.CDLL(None, use_errno=True)
    if library.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) != len(kept):
        raise OSError(ctypes.get_errno(), "process_vm_readv")


def _by_ptrace(pid: int, request: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if library.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    if request == PTRACE_ATTACH:
        os.waitpid(pid, 0)
    library.ptrace(PTRACE_DETACH, pid, None, None)


def _by_fd(pid: int) -> None:
    for path in Path(f"/proc/{pid}/fd").iterdir():
        path.readlink()


ATTACKS: dict[str, Callable[[int, int], object]] = {
    "mem": _by_mem,
    "process_vm_readv": _by_vm_readv,
    "ptrace attach": lambda pid, _address: _by_ptrace(pid, PTRACE_ATTACH),
    "ptrace seize": lambda pid, _address: _by_ptrace(pid, PTRACE_SEIZE),
    "maps": lambda pid, _address: Path(f"/proc/{pid}/maps").read_bytes(),
    "environ": lambda pid, _address: Path(f"/proc/{pid}/environ").read_bytes(),
    "open files": lambda pid, _address: _by_fd(pid),
}


def attacks_on(pid: int) -> dict[str, bool]:
    """Try each attack from another process of the same user; say which succeeded."""
    first = Path(f"/proc/{pid}/maps").read_text().partition("-")[0]
    command = [*UNPRIVILEGED, sys.executable, __file__, str(pid), first]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return {name: line == "yes" for name, line in (line.split(": ") for line in done.stdout.splitlines())}


def _main(pid: int, address: int) -> None:
    for name, attack in ATTACKS.items():
        try:
            attack(pid, address)
        except OSError:
            answer = "no"
        else:
            answer = "yes"
        sys.stdout.write(f"{name}: {answer}\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2], 16))
