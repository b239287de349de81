"""``python -m ui.desk``."""

import sys

from ui.desk.main import main

if __name__ == "__main__":
    sys.exit(main())
