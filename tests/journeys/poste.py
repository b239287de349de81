"""One PC as a town hall has it: a desk, a cable, two people, a central service; everything can be broken.

Built on the tour's own strings and hands: what is pressed is pressed by a finger, what is read is read
as a screen reader does. What the PC keeps and what the service holds are looked at from outside.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from app.outbox import LOCK
from sync.service.demo.cable import Cable
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.demo import Wishes
from ui.tour.conductor import Conductor, Hands
from ui.tour.doubts import past_doubts
from ui.tour.traces import files_with
from ui.tour.witness import Witness, witness_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

__all__ = ["TITLE", "Central", "Poste", "filed_by_karim", "wait_for"]

KARIM, JEANNE = "karim", "jeanne"
BROWSER = "tests.journeys.slow_browser"
PEOPLE = 3


def wait_for(reached: Callable[[], object], what: str, seconds: float = 40) -> None:
    """Wait until something holds; fail with its words when it never does."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, f"it never came: {what}"
        time.sleep(0.05)


class Central:
    """The central service with made-up people. It can die, and come back where it was."""

    def __init__(self, folder: Path) -> None:
        self._conductor = Conductor(folder)
        self._data = folder / "data"
        self._port = 0

    def __enter__(self) -> Self:
        self._conductor.__enter__()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._conductor.__exit__()

    def start(self) -> None:
        """Start, or start again on the same data and the same port."""
        wanted = ("--data", str(self._data), "--demo", "--people", str(PEOPLE), "--port", str(self._port))
        self.ready: dict[str, Any] = self._conductor.start_service(*wanted)
        self.base = str(self.ready["base"])
        self._port = int(self.base.rpartition(":")[2])

    def kill(self) -> None:
        """End it as a power cut does."""
        kill_process(self._conductor.processes.pop())

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take requests and answer none."""
        os.kill(self.ready["pid"], signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.ready["pid"], signal.SIGCONT)

    def identity(self, login: str) -> dict[str, Any]:
        """Return what the service told of a made-up person."""
        found: dict[str, Any] = next(each for each in self.ready["identities"] if each["login"] == login)
        return found

    def witness(self, login: str = JEANNE) -> Witness:
        """Ask with that person's own token."""
        witness = witness_of(self.ready, login)
        assert witness is not None
        return witness

    def copies(self, title: str, login: str = JEANNE) -> int:
        """Count the documents of that name."""
        return self.witness(login).titles().count(title)

    def document(self, title: str, login: str = JEANNE) -> dict[str, Any]:
        """Return the one document of that name."""
        found = self.witness(login).search("DocumentReference", _count="1000")
        (document,) = [each for each in found if each["content"][0]["attachment"].get("title") == title]
        return document

    def content(self, title: str) -> bytes:
        """Return the bytes of the one document of that name, as another device would get them."""
        witness, attachment = self.witness(), self.document(title)["content"][0]["attachment"]
        answer = httpx.get(
            f"{witness.fhir}/{attachment['url']}",
            headers={"Authorization": f"Bearer {witness.token}", "Accept": attachment["contentType"]},
            trust_env=False,
        )
        return answer.raise_for_status().content

    def act_of(self, title: str, login: str = JEANNE) -> dict[str, Any]:
        """Return the one Provenance of the document of that name."""
        witness, document = self.witness(login), self.document(title, login)
        (found,) = witness.search("Provenance", target=f"DocumentReference/{document['id']}")
        return found

    def mandates(self, login: str = JEANNE) -> list[str]:
        """Return the ids of the mandates that the service holds, running or not."""
        return sorted(each["id"] for each in self.witness(login).search("Consent", _count="1000"))


