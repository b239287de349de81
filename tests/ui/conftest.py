"""A real session's window over real pipes, with a real encrypted store; no service behind it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.changes import Changes
from app.mandates import Action, Duration, Scope
from app.outbox import Sealer
from app.records import Records
from app.space import Actor, ActorRole, Space
from app.vault.envelope import ServiceKey
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.wipe import CheckCode, CheckItem, Checklist, SessionFolders
from sync.engine import SyncStatus
from ui import messages, theme
from ui.desk import screens as desk
from ui.desk.enrolment_screens import DeskAdded, DeskAddPc, DeskRevoked
from ui.desk.post import Standing
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow
from ui.shell import Shell
from ui.widgets.words import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from ui.screen import Screen

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
JEANNE: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "0192f0aa-0000-7000-8000-000000000001",
    "name": [{"use": "official", "family": "Martin", "given": ["Jeanne"]}],
    "gender": "female",
    "birthDate": "1946-05-03",
}
CLAIMS: dict[str, Any] = {
    "given_name": "Jeanne",
    "family_name": "Martin",
    "birthdate": "1946-05-03",
    "birthplace": "Bourges",
    "gender": "female",
}
ADVISER: dict[str, Any] = {
    "sub": "karim",
    "name": "Karim Benali",
    "role": "adviser",
    "fhirUser": "Practitioner/karim",
    "organization": {"id": "fs-bourges", "name": "France services de Bourges"},
}


def settled(shell: Shell) -> Screen:
    """Return the screen that is shown, once it is."""
    while not shell.is_settled:
        QTest.qWait(1)
    assert shell.shown is not None
    return shell.shown


@dataclass
class Sitting:
    """A session's window, and what the desk hears of it."""

    window: SessionWindow
    space: Space
    hear: Callable[[], bytes]

    @property
    def shown(self) -> Screen:
        """The screen that is shown."""
        return settled(self.window.shell)

    def open_space(self) -> None:
        """Skip the sign-in: Jeanne's space is open."""
        self.window.opened(self.space, "Jeanne Martin")


@pytest.fixture
def look(qapp: QApplication) -> Iterator[None]:
    """Dress the program as it is dressed, and undress it again."""
    install_accessibility()
    qapp.setStyle("Fusion")
    theme.apply(theme.Theme.of("light", 26))
    yield
    # Outside of exec() nothing deletes what was left to delete later, and each test would be slower.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    theme.apply(theme.Theme.of("light", 26))


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """Return Jeanne's open space, empty, sealing into a real outbox."""
    changes = Changes()
    service = ServiceKey.generate()
    sealer = Sealer(tmp_path / "outbox", "pc-1", Ed25519PrivateKey.generate(), service.public)
    with PatientVault.create(tmp_path / "store", Key.random()) as vault:
        yield Space(
            patient=JEANNE,
            patient_id=JEANNE["id"],
            records=Records(vault.store, changes, clock=lambda: NOON),
            files=vault.files,
            actor=Actor(
                "karim", "Karim Benali", ActorRole.ADVISER, "fs-bourges", "France services de Bourges"
            ),
            vault=vault,
            sealer=sealer,
            clock=lambda: NOON,
        )


@pytest.fixture
def sitting(tmp_path: Path, look: None, space: Space, qtbot: QtBot) -> Iterator[Sitting]:
    """Return a session's window that nobody has signed in to."""
    to_session, to_desk = os.pipe(), os.pipe()
    os.set_blocking(to_desk[0], False)
    incoming, outgoing = os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0)
    channel = Channel(incoming, outgoing)
    start = Start(
        service="http://127.0.0.1:9",
        folder=SessionFolders.create(tmp_path).folder,
        outbox=tmp_path / "outbox",
        adviser={"claims": ADVISER},
        place_name="France services de Bourges",
    )
    window = SessionWindow(start, channel, Changes())
    window.start()

    def hear() -> bytes:
        return os.read(to_desk[0], 1 << 16)

    yield Sitting(window, space, hear)
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=15_000)
    window.idle.stop()
    window.tasks.close()
    window.shell.close_for_good()
    window.shell.deleteLater()
    for stream in (incoming, outgoing):
        stream.close()
    os.close(to_session[1])
    os.close(to_desk[0])


def settle(widget: QWidget) -> None:
    """Let layouts and answers come."""
    for _ in range(6):
        QApplication.processEvents()
    widget.update()


def _checklist(*failed: CheckCode) -> Checklist:
    return Checklist(tuple(CheckItem(code, code not in failed) for code in CheckCode))


DESK_SCREENS: dict[str, Callable[[], Screen]] = {
    "desk_wait": lambda: desk.DeskWait(
        "Nous effaçons tout", "Un instant : nous effaçons, puis nous vérifions…"
    ),
    "desk_second": lambda: desk.DeskSecond(messages.reason("desk-already-open")),
    "desk_welcome": lambda: desk.DeskWelcome("France services de Bourges"),
    "desk_sign_in": desk.DeskSignIn,
    "desk_ready": lambda: desk.DeskReady("Karim Benali"),
    "desk_visit": desk.DeskVisit,
    "desk_erased": lambda: desk.DeskErased(_checklist(), crashed=True, waiting=2),
    "desk_not_erased": lambda: desk.DeskErased(
        _checklist(CheckCode.STORE_REMOVED, CheckCode.NOTHING_LEFT), crashed=False, waiting=0
    ),
}
DESK_SCREENS |= {
    "desk_add_pc": DeskAddPc,
    "desk_added": lambda: DeskAdded(Standing("France services de Bourges", "Accueil", None)),
    "desk_revoked": lambda: DeskRevoked("France services de Bourges"),
}
CHOSEN: dict[str, Any] = {"scopes": (Scope.DOCUMENTS,), "actions": (Action.VIEW, Action.ADD)}
SESSION_SCREENS: dict[str, dict[str, Any]] = {
    "who": {"problem": "La connexion a pris trop de temps. Recommencez quand vous êtes prêt."},
    "slip": {},
    "identity": {"claims": CLAIMS},
    "help_mode": {},
    "mandate_scopes": {},
    "mandate_actions": {"scopes": CHOSEN["scopes"]},
    "mandate_duration": CHOSEN,
    "mandate_text": CHOSEN | {"duration": Duration.SESSION},
    "mandate": {},
    "home": {},
    "help": {"title": "Vos documents", "words": "Appuyez sur un document pour le lire."},
    "finish": {},
    "display": {},
}


@pytest.fixture
def shell(look: None) -> Iterator[Shell]:
    """Return the desk's window."""
    made = Shell("Tandem")
    made.show()
    yield made
    made.close_for_good()
    made.deleteLater()


@pytest.fixture(params=[*DESK_SCREENS, *SESSION_SCREENS])
def any_screen(request: pytest.FixtureRequest) -> tuple[Shell, Screen]:
    """Return each screen in turn, shown in its real window."""
    name = request.param
    if name in DESK_SCREENS:
        window: Shell = request.getfixturevalue("shell")
        window.show_screen(DESK_SCREENS[name]())
    else:
        sitting: Sitting = request.getfixturevalue("sitting")
        sitting.open_space()
        sitting.window.status_changed(SyncStatus(online=True, last_sync=NOON))
        sitting.window.restart(name, **SESSION_SCREENS[name])
        window = sitting.window.shell
    return window, settled(window)
