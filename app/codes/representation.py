"""In what quality someone represents a person before the law: a closed list, of the Code civil.

A curator is not on it: they assist, and do not act instead of the person (art. 467). The person under
*curatelle* acts, with them beside; as a carer they come in by the person's own consent.
"""

from __future__ import annotations

from enum import StrEnum

from app.codes.systems import OURS

__all__ = ["OF_A_MINOR", "REPRESENTATION_URL", "Capacity"]

REPRESENTATION_URL = f"{OURS}/StructureDefinition/representation"
"""Extension of Consent: ``capacity`` and ``evidence``, the document that was seen."""


class Capacity(StrEnum):
    """The quality; the values travel in the Consent."""

    PARENT = "parent"  # parental authority, art. 371-1
    GUARDIAN = "guardian"  # tutelle of an adult, art. 440; of a minor, art. 390
    ENABLED = "enabled"  # habilitation familiale, art. 494-1


OF_A_MINOR = frozenset({Capacity.PARENT, Capacity.GUARDIAN})
