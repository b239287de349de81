"""« Mes proches »: the one trusted person, and those to call in an emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import relatives
from app.codes.relationships import RelativeRole
from app.relatives import Clash
from ui import formats, messages, theme
from ui.steps import relative as steps
from ui.steps.room import Room
from ui.steps.rows import Entry, EntryList, nothing_yet
from ui.steps.words import relation_words
from ui.text import _, dotted, joined
from ui.widgets import Card, IconLine, PlainButton, SectionHeading

if TYPE_CHECKING:
    from app.errors import TandemError
    from app.fhir.related_person import RelativeBody
    from ui.session.context import SessionContext

__all__ = ["Relatives"]

_LEFT = Qt.AlignmentFlag.AlignLeft
_Found = tuple[relatives.Relatives, Clash | None, "TandemError | None"]


class Relatives(Room[_Found]):
    """Each line opens the person; a conflict is asked before anything else is done."""

    name: ClassVar[str] = "relatives"
    types: ClassVar = frozenset({"RelatedPerson", "Provenance", "Consent", "Patient"})

    def __init__(self, context: SessionContext) -> None:
        self._former: RelativeBody | None = None
        super().__init__(context, _("Mes proches"), choose=_("Choisir qui garder"))
        self.help_text = _(
            "Cette page montre qui vous aide et qui appeler. "
            "La personne de confiance parle pour vous si vous ne pouvez plus. "
            "Les personnes à prévenir sont appelées s’il vous arrive quelque chose."
        )

    @property
    def entry_lists(self) -> tuple[EntryList, ...]:
        """The trusted person, then those to call."""
        return self.trusted, self.contacts

    def make_lists(self) -> QWidget:
        """Return both lists, each with its way to add."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        self._trusted_part = self._part_of_trusted()
        column.addWidget(self._trusted_part)
        column.addSpacing(theme.SPACE[2])
        self.contacts, self._elsewhere = EntryList(), Card()
        self._no_contact = nothing_yet(
            "phone-outline", _("Personne n’est noté. Qui faut-il appeler s’il vous arrive quelque chose ?")
        )
        self._elsewhere_words = IconLine("phone-outline", "")
        self._elsewhere.column.addWidget(self._elsewhere_words)
        self.add_contact = PlainButton(_("Ajouter une personne à prévenir"), icon_name="plus")
        self.add_contact.clicked.connect(lambda: self.start(steps.adding_contact(self._context.space)))
        heading = SectionHeading(_("Personnes à prévenir"))
        for widget in (heading, self._no_contact, self.contacts, self._elsewhere):
            column.addWidget(widget)
        column.addWidget(self.add_contact, 0, _LEFT)
        for each in (self.trusted, self.contacts):
            each.opened.connect(lambda key: self._context.go("relative", relative_id=key))
        return page

    def _part_of_trusted(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        self.trusted = EntryList()
        self._no_trusted, self._no_trusted_words = Card(), IconLine("account-heart-outline", "")
        self._no_trusted.column.addWidget(self._no_trusted_words)
        self.name_trusted = PlainButton("", icon_name="account-heart-outline")
        self.name_trusted.clicked.connect(
            lambda: self.start(steps.naming_trusted(self._context.space, self._former))
        )
        for widget in (SectionHeading(_("Ma personne de confiance")), self._no_trusted, self.trusted):
            column.addWidget(widget)
        column.addWidget(self.name_trusted, 0, _LEFT)
        return part

    def ask_store(self, *, journaled: bool) -> _Found:
        """Read who is noted, what two people changed at once, and why nobody may be chosen, if so."""
        space = self._context.space
        return (
            relatives.relatives(space, journaled=journaled),
            relatives.clash(space),
            _refused(self._context),
        )

    def show_found(self, found: _Found) -> str:
        """Fill both lists."""
        told, clash, refused = found
        self._show_trusted(told.trusted, refused)
        self._trusted_part.setVisible(clash is None or clash.role is not RelativeRole.TRUSTED)
        self._show_contacts(told)
        return clash_words(clash) if clash else ""

    def _show_trusted(self, trusted: RelativeBody | None, refused: TandemError | None) -> None:
        self._former = trusted
        self.trusted.set_entries([_entry(trusted, "account-heart-outline")] if trusted else [])
        words = _("Personne n’est choisi. Vous pouvez choisir quelqu’un qui vous connaît bien.")
        self._no_trusted_words.say(messages.sentence(refused) if refused else words)
        self._no_trusted.setVisible(trusted is None)
        ask = _("Choisir quelqu’un d’autre") if trusted else _("Choisir une personne de confiance")
        self.name_trusted.set_words(ask)
        self.name_trusted.setVisible(refused is None)

    def _show_contacts(self, told: relatives.Relatives) -> None:
        self._no_contact.setVisible(not told.contacts and not told.elsewhere)
        self.contacts.set_entries([_entry(each, "phone-outline") for each in told.contacts])
        lines = [
            dotted((each.name, relation_words(each), formats.grouped(each.phone), _("noté ailleurs")))
            for each in told.elsewhere
        ]
        self._elsewhere_words.say(joined("\n", lines))
        self._elsewhere.setVisible(bool(lines))


def _entry(body: RelativeBody, icon_name: str) -> Entry:
    return Entry(
        body.id,
        body,
        icon_name,
        lambda: (body.name, dotted((relation_words(body), formats.grouped(body.phone)))),
    )


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
