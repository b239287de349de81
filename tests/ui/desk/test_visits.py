"""Whole visits by the real desk, the real session process and the real service."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.outbox import waiting
from ui.desk.config import DeskConfig
from ui.tour.conductor import Conductor, Hands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX end the processes here")

BROWSER = (sys.executable, "-m", "sync.service.demo.browser", "--login", "karim", "--login", "jeanne")
NOBODY_COMES = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Start the central service with two made-up people; one of them has the slip of a mandate."""
    folder = tmp_path_factory.mktemp("service")
    with Conductor(folder) as conductor:
        yield conductor.start_service("--data", str(folder / "data"), "--demo", "--people", "2")


@dataclass
class Post:
    """One PC: its folder, its desk, the hands in it."""

    conductor: Conductor
    folder: Path
    service: str
    settings: dict[str, Any] = field(default_factory=dict)

    def start(self, **settings: Any) -> Hands:  # noqa: ANN401 - the fields of DeskConfig
        """Start the desk."""
        config = DeskConfig(
            service=settings.pop("service", self.service),
            folder=self.folder / "post",
            place_name="France services de Bourges",
            demo=settings.pop("demo", True),
            browser=settings.pop("browser", BROWSER),
            **settings,
        )
        config.save(self.folder / "desk.json")
        before = self.conductor.hands.get("desk")
        robot = self.conductor.robot_address
        command = ("-m", "ui.desk", "--config", str(self.folder / "desk.json"), "--robot", robot)
        self.process = self.conductor.start(*command, log="desk")
        return self.conductor.wait_for("desk", not_pid=before.pid if before else 0)

    def signed_in(self, **settings: Any) -> Hands:  # noqa: ANN401 - the fields of DeskConfig
        """Start the desk and sign the adviser in."""
        desk = self.start(**settings)
        desk.screen("desk_welcome")
        desk.press("Je me connecte")
        desk.screen("desk_ready")
        return desk

    def welcome(self, desk: Hands) -> Hands:
        """Start a session and return its hands."""
        before = self.conductor.hands.get("session")
        desk.press("Accueillir une personne")
        return self.conductor.wait_for("session", not_pid=before.pid if before else 0)

    def at_home(self, desk: Hands) -> Hands:
        """Welcome Jeanne, together, as far as her home screen."""
        session = self.welcome(desk)
        session.press("La personne se connecte")
        session.press("Oui, c’est moi")
        session.press("Faire ensemble")
        session.screen("home")
        return session

    @property
    def left(self) -> list[Path]:
        """What is left of sessions on the disk."""
        sessions = self.folder / "post" / "sessions"
        return list(sessions.rglob("*")) if sessions.exists() else []


@pytest.fixture
def post(tmp_path: Path, service: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Post]:
    """Return a PC that was never used."""
    with Conductor(tmp_path) as conductor:
        yield Post(conductor, tmp_path, service["base"])
    log = tmp_path / "desk.log"
    written = log.read_text() if log.exists() else ""
    assert "Traceback" not in written, written
    assert "Jeanne" not in written


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something outside the screens."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_visit_from_sign_in_to_wipe(post: Post) -> None:
    """Sign-in, identity, mandate, home, receipt, wipe, the next person."""
    desk = post.signed_in()
    session = post.welcome(desk)
    session.press("La personne se connecte")
    session.screen("identity")
    assert session.says("Jeanne Martin")
    assert session.says("Née le 3 mai 1946 à Bourges")
    session.press("Oui, c’est moi")
    session.press("Faire à ma place")
    session.screen("mandate_scopes")
    session.press("Continuer")
    assert session.says("Il y a un problème")
    session.press("Mes documents")
    session.press("Continuer")
    session.press("Regarder")
    session.press("Continuer")
    session.screen("mandate_duration")
    session.press("Continuer")
    session.screen("mandate_text")
    session.press("J’ai compris et je suis d’accord")
    session.screen("home")
    assert session.says("Karim Benali agit pour vous, avec votre mandat.")
    session.until("the count", lambda: any("document" in text for text in session.ask("texts")))  # type: ignore[attr-defined]
    session.press("Mon mandat")
    session.press("Arrêter ce mandat")
    session.screen("mandate_stop")
    session.press("Arrêter le mandat")
    session.screen("home")
    assert session.says("Vous décidez, Karim Benali vous aide.")
    session.press("Terminer la visite")
    session.screen("finish")
    assert session.says("Mandat donné")
    assert session.says("Mandat arrêté")
    session.press("Terminer")
    desk.screen("desk_erased")
    assert desk.says("Nous avons vérifié : il ne reste rien.")
    assert post.left == []
    desk.press("Continuer")
    desk.screen("desk_ready")
    session = post.welcome(desk)
    session.screen("who")


def test_a_session_that_dies_is_wiped(post: Post) -> None:
    """Kill −9: nothing is left, and the desk says what happened."""
    desk = post.signed_in()
    session = post.at_home(desk)
    os.kill(session.pid, signal.SIGKILL)
    desk.screen("desk_erased")
    assert desk.says("La visite s’est arrêtée d’un coup.")
    assert post.left == []
    desk.press("Continuer")
    desk.screen("desk_ready")


