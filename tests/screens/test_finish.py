"""The last screen: what has not arrived, and what two people changed without anyone having chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import relatives
from app.relatives import RelativeDetails
from tests.app.other_side import OtherSide
from tests.screens.test_health import quiet

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.space import Space

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")


def refuse_last(space: Space) -> None:
    """Let the service answer that somebody else was first."""
    OtherSide(space).refuse(space.records.operations()[-1])


def test_an_unsettled_choice_is_named_with_what_becomes_of_it(visit: Visit, qtbot: QtBot) -> None:
    """On the screen, where it can still be made, and on the receipt; it is not said to be on its way."""
    relatives.add_contact(visit.space, ANNE)
    refuse_last(visit.space)
    visit.window.go("finish")
    shown = quiet(visit, qtbot)
    qtbot.waitUntil(lambda: bool(shown.notice.words))
    assert "« Mes proches » : deux personnes" in shown.notice.words
    assert "« Ma santé »" not in shown.notice.words
    assert "Rien n’est perdu." in shown.notice.words
    assert "appuyez sur « Retour »" in shown.notice.words
    assert shown._left.going == 0
    shown._print_it()
    told = quiet(visit, qtbot).plan.sheets.words(0).replace("\n", " ")
    assert "« Mes proches »" in told.replace("\u00a0", " ")
    assert "prochaine visite" in told


def test_what_the_service_refused_is_not_called_on_its_way(visit: Visit, qtbot: QtBot) -> None:
    """It stays in its envelope, and that is what is said."""
    relatives.add_contact(visit.space, ANNE)
    (operation,) = visit.space.records.operations()
    visit.space.records.park(operation.seq, "rule-broken")
    visit.window.go("finish")
    shown = quiet(visit, qtbot)
    qtbot.waitUntil(lambda: shown._left.refused == 1)
    assert shown._refused._text.words == "1 envoi est refusé. Il est gardé sous enveloppe fermée."
    assert not shown._waiting._text.words
    assert not shown.notice.words
