"""One statement, as PostgreSQL says it; translated once, then known.

What differs is little, and all of it is here: ``?`` becomes ``$1``, ``$2``…, the two fragments of the port
have PostgreSQL's words, and one ``INSERT … VALUES (…)`` for many rows becomes one statement with many rows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import Final

from sync.service.storage.port import CLAIMED_ORGANIZATION, LISTED

__all__ = ["MOST_VALUES", "many", "to_postgres"]

MOST_VALUES: Final = 30_000
"""PostgreSQL takes 65,535 values in one statement."""

_FRAGMENTS = {
    LISTED: "(SELECT jsonb_array_elements_text(CAST(? AS jsonb)))",
    CLAIMED_ORGANIZATION: "(CAST(claims AS jsonb) #>> '{organization,id}')",
}
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_PLACE = re.compile(r"\?")
_ROW = re.compile(r"VALUES (\([^()]*\))$")


@lru_cache(maxsize=2048)
def to_postgres(sql: str) -> str:
    """Return the statement with PostgreSQL's own placeholders. ``?`` within quotes stays what it is."""
    for ours, theirs in _FRAGMENTS.items():
        sql = sql.replace(ours, theirs)
    number = count(1)
    parts = _QUOTED.split(sql)
    parts[::2] = [_PLACE.sub(lambda _: f"${next(number)}", part) for part in parts[::2]]
    return "".join(parts)


@lru_cache(maxsize=512)
def many(sql: str, rows: int) -> str:
    """Return an ``INSERT`` of one row as one of many rows; ``ValueError`` for any other statement."""
    found = _ROW.search(sql)
    if found is None:
        raise ValueError(sql)
    return sql[: found.start(1)] + ", ".join([found[1]] * rows)
