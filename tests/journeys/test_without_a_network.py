"""The network goes, or the service does: calm words, nothing lost, everything sent once when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.papers import heavy_scan
from tests.journeys.poste import TITLE, filed_by_karim, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.poste import Central, Poste

    Make = Callable[..., Poste]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


def test_the_network_is_pulled_on_the_way_in(poste: Make) -> None:
    """Before the sign-in, after the browser answered, while the space is opened: say it, try again."""
    pc = poste()
    pc.start().screen("desk_welcome")
    pc.cable.cut()
    pc.desk.press("Je me connecte")
    pc.desk.until(
        "the words", lambda: pc.desk.ask("screen") == "desk_welcome" and pc.desk.says("Pas de réseau")
    )
    assert not pc.desk.says("Vous pouvez continuer")
    pc.look(pc.desk, "offline-desk")
    pc.cable.restore()
    pc.desk.press("Je me connecte")
    pc.desk.screen("desk_ready")
    hands = pc.welcome()
    pc.hold_browser()
    hands.press("La personne se connecte")
    pc.browser_answered()
    pc.cable.cut()
    pc.let_browser_pass()
    hands.until("the words", lambda: hands.ask("screen") == "who" and hands.says("Pas de réseau"))
    assert not hands.says("Vous pouvez continuer")
    pc.look(hands, "offline-who")
    pc.cable.restore()
    hands.press("La personne se connecte")
    hands.screen("identity")
    pc.cable.cut_at(b"_cursor=")
    hands.press("Oui, c’est moi")
    hands.until("the words", lambda: hands.ask("screen") == "opening" and hands.says("Pas de réseau"))
    assert not hands.says("Vous pouvez continuer")
    pc.look(hands, "offline-opening")
    pc.cable.restore()
    hands.press("Réessayer")
    hands.screen("help_mode")


def test_the_network_is_pulled_in_the_middle_of_an_upload(poste: Make, central: Central) -> None:
    """A large scan gets half-way: it is kept, goes on when the cable is back, and is there once."""
    pc, title = poste(), f"{TITLE}, lourd"
    pc.ready()
    pc.together()
    photo = pc.on_stick("scan.tiff", heavy_scan(1))
    pc.cable.cut_at(b"PATCH /uploads", more=400_000)
    hands = pc.file(photo, title)
    hands.until("the words", lambda: hands.says("sera envoyé dès que possible"))
    pc.look(hands, "offline-upload")
    assert pc.cable.is_cut
    assert central.copies(title) == 0
    pc.cable.restore()
    hands.until("sent", lambda: hands.says("Envoyé. Les autres appareils"))
    assert central.content(title) == photo.read_bytes()
    wait_for(lambda: not pc.envelopes(), "the envelope to be dropped")


@pytest.mark.slow
def test_half_sent_then_killed_it_is_delivered_whole(poste: Make, central: Central) -> None:
    """Half a file, then a whole file without its act, is at the service: the desk delivers each, once."""
    pc = poste()
    pc.ready()
    for number, words in enumerate((b"PATCH /uploads", b"POST /fhir "), start=2):
        title = f"{TITLE}, à moitié {number}"
        pc.together()
        photo = pc.on_stick(f"scan-{number}.tiff", heavy_scan(number))
        pc.cable.cut_at(words, more=400_000 if b"PATCH" in words else 0)
        pc.file(photo, title)
        wait_for(lambda: pc.cable.is_cut, "the cable to be cut")
        pc.kill_session()
        pc.erased(crashed=True)
        assert central.copies(title) == 0
        pc.cable.restore()
        pc.desk.press("Continuer")
        pc.all_delivered()
        assert central.copies(title) == 1
        assert central.content(title) == photo.read_bytes()


@pytest.mark.slow
def test_a_visit_that_ends_without_a_network_is_delivered_afterwards(poste: Make, central: Central) -> None:
    """Mandate, paper and the mandate's end go later, each once; the receipt and the desk say so."""
    pc, title, before = poste(), f"{TITLE}, fin", central.mandates()
    pc.ready()
    pc.mandate_text().press("J’ai compris et je suis d’accord")
    pc.session.screen("home")
    pc.cable.cut()
    pc.file(pc.paper("fin"), title)
    pc.session.press("Terminer la visite")
    pc.session.screen("finish")
    pc.session.until("what waits", lambda: pc.session.says("sous enveloppe fermée"))
    pc.look(pc.session, "offline-finish")
    pc.session.press("Terminer")
    pc.erased(crashed=False)
    pc.look(pc.desk, "offline-erased")
    assert central.copies(title) == 0
    pc.cable.restore()
    pc.desk.press("Continuer")
    pc.all_delivered()
    assert central.copies(title) == 1
    assert filed_by_karim(central.act_of(title), "faire_pour")
    (given,) = set(central.mandates()) - set(before)
    (consent,) = central.witness().search("Consent", _id=given)
    assert consent["status"] == "inactive"


@pytest.mark.slow
def test_the_service_dies_and_comes_back(poste: Make, central: Central) -> None:
    """What was filed meanwhile is sent by itself, once."""
    pc, title = poste(), f"{TITLE}, service"
    pc.ready()
    pc.together()
    central.kill()
    try:
        hands = pc.file(pc.paper("service"), title)
        hands.until("the words", lambda: hands.says("sera envoyé dès que possible"))
    finally:
        central.start()
    hands.until("sent", lambda: hands.says("Envoyé. Les autres appareils"))
    assert central.copies(title) == 1
    pc.finish()
    pc.erased(crashed=False)


@pytest.mark.slow
def test_a_service_that_does_not_answer_holds_nobody_up(poste: Make, central: Central) -> None:
    """A network that swallows everything: the visit ends, the wipe comes at once, what waits goes later."""
    pc, title = poste(), f"{TITLE}, muet"
    pc.ready()
    pc.together()
    with central.frozen():
        pc.file(pc.paper("muet"), title)
        pc.finish()
        pc.erased(crashed=False, within=30)
        pc.desk.press("Continuer")
        pc.desk.screen("desk_ready")
        pc.welcome()
        pc.kill_session()
        pc.erased(crashed=True, within=10)
    pc.desk.press("Continuer")
    pc.all_delivered()
    assert central.copies(title) == 1
