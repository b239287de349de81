"""Which walls are had, that the program believes no less, and that everything is still read behind them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.reader import client, sandbox
from app.reader.client import Reader
from app.reader.errors import NotProtected
from app.reader.paper_values import Edit
from app.reader.papers import Papers
from app.reader.sandbox import ALL_MEANS, Means, Protection, bubblewrap, landlock, seccomp
from app.reader.values import Notice
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.reader.values import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls of Linux")

NOTHING: frozenset[Means] = frozenset()
MEANS = {
    Protection.LANDLOCK: ALL_MEANS,
    Protection.BUBBLEWRAP: ALL_MEANS - {Means.LANDLOCK},
    Protection.BUBBLEWRAP_ALONE: ALL_MEANS - {Means.LANDLOCK, Means.SECCOMP},
}


@pytest.fixture(params=list(MEANS), ids=lambda protection: protection.value)
def protection(request: pytest.FixtureRequest) -> Protection:
    """Each kind of wall that this system can have."""
    wanted: Protection = request.param
    if sandbox.plans(MEANS[wanted])[0] is not wanted:
        pytest.skip(f"this system has no {wanted.value}")
    return wanted


@pytest.fixture
def bare() -> Iterator[Reader]:
    """A reader on a PC that has no wall at all."""
    with Reader(means=NOTHING) as reader:
        yield reader


def test_pages_are_drawn_behind_every_wall(protection: Protection) -> None:
    """A PDF with the system's letters, a picture, a text set on paper, a code: one reader, in turn."""
    with Reader(means=MEANS[protection]) as reader:
        assert reader.protection is protection
        assert reader.open(strange.pdf(2)).pages == 2
        assert len(set(reader.page(1, 300).rgb)) > 2
        assert reader.page_codes(0) == ()
        assert "Page 2" in reader.page_text(1)
        assert reader.open(b"Bonjour, ceci est un texte.").sections
        assert reader.page_png(0, 300).startswith(b"\x89PNG")
        assert reader.open(strange.saved(Image.new("RGB", (800, 600), "red"), "JPEG")).pages == 1
        assert reader.page(0, 300).width == 300


def test_a_killed_process_leaves_nobody_behind(protection: Protection) -> None:
    """Bubblewrap is not what reads: the one in its room ends with it."""
    from pathlib import Path

    with Reader(means=MEANS[protection]) as reader:
        reader.open(b"bonjour")
        assert reader._child is not None
        family = _family(reader._child.process.pid)
        reader._child.end()
        _wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def _family(pid: int) -> list[int]:
    from pathlib import Path

    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this kernel does not name the children of a process")
    return [pid, *(each for child in children.read_text().split() for each in _family(int(child)))]


def _wait_until(is_so: object) -> None:
    assert callable(is_so)
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


# -- without any wall ------------------------------------------------------------------------------------


def test_without_walls_only_the_words_of_a_document_come_back(bare: Reader) -> None:
    """Its pages become sections, it says so, and nothing is drawn."""
    assert bare.protection is Protection.NONE
    opened = bare.open(strange.pdf(3))
    assert opened.pages == opened.drawn_pages == 0
    assert opened.embedded == ()
    assert "Page 3" in opened.text
    assert Notice.WORDS_ONLY in opened.notices


def test_without_walls_nothing_is_drawn_or_opened(bare: Reader) -> None:
    """Pages, pictures of them, codes, inner files, lighter copies, photos of paper."""
    bare.open(strange.pdf())
    photo = strange.saved(Image.new("RGB", (800, 600), "red"), "JPEG")
    for ask in (
        lambda: bare.page(0, 100),
        lambda: bare.page_png(0, 100),
        lambda: bare.page_codes(0),
        lambda: bare.page_for_reading(0),
        lambda: bare.embedded(0),
        lambda: bare.shrink(1000),
        lambda: bare.open(photo),
        lambda: Papers(bare).show(photo, Edit(), 100),
    ):
        with pytest.raises(NotProtected):
            ask()


def test_the_process_itself_refuses_too() -> None:
    """It was not only the program that did not ask."""
    from app.reader.server import Desk
    from app.reader.values import Limits

    desk = Desk(Limits(), words_only=True)
    assert desk.answer({"do": "open"}, strange.pdf())[0]["pages"] == 0
    for order in ("page", "png", "codes", "for-reading", "embedded", "shrink", "paper-show", "paper-bind"):
        answer, data = desk.answer({"do": order, "number": 0, "width": 100}, b"")
        assert (answer["refused"], data) == ("reader-not-protected", b"")


def test_a_process_that_has_less_than_was_asked_gets_no_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the PC seems to have: what counts is what the process says that it has."""
    if len(sandbox.plans()) == 1:
        pytest.skip("this system has no walls")
    as_it_is = client.command

    def less(limits: Limits, _asked: Protection) -> list[str]:
        return as_it_is(limits, Protection.NONE)

    monkeypatch.setattr(client, "command", less)
    with Reader() as reader:
        assert reader.protection is Protection.NONE
        assert Notice.WORDS_ONLY in reader.open(strange.pdf()).notices


def test_a_process_that_does_not_start_behind_a_wall_is_tried_behind_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that dies twice before its first word; dying once is chance."""
    if len(sandbox.plans()) == 1:
        pytest.skip("this system has no walls")
    as_it_is, started = client.command, []

    def broken(limits: Limits, asked: Protection) -> list[str]:
        started.append(asked)
        return as_it_is(limits, asked) if asked is Protection.NONE else ["/bin/false"]

    monkeypatch.setattr(client, "command", broken)
    with Reader() as reader:
        assert reader.protection is Protection.NONE
    assert started.count(Protection.NONE) == 1
    assert started[:2] == [sandbox.plans()[0]] * 2


# -- which there are -------------------------------------------------------------------------------------


def test_the_best_comes_first_and_none_last() -> None:
    """What a PC has not is not planned for."""
    assert sandbox.plans(NOTHING) == (Protection.NONE,)
    assert sandbox.plans()[-1] is Protection.NONE
    if landlock.version() and seccomp.is_here():
        assert sandbox.plans()[0] is Protection.LANDLOCK
        assert Protection.LANDLOCK not in sandbox.plans(ALL_MEANS - {Means.SECCOMP})


def test_a_bubblewrap_that_may_make_no_rooms_is_not_planned_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems have it installed and forbid it."""
    monkeypatch.setattr(bubblewrap, "program", lambda: "/bin/false")
    bubblewrap.works.cache_clear()
    try:
        assert sandbox.plans(frozenset({Means.BUBBLEWRAP})) == (Protection.NONE,)
    finally:
        bubblewrap.works.cache_clear()


def test_no_variable_weakens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH does not say which bubblewrap is run; the process is given none of the others."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("TANDEM_SANDBOX", "none")
    bubblewrap.works.cache_clear()
    assert sandbox.plans() == sandbox.plans(ALL_MEANS)
    assert set(client.child_environment()) <= {
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "PYTHONUTF8",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPYCACHEPREFIX",
        "SYSTEMROOT",
    }
