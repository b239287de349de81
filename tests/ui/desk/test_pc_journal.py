"""The PC's lasting journal: two visits by the real desk and sessions, then what is on the disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app import journal
from app.desk_vault import DeskVault
from app.vault.store import WrongKey
from sync.service.demo.people import CITIZENS
from ui.desk.config import DeskConfig
from ui.tour.conductor import Conductor, Hands
from ui.tour.traces import files_with
from ui.tour.witness import witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.fhir import Resource

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX end the processes here"),
    pytest.mark.xdist_group("pc-journal"),
]

JEANNE = next(each for each in CITIZENS if each.login == "jeanne")
BROWSER = (sys.executable, "-m", "sync.service.demo.browser", "--login", "karim", "--login", "jeanne")


@dataclass
class Pc:
    """One PC with its desk, and what the service knows of the person."""

    conductor: Conductor
    folder: Path
    titles: list[str]
    patient_id: str

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder.parent / "desk.json"

    def start(self) -> Hands:
        """Start the desk."""
        before = self.conductor.hands.get("desk")
        robot = self.conductor.robot_address
        command = ("-m", "ui.desk", "--config", str(self.config), "--robot", robot)
        self.process = self.conductor.start(*command, log="desk")
        desk = self.conductor.wait_for("desk", not_pid=before.pid if before else 0)
        desk.screen("desk_welcome")
        return desk

    def sign_in(self) -> Hands:
        """Start the desk and sign the adviser in."""
        desk = self.start()
        desk.press("Je me connecte")
        desk.screen("desk_ready")
        return desk

    def open_space(self, desk: Hands) -> Hands:
        """Welcome Jeanne; she signs in."""
        before = self.conductor.hands.get("session")
        desk.press("Accueillir une personne")
        session = self.conductor.wait_for("session", not_pid=before.pid if before else 0)
        session.press("La personne se connecte")
        session.press("Oui, c’est moi")
        session.screen("help_mode")
        return session

    def kill_desk(self) -> None:
        """End the desk at once; the conductor no longer waits for it."""
        self.conductor.processes.remove(self.process)
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def switch_off(self) -> None:
        """End the desk, if it runs."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)

    def events(self) -> list[Resource]:
        """Return the journal's events, with the PC's key in hand."""
        vault = DeskVault(self.folder, backend=lambda: None)
        opened = vault.open_as_it_is()
        assert opened is not None
        with opened.main.read() as connection:
            found = [orjson.loads(line)["event"] for line in journal.lines(connection)]
        vault.close()
        return found

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``tandem`` at the terminal."""
        return subprocess.run(
            [sys.executable, "-m", "ui", *command], capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pc]:
    """Live two visits: one read and ended well, then the desk is killed; one with a mandate, killed too."""
    run = tmp_path_factory.mktemp("pc")
    with Conductor(run) as conductor:
        ready = conductor.start_service("--data", str(run / "data"), "--demo", "--people", "1")
        witness = witness_of(ready, "jeanne")
        assert witness is not None
        patient: dict[str, Any] = witness.search("Patient", _count="5")[0]
        pc = Pc(conductor, run / "post", witness.titles(), patient["id"])
        DeskConfig(service=ready["base"], folder=pc.folder, demo=True, browser=BROWSER).save(pc.config)
        read_a_document(pc)
        pc.kill_desk()
        give_a_mandate(pc)
        pc.switch_off()
        yield pc
        pc.switch_off()


def read_a_document(pc: Pc) -> None:
    """Help Jeanne to read, end the visit."""
    desk = pc.sign_in()
    session = pc.open_space(desk)
    session.press("Faire ensemble", match="prefix")
    session.screen("home")
    session.until("all to be here", lambda: session.says("À jour"))
    session.press("Lire mes documents", match="prefix")
    session.screen("documents")
    row = session.until("rows", lambda: session.ask_list("rows"))[0]
    session.ask("press_row", text=row)
    session.screen("document_view")
    session.until("the page", lambda: session.ask("has_page") or session.ask("document_text"))
    session.press("Terminer la visite")
    session.screen("finish")
    session.press("Terminer")
    desk.screen("desk_erased")
    desk.press("Continuer")
    desk.screen("desk_ready")


def give_a_mandate(pc: Pc) -> None:
    """Let Jeanne give a mandate; her visit is killed as soon as it stands."""
    desk = pc.sign_in()
    session = pc.open_space(desk)
    session.press("Faire à ma place", match="prefix")
    session.screen("mandate_scopes")
    session.press("Mes documents", match="prefix")
    session.press("Continuer")
    session.screen("mandate_actions")
    session.press("Regarder", match="prefix")
    session.press("Continuer")
    session.screen("mandate_duration")
    session.press("Continuer")
    session.screen("mandate_text")
    session.press("J’ai compris et je suis d’accord")
    session.screen("home")
    os.kill(session.pid, signal.SIGKILL)
    desk.screen("desk_erased")
    assert not desk.says("dans le journal de ce poste")
    desk.press("Continuer")
    desk.screen("desk_ready")


def test_both_visits_stand_in_the_journal(day: Pc) -> None:
    """Who, when, which kind of act, for whom: the same pseudonym, across a kill of desk and session."""
    first, *_, last = events = day.events()
    assert [each["action"] for each in events] == ["R", "C"]
    kinds = [{each["what"].get("type") for each in event["entity"][1:]} - {None} for event in (first, last)]
    # The mandate goes with its attestation.
    assert kinds == [{"DocumentReference"}, {"Consent", "DocumentReference", "List"}]
    assert last["entity"][1]["what"]["reference"].startswith("Provenance/")
    people = {each["agent"][1]["who"]["identifier"]["value"] for each in events}
    helpers = {each["agent"][0]["who"]["reference"] for each in events}
    assert len(people) == len(helpers) == 1
    assert helpers.pop().startswith("Practitioner/")


def test_no_personal_word_is_in_the_vault_even_when_it_is_open(day: Pc) -> None:
    """Names, titles, numbers, the record's id: not in any table, and on the disk not at all."""
    vault = DeskVault(day.folder, backend=lambda: None)
    opened = vault.open_as_it_is()
    assert opened is not None
    with opened.main.read() as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        rows = (row for name in tables for row in connection.execute(f"SELECT * FROM {name}"))
        dump = "\n".join(str(row) for row in rows).casefold()
    vault.close()
    words = [
        JEANNE.family,
        *JEANNE.given,
        JEANNE.number,
        JEANNE.street,
        day.patient_id,
        "Benali",
        *day.titles,
    ]
    assert "practitioner/" in dump
    for word in words:
        assert word.casefold() not in dump, word
        assert not files_with(day.folder, word.replace("’", "'")), word


