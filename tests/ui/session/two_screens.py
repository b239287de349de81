"""A counter with two screens, in a process of its own (Qt learns of its screens once): says what it sees."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from app.sessions import IDLE_SECONDS, IdlePolicy
from ui import theme
from ui.screen import Screen
from ui.session.customer_screen import NO_SCREEN, CustomerScreen, chosen_screen
from ui.session.idle import IdleWatch
from ui.shell import Shell
from ui.widgets import Text


def _ink(screen: CustomerScreen) -> list[int]:
    """Count the dark points of the whole, and of the band where the page's one line stands."""
    image = screen.picture.toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = [bytes(image.constScanLine(y))[: image.width()] for y in range(image.height())]
    return [sum(point < 100 for point in row) for row in rows]


def main() -> int:
    """Follow one window through a visit."""
    app = QApplication(sys.argv)
    app.setStyle("Fusion")
    theme.apply(theme.Theme.of("light", 26))
    shell = Shell("Tandem", can_hide=True)
    page = Screen("Vos ordonnances")
    page.body.addWidget(Text("Doliprane, trois fois par jour"))
    shell.show_screen(page)
    shell.present(full_screen=False)
    idle = IdleWatch(shell, shell.input, IdlePolicy.of(IDLE_SECONDS))
    for _ in range(20):
        app.processEvents()
    customer = CustomerScreen(shell)
    customer.place()
    told: dict[str, object] = {
        "helper": shell.screen().name(),
        "customer": customer.screen().name(),
        "at": customer.geometry().getRect(),
        "visible": customer.isVisible(),
        "focus": shell.isActiveWindow(),
        "width": customer.picture.width(),
        "page": sum(_ink(customer)),
        "larger": customer.picture.width() / shell.width(),
        "named": getattr(chosen_screen("customer", shell.screen()), "name", str)(),
        "absent": chosen_screen("another", shell.screen()) is None,
        "none": chosen_screen(NO_SCREEN, shell.screen()) is None,
    }
    below = shell.topbar.geometry().bottom() + 1
    shown = customer.picture.toImage().pixelColor(QPoint(2, 2)).name()
    told["no_bar"] = shown == shell.grab().toImage().pixelColor(QPoint(2, below + 2)).name()
    before = customer.picture.toImage()
    idle.hide_now()
    for _ in range(20):
        app.processEvents()
    customer.look()
    told["covered"] = customer.picture.toImage() != before
    covered = customer.picture.toImage()
    page.body.addWidget(Text("Insuline"))
    for _ in range(20):
        app.processEvents()
    customer.look()
    told["cover_is_all"] = customer.picture.toImage() == covered
    unplugged = customer.screen()
    customer._name = NO_SCREEN
    app.screenRemoved.emit(unplugged)
    told["gone"] = not customer.isVisible() and customer.picture.isNull()
    customer._name = ""
    app.screenAdded.emit(unplugged)
    told["back"] = customer.isVisible() and not customer.picture.isNull()
    customer.end()
    told["ended"] = customer.picture.isNull() and not customer.isVisible()
    told["screens"] = len(QGuiApplication.screens())
    sys.stdout.write(json.dumps(told))
    shell.close_for_good()
    return 0


if __name__ == "__main__":
    sys.exit(main())
