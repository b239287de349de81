"""What tries of a server left there when they were cut: looked for before the next, and taken away.

Context: writing is tried on ``Basic`` resources, taken away after; a PC that is switched off in between, or
a cut that lasts, leaves some. Whoever tries next may be another PC: its store knows nothing of them.
Decision: each carries an identifier of ours (:data:`PROBES`), whatever else is tried on it. A server is asked
for those of one person and is not believed: what it tells is looked at, and only what is nothing but a try of
that person's record goes, with the Provenance that speaks of it alone. It must be some minutes old by the
server's own clock: another computer may be trying at this moment.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from app.clock import now
from app.codes.systems import OURS
from app.fhir import nodes, reference_id, string
from app.fhir.provenance import targets
from app.records.arrivals import moment_of
from sync.failures import Absent, Forbidden, Refused, ServiceBroken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.fhir import Resource
    from app.records.values import FeedEntry
    from sync.rest import Page, Rest

__all__ = ["AGENT", "PROBES", "is_probe", "take_away"]

PROBES = f"{OURS}/identifier/probe"
AGENT = [{"who": {"display": "Tandem"}}]
_REST = timedelta(minutes=10)
_MOST_PAGES = 12
_NO = (Absent, Forbidden, Refused, ServiceBroken)
_ALONE = frozenset({"resourceType", "id", "meta", "text", "identifier", "code", "subject"})


def take_away(rest: Rest, patient_id: str) -> int:
    """Delete what is left of tries of a person's record; return how many there were.

    What is refused stays, for the next time. Raises ``Offline`` and what else is no answer.
    """
    found: list[FeedEntry] = []
    with suppress(*_NO):
        found += _found(rest, patient_id)
    for each in found:
        with suppress(*_NO):
            for act in _acts(rest, each.id):
                rest.delete("Provenance", act)
        with suppress(*_NO):
            rest.delete("Basic", each.id)
    return len(found)


def is_probe(body: Resource, patient_id: str) -> bool:
    """Say whether this is nothing but a try of ours of that person's record."""
    names = [each for each in nodes(body, "identifier") if each.get("system") == PROBES]
    is_alone = body.get("resourceType") == "Basic" and set(body) <= _ALONE
    return is_alone and len(names) == 1 and reference_id(body.get("subject"), "Patient") == patient_id


def _found(rest: Rest, patient_id: str) -> Iterator[FeedEntry]:
    asked = {"identifier": f"{PROBES}|", "subject": f"Patient/{patient_id}", "_count": "100"}
    page = rest.search("Basic", asked)
    for _ in range(_MOST_PAGES):
        yield from (each for each in page.entries if _is_over(page, each, patient_id))
        if page.following is None:
            return
        page = rest.following(page.following)


def _is_over(page: Page, entry: FeedEntry, patient_id: str) -> bool:
    written = moment_of(entry.last_updated)
    if written is None or not is_probe(entry.body or {}, patient_id):
        return False
    return (page.served or now()) - written >= _REST


def _acts(rest: Rest, basic_id: str) -> Iterator[str]:
    """Yield the Provenances of our tries that speak of one Basic, and of nothing else."""
    reference = f"Basic/{basic_id}"
    for each in rest.search("Provenance", {"target": reference, "_count": "100"}).entries:
        body = each.body or {}
        agents = [string(agent, "who", "display") for agent in nodes(body, "agent")]
        if [rest.relative(target) for target in targets(body)] == [reference] and agents == ["Tandem"]:
            yield each.id
