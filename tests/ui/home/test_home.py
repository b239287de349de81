"""The home place for real: processes, service, keyring, browser; killed, cut off, refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.poste import wait_for
from tests.ui.home.home_journey import HomePc, Ring, has_ring
from ui.tour.conductor import Conductor
from ui.tour.witness import witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = [
    pytest.mark.skipif(not has_ring(), reason="needs gnome-keyring and dbus-daemon"),
    pytest.mark.xdist_group("keyring"),
]

PHRASE = "olive chat nuage"
NOWHERE = "socks5://127.0.0.1:9"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Start the central service with two made-up people who help each other, a boy and his mother."""
    folder = tmp_path_factory.mktemp("service")
    with Conductor(folder) as conductor:
        yield conductor.start_service(
            "--data", str(folder / "data"), "--demo", "--people", "jeanne,simone,lucas,sophie"
        )


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """Run an unlocked keyring for a user of our own."""
    made = Ring(tmp_path / "user")
    made.begin()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    made.end()


@pytest.fixture
def pc(tmp_path: Path, service: dict[str, Any]) -> Iterator[HomePc]:
    """Return Jeanne's computer, never used."""
    with Conductor(tmp_path) as conductor:
        yield HomePc(conductor, tmp_path / "jeanne", service["base"], "jeanne")
    log = tmp_path / "desk.log"
    written = log.read_text() if log.exists() else ""
    assert "Traceback" not in written, written
    assert "Jeanne" not in written


def test_first_start_then_locked_then_killed_then_offline(
    ring: Ring, pc: HomePc, service: dict[str, Any]
) -> None:
    """There at once with no network; a locked screen hides it; what is noted offline leaves later."""
    desk = pc.start()
    desk.screen("home_welcome")
    desk.press("Je me connecte")
    desk.screen("home_people")
    session = pc.open_space(desk, "Jeanne Martin")
    assert session.says("Vous êtes dans votre espace. Vous décidez.")
    session.until("the documents", lambda: any("document" in text for text in session.texts()))
    session.until("all of it", lambda: session.says("À jour"))
    ring.saver()
    desk.screen("home_people")
    wait_for(lambda: not Path(f"/proc/{session.pid}").exists(), "the session to end")
    assert not desk.says("À jour")
    first = pc.process
    second = pc.start()
    second.screen("desk_second")
    pc.kill()
    pc.process = first
    pc.kill()
    kept = [
        path for path in (pc.folder / "tandem").rglob("*") if path.is_file() and "sessions" not in path.parts
    ]
    assert b"Jeanne" not in b"".join(path.read_bytes() for path in kept)
    desk = pc.start(proxy=NOWHERE)
    session = pc.open_space(desk, "Jeanne Martin")
    session.until("that it is offline", lambda: session.says("Sans réseau"))
    session.press("Ma santé", match="prefix")
    for words in ("Ajouter un vaccin", "Grippe", "Continuer", "Aujourd’hui", "Continuer", "Noter ce vaccin"):
        session.press(words)
    session.screen("entry_done")
    pc.kill()
    given = witness_of(service, "jeanne")
    assert given is not None
    before = len(given.search("Immunization", _count="1000"))
    desk = pc.start()
    session = pc.open_space(desk, "Jeanne Martin")
    wait_for(lambda: len(given.search("Immunization", _count="1000")) == before + 1, "the vaccination")


@pytest.mark.slow
def test_a_locked_screen_closes_a_vault_that_has_a_passphrase(ring: Ring, pc: HomePc) -> None:
    """The space is gone with its process, and the passphrase is asked for before anything is shown."""
    desk = pc.start()
    desk.press("Je me connecte")
    desk.press("Protéger avec une phrase secrète", match="prefix")
    for label in ("Phrase secrète", "La même phrase, encore une fois"):
        desk.ask("write", name=label, text=PHRASE)
    desk.press("Garder cette phrase")
    session = pc.open_space(desk, "Jeanne Martin")
    ring.saver()
    desk.screen("home_unlock")
    assert not Path(f"/proc/{session.pid}").exists()
    assert not desk.says("Jeanne Martin")
    desk.ask("write", name="Phrase secrète", text=PHRASE)
    desk.press("Ouvrir")
    desk.screen("home_people")


@pytest.mark.slow
def test_a_keyring_that_is_locked_says_so_and_opens_again(ring: Ring, pc: HomePc) -> None:
    """No prompt, nothing lost; so for a vault of a later version."""
    desk = pc.start()
    desk.press("Je me connecte")
    desk.screen("home_people")
    pc.kill()
    ring.start(unlocked=False)
    desk = pc.start()
    desk.screen("home_stuck")
    assert desk.says("Le trousseau de clés de ce poste ne répond pas.")
    ring.start(unlocked=True)
    desk.press("Réessayer")
    desk.screen("home_people")
    pc.kill()
    header = pc.folder / "tandem" / "vault" / "header.json"
    header.write_text(json.dumps(json.loads(header.read_bytes()) | {"version": 99}))
    desk = pc.start()
    desk.screen("home_stuck")
    assert desk.says("version plus récente") or desk.says("plus récent")


