"""JSON in the one form that is hashed, signed or sealed to: sorted keys, no blanks, UTF-8."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["canonical"]


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write JSON in its one form."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
