"""Talking to an upstream: bounded in time and size, to its own origin only, never along a redirection.

Decision: everything the service itself fetches (metadata, keys, tokens, userinfo) lies on the issuer's very
origin, by https or on this machine; metadata that points elsewhere is not followed. Only the two addresses
that a browser opens (authorization, end of session) may be on another https host, as Pro Santé Connect's
are. Nothing of the environment is read (``trust_env=False``). Each request has a limit on its whole duration,
headers and all, which only an event loop can keep: it gets one of its own, and a connection of its own, in a
thread of the broker. Three connections a sign-in are nothing beside a person's typing. What failed is told by
its kind; no text of the upstream goes further.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
import orjson
import truststore
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sync.transport import Address, AddressNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.broker.configuration import Upstream

__all__ = [
    "WHOLE_SECONDS",
    "Answer",
    "Metadata",
    "UpstreamAway",
    "UpstreamError",
    "UpstreamUntrusted",
    "Wire",
]

LIMIT = 256 << 10
CONNECT_SECONDS, WHOLE_SECONDS = 5.0, 15.0
_METADATA_SECONDS = 3600.0
_KEYS_SECONDS = 6 * 3600.0
_OK, _BROKEN = 200, 500


class UpstreamAway(Exception):
    """The upstream was not reached, did not answer in time, or is broken (``what``)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UpstreamUntrusted(Exception):
    """An answer is not what the standard demands (``what`` names the check)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UpstreamError(Exception):
    """The token endpoint said no (``error``: RFC 6749 §5.2)."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    status: int
    kind: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """Read one JSON object; raises ``UpstreamUntrusted``."""
        try:
            told = orjson.loads(self.body)
        except ValueError:
            raise UpstreamUntrusted("json") from None
        if not isinstance(told, dict):
            raise UpstreamUntrusted("json")
        return told


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of a provider's metadata (OpenID Connect Discovery §3)."""

    authorization: str
    token: str
    jwks: str
    userinfo: str | None
    end_session: str | None
    algorithms: tuple[str, ...]
    userinfo_algorithms: tuple[str, ...]
    by_post: bool
    has_pkce: bool
    sends_issuer: bool


