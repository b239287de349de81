"""The capability report of a server: what was found, and which tier it would be pulled by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.conformance.reading import Reading
from sync.conformance.statement import Statement, read_statement
from sync.conformance.values import Check, Finding, Tier, Verdict
from sync.conformance.writing import Writing
from sync.failures import ServiceBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.rest import Rest

__all__ = ["Report", "examine", "tier_of"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a server was found to do. ``tier`` is None where no person's records can be read from it."""

    base: str
    software: str
    fhir_version: str
    tier: Tier | None
    findings: tuple[Finding, ...]

    def verdict(self, check: Check) -> Verdict:
        """What came out of one check; UNKNOWN where it was not run."""
        return next((each.verdict for each in self.findings if each.check is check), Verdict.UNKNOWN)


def examine(
    rest: Rest,
    patient_id: str | None = None,
    *,
    may_write: bool = False,
    found: Callable[[Finding], None] = lambda _: None,
) -> Report:
    """Examine a server; only with ``may_write`` is anything written. ``found`` hears each finding.

    Raises:
        TransportError: it was not reached, the sign-in is over, or it is too busy to be examined.

    """
    try:
        statement = read_statement(rest)
    except ServiceBroken:
        finding = Finding(Check.STATEMENT, Verdict.LIES)
        found(finding)
        return Report(rest.base, "?", "", None, (finding,))
    findings = []
    for finding in _findings(rest, statement, patient_id, may_write=may_write):
        found(finding)
        findings.append(finding)
    tier = tier_of(statement, findings)
    return Report(rest.base, statement.software, statement.fhir_version, tier, tuple(findings))


def tier_of(statement: Statement, findings: list[Finding]) -> Tier | None:
    """Choose the best tier that was proven; a history also wants searches, to begin with."""
    works = {each.check for each in findings if each.verdict is Verdict.WORKS}
    lies = {each.check for each in findings if each.verdict is Verdict.LIES}
    if not statement.is_r4 or Check.ABSENCE in lies:
        return None
    if Check.FEED in works:
        return Tier.FEED
    if not statement.kinds:
        return None
    if {Check.SYSTEM_HISTORY, Check.TYPE_HISTORY} & works and Check.HISTORY_PAGES not in lies:
        return Tier.HISTORY
    return Tier.SEARCH


def _findings(
    rest: Rest, statement: Statement, patient_id: str | None, *, may_write: bool
) -> Iterator[Finding]:
    yield Finding(Check.STATEMENT, Verdict.WORKS if statement.is_r4 else Verdict.LACKS)
    yield from Reading(rest, statement, patient_id).all()
    if may_write:
        yield from Writing(rest, statement, patient_id).all()
