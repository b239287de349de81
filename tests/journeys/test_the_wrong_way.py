"""Visits that break off, are started or pressed twice, or left alone: what was acknowledged arrives once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.journeys.poste import TITLE, filed_by_karim, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.journeys.poste import Central, Poste

    Make = Callable[..., Poste]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("journeys")]


def reach(pc: Poste, stage: str) -> None:
    """Bring a visit to a stage."""
    if stage == "signing in":
        pc.hold_browser()
        pc.welcome().press("La personne se connecte")
        pc.browser_answered()
    elif stage in {"who", "identity"}:
        (pc.welcome if stage == "who" else pc.identify)()
    else:
        pc.together()
    if stage == "reading":
        pc.read_one()
    elif stage == "filing":
        pc.to_check(pc.paper("en-cours"), f"{TITLE}, en cours")


@pytest.mark.parametrize(
    "stages",
    [
        ("filing",),
        pytest.param(("signing in", "reading"), marks=pytest.mark.slow),
        pytest.param(("who", "identity", "home"), marks=pytest.mark.slow),
    ],
)
def test_a_killed_visit_leaves_nothing_and_the_next_person_can_come(
    poste: Make, stages: tuple[str, ...]
) -> None:
    """Whatever was on the screen: the checklist holds, the desk says what happened, and goes on."""
    pc = poste()
    pc.ready()
    for stage in stages:
        reach(pc, stage)
        pc.nothing_readable()
        pc.kill_session()
        pc.erased(crashed=True)
        pc.look(pc.desk, f"killed-{stage}")
        pc.let_browser_pass()
        pc.desk.press("Continuer")
        pc.desk.screen("desk_ready")


def test_what_was_acknowledged_is_delivered_after_a_kill_once(poste: Make, central: Central) -> None:
    """Offline it lies sealed until the cable is back; in doubt whether it was sent, it is not sent twice."""
    pc, offline, doubtful = poste(), f"{TITLE}, sans réseau", f"{TITLE}, en doute"
    pc.ready()
    pc.together()
    pc.cable.cut()
    hands = pc.file(pc.paper("sans"), offline)
    hands.until("the words", lambda: hands.says("sera envoyé dès que possible"))
    pc.kill_session()
    pc.erased(crashed=True)
    assert pc.desk.says("1 envoi attend le réseau")
    assert len(pc.envelopes()) == 1
    assert central.copies(offline) == 0
    pc.cable.restore()
    pc.desk.press("Continuer")
    pc.all_delivered()
    pc.together()
    pc.file(pc.paper("doute"), doubtful)
    pc.kill_session()
    pc.erased(crashed=True)
    pc.desk.press("Continuer")
    pc.all_delivered()
    assert [central.copies(title) for title in (offline, doubtful)] == [1, 1]
    assert all(filed_by_karim(central.act_of(title)) for title in (offline, doubtful))


@pytest.mark.parametrize("what", [pytest.param("desk", marks=pytest.mark.slow), "power"])
def test_the_desk_dies_and_its_next_start_wipes_and_delivers(
    poste: Make, central: Central, what: str
) -> None:
    """Nobody is left alone with a person's screen; before anyone signs in, all is erased and sent."""
    pc, title = poste(), f"{TITLE}, {what}"
    pc.ready()
    pc.together()
    pc.cable.cut()
    pc.file(pc.paper(what), title)
    if what == "power":
        pc.kill_session()
    pc.kill_desk()
    wait_for(lambda: not list(pc.processes()), "the session to end by itself", seconds=10)
    pc.nothing_readable()
    assert len(pc.envelopes()) == 1
    pc.cable.restore()
    pc.start()
    pc.erased(crashed=True)
    pc.look(pc.desk, f"restarted-{what}")
    pc.desk.press("Continuer")
    pc.desk.screen("desk_welcome")
    pc.all_delivered()
    assert central.copies(title) == 1
    assert filed_by_karim(central.act_of(title))


@pytest.mark.slow
def test_a_pc_that_is_switched_off_is_wiped_before_it_goes(poste: Make, central: Central) -> None:
    """Asked to end, the desk ends the visit and wipes first; what waits goes at the next start."""
    pc, title = poste(), f"{TITLE}, éteint"
    pc.ready()
    pc.together()
    pc.cable.cut()
    pc.file(pc.paper("éteint"), title)
    pc.shut_down()
    pc.nothing_left()
    assert len(pc.envelopes()) == 1
    pc.cable.restore()
    pc.start().screen("desk_welcome")
    pc.all_delivered()
    assert central.copies(title) == 1


