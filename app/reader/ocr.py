"""The words on a page's picture: tesseract, run beside the reader process and confined like it.

Context: tesseract is a program of the distribution (``tesseract-ocr``, ``tesseract-ocr-fra``); recognition
takes seconds, while the reader process must go on drawing pages. Decision: each page is given to a process
of its own, ``python -m app.reader LIMITS PROTECTION PROGRAM…``, which gives up what the reader process gives
up, behind the same walls (:mod:`app.reader.sandbox`: it runs nothing but tesseract, reads nothing but its
models), and then becomes tesseract: a grey picture on its input (written by the reader process, never a
stranger's bytes), a table of words on its output, no file, no environment, an end to its time and memory.
Windows has no such change of skin: there tesseract is started as it is and only its time is counted.

Without the program, or without its French, the error is :class:`OcrMissing`: a paper is then filed without
searchable words, nothing else changes.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from app.errors import WorldFailed
from app.reader import sandbox
from app.reader.client import child_environment, command
from app.reader.paper_values import PageWords, Word
from app.reader.sandbox import ALL_MEANS, Means, Protection
from app.reader.values import Limits
from app.reader.wire import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Ocr", "OcrFailed", "OcrMissing", "words_of"]

LANGUAGE = "fra"
SECONDS = 30.0
MAX_WORDS = 20_000
_WINDOWS = Path("Tesseract-OCR", "tesseract.exe")
_WORD_LEVEL = "5"
_COLUMNS = 12
_LONG = 4


class OcrMissing(WorldFailed):
    """No program on this PC recognises French words."""

    code: ClassVar[str] = "ocr-missing"


class OcrFailed(WorldFailed):
    """The program ended without an answer, or took longer than ``seconds``."""

    code: ClassVar[str] = "ocr-failed"


class Ocr:
    """Recognises pages one at a time; ``stop`` ends the one under way."""

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        *,
        means: frozenset[Means] = ALL_MEANS,
    ) -> None:
        self._limits = replace(limits, seconds=SECONDS)
        self._protection = sandbox.plans(means)[0]  # one that does not hold ends it: it reads nothing then
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @staticmethod
    def is_here() -> bool:
        """Say whether this PC can recognise French words."""
        found = _program()
        return found is not None and LANGUAGE in _languages(found)

    def read(self, picture: bytes, *, turning: bool = True) -> PageWords:
        """Recognise a page (PNG or PGM, as ``Papers.for_reading`` gives it).

        A page with few sure words is looked at for its direction: then ``turn`` says how far it must be
        turned, and the words are those of the page as it was given. Raises OcrMissing, OcrFailed.
        """
        if not self.is_here():
            raise OcrMissing
        table = self._run(picture, "--psm", "3", "tsv")
        words = words_of(table)
        if not turning or (words.is_well_read and not _lies_sideways(table)):
            return words
        return replace(words, turn=self._turn(picture))

    def stop(self) -> None:
        """End what is under way: its call raises OcrFailed."""
        self._stopped = True
        child = self._child
        if child is not None:
            child.kill()

    def _turn(self, picture: bytes) -> int:
        """Ask which way is up; 0 where the page does not tell."""
        with contextlib.suppress(OcrFailed):
            return _turn_in(self._run(picture, "--psm", "0", language="osd"))
        return 0

    def _run(self, picture: bytes, *arguments: str, language: str = LANGUAGE) -> str:
        program = _program()
        if program is None:
            raise OcrMissing
        asked = [program, "stdin", "stdout", "-l", language, *arguments]
        with self._lock, _started(asked, self._limits, self._protection) as child:
            self._child = child
            try:
                if self._stopped:
                    raise OcrFailed(seconds=0)
                out, _ = child.communicate(picture, timeout=SECONDS)
            except (subprocess.TimeoutExpired, OSError) as fault:
                raise OcrFailed(seconds=round(SECONDS)) from fault
            finally:
                self._child = None
                child.kill()
            if child.returncode != 0:
                raise OcrFailed(seconds=0)
            return out.decode("utf-8", "replace")


def _started(asked: list[str], limits: Limits, protection: Protection) -> subprocess.Popen[bytes]:
    models = tuple(os.environ[name] for name in ("TESSDATA_PREFIX",) if name in os.environ)
    confined = asked if sys.platform == "win32" else command(limits, protection, *asked, reads=models)
    kept = {name: os.environ[name] for name in ("TESSDATA_PREFIX",) if name in os.environ}
    try:
        return subprocess.Popen(
            confined,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**child_environment(), **kept, "OMP_THREAD_LIMIT": "1"},
            cwd=Path(sys.executable).anchor,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as fault:
        raise OcrFailed(seconds=0) from fault


def _program() -> str | None:
    found = shutil.which("tesseract")
    if found is None and sys.platform == "win32":
        there = Path(os.environ.get("PROGRAMFILES", "C:/Program Files"), _WINDOWS)
        return str(there) if there.is_file() else None
    return found


@cache
def _languages(program: str) -> frozenset[str]:
    try:
        told = subprocess.run(
            [program, "--list-langs"], capture_output=True, timeout=10, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset((told.stdout + told.stderr).decode("utf-8", "replace").split())


def words_of(table: str) -> PageWords:
    """Read tesseract's table (TSV); a line that is none is passed over."""
    return PageWords(tuple(_words(table)))


def _rows(table: str) -> Iterator[list[str]]:
    rows = csv.reader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return (row for row in itertools.islice(rows, MAX_WORDS) if len(row) == _COLUMNS)


def _words(table: str) -> Iterator[Word]:
    wide = high = 0
    places: dict[tuple[str, ...], int] = {}
    for row in _rows(table):
        with contextlib.suppress(ValueError):
            left, top, width, height = (int(value) for value in row[6:10])
            if row[0] == "1":
                wide, high = width, height
            text = clean(row[11]).strip()
            if row[0] == _WORD_LEVEL and text and wide > 0 and high > 0:
                paragraph = places.setdefault(tuple(row[1:4]), len(places))
                line = places.setdefault(tuple(row[1:5]), len(places))
                yield Word(
                    text,
                    left / wide,
                    top / high,
                    width / wide,
                    height / high,
                    float(row[10]),
                    line,
                    paragraph,
                )


def _lies_sideways(table: str) -> bool:
    """Tell whether most long words are taller than wide: it reads lines that run upwards too."""
    rows = [row for row in _rows(table) if row[0] == _WORD_LEVEL and len(row[11].strip()) >= _LONG]
    tall = sum(1 for row in rows if _number(row[9]) > _number(row[8]))
    return tall > len(rows) / 2


def _number(told: str) -> int:
    return int(told) if told.isdecimal() else 0


def _turn_in(told: str) -> int:
    """Read ``Rotate: 180`` of the answer about the direction; 0 where it is not sure."""
    facts = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    try:
        turn, sure = int(facts.get("Rotate", "0")), float(facts.get("Orientation confidence", "0"))
    except ValueError:
        return 0
    return turn % 360 if sure >= 1.0 and turn % 90 == 0 else 0
