"""Papers that are pictures only, as a copier or a telephone makes them: read, searched, said, asked about."""

from __future__ import annotations

import io
import random
import time
from typing import TYPE_CHECKING, Any

import img2pdf
import pytest
from PIL import Image

from app import intake
from app.reader.client import Reader
from app.reader.ocr import Ocr
from app.records import DocumentQuery
from sync.service.demo.copies import scanned
from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS
from ui.bench.made_up_pages import prescription
from ui.recognising import Recognising
from ui.speech.document_source import DocumentSource
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.reader.paper_values import PageWords

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
Copies = Any  # a function from a citizen to the scan of their prescription

needs_tesseract = pytest.mark.skipif(
    not Ocr.is_here(), reason="tesseract with French is not installed (Debian: tesseract-ocr-fra)"
)
JEANNE, SIMONE = 0, 1


@pytest.fixture(scope="module")
def copy() -> Iterator[Callable[[int], Image.Image]]:
    """Make the scan of a prescription; the same page is drawn once."""
    drawn: dict[int, Image.Image] = {}
    with Reader() as reader:

        def made(whose: int) -> Image.Image:
            if whose not in drawn:
                reader.open(prescription("Helvetica", whose, reader))
                page = reader.page(0, 2480)
                chance = random.Random(whose)
                drawn[whose] = Image.open(
                    io.BytesIO(scanned(page.width, page.height, page.rgb, chance))
                ).convert("L")
            return drawn[whose]

        yield made


def picture_pdf(*pages: Image.Image) -> bytes:
    """Bind pictures as a copier does: no word in it."""
    return bytes(img2pdf.convert([jpeg(page) for page in pages]))


def jpeg(page: Image.Image) -> bytes:
    """A page as a copier keeps it, with its dots an inch."""
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80, dpi=(200, 200))
    return out.getvalue()


def tiff(*pages: Image.Image) -> bytes:
    """A fax: black and white, several pages in one file."""
    out = io.BytesIO()
    first, *others = [page.point(lambda level: 255 * (level > 150)).convert("1") for page in pages]
    first.save(out, "TIFF", save_all=True, append_images=others, compression="group4", dpi=(200, 200))
    return out.getvalue()


def blank() -> Image.Image:
    """A page with nothing on it."""
    return Image.new("L", (1654, 2339), 248)


def cat() -> Image.Image:
    """Something that is no paper."""
    noise = Image.frombytes("L", (30, 40), random.Random(1).randbytes(1200))
    return noise.resize((1240, 1654), Image.Resampling.BICUBIC)


