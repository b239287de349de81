"""At home the space opens at once with what is here; only the very first time waits for the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.fhir import patient as patients
from ui.screens.opening import Opening
from ui.text import _

if TYPE_CHECKING:
    from app.space import Space
    from ui.session.context import SessionContext

__all__ = ["HomeOpening"]


class HomeOpening(Opening):
    """Leads on by itself."""

    name: ClassVar[str] = "home_opening"

    def __init__(self, context: SessionContext) -> None:
        person = context.start.person or {}
        super().__init__(context, whose=person.get("name", ""))
        self.help_text = _(
            "Cette page ouvre l’espace de santé. "
            "La première fois, il faut le réseau et une minute. "
            "Ensuite, l’espace s’ouvre tout de suite, même sans réseau."
        )

    def _opened(self, patient_id: str) -> None:
        """Go straight in where the records came at an earlier start."""
        self._patient_id = patient_id
        visit = self._context.visit

        def looked(is_here: bool) -> None:  # noqa: FBT001 - a task's answer
            if is_here and not self._done:
                self._done = True
                self._context.tasks.run(
                    lambda: visit.space(patient_id), self._ready, self._failed, owner=self
                )
            elif self._context.status is not None:
                self._heard(self._context.status)

        self._context.tasks.run(
            lambda: visit.is_here(patient_id),  # type: ignore[attr-defined]  # at home it is a HomeVisit
            looked,
            self._failed,
            owner=self,
        )

    def _ready(self, space: Space) -> None:
        self._context.navigator.opened(space, patients.display_name(space.patient) or self._whose)
        self._context.navigator.restart("home")
