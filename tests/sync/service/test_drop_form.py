"""A phone's form, piece by piece: however the network cuts it, and whatever nonsense comes."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.service.drop_form import Form, Picture, kind_of
from sync.service.refusals import REFUSALS, Refused
from sync.service.service import Limits
from tests.sync.service.drop_visit import photo

SMALL = Limits(picture=5000, pictures=3, drop=9000)
TYPE = "multipart/form-data; boundary=x"


def form_of(*pictures: bytes) -> tuple[str, bytes]:
    """Write a form as a browser does; returns its content type and body."""
    files = [("pictures", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(pictures)]
    request = httpx.Request("POST", "http://x/", files=files)
    return request.headers["content-type"], request.read()


def fed(content_type: str, body: bytes, cuts: list[int], limits: Limits = SMALL) -> list[Picture]:
    """Read a body that comes in pieces of these lengths."""
    form, found = Form(content_type, limits), []
    for cut in [*cuts, len(body)]:
        piece, body = body[:cut], body[cut:]
        form.write(piece)
        found += form.take()
    form.end()
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=900), min_size=1, max_size=3), st.lists(st.integers(1, 70), max_size=80))
def test_a_form_is_the_same_however_it_is_cut(rest: list[bytes], cuts: list[int]) -> None:
    """Boundaries, headers and pictures may be cut anywhere."""
    pictures = [photo() + each for each in rest]
    found = fed(*form_of(*pictures), cuts)
    assert found == [Picture("image/jpeg", each) for each in pictures]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.lists(st.integers(1, 40), max_size=20))
def test_rubbish_is_only_ever_refused(rubbish: bytes, cuts: list[int]) -> None:
    """With one of the reasons that have a sentence."""
    for body in (rubbish, b"--x\r\n" + rubbish, b"--x\r\nContent-Disposition: " + rubbish + b"\r\n\r\n--x--"):
        with pytest.raises(Refused) as caught:
            fed(TYPE, body, cuts)
        assert caught.value.reason in REFUSALS


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="latin-1"), max_size=80))
def test_a_strange_content_type_is_only_ever_refused(text: str) -> None:
    """Whatever a header says (Latin-1: what HTTP carries)."""
    for content_type in (text, f"multipart/form-data; boundary={text}", f"multipart/form-data; {text}"):
        with suppress(Refused):
            Form(content_type, SMALL)


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ([photo() + bytes(5000)], "drop-heavy"),
        ([photo() + bytes(4000)] * 3, "drop-many"),
        ([photo()] * 4, "drop-many"),
        ([b""], "drop-empty"),
        ([b"GIF89a"], "drop-kind"),
        ([photo(), b"RIFF____WEBP"], "drop-kind"),
    ],
)
def test_each_limit_has_its_reason(pictures: list[bytes], reason: str) -> None:
    """As soon as it is seen, not at the end."""
    with pytest.raises(Refused) as caught:
        fed(*form_of(*pictures), [100] * 30)
    assert caught.value.reason == reason


def test_a_form_without_its_end_is_none() -> None:
    """Cut after a whole picture."""
    content_type, body = form_of(photo())
    with pytest.raises(Refused) as caught:
        fed(content_type, body[:-6], [])
    assert caught.value.reason == "drop-cut"


def test_what_is_no_file_is_passed_over() -> None:
    """A field of text beside the picture, and one without end."""
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhello\r\n'
    picture = (
        b'--x\r\nContent-Disposition: form-data; name="p"; filename="p"\r\n\r\n' + photo() + b"\r\n--x--\r\n"
    )
    assert fed(TYPE, body + picture, []) == [Picture("image/jpeg", photo())]
    with pytest.raises(Refused):
        fed(TYPE, body.replace(b"hello", b"h" * 5000) + picture, [])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"%PDF", b"____ftypavif____", b"____ftyp"])
def test_half_a_beginning_is_no_picture(data: bytes) -> None:
    """It takes all of the first bytes."""
    with pytest.raises(Refused):
        kind_of(data)
