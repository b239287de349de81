"""What waits, on a whole PC: the words on top lead to the question, and nothing goes before the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.fhir import allergy_intolerance
from app.ids import mint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.poste import Central, Poste

    Make = Callable[..., Poste]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]

MANY = 26


def noted_elsewhere(central: Central) -> list[str]:
    """Let another device of Jeanne note many allergies; return their keys."""
    witness = central.witness()
    (patient,) = witness.search("Patient", _count="1")
    bodies = [
        allergy_intolerance.make(
            mint(),
            patient=(patient["id"], "Jeanne Martin"),
            code={"text": f"Fruit {number}"},
            category="food",
            reactions=(),
            severity="",
            onset="",
            note="",
            moment=datetime.now(UTC),
        )
        for number in range(MANY)
    ]
    keys = [f"AllergyIntolerance/{each['id']}" for each in bodies]
    entries = [
        {"resource": body, "request": {"method": "PUT", "url": key}}
        for body, key in zip(bodies, keys, strict=True)
    ]
    witness.send({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    return keys


@pytest.mark.slow  # tests/screens/test_waiting_at_service.py answers yes and no against a service in each run
def test_many_deletions_are_said_on_top_and_asked_about(poste: Make, central: Central) -> None:
    """A fault elsewhere deletes much during a visit: said on top, read here, taken away on a word."""
    keys = noted_elsewhere(central)
    pc = poste()
    pc.ready()
    hands = pc.together()
    entries = [{"request": {"method": "DELETE", "url": each}} for each in keys]
    central.witness().send({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    hands.until("the question", lambda: hands.says("Une question pour vous"))
    hands.press("Ma santé", match="prefix")
    hands.screen("health")
    hands.until("the allergies", lambda: hands.says("Fruit"))
    hands.press("Une question pour vous")
    hands.screen("waiting")
    hands.press("Le service a retiré beaucoup de choses", match="prefix")
    hands.screen("waiting_question")
    hands.until("how many", lambda: hands.says(f"Le service a retiré {MANY} informations."))
    pc.look(hands, "many-removed")
    hands.press("Les retirer ici aussi")
    hands.screen("waiting")
    hands.until("calm", lambda: hands.says("À jour"))
    hands.press("Retour")
    hands.screen("health")
    hands.until("them gone", lambda: not hands.says("Fruit"))
    hands.press("Retour")
    pc.finish()
    pc.erased(crashed=False)
