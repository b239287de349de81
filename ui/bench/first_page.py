"""The first page of a document, behind the reader's walls and without them.

Two things are measured. A document in a reader that was started ahead, as the program does, and has read
nothing yet (« ready »): that is what somebody waits for. And everything from the start of the process
(« from nothing »), as when a reader has just died. Beside each stands the same process without walls, in
the same run: what the walls cost. Then the first page of a 20 MB PDF from its sealed file.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from app.reader.client import Reader, child_environment, command
from app.reader.sandbox import Protection
from app.reader.values import Limits
from app.reader.wire import read_frame, write_frame
from app.vault.files import DocumentFiles
from app.vault.keys import Key
from ui.bench.made_up import heavy_pdf
from ui.bench.timing import as_installed, compared, milliseconds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

HEAVY_GOAL_MS = 300
COLD_GOAL_MS = 100
WIDTH = 1000
AHEAD_SECONDS = 1.2  # a person takes longer from signing in to a first document
_WITHOUT_WALLS = """
import sys
from app.reader import __main__ as process, sandbox
sandbox.begin = lambda asked: True
sandbox.finish = lambda asked, begun: asked
process.main(sys.argv[1:])
"""


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the first page of a light PDF, ready and from nothing, and of a heavy one, sealed and plain."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        with as_installed(Path(folder)):
            _compile()
            yield from _cold(1 if smoke else 11)
        yield from _heavy(Path(folder), smoke=smoke)


def _compile() -> None:
    """The reader process writes nothing, not even its compiled modules: an installer does that."""
    code = "import importlib; from app.reader import server; "
    code += "[importlib.import_module(f'app.reader.{n}') for n in ('pdf', *server.AHEAD)]"
    environment = {k: v for k, v in child_environment().items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def _cold(runs: int) -> Iterator[Figure]:
    with Reader() as reader:
        protection = reader.protection
    if protection is Protection.NONE:  # nothing is drawn there
        return
    words = command(Limits(), protection)
    bare = [sys.executable, "-s", "-P", "-c", _WITHOUT_WALLS, *words[-2:]]
    pdf = _light_pdf()
    for name, is_ready, goal in (("ready", True, COLD_GOAL_MS), ("from nothing", False, None)):
        pairs = [(_first(words, pdf, ready=is_ready), _first(bare, pdf, ready=is_ready)) for _ in range(runs)]
        ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
        yield plain(f"first page, {name}, walls: {protection.value}", ours, goal=goal)
        yield compared(f"first page, {name}, walls: {protection.value}", ours, "no walls", theirs)


def _first(words: list[str], pdf: bytes, *, ready: bool) -> float:
    """Time the first page of a process that has read nothing before."""
    if ready:
        with _started(words) as (source, sink):
            read_frame(source)
            time.sleep(AHEAD_SECONDS)
            return milliseconds(lambda: _page(source, sink, pdf))

    def whole() -> None:
        with _started(words) as (source, sink):
            read_frame(source)
            _page(source, sink, pdf)

    return milliseconds(whole)


@contextmanager
def _started(words: list[str]) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(), cwd="/"
    )
    with process:
        yield cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin)
        process.kill()


def _page(source: BinaryIO, sink: BinaryIO, pdf: bytes) -> None:
    for request, payload in (({"do": "open"}, pdf), ({"do": "page", "number": 0, "width": WIDTH}, b"")):
        write_frame(sink, request, payload)
        answer, drawn = read_frame(source)
        assert "refused" not in answer, answer  # noqa: S101 - else nothing was measured
    assert drawn  # noqa: S101 - likewise


def _light_pdf() -> bytes:
    """Write a letter of one page, in letters that it does not carry."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for line in range(40):
        canvas.drawString(
            72, 780 - 16 * line, "Paracétamol 1 g : un comprimé matin, midi et soir, sept jours."
        )
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _heavy(folder: Path, *, smoke: bool) -> Iterator[Figure]:
    size, runs = (2_000_000, 2) if smoke else (20_000_000, 7)
    with Reader() as reader:
        pdf = heavy_pdf(size)
        plain_file = folder / "plain.pdf"
        plain_file.write_bytes(pdf)
        files = DocumentFiles(folder / "sealed", Key.random())
        files.write("bench", io.BytesIO(pdf))

        def ours() -> None:
            with files.open("bench") as sealed:
                data = sealed.read()
            reader.open(data)
            reader.page(0, WIDTH)

        def without_seal() -> None:
            reader.open(plain_file.read_bytes())
            reader.page(0, WIDTH)

        ours()
        pairs = [(milliseconds(ours), milliseconds(without_seal)) for _ in range(runs)]
        files.close()
    yield plain(
        f"first page of a {len(pdf) // 1_000_000} MB PDF, sealed", [a for a, _ in pairs], goal=HEAVY_GOAL_MS
    )
    yield plain("the same from a plain file", [b for _, b in pairs])
