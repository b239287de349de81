"""The words of a page, by the real tesseract in its own confined process."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

import app
from app.reader.client import Reader
from app.reader.ocr import Ocr, OcrFailed, OcrMissing, words_of
from app.reader.paper_values import Edit
from app.reader.papers import Papers
from ui.bench.made_up_pages import prescription

needs_tesseract = pytest.mark.skipif(
    not Ocr.is_here(), reason="tesseract with French is not installed (Debian: tesseract-ocr-fra)"
)
TABLE = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t
5\t1\t1\t1\t1\t1\t100\t200\t200\t40\t96.5\tDocteur
5\t1\t1\t1\t1\t2\t320\t200\t100\t40\t91.0\t"Roux
5\t1\t1\t1\t2\t1\t100\t260\t100\t40\t12.0\t|
5\t1\t1\t2\t1\t1\t100\t400\t100\t40\t88.0\tOrdonnance
5\t1\t1\t2\t1\t2\tx\t400\t100\t40\t88.0\tbroken
nonsense
"""


def test_the_table_of_words_is_read() -> None:
    """Places as shares of the page, lines and paragraphs apart, broken lines passed over."""
    found = words_of(TABLE)
    assert found.text == 'Docteur "Roux\n|\n\nOrdonnance'
    first = found.words[0]
    assert (first.x, first.y, first.width, first.height) == (0.1, 0.1, 0.2, 0.02)
    assert found.sure == 3
    assert words_of("").words == ()


@pytest.fixture(scope="module")
def page() -> bytes:
    """A prescription in Helvetica as the reader process prepares it."""
    with Reader() as reader:
        reader.open(prescription("Helvetica", 1, reader))
        drawn = reader.page(0, 1654)
        sink = io.BytesIO()
        Image.frombytes("RGB", (drawn.width, drawn.height), drawn.rgb).save(sink, "PNG")
        papers = Papers(reader)
        return papers.for_reading(papers.keep(sink.getvalue(), Edit()))


def turned(page: bytes, degrees: int) -> bytes:
    """The same page, turned clockwise."""
    sink = io.BytesIO()
    Image.open(io.BytesIO(page)).rotate(-degrees, expand=True).save(sink, "PPM")
    return sink.getvalue()


@needs_tesseract
def test_a_page_is_read(page: bytes) -> None:
    """Accents and figures too, upright."""
    found = Ocr().read(page)
    assert "Docteur Antoine Morel" in found.text
    assert "BISOPROLOL 2,5 mg, comprimé" in found.text
    assert found.turn == 0
    assert found.is_well_read


@needs_tesseract
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_on_its_head_says_how_to_turn_it(page: bytes, degrees: int) -> None:
    """What it must be turned by, clockwise, to be upright."""
    assert Ocr().read(turned(page, degrees)).turn == 360 - degrees


@needs_tesseract
def test_a_picture_without_words_has_none() -> None:
    """A cat gives no sure word and no direction."""
    soft = Image.radial_gradient("L").resize((1200, 900))
    sink = io.BytesIO()
    soft.save(sink, "PPM")
    found = Ocr().read(sink.getvalue())
    assert (found.sure, found.turn, found.is_well_read) == (0, 0, False)


@needs_tesseract
def test_what_is_no_picture_fails() -> None:
    """The program ends without an answer."""
    with pytest.raises(OcrFailed):
        Ocr().read(b"no picture")


@needs_tesseract
def test_reading_can_be_stopped(page: bytes) -> None:
    """Its process is ended at once, and the next call is refused too."""
    ocr = Ocr()
    threading.Timer(0.3, ocr.stop).start()
    began = time.monotonic()
    with pytest.raises(OcrFailed):
        ocr.read(page)
    assert time.monotonic() - began < 5


@needs_tesseract
@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
def test_it_is_confined(page: bytes) -> None:
    """It may not write a file: asked to, it ends without one."""
    with pytest.raises(OcrFailed):
        Ocr()._run(page, "-c", "debug_file=/tmp/tandem-ocr-debug", "--psm", "3", "pdf", "stdout", "/tmp/x")  # noqa: S108


def test_without_the_program_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PC without tesseract."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not Ocr.is_here()
    with pytest.raises(OcrMissing):
        Ocr().read(b"P5 1 1 255 x")


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for the program")
def test_without_french_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """English alone reads French badly, which is worse than not."""
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages (1):'\necho eng\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not Ocr.is_here()


KILLED = """
import random
from app.reader.ocr import Ocr
print("here", flush=True)
Ocr().read(b"P5 2480 3508 255\\n" + random.Random(1).randbytes(2480 * 3508))
"""


@needs_tesseract
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends it")
def test_a_program_that_is_killed_leaves_no_page_in_memory() -> None:
    """What reads the words of a page ends with the program, at once."""
    root = Path(app.__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=root, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        readers: list[int] = []
        while not any(name_of(one) == "tesseract" for one in readers):
            readers = children_of(program.pid)
            time.sleep(0.02)
        program.kill()
    ended = time.monotonic() + 3
    while any(name_of(one) for one in readers):
        assert time.monotonic() < ended
        time.sleep(0.02)


@needs_tesseract
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_recognition_that_is_killed_fails_and_works_again(page: bytes) -> None:
    """One page goes without its words, no more."""
    ocr = Ocr()

    def end() -> None:
        while (child := ocr._child) is None or name_of(child.pid) != "tesseract":
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(OcrFailed):
        ocr.read(page)
    thread.join()
    assert ocr.read(page).sure


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def name_of(pid: int) -> str:
    """Return the name of a running process; empty where it has ended."""
    try:
        name, rest = Path(f"/proc/{pid}/stat").read_text().split("(", 1)[1].rsplit(")", 1)
    except OSError:
        return ""
    return "" if rest.split()[0] == "Z" else name
