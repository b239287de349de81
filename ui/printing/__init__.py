"""Paper: what comes out of the printer is what was shown, and nothing of it stays behind.

Decisions:

- **Sheets are painted once, by one function**, for the preview and for the printer alike
  (``sheets.py``). A document's pages are the reader process's pictures at 300 dots an inch: the printing
  system, whose filters are many programs with a long history of holes, never sees a stranger's bytes.
  What we write ourselves (large print, receipt, mandate) goes as text, so it is sharp and small.
- **Nothing is handed over before all of it is ready.** The pages are written one by one into a PDF of
  ours in the session's own temporary folder, without a name there where the system allows that; a full
  disk, a cancel or a broken page then prints nothing rather than half a document.
- **On Linux the printing system is asked through its own commands** (``lp``, ``lpstat``, ``cancel``;
  ``cups.py``), not through QPrinter: QPrinter hands over and forgets, while a person beside the printer
  wants to know that there is no paper. The commands are the same for thirty years, honour the place's
  set-up, and give the job's number. Windows has no such commands: there it is QPrinter (``spooler.py``).
- **The job is called « Tandem »**: no title and no name stands in a queue, on a display or in a log.
- **What is stuck does not come out later.** A job that waits for paper when the visit ends is taken back
  (``pending.py``), and CUPS is told to drop it after a quarter of an hour, should we be gone.
- **No file for the person on a shared PC.** At a kiosk
  a stick that goes from PC to PC brings what nobody asked for, and a wrong stick in the socket takes
  a health document along. There the way out is another printer, or the person's own devices.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.printing.printers import PrintSystem

__all__ = ["printing_system"]


def printing_system() -> PrintSystem:
    """Return this PC's printing system."""
    if sys.platform == "win32":
        from ui.printing.spooler import QtPrinting

        return QtPrinting()
    from ui.printing.cups import Cups

    return Cups()
