"""Parcels: what was sealed for one receiver opens for nobody else, nor in another's place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vault.parcels import PUBLIC_SIZE, ParcelDamaged, ParcelKey, seal_parcel

KEY = ParcelKey.draw()


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_comes_back(data: bytes, label: str) -> None:
    """Whole, under its label; the same thing sealed twice looks different."""
    sealed = seal_parcel(data, KEY.public, label)
    assert KEY.open(sealed, label) == data
    assert seal_parcel(data, KEY.public, label) != sealed


def test_large_pictures_fit() -> None:
    """Twenty megabytes at once."""
    data = bytes(20_000_000)
    assert KEY.open(seal_parcel(data, KEY.public, "d/1"), "d/1") == data


@pytest.mark.parametrize("label", ["", "d/2", "d/1 "])
def test_another_label_does_not_open(label: str) -> None:
    """A picture put in another's place is noticed."""
    with pytest.raises(ParcelDamaged):
        KEY.open(seal_parcel(b"a", KEY.public, "d/1"), label)


def test_another_key_and_changed_bytes_do_not_open() -> None:
    """Each byte counts."""
    sealed = seal_parcel(b"a picture", KEY.public, "d/1")
    with pytest.raises(ParcelDamaged):
        ParcelKey.draw().open(sealed, "d/1")
    for place in (0, 600, 1100, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ParcelDamaged):
            KEY.open(bytes(changed), "d/1")
    for cut in (b"", sealed[:100], sealed[:-1], sealed + b"\0"):
        with pytest.raises(ParcelDamaged):
            KEY.open(cut, "d/1")


@pytest.mark.parametrize(
    "key", [b"", bytes(31), bytes(PUBLIC_SIZE - 1), bytes(PUBLIC_SIZE + 1), b"\xff" * PUBLIC_SIZE]
)
def test_what_is_no_key_is_refused(key: bytes) -> None:
    """A receiver that cannot exist."""
    with pytest.raises(ValueError, match=r"."):
        seal_parcel(b"a", key, "d/1")


def test_a_key_says_nothing_of_itself() -> None:
    """In a log or a traceback."""
    assert KEY.public.hex()[:16] not in repr(KEY)
    assert len(KEY.public) == PUBLIC_SIZE