@pytest.mark.slow
def test_without_a_keyring_a_passphrase_is_asked_for_first(
    pc: HomePc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where the environment names a plain keyring: it is not looked at."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    desk = pc.start()
    desk.press("Je me connecte")
    desk.screen("home_passphrase")
    assert desk.says("Cet ordinateur n’a pas de trousseau sûr")
    for label in ("Phrase secrète", "La même phrase, encore une fois"):
        desk.ask("write", name=label, text="olive chat nuage")
    desk.press("Garder cette phrase")
    desk.screen("home_people")
    pc.kill()
    desk = pc.start()
    desk.screen("home_unlock")
    desk.ask("write", name="Phrase secrète", text="nuage chat olive")
    desk.press("Ouvrir")
    desk.until("the refusal", lambda: desk.says("Ce n’est pas la bonne phrase."))
    desk.ask("write", name="Phrase secrète", text="olive chat nuage")
    desk.press("Ouvrir")
    desk.screen("home_people")


def test_someone_close_is_invited_helps_and_stops(
    ring: Ring, pc: HomePc, service: dict[str, Any], tmp_path: Path
) -> None:
    """Simone sees what was agreed to and no more; when she stops, it leaves her computer."""
    del ring
    desk = pc.start()
    desk.press("Je me connecte")
    session = pc.open_space(desk, "Jeanne Martin")
    session.press("Mes aidants", match="prefix")
    session.press("Inviter un proche")
    session.screen("carer_invite")
    session.press("Continuer")
    assert session.says("Écrivez le nom de votre proche.")
    session.ask("write", name="Nom de votre proche", text="Simone Roche")
    for words in ("Mes documents", "Regarder", "1 mois", "Continuer"):
        session.press(words)
    session.screen("carer_text")
    assert session.says("qui m’aide sans être payé pour cela")
    session.press("J’ai compris et je suis d’accord")
    session.screen("carer_code")
    code = next(text for text in session.texts() if text.count(" – ") == 3).replace(" – ", "-")
    other = tmp_path / "other"
    other.mkdir()
    with Conductor(other) as conductor:
        hers = HomePc(conductor, tmp_path / "simone", service["base"], "simone")
        desk = hers.start()
        desk.press("Je me connecte")
        desk.press("J’ai une invitation", match="prefix")
        desk.ask("write", name="Code de l’invitation", text="AAAA-BBBB")
        desk.press("Accepter l’invitation")
        desk.until("the refusal", lambda: desk.says("Cette invitation n’est pas reconnue"))
        desk.ask("write", name="Code de l’invitation", text=code.lower())
        desk.press("Accepter l’invitation")
        desk.screen("home_people")
        assert desk.says("De qui voulez-vous voir l’espace ?")
        helping = hers.open_space(desk, "Jeanne Martin")
        assert helping.says("Vous aidez votre proche")
        assert not helping.says("Qui a regardé ?")
        assert not helping.says("Mes aidants")
        helping.press("Fermer cet espace")
        desk.screen("home_people")
        stores = hers.folder / "tandem" / "vault" / "c"
        assert [path for path in stores.iterdir() if path.suffix == ".db"]
        desk.press("Ne plus aider Jeanne Martin")
        desk.press("Arrêter cette aide")
        desk.until("it is gone", lambda: desk.says("L’accord est terminé."))
        assert list(stores.iterdir()) == []


def test_a_mother_opens_her_son_s_space_as_his_legal_representative(
    ring: Ring, pc: HomePc, service: dict[str, Any]
) -> None:
    """What the service noted is enough: no invitation, no sign-in of his; he sees that it was her."""
    del ring
    hers = replace(pc, login="sophie")
    desk = hers.start()
    desk.press("Je me connecte")
    desk.screen("home_people")
    desk.until("her son", lambda: desk.says("Lucas Girard"))
    session = hers.open_space(desk, "Lucas Girard")
    for words in ("Bonjour Sophie Girard", "Que voulez-vous faire pour Lucas Girard ?", "devant la loi"):
        assert session.says(words), session.texts()
    for words in ("Qui a regardé", "Mes aidants", "Monsieur"):
        assert not session.says(words)
    session.press("Lire mes documents")
    session.screen("documents")
    session.press("Aide")
    assert session.says("Ce que vous avez fait est gardé.")
    assert not session.says("efface")
    session.press("J’ai compris")
    session.press("Fermer cet espace")
    desk.screen("home_people")
    assert not desk.says("Ne plus aider")
    given = witness_of(service, "lucas")
    assert given is not None
    agents = [agent for each in given.search("AuditEvent", _count="100") for agent in each["agent"]]
    (her,) = {agent["who"].get("display") for agent in agents if _role(agent) == "legal_representative"}
    assert her == "Sophie Girard"


def _role(agent: dict[str, Any]) -> str:
    return str(agent["role"][0]["coding"][0]["code"])
