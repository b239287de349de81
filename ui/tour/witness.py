"""A second pair of eyes at the service: what the tour asks it directly, beside what the screens say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.service.demo.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Witness", "witness_of"]


def witness_of(ready: Mapping[str, Any], login: str) -> Witness | None:
    """Return a witness with that person's own token, where the service told one."""
    for identity in ready.get("identities", []):
        if identity["login"] == login and identity.get("access_token"):
            return Witness(str(ready["fhir"]), identity["access_token"])
    return None