def test_the_wipe_left_the_vault_and_nothing_else(day: Pc) -> None:
    """The enrolment is sealed in the vault; no bare device key lies about."""
    assert not list((day.folder / "sessions").iterdir())
    assert {path.name for path in (day.folder / "vault").iterdir()} >= {"header.json", "main.db", "device"}
    assert not list(day.folder.glob("device*"))
    vault = DeskVault(day.folder, backend=lambda: None)
    with vault.key_for(b"another") as key, pytest.raises(WrongKey):
        open_with(day.folder / "vault" / "main.db", key)
    vault.close()


def open_with(path: Path, key: Any) -> None:  # noqa: ANN401 - a Key
    """Open the store with a key that is not its own."""
    from app.vault.migrations import MAIN
    from app.vault.store import Store

    Store.open(path, key, MAIN).close()


def test_the_export_is_proved_at_the_terminal(day: Pc, tmp_path: Path) -> None:
    """Exported, verified; not written over; a changed letter is found."""
    file = tmp_path / "journal.jsonl"
    exported = day.run("export-journal", str(file), "--config", str(day.config))
    assert exported.returncode == 0, exported.stderr
    assert "2 entrées" in exported.stdout
    verified = day.run("verify-journal", str(file))
    assert verified.returncode == 0
    assert "Journal entier et signé : 2 entrées." in verified.stdout
    again = day.run("export-journal", str(file), "--config", str(day.config))
    assert again.returncode == 1
    assert "Ce fichier existe déjà" in again.stderr
    file.write_bytes(file.read_bytes().replace(b'"action":"R"', b'"action":"C"', 1))
    assert day.run("verify-journal", str(file)).returncode == 1


def test_a_store_put_back_is_told_on_the_desks_screen(day: Pc, tmp_path: Path) -> None:
    """Not a crash: a sentence, the journal aside, and the next person can come."""
    pc = Pc(day.conductor, tmp_path / "post", [], "")
    shutil.copytree(day.folder, pc.folder)
    config = DeskConfig.load(day.config)
    DeskConfig(service=config.service, folder=pc.folder, demo=True, browser=BROWSER).save(pc.config)
    vault = DeskVault(pc.folder, backend=lambda: None)
    vault.open()
    vault.append({"resourceType": "AuditEvent", "action": "R"})
    vault.close()
    shutil.copy2(day.folder / "vault" / "main.db", pc.folder / "vault" / "main.db")
    desk = pc.start()
    desk.until("the sentence", lambda: desk.says("Le journal de ce poste n’est pas celui que nous"))
    desk.press("Je me connecte")
    desk.screen("desk_ready")
    assert desk.says("Il est mis de côté, un nouveau commence.")
    pc.switch_off()
    assert len(list((pc.folder / "aside").glob("*/main.db"))) == 1
