"""Printing is an action of its own in a mandate, and an entry of its own in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates
from app.mandates import Action, Duration, Scope, ScopeNotGranted
from app.printing import may_print, printed
from app.space import AssistMode, DoneCode

if TYPE_CHECKING:
    from app.space import Space


def granted(space: Space, *actions: Action) -> None:
    """Have the helper act for the person."""
    proposal = mandates.propose(space, [Scope.DOCUMENTS], actions, Duration.SESSION)
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    space.mode = AssistMode.FOR


def test_together_needs_no_mandate(space: Space) -> None:
    """The person is there and decides."""
    may_print(space)


def test_looking_is_not_printing(space: Space) -> None:
    """A mandate to look lets nothing out on paper; one to print does."""
    granted(space, Action.VIEW)
    with pytest.raises(ScopeNotGranted):
        may_print(space)
    granted(space, Action.VIEW, Action.PRINT)
    may_print(space)


def test_a_print_is_journaled_without_a_title(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operation on that document; the title stands on the receipt alone."""
    written: list[dict[str, Any]] = []
    keep = space.records.audit

    def heard(event: dict[str, Any]) -> None:
        written.append(event)
        keep(event)

    monkeypatch.setattr(space.records, "audit", heard)
    printed(space, "doc-1", "Ordonnance du docteur Roux")
    event = written[0]
    assert event["action"] == "E"
    assert {"reference": "DocumentReference/doc-1"} in [entity["what"] for entity in event["entity"]]
    assert "Ordonnance" not in str(event)
    assert [(line.code, line.fields["title"]) for line in space.done] == [
        (DoneCode.DOCUMENT_PRINTED, "Ordonnance du docteur Roux")
    ]
