"""Help on every screen: what it is for, in three short sentences, in each language, read aloud too."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ui
from i18n.wording import LINE_WORDS, word_count
from ui.languages import LANGUAGES
from ui.screens.help import Help
from ui.speech.screen_words import screen_words
from ui.speech.sentences import split
from ui.text import SOURCE_LANGUAGE, _, use_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

SENTENCES = 3
MOST_WORDS = 15
ROOT = Path(ui.__file__).parent
FILES = [*(ROOT / "screens").glob("[a-z]*.py"), ROOT / "desk" / "screens.py"]
QUESTIONS = list((ROOT / "steps").glob("[a-z]*.py"))
CODES = [language.code for language in LANGUAGES]


def helps(tree: ast.AST) -> Iterator[str]:
    """Yield each help that is written in a file."""
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.keyword) and node.arg == "help_text" else None
        if isinstance(node, ast.Assign) and any(
            "help_text" in {getattr(target, "attr", ""), getattr(target, "id", "")} for target in node.targets
        ):
            value = node.value
        for call in ast.walk(value) if value is not None else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_":
                yield str(ast.literal_eval(call.args[0]))


ALL = sorted({text for file in (*FILES, *QUESTIONS) for text in helps(ast.parse(file.read_text("utf-8")))})


def test_no_screen_is_without_help() -> None:
    """Each class that is a screen says what it is for."""
    for file in FILES:
        for each in ast.parse(file.read_text("utf-8")).body:
            is_screen = isinstance(each, ast.ClassDef) and "Screen" in {
                getattr(base, "id", "") for base in each.bases
            }
            assert not is_screen or list(helps(each)), f"{file.name}: {getattr(each, 'name', '')}"


@pytest.fixture
def spoken() -> Iterator[None]:
    """Speak French again afterwards."""
    yield
    use_language(SOURCE_LANGUAGE)


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("code", CODES)
def test_a_help_is_three_short_sentences(code: str) -> None:
    """Three sentences, as the voice cuts them: fifteen words at most, twelve in easy French."""
    assert use_language(code)
    most = LINE_WORDS if code == "fr_FALC" else MOST_WORDS
    wrong = []
    for text in map(_, ALL):
        sentences = split(text)
        long = [sentence for sentence in sentences if word_count(sentence) > most]
        if len(sentences) != SENTENCES or long:
            wrong.append((len(sentences), long, str(text)))
    assert not wrong
    assert len(ALL) > len(FILES)


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("code", CODES)
def test_the_help_is_read_aloud(qtbot: QtBot, code: str) -> None:
    """« Écouter » over the help says its three sentences, one after the other."""
    use_language(code)
    for words in map(_, ALL[:: len(ALL) // 3]):
        screen = Help(title=_("Vos documents"), words=words)
        qtbot.addWidget(screen)
        heard = [utterance.words.replace("\u00a0", " ") for utterance in screen_words(screen)]
        told = split(words.replace("\u00a0", " "))
        place = heard.index(told[0])
        assert heard[place : place + SENTENCES] == told
