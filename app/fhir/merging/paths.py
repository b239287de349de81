"""Where in a resource: ``RelatedPerson.telecom[phone]``, and the row of the policy that is about it.

A path is FHIRPath-like; in brackets is what an item is called (its code, system, use, URL's last word), never
its place and never what it holds: a telephone number stands in no path.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Path"]


@dataclass(frozen=True, slots=True)
class Path:
    """``shown`` to others; ``rule`` for the policy (no labels); ``depth`` in levels below the resource."""

    shown: str
    rule: str = ""
    depth: int = 0

    @property
    def name(self) -> str:
        """The name of the element."""
        return self.rule.partition("[")[0].rpartition(".")[2]

    def element(self, name: str) -> Path:
        """Return the path of an element of this object."""
        above = self.rule.partition("[")[0]
        return Path(f"{self.shown}.{name}", f"{above}.{name}" if above else name, self.depth + 1)

    def item(self, label: str, url: str = "") -> Path:
        """Return the path of an item of this list; ``url`` is that of an extension."""
        shown = f"{self.shown}[{label}]" if label else self.shown
        return Path(shown, f"{self.rule}[{url}]", self.depth + 1)
