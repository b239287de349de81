"""The browser's pages speak the language that is on the screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.oidc import BrowserClosed
from sync.service.tongues import TONGUES
from tests.sync.service.house import House
from ui.desk.adviser import Adviser, in_this_language
from ui.desk.config import DeskConfig
from ui.languages import LANGUAGES
from ui.text import use_language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def french_after() -> Iterator[None]:
    """Speak French again."""
    yield
    use_language("fr")


@pytest.mark.parametrize(
    ("code", "tag", "direction"),
    [("fr", "fr", "ltr"), ("fr_FALC", "fr-simple", "ltr"), ("en", "en", "ltr"), ("ar", "ar", "rtl")],
)
@pytest.mark.usefixtures("french_after")
def test_the_provider_is_asked_for_the_language_of_now(code: str, tag: str, direction: str) -> None:
    """Its last page is in that language too, even when it changed since the sign-in before."""
    words = in_this_language()["page"].text
    use_language(code)
    told = in_this_language()
    assert told["ui_locales"] == told["page"].language == tag
    assert told["page"].direction == direction
    assert (told["page"].text == words) == (code == "fr")


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.usefixtures("french_after")
def test_the_browser_opens_the_page_as_the_screen_is(tmp_path: Path, *, keys: bool) -> None:
    """In the language of the screen, with keys on a kiosk that has none; against a real service."""
    house = House(tmp_path / "house")
    told = tmp_path / "address"
    program = f"import pathlib, sys; pathlib.Path({str(told)!r}).write_text(sys.argv[-1])"
    config = DeskConfig(house.base, tmp_path / "desk", browser=(sys.executable, "-c", program))
    adviser = Adviser(config)
    try:
        use_language("ar")
        with pytest.raises(BrowserClosed):
            adviser.sign_in(screen_keyboard=keys)
        page = httpx.get(told.read_text(), trust_env=False)
    finally:
        adviser.close()
        house.close()
    assert '<html lang="ar" dir="rtl">' in page.text
    assert ('class="keyboard"' in page.text) == keys


def test_the_service_has_each_language_of_the_screens() -> None:
    """Named alike, written in the same direction."""
    screens = {(each.web_tag, each.name, each.right_to_left) for each in LANGUAGES}
    assert screens == {(each.tag, each.name, each.direction == "rtl") for each in TONGUES}
