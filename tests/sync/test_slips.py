"""The words of a mandate slip come whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from sync.failures import ServiceBroken
from sync.slips import Slip, draw_slip
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from tests.sync.rough_server import Asked, RoughServer

WHOLE = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "words", "valueString": "sucre-lapin-pomme"},
        {"name": "qr", "valueString": "tandem:mandat:sucre-lapin-pomme"},
    ],
}


def drawn(rough: RoughServer, told: dict[str, Any]) -> Slip:
    """Ask a server that answers this."""

    def rule(asked: Asked) -> bool:
        assert asked.method == "POST"
        assert asked.path == "/fhir/Consent/c1/$slip"
        return asked.answer(200, orjson.dumps(told), "application/fhir+json")

    rough.rules.append(rule)
    transport = Transport(Address(rough.base))
    try:
        return draw_slip(transport, "c1")
    finally:
        transport.close()


def test_the_words_and_their_code_come_from_the_service(rough: RoughServer) -> None:
    """Both, as they are."""
    assert drawn(rough, WHOLE) == Slip("sucre-lapin-pomme", "tandem:mandat:sucre-lapin-pomme")


@pytest.mark.parametrize(
    "told", [{}, {"parameter": [{"name": "words"}]}, {"parameter": [{"valueString": "x"}]}]
)
def test_half_a_slip_is_none(rough: RoughServer, told: dict[str, Any]) -> None:
    """Nobody copies words that open nothing."""
    with pytest.raises(ServiceBroken):
        drawn(rough, told)
