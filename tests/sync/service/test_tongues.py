"""Which language a page speaks."""

from __future__ import annotations

from datetime import date

import pytest

from sync.service.messages import PAGES, PHONE, SENTENCES, sentence
from sync.service.tongues import FRENCH, TONGUES, tongue


@pytest.mark.parametrize(
    ("asked", "browser", "tag"),
    [
        ("", "", "fr"),
        ("ar", "en", "ar"),
        ("ar-MA", "", "ar"),
        ("AR", "", "ar"),
        ("de en fr", "ar", "en"),
        ("de", "ar;q=0.5, en;q=0.9", "en"),
        ("", "de, ar-EG;q=0.3", "ar"),
        ("", "en;q=0, ar;q=0.1", "ar"),
        ("", "en;q=nonsense", "fr"),
        ("fr-simple", "", "fr-simple"),
        ("fr-simple-x-new", "", "fr-simple"),
        ("fr-CA", "en", "fr"),
        ("fr-FALC", "", "fr"),
        ("frisian", "", "fr"),
        ("-", "-", "fr"),
        ('"><script>', "*", "fr"),
        (" ".join(["xx"] * 30 + ["ar"]), ",".join(["xx"] * 30 + ["en"]), "fr"),
    ],
)
def test_the_address_then_the_browser_then_french(asked: str, browser: str, tag: str) -> None:
    """A tag is shortened until it is one of ours; rubbish is French."""
    assert tongue(browser, asked).tag == tag


@pytest.mark.parametrize("spoken", TONGUES[1:], ids=lambda each: each.tag)
def test_every_word_of_a_page_is_in_the_catalogues(spoken: object) -> None:
    """No page is half in French; English may say « Photo » alike, Arabic nothing."""
    found = next(each for each in TONGUES if each == spoken)
    alike = [words for words in (*PAGES.values(), *PHONE.values()) if found.say(words) == words]
    assert found.tag.startswith("fr") or alike == []
    assert found.say("Une phrase que nul catalogue n’a.") == "Une phrase que nul catalogue n’a."


def test_arabic_alone_reads_from_the_right() -> None:
    """And each names itself."""
    assert [each.tag for each in TONGUES if each.direction == "rtl"] == ["ar"]
    assert [each.name for each in TONGUES] == ["Français", "Français facile", "English", "العربية"]


@pytest.mark.parametrize(
    ("seconds", "tag", "said"),
    [
        (1, "fr", "1 seconde,"),
        (30, "fr", "30 secondes,"),
        (1, "en", "1 second,"),
        (2, "ar", "ثانيتين،"),
        (5, "ar", "5 ثوانٍ،"),
        (11, "ar", "11 ثانية،"),
    ],
)
def test_a_number_carries_its_noun(seconds: int, tag: str, said: str) -> None:
    """As each language counts; Arabic in six ways."""
    assert said in sentence("too-many-tries", {"seconds": seconds}, tongue("", tag))


def test_what_programs_read_stays_french() -> None:
    """Without a tongue."""
    assert sentence("drop-empty", {}) == SENTENCES["drop-empty"]
    assert sentence("too-large", {}).count("?") == 1


def test_a_day_is_said_in_its_language() -> None:
    """« 1er » in French only."""
    assert [each.day(date(1946, 5, 1)) for each in TONGUES] == [
        "1er mai 1946",
        "1er mai 1946",
        "1 May 1946",
        "1 مايو 1946",
    ]
    assert FRENCH.day(date(1946, 5, 11)) == "11 mai 1946"
