"""« Les mots de la visite »: what the person's paper says opens the visit that was prepared for today."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.fhir import patient as patients
from app.paper import Paper
from app.reader.papers import Papers
from app.visit_code import CodeOfAnother, read_any
from ui import messages
from ui.screen import Screen
from ui.session.prepared_visit import PreparedVisit
from ui.tasks import Lane
from ui.text import _
from ui.widgets import BarLayout, Field, NoticeKind, PlainButton, Progress

if TYPE_CHECKING:
    from app.space import Space
    from ui.session.context import SessionContext

__all__ = ["VisitCode"]


class VisitCode(Screen):
    """Asks for the words, or for the code to be read."""

    name: ClassVar[str] = "visit_code"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Les mots de la visite"),
            _("Ils sont sur le papier que la personne a gardé."),
            main=_("Ouvrir la visite"),
            back=False,
            finish=True,
        )
        self.help_text = _(
            "Cette page ouvre une visite préparée, même sans réseau. "
            "Tapez les huit mots du papier, ou lisez son code avec un lecteur. "
            "Après plusieurs erreurs, il faut attendre."
        )
        self._context = context
        self._scanned: Paper | None = None
        self.words = Field(_("Les huit mots"), _("Par exemple : olive-chat-moulin…"), limit=200)
        self.progress = Progress(_("Nous ouvrons la visite…"))
        self.progress.hide()
        self.scan_button = PlainButton(_("Scanner le papier"), icon_name="scanner")
        self.scan_button.clicked.connect(self._scan)
        row = BarLayout()
        row.addWidget(self.scan_button)
        self.body.addWidget(self.words)
        self.body.addWidget(self.progress)
        self.body.addLayout(row)
        if context.start.was_opened:
            self.say(
                _(
                    "Cette visite a déjà été ouverte aujourd’hui. "
                    "Ce qui a été rangé alors est sous enveloppe fermée et n’apparaît pas ici."
                ),
                NoticeKind.INFO,
            )

    def pressed(self) -> None:
        """Try what was typed, as people type it or as a hand-held reader does."""
        text = self.words.value.strip()
        missing = "" if text else _("Tapez les mots du papier.")
        self.words.set_error(missing)
        self.summary.show_errors([(missing, self.words.take_focus)] if missing else [])
        if text and not self.progress.isVisible():
            self._try(text)

    def _try(self, text: str) -> None:
        visit = self._context.visit
        assert isinstance(visit, PreparedVisit)  # noqa: S101 - the window shows this screen for one only
        self.say("")
        self.progress.show()
        self._context.tasks.run(
            lambda: visit.open_with(text), self._opened, self._failed, lane=Lane.NETWORK, owner=self
        )

    def _opened(self, space: Space) -> None:
        navigator = self._context.navigator
        navigator.opened(space, patients.display_name(space.patient))
        navigator.restart("help_mode")

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.say(messages.sentence(error, at_the_door=True), NoticeKind.BAD)
        self.words.take_focus()

    # -- the paper, scanned -----------------------------------------------------------------------------

    def _scan(self) -> None:
        self._scanned = Paper()
        self.say("")
        self._context.go("scan", paper=self._scanned, adding=True)

    def entered(self) -> None:
        """Read the code of the page that was scanned meanwhile."""
        paper, self._scanned = self._scanned, None
        if paper is None or not paper.pages:
            return
        pages, context = [page.picture for page in paper.pages], self._context
        self.progress.show()

        def read() -> str:
            found = [code.text for picture in pages for code in Papers(context.reader).codes(picture)]
            words = read_any(found, context.start.prepared)
            if words is None:
                raise CodeOfAnother
            return words

        context.tasks.run(read, self._try, self._failed, lane=Lane.READER, owner=self)
