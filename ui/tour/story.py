"""One whole visit, from the adviser's sign-in to the wipe, through the program's own screens.

The conductor presses what a person would press and reads what a screen reader would read. Beside the
screens it asks the service itself what arrived, and looks at the disk for what should not be there.
Nothing is asserted in passing: each look is written down as a check in ``tour.json``.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.intake import NAME_LIMIT
from sync.service.demo.cable import Cable
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.tour.conductor import Conductor, Hands, TourFailed, folded
from ui.tour.doubts import past_doubts
from ui.tour.notebook import Notebook, Page, TourEnded
from ui.tour.traces import files_with
from ui.tour.witness import Witness, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.demo import Wishes

__all__ = ["Visit", "run_tour"]

ADVISER = "karim"
PERSON = "jeanne"
BROWSER = "sync.service.demo.browser"
MOST_TILES = 6
SENT = "Envoyé. Les autres appareils de la personne le voient"
SHORTEST_TEXT = 50
OFFLINE_TITLE = "Résultats du laboratoire, hors réseau"


def run_tour(wishes: Wishes, folder: Path) -> int:
    """Live the visit, write ``folder``; 0 only if every check held."""
    notebook = Notebook(folder)
    with tempfile.TemporaryDirectory(prefix="tandem-tour-", ignore_cleanup_errors=True) as name:
        with Conductor(Path(name)) as conductor:
            try:
                visit = Visit(conductor, notebook, wishes)
                visit.prepare()
                visit.live()
            except TourEnded:
                pass
            except TourFailed as failed:
                sys.stderr.write(f"tandem: {failed}\n")
        tell(notebook)
        if not notebook.ok:
            keep_logs(Path(name), folder)
    return 0 if notebook.ok else 1


def tell(notebook: Notebook) -> None:
    """Say at the terminal what was seen, step by step."""
    for step in notebook.steps:
        held = sum(check["ok"] for check in step["checks"])
        sys.stderr.write(f"  {step['name']:<10} {step['ms']:>6} ms  {held}/{len(step['checks'])}\n")
        for check in step["checks"]:
            if not check["ok"]:
                sys.stderr.write(f"      ✗ {check['what']}\n")
    end = "tout va bien" if notebook.ok else "la visite ne s’est pas bien passée"
    sys.stderr.write(f"tandem: {end} ; images et tour.json dans {notebook.folder}\n")


def keep_logs(run: Path, folder: Path) -> None:
    """Keep what the processes said, where something went wrong."""
    for log in run.glob("*.log"):
        text = log.read_text("utf-8", "replace")
        if text.strip():
            (folder / log.name).write_text(text, "utf-8")


@dataclass
class Visit:
    """The ten steps. ``person`` is the login of who is helped, ``whose`` their name once it was read."""

    conductor: Conductor
    notebook: Notebook
    wishes: Wishes
    whose: str = ""
    shown_text: str = ""
    filed_title: str = ""
    witness: Witness | None = None
    before: list[str] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    cable: Cable = field(init=False)
    desk: Hands = field(init=False)
    session: Hands = field(init=False)

    @property
    def person(self) -> str:
        """The login of who is helped."""
        return self.wishes.login or PERSON

    @property
    def poste(self) -> Path:
        """The folder of the made-up kiosk."""
        return self.conductor.folder / "poste"

    # ---------------------------------------------------------------- before

    def prepare(self) -> None:
        """Start the service, lay the cable, start the desk."""
        folder = self.conductor.folder
        service = self.wishes.service
        if service is None:
            self.ready = self.conductor.start_service("--data", str(folder / "service"), "--demo")
            service = str(self.ready["base"])
        self.witness = witness_of(self.ready, self.person)
        self.cable = Cable()
        self.conductor.closers.append(self.cable.close)
        browser = (sys.executable, "-m", BROWSER, "--login", self.person, "--login", ADVISER)
        config = folder / "desk.json"
        code = str(self.ready.get("enrolment_code") or "")
        more = {"proxy": self.cable.proxy, "browser": browser, "enrolment_code": code}
        self.wishes.config(self.poste, service, **more).save(config)
        self.conductor.start(
            "-m", "ui.desk", "--config", str(config), "--robot", self.conductor.robot_address, log="desk"
        )
        self.desk = self.conductor.wait_for("desk")

    def live(self) -> None:
        """Live the ten steps."""
        self.sign_in()
        self.mandate()
        self.home()
        self.documents()
        self.read()
        self.file()
        self.offline()
        self.online()
        self.end()
        self.wiped()

    # ---------------------------------------------------------------- the steps

    def sign_in(self) -> None:
        """Sign in the adviser, then the person, each in the browser; read back who it is."""
        with self.notebook.step("sign_in") as page:
            self.desk.screen("desk_welcome")
            page.look(self.desk, "desk")
            page.check("no window of ours asks for a password", no_password(self.desk))
            self.desk.press("Je me connecte")
            self.desk.screen("desk_ready")
            page.look(self.desk, "ready")
            self.desk.press("Accueillir une personne")
            self.session = self.conductor.wait_for("session")
            page.check("the person has a process of their own", self.session.pid != self.desk.pid)
            self.session.screen("who")
            page.look(self.session, "who")
            page.check("no window of ours asks for a password", no_password(self.session))
            self.session.press("La personne se connecte")
            self.session.screen("identity")
            self.whose, *born = self.session.ask_list("card")
            page.check("the name is read back large", bool(self.whose))
            page.check("the date of birth is read back", any(c.isdigit() for c in "".join(born)))
            page.look(self.session)
            self.session.press("Oui, c’est moi")

    def mandate(self) -> None:
        """Answer one question a screen, nothing ticked beforehand; read the text, accept it."""
        with self.notebook.step("mandate") as page:
            self.choose_mandate(page)
            self.session.screen("mandate_text")
            self.shown_text = "\n\n".join(self.session.ask_list("card"))
            page.check("the whole text is on the screen", len(self.shown_text) > SHORTEST_TEXT)
            page.look(self.session)
            self.session.press("J’ai compris et je suis d’accord")
            self.session.screen("home")
            if self.witness is not None:
                found = self.session.until("the mandate at the service", self.witness.signed_texts)
                (text, digest), *_ = [
                    kept for kept in found if folded(kept[0]) == folded(self.shown_text)
                ] or [("", "")]
                page.check("the Consent keeps the text that was shown, word for word", text)
                page.check("and the hash of exactly that text", digest == sha256(text))

    def choose_mandate(self, page: Page) -> None:
        """Answer the three questions."""
        hands = self.session
        hands.screen("help_mode")
        page.look(hands, "how")
        hands.press("Faire à ma place", match="prefix")
        hands.screen("mandate_scopes")
        page.check("no scope is ticked beforehand", not hands.ask("ticked"))
        page.look(hands, "scopes")
        hands.press("Mes documents", match="prefix")
        hands.press("Continuer")
        hands.screen("mandate_actions")
        page.check("no action is ticked beforehand", not hands.ask("ticked"))
        for action in ("Regarder", "Ajouter"):
            hands.press(action, match="prefix")
        page.look(hands, "actions")
        hands.press("Continuer")
        hands.screen("mandate_duration")
        page.check("this visit only is proposed", "visite" in str(hands.ask("ticked")))
        page.look(hands, "duration")
        hands.press("Continuer")

    def home(self) -> None:
        """Look at the home screen: at most six tiles, the connection in words, help and finish."""
        with self.notebook.step("home") as page:
            hands = self.session
            hands.until("documents to arrive", lambda: hands.says("À jour"))
            tiles = str(hands.ask("tiles"))
            page.check("at most six tiles", 0 < len(hands.ask_list("tiles")) <= MOST_TILES)
            page.check("reading and filing are there", "Lire mes documents" in tiles and "Ranger" in tiles)
            page.check("whose space this is stands on top", hands.says(self.whose))
            buttons = hands.ask_list("buttons")
            page.check("help and finish are there", {"Aide", "Terminer la visite"} <= set(buttons))
            page.look(hands)

    def documents(self) -> None:
        """Look at the list from the encrypted store; search without accents."""
        with self.notebook.step("documents") as page:
            hands = self.session
            hands.press("Lire mes documents", match="prefix")
            hands.screen("documents")
            hands.until("rows", lambda: hands.ask("count_rows"))
            page.look(hands)
            everything = hands.ask_list("rows")
            page.check("there are documents", everything)
            page.check("each row says its state", all("à jour" in row.casefold() for row in everything[:5]))
            self.search(page, everything)

    def search(self, page: Page, everything: list[str]) -> None:
        """Type a word with an accent as someone types it who cannot find the accent."""
        hands = self.session
        word = next(word for row in everything for word in title_of(row).split() if word != plain(word))
        hands.press_if_there("Chercher")
        hands.ask("write", name="Chercher un document", text=plain(word))
        fewer = hands.until("fewer rows", lambda: hands.ask_list("rows") != everything)
        found = hands.ask_list("rows")
        page.check("a word is found without its accents", fewer and any(word in row for row in found))
        page.look(hands, "search")
        hands.ask("write", name="Chercher un document", text="")
        hands.until("all rows again", lambda: len(hands.ask_list("rows")) == len(everything))

    def read(self) -> None:
        """Read a document large, page by page, with its text."""
        with self.notebook.step("read") as page:
            hands = self.session
            first = hands.ask_list("rows")[0]
            hands.ask("press_row", text=first)
            hands.screen("document_view")
            drawn = hands.until("the page", lambda: hands.ask("has_page"))
            page.check("the page is drawn, and says which it is", drawn and hands.says("Page 1 sur"))
            page.check("the title stands on the screen", hands.says(first.split(",")[0]))
            page.look(hands)
            hands.press("Plus grand")
            page.look(hands, "larger")
            hands.press("Voir le texte")
            text = hands.until("its text", lambda: str(hands.ask("document_text")))
            page.check("its text is reachable", len(text) > SHORTEST_TEXT)
            page.look(hands, "text")
            hands.press("Retour")
            hands.screen("documents")
            hands.press("Retour")
            hands.screen("home")

    def file(self) -> None:
        """File a real file, one question a screen; a refusal is what the person reads."""
        with self.notebook.step("file") as page:
            path = self.wishes.file or self.made_up(Kind.PRESCRIPTION)
            self.before = self.witness.titles() if self.witness else []
            self.file_one(page, path)
            hands = self.session
            sent = hands.until("sent, because read back in the feed", lambda: hands.says(SENT))
            page.check("it is called sent", sent)
            hands.until("the state in words to follow", lambda: hands.says("À jour"))
            page.look(hands)
            self.count_at_service(page, self.filed_title)
            hands.press("Revenir à l’accueil")
            hands.screen("home")

    def file_one(self, page: Page, path: Path, title: str = "") -> None:
        """Go through the questions with this file."""
        hands = self.session
        hands.press("Ranger un papier", match="prefix")
        hands.screen("file_pick")
        hands.ask("write", name="Ou écrivez le nom complet du fichier", text=str(path.resolve()))
        hands.press("Ouvrir ce fichier")
        self.look_or_refused(page)
        past_doubts(hands, "file_look", "scan_pages", look=partial(page.look, hands))
        hands.until("the page", lambda: hands.ask("has_page"))
        if not title:
            page.look(hands, "look")
        hands.press("Oui, on voit bien")
        past_doubts(hands, "file_category", look=partial(page.look, hands))
        hands.press("Ordonnances et soins" if not title else "Résultats de biologie", match="prefix")
        if not title:
            page.look(hands, "category")
        hands.press("Continuer")
        hands.screen("file_date")
        hands.press("Aujourd’hui")
        hands.press("Continuer")
        hands.screen("file_name")
        if title:
            hands.ask("write", name="Nom du papier", text=title)
        self.filed_title = str(hands.ask("value_of", name="Nom du papier"))
        page.check("a name of at most 50 characters is proposed", 0 < len(self.filed_title) <= NAME_LIMIT)
        hands.press("Continuer")
        hands.screen("file_check")
        if not title:
            page.look(hands, "check")
        hands.press("Ranger ce document")
        hands.screen("file_done")

    def look_or_refused(self, page: Page) -> None:
        """Wait for the page, or for the sentence that says why not."""
        hands = self.session
        hands.until("the file, or why not", lambda: hands.ask("screen") != "file_pick" or hands.ask("errors"))
        if hands.ask("screen") == "file_pick":
            page.look(hands)
            raise TourFailed(" ".join(hands.ask_list("errors")))

    def made_up(self, kind: Kind) -> Path:
        """Write a made-up paper of the person to a file, as on a USB stick."""
        person = next((p for p in CITIZENS if p.login == self.person), CITIZENS[0])
        path = self.conductor.folder / "cle-usb" / f"{kind.value}.pdf"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(make_paper(kind, person, seed="tour").data)
        return path

    def count_at_service(self, page: Page, title: str) -> None:
        """Ask the service itself: there once, no more."""
        if self.witness is not None:
            more = self.witness.titles().count(title) - self.before.count(title)
            page.check(f"the service holds it exactly once more ({more})", more == 1)

    def offline(self) -> None:
        """Pull the cable: reading and filing go on, in calm words."""
        with self.notebook.step("offline") as page:
            hands = self.session
            self.cable.cut()
            self.before = self.witness.titles() if self.witness else []
            hands.until(
                "the words for no network", lambda: hands.says("Pas de réseau") or hands.says("Sans réseau")
            )
            page.look(hands, "home")
            self.read_offline(page)
            self.file_one(page, self.made_up(Kind.LAB), OFFLINE_TITLE)
            kept = hands.until("what becomes of it", lambda: hands.says("sera envoyé"))
            page.check("it is kept and will be sent", kept)
            page.check("it is not called sent", not hands.says(SENT))
            page.look(hands)
            envelopes = list((self.poste / "outbox").glob("*.envelope"))
            page.check("a sealed envelope lies in the outbox", envelopes)
            if self.witness is not None:
                page.check("nothing reached the service", self.witness.titles() == self.before)

    def read_offline(self, page: Page) -> None:
        """Open a document without the network."""
        hands = self.session
        hands.press("Lire mes documents", match="prefix")
        hands.screen("documents")
        row = hands.until("rows", lambda: hands.ask_list("rows"))[0]
        hands.ask("press_row", text=row)
        shown = hands.until("the page", lambda: hands.ask("has_page"))
        page.check("a document is read without the network", shown)
        hands.press("Retour")
        hands.screen("documents")
        hands.press("Retour")
        hands.screen("home")

    def online(self) -> None:
        """Put the cable back: what waited is sent, once, and called sent when read back."""
        with self.notebook.step("online") as page:
            hands = self.session
            self.cable.restore()
            sent = hands.until("sent, because read back in the feed", lambda: hands.says(SENT))
            page.check("what waited is sent by itself", sent)
            hands.until("the state in words to follow", lambda: hands.says("À jour"))
            page.look(hands)
            self.count_at_service(page, OFFLINE_TITLE)
            left = hands.until(
                "the envelope to be dropped", lambda: not list((self.poste / "outbox").glob("*.envelope"))
            )
            page.check("its envelope is dropped", left)
            hands.press("Revenir à l’accueil")
            hands.screen("home")

    def end(self) -> None:
        """Read the receipt."""
        with self.notebook.step("end") as page:
            hands = self.session
            hands.press("Terminer la visite")
            hands.screen("finish")
            page.check("the receipt names what was filed", hands.says(OFFLINE_TITLE))
            page.check("the receipt names the mandate", hands.says("mandat"))
            page.look(hands)
            hands.press("Terminer")

    def wiped(self) -> None:
        """See that nothing of the person is left, and that the next one can come."""
        with self.notebook.step("wiped") as page:
            hands = self.desk
            hands.screen("desk_erased")
            page.look(hands)
            page.check("the checklist says that all is erased", hands.says("Tout est effacé"))
            page.check("the person's process has ended", not is_running(self.session.pid))
            for words in self.personal_words():
                left = files_with(self.poste, words)
                page.check(f"no file of this PC holds a personal word ({len(left)} do)", not left)
            hands.press("Continuer")
            hands.screen("desk_ready")
            page.check("the next person can come", "Accueillir une personne" in hands.ask_list("buttons"))

    def personal_words(self) -> Iterator[str]:
        """Yield what must not be found on the disk."""
        yield self.whose
        yield self.filed_title
        yield OFFLINE_TITLE


def no_password(hands: Hands) -> bool:
    """Whether no field of the window hides what is typed."""
    return not hands.ask("password_fields")


def is_running(pid: int) -> bool:
    """Whether the process is there."""
    from app.processes import is_alive, mark_of

    try:
        return is_alive(mark_of(pid))
    except (OSError, ValueError):
        return False


def sha256(text: str) -> str:
    """Return the digest of a text as shown, in hex."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def title_of(row: str) -> str:
    """Return the title, which a row says first."""
    return row.partition(",")[0]


def plain(text: str) -> str:
    """Take the accents away, as someone who cannot find them types."""
    import unicodedata

    apart = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(c for c in apart if not unicodedata.combining(c))
