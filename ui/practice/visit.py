"""A practice visit: a real encrypted store and the real screens, no sign-in, no engine, no envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.records import Records
from app.space import Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from ui.practice.person import PATIENT, PATIENT_ID, furnish
from ui.session.visit import Visit, actor_of

if TYPE_CHECKING:
    from ui.practice.person import Paper

__all__ = ["PracticeVisit"]


class PracticeVisit(Visit):
    """Nothing is told to the service nor to the PC's journal: nothing was done to anybody."""

    def open_practice(self, papers: list[tuple[Paper, bytes]]) -> Space:
        """Make Odette Exemple's space with her papers; blocks."""
        self._vault = PatientVault.create(self._start.folders.vault, Key.random())
        records = Records(self._vault.store, self._changes)
        space = Space(
            PATIENT,
            PATIENT_ID,
            records,
            self._vault.files,
            actor_of(self._start.adviser["claims"]),
            self._vault,
        )
        furnish(space, papers, space.clock().date())
        self._records, self._space = records, space
        return space
