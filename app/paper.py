"""The pages of one paper on their way: scanned or photographed, put right, then bound into one document.

Decision: a page keeps its picture as it came, and what is to be done to it beside it; so a cut or a turn is
taken back at any time and nothing is encoded twice before the end. All of it lives in memory and ends with
the visit. What blocks (the reader process, tesseract) is in functions that take a page and give a value, so
that a screen can run them where it likes; a page that changed meanwhile does not take the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from app.errors import PersonCanAct
from app.reader.errors import CannotShrink
from app.reader.ocr import OcrFailed, OcrMissing
from app.reader.paper_values import FEW, Edit, PageWords, inset

if TYPE_CHECKING:
    from app.reader.ocr import Ocr
    from app.reader.paper_values import Bound, Corners
    from app.reader.papers import Papers
    from app.shared_scans import SharedScan

__all__ = ["MOST_PAGES", "NotAPage", "Page", "Paper", "Read", "TooManyPages", "arrived", "bound", "read"]

MOST_PAGES = 200
SCANNED_SIDE = 2339  # pixels: a scanned page is kept at 200 dots an inch, as JPEG
CUT = 0.03


class TooManyPages(PersonCanAct):
    """``pages`` are too many for one document: more than ``most``, or too heavy together."""

    code: ClassVar[str] = "paper-too-many-pages"


class NotAPage(PersonCanAct):
    """A document cannot be a page of another paper: it is filed by itself."""

    code: ClassVar[str] = "paper-not-a-page"


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of a page: the JPEG that is kept, its words. ``missing``: this PC reads no words."""

    edit: Edit
    kept: bytes
    words: PageWords
    missing: str = ""


