"""Sheets painted onto a paged device, one after the other: a PDF of ours, or the printer itself.

A page is in memory while it is painted and no longer. The PDF carries neither title nor author.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QFile, QFileDevice, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from app.vault.disk import world
from ui.printing.printers import JOB_NAME, Cancelled, Order, PrintFailed
from ui.printing.sheets import DPI, UNIT_DPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPagedPaintDevice

    from ui.printing.sheets import Sheets

__all__ = ["A4", "paint_all", "pdf_bytes", "write_pdf"]

A4 = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))


def write_pdf(
    descriptor: int,
    sheets: Sheets,
    order: Order,
    done: Callable[[int], None],
    is_cancelled: Callable[[], bool],
) -> None:
    """Write the sheets as a PDF into an open file; raises ``DiskFull``, ``Cancelled``."""
    file = QFile()
    if not file.open(descriptor, QIODevice.OpenModeFlag.WriteOnly):
        raise PrintFailed
    try:
        writer = QPdfWriter(file)
        writer.setResolution(DPI)
        writer.setPageLayout(A4)
        writer.setTitle(JOB_NAME)
        writer.setCreator("")
        paint_all(writer, DPI, sheets, order, done, lambda: _look(file, is_cancelled))
        del writer
        _look(file, is_cancelled)
        if not file.flush():
            _look(file, is_cancelled)
    finally:
        file.close()


def pdf_bytes(sheets: Sheets, is_cancelled: Callable[[], bool]) -> bytes:
    """Return all sheets as a PDF; raises ``Cancelled``."""

    def look() -> None:
        if is_cancelled():
            raise Cancelled

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setPageLayout(A4)
    writer.setTitle(JOB_NAME)
    writer.setCreator("")
    paint_all(writer, DPI, sheets, Order(""), lambda _done: None, look)
    del writer
    buffer.close()
    return bytes(buffer.data().data())


def _look(file: QFile, is_cancelled: Callable[[], bool]) -> None:
    """Stop as soon as the disk is full (Qt goes on writing) or the person has had enough."""
    if is_cancelled():
        raise Cancelled
    file.flush()
    if file.error() != QFileDevice.FileError.NoError:
        raise world(OSError(errno.ENOSPC, "")) from None


def paint_all(
    device: QPagedPaintDevice,
    dpi: int,
    sheets: Sheets,
    order: Order,
    done: Callable[[int], None],
    look: Callable[[], None],
) -> None:
    """Paint the sheets that are ordered; ``look`` before each may raise, ``done(n)`` is told after each."""
    painter = QPainter()
    if not painter.begin(device):
        raise PrintFailed
    try:
        for painted, number in enumerate(order.numbers(sheets.count)):
            look()
            if painted:
                device.newPage()
            painter.save()
            painter.scale(dpi / UNIT_DPI, dpi / UNIT_DPI)
            sheets.paint(number, painter, dpi / UNIT_DPI, gray=order.gray)
            painter.restore()
            done(painted + 1)
    finally:
        painter.end()
