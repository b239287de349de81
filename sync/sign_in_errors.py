"""What a sign-in can come to, other than tokens: the person's own act, or no trust."""

from __future__ import annotations

from app.errors import PersonCanAct, WorldFailed

__all__ = [
    "BrowserClosed",
    "CareOver",
    "SignInCancelled",
    "SignInNotTrusted",
    "SignInRefused",
    "SignInTimedOut",
    "SlipRefused",
    "TooManyTries",
    "demand",
]


class SignInCancelled(PersonCanAct):
    """Someone pressed "Annuler" while the browser was open."""

    code = "sign-in-cancelled"


class BrowserClosed(PersonCanAct):
    """The browser's window was closed, or it could not start, before the sign-in was done."""

    code = "browser-closed"


class SignInTimedOut(PersonCanAct):
    """Nobody came back from the browser in time (``minutes``)."""

    code = "sign-in-timed-out"


class SignInRefused(PersonCanAct):
    """The provider said no, or the person did (``reason``: the OAuth error code)."""

    code = "sign-in-refused"


class SlipRefused(PersonCanAct):
    """The code of the mandate slip does not open anything."""

    code = "slip-refused"


class TooManyTries(PersonCanAct):
    """Wrong codes too often; try again after ``minutes``."""

    code = "too-many-tries"


class CareOver(PersonCanAct):
    """The person cared for no longer lets this carer act, or the end has come."""

    code = "care-over"


class SignInNotTrusted(WorldFailed):
    """An answer of the sign-in is not what its standard demands (``what``)."""

    code = "sign-in-not-trusted"


def demand(holds: bool, what: str) -> None:  # noqa: FBT001 (it is the sentence's verb)
    """Raise ``SignInNotTrusted`` where something does not hold."""
    if not holds:
        raise SignInNotTrusted(what=what)