def test_a_program_that_is_started_twice_leaves_the_visit_alone(poste: Make) -> None:
    """An icon pressed twice: the second says that it is one too many, the first goes on."""
    pc = poste()
    pc.ready()
    hands = pc.together()
    second = pc.start_again()
    second.screen("desk_second")
    assert second.says("Tandem est déjà ouvert sur ce poste. Rien n’a été touché.")
    pc.look(second, "second")
    second.press("Fermer cette fenêtre")
    assert pc.second_ended() == 1
    assert hands.ask("screen") == "home"
    pc.read_one()
    pc.kill_session()
    pc.erased(crashed=True)


@pytest.mark.slow
def test_a_desk_killed_while_the_adviser_signs_in_forgets_the_browser(poste: Make) -> None:
    """The adviser's cookies are not there for whoever comes next, and the browser is not left open."""
    pc = poste()
    pc.start().screen("desk_welcome")
    pc.hold_browser()
    pc.desk.press("Je me connecte")
    pc.browser_answered()
    pc.kill_desk()
    pc.start().screen("desk_welcome")
    wait_for(lambda: not list(pc.processes("browsers")), "the browser to be ended")
    wait_for(lambda: not list(pc.folder.rglob("cookies.txt")), "its profile to be deleted")


# -------------------------------------------------------------------- hands that press too much


@pytest.mark.slow  # tests/ui/test_steady.py presses too much at once in each run
@pytest.mark.parametrize("gap", ["0", "300"])
def test_what_is_pressed_twice_happens_once(poste: Make, central: Central, gap: str) -> None:
    """A trembling hand presses again at the same place, at once or a moment later."""
    pc, title, before = poste(), f"{TITLE}, deux fois {gap}", central.mandates()
    pc.ready()
    hands = pc.identify()
    hands.ask("press_twice", name="Oui, c’est moi", gap=gap)
    hands.screen("help_mode")
    assert len(list(pc.folder.glob("sessions/*/vault/c/*.db"))) == 1
    pc.to_mandate_text()
    hands.ask("press_twice", name="J’ai compris et je suis d’accord", gap=gap)
    hands.screen("home")
    pc.to_check(pc.paper("deux"), title)
    hands.ask("press_twice", name="Ranger ce document", gap=gap)
    hands.until("sent", lambda: hands.says("Envoyé. Les autres appareils"))
    assert hands.ask("screen") == "file_done"
    assert len(set(central.mandates()) - set(before)) == 1
    assert central.copies(title) == 1
    hands.ask("press_twice", name="Terminer la visite", gap=gap)
    hands.screen("finish")
    hands.ask("press_twice", name="Terminer", gap=gap)
    pc.erased(crashed=False)
    pc.desk.ask("press_twice", name="Continuer", gap=gap)
    pc.desk.screen("desk_ready")


# -------------------------------------------------------------------- a PC that cannot, a person who is gone


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk can only be mounted by root")
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_wipe_still_works(
    poste: Make, central: Central, small_disk: Path
) -> None:
    """Nothing is half-kept: no envelope, no document; with room again the same paper is filed."""
    pc, title = poste(folder=small_disk / "poste"), f"{TITLE}, plein"
    pc.ready()
    pc.together()
    hands = pc.to_check(pc.paper("plein"), title)
    fill(small_disk / "full")
    hands.press("Ranger ce document")
    hands.until("the words", lambda: hands.ask("errors"))
    assert "Le disque de ce poste est plein" in hands.ask_list("errors")[0]
    pc.look(hands, "full-disk")
    assert not list((pc.folder / "outbox").iterdir())
    pc.finish()
    pc.erased(crashed=False)
    assert central.copies(title) == 0


def fill(path: Path) -> None:
    """Take all the room that is left."""
    # Unbuffered: what is left in a buffer would be refused once more when the file is closed.
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass


@pytest.mark.slow
def test_nobody_is_there_any_more(poste: Make) -> None:
    """The screen asks, hides, then everything is erased as after any visit."""
    pc = poste(idle=(1, 3, 7))
    pc.ready()
    hands = pc.identify_awake()
    hands.until("the question", lambda: hands.says("Êtes-vous toujours là ?"))
    pc.look(hands, "idle-warn")
    hands.until("the hidden screen", lambda: hands.says("Écran caché"))
    pc.look(hands, "idle-blank")
    pc.erased(crashed=False)
