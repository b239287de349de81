"""A PC joins its organization, works under its rules, and is taken out: real desk, session and service."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sync.service.factors import code_at
from tests.ui.desk.test_visits import BROWSER, Post, until
from ui.tour.conductor import Conductor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX end the processes here")

BY_PASSWORD = """
import sys, httpx
form = {"login": "lea", "password": "lea-essai"}
with httpx.Client(trust_env=False) as client:
    client.get(client.post(sys.argv[1], data=form).headers["location"])
"""
SOMEONE_ELSE = (sys.executable, "-c", BY_PASSWORD)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Start a service with its administrator and a person."""
    folder = tmp_path_factory.mktemp("service")
    with Conductor(folder) as conductor:
        yield conductor.start_service("--data", str(folder / "data"), "--demo", "--people", "1")


@pytest.fixture
def post(tmp_path: Path, service: dict[str, Any]) -> Iterator[Post]:
    """Return a PC that was never used."""
    with Conductor(tmp_path) as conductor:
        yield Post(conductor, tmp_path, service["base"])
    log = tmp_path / "desk.log"
    assert "Traceback" not in (log.read_text() if log.exists() else "")


class Page:
    """The administrator at the organization's page."""

    def __init__(self, ready: dict[str, Any]) -> None:
        import base64

        told = next(each for each in ready["identities"] if each["kind"] == "administrator")
        self.web = httpx.Client(base_url=ready["base"], trust_env=False)
        form = {"login": told["login"], "password": told["password"]}
        step = found(r'name="step" value="([^"]+)"', self.web.post("/organization", data=form).text)
        code = code_at(base64.b32decode(told["totp"]), int(time.time()) // 30)
        answer = self.web.post("/organization", data={"step": step, "code": code})
        if answer.status_code != 303:  # this code was used a moment ago: the next one
            step = found(r'name="step" value="([^"]+)"', answer.text)
            code = code_at(base64.b32decode(told["totp"]), int(time.time()) // 30 + 1)
            answer = self.web.post("/organization", data={"step": step, "code": code})
        assert answer.status_code == 303, answer.text

    def act(self, act: str, **fields: Any) -> httpx.Response:  # noqa: ANN401 (texts, or lists of them)
        """Press a button of the page."""
        word = found(r'name="word" value="([0-9a-f]+)"', self.web.get("/organization").text)
        return self.web.post("/organization", data={"act": act, "word": word, **fields})

    def code(self) -> str:
        """Ask for a code."""
        return found(r'class="code" dir="ltr">([A-Z0-9-]+)<', self.act("code", place="Accueil").text)

    def remove_all(self) -> None:
        """Take every PC out."""
        for each in set(re.findall(r"/organization/remove/([0-9a-f-]+)", self.web.get("/organization").text)):
            assert self.act("remove", id=each).status_code == 303


def found(pattern: str, page: str) -> str:
    """Return what a page holds."""
    match = re.search(pattern, page)
    assert match is not None, page
    return match[1]


@pytest.fixture(scope="module")
def page(service: dict[str, Any]) -> Iterator[Page]:
    """Sign the administrator in."""
    made = Page(service)
    yield made
    made.web.close()


def test_a_pc_joins_by_a_code_and_is_taken_out(post: Post, page: Page) -> None:
    """« Ajouter ce poste », a wrong code, the right one, a visit; taken out, it is wiped and says so."""
    desk = post.start(demo=False, browser=BROWSER)
    desk.screen("desk_add_pc")
    desk.press("Ajouter ce poste")
    assert desk.says("Tapez le code du poste.")
    desk.ask("write", name="Code du poste", text="AAAAA-BBBBB")
    desk.press("Ajouter ce poste")
    desk.until("a sentence", lambda: desk.says("Ce code de poste n’est pas reconnu."))
    desk.ask("write", name="Code du poste", text=page.code().lower())
    desk.press("Ajouter ce poste")
    desk.screen("desk_added")
    assert desk.says("Structure : France services de Bourges")
    assert desk.says("Lieu : Accueil")
    desk.press("Continuer")
    desk.screen("desk_welcome")
    desk.press("Je me connecte")
    desk.screen("desk_ready")
    vault = post.folder / "post" / "vault"
    assert (vault / "device").exists()
    assert (vault / "policy").exists()
    session = post.welcome(desk)
    session.screen("who")
    page.remove_all()
    session.press("La personne se connecte")
    session.press("Oui, c’est moi")
    desk.screen("desk_erased")
    assert post.left == []
    desk.press("Continuer")
    desk.screen("desk_revoked")
    assert desk.says("France services de Bourges a retiré ce poste.")
    assert not (vault / "device").exists()
    assert not (vault / "policy").exists()
    desk.press("Ajouter ce poste de nouveau")
    desk.screen("desk_add_pc")


@pytest.mark.slow
def test_a_pc_taken_out_between_visits_says_so_at_the_next_sign_in(
    post: Post, page: Page, service: dict[str, Any]
) -> None:
    """Joined by itself, as a demonstration does; nobody needs to start a visit to find out."""
    desk = post.start(enrolment_code=page.code())
    desk.press("Je me connecte")
    desk.screen("desk_ready")
    desk.press("Je m’en vais")
    desk.screen("desk_welcome")
    page.remove_all()
    desk.press("Je me connecte")
    desk.screen("desk_revoked")
    until(lambda: not (post.folder / "post" / "vault" / "device").exists())


def test_an_adviser_of_another_organization_is_told(post: Post, page: Page) -> None:
    """And is signed out again."""
    desk = post.start(enrolment_code=page.code(), browser=SOMEONE_ELSE)
    desk.press("Je me connecte")
    desk.until("a sentence", lambda: desk.says("Ce poste est celui d’une autre structure."))
    desk.screen("desk_welcome")
