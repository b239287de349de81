"""``python -m ui``: the same as the command ``tandem``."""

from ui.commands import main

if __name__ == "__main__":
    main()
