"""A paper on its way to the space: what was answered so far. It survives Retour and Changer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app import intake
from app.identity_check import Verdict
from app.reader.values import Kind
from app.recognition import lacks_words
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from datetime import date

    from app.documents import Filed
    from app.fhir import Resource
    from app.intake import Candidate
    from app.reader.client import Reader
    from app.shared_scans import SharedScan
    from ui.recognising import Recognising
    from ui.session.context import SessionContext

__all__ = ["STEPS", "Filing", "step_on"]

# One question a screen, in this order.
STEPS = ("file_pick", "file_look", "file_category", "file_date", "file_name", "file_check", "file_done")


@dataclass(slots=True)
class Filing:
    """One paper and the answers about it."""

    file_name: str
    candidate: Candidate
    document: DrawnDocument
    category: str | None = None
    date: date | None = None
    title: str = ""
    filed: Filed | None = None
    scan: SharedScan | None = None
    """The file it came from, if that lies in the copier's folder."""
    is_theirs: bool = False
    """Said by the person, though the paper seems to name another."""
    is_confirmed: bool = False
    """Said by the person: it is a paper, though no word was found on it."""
    reading: Recognising | None = None
    """The words of its pages on their way, where it carries none."""
    instead_of: int | None = None
    """The number of the refused act in whose place it goes."""
    is_read: bool = False
    """Whether what was read on its first pages was taken into account."""

    @classmethod
    def of(
        cls, reader: Reader, file_name: str, candidate: Candidate, scan: SharedScan | None = None
    ) -> Filing:
        """Begin with what the paper itself proposes."""
        return cls(
            file_name,
            candidate,
            DrawnDocument(reader, candidate.data),
            category=candidate.proposed_category,
            date=candidate.proposed_date,
            title=candidate.proposed_title,
            scan=scan,
        )

    @property
    def seems_anothers(self) -> bool:
        """Whether it must be asked whose paper it is."""
        return self.candidate.identity.verdict is Verdict.OTHER and not self.is_theirs

    @property
    def first_pages(self) -> range:
        """The pages whose words decide what is proposed, and whether it is asked whose paper it is."""
        return range(min(intake.PAGES_READ, self.candidate.pages))

    @property
    def wants_words(self) -> bool:
        """Whether pages may carry words that nobody knows. Made lighter, they were read before."""
        candidate = self.candidate
        if candidate.opened.kind not in {Kind.PDF, Kind.TIFF, Kind.JPEG, Kind.PNG}:
            return False
        return candidate.shrunk_from is None or lacks_words(candidate.text)

    @property
    def is_first_read(self) -> bool:
        """Whether the words of the first pages are known."""
        reading = self.reading
        return reading is None or all(reading.knows(number) for number in self.first_pages)

    @property
    def shows_no_words(self) -> bool:
        """Whether all of it was read, and no word found: a radiograph, or a photo of something else."""
        reading = self.reading
        return (
            reading is not None
            and not reading.missing
            and reading.left == 0
            and lacks_words(self.candidate.text)
            and lacks_words(reading.text)
        )

    @property
    def findable(self) -> Candidate:
        """What is filed, with the words that were read so far."""
        if self.reading is None:
            return self.candidate
        words = (self.reading.text if self.candidate.shrunk_from is None else "") or self.candidate.text
        return replace(self.candidate, text=words)

    def went_in(self, filed: Filed) -> None:
        """Take note that it is filed; the words still unread are read on."""
        self.filed = filed
        if self.reading is not None:
            beside = self.candidate.text if self.candidate.shrunk_from is not None else ""
            self.reading.keep_for(filed.document_id, self.candidate.sha256, beside)
            self.reading.live_on()

    def proposed(self, patient: Resource) -> Candidate:
        """Propose anew with the words that were read; it may take a moment."""
        assert self.reading is not None  # noqa: S101 - asked with one
        words = self.reading.words(self.first_pages)
        return intake.with_words(self.candidate, self.file_name, words, patient=patient)

    def take(self, candidate: Candidate) -> None:
        """Take what is proposed; what the person has answered stands."""
        before, self.candidate, self.is_read = self.candidate, candidate, True
        if self.category == before.proposed_category:
            self.category = candidate.proposed_category
        if self.date == before.proposed_date:
            self.date = candidate.proposed_date
        if self.title == before.proposed_title:
            self.title = candidate.proposed_title


def step_on(context: SessionContext, filing: Filing, here: str, *, changing: bool) -> None:
    """Go to the next question, or back to the check where one came from to change an answer."""
    if changing:
        context.back()
    elif filing.seems_anothers and here in STEPS[:2]:
        context.go("paper_other", filing=filing, then=STEPS[STEPS.index(here) + 1])
    else:
        context.go(STEPS[STEPS.index(here) + 1], filing=filing)
