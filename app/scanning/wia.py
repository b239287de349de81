"""Scanners on Windows by WIA 2.0, through the scripting objects that Windows carries (``WIA.DeviceManager``).

Decision: a script in Windows' own PowerShell, one run a scan, as scanimage is run on Linux: a driver that
hangs is ended with it, and no COM library is added. Pages come back on its output, each behind its length,
never as files; a length of zero ends them, followed by WIA's error code. **This was written after
Microsoft's reference and type-checked; it has not been run on a Windows PC with a scanner yet.**
"""

from __future__ import annotations

import base64
import json
import os
import struct
import threading
from typing import TYPE_CHECKING

from app.scanning import (
    MOST_BYTES,
    CoverOpen,
    Device,
    FeederEmpty,
    PaperJam,
    ScannerBusy,
    ScannerFailed,
    ScannerMissing,
    Wanted,
)
from app.scanning.running import SILENCE, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.errors import TandemError

__all__ = ["WiaScanner", "devices_in", "fault_of", "pages_in"]

# WIA property numbers and values (wiadef.h).
_LIST = r"""
$ErrorActionPreference = 'Stop'
$manager = New-Object -ComObject WIA.DeviceManager
$found = @()
foreach ($info in $manager.DeviceInfos) {
  if ($info.Type -ne 1) { continue }
  $handling = 2
  try { $handling = $info.Connect().Properties.Item('3086').Value } catch { }
  $found += @{ id = $info.DeviceID; name = $info.Properties.Item('Name').Value; handling = $handling }
}
ConvertTo-Json -Compress -InputObject @($found)
"""
_SCAN = r"""
$ErrorActionPreference = 'Stop'
$asked = ConvertFrom-Json ([Console]::In.ReadToEnd())
$out = [Console]::OpenStandardOutput()
function Send($bytes) {
  $length = [BitConverter]::GetBytes([UInt32]$bytes.Length)
  $out.Write($length, 0, 4); $out.Write($bytes, 0, $bytes.Length); $out.Flush()
}
function Set-Number($properties, $id, $value) {
  try { $properties.Item([string]$id).Value = $value } catch { }
}
$code = 0
try {
  $manager = New-Object -ComObject WIA.DeviceManager
  $info = $null
  foreach ($one in $manager.DeviceInfos) { if ($one.DeviceID -eq $asked.id) { $info = $one } }
  if ($null -eq $info) { throw [System.Runtime.InteropServices.COMException]::new('', -2145320939) }
  $device = $info.Connect()
  Set-Number $device.Properties 3088 $(if ($asked.feeder) { 1 } else { 2 })
  Set-Number $device.Properties 3096 1
  $item = $device.Items.Item(1)
  Set-Number $item.Properties 6146 $(if ($asked.colour) { 1 } else { 2 })
  Set-Number $item.Properties 6147 $asked.dpi
  Set-Number $item.Properties 6148 $asked.dpi
  Set-Number $item.Properties 6149 0
  Set-Number $item.Properties 6150 0
  Set-Number $item.Properties 6151 ([int]($asked.dpi * 8.27))
  Set-Number $item.Properties 6152 ([int]($asked.dpi * 11.69))
  $count = 0
  do {
    $picture = $item.Transfer('{B96B3CAF-0728-11D3-9D7B-0000F81EF32E}')
    Send ([byte[]]$picture.FileData.BinaryData)
    $count += 1
    [Console]::Error.WriteLine('page')
  } while ($asked.feeder -and $count -lt 200)
} catch {
  $fault = $_.Exception
  while ($fault.InnerException) { $fault = $fault.InnerException }
  $code = $fault.HResult
}
Send ([byte[]]@())
$out.Write([BitConverter]::GetBytes([Int32]$code), 0, 4)
$out.Flush()
"""
_FEEDER, _FLATBED = 1, 2
# WIA error codes (wiadef.h), as unsigned numbers.
_JAM, _EMPTY, _PROBLEM, _OFFLINE, _BUSY = 0x80210002, 0x80210003, 0x80210004, 0x80210005, 0x80210006
_COVER, _LOCKED, _NO_DEVICE, _NOT_REGISTERED = 0x80210016, 0x8021000D, 0x80210015, 0x80040154


class WiaScanner:
    """Speaks to WIA by PowerShell."""

    def devices(self) -> tuple[Device, ...]:
        """Return the scanners that answer."""
        with Running(
            _command(_LIST), told=_nothing, stopped=threading.Event(), environment=os.environ
        ) as run:
            said = run.page()
            if run.status() != 0:
                raise ScannerMissing(installed=0)
        return devices_in(said)

    def scan(
        self, device: Device, wanted: Wanted, *, told: Callable[[float], None], stopped: threading.Event
    ) -> Iterator[bytes]:
        """Yield pages; WIA's script tells whole pages only, so ``told`` hears 1 at the end of each."""
        asked = {"id": device.id, "feeder": wanted.from_feeder, "colour": wanted.in_colour, "dpi": wanted.dpi}
        with Running(
            _command(_SCAN),
            told=lambda _line: told(1.0),
            stopped=stopped,
            environment=os.environ,
            given=json.dumps(asked).encode(),
        ) as run:
            yield from pages_in(run, stopped)


def pages_in(run: Running, stopped: threading.Event) -> Iterator[bytes]:
    """Cut the script's output into pages; raises what its last word says."""
    pages = 0
    while True:
        length = run.output.read(4)
        if stopped.is_set():
            return
        size = struct.unpack("<I", length)[0] if len(length) == 4 else 0  # noqa: PLR2004
        if size == 0:
            break
        page = run.output.read(size) if size <= MOST_BYTES else b""
        if len(page) != size:
            raise ScannerFailed(seconds=round(SILENCE) if run.was_silent else 0, pages=pages)
        pages += 1
        run.heard()
        yield page
    last = run.output.read(4)
    code = struct.unpack("<i", last)[0] & 0xFFFFFFFF if len(last) == 4 else -1  # noqa: PLR2004
    fault = fault_of(code, pages)
    if fault is not None:
        raise fault


def fault_of(code: int, pages: int) -> TandemError | None:
    """Name the error of a WIA code; an empty feeder after some sheets is the end, not an error."""
    if code == _EMPTY:
        return None if pages else FeederEmpty()
    if code in {_JAM, _PROBLEM}:
        return PaperJam(pages=pages)
    if code in {_BUSY, _LOCKED}:
        return ScannerBusy()
    if code == _COVER:
        return CoverOpen()
    if code in {_NO_DEVICE, _OFFLINE}:
        return ScannerMissing(installed=1)
    if code == _NOT_REGISTERED:
        return ScannerMissing(installed=0)
    return None if code == 0 and pages else ScannerFailed(seconds=0, pages=pages)


def devices_in(said: bytes) -> tuple[Device, ...]:
    """Read the list of scanners; what is no list is none."""
    try:
        found = json.loads(said or b"[]")
        rows = found if isinstance(found, list) else [found]
        return tuple(
            Device(
                str(one["id"]),
                str(one["name"]),
                bool(int(one["handling"]) & _FEEDER),
                bool(int(one["handling"]) & _FLATBED),
            )
            for one in rows
        )
    except (ValueError, KeyError, TypeError):
        return ()


def _nothing(_line: str) -> None:
    pass


def _command(script: str) -> list[str]:
    root = os.environ.get("SYSTEMROOT", r"C:\Windows")
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    shell = rf"{root}\System32\WindowsPowerShell\v1.0\powershell.exe"
    return [shell, "-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded]