class Wire:
    """What asks one upstream, from several threads. Also holds its metadata and its public keys."""

    def __init__(self, upstream: Upstream, *, seconds: float = WHOLE_SECONDS) -> None:
        self.upstream = upstream
        self._seconds = seconds
        is_https = upstream.issuer.startswith("https")
        self._verify = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_https else False
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    # -- what it says of itself

    @property
    def known(self) -> Metadata | None:
        """Return its metadata as it was read last, without asking."""
        with self._lock:
            return self._metadata[1] if self._metadata else None

    def metadata(self) -> Metadata:
        """Return its metadata, at most an hour old; its ``issuer`` must be ours to the letter."""
        with self._lock:
            held = self._metadata
        if held is not None and time.monotonic() - held[0] < _METADATA_SECONDS:
            return held[1]
        address = f"{self.upstream.issuer.rstrip('/')}/{self.upstream.metadata}"
        found = _metadata(self._json("GET", address), self.upstream.issuer)
        with self._lock:
            self._metadata = time.monotonic(), found
        return found

    def held(self, *, anew: bool = False) -> KeySet:
        """Return its public keys, read again now and then, and when asked to (a key id is unknown)."""
        with self._lock:
            kept = self._keys
        if kept is not None and not anew and time.monotonic() - kept[0] < _KEYS_SECONDS:
            return kept[1]
        told = self._json("GET", self.metadata().jwks)
        try:
            keys = KeySet.import_key_set({"keys": told.get("keys", [])})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as problem:
            raise UpstreamUntrusted("jwks") from problem
        with self._lock:
            self._keys = time.monotonic(), keys
        return keys

    # -- what is asked of it

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Trade a code for tokens, showing who we are as it announced (``client_secret_basic`` or ``_post``).

        Raises ``UpstreamAway``, ``UpstreamUntrusted``, ``UpstreamError``.
        """
        metadata = self.metadata()
        sent, headers = dict(form), {}
        if metadata.by_post:
            sent |= {"client_id": self.upstream.client_id, "client_secret": self.upstream.client_secret}
        else:
            pair = f"{quote(self.upstream.client_id, safe='')}:{quote(self.upstream.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = self._ask("POST", metadata.token, data=sent, headers=headers)
        if answer.status != _OK:
            told = answer.json()
            raise UpstreamError(str(told.get("error", ""))[:60])
        return answer.json()

    def userinfo(self, access_token: str) -> Answer | None:
        """Ask who signed in; ``None`` where it has no such address."""
        endpoint = self.metadata().userinfo
        if endpoint is None:
            return None
        answer = self._ask("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if answer.status != _OK:
            raise UpstreamUntrusted("userinfo")
        return answer

    def end_session(self, address: str) -> None:
        """Tell it that a session ended, without a browser; what it answers does not matter."""
        if _origin(address) == _origin(self.upstream.issuer):
            self._ask("GET", address)

    def _json(self, method: str, address: str) -> dict[str, Any]:
        answer = self._ask(method, address)
        if answer.status != _OK:
            raise UpstreamUntrusted("status")
        return answer.json()

    def _ask(self, method: str, address: str, **more: Any) -> Answer:  # noqa: ANN401 (httpx's)
        try:
            return asyncio.run(self._asked(method, address, more))
        except (TimeoutError, httpx.TimeoutException) as problem:
            raise UpstreamAway("slow") from problem
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as problem:
            raise UpstreamAway("network") from problem

    async def _asked(self, method: str, address: str, more: Mapping[str, Any]) -> Answer:
        async with (
            asyncio.timeout(self._seconds),
            httpx.AsyncClient(
                trust_env=False,
                proxy=self.upstream.proxy,
                verify=self._verify,
                follow_redirects=False,
                timeout=httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds)),
                headers={"User-Agent": "Tandem", "Accept": "application/json, application/jwt"},
            ) as client,
            client.stream(method, address, **more) as response,
        ):
            if response.status_code >= _BROKEN:
                raise UpstreamAway("broken")
            held = bytearray()
            async for piece in response.aiter_bytes():
                held += piece
                if len(held) > LIMIT:
                    raise UpstreamUntrusted("size")
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(response.status_code, kind, bytes(held))


def _metadata(told: Mapping[str, Any], issuer: str) -> Metadata:
    if told.get("issuer") != issuer:
        raise UpstreamUntrusted("issuer")
    behind = ("token_endpoint", "jwks_uri", "userinfo_endpoint")
    for name in (*behind, "authorization_endpoint", "end_session_endpoint"):
        value = told.get(name)
        if value is not None:
            _check_address(value, issuer, same=name in behind)
        elif name not in {"userinfo_endpoint", "end_session_endpoint"}:
            raise UpstreamUntrusted("metadata")
    methods = _texts(told, "token_endpoint_auth_methods_supported") or ("client_secret_basic",)
    if not {"client_secret_basic", "client_secret_post"}.intersection(methods):
        raise UpstreamUntrusted("metadata")
    return Metadata(
        authorization=told["authorization_endpoint"],
        token=told["token_endpoint"],
        jwks=told["jwks_uri"],
        userinfo=told.get("userinfo_endpoint"),
        end_session=told.get("end_session_endpoint"),
        algorithms=_texts(told, "id_token_signing_alg_values_supported") or ("RS256",),
        userinfo_algorithms=_texts(told, "userinfo_signing_alg_values_supported")
        or _texts(told, "id_token_signing_alg_values_supported"),
        by_post="client_secret_basic" not in methods,
        has_pkce="S256" in _texts(told, "code_challenge_methods_supported"),
        sends_issuer=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _check_address(address: object, issuer: str, *, same: bool) -> None:
    if not isinstance(address, str):
        raise UpstreamUntrusted("metadata")
    try:
        parts = urlsplit(address)
        Address(f"{parts.scheme}://{parts.netloc}")
        is_same = _origin(address) == _origin(issuer)
    except (AddressNotAllowed, ValueError):
        raise UpstreamUntrusted("endpoint") from None
    # A public upstream never sends a browser to this machine.
    downgraded = parts.scheme != "https" and issuer.startswith("https")
    if (same and not is_same) or downgraded or parts.fragment:
        raise UpstreamUntrusted("endpoint")


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _texts(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = told.get(name)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
