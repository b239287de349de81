"""The browser's pages speak the language that is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.service.tongues import TONGUES
from ui.desk.adviser import in_this_language
from ui.languages import LANGUAGES
from ui.text import use_language

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def test_the_service_has_each_language_of_the_screens() -> None:
    """Named alike, written in the same direction."""
    screens = {(each.web_tag, each.name, each.right_to_left) for each in LANGUAGES}
    assert screens == {(each.tag, each.name, each.direction == "rtl") for each in TONGUES}
