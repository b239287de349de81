"""Files damaged in every way: each is opened or refused, and the reader goes on."""

from __future__ import annotations

import io
import os
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from app.reader.client import Reader
from app.reader.errors import FileRefused
from app.reader.values import Limits
from tests.app.reader import dicom_files, xdm_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANY = int(os.environ.get("TANDEM_FUZZ_EXAMPLES", "5000"))
CDA = """<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>T</title>
<effectiveTime value="20260312"/><component><structuredBody><component><section><title>S</title><text>
<table><thead><tr><th rowspan="2">A</th><th colspan="2">B</th></tr></thead><tbody><tr><td>1</td><td>2</td>
</tr></tbody></table><list><item>x<sup>2</sup></item></list><br/></text></section></component></structuredBody>
</component></ClinicalDocument>"""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader(Limits(seconds=10)) as reader:
        yield reader


@cache
def whole() -> tuple[bytes, ...]:
    """One honest file of each kind."""
    sink = io.BytesIO()
    canvas = Canvas(sink)
    canvas.drawString(72, 700, "Ordonnance du 12 mars 2026")
    canvas.save()
    files = [sink.getvalue(), CDA.encode(), CDA.encode("utf-16"), rb"{\rtf1\ansi Bonjour {\b \'e9t\'e9}\par}"]
    for kind in ("JPEG", "PNG", "TIFF"):
        sink = io.BytesIO()
        Image.effect_noise((64, 64), 60).convert("RGB").save(sink, kind)
        files.append(sink.getvalue())
    grey = Image.frombytes("L", (8, 4), dicom_files.ramp())
    jpeg = dicom_files.packed_picture("JPEG", grey)
    files += [
        dicom_files.radiograph(),
        dicom_files.dicom(dicom_files.pixels(), data=jpeg, syntax=dicom_files.JPEG),
    ]
    return (
        *files,
        xdm_files.xdm(),
        xdm_files.written(xdm_files.honest()),
        "Bonjour été, le 12/03/2026".encode(),
    )


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An honest file with bytes changed, left out, repeated, cut off or mixed with another's."""
    data = bytearray(draw(st.sampled_from(whole())))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(1, 40))
        way = draw(st.sampled_from(("change", "leave out", "repeat", "cut", "mix", "large")))
        if way == "change":
            data[place : place + length] = draw(st.binary(min_size=1, max_size=length))
        elif way == "leave out":
            del data[place : place + length]
        elif way == "repeat":
            data[place:place] = data[place : place + length] * draw(st.integers(1, 50))
        elif way == "cut":
            del data[place:]
        elif way == "mix":
            data[place:place] = draw(st.sampled_from(whole()))[:length]
        else:
            data[place : place + 4] = b"\xff\xff\xff\x7f"
    return bytes(data)


def read_wholly(reader: Reader, data: bytes) -> FileRefused | None:
    """Open a file and ask for all that a screen asks for; return why it was refused."""
    try:
        opened = reader.open(data)
        for number in range(min(opened.pages, 3)):
            reader.page(number, 200)
            reader.page_text(number)
    except FileRefused as refused:
        return refused
    assert opened.pages >= 1
    return None


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=damaged())
def test_a_damaged_file_is_opened_or_refused(reader: Reader, data: bytes) -> None:
    """Never anything else, whatever happens in the reader process."""
    refused = read_wholly(reader, data)
    assert refused is None or refused.code
    assert refused is None or all(isinstance(value, str | int | float) for value in refused.fields.values())


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=damaged())
def test_many_damaged_files_are_opened_or_refused(reader: Reader, data: bytes) -> None:
    """The same, for long."""
    refused = read_wholly(reader, data)
    assert refused is None or refused.code


def test_every_sample_cut_anywhere_is_opened_or_refused(reader: Reader, samples: Path) -> None:
    """Real documents, half arrived."""
    for path in sorted((samples / "cda").glob("*.xml")):
        data = path.read_bytes()
        for part in (0.01, 0.3, 0.7, 0.99):
            with pytest.raises(FileRefused):
                reader.open(data[: int(len(data) * part)])
