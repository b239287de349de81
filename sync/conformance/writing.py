"""Probes that write: on resources of type ``Basic`` made for it, and on a made-up person, taken away after.

Each answer is read back before it is believed: a 200 for what was not done is the lie looked for here.
What could not be taken away again is said (:attr:`Check.CLEANED`), and looked for before the next tries
(:mod:`sync.conformance.leftovers`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from app.clock import instant
from app.fhir import Resource, nodes, string
from app.fhir.bundle import statuses
from app.ids import mint
from app.records.arrivals import moment_of
from sync.conformance.leftovers import AGENT, PROBES
from sync.conformance.reading import tried
from sync.conformance.values import Check, Finding, Verdict
from sync.failures import Absent, ServiceBroken, TransportError
from sync.rest import REFUSALS, created_id, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.conformance.statement import Statement
    from sync.rest import Rest
    from sync.transport import Answer

__all__ = ["IDENTIFIER_SYSTEM", "Writing"]

IDENTIFIER_SYSTEM = "urn:ietf:rfc:3986"
_CODE = {"coding": [{"system": "https://tandem.example/fhir/CodeSystem/basic", "code": "probe"}]}
_MOST_PAGES = 12


class Writing:
    """Writing probes of one server. Without a ``patient_id`` a made-up person is created for them."""

    def __init__(self, rest: Rest, statement: Statement, patient_id: str | None) -> None:
        self._rest = rest
        self._statement = statement
        self._patient_id = patient_id
        self._made: list[tuple[str, str]] = []
        self._since: str | None = None
        self._is_guarded = False

    def all(self) -> Iterator[Finding]:
        """Run every probe, then take away what was made."""
        try:
            yield from self._all()
        finally:
            left = self._clean()
        yield Finding(Check.CLEANED, Verdict.LACKS if left else Verdict.WORKS, {"count": left})

    def _all(self) -> Iterator[Finding]:
        if self._patient_id is None:
            self._patient_id = self._person()
        yield tried(Check.CLIENT_IDS, self.client_ids)
        yield tried(Check.CREATE_ONLY, self.create_only)
        yield tried(Check.IF_MATCH, self.if_match)
        yield tried(Check.CONDITIONAL_CREATE, self.conditional_create)
        yield tried(Check.ROLLBACK, self.rollback)
        yield tried(Check.BATCH, self.batch)
        gone = mint()
        yield tried(Check.DELETE, lambda: self.delete(gone))
        yield tried(Check.GONE, lambda: self.gone(gone))
        yield tried(Check.DELETE_IF_MATCH, self.delete_if_match)
        yield tried(Check.DELETIONS_TOLD, lambda: self.deletions_told(gone))
        yield tried(Check.SINCE_ON_NEXT, self.since_on_next)
        provenance = mint()
        yield tried(Check.PROVENANCE, lambda: self.provenance(provenance))
        yield tried(Check.PROVENANCE_SEARCH, lambda: self.provenance_search(provenance))

    # Names and versions

    def client_ids(self) -> Verdict:
        """PUT under an id of ours, and find it there."""
        basic = self._basic()
        if not _good(self._put(basic)):
            return Verdict.LACKS
        return Verdict.WORKS if self._has(basic) else Verdict.LIES

    def create_only(self) -> Verdict:
        """``If-None-Match: *`` must keep what is there from being overwritten."""
        first = self._basic()
        if not _good(self._put(first)):
            return Verdict.UNKNOWN
        answer = self._put(first | {"code": {"text": "second"}}, If_None_Match="*")
        if not self._has(first):
            return Verdict.LIES
        return Verdict.LIES if _good(answer) else Verdict.WORKS

    def if_match(self) -> Verdict:
        """An update from another version must be refused; one from the true version is taken."""
        first = self._basic()
        if not _good(self._put(first)):
            return Verdict.UNKNOWN
        refused = [
            not _good(self._put(first | {"code": {"text": "second"}}, If_Match=f'W/"{version}"'))
            for version in ("99", "no-such-version")
        ]
        if not all(refused) or not self._has(first):
            return Verdict.LIES
        true = version_of(self._rest.read("Basic", str(first["id"])))
        self._is_guarded = _good(self._put(first | {"code": {"text": "third"}}, If_Match=f'W/"{true}"'))
        return Verdict.WORKS if self._is_guarded else Verdict.LACKS

    def conditional_create(self) -> Verdict:
        """``If-None-Exist`` must find by its business identifier what was created before."""
        name = f"urn:uuid:{mint()}"
        body = self._basic()
        body["identifier"].append({"system": IDENTIFIER_SYSTEM, "value": name})
        del body["id"]
        condition = f"identifier={IDENTIFIER_SYSTEM}|{name}"
        made = [self._id_of(self._rest.create(body, If_None_Exist=condition)) for _ in range(2)]
        self._made += [("Basic", each) for each in made if each is not None]
        if None in made:
            return Verdict.LACKS
        kept = nodes(self._rest.read("Basic", str(made[0])), "identifier")
        is_named = any(each.get("value") == name for each in kept)
        return Verdict.WORKS if made[0] == made[1] and is_named else Verdict.LIES

    # Bundles

    def rollback(self) -> Verdict:
        """A pair of which the second must fail must leave nothing of the first.

        Where a version is held as a header, it must be in a transaction too: its entries rely on it.
        """
        bad = self._basic()
        undone = self._undone({**bad, "id": mint()}, at=bad["id"])
        if undone is not Verdict.WORKS or not self._is_guarded:
            return undone
        newer = self._basic()
        if not _good(self._put(newer)):
            return Verdict.UNKNOWN
        return self._undone(newer, at=newer["id"], ifMatch='W/"99"')

    def _undone(self, bad: Resource, *, at: str, **condition: str) -> Verdict:
        good = self._basic()
        answer = self._rest.bundle(_bundle("transaction", good, bad, at=at, **condition))
        self._made += [("Basic", at)]
        if self._has(good):
            return Verdict.LIES
        if not _good(answer):
            return Verdict.WORKS if self._statement.offers("transaction") else Verdict.LACKS
        return Verdict.LIES

    def batch(self) -> Verdict:
        """The entries of a batch must have their own status, and each be true."""
        good, bad = self._basic(), self._basic()
        answer = self._rest.bundle(_bundle("batch", good, {**bad, "id": mint()}, at=bad["id"]))
        self._made += [("Basic", bad["id"])]
        if not _good(answer):
            return Verdict.LACKS
        told = [httpx.codes.is_success(each) for each in statuses(answer.json())]
        return Verdict.WORKS if told == [self._has(good), False] == [True, False] else Verdict.LIES

    # Deletions

    def delete(self, basic_id: str) -> Verdict:
        """What was deleted must not be read any more."""
        basic = self._basic(basic_id)
        if not _good(self._put(basic)):
            return Verdict.UNKNOWN
        self._since = string(self._rest.read("Basic", basic_id), "meta", "lastUpdated")
        if not _good(self._rest.delete("Basic", basic_id)):
            return Verdict.LACKS
        return Verdict.LIES if self._has(basic) else Verdict.WORKS

    def gone(self, basic_id: str) -> Verdict:
        """410 for what was deleted tells it from what never was."""
        answer = self._rest.ask(self._rest.at("Basic", basic_id), also=REFUSALS)
        if _good(answer):
            return Verdict.LIES
        return Verdict.WORKS if answer.status == httpx.codes.GONE else Verdict.LACKS

    def delete_if_match(self) -> Verdict:
        """A deletion from another version must be refused."""
        basic = self._basic()
        if not _good(self._put(basic)):
            return Verdict.UNKNOWN
        answer = self._rest.delete("Basic", basic["id"], If_Match='W/"99"')
        return Verdict.WORKS if not _good(answer) and self._has(basic) else Verdict.LIES

    def deletions_told(self, basic_id: str) -> Verdict:
        """The history must tell of the deletion, or other computers keep what was deleted."""
        kind = self._with_history()
        if kind is None:
            return Verdict.LACKS
        page = self._rest.history(self._since, kind or None, count=100)
        for _ in range(_MOST_PAGES):
            if any(each.id == basic_id and each.body is None for each in page.entries):
                return Verdict.WORKS
            if page.following is None:
                return Verdict.LIES
            page = self._rest.following(page.following)
        return Verdict.UNKNOWN

    def since_on_next(self) -> Verdict:
        """The later pages of a history must keep to the moment that the first was asked for."""
        kind = self._with_history()
        if kind is None:
            return Verdict.LACKS
        floor = moment_of(self._since or "")
        if floor is None:
            return Verdict.UNKNOWN
        page = self._rest.history(self._since, kind or None, count=2)
        for _ in range(_MOST_PAGES):
            stamps = [moment_of(each.last_updated) for each in page.entries]
            if any(each is not None and each < floor for each in stamps):
                return Verdict.LIES
            if page.following is None:
                return Verdict.WORKS
            page = self._rest.following(page.following)
        return Verdict.UNKNOWN

    # Who did what

    def provenance(self, provenance_id: str) -> Verdict:
        """A Provenance under an id of ours is how a sending is proven."""
        basic = self._basic()
        if not _good(self._put(basic)):
            return Verdict.UNKNOWN
        body = {
            "resourceType": "Provenance",
            "id": provenance_id,
            "target": [{"reference": f"Basic/{basic['id']}"}],
            "recorded": instant(datetime.now(UTC)),
            "agent": AGENT,
        }
        if not _good(self._put(body)):
            return Verdict.LACKS
        return Verdict.WORKS if self._has(body) else Verdict.LIES

    def provenance_search(self, provenance_id: str) -> Verdict:
        """Whether it is found by the person, or has to be read back one by one."""
        if "Provenance" not in self._statement.kinds or self._patient_id is None:
            return Verdict.LACKS
        page = self._rest.search("Provenance", {"patient": self._patient_id, "_count": "100"})
        return Verdict.WORKS if any(each.id == provenance_id for each in page.entries) else Verdict.LACKS

    # Inside

    def _basic(self, basic_id: str | None = None) -> Resource:
        made: Resource = {"resourceType": "Basic", "id": basic_id or mint(), "code": _CODE}
        made["identifier"] = [{"system": PROBES, "value": made["id"]}]
        if self._patient_id is not None:
            made["subject"] = {"reference": f"Patient/{self._patient_id}"}
        self._made.append(("Basic", made["id"]))
        return made

    def _person(self) -> str | None:
        """Create a made-up person; None where that is refused."""
        body: Resource = {"resourceType": "Patient", "id": mint(), "active": False}
        body["name"] = [{"use": "anonymous", "text": "TANDEM-ESSAI"}]
        try:
            answer = self._put(body)
            made = str(body["id"]) if _good(answer) else self._id_of(self._rest.create(body))
        except ServiceBroken:
            return None
        self._made += [("Patient", made)] if made else []
        return made

    def _with_history(self) -> str | None:
        """Return where the history is told: "" for the system, a type, None for nowhere."""
        if self._statement.offers("history-system"):
            return ""
        return "Basic" if self._statement.offers("history-type", "Basic") else None

    def _put(self, body: Resource, **headers: str) -> Answer:
        key = (body["resourceType"], body["id"])
        if key not in self._made:
            self._made.append(key)
        return self._rest.put(body, **headers)

    def _has(self, body: Resource) -> bool:
        """Say whether a resource is there with the very content that was sent."""
        try:
            found = self._rest.read(body["resourceType"], body["id"])
        except Absent:
            return False
        return found.get("code") == body.get("code")

    def _id_of(self, answer: Answer) -> str | None:
        return created_id(answer) if _good(answer) else None

    def _clean(self) -> int:
        """Take away what was made, the last first; return how many stay."""
        made = reversed(dict.fromkeys(self._made))
        return sum(not (self._is_gone(*each) or self._is_gone(*each)) for each in made)

    def _is_gone(self, kind: str, resource_id: str) -> bool:
        """Delete it, and say whether it is gone."""
        try:
            self._rest.delete(kind, resource_id)
            return not _good(self._rest.ask(self._rest.at(kind, resource_id), also=REFUSALS))
        except TransportError:
            return False


def _bundle(kind: str, good: Resource, bad: Resource, *, at: str, **condition: str) -> Resource:
    """Make a pair whose second entry no server may take: addressed to another id, or from another version."""
    addressed: tuple[tuple[Resource, str, dict[str, str]], ...] = (
        (good, good["id"], {}),
        (bad, at, condition),
    )
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {
                "fullUrl": f"urn:uuid:{resource_id}",
                "resource": body,
                "request": {"method": "PUT", "url": f"Basic/{resource_id}", **more},
            }
            for body, resource_id, more in addressed
        ],
    }


def _good(answer: Answer) -> bool:
    return httpx.codes.is_success(answer.status)
