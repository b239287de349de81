"""A program that listens to the system's network: ``python line_process.py FORCED``; tells what it hears."""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QCoreApplication, QMetaObject, Qt
from PySide6.QtNetwork import QNetworkInformation

from ui.session.line import Line


def say(words: str) -> None:
    """Tell the test."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run until the input ends."""
    application = QCoreApplication(sys.argv)
    if not QNetworkInformation.loadBackendByName("networkmanager"):
        say("no backend")
        return
    line = Line(sys.argv[1], QNetworkInformation.instance())
    line.came_back.connect(lambda: say("came back"))
    say("ready")

    def asked() -> None:
        for _line in sys.stdin:
            say("metered" if line.is_metered() else "free")
        QMetaObject.invokeMethod(application, "quit", Qt.ConnectionType.QueuedConnection)

    threading.Thread(target=asked, daemon=True).start()
    application.exec()


if __name__ == "__main__":
    main()
