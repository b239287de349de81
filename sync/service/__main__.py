"""``python -m sync.service --data DIR [--port N] [--demo] [--people N]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sync.service.server import main


def _run() -> int:
    parser = argparse.ArgumentParser(prog="python -m sync.service")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--people", type=int, default=None)
    wishes = parser.parse_args()
    return main(data=wishes.data, port=wishes.port, demo=wishes.demo, people=wishes.people)


if __name__ == "__main__":
    sys.exit(_run())
