"""Someone who sees nothing: everything is found by role and name, and only what is told is known.

``ByEar`` follows the window in front, as a screen reader does. What was told since the last act is what a
person could have heard: an announcement, an alert (a notification that appears), the name and description
of what got the focus, the name of the window that came to the front, what was ticked or selected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tests.accessibility.stage import NotOnTheBus, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.accessibility.stage import Bus, Json

__all__ = ["ALERT", "BOX", "BUTTON", "FIELD", "HEADING", "LABEL", "LIST", "NOTICE", "RADIO", "ByEar", "Thing"]

T = TypeVar("T")
# Roles in AT-SPI's own words.
BUTTON, BOX, RADIO, FIELD = "push button", "check box", "radio button", "text"
HEADING, LABEL, LIST = "heading", "label", "list"
NOTICE, ALERT = "notification", "alert"
KEYS = {"Tab": 0xFF09, "Return": 0xFF0D, "Escape": 0xFF1B, "Down": 0xFF54, "Up": 0xFF52, "End": 0xFF57}
ROLES = {"object:state-changed:checked": "checked", "object:state-changed:selected": "selected"}
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Thing:
    """What stands on the bus; ``id`` is what to ask by."""

    id: int
    depth: int
    role: str
    name: str
    description: str
    states: tuple[str, ...]
    children: int
    pid: int

    @property
    def can_focus(self) -> bool:
        """Whether the keys may go there."""
        return "focusable" in self.states

    @property
    def has_focus(self) -> bool:
        """Whether the keys go there."""
        return "focused" in self.states

    def __str__(self) -> str:
        return f"{self.role} “{self.name}”" + (" *" if self.has_focus else "")


class ByEar:
    """Ears and hands at one screen."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._mark = len(bus.ask("heard"))

    # ---------------------------------------------------------------- what is there

    def things(self) -> list[Thing]:
        """Return all that the window in front shows, as reading commands walk it."""
        return [thing(each) for each in self.bus.ask("tree")]

    def find(self, name: str, *roles: str, prefix: bool = False) -> Thing:
        """Wait for the thing of that role and name."""
        return self.until(
            f"{' or '.join(roles)} “{name}”",
            lambda: thing(self.bus.ask("find", name=name, roles=roles, prefix=prefix)),
        )

    def reads(self, words: str) -> bool:
        """Whether these words stand in the window in front now, for whoever reads through it."""
        return any(folded(words) in folded(each.name) for each in self.things())

    def focus(self) -> Thing | None:
        """Return what has the focus: the innermost, and of a list the list itself."""
        return next((each for each in self.things() if each.has_focus), None)

    def lines(self, name: str) -> list[str]:
        """Return the text of that name line by line, as reading commands give it."""
        found: list[str] = self.bus.ask("lines", id=self.find(name, FIELD, LABEL, "document frame").id)
        return [line for line in found if line.strip()]

    # ---------------------------------------------------------------- what can be done

    def press(self, name: str, role: str = BUTTON, *, prefix: bool = False) -> None:
        """Press, tick or choose it, by its own action."""
        found = self.find(name, role, prefix=prefix)
        able = [each for each in self.bus.ask("actions", id=found.id) if each != "SetFocus"]
        if "sensitive" not in found.states or not able:
            raise NotOnTheBus(f"{found} cannot be pressed")
        self.listen()
        self.bus.ask("act", id=found.id, name=able[0])

    def write(self, name: str, text: str) -> None:
        """Write in a field."""
        found = self.find(name, FIELD, prefix=True)
        self.listen()
        self.bus.ask("write", id=found.id, text=text)

    def key(self, name: str) -> None:
        """Press a key of the keyboard."""
        self.listen()
        self.bus.ask("key", keysym=KEYS[name])

    # ---------------------------------------------------------------- what is told

    def listen(self) -> None:
        """Forget what was told so far."""
        self._mark = len(self.bus.ask("heard"))

    def heard(self) -> list[str]:
        """Return what was told since the last act."""
        return [words for each in self.bus.ask("heard", since=self._mark) if (words := spoken(each))]

    def hears(self, words: str, *, patience: float = PATIENCE) -> None:
        """Wait until these words are told."""
        wanted = folded(words)
        self.until(
            f"to hear “{words}”", lambda: any(wanted in folded(each) for each in self.heard()), patience
        )

    def until(self, what: str, probe: Callable[[], T], patience: float = PATIENCE) -> T:
        """Wait for it; what was told and what is there is the failure's text."""
        try:
            return until(what, probe, patience)
        except NotOnTheBus as why:
            raise NotOnTheBus(f"{why}\nHeard: {self.heard()}\nThere is: {self._all()}") from why

    def _all(self) -> str:
        try:
            return ", ".join(str(each) for each in self.things() if each.name or each.has_focus)
        except NotOnTheBus as why:
            return str(why)


def thing(told: dict[str, Json]) -> Thing:
    """Take what the bus told of it."""
    return Thing(**(told | {"states": tuple(told["states"])}))


def spoken(event: dict[str, Json]) -> str:
    """Return the words of an event that is spoken, else nothing."""
    kind, name = event["type"], str(event.get("name", ""))
    if kind == "object:announcement":
        return str(event["data"])
    if kind == "window:activate":
        return name
    if not event["detail"]:
        return ""
    if kind == "object:state-changed:focused":
        return " ".join(filter(None, [name, event.get("description", "")]))
    if kind == "object:state-changed:showing":
        return name if event.get("role") in {NOTICE, ALERT} else ""
    return f"{name} {ROLES[kind]}" if kind in ROLES else ""


def folded(text: str) -> str:
    """Make words comparable: one kind of space and apostrophe, letter case aside."""
    return " ".join(text.replace("’", "'").split()).casefold()
