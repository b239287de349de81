"""Phone drops: a page that is open once, for ten minutes, and takes pictures of a paper into a visit.

Context: a person photographs a paper with their own phone, which has no account here and no program.
Decision: the visit's own process asks for a page (``POST /drops``, with the person's token), shows its
address as a QR, and collects what the phone sent; then it deletes it.

Who can read the pictures. A key in the address's fragment, with encryption in the page, was weighed: it
needs a script and a secure context, the very service it guards against would serve that script, and the
same paper is filed with this service a minute later. So the page works without a script, TLS carries the
pictures, and each is sealed to the **visit's own key** (:mod:`app.vault.parcels`) while it is still in
memory: this service's disk, store and backups never hold a picture that the service could open. It
sees the bytes only as they pass; whoever controls the running program could read them then.

- The address holds 128 bits and is kept as a keyed hash. Five words lead to the same page for who can't
  scan (42 bits, tries counted); whoever guessed them could send a picture, and read nothing.
- It closes at the first whole send, at ``DELETE``, at the end of the session that opened it, and after
  ``OPEN_SECONDS`` (a send that has begun may end). What was sent waits as long again to be collected.
- Only the session that opened it sees it; to all others it does not exist.
- Audited as ``Media/<drop>``: opened (C), sent by a phone (U), collected (R), deleted (D). No content.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.clock import instant
from app.fhir import string
from app.ids import mint
from app.vault.parcels import PUBLIC_SIZE, seal_parcel
from sync.service import audit, helpers, slips
from sync.service.accounts import count_try
from sync.service.caller import Caller, Role
from sync.service.inline import unless_kept
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from sync.service.unit import Access, Unit

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = [
    "OPEN_SECONDS",
    "Drop",
    "Kept",
    "begin_send",
    "close",
    "finish",
    "keep",
    "let_go",
    "of_address",
    "open_drop",
    "picture",
    "plain_words",
    "state",
    "sweep",
]

OPEN_SECONDS = 600
_SEND_SECONDS = 300
_OPENINGS, _SENDS = 20, 20
_WORD_TRIES, _WORD_TRIES_IN_ALL = 60, 600
_TOKEN_BYTES = 16
_PHONE = Caller("phone", Role.SOFTWARE, "", frozenset())


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop that is open or was just sent; ``expires`` is an instant."""

    patient_key: str
    id: str
    public_key: bytes
    expires: str
    sent: str | None

    def seconds(self, service: Service) -> int:
        """How long it lasts yet."""
        return max(0, int((datetime.fromisoformat(self.expires) - service.clock()).total_seconds()))


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture, sealed; no row speaks of it yet. ``size`` in bytes, before sealing."""

    object_id: str
    content_type: str
    size: int


# -- the visit's side


def open_drop(service: Service, caller: Caller, told: Resource) -> dict[str, Any]:
    """``POST /drops`` ``{public_key}``: open a page; one that this session had open before is closed."""
    public_key = _public_key(string(told, "public_key") or "")
    token = base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("=").lower()
    words = slips.new_words()
    expires = service.clock() + timedelta(seconds=OPEN_SECONDS)
    count_try(service, f"drop-open:{caller.sid}", _OPENINGS, OPEN_SECONDS)
    sweep(service)
    with service.store.transaction(of=caller.scope) as sql:
        unit = _permitted(service, sql, caller)
        drop = Drop(unit.patient_key(), mint(), public_key, instant(expires), None)
        earlier = _of_session(sql, drop.patient_key, caller.sid)
        gone = [each for drop_id in earlier for each in _forget(sql, drop.patient_key, drop_id)]
        _insert(sql, drop, caller.sid, [_digest(service, each) for each in (token, words)])
        _note(unit, "C", drop)
    _remove(service, gone)
    return {
        "id": drop.id,
        "path": f"/d/{token}",
        "words": words,
        "expires": drop.expires,
        "seconds": OPEN_SECONDS,
    }


def _public_key(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
        seal_parcel(b"", found, "")
    except (binascii.Error, ValueError):
        raise Refused("drop-key", size=PUBLIC_SIZE) from None
    return found


def _permitted(service: Service, sql: Connection, caller: Caller) -> Unit:
    """Opening a page is the first step of filing, or of noting a vaccine by its box's picture.

    Whoever may do neither may not open one either.
    """
    unit = Unit.begin(service, sql, caller)
    unit.permit("c", "Binary")
    try:
        helpers.check_act(unit, None, [{"resourceType": "Binary"}])
    except Refused as refused:
        if refused.reason != "mandate-scope":
            raise
        helpers.check_act(unit, None, [{"resourceType": "Immunization"}])
    return unit


def _of_session(sql: Connection, patient_key: str, sid: str) -> list[str]:
    rows = sql.execute("SELECT id FROM phone_drop WHERE patient_key = ? AND sid = ?", (patient_key, sid))
    return [row[0] for row in rows.fetchall()]


def _insert(sql: Connection, drop: Drop, sid: str, digests: list[bytes]) -> None:
    sql.execute(
        "INSERT INTO phone_drop (patient_key, id, sid, public_key, expires) VALUES (?, ?, ?, ?, ?)",
        (drop.patient_key, drop.id, sid, drop.public_key, drop.expires),
    )
    sql.executemany(
        "INSERT INTO drop_address (digest, patient_key, drop_id) VALUES (?, ?, ?)",
        [(digest, drop.patient_key, drop.id) for digest in digests],
    )


def state(service: Service, caller: Caller, drop_id: str) -> dict[str, Any]:
    """``GET /drops/id``: whether something came, and how long it waits yet."""
    with service.store.read(of=caller.scope) as sql:
        drop = _own(service, sql, caller, drop_id)
        rows = sql.execute(
            "SELECT content_type, size FROM drop_picture WHERE patient_key = ? AND drop_id = ?"
            " ORDER BY place",
            (drop.patient_key, drop.id),
        ).fetchall()
    pictures = [{"type": row[0], "size": row[1]} for row in rows]
    told: dict[str, Any] = {"id": drop.id, "state": "sent" if drop.sent else "open"}
    return told | {"seconds": drop.seconds(service), "pictures": pictures}


def picture(service: Service, caller: Caller, drop_id: str, place: int) -> bytes:
    """``GET /drops/id/pictures/n`` (from 1): the sealed picture, under the label ``id/n``."""
    with service.store.transaction(of=caller.scope) as sql:
        drop = _own(service, sql, caller, drop_id)
        row = sql.execute(
            "SELECT object_id FROM drop_picture WHERE patient_key = ? AND drop_id = ? AND place = ?",
            (drop.patient_key, drop.id, place),
        ).fetchone()
        if row is None:
            raise Refused("unknown")
        _note(Unit.begin(service, sql, caller), "R", drop)
    with service.objects.open(row[0], whole=True) as reader:
        return reader.read()


def close(service: Service, caller: Caller, drop_id: str) -> None:
    """``DELETE /drops/id``: collected, or not wanted any more."""
    with service.store.transaction(of=caller.scope) as sql:
        drop = _own(service, sql, caller, drop_id)
        gone = _forget(sql, drop.patient_key, drop.id)
        _note(Unit.begin(service, sql, caller), "D", drop)
    _remove(service, gone)


def _own(service: Service, sql: Connection, caller: Caller, drop_id: str) -> Drop:
    """Return a drop of this very session; any other is unknown."""
    row = sql.execute(
        "SELECT patient_key, id, public_key, expires, sent FROM phone_drop"
        " WHERE patient_key = ? AND id = ? AND sid = ? AND expires > ?",
        (caller.patient_key, drop_id, caller.sid, instant(service.clock())),
    ).fetchone()
    if row is None:
        raise Refused("unknown")
    return _drop(row)


# -- the phone's side


def of_address(service: Service, address: str, client: str) -> Drop:
    """Return the open drop of an address (its token, or its words); refuses without saying why.

    ``client`` is where the phone calls from: words are short enough to be tried, so tries count.
    """
    if "-" in address:
        count_try(service, f"drop-words:{client}", _WORD_TRIES, OPEN_SECONDS)
        count_try(service, "drop-words", _WORD_TRIES_IN_ALL, OPEN_SECONDS)
    with service.store.read() as sql:
        place = sql.execute(
            "SELECT patient_key, drop_id FROM drop_address WHERE digest = ?", (_digest(service, address),)
        ).fetchone()
    with service.store.read(of=place[0] if place else None) as sql:
        row = sql.execute(
            "SELECT d.patient_key, d.id, d.public_key, d.expires, d.sent FROM phone_drop AS d"
            " JOIN session AS s ON s.sid = d.sid"
            " WHERE d.patient_key = ? AND d.id = ? AND d.sent IS NULL AND s.ended IS NULL AND d.expires > ?",
            (*(place or ("", "")), instant(service.clock())),
        ).fetchone()
    if row is None:
        raise Refused("drop-closed")
    return _drop(row)


def plain_words(text: str) -> str:
    """Write words as the address holds them: accents, capitals and what stands between don't matter."""
    folded = unicodedata.normalize("NFKD", text[:200]).casefold()
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    return "-".join(re.findall(r"[a-z]+", letters))


