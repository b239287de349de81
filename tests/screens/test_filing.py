"""Filing a paper: one question a screen, nothing lost on the way, filed once."""

from __future__ import annotations

import os
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.records import DocumentState
from app.space import AssistMode
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.session.start import Start
from ui.widgets import Text
from ui.widgets.folders import FolderUnreadable, NoSuchFile, Place, PlaceKind, contents, read_whole

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
PDF = b"%PDF-1.7\n"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Make a USB stick with papers and what is no paper."""
    folder = tmp_path / "stick"
    (folder / "Vieux papiers").mkdir(parents=True)
    for kind, name in (
        (Kind.PRESCRIPTION, "ordonnance.pdf"),
        (Kind.PHOTO, "lettre.jpg"),
        (Kind.NOTE, "note.txt"),
    ):
        (folder / name).write_bytes(make_paper(kind, CITIZENS[0], 1).data)
    (folder / "film.mp4").write_bytes(b"x")
    (folder / ".cache.pdf").write_bytes(b"x")
    return folder


def reach(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen."""
    qtbot.waitUntil(lambda: visit.window.screen_name == name, timeout=20_000)
    return visit.window.shown


def pick(visit: Visit, qtbot: QtBot, path: Path) -> Shown:
    """Type the path of a file; return the screen that comes, the next one or the same with what is wrong."""
    visit.window.go("file_pick")
    shown = visit.window.shown
    qtbot.waitUntil(lambda: not visit.context.tasks.busy)
    shown.picker.path.set_value(str(path))
    shown.picker._open_path.click()
    qtbot.waitUntil(lambda: visit.window.shown is not shown or shown.summary.isVisible(), timeout=20_000)
    return visit.window.shown


def pick_photo(visit: Visit, qtbot: QtBot, path: Path) -> Shown:
    """Choose a photo and say that one sees all of it; return the next question."""
    shown = pick(visit, qtbot, path)
    assert shown.name == "scan_pages"
    shown.pressed()
    if shown._go_without.isVisible():
        shown._go_without.click()
    return reach(visit, qtbot, "file_category")


def to_check(visit: Visit, qtbot: QtBot, path: Path) -> Shown:
    """Answer every question with what is proposed, today where no date is."""
    assert pick(visit, qtbot, path).name == "file_look"
    visit.window.shown.pressed()
    category = reach(visit, qtbot, "file_category")
    if category.choices.value() is None:
        category.choices.cards[1].click()
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    if when.fields.is_empty:
        when._today.click()
    when.pressed()
    reach(visit, qtbot, "file_name").pressed()
    return reach(visit, qtbot, "file_check")


def filed(visit: Visit) -> list[Any]:
    """Return the lines of what was filed here."""
    return [row for row in visit.space.records.documents() if row.is_ours]


# -- choosing -----------------------------------------------------------------------------------------


def test_a_folder_offers_folders_and_papers_newest_first(stick: Path) -> None:
    """What cannot be filed, and what is hidden, is not offered."""
    os.utime(stick / "note.txt", (1, 1))
    found = [entry.name for entry in contents(stick)]
    assert found[0] == "Vieux papiers"
    assert found[-1] == "note.txt"
    assert set(found) == {"Vieux papiers", "ordonnance.pdf", "lettre.jpg", "note.txt"}


@pytest.mark.parametrize(
    ("allowed", "kinds", "typing"),
    [(("stick",), {PlaceKind.STICK}, False), (("folders",), {PlaceKind.DOCUMENTS}, True), ((), set(), False)],
)
def test_only_the_places_that_the_organization_allows_are_offered(
    visit: Visit,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    allowed: tuple[str, ...],
    kinds: set[PlaceKind],
    typing: bool,  # noqa: FBT001 - a case
) -> None:
    """A stick, the PC's own folders, nothing; without folders no path can be typed."""
    there = [Place(PlaceKind.STICK, tmp_path / "a", "A"), Place(PlaceKind.DOCUMENTS, tmp_path / "b")]
    monkeypatch.setattr("ui.widgets.file_picker.places", lambda: there)
    visit.context.start = Start("", tmp_path, tmp_path, {}, places=allowed)
    visit.window.go("file_pick")
    picker = visit.window.shown.picker
    qtbot.waitUntil(lambda: not visit.context.tasks.busy)
    shown = {each.kind for each in there if str(each.path) in set(picker._places._keys)}
    assert shown == kinds
    assert picker._typing.isVisibleTo(picker) is typing


def test_only_an_ordinary_file_is_read(stick: Path) -> None:
    """A folder, nothing, or a pipe that would wait for ever: said, never waited for."""
    for path in (stick, stick / "nothing.pdf"):
        with pytest.raises((NoSuchFile, FolderUnreadable)):
            read_whole(path, 10)
    if hasattr(os, "mkfifo"):
        os.mkfifo(stick / "pipe.pdf")
        with pytest.raises(NoSuchFile):
            read_whole(stick / "pipe.pdf", 10)
    assert len(read_whole(stick / "note.txt", 10)) == 11


