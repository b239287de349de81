"""The few calls of the Linux kernel that Python has no name for, and what they say of themselves."""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = [
    "Refused",
    "call",
    "drop_capabilities",
    "is_in_rooms",
    "is_linux",
    "machine",
    "no_new_privileges",
]

PR_SET_NO_NEW_PRIVS = 38
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES_3 = 0x20080522
FEW = 10


class Refused(Exception):  # it never leaves this package
    """The kernel did not do what was asked; ``number`` is its errno."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.number = number


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def is_linux() -> bool:
    """Say whether this is Linux on a processor whose call numbers are known."""
    return sys.platform.startswith("linux") and machine() in SYS_CAPSET


def machine() -> str:
    """The processor as the kernel names it: a 32-bit Python on a 64-bit kernel is neither of ours."""
    if sys.platform == "win32":
        return ""
    return os.uname().machine if sys.maxsize > 1 << 32 else ""


def call(number: int, *arguments: object) -> int:
    """Do a system call; raises :class:`Refused`."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    done = libc.syscall(ctypes.c_long(number), *arguments)
    if done < 0:
        raise Refused(ctypes.get_errno())
    return int(done)


def no_new_privileges() -> None:
    """What this process starts never has more rights than itself; both walls ask for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise Refused(ctypes.get_errno())


def drop_capabilities() -> None:
    """Give up what root may do beyond others (raise limits, signal anyone, read any file)."""
    nothing = (_Data * 2)()
    call(SYS_CAPSET[machine()], ctypes.byref(_Header(_CAPABILITIES_3, 0)), ctypes.byref(nothing))


def is_in_rooms() -> bool:
    """Try, from inside, whether bubblewrap's rooms are there: alone, offline, nothing to write."""
    import socket

    try:
        os.mkdir("/tandem")  # noqa: PTH102
    except OSError:
        is_alone = os.getpid() < FEW and not os.path.exists("/proc/self")  # noqa: PTH110
        return is_alone and all(name == "lo" for _number, name in socket.if_nameindex())
    os.rmdir("/tandem")  # noqa: PTH106
    return False
