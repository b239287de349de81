"""Where two versions of a resource differ, for a screen that shows them side by side.

The paths are those of ``app.fhir.merging``: items of lists are told apart by what they name, not by their
place. A version's number and time, a generated narrative, and the order of a list in which it means nothing,
don't count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir.merging.differences import differences
from app.fhir.merging.paths import Path
from app.fhir.merging.whole import content

if TYPE_CHECKING:
    from app.fhir import Resource

__all__ = ["changed_paths"]


def changed_paths(one: Resource | None, other: Resource | None) -> tuple[str, ...]:
    """List the paths at which two versions differ, in the order of ``other``; its type if one is missing."""
    kind = str((other or one or {}).get("resourceType", ""))
    if one is None or other is None:
        return () if one is other else (kind,)
    return tuple(dict.fromkeys(differences(Path(kind), content(one), content(other))))
