"""How large the service has to be: from one town hall to everybody in France.

What grows with what. *Requests* grow with visits, and are spread over workers that keep nothing: one more
worker is so much more. *Rows* grow with what was ever said of a person and with who looked at it (an event
for each access, kept for years): they outgrow one machine first. *Bytes of documents* lie in the store of
objects and never pass through the database. Nothing is shared by all citizens: change numbers, locks and
searches are one citizen's (``patient_key``), so no counter of the whole country exists that could be waited
for. What is not one citizen's (accounts, PCs, programs) is small, and written seldom.

What it is reckoned from (:class:`Habits`, :class:`Rates`): a person is looked after twelve times a year,
which takes twenty-four requests each (sign-in of two, feed, documents, acts, events) and leaves eight
events of who looked; two hundred resources and forty documents of a life; a seventh of a day's work falls
into its busiest hour, five times that into its worst minute; a worker should be half idle then. The rates
are those of one worker on one core, the slower of the two engines, the audit of every access included; the
sizes were measured in PostgreSQL, indexes included: 11 kB for the event of one access, 12 kB for a
resource. Yours will differ: put them in.

=============  ============  =======  ======  ===========  =============  ====================================
citizens       worst minute  workers  shards  rows         documents      what that is
=============  ============  =======  ======  ===========  =============  ====================================
5,000          1/s           1        1       66 GB        60 GB          a town hall: one process, one file
1,000,000      238/s         4        2       13 TB        12 TB          a department: PostgreSQL, S3
7,000,000      1,667/s       24       11      92 TB        84 TB          a region: records on several nodes
70,000,000     16,667/s      239      107     923 TB       840 TB         everybody
=============  ============  =======  ======  ===========  =============  ====================================

(Rows after ten years; ``tests/sync/service/test_capacity.py`` reckons the table anew.) Four fifths of the
rows are who looked at what: they are the first to move to cheaper disks, by year, and their body is kept
twice (``version``, ``resource``) and indexed eight times, which is where to save first.

Where one engine ends. The embedded store has one writer and one machine: enough for some ten thousand
citizens, and for whoever wants no second machine. One PostgreSQL carries what can be put back from a copy
in a night (eight terabytes at 300 MB a second); that ends it, not its speed. From there the same schema is
distributed by ``patient_key`` (Citus: every table of a citizen's has that key first and every statement
names it; tried with 13.2). S3 takes over from the folder as soon as there are two machines. Workers find
each citizen's shard by the key alone; a caller's token names it, so no request asks all shards but a
program's search without a person, which the desktops never make.

While a shard is away (its machine dies; a fail-over took 10 s with Patroni, no acknowledged write lost) its
citizens' requests are answered by 503 with ``Retry-After`` (``records-away``), everybody else's as ever. A
kiosk says that the service does not answer, the visit goes on with what is there, acts wait sealed and go
by themselves when it is back (``tests/sync/service/test_records_away.py``). Where the accounts' own
database is away nobody signs in anew; the adviser's PC then works as without a network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Habits", "Need", "Rates", "need"]


@dataclass(frozen=True, slots=True)
class Habits:
    """What a citizen's care comes to; sizes in bytes, of rows with their indexes, and of documents."""

    visits: float = 12.0
    requests: float = 24.0
    events: float = 8.0
    event: int = 11_300
    years: int = 10
    resources: int = 200
    resource: int = 11_700
    documents: int = 40
    document: int = 300_000
    working_days: int = 240
    busiest_hour: float = 1 / 7
    worst_minute: float = 5.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What one worker answers a second, how much of it is used at the worst, and what one shard holds."""

    requests: float = 140.0
    load: float = 0.5
    shard: int = 8 * 3600 * 300_000_000


@dataclass(frozen=True, slots=True)
class Need:
    """What so many citizens need; ``peak`` in requests a second, ``rows`` and ``documents`` in bytes."""

    peak: float
    workers: int
    shards: int
    rows: int
    documents: int


def need(citizens: int, habits: Habits | None = None, rates: Rates | None = None) -> Need:
    """Reckon how large the service has to be for so many citizens."""
    of, can = habits or Habits(), rates or Rates()
    daily = citizens * of.visits * of.requests / of.working_days
    peak = daily * of.busiest_hour / 3600 * of.worst_minute
    looked = of.years * of.visits * of.events * of.event
    rows = round(citizens * (looked + of.resources * of.resource))
    return Need(
        peak=peak,
        workers=math.ceil(peak / (can.requests * can.load)),
        shards=math.ceil(rows / can.shard),
        rows=rows,
        documents=citizens * of.documents * of.document,
    )
