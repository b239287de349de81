"""Identifiers that a server gave instead of ours, put in their place on the way in and on the way out.

Context: some servers take no identifier from a client. Then a resource is created with our id as a business
identifier and ``If-None-Exist`` (sent twice, it is made once), and the id that came back is paired with ours.
Decision: the store knows our ids only; only what travels is rewritten, references included. A type without
``identifier`` (Provenance, Binary, AuditEvent) cannot be created safely twice there: :func:`can_be_named`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, nodes, resource_key
from app.records import peers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from app.records import Records

__all__ = ["IdMap", "bears", "can_be_named", "if_none_exist", "named"]

SYSTEM = "urn:ietf:rfc:3986"
_NAMELESS = frozenset({"Provenance", "Binary", "AuditEvent", "Bundle", "Parameters", "OperationOutcome"})
_ADDRESSES = frozenset({"reference", "url"})


class IdMap:
    """The pairs of one server, kept in the person's store."""

    def __init__(self, records: Records, base: str) -> None:
        self._records = records
        self._base = base
        self._outward = records.look(peers.identifiers(base))
        self._inward = {theirs: ours for ours, theirs in self._outward.items()}

    def __bool__(self) -> bool:
        return bool(self._outward)

    def recognise(self, body: Resource, made_here: Collection[tuple[str, str]]) -> None:
        """Pair a resource of ours, known by its business identifier: the answer that told its id was lost."""
        kind = str(body["resourceType"])
        for each in nodes(body, "identifier"):
            ours = str(each.get("value")).removeprefix("urn:uuid:")
            is_ours = (kind, ours) in made_here and each.get("system") == SYSTEM
            # A copy that somebody made of ours may bear its name as well: the first stays the one.
            if is_ours and self.theirs(kind, ours) == ours:
                self.pair(kind, ours, str(body["id"]))

    def pair(self, kind: str, ours: str, theirs: str) -> None:
        """Keep the id that the server gave."""
        if ours == theirs:
            return
        self._records.take_in(peers.pair(self._base, kind, ours, theirs))
        self._outward[f"{kind}/{ours}"] = f"{kind}/{theirs}"
        self._inward[f"{kind}/{theirs}"] = f"{kind}/{ours}"

    def part(self, kind: str, ours: str) -> None:
        """Forget a pair: what the server gave that id to is not there any more."""
        self._records.take_in(peers.part(self._base, kind, ours))
        self._inward.pop(self._outward.pop(f"{kind}/{ours}", ""), None)

    def theirs(self, kind: str, ours: str) -> str:
        """Return the server's id of a resource of ours."""
        return self._outward.get(f"{kind}/{ours}", f"{kind}/{ours}").partition("/")[2]

    def ours(self, kind: str, theirs: str) -> str:
        """Return our id of a resource of the server's."""
        return self._inward.get(f"{kind}/{theirs}", f"{kind}/{theirs}").partition("/")[2]

    def inward(self, body: Resource) -> Resource:
        """Write a resource as the store knows it."""
        return _renamed(body, self._inward) if self._inward else body

    def outward(self, body: Resource) -> Resource:
        """Write a resource as the server knows it."""
        return _renamed(body, self._outward) if self._outward else body


def can_be_named(kind: str) -> bool:
    """Say whether a type can bear our id as a business identifier."""
    return kind not in _NAMELESS


def named(body: Resource) -> Resource:
    """Add our id as a business identifier; the id itself is left to the server."""
    mine = _name(str(body["id"]))
    others = [each for each in nodes(body, "identifier") if each != mine]
    return {key: value for key, value in body.items() if key != "id"} | {"identifier": [*others, mine]}


def bears(body: Resource, ours: str) -> bool:
    """Say whether a resource bears our id as a business identifier."""
    name = _name(ours)
    return any(name.items() <= each.items() for each in nodes(body, "identifier"))


def _name(ours: str) -> dict[str, str]:
    return {"system": SYSTEM, "value": f"urn:uuid:{ours}"}


def if_none_exist(body: Resource) -> str:
    """Return the condition under which a resource of ours is created: the value of ``If-None-Exist``."""
    return f"identifier={SYSTEM}|urn:uuid:{body['id']}"


def _renamed(body: Resource, names: Mapping[str, str]) -> Resource:
    found: Resource = {key: _rewritten(value, names, key) for key, value in body.items()}
    other = names.get(resource_key(body))
    return found | {"id": other.partition("/")[2]} if other else found


def _rewritten(value: object, names: Mapping[str, str], key: str = "") -> object:
    if isinstance(value, dict):
        return {name: _rewritten(each, names, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_rewritten(each, names) for each in value]
    return names.get(value, value) if key in _ADDRESSES and isinstance(value, str) else value
