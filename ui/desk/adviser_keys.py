"""The advisers' side of this PC: who has a phrase here, who has unlocked, and what they prepared.

Everything here blocks and is called off the screen thread, but for the plain questions (``unlocked``).
"""

from __future__ import annotations

import base64
import hmac
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.clock import now
from app.errors import TandemError
from app.vault.advisers import Adviser, Advisers, AdviserUnknown
from app.vault.prepared import EVENING, PreparedVisits, VisitNote, evening_after
from app.vault.slots import COST, Cost, adapted_cost
from app.wipe import SessionFolders, Traces, wipe

if TYPE_CHECKING:
    from pathlib import Path

    from app.clock import Clock
    from app.vault.keyring_slot import Backend
    from sync.tokens import Tokens
    from ui.desk.post import Post

__all__ = ["AdviserKeys", "Lent", "Person"]

_PURPOSE = b"advisers"
LONGEST_SIGN_IN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Person:
    """An adviser known on this PC."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Lent:
    """What a session opens a prepared visit with; the share comes when the code is tried."""

    visit_id: str
    folders: SessionFolders
    claims: dict[str, Any]
    was_opened: bool


class AdviserKeys:
    """One of the advisers at a time has unlocked. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        post: Post,
        backend: Backend | None = None,
        clock: Clock = now,
        cost: Cost | None = None,
    ) -> None:
        self._folder = folder
        self._post = post
        self._advisers = Advisers(folder / "advisers", backend, clock)
        self.visits = PreparedVisits(folder / "advisers", backend, clock)
        self._cost = cost
        self._lock = threading.RLock()
        self._open: Adviser | None = None
        self._claims: dict[str, Any] = {}

    # -- who ------------------------------------------------------------------------------------------

    @property
    def unlocked(self) -> str:
        """The id of who has unlocked; "" for nobody."""
        return self._open.id if self._open else ""

    @property
    def any_known(self) -> bool:
        """Whether anybody has a phrase here."""
        return bool(self._advisers.known())

    def known(self) -> list[Person]:
        """Return who has a phrase here, by name; reads the PC's vault."""
        with self._post.vault.key_for(_PURPOSE) as key:
            people = [Person(each, self._advisers.name(each, key)) for each in self._advisers.known()]
        return sorted((each for each in people if each.name), key=lambda person: person.name.casefold())

    def id_of(self, claims: dict[str, Any]) -> str:
        """Return the id of who signed in: nothing can be read out of it without this PC's vault."""
        told = f"{claims.get('iss', '')}|{claims.get('sub', '')}".encode()
        with self._post.vault.key_for(_PURPOSE) as key:
            return hmac.digest(key.data, told, "sha256").hex()[:32]

    def has_phrase(self, adviser_id: str) -> bool:
        """Whether this adviser has a phrase here."""
        return adviser_id in self._advisers.known()

    # -- coming and going -----------------------------------------------------------------------------

    def choose(self, tokens: Tokens, phrase: str) -> None:
        """Give whoever signed in a phrase; what they prepared under an earlier one is purged first."""
        claims = dict(tokens.claims)
        adviser_id = self.id_of(claims)
        self.visits.purge_of(adviser_id)
        cost = self._cost or min(adapted_cost(), COST, key=lambda each: each.memory_kib)
        adviser = self._advisers.enrol(adviser_id, phrase, cost=cost)
        with self._post.vault.key_for(_PURPOSE) as key:
            self._advisers.keep_name(adviser_id, str(claims.get("name", "")), key)
        self._take(adviser)
        self.keep(tokens, signed_in=True)

    def unlock(self, adviser_id: str, phrase: str) -> dict[str, Any] | None:
        """Unlock; return the tokens of a sign-in that still runs. Raises what ``Advisers.unlock`` does."""
        adviser = self._advisers.unlock(adviser_id, phrase)
        self._take(adviser)
        self._claims = adviser.claims()
        found = adviser.tokens(self.visits.moment())
        return found[0] if found else None

    def keep(self, tokens: Tokens, *, signed_in: bool = False) -> None:
        """Seal tokens under who has unlocked, for half a day from the sign-in at most."""
        with self._lock:
            adviser = self._open
            if adviser is None:
                return
            moment = self.visits.moment()
            found = adviser.tokens(moment)
            until = moment + LONGEST_SIGN_IN if signed_in or found is None else found[1]
            self._claims = dict(tokens.claims)
            adviser.keep_tokens(tokens.as_dict(), until)
            adviser.keep_claims(self._claims)

    def lock(self) -> None:
        """Forget the key of who had unlocked; what is sealed stays."""
        with self._lock:
            adviser, self._open = self._open, None
            self._claims = {}
            if adviser is not None:
                adviser.close()

    def leave(self) -> None:
        """Forget the sign-in too: they go home."""
        with self._lock:
            if self._open is not None:
                self._open.drop_tokens()
            self.lock()

    def remove(self, adviser_id: str) -> None:
        """Take an adviser off this PC, with all that they prepared."""
        with self._lock:
            if self.unlocked == adviser_id:
                self.lock()
            self.visits.purge_of(adviser_id)
            self._advisers.remove(adviser_id)

    def forget_everybody(self) -> None:
        """Take everybody off this PC: it is not the organization's any more."""
        with self._lock:
            self.lock()
            self.visits.purge_all()
            for adviser_id in self._advisers.known():
                self._advisers.remove(adviser_id)

    def _take(self, adviser: Adviser) -> None:
        with self._lock:
            self.lock()
            self._open = adviser

    @property
    def claims(self) -> dict[str, Any]:
        """Who has unlocked, as the service knows them; what a visit without a network is told."""
        return dict(self._claims)

    # -- prepared visits ------------------------------------------------------------------------------

    def clean_up(self) -> None:
        """Purge what is past its hour, and what was never finished: no session is running now."""
        self.visits.purge_due(unfinished=True)

    def notes(self) -> list[VisitNote]:
        """Return the visits of who has unlocked."""
        adviser = self._who()
        return self.visits.notes(adviser.id, adviser.key)

    def waiting(self) -> int:
        """Return how many they are."""
        return self.visits.count(self.unlocked) if self.unlocked else 0

    def begin(self) -> dict[str, str]:
        """Make the adviser's half of a new visit, as it goes over the pipe."""
        adviser = self._who()
        policy = self._post.standing.policy
        due = evening_after(self.visits.moment(), policy.evening_hour if policy else EVENING)
        visit_id, share = self.visits.begin(adviser.id, adviser.key, due)
        with share:
            told = base64.b64encode(share.data).decode()
        return {"id": visit_id, "share": told, "due": due.isoformat()}

    def finish(self, visit_id: str, folder: Path) -> None:
        """Take over what the session in ``folder`` built."""
        self.visits.finish(self._who().id, visit_id, SessionFolders(folder).prepared)

    def lend(self, visit_id: str) -> Lent:
        """Make a session's folder with a copy of the visit's sealed records."""
        adviser = self._who()
        folders = SessionFolders.create(self._folder)
        try:
            was_opened = self.visits.lend(adviser.id, visit_id, folders.vault)
        except TandemError:
            # No session will begin in it, so none will be wiped: what was copied goes now.
            wipe(Traces(folders, self._folder / "outbox"))
            raise
        return Lent(visit_id, folders, self.claims, was_opened)

    def share(self, visit_id: str) -> dict[str, str]:
        """Count a try at the person's code and return the adviser's half, as it goes over the pipe."""
        adviser = self._who()
        with self.visits.share(adviser.id, visit_id, adviser.key) as share:
            return {"share": base64.b64encode(share.data).decode()}

    def opened(self, visit_id: str) -> None:
        """Note that the code was right."""
        self.visits.opened(self._who().id, visit_id)

    def take_back(self, visit_id: str) -> None:
        """Purge a visit of who has unlocked."""
        self.visits.purge(self._who().id, visit_id)

    def close(self) -> None:
        """Forget the key. Never raises."""
        with suppress(TandemError):
            self.lock()

    def _who(self) -> Adviser:
        adviser = self._open
        if adviser is None:
            raise AdviserUnknown
        return adviser
