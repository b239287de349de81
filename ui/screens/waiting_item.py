"""One thing that waits: why, since when, and what can be done: at most three buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from app import documents, intake, waiting
from app.refused import NoLongerWaiting
from app.things import Kind
from app.waiting import Remedy, Stage
from ui import messages
from ui.filing import Filing
from ui.screen import Screen
from ui.session.waiting_words import (
    STAGE_ICONS,
    helper_words,
    reason_words,
    since_words,
    stage_words,
    thing_words,
)
from ui.steps.rows import take_over_focus
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import Card, IconLine, NoticeKind, Progress, Tile, TileGrid

if TYPE_CHECKING:
    from app.changes import Change
    from app.records import DocumentRow
    from app.things import Thing
    from app.waiting import Item
    from sync.engine import SyncStatus
    from ui.session.context import SessionContext

__all__ = ["WaitingItem"]


@dataclass(frozen=True, slots=True)
class _Found:
    item: Item
    behind: list[Thing]


class WaitingItem(Screen):
    """Goes back to the list by itself when it is no longer waiting."""

    name: ClassVar[str] = "waiting_item"

    def __init__(self, context: SessionContext, *, seq: int) -> None:
        super().__init__(_("Ce qui attend"))
        self.help_text = _(
            "Cette page dit pourquoi un envoi attend. "
            "Les cases disent ce que vous pouvez faire. "
            "Tant que rien n’est choisi, tout est gardé."
        )
        self._context, self._seq = context, seq
        self._item: Item | None = None
        self._behind: list[Thing] = []
        self._busy = False
        self._card = Card()
        self._state = IconLine("clock-outline", "")
        self._since = IconLine("calendar-clock-outline", "")
        self._tries = IconLine("repeat", "")
        self._with_it = IconLine("link-variant", "")
        self._ask = IconLine("phone-in-talk-outline", "")
        for each in (self._state, self._since, self._tries, self._with_it, self._ask):
            self._card.column.addWidget(each)
        self._progress = Progress(_("Un instant, nous ouvrons le document…"))
        self._progress.hide()
        self._grid = TileGrid()
        self.retry = Tile(_("Réessayer"), _("L’envoyer encore une fois"), icon_name="refresh")
        self.mend = Tile(_("Corriger"), _("Changer ce qui est écrit"), icon_name="pencil-outline")
        self.discard = Tile(
            _("Ne plus envoyer"), _("Le retirer de la liste"), icon_name="close-circle-outline"
        )
        self.choose = Tile(_("Choisir"), _("Dire laquelle est juste"), icon_name="account-question-outline")
        for tile, press in (
            (self.choose, self._choose),
            (self.retry, self._retry),
            (self.mend, self._mend),
            (self.discard, self._discard),
        ):
            tile.clicked.connect(press)
            self._grid.add(tile)
        for widget in (self._card, self._progress, self._grid):
            self.body.addWidget(widget)
        for widget in (self._card, self._grid):
            widget.hide()
        context.follow(self, self._changed, self._status_changed)

    def entered(self) -> None:
        """Read it again."""
        space, seq = self._context.space, self._seq

        def read() -> _Found | None:
            item = waiting.found(space, seq)
            return _Found(item, waiting.behind(space, seq)) if item else None

        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _changed(self, _change: Change) -> None:
        self.entered()

    def _status_changed(self, _status: SyncStatus) -> None:
        if self._item is not None:
            self._say_state(self._item)

    def _show(self, found: _Found | None) -> None:
        if found is None:
            if self.isVisible() and not self._busy:
                self._context.back()
            return
        self._item, self._behind = found.item, found.behind
        item = found.item
        self.set_title(thing_words(item.thing))
        self._say_state(item)
        since = since_words(item.since, self._context.today())
        self._since.say(_("Attend depuis {when}.").format(when=since))
        tries = ngettext("Essayé {count} fois.", "Essayé {count} fois.", item.tries)
        self._tries.say(tries.format(count=item.tries) if item.tries else "")
        behind = ngettext(
            "{count} autre ligne partira après celle-ci.",
            "{count} autres lignes partiront après celle-ci.",
            len(found.behind),
        )
        self._with_it.say(behind.format(count=len(found.behind)) if found.behind else "")
        organization = self._context.space.actor.organization_name
        self._ask.say(helper_words(item, organization) if Remedy.ASK in item.remedies else "")
        self._offer(item)
        take_over_focus(self)

    def _say_state(self, item: Item) -> None:
        words = stage_words(item, self._context.status)
        if item.stage is Stage.REFUSED:
            words = reason_words(item)
        self._state.show_icon(STAGE_ICONS[item.stage], "bad" if item.stage is Stage.REFUSED else "accent")
        self._state.say(words)
        self._card.show()

    def _offer(self, item: Item) -> None:
        for tile, remedy in (
            (self.choose, Remedy.CHOOSE),
            (self.retry, Remedy.RETRY),
            (self.mend, Remedy.MEND),
            (self.discard, Remedy.DISCARD),
        ):
            tile.setVisible(remedy in item.remedies)
        self._grid.setVisible(bool(item.remedies - {Remedy.ASK}))
        self._grid.updateGeometry()

    # -- what can be done ------------------------------------------------------------------------

    def _retry(self) -> None:
        if self._busy:
            return
        self._busy = True
        space, seq = self._context.space, self._seq
        self._context.tasks.run(
            lambda: waiting.retry(space, seq), lambda _none: self._tried(), self._failed, owner=self
        )

    def _tried(self) -> None:
        self._busy = False
        if self._context.engine is not None:
            self._context.engine.wake()
        if self.isVisible():
            self._context.back()
            self._context.navigator.toast(_("Nous réessayons."), NoticeKind.INFO)

    def _choose(self) -> None:
        item = self._item
        if item is None:
            return
        about = {
            Kind.ALLERGY: "health", Kind.VACCINATION: "health",
            Kind.TRUSTED_PERSON: "relatives", Kind.CONTACT: "relatives",
        }.get(item.thing.kind, "other")  # fmt: skip
        self._context.go("conflict", about=about)

    def _discard(self) -> None:
        if self._item is not None:
            self._context.go("waiting_discard", item=self._item, behind=self._behind)

    def _mend(self) -> None:
        """Go where it is corrected; what is saved there goes in its place."""
        item = self._item
        if item is None or self._busy:
            return
        match item.thing.kind:
            case Kind.DOCUMENT:
                self._file_again(item)
            case Kind.ALLERGY:
                self._context.go("health_entry", about="allergy", entry_id=item.thing.id)
            case Kind.VACCINATION:
                self._context.go("health_entry", about="vaccination", entry_id=item.thing.id)
            case _:
                self._context.go("relative", relative_id=item.thing.id)

    def _file_again(self, item: Item) -> None:
        """Look at the same paper again, with the answers given so far."""
        self._busy = True
        self._progress.start_after()
        space, document_id = self._context.space, item.thing.id

        def read() -> tuple[bytes, DocumentRow]:
            row = space.records.document(document_id)
            if row is None:
                raise NoLongerWaiting
            return documents.read(space, document_id), row

        def look(told: tuple[bytes, DocumentRow]) -> None:
            self._context.tasks.run(
                lambda: self._looked_at(*told), self._check, self._failed, lane=Lane.READER, owner=self
            )

        self._context.tasks.run(read, look, self._failed, owner=self)

    def _looked_at(self, data: bytes, row: DocumentRow) -> Filing:
        reader = self._context.reader
        candidate = intake.check(reader, data, row.title, known=lambda _digest: False)
        filing = Filing.of(reader, row.title, candidate)
        filing.title, filing.category, filing.date = row.title, row.category, row.date
        # It was looked at, and answered for, when it was filed.
        filing.is_theirs = filing.is_confirmed = True
        filing.instead_of = self._seq
        return filing

    def _check(self, filing: Filing) -> None:
        self._busy = False
        self._progress.stop()
        if self.isVisible():
            self._context.go("file_check", filing=filing)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
