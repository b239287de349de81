"""Who calls, in what name, and what their token lets them do (SMART v2 scopes)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from sync.service.storage import Scope

__all__ = ["CLOSE", "HELPERS", "PEOPLE", "SERVICE_CALLER", "TWO_FACTORS", "Caller", "Helper", "Role"]

_SCOPE = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.([cruds]+|\*|read|write)(\?.*)?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}


class Role(StrEnum):
    """What kind of account signed in."""

    CITIZEN = "citizen"
    ADVISER = "adviser"
    PHARMACIST = "pharmacist"
    SOFTWARE = "software"
    CARER = "carer"
    LEGAL_REPRESENTATIVE = "legal_representative"
    ADMINISTRATOR = "administrator"


HELPERS = frozenset({Role.ADVISER, Role.PHARMACIST})
"""Who signs in to help others."""
PEOPLE = frozenset({Role.CITIZEN, Role.CARER, Role.LEGAL_REPRESENTATIVE})
"""Who signs in for themselves or for someone close: an account of a person, with a record of their own."""
CLOSE = frozenset({Role.CARER, Role.LEGAL_REPRESENTATIVE})
"""Who acts for someone close, from their own account, as long as that person's consent runs."""
TWO_FACTORS = HELPERS | {Role.ADMINISTRATOR}
"""Whose password alone opens nothing. An administrator signs in at their organization's page only."""


@dataclass(frozen=True, slots=True)
class Helper:
    """Who stands beside the person (the token's ``act``)."""

    login: str
    reference: str
    organization: str | None
    role: str = Role.ADVISER.value
    name: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of an access token. ``patient_key`` is set when the token names one citizen."""

    login: str
    role: Role
    reference: str
    scopes: frozenset[str]
    patient_id: str | None = None
    patient_key: str | None = None
    helper: Helper | None = None
    mandate: str | None = None
    sid: str = ""

    @property
    def is_close(self) -> bool:
        """Say whether someone close acts for the person: a carer, a legal representative."""
        return self.helper is not None and self.helper.role in CLOSE

    @property
    def is_system(self) -> bool:
        """Say whether this is a program that works on everyone's records."""
        return self.role is Role.SOFTWARE

    @property
    def scope(self) -> Scope:
        """Whose rows this caller's work may touch."""
        return EVERYONE if self.is_system else self.patient_key

    def allows(self, letter: str, resource_type: str) -> bool:
        """Say whether a scope gives ``c``, ``r``, ``u``, ``d`` or ``s`` on a type."""
        for scope in self.scopes:
            found = _SCOPE.fullmatch(scope)
            if found and found[2] in {"*", resource_type} and letter in _V1.get(found[3], found[3]):
                return True
        return False


SERVICE_CALLER = Caller("service", Role.SOFTWARE, "", frozenset({"system/*.cruds"}))
"""The service itself, when it opens an account or fills a demonstration."""