def test_a_press_opens_a_folder_and_another_its_paper(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """And there is a way back up."""
    visit.window.go("file_pick")
    picker = visit.window.shown.picker
    picker._chosen(str(stick))
    qtbot.waitUntil(lambda: picker._entries.rowCount() == 4)
    assert picker.list.accessibleName() == "Papiers du dossier stick"
    picker._chosen(str(stick / "Vieux papiers"))
    qtbot.waitUntil(picker._empty.isVisible)
    picker._up.click()
    qtbot.waitUntil(lambda: picker._entries.rowCount() == 4)
    picker.list.show_row(str(stick / "note.txt"))
    QTest.keyClick(picker.list, Qt.Key.Key_Return)
    reach(visit, qtbot, "file_look")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("vide.pdf", b"", "vide"),
        ("casse.pdf", PDF + b"1 0 obj", "abîmé"),
        ("lettre.docx.pdf", b"PK\x03\x04" + b"\0" * 60, "archive"),
        ("absent.pdf", None, "n’est plus là"),
    ],
)
def test_a_refused_file_is_said_on_the_same_screen(
    visit: Visit, qtbot: QtBot, tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    """In a sentence that says what to do; one can choose again at once."""
    if data is not None:
        (tmp_path / name).write_bytes(data)
    shown = pick(visit, qtbot, tmp_path / name)
    assert shown.name == "file_pick"
    assert words in shown.summary.accessibleName()
    assert shown.picker.isEnabled()
    assert shown.picker.path.value.endswith(name)
    assert not filed(visit)


# -- the questions --------------------------------------------------------------------------------


def test_a_paper_goes_all_the_way(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """From the file to « C'est rangé », with what was proposed."""
    check = to_check(visit, qtbot, stick / "ordonnance.pdf")
    check.main_button.click()
    done = reach(visit, qtbot, "file_done")
    assert done.heading.words == "C’est rangé dans l’espace de Jeanne Martin."
    qtbot.waitUntil(lambda: "Enregistré" in done.state.words)
    row = filed(visit)[0]
    assert row.state is DocumentState.WAITING
    assert row.category == "ORD_SOIN"
    assert row.title


def test_pressing_twice_files_once(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """However fast, and by whatever key."""
    check = to_check(visit, qtbot, stick / "note.txt")
    check.pressed()
    check.pressed()
    check.main_button.click()
    reach(visit, qtbot, "file_done")
    qtbot.waitUntil(lambda: not visit.context.tasks.busy)
    assert len(filed(visit)) == 1


def test_the_same_paper_again_says_since_when_it_is_filed(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """It is not filed a second time."""
    to_check(visit, qtbot, stick / "note.txt").pressed()
    reach(visit, qtbot, "file_done")
    shown = pick(visit, qtbot, stick / "note.txt")
    assert "déjà rangé, depuis le 22 novembre 2026" in shown.summary.accessibleName()


def test_a_change_comes_back_to_the_check_with_every_other_answer(
    visit: Visit, qtbot: QtBot, stick: Path
) -> None:
    """Only the line that was changed is another."""
    check = to_check(visit, qtbot, stick / "note.txt")
    before = _lines(check, qtbot)
    check.answers.buttons["file_name"].click()
    name = reach(visit, qtbot, "file_name")
    name.field.input.setText("Carnet de l’infirmière")
    name.pressed()
    check = reach(visit, qtbot, "file_check")
    after = _lines(check, qtbot)
    assert after.pop("Nom") == "Carnet de l’infirmière"
    before.pop("Nom")
    assert after == before


def _lines(check: Shown, qtbot: QtBot) -> dict[str, str]:
    """Return the questions and answers that are shown."""

    def shown() -> list[str]:
        return [text.words for text in check.answers.findChildren(Text) if text.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 8)
    texts = shown()
    return dict(zip(texts[::2], texts[1::2], strict=True))


def test_answers_survive_going_back(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """Back twice and forward again: what was chosen is still chosen."""
    category = pick_photo(visit, qtbot, stick / "lettre.jpg")
    category.choices.choose("DOC_ADM")
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    when.fields.set_date(date(2026, 3, 1))
    when._edited()
    visit.window.back()
    visit.window.back()
    visit.window.shown.pressed()
    category = reach(visit, qtbot, "file_category")
    assert category.choices.value() == "DOC_ADM"
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    assert when.fields.date() == date(2026, 3, 1)
    assert when._read_back.words == "dimanche 1er mars 2026"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("", "", ""), "Écrivez la date"),
        (("31", "2", "2026"), "n’existe pas"),
        (("1", "1", "12"), "n’existe pas"),
        (("1", "1", "2027"), "à venir"),
    ],
)
def test_a_wrong_date_is_said_and_kept(
    visit: Visit, qtbot: QtBot, stick: Path, typed: tuple[str, str, str], words: str
) -> None:
    """The summary takes the focus, the fields keep what was typed."""
    pick_photo(visit, qtbot, stick / "lettre.jpg")
    filing = visit.window.shown._filing
    visit.window.go("file_date", filing=filing)
    shown = visit.window.shown
    for field, value in zip(shown.fields.fields, typed, strict=True):
        field.input.setText(value)
    shown.pressed()
    assert words in shown.summary.accessibleName()
    assert tuple(field.value for field in shown.fields.fields) == typed
    assert visit.window.screen_name == "file_date"


def test_a_name_has_at_most_fifty_letters_and_says_what_is_left(
    visit: Visit, qtbot: QtBot, stick: Path
) -> None:
    """An empty one is asked for."""
    pick(visit, qtbot, stick / "note.txt")
    visit.window.go("file_name", filing=visit.window.shown._filing)
    shown = visit.window.shown
    shown.field.input.clear()
    shown.pressed()
    assert "Écrivez un nom" in shown.summary.accessibleName()
    QTest.keyClicks(shown.field.input, "x" * 60)
    assert len(shown.field.input.text()) == 50
    assert shown._left.words == "Il reste 0 lettre."


def test_a_photo_that_says_nothing_of_itself_is_named_by_the_answers(
    visit: Visit, qtbot: QtBot, tmp_path: Path
) -> None:
    """A camera's file name helps nobody find a prescription again."""
    path = tmp_path / "IMG_2031.jpg"
    path.write_bytes(make_paper(Kind.PHOTO, CITIZENS[0], 1).data)
    filing = pick_photo(visit, qtbot, path)._filing
    assert filing.title == ""
    filing.category, filing.date = "ORD_SOIN", date(2026, 3, 3)
    visit.window.go("file_name", filing=filing)
    assert visit.window.shown.field.value == "Ordonnance du 3 mars 2026"


def test_a_heavy_photo_is_kept_as_it_was_shown(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """Under five megabytes, and looked at once more from the check."""
    heavy = make_paper(Kind.PHOTO_TOO_HEAVY, CITIZENS[0], 1)
    path = tmp_path / "photo.jpg"
    path.write_bytes(heavy.data)
    filing = pick_photo(visit, qtbot, path)._filing
    assert len(filing.candidate.data) <= 5_000_000
    assert filing.document._data == filing.candidate.data
    assert filing.candidate.media_type == "application/pdf"


# -- who may --------------------------------------------------------------------------------------


def test_filing_for_the_person_without_mandate_is_said_at_once(visit: Visit, qtbot: QtBot) -> None:
    """Before any work is done; the picker cannot be used."""
    visit.space.mode = AssistMode.FOR
    visit.window.go("file_pick")
    shown = visit.window.shown
    qtbot.waitUntil(lambda: "mandat" in shown.notice.words)
    assert not shown.picker.isEnabled()


def test_a_mandate_that_ended_meanwhile_files_nothing(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """It is said on the check, and every answer is still there."""
    check = to_check(visit, qtbot, stick / "note.txt")
    visit.space.mode = AssistMode.FOR
    check.pressed()
    qtbot.waitUntil(check.summary.isVisible)
    assert "mandat" in check.summary.accessibleName()
    assert not filed(visit)
    visit.space.mode = AssistMode.WITH
    check.pressed()
    reach(visit, qtbot, "file_done")


# -- after ----------------------------------------------------------------------------------------


def test_a_pc_that_cannot_write_says_so_and_offers_the_end(
    visit: Visit, qtbot: QtBot, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence asks to end the visit: the button is there, the answers are still there too."""
    check = to_check(visit, qtbot, stick / "ordonnance.pdf")
    assert not check.finish_button.isVisible()
    monkeypatch.setattr(visit.context.space.files, "folder", stick / "gone")
    check.main_button.click()
    qtbot.waitUntil(lambda: bool(check.summary.isVisible()), timeout=20_000)
    assert check.finish_button.isVisible()
    assert check.main_button.isEnabled()
    assert not filed(visit)


def test_offline_it_is_kept_and_said_so(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """« Envoyé » only once it was read back in the feed."""
    visit.context.status = SimpleNamespace(online=False, reason="offline", last_sync=None)
    to_check(visit, qtbot, stick / "note.txt").pressed()
    done = reach(visit, qtbot, "file_done")
    qtbot.waitUntil(lambda: "dès que possible" in done.state.words)
    visit.context.tell_status(SimpleNamespace(online=True, reason=None, last_sync=None))
    qtbot.waitUntil(lambda: "en train" in done.state.words)
    assert "Envoyé" not in done.state.words


def test_another_paper_begins_anew(visit: Visit, qtbot: QtBot, stick: Path) -> None:
    """No answer of the former one is left."""
    to_check(visit, qtbot, stick / "note.txt").pressed()
    reach(visit, qtbot, "file_done").main_button.click()
    shown = reach(visit, qtbot, "file_pick")
    assert not shown.picker.path.value
    assert visit.window.stack.count() == 1
