"""What a parser that was taken over would try: one attempt, in a process of its own.

``python probe.py KIND FACTS`` tries outside. Inside, the reader process itself is started as always
(``app.reader.__main__.main``), and where it would read its first document, it tries instead. It answers in
frames, like the reader: what it was told protects it, then ``{"managed": bool, "why": …}``. A process that is
ended on the way has not managed either; then nothing is answered, and the exit code tells.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reader.sandbox import Protection
    from app.reader.values import Limits

Facts = dict[str, Any]
X86 = os.uname().machine == "x86_64"
GIB = 1 << 30


class Failed(Exception):
    """The attempt was refused; the number is the kernel's."""


def call(x86: int, arm: int, *arguments: object) -> int:
    """Do a system call by its number."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    done = int(libc.syscall(ctypes.c_long(x86 if X86 else arm), *arguments))
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def read_a_secret(facts: Facts) -> None:
    """A file of the person."""
    if Path(facts["secret"]).read_text() != facts["words"]:
        raise Failed


def read_the_users(_facts: Facts) -> None:
    """The system's list of its users."""
    if "root" not in Path("/etc/passwd").read_text():
        raise Failed


def read_the_starters_environment(facts: Facts) -> None:
    """Another process' environment often holds tokens."""
    Path(f"/proc/{facts['sibling']}/environ").read_bytes()


def list_home(facts: Facts) -> None:
    """What files there are is telling, too."""
    if not list(Path(facts["home"]).iterdir()):
        raise Failed


def write_a_file(facts: Facts) -> None:
    """A new file where everybody may write."""
    Path(facts["drop"]).write_text("x")


def change_a_file(facts: Facts) -> None:
    """Cut a file that is there, to nothing."""
    os.close(os.open(facts["cut"], os.O_WRONLY | os.O_TRUNC))


def remove_a_file(facts: Facts) -> None:
    """Unlink a file."""
    Path(facts["gone"]).unlink()


def make_a_link(facts: Facts) -> None:
    """A link to a secret, for another program to follow."""
    Path(facts["drop"] + "-link").symlink_to(facts["secret"])


def call_by_tcp(facts: Facts) -> None:
    """Somebody listens on this PC."""
    socket.create_connection(("127.0.0.1", facts["tcp"]), timeout=2).close()


def listen_by_tcp(_facts: Facts) -> None:
    """Let others call."""
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen()
        if not socket.if_nameindex():
            raise Failed


def call_by_udp(facts: Facts) -> None:
    """A datagram, as a name is asked for; an answer must come back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.settimeout(0.5)
        mine.sendto(b"?", ("127.0.0.1", facts["udp"]))
        mine.recv(1)


def call_by_path(facts: Facts) -> None:
    """A unix socket in a folder: the desktop's bus, the keyring."""
    with socket.socket(socket.AF_UNIX) as mine:
        mine.connect(facts["unix"])


def call_by_name(facts: Facts) -> None:
    """A unix socket without a folder: X11, older buses."""
    with socket.socket(socket.AF_UNIX) as mine:
        mine.connect("\0" + facts["abstract"])


def fork(_facts: Facts) -> None:
    """A second process outlives the first."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def exec_a_program(_facts: Facts) -> None:
    """Become another program; its end is the answer."""
    os.execv("/usr/bin/true", ["true"])  # noqa: S606


def exec_from_memory(_facts: Facts) -> None:
    """Become a program that is in no folder."""
    code = Path("/usr/bin/true").read_bytes()
    held = os.memfd_create("x")
    os.write(held, code)
    os.execve(held, ["true"], {})  # noqa: S606


def ptrace_a_sibling(facts: Facts) -> None:
    """Hold another process and look into it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, facts["sibling"], 0, 0) != 0:  # attach
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(facts["sibling"], 0)
    libc.ptrace(17, facts["sibling"], 0, 0)


def read_a_siblings_memory(facts: Facts) -> None:
    """By its file in /proc."""
    with Path(f"/proc/{facts['sibling']}/mem").open("rb", buffering=0) as memory:
        memory.seek(facts["address"])
        if memory.read(len(facts["words"])) != facts["words"].encode():
            raise Failed


