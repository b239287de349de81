"""The families of errors.

::

    TandemError
    ├── PersonCanAct   someone in front of the screen can mend it (a broken file, a wrong code)
    ├── WorldFailed    we are not to blame and neither are they (network, disk, another program)
    └── OurBug         it should not happen; say so, keep everything, stop what is unsafe

A concrete error is declared in the module that knows the fact, with a stable ``code``. It carries
fields (sizes, counts, limits), never a sentence and never anything of the person: the words are
in ``ui/messages.py`` alone, and a test walks the subclasses and wants words for each.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = ["Field", "OurBug", "PersonCanAct", "TandemError", "WorldFailed", "concrete_errors"]

Field = str | int | float


class TandemError(Exception):
    """Root of all errors that have words. ``fields`` fill the ``{names}`` of the sentence."""

    code: ClassVar[str] = ""

    def __init__(self, /, **fields: Field) -> None:
        super().__init__(self.code)
        self.fields: dict[str, Field] = fields

    def __str__(self) -> str:
        return self.code or type(self).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        """Be copied whole: `Exception` would hand ``args`` to a constructor that takes names only."""
        return _again, (type(self), self.args), self.__dict__


class PersonCanAct(TandemError):
    """Someone in front of the screen can mend it."""


class WorldFailed(TandemError):
    """The network, the disk or another program failed; what was filed is kept."""


class OurBug(TandemError):
    """It should not have happened."""


def _again(kind: type[TandemError], args: tuple[Any, ...]) -> TandemError:
    """Make an error anew; its fields follow."""
    return kind.__new__(kind, *args)


def concrete_errors(root: type[TandemError] = TandemError) -> set[type[TandemError]]:
    """Every declared subclass that has a code, however deep."""
    found: set[type[TandemError]] = set()
    for child in root.__subclasses__():
        if child.code:
            found.add(child)
        found |= concrete_errors(child)
    return found
