"""The mandate in another language: its translation beside the text, and only the French text kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from app import mandates
from app.codes.mandate_texts import CURRENT, paragraphs
from app.fhir import consent as consents
from app.mandates import Action, Duration, Scope
from app.space import AssistMode
from ui.languages import speak
from ui.printing.papers import mandate_paper
from ui.session.mandate_meaning import explained_in, for_understanding, meaning
from ui.speech.screen_words import screen_words
from ui.widgets import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.screens.conftest import Visit
    from ui.screens.mandate_text import MandateText

ASKED: dict[str, Any] = {
    "scopes": (Scope.DOCUMENTS, Scope.PROFILE),
    "actions": (Action.VIEW, Action.ADD),
    "duration": Duration.MONTH,
}
OTHERS = ("fr_FALC", "en", "ar")
TAGS = {"fr": "", "fr_FALC": "fr-simple", "en": "en", "ar": "ar"}


@pytest.fixture
def say(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Change the language as a person does; French after the test."""

    def change(code: str) -> None:
        speak(code, qapp)
        qapp.processEvents()

    yield change
    change("fr")


@pytest.fixture
def screen(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> MandateText:
    """The text, ready to be agreed to."""
    monkeypatch.setattr(visit.window, "mandate_active", lambda: None, raising=False)
    # What comes next is the home screen, which these tests do not need.
    monkeypatch.setattr(visit.window, "home", lambda: None)
    visit.window.resize(1366, 768)
    visit.window.show()
    visit.window.go("mandate_text", **ASKED)
    shown: MandateText = visit.window.shown
    return shown


def seen(screen: MandateText) -> list[str]:
    """Every text that is to be seen."""
    return [each.words.strip() for each in screen.findChildren(Text) if each.isVisibleTo(screen)]


def agree(visit: Visit, screen: MandateText, qtbot: QtBot) -> dict[str, Any]:
    """Press the main button; return the Consent that is kept."""
    assert screen.main_button is not None
    screen.main_button.click()
    qtbot.waitUntil(lambda: visit.space.mode is AssistMode.FOR, timeout=10_000)
    assert visit.space.mandate is not None
    kept = visit.space.records.get("Consent", visit.space.mandate.id)
    assert kept is not None
    return kept


def test_in_french_there_is_the_text_alone(screen: MandateText) -> None:
    """Nothing is said twice."""
    told = seen(screen)
    assert for_understanding() not in told
    assert told.count("Mandat") == 1


@pytest.mark.parametrize("code", OTHERS)
def test_the_translation_stands_beside_the_french(
    screen: MandateText, say: Callable[[str], None], code: str
) -> None:
    """Changed while it is shown; the French stays, letter by letter, in its own direction."""
    say(code)
    told = seen(screen)
    exact = screen._text.strip().split("\n\n")
    assert for_understanding() in told
    assert [each for each in exact if each not in told] == []
    translated = meaning(CURRENT, screen._proposal.facts)
    assert len(translated) == len(exact)
    assert [each for each in translated if each not in told] == []
    assert "{" not in "".join(translated)
    french = [each for each in screen.findChildren(Text) if each.language == "fr"]
    assert all(each.layoutDirection() == Qt.LayoutDirection.LeftToRight for each in french)
    say("fr")
    assert for_understanding() not in seen(screen)


@pytest.mark.parametrize("code", ["fr", *OTHERS])
def test_only_the_french_text_is_kept(
    visit: Visit, screen: MandateText, say: Callable[[str], None], qtbot: QtBot, code: str
) -> None:
    """Hashed and kept alike in every language; the Consent says which one explained it."""
    say(code)
    kept = agree(visit, screen, qtbot)
    assert consents.signed_text(kept) == mandates.text_of(screen._proposal)
    assert mandates.verify(kept)
    mandate = mandates.from_consent(kept)
    assert mandate is not None
    assert (mandate.language, mandate.explained_in) == ("fr", TAGS[code])
    assert mandate.text_sha256 == consents.mandate_body(kept).text_sha256  # type: ignore[union-attr]
    if code == "ar":
        assert "تفويض" not in str(kept)


@pytest.mark.parametrize("code", ["en", "ar"])
def test_each_text_is_read_by_its_own_voice(
    screen: MandateText, say: Callable[[str], None], code: str
) -> None:
    """What is understood first, then the French, in French."""
    say(code)
    told = screen_words(screen)
    places = {each.language: place for place, each in reversed(list(enumerate(told)))}
    assert set(places) == {code, "fr"}
    assert next(each.language for each in told if "Jeanne Martin" in each.words) == code
    french = " ".join(each.words for each in told if each.language == "fr")
    assert "Je m’appelle Jeanne Martin" in french


@pytest.mark.parametrize("code", ["fr", *OTHERS])
def test_the_paper_has_both(
    visit: Visit, screen: MandateText, say: Callable[[str], None], qtbot: QtBot, code: str
) -> None:
    """The text that was agreed to, paragraph by paragraph, what it means opposite, marked."""
    agree(visit, screen, qtbot)
    say(code)
    sheets = mandate_paper(visit.space).make("plain")
    words = "".join(sheets.words(0).split())
    places = [words.index("".join(each.split())) for each in screen._text.split("\n\n")]
    assert places == sorted(places)
    assert ("".join(screen._text.split()) in words) == (code == "fr")
    marked = "".join(for_understanding().split())
    assert (marked in words) == (code != "fr")
    if code != "fr":
        for each in meaning(CURRENT, screen._proposal.facts):
            assert "".join(each.split()) in words
        assert words.index(marked) < places[1]


def test_a_missing_catalogue_explains_nothing(
    screen: MandateText, say: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """French that explains French would claim what is not so."""
    monkeypatch.setattr("ui.text._catalogue_of", lambda _language: None)
    say("ar")
    assert explained_in() == ""
    assert for_understanding() not in seen(screen)


def test_a_template_of_a_later_version_is_not_explained(screen: MandateText) -> None:
    """Better no translation than that of another text."""
    assert meaning("mandat-fr-99", screen._proposal.facts) == ()


@pytest.mark.parametrize("duration", list(Duration))
def test_the_meaning_is_made_of_the_text_itself(
    visit: Visit, say: Callable[[str], None], duration: Duration
) -> None:
    """In French it is the text, word for word: the facts that fill both are the same."""
    proposal = mandates.propose(visit.space, list(Scope), list(Action), duration)
    say("fr")
    told = "\n\n".join(meaning(proposal.template_id, proposal.facts)).replace("\u00a0", " ")
    assert told == mandates.text_of(proposal).strip()
    assert len(paragraphs(proposal.template_id)) == told.count("\n\n") + 1
