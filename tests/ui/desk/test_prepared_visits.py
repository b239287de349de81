"""Advisers who take turns and visits that are prepared: real desk, real sessions, real service."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from app.outbox import waiting
from tests.ui.desk.test_visits import Post, post, service, until  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from pathlib import Path

    from ui.tour.conductor import Hands

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX end the processes here")

PHRASE = "quatre petits chats gris"
NO_NETWORK = "http://127.0.0.1:9"


def visits(post: Post) -> list[Path]:  # noqa: F811 - the fixture's name
    """Return the folders of the visits that are prepared, or half so."""
    return list((post.folder / "post" / "advisers").glob("*/visits/*"))


def choose(desk: Hands) -> None:
    """Choose a phrase."""
    desk.press("Choisir ma phrase secrète")
    desk.screen("desk_choose_phrase")
    desk.ask("write", name="Phrase secrète", text="123456789012")
    desk.press("Garder cette phrase")
    assert desk.says("Des chiffres seuls se devinent trop vite.")
    desk.ask("write", name="Phrase secrète", text=PHRASE)
    assert desk.says("Très solide.")
    desk.ask("write", name="Encore une fois la même", text=PHRASE)
    desk.press("Garder cette phrase")
    desk.screen("desk_ready")
    assert desk.says("Votre phrase est gardée sur ce poste.")


def unlock(desk: Hands) -> None:
    """Unlock by the phrase."""
    desk.screen("desk_advisers")
    desk.press("Karim Benali")
    desk.screen("desk_phrase")
    desk.ask("write", name="Phrase secrète", text=PHRASE)
    desk.press("Ouvrir")
    desk.screen("desk_ready")


def prepare(post: Post, desk: Hands) -> str:  # noqa: F811
    """Prepare a visit to Jeanne, who is here and agrees; return her words."""
    session = post.at_home(desk)
    session.press("Préparer une visite")
    session.screen("prepare_visit")
    session.ask("write", name="Lieu de la visite (si vous voulez)", text="mairie de Sancerre")
    session.press("Je suis d’accord")
    session.screen("visit_prepared")
    words = next(text for text in session.texts() if re.fullmatch(r"[a-z]+( – [a-z]+){7}", text))
    session.press("J’ai le papier")
    session.press("Terminer la visite")
    session.press("Terminer")
    desk.screen("desk_erased")
    assert post.left == []
    desk.press("Continuer")
    desk.screen("desk_ready")
    return words


def off(post: Post) -> None:  # noqa: F811
    """Switch the PC off, roughly."""
    post.process.kill()
    post.process.wait()
    assert post.process.stdout is not None
    post.process.stdout.close()
    post.conductor.processes.remove(post.process)


def begin(post: Post, desk: Hands) -> Hands:  # noqa: F811
    """Begin the prepared visit."""
    before = post.conductor.hands.get("session")
    desk.press("1 visite préparée")
    desk.screen("desk_prepared")
    assert desk.says("Jeanne M.")
    assert not desk.says("Jeanne Martin")
    desk.press("Commencer avec Jeanne M.")
    session = post.conductor.wait_for("session", not_pid=before.pid if before else 0)
    session.screen("visit_code")
    return session


def test_a_visit_is_prepared_and_opens_without_any_network(post: Post) -> None:  # noqa: F811
    """Prepared at the town hall, the PC switched off, opened far from any network; then it is gone."""
    desk = post.signed_in()
    choose(desk)
    words = prepare(post, desk)
    kept = b"".join(path.read_bytes() for path in visits(post)[0].rglob("*") if path.is_file())
    assert b"Jeanne" not in kept
    assert b"Sancerre" not in kept
    off(post)

    desk = post.start(service=NO_NETWORK)
    unlock(desk)
    session = begin(post, desk)
    session.ask("write", name="Les huit mots", text="olive " * 8)
    session.press("Ouvrir la visite")
    session.until("the refusal", lambda: session.says("Ce ne sont pas les mots de cette visite."))
    session.ask("write", name="Les huit mots", text="olive chat")
    session.press("Ouvrir la visite")
    session.until("the refusal", lambda: session.says("Il faut les huit mots du papier"))
    session.ask("write", name="Les huit mots", text="tandem:visite:00000000:" + words)
    session.press("Ouvrir la visite")
    session.until("the refusal", lambda: session.says("Ce papier est celui d’une autre visite."))
    session.ask("write", name="Les huit mots", text=words.upper())
    session.press("Ouvrir la visite")
    session.press("Faire à ma place")
    session.press("Mes documents")
    session.press("Continuer")
    session.press("Regarder")
    session.press("Continuer")
    session.press("Continuer")
    session.press("J’ai compris et je suis d’accord")
    session.screen("home")
    assert session.says("Sans réseau – tout est gardé")
    until(lambda: len(waiting(post.folder / "post" / "outbox")) > 0)
    session.press("Terminer la visite")
    session.press("Terminer")
    desk.screen("desk_erased")
    assert post.left == []
    assert visits(post) == []
    desk.press("Continuer")
    desk.screen("desk_ready")
    assert desk.says("Visites préparées")


@pytest.mark.slow
def test_killed_while_it_is_used_it_opens_again_until_the_evening(post: Post) -> None:  # noqa: F811
    """Wiped like any visit; what it was copied from stays under its two keys until it comes to its end."""
    desk = post.signed_in()
    choose(desk)
    words = prepare(post, desk)
    session = begin(post, desk)
    session.ask("write", name="Les huit mots", text=words)
    session.press("Ouvrir la visite")
    session.press("Faire ensemble")
    session.screen("home")
    session.press("Lire mes documents")
    session.screen("documents")
    os.kill(session.pid, signal.SIGKILL)
    desk.screen("desk_erased")
    assert post.left == []
    assert len(visits(post)) == 1
    desk.press("Continuer")
    session = begin(post, desk)
    assert session.says("Cette visite a déjà été ouverte aujourd’hui.")


@pytest.mark.slow
def test_killed_while_it_is_prepared_nothing_is_left(post: Post) -> None:  # noqa: F811
    """The half that was made goes too, and the next one can be prepared."""
    desk = post.signed_in()
    choose(desk)
    session = post.at_home(desk)
    session.press("Préparer une visite")
    session.screen("prepare_visit")
    session.ask("press", name="Je suis d’accord")
    until(lambda: bool(visits(post)))
    os.kill(session.pid, signal.SIGKILL)
    desk.screen("desk_erased")
    assert post.left == []
    until(lambda: not visits(post) or (visits(post)[0] / "ready").exists())


@pytest.mark.slow
def test_advisers_take_turns_and_one_who_forgot_chooses_again(post: Post) -> None:  # noqa: F811
    """A wrong phrase, the right one without a browser, a visit with it; a forgotten one is replaced."""
    desk = post.signed_in()
    choose(desk)
    desk.press("Changer de conseiller")
    desk.screen("desk_advisers")
    desk.press("Karim Benali")
    desk.ask("write", name="Phrase secrète", text="quatre petits chats noirs")
    desk.press("Ouvrir")
    desk.until("the refusal", lambda: desk.says("Ce n’est pas la bonne phrase."))
    desk.press("Retour")
    unlock(desk)
    session = post.welcome(desk)
    session.screen("who")
    session.press("La personne se connecte")
    session.screen("identity")
    session.press("Non")
    desk.press("Arrêter la visite")
    desk.screen("desk_erased")
    desk.press("Continuer")
    desk.press("Changer de conseiller")
    desk.press("Karim Benali")
    desk.press("Phrase oubliée")
    desk.screen("desk_choose_phrase")
    assert desk.says("La nouvelle la remplace")


@pytest.mark.slow
def test_a_desk_that_nobody_touches_is_locked(post: Post) -> None:  # noqa: F811
    """The phrase again, after the minutes of the policy."""
    desk = post.signed_in(idle=(2, 3, 4))
    choose(desk)
    desk.screen("desk_advisers")
    assert not desk.says("Sans réseau")