def reach(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen."""
    qtbot.waitUntil(lambda: visit.window.screen_name == name, timeout=40_000)
    return visit.window.shown


def pick(visit: Visit, qtbot: QtBot, path: Path, data: bytes) -> Shown:
    """Write a file and choose it."""
    path.write_bytes(data)
    visit.window.go("file_pick")
    visit.window.shown.picker._chosen(str(path))
    qtbot.waitUntil(lambda: visit.window.screen_name in {"file_look", "paper_other"}, timeout=20_000)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.panel.has_document, timeout=20_000)
    return shown


def receive(visit: Visit, data: bytes, media_type: str = "application/pdf") -> str:
    """Get a paper from elsewhere; return its id."""
    paper = make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1)
    given = Paper(**{**{name: getattr(paper, name) for name in paper.__slots__}, "data": data})
    del media_type
    return str(visit.receive(given)[0])


def view(visit: Visit, qtbot: QtBot, document_id: str) -> Shown:
    """Open a paper of the space."""
    visit.window.go("document_view", document_id=document_id)
    shown = visit.window.shown
    # The drawn pages come first, what looks for their words a moment later.
    qtbot.waitUntil(lambda: shown.panel.reading is not None and shown._reading is not None, timeout=15_000)
    return shown


def found(visit: Visit, words: str) -> list[str]:
    """Search as the list does."""
    return [row.id for row in visit.space.records.documents(DocumentQuery(text=words))]


# -- filing -------------------------------------------------------------------------------------------


@needs_tesseract
@pytest.mark.parametrize("kind", ["pdf", "tif"])
def test_a_picture_only_paper_proposes_what_its_words_say(
    visit: Visit, qtbot: QtBot, tmp_path: Path, copy: Copies, kind: str
) -> None:
    """Its sort, its date, its name; found by its words once it is filed, and not read twice."""
    data = picture_pdf(copy(JEANNE)) if kind == "pdf" else tiff(copy(JEANNE), copy(JEANNE))
    look = pick(visit, qtbot, tmp_path / f"scan0001.{kind}", data)
    filing = look._filing
    assert not filing.candidate.text.strip()
    look.pressed()
    category = reach(visit, qtbot, "file_category")
    assert category.choices.value() == "ORD_SOIN"
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    assert when.fields.date() == make_paper(Kind.PRESCRIPTION, CITIZENS[JEANNE], JEANNE).day
    when.pressed()
    name = reach(visit, qtbot, "file_name")
    assert name.field.value
    name.pressed()
    reach(visit, qtbot, "file_check").pressed()
    reach(visit, qtbot, "file_done")
    filed = filing.filed
    qtbot.waitUntil(lambda: found(visit, "maison de santé") == [filed.document_id], timeout=40_000)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=40_000)
    kept = visit.space.records.recognised(filed.document_id, filing.candidate.sha256)
    assert set(kept) == set(range(filing.candidate.pages))
    with visit.space.files.open(filed.document_id) as file:
        assert file.read() == data


@needs_tesseract
def test_a_picture_of_another_persons_paper_is_asked_about(
    visit: Visit, qtbot: QtBot, tmp_path: Path, copy: Copies
) -> None:
    """After one has looked at it, before any question; « not the right paper » files nothing."""
    look = pick(visit, qtbot, tmp_path / "scan.pdf", picture_pdf(copy(SIMONE)))
    look.pressed()
    asked = reach(visit, qtbot, "paper_other")
    assert "ROCHE" in (asked._filing.candidate.identity.seen.name or "").upper()
    asked.theirs.click()
    reach(visit, qtbot, "file_category")


@needs_tesseract
def test_one_may_go_on_without_waiting_and_is_still_asked(
    visit: Visit, qtbot: QtBot, tmp_path: Path, copy: Copies
) -> None:
    """The words that come later still tell whose paper it is, before it is filed."""
    look = pick(visit, qtbot, tmp_path / "scan.pdf", picture_pdf(copy(SIMONE), copy(SIMONE)))
    look.pressed()
    assert look._go_without.isVisible()
    assert not look.main_button.isEnabled()
    look._go_without.click()
    category = reach(visit, qtbot, "file_category")
    filing = category._filing
    assert not filing.is_read
    category.choices.choose("ORD_SOIN")
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    when._today.click()
    when.pressed()
    name = reach(visit, qtbot, "file_name")
    name.field.input.setText("Un papier")
    name.pressed()
    check = reach(visit, qtbot, "file_check")
    qtbot.waitUntil(lambda: filing.is_first_read, timeout=40_000)
    check.pressed()
    reach(visit, qtbot, "paper_other")
    visit.window.back()
    visit.window.shown.pressed()  # asked again, not filed
    reach(visit, qtbot, "paper_other").theirs.click()
    check = reach(visit, qtbot, "file_check")
    assert (filing.category, filing.title) == ("ORD_SOIN", "Un papier")
    check.pressed()
    reach(visit, qtbot, "file_done")


@needs_tesseract
def test_a_file_without_any_word_is_asked_about(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """A cat in a PDF: no goes back, yes goes on."""
    look = pick(visit, qtbot, tmp_path / "chat.pdf", picture_pdf(cat()))
    look.pressed()
    reach(visit, qtbot, "paper_no_text").other.click()
    look = reach(visit, qtbot, "file_look")
    assert look.main_button.isEnabled()
    look._filing.is_read = False
    look.pressed()
    reach(visit, qtbot, "paper_no_text").main_button.click()
    reach(visit, qtbot, "file_category")


def test_without_the_recognition_filing_is_as_before(
    visit: Visit, qtbot: QtBot, tmp_path: Path, copy: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is waited for, nothing is asked."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    look = pick(visit, qtbot, tmp_path / "scan.pdf", picture_pdf(copy(JEANNE)))
    qtbot.waitUntil(lambda: look._filing.is_first_read)
    look.pressed()
    assert reach(visit, qtbot, "file_category").choices.value() is None


# -- the space ----------------------------------------------------------------------------------------


@needs_tesseract
def test_a_picture_from_elsewhere_is_read_found_and_said(visit: Visit, qtbot: QtBot, copy: Copies) -> None:
    """Its words are shown with the warning, and are said after it."""
    document_id = receive(visit, picture_pdf(copy(JEANNE), blank(), copy(JEANNE)))
    assert not found(visit, "maison")
    shown = view(visit, qtbot, document_id)
    shown.panel._swap.click()
    qtbot.waitUntil(lambda: "Docteur" in shown.panel.text.toPlainText(), timeout=40_000)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=60_000)
    assert "peut se tromper" in shown.notice.words
    assert found(visit, "maison") == [document_id]
    told: list[Any] = []
    source = DocumentSource(shown, shown.panel)
    source.more(told.append)
    source.more(told.append)
    words = " ".join(one.words for one in told[1])
    assert words.index("se tromper") < words.index("Maison de santé")


@needs_tesseract
def test_what_was_recognised_is_taken_up_and_not_done_again(
    visit: Visit, qtbot: QtBot, copy: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after a page, it goes on with the next one at the next look; the same holds for voices."""
    document_id = receive(visit, picture_pdf(*[copy(JEANNE)] * 3))
    shown = view(visit, qtbot, document_id)
    qtbot.waitUntil(lambda: shown._reading.knows(0), timeout=40_000)
    shown._reading.stop()
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=40_000)
    assert shown._reading.left == 2
    visit.window.back()
    read: list[bytes] = []
    monkeypatch.setattr(Ocr, "read", counted(read, Ocr.read))
    again = view(visit, qtbot, document_id)
    qtbot.waitUntil(lambda: again._reading.left == 0, timeout=60_000)
    assert len(read) == 2
    assert again._reading.words([0])


