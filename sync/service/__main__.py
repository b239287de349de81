"""``python -m sync.service --data DIR``: the central service; ``--help`` names the other options."""

from __future__ import annotations

from sync.service.command import service

if __name__ == "__main__":
    service(prog_name="python -m sync.service")
