"""Kill −9 of the syncing process at random moments: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from app.fhir.document_reference import sha256_of, title_of
from app.vault.keys import Key
from tests.sync.visit import service_documents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.tokens import Tokens
    from tests.sync.rough_server import Asked, RoughServer
    from tests.sync.visit import RealService


def start(told: dict[str, object]) -> subprocess.Popen[str]:
    """Start the filing process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.filing_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    return process


def lines_of(process: subprocess.Popen[str]) -> list[str]:
    """Return the lines it wrote whole before its end."""
    assert process.stdout is not None
    assert process.stdin is not None
    lines = [line.strip() for line in process.stdout if line.endswith("\n")]
    process.wait(90)
    process.stdin.close()
    process.stdout.close()
    return lines


def run(told: dict[str, object], seconds: float | None = None) -> list[str]:
    """Run the filing process, killed after some seconds."""
    process = start(told)
    if seconds is None:
        return lines_of(process)
    timer = threading.Timer(seconds, lambda: process.send_signal(signal.SIGKILL))
    timer.start()
    try:
        return lines_of(process)
    finally:
        timer.cancel()
        timer.join()


def prove(tmp_path: Path, service: RealService, tokens: Tokens, kills: int, seed: int) -> None:
    """Kill again and again, then let it settle and compare with what the service has."""
    rng = random.Random(seed)
    with Key.random() as key:
        told: dict[str, object] = {
            "folder": str(tmp_path),
            "base": service.base,
            "key": key.data.hex(),
            "tokens": tokens.as_dict(),
            "title": f"Tué {seed}",
            "count": 30,
            "settle": False,
        }
        filed: list[str] = []
        for number in range(kills):
            filed += run(told | {"seed": seed * 100 + number}, rng.uniform(0.8, 3.0))
        last = run(told | {"seed": seed * 100 + 99, "count": 1, "settle": True})
    assert last[-1] == "settled"
    acknowledged = {line for line in filed + last if len(line) == 64}
    check(service, tokens, f"Tué {seed} ", acknowledged, kills)


def check(service: RealService, tokens: Tokens, prefix: str, acknowledged: set[str], spare: int) -> None:
    """Compare with what the service has: all that was acknowledged, each once.

    ``spare`` acts may be there that were committed just before a kill, so that nobody said so.
    """
    documents = service_documents(service.base, tokens)
    held = Counter(sha256_of(each) for each in documents if title_of(each).startswith(prefix))
    assert acknowledged
    assert acknowledged - set(held) == set(), "an acknowledged document is lost"
    assert [digest for digest, times in held.items() if times > 1] == [], "a document is doubled"
    assert len(held) - len(acknowledged) <= spare


def is_act(asked: Asked) -> bool:
    """Say whether a request is an act's transaction."""
    return asked.method == "POST" and asked.path.rstrip("/") == "/fhir"


POINTS: dict[str, Callable[[Asked], bool]] = {
    "asking for the upload": lambda asked: asked.method == "HEAD",
    "creating the upload": lambda asked: asked.method == "POST" and "uploads" in asked.path,
    "sending bytes": lambda asked: asked.method == "PATCH",
    "sending the act": is_act,
    "reading the feed": lambda asked: "$changes" in asked.path and "_cursor" in asked.path,
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_the_next_start_ends_it_well(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens, point: str, moment: str
) -> None:
    """Killed as the request reaches the service, or when it has done its part and has not answered."""
    with Key.random() as key:
        told: dict[str, object] = {
            "folder": str(tmp_path),
            "base": between.base,
            "key": key.data.hex(),
            "tokens": tokens.as_dict(),
            "title": f"Tué {point} {moment}",
            "count": 1,
            "settle": True,
        }
        process = start(told | {"seed": list(POINTS).index(point) * 2 + len(moment)})

        def kill(asked: Asked) -> bool:
            if not POINTS[point](asked):
                return False
            if moment == "after":
                between.forward(asked)
            process.send_signal(signal.SIGKILL)
            process.wait()
            return asked.cut()

        between.once(kill)
        filed = lines_of(process)
        last = run(told | {"seed": 99, "count": 1})
    assert process.returncode == -signal.SIGKILL
    assert last[-1] == "settled"
    acknowledged = {line for line in filed + last if len(line) == 64}
    check(service, tokens, f"Tué {point} {moment} ", acknowledged, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again_nothing_is_lost_or_doubled(
    tmp_path: Path, service: RealService, tokens: Tokens, seed: int
) -> None:
    """A handful of kills; the long proof runs with --slow."""
    prove(tmp_path, service, tokens, kills=4, seed=seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 8))
def test_killed_many_times_nothing_is_lost_or_doubled(
    tmp_path: Path, service: RealService, tokens: Tokens, seed: int
) -> None:
    """The long proof."""
    prove(tmp_path, service, tokens, kills=15, seed=seed)
