"""A process that journals until it is killed, and tells of each entry that is kept."""

from __future__ import annotations

import sys
from pathlib import Path

from app.desk_vault import DeskVault


def main() -> None:
    """Journal for ever."""
    vault = DeskVault(Path(sys.argv[1]), backend=lambda: None)
    while True:
        vault.append({"resourceType": "AuditEvent", "action": "R"})
        sys.stdout.write(".")
        sys.stdout.flush()


main()
