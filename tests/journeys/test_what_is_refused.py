"""What the program refuses, and what the person does: each in a sentence, and one can go on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.journeys.papers import REFUSED
from tests.journeys.poste import TITLE, filed_by_karim, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.poste import Central, Poste

    Make = Callable[..., Poste]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


@pytest.mark.slow  # tests/screens/test_filing.py holds each refusal and its sentence in each run
@pytest.mark.parametrize("most", [3, len(REFUSED)])
def test_every_refused_file_is_said_and_another_can_be_taken(
    poste: Make, central: Central, most: int
) -> None:
    """One sentence in the summary, with what to do; the good paper goes through in the end."""
    pc, title = poste(), f"{TITLE}, enfin"
    pc.ready()
    hands = pc.together()
    for name, (make, words) in islice(REFUSED.items(), most):
        path = pc.on_stick(name, b"")
        make(path)
        pc.pick(path)
        hands.until(f"why {name} is refused", lambda: hands.ask("errors"))
        (said,) = hands.ask_list("errors")
        assert words in said, name
        pc.look(hands, f"refused-{path.stem}")
        assert hands.ask("screen") == "file_pick"
    paper = pc.paper("enfin")
    pc.file(paper, title)
    hands.press("Ranger un autre papier")
    hands.screen("file_pick")
    pc.pick(paper)
    hands.until("why it is refused", lambda: hands.ask("errors"))
    assert title in hands.ask_list("errors")[0]
    assert "déjà rangé" in hands.ask_list("errors")[0]
    pc.look(hands, "refused-twin")
    wait_for(lambda: central.copies(title) == 1, "the paper to be there once")
    pc.kill_session()
    pc.erased(crashed=True)


@pytest.mark.slow
def test_a_person_who_says_no_is_heard_and_one_goes_on_together(poste: Make, central: Central) -> None:
    """« Non »: nothing was opened. « Je ne veux pas »: nothing is kept, and filing needs no mandate."""
    pc, title, before = poste(), f"{TITLE}, ensemble", central.mandates()
    pc.ready()
    hands = pc.identify()
    hands.press("Non")
    hands.screen("who")
    assert not list(pc.folder.glob("sessions/*/vault/**/*.db"))
    assert not hands.says("Martin")
    pc.nothing_readable()
    hands.press("La personne se connecte")
    hands.screen("identity")
    hands.press("Oui, c’est moi")
    hands.screen("help_mode")
    pc.to_mandate_text().press("Je ne veux pas")
    hands.screen("home")
    assert hands.says("Pas de mandat : rien n’a été gardé.")
    pc.look(hands, "mandate-refused")
    pc.file(pc.paper("ensemble"), title)
    hands.until("sent", lambda: hands.says("Envoyé. Les autres appareils"))
    assert central.mandates() == before
    act = central.act_of(title)
    assert filed_by_karim(act)
    assert "policy" not in act


def open_slip(pc: Poste, words: str) -> None:
    """Type the words of a slip."""
    hands = pc.welcome()
    hands.press("Elle a déjà un mandat", match="prefix")
    hands.screen("slip")
    hands.ask("write", name="Mots du coupon", text=words)
    hands.press("Ouvrir le mandat")


@pytest.mark.slow
def test_the_words_of_a_slip_open_its_mandate(poste: Make, central: Central) -> None:
    """Typed as they come, with spaces and capitals; what is done is done under that mandate."""
    pc, title = poste(login="simone"), f"{TITLE}, coupon"
    pc.ready()
    open_slip(pc, str(central.identity("simone")["mandate_slip"]).replace("-", " ").upper())
    hands = pc.session
    hands.screen("identity")
    hands.press("Oui, c’est moi")
    hands.screen("home")
    assert hands.says("agit pour vous, avec votre mandat")
    pc.file(pc.paper("coupon"), title)
    hands.until("sent", lambda: hands.says("Envoyé. Les autres appareils"))
    act = central.act_of(title, "simone")
    assert act["extension"][0]["valueCode"] == "faire_pour"
    pc.finish()
    pc.erased(crashed=False)


@pytest.mark.slow
def test_wrong_words_are_refused_then_one_waits(poste: Make) -> None:
    """Each time a sentence that helps; after five, for how long."""
    pc = poste(adviser="lea")
    pc.ready()
    open_slip(pc, "olive chat moulin lampe citron")
    hands = pc.session
    for _ in range(5):
        hands.until("the words", lambda: hands.says("Ce code de mandat n’est pas reconnu."))
        pc.look(hands, "slip-refused")
        hands.press("Ouvrir le mandat")
    hands.until("the wait", lambda: hands.says("Trop d’essais. Attendez") and hands.says("minute"))
    pc.look(hands, "slip-wait")
