"""``python -m app.reader``: the reader process. Started by :mod:`app.reader.client`, never by hand.

Its arguments are the limits and the protection that it is to have (:mod:`app.reader.sandbox`). With a
program's command line after them it gives up the same things and becomes that program
(:mod:`app.reader.ocr`); where the protection cannot be had it ends with :data:`UNPROTECTED` instead.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, NoReturn

from app.reader import sandbox
from app.reader.confinement import allow_seconds, confine, end_with_starter
from app.reader.sandbox import Protection
from app.reader.values import Limits

__all__ = ["UNPROTECTED", "main"]

UNPROTECTED = 77
MODELS = ("/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata")


def main(arguments: list[str]) -> int:
    """Answer requests on the two pipes until the first one closes, or become another program."""
    limits = _limits(arguments[0]) if arguments else Limits()
    asked = Protection(arguments[1]) if arguments[1:] else Protection.NONE
    if arguments[2:]:
        _become(arguments[2:], limits, asked)
    source, sink = _pipes()
    begun = sandbox.begin(asked)  # before the parsers: a thread of theirs is within, too
    from app.reader import server  # the parsers load while the program does other things

    confine(limits)
    protection = sandbox.finish(asked, begun=begun)
    with source, sink:
        server.serve(source, sink, limits, protection)
    return 0


def _become(program: list[str], limits: Limits, asked: Protection) -> NoReturn:
    """Run a program in our place, confined; it keeps where its models are, and its threads."""
    kept = {name: os.environ[name] for name in ("TESSDATA_PREFIX", "OMP_THREAD_LIMIT") if name in os.environ}
    models = tuple(kept[name] for name in ("TESSDATA_PREFIX",) if name in kept)
    begun = sandbox.begin(asked, program=program[0], reads=(*MODELS, *models))
    confine(limits)
    end_with_starter()  # with a person's page in its memory it must not outlive the program
    allow_seconds(limits.seconds)
    if sandbox.finish(asked, begun=begun, becomes=True) is not asked:
        sys.exit(UNPROTECTED)
    os.execve(program[0], program, kept)  # noqa: S606  # no shell is meant


def _limits(numbers: str) -> Limits:
    read, memory, pixels, seconds, shrink = numbers.split(",")
    return Limits(int(read), int(memory), int(pixels), float(seconds), float(shrink))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the two pipes away from whatever a parser may print or read."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    return source, sink


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
