"""What holds for every store of objects: whole or absent, never overwritten, unreadable to its keeper."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.ids import mint
from app.vault.keys import Key
from app.vault.sealed import CHUNK, FileDamaged, FileMissing
from sync.service.objects import ObjectsUnusable, ObjectTaken

if TYPE_CHECKING:
    from sync.service.objects import Objects
    from tests.sync.service.objects.conftest import Opener, Place

pytestmark = pytest.mark.xdist_group("s3")
NOW = timedelta()
STRIDE = CHUNK + 16
WINDOW = 64 * CHUNK
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 5 * CHUNK, WINDOW, WINDOW + 1]


def write(objects: Objects, data: bytes, object_id: str | None = None) -> str:
    """Keep some bytes; returns their id."""
    object_id = object_id or mint()
    told = objects.write(object_id, io.BytesIO(data))
    assert (told.size, told.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return object_id


def read(objects: Objects, object_id: str, *, whole: bool = False) -> bytes:
    """Read all of an object."""
    with objects.open(object_id, whole=whole) as reader:
        return reader.read()


def test_every_size_comes_back_whole_and_by_ranges(place: Place, opened: Opener) -> None:
    """At, before and after each border of segments and of what is fetched at once."""
    objects = opened(place)
    for size in SIZES:
        data = os.urandom(size)
        object_id = write(objects, data)
        assert objects.has(object_id)
        assert read(objects, object_id, whole=True) == data
        borders = {0, 1, CHUNK, 4 * CHUNK, WINDOW, size // 2, size}
        starts = sorted({at + by for at in borders for by in (-1, 0, 1) if 0 <= at + by <= size + 1})
        with objects.open(object_id) as reader:
            assert reader.size == size
            for start in starts:
                for length in (1, 17, CHUNK + 1):
                    assert reader.read_at(start, length) == data[start : start + length], (
                        size,
                        start,
                        length,
                    )
            assert b"".join(reader.pieces(size // 3, size // 2)) == data[size // 3 : size // 2]


def test_what_is_not_there_is_missing(place: Place, opened: Opener) -> None:
    """Never written, or removed; removing again is no error."""
    objects = opened(place)
    assert not objects.has("never")
    with pytest.raises(FileMissing):
        objects.open("never")
    object_id = write(objects, b"octets")
    objects.remove(object_id)
    objects.remove(object_id)
    assert not objects.has(object_id)
    with pytest.raises(FileMissing):
        objects.open(object_id)


def test_whoever_keeps_them_learns_nothing(place: Place, opened: Opener) -> None:
    """Neither names nor bytes say which document it is or what is in it."""
    objects = opened(place)
    write(objects, b"MARQUEUR" * 1000, "ordonnance-de-lucas")
    for name, data in place.raw().items():
        assert "ordonnance" not in name
        assert b"MARQUEUR" not in data
    assert not list(objects.scratch.iterdir())


def test_what_was_changed_there_is_refused(place: Place, opened: Opener) -> None:
    """One bit anywhere, a cut, a part too much, another object's bytes, nothing at all."""
    objects = opened(place)
    data = os.urandom(6 * CHUNK + 100)
    object_id = write(objects, data)
    ((name, whole),) = ((name, raw) for name, raw in place.raw().items() if name != "mark")
    write(objects, data)
    ((_, another),) = ((each, raw) for each, raw in place.raw().items() if each not in {"mark", name})
    swapped = whole[64 + STRIDE : 64 + 2 * STRIDE] + whole[64 : 64 + STRIDE]
    changes = [
        *(_flipped(whole, at) for at in (3, 30, 64, 64 + 2 * STRIDE, 64 + 5 * STRIDE + 7, len(whole) - 1)),
        whole[:-1], whole[: 64 + 3 * STRIDE], whole[:10], whole + b"\0", b"", another,
        whole[:64] + swapped + whole[64 + 2 * STRIDE :],
    ]  # fmt: skip
    for number, changed in enumerate(changes):
        place.put_raw(name, changed)
        with pytest.raises(FileDamaged):
            pytest.fail(f"{number}: {len(read(objects, object_id))} bytes")
    place.put_raw(name, whole[: 64 + 3 * STRIDE])
    with pytest.raises(FileDamaged):
        objects.open(object_id).close()
    place.put_raw(name, whole)
    assert read(objects, object_id) == data


