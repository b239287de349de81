"""Keys: 32 bytes in a ``bytearray`` that can be wiped, derived with HKDF-SHA256 (RFC 5869).

Context: Python's ``bytes`` cannot be erased, and a key once copied stays in freed memory.
Decision: a key lives in one ``bytearray``, is filled in place (``readinto``, ``derive_into``),
its page is kept out of swap where the system allows it, and ``wipe`` zeroes it. The page is never
unlocked again: another key may lie on it, and a few locked pages cost nothing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import OurBug

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["KEY_SIZE", "Key", "KeyWiped", "lock_in_memory"]

KEY_SIZE = 32


class KeyWiped(OurBug):
    """A key was used after it had been erased."""

    code = "key-wiped"


class Key:
    """32 secret bytes. Takes over ``data``: whoever made it must not keep a copy."""

    __slots__ = ("_wiped", "data")

    def __init__(self, data: bytearray) -> None:
        if len(data) != KEY_SIZE:
            raise ValueError(len(data))
        self.data = data
        self._wiped = False
        lock_in_memory(data)

    @classmethod
    def random(cls) -> Key:
        """Make a key from the system's randomness, without a copy where it has a device for it."""
        data = bytearray(KEY_SIZE)
        try:
            with open("/dev/urandom", "rb", buffering=0) as source:  # noqa: PTH123 - unbuffered, in place
                filled = source.readinto(data)
        except OSError:
            filled = 0
        if filled != KEY_SIZE:
            data[:] = os.urandom(KEY_SIZE)
        return cls(data)

    def derive(self, purpose: bytes, *, salt: bytes | None = None) -> Key:
        """Return the key for one purpose; equal purposes give equal keys."""
        self.require()
        return Key.derived_from(self.data, purpose, salt=salt)

    @classmethod
    def derived_from(cls, material: bytearray, purpose: bytes, *, salt: bytes | None = None) -> Key:
        """Return the key for one purpose from secret bytes of any length; the caller wipes those."""
        derived = bytearray(KEY_SIZE)
        HKDF(hashes.SHA256(), KEY_SIZE, salt, purpose).derive_into(material, derived)
        return cls(derived)

    def copy(self) -> Key:
        """Return a second holder of the same secret, to be wiped on its own."""
        self.require()
        return Key(bytearray(self.data))

    def require(self) -> None:
        """Raise ``KeyWiped`` rather than let zeroes pass for a key."""
        if self._wiped:
            raise KeyWiped

    def wipe(self) -> None:
        """Zero the secret; harmless when done twice."""
        self.data[:] = bytes(KEY_SIZE)
        self._wiped = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Key(wiped)" if self._wiped else "Key(…)"

    def __reduce__(self) -> str:
        raise TypeError


def lock_in_memory(data: bytearray) -> bool:
    """Ask the system to keep these bytes out of swap; say whether it agreed."""
    if not data:
        return False
    view = (ctypes.c_char * len(data)).from_buffer(data)
    address, size = ctypes.c_void_p(ctypes.addressof(view)), ctypes.c_size_t(len(data))
    try:
        if sys.platform == "win32":
            return bool(ctypes.windll.kernel32.VirtualLock(address, size))
        return ctypes.CDLL(None).mlock(address, size) == 0  # type: ignore[no-any-return, unused-ignore]
    except (AttributeError, OSError):
        return False
    finally:
        del view
