"""``tandem export-activity FILE``: the count of visits on this PC as a table (CSV), without any name."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, TextIO

from app.errors import TandemError
from ui.desk.config import DeskConfig
from ui.export_journal import ExportFileExists
from ui.messages import sentence
from ui.text import _, joined, ngettext

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_activity"]


def export_activity(config: Path, file: Path, out: TextIO, err: TextIO, since: date = date.min) -> int:
    """Write ``day;place;themes;minutes;mode`` lines; 0 when written, else 1. Nothing is written over."""
    from app.vault.sqlcipher import StoreUnreadable
    from ui.desk.post import vault_of

    try:
        vault = vault_of(DeskConfig.load(config))
        try:
            visits = vault.visits(since)
        finally:
            vault.close()
        with file.open("x", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream, delimiter=";")
            table.writerow(("day", "place", "themes", "minutes", "mode"))
            for each in visits:
                table.writerow((each.day, each.place, " ".join(sorted(each.themes)), each.minutes, each.mode))
    except FileExistsError:
        return _say(ExportFileExists(), err)
    except OSError:
        return _say(StoreUnreadable(), err)
    except TandemError as error:
        return _say(error, err)
    words = ngettext("{count} visite comptée.", "{count} visites comptées.", len(visits))
    print(words.format(count=len(visits)), file=out)
    return 0


def _say(error: TandemError, err: TextIO) -> int:
    print(joined(" ", (_("L’activité n’a pas été exportée."), sentence(error))), file=err)
    return 1
