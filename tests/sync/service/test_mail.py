"""The mail that tells of a receipt, through a real mail server on loopback: there is one, nothing else."""

from __future__ import annotations

import asyncio
import email
import ipaddress
import ssl
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.codes.receipt_marks import TELL_BY_MAIL, VISIT_RECEIPT
from app.codes.systems import RECEIPT
from sync.service.mail import MailServer, MailServerBad, Postman, send_due
from sync.service.storage import EVERYONE
from tests.sync.service.house import House, document_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    import httpx

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "anne.essai@courrier.example"


@dataclass
class Box:
    """A mail server: what came, and what it answers."""

    came: list[tuple[list[str], bytes]] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse an address."""
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        self.came.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    def read(self) -> EmailMessage:
        """Return the only mail."""
        ((_to, data),) = self.came
        return email.message_from_bytes(data, policy=policy.default)


class MailHouse:
    """The mail server in a thread, at a port that was free."""

    def __init__(self, box: Box, **how: Any) -> None:  # noqa: ANN401 - the options of SMTP
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        serve = self._loop.create_server(
            lambda: SMTP(box, hostname="127.0.0.1", loop=self._loop, **how), "127.0.0.1", 0
        )
        self._server = asyncio.run_coroutine_threadsafe(serve, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """End it."""

        async def end() -> None:
            self._server.close()
            await self._server.wait_closed()
            for each in asyncio.all_tasks() - {asyncio.current_task()}:
                each.cancel()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass
class Hours:
    """A clock that a test moves."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        """Say the time."""
        return self.moment


@dataclass
class Post:
    """A service with a mail server, and Anne who has an address."""

    house: House
    clock: Hours
    box: Box
    anne: httpx.Client

    def file(self, *marks: str, who: httpx.Client | None = None) -> None:
        """File a receipt with these marks."""
        bundle = document_bundle(self.house.patients["anne"], marks_of(marks))
        bundle["entry"][1]["resource"]["meta"] = {
            "tag": [{"system": RECEIPT, "code": each} for each in marks]
        }
        answer = (who or self.anne).post("", json=bundle)
        assert answer.status_code == 200, answer.text

    def waiting(self) -> int:
        """Count what has not left."""
        with self.house.service.store.read(of=EVERYONE) as sql:
            return int(sql.execute("SELECT count(*) FROM mail WHERE sent IS NULL").fetchone()[0])

    def write_patient(self, **told: list[dict[str, Any]]) -> None:
        """Change Anne's record, as the identity service does."""
        path = f"/Patient/{self.house.patients['anne']}"
        held = self.house.system.get(path).json()
        assert self.house.system.put(path, json=held | told).status_code == 200


_NUMBER = iter(range(1_000_000))


def marks_of(marks: tuple[str, ...]) -> bytes:
    """Return bytes that no other receipt has."""
    return f"{marks}{next(_NUMBER)}".encode()


@pytest.fixture
def post(own_house: Callable[..., House], tmp_path: Path) -> Iterator[Post]:
    """Start both."""
    box, clock = Box(), Hours()
    server = MailHouse(box)
    house = own_house(tmp_path / "own", clock=clock)
    house.add_citizen("anne", "250021234567801")
    house.service.mail = MailServer("127.0.0.1", server.port, "ne-pas-repondre@sante.example", "none")
    made = Post(house, clock, box, house.citizen("anne"))
    made.write_patient(telecom=[{"system": "email", "value": ADDRESS}])
    yield made
    server.stop()


def test_a_mail_says_that_there_is_a_receipt_and_nothing_else(post: Post) -> None:
    """To the address in the record; no name, day, place, link; once."""
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    assert post.waiting() == 1
    assert [send_due(post.house.service), send_due(post.house.service)] == [1, 0]
    mail = post.box.read()
    assert mail["To"] == ADDRESS
    assert mail["Auto-Submitted"] == "auto-generated"
    words = f"{mail['Subject']}\n{mail.get_content()}"
    assert "Un reçu est dans votre espace de santé" in words
    for told in ("Anne", "Essai", "2026", "Ordonnance", "Maison", "http", "<"):
        assert told not in words
    assert post.waiting() == 0


def test_no_mail_goes_to_who_did_not_ask_or_has_no_address(post: Post) -> None:
    """A receipt without the mark, a paper of another kind, a record without an address any more."""
    post.file(VISIT_RECEIPT)
    post.file("something-else")
    assert post.waiting() == 0
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    post.write_patient(telecom=[{"system": "email", "value": ADDRESS, "use": "old"}])
    assert send_due(post.house.service) == 0
    assert (post.waiting(), post.box.came) == (0, [])


def test_it_is_in_the_language_of_the_person(post: Post) -> None:
    """What their record says they speak."""
    spoken = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "ar"}]}, "preferred": True}]
    post.write_patient(communication=spoken)
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    assert send_due(post.house.service) == 1
    mail = post.box.read()
    assert mail["Content-Language"] == "ar"
    assert "reçu" not in mail.get_content()


