"""What other systems send, in the viewer: a radiograph, a set of documents."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import pytest

from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from tests.app.reader import dicom_files, strange, xdm_files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any


def opened(visit: Visit, qtbot: QtBot, data: bytes, media_type: str) -> Shown:
    """Receive a file and open it."""
    paper = dataclasses.replace(make_paper(Kind.LAB, CITIZENS[0], 1), data=data, media_type=media_type)
    visit.window.go("document_view", document_id=visit.receive(paper)[0])
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.panel.reading is not None and not visit.context.tasks.busy, timeout=15_000)
    if folder := os.environ.get("TANDEM_LOOK"):
        visit.window.grab().save(f"{folder}/{media_type.replace('/', '-')}-{len(data)}.png")
    return shown


def test_a_radiograph_is_shown_as_a_picture(visit: Visit, qtbot: QtBot) -> None:
    """With the reminder that it is for looking at."""
    data = dicom_files.dicom(dicom_files.pixels(64, 64), data=dicom_files.ramp(64, 64))
    shown = opened(visit, qtbot, data, "application/dicom")
    assert shown.panel.reading is shown.panel.pages
    assert not shown.panel.pages._sheet._image.isNull()
    assert "ne remplace pas l’avis du médecin" in shown.notice.words


def test_a_file_without_a_picture_says_so(visit: Visit, qtbot: QtBot) -> None:
    """A structured report of an imaging service."""
    shown = opened(visit, qtbot, dicom_files.dicom({(0x08, 0x60): ("CS", "SR")}), "application/dicom")
    assert "ne contient pas d’image" in shown.notice.words


def test_a_set_is_read_as_one_document(visit: Visit, qtbot: QtBot) -> None:
    """Its words in large print; a part that was changed is told above them."""
    altered = xdm_files.Sent("B.XML", xdm_files.LETTER, title="Copie", digest="0" * 40)
    data = xdm_files.xdm(xdm_files.Sent("A.XML", xdm_files.LETTER), altered)
    shown = opened(visit, qtbot, data, "application/zip")
    assert shown.panel.reading is shown.panel.text
    words = shown.panel.text.toPlainText()
    assert "Ce que contient cet envoi" in words
    assert "Hémoglobine" in words
    assert "a changé depuis son départ" in shown.notice.words


def test_a_set_with_pages_shows_its_pages(visit: Visit, qtbot: QtBot) -> None:
    """A PDF among them: the words of the others are pages before it."""
    copy = xdm_files.Sent("B.PDF", strange.pdf(2), title="Copie", media_type="application/pdf")
    shown = opened(
        visit, qtbot, xdm_files.xdm(xdm_files.Sent("A.XML", xdm_files.LETTER), copy), "application/zip"
    )
    assert shown.panel.reading is shown.panel.pages
    assert shown.panel._where.words == "Page 1 sur 3"


@pytest.mark.parametrize("name", ["CT_small.dcm", "examples_jpeg2k.dcm"])
def test_a_real_one(visit: Visit, qtbot: QtBot, samples: Path, name: str) -> None:
    """As it comes from a hospital."""
    shown = opened(visit, qtbot, (samples / "dicom" / name).read_bytes(), "application/dicom")
    assert not shown.panel.pages._sheet._image.isNull()
