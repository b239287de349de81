"""What a server says of itself (CapabilityStatement, R4 §5.1). Said is not done: the probes find that out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.fhir import Resource, node, nodes, string
from app.fhir.compartment import ASKED_BY
from sync.failures import ServiceBroken

if TYPE_CHECKING:
    from sync.rest import Rest

__all__ = ["CHANGES", "Statement", "read_statement"]

CHANGES = "https://tandem.example/fhir/OperationDefinition/Patient-changes"


@dataclass(frozen=True, slots=True)
class Statement:
    """The parts of a CapabilityStatement that the sync goes by."""

    body: Resource

    @property
    def software(self) -> str:
        """Name and version of the server's software; what was found out holds for these."""
        software = node(self.body, "software")
        return f"{string(software, 'name') or '?'} {string(software, 'version') or '?'}"

    @property
    def fhir_version(self) -> str:
        """The version of FHIR."""
        return string(self.body, "fhirVersion") or ""

    @property
    def is_r4(self) -> bool:
        """Whether it speaks R4 (4.0)."""
        return self.fhir_version.startswith("4.0")

    @property
    def kinds(self) -> dict[str, str]:
        """What can be asked for by person: type to search parameter."""
        found = {}
        for kind, candidates in ASKED_BY.items():
            resource = self.resource(kind)
            offered = {string(each, "name") for each in nodes(resource, "searchParam")}
            known = [each for each in candidates if each in offered or (resource and each == "_id")]
            if known:
                found[kind] = known[0]
        return found

    def resource(self, kind: str) -> Resource:
        """Return what is said of a type; empty where nothing is."""
        return next((each for each in nodes(self._rest, "resource") if each.get("type") == kind), {})

    def offers(self, interaction: str, kind: str | None = None) -> bool:
        """Say whether an interaction is offered, of the system or of a type."""
        of = self._rest if kind is None else self.resource(kind)
        return any(each.get("code") == interaction for each in nodes(of, "interaction"))

    def has_operation(self, definition: str, kind: str) -> bool:
        """Say whether a type has the operation of this definition."""
        return any(each.get("definition") == definition for each in nodes(self.resource(kind), "operation"))

    @property
    def _rest(self) -> Resource:
        return next((each for each in nodes(self.body, "rest") if each.get("mode") == "server"), {})


def read_statement(rest: Rest) -> Statement:
    """Ask a server what it says it can do.

    Raises:
        ServiceBroken: what came is no CapabilityStatement.
        TransportError: it was not reached, or refused.

    """
    body = rest.ask(rest.at("metadata")).json()
    if body.get("resourceType") != "CapabilityStatement":
        raise ServiceBroken(status=200)
    return Statement(body)
