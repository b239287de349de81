"""The sync engine beside the programs that others sync with: PouchDB for a pull, tuspy for an upload.

Neither is a dependency, not even of the tests: whoever wants the figures puts them in a folder and names it.
``npm install --prefix DIR pouchdb``, ``pip install tuspy``, ``TANDEM_RIVALS=DIR tandem bench rivals``; what
is not there is left out, and said.

What is compared, and for whom it is easier: PouchDB replicates the same bodies from one LevelDB to another in
its own process, without a network, without encryption, and LevelDB does not wait for the disk; ours come by
HTTP from another thread, are taken apart, and lie in an encrypted store whose every page waits for the disk.
tuspy sends the same bytes to the same server as we do, in chunks as large as ours get.
"""

from __future__ import annotations

import gc
import importlib.util
import io
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sync.transport import Address, Transport
from sync.uploads import Upload
from ui.bench.canned import canned, feed_pages, measures
from ui.bench.sync import SentBytes, brought, opened, page_starts, pulled
from ui.bench.timing import compared, milliseconds, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure
    from ui.bench.canned import Canned

POUCH_GOAL, TUSPY_GOAL = 0.2, 1.25
_CHUNK = 8 << 20
_REPLICATES = """
const PouchDB = require("pouchdb")
const [rows, folder] = process.argv.slice(1)
const docs = JSON.parse(require("fs").readFileSync(rows)).map(({id, ...body}) => ({_id: id, ...body}))
const run = async () => {
  const source = new PouchDB(folder + "/source"), target = new PouchDB(folder + "/target")
  await source.bulkDocs(docs)
  const started = process.hrtime.bigint()
  const told = await target.replicate.from(source, {batch_size: 1000})
  const took = Number(process.hrtime.bigint() - started) / 1e6
  if (told.docs_written !== docs.length) throw new Error("not all of it came")
  console.log(took)
}
run().catch(problem => { console.error(problem); process.exit(1) })
"""


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield a figure for each rival that is there."""
    runs, rows, size = (1, 400, 1 << 20) if smoke else (5, 10_000, 64 << 20)
    folder, node = _pouch(), shutil.which("node")
    with canned() as service, Transport(Address(service.base)) as transport:
        if folder is not None and node is not None:
            yield from _beside_pouch(service, transport, runs, rows, (node, folder))
        else:
            yield skipped("first pull: a row", "PouchDB is not here")
        if importlib.util.find_spec("tusclient") is not None:
            yield from _beside_tuspy(service, transport, runs, size)
        else:
            yield skipped("upload", "tuspy is not here")


def _pouch() -> Path | None:
    named = os.environ.get("TANDEM_RIVALS")
    return Path(named) if named and (Path(named) / "node_modules" / "pouchdb").is_dir() else None


def _beside_pouch(
    service: Canned, transport: Transport, runs: int, count: int, rival: tuple[str, Path]
) -> Iterator[Figure]:
    bodies = measures(count)
    service.pages = feed_pages(bodies, page_starts(count))
    ours, theirs = [], []
    for _ in range(runs):
        with opened() as (_, records):
            ours.append(milliseconds(lambda: pulled(records, transport)) / count)
        gc.collect()
        theirs.append(_replicated(bodies, *rival) / count)
    yield compared(f"first pull of {count} rows: a row", ours, "PouchDB", theirs, goal=POUCH_GOAL)


def _replicated(bodies: list[dict[str, object]], node: str, folder: Path) -> float:
    """Let PouchDB replicate; return the milliseconds that it says it took."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        rows = Path(name) / "rows.json"
        rows.write_bytes(orjson.dumps(bodies))
        told = subprocess.run(
            [node, "-e", _REPLICATES, "--", str(rows), name],
            cwd=folder,
            capture_output=True,
            check=True,
            timeout=600,
        )
    return float(told.stdout)


def _beside_tuspy(service: Canned, transport: Transport, runs: int, size: int) -> Iterator[Figure]:
    from tusclient.client import TusClient  # type: ignore[import-not-found,unused-ignore] # only with the rivals

    data = random.Random(3).randbytes(size)  # noqa: S311 (made-up bytes)
    wanted = Upload("x", "d", "application/pdf", "0" * 64, size)
    client = TusClient(f"{service.base}/uploads")
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(milliseconds(lambda: brought(transport, wanted, SentBytes(data))))
        uploader = client.uploader(file_stream=io.BytesIO(data), chunk_size=_CHUNK)
        theirs.append(milliseconds(uploader.upload))
    yield compared(f"upload of {size >> 20} MiB", ours, "tuspy", theirs, goal=TUSPY_GOAL)
