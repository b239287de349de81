"""What the person has chosen so far for one print: form, sheets, copies, ink, printer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ui.printing.printers import Order
from ui.text import _, ngettext

if TYPE_CHECKING:
    from ui.printing.papers import Paper
    from ui.printing.printers import Printer, PrintSystem
    from ui.printing.sheets import Sheets

__all__ = ["MOST_COPIES", "Plan"]

MOST_COPIES = 5


@dataclass
class Plan:
    """Lives from the preview on; the screens that change it write in it.

    ``wanted`` is the printer of this place by its set-up (empty: the system's default). Where it is not
    there nothing is chosen instead: another printer may stand in a room where nobody should see this.
    """

    paper: Paper
    system: PrintSystem
    wanted: str = ""
    form: str = ""
    copies: int = 1
    only_shown: bool = False
    shown: int = 0
    gray: bool = False
    printer: Printer | None = None
    printers: list[Printer] = field(default_factory=list)
    sheets: Sheets | None = None
    made_as: str = ""

    def __post_init__(self) -> None:
        self.form = self.form or self.paper.forms[0].value

    def found(self, printers: list[Printer]) -> None:
        """Take the printers that there are; keep the one that was chosen while it is still there."""
        self.printers = printers
        names = {printer.name: printer for printer in printers}
        if self.printer is not None:
            self.printer = names.get(self.printer.name)
        if self.printer is None:
            self.printer = names.get(self.wanted) if self.wanted else _usual(printers)

    def made(self, sheets: Sheets, form: str) -> None:
        """Take the sheets of a form."""
        self.sheets, self.made_as = sheets, form
        self.shown = min(self.shown, sheets.count - 1)

    @property
    def is_made(self) -> bool:
        """Whether the sheets are those of the form that was chosen last."""
        return self.sheets is not None and self.made_as == self.form

    @property
    def papers(self) -> int:
        """How many sheets will come out."""
        count = self.sheets.count if self.sheets is not None else 0
        return (1 if self.only_shown else count) * self.copies

    def order(self) -> Order:
        """Say what is asked of the printer that was chosen."""
        assert self.printer is not None  # noqa: S101 - the preview looks before it prints
        return Order(self.printer.name, self.copies, self.shown if self.only_shown else None, gray=self.gray)

    # -- in words --------------------------------------------------------------------------------

    @property
    def form_words(self) -> str:
        """The form that was chosen."""
        return next(form.words for form in self.paper.forms if form.value == self.form)

    @property
    def copies_words(self) -> str:
        """How many of each."""
        return ngettext("{count} exemplaire", "{count} exemplaires", self.copies).format(count=self.copies)

    @property
    def pages_words(self) -> str:
        """Which pages."""
        if self.only_shown:
            return _("Seulement la page {number}").format(number=self.shown + 1)
        count = self.sheets.count if self.sheets is not None else 0
        return ngettext("La seule page", "Toutes les pages ({count})", count).format(count=count)

    @property
    def ink_words(self) -> str:
        """In which inks."""
        return _("Noir et blanc") if self.gray else _("En couleur")

    @property
    def printer_words(self) -> str:
        """On which printer."""
        return self.printer.label if self.printer is not None else _("Aucune imprimante choisie")


def _usual(printers: list[Printer]) -> Printer | None:
    usual = next((printer for printer in printers if printer.is_default), None)
    return usual or (printers[0] if len(printers) == 1 else None)
