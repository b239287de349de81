"""What ends a visit from outside: sleep, lock, log-out, signals; real buses, real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING

import pytest

from tests.journeys.poste import Central, Poste

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="D-Bus and POSIX signals"),
    pytest.mark.xdist_group("outside"),
]
FAKE = Path(__file__).with_name("fake_logind.py")


@dataclass
class Logind:
    """The fake logind, seen from the test."""

    process: subprocess.Popen[str]
    told: Queue[str] = field(default_factory=Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.put(line.strip())

    def says(self, words: str, seconds: float = 15) -> float:
        """Wait until it says so; return when it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.told.get(timeout=0.1) == words:
                    return time.monotonic()
            except Empty:
                continue
        raise AssertionError(f"never said: {words}")

    def order(self, words: str) -> float:
        """Have it send a signal; return when."""
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return time.monotonic()


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a bus that serves as the system's and as the user's."""
    try:
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("dbus-daemon is not installed here")
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    daemon.terminate()
    daemon.wait(10)
    daemon.stdout.close()


@pytest.fixture
def logind(bus: str) -> Iterator[Logind]:
    """Run a logind on it."""
    process = subprocess.Popen(
        [sys.executable, str(FAKE), bus], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    made = Logind(process)
    made.says("ready")
    yield made
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """Start the central service."""
    with Central(tmp_path_factory.mktemp("central")) as running:
        yield running


@pytest.fixture
def poste(central: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poste]:
    """Set up a PC with a visit under way."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with Poste(tmp_path / "poste", central) as made:
        yield made


def stopped(poste: Poste) -> None:
    """All is erased, and the screen says why; the next person can come."""
    poste.erased(crashed=False)
    assert poste.desk.says("ce poste a été verrouillé ou mis en veille")
    poste.desk.press("Continuer")
    poste.desk.screen("desk_ready")


def test_the_pc_sleeps_only_when_all_is_erased_and_a_lock_ends_a_visit_too(
    poste: Poste, logind: Logind
) -> None:
    """Held up, erased, let go well within logind's five seconds; held again when it wakes."""
    poste.ready()
    logind.says("held sleep:shutdown delay")
    poste.open()
    began = logind.order("sleep")
    took = logind.says("released") - began
    poste.nothing_left()
    assert took < 8  # about two seconds alone; logind waits for five
    stopped(poste)
    logind.order("wake")
    logind.says("held sleep:shutdown delay")
    logind.order("sleep")
    assert logind.says("released")
    assert poste.desk.ask("screen") == "desk_ready"
    a_lock_ends_the_next_visit(poste, logind)


def a_lock_ends_the_next_visit(poste: Poste, logind: Logind) -> None:
    """Of this user's session; somebody else's is none of ours."""
    poste.welcome()
    logind.order("lock-other")
    time.sleep(0.3)
    assert poste.session.ask("screen") == "who"
    logind.order("lock")
    stopped(poste)


@pytest.mark.slow
def test_the_desktops_own_screen_saver_ends_the_visit(poste: Poste, logind: Logind) -> None:
    """Where it locks without logind."""
    poste.ready()
    logind.says("held sleep:shutdown delay")
    poste.open()
    logind.order("saver")
    stopped(poste)


@pytest.mark.slow
def test_a_session_that_hangs_does_not_hold_up_the_sleep(poste: Poste, logind: Logind) -> None:
    """It is ended for good after a moment."""
    poste.ready()
    logind.says("held sleep:shutdown delay")
    poste.open()
    os.kill(poste.session.pid, signal.SIGSTOP)
    began = logind.order("sleep")
    assert logind.says("released") - began < 8
    stopped(poste)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGHUP,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_desk_that_is_told_to_end_erases_before_it_does(poste: Poste, number: signal.Signals) -> None:
    """Log-out and shutdown send them."""
    poste.ready()
    poste.open()
    os.kill(poste.desk.pid, number)
    poste.ended()
    poste.nothing_left()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_session_that_is_told_to_end_is_wiped(poste: Poste, number: signal.Signals) -> None:
    """By whoever ends the user's programs one by one."""
    poste.ready()
    poste.open()
    os.kill(poste.session.pid, number)
    poste.erased(crashed=True)


@pytest.mark.slow
def test_without_any_bus_a_visit_goes_on(poste: Poste, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PC that has none, or whose logind does not answer."""
    for name in ("DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.setenv(name, "unix:path=/nowhere")
    poste.ready()
    poste.open()
    poste.kill_session()
    poste.erased(crashed=True)


def test_windows_messages_mean_the_same() -> None:
    """Their numbers, as Microsoft documents them; the filter itself waits for a real Windows."""
    from ui.desk.outside_windows import reason_of

    meant: dict[tuple[int, int], str | None] = {
        (0x218, 4): "sleep",
        (0x218, 7): None,
        (0x2B1, 7): "lock",
        (0x2B1, 8): None,
        (0x2B1, 2): "lock",
        (0x2B1, 6): "logout",
        (0x10, 7): None,
    }
    assert {pair: reason_of(*pair) for pair in meant} == meant


def test_waiting_for_the_wipe_ends_when_it_is_through_or_after_a_while(qapp: object) -> None:
    """A log-out is held up, not for ever."""
    from ui.desk.outside import wait_until

    looks: list[int] = []

    def third() -> bool:
        looks.append(1)
        return len(looks) > 2

    look: Callable[[], bool] = third
    wait_until(look)
    assert len(looks) == 3
    began = time.monotonic()
    wait_until(lambda: False, 100)
    assert 0.05 < time.monotonic() - began < 2
