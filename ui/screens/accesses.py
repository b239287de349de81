"""« Qui a regardé ? »: everybody who opened the person's space, told apart as the person does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimeZone
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import accesses
from app.accesses import Looker
from app.errors import TandemError
from sync.failures import Offline
from ui import messages, theme
from ui.languages import current
from ui.screen import Screen
from ui.session.access_words import ICONS, SECTIONS, in_a_line, who_words
from ui.steps.rows import Entry, EntryList, nothing_yet, take_over_focus
from ui.tasks import Lane
from ui.text import _, joined
from ui.widgets import EmptyState, NoticeKind, PlainButton, Progress, SectionHeading
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from app.accesses import Look
    from app.fhir import Resource
    from app.reader.values import Opened
    from sync.accesses import AccessPage
    from ui.session.context import SessionContext

__all__ = ["Accesses"]

AT_FIRST = 6
"""So many lines of each kind are shown at once; the others at a press."""


class Accesses(Screen):
    """What was done here is shown at once, what the service knows as soon as it answers."""

    name: ClassVar[str] = "accesses"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Qui a regardé mon espace ?"))
        self.help_text = _(
            "Cette page montre qui a ouvert votre espace, et quand. "
            "Appuyez sur une ligne pour voir ce qui a été fait. "
            "Si quelque chose vous étonne, vous pourrez le signaler."
        )
        self._context = context
        self._events: list[Resource] = []
        self._more = ""
        self._asked = False
        self._whole: set[Looker] = set()
        self._looks: dict[str, Look] = {}
        self._progress = Progress(_("Un instant, nous demandons la liste…"))
        self._closed: EmptyState | None = None
        self._parts = {looker: _Part(looker) for looker in Looker}
        self.more = PlainButton(_("Voir plus ancien"), icon_name="chevron-down")
        self.more.clicked.connect(self._ask)
        self._signing = Progress(_("Un instant, le service prépare et signe la liste…"))
        self._signing.hide()
        for each in (self._progress, self._signing):
            self.body.addWidget(each)
        self._nobody = nothing_yet("eye-off-outline", _("Personne n’a encore ouvert votre espace ici."))
        self._nobody.hide()
        self.body.addWidget(self._nobody)
        for looker in SECTIONS:
            part = self._parts[looker]
            part.rows.opened.connect(self._open)
            part.rows.made.connect(lambda: take_over_focus(self))
            part.all.clicked.connect(lambda _checked=False, each=looker: self._show_all(each))
            self.body.addWidget(part)
        self.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more.hide()
        self.keep = self.add_action(_("Garder cette liste (PDF signé)"), icon_name="file-sign")
        self.keep.clicked.connect(self._ask_signed)

    @property
    def rows(self) -> list[QWidget]:
        """The lines shown, in the order of the eye."""
        return [row for looker in SECTIONS for row in self._parts[looker].rows.rows]

    def entered(self) -> None:
        """Show what is known here, then ask the service once."""
        self._gather()
        if not self._asked:
            self._asked = True
            self._ask()

    def _ask(self) -> None:
        visit, more = self._context.visit, self._more
        self._progress.start_after()
        self.more.hide()
        self._context.tasks.run(
            lambda: visit.who_looked(more), self._answered, self._not_answered, lane=Lane.NETWORK, owner=self
        )

    def _answered(self, page: AccessPage) -> None:
        self._progress.stop()
        self._events += page.events
        self._more = page.more
        self.more.setVisible(bool(page.more))
        self.say("")
        self._gather()

    def _not_answered(self, error: Exception) -> None:
        """Say that the list is not whole; what was done here stays in it."""
        self._progress.stop()
        self.more.show()
        words = _("Voici seulement ce qui a été fait sur ce poste.")
        why = messages.sentence(error) if isinstance(error, TandemError) else ""
        self.say(joined(" ", (why, words)), NoticeKind.WAIT)

    def _gather(self) -> None:
        space, told = self._context.space, tuple(self._events)
        self._context.tasks.run(
            lambda: accesses.accesses(space, told), self._show, self._keep_closed, owner=self
        )

    def _keep_closed(self, error: Exception) -> None:
        """Show why the list stays closed, and nothing of it."""
        self._progress.stop()
        for part in (self._nobody, self.more, self.keep, *self._parts.values()):
            part.hide()
        if self._closed is None:
            self._closed = EmptyState(messages.sentence(error), icon_name="lock-outline")
            self.body.addWidget(self._closed)

    def _show(self, looks: list[Look]) -> None:
        if self._closed is not None:
            self._closed.hide()
            self._closed.deleteLater()
            self._closed = None
        self._looks = {each.key: each for each in looks}
        self._nobody.setVisible(not looks)
        for looker, part in self._parts.items():
            part.fill([each for each in looks if each.last.looker is looker], whole=looker in self._whole)
        take_over_focus(self)

    def _show_all(self, looker: Looker) -> None:
        self._whole.add(looker)
        self._show(list(self._looks.values()))

    # -- the signed list ---------------------------------------------------------------------------

    def _ask_signed(self) -> None:
        """Have the service make it; the right is looked at here too."""
        visit, space = self._context.visit, self._context.space
        language, zone = current().web_tag, QTimeZone.systemTimeZoneId().toStdString()
        self.keep.setEnabled(False)
        self.say("")
        self._signing.start_after()
        self._context.tasks.run(
            lambda: accesses.may_look(space),
            lambda _none: self._context.tasks.run(
                lambda: visit.signed_list(language, zone),
                self._read_signed,
                self._not_signed,
                lane=Lane.NETWORK,
                owner=self,
            ),
            self._not_signed,
            owner=self,
        )

    def _read_signed(self, data: bytes) -> None:
        def opened() -> tuple[DrawnDocument, Opened]:
            document = DrawnDocument(self._context.reader, data)
            return document, document.open()

        self._context.tasks.run(opened, self._show_signed, self._not_signed, lane=Lane.READER, owner=self)

    def _show_signed(self, found: tuple[DrawnDocument, Opened]) -> None:
        self._signing_over()
        if self.isVisible():
            document, opened = found
            self._context.go("access_list", document=document, opened=opened)

    def _not_signed(self, error: Exception) -> None:
        self._signing_over()
        if isinstance(error, Offline):
            self.say(_("Il faut le réseau : le service seul peut signer la liste."), NoticeKind.WAIT)
        else:
            self.say(messages.sentence(error), NoticeKind.BAD)

    def _signing_over(self) -> None:
        self._signing.stop()
        self.keep.setEnabled(True)

    def _open(self, key: str) -> None:
        self._context.go("access", look=self._looks[key])


class _Part(QWidget):
    """The lines of one kind of people."""

    def __init__(self, looker: Looker) -> None:
        super().__init__()
        self._icon = ICONS[looker]
        self.rows = EntryList()
        self.all = PlainButton(_("Voir toutes ces lignes"), icon_name="chevron-down")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, theme.SPACE[2])
        column.setSpacing(theme.SPACE[1])
        column.addWidget(SectionHeading(_(SECTIONS[looker])))
        column.addWidget(self.rows)
        column.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def fill(self, looks: list[Look], *, whole: bool) -> None:
        """Show these, the newest first."""
        shown = looks if whole else looks[:AT_FIRST]
        self.rows.set_entries([self._entry(each) for each in shown])
        self.all.setVisible(len(shown) < len(looks))
        self.setVisible(bool(looks))

    def _entry(self, look: Look) -> Entry:
        icon = self._icon if look.is_covered else "alert-outline"
        return Entry(look.key, look, icon, lambda: (who_words(look), in_a_line(look)))