def test_a_mail_server_that_is_away_delays_and_loses_nothing(post: Post) -> None:
    """Away, then busy, then there: one mail in the end."""
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    server = post.house.service.mail
    assert server is not None
    post.house.service.mail = replace(server, port=9)
    assert send_due(post.house.service) == 0
    post.house.service.mail = server
    assert send_due(post.house.service) == 0, "it waits before it tries again"
    post.clock.moment += timedelta(minutes=2)
    post.box.answer = "451 later"
    assert send_due(post.house.service) == 0
    assert post.waiting() == 1
    post.box.answer = "250 OK"
    post.clock.moment += timedelta(minutes=6)
    assert send_due(post.house.service) == 1
    assert len(post.box.came) == 1


def test_what_never_leaves_is_let_go(post: Post) -> None:
    """An address that is refused at once; one whose server is away for days at the end."""
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    post.box.answer = "550 unknown"
    assert send_due(post.house.service) == 0
    assert post.waiting() == 0
    post.box.answer = "451 later"
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    for _try in range(12):
        send_due(post.house.service)
        post.clock.moment += timedelta(hours=13)
    assert (post.waiting(), post.box.came) == (0, [])


def test_a_person_gets_five_mails_a_day_at_most(post: Post) -> None:
    """Whoever files receipts by the dozen does not fill a mailbox; the next day is a new one."""
    for _receipt in range(7):
        post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    assert send_due(post.house.service) == 5
    post.clock.moment += timedelta(days=1, minutes=1)
    post.file(VISIT_RECEIPT, TELL_BY_MAIL, who=post.house.citizen("anne"))
    assert send_due(post.house.service) == 1


def test_the_service_sends_by_itself(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """In a thread of its own; what fails is logged by its kind."""
    postman = Postman(post.house.service, every=0.05)
    server = post.house.service.mail
    assert server is not None
    post.house.service.mail = replace(server, port=9)
    post.file(VISIT_RECEIPT, TELL_BY_MAIL)
    postman.start()
    try:
        until(lambda: "ConnectionRefusedError" in caplog.text)
        post.house.service.mail = server
        post.clock.moment += timedelta(hours=1)
        until(lambda: len(post.box.came) == 1)
    finally:
        postman.end()
    assert ADDRESS not in caplog.text


def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    import time

    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 and its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]),
    )
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "mail.pem", folder / "mail.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


def test_the_password_goes_only_to_a_server_that_is_known(post: Post, tmp_path: Path) -> None:
    """STARTTLS with a trusted certificate: in. With a foreign one: nothing is said to it, the mail waits."""
    public, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, key)
    seen: list[bytes] = []

    def known(
        _server: object, _session: object, _envelope: object, _how: str, told: LoginPassword
    ) -> AuthResult:
        seen.append(told.password)
        return AuthResult(success=told.password == b"olive")

    box = Box()
    safe = MailHouse(box, tls_context=context, require_starttls=True, authenticator=known, auth_required=True)
    try:
        trusted = MailServer(
            "127.0.0.1", safe.port, "poste@sante.example", "starttls", "tandem", "olive", str(public)
        )
        post.file(VISIT_RECEIPT, TELL_BY_MAIL)
        post.house.service.mail = replace(trusted, authority="")
        assert send_due(post.house.service) == 0
        assert (seen, post.waiting()) == ([], 1)
        post.house.service.mail = trusted
        post.clock.moment += timedelta(hours=1)
        assert send_due(post.house.service) == 1
        assert (seen, len(box.came)) == ([b"olive"], 1)
    finally:
        safe.stop()


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (b"not json", "form"),
        (b"[]", "form"),
        ({"host": "mail.example", "port": 25}, "form"),
        ({"host": "mail.example", "port": "25", "sender": "a@b.example"}, "form"),
        ({"host": "mail.example", "port": 25, "sender": "a@b.example", "colour": "red"}, "form"),
        ({"host": "mail.example", "port": 25, "sender": "a@b.example", "security": "none"}, "security"),
        ({"host": "mail.example", "port": 25, "sender": "a@b.example", "security": "ssl3"}, "security"),
        ({"host": "mail.example", "port": 465, "sender": "a\nb@c.example"}, "sender"),
    ],
)
def test_a_file_that_asks_for_something_unsafe_is_refused(
    tmp_path: Path, told: bytes | dict[str, Any], what: str
) -> None:
    """In words at the start, not at the first mail."""
    path = tmp_path / "mail.json"
    path.write_bytes(told if isinstance(told, bytes) else orjson.dumps(told))
    with pytest.raises(MailServerBad) as bad:
        MailServer.read(path)
    assert bad.value.fields == {"what": what}


def test_a_pc_is_told_whether_mails_are_sent(post: Post) -> None:
    """In what the service signs for it; so no screen offers what does not come."""
    from sync.enrolment import contact
    from sync.transport import Address

    post.clock.moment = datetime.now(UTC)  # a PC proves itself by its own clock
    assert contact(Address(post.house.base), post.house.device).policy.mails
    post.house.service.mail = None
    assert not contact(Address(post.house.base), post.house.device).policy.mails
