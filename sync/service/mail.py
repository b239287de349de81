"""The mail that tells a person of a receipt: that there is one, and nothing else (RFC 5322, RFC 3834).

Decisions:

- A mail is a postcard: neither a name nor a place nor a date of theirs is in it, and no link, for a person
  who was taught to follow links in such mails is robbed by the next one.
- What waits is a row in the store, written in the transaction that files the receipt: nothing is told that
  was not filed, nothing filed goes untold because a server rested. The address is not in it; it is read from
  the person's record when the mail leaves, so a corrected one is used.
- A row is put off before each try: a program that dies while it sends tries again later, at worst twice told.
  An address that the other side refuses for good is let go at once, the rest after two days.
- At most ``_A_DAY`` mails a person and day, however many receipts come.
- Nothing of the person is logged: how many, and the kind of what failed.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from app.clock import instant
from app.codes.receipt_marks import TELL_BY_MAIL
from app.codes.systems import RECEIPT
from app.errors import PersonCanAct
from app.fhir import codes, nodes
from app.fhir.patient import email as email_of
from app.ids import mint
from sync.service.messages import MAIL
from sync.service.records import Records
from sync.service.storage import EVERYONE
from sync.service.tongues import FRENCH, tongue

if TYPE_CHECKING:
    from pathlib import Path

    from app.fhir import Resource
    from sync.service.service import Service
    from sync.service.storage import Connection
    from sync.service.tongues import Tongue

__all__ = ["MailServer", "MailServerBad", "Postman", "message", "receipt_came", "send_due"]

_LOG = logging.getLogger("tandem.service.mail")
_A_DAY = 5
_DELAYS = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720, 720, 720))
_SECONDS = 20
_LOOK_EVERY = 30.0
_FOR_GOOD = 500
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class MailServerBad(PersonCanAct):
    """The file about the mail server is not readable or asks for what is not done.

    Fields: ``what`` (missing, form, security, sender), ``path`` where it is missing.
    """

    code: ClassVar[str] = "mail-server-bad"


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """Where mails are handed over.

    ``security``: "tls" from the start, "starttls", or "none" on this machine only.
    """

    host: str
    port: int
    sender: str
    security: str = "tls"
    user: str = ""
    password: str = ""
    authority: str = ""
    """A file of certificates to trust instead of the system's (PEM)."""

    @classmethod
    def read(cls, path: Path) -> MailServer:
        """Read the operator's JSON file; raises ``MailServerBad``."""
        try:
            told: dict[str, Any] = orjson.loads(path.read_bytes())
            found = cls(**told)
        except OSError as error:
            raise MailServerBad(what="missing", path=str(path)) from error
        except (ValueError, TypeError) as error:
            raise MailServerBad(what="form") from error
        texts = (found.host, found.sender, found.security, found.user, found.password, found.authority)
        if not all(isinstance(each, str) for each in texts) or not isinstance(found.port, int):
            raise MailServerBad(what="form")
        if found.security not in {"tls", "starttls", "none"}:
            raise MailServerBad(what="security")
        if found.security == "none" and found.host not in _LOOPBACK:
            raise MailServerBad(what="security")
        if email_of({"telecom": [{"system": "email", "value": found.sender}]}) is None:
            raise MailServerBad(what="sender")
        return found

    def connect(self) -> smtplib.SMTP:
        """Open a connection that keeps others out; raises ``OSError`` and ``smtplib.SMTPException``."""
        if self.security == "none":
            return self._signed_in(smtplib.SMTP(self.host, self.port, timeout=_SECONDS))
        trusted = ssl.create_default_context(cafile=self.authority or None)
        if self.security == "tls":
            found = smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=trusted)
            return self._signed_in(found)
        plain = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        try:
            plain.starttls(context=trusted)
        except BaseException:
            plain.close()
            raise
        return self._signed_in(plain)

    def _signed_in(self, server: smtplib.SMTP) -> smtplib.SMTP:
        try:
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def receipt_came(service: Service, sql: Connection, patient_key: str, document: Resource) -> None:
    """Note that a mail goes out, in the transaction that files a receipt which asks for one."""
    marks = [code for tag in nodes(document, "meta", "tag") for code in codes({"coding": [tag]}, RECEIPT)]
    if service.mail is None or TELL_BY_MAIL not in marks:
        return
    moment = service.clock()
    yesterday = instant(moment - timedelta(days=1))
    sql.execute("DELETE FROM mail WHERE patient_key = ? AND sent < ?", (patient_key, yesterday))
    (count,) = sql.execute(
        "SELECT count(*) FROM mail WHERE patient_key = ? AND made >= ?", (patient_key, yesterday)
    ).fetchone()
    if count < _A_DAY:
        sql.execute(
            "INSERT INTO mail (id, patient_key, made, due, tries) VALUES (?, ?, ?, ?, 0)",
            (mint(), patient_key, instant(moment), instant(moment)),
        )


