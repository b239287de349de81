"""``python -m ui``: the same as the command ``tandem``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command; without one, which is what an icon does, open before a command line is understood."""
    if len(sys.argv) == 1:
        from ui.start import start_program

        sys.exit(start_program(None))
    from ui.commands import main as commands

    commands()


if __name__ == "__main__":
    main()
