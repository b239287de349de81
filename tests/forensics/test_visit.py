"""After a visit and its wipe nothing of it is on the raw disk, nor beside it; nor after a crash.

The desk's folder, the user's home, the temporary folder and the print spool lie on the disk that is looked
at. What is compressed (zlib, a PDF's streams) is not looked into, and a picture of a page not read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.wipe import leftovers, wipe
from tests.forensics.device import Disk, why_not
from tests.forensics.visit import HOMES, Visit
from tests.journeys.poste import Central, wait_for
from tests.ui.printing.print_house import PrintHouse, print_house

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.xdist_group("forensics")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Mount a disk where CUPS's own user gets through to its spool."""
    if reason := why_not():
        pytest.skip(reason)
    where = Path(f"/tmp/tandem-disk-{os.getpid()}")  # noqa: S108 - named by our process, removed below
    with Disk(tmp_path / "disk.img", where, mib=96) as made:
        where.chmod(0o755)
        yield made
    where.rmdir()


@pytest.fixture
def house(disk: Disk, tmp_path: Path) -> Iterator[PrintHouse]:
    """Run a CUPS whose spool lies on the disk and which keeps what it printed."""
    out = tmp_path / "paper"
    out.mkdir()
    with print_house(disk.where / "cups", out, keeps="86400") as house:
        house.feel("ok")
        yield house


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a sound server that plays into nothing; without one the visit is a silent one."""
    if shutil.which("pulseaudio") is None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="tandem-s-") as name:
        server = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                "-L", f"module-native-protocol-unix socket={name}/out.sock auth-anonymous=1",
                "-L", "module-null-sink sink_name=out",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"XDG_RUNTIME_DIR": name, "HOME": name},
        )  # fmt: skip
        monkeypatch.setenv("PULSE_SERVER", f"unix:{name}/out.sock")
        yield
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """Start the central service, elsewhere."""
    with Central(tmp_path_factory.mktemp("central")) as running:
        yield running


@pytest.fixture
def visit(
    disk: Disk,
    house: PrintHouse,
    central: Central,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    memory_folders: None,
    sound: None,
) -> Iterator[Visit]:
    """Prepare a visit; everything the user has is on the disk."""
    for name in [each for each in os.environ if each.startswith("XDG_")]:
        monkeypatch.delenv(name)
    for name, folder in HOMES.items():
        monkeypatch.setenv(name, str(disk.where / folder))
    run = tmp_path / "run"
    run.mkdir()
    made = Visit(disk, central, run)
    with made.poste:
        yield made


def finish(visit: Visit) -> None:
    """End the visit as one should."""
    visit.poste.session.press("Terminer la visite")
    visit.poste.session.screen("finish")
    visit.poste.session.press("Terminer")
    visit.poste.erased(crashed=False)


def kill_the_session(visit: Visit) -> None:
    """End the person's process at once."""
    visit.poste.kill_session()
    visit.poste.erased(crashed=True)


def kill_the_desk(visit: Visit) -> None:
    """End the desk at once, with the person's process; the next start wipes."""
    visit.poste.kill_session()
    visit.poste.kill_desk()
    visit.poste.start()
    visit.poste.erased(crashed=True)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "end",
    [
        finish,
        pytest.param(kill_the_session, marks=pytest.mark.slow),
        pytest.param(kill_the_desk, marks=pytest.mark.slow),
    ],
)
def test_nothing_of_a_visit_is_left_on_the_raw_disk(
    visit: Visit, house: PrintHouse, end: Callable[[Visit], None]
) -> None:
    """The word was filed, searched, shown, spoken, noted and printed; it is found 0 times."""
    visit.live()
    wait_for(lambda: house.pages, "the sheet to come out")
    end(visit)
    visit.poste.all_delivered()
    visit.poste.shut_down()
    assert visit.cable.tokens, "no token was seen on the wire"
    assert not list((house.root / "spool").glob("d*"))
    assert visit.found_beside() == []
    assert visit.in_memory, "the browser's profile was not in memory"
    assert not [folder for folder in visit.in_memory if folder.exists()]
    visit.poste.__exit__()
    house.stop()
    assert visit.found_in(visit.disk.raw()) == []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_power_cut_in_the_middle_leaves_no_word_and_the_next_start_wipes(
    visit: Visit, tmp_path: Path
) -> None:
    """The disk of that very moment holds nothing in clear; what it holds is found and goes."""
    visit.live()
    with visit.disk.as_after_a_power_cut(tmp_path / "cut.img", tmp_path / "cut") as cut:
        kept = cut.where / "poste"
        (found,) = leftovers(kept, kept / "outbox")
        assert list((found.folders.vault / "c").iterdir()), "the person's store was there"
        assert wipe(replace(found, process=None)).ok
        assert not list((kept / "sessions").iterdir())
        assert visit.found_in(cut.raw()) == []
    # That start has ended the process of the visit, which is the same here.
    visit.poste.erased(crashed=True)
    visit.poste.shut_down()
