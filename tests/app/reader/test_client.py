"""The program's end of the reader process: it answers or refuses, whatever becomes of the process."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import app
from app.reader.client import Reader, command
from app.reader.errors import EmptyFile, FileRefused, ReaderFailed, ReaderTookTooLong, TooHeavy
from app.reader.sandbox import Protection
from app.reader.values import Limits
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Iterator

on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A reader process of its own for each test."""
    with Reader() as reader:
        yield reader


def pid_of(reader: Reader) -> int:
    """Return the process's number."""
    assert reader._child is not None
    return reader._child.process.pid


def is_gone(pid: int) -> bool:
    """Tell whether a child of ours neither runs nor waits to be buried."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (pid, 0)
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()


def test_what_is_open_can_be_asked_for_again_after_a_kill(reader: Reader) -> None:
    """A process that dies between two calls is replaced, its document given to the next."""
    opened = reader.open(strange.pdf(3))
    first = pid_of(reader)
    os.kill(first, signal.SIGKILL)
    assert reader._child is not None
    reader._child.process.wait()
    assert "Page 3" in reader.page_text(2)
    assert reader.page(0, 100).width == 100
    assert pid_of(reader) != first
    assert opened.pages == 3


def test_a_process_killed_in_the_middle_of_a_call_is_a_refusal(reader: Reader) -> None:
    """And the next document opens."""
    data = slow()
    reader.open(strange.pdf())
    threading.Timer(0.3, os.kill, (pid_of(reader), signal.SIGKILL)).start()
    with pytest.raises(ReaderFailed):
        reader.open(data)
    assert reader.open(strange.pdf()).pages == 1


def slow() -> bytes:
    """A file that takes seconds: an object table that inflates and inflates."""
    return strange.pdf_object_stream_bomb(3 << 30)


def test_a_document_that_takes_too_long_is_given_up() -> None:
    """The process is ended for good, the seconds are told, the next document opens."""
    data = slow()
    with Reader(Limits(seconds=3)) as reader:
        reader.open(b"bonjour")
        before = pid_of(reader)
        start = time.monotonic()
        with pytest.raises(ReaderTookTooLong) as refused:
            reader.open(data)
        assert time.monotonic() - start < 30
        assert refused.value.fields == {"seconds": 3}
        assert is_gone(before)
        assert reader.open(b"bonjour").text == "bonjour"


def test_a_refused_document_stays_refused(reader: Reader) -> None:
    """Its pages cannot be had by asking again; the one before is no longer open either."""
    reader.open(strange.pdf())
    with pytest.raises(FileRefused):
        reader.open(b"%PDF-1.7 nothing")
    with pytest.raises(FileRefused):
        reader.page(0, 100)


def test_nothing_open_is_a_refusal(reader: Reader) -> None:
    """Before the first document, and after it was let go."""
    with pytest.raises(ReaderFailed):
        reader.page(0, 100)
    reader.open(strange.pdf())
    before = pid_of(reader)
    reader.forget()
    assert is_gone(before)
    with pytest.raises(ReaderFailed):
        reader.page_text(0)
    assert reader.open(strange.pdf()).pages == 1


def test_sizes_are_looked_at_before_anything_is_sent() -> None:
    """Nothing at all, and 200 MB."""
    with Reader(Limits(read_bytes=1_000_000)) as reader:
        before = pid_of(reader)
        with pytest.raises(EmptyFile):
            reader.open(b"")
        with pytest.raises(TooHeavy) as refused:
            reader.open(memoryview(bytes(200_000_000)))
        assert refused.value.fields == {"size": 200_000_000, "limit": 1_000_000}
        assert pid_of(reader) == before


def test_bytes_may_come_as_a_view(reader: Reader) -> None:
    """A decrypted buffer need not be copied."""
    data = strange.pdf()
    assert reader.open(memoryview(data)).sha256 == reader.open(data).sha256


def test_two_threads_may_ask_at_once(reader: Reader) -> None:
    """Each gets the answer to its own question."""
    reader.open(strange.pdf(12))
    wrong: list[str] = []

    def ask(number: int) -> None:
        for _ in range(12):
            if f"Page {number + 1} sur" not in reader.page_text(number):
                wrong.append(f"text {number}")
            if reader.page(number, 100 + number).width != 100 + number:
                wrong.append(f"page {number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_closing_ends_a_call_under_way() -> None:
    """Whoever closes the program does not wait for a bomb."""
    reader = Reader()
    reader.open(b"bonjour")
    pid, data, failed = pid_of(reader), slow(), threading.Event()

    def ask() -> None:
        try:
            reader.open(data)
        except ReaderFailed:
            failed.set()

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    start = time.monotonic()
    reader.close()
    thread.join(5)
    assert time.monotonic() - start < 3
    assert failed.is_set()
    assert is_gone(pid)
    with pytest.raises(ReaderFailed):
        reader.open(b"bonjour")
    reader.close()


def test_an_interrupted_call_does_not_answer_the_next(reader: Reader) -> None:
    """Ctrl-C while waiting: the late answer would be taken for another's."""
    reader.open(strange.pdf(2))
    child = reader._child
    assert child is not None

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.ask({"do": "text", "number": 0}, b"", 5, interrupt)
    assert is_gone(child.process.pid)
    assert "Page 2" in reader.page_text(1)


