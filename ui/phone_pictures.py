"""What a phone sent, on its way into the space: looked at in the reader process, drawn, made pages.

Photos become pages of one paper, in the order of their sending; a PDF that came alone goes the way of a
file that was picked. Bytes of a stranger's phone: nothing but the reader process reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app import intake
from app.errors import TandemError
from app.paper import NotAPage, Page, arrived
from app.reader.papers import Papers
from ui.filing import Filing
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.drops import Picture
    from ui.session.context import SessionContext

__all__ = ["Arrived", "look_at"]

PDF = "application/pdf"


@dataclass(slots=True, eq=False)
class Arrived:
    """What can be read of a send: the ``pages`` of photos, or a ``filing`` of its one PDF.

    ``pictures`` show it; ``refused`` says why the rest can't be taken.
    """

    pages: list[Page] = field(default_factory=list)
    filing: Filing | None = None
    pictures: list[QImage] = field(default_factory=list)
    refused: list[TandemError] = field(default_factory=list)


def look_at(context: SessionContext, sent: Sequence[Picture], side: int, *, pages_only: bool) -> Arrived:
    """Look at each picture, drawn ``side`` pixels long; for the reader's lane.

    ``pages_only``: a paper is there already, to which a PDF cannot be added.
    """
    done = Arrived()
    for one in sent:
        try:
            if one.media_type != PDF:
                _take_photo(context, one, side, done)
            elif len(sent) == 1 and not pages_only:
                _take_pdf(context, one, side, done)
            else:
                raise NotAPage
        except TandemError as error:
            done.refused.append(error)
    return done


def _take_photo(context: SessionContext, one: Picture, side: int, done: Arrived) -> None:
    papers = Papers(context.reader)
    page = arrived(papers, one.data, is_photo=True)
    drawn = papers.show(page.picture, page.edit, side)
    image = QImage(drawn.rgb, drawn.width, drawn.height, drawn.width * 3, QImage.Format.Format_RGB888)
    done.pages.append(page)
    done.pictures.append(image.copy())


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
