"""Reading aloud in the session's real window, with a voice that is heard."""

from __future__ import annotations

import hashlib
import io
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.codes.systems import SHA256_URL
from app.records import Cursor, FeedEntry
from app.sessions import IdlePolicy
from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS
from ui.speech.aloud import RATES, Stage
from ui.widgets.reading_bar import HeadsetQuestion, ReadingBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QTextEdit
    from pytestqt.qtbot import QtBot

    from ui.speech.speaker import Speaker

# The fixtures' classes live in conftest files, which no test imports.
Sitting = Any
Sound = Any
PATIENCE = 30_000


class Listener:
    """Hears which sentence begins."""

    def __init__(self, speaker: Speaker, qtbot: QtBot) -> None:
        self.said: list[str] = []
        self._qtbot = qtbot
        speaker.aloud.began.connect(lambda utterance: self.said.append(utterance.words))
        speaker.aloud._rate = len(RATES) - 1

    def wait_for(self, words: str) -> None:
        """Wait until a sentence with ``words`` begins."""
        self._qtbot.waitUntil(lambda: any(words in sentence for sentence in self.said), timeout=PATIENCE)


@pytest.fixture
def speaker(
    sitting: Sitting, sound: Sound, only_program: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Speaker]:
    """Return the voice of the session's window, heard through the test's own sound server."""
    for name, value in (sound.surroundings | {"PATH": only_program}).items():
        monkeypatch.setenv(name, value)
    yield sitting.window.voice.speaker
    sitting.window.voice.close()


@pytest.fixture
def listener(speaker: Speaker, qtbot: QtBot) -> Listener:
    """Return who listens."""
    return Listener(speaker, qtbot)


def press(qtbot: QtBot, sitting: Sitting, key: Qt.Key) -> None:
    """Press a key anywhere in the window, and let it work."""
    qtbot.keyClick(sitting.window.shell, key)
    qtbot.waitUntil(lambda: sitting.window.shell.is_settled)


def bar_of(sitting: Sitting) -> ReadingBar | HeadsetQuestion | None:
    """Return the bar that is shown."""
    bars = [*sitting.shown.findChildren(ReadingBar), *sitting.shown.findChildren(HeadsetQuestion)]
    return next((bar for bar in bars if bar.isVisible()), None)


def lit_up(box: QTextEdit) -> str:
    """Return the words that are lit up; the hard words, underlined, are not."""
    marks = box.extraSelections()
    found = [
        str(mark.cursor.selectedText())  # type: ignore[attr-defined]  # Qt's structure
        for mark in marks
        if mark.format.background().style() != Qt.BrushStyle.NoBrush  # type: ignore[attr-defined]  # likewise
    ]
    return " ".join(found)


def test_one_key_reads_what_is_nobodys_and_escape_stops(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener, sound: Sound
) -> None:
    """The first screen of a visit needs no question."""
    recording = sound.record()
    press(qtbot, sitting, Qt.Key.Key_F4)
    assert isinstance(bar_of(sitting), ReadingBar)
    listener.wait_for(str(sitting.shown.intro.words)[:12])
    assert listener.said[0] in sitting.shown.heading.words
    assert recording.stop() > 0.3
    press(qtbot, sitting, Qt.Key.Key_Escape)
    assert bar_of(sitting) is None
    assert speaker.aloud.stage is Stage.IDLE
    assert sitting.shown.name == "who"


def test_what_is_personal_waits_for_the_answer_once_a_visit(
    qtbot: QtBot, sitting: Sitting, listener: Listener
) -> None:
    """The question is spoken, and nothing of the person before it is answered."""
    sitting.open_space()
    sitting.window.home()
    sitting.window.shell.topbar.listen_button.click()
    question = bar_of(sitting)
    assert isinstance(question, HeadsetQuestion)
    listener.wait_for("Ne pas lire")
    assert not any("Martin" in sentence for sentence in listener.said)
    question.room_button.click()
    listener.wait_for("Bonjour Madame Martin")
    press(qtbot, sitting, Qt.Key.Key_Escape)
    listener.said.clear()
    press(qtbot, sitting, Qt.Key.Key_F4)
    listener.wait_for("Bonjour Madame Martin")


