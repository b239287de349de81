"""OperationOutcome with a French sentence, for what is refused and what is only remarked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service.messages import sentence

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.refusals import Refused

__all__ = ["all_well", "of_refusal", "with_warnings"]

_CODES = "https://tandem.example/fhir/CodeSystem/outcome"


def of_refusal(refused: Refused) -> Resource:
    """Say what was refused, why and where."""
    return _outcome([_issue("error", refused.issue_type, refused.reason, dict(refused.fields), refused.at)])


def with_warnings(warnings: list[tuple[str, str]]) -> Resource:
    """Remark on what was accepted: (code, place or name) pairs."""
    return _outcome([_issue("warning", "business-rule", code, {"name": at}, at) for code, at in warnings])


def all_well() -> Resource:
    """Say that it was done, where a body is asked for and there is nothing else to say."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational"}],
    }


def _outcome(issues: list[Resource]) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(
    severity: str, kind: str, code: str, fields: dict[str, str | int | float], at: str | None
) -> Resource:
    made: Resource = {
        "severity": severity,
        "code": kind,
        "details": {"coding": [{"system": _CODES, "code": code}], "text": sentence(code, fields)},
    }
    if at:
        made["expression"] = [at]
    return made
