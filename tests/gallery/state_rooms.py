"""The screens when something is not as usual: empty, waiting, without a network, refused, very full.

Each is reached as a person would reach it: the store is an empty or a full one, a lane of the program is
really held up, the helper really has no mandate, the file is really broken. Nothing is painted to look so.
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

from app.mandates import Duration
from app.paper import Paper
from app.shared_scans import SharedScan
from app.wipe import CheckCode, CheckItem, Checklist
from sync.enrolment import EnrolmentCodeExpired
from sync.failures import Offline
from sync.service.demo.papers import Kind
from tests.gallery.access_rooms import ACCESS_ROOMS
from tests.gallery.health_rooms import FLU, HEALTH_ROOMS, KIWI
from tests.gallery.paper_rooms import PAPER_ROOMS, a_plan, scanned
from tests.gallery.rooms import CHOSEN, CLAIMS, ROOMS, SCOPES, on_the_desk
from tests.gallery.spaces import BROKEN, FAMILY, FULL_TITLE, GIVEN, LONG_NAME, NOT_HERE, PLACE
from ui import glossary, messages
from ui.desk import screens as desk
from ui.desk.enrolment_screens import DeskAdded, DeskAddPc, DeskRevoked
from ui.desk.post import Standing
from ui.printing.printers import Printer
from ui.steps import allergy, relative, vaccination
from ui.tasks import Lane
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.errors import TandemError
    from tests.gallery.stage import Stage
    from ui.shell import Shell

    Room = Callable[[Stage], Shell]

__all__ = ["STATE_ROOMS"]

LONG_CLAIMS = CLAIMS | {"given_name": GIVEN, "family_name": FAMILY, "birthplace": PLACE}
LONG_PERSON = {"given": GIVEN, "family": FAMILY, "phone": "06 99 00 18 12", "relation": "other"}
LONG_ALLERGY = KIWI | {"words": "Kiwi vert, jaune, rouge", "note": f"{FULL_TITLE} ; dit par {LONG_NAME}."}
SHEETS = 3
FILES = 120


def _shown(stage: Stage) -> Any:  # noqa: ANN401 - each screen has members of its own
    return stage.session.shell.shown


def _goes(name: str, **args: Any) -> Room:  # noqa: ANN401 - each screen names its own
    def show(stage: Stage) -> Shell:
        stage.session.restart(name, **args)
        return stage.session.shell

    return show


def _in(whose: str, room: Room) -> Room:
    """Show a room in the space of someone else."""

    def show(stage: Stage) -> Shell:
        stage.enter(whose)
        return room(stage)

    return show


def _full(name: str, **args: Any) -> Room:  # noqa: ANN401 - each screen names its own
    return _in("full", _goes(name, **args))


def _closed(room: Room) -> Room:
    """Show a room to a helper who has no mandate for it."""

    def show(stage: Stage) -> Shell:
        stage.close_the_door()
        return room(stage)

    return show


def _bare(room: Room) -> Room:
    """Show a room on a PC where nothing isolates what reads documents."""

    def show(stage: Stage) -> Shell:
        stage.take_the_walls_away()
        return room(stage)

    return show


def _slow(room: Room, *lanes: Lane) -> Room:
    """Show a room while what it asks for is held up."""

    def show(stage: Stage) -> Shell:
        stage.hold(*lanes)
        return room(stage)

    return show


def _then(room: Room, do: Callable[[Stage, Any], None]) -> Room:
    """Show a room, let it rest, and do something there."""

    def show(stage: Stage) -> Shell:
        shell = room(stage)
        stage.rest()
        do(stage, shell.shown)
        return shell

    return show


def _pressed(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - any screen
    screen.pressed()


def _pressed_without_mandate(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - any screen
    stage.close_the_door()
    screen.pressed()


def _toasted(code: str) -> Callable[[Stage, Any], None]:
    return lambda stage, _screen: stage.session.toast(messages.reason(code), NoticeKind.BAD)


# -- papers that are filed ------------------------------------------------------------------------------


def _folder(stage: Stage, name: str, files: int) -> Path:
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    for number in range(files):
        path = folder / f"{FULL_TITLE} {number + 1}.pdf"
        path.write_bytes(b"%PDF-1.7")
        os.utime(path, (1.79e9 + number, 1.79e9 + number))
    return folder


def _in_folder(name: str, files: int) -> Room:
    def enter(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
        screen.picker._open(_folder(stage, name, files))

    return _then(_goes("file_pick"), enter)


def _refused_file(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    broken = stage.folder / "ordonnance.pdf"
    broken.write_bytes(b"%PDF-1.7 and no more")
    screen.picker._bounded = False  # it lies in no place of a shared PC
    screen.picker.picked.emit(broken)


def _filing(name: str) -> Room:
    """Go to a step of filing a paper whose name is as long as it may be."""

    def show(stage: Stage) -> Shell:
        stage.enter("full")
        filing = stage.filing()
        filing.title = FULL_TITLE
        filing.file_name = f"{FULL_TITLE}.pdf"
        filing.scan = SharedScan(stage.folder / filing.file_name, (0, 0, 0))
        stage.session.restart(name, filing=filing)
        return stage.session.shell

    return show


def _wrong_date(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    for field, value in zip(screen.fields.fields, ("31", "2", "2026"), strict=True):
        field.set_value(value)
    screen.pressed()


def _no_name(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    screen.field.set_value("")
    screen.pressed()


def _many_pages(stage: Stage) -> Shell:
    stage.enter("full")
    paper = scanned(stage)
    for _sheet in range(SHEETS):
        paper.add(copy.copy(paper.pages[0]))
    stage.session.restart("scan_pages", paper=paper)
    return stage.session.shell


# -- what was noted -------------------------------------------------------------------------------------


def _entry_check(make: Any, answers: dict[str, Any]) -> Room:  # noqa: ANN401 - a journey's maker
    def show(stage: Stage) -> Shell:
        journey = make(stage.space)
        journey.answers.update(answers)
        stage.session.restart("entry_check", journey=journey)
        return stage.session.shell

    return show


def _naming(space: Any) -> Any:  # noqa: ANN401 - a journey
    return relative.naming_trusted(space, None)


def _asks(make: Any, key: str, answers: dict[str, Any]) -> Room:  # noqa: ANN401 - a journey's maker
    def show(stage: Stage) -> Shell:
        journey = make(stage.space)
        journey.answers.update(answers)
        stage.session.restart("entry_question", journey=journey, key=key)
        return stage.session.shell

    return show


def _done(year: int) -> Room:
    def show(stage: Stage) -> Shell:
        journey = vaccination.adding(stage.space)
        journey.answers.update(FLU | {"performer": LONG_NAME, "day": f"{year}-10-14"})
        journey.edit = journey.save(journey.answers)
        stage.session.restart("entry_done", journey=journey)
        return stage.session.shell

    return show


def _undone_in_vain(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    stage.close_the_door()
    screen._undo_it()


def _long_relative(stage: Stage) -> Shell:
    found = next(
        each for each in stage.space.records.all("RelatedPerson") if each["name"][0]["family"] == FAMILY
    )
    stage.session.restart("relative", relative_id=found["id"])
    return stage.session.shell


def _chosen_without_mandate(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    stage.close_the_door()
    next(iter(screen.buttons.values())).click()


# -- printing, words ------------------------------------------------------------------------------------


def _printers(count: int) -> Room:
    def show(stage: Stage) -> Shell:
        plan = a_plan(stage)
        plan.printers = [Printer(f"p{n}", f"Imprimante du bureau {n + 1}", PLACE) for n in range(count)]
        stage.session.restart("print_choice", plan=plan, what="printer")
        return stage.session.shell

    return show


def _no_word(stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    screen.search.line.setText("hippopotame")
    stage.rest()
    screen._show_found()


def _longest_word(stage: Stage) -> Shell:
    longest = max(glossary.entries(), key=lambda entry: len(entry.plain))
    stage.session.restart("word", entry=longest)
    return stage.session.shell


def _no_service(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    # What the transport raises when it has tried again for long enough.
    screen._failed(Offline())


def _slip_typed(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - its own members
    screen.words.set_value("olive-chat-moulin-lune-tasse")
    screen.pressed()


# -- the desk -------------------------------------------------------------------------------------------


def _ready(*, waiting: int) -> desk.DeskReady:
    screen = desk.DeskReady(LONG_NAME)
    screen.tell(cleaned=True, waiting=waiting)
    return screen


def _stopped() -> desk.DeskErased:
    done = Checklist(tuple(CheckItem(code, ok=True) for code in CheckCode))
    return desk.DeskErased(done, crashed=False, stopped=True, waiting=1)


def _adding(problem: TandemError | None = None) -> DeskAddPc:
    screen = DeskAddPc()
    screen.typed.set_value("K7QP2-M9X4T")
    if problem:
        screen.refused(messages.sentence(problem, at_the_door=True))
    else:
        screen.asking()
    return screen


def _nothing_erased() -> desk.DeskErased:
    failed = Checklist(tuple(CheckItem(code, ok=False) for code in CheckCode))
    return desk.DeskErased(failed, crashed=True, waiting=37, missing=2)


def _document(kind: Kind) -> Room:
    def show(stage: Stage) -> Shell:
        stage.session.restart("document_view", document_id=stage.documents[kind])
        return stage.session.shell

    return show


STATE_ROOMS: dict[str, Room] = {
    "desk_ready_full": on_the_desk(lambda: _ready(waiting=37)),
    "desk_add_pc_slow": on_the_desk(_adding),
    "desk_add_pc_wrong": on_the_desk(lambda: _adding(EnrolmentCodeExpired())),
    "desk_add_pc_offline": on_the_desk(lambda: _adding(Offline())),
    "desk_added_full": on_the_desk(lambda: DeskAdded(Standing(PLACE, PLACE, None))),
    "desk_revoked_full": on_the_desk(lambda: DeskRevoked(PLACE)),
    "desk_welcome_full": on_the_desk(lambda: desk.DeskWelcome(PLACE)),
    "desk_erased_nothing": on_the_desk(_nothing_erased),
    "desk_erased_stopped": on_the_desk(_stopped),
    "sign_in_slow": _slow(_goes("sign_in"), Lane.NETWORK),
    "sign_in_phone_slow": _slow(_goes("sign_in_phone"), Lane.NETWORK),
    "opening_slow": _slow(_goes("opening", whose=LONG_NAME), Lane.NETWORK),
    "slip_wrong": _then(ROOMS["slip"], _pressed),
    "slip_slow": _then(_slow(ROOMS["slip"], Lane.NETWORK), _slip_typed),
    "slip_offline": _then(ROOMS["slip"], _no_service),
    "identity_full": _full("identity", claims=LONG_CLAIMS),
    "help_mode_full": _full("help_mode"),
    "mandate_scopes_full": _full("mandate_scopes"),
    "mandate_actions_full": _full("mandate_actions", **SCOPES),
    "mandate_duration_full": _full("mandate_duration", **CHOSEN),
    "mandate_text_full": _full("mandate_text", **CHOSEN, duration=Duration.SESSION),
    "mandate_text_refused": _then(ROOMS["mandate_text"], _toasted("disk-full")),
    "mandate_full": _full("mandate"),
    "home_empty": _in("empty", ROOMS["home"]),
    "home_full": _full("home"),
    "documents_empty": _in("empty", ROOMS["documents"]),
    "documents_slow": _slow(ROOMS["documents"], Lane.STORE),
    "documents_refused": _then(ROOMS["documents"], _toasted("store-busy")),
    "documents_full": _full("documents"),
    "document_slow": _slow(ROOMS["document_lab"], Lane.READER),
    "document_not_here": _full("document_view", document_id=NOT_HERE),
    "document_broken": _full("document_view", document_id=BROKEN),
    "document_in_words": _bare(ROOMS["document_lab"]),
    "document_closed": _closed(ROOMS["document_lab"]),
    "document_full": _in("full", _document(Kind.LETTER)),
    "documents_filter_year": _full(
        "documents_filter",
        by="year",
        found=[(str(year), 365) for year in range(1988, 2027)],
        choose=lambda _by, _value: None,
    ),
    "file_pick_empty": _in_folder("vide", 0),
    "file_pick_refused": _then(_goes("file_pick"), _refused_file),
    "file_pick_full": _in("full", _in_folder("Mes papiers", FILES)),
    "file_look_slow": _slow(ROOMS["file_look"], Lane.READER),
    "file_look_full": _filing("file_look"),
    "file_date_wrong": _then(ROOMS["file_date"], _wrong_date),
    "file_name_missing": _then(ROOMS["file_name"], _no_name),
    "file_name_full": _filing("file_name"),
    "file_check_closed": _then(ROOMS["file_check"], _pressed_without_mandate),
    "file_check_full": _filing("file_check"),
    "file_check_slow": _then(_slow(_filing("file_check"), Lane.STORE), _pressed),
    "file_done_full": _filing("file_done"),
    "health_slow": _slow(ROOMS["health"], Lane.STORE),
    "health_closed": _closed(ROOMS["health"]),
    "health_full": _full("health"),
    "health_entry_gone": _goes("health_entry", about="allergy", entry_id="gone"),
    "health_entry_full": _in("full", HEALTH_ROOMS["health_entry"]),
    "accesses_empty": _in("empty", ACCESS_ROOMS["accesses_none"]),
    "accesses_slow": _slow(ACCESS_ROOMS["accesses_none"], Lane.NETWORK, Lane.STORE),
    "accesses_closed": _closed(ACCESS_ROOMS["accesses_none"]),
    "accesses_full": _in("full", ACCESS_ROOMS["accesses_many"]),
    "relatives_slow": _slow(ROOMS["relatives"], Lane.STORE),
    "relatives_closed": _closed(ROOMS["relatives"]),
    "relatives_full": _full("relatives"),
    "relative_gone": _goes("relative", relative_id="gone"),
    "relative_full": _in("full", _long_relative),
    "conflict_full": _in("full", HEALTH_ROOMS["conflict"]),
    "conflict_closed": _then(HEALTH_ROOMS["conflict"], _chosen_without_mandate),
    "entry_question_full": _in("full", _asks(allergy.adding, "note", LONG_ALLERGY)),
    "entry_check_full": _in("full", _entry_check(allergy.adding, LONG_ALLERGY)),
    "entry_check_long_name": _in("full", _entry_check(_naming, LONG_PERSON)),
    "entry_check_closed": _then(HEALTH_ROOMS["entry_check"], _pressed_without_mandate),
    "entry_done_full": _in("full", _done(2024)),
    "entry_done_kept": _then(_in("full", _done(2023)), _undone_in_vain),
    "paper_other_full": _in("full", PAPER_ROOMS["paper_other"]),
    "scan_slow": _slow(_goes("scan", paper=Paper()), Lane.SCANNER),
    # Their words are waited for: recognising them takes seconds, and is tried elsewhere.
    "scan_pages": _slow(PAPER_ROOMS["scan_pages"], Lane.WORDS),
    "scan_page": _slow(PAPER_ROOMS["scan_page"], Lane.WORDS),
    "paper_no_text": _slow(PAPER_ROOMS["paper_no_text"], Lane.WORDS),
    "scan_pages_full": _slow(_many_pages, Lane.WORDS),
    "print_preview_slow": _slow(PAPER_ROOMS["print_preview"], Lane.READER, Lane.NETWORK),
    "print_preview_refused": _then(PAPER_ROOMS["print_preview"], _toasted("printer-jammed")),
    "print_preview_full": _in("full", PAPER_ROOMS["print_preview"]),
    "print_no_printer": _printers(0),
    "print_printers": _printers(30),
    "words_slow": _slow(PAPER_ROOMS["words"], Lane.STORE),
    "words_nothing": _then(PAPER_ROOMS["words"], _no_word),
    "words_full": _full("words", text=" ; ".join(entry.word for entry in glossary.entries())),
    "word_full": _longest_word,
    "finish_empty": _in("empty", ROOMS["finish"]),
    "finish_full": _full("finish"),
}
