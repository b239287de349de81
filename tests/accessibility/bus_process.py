"""The ears and hands of a screen reader: asks the accessibility bus through libatspi, as Orca does.

Run by the **system's** Python, which has ``gi``; it imports nothing of ours and speaks JSON lines: a wish
on its input, ``{"ok": …}`` or ``{"error": …}`` on its output. What the programs announce is kept with a
number, so that nothing said between two wishes is missed.

Decision: libatspi and not the bare D-Bus protocol, since it is what real screen readers stand on: its
cache, its events and its idea of a tree are what a blind person gets. Its cache is switched off, for a
test must see what is, not what was.
"""

from __future__ import annotations

import json
import os
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - the version comes first

EVENTS = (
    "object:announcement",
    "object:notification",
    "object:alert",
    "object:state-changed:focused",
    "object:state-changed:showing",
    "object:state-changed:checked",
    "object:state-changed:selected",
    "object:selection-changed",
    "object:active-descendant-changed",
    "object:property-change:accessible-name",
    "object:text-changed",
    "object:text-caret-moved",
    "window:activate",
)
STATES = [
    "focused", "focusable", "sensitive", "showing", "checked", "selected", "selectable", "editable",
    "read_only", "active", "expanded",
]  # fmt: skip
LISTS = {"list", "table", "tree", "tree table"}
FEW = 60


class NotThere(Exception):
    """What was wished for is not on the bus now."""


class Ears:
    """Keeps what the bus tells."""

    def __init__(self) -> None:
        self.heard: list[dict] = []
        self._listener = Atspi.EventListener.new(self._hear)
        for event in EVENTS:
            self._listener.register(event)

    def _hear(self, event) -> None:  # noqa: ANN001 - gi has no types
        source = event.source
        said = {"n": len(self.heard), "at": time.monotonic(), "type": event.type, "detail": event.detail1}
        try:
            said |= {"role": source.get_role_name(), "name": source.get_name() or ""}
            said["pid"] = source.get_process_id()
            if event.type.startswith("object:state-changed:focused"):
                said["description"] = source.get_description() or ""
        except GLib.Error as gone:
            said["gone"] = str(gone)
        any_data = event.any_data
        said["data"] = any_data if isinstance(any_data, (str, int)) else ""
        if isinstance(any_data, Atspi.Accessible):
            try:
                said["data"] = any_data.get_name() or ""
            except GLib.Error:
                said["data"] = ""
        self.heard.append(said)


