"""The list of calls, run here instruction by instruction as the kernel would, for both processors."""

from __future__ import annotations

import ctypes
import ctypes.util
import struct

import pytest

from app.reader.sandbox.seccomp import NUMBERS, filter_for

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
PID = 4242
OTHERS = {
    "socket": (41, 198),
    "connect": (42, 203),
    "sendto": (44, 206),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "kill": (62, 129),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "memfd_create": (319, 279),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "openat2": (437, 437),
    "creat": (85, None),
    "unlinkat": (263, 35),
    "renameat2": (316, 276),
    "fchmod": (91, 52),
    "setuid": (105, 146),
    "pidfd_open": (434, 434),
}


def run(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would answer."""
    given = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=iIQ6Q", number, architecture, 0, *given)
    instructions = list(struct.iter_unpack("=HBBI", program))
    at = value = 0
    while True:
        code, yes, no, operand = instructions[at]
        at += 1
        if code == 0x20:
            value = struct.unpack_from("=I", data, operand)[0]
        elif code == 0x54:
            value &= operand
        elif code == 0x15:
            at += yes if value == operand else no
        elif code == 0x45:
            at += yes if value & operand else no
        else:
            assert code == 0x06
            return int(operand)


@pytest.fixture(params=list(ARCHITECTURES))
def processor(request: pytest.FixtureRequest) -> str:
    """Both are tried on each."""
    return str(request.param)


class Filter:
    """The list of a processor, asked by the names of calls."""

    def __init__(self, processor: str, *, becomes: bool = False) -> None:
        self.column, self.architecture = ARCHITECTURES[processor]
        self.program = filter_for(processor, PID, becomes=becomes)

    def answer(self, name: str, *arguments: int) -> int:
        """What is answered to a call that this processor has."""
        number = {**OTHERS, **NUMBERS}[name][self.column]
        assert number is not None
        return run(self.program, self.architecture, number, *arguments)


def test_what_reads_is_answered(processor: str) -> None:
    """Reading, memory, threads, time, its own end."""
    ask = Filter(processor).answer
    for name in (
        "read",
        "write",
        "close",
        "munmap",
        "brk",
        "futex",
        "exit_group",
        "getrandom",
        "clock_gettime",
    ):
        assert ask(name) == ALLOW


def test_all_else_is_refused(processor: str) -> None:
    """By name for what is known to be dangerous, by number for all that there are."""
    wall = Filter(processor)
    for name, numbers in OTHERS.items():
        if numbers[wall.column] is not None:
            assert wall.answer(name) == EPERM, name
    known = {numbers[wall.column] for numbers in NUMBERS.values()}
    answers = {run(wall.program, wall.architecture, n) for n in (*range(600), 1 << 30, -1) if n not in known}
    assert answers == {EPERM}


def test_files_are_opened_for_reading_only(processor: str) -> None:
    """Writing, both, making, cutting, adding, one without a name."""
    ask = Filter(processor).answer
    assert ask("openat", 0, 0, 0o2000000) == ALLOW
    for flags in (0o1, 0o2, 0o100, 0o1000, 0o2000, 0o20000000 | 0o2):
        assert ask("openat", 0, 0, flags | 0o2000000) == EPERM


def test_clone_makes_threads_only(processor: str) -> None:
    """No process, no room of its own; clone3 seems not to be there."""
    ask = Filter(processor).answer
    assert ask("clone", 0x3D0F00) == ALLOW
    assert ask("clone", 17) == EPERM
    for room in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
        assert ask("clone", 0x3D0F00 | room) == EPERM
    assert ask("clone3", 0, 88) == ENOSYS


def test_signals_go_to_itself_only(processor: str) -> None:
    """As when it ends itself on a fault."""
    ask = Filter(processor).answer
    assert ask("tgkill", PID, PID, 6) == ALLOW
    assert ask("tgkill", PID + 1, PID + 1, 6) == EPERM


def test_limits_are_read_and_only_processor_time_is_set(processor: str) -> None:
    """Of itself; the hard limit stands above it."""
    ask = Filter(processor).answer
    assert ask("prlimit64", 0, 9, 0, 1) == ALLOW
    assert ask("prlimit64", 0, 0, 1 << 40) == ALLOW
    assert ask("prlimit64", 0, 9, 1) == EPERM
    assert ask("prlimit64", 0, 9, 1 << 40) == EPERM
    assert ask("prlimit64", PID + 1, 0, 0, 1) == EPERM


def test_few_things_are_asked_of_a_file_or_of_the_process(processor: str) -> None:
    """Whether it is a terminal; its name. Not who gets its signals, not to be looked into."""
    ask = Filter(processor).answer
    assert ask("ioctl", 0, 0x5401) == ALLOW
    assert ask("ioctl", 0, 0x5412) == EPERM
    assert ask("fcntl", 0, 3) == ALLOW
    assert ask("fcntl", 0, 8) == EPERM
    assert ask("prctl", 15) == ALLOW
    assert ask("prctl", 4, 1) == EPERM


def test_memory_is_not_written_and_run(processor: str) -> None:
    """One or the other."""
    ask = Filter(processor).answer
    assert [ask("mmap", 0, 4096, rights) for rights in (3, 5, 7)] == [ALLOW, ALLOW, EPERM]
    assert [ask("mprotect", 0, 4096, rights) for rights in (3, 5, 6)] == [ALLOW, ALLOW, EPERM]


def test_only_what_becomes_a_program_may_become_one(processor: str) -> None:
    """The reader process does not."""
    assert Filter(processor).answer("execve") == EPERM
    assert Filter(processor, becomes=True).answer("execve") == ALLOW


def test_another_table_of_calls_ends_the_process(processor: str) -> None:
    """Programs of 32 bits count their calls otherwise."""
    program = filter_for(processor, PID)
    assert run(program, 0x40000003, 1) == KILL


def test_the_numbers_are_libseccomps(processor: str) -> None:
    """Somebody else's table, where it is installed."""
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    library = ctypes.CDLL(name)
    column, architecture = ARCHITECTURES[processor]
    for call, numbers in {**NUMBERS, **OTHERS}.items():
        theirs = library.seccomp_syscall_resolve_name_arch(ctypes.c_uint32(architecture), call.encode())
        assert numbers[column] == (theirs if theirs >= 0 else None), call
