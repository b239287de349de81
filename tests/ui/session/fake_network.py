"""A NetworkManager of a test's own, on a real bus: ``python fake_network.py BUS_ADDRESS``.

It takes orders on its input (``up``, ``down``, ``paid``, ``free``) and says ``ready`` on its output.
"""

from __future__ import annotations

import os
import selectors
import sys
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

if TYPE_CHECKING:
    from jeepney import Message

NAME = "org.freedesktop.NetworkManager"
PATH = "/org/freedesktop/NetworkManager"
PROPERTIES = DBusAddress(PATH, interface="org.freedesktop.DBus.Properties")
CONNECTED, DISCONNECTED, FULL, NONE, PAID, FREE = 70, 20, 4, 1, 1, 2
ORDERS: dict[str, dict[str, tuple[str, Any]]] = {
    "up": {"State": ("u", CONNECTED), "Connectivity": ("u", FULL)},
    "down": {"State": ("u", DISCONNECTED), "Connectivity": ("u", NONE)},
    "paid": {"Metered": ("u", PAID)},
    "free": {"Metered": ("u", FREE)},
}


def serve(address: str) -> None:
    """Serve until the input ends."""
    bus = open_dbus_connection(address)
    bus.send_and_get_reply(message_bus.RequestName(NAME))
    told: dict[str, tuple[str, Any]] = {
        "State": ("u", CONNECTED),
        "Connectivity": ("u", FULL),
        "Metered": ("u", FREE),
        "PrimaryConnection": ("o", "/"),
    }
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    selector = selectors.DefaultSelector()
    selector.register(bus.sock, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is sys.stdin:
                # Not by lines: what a reader keeps for later wakes no selector.
                orders = os.read(sys.stdin.fileno(), 4096).decode().split()
                if not orders:
                    return
                for order in orders:
                    told |= ORDERS[order]
                    body = (NAME, ORDERS[order], [])
                    bus.send(new_signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", body))
            else:
                while (message := _next(bus)) is not None:
                    _answer(bus, message, told)


def _next(bus: Any) -> Message | None:  # noqa: ANN401 - jeepney's connection
    try:
        found: Message = bus.receive(timeout=0)
    except TimeoutError:
        return None
    return found


def _answer(bus: Any, message: Message, told: dict[str, tuple[str, Any]]) -> None:  # noqa: ANN401
    if message.header.message_type is not MessageType.method_call:
        return
    member = message.header.fields.get(HeaderFields.member)
    if member == "GetAll":
        bus.send(new_method_return(message, "a{sv}", (told,)))
    elif member == "Get" and message.body[1] in told:
        bus.send(new_method_return(message, "v", (told[message.body[1]],)))
    elif member == "Introspect":
        bus.send(new_method_return(message, "s", (_DESCRIPTION,)))
    else:
        bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))


_DESCRIPTION = f"""<node><interface name="{NAME}">
<property name="State" type="u" access="read"/><property name="Connectivity" type="u" access="read"/>
<property name="Metered" type="u" access="read"/><property name="PrimaryConnection" type="o" access="read"/>
</interface></node>"""

if __name__ == "__main__":
    serve(sys.argv[1])
