"""What a paper is before it has a date in a record: words, codes and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from datetime import date

    from sync.service.demo.people import Person
    from sync.service.demo.practices import Author

__all__ = ["MIME_SUFFICIENT", "Draft", "Occasion"]

MIME_SUFFICIENT = "urn:ihe:iti:xds:2017:mimeTypeSufficient"


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom, on which day, and the seeded chance that decides the rest."""

    person: Person
    day: date
    chance: random.Random


@dataclass(frozen=True, slots=True)
class Draft:
    """A drawn paper. ``type_code`` is of JDV_J07; ``is_own`` = the citizen files it, not ``author``.

    ``unique_id`` is the one written inside it, where the format has one.
    """

    title: str
    author: Author
    type_code: str
    data: bytes
    media_type: str = "application/pdf"
    extension: str = "pdf"
    format_code: str = MIME_SUFFICIENT
    is_own: bool = False
    unique_id: str = ""
