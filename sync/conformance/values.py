"""What is asked about a server, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import Field

__all__ = ["Check", "Finding", "Tier", "Verdict"]


class Tier(StrEnum):
    """How a person's records are pulled, best first."""

    FEED = "feed"
    """Our ``$changes``: what changed in the order of the commits."""
    HISTORY = "history"
    """``_history?_since``, read over again as far as a transaction can last."""
    SEARCH = "search"
    """Searches by person, type by type; deletions by comparing the lists."""


class Check(StrEnum):
    """One thing that a server does or does not do."""

    STATEMENT = "statement"
    ABSENCE = "absence"
    PATIENT = "patient"
    FEED = "feed"
    SYSTEM_HISTORY = "system-history"
    TYPE_HISTORY = "type-history"
    HISTORY_PAGES = "history-pages"
    SINCE_ON_NEXT = "since-on-next"
    PERSON_SEARCH = "person-search"
    PERSON_ONLY = "person-only"
    LAST_UPDATED = "last-updated"
    SORT = "sort"
    SEARCH_PAGES = "search-pages"
    ELEMENTS = "elements"
    VERSION_READ = "version-read"
    UPLOADS = "uploads"
    CLIENT_IDS = "client-ids"
    CREATE_ONLY = "create-only"
    IF_MATCH = "if-match"
    CONDITIONAL_CREATE = "conditional-create"
    ROLLBACK = "rollback"
    BATCH = "batch"
    DELETE = "delete"
    GONE = "gone"
    DELETE_IF_MATCH = "delete-if-match"
    DELETIONS_TOLD = "deletions-told"
    PROVENANCE = "provenance"
    PROVENANCE_SEARCH = "provenance-search"
    CLEANED = "cleaned"


class Verdict(StrEnum):
    """What came out."""

    WORKS = "works"
    LACKS = "lacks"
    """Not offered, or refused plainly."""
    LIES = "lies"
    """Offered or answered well, and not so."""
    UNKNOWN = "unknown"
    """Not tried, or nothing there to try it on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one check. ``fields``: counts and codes, nothing of a person."""

    check: Check
    verdict: Verdict
    fields: Mapping[str, Field] = field(default_factory=dict)
