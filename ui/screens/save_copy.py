"""« Où ranger la copie ? »: the person's own stick or folder, and what a copy means."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import copies
from ui import messages
from ui.printing.spool import pdf_bytes
from ui.saving import Target
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Choice, ChoiceGroup, NoticeKind, PlainButton, Progress
from ui.widgets.file_picker import place_icon, place_words
from ui.widgets.folders import PlaceKind, places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from ui.printing.plan import Plan
    from ui.session.context import SessionContext
    from ui.widgets.folders import Place

__all__ = ["SaveCopy"]


class SaveCopy(Screen):
    """One press chooses the place, one writes; nothing is written over, nothing half-written stays."""

    name: ClassVar[str] = "save_copy"

    def __init__(
        self, context: SessionContext, *, plan: Plan, look: Callable[[], list[Place]] | None = None
    ) -> None:
        super().__init__(_("Où ranger la copie ?"), plan.paper.title, main=_("Enregistrer la copie"))
        self.help_text = _(
            "Choisissez votre clé USB ou un dossier, puis appuyez sur « Enregistrer la copie ». "
            "La copie est un fichier comme les autres : Tandem ne la protège plus. "
            "Votre document reste aussi dans votre espace."
        )
        self._context = context
        self._plan = plan
        self._places = look
        self._targets: dict[str, Target] = {}
        self._cancelled = threading.Event()
        self._saving = False
        self.choices: ChoiceGroup | None = None
        self._progress = Progress(_("Un instant, nous enregistrons la copie…"))
        self._progress.hide()
        self.cancel = PlainButton(_("Arrêter"), icon_name="close")
        self.cancel.hide()
        self.cancel.clicked.connect(self._cancel)
        self.again = PlainButton(_("J’ai branché ma clé USB"), icon_name="usb-flash-drive-outline")
        self.again.clicked.connect(self._look)
        for widget in (self._progress, self.cancel):
            self.body.addWidget(widget)
        self.say(
            _(
                "Cette copie ne sera plus protégée par Tandem. "
                "Toute personne qui a la clé ou cet ordinateur pourra la lire."
            ),
            NoticeKind.INFO,
        )

    def entered(self) -> None:
        """Look which places there are."""
        if not self._saving:
            self._look()

    def first_focus(self) -> QWidget | None:
        """Return the place that is proposed, or the first."""
        cards = self.choices.cards if self.choices is not None else []
        return next((card for card in cards if card.isChecked()), cards[0] if cards else self.again)

    def pressed(self) -> None:
        """Write the copy, once, where it was chosen."""
        target = self._targets.get((self.choices.value() if self.choices is not None else None) or "")
        if self._saving:
            return
        if target is None:
            self.summary.show_errors([(_("Choisissez d’abord où ranger la copie."), self._to_choices)])
            return
        self.summary.show_errors([])
        self._cancelled.clear()
        self._busy(busy=True)
        context, paper = self._context, self._plan.paper

        def allowed() -> None:
            copies.may_copy(context.space)
            paper.may()

        context.tasks.run(allowed, lambda _none: self._make(target), self._failed, owner=self)

    # -- places -----------------------------------------------------------------------------------

    def _look(self) -> None:
        look = self._places or places
        self._context.tasks.run(
            lambda: _targets(look()), self._show, self._failed, lane=Lane.STICK, owner=self
        )

    def _show(self, targets: list[Target]) -> None:
        chosen = self.choices.value() if self.choices is not None else None
        before = set(self._targets)
        self._targets = {str(target.path): target for target in targets}
        if self.choices is not None and before == set(self._targets):
            return
        if self.choices is not None:
            self.body.removeWidget(self.choices)
            self.choices.deleteLater()
        self.choices = ChoiceGroup(
            [
                Choice(key, place_words(target.place), icon_name=place_icon(target.place))
                for key, target in self._targets.items()
            ],
            columns=2,
            name=_("Où ranger la copie ?"),
        )
        self.choices.choose(chosen or self._only_stick())
        self.body.addWidget(self.choices)
        self.body.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.order_tabs()
        if not before:
            self._take_focus()

    def _only_stick(self) -> str:
        """Propose the stick where there is just one: it was plugged in for this."""
        sticks = [key for key, target in self._targets.items() if target.place.kind is PlaceKind.STICK]
        return sticks[0] if len(sticks) == 1 else ""

    # -- the copy ---------------------------------------------------------------------------------

    def _make(self, target: Target) -> None:
        plan, is_cancelled = self._plan, self._cancelled.is_set
        sheets, original = plan.sheets, plan.paper.original

        def made() -> tuple[str, bytes]:
            found = original(plan.form)
            if found is not None:
                return found
            assert sheets is not None  # noqa: S101 - the preview shows them
            return "pdf", pdf_bytes(sheets, is_cancelled)

        self._context.tasks.run(
            made, lambda file: self._write(target, *file), self._failed, lane=Lane.READER, owner=self
        )

    def _write(self, target: Target, ending: str, data: bytes) -> None:
        paper, is_cancelled = self._plan.paper, self._cancelled.is_set
        name = copies.file_name(str(paper.title), str(paper.day), nameless=_("Document"))
        self._context.tasks.run(
            lambda: copies.write(
                target.path, name, ending, data, device=target.device, is_cancelled=is_cancelled
            ),
            lambda path: self._written(target, path),
            self._failed,
            lane=Lane.STICK,
            owner=self,
        )

    def _written(self, target: Target, path: Path) -> None:
        self._context.tasks.run(self._plan.paper.copied, failed=lambda _error: None)
        self._busy(busy=False)
        is_stick = target.place.kind is PlaceKind.STICK
        self._context.replace(
            "copy_done", title=self._plan.paper.title, file_name=path.name, place=target.place, pull=is_stick
        )

    def _cancel(self) -> None:
        self._cancelled.set()
        self.cancel.setEnabled(False)

    def _busy(self, *, busy: bool) -> None:
        self._saving = busy
        for widget in (self.main_button, self.back_button, self.again, self.choices):
            if widget is not None:
                widget.setEnabled(not busy)
        self.cancel.setEnabled(True)
        self.cancel.setVisible(busy)
        if busy:
            self._progress.start_after()
        else:
            self._progress.stop()

    def _failed(self, error: Exception) -> None:
        self._busy(busy=False)
        if self._cancelled.is_set():
            error = copies.CopyCancelled()
        self.summary.show_errors([(messages.sentence(error), self._to_choices)])
        self._look()

    def _to_choices(self) -> None:
        if self.choices is not None:
            self.choices.focus_first()


def _targets(found_places: list[Place]) -> list[Target]:
    """Return the places that can be looked at; what has just been pulled is left out."""
    found = []
    for place in found_places:
        try:
            found.append(Target(place, place.path.stat().st_dev))
        except OSError:
            continue
    return found
