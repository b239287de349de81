"""How large the service must be, from one town hall to the whole country: measured rates times counts.

``tandem bench service`` fills this model with the rates that it has measured on the machine at hand. What it
rests on besides stands below as numbers with names: change them for your place.

**What grows with what.** Workers grow with the requests of the busiest hour, that is with visits and with
desktops that are open, not with records. Rows grow with people (their records, once) and with visits (an
event of the audit for each access, kept; indexed where somebody searches them). Objects grow with documents.
Nothing that a request does looks at more than one citizen's rows, each found by ``patient_key`` in an index:
a request costs about the same among ten people and among many (``tandem bench service`` compares them; a
page of an index more for every factor of some hundreds).

**Which engine.** *Embedded*: one process, one encrypted file, one writer that waits for the disk at each
act; it serves a town hall or a small town (``EMBEDDED_CITIZENS``), and a backup copies all of it.
*PostgreSQL*, one server with a standby, several workers behind one address: as far as its disk and its
nightly copy reach (``SERVER_BYTES``). *PostgreSQL spread by* ``patient_key`` (Citus: the schema is legal
there, everything of one citizen lies on one node) takes over where that is too little: by the bytes first,
long before the processor. Objects go to S3 as soon as more than one machine serves, or they outgrow a
folder (``FOLDER_BYTES``). Sessions, accounts and PCs stay on the coordinator: they grow with who is signed
in now.

**While a shard is away** the kiosks of its citizens are told to come back in five seconds (503,
Retry-After). Nothing is lost there: what was filed waits on the PC, the screen says that it will be sent,
and the engine goes on by itself. Everybody else works on, but for the few whose pointer (``directory``,
spread by its own id) lies on that node: their sign-in and reading wait as well. While the coordinator is
away it is as if the whole database were: everybody files on their PC and nobody is signed in anew. Objects
away: records go on, documents wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["PLACES", "Need", "Place", "Rates", "need"]

VISITS_A_YEAR: Final = 4.0
"""Times that somebody's record is opened with them in a year."""
DOCUMENTS_A_YEAR: Final = 20.0
"""Documents that others (laboratories, hospitals) file for somebody in a year."""
READS: Final = 6.0
"""Documents and pages read in one visit."""
FILINGS: Final = 3.0
"""Acts filed in one visit."""
POLLS: Final = 20.0
"""Pages of the feed in one visit: one a minute. Those that bring nothing leave no event."""
OPEN_DAYS: Final = 250
"""Days of work in a year."""
BUSIEST_HOUR: Final = 0.15
"""The share of a day in its busiest hour."""
HEADROOM: Final = 2.0
"""So many times what the busiest hour needs: a worker may die, a day may be worse than the worst."""

RECORD_BYTES: Final = 770_000
"""Rows of one record with their versions and indexes: a hundred resources, measured at 7.7 kB each."""
EVENT_BYTES: Final = 1_900
"""One event of the audit, measured likewise in PostgreSQL, with its keys, before anybody searches it."""
DOCUMENT_BYTES: Final = 500_000
YEARS: Final = 10
"""Years that are kept."""

EMBEDDED_CITIZENS: Final = 20_000
SERVER_BYTES: Final = 8_000_000_000_000
FOLDER_BYTES: Final = 2_000_000_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """What one worker answers in a second: reads, filings, pages of the feed."""

    read: float
    filing: float
    feed: float


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a service is for."""

    name: str
    citizens: int


PLACES: Final = (
    Place("a town hall", 5_000),
    Place("a town", 50_000),
    Place("a department", 600_000),
    Place("a region", 6_000_000),
    Place("the country", 70_000_000),
)


@dataclass(frozen=True, slots=True)
class Need:
    """What a place needs. ``requests``: of the busiest hour, a second; ``nodes``: servers of the database."""

    place: Place
    requests: float
    workers: int
    record_bytes: float
    object_bytes: float
    nodes: int
    engine: str


def need(place: Place, rates: Rates) -> Need:
    """Return what a place needs where a worker does what was measured."""
    visits = place.citizens * VISITS_A_YEAR / OPEN_DAYS * BUSIEST_HOUR / 3600
    filed = place.citizens * DOCUMENTS_A_YEAR / OPEN_DAYS * BUSIEST_HOUR / 3600
    asked = Rates(visits * READS, visits * FILINGS + filed, visits * POLLS)
    busy = asked.read / rates.read + asked.filing / rates.filing + asked.feed / rates.feed
    events = VISITS_A_YEAR * (READS + FILINGS + 1) * YEARS
    records = place.citizens * (RECORD_BYTES + EVENT_BYTES * events)
    objects = place.citizens * DOCUMENTS_A_YEAR * YEARS * DOCUMENT_BYTES
    nodes = max(1, math.ceil(records / SERVER_BYTES))
    return Need(
        place,
        asked.read + asked.filing + asked.feed,
        max(1, math.ceil(busy * HEADROOM)),
        records,
        objects,
        nodes,
        _engine(place, nodes, objects),
    )


def _engine(place: Place, nodes: int, objects: float) -> str:
    if place.citizens <= EMBEDDED_CITIZENS:
        kept = "embedded"
    else:
        kept = "PostgreSQL" if nodes == 1 else f"PostgreSQL spread over {nodes} nodes"
    return f"{kept}, documents in {'a folder' if objects <= FOLDER_BYTES else 'S3'}"