def counted(seen: list[bytes], read: Callable[..., PageWords]) -> Callable[..., PageWords]:
    """Note each picture that is read."""

    def noted(self: Ocr, picture: bytes, **how: bool) -> PageWords:
        seen.append(picture)
        return read(self, picture, **how)

    return noted


@needs_tesseract
def test_a_page_on_its_head_is_read(visit: Visit, qtbot: QtBot, copy: Copies) -> None:
    """As the copier took it: the picture stays as it is, the words are right."""
    shown = view(visit, qtbot, receive(visit, picture_pdf(copy(JEANNE).rotate(180))))
    qtbot.waitUntil(lambda: shown._reading.left == 0, timeout=60_000)
    assert "Maison de santé" in shown._reading.text


@needs_tesseract
def test_a_long_paper_says_how_much_is_left_and_can_be_stopped(
    visit: Visit, qtbot: QtBot, copy: Copies
) -> None:
    """The page that is looked at is read first; pressing « stop » leaves what is known."""
    shown = view(visit, qtbot, receive(visit, picture_pdf(*[copy(JEANNE)] * 12)))
    qtbot.waitUntil(lambda: shown._progress.isVisibleTo(shown), timeout=40_000)
    assert "encore 12 pages" in shown._progress.text.words
    shown.panel.pages.go_to(8)
    shown.panel._swap.click()
    qtbot.waitUntil(lambda: shown._reading.knows(8), timeout=40_000)
    assert not shown._reading.knows(7)
    shown._stop_reading.click()
    assert not shown._progress.isVisibleTo(shown)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=5_000)
    assert 2 <= shown._reading.whole - shown._reading.left <= 4
    assert found(visit, "maison")


@needs_tesseract
def test_the_end_of_the_visit_does_not_wait_for_words(visit: Visit, qtbot: QtBot, copy: Copies) -> None:
    """What reads is ended with the reader process."""
    shown = view(visit, qtbot, receive(visit, picture_pdf(*[copy(JEANNE)] * 4)))
    qtbot.waitUntil(lambda: shown._reading.knows(0), timeout=40_000)
    started = time.monotonic()
    for end in visit.context.at_end:
        end()
    shown._reading._is_paused = True
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=5_000)
    assert time.monotonic() - started < 3


def test_a_paper_that_says_enough_is_not_recognised(
    visit: Visit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page says itself is believed more."""
    read: list[bytes] = []
    monkeypatch.setattr(Ocr, "read", counted(read, Ocr.read))
    shown = view(visit, qtbot, visit.receive(make_paper(Kind.LAB, CITIZENS[0], 1))[0])
    qtbot.waitUntil(lambda: shown._reading is not None and shown._reading.left == 0, timeout=20_000)
    assert not read
    assert not shown._reading.has_pictures


@pytest.mark.slow
@pytest.mark.timeout(1500)
@needs_tesseract
def test_two_hundred_pages_are_read_in_little_memory(visit: Visit, qtbot: QtBot, copy: Copies) -> None:
    """One page at a time; the screen thread waits for none of them."""
    import resource

    page = copy(JEANNE).resize((827, 1170))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shown = view(visit, qtbot, receive(visit, picture_pdf(*[page] * 200)))
    longest, last = 0.0, time.monotonic()
    while shown._reading.left:
        qtbot.wait(5)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
    assert longest < 2  # a busy machine: what this screen does itself takes a millisecond a page
    assert shown._reading.whole == intake.PAGES_FOUND


def test_a_document_that_goes_takes_its_reading_with_it(visit: Visit, qtbot: QtBot, copy: Copies) -> None:
    """A screen that is left while a page is read: nothing comes back to it."""
    shown = view(visit, qtbot, receive(visit, picture_pdf(copy(JEANNE))))
    shown._reading.go_on()
    visit.window.home()
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=40_000)
    assert not visit.context.at_end


def test_a_reading_that_lives_on_ends_by_itself(visit: Visit, qtbot: QtBot) -> None:
    """After its screens have gone."""
    data = make_paper(Kind.LAB, CITIZENS[0], 1).data
    document = DrawnDocument(visit.context.reader, data)
    reading = Recognising(visit.context, document, range(1), visit.window)
    gone: list[bool] = []
    reading.destroyed.connect(lambda: gone.append(True))
    reading.live_on()
    reading.go_on()
    qtbot.waitUntil(lambda: bool(gone), timeout=20_000)
