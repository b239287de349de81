"""A whole visit by the real processes on a disk of its own, with the same odd word put everywhere."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reportlab.pdfgen.canvas import Canvas

from app import volatile
from sync.service.demo.cable import Cable
from sync.service.demo.people import CITIZENS
from tests.forensics.device import places
from tests.journeys.poste import Poste

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from tests.forensics.device import Disk
    from tests.journeys.poste import Central

__all__ = ["HOMES", "Recorder", "Visit", "odd_word"]

HOMES = {
    "HOME": "home",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "TMPDIR": "tmp",
}
_TOKEN = re.compile(rb'"(?:access_token|refresh_token|id_token|subject_token)"\s*:\s*"([^"]{20,})"')


def odd_word() -> str:
    """Make a word that stands nowhere else."""
    return f"Zerbinette{secrets.token_hex(5)}"


class Recorder(Cable):
    """A cable that remembers the tokens that came through it."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        super().__init__()

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        writers: set[asyncio.StreamWriter],
    ) -> None:
        write, seen = writer.write, bytearray()

        def both(data: bytes) -> None:
            seen.extend(data)
            write(data)

        writer.write = both  # type: ignore[method-assign,assignment]  # what goes to the program
        try:
            await super()._serve(reader, writer, writers)
        finally:
            self.tokens |= {found.decode() for found in _TOKEN.findall(bytes(seen))}


class Visit:
    """Jeanne's visit. ``word`` is what must not be found afterwards."""

    def __init__(self, disk: Disk, central: Central, run: Path) -> None:
        self.disk, self.word = disk, odd_word()
        self.in_memory: list[Path] = []
        for name in (*HOMES.values(), "poste"):
            (disk.where / name).mkdir(parents=True, exist_ok=True)
        self.poste = Poste(run, central, folder=disk.where / "poste")
        self.poste.cable.close()
        self.poste.cable = self.cable = Recorder()
        self._set_proxy()

    def _set_proxy(self) -> None:
        from dataclasses import replace

        from ui.desk.config import DeskConfig

        path = self.poste.run / "desk.json"
        replace(DeskConfig.load(path), proxy=self.cable.proxy).save(path)

    # ---------------------------------------------------------------- what is done in it

    def live(self) -> None:
        """Put the word everywhere: filed, searched, shown, read aloud, noted, printed."""
        self.poste.ready()
        self.poste.together()
        (session,) = (self.poste.folder / "sessions").iterdir()
        self.in_memory = volatile.folders_of(session.name)
        self.poste.file(self.paper(), f"Ordonnance {self.word}")
        self.poste.session.press("Revenir à l’accueil")
        self.search_and_read()
        self.note_an_allergy()

    def paper(self) -> Path:
        """Return a PDF whose words stand in it in clear, on the person's stick."""
        person = next(each for each in CITIZENS if each.login == self.poste.login)
        data = io.BytesIO()
        canvas = Canvas(data, pageCompression=0)
        for line, text in enumerate(
            (
                f"Ordonnance pour {person.given[0]} {person.family}",
                f"Né(e) le {person.born}",
                f"Prendre {self.word} 1000 mg matin et soir pendant six jours.",
            )
        ):
            canvas.drawString(72, 760 - 24 * line, text)
        canvas.save()
        assert self.word.encode() in data.getvalue()
        return self.poste.on_stick("ordonnance.pdf", data.getvalue())

    def search_and_read(self) -> None:
        """Search for the word, open what is found, see its picture and its text, hear it, print it."""
        hands = self.poste.session
        hands.press("Lire mes documents", match="prefix")
        hands.screen("documents")
        hands.until("rows", lambda: hands.ask("count_rows"))
        hands.press_if_there("Chercher")
        hands.ask("write", name="Chercher un document", text=self.word)
        hands.until("what was filed", lambda: [self.word in row for row in hands.ask_list("rows")] == [True])
        hands.ask("press_row", text=self.word)
        hands.screen("document_view")
        hands.until("the page", lambda: hands.ask("has_page"))
        hands.press("Voir le texte")
        hands.until("the text", lambda: self.word in str(hands.ask("document_text")))
        if os.environ.get("PULSE_SERVER") and shutil.which("espeak-ng"):
            self.hear_it()
        if shutil.which("lp") and os.environ.get("CUPS_SERVER"):
            self.print_it()
        hands.press("Retour")
        hands.screen("documents")
        hands.press("Retour")
        hands.screen("home")

    def hear_it(self) -> None:
        """Have it read aloud, in the room, for a moment."""
        hands = self.poste.session
        hands.press("Écouter")
        hands.press("Lire dans la pièce")
        hands.until("the voice", lambda: hands.says("Pause"))
        time.sleep(1.5)
        hands.press("Arrêter")

    def print_it(self) -> None:
        """Print what is open, in large print: its words, not its picture."""
        hands = self.poste.session
        hands.press("Imprimer")
        hands.until("the preview", lambda: hands.ask("screen") in {"print_preview", "print_choice"})
        hands.press("Imprimer")
        hands.screen("print_done")
        hands.press("J’ai mon papier")
        hands.screen("document_view")

    def note_an_allergy(self) -> None:
        """Note an allergy in words of one's own."""
        hands = self.poste.session
        hands.press("Ma santé", match="prefix")
        hands.screen("health")
        hands.press("Ajouter une allergie")
        hands.press("Un aliment")
        hands.press("Continuer")
        hands.press("Autre chose")
        hands.ask("write", name="Écrivez le nom", text=self.word)
        hands.press("Continuer")
        hands.until("the reactions", lambda: hands.says("Que s’est-il passé ?"))
        hands.press("Continuer")
        hands.press("Je ne sais pas")
        hands.press("Continuer")
        hands.until("the date", lambda: hands.says("Depuis quand ?"))
        hands.press("Continuer")
        hands.screen("entry_check")
        hands.press("Noter cette allergie")
        hands.screen("entry_done")
        assert hands.says(self.word)
        hands.press("Revenir à ma santé")
        hands.screen("health")
        hands.press("Retour")
        hands.screen("home")

    # ---------------------------------------------------------------- what is left of it

    def needles(self) -> Iterator[tuple[str, str]]:
        """Yield what must be nowhere: the word, who it was, what opened their space."""
        yield "the word", self.word
        yield "the number", next(each.number for each in CITIZENS if each.login == self.poste.login)
        yield "the browser's cookies", "signed in: ['--login'"
        for number, token in enumerate(sorted(self.cable.tokens)):
            # Its middle: a copy cut at a page's edge, or without its signature, is found all the same.
            yield f"token {number}", token[len(token) // 3 : len(token) // 3 + 40]

    def found_in(self, raw: bytes) -> list[str]:
        """Say what is found where in these bytes."""
        return [f"{what}: {place}" for what, words in self.needles() for place in places(raw, words)]

    def found_beside(self) -> list[str]:
        """Say what is found in the logs and in what is in memory for everybody."""
        logs = list(self.poste.run.glob("*.log"))
        shared = [path for path in Path("/dev/shm").rglob("*") if path.is_file()]  # noqa: S108
        found = []
        for path in (*logs, *shared):
            with contextlib.suppress(OSError):
                found += [f"{path}: {each}" for each in self.found_in(path.read_bytes())]
        return found
