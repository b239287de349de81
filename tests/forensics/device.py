"""A disk of one's own: a loop device with ext4, whose every byte can be looked at afterwards."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Disk", "forms", "places", "why_not"]

_MIB = 1 << 20
_TOOLS = ("losetup", "mkfs.ext4", "mount", "umount")
_BASE64_FREE = 2
"""Characters at each end of a base64 text that depend on its neighbours."""


def why_not() -> str:
    """Say why there can be no such disk here; nothing where there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux, to mount a disk of its own"
    missing = [name for name in _TOOLS if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    return f"not installed here: {', '.join(missing)}" if missing else ""


def _run(*command: str) -> str:
    path = f"/usr/sbin:/sbin:{os.environ['PATH']}"
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "PATH": path}
    )
    return done.stdout.strip()


class Disk:
    """A mounted disk; ``raw`` unmounts it and reads the device from its first byte to its last."""

    def __init__(self, image: Path, where: Path, *, mib: int = 64, options: str = "data=ordered") -> None:
        self._image, self.where = image, where
        if not image.exists():
            with image.open("wb") as file:
                file.truncate(mib * _MIB)
            _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
        where.mkdir()
        self.device = _run("losetup", "--find", "--show", str(image))
        self._is_mounted = False
        try:
            _run("mount", "-t", "ext4", "-o", options, self.device, str(where))
            self._is_mounted = True
        except BaseException:
            self.close()
            raise

    def as_after_a_power_cut(self, image: Path, where: Path) -> Disk:
        """Return a disk as this one would be if the power went now: what is not written yet is lost."""
        shutil.copyfile(self._image, image)
        return Disk(image, where)

    def raw(self) -> bytes:
        """Unmount it and return the device's bytes."""
        self._unmount()
        with open(self.device, "rb") as device:  # noqa: PTH123 - a device
            return device.read()

    def _unmount(self) -> None:
        if self._is_mounted:
            os.sync()
            _run("umount", str(self.where))
            self._is_mounted = False

    def close(self) -> None:
        """Give the device back."""
        try:
            self._unmount()
        except subprocess.CalledProcessError:
            _run("umount", "--lazy", str(self.where))
        if self.device:
            _run("losetup", "--detach", self.device)
            self.device = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def forms(words: str) -> Iterator[tuple[str, bytes]]:
    """Yield the ways in which these words may stand on a disk. What is compressed is not looked into."""
    plain = words.encode()
    yield "utf-8", plain
    yield "utf-16-le", words.encode("utf-16-le")
    yield "utf-16-be", words.encode("utf-16-be")
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    yield "percent", "".join(f"%{byte:02X}" for byte in plain).encode()
    yield "percent, as needed", quote(words, safe="").encode()
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain).rstrip(b"=")
        whole = coded[(_BASE64_FREE if shift else 0) + (shift == 2) : -_BASE64_FREE]
        yield f"base64 +{shift}", whole
        yield f"base64url +{shift}", whole.translate(bytes.maketrans(b"+/", b"-_"))


def places(raw: bytes, words: str) -> list[str]:
    """Say where these words stand, in any form: the form and the byte."""
    return [f"{name} at {at}" for name, form in forms(words) if (at := raw.find(form)) >= 0]
