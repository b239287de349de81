"""What a phone sent, on its way into the space: looked at in the reader process, drawn, made a paper.

Photos become the pages of one paper, in the order of their sending; a PDF goes the way of a file that was
picked. Bytes of a stranger's phone: nothing but the reader process reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app import intake
from app.errors import TandemError
from app.paper import Paper, arrived
from app.reader.papers import Papers
from ui.filing import Filing, step_on
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.paper import Page
    from sync.drops import Picture
    from ui.session.context import SessionContext

__all__ = ["Arrived", "go_on", "look_at"]

PDF = "application/pdf"


@dataclass(slots=True, eq=False)
class Arrived:
    """What can be read of a send: a ``paper`` of photos, or a ``filing`` of its one PDF.

    ``pictures`` show it; ``refused`` says why the rest can't be taken.
    """

    paper: Paper = field(default_factory=Paper)
    filing: Filing | None = None
    pictures: list[QImage] = field(default_factory=list)
    refused: list[TandemError] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it can be filed."""
        return not self.pictures


def look_at(context: SessionContext, sent: Sequence[Picture], side: int) -> Arrived:
    """Look at each picture, ``side`` pixels long; for the reader's lane. A PDF counts where it came alone."""
    done = Arrived()
    for one in sent:
        try:
            if one.media_type == PDF and len(sent) == 1:
                _take_pdf(context, one, side, done)
            else:
                _take_photo(context, one, side, done)
        except TandemError as error:
            done.refused.append(error)
    return done


def _take_photo(context: SessionContext, one: Picture, side: int, done: Arrived) -> None:
    papers = Papers(context.reader)
    page = arrived(papers, one.data, is_photo=True)
    image = _drawn(papers, page, side)
    done.paper.add(page)
    done.pictures.append(image)


def _drawn(papers: Papers, page: Page, side: int) -> QImage:
    drawn = papers.show(page.picture, page.edit, side)
    return QImage(drawn.rgb, drawn.width, drawn.height, drawn.width * 3, QImage.Format.Format_RGB888).copy()


def _take_pdf(context: SessionContext, one: Picture, side: int, done: Arrived) -> None:
    space, name = context.space, f"photo.{one.suffix}"
    DrawnDocument.let_go(context.reader)
    candidate = intake.check(
        context.reader,
        one.data,
        name,
        known=lambda digest: space.records.document_with_digest(digest) is not None,
        patient=space.patient,
    )
    filing = Filing.of(context.reader, name, candidate)
    done.pictures.append(filing.document.picture(0, side * 2 // 3))
    done.filing = filing


def go_on(context: SessionContext, arrived: Arrived) -> None:
    """Go where a scanned paper or a picked file goes next."""
    if arrived.filing is not None:
        step_on(context, arrived.filing, "file_pick", changing=False)
    else:
        context.replace("scan_pages", paper=arrived.paper)
