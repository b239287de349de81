"""« Mes proches »: the one trusted person, and those to call in an emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import relatives
from app.codes.relationships import RelativeRole
from app.relatives import Clash
from ui import messages, theme
from ui.screen import Screen
from ui.steps import relative as steps
from ui.steps.rows import EntryRow, emptied, nothing_yet, take_over_focus
from ui.steps.words import relation_words
from ui.text import _, joined
from ui.widgets import EmptyState, IconLine, MainButton, NoticeKind, PlainButton, Progress, SectionHeading

if TYPE_CHECKING:
    from app.changes import Change
    from app.errors import TandemError
    from app.fhir.related_person import RelativeBody
    from ui.session.context import SessionContext
    from ui.steps import Journey

__all__ = ["Relatives"]

_TYPES = frozenset({"RelatedPerson", "Provenance", "Consent", "Patient"})
_Found = tuple[relatives.Relatives, Clash | None, "TandemError | None"]


class Relatives(Screen):
    """Each line opens the person; a conflict is asked before anything else is done."""

    name: ClassVar[str] = "relatives"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Mes proches"))
        self.help_text = _(
            "La personne de confiance vous accompagne. "
            "Elle dit ce que vous voulez si vous ne pouvez plus parler. "
            "Les personnes à prévenir sont appelées s’il vous arrive quelque chose."
        )
        self._context = context
        self._looked = False
        self.conflict = MainButton(_("Choisir qui garder"), icon_name="account-question-outline")
        self.conflict.clicked.connect(lambda: context.go("conflict", about="relatives"))
        self._progress = Progress(_("Un instant, nous cherchons…"))
        self._progress.start_after()
        self.lists = QWidget()
        self._column = QVBoxLayout(self.lists)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE[1])
        self.body.addWidget(self.conflict, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._progress)
        self.body.addWidget(self.lists)
        self.conflict.hide()
        self.rows: list[EntryRow] = []
        self.name_trusted: PlainButton | None = None
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    def entered(self) -> None:
        """Read them again; the first look is journaled."""
        self._read()

    def _changed(self, change: Change) -> None:
        if change.types & _TYPES:
            self._read()

    def _read(self) -> None:
        space, journaled = self._context.space, not self._looked

        def read() -> _Found:
            return (
                relatives.relatives(space, journaled=journaled),
                relatives.clash(space),
                _refused(self._context),
            )

        self._looked = True
        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _failed(self, error: Exception) -> None:
        self._looked = False
        self._progress.stop()
        self._clear()
        self._column.addWidget(EmptyState(messages.sentence(error), icon_name="lock-outline"))

    def _show(self, found: _Found) -> None:
        told, clash, refused = found
        self._progress.stop()
        self._clear()
        self.say(clash_words(clash) if clash else "", NoticeKind.WAIT)
        self.conflict.setVisible(clash is not None)
        if clash is None or clash.role is not RelativeRole.TRUSTED:
            self._show_trusted(told.trusted, refused)
        self._show_contacts(told)
        take_over_focus(self)

    def _show_trusted(self, trusted: RelativeBody | None, refused: TandemError | None) -> None:
        self._column.addWidget(SectionHeading(_("Ma personne de confiance")))
        if trusted is not None:
            self._add(trusted, "account-heart-outline")
        elif refused is not None:
            self._column.addWidget(nothing_yet("information-outline", messages.sentence(refused)))
        else:
            words = _("Personne n’est choisi. Vous pouvez choisir quelqu’un qui vous connaît bien.")
            self._column.addWidget(nothing_yet("account-heart-outline", words))
        if refused is None:
            ask = _("Choisir quelqu’un d’autre") if trusted else _("Choisir une personne de confiance")
            self.name_trusted = PlainButton(ask, icon_name="account-heart-outline")
            self.name_trusted.clicked.connect(
                lambda: self._start(steps.naming_trusted(self._context.space, trusted))
            )
            self._column.addWidget(self.name_trusted, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_contacts(self, told: relatives.Relatives) -> None:
        self._column.addSpacing(theme.SPACE[2])
        self._column.addWidget(SectionHeading(_("Personnes à prévenir")))
        if not told.contacts and not told.elsewhere:
            words = _("Personne n’est noté. Qui faut-il appeler s’il vous arrive quelque chose ?")
            self._column.addWidget(nothing_yet("phone-outline", words))
        for each in told.contacts:
            self._add(each, "phone-outline")
        for each in told.elsewhere:
            line = joined(" · ", (each.name, relation_words(each), each.phone, _("noté ailleurs")))
            self._column.addWidget(IconLine("phone-outline", line))
        self.add_contact = PlainButton(_("Ajouter une personne à prévenir"), icon_name="plus")
        self.add_contact.clicked.connect(lambda: self._start(steps.adding_contact(self._context.space)))
        self._column.addWidget(self.add_contact, 0, Qt.AlignmentFlag.AlignLeft)

    def _add(self, body: RelativeBody, icon_name: str) -> None:
        second = joined(" · ", (relation_words(body), body.phone))
        row = EntryRow(body.name, second, icon_name=icon_name)
        row.clicked.connect(lambda: self._context.go("relative", relative_id=body.id))
        self._column.addWidget(row)
        self.rows.append(row)

    def _clear(self) -> None:
        self.rows, self.name_trusted = [], None
        emptied(self._column)

    def _start(self, journey: Journey) -> None:
        self._context.go("entry_question", journey=journey, key=journey.first().key)


def clash_words(clash: Clash) -> str:
    """Say what two people changed at once."""
    if clash.role is RelativeRole.TRUSTED:
        return _("Deux personnes ont changé la personne de confiance.")
    return _("Deux personnes ont changé une personne à prévenir.")


def _refused(context: SessionContext) -> TandemError | None:
    from app.errors import TandemError

    try:
        relatives.may_name_trusted(context.space)
    except TandemError as error:
        return error
    return None
