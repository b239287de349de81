"""Whose space can be opened on a home computer, in what quality, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["HomePerson"]


@dataclass(frozen=True, slots=True)
class HomePerson:
    """One person whose space can be opened here. ``role``: "citizen" for the owner, else a carer's.

    ``store`` names their part of the vault; ``carer``/``carer_name`` who the owner is in their record;
    ``end`` until when ("" for the owner). ``capacity``: in what quality a legal representative acts
    (``app.codes.representation``), as the service noted it.
    """

    patient_id: str
    name: str
    birth_date: str = ""
    role: str = "citizen"
    store: str = ""
    consent: str = ""
    carer: str = ""
    carer_name: str = ""
    end: str = ""
    capacity: str = ""

    @property
    def is_owner(self) -> bool:
        """Whether it is the person whose vault this is."""
        return self.role == "citizen"

    def is_over(self, moment: datetime) -> bool:
        """Whether the help has come to its end; one whose end cannot be read has."""
        if self.is_owner:
            return False
        try:
            end = datetime.fromisoformat(self.end)
        except ValueError:
            return True
        return end.tzinfo is None or end <= moment
