"""Which papers each made-up person has, and from when: 2009 to these days, denser towards today."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sync.service.demo.papers import Kind
from sync.service.demo.people import Illness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.service.demo.people import Person

__all__ = ["FIRST_DAY", "Planned", "plan"]

FIRST_DAY = date(2009, 1, 12)
_INFANCY = 700  # days after birth before the first paper

_USUAL: tuple[tuple[Kind, int], ...] = (
    (Kind.PRESCRIPTION, 26),
    (Kind.LAB, 22),
    (Kind.CONSULTATION, 16),
    (Kind.IMAGING, 10),
    (Kind.HOSPITAL, 5),
    (Kind.CARE, 6),
    (Kind.CERTIFICATE, 4),
    (Kind.SCREENING, 4),
    (Kind.VACCINATIONS, 2),
    (Kind.SUMMARY, 2),
    (Kind.LETTER, 5),
    (Kind.INVOICE, 3),
    (Kind.NOTE, 2),
    (Kind.REFERRAL_RTF, 2),
    (Kind.CDA_LAB, 3),
    (Kind.CDA_LETTER, 1),
)
_TOUR: tuple[tuple[int, Kind], ...] = (
    (5, Kind.PRESCRIPTION),
    (13, Kind.LAB),
    (20, Kind.LETTER),
    (51, Kind.HOSPITAL),
    (58, Kind.CDA_LAB),
    (64, Kind.NOTE),
    (77, Kind.SCAN_TIFF),
    (90, Kind.REFERRAL_RTF),
    (120, Kind.PHOTO),
    (151, Kind.CDA_LETTER),
    (180, Kind.SCAN_PNG),
    (212, Kind.CDA_AUTO_PRESENTING),
)
"""Days before today of what stands on top of the first person's list: one paper of each form."""
_PICTURES = {"simone": Kind.SCAN_TIFF, "ahmed": Kind.PHOTO, "fernando": Kind.SCAN_PNG}
_MANY = 100


@dataclass(frozen=True, slots=True)
class Planned:
    """One paper to be made."""

    kind: Kind
    day: date
    seed: str


def plan(person: Person, today: date, first: Person) -> list[Planned]:
    """Return the person's papers, oldest first; ``first`` is the one whose list opens the tour."""
    chance = random.Random(f"plan/{person.login}")  # noqa: S311 (seeded on purpose, nothing secret)
    fixed = [(today - timedelta(days=ago), kind) for ago, kind in _TOUR] if person is first else []
    if person.login in _PICTURES:
        fixed.append((today - timedelta(days=33), _PICTURES[person.login]))
    days = sorted(_days(person, today, person.papers - len(fixed), chance))
    kinds = _kinds(person, len(days), chance)
    papers = sorted([*zip(days, kinds, strict=True), *fixed])
    return [Planned(kind, day, str(number)) for number, (day, kind) in enumerate(papers)]


def _days(person: Person, today: date, count: int, chance: random.Random) -> Iterator[date]:
    """Spread days from the first possible one to two days ago, denser towards the end."""
    start = max(FIRST_DAY, person.born + timedelta(days=_INFANCY))
    span = (today - start).days - 2
    yield today - timedelta(days=2 + chance.randint(0, 6))
    yield start + timedelta(days=chance.randint(0, 200))
    for _ in range(count - 2):
        yield start + timedelta(days=round(span * chance.random() ** 0.45))


def _kinds(person: Person, count: int, chance: random.Random) -> list[Kind]:
    if person.only_prescriptions:
        return [chance.choice((Kind.PRESCRIPTION, Kind.PRESCRIPTION, Kind.CARE)) for _ in range(count)]
    weights = dict(_USUAL)
    if person.papers >= _MANY:
        weights[Kind.LAB_SLIP] = 280
    if person.illness is Illness.NONE:
        weights |= {Kind.HOSPITAL: 0, Kind.SUMMARY: 0, Kind.CDA_LETTER: 0, Kind.NOTE: 0}
    return chance.choices(list(weights), list(weights.values()), k=count)
