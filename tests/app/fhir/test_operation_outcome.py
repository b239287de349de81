"""What a server says went wrong."""

from __future__ import annotations

from app.fhir import operation_outcome as outcomes


def test_the_gravest_issue_speaks() -> None:
    """A warning before an error does not hide it."""
    body = {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "warning", "code": "informational", "diagnostics": "slow"},
            {"severity": "error", "code": "required", "details": {"text": "Il manque le titre."}},
        ],
    }
    assert outcomes.sentence(body) == "Il manque le titre."
    assert outcomes.is_error(body)
    assert [each.code for each in outcomes.issues(body)] == ["informational", "required"]


def test_what_is_no_outcome_says_nothing() -> None:
    """A captive portal's page, a list, an empty body."""
    for body in ({"resourceType": "Patient"}, [], "<html>", None):
        assert outcomes.sentence(body) is None
        assert not outcomes.is_error(body)


def test_what_is_made_reads_back() -> None:
    """One issue with its sentence and its place."""
    made = outcomes.make("required", "Il manque la date.", expression="DocumentReference.date")
    (issue,) = outcomes.issues(made)
    assert (issue.severity, issue.text) == ("error", "Il manque la date.")
    assert issue.expression == ("DocumentReference.date",)