class Bus:
    """Answers wishes."""

    def __init__(self) -> None:
        self.ears = Ears()
        self._nodes: list = []
        self._uncached: set[int] = set()

    # ------------------------------------------------------------ the tree

    def _applications(self):  # noqa: ANN202
        desktop = Atspi.get_desktop(0)
        for number in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(number)
            if application is None:
                continue
            own = application.get_process_id()
            if own not in self._uncached:
                application.set_cache_mask(Atspi.Cache.NONE)
                self._uncached.add(own)
            yield application

    def _walk(self, node, depth: int = 0):  # noqa: ANN001, ANN202
        """Yield what is shown, parents first; of a long list only the list itself."""
        yield node, depth
        count = node.get_child_count()
        if count > FEW and node.get_role_name() in LISTS:
            return
        for number in range(count):
            child = node.get_child_at_index(number)
            if child is not None and child.get_state_set().contains(Atspi.StateType.SHOWING):
                yield from self._walk(child, depth + 1)

    def _active(self):  # noqa: ANN202
        """Return the window in front, which is where a screen reader is."""
        names = []
        for application in self._applications():
            for number in range(application.get_child_count()):
                window = application.get_child_at_index(number)
                if window is not None and window.get_state_set().contains(Atspi.StateType.ACTIVE):
                    return window
                names.append(window.get_name() if window is not None else "")
        raise NotThere(f"no window is active; there are {names}")

    def _keep(self, node) -> int:  # noqa: ANN001
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _facts(self, node, depth: int = 0) -> dict:  # noqa: ANN001
        states = node.get_state_set()
        return {
            "id": self._keep(node),
            "depth": depth,
            "role": node.get_role_name(),
            "name": node.get_name() or "",
            "description": node.get_description() or "",
            "states": [name for name in STATES if states.contains(getattr(Atspi.StateType, name.upper()))],
            "children": node.get_child_count(),
            "pid": node.get_process_id(),
        }

    # ------------------------------------------------------------ wishes

    def do_applications(self) -> list:
        """Return the programs on the bus."""
        return [{"name": each.get_name(), "pid": each.get_process_id()} for each in self._applications()]

    def do_tree(self) -> list:
        """Return all that the window in front shows."""
        self._nodes.clear()
        return [self._facts(node, depth) for node, depth in self._walk(self._active())]

    def do_find(self, name: str, roles: list, prefix: bool = False) -> dict:  # noqa: FBT001, FBT002 - JSON
        """Return the first thing of the window in front with one of these roles and that name."""
        wanted = folded(name)
        for node, depth in self._walk(self._active()):
            if node.get_role_name() in roles:
                found = folded(node.get_name() or "")
                if found == wanted or (prefix and found.startswith(wanted)):
                    return self._facts(node, depth)
        raise NotThere(f"no {' or '.join(roles)} is called {name!r}")

    def do_actions(self, id: int) -> list:  # noqa: A002 - the wish's own word
        """Return the names of what can be done with it."""
        action = self._nodes[id].get_action_iface()
        if action is None:
            return []
        return [action.get_action_name(n) for n in range(action.get_n_actions())]

    def do_act(self, id: int, name: str) -> bool:  # noqa: A002
        """Do one of its actions."""
        names = self.do_actions(id)
        if name not in names:
            raise NotThere(f"it cannot {name!r}, only {names}")
        return self._nodes[id].get_action_iface().do_action(names.index(name))

    def do_focus(self, id: int) -> bool:  # noqa: A002
        """Give it the focus."""
        return self._nodes[id].get_component_iface().grab_focus()

    def do_write(self, id: int, text: str) -> bool:  # noqa: A002
        """Set the text of a field."""
        field = self._nodes[id].get_editable_text_iface()
        if field is None:
            raise NotThere("it cannot be written in")
        return field.set_text_contents(text)

    def do_text(self, id: int) -> str:  # noqa: A002
        """Return its text, as a reading command gets it."""
        text = self._nodes[id].get_text_iface()
        if text is None:
            raise NotThere("it has no text")
        return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))

    def do_lines(self, id: int) -> list:  # noqa: A002
        """Return its text line by line, as the reading commands of a screen reader walk it."""
        text = self._nodes[id].get_text_iface()
        if text is None:
            raise NotThere("it has no text")
        lines, offset, end = [], 0, Atspi.Text.get_character_count(text)
        while offset < end:
            found = Atspi.Text.get_string_at_offset(text, offset, Atspi.TextGranularity.LINE)
            lines.append(found.content)
            offset = max(offset, found.end_offset) + 1  # a line ends before its line break
        return lines

    def do_rows(self, id: int, first: int = 0, last: int = -1) -> list:  # noqa: A002
        """Return the names of the rows of a list."""
        node = self._nodes[id]
        count = node.get_child_count()
        rows = (node.get_child_at_index(n) for n in range(first, count if last < 0 else min(last, count)))
        return [row.get_name() if row is not None else "" for row in rows]

    def do_row(self, id: int, number: int) -> dict:  # noqa: A002
        """Return one row of a list, to act on."""
        row = self._nodes[id].get_child_at_index(number)
        if row is None:
            raise NotThere("there is no such row")
        return self._facts(row)

    def do_select(self, id: int, number: int) -> bool:  # noqa: A002
        """Select a row through the list's Selection."""
        selection = self._nodes[id].get_selection_iface()
        if selection is None:
            raise NotThere("nothing can be selected in it")
        return selection.select_child(number)

    def do_selected(self, id: int) -> list:  # noqa: A002
        """Return the names of the selected rows."""
        selection = self._nodes[id].get_selection_iface()
        if selection is None:
            raise NotThere("nothing can be selected in it")
        rows = (selection.get_selected_child(n) for n in range(selection.get_n_selected_children()))
        return [row.get_name() for row in rows]

    def do_table(self, id: int) -> list:  # noqa: A002
        """Return rows and columns of a table."""
        table = self._nodes[id].get_table_iface()
        if table is None:
            raise NotThere("it is no table")
        return [table.get_n_rows(), table.get_n_columns()]

    def do_interfaces(self, id: int) -> list:  # noqa: A002
        """Return the names of its interfaces."""
        return list(Atspi.Accessible.get_interfaces(self._nodes[id]))

    def do_key(self, keysym: int) -> bool:
        """Press a key of the keyboard, for whoever has the focus."""
        return Atspi.generate_keyboard_event(keysym, None, Atspi.KeySynthType.SYM)

    def do_heard(self, since: int = 0) -> list:
        """Return what was told from that number on."""
        return self.ears.heard[since:]


def folded(text: str) -> str:
    """Make names comparable: one kind of space and apostrophe, letter case aside."""
    return " ".join(text.replace("’", "'").split()).casefold()


class Answering:
    """Serves the wishes of the input in the main loop, where libatspi lives."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._read = b""
        self.loop = GLib.MainLoop()
        GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, self._ready)

    def _ready(self, *_: object) -> bool:
        received = os.read(0, 1 << 16)
        if not received:
            self.loop.quit()
            return False
        self._read += received
        while b"\n" in self._read:
            line, _newline, self._read = self._read.partition(b"\n")
            sys.stdout.write(json.dumps(self._answer(json.loads(line))) + "\n")
            sys.stdout.flush()
        return True

    def _answer(self, wish: dict) -> dict:
        try:
            return {"ok": getattr(self._bus, f"do_{wish.pop('do')}")(**wish)}
        except (NotThere, GLib.Error) as problem:
            return {"error": str(problem)}
        except Exception as problem:  # noqa: BLE001 - told to whoever asked, who would wait for ever
            return {"error": f"{type(problem).__name__}: {problem}"}


if __name__ == "__main__":
    Atspi.init()
    answering = Answering(Bus())
    sys.stdout.write('{"ok": "ready"}\n')
    sys.stdout.flush()
    answering.loop.run()
