"""``python -m ui.session``."""

import sys

from ui.session.main import main

if __name__ == "__main__":
    sys.exit(main())
