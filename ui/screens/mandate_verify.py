"""« Vérifier un mandat papier »: by its code (scanned, photographed, typed) or its number; no network needed.

What was found is said in one sentence; then the text stands on the screen, letter by letter, as it must
stand on the paper: a change made by pen is seen by comparing. Of someone else's paper nothing is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import paper_checks
from app.mandate_papers import PREFIX, PaperNotAMandate, Verdict
from app.paper import Paper
from app.reader.papers import Papers
from ui import formats, messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import SOURCE_LANGUAGE, _, joined, mark
from ui.widgets import (
    BarLayout,
    Card,
    Field,
    NoticeKind,
    PlainButton,
    Progress,
    SectionHeading,
    Text,
)

if TYPE_CHECKING:
    from app.mandate_papers import Checked
    from app.mandates import Mandate
    from app.paper_checks import Looked
    from ui.session.context import SessionContext

__all__ = ["MandateVerify", "verdict_words"]

_OK, _WAIT, _BAD = NoticeKind.OK, NoticeKind.WAIT, NoticeKind.BAD
VERDICTS: dict[Verdict, tuple[NoticeKind, str]] = {
    Verdict.RUNNING: (_OK, mark("Ce mandat est vrai. Il court jusqu’au {end}.")),
    Verdict.NOT_BEGUN: (_WAIT, mark("Ce mandat est vrai. Il ne commence que le {start}.")),
    Verdict.EXPIRED: (_WAIT, mark("Ce mandat est vrai, mais il est terminé depuis le {end}.")),
    Verdict.REVOKED: (_BAD, mark("Ce mandat a été arrêté. Il ne permet plus rien.")),
    Verdict.EDITED: (
        _BAD,
        mark("Ce papier a été changé. Ne vous y fiez pas. Demandez l’autre exemplaire."),
    ),
    Verdict.SOMEONE_ELSES: (_BAD, mark("Ce mandat est celui d’une autre personne. Rendez-lui ce papier.")),
    Verdict.OTHER_SERVICE: (
        _BAD,
        mark("Ce mandat vient d’un autre service. Demandez à la structure qui l’a imprimé."),
    ),
    Verdict.OTHER_ORGANIZATION: (
        _BAD,
        mark("Ce mandat est vrai, mais il est donné à une autre structure : {organization}."),
    ),
    Verdict.UNKNOWN_PC: (
        _BAD,
        mark(
            "Ce poste ne connaît pas l’ordinateur qui a fait ce papier. "
            "Demandez à la structure qui l’a imprimé."
        ),
    ),
    Verdict.PC_LEFT_BEFORE: (
        _BAD,
        mark("Ce papier vient d’un ordinateur retiré du service. Ne vous y fiez pas."),
    ),
    Verdict.UNKNOWN_TEMPLATE: (
        _BAD,
        mark("Ce mandat vient d’un Tandem plus récent. Appelez la personne qui s’occupe de ce poste."),
    ),
}


class MandateVerify(Screen):
    """Asks for the code or the number, says what it is worth."""

    name: ClassVar[str] = "mandate_verify"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Vérifier un mandat papier"),
            _("Scannez le papier du côté du code, ou tapez son numéro."),
            main=_("Vérifier"),
        )
        self.help_text = _(
            "Cette page dit si un mandat sur papier est vrai. "
            "Scannez la page où il y a le carré noir et blanc. "
            "Sans scanner, tapez le numéro écrit sous le carré."
        )
        self._context = context
        self._paper = Paper()
        self._busy = False
        self.number = Field(_("Numéro du mandat"), _("Par exemple : K3QF-7M2A-XD4B"))
        self._progress = Progress(_("Un instant, nous lisons le code…"))
        self._progress.hide()
        self._text = Card()
        self._text.hide()
        scan = PlainButton(_("Scanner le papier"), icon_name="scanner")
        photo = PlainButton(_("Choisir une photo"), icon_name="image-outline")
        scan.clicked.connect(lambda: context.go("scan", paper=self._anew(), adding=True))
        photo.clicked.connect(lambda: context.go("file_pick", paper=self._anew()))
        row = BarLayout()
        row.setSpacing(theme.SPACE[1])
        for button in (scan, photo):
            row.addWidget(button)
        self.body.addWidget(self._progress)
        self.body.addLayout(row)
        self.body.addWidget(self.number)
        self.body.addWidget(self._text)

    def _anew(self) -> Paper:
        self._paper = Paper()
        self.say("")
        self._text.hide()
        return self._paper

    def entered(self) -> None:
        """Read the code of the pages that were scanned meanwhile."""
        pages = [page.picture for page in self._paper.pages]
        if not pages or self._busy:
            return
        self._busy = True
        self._paper = Paper()
        self._progress.start_after()
        context = self._context

        def read() -> str:
            asked = Papers(context.reader)
            found = [code.text for picture in pages for code in asked.codes(picture)]
            ours = [text for text in found if text.upper().startswith(PREFIX)]
            if not found or not ours:
                raise PaperNotAMandate
            return ours[0]

        context.tasks.run(read, self._check, self._failed, lane=Lane.READER, owner=self)

    def pressed(self) -> None:
        """Check what was typed: the whole code, as a scanner types it, or the number."""
        typed = self.number.value
        missing = "" if typed else _("Tapez le numéro du mandat, ou scannez le papier.")
        self.number.set_error(missing)
        self.summary.show_errors([(missing, self.number.take_focus)] if missing else [])
        if missing or self._busy:
            return
        self.say("")
        self._text.hide()
        if typed.upper().startswith("TANDEM"):
            self._check(typed)
        else:
            self._busy = True
            space = self._context.space
            self._context.tasks.run(
                lambda: paper_checks.by_number(space, typed), self._numbered, self._failed, owner=self
            )

    def _check(self, code: str) -> None:
        self._busy = True
        space, pcs = self._context.space, getattr(self._context.start, "pcs", ())
        self._context.tasks.run(
            lambda: paper_checks.check_paper(space, code, pcs), self._checked, self._failed, owner=self
        )

    def _checked(self, looked: Looked) -> None:
        self._still()
        checked = looked.checked
        kind, words = verdict_words(checked)
        if checked.verdict is Verdict.RUNNING and not looked.is_kept:
            kind = NoticeKind.WAIT
            more = _("Votre espace ne le connaît pas encore. Regardez si le papier est signé.")
            words = joined(" ", (words, more))
        self.say(words, kind)
        if checked.is_whole:
            self._show_text(checked.text)

    def _show_text(self, text: str) -> None:
        """Show what must stand on the paper; French alone, as there."""
        self._text.hide()
        old, self._text = self._text, Card()
        self._text.hide()
        self.body.replaceWidget(old, self._text)
        old.deleteLater()
        self._text.column.addWidget(SectionHeading(_("Le papier doit dire exactement ceci")))
        for paragraph in text.strip().split("\n\n"):
            self._text.column.addWidget(Text(paragraph, language=SOURCE_LANGUAGE))
        self._text.show()
        self.order_tabs()

    def _numbered(self, mandate: Mandate | None) -> None:
        self._still()
        if mandate is None:
            self.say(_("Aucun de vos mandats n’a ce numéro. Vérifiez chaque lettre."), NoticeKind.BAD)
            self.number.take_focus()
        else:
            self._context.go("mandate", mandate=mandate)

    def _failed(self, error: Exception) -> None:
        self._still()
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _still(self) -> None:
        self._busy = False
        self._progress.stop()


def verdict_words(checked: Checked) -> tuple[NoticeKind, str]:
    """Say what a paper is worth, and how alarming that is."""
    kind, words = VERDICTS[checked.verdict]
    facts = checked.proof.facts
    said = _(words).format(
        start=formats.day(facts.start), end=formats.day(facts.end), organization=facts.organization
    )
    return kind, said