def test_who_does_not_want_it_is_asked_again_the_next_time(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker
) -> None:
    """A no is for now."""
    sitting.open_space()
    sitting.window.home()
    press(qtbot, sitting, Qt.Key.Key_F4)
    question = bar_of(sitting)
    assert isinstance(question, HeadsetQuestion)
    question.refuse_button.click()
    assert bar_of(sitting) is None
    assert speaker.aloud.stage is Stage.IDLE
    press(qtbot, sitting, Qt.Key.Key_F4)
    assert isinstance(bar_of(sitting), HeadsetQuestion)


def test_with_a_headset_nothing_personal_comes_first(
    qtbot: QtBot, sitting: Sitting, listener: Listener
) -> None:
    """A headset that is not plugged in is noticed in time."""
    sitting.open_space()
    sitting.window.home()
    press(qtbot, sitting, Qt.Key.Key_F4)
    question = bar_of(sitting)
    assert isinstance(question, HeadsetQuestion)
    listener.said.clear()
    question.headset_button.click()
    listener.wait_for("Bonjour Madame Martin")
    assert "casque" in listener.said[0]


def test_a_pause_says_the_sentence_again(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener
) -> None:
    """From its beginning, as do again, slower and faster."""
    press(qtbot, sitting, Qt.Key.Key_F4)
    listener.wait_for(str(sitting.shown.intro.words)[:12])
    press(qtbot, sitting, Qt.Key.Key_F4)
    assert speaker.aloud.stage is Stage.PAUSED
    count, before = len(listener.said), listener.said[-1]
    qtbot.wait(1500)
    assert len(listener.said) == count
    bar = bar_of(sitting)
    assert isinstance(bar, ReadingBar)
    assert bar.pause_button.text() == "Continuer"
    bar.pause_button.click()
    assert listener.said[-1] == before
    bar.again_button.click()
    assert listener.said[-1] == before
    bar.slower_button.click()
    assert listener.said[-1] == before
    assert speaker.aloud.can_hurry


def test_another_screen_is_silent(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener
) -> None:
    """What is no longer seen is no longer said."""
    press(qtbot, sitting, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: bool(listener.said), timeout=PATIENCE)
    sitting.shown.help_button.click()
    assert sitting.shown.name == "help"
    assert speaker.aloud.stage is Stage.IDLE
    assert bar_of(sitting) is None
    sitting.window.back()
    assert bar_of(sitting) is None


def test_a_hidden_screen_is_silent(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener
) -> None:
    """What is hidden from eyes is hidden from ears."""
    press(qtbot, sitting, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: bool(listener.said), timeout=PATIENCE)
    sitting.window.idle.hide_now()
    assert speaker.aloud.stage is Stage.IDLE
    speaker.toggle()
    assert speaker.aloud.stage is Stage.IDLE


