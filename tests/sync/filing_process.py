"""A process that files and syncs until it is killed; what it says it filed, it had committed.

Reads one JSON line from its input: folder, base, key (hex), tokens, how many to file, a seed.
Writes the SHA-256 of each document after its commit, then ``settled`` when nothing waits.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from pathlib import Path

from app.vault.keys import Key
from sync.tokens import Tokens
from tests.sync.visit import Visit, pdf


def main() -> None:
    """File, sync, say so."""
    told = json.loads(sys.stdin.readline())
    rng = random.Random(told["seed"])
    key = Key(bytearray.fromhex(told["key"]))
    with Visit.begin(
        Path(told["folder"]), told["base"], Tokens.from_dict(told["tokens"]), key=key, poll=0.1
    ) as visit:
        visit.start().know_patient()
        for number in range(told["count"]):
            data = pdf(told["seed"] * 1000 + number, rng.choice((500, 70_000, 400_000)))
            visit.file(data, f"{told['title']} {number}")
            say(hashlib.sha256(data).hexdigest())
            time.sleep(rng.uniform(0, 0.1))
        while told["settle"] and visit.records.waiting().count:
            time.sleep(0.05)
        say("settled")


def say(line: str) -> None:
    """Write a line that the parent has even if we die now."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
