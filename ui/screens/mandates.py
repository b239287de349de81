"""« Mes mandats »: those that run and those that are over, each with who, what for, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from ui import messages, theme
from ui.screen import Screen
from ui.session.words import standing_words
from ui.steps.rows import Entry, EntryList, nothing_yet, take_over_focus
from ui.text import _, dotted
from ui.widgets import NoticeKind, PlainButton, SectionHeading

if TYPE_CHECKING:
    from app.changes import Change
    from app.mandates import Mandate
    from ui.session.context import SessionContext

__all__ = ["Mandates"]


class Mandates(Screen):
    """Each line opens its mandate, where it can be stopped."""

    name: ClassVar[str] = "mandates"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Mes mandats"))
        self.help_text = _(
            "Cette page montre tous vos mandats. "
            "Appuyez sur une ligne pour la lire ou pour arrêter ce mandat. "
            "Les mandats terminés restent notés."
        )
        self._context = context
        self._found: dict[str, Mandate] = {}
        self.running, self.over = EntryList(), EntryList()
        self._none = nothing_yet("file-sign", _("Aucun mandat ne court."))
        self._over_heading = SectionHeading(_("Terminés"))
        self.body.addWidget(SectionHeading(_("En cours")))
        for widget in (self._none, self.running, self._over_heading, self.over):
            self.body.addWidget(widget)
        for each in (self.running, self.over):
            each.opened.connect(self._open)
        self.body.addSpacing(theme.SPACE[1])
        self._over_heading.hide()
        self.verify_button: PlainButton = self.add_action(
            _("Vérifier un mandat papier"), icon_name="qrcode-scan"
        )
        self.verify_button.clicked.connect(lambda: context.go("mandate_verify"))
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    def entered(self) -> None:
        """Read them again."""
        space = self._context.space
        self._context.tasks.run(lambda: mandates.mandates_of(space), self._show, self._failed, owner=self)

    def _changed(self, change: Change) -> None:
        if "Consent" in change.types:
            self.entered()

    def _show(self, found: list[Mandate]) -> None:
        moment = self._context.space.clock()
        self._found = {each.id: each for each in found}
        running = [each for each in found if mandates.is_running(each, moment)]
        over = [each for each in found if each not in running]
        self.running.set_entries([_entry(each, "file-sign", is_running=True) for each in running])
        self.over.set_entries([_entry(each, "file-check-outline", is_running=False) for each in over])
        self._none.setVisible(not running)
        self._over_heading.setVisible(bool(over))
        take_over_focus(self)

    def _open(self, key: str) -> None:
        self._context.go("mandate", mandate=self._found[key])

    def _failed(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)


def _entry(mandate: Mandate, icon_name: str, *, is_running: bool) -> Entry:
    return Entry(
        mandate.id,
        (mandate, is_running),
        icon_name,
        lambda: (
            mandate.organization,
            dotted((mandate.adviser, standing_words(mandate, is_running=is_running))),
        ),
    )
