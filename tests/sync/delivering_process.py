"""A process that delivers an outbox until it is killed. Reads one JSON line: outbox, base, device, key."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.vault.keys import Key
from sync.delivery import deliver
from sync.enrolment import load
from sync.transport import Address


def main() -> None:
    """Deliver, say the report."""
    told = json.loads(sys.stdin.readline())
    device = load(Path(told["device"]), Key(bytearray.fromhex(told["key"])))
    assert device is not None
    report = deliver(Path(told["outbox"]), Address(told["base"]), device)
    sys.stdout.write(f"{report.delivered} {report.refused} {report.left}\n")


if __name__ == "__main__":
    main()
