"""A pharmacy's counter with the real processes: one customer, a vaccine by its box, the next in one press."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from app import counter
from app.reader.codes import codes_in
from tests.journeys.poste import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.poste import Central, Poste

    Make = Callable[..., Poste]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]
BOX = "(01)03400999900010(17)280531(10)LOT-7Q(21)SERIAL42"


def scanned() -> str:
    """Print the box's code, and read it as the reader does; a hand scanner would type the same."""
    picture = zxingcpp.create_barcode(BOX, zxingcpp.BarcodeFormat.DataMatrix, gs1=True).to_image(scale=4)
    (code,) = codes_in(Image.frombytes("L", (picture.shape[1], picture.shape[0]), bytes(picture)))
    return code.text


def wait_for_lot(central: Central, lot: str) -> list[dict[str, Any]]:
    """Return the vaccinations of that lot, once the service has one."""

    def found() -> list[dict[str, Any]]:
        told = central.witness().search("Immunization", _count="1000")
        return [each for each in told if each.get("lotNumber") == lot]

    wait_for(found, "the vaccination at the service", 10)
    return found()


def test_a_customer_a_vaccine_and_the_next_customer(poste: Make, central: Central) -> None:
    """Agreed for today, prescriptions only, the vaccine at the service; nothing of the first is left."""
    code = str(central.ready["counter_code"])
    pc = poste(adviser="claire", place=counter.PLACE, idle=counter.IDLE_SECONDS, enrolment_code=code)
    pc.ready()
    hands = pc.identify()
    hands.press("Oui, c’est moi")
    hands.screen("counter_offer")
    assert hands.says("vos ordonnances, vos vaccins et vos allergies")
    hands.press("Oui, pour aujourd’hui")
    hands.screen("counter")
    assert not hands.says("Lire mes documents")
    hands.until("all to be here", lambda: hands.says("À jour"))
    hands.press("Mes ordonnances", match="prefix")
    hands.screen("prescriptions")
    rows = hands.until("rows", lambda: hands.ask_list("rows"))
    assert all("Ordonnances et soins" in row or "rdonnance" in row for row in rows)
    hands.ask("press_row", text=rows[0])
    hands.screen("document_view")
    hands.until("the page", lambda: hands.ask("has_page") or hands.ask("document_text"))
    hands.press("Retour")
    hands.screen("prescriptions")
    hands.press("Retour")
    hands.press("Noter un vaccin", match="prefix")
    hands.screen("vaccine_code")
    hands.ask("write", name="Code de la boîte", text=scanned().replace("\x1d", "␝"))
    hands.press("Continuer")
    hands.screen("entry_check")
    assert hands.says("LOT-7Q")
    hands.press("Noter ce vaccin")
    hands.screen("entry_done")
    hands.until("it to arrive", lambda: hands.says("À jour"))
    hands.press("Tourner l’écran")
    hands.until("the screen to be turned", lambda: not hands.says("Client suivant"))
    hands.press("Rendre l’écran")
    first = pc.session.pid
    hands.press("Client suivant")
    pc.session = pc._conductor.wait_for("session", not_pid=first)
    pc.session.screen("who")
    assert pc.session.pid != first
    assert not any(pc.whose in text for text in (*pc.session.texts(), *pc.desk.texts()))
    pc.nothing_readable()
    (made,) = wait_for_lot(central, "LOT-7Q")
    assert made["primarySource"] is True
    assert made["expirationDate"] == "2028-05-31"
    assert made["performer"][0]["actor"]["display"] == "Claire Roussel"
