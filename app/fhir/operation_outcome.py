"""OperationOutcome: what a server says went wrong, reading and making."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir import Resource, display_of, items, nodes, string

__all__ = ["Issue", "is_error", "issues", "make", "sentence"]

_GRAVE = frozenset({"fatal", "error"})


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue: its severity and code (R4 lists), the human words if any, and where."""

    severity: str
    code: str
    text: str | None
    expression: tuple[str, ...]


def issues(outcome: object) -> list[Issue]:
    """List the issues; empty for a body that is no OperationOutcome."""
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return []
    return [
        Issue(
            severity=string(each, "severity") or "error",
            code=string(each, "code") or "unknown",
            text=display_of(each.get("details")) or string(each, "diagnostics"),
            expression=tuple(where for where in items(each, "expression") if isinstance(where, str)),
        )
        for each in nodes(outcome, "issue")
    ]


def is_error(outcome: object) -> bool:
    """Say whether any issue is an error, not a warning."""
    return any(each.severity in _GRAVE for each in issues(outcome))


def sentence(outcome: object) -> str | None:
    """Return the human words of the gravest issue."""
    found = sorted(issues(outcome), key=lambda issue: issue.severity not in _GRAVE)
    return next((each.text for each in found if each.text), None)


def make(code: str, text: str, *, severity: str = "error", expression: str | None = None) -> Resource:
    """Make one with one issue; ``text`` is a sentence for a person."""
    issue: Resource = {"severity": severity, "code": code, "details": {"text": text}}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
