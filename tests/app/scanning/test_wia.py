"""What Windows' script says is understood; the script itself needs a Windows PC with a scanner."""

from __future__ import annotations

import struct
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.scanning import CoverOpen, Device, FeederEmpty, PaperJam, ScannerBusy, ScannerFailed, ScannerMissing
from app.scanning.running import Running
from app.scanning.wia import devices_in, fault_of, pages_in

if TYPE_CHECKING:
    from app.errors import TandemError


def test_the_list_of_scanners_is_read() -> None:
    """One that has a feeder, one that has not, and a list that is none."""
    said = b'[{"id":"{6BDD}\\\\0001","name":"Canon","handling":3},{"id":"b","name":"HP","handling":2}]'
    assert devices_in(said) == (
        Device("{6BDD}\\0001", "Canon", has_feeder=True, has_glass=True),
        Device("b", "HP", has_feeder=False, has_glass=True),
    )
    assert devices_in(b"") == devices_in(b"not json") == devices_in(b'[{"id":1}]') == ()


CODES = {
    0x80210002: PaperJam,
    0x80210003: FeederEmpty,
    0x80210006: ScannerBusy,
    0x80210016: CoverOpen,
    0x80210015: ScannerMissing,
    0x80210001: ScannerFailed,
}


@pytest.mark.parametrize(("code", "error"), CODES.items())
def test_codes_are_named(code: int, error: type[TandemError]) -> None:
    """As in wiadef.h."""
    assert isinstance(fault_of(code, 0), error)


def test_an_empty_feeder_after_pages_is_the_end() -> None:
    """WIA ends each feeder so."""
    assert fault_of(0x80210003, 4) is None


def test_pages_come_behind_their_lengths() -> None:
    """Two pages, then the code of an empty feeder."""
    given = b"".join((
        struct.pack("<I", 3), b"one", struct.pack("<I", 5), b"twooo",
        struct.pack("<I", 0), struct.pack("<i", 0x80210003 - (1 << 32)),
    ))  # fmt: skip
    script = f"import sys; sys.stdout.buffer.write({given!r})"
    stopped = threading.Event()
    with Running(
        [sys.executable, "-c", script], told=lambda _line: None, stopped=stopped, environment={}
    ) as run:
        assert list(pages_in(run, stopped)) == [b"one", b"twooo"]
