"""The phone's page in a real browser: with its script, and without any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sync.service import drop_page
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


def test_an_arabic_phone_sees_arabic_from_right_to_left(
    visit: DropVisit, pictures: list[Path], tmp_path: Path
) -> None:
    """Until the end; what the script says too."""
    with PhoneBrowser(tmp_path / "profile", language="ar-MA,fr;q=0.5") as phone:
        phone.open(visit.page)
        assert phone.run("document.documentElement.dir") == "rtl"
        phone.choose("#choose", pictures[0])
        assert "Photo" not in phone.run("document.querySelector('li span').textContent")
        assert phone.run("document.documentElement.scrollWidth <= innerWidth")
        phone.tap("button.main")
        phone.wait(lambda: visit.state().json()["state"] == "sent")


def luminance(color: str) -> float:
    """WCAG's relative luminance of ``#rrggbb`` or ``#rgb``."""
    whole = color if len(color) == 7 else "#" + "".join(2 * each for each in color[1:])
    parts = [int(whole[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_word_has_its_contrast(scheme: int) -> None:
    """7:1 for text, 3:1 for borders and focus, by day and by night."""
    block = re.findall(r":root {(.*?)}", drop_page._STYLE, re.DOTALL)[scheme]
    tokens = dict(re.findall(r"--(\w+): (#\w+)", block))
    words = (("ink", "paper"), ("soft", "paper"), ("ink", "card"), ("accent", "card"), ("on", "accent"))
    for ink, ground in (*words, ("bad", "badly")):
        assert contrast(tokens[ink], tokens[ground]) >= 7, (ink, ground)
    for line, ground in (("line", "paper"), ("line", "card"), ("focus", "paper"), ("accent", "paper")):
        assert contrast(tokens[line], tokens[ground]) >= 3, (line, ground)