class Piece(ctypes.Structure):
    """A piece of memory, as the kernel takes it."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def copy_a_siblings_memory(facts: Facts) -> None:
    """By process_vm_readv."""
    size = len(facts["words"])
    mine = ctypes.create_string_buffer(size)
    here = Piece(ctypes.cast(mine, ctypes.c_void_p), size)
    there = Piece(facts["address"], size)
    pid, one = ctypes.c_long(facts["sibling"]), ctypes.c_ulong(1)
    call(310, 270, pid, ctypes.byref(here), one, ctypes.byref(there), one, ctypes.c_ulong(0))
    if mine.raw != facts["words"].encode():
        raise Failed


def write_a_siblings_memory(facts: Facts) -> None:
    """By process_vm_writev: the same words, so that nothing breaks outside."""
    size = len(facts["words"])
    mine = ctypes.create_string_buffer(facts["words"].encode(), size)
    here = Piece(ctypes.cast(mine, ctypes.c_void_p), size)
    there = Piece(facts["address"], size)
    pid, one = ctypes.c_long(facts["sibling"]), ctypes.c_ulong(1)
    call(311, 271, pid, ctypes.byref(here), one, ctypes.byref(there), one, ctypes.c_ulong(0))


def kill_a_sibling(facts: Facts) -> None:
    """A signal that does nothing, but arrives."""
    os.kill(facts["sibling"], signal.SIGCONT)


def kill_by_descriptor(facts: Facts) -> None:
    """The newer way to send one."""
    held = os.pidfd_open(facts["sibling"])
    signal.pidfd_send_signal(held, signal.SIGCONT)


def make_a_user_namespace(_facts: Facts) -> None:
    """Rooms of its own open many doors of the kernel."""
    call(272, 97, ctypes.c_ulong(0x10000000))


def mount(facts: Facts) -> None:
    """Lay another folder over one that is there, in a room of its own."""
    call(272, 97, ctypes.c_ulong(0x10000000 | 0x20000))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", facts["home"].encode(), b"tmpfs", 0, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def raise_its_limits(_facts: Facts) -> None:
    """Take more memory and files than are given."""
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
        _soft, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (hard, hard))
        if kind != resource.RLIMIT_NOFILE and hard != resource.RLIM_INFINITY:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def live_longer(_facts: Facts) -> None:
    """Take all the processor time of the world."""
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def take_memory(_facts: Facts) -> None:
    """Two gigabytes, to push what others hold to the disk."""
    held = mmap.mmap(-1, 2 * GIB)
    held[0] = held[2 * GIB - 1] = 1
    held.close()


def spin(facts: Facts) -> None:
    """More work than the one second that is allowed: the request's time, as the reader gives it to itself."""
    if facts["inside"]:
        from app.reader.confinement import allow_seconds

        allow_seconds(-2)
    started = time.process_time()
    while time.process_time() - started < 1.6:
        pass


def open_a_thousand(_facts: Facts) -> None:
    """More files than any document needs."""
    held = [os.dup(1) for _ in range(1000)]
    for number in held:
        os.close(number)


def set_up_io_uring(_facts: Facts) -> None:
    """The ring by which calls go around a filter."""
    about = ctypes.create_string_buffer(120)
    os.close(call(425, 425, ctypes.c_uint(4), about))


def load_a_bpf_program(_facts: Facts) -> None:
    """A map in the kernel."""
    about = ctypes.create_string_buffer(128)
    ctypes.memmove(about, (ctypes.c_uint32 * 4)(2, 4, 8, 1), 16)  # an array of one
    os.close(call(321, 280, ctypes.c_int(0), about, ctypes.c_uint(128)))


def listen_to_performance(_facts: Facts) -> None:
    """The counters by which secrets of other programs are guessed."""
    about = ctypes.create_string_buffer(128)
    ctypes.memmove(about, (ctypes.c_uint32 * 2)(1, 128), 8)
    held = call(298, 241, about, ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(-1), ctypes.c_ulong(0))
    os.close(held)


def handle_page_faults(_facts: Facts) -> None:
    """userfaultfd, which wins races in the kernel."""
    os.close(call(323, 282, ctypes.c_int(0o2000000)))


def use_the_kernels_keys(_facts: Facts) -> None:
    """The session's key ring."""
    call(250, 219, ctypes.c_int(0), ctypes.c_int(-3), ctypes.c_int(1))


def write_code(_facts: Facts) -> None:
    """Memory that is written and run at once."""
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


KINDS: dict[str, Callable[[Facts], None]] = {
    kind.__name__: kind
    for kind in (
        read_a_secret,
        read_the_users,
        read_the_starters_environment,
        list_home,
        write_a_file,
        change_a_file,
        remove_a_file,
        make_a_link,
        call_by_tcp,
        listen_by_tcp,
        call_by_udp,
        call_by_path,
        call_by_name,
        fork,
        exec_a_program,
        exec_from_memory,
        ptrace_a_sibling,
        read_a_siblings_memory,
        copy_a_siblings_memory,
        write_a_siblings_memory,
        kill_a_sibling,
        kill_by_descriptor,
        make_a_user_namespace,
        mount,
        raise_its_limits,
        live_longer,
        take_memory,
        spin,
        open_a_thousand,
        set_up_io_uring,
        load_a_bpf_program,
        listen_to_performance,
        handle_page_faults,
        use_the_kernels_keys,
        write_code,
    )
}


def attempt(kind: str, facts: Facts) -> dict[str, object]:
    """Try; say whether it was managed, and what stopped it."""
    try:
        KINDS[kind](facts)
    except (OSError, Failed, ValueError, MemoryError) as refused:
        return {"managed": False, "why": repr(refused)}
    return {"managed": True, "why": ""}


def outside(kind: str, facts: Facts) -> None:
    """Try as any program of this user, and tell."""
    sys.stdout.write(json.dumps(attempt(kind, {**facts, "inside": False})))


def inside(arguments: list[str]) -> None:
    """Start as the reader process does; where it reads a document, try all that is asked for instead."""
    from app.reader import __main__ as reader_process
    from app.reader import server
    from app.reader.wire import Truncated, hello_to, read_frame, write_frame

    def try_instead(source: BinaryIO, sink: BinaryIO, limits: Limits, protection: Protection) -> None:
        write_frame(sink, hello_to(protection))
        while True:
            try:
                header, _payload = read_frame(source)
            except Truncated:
                return
            write_frame(sink, attempt(header["kind"], {**header["facts"], "inside": True}))

    server.serve = try_instead
    reader_process.main(arguments)


if __name__ == "__main__":
    if sys.argv[1] == "inside":
        inside(sys.argv[2:])
    else:
        outside(sys.argv[1], json.loads(sys.argv[2]))
