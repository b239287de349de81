"""Lossless JPEG is undone to the last bit, as the standard says and as DCMTK packs it; the rest is said."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from app.reader import jpeg_lossless
from app.reader.errors import BrokenFile, FileRefused
from app.reader.jpeg_lossless import Unknown, undo
from app.reader.server import open_document
from app.reader.values import Limits, Notice
from tests.app.reader import dicom_files as made

if TYPE_CHECKING:
    from pathlib import Path

PACKER = shutil.which("dcmcjpeg")


@pytest.mark.parametrize("bits", [2, 8, 12, 15, 16])
def test_what_was_packed_comes_back(bits: int) -> None:
    """Every depth, with leaps from black to white."""
    draw = random.Random(bits)
    numbers = [draw.choice((0, (1 << bits) - 1, draw.randrange(1 << bits))) for _ in range(30 * 20)]
    undone = undo(made.lossless(numbers, 30, 20, bits), (30, 20))
    assert list(undone.numbers) == numbers
    assert undone.bits == bits


def test_it_is_a_frame_like_another() -> None:
    """The same grey as the picture that is not packed; each frame by itself."""
    plain = made.dicom(made.pixels(frames=2), data=made.ramp() + made.ramp()[::-1])
    packed = [made.lossless([*data], 8, 4) for data in (made.ramp(), made.ramp()[::-1])]
    told = made.dicom(made.pixels(frames=2), data=made.fragments(*packed), syntax=made.LOSSLESS)
    first, second = open_document(plain, Limits()), open_document(told, Limits())
    for number in range(2):
        assert first.pages.draw(number, 8).tobytes() == second.pages.draw(number, 8).tobytes()


@pytest.mark.skipif(PACKER is None, reason="needs dcmcjpeg (Debian package dcmtk)")
@pytest.mark.parametrize("predictor", range(1, 8))
def test_what_another_program_packed_is_the_same_picture(
    samples: Path, tmp_path: Path, predictor: int
) -> None:
    """A real scanner's numbers, signed and rescaled, by each of the standard's seven predictors."""
    assert PACKER is not None
    source, target = samples / "dicom" / "CT_small.dcm", tmp_path / "packed.dcm"
    subprocess.run([PACKER, "+el", "+sv", str(predictor), source, target], check=True, capture_output=True)
    assert target.read_bytes() != source.read_bytes()
    pictures = [open_document(path.read_bytes(), Limits()).pages.draw(0, 500) for path in (source, target)]
    assert pictures[0].tobytes() == pictures[1].tobytes()


def test_what_is_not_undone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large for plain Python; three bands; restart marks; another process of the standard."""
    good = made.lossless([*made.ramp()], 8, 4)
    restarts = good.replace(b"\xff\xc3", b"\xff\xdd\x00\x04\x00\x08\xff\xc3")
    bands = good.replace(struct.pack(">HHB", 4, 8, 1), struct.pack(">HHB", 4, 8, 3))
    for data in (restarts, bands, good.replace(b"\xff\xc3", b"\xff\xc1")):
        with pytest.raises(Unknown):
            undo(data, (8, 4))
    monkeypatch.setattr(jpeg_lossless, "MOST_PIXELS", 31)
    told = made.dicom(made.pixels(), data=made.fragments(good), syntax=made.LOSSLESS)
    assert open_document(told, Limits()).opened.notices == (Notice.PICTURE_NOT_DECODED,)


def test_what_is_cut_is_broken() -> None:
    """Wherever it is cut: half a radiograph is none. Another size, a code that is none, likewise."""
    numbers = [random.Random(1).randrange(256) for _ in range(40 * 40)]
    data = made.lossless(numbers, 40, 40)
    for part in (0, 2, 10, 30, 50, 200, len(data) // 2, len(data) - 40):
        with pytest.raises(BrokenFile):
            undo(data[:part], (40, 40))
    with pytest.raises(BrokenFile):
        undo(data, (41, 40))
    place = data.index(b"\xff\xda") + 10
    with pytest.raises(FileRefused):
        undo(data[:place] + b"\xff\x00" * 600 + b"\xff\xd9", (40, 40))
