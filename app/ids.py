"""Identifiers minted here: UUIDv7, so that rows created together lie together (RFC 9562 §5.7)."""

from __future__ import annotations

import uuid_utils

__all__ = ["mint"]


def mint() -> str:
    """Return a new UUIDv7 as its 36 lower-case characters."""
    return str(uuid_utils.uuid7())
