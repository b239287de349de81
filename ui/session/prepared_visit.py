"""A prepared visit: the person's records are here already, under the adviser's half and the person's code.

No network is asked for and no engine runs: what is done is sealed like every act, and leaves by itself with
the desk's post. The desk counts each try at the code, and gives its half for that one try.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from app import visit_code
from app.errors import PersonCanAct
from app.records import Records
from app.space import Space
from app.vault.patient import PatientVault
from app.vault.prepared import VisitGone
from app.vault.small import open_small
from sync.failures import Offline
from ui.session.preparing import WHO, answered, share_of
from ui.session.seen import seen_clock
from ui.session.visit import Visit, actor_of

if TYPE_CHECKING:
    from sync.accesses import AccessPage
    from sync.drops import Drop
    from sync.slips import Slip

__all__ = ["PreparedVisit", "WrongVisitCode"]


class WrongVisitCode(PersonCanAct):
    """The words are words of a paper, but not of this visit's."""

    code = "visit-wrong-code"


class PreparedVisit(Visit):
    """Opens with the person's words or the code on their paper."""

    _prepared_in = ""

    def open_with(self, text: str) -> Space:
        """Try what was typed or scanned; blocks.

        Raises ``CodeUnreadable`` and ``CodeOfAnother`` (not counted as tries), ``WrongVisitCode``,
        ``TooSoon``, ``VisitLocked``, ``VisitGone``.
        """
        visit_id = self._start.prepared
        words = visit_code.read(text, visit_id)
        told = answered(self._channel.ask("visit-share"))
        with share_of(told) as share:
            key = visit_code.visit_key(share, words)
        root = self._start.folders.vault
        with key.derive(WHO) as who:
            about = open_small(root / "c" / f"{visit_id}.who", who, WHO)
        if about is None:
            key.wipe()
            raise WrongVisitCode
        answered(self._channel.ask("visit-opened"))
        self._vault = PatientVault.open(root, key, visit_id)
        told = orjson.loads(about)
        self._prepared_in = str(told["presence"])
        return self._space_of(self._vault, str(told["patient"]))

    def _space_of(self, vault: PatientVault, patient_id: str) -> Space:
        self._records = Records(vault.store, self._changes, on_audit=self._journal)
        self._sealer = self._make_sealer()
        patient = self._records.get("Patient", patient_id)
        if patient is None:
            raise VisitGone
        actor = actor_of(self._start.adviser["claims"])
        claims = self._start.adviser["claims"]
        self._space = Space(
            patient,
            patient_id,
            self._records,
            vault.files,
            actor,
            vault,
            sealer=self._sealer,
            clock=seen_clock(self._start, (claims,), self._records),
            durations=self._start.durations,
            mails=self._start.mails,
        )
        return self._space

    def _presence(self) -> str:
        """Prove this visit by the session in which it was prepared."""
        return self._prepared_in

    def draw_slip(self) -> Slip:
        """Say that the service draws the words: there is no network."""
        raise Offline

    def open_drop(self) -> Drop:
        """Say that a phone's page is the service's: there is no network."""
        raise Offline

    def signed_list(self, language: str, zone: str) -> bytes:
        """Say that only the service signs the list: there is no network."""
        del language, zone
        raise Offline

    def who_looked(self, more: str = "") -> AccessPage:
        """Say that the service knows who looked: there is no network."""
        del more
        raise Offline
