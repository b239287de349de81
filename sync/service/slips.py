"""Mandate slips: a few words, printed for the person, that bring a running mandate back to life.

The words are drawn here and kept only as a keyed hash; they open nothing beyond their mandate, and
nothing at all once it is over. Tries are counted per adviser by the token endpoint.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING

from sync.service import helpers
from sync.service.exchange import Answer, of_resource
from sync.service.refusals import Refused
from sync.service.slip_words import WORDS

if TYPE_CHECKING:
    from sync.service.secrets import Secrets
    from sync.service.storage import Connection
    from sync.service.unit import Unit

__all__ = ["find", "make", "new_words", "remember"]

_COUNT = 5
_QR = "tandem:mandat:"


def make(unit: Unit, consent_id: str) -> Answer:
    """``POST Consent/id/$slip``: draw the words of a running mandate; earlier words stop working."""
    if unit.caller.helper is None or unit.caller.is_close:
        raise Refused("not-allowed")
    unit.permit("r", "Consent")
    held = unit.read("Consent", consent_id)
    helpers.running_mandate(unit, consent_id)
    words = new_words()
    remember(unit.records.sql, unit.service.secrets, words, held.patient_key, consent_id)
    unit.note("E", held)
    return of_resource(
        {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "words", "valueString": words},
                {"name": "qr", "valueString": _QR + words},
            ],
        }
    )


def new_words() -> str:
    """Draw words that are easy to read aloud."""
    return "-".join(secrets.choice(WORDS) for _ in range(_COUNT))


def remember(sql: Connection, kept: Secrets, words: str, patient_key: str, consent_id: str) -> None:
    """Keep the words' hash in the place of earlier ones."""
    sql.execute("DELETE FROM slip WHERE patient_key = ? AND consent_id = ?", (patient_key, consent_id))
    sql.execute(
        "INSERT INTO slip (digest, patient_key, consent_id) VALUES (?, ?, ?)",
        (kept.digest("slip", _plain(words)), patient_key, consent_id),
    )


def find(sql: Connection, kept: Secrets, text: str) -> tuple[str, str] | None:
    """Return the patient key and the Consent's id of a slip, as read aloud, typed or scanned."""
    words = _plain(text.strip().removeprefix(_QR))
    row = sql.execute(
        "SELECT patient_key, consent_id FROM slip WHERE digest = ?", (kept.digest("slip", words),)
    ).fetchone()
    return (row[0], row[1]) if row else None


def _plain(text: str) -> str:
    """Accents, capitals and whatever stands between the words make no difference."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(
        each if each.isascii() and each.isalpha() else " "
        for each in folded
        if not unicodedata.combining(each)
    )
    return "-".join(letters.split())
