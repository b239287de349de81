"""The phone's page in a real browser: with its script, and without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.service.drop_visit import DropVisit, photo
from tests.sync.service.phone_browser import PhoneBrowser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sync.service.house import House


@pytest.fixture
def visit(house: House) -> DropVisit:
    """A page opened for Anne."""
    return DropVisit(house, house.together("anne"))


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three photos in the phone."""
    paths = [tmp_path / f"IMG_{n}.jpg" for n in range(3)]
    for n, path in enumerate(paths):
        path.write_bytes(photo((600, 800 + n)))
    return paths


def heading(phone: PhoneBrowser) -> str:
    """The page's title."""
    return str(phone.run("document.querySelector('h1')?.textContent"))


def test_several_photos_leave_one_after_the_other(
    visit: DropVisit, pictures: list[Path], tmp_path: Path
) -> None:
    """Taken one by one, one taken out again, sent together: what leaves is what was shown."""
    with PhoneBrowser(tmp_path / "profile") as phone:
        phone.open(visit.page)
        assert phone.run("document.querySelector('button.main').hidden") is True
        phone.choose("#take", pictures[0])
        phone.choose("#take", pictures[1])
        phone.choose("#choose", pictures[2])
        assert phone.run("document.querySelectorAll('li').length") == 3
        assert phone.run("document.querySelector('li span').textContent") == "Photo 1"
        assert phone.run("document.querySelector('[role=status]').textContent") == "Photo 3, prête à partir"
        assert "autre page" in phone.run("document.querySelector('label[for=take]').textContent")
        phone.tap("li:nth-child(2) button")
        assert phone.run("document.querySelectorAll('li').length") == 2
        phone.tap("button.main")
        phone.wait(lambda: heading(phone) == "C’est envoyé")
        assert phone.run("document.activeElement.tagName") == "H1"
        assert phone.complaints() == []
        assert {
            each.split("?")[0] for each in phone.asked() if not each.startswith(("blob", "data", "about"))
        } == {visit.page}
    assert [visit.picture(1), visit.picture(2)] == [pictures[0].read_bytes(), pictures[2].read_bytes()]


def test_what_is_refused_is_said_and_kept_in_hand(
    visit: DropVisit, pictures: list[Path], tmp_path: Path
) -> None:
    """The photos chosen stay chosen; the wrong one is taken out, the rest leaves."""
    wrong = tmp_path / "film.jpg"
    wrong.write_bytes(b"no picture")
    with PhoneBrowser(tmp_path / "profile") as phone:
        phone.open(visit.page)
        phone.choose("#choose", pictures[0], wrong)
        phone.tap("button.main")
        phone.wait(lambda: not phone.run("document.querySelector('.error').hidden"))
        assert "ni une photo ni un PDF" in phone.run("document.querySelector('.error p').textContent")
        assert phone.run("document.querySelectorAll('li').length") == 2
        phone.tap("li:nth-child(2) button")
        phone.tap("button.main")
        phone.wait(lambda: heading(phone) == "C’est envoyé")
    assert visit.picture() == pictures[0].read_bytes()


def test_without_a_script_the_browser_does_it_alone(
    visit: DropVisit, pictures: list[Path], tmp_path: Path
) -> None:
    """Two fields, one button."""
    with PhoneBrowser(tmp_path / "profile", script=False) as phone:
        phone.open(visit.page)
        phone.choose("#take", pictures[0])
        phone.choose("#choose", pictures[1], pictures[2])
        phone.tap("button.main")
        phone.wait(lambda: heading(phone) == "C’est envoyé")
        assert phone.complaints() == []
    assert [visit.picture(place) for place in (1, 2, 3)] == [each.read_bytes() for each in pictures]


def test_all_of_it_is_large_and_nothing_overflows(
    visit: DropVisit, pictures: list[Path], tmp_path: Path
) -> None:
    """Targets of 56 pixels at least, and no sideways scrolling on a narrow phone."""
    with PhoneBrowser(tmp_path / "profile") as phone:
        phone.open(visit.page)
        phone.choose("#choose", *pictures)
        assert phone.run("document.documentElement.scrollWidth <= innerWidth")
        sizes = phone.run(
            "Array.from(document.querySelectorAll('button:not([hidden]), .js label'))"
            ".map((each) => each.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 56
        assert phone.run("parseFloat(getComputedStyle(document.body).fontSize)") >= 22
