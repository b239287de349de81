"""A logind of a test's own, on a real bus: ``python fake_logind.py BUS_ADDRESS``.

It takes orders on its input (``sleep``, ``wake``, ``lock``, ``shutdown``) and tells what it hears on its
output: ``ready``, ``held`` when someone has it wait before a sleep, ``released`` when they let go.
"""

from __future__ import annotations

import os
import selectors
import sys
from typing import TYPE_CHECKING

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

if TYPE_CHECKING:
    from jeepney import Message

MANAGER = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
OWN_PATH = "/org/freedesktop/login1/session/_31"
OWN = DBusAddress(OWN_PATH, interface="org.freedesktop.login1.Session")
OTHER = DBusAddress("/org/freedesktop/login1/session/_32", interface="org.freedesktop.login1.Session")
SAVER = DBusAddress("/org/freedesktop/ScreenSaver", interface="org.freedesktop.ScreenSaver")

ORDERS = {
    "sleep": lambda: new_signal(MANAGER, "PrepareForSleep", "b", (True,)),
    "wake": lambda: new_signal(MANAGER, "PrepareForSleep", "b", (False,)),
    "shutdown": lambda: new_signal(MANAGER, "PrepareForShutdown", "b", (True,)),
    "lock": lambda: new_signal(OWN, "Lock"),
    "lock-other": lambda: new_signal(OTHER, "Lock"),
    "saver": lambda: new_signal(SAVER, "ActiveChanged", "b", (True,)),
}


def say(words: str) -> None:
    """Tell the test."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


class Logind:
    """One client at most holds it up."""

    def __init__(self, address: str) -> None:
        self.bus = open_dbus_connection(address, enable_fds=True)
        self.bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.bus.sock, selectors.EVENT_READ, self.heard)
        self.selector.register(sys.stdin, selectors.EVENT_READ, self.ordered)

    def serve(self) -> None:
        """Serve until the input ends."""
        say("ready")
        while True:
            for key, _ in self.selector.select():
                key.data()

    def ordered(self) -> None:
        """Do what the test wants."""
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        self.bus.send(ORDERS[line.strip()]())

    def heard(self) -> None:
        """Answer a client; several messages may have come at once."""
        self.answer(self.bus.receive(timeout=1))
        while True:
            try:
                self.answer(self.bus.receive(timeout=0))
            except TimeoutError:
                return

    def answer(self, message: Message) -> None:
        """Answer the two calls that matter."""
        if message.header.message_type is not MessageType.method_call:
            return
        member = message.header.fields[HeaderFields.member]
        if member == "Inhibit":
            self.hold(message)
        elif member == "GetSessionByPID":
            self.bus.send(new_method_return(message, "o", (OWN_PATH,)))
        else:
            self.bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))

    def hold(self, message: Message) -> None:
        """Give a descriptor; its other end tells when it is let go."""
        mine, theirs = os.pipe()
        self.bus.send(new_method_return(message, "h", (theirs,)))
        os.close(theirs)
        say("held " + " ".join(message.body[:1] + message.body[3:]))

        def released() -> None:
            if not os.read(mine, 1):
                self.selector.unregister(mine)
                os.close(mine)
                say("released")

        self.selector.register(mine, selectors.EVENT_READ, released)


if __name__ == "__main__":
    Logind(sys.argv[1]).serve()
