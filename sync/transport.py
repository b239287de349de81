"""One HTTP client towards one service.

Context: a town hall's network drops, sends its sign-in page with a 200, or sits behind a proxy; a
service may answer with half a page. Decision: everything between the desktop and a service goes
through :class:`Transport`, which reads the answer itself up to a limit and turns whatever is not
the service speaking into one of the errors of ``failures.py``. Only an answer that is complete, of
the right kind and within its limit comes back. Consequence: the engine decides on classes, never
on status numbers or on httpx. Nothing of the environment is read (``trust_env=False``): the proxy
is the one configured for this PC, and certificates are those the operating system trusts.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
import time
import weakref
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import urlsplit

import httpx
import truststore

from app.errors import PersonCanAct
from sync.failures import (
    Absent,
    Busy,
    CaptivePortal,
    Forbidden,
    NotTrusted,
    Offline,
    ProxyRefused,
    Refused,
    ServiceBroken,
    Stalled,
    TooLarge,
    TransportError,
    Unauthorised,
    VersionClash,
    failure_of,
    json_object,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = [
    "Absent",
    "Address",
    "AddressNotAllowed",
    "Answer",
    "Busy",
    "CaptivePortal",
    "Forbidden",
    "NotTrusted",
    "Offline",
    "ProxyRefused",
    "Refused",
    "ServiceBroken",
    "Stalled",
    "TokenSource",
    "TooLarge",
    "Transport",
    "TransportError",
    "Unauthorised",
    "VersionClash",
]

ANSWER_LIMIT = 32 << 20
ERROR_LIMIT = 256 << 10
STALL_SECONDS = 30.0
CONNECT_SECONDS = 10.0
# A connection that drips is stalled as well: fewer bytes than this in a whole stall time.
DRIP_BYTES = 64

_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class AddressNotAllowed(PersonCanAct):
    """The configured address of the service is not https, nor on this very PC."""

    code = "address-not-allowed"


class TokenSource(Protocol):
    """Where the bearer token comes from; ``renewed`` is single-flight and may raise."""

    def access_token(self) -> str:
        """Return the token to send."""
        ...

    def renewed(self, stale: str) -> str:
        """Return a token other than ``stale``, fetching it if no other thread has."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service is: its origin, and the proxy of this place (``http://``, ``socks5://``).

    ``fhir_root`` is the path of its FHIR base below the origin: ours has ``fhir``, others what they like.
    """

    base: str
    proxy: str | None = None
    fhir_root: str = "fhir"

    def __post_init__(self) -> None:
        """Refuse an address on which a token would travel in clear.

        Raises:
            AddressNotAllowed: neither https nor loopback.

        """
        parts = urlsplit(self.base)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
        if not safe or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise AddressNotAllowed
        object.__setattr__(self, "base", self.base.rstrip("/"))

    @property
    def fhir(self) -> str:
        """The FHIR base."""
        return f"{self.base}/{self.fhir_root}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer within its limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Read the body as one JSON object.

        Raises:
            ServiceBroken: it is not one.

        """
        return json_object(self.body, self.status)

    @property
    def etag_version(self) -> str | None:
        """The version in a weak ETag ``W/"3"``, if there is one."""
        tag = self.headers.get("etag", "")
        return tag.removeprefix("W/").strip('"') or None


