"""``python -m app.reader``: the reader process. Started by :mod:`app.reader.client`, never by hand."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from app.reader.confinement import confine
from app.reader.values import Limits

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Answer requests on the two pipes until the first one closes."""
    limits = _limits(arguments[0]) if arguments else Limits()
    source, sink = _pipes()
    from app.reader import server  # the parsers load while the program does other things

    confine(limits)
    with source, sink:
        server.serve(source, sink, limits)
    return 0


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