@dataclass(slots=True, eq=False)
class Page:
    """One page; ``edit`` is what is done to it now, ``was_turned`` that it came upside down."""

    picture: bytes
    proposed: Edit
    is_blank: bool
    is_photo: bool
    edit: Edit = field(default_factory=Edit)
    read: Read | None = None
    was_turned: bool = False
    is_chosen: bool = False

    @property
    def is_read(self) -> bool:
        """Whether its words are known, for the edit it has now."""
        return self.read is not None and self.read.edit == self.edit

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut away."""
        return self.edit.corners is None

    def turn(self, degrees: int) -> None:
        """Turn it clockwise."""
        self._change(replace(self.edit, turn=(self.edit.turn + degrees) % 360))

    def keep_whole(self) -> None:
        """Show all of the picture as it came, only turned."""
        self._change(Edit(turn=self.edit.turn))

    def put_right(self) -> None:
        """Do what was proposed: cut, straightened, cleared."""
        self._change(replace(self.proposed, turn=self.edit.turn))

    def cut(self, side: str) -> None:
        """Cut a little away on a side as the page is seen: ``left``, ``top``, ``right`` or ``bottom``."""
        sides = ("left", "top", "right", "bottom")
        place = (sides.index(side) - self.edit.turn // 90) % 4
        self._change(replace(self.edit, corners=_narrower(self.edit, place)))

    def take(self, read: Read) -> bool:
        """Take what was read, unless the page has changed since; say whether it was turned by it.

        Nobody has turned it by hand: a page that lies on its head or its side is turned, and to be read anew.
        """
        if read.edit != self.edit:
            return False
        self.read = read
        if not read.words.turn or self.is_chosen:
            return False
        self.edit = replace(self.edit, turn=(self.edit.turn + read.words.turn) % 360)
        self.is_chosen = self.was_turned = True
        return True

    def _change(self, edit: Edit) -> None:
        self.edit, self.is_chosen = edit, True


def _narrower(edit: Edit, place: int) -> Corners:
    """Move two corners inwards, along the sides they stand on."""
    corners = list(edit.corners or inset(0, 0, 0, 0))
    # The corners on each side (left, top, right, bottom), and the ones they move towards.
    pairs = (((0, 1), (3, 2)), ((0, 3), (1, 2)), ((1, 0), (2, 3)), ((3, 0), (2, 1)))[place]
    for one, towards in pairs:
        (x, y), (to_x, to_y) = corners[one], corners[towards]
        corners[one] = (x + (to_x - x) * CUT, y + (to_y - y) * CUT)
    return corners[0], corners[1], corners[2], corners[3]


@dataclass(slots=True, eq=False)
class Paper:
    """Pages in order, and the one that was taken out last.

    ``name`` is that of the first file, ``scan`` that file if it lies in the copier's folder;
    ``is_confirmed``: a person said that it is a paper, though no text was found on it.
    """

    pages: list[Page] = field(default_factory=list)
    name: str = ""
    scan: SharedScan | None = None
    from_scanner: bool = False
    is_confirmed: bool = False
    _removed: tuple[int, Page] | None = None

    def add(self, page: Page) -> None:
        """Put a page at the end; raises TooManyPages."""
        if len(self.pages) >= MOST_PAGES:
            raise TooManyPages(pages=len(self.pages) + 1, most=MOST_PAGES)
        self.pages.append(page)

    def move(self, number: int, by: int) -> int:
        """Move a page before (-1) or after (+1) its neighbour; return where it is now."""
        there = max(0, min(number + by, len(self.pages) - 1))
        self.pages.insert(there, self.pages.pop(number))
        return there

    def remove(self, number: int) -> None:
        """Take a page out; it can be put back."""
        self._removed = (number, self.pages.pop(number))

    @property
    def can_put_back(self) -> bool:
        """Whether a page was taken out."""
        return self._removed is not None

    def put_back(self) -> int:
        """Put back the page that was taken out last, where it was; return its number."""
        assert self._removed is not None  # noqa: S101 - can_put_back was asked
        number, page = self._removed
        self._removed = None
        self.pages.insert(min(number, len(self.pages)), page)
        return min(number, len(self.pages) - 1)

    @property
    def state(self) -> tuple[tuple[int, Edit], ...]:
        """What it looks like now, to know whether it has changed."""
        return tuple((id(page), page.edit) for page in self.pages)

    @property
    def unread(self) -> list[Page]:
        """The pages whose words are not known yet."""
        return [page for page in self.pages if not page.is_read]

    @property
    def has_words(self) -> bool:
        """Whether anything like text was found; also where nobody could look."""
        known = [page.read for page in self.pages if page.read is not None]
        if not known or any(one.missing for one in known):
            return True
        return sum(one.words.sure for one in known) >= FEW


def arrived(papers: Papers, picture: bytes, *, is_photo: bool) -> Page:
    """Look at a picture for the first time; raises a FileRefused. A scan becomes a JPEG at once."""
    seen = papers.look(picture, is_photo=is_photo)
    if not is_photo:
        picture = papers.keep(picture, Edit(), SCANNED_SIDE)
    return Page(picture, seen.proposed, seen.is_blank, is_photo, edit=seen.proposed)


def read(papers: Papers, ocr: Ocr, page: Page) -> Read:
    """Make the kept picture of a page and recognise its words; without tesseract there are none.

    Raises a FileRefused where the page itself cannot be drawn any more.
    """
    edit = page.edit
    kept = papers.keep(page.picture, edit)
    if page.is_blank:
        return Read(edit, kept, PageWords())
    try:
        return Read(edit, kept, ocr.read(papers.for_reading(kept)))
    except (OcrMissing, OcrFailed) as fault:
        return Read(edit, kept, PageWords(), fault.code)


def bound(papers: Papers, pages: list[Page], limit: int) -> Bound:
    """Bind pages into one PDF of at most ``limit`` bytes; raises TooManyPages, or a FileRefused.

    A page that was not read goes in without its words. ``is_plain``: the colours had to go.
    """
    done = [_ready(papers, page) for page in pages]
    try:
        return papers.bind([one.kept for one in done], [_upright(one.words) for one in done], limit)
    except CannotShrink as fault:
        if len(pages) == 1:
            raise
        raise TooManyPages(pages=len(pages), most=MOST_PAGES) from fault


def _ready(papers: Papers, page: Page) -> Read:
    if page.read is not None and page.is_read:
        return page.read
    return Read(page.edit, papers.keep(page.picture, page.edit), PageWords())


def _upright(words: PageWords) -> PageWords:
    """Words of a page that lies on its side, as it was wished, are not under the letters: leave them out."""
    return PageWords() if words.turn else words
