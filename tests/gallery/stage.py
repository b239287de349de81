"""A real visit to look at: Jeanne's encrypted store, the reader, her papers, both windows, no network."""

from __future__ import annotations

import hashlib
import io
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app import intake
from app.changes import Changes
from app.codes.systems import SHA256_URL
from app.records import Cursor, FeedEntry, Records
from app.space import Actor, ActorRole, Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.wipe import SessionFolders
from sync.engine import SyncStatus
from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS
from ui.filing import Filing
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow
from ui.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.screen import Screen

__all__ = ["JEANNE", "NOON", "Stage", "a_paper"]

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
JEANNE: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "0192f0aa-0000-7000-8000-000000000001",
    "name": [{"use": "official", "family": "Martin", "given": ["Jeanne"]}],
    "gender": "female",
    "birthDate": "1946-05-03",
}
QUIET_ROUNDS = 6
PAPERS = (Kind.LAB, Kind.NOTE, Kind.LETTER, Kind.PRESCRIPTION, Kind.IMAGING)


def a_paper(kind: Kind, number: int = 1) -> Paper:
    """Make one of Jeanne's papers."""
    return make_paper(kind, CITIZENS[0], number, day=date(2026, 11, 17))


def reference_to(paper: Paper, document_id: str) -> dict[str, Any]:
    """Describe a paper that a professional sent."""
    moment = f"{paper.day.isoformat()}T12:00:00Z"
    attachment = {
        "extension": [{"url": SHA256_URL, "valueString": hashlib.sha256(paper.data).hexdigest()}],
        "contentType": paper.media_type,
        "url": f"Binary/{document_id}",
        "size": len(paper.data),
        "title": paper.title,
        "creation": moment,
    }
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "status": "current",
        "type": {"coding": [{"code": paper.type_code}]},
        "date": moment,
        "author": [{"display": str(getattr(paper.author, "display", "") or paper.author.name)}],
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": paper.day.isoformat()}},
    }


@dataclass
class Stage:
    """Both windows with what belongs to them; ``close`` gives all of it back."""

    folder: Path
    desk: Shell = field(init=False)
    session: SessionWindow = field(init=False)
    space: Space = field(init=False)
    documents: dict[Kind, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open everything."""
        changes = Changes()
        self._vault = PatientVault.create(self.folder / "store", Key.random())
        self.space = Space(
            patient=JEANNE,
            patient_id=JEANNE["id"],
            records=Records(self._vault.store, changes, clock=lambda: NOON),
            files=self._vault.files,
            actor=Actor(
                "karim", "Karim Benali", ActorRole.ADVISER, "fs-bourges", "France services de Bourges"
            ),
            vault=self._vault,
            clock=lambda: NOON,
        )
        self._open_session(changes)
        self.desk = Shell("Tandem", icon_name="handshake")
        self.desk.show()
        self._receive()

    def _open_session(self, changes: Changes) -> None:
        to_session, to_desk = os.pipe(), os.pipe()
        self._ends = (to_session[1], to_desk[0])
        self._streams = (os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0))
        start = Start(
            service="http://127.0.0.1:9",
            folder=SessionFolders.create(self.folder).folder,
            outbox=self.folder / "outbox",
            adviser={"claims": {"sub": "adv-1", "name": "Karim Benali"}},
            place_name="France services de Bourges",
        )
        self.session = SessionWindow(start, Channel(*self._streams), changes)
        self.session.start()
        self.session.opened(self.space, "Jeanne Martin")
        self.session.status_changed(SyncStatus(online=True, last_sync=NOON))

    def _receive(self) -> None:
        for number, kind in enumerate(PAPERS):
            paper = a_paper(kind, number)
            document_id = f"0192f0aa-0000-7000-9000-{number:012d}"
            body = reference_to(paper, document_id)
            entry = FeedEntry("DocumentReference", document_id, "1", body["date"], body)
            self.space.records.apply_page("patient", [entry], Cursor(str(number), "e"))
            sealed = self.space.files.write(document_id, io.BytesIO(paper.data))
            self.space.records.file_stored(document_id, sealed.sha256, sealed.size, paper.media_type)
            self.documents[kind] = document_id

    def filing(self) -> Filing:
        """Look at a paper that is about to be filed, as the first screen does."""
        paper = a_paper(Kind.LETTER, 77)
        reader = self.session.context.reader
        candidate = intake.check(reader, paper.data, "lettre de la caisse.pdf", known=lambda _sha: False)
        filing = Filing.of(reader, "lettre de la caisse.pdf", candidate)
        filing.date = filing.date or paper.day
        filing.category = filing.category or "DOC_ADM"
        return filing

    def show(self, make: Callable[[Stage], Shell]) -> tuple[Shell, Screen]:
        """Show one screen, and wait until it is quiet."""
        self.session.idle.active()
        self.session._guide.stop()
        self.session.shell.keyboard.put_away()
        shell = make(self)
        self.rest()
        # Outside of exec() nothing deletes what is to be deleted later, and all that follows would be slower.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        shown = shell.shown
        assert shown is not None
        return shell, shown

    def rest(self) -> None:
        """Let layouts and answers come."""
        quiet, patience = 0, time.monotonic() + 20
        while quiet < QUIET_ROUNDS and time.monotonic() < patience:
            QApplication.processEvents()
            if self.session.tasks.busy:
                quiet = 0
                time.sleep(0.002)
            else:
                quiet += 1

    def close(self) -> None:
        """Give everything back."""
        self.rest()
        self.session.context.close_reader()
        self.session.idle.stop()
        self.session.tasks.close()
        for shell in (self.session.shell, self.desk):
            shell.close_for_good()
            shell.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        for stream in self._streams:
            stream.close()
        for end in self._ends:
            os.close(end)
        self._vault.close()
