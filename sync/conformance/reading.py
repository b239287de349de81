"""Probes that only read. Each proves what it can on what is there, and says when there was nothing to try on.

A server that takes a parameter and ignores it is worse than one that refuses it: so each filter is asked
something that nothing can answer (a moment to come, a person who does not exist), and must come back empty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.clock import instant
from app.fhir import string
from app.fhir.compartment import asked_of, deciding_patients
from app.ids import mint
from app.records.arrivals import moment_of
from sync.conformance.statement import CHANGES, Statement
from sync.conformance.values import Check, Finding, Verdict
from sync.failures import Absent, Forbidden, Refused, ServiceBroken
from sync.fhir_client import feed_page
from sync.rest import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.errors import Field
    from app.records.values import FeedEntry
    from sync.rest import Page, Rest

__all__ = ["Reading", "tried"]

_AHEAD = timedelta(days=2)
_LONG_AGO = "1970-01-01T00:00:00Z"
_FEW_PAGES = 8
_SAMPLE, _LARGE = 20, 100
_TRIES = 3
_NO = (Absent, Refused, Forbidden)


class Reading:
    """Read-only probes of one server, about one person where one is given."""

    def __init__(self, rest: Rest, statement: Statement, patient_id: str | None) -> None:
        self._rest = rest
        self._statement = statement
        self._patient_id = patient_id

    def all(self) -> Iterator[Finding]:
        """Run every probe."""
        yield self.absence()
        yield self.patient()
        yield self.feed()
        yield self.history(None)
        yield self.history("Patient")
        yield self.history_pages()
        yield self.person_search()
        yield self.person_only()
        yield self.last_updated()
        yield self.sort()
        yield self.search_pages()
        yield self.elements()
        yield self.version_read()
        yield self.uploads()

    def absence(self) -> Finding:
        """What does not exist must be answered by 404: else no answer means anything."""
        answer = self._rest.ask(self._rest.at("Patient", mint()), also=REFUSALS)
        if answer.status in {404, 410}:
            return Finding(Check.ABSENCE, Verdict.WORKS)
        if answer.status in REFUSALS:
            return Finding(Check.ABSENCE, Verdict.LACKS, {"status": answer.status})
        return Finding(Check.ABSENCE, Verdict.LIES, {"status": answer.status})

    def patient(self) -> Finding:
        """Read the person."""
        if self._patient_id is None:
            return Finding(Check.PATIENT, Verdict.UNKNOWN)
        return tried(Check.PATIENT, self._read_patient)

    def feed(self) -> Finding:
        """Our feed, offered by its published definition, must give a whole page."""
        if not self._statement.has_operation(CHANGES, "Patient"):
            return Finding(Check.FEED, Verdict.LACKS)
        if self._patient_id is None:
            return Finding(Check.FEED, Verdict.UNKNOWN)
        path = self._rest.at("Patient", self._patient_id, "$changes")

        def probe() -> Verdict:
            feed_page(self._rest.ask(path, {"_count": "1"}).body)
            return Verdict.WORKS

        return tried(Check.FEED, probe)

    def history(self, kind: str | None) -> Finding:
        """``_history?_since`` must tell nothing of a moment to come, and something of all time."""
        check = Check.TYPE_HISTORY if kind else Check.SYSTEM_HISTORY
        offered = self._statement.offers("history-type" if kind else "history-system", kind)
        if not offered:
            return Finding(check, Verdict.LACKS)

        def probe() -> Verdict:
            ever = self._rest.history(_LONG_AGO, kind, count=2)
            if not ever.entries and not ever.bare:
                return Verdict.LIES if ever.broken else Verdict.UNKNOWN
            if any(moment_of(each.last_updated) is None for each in ever.entries):
                return Verdict.LIES
            return (
                Verdict.LIES if _told(self._rest.history(self._ahead(ever), kind, count=2)) else Verdict.WORKS
            )

        return tried(check, probe)

    def history_pages(self) -> Finding:
        """Small pages must tell what one large page tells, each version once."""
        kind = None if self._statement.offers("history-system") else "Patient"
        if not self._statement.offers("history-type" if kind else "history-system", kind):
            return Finding(Check.HISTORY_PAGES, Verdict.LACKS)
        whole = lambda count: self._rest.history(_LONG_AGO, kind, count=count)  # noqa: E731
        return tried(Check.HISTORY_PAGES, lambda: self._pages_agree(whole))

    def person_search(self) -> Finding:
        """Count the types that can be asked for by person, and those that can be and fail."""
        kinds = self._statement.kinds
        if not kinds or self._patient_id is None:
            return Finding(
                Check.PERSON_SEARCH, Verdict.UNKNOWN if kinds else Verdict.LACKS, {"types": len(kinds)}
            )
        failed = [kind for kind in kinds if not self._answers(kind)]
        verdict = Verdict.LIES if failed else Verdict.WORKS
        fields: dict[str, Field] = {"types": len(kinds), "failed": len(failed), "kinds": " ".join(failed)}
        return Finding(Check.PERSON_SEARCH, verdict, fields)

    def person_only(self) -> Finding:
        """Asked about somebody who does not exist, no search may bring anything."""
        kinds = self._statement.kinds
        if not kinds:
            return Finding(Check.PERSON_ONLY, Verdict.LACKS)
        leaking: list[str] = []

        def probe() -> Verdict:
            leaking.extend(kind for kind in kinds if self._leaks(kind))
            return Verdict.LIES if leaking else Verdict.WORKS

        return replace(tried(Check.PERSON_ONLY, probe), fields={"kinds": " ".join(leaking)})

    def last_updated(self) -> Finding:
        """``_lastUpdated`` must leave the person out for a moment to come, and find them for all time."""
        if self._patient_id is None:
            return Finding(Check.LAST_UPDATED, Verdict.UNKNOWN)

        def probe() -> Verdict:
            ever = self._rest.search("Patient", self._me() | {"_lastUpdated": f"ge{_LONG_AGO}"})
            if not ever.entries:
                return Verdict.UNKNOWN
            ahead = self._rest.search("Patient", self._me() | {"_lastUpdated": f"ge{self._ahead(ever)}"})
            return Verdict.LIES if ahead.entries else Verdict.WORKS

        return tried(Check.LAST_UPDATED, probe)

    def sort(self) -> Finding:
        """``_sort=_lastUpdated`` must give the oldest first."""
        kind = self._with_several()
        if kind is None:
            return Finding(Check.SORT, Verdict.UNKNOWN)

        def probe() -> Verdict:
            page = self._rest.search(kind, self._of(kind) | {"_sort": "_lastUpdated", "_count": str(_SAMPLE)})
            stamps = [moment_of(each.last_updated) for each in page.entries]
            known = [each for each in stamps if each is not None]
            return Verdict.WORKS if known == sorted(known) else Verdict.LIES

        return tried(Check.SORT, probe)

    def search_pages(self) -> Finding:
        """Small pages must bring what one large page brings, each resource once."""
        kind = self._with_several()
        if kind is None:
            return Finding(Check.SEARCH_PAGES, Verdict.UNKNOWN)
        asked = lambda count: self._rest.search(kind, self._of(kind) | {"_count": str(count)})  # noqa: E731
        return tried(Check.SEARCH_PAGES, lambda: self._pages_agree(asked))

    def elements(self) -> Finding:
        """``_elements=id,meta`` must spare the content: else a list costs as much as all of it."""
        kind = self._with_several() or ("Patient" if self._patient_id else None)
        if kind is None:
            return Finding(Check.ELEMENTS, Verdict.UNKNOWN)

        def probe() -> Verdict:
            page = self._rest.search(kind, self._of(kind) | {"_elements": "id,meta", "_count": "2"})
            if not page.entries:
                return Verdict.UNKNOWN
            spared = all(not {"subject", "name", "content"} & set(each.body or ()) for each in page.entries)
            return Verdict.WORKS if spared else Verdict.LACKS

        return tried(Check.ELEMENTS, probe)

    def version_read(self) -> Finding:
        """A version that was told can be read by its number: how a server put back is noticed."""
        if self._patient_id is None:
            return Finding(Check.VERSION_READ, Verdict.UNKNOWN)

        def probe() -> Verdict:
            body = self._rest.read("Patient", str(self._patient_id))
            version = string(body, "meta", "versionId")
            if version is None:
                return Verdict.LACKS
            path = self._rest.at("Patient", str(self._patient_id), "_history")
            found = self._rest.ask(f"{path}/{version}").json()
            invented = self._rest.ask(f"{path}/{mint()}", also=REFUSALS)
            if invented.status not in REFUSALS:
                return Verdict.LIES
            return Verdict.WORKS if string(found, "meta", "versionId") == version else Verdict.LIES

        return tried(Check.VERSION_READ, probe)

    def uploads(self) -> Finding:
        """Files go by tus (resumable, digest checked); a server without takes no document from a desk."""
        return Finding(Check.UPLOADS, Verdict.WORKS if self._rest.takes_uploads() else Verdict.LACKS)

    # Inside

    def _me(self) -> dict[str, str]:
        return {"_id": str(self._patient_id)}

    def _of(self, kind: str, patient_id: str | None = None) -> dict[str, str]:
        return asked_of(self._statement.kinds[kind], patient_id or str(self._patient_id))

    def _read_patient(self) -> Verdict:
        self._rest.read("Patient", str(self._patient_id))
        return Verdict.WORKS

    def _ahead(self, page: Page) -> str:
        served = page.served or datetime.now(UTC)
        stamps = [moment_of(each.last_updated) for each in page.entries]
        latest = max([served, *(each for each in stamps if each is not None)])
        return instant(latest + _AHEAD)

    def _answers(self, kind: str) -> bool:
        try:
            page = self._rest.search(kind, self._of(kind) | {"_count": str(_SAMPLE)})
        except (*_NO, ServiceBroken):
            return False
        return all(self._is_mine(each.body) for each in page.entries)

    def _is_mine(self, body: object) -> bool:
        if not isinstance(body, dict) or body.get("resourceType") == "Patient":
            return string(body, "id") == self._patient_id
        named = [self._rest.relative(each) for each in deciding_patients(body)]
        return not named or f"Patient/{self._patient_id}" in named

    def _leaks(self, kind: str) -> bool:
        try:
            return _told(self._rest.search(kind, self._of(kind, mint()) | {"_count": "1"}))
        except _NO:
            return False

    def _with_several(self) -> str | None:
        """Find a type of which the person has two or more."""
        if self._patient_id is None:
            return None
        for kind in self._statement.kinds:
            try:
                page = self._rest.search(kind, self._of(kind) | {"_count": "2"})
            except (*_NO, ServiceBroken):
                continue
            if len(page.entries) > 1:
                return kind
        return None

    def _pages_agree(self, first: Callable[[int], Page]) -> Verdict:
        """Find a few pages of one entry each again in a large page, one after the other, none left out.

        Others write meanwhile, and a server may note in its history that we looked: three tries.
        """
        found = Verdict.UNKNOWN
        for _ in range(_TRIES):
            found = self._pages_agree_now(first)
            if found is not Verdict.LIES:
                break
        return found

    def _pages_agree_now(self, first: Callable[[int], Page]) -> Verdict:
        page: Page | None = first(1)
        small: list[str] = []
        while page is not None and len(small) < _FEW_PAGES:
            told = [_name(each) for each in page.entries]
            if set(told) & set(small) or len(told) > 1:
                return Verdict.LIES
            small += told
            page = self._rest.following(page.following) if page.following else None
        large = [_name(each) for each in first(_LARGE).entries]
        if len(large) < 2:  # noqa: PLR2004 (one entry is one page)
            return Verdict.UNKNOWN
        places = sorted(large.index(each) for each in small if each in large)
        is_row = len(places) == len(small) > 0 and places[-1] - places[0] == len(places) - 1
        reached_end = page is not None or places[-1:] == [len(large) - 1]
        return Verdict.WORKS if is_row and reached_end else Verdict.LIES


def _told(page: Page) -> bool:
    return bool(page.entries or page.bare or page.broken)


def _name(entry: FeedEntry) -> str:
    return f"{entry.type}/{entry.id}/{entry.version}"


def tried(check: Check, probe: Callable[[], Verdict], *, again: bool = True) -> Finding:
    """Run a probe; a refusal is an honest no, an answer that cannot be believed is a lie.

    What was cut, or failed by the server's own word, is tried once more: what is found is kept for days.
    """
    try:
        return Finding(check, probe())
    except _NO as refusal:
        return Finding(check, Verdict.LACKS, {"status": refusal.fields.get("status", 403)})
    except ServiceBroken as failure:
        status = int(failure.fields.get("status", 0))
        failed = status == 0 or status >= 500  # noqa: PLR2004 (it says itself that it failed)
        if failed and again:
            return tried(check, probe, again=False)
        return Finding(check, Verdict.LACKS if failed else Verdict.LIES, {"status": status})
