"""Keys are made in place, derived by purpose and erased."""

from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.vault.keys import Key, KeyWiped, lock_in_memory


def test_two_random_keys_differ() -> None:
    """Randomness comes from the system, and fills all 32 bytes."""
    with Key.random() as one, Key.random() as other:
        assert one.data != other.data
        assert one.data != bytearray(32)


def test_a_derived_key_is_hkdf_sha256() -> None:
    """RFC 5869 with the purpose as info, so that another program could derive it too."""
    with Key(bytearray(range(32))) as key, key.derive(b"files") as derived:
        assert bytes(derived.data) == HKDF(hashes.SHA256(), 32, None, b"files").derive(bytes(range(32)))


def test_purposes_give_different_keys() -> None:
    """What leaks from one use tells nothing of another."""
    with Key.random() as key, key.derive(b"a") as one, key.derive(b"b") as other, key.derive(b"a") as again:
        assert one.data != other.data
        assert one.data == again.data


def test_a_wiped_key_is_zero_and_refuses_to_serve() -> None:
    """Zeroes must never pass for a key."""
    key = Key.random()
    data = key.data
    key.wipe()
    assert data == bytearray(32)
    for use in (lambda: key.derive(b"x"), key.copy, key.require):
        with pytest.raises(KeyWiped):
            use()
    key.wipe()


def test_a_copy_survives_its_original() -> None:
    """Each holder wipes its own."""
    key = Key(bytearray(range(32)))
    copy = key.copy()
    key.wipe()
    assert bytes(copy.data) == bytes(range(32))
    copy.wipe()


def test_a_key_never_shows_itself() -> None:
    """Not in a log, not in a pickle."""
    with Key(bytearray(b"k" * 32)) as key:
        assert "k" * 4 not in repr(key)
        with pytest.raises(TypeError):
            pickle.dumps(key)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_only_32_bytes_make_a_key(size: int) -> None:
    """A shorter secret must go through a derivation."""
    with pytest.raises(ValueError, match=str(size)):
        Key(bytearray(size))


def test_locking_nothing_is_no_error() -> None:
    """Memory locking is best effort."""
    assert lock_in_memory(bytearray()) is False