def test_listening_is_being_there(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The idle watch counts it; a pause it does not."""
    touched: list[bool] = []
    monkeypatch.setattr(sitting.window.idle, "touch", lambda: touched.append(True))
    speaker._still_here.setInterval(200)
    press(qtbot, sitting, Qt.Key.Key_F4)
    listener.wait_for(str(sitting.shown.intro.words)[:12])
    assert len(touched) > 2
    speaker.aloud.pause()
    touched.clear()
    qtbot.wait(700)
    assert touched == []


def test_the_warning_before_the_screen_hides_is_spoken(
    qtbot: QtBot, sitting: Sitting, listener: Listener
) -> None:
    """To whoever does not look, and asked for nothing."""
    idle = sitting.window.idle
    idle._policy = IdlePolicy(timedelta(seconds=1), timedelta(minutes=5), timedelta(minutes=9))
    idle._last -= timedelta(seconds=2)
    idle.check()
    assert idle.cover.isVisible()
    listener.wait_for("toujours là")


def test_without_sound_there_is_a_sentence_and_the_visit_goes_on(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is missing, and what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    press(qtbot, sitting, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: "voix haute" in sitting.shown.notice.words, timeout=PATIENCE)
    assert bar_of(sitting) is None
    sitting.shown.help_button.click()
    assert sitting.shown.name == "help"


# -- documents ------------------------------------------------------------------------------------


def receive(sitting: Sitting, kind: Kind, *, number: int = 1) -> str:
    """Have a paper arrive, with its file."""
    paper: Paper = make_paper(kind, CITIZENS[0], 1, day=date(2026, 11, 17))
    document_id = f"0192f0aa-0000-7000-9000-{number:012d}"
    attachment = {
        "extension": [{"url": SHA256_URL, "valueString": hashlib.sha256(paper.data).hexdigest()}],
        "contentType": paper.media_type,
        "url": f"Binary/{document_id}",
        "size": len(paper.data),
        "title": paper.title,
    }
    body = {
        "resourceType": "DocumentReference",
        "id": document_id,
        "status": "current",
        "type": {"coding": [{"code": paper.type_code}]},
        "date": "2026-11-17T12:00:00Z",
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": "2026-11-17"}},
    }
    entry = FeedEntry.of("DocumentReference", document_id, "1", str(body["date"]), body)
    sitting.space.records.apply_page("patient", [entry], Cursor("1", "e"))
    sealed = sitting.space.files.write(document_id, io.BytesIO(paper.data))
    sitting.space.records.file_stored(document_id, sealed.sha256, sealed.size, paper.media_type)
    return document_id


@pytest.fixture
def reading(sitting: Sitting) -> Iterator[Callable[[], Any]]:
    """End the reader process after a test that reads documents."""
    yield lambda: sitting.shown
    sitting.window.context.close_reader()


@pytest.mark.usefixtures("reading")
def test_the_newest_document_is_heard_in_two_presses_from_home(
    qtbot: QtBot, sitting: Sitting, listener: Listener
) -> None:
    """The tile, then the answer to the question. The sentence that is said is lit up in its words."""
    receive(sitting, Kind.CDA_LAB)
    sitting.open_space()
    sitting.window.home()
    qtbot.waitUntil(sitting.shown.listen.isVisible)
    sitting.shown.listen.click()
    qtbot.waitUntil(lambda: isinstance(bar_of(sitting), HeadsetQuestion), timeout=PATIENCE)
    question = bar_of(sitting)
    assert isinstance(question, HeadsetQuestion)
    question.room_button.click()
    box = sitting.shown.panel.text
    qtbot.waitUntil(lambda: bool(lit_up(box)), timeout=PATIENCE)
    assert lit_up(box)
    assert box.isVisible()


@pytest.mark.usefixtures("reading")
def test_a_page_is_read_in_its_words_and_each_is_lit_up(
    qtbot: QtBot, sitting: Sitting, speaker: Speaker, listener: Listener
) -> None:
    """A page seen is swapped for its words in large print."""
    document_id = receive(sitting, Kind.PRESCRIPTION)
    sitting.open_space()
    speaker._may_be_heard = True
    sitting.window.go("document_view", document_id=document_id)
    panel = sitting.shown.panel
    qtbot.waitUntil(lambda: panel.has_document and not sitting.window.tasks.busy, timeout=PATIENCE)
    press(qtbot, sitting, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: bool(lit_up(panel.text)), timeout=PATIENCE)
    assert panel.text.isVisible()
    assert lit_up(panel.text).split()[0] in panel.text.toPlainText()
    press(qtbot, sitting, Qt.Key.Key_Escape)
    assert lit_up(panel.text) == ""
    QApplication.processEvents()
