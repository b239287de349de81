"""The first page of a 20 MB PDF, from the sealed file to the pixels, beside reading the plain file."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from app.reader.client import Reader
from app.vault.files import DocumentFiles
from app.vault.keys import Key
from ui.bench.made_up import heavy_pdf
from ui.bench.timing import milliseconds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL_MS = 300
WIDTH = 1000


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time from a press on the row to the first page, and that of the plain bytes alone."""
    size, runs = (2_000_000, 2) if smoke else (20_000_000, 7)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, Reader() as reader:
        pdf = heavy_pdf(size)
        plain_file = Path(folder) / "plain.pdf"
        plain_file.write_bytes(pdf)
        files = DocumentFiles(Path(folder) / "sealed", Key.random())
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
        f"first page of a {len(pdf) // 1_000_000} MB PDF, sealed", [a for a, _ in pairs], goal=GOAL_MS
    )
    yield plain("the same from a plain file", [b for _, b in pairs])
