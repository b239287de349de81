"""The pages of a paper: what is done to them is beside them, and can be taken back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app import paper as papers_of
from app.paper import MOST_PAGES, Page, Paper, Read, TooManyPages
from app.reader.client import Reader
from app.reader.errors import CannotShrink
from app.reader.ocr import Ocr
from app.reader.paper_values import Edit, PageWords, Word, inset
from app.reader.papers import Papers

if TYPE_CHECKING:
    from collections.abc import Iterator


def page(proposed: Edit | None = None) -> Page:
    """A page that nobody has touched."""
    edit = proposed or Edit()
    return Page(b"", edit, is_blank=False, is_photo=True, edit=edit)


def words(turn: int = 0, count: int = 8) -> PageWords:
    """Sure words."""
    one = Word("Ordonnance", 0.1, 0.1, 0.2, 0.02, 95.0, 0, 0)
    return PageWords((one,) * count, turn)


@pytest.mark.parametrize(
    ("turn", "side", "corners"),
    [
        (0, "left", inset(0.03, 0, 0, 0)),
        (0, "top", inset(0, 0.03, 0, 0)),
        (90, "top", inset(0.03, 0, 0, 0)),
        (180, "top", inset(0, 0, 0, 0.03)),
        (270, "top", inset(0, 0, 0.03, 0)),
        (90, "left", inset(0, 0, 0, 0.03)),
    ],
)
def test_an_edge_is_cut_as_the_page_is_seen(turn: int, side: str, corners: object) -> None:
    """A turned page loses what is on top now."""
    one = page(Edit(turn=turn))
    one.cut(side)
    assert one.edit.corners == corners


def test_what_was_proposed_goes_and_comes_back() -> None:
    """A turn stays through both."""
    proposed = Edit(inset(0.1, 0.1, 0.1, 0.1), 1.5, is_cleared=True)
    one = page(proposed)
    one.turn(90)
    one.keep_whole()
    assert one.edit == Edit(turn=90)
    assert one.is_whole
    one.put_right()
    assert one.edit == Edit(proposed.corners, 1.5, is_cleared=True, turn=90)


def test_an_answer_about_a_page_that_changed_is_dropped() -> None:
    """The words of before are not under the letters of now."""
    one = page()
    answer = Read(one.edit, b"", words())
    one.turn(90)
    assert not one.take(answer)
    assert not one.is_read
    assert one.take(Read(one.edit, b"", words())) is False
    assert one.is_read


def test_a_page_on_its_head_is_turned_once_and_not_against_a_wish() -> None:
    """What a person chose stands."""
    one = page()
    assert one.take(Read(one.edit, b"", words(turn=180)))
    assert one.edit.turn == 180
    assert one.was_turned
    assert not one.take(Read(one.edit, b"", words(turn=90)))
    assert one.edit.turn == 180
    wished = page()
    wished.turn(180)
    assert not wished.take(Read(wished.edit, b"", words(turn=180)))


def test_pages_move_go_and_come_back() -> None:
    """Never past the ends."""
    first, second, third = page(), page(), page()
    paper = Paper([first, second, third])
    assert paper.move(0, -1) == 0
    assert paper.move(0, 1) == 1
    assert paper.pages == [second, first, third]
    paper.remove(1)
    assert paper.pages == [second, third]
    assert paper.put_back() == 1
    assert paper.pages == [second, first, third]
    assert not paper.can_put_back


def test_two_hundred_pages_are_the_most() -> None:
    """One more is refused, the others stay."""
    paper = Paper([page() for _ in range(MOST_PAGES)])
    with pytest.raises(TooManyPages):
        paper.add(page())
    assert len(paper.pages) == MOST_PAGES


def test_a_paper_without_words_is_known_only_where_someone_could_look() -> None:
    """Without tesseract nobody asks whether it is a cat."""
    one = page()
    paper = Paper([one])
    assert paper.has_words
    one.take(Read(one.edit, b"", PageWords()))
    assert not paper.has_words
    one.take(Read(one.edit, b"", PageWords(), "ocr-missing"))
    assert paper.has_words
    one.take(Read(one.edit, b"", words()))
    assert paper.has_words


@pytest.fixture(scope="module")
def papers() -> Iterator[Papers]:
    """The real reader process."""
    with Reader() as reader:
        yield Papers(reader)


def test_without_tesseract_a_page_is_kept_without_words(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the reason is remembered."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    sink = io.BytesIO()
    Image.effect_noise((600, 800), 90).save(sink, "PPM")
    one = papers_of.arrived(papers, sink.getvalue(), is_photo=False)
    assert one.picture.startswith(b"\xff\xd8")
    done = papers_of.read(papers, Ocr(), one)
    assert (done.missing, done.words.words) == ("ocr-missing", ())
    one.take(done)
    assert papers_of.bound(papers, [one], 5_000_000).data.startswith(b"%PDF")
    with pytest.raises(CannotShrink):
        papers_of.bound(papers, [one], 5_000)
    with pytest.raises(TooManyPages):
        papers_of.bound(papers, [one] * 3, 15_000)
