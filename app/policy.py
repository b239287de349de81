"""What an organization decides for its PCs, within limits that nobody can lift.

Decision: a policy is a value that says everything; what it does not name has the safe default. A wish beyond
the limits is refused where it is made (the organization's page) and again where it is applied (the PC), so a
policy that was tampered with, or comes from a later version, is not followed halfway. The idle times can be
shorter than the limits, never longer and never off; a mandate for this visit only is always allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.codes.mandate_words import Duration
from app.errors import PersonCanAct

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIMITS", "FilePlace", "Policy", "PolicyRefused", "Printing"]

LIMITS: dict[str, tuple[int, int]] = {
    "warn": (30, 600),
    "blank": (60, 900),
    "wipe": (120, 1800),
    "sign_in_hours": (1, 12),
    "journal_days": (180, 1100),
    "evening_hour": (12, 22),
}
"""The least and the most of each number: seconds of an idle screen, hours of a sign-in, days of a journal,
the hour at which prepared visits are gone."""

_LATER = frozenset({"evening_hour"})
"""What earlier policies do not say: the usual number holds."""


class PolicyRefused(PersonCanAct):
    """A wish is beyond its limits (``what``)."""

    code = "policy-refused"


class FilePlace(StrEnum):
    """Where a file may be chosen on a shared PC: a stick that was plugged in, the PC's own folders."""

    STICK = "stick"
    FOLDERS = "folders"


class Printing(StrEnum):
    """Which printers a visit may use."""

    ANY = "any"
    OWN = "own"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of one organization. ``own``: only the printer that the PC is set up for."""

    warn: int = 180
    blank: int = 240
    wipe: int = 480
    durations: tuple[Duration, ...] = tuple(Duration)
    places: tuple[FilePlace, ...] = tuple(FilePlace)
    printing: Printing = Printing.ANY
    sign_in_hours: int = 12
    journal_days: int = 365
    evening_hour: int = 20

    def __post_init__(self) -> None:
        """Hold each wish to its limits.

        Raises:
            PolicyRefused: one is beyond.

        """
        for name, (least, most) in LIMITS.items():
            _demand(least <= getattr(self, name) <= most, name)
        _demand(self.warn < self.blank, "blank")
        _demand(self.blank < self.wipe, "wipe")
        _demand(Duration.SESSION in self.durations, "durations")

    @property
    def idle(self) -> tuple[int, int, int]:
        """When an idle screen warns, blanks, wipes: in seconds."""
        return self.warn, self.blank, self.wipe

    def told(self) -> dict[str, Any]:
        """Write for the wire."""
        return {
            **{name: getattr(self, name) for name in LIMITS},
            "durations": [each.value for each in self.durations],
            "places": [each.value for each in self.places],
            "printing": self.printing.value,
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Policy:
        """Read what :meth:`told` wrote; raises ``PolicyRefused`` for anything else."""
        numbers = {name: _number(told, name) for name in LIMITS if name in told or name not in _LATER}
        try:
            return cls(
                **numbers,
                durations=tuple(Duration(each) for each in told["durations"]),
                places=tuple(FilePlace(each) for each in told["places"]),
                printing=Printing(told["printing"]),
            )
        except (KeyError, ValueError, TypeError):
            raise PolicyRefused(what="form") from None


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    _demand(isinstance(value, int) and not isinstance(value, bool), name)
    assert isinstance(value, int)  # noqa: S101 (demanded above)
    return value


def _demand(holds: bool, what: str) -> None:  # noqa: FBT001 (it is the sentence's verb)
    if not holds:
        raise PolicyRefused(what=what)
