"""Provenance of one act: who did it, with whom or for whom, under which mandate.

Its id is the operation's id, so that reading it back in the service's feed proves that the whole
act was filed, and a second delivery of the same act is recognised.
A person alone at home is the only agent. In ``faire_avec`` the person is the author and the helper
stands beside them; in ``faire_pour`` the helper is the author, on behalf of the person, and
``policy`` names the mandate's Consent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import AGENT_ROLE, ASSIST_MODE_URL, V3_PARTICIPATION
from app.fhir import Resource, codeable, extension, items, nodes, reference, reference_id, string

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["assist_mode", "helper_id", "make", "mandate_id", "on_behalf_of", "targets"]


def make(
    op_id: str,
    *,
    targets: Sequence[str],
    patient: tuple[str, str],
    helper: tuple[str, str],
    helper_role: str,
    organization: tuple[str, str],
    mode: str,
    mandate: str | None,
    moment: datetime,
) -> Resource:
    """Make it; ``targets`` are "Type/id", people and organization (id, display), mandate a Consent's id."""
    person = reference("Patient", *patient)
    author = codeable(V3_PARTICIPATION, "AUT")
    if helper_role == "citizen":
        return _made(op_id, targets, mode, moment, [{"type": author, "who": person}])
    is_close = helper_role in {"carer", "legal_representative"}
    assistant = {
        "role": [codeable(AGENT_ROLE, helper_role)],
        "who": reference("RelatedPerson" if is_close else "Practitioner", *helper),
        "onBehalfOf": person,
    }
    helping = codeable(AGENT_ROLE, "helper")
    agents: list[Resource] = (
        [{"type": author} | assistant]
        if mode == "faire_pour"
        else [{"type": author, "who": person}, {"type": helping} | assistant]
    )
    if organization[0]:
        place = reference("Organization", *organization)
        agents.append({"type": codeable(V3_PARTICIPATION, "CST"), "who": place})
    made = _made(op_id, targets, mode, moment, agents)
    if mandate:
        made["policy"] = [f"Consent/{mandate}"]
    return made


def _made(
    op_id: str, targets: Sequence[str], mode: str, moment: datetime, agents: list[Resource]
) -> Resource:
    return {
        "resourceType": "Provenance",
        "id": op_id,
        "extension": [{"url": ASSIST_MODE_URL, "valueCode": mode}],
        "target": [{"reference": each} for each in targets],
        "recorded": instant(moment),
        "agent": agents,
    }


def assist_mode(provenance: Resource) -> str | None:
    """Return ``faire_avec`` or ``faire_pour``."""
    return string(extension(provenance, ASSIST_MODE_URL), "valueCode")


def mandate_id(provenance: Resource) -> str | None:
    """Return the id of the mandate's Consent, if the act was done under one."""
    for each in items(provenance, "policy"):
        found = reference_id({"reference": each}, "Consent")
        if found:
            return found
    return None


def helper_id(provenance: Resource) -> str | None:
    """Return the id of the helper's Practitioner."""
    found = (reference_id(agent.get("who"), "Practitioner") for agent in nodes(provenance, "agent"))
    return next((each for each in found if each), None)


def on_behalf_of(provenance: Resource) -> str | None:
    """Return the id of the Patient for or with whom the act was done."""
    found = (reference_id(agent.get("onBehalfOf"), "Patient") for agent in nodes(provenance, "agent"))
    return next((each for each in found if each), None)


def targets(provenance: Resource) -> list[str]:
    """List what the act touched, as "Type/id"."""
    return [each["reference"] for each in nodes(provenance, "target") if string(each, "reference")]
