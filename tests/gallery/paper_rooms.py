"""The screens of paper that comes in and goes out, of the words in it, and of what lies over any screen."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer

from app import intake
from app.paper import Paper, arrived
from app.reader.papers import Papers
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui import glossary
from ui.filing import Filing
from ui.printing.__init__ import printing_system
from ui.printing.papers import receipt_paper
from ui.printing.plan import Plan
from ui.printing.printers import Printer
from ui.screens.finish import line_words
from ui.tasks import Lane
from ui.widgets.folders import Place, PlaceKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["PAPER_ROOMS", "a_plan", "scanned"]

TEXT = "Créatinine, hémoglobine et glycémie à jeun. Posologie : 1 comprimé par voie orale. ALD."
WIDTH = 1000


def scanned(stage: Stage) -> Paper:
    """Scan a letter's first page, as a scanner gives it."""
    reader = stage.session.context.reader
    reader.open(make_paper(Kind.LETTER, CITIZENS[0], 5).data)
    drawn = reader.page(0, WIDTH)
    sink = io.BytesIO()
    Image.frombytes("RGB", (drawn.width, drawn.height), drawn.rgb).save(sink, "PPM")
    paper = Paper(from_scanner=True)
    for _sheet in range(2):
        paper.add(arrived(Papers(reader), sink.getvalue(), is_photo=False))
    return paper


def _made(name: str, make: Callable[[Stage], dict[str, Any]]) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        stage.session.restart(name, **make(stage))
        return stage.session.shell

    return show


def _of_another(stage: Stage) -> dict[str, Any]:
    """Look at a paper that names someone else."""
    paper, reader = make_paper(Kind.LAB, CITIZENS[1], 3), stage.session.context.reader
    candidate = intake.check(
        reader, paper.data, "resultat.pdf", known=lambda _sha: False, patient=stage.space.patient
    )
    return {"filing": Filing.of(reader, "resultat.pdf", candidate), "then": "file_category"}


def _places() -> list[Place]:
    """Have a stick and a few folders, whatever this computer has."""
    here = Path(tempfile.gettempdir())
    kinds = (PlaceKind.STICK, PlaceKind.DOWNLOADS, PlaceKind.DOCUMENTS, PlaceKind.DESKTOP)
    return [
        Place(kind, path, "JEANNE")
        for kind, path in zip(kinds, (here, here.parent, Path.home(), Path.cwd()), strict=True)
    ]


def _words_waited_for(stage: Stage) -> Shell:
    """File a copier's PDF: its words take a moment, one may go on without."""
    reader, sink = stage.session.context.reader, io.BytesIO()
    reader.open(make_paper(Kind.LETTER, CITIZENS[0], 5).data)
    drawn = reader.page(0, WIDTH)
    Image.frombytes("RGB", (drawn.width, drawn.height), drawn.rgb).save(sink, "PDF")
    candidate = intake.check(reader, sink.getvalue(), "scan.pdf", known=lambda _sha: False)
    stage.hold(Lane.WORDS)
    stage.session.restart("file_look", filing=Filing.of(reader, "scan.pdf", candidate))
    screen: Any = stage.session.shell.shown
    # Not by QSignalSpy.wait: it keeps Python's lock, and the threads that draw crawl.
    drawn = QEventLoop()
    screen.panel.pages.drawn.connect(drawn.quit)
    QTimer.singleShot(20_000, drawn, drawn.quit)
    drawn.exec()
    assert screen.panel.has_document
    stage.rest()
    screen.pressed()
    return stage.session.shell


def _copied(_stage: Stage) -> dict[str, Any]:
    name = "Ordonnance du docteur Lefèvre - mardi 3 mars 2026.pdf"
    place = Place(PlaceKind.STICK, Path(tempfile.gettempdir()), "JEANNE")
    return {"title": "Ordonnance du docteur Lefèvre", "file_name": name, "place": place, "pull": True}


def a_plan(stage: Stage) -> Plan:
    """Plan to print the receipt in the hall."""
    plan = Plan(receipt_paper(stage.space, line_words, 0), printing_system())
    plan.printers = [Printer("hall", "Imprimante de l’accueil", "Hall", is_default=True)]
    plan.printer = plan.printers[0]
    return plan


def _covered(stage: Stage) -> Shell:
    stage.session.restart("home")
    stage.session.idle.hide_now()
    return stage.session.shell


def _guided(stage: Stage) -> Shell:
    stage.session.guide()
    return stage.session.shell


def _typed(stage: Stage) -> Shell:
    stage.session.restart("slip")
    shell = stage.session.shell
    shell.activateWindow()
    screen: Any = shell.shown
    shell.keyboard.type_into(screen.words.input)
    return shell


PAPER_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "scan": _made("scan", lambda _stage: {"paper": Paper()}),
    "scan_pages": _made("scan_pages", lambda stage: {"paper": scanned(stage)}),
    "scan_page": _made("scan_page", lambda stage: {"paper": scanned(stage), "number": 0}),
    "paper_no_text": _made("paper_no_text", lambda stage: {"paper": scanned(stage)}),
    "paper_other": _made("paper_other", _of_another),
    "print_preview": _made("print_preview", lambda stage: {"paper": a_plan(stage).paper}),
    "save_copy": _made("save_copy", lambda stage: {"plan": a_plan(stage), "look": _places}),
    "copy_done": _made("copy_done", _copied),
    "file_look_words": _words_waited_for,
    "paper_no_text_file": _made("paper_no_text", lambda stage: {"filing": _of_another(stage)["filing"]}),
    "print_copies": _made("print_choice", lambda stage: {"plan": a_plan(stage), "what": "copies"}),
    "print_done": _made("print_done", lambda stage: {"plan": a_plan(stage)}),
    "words": _made("words", lambda _stage: {"text": TEXT}),
    "word": _made("word", lambda _stage: {"entry": glossary.lookup("créatinine")}),
    "practice": _made("practice", lambda _stage: {}),
    "guided": _guided,
    "keyboard": _typed,
    "covered": _covered,
}