class Poste:
    """One PC. ``login`` signs in as the person, ``adviser`` as the helper."""

    def __init__(
        self, run: Path, central: Central, *, login: str = JEANNE, adviser: str = KARIM, **settings: object
    ) -> None:
        self.central, self.login = central, login
        self.run = run
        self.folder = Path(str(settings.pop("folder", run / "poste")))
        self._gate = run / "gate"
        self._gate.mkdir(parents=True, exist_ok=True)
        self._conductor = Conductor(run)
        self.cable = Cable()
        self.whose = ""
        self._desk_pid = self._session_pid = 0
        self.let_browser_pass()
        command = (sys.executable, "-m", BROWSER, "{profile}", str(self._gate), "--login", login)
        wishes = Wishes(login=login).config(
            self.folder,
            central.base,
            proxy=self.cable.proxy,
            browser=(*command, "--login", adviser),
            **settings,
        )
        self._config = run / "desk.json"
        wishes.save(self._config)

    def __enter__(self) -> Self:
        self._conductor.__enter__()
        self._conductor.closers.append(self.cable.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._conductor.__exit__()

    # ---------------------------------------------------------------- the way through a visit

    def start(self) -> Hands:
        """Switch the program on (again)."""
        robot = self._conductor.robot_address
        self._process = self._conductor.start(
            "-m", "ui.desk", "--config", str(self._config), "--robot", robot, log="desk"
        )
        self.desk = self._conductor.wait_for("desk", not_pid=self._desk_pid)
        self._desk_pid = self.desk.pid
        return self.desk

    def ready(self) -> Hands:
        """Switch on, sign the adviser in."""
        self.start()
        self.desk.screen("desk_welcome")
        self.desk.press("Je me connecte")
        self.desk.screen("desk_ready")
        return self.desk

    def welcome(self) -> Hands:
        """Welcome the next person."""
        self.desk.press("Accueillir une personne")
        self.session = self._conductor.wait_for("session", not_pid=self._session_pid)
        self._session_pid = self.session.pid
        self.session.screen("who")
        return self.session

    def identify(self) -> Hands:
        """Sign the person in, up to the read-back."""
        hands = self.welcome()
        hands.press("La personne se connecte")
        hands.screen("identity")
        self.whose = hands.ask_list("card")[0]
        return hands

    def identify_awake(self) -> Hands:
        """Sign the person in on a PC that falls asleep quickly: touch it until the read-back is there."""
        hands = self.welcome()
        hands.press("La personne se connecte")

        def is_there() -> bool:
            hands.ask("key", key="Shift")
            return hands.ask("screen") == "identity"

        hands.until("the read-back", is_there)
        return hands

    def open(self) -> Hands:
        """Open the person's space."""
        hands = self.identify()
        hands.press("Oui, c’est moi")
        hands.screen("help_mode")
        return hands

    def together(self) -> Hands:
        """Reach the home screen, helping without a mandate."""
        hands = self.open()
        hands.press("Faire ensemble", match="prefix")
        hands.screen("home")
        hands.until("all to be here", lambda: hands.says("À jour"))
        return hands

    def mandate_text(self) -> Hands:
        """Open the person's space, answer the questions of a mandate, up to its text."""
        self.open()
        return self.to_mandate_text()

    def to_mandate_text(self) -> Hands:
        """Answer the questions of a mandate, up to its text."""
        hands = self.session
        hands.press("Faire à ma place", match="prefix")
        hands.screen("mandate_scopes")
        hands.press("Mes documents", match="prefix")
        hands.press("Continuer")
        hands.screen("mandate_actions")
        hands.press("Regarder", match="prefix")
        hands.press("Ajouter", match="prefix")
        hands.press("Continuer")
        hands.screen("mandate_duration")
        hands.press("Continuer")
        hands.screen("mandate_text")
        return hands

    def read_one(self) -> str:
        """Read the newest document; return its title."""
        hands = self.session
        hands.press("Lire mes documents", match="prefix")
        hands.screen("documents")
        row = hands.until("rows", lambda: hands.ask_list("rows"))[0]
        hands.ask("press_row", text=row)
        hands.screen("document_view")
        hands.until("the page", lambda: hands.ask("has_page") or hands.ask("document_text"))
        return row.partition(",")[0]

    def pick(self, path: Path) -> None:
        """Show the program a file, from the home screen or from the file screen."""
        hands = self.session
        if hands.ask("screen") != "file_pick":
            hands.press("Ranger un papier", match="prefix")
            hands.screen("file_pick")
        hands.ask("write", name="Ou écrivez le nom complet du fichier", text=str(path))
        hands.press("Ouvrir ce fichier")

    def to_check(self, path: Path, title: str) -> Hands:
        """Answer the questions about a paper, up to « Vérifiez »."""
        hands = self.session
        self.pick(path)
        hands.screen("file_look")
        hands.until("the page", lambda: hands.ask("has_page"))
        hands.press("Oui, on voit bien")
        past_doubts(hands, "file_category")
        hands.press("Ordonnances et soins", match="prefix")
        hands.press("Continuer")
        hands.screen("file_date")
        hands.press("Aujourd’hui")
        hands.press("Continuer")
        hands.screen("file_name")
        hands.ask("write", name="Nom du papier", text=title)
        hands.press("Continuer")
        hands.screen("file_check")
        return hands

    def file(self, path: Path, title: str) -> Hands:
        """File a paper."""
        hands = self.to_check(path, title)
        hands.press("Ranger ce document")
        hands.screen("file_done")
        return hands

    def finish(self) -> None:
        """End the visit as one should."""
        hands = self.session
        hands.press("Terminer la visite")
        hands.screen("finish")
        hands.press("Terminer")

    def paper(self, name: str, kind: Kind = Kind.PRESCRIPTION) -> Path:
        """Put a made-up paper of the person on the USB stick; each name is another paper."""
        person = next(each for each in CITIZENS if each.login == self.login)
        return self.on_stick(f"{name}.pdf", make_paper(kind, person, seed=f"{self.run}-{name}").data)

    def on_stick(self, name: str, data: bytes) -> Path:
        """Put a file on the USB stick."""
        path = self.run / "cle-usb" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path.resolve()

    def hold_browser(self) -> None:
        """From now on the browser stays open before it comes back."""
        (self._gate / "open").unlink()
        (self._gate / "answered").unlink(missing_ok=True)

    def let_browser_pass(self) -> None:
        """Let the browser come back to the program."""
        (self._gate / "open").touch()

    def browser_answered(self) -> None:
        """Wait until the person has signed in, in a browser that is held."""
        wait_for((self._gate / "answered").exists, "the browser to be answered")

    # ---------------------------------------------------------------- what goes wrong

    def kill_session(self) -> None:
        """End the person's process at once."""
        os.kill(self.session.pid, signal.SIGKILL)

    def start_again(self) -> Hands:
        """Start the program a second time while it runs; return the hands in the second one."""
        first, process = self.desk, self._process
        second = self.start()
        self._second, self.desk, self._process = self._process, first, process
        self._conductor.processes.remove(self._second)
        return second

    def second_ended(self) -> int:
        """Wait for the end of the second one; return its exit code."""
        code = self._second.wait(30)
        if self._second.stdout:
            self._second.stdout.close()
        return code

    def shut_down(self) -> None:
        """Ask the desk to end, as a PC does that is switched off."""
        self._process.terminate()
        self.ended()

    def ended(self) -> None:
        """Wait until the desk has ended."""
        self._conductor.processes.remove(self._process)
        self._process.wait(30)
        if self._process.stdout:
            self._process.stdout.close()

    def kill_desk(self) -> None:
        """End the desk at once."""
        self._conductor.processes.remove(self._process)
        kill_process(self._process)

    # ---------------------------------------------------------------- what must hold

    def erased(self, *, crashed: bool, within: float = 60) -> None:
        """The desk says that all is erased, and it is true."""
        hands = self.desk
        hands.until("the checklist", lambda: hands.ask("screen") == "desk_erased", patience=within)
        assert hands.says("Tout est effacé")
        assert hands.says("Nous avons vérifié : il ne reste rien.")
        assert hands.says("La visite s’est arrêtée d’un coup.") == crashed
        self.nothing_left()

    def nothing_left(self) -> None:
        """No file, no log, no process of this visit is left; the next person could come."""
        sessions = self.folder / "sessions"
        assert not sessions.exists() or not list(sessions.iterdir())
        assert not list(self.folder.rglob("cookies.txt"))
        self.nothing_readable()
        assert not list(self.processes())

    def nothing_readable(self, *more: str) -> None:
        """No personal word stands in any file of the PC, not in a log and not in the user's home."""
        logs = list(self.run.glob("*.log"))
        for words in (*self.personal_words(), *more):
            assert not files_with(self.folder, words), words
            assert not files_with(Path(os.environ["HOME"]), words), words
            assert not [log for log in logs if words in log.read_text("utf-8", "replace")], words

    def personal_words(self) -> Iterator[str]:
        """Yield what must not be found."""
        person = next(each for each in CITIZENS if each.login == self.login)
        yield from (person.family, person.number, person.street, "Ordonnance", TITLE)

    def processes(self, where: str = "sessions") -> Iterator[int]:
        """Yield the processes that work in that folder of this PC."""
        mark = str(self.folder / where).encode()
        for each in Path("/proc").iterdir():
            if each.name.isdecimal() and int(each.name) != os.getpid():
                with contextlib.suppress(OSError):
                    said = (each / "environ").read_bytes() + (each / "cmdline").read_bytes()
                    if mark in said and not is_zombie(each):
                        yield int(each.name)

    def envelopes(self) -> list[Path]:
        """Return the sealed envelopes that wait."""
        return sorted((self.folder / "outbox").glob("*.envelope"))

    def all_delivered(self) -> None:
        """Wait until nothing waits on this PC any more."""
        wait_for(lambda: not list(self._outbox()), "the outbox to be empty")

    def _outbox(self) -> Iterator[Path]:
        outbox = self.folder / "outbox"
        if outbox.is_dir():
            yield from (path for path in outbox.iterdir() if path.name != LOCK)

    def look(self, hands: Hands, name: str) -> None:
        """Keep a picture, where someone asked for pictures."""
        folder = os.environ.get("TANDEM_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            hands.ask("picture", path=str(Path(folder) / f"{name}.png"))


TITLE = "Papier du mauvais chemin"


def filed_by_karim(act: dict[str, Any], mode: str = "faire_avec") -> bool:
    """Say whether an act at the service names who filed it, for whom, and how."""
    helpers = [each for each in act["agent"] if "onBehalfOf" in each]
    return (
        [each["who"]["display"] for each in helpers] == ["Karim Benali"]
        and helpers[0]["onBehalfOf"]["display"] == "Jeanne Martin"
        and act["extension"][0]["valueCode"] == mode
    )


def kill_process(process: subprocess.Popen[str]) -> None:
    """End a process of ours at once."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def is_zombie(process: Path) -> bool:
    """Whether the process only waits to be reaped."""
    return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in {"Z", "X"}