def message(sender: str, to: str, language: Tongue, moment: datetime) -> EmailMessage:
    """Write the mail."""
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Subject"] = language.say(MAIL["subject"])
    made["Date"] = format_datetime(moment)
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(language.say(MAIL[part]) for part in ("there", "read", "never")) + "\n")
    made["Content-Language"] = language.tag  # set_content takes away what was said of a content before
    return made


def send_due(service: Service) -> int:
    """Send what is due; return how many left. What fails waits for its next moment."""
    server = service.mail
    due = _due(service) if server is not None else []
    if server is None or not due:
        return 0
    left = 0
    try:
        with server.connect() as connection:
            for mail_id, patient_key in due:
                left += _send(service, server, connection, mail_id, patient_key)
    except (OSError, smtplib.SMTPException) as error:
        _LOG.warning("mail server: %s", type(error).__name__)
    return left


def _due(service: Service) -> list[tuple[str, str]]:
    """Put each mail that is due off to its next moment, and return it; what is too old is let go."""
    moment = service.clock()
    found = []
    with service.store.read(of=EVERYONE) as sql:
        rows = sql.execute(
            "SELECT patient_key, id, tries FROM mail WHERE sent IS NULL AND due <= ? ORDER BY due LIMIT 100",
            (instant(moment),),
        ).fetchall()
    for key, mail_id, tries in rows:
        with service.store.transaction(of=key) as sql:
            if _put_off(sql, key, mail_id, tries, moment):
                found.append((mail_id, key))
    return found


def _put_off(sql: Connection, key: str, mail_id: str, tries: int, moment: datetime) -> bool:
    """Put a mail off to its next moment; say whether it is ours to send: another worker may have taken it."""
    if tries >= len(_DELAYS):
        sql.execute("DELETE FROM mail WHERE patient_key = ? AND id = ? AND tries = ?", (key, mail_id, tries))
        return False
    due = instant(moment + _DELAYS[tries])
    done = sql.execute(
        "UPDATE mail SET tries = tries + 1, due = ?"
        " WHERE patient_key = ? AND id = ? AND tries = ? AND sent IS NULL",
        (due, key, mail_id, tries),
    )
    return done.rowcount == 1


def _send(
    service: Service, server: MailServer, connection: smtplib.SMTP, mail_id: str, patient_key: str
) -> bool:
    address, language = _addressee(service, patient_key)
    if address is None:
        _end(service, patient_key, mail_id)
        return False
    try:
        connection.send_message(message(server.sender, address, language, service.clock()))
    except smtplib.SMTPRecipientsRefused as refused:
        if all(code >= _FOR_GOOD for code, _words in refused.recipients.values()):
            _end(service, patient_key, mail_id)
        _LOG.warning("mail refused")
        return False
    except (smtplib.SMTPNotSupportedError, UnicodeError):
        # Letters in the address that this mail server does not carry.
        _end(service, patient_key, mail_id)
        return False
    _end(service, patient_key, mail_id)
    return True


def _addressee(service: Service, patient_key: str) -> tuple[str | None, Tongue]:
    with service.store.read(of=patient_key) as sql:
        records = Records(sql)
        patient_id = records.patient_of_key(patient_key)
        held = records.current(patient_key, "Patient", patient_id) if patient_id else None
        patient: Resource = held.resource() if held is not None and held.body else {}
    spoken = [each for each in nodes(patient, "communication") if each.get("preferred") is True]
    tags = [code for each in spoken for code in codes(each.get("language"))]
    return email_of(patient), tongue("", " ".join(tags)) if tags else FRENCH


def _end(service: Service, patient_key: str, mail_id: str) -> None:
    """Keep only that a mail left, for the day's count."""
    moment = instant(service.clock())
    with service.store.transaction(of=patient_key) as sql:
        sql.execute(
            "UPDATE mail SET sent = ? WHERE patient_key = ? AND id = ?", (moment, patient_key, mail_id)
        )


class Postman:
    """Sends what is due in a thread of its own, as long as the service runs."""

    def __init__(self, service: Service, every: float = _LOOK_EVERY) -> None:
        self._service, self._every = service, every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tandem-mail", daemon=True)

    def start(self) -> None:
        """Begin, where the service has a mail server."""
        if self._service.mail is not None:
            self._thread.start()

    def end(self) -> None:
        """Send no more; the mail on its way is waited for."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_SECONDS)

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            try:
                send_due(self._service)
            except Exception as error:  # noqa: BLE001 - it must go on; told by its kind only
                _LOG.warning("mail: %s", type(error).__name__)