def _flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def test_another_key_opens_nothing_and_is_told_at_once(place: Place, opened: Opener) -> None:
    """Two services on one place would take each other's objects for orphans: the second does not start."""
    write(opened(place), b"octets")
    before = place.raw()
    with Key.random() as other, pytest.raises(ObjectsUnusable) as told:
        opened(place, other)
    assert told.value.fields == {"what": "another"}
    assert place.raw() == before


def test_nothing_is_ever_overwritten(place: Place, opened: Opener) -> None:
    """A write that comes back with the same bytes is done; with others it is refused, and the first stay."""
    objects, another_worker = opened(place), opened(place)
    object_id = write(objects, b"first")
    before = place.raw()
    assert write(another_worker, b"first", object_id) == object_id
    for other in (b"other", b"first and more", b""):
        with pytest.raises(ObjectTaken):
            another_worker.write(object_id, io.BytesIO(other))
    assert place.raw() == before
    assert read(another_worker, object_id) == b"first"


def test_of_eight_who_write_one_name_one_wins(place: Place, opened: Opener) -> None:
    """All others are told so; what is kept is the winner's, whole, and nothing is left beside it."""
    workers = [opened(place) for _ in range(8)]
    object_id, start = mint(), threading.Barrier(8)
    bodies = [bytes([number]) * (2 * CHUNK + number) for number in range(8)]
    won: list[int] = []

    def compete(number: int) -> None:
        start.wait()
        try:
            workers[number].write(object_id, io.BytesIO(bodies[number]))
        except ObjectTaken:
            return
        won.append(number)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(won) == 1
    assert read(workers[0], object_id) == bodies[won[0]]
    assert len(set(place.raw()) - {"mark"}) == 1


def test_orphans_go_after_their_grace_and_nothing_else(place: Place, opened: Opener) -> None:
    """What a row names stays; what is fresh stays, its row may be on its way; what is not ours stays."""
    objects, another_worker = opened(place), opened(place)
    known, orphan = write(objects, b"known"), write(objects, b"orphan")
    place.put_raw("notes.txt", b"of the operator")
    assert objects.collect_orphans(lambda: {known}) == 0
    assert objects.has(orphan)
    time.sleep(1.1)  # an S3 store tells seconds
    fresh = write(another_worker, b"fresh")
    assert objects.collect_orphans(lambda: {known}, timedelta(seconds=1)) == 1
    assert (objects.has(known), objects.has(orphan), objects.has(fresh)) == (True, False, True)
    assert place.raw()["notes.txt"] == b"of the operator"
    assert objects.collect_orphans(lambda: {known, fresh}, NOW) == 0


def test_a_place_that_holds_something_says_so(place: Place, opened: Opener) -> None:
    """So that a service that lost its records does not start empty beside its documents."""
    objects = opened(place)
    assert not objects.holds_any()
    object_id = write(objects, b"octets")
    assert objects.holds_any()
    objects.remove(object_id)
    assert not objects.holds_any()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_kill_leaves_orphans_never_a_row_without_its_object(
    place: Place, opened: Opener, tmp_path: Path
) -> None:
    """Killed between and in the middle of writes, several times."""
    rows, key = tmp_path / "rows", opened.key.data.hex()
    root = Path(__file__).parents[4]
    for delay in (0.05, 0.12, 0.2):
        command = [sys.executable, "-m", "tests.sync.service.objects.writing_process"]
        environment = {**os.environ, **place.environment, "OBJECTS_KEY": key}
        process = subprocess.Popen(
            [*command, place.address, str(rows), str(tmp_path / "scratch")], cwd=root, env=environment,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    objects = opened(place)
    named = [line for line in rows.read_text().split("\n")[:-1] if line]
    assert named
    for object_id in named:
        assert len(read(objects, object_id)) == 3 * CHUNK
    objects.collect_orphans(lambda: named, NOW)
    left = set(place.raw()) - {"mark", "clock"}
    assert len(left) == len(named)
    for object_id in named:
        assert objects.has(object_id)