def begin_send(service: Service, drop: Drop) -> None:
    """Let a send that begins in time end; refuse a phone that sends again and again."""
    count_try(service, f"drop-send:{drop.id}", _SENDS, OPEN_SECONDS)
    least = instant(service.clock() + timedelta(seconds=_SEND_SECONDS))
    with service.store.transaction(of=drop.patient_key) as sql:
        sql.execute(
            "UPDATE phone_drop SET expires = ? WHERE patient_key = ? AND id = ? AND sent IS NULL"
            " AND expires < ?",
            (least, drop.patient_key, drop.id, least),
        )


def keep(service: Service, drop: Drop, place: int, content_type: str, data: bytes) -> Kept:
    """Seal one picture to the visit; it counts only once :func:`finish` says so."""
    object_id = mint()
    sealed = seal_parcel(data, drop.public_key, f"{drop.id}/{place}")
    service.objects.write(object_id, io.BytesIO(sealed))
    return Kept(object_id, content_type, len(data))


def finish(service: Service, drop: Drop, kept: list[Kept]) -> None:
    """Hand all pictures of one send over at once, and close the page; refuses a second send."""
    with (
        unless_kept(service.objects, *(each.object_id for each in kept)),
        service.store.transaction(of=drop.patient_key) as sql,
    ):
        _hand_over(service, sql, drop, kept)


