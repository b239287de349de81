"""What one server was found to do, kept with the person's records so that no round asks again.

Decision: a server's statement is read once a day, and only another software or version, or a week gone by,
has it tried anew; between, a round without news costs no request more. What it *says* is never enough: a
trait is here only when a probe saw it (``sync.conformance``). Writing probes run only where that is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from app.clock import instant, now
from app.errors import WorldFailed
from app.records import peers
from app.records.arrivals import moment_of
from app.records.peers import KeptPeer
from sync.conformance import Check, Finding, Tier, Verdict, leftovers
from sync.conformance.reading import Reading
from sync.conformance.report import tier_of
from sync.conformance.statement import Statement, read_statement
from sync.conformance.writing import Writing

if TYPE_CHECKING:
    from datetime import datetime

    from app.clock import Clock
    from app.records import Records
    from sync.rest import Rest

__all__ = ["WINDOW_SECONDS", "Peer", "PeerUnusable", "learn", "look_again"]

WINDOW_SECONDS = 122.0
"""How far back a pull by time reads again: a server's transaction time-out, and two seconds of drift."""
_LOOK, _PROBE = timedelta(days=1), timedelta(days=7)


class PeerUnusable(WorldFailed):
    """The server speaks another FHIR, or lets nobody's records be read. Fields: ``version``."""

    code = "peer-unusable"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: how it is pulled from, what was seen to work there, and what it is asked for.

    ``kinds`` maps a type to the search parameter that finds a person's; ``window`` is in seconds;
    ``written`` says whether writing was tried.
    """

    base: str
    software: str
    tier: Tier
    works: frozenset[Check]
    kinds: dict[str, str]
    window: float = WINDOW_SECONDS
    written: bool = False

    def can(self, check: Check) -> bool:
        """Say whether this was seen to work."""
        return check in self.works

    @property
    def keeps_provenances(self) -> bool:
        """Whether an act is proven by its Provenance, which has no other name than an id of ours."""
        return self.can(Check.PROVENANCE) and self.can(Check.CLIENT_IDS)

    def json(self) -> str:
        """Write it as the store keeps it."""
        kept = {
            "tier": self.tier,
            "works": sorted(self.works),
            "kinds": self.kinds,
            "window": self.window,
            "written": self.written,
        }
        return orjson.dumps(kept).decode()

    @classmethod
    def of(cls, base: str, software: str, body: str) -> Peer:
        """Read what :meth:`json` wrote."""
        kept = orjson.loads(body)
        works = frozenset(Check(each) for each in kept["works"])
        return cls(base, software, Tier(kept["tier"]), works, kept["kinds"], kept["window"], kept["written"])


def learn(
    records: Records,
    rest: Rest,
    patient_id: str,
    *,
    may_write: bool = False,
    window: float = WINDOW_SECONDS,
    clock: Clock = now,
) -> Peer:
    """Say what a server can do: as it is known, or tried anew; ``may_write`` for who has something to write.

    Raises:
        PeerUnusable: nobody's records can be read from it.
        TransportError: it was not reached; nothing is kept of what was half tried.

    """
    moment = clock()
    known = records.look(peers.kept(rest.base))
    if known is not None and (
        not _fresh(known.probed_at, moment, _PROBE) or _is_untried(rest, known, may_write)
    ):
        known = None
    if known is not None and _fresh(known.looked_at, moment, _LOOK):
        return Peer.of(rest.base, known.software, known.body)
    statement = read_statement(rest)
    if known is None or known.software != statement.software:
        peer = _tried(rest, statement, patient_id, may_write=may_write, window=window)
        known = KeptPeer(statement.software, peer.json(), instant(moment), instant(moment))
    else:
        known = KeptPeer(known.software, known.body, instant(moment), known.probed_at)
    records.take_in(peers.keep(rest.base, known))
    return Peer.of(rest.base, known.software, known.body)


def _is_untried(rest: Rest, known: KeptPeer, may_write: bool) -> bool:  # noqa: FBT001
    """Say whether writing is now wanted and was not tried."""
    return may_write and not Peer.of(rest.base, known.software, known.body).written


def look_again(records: Records, base: str) -> None:
    """Forget what a server can do, so that it is tried anew: it did not do as it was found to."""
    records.take_in(peers.forget(base))


def _tried(rest: Rest, statement: Statement, patient_id: str, *, may_write: bool, window: float) -> Peer:
    reading = Reading(rest, statement, patient_id)
    findings = [reading.absence(), reading.feed()]
    if findings[-1].verdict is not Verdict.WORKS:
        findings += [
            reading.history(None),
            reading.history("Patient"),
            reading.history_pages(),
            reading.last_updated(),
            reading.sort(),
            reading.elements(),
            reading.version_read(),
        ]
        if may_write:
            leftovers.take_away(rest, patient_id)
            findings += Writing(rest, statement, patient_id).all()
    tier = tier_of(statement, findings)
    if tier is None:
        raise PeerUnusable(version=statement.fhir_version)
    return Peer(rest.base, statement.software, tier, _works(findings), statement.kinds, window, may_write)


def _works(findings: list[Finding]) -> frozenset[Check]:
    return frozenset(each.check for each in findings if each.verdict is Verdict.WORKS)


def _fresh(text: str, moment: datetime, within: timedelta) -> bool:
    then = moment_of(text)
    return then is not None and timedelta() <= moment - then < within