class Transport:
    """One ``httpx.Client`` for one service; usable from several threads until :meth:`close`."""

    def __init__(
        self, address: Address, tokens: TokenSource | None = None, *, stall: float = STALL_SECONDS
    ) -> None:
        _quiet_loggers()
        self.address = address
        self._tokens = tokens
        self._stall = stall
        self._closing = threading.Event()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.clock_offset: timedelta | None = None
        self._client = httpx.Client(
            trust_env=False,
            proxy=address.proxy,
            verify=_trust(address),
            follow_redirects=False,
            timeout=httpx.Timeout(stall, connect=min(CONNECT_SECONDS, stall)),
            limits=httpx.Limits(max_connections=6, max_keepalive_connections=4, keepalive_expiry=20),
            headers={"User-Agent": "Tandem", "Cache-Control": "no-cache, no-store"},
        )

    def close(self) -> None:
        """Cut what is under way, in whatever thread it waits, and let the connections go."""
        self._closing.set()
        for connection in list(self._sockets):
            # Closing alone would leave a thread waiting in recv until its time-out.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, path: str) -> str:
        """Make an absolute address from a path of the service, or check an absolute one.

        Raises:
            ServiceBroken: it leads to another host, where our token must never go.

        """
        if "://" not in path:
            return f"{self.address.base}/{path.lstrip('/')}"
        if _origin(path) != _origin(self.address.base):
            raise ServiceBroken(status=0)
        return path

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        form: Mapping[str, str] | None = None,
        also: Collection[int] = (),
        limit: int = ANSWER_LIMIT,
        bearer: bool = True,
    ) -> Answer:
        """Send and read the whole answer; a 2xx or a status in ``also`` comes back, else it raises.

        A token that is refused is renewed once and the request sent once more, unless its
        ``content`` can be read only once.
        """

        def once(token: str | None) -> Answer:
            request = self._build(method, path, params, headers, content, form, token)
            with self._sent(request) as response:
                return self._read(response, also, limit)

        if not bearer or self._tokens is None:
            return once(None)
        token = self._tokens.access_token()
        try:
            return once(token)
        except Unauthorised:
            renewed = self._tokens.renewed(token)
            if not isinstance(content, bytes | None):
                raise ServiceBroken(status=401) from None
            return once(renewed)

    @contextmanager
    def stream(
        self, path: str, *, headers: Mapping[str, str] | None = None, also: Collection[int] = ()
    ) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """GET whose body is read in pieces, uncompressed: yields the answer (empty body) and the pieces."""
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        token = self._tokens.access_token() if self._tokens else None
        with ExitStack() as stack:
            try:
                pair = stack.enter_context(self._streamed(path, sent, token, also))
            except Unauthorised:
                if self._tokens is None or token is None:
                    raise
                renewed = self._tokens.renewed(token)
                pair = stack.enter_context(self._streamed(path, sent, renewed, also))
            yield pair

    @contextmanager
    def _streamed(
        self, path: str, headers: Mapping[str, str], token: str | None, also: Collection[int]
    ) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        request = self._build("GET", path, None, headers, None, None, token)
        with self._sent(request) as response:
            if response.is_success and not _is_html(response):
                yield Answer(response.status_code, response.headers, b""), self._pieces(response)
            else:
                yield self._read(response, also, ERROR_LIMIT), iter(())

    def _build(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | Iterable[bytes] | None,
        form: Mapping[str, str] | None,
        token: str | None,
    ) -> httpx.Request:
        sent = {"Accept": "application/fhir+json, application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return self._client.build_request(
            method,
            self.url(path),
            params=dict(params) if params else None,
            headers=sent,
            content=content,
            data=dict(form) if form is not None else None,
            extensions={"trace": self._note_socket},
        )

    def _note_socket(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember each connection made (httpcore's trace extension), so that ``close`` finds it."""
        if event in _CONNECTED:
            connection = info["return_value"].get_extra_info("socket")
            if isinstance(connection, socket.socket):
                self._sockets.add(connection)

    @contextmanager
    def _sent(self, request: httpx.Request) -> Iterator[httpx.Response]:
        with self._worded():
            response = self._client.send(request, stream=True)
        try:
            self._note_clock(response)
            yield response
        finally:
            response.close()

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Turn whatever httpx raises into our words."""
        try:
            yield
        except httpx.ProxyError as problem:
            raise ProxyRefused from problem
        except _UNSENT as problem:
            raise (NotTrusted if _is_certificate(problem) else Offline) from problem
        except httpx.TimeoutException as problem:
            raise Stalled(status=0) from problem
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as problem:
            raise ServiceBroken(status=0) from problem
        except RuntimeError as problem:
            # httpx says so when the client was closed by another thread.
            if not self._closing.is_set():
                raise
            raise Offline from problem

    def _read(self, response: httpx.Response, also: Collection[int], limit: int) -> Answer:
        status = response.status_code
        good = response.is_success or status in also
        body = self._whole(response, limit if good else ERROR_LIMIT)
        failure = failure_of(status, response.headers, body)
        if failure is None or status in also:
            return Answer(status, response.headers, body)
        raise failure

    def _whole(self, response: httpx.Response, limit: int) -> bytes:
        body = bytearray()
        for piece in self._pieces(response):
            body += piece
            if len(body) > limit:
                raise ServiceBroken(status=response.status_code)
        return bytes(body)

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """Read on as long as bytes keep coming, however long the whole takes."""
        since, moved = time.monotonic(), 0
        pieces = response.iter_bytes()
        while True:
            with self._worded():
                piece = next(pieces, None)
            if piece is None:
                return
            if self._closing.is_set():
                raise Offline
            moved += len(piece)
            if time.monotonic() - since > self._stall:
                if moved < DRIP_BYTES:
                    raise Stalled(status=response.status_code)
                since, moved = time.monotonic(), 0
            yield piece

    def _note_clock(self, response: httpx.Response) -> None:
        try:
            served = parsedate_to_datetime(response.headers["date"])
        except (KeyError, ValueError):
            return
        self.clock_offset = served.astimezone(UTC) - datetime.now(UTC)


def _is_html(response: httpx.Response) -> bool:
    return "html" in response.headers.get("content-type", "")


def _is_certificate(problem: BaseException) -> bool:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _trust(address: Address) -> ssl.SSLContext | bool:
    if address.base.startswith("https"):
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return False


def _quiet_loggers() -> None:
    # They write addresses with the ids of people at INFO.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
