"""The search itself: whatever form words are in, wherever they begin, they are found."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.forensics.device import forms, places

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.forensics.device import Disk

WORDS = "Zerbinette-7f3e"


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
def test_base64_is_found_at_each_alignment(before: int, after: int) -> None:
    """Among other bytes, as in a token or a mail."""
    whole = os.urandom(before) + WORDS.encode() + os.urandom(after)
    assert places(base64.b64encode(whole), WORDS)
    assert places(base64.urlsafe_b64encode(whole), WORDS)


def test_each_form_is_found() -> None:
    """And other words are not."""
    for form in (
        WORDS.encode(),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-16-be"),
        WORDS.encode().hex().encode(),
        quote(WORDS).encode(),
    ):
        assert places(b"before " + form + b" after", WORDS)
    assert not places(b"before " + b"\0".join(form for _, form in forms("Scapin-0000")), WORDS)


def test_what_was_written_and_deleted_is_found_on_the_raw_disk(make_disk: Callable[..., Disk]) -> None:
    """The control of every proof here: deleting alone takes nothing away."""
    disk = make_disk()
    path = disk.where / "note.txt"
    path.write_text(WORDS)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.unlink()
    os.sync()
    assert not list(disk.where.glob("*.txt"))
    assert places(disk.raw(), WORDS)