def _hand_over(service: Service, sql: Connection, drop: Drop, kept: list[Kept]) -> None:
    moment = instant(service.clock())
    waits = instant(service.clock() + timedelta(seconds=OPEN_SECONDS))
    done = sql.execute(
        "UPDATE phone_drop SET sent = ?, expires = ? WHERE patient_key = ? AND id = ? AND sent IS NULL"
        " AND expires > ? AND EXISTS (SELECT 1 FROM session WHERE session.sid = phone_drop.sid"
        " AND ended IS NULL)",
        (moment, waits, drop.patient_key, drop.id, moment),
    )
    if done.rowcount != 1:
        raise Refused("drop-closed")
    sql.executemany(
        "INSERT INTO drop_picture (patient_key, drop_id, place, object_id, content_type, size)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (drop.patient_key, drop.id, place, each.object_id, each.content_type, each.size)
            for place, each in enumerate(kept, 1)
        ],
    )
    _note(Unit.begin(service, sql, _PHONE), "U", drop)


def let_go(service: Service, kept: list[Kept]) -> None:
    """Remove what was sealed for a send that did not end well."""
    _remove(service, [each.object_id for each in kept])


# -- the end of drops


def sweep(service: Service) -> int:
    """Delete the drops that are over with their pictures; returns how many there were."""
    with service.store.read(of=EVERYONE) as sql:
        statement = f"SELECT patient_key, id FROM phone_drop WHERE {_OVER}"  # noqa: S608
        over = sql.execute(statement, _present(service)).fetchall()
    for key, drop_id in over:
        with service.store.transaction(of=key) as sql:
            gone = _forget(sql, key, drop_id) if _is_over(service, sql, key, drop_id) else []
        _remove(service, gone)
    return len(over)


_OVER = (
    "(expires <= ?"
    " OR NOT EXISTS (SELECT 1 FROM session WHERE session.sid = phone_drop.sid AND ended IS NULL))"
)


def _present(service: Service) -> tuple[str]:
    return (instant(service.clock()),)


def _is_over(service: Service, sql: Connection, key: str, drop_id: str) -> bool:
    """Look again, now that nobody else writes this citizen's rows: a send may have begun."""
    statement = f"SELECT 1 FROM phone_drop WHERE patient_key = ? AND id = ? AND {_OVER}"  # noqa: S608
    return sql.execute(statement, (key, drop_id, *_present(service))).fetchone() is not None


def _forget(sql: Connection, patient_key: str, drop_id: str) -> list[str]:
    """Take the rows of a drop away; returns the objects to remove once that is committed."""
    place = (patient_key, drop_id)
    rows = sql.execute("SELECT object_id FROM drop_picture WHERE patient_key = ? AND drop_id = ?", place)
    objects = [row[0] for row in rows.fetchall()]
    sql.execute("DELETE FROM drop_picture WHERE patient_key = ? AND drop_id = ?", place)
    sql.execute("DELETE FROM drop_address WHERE patient_key = ? AND drop_id = ?", place)
    sql.execute("DELETE FROM phone_drop WHERE patient_key = ? AND id = ?", place)
    return objects


def _remove(service: Service, objects: list[str]) -> None:
    for object_id in objects:
        service.objects.remove(object_id)


def _drop(row: tuple[str, str, bytes, str, str | None]) -> Drop:
    return Drop(row[0], row[1], bytes(row[2]), row[3], row[4])


def _digest(service: Service, address: str) -> bytes:
    return service.secrets.digest("drop", address)


def _note(unit: Unit, action: str, drop: Drop) -> None:
    unit.accesses.append(Access(action, drop.patient_key, f"Media/{drop.id}"))
    audit.write(unit, unit.records)
