"""« S’entraîner »: with a made-up person, alone or led by the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import counter
from app.fhir.patient import display_name
from ui import messages
from ui.practice.person import PAPERS, draw
from ui.practice.visit import PracticeVisit
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine, NoticeKind, Progress, Tile, TileGrid

if TYPE_CHECKING:
    from app.space import Space
    from ui.session.context import SessionContext

__all__ = ["Practice"]


class Practice(Screen):
    """Opens the made-up space when one of the two ways is chosen."""

    name: ClassVar[str] = "practice"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("On s’entraîne"),
            _("Tout marche comme en vrai. Rien ne peut mal tourner."),
            back=False,
            finish=True,
        )
        self.help_text = _(
            "Cette page sert à s’entraîner avec une personne inventée. "
            "Vous pouvez tout essayer. "
            "Rien n’est envoyé, et tout est effacé à la fin."
        )
        self._context = context
        self._guided = False
        card = Card()
        for icon_name, words in (
            ("account-question-outline", _("Odette Exemple n’existe pas. Ses papiers sont inventés.")),
            ("cloud-off-outline", _("Rien ne part de cet ordinateur.")),
            ("broom", _("À la fin, tout est effacé.")),
        ):
            card.column.addWidget(IconLine(icon_name, words))
        self.body.addWidget(card)
        self.ways = TileGrid(columns=2, ems=15)
        self.guided = Tile(_("Visite guidée"), _("On vous montre, pas à pas."), icon_name="sign-direction")
        self.alone = Tile(_("Essayer librement"), _("Vous découvrez par vous-même."), icon_name="gesture-tap")
        for tile, guided in ((self.guided, True), (self.alone, False)):
            tile.clicked.connect(lambda _checked=False, guided=guided: self._open(guided=guided))
            self.ways.add(tile)
        # The guide leads through a kiosk's home.
        self.guided.setVisible(not counter.is_counter(context.start.place))
        self.body.addWidget(self.ways)
        self.progress = Progress(_("Un instant, nous préparons les papiers…"))
        self.progress.hide()
        self.body.addWidget(self.progress)

    def _open(self, *, guided: bool) -> None:
        visit = self._context.visit
        if not isinstance(visit, PracticeVisit) or not self.ways.isEnabled():
            return
        self._guided = guided
        self.ways.setEnabled(False)
        self.progress.start_after()
        today = self._context.today()
        papers = [(paper, draw(paper, today)) for paper in PAPERS]
        self._context.tasks.run(lambda: visit.open_practice(papers), self._opened, self._failed, owner=self)

    def _opened(self, space: Space) -> None:
        self._context.navigator.opened(space, display_name(space.patient))
        self._context.navigator.restart("home")
        if self._guided:
            self._context.navigator.guide()

    def _failed(self, error: Exception) -> None:
        self.progress.stop()
        self.ways.setEnabled(True)
        self.say(messages.sentence(error), NoticeKind.BAD)
