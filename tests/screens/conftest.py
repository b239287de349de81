"""A real space for the screens: encrypted store, reader process, made-up papers, a plain window."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication, QLayout, QStackedWidget, QVBoxLayout, QWidget

from app.changes import Changes
from app.codes.systems import SHA256_URL
from app.reader.client import Reader
from app.records import Cursor, FeedEntry, Records
from app.space import Actor, ActorRole, Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS
from ui import theme
from ui.session.context import SessionContext
from ui.session.start import Start
from ui.tasks import Tasks
from ui.widgets.words import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from ui.screen import Screen
    from ui.widgets import NoticeKind

# Each screen has its own arguments and members; a test knows which.
Argument = Any
TODAY = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
JEANNE: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "0192f0aa-0000-7000-8000-000000000001",
    "name": [{"use": "official", "family": "Martin", "given": ["Jeanne"]}],
    "gender": "female",
    "birthDate": "1946-05-03",
}


def reference_to(paper: Paper, document_id: str) -> dict[str, Any]:
    """Describe a paper that a professional sent."""
    moment = f"{paper.day.isoformat()}T12:00:00Z"
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "status": "current",
        "type": {"coding": [{"code": paper.type_code}]},
        "date": moment,
        "author": [{"display": str(getattr(paper.author, "display", "") or paper.author.name)}],
        "content": [
            {
                "attachment": {
                    "extension": [
                        {"url": SHA256_URL, "valueString": hashlib.sha256(paper.data).hexdigest()},
                    ],
                    "contentType": paper.media_type,
                    "url": f"Binary/{document_id}",
                    "size": len(paper.data),
                    "title": paper.title,
                    "creation": moment,
                }
            }
        ],
        "context": {"period": {"start": paper.day.isoformat()}},
    }


@dataclass
class Visit:
    """One person's visit with a window to look at."""

    space: Space
    changes: Changes
    context: SessionContext
    window: Window
    ids: dict[str, str] = field(default_factory=dict)

    def receive(self, *papers: Paper, files: bool = True) -> list[str]:
        """Get papers from the feed; their files too unless told otherwise."""
        ids = [f"0192f0aa-0000-7000-9000-{len(self.ids) + n:012d}" for n in range(len(papers))]
        entries = []
        for paper, document_id in zip(papers, ids, strict=True):
            self.ids[document_id] = paper.title
            body = reference_to(paper, document_id)
            entries.append(FeedEntry.of("DocumentReference", document_id, "1", body["date"], body))
        self.space.records.apply_page("patient", entries, Cursor(str(len(self.ids)), "e"))
        if files:
            for paper, document_id in zip(papers, ids, strict=True):
                self.store(paper, document_id)
        return ids

    def store(self, paper: Paper, document_id: str) -> None:
        """Have the file of a paper arrive."""
        sealed = self.space.files.write(document_id, io.BytesIO(paper.data))
        self.space.records.file_stored(document_id, sealed.sha256, sealed.size, paper.media_type)


class Window(QWidget):
    """Shows screens as the program's own window does, without its bars."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("window")
        self.stack = QStackedWidget()
        self.presences = 0
        self.make: Callable[[str, dict[str, Any]], Screen] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        # A screen of this PC does not grow with what is on it.
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.addWidget(self.stack)

    @property
    def screen_name(self) -> str:
        """The name of the screen that is shown."""
        return self.stack.currentWidget().objectName()

    @property
    def shown(self) -> Argument:
        """The screen that is shown."""
        return self.stack.currentWidget()

    def go(self, name: str, **args: Argument) -> None:
        """Show a screen on top."""
        assert self.make is not None
        screen = self.make(name, args)
        screen.back_asked.connect(self.back)
        self.stack.addWidget(screen)
        self.stack.setCurrentWidget(screen)
        screen.enter()

    def back(self) -> None:
        """Show the screen before."""
        gone = self.stack.currentWidget()
        self.stack.removeWidget(gone)
        gone.deleteLater()
        self.stack.setCurrentIndex(self.stack.count() - 1)
        if self.stack.count():
            self.shown.enter()

    def home(self) -> None:
        """Forget the way."""
        while self.stack.count():
            gone = self.stack.widget(0)
            self.stack.removeWidget(gone)
            gone.deleteLater()

    def finish(self) -> None:
        """End the visit."""
        self.home()

    def replace(self, name: str, **args: Argument) -> None:
        """Show a screen in place of this one."""
        self.back()
        self.go(name, **args)

    def somebody_is_there(self) -> None:
        """Count."""
        self.presences += 1

    def toast(self, words: str, kind: NoticeKind) -> None:
        """Show a notice."""
        self.shown.say(words, kind)


def screen_class(name: str) -> type[Screen]:
    """Find a screen by its file's name, as the program does."""
    from importlib import import_module

    wanted = "".join(part.capitalize() for part in name.split("_"))
    found: type[Screen] = getattr(import_module(f"ui.screens.{name}"), wanted)
    return found


@pytest.fixture(scope="session")
def reader_process() -> Iterator[Reader]:
    """One reader process for all tests."""
    with Reader() as reader:
        yield reader


@pytest.fixture
def look(qapp: QApplication) -> Iterator[None]:
    """Dress as the program does, at its usual size."""
    install_accessibility()
    qapp.setStyle("Fusion")
    theme.apply(theme.Theme.of("light", 26))
    yield
    theme.apply(theme.Theme.of("light", 26))


@pytest.fixture
def visit(tmp_path: Path, reader_process: Reader, look: None, qtbot: QtBot) -> Iterator[Visit]:
    """Open a space and a window, nothing in them yet."""
    changes = Changes()
    tasks = Tasks()
    with PatientVault.create(tmp_path / "vault", Key.random()) as vault:
        records = Records(vault.store, changes, clock=lambda: TODAY)
        karim = Actor("pr-karim", "Karim Benali", ActorRole.ADVISER, "org-fs", "France services Bourges")
        space = Space(
            patient=JEANNE,
            patient_id=JEANNE["id"],
            records=records,
            files=vault.files,
            actor=karim,
            vault=vault,
            clock=lambda: TODAY,
        )
        window = Window()
        context = SessionContext(
            tasks=tasks,
            navigator=window,
            start=Start(
                "http://127.0.0.1:9", tmp_path / "session", tmp_path / "outbox", {"claims": {}}, demo=True
            ),  # files from anywhere
            visit=None,  # type: ignore[arg-type]  # nor at who signed in
            open_reader=lambda: reader_process,
            changes=changes,
        )
        context._space = space
        window.make = lambda name, args: screen_class(name)(context, **args)  # type: ignore[call-arg]  # by name
        window.resize(1366, 674)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        yield Visit(space, changes, context, window)
        qtbot.waitUntil(lambda: not tasks.busy, timeout=10_000)
        window.close()
        window.deleteLater()
        tasks.close()


def papers(*kinds: Kind, day: date = date(2026, 11, 17)) -> list[Paper]:
    """Make one paper of each kind for Jeanne."""
    return [make_paper(kind, CITIZENS[0], n, day=day) for n, kind in enumerate(kinds)]
