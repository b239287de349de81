"""What opens the vault of a home: the keyring, a passphrase beside it or instead; what is wrong with them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.errors import PersonCanAct, WorldFailed
from app.vault.slots import SlotKind

__all__ = [
    "LEAST_PASSPHRASE",
    "SHEET_QR",
    "USUAL",
    "HomeKeyMissing",
    "OtherAccount",
    "PassphraseNeeded",
    "PassphraseTooShort",
    "SheetDiffers",
    "WayIn",
    "kind_of",
    "long_enough",
    "sheet_code",
]

LEAST_PASSPHRASE: Final = 12
SHEET_QR: Final = "TANDEM:SECOURS:"
"""What stands before the code of a recovery sheet in its square, as a scanner reads or types it."""
USUAL = (SlotKind.KEYRING, SlotKind.KEYRING_AND_PASSPHRASE, SlotKind.PASSPHRASE)


class PassphraseNeeded(PersonCanAct):
    """This computer has no keyring that can be trusted: a passphrase must close the vault."""

    code = "home-passphrase-needed"


class PassphraseTooShort(PersonCanAct):
    """The passphrase could be guessed. Fields: ``least`` (characters)."""

    code = "home-passphrase-short"


class SheetDiffers(PersonCanAct):
    """What was typed is not the last group of the recovery sheet."""

    code = "home-sheet-differs"


class HomeKeyMissing(WorldFailed):
    """The keyring answers but no longer has the key of this vault: the recovery sheet opens it."""

    code = "home-key-missing"


class OtherAccount(PersonCanAct):
    """Someone else signed in than the person whose vault this is."""

    code = "home-other-account"


class WayIn(StrEnum):
    """How the vault opens at this start."""

    NEW = "new"
    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105 - a kind


def kind_of(*, keyring: bool, passphrase: bool) -> SlotKind:
    """Return the slot of what is there: a keyring, a passphrase, both."""
    if not keyring:
        return SlotKind.PASSPHRASE
    return SlotKind.KEYRING_AND_PASSPHRASE if passphrase else SlotKind.KEYRING


def long_enough(passphrase: str | None) -> str | None:
    """Return the passphrase, where one is given; raises ``PassphraseTooShort``."""
    if passphrase is not None and len(passphrase.strip()) < LEAST_PASSPHRASE:
        raise PassphraseTooShort(least=LEAST_PASSPHRASE)
    return passphrase


def sheet_code(text: str) -> str:
    """Return the code of a recovery sheet as it was typed, or as its square was read."""
    typed = text.strip()
    return typed[len(SHEET_QR) :] if typed.upper().startswith(SHEET_QR) else typed
