"""Sealed files give back what went in, or refuse."""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vault.keys import Key
from app.vault.sealed import CHUNK, FileDamaged, FileMissing, SealedReader, seal, sealed_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRIDE = CHUNK + 16
HEADER = 64
BORDERS = [0, 1, 15, 16, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 3 * CHUNK + 7]
FIXTURE_ONCE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)


class Dribble(io.RawIOBase):
    """A source that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes, step: int) -> None:
        self._rest = memoryview(data)
        self._step = step

    def read(self, n: int = -1) -> bytes:
        """Give at most ``step`` bytes."""
        piece, self._rest = self._rest[: min(n, self._step)], self._rest[min(n, self._step) :]
        return bytes(piece)


def _sealed(path: Path, key: Key, data: bytes, name: str = "doc") -> Path:
    seal(io.BytesIO(data), path, key, name)
    return path


def _read(path: Path, key: Key, name: str = "doc") -> bytes:
    with SealedReader(path, key, name) as reader:
        return reader.read()


@pytest.mark.parametrize("size", BORDERS)
def test_every_size_comes_back(tmp_path: Path, key: Key, size: int) -> None:
    """At, before and after each chunk's border, with the size and digest told."""
    data = os.urandom(size)
    heard: list[int] = []
    told = seal(io.BytesIO(data), tmp_path / "f", key, "doc", progress=heard.append)
    assert (told.size, told.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert heard[-1] == size
    assert (tmp_path / "f").stat().st_size == sealed_size(size)
    with SealedReader(tmp_path / "f", key, "doc") as reader:
        assert reader.size == size
        assert reader.read() == data
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@FIXTURE_ONCE
@given(data=st.binary(max_size=3000), times=st.integers(1, 80), step=st.integers(1, 70_000), at=st.data())
def test_any_bytes_come_back_at_any_offset(
    tmp_path: Path, key: Key, data: bytes, times: int, step: int, at: st.DataObject
) -> None:
    """Whatever was sealed and however it arrived, any window of it can be read."""
    whole = data * times
    seal(Dribble(whole, step), tmp_path / "f", key, "doc")  # type: ignore[arg-type]
    offset = at.draw(st.integers(0, len(whole) + 10))
    length = at.draw(st.integers(0, len(whole) + 10))
    with SealedReader(tmp_path / "f", key, "doc") as reader:
        assert reader.read_at(offset, length) == whole[offset : offset + length]
        assert reader.read() == whole


@FIXTURE_ONCE
@given(bit=st.integers(0, (HEADER + 3 * CHUNK + 3 * 16) * 8 - 1))
def test_any_flipped_bit_is_refused(tmp_path: Path, key: Key, bit: int) -> None:
    """Header, text or tag: one bit is enough."""
    raw = bytearray(_three(tmp_path, key))
    raw[bit // 8] ^= 1 << bit % 8
    (tmp_path / "f").write_bytes(raw)
    with pytest.raises(FileDamaged):
        _read(tmp_path / "f", key)


@FIXTURE_ONCE
@given(cut=st.integers(0, HEADER + 3 * STRIDE - 1))
def test_any_truncation_is_refused_at_once(tmp_path: Path, key: Key, cut: int) -> None:
    """Opening is enough to know: nothing of a shortened file is ever shown."""
    raw = _three(tmp_path, key)
    (tmp_path / "f").write_bytes(raw[:cut])
    with pytest.raises(FileDamaged):
        SealedReader(tmp_path / "f", key, "doc")


def _three(tmp_path: Path, key: Key) -> bytes:
    """Return a sealed file of exactly three chunks."""
    kept = tmp_path / "three"
    if not kept.exists():
        _sealed(kept, key, os.urandom(3 * CHUNK))
    return kept.read_bytes()


def _chunk(raw: bytes, index: int) -> bytes:
    return raw[HEADER + index * STRIDE : HEADER + (index + 1) * STRIDE]


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "swapped": lambda raw: raw[:HEADER] + _chunk(raw, 1) + _chunk(raw, 0) + _chunk(raw, 2),
    "duplicated": lambda raw: raw[:HEADER] + _chunk(raw, 0) + _chunk(raw, 0) + _chunk(raw, 2),
    "left out": lambda raw: raw[:HEADER] + _chunk(raw, 0) + _chunk(raw, 2),
    "last doubled": lambda raw: raw + _chunk(raw, 2),
    "appended": lambda raw: raw + b"\0",
    "appended chunk": lambda raw: raw + bytes(STRIDE),
    "last only": lambda raw: raw[:HEADER] + _chunk(raw, 2),
    "header only": lambda raw: raw[:HEADER],
    "empty": lambda _: b"",
    "newer version": lambda raw: raw[:8] + b"\0\2" + raw[10:],
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_chunks_cannot_be_rearranged(tmp_path: Path, key: Key, how: str) -> None:
    """Their number and the last one's flag are in the nonce."""
    (tmp_path / "f").write_bytes(TAMPERINGS[how](_three(tmp_path, key)))
    with pytest.raises(FileDamaged):
        _read(tmp_path / "f", key)


def test_a_chunk_of_another_file_is_refused(tmp_path: Path, key: Key) -> None:
    """Same key, same document sealed twice: their chunks do not mix."""
    one = _three(tmp_path, key)
    other = _sealed(tmp_path / "other", key, os.urandom(3 * CHUNK)).read_bytes()
    (tmp_path / "f").write_bytes(one[: HEADER + STRIDE] + other[HEADER + STRIDE :])
    with pytest.raises(FileDamaged):
        _read(tmp_path / "f", key)


def test_another_document_or_key_is_refused(tmp_path: Path, key: Key) -> None:
    """A file renamed to another document does not open, nor with another key."""
    path = _sealed(tmp_path / "f", key, b"text")
    with pytest.raises(FileDamaged):
        _read(path, key, "another")
    with Key.random() as another, pytest.raises(FileDamaged):
        _read(path, another)


def test_a_missing_file_says_so(tmp_path: Path, key: Key) -> None:
    """Not downloaded yet is another fact than damaged."""
    with pytest.raises(FileMissing):
        SealedReader(tmp_path / "none", key, "doc")


def test_nothing_of_the_text_is_on_the_disk(tmp_path: Path, key: Key) -> None:
    """Not even in a temporary file."""
    marker = b"MARKER-OF-A-PERSON"
    _sealed(tmp_path / "f", key, marker * 10_000)
    assert all(marker not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_source_that_fails_leaves_nothing(tmp_path: Path, key: Key) -> None:
    """A scanner unplugged halfway leaves no half document."""

    class Failing(io.RawIOBase):
        def read(self, n: int = -1) -> bytes:
            if tmp_path.joinpath("f.part").stat().st_size > STRIDE:
                raise RuntimeError
            return b"x" * n

    with pytest.raises(RuntimeError):
        seal(Failing(), tmp_path / "f", key, "doc")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
