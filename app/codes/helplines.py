"""Who helps someone who cannot sign in: the reasons, and the people to ask, by their public numbers.

The numbers are those that the services publish (Mon espace santé 34 22, l'Assurance maladie 36 46); whoever
installs Tandem elsewhere than in France replaces them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["HELPERS", "Helper", "SignInTrouble"]


class SignInTrouble(StrEnum):
    """Why someone cannot sign in."""

    FORGOTTEN = "forgotten"
    NO_ACCOUNT = "no-account"
    NO_CODE = "no-code"
    NOT_RECOGNISED = "not-recognised"
    SOMEONE_DECIDES = "someone-decides"


@dataclass(frozen=True, slots=True)
class Helper:
    """Whom to ask: ``phone`` is empty for someone who is met."""

    code: str
    phone: str = ""


_SPACE, _INSURANCE = Helper("mon-espace-sante", "34 22"), Helper("assurance-maladie", "36 46")

HELPERS: dict[SignInTrouble, tuple[Helper, ...]] = {
    SignInTrouble.FORGOTTEN: (_SPACE,),
    SignInTrouble.NO_ACCOUNT: (_SPACE, Helper("la-poste")),
    SignInTrouble.NO_CODE: (_INSURANCE,),
    SignInTrouble.NOT_RECOGNISED: (_INSURANCE,),
    SignInTrouble.SOMEONE_DECIDES: (Helper("representative"),),
}
