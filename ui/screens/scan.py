"""« Posez la feuille »: the scanner, page after page, with its progress and a way to stop it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app.paper import Page, Paper, TooManyPages, arrived
from app.reader.papers import Papers
from app.scanning import Device, Scanner, ScannerMissing, Wanted, scanner_of_this_pc
from ui import messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import Choice, ChoiceGroup, EmptyState, PlainButton, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from ui.session.context import SessionContext

__all__ = ["Scan", "open_scanner"]

open_scanner: Callable[[], Scanner] = scanner_of_this_pc


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to scan: a device, from its glass or its feeder."""

    device: Device
    from_feeder: bool


class Scan(Screen):
    """One press scans; what came before a trouble is kept."""

    name: ClassVar[str] = "scan"

    def __init__(self, context: SessionContext, *, paper: Paper, adding: bool = False) -> None:
        super().__init__(
            _("Posez la feuille dans le scanner"),
            _("Le côté écrit contre la vitre. Fermez le capot, puis appuyez sur « Scanner »."),
            main=_("Scanner"),
        )
        self.help_text = _(
            "Cette page sert à copier un papier avec le scanner. "
            "Posez une feuille, puis appuyez sur « Scanner ». "
            "Vous verrez la page ensuite, et pourrez en ajouter d’autres."
        )
        self._context = context
        self._paper = paper
        self._adding = adding
        self._scanner = open_scanner()
        self._ways: list[_Way] = []
        self._choices: ChoiceGroup | None = None
        self._stopped: threading.Event | None = None
        self._came = 0
        self._trouble: TooManyPages | None = None
        self._progress = Progress(_("Un instant, nous cherchons le scanner…"))
        self._stop = PlainButton(_("Arrêter le scanner"))
        self._stop.clicked.connect(self.stop)
        self._stop.hide()
        self._choose_file = PlainButton(_("Choisir un fichier à la place"))
        self._choose_file.clicked.connect(context.back)
        self._choose_file.hide()
        self._is_ready = EmptyState(_("Le scanner est prêt."), icon_name="scanner")
        self._is_ready.hide()
        self.body.addWidget(self._progress)
        for button in (self._stop, self._choose_file):
            self.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._is_ready)
        self._look_for_scanners()

    @property
    def is_scanning(self) -> bool:
        """Whether a page is under way."""
        return self._stopped is not None

    def first_focus(self) -> QWidget | None:
        """Return the main button: the paper is laid, one presses."""
        if self.main_button is not None and self.main_button.isEnabled():
            return self.main_button
        return super().first_focus()

    def left(self) -> None:
        """Let go of the scanner when another screen comes."""
        self.stop()

    def pressed(self) -> None:
        """Scan, or look for a scanner again."""
        if self.is_scanning:
            return
        self.summary.show_errors([])
        if not self._ways:
            self._look_for_scanners()
        else:
            self._start(self._way())

    def stop(self) -> None:
        """End the scan; the pages that are whole stay."""
        if self._stopped is not None:
            self._stopped.set()
            self._stop.setEnabled(False)
            self._progress.say(_("Un instant, le scanner s’arrête…"))

    # -- which scanner ----------------------------------------------------------------------------

    def _look_for_scanners(self) -> None:
        self._busy(_("Un instant, nous cherchons le scanner…"))
        self._context.tasks.run(
            self._scanner.devices, self._found, self._failed, lane=Lane.SCANNER, owner=self
        )

    def _found(self, devices: tuple[Device, ...]) -> None:
        if not devices:
            self._failed(ScannerMissing(installed=1))
            return
        self._ways = [
            _Way(device, from_feeder)
            for device in devices
            for from_feeder in (False, True)
            if (device.has_feeder if from_feeder else device.has_glass)
        ]
        self._ready()
        if len(self._ways) > 1 and self._choices is None:
            self._offer(several=len(devices) > 1)

    def _offer(self, *, several: bool) -> None:
        """Ask which way; the first is chosen, so that nobody has to."""
        choices = [
            Choice(
                str(number),
                _("Plusieurs feuilles, dans le chargeur")
                if way.from_feeder
                else _("Une feuille, sur la vitre"),
                way.device.name if several else "",
                "file-document-multiple-outline" if way.from_feeder else "scanner",
            )
            for number, way in enumerate(self._ways)
        ]
        self._choices = ChoiceGroup(choices, columns=2, name=_("Où est la feuille ?"))
        self._choices.choose("0")
        self.body.insertWidget(0, self._choices)
        self._is_ready.hide()
        self.order_tabs()

    def _way(self) -> _Way:
        chosen = self._choices.value() if self._choices is not None else None
        return self._ways[int(chosen or 0)]

    # -- pages ------------------------------------------------------------------------------------

    def _start(self, way: _Way) -> None:
        self._stopped = threading.Event()
        self._came, self._trouble = 0, None
        self._busy(_("Le scanner lit la feuille…"))
        self._stop.setEnabled(True)
        self._stop.show()
        self._stop.setFocus()
        self._paper.from_scanner = True
        context = self._context
        context.tasks.run(
            lambda: context.reader,
            lambda reader: self._scan(way, Papers(reader)),
            self._failed,
            lane=Lane.READER,
            owner=self,
        )

    def _scan(self, way: _Way, papers: Papers) -> None:
        """Each page is looked at before the next is asked for: two hundred raw ones would fill the memory."""
        tasks, scanner, stopped = self._context.tasks, self._scanner, self._stopped
        if stopped is None:
            return
        heard, came = tasks.relay(self._heard, self), tasks.relay(self._page_came, self)
        wanted = Wanted(from_feeder=way.from_feeder)

        def scanned() -> None:
            for picture in scanner.scan(way.device, wanted, told=heard, stopped=stopped):
                came(arrived(papers, picture, is_photo=False))

        tasks.run(scanned, lambda _none: self._over(), self._failed, lane=Lane.SCANNER, owner=self)

    def _heard(self, share: float) -> None:
        if self.is_scanning:
            self._progress.set_share(round(100 * share), 100)

    def _page_came(self, page: Page) -> None:
        try:
            self._paper.add(page)
        except TooManyPages as error:
            self._trouble = error
            self.stop()
            return
        self._came += 1
        words = ngettext("{count} page est lue.", "{count} pages sont lues.", self._came)
        self._progress.say(words.format(count=self._came))

    def _over(self) -> None:
        self._stopped = None
        if self._trouble is not None:
            self._failed(self._trouble)
            return
        self._ready()
        if self._came:
            self._go_on()

    def _failed(self, error: Exception) -> None:
        """Say it; pages that came before are one press away."""
        self._stopped = None
        self._ready()
        if not self._ways and self.main_button is not None:
            self.main_button.set_words(_("Chercher de nouveau"))
        self._choose_file.setVisible(not self._adding)
        errors: list[tuple[str, Callable[[], None]]] = [(messages.sentence(error), self._to_main)]
        if self._came:
            kept = ngettext(
                "{count} page est gardée : la voir.", "{count} pages sont gardées : les voir.", self._came
            ).format(count=self._came)
            errors.append((kept, self._go_on))
        self.summary.show_errors(errors)
        self.order_tabs()

    def _go_on(self) -> None:
        if self._adding:
            self._context.back()
        else:
            self._context.replace("scan_pages", paper=self._paper)

    # -- how it looks -----------------------------------------------------------------------------

    def _busy(self, words: str) -> None:
        self._choose_file.hide()
        self._is_ready.hide()
        self._progress.say(words)
        self._progress.set_share(0, 0)
        self._progress.start_after()
        self._enable(enabled=False)

    def _ready(self) -> None:
        self._progress.stop()
        self._stop.hide()
        self._is_ready.setVisible(bool(self._ways) and self._choices is None)
        self._enable(enabled=True)
        if self.main_button is not None:
            self.main_button.set_words(_("Scanner"))
            self.main_button.setFocus()

    def _enable(self, *, enabled: bool) -> None:
        for widget in (self.main_button, self._choices):
            if widget is not None:
                widget.setEnabled(enabled)

    def _to_main(self) -> None:
        if self.main_button is not None:
            self.main_button.setFocus()
