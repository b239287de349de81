"""Seccomp: the list of what this process may ask of the kernel; all else is refused (EPERM).

Context: Landlock knows files, TCP and signals; it does not know UDP, fork, ptrace, user namespaces or
io_uring, and a hole in the kernel is reached by a call that no reader ever makes. Decision: an **allow-list**
(:data:`_CALLS`): memory, threads, clocks, reading, writing to what is open already. Some are looked at more
closely: files are opened for reading only, ``clone`` makes threads only, a signal goes to this process only,
the limits are read, but for the next document's processor time. It holds for every thread (TSYNC), for good.

``clone3`` hides its flags from a filter: it is answered as a call that the kernel lacks, and libc makes a
``clone``. Another table of calls on the same processor (32-bit programs) ends the process.

The package ``pyseccomp`` (MIT, last release 2021) wants the system's ``libseccomp.so``, which is not on every
PC, and libseccomp's own binding comes without wheels: a filter that cannot be installed protects nobody. A
list takes six kinds of instruction and no compiler, so it is written here; the tests run it instruction by
instruction for both processors, and hold the numbers against libseccomp's own where that is installed.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

from app.reader.sandbox.linux import Refused, call, is_linux, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["NUMBERS", "filter_for", "install", "is_here"]

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _ACTION_IS_HERE, _TSYNC = 1, 2, 1
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = _ERRNO | 1, _ERRNO | 38
_LOAD, _EQUAL, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06

_WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o20000000  # write only, both, create, cut, add, unnamed
_THREAD, _NEW_ROOMS = 0x10000, 0x7E020000 | 0x80
_WRITE_AND_RUN = 0x2 | 0x4
_RLIMIT_CPU = 0
_NAME_OF_THREAD, _ITS_NAME, _NAME_OF_MEMORY = 15, 16, 0x53564D41
_IS_TERMINAL, _ITS_SIZE, _CLOSE_ON_EXEC = 0x5401, 0x5413, 0x5451
_DUPLICATE, _GET_FLAG, _SET_FLAG, _GET_STATE, _DUPLICATE_CLOEXEC = 0, 1, 2, 3, 1030

Instruction = tuple[int, int, int, int]


def _low(argument: int) -> int:
    return 16 + 8 * argument


def _high(argument: int) -> int:
    return _low(argument) + 4


def _plain(_pid: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, _ALLOW)]


def _is_missing(_pid: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, _ENOSYS)]


def _reading_only(argument: int) -> Callable[[int], list[Instruction]]:
    return lambda _pid: [
        (_LOAD, 0, 0, _low(argument)),
        (_ANY_BIT, 0, 1, _WRITING),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _one_of(argument: int, *values: int) -> Callable[[int], list[Instruction]]:
    checks = [(_EQUAL, len(values) - n, 0, value) for n, value in enumerate(values)]
    return lambda _pid: [
        (_LOAD, 0, 0, _low(argument)),
        *checks,
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _thread_only(_pid: int) -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _low(0)),
        (_ANY_BIT, 1, 0, _NEW_ROOMS),
        (_ANY_BIT, 1, 0, _THREAD),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _to_itself(pid: int) -> list[Instruction]:
    return _one_of(0, pid)(pid)


def _not_both(_pid: int) -> list[Instruction]:
    """Memory is written or run, not both at once."""
    return [
        (_LOAD, 0, 0, _low(2)),
        (_AND, 0, 0, _WRITE_AND_RUN),
        (_EQUAL, 0, 1, _WRITE_AND_RUN),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _limits(_pid: int) -> list[Instruction]:
    """Its own limits, read; or its processor time, which the kernel keeps under the hard limit."""
    return [
        (_LOAD, 0, 0, _low(0)),
        (_EQUAL, 0, 6, 0),
        (_LOAD, 0, 0, _low(1)),
        (_EQUAL, 5, 0, _RLIMIT_CPU),
        (_LOAD, 0, 0, _low(2)),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _high(2)),
        (_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "close": (3, 57),
    "fstat": (5, 80),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "open": (2, None),
    "openat": (257, 56),
    "getdents64": (217, 61),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "clone": (56, 220),
    "clone3": (435, 435),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "poll": (7, None),
    "ppoll": (271, 73),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "times": (100, 153),
    "dup": (32, 23),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "tgkill": (234, 131),
    "arch_prctl": (158, None),
    "set_tid_address": (218, 96),
    "execve": (59, 221),
}
"""Each call that is answered, with its number on x86-64 and on 64-bit ARM (None: it is not there)."""

_LOOKED_AT: dict[str, Callable[[int], list[Instruction]]] = {
    "open": _reading_only(1),
    "openat": _reading_only(2),
    "mmap": _not_both,
    "mprotect": _not_both,
    "clone": _thread_only,
    "clone3": _is_missing,
    "tgkill": _to_itself,
    "fcntl": _one_of(1, _DUPLICATE, _GET_FLAG, _SET_FLAG, _GET_STATE, _DUPLICATE_CLOEXEC),
    "ioctl": _one_of(1, _IS_TERMINAL, _ITS_SIZE, _CLOSE_ON_EXEC),
    "prctl": _one_of(0, _NAME_OF_THREAD, _ITS_NAME, _NAME_OF_MEMORY),
    "prlimit64": _limits,
}
_TO_BECOME = frozenset({"execve", "arch_prctl", "set_tid_address"})


def is_here() -> bool:
    """Say whether this kernel takes such a list and can answer with an error."""
    if not is_linux():
        return False
    action = ctypes.c_uint32(_ERRNO)
    try:
        call(_SECCOMP[machine()], ctypes.c_uint(_ACTION_IS_HERE), ctypes.c_uint(0), ctypes.byref(action))
    except Refused:
        return False
    return True


def filter_for(processor: str, pid: int, *, becomes: bool = False) -> bytes:
    """Write the list for a processor and a process; with ``becomes`` it may turn into another program.

    Which program is Landlock's to say, or bubblewrap's: there is no other to be had in there.
    """
    column = list(_ARCHITECTURES).index(processor)
    program: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, _ARCHITECTURES[processor]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the call's number; every answer ends, so the next rule still has it
    ]
    for name, numbers in NUMBERS.items():
        number = numbers[column]
        if number is not None and (becomes or name not in _TO_BECOME):
            answer = _LOOKED_AT.get(name, _plain)(pid)
            program += [(_EQUAL, 0, len(answer), number), *answer]
    program.append((_RETURN, 0, 0, _EPERM))
    return b"".join(_packed(program))


def _packed(program: list[Instruction]) -> Iterator[bytes]:
    return (struct.pack("=HBBI", *instruction) for instruction in program)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def install(*, becomes: bool = False) -> None:
    """Have the kernel hold every thread of this process to the list; raises Refused. Needs no_new_privs."""
    if not is_linux():
        raise Refused(38)  # ENOSYS
    code = filter_for(machine(), os.getpid(), becomes=becomes)
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p))
    left_out = call(
        _SECCOMP[machine()], ctypes.c_uint(_SET_FILTER), ctypes.c_uint(_TSYNC), ctypes.byref(program)
    )
    if left_out != 0:  # the number of a thread that could not be brought in
        raise Refused(1)