def test_a_desk_that_dies_takes_the_session_along_and_cleans_up_next_time(post: Post) -> None:
    """The pipe is the bond; the leftovers are wiped before anybody can start."""
    desk = post.signed_in()
    session = post.at_home(desk)
    post.process.kill()
    post.process.wait()
    assert post.process.stdout is not None
    post.process.stdout.close()
    post.conductor.processes.remove(post.process)  # which died, as it was meant to
    until(lambda: not Path(f"/proc/{session.pid}").exists() or sys.platform != "linux")
    assert post.left
    desk = post.start()
    desk.screen("desk_erased")
    assert post.left == []
    desk.press("Continuer")
    desk.screen("desk_welcome")


def test_a_sign_in_can_be_given_up_by_adviser_and_person(post: Post) -> None:
    """« Annuler » comes back at once, with a sentence."""
    desk = post.start(browser=NOBODY_COMES)
    desk.press("Je me connecte")
    desk.screen("desk_sign_in")
    desk.press("Annuler")
    desk.screen("desk_welcome")
    assert desk.says("La connexion a été annulée.")


def test_without_the_service_the_adviser_is_told(post: Post) -> None:
    """A refused connection: a sentence, and one can try again."""
    desk = post.start(service="http://127.0.0.1:9")
    desk.press("Je me connecte")
    desk.until("a sentence", lambda: desk.says("Pas de réseau"))
    desk.screen("desk_welcome")


def test_not_me_forgets_who_signed_in(post: Post) -> None:
    """« Non »: nothing was opened, the first screen again."""
    session = post.welcome(post.signed_in())
    session.press("La personne se connecte")
    session.screen("identity")
    session.press("Non")
    session.screen("who")
    assert not session.says("Jeanne")


def test_an_idle_visit_warns_then_is_wiped(post: Post) -> None:
    """Nobody there: the warning, the blank screen, the wipe; a key in between keeps the visit."""
    desk = post.signed_in(idle=(5, 8, 11))
    session = post.at_home(desk)
    session.until("the warning", lambda: session.says("Êtes-vous toujours là ?"))
    session.ask("key", key="Space")
    session.until("the screen again", lambda: not session.says("Êtes-vous toujours là ?"))
    session.until("the blank screen", lambda: session.says("Écran caché"))
    desk.screen("desk_erased")
    assert post.left == []


def test_the_desk_can_end_a_visit_in_order(post: Post) -> None:
    """« Arrêter la visite »: the session closes by itself, so nothing was « d’un coup »."""
    desk = post.signed_in()
    post.at_home(desk)
    desk.press("Arrêter la visite")
    desk.screen("desk_erased")
    assert not desk.says("d’un coup")


def test_a_wrong_slip_is_refused_with_a_sentence_and_keeps_what_was_typed(post: Post) -> None:
    """No input is wiped by an error."""
    session = post.welcome(post.signed_in())
    session.press("Elle a déjà un mandat")
    session.screen("slip")
    session.press("Ouvrir le mandat")
    assert session.says("Tapez les mots du coupon.")
    session.ask("write", name="Mots du coupon", text="olive chat moulin")
    session.press("Ouvrir le mandat")
    session.until("the refusal", lambda: session.says("Ce code de mandat n’est pas reconnu."))
    assert session.says("olive chat moulin")


def test_a_slip_opens_the_space_under_its_mandate(post: Post, service: dict[str, Any]) -> None:
    """Typed as people type: capitals, spaces; the helper acts for the person at once."""
    words = next(each["mandate_slip"] for each in service["identities"] if each.get("mandate_slip"))
    session = post.welcome(post.signed_in())
    session.press("Elle a déjà un mandat")
    session.ask("write", name="Mots du coupon", text=words.upper().replace("-", " "))
    session.press("Ouvrir le mandat")
    session.screen("identity")
    assert not any(text.isupper() and len(text) > 4 for text in session.texts())
    session.press("Oui, c’est moi")
    session.screen("home")
    assert session.says("agit pour vous, avec votre mandat.")


def test_the_adviser_leaves(post: Post) -> None:
    """« Je m’en vais »: the next adviser signs in anew."""
    desk = post.signed_in()
    desk.press("Je m’en vais")
    desk.screen("desk_welcome")
    assert waiting(post.folder / "post" / "outbox") == []


def test_one_can_practise_without_an_account_and_all_of_it_is_wiped(post: Post) -> None:
    """Before anybody has signed in, with no service at all: a real session, a real wipe, then as before."""
    desk = post.start(service="http://127.0.0.1:9")
    desk.screen("desk_welcome")
    desk.press("S’entraîner")
    session = post.conductor.wait_for("session")
    session.screen("practice")
    session.press("Essayer librement")
    session.screen("home")
    session.press("Terminer la visite")
    session.screen("finish")
    session.press("Terminer")
    desk.screen("desk_erased")
    desk.press("Continuer")
    desk.screen("desk_welcome")
    assert not waiting(post.folder / "post" / "outbox")
