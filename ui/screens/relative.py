"""Someone close: who they are, how to call them, and what the person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import relatives
from app.codes.relationships import RelativeRole
from ui import formats, messages
from ui.screen import Screen
from ui.steps import Journey
from ui.steps import relative as steps
from ui.steps.rows import take_over_focus
from ui.steps.words import partial_day, relation_words
from ui.text import _
from ui.widgets import Answer, CheckAnswers, NoticeKind, Tile, TileGrid

if TYPE_CHECKING:
    from app.changes import Change
    from app.edits import Edit
    from app.fhir.related_person import RelativeBody
    from ui.session.context import SessionContext

__all__ = ["Relative"]


class Relative(Screen):
    """Ended is not erased: it can be undone on the next screen."""

    name: ClassVar[str] = "relative"

    def __init__(self, context: SessionContext, *, relative_id: str) -> None:
        super().__init__(_("Mes proches"))
        self.help_text = _(
            "Cette page montre une personne de votre liste. "
            "« Corriger » change son nom, son lien ou son téléphone. "
            "Rien ne change tant que vous n’avez pas relu."
        )
        self._context, self._id = context, relative_id
        self._busy = False
        self._body: RelativeBody | None = None
        self.facts = CheckAnswers()
        self._grid = TileGrid(columns=2)
        self.change = Tile(_("Corriger"), _("Le nom, le lien ou le téléphone"), icon_name="pencil-outline")
        self.end = Tile("", _("Retirer cette personne de la liste"), icon_name="account-remove-outline")
        self.change.clicked.connect(self._change)
        self.end.clicked.connect(self._end)
        for tile in (self.change, self.end):
            self._grid.add(tile)
        for widget in (self.facts, self._grid):
            self.body.addWidget(widget)
            widget.hide()
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    def entered(self) -> None:
        """Read them again."""
        space, relative_id = self._context.space, self._id
        self._context.tasks.run(
            lambda: relatives.relative(space, relative_id), self._show, self._failed, owner=self
        )

    def _changed(self, change: Change) -> None:
        if f"RelatedPerson/{self._id}" in change.ids and not self._busy:
            self.entered()

    def _show(self, body: RelativeBody) -> None:
        self._body = body
        self.set_title(body.name)
        is_trusted = body.role is RelativeRole.TRUSTED
        lines = (
            (_("Pour vous"), _("Personne de confiance") if is_trusted else _("Personne à prévenir")),
            (_("C’est"), relation_words(body)),
            (_("Téléphone"), formats.grouped(body.phone)),
            (_("Depuis le"), partial_day(body.start)),
        )
        self.facts.set_answers([Answer("", question, answer) for question, answer in lines if answer])
        over = _("Ce n’est plus ma personne de confiance") if is_trusted else _("Ne plus prévenir")
        self.end.set_title(over)
        self.facts.show()
        self._grid.show()
        take_over_focus(self)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._grid.hide()
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _change(self) -> None:
        if self._body is not None:
            self._context.go("entry_check", journey=steps.changing(self._context.space, self._body))

    def _end(self) -> None:
        space, relative_id = self._context.space, self._id
        if not self._busy:
            self._busy = True
            self._context.tasks.run(
                lambda: relatives.end(space, relative_id), self._ended, self._failed, owner=self
            )

    def _ended(self, edit: Edit) -> None:
        space, name = self._context.space, self._body.name if self._body else ""
        journey = Journey(
            questions=(),
            main="",
            save=lambda _answers: edit,
            undo=lambda done: relatives.undo(space, done),
            done_title=_("{name} n’est plus dans votre liste.").format(name=name),
            list_screen="relatives",
            list_words=_("Revenir à mes proches"),
            edit=edit,
        )
        self._context.replace("entry_done", journey=journey)
