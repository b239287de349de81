"""The documents' screen on a store with thousands of documents, in a window of its own.

``python -m tests.accessibility.long_list FOLDER COUNT``: lives until its input ends.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSocketNotifier

from app.space import Actor, ActorRole, Space
from ui.bench.made_up import opened_records
from ui.screens.documents import Documents
from ui.session.context import SessionContext
from ui.shell import Shell, application
from ui.tasks import Tasks
from ui.text import use_language

if TYPE_CHECKING:
    from app.changes import Changes
    from app.records import Records
    from app.vault.patient import PatientVault

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Nowhere:
    """One screen only: going elsewhere is not what is tried here."""

    def __getattr__(self, name: str) -> object:
        return lambda *_args, **_more: None


def main(folder: Path, count: int) -> int:
    """Show them."""
    use_language("fr")
    app = application("tandem-session")
    app.setQuitOnLastWindowClosed(False)
    with opened_records(folder, count) as (vault, records, changes):
        tasks = Tasks()
        shell = Shell("Tandem")
        screen = Documents(context_of(tasks, vault, records, changes))
        shell.show_screen(screen)
        shell.present(full_screen=False)
        ends = QSocketNotifier(0, QSocketNotifier.Type.Read)
        ends.activated.connect(lambda: app.exit(0))
        code = app.exec()
        shell.close_for_good()
        tasks.close()
    return code


def context_of(tasks: Tasks, vault: PatientVault, records: Records, changes: Changes) -> SessionContext:
    """Open the made-up person's space."""
    helper = Actor("pr-karim", "Karim Benali", ActorRole.ADVISER, "org-fs", "France services de Bourges")
    space = Space(
        patient={"resourceType": "Patient", "id": "bench", "name": [{"family": "Martin"}]},
        patient_id="bench",
        records=records,
        files=vault.files,
        actor=helper,
        vault=vault,
        clock=lambda: NOW,
    )
    context = SessionContext(
        tasks=tasks,
        navigator=Nowhere(),
        start=cast("None", None),  # type: ignore[arg-type]  # the list never looks at how the visit began
        visit=cast("None", None),  # type: ignore[arg-type]  # nor at who signed in
        open_reader=cast("None", None),  # type: ignore[arg-type]  # nor into a document
        changes=changes,
    )
    context.open_space(space, None)
    return context


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
