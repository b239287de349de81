"""How long the screen makes a person wait, in the journeys of a whole visit while the store is syncing.

A real service, desk and session, each a process of its own; the person has four hundred documents, and
another device goes on changing them, so that the feed never rests. A timer in the session's screen thread
notes how long each turn of its loop took (``ui.tour.meter``).

- *longest stall*: the longest turn.
- *wait of a press*: what 99 of 100 presses at random moments would wait at most, longest turns weighing most.

Beside them: the same while nobody touches anything and the home screen stands still, which shows what this
machine does by itself. For each journey the worst is told on the error output, with what held the thread.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.fhir.bundle import transaction
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.bench.timing import as_installed, plain
from ui.demo import Wishes
from ui.tour.conductor import Conductor, Hands
from ui.tour.doubts import past_doubts
from ui.tour.witness import witness_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ui.bench import Figure
    from ui.tour.witness import Witness

WAIT_GOAL, STALL_GOAL = 16, 50
PERSON, ADVISER = "germaine", "karim"
BROWSER = "sync.service.demo.browser"
SMOKE = frozenset({"sign in and mandate", "at rest", "display", "the receipt"})
CHANGED_AT_ONCE, PAUSE_SECONDS = 20, 1.0
STILL_SECONDS = 5.0
RUNS = 3


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the longest stall and the wait of a press, in the journeys and at rest."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, as_installed(Path(name)):
        # The first visit compiles the modules.
        lived = [visit(smoke=True)] if smoke else [visit() for _ in range(RUNS + 1)][1:]
    moving = [[gap for name, gaps in journeys if name != "at rest" for gap in gaps] for journeys in lived]
    still = [[gap for name, gaps in journeys if name == "at rest" for gap in gaps] for journeys in lived]
    yield plain("wait of a press, journeys while syncing", [*map(wait, moving)], goal=WAIT_GOAL)
    yield plain("wait of a press, at rest", [*map(wait, still)])
    yield plain("longest stall, journeys while syncing", [*map(max, moving)], goal=STALL_GOAL)
    yield plain("longest stall, at rest", [*map(max, still)])


def wait(gaps: Sequence[float], share: float = 0.01) -> float:
    """Return the wait in ms that a press at a random moment exceeds in ``share`` of the cases."""
    total, over, longest = sum(gaps), 0.0, sorted(gaps, reverse=True)
    for count, (gap, shorter) in enumerate(zip(longest, [*longest[1:], 0.0], strict=True), 1):
        step = count * (gap - shorter)
        if over + step >= share * total:
            return gap - (share * total - over) / count
        over += step
    return 0.0


def visit(*, smoke: bool = False) -> list[tuple[str, list[float]]]:
    """Live one visit; return each journey's name and its gaps in ms."""
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-", ignore_cleanup_errors=True) as name,
        Conductor(Path(name)) as conductor,
    ):
        ready = conductor.start_service("--data", str(conductor.folder / "service"), "--demo")
        browser = (sys.executable, "-m", BROWSER, "--login", PERSON, "--login", ADVISER)
        config = conductor.folder / "desk.json"
        Wishes().config(conductor.folder / "poste", str(ready["base"]), browser=browser).save(config)
        conductor.start(
            "-m", "ui.desk", "--config", str(config), "--robot", conductor.robot_address, log="desk"
        )
        desk = conductor.wait_for("desk")
        desk.press("Je me connecte")
        desk.press("Accueillir une personne")
        hands = conductor.wait_for("session")
        paper = conductor.folder / "papier.pdf"
        person = next(each for each in CITIZENS if each.login == PERSON)
        paper.write_bytes(make_paper(Kind.PRESCRIPTION, person, seed="bench").data)
        witness = witness_of(ready, PERSON)
        assert witness is not None  # noqa: S101  the demonstration tells its people's tokens
        journeys = Journeys(hands, paper)
        with changing(witness):
            return journeys.live(SMOKE if smoke else None)


@contextmanager
def changing(witness: Witness) -> Iterator[None]:
    """Let another device of the person change documents all the while."""
    stop = threading.Event()
    device = threading.Thread(target=change, args=(witness, stop))
    device.start()
    try:
        yield
    finally:
        stop.set()
        device.join()


def change(witness: Witness, stop: threading.Event) -> None:
    """Change some documents again and again, twenty in one transaction."""
    number = 0
    while not stop.wait(PAUSE_SECONDS):
        documents = witness.search("DocumentReference", status="current", _count="1000")
        first = number * CHANGED_AT_ONCE % len(documents)
        some = documents[first : first + CHANGED_AT_ONCE]
        number += 1
        bases = {f"DocumentReference/{each['id']}": each["meta"]["versionId"] for each in some}
        for each in some:
            each["description"] = f"Relu {number} fois"
        witness.send(transaction(some, bases))


