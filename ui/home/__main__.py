"""Start: ``python -m ui.home``."""

import sys

from ui.home.main import main

if __name__ == "__main__":
    sys.exit(main())