def test_nothing_is_left_open() -> None:
    """No pipe, no process, no thread after closing; a ResourceWarning would fail this."""
    before = set(threading.enumerate())
    for _ in range(3):
        reader = Reader()
        reader.open(b"bonjour")
        pid = pid_of(reader)
        reader.close()
        del reader
        gc.collect()
        assert is_gone(pid)
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(threading.enumerate()) <= before


def test_a_process_that_cannot_be_started_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is tried again for the next document."""
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Reader() as reader:
        with pytest.raises(ReaderFailed):
            reader.open(b"bonjour")
        monkeypatch.setattr(sys, "executable", python)
        assert reader.open(b"bonjour").text == "bonjour"


def test_the_program_that_asks_loads_no_parser() -> None:
    """A fresh Python that imports the client has none of them."""
    parsers = ("lxml", "pikepdf", "pypdfium2", "PIL", "img2pdf", "striprtf")
    code = f"import sys, app.reader.client; print([name for name in {parsers} if name in sys.modules])"
    root = Path(app.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_holds_numbers_only() -> None:
    """Nothing of a document can be read in a list of processes."""
    *_, numbers, walls = command(Limits(), Protection.NONE)
    assert all(part.replace(".", "").isdigit() for part in numbers.split(","))
    assert walls == "none"


# -- what the process has given up ----------------------------------------------------------------------


@on_linux
def test_the_process_has_its_limits(reader: Reader) -> None:
    """Memory, files and cores, as the kernel tells them; no new privileges."""
    reader.open(b"bonjour")
    limits = Path(f"/proc/{pid_of(reader)}/limits").read_text()
    wanted = {
        "Max address space": str(Limits().memory_bytes),
        "Max open files": "48",
        "Max file size": "0",
        "Max core file size": "0",
    }
    for name, value in wanted.items():
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line[len(name) :].split()[:2] == [value, value]
    status = Path(f"/proc/{pid_of(reader)}/status").read_text()
    assert "NoNewPrivs:\t1" in status


@on_linux
def test_the_process_inherits_nothing(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours, no file of ours: pipes and /dev/null only."""
    monkeypatch.setenv("TANDEM_SECRET", "x")
    reader.forget()
    reader.open(b"bonjour")
    try:
        variables = Path(f"/proc/{pid_of(reader)}/environ").read_bytes()
    except PermissionError:
        pytest.skip("only root may look into a process that is closed to others")
    assert b"TANDEM_SECRET" not in variables
    assert b"HOME=" not in variables
    links = [str(path.readlink()) for path in Path(f"/proc/{pid_of(reader)}/fd").iterdir()]
    assert links
    assert all(link == "/dev/null" or link.startswith("pipe:") for link in links)


@on_linux
def test_confinement_is_what_it_says() -> None:
    """Asked from inside: no environment, no core, nothing to write, closed to other programs."""
    code = """
import ctypes, os, resource
from app.reader.confinement import confine
from app.reader.values import Limits
confine(Limits())
print(dict(os.environ), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_AS)[0])
try:
    with open('/tmp/tandem-test-reader', 'wb') as file:
        file.write(b'x')
    print('written')
except OSError:
    print('refused')
finally:
    if os.path.exists('/tmp/tandem-test-reader'):
        os.unlink('/tmp/tandem-test-reader')
"""
    root = Path(app.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [f"{{}} 0 {Limits().memory_bytes}", "refused"]


@on_linux
def test_memory_beyond_the_limit_is_a_refusal() -> None:
    """A picture that needs more than the process may have."""
    photo = strange.saved(strange.sheet(6000, 8000), "PNG", compress_level=1)
    with Reader(Limits(memory_bytes=260_000_000)) as reader:
        with pytest.raises(FileRefused):
            reader.open(photo)
        assert reader.open(b"bonjour").text == "bonjour"