class Journeys:
    """The journeys of one visit, each measured by itself."""

    def __init__(self, hands: Hands, paper: Path) -> None:
        self.hands = hands
        self._paper = paper

    def live(self, only: frozenset[str] | None = None) -> list[tuple[str, list[float]]]:
        """Live them in order, or only some."""
        acts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("sign in and mandate", self.arrive),
            ("at rest", self.rest),
            ("find a document", self.find),
            ("read a document", self.read),
            ("hear a document", self.hear),
            ("hard words", self.hard_words),
            ("health and relatives", self.health),
            ("display", self.display),
            ("file a paper", self.file),
            ("the receipt", self.finish),
        )
        return [(name, self.measured(name, act)) for name, act in acts if only is None or name in only]

    def measured(self, name: str, act: Callable[[], None]) -> list[float]:
        """Live one; tell its worst on the error output."""
        self.hands.ask("meter")
        act()
        time.sleep(0.3)
        told = cast("dict[str, Any]", self.hands.ask("stalls"))
        gaps: list[float] = told["gaps"]
        sys.stderr.write(f"{name}: longest {max(gaps):.0f} ms, wait {wait(gaps):.1f} ms\n")
        for gap, cause in told["causes"]:
            sys.stderr.write(f"    {gap:.0f} ms: {cause}\n")
        return gaps

    def arrive(self) -> None:
        """Say who it is, choose how to be helped."""
        hands = self.hands
        hands.press("La personne se connecte")
        hands.press("Oui, c’est moi")
        hands.press("Faire ensemble", match="prefix")
        hands.screen("home")
        hands.until("a document", lambda: hands.says("documents"))

    def rest(self) -> None:
        """Do nothing."""
        time.sleep(STILL_SECONDS)

    def find(self) -> None:
        """Scroll the list, search it."""
        hands = self.hands
        hands.press("Lire mes documents", match="prefix")
        hands.screen("documents")
        hands.until("rows", lambda: hands.ask("count_rows"))
        hands.ask("scroll")
        hands.press_if_there("Chercher")
        hands.ask("write", name="Chercher un document", text="ordonnance")
        hands.ask("scroll")
        hands.ask("write", name="Chercher un document", text="")

    def read(self) -> None:
        """Open the newest, larger, its text."""
        hands = self.hands
        hands.ask("press_row", text=hands.ask_list("rows")[0])
        hands.screen("document_view")
        hands.until("the page", lambda: hands.ask("has_page"))
        hands.press("Plus grand")
        hands.ask("scroll", steps="20")
        hands.press("Voir le texte")
        hands.until("its text", lambda: hands.ask("document_text"))

    def hear(self) -> None:
        """Let it be read aloud, a moment; without a voice the sentence that says so."""
        hands = self.hands
        hands.press("Écouter")
        hands.press_if_there("Lire dans la pièce")
        time.sleep(2)
        hands.press_if_there("Arrêter")

    def hard_words(self) -> None:
        """Look a word up."""
        hands = self.hands
        hands.press("Les mots difficiles")
        hands.screen("words")
        hands.until("rows", lambda: hands.ask("count_rows"))
        hands.ask("press_row", text=hands.ask_list("rows")[0])
        hands.screen("word")
        for screen in ("words", "document_view", "documents", "home"):
            hands.press("Retour")
            hands.screen(screen)

    def health(self) -> None:
        """Open both rooms and the first question of an addition."""
        hands = self.hands
        hands.press("Ma santé", match="prefix")
        hands.screen("health")
        hands.press("Ajouter une allergie", match="prefix")
        hands.press("Retour")
        hands.press("Retour")
        hands.screen("home")
        hands.press("Mes proches", match="prefix")
        hands.screen("relatives")
        hands.press("Retour")
        hands.screen("home")

    def display(self) -> None:
        """Larger text, another language, other colours, and back."""
        hands = self.hands
        hands.press("Texte plus grand")
        hands.press("Affichage")
        for name in ("English", "Français", "Sombre", "Clair"):
            hands.press(name, match="prefix")
        hands.press("Retour")
        hands.screen("home")

    def file(self) -> None:
        """File a paper from a stick."""
        hands = self.hands
        hands.press("Ranger un papier", match="prefix")
        hands.screen("file_pick")
        hands.ask("write", name="Ou écrivez le nom complet du fichier", text=str(self._paper))
        hands.press("Ouvrir ce fichier")
        past_doubts(hands, "file_look", "scan_pages")
        hands.until("the page", lambda: hands.ask("has_page"))
        hands.press("Oui, on voit bien")
        past_doubts(hands, "file_category")
        hands.press("Ordonnances et soins", match="prefix")
        hands.press("Continuer")
        hands.screen("file_date")
        hands.press("Aujourd’hui")
        hands.press("Continuer")
        hands.screen("file_name")
        hands.press("Continuer")
        hands.screen("file_check")
        hands.press("Ranger ce document")
        hands.screen("file_done")
        hands.press("Revenir à l’accueil")
        hands.screen("home")

    def finish(self) -> None:
        """Come to the receipt."""
        self.hands.press("Terminer la visite")
        self.hands.screen("finish")
