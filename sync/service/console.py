"""What the service's commands say: one JSON line for a program, one sentence for the operator."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import orjson

from sync.service.messages import START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import Field

__all__ = ["EX_DATAERR", "EX_UNAVAILABLE", "say", "sorry"]

EX_UNAVAILABLE: Final = 69
"""It could not be done (sysexits.h)."""
EX_DATAERR: Final = 65
"""It was done, and something is wrong with what it found."""


def say(told: Mapping[str, Any]) -> None:
    """Write the line."""
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


def sorry(code: str, fields: Mapping[str, Field] | None = None, exit_code: int = EX_UNAVAILABLE) -> int:
    """Write the sentence of a code; returns the exit code."""
    sys.stderr.write(START.get(code, START["other"]).format_map(fields or {}) + "\n")
    return exit_code
