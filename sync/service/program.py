"""The ASGI program: addresses, authentication, size limits, and answers as HTTP.

The work itself is synchronous and runs in a few threads of its own, each with its own connection to
the store. A failure that nobody foresaw is answered with a sentence and logged by its kind only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from sync.service import (
    capability,
    carers_door,
    devices,
    drop_door,
    envelopes,
    fhir,
    journal_heads,
    logs,
    office_door,
    uploads,
)
from sync.service.broker import door
from sync.service.dates import is_number
from sync.service.exchange import Answer, Ask, of_refusal, parsed
from sync.service.figures import Figures, shape
from sync.service.messages import PAGES, sentence
from sync.service.provider import authorize, device_grant, endpoints, pages, token
from sync.service.provider.oauth_error import OAuthError, parameters
from sync.service.provider.tokens import caller_of
from sync.service.readiness import readiness
from sync.service.refusals import Refused
from sync.service.tongues import tongue
from sync.service.web_page import LOCALES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sync.service.caller import Caller
    from sync.service.service import Service
    from sync.service.tongues import Tongue
    from sync.service.uploads import Upload

__all__ = ["make"]

_LOG = logging.getLogger("tandem.service")
_THREADS = 8
_FORM_LIMIT = 64 * 1024
_SMALL = 64 * 1024
_OPEN = {("metadata",)}
_SECURITY = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_BODILESS = frozenset({"GET", "HEAD"})
_JSON = "application/json"
_FORWARDED = {"forwarded", "x-forwarded-for", "x-real-ip", "via"}
_FOR_PEOPLE = frozenset({"/authorize", "/logout", device_grant.PATH, "/organization", "/invitation"})
_PAGE_HEADERS = {"content-security-policy": pages.POLICY, "vary": "accept-language"}


class _Program:
    """The endpoints of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.figures = Figures()
        self.threads = ThreadPoolExecutor(_THREADS, "tandem-service")

    async def work(self, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
        """Run in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(do, *args))

    # -- FHIR

    async def fhir(self, request: Request) -> Response:
        path = _path(request)
        token = None if path in _OPEN else _token(request)
        caller: Caller | None = None
        if token is not None and request.method not in _BODILESS and not _is_small(request):
            # Who may not write is refused before much is read of what they send.
            caller, token = await self.work(caller_of, self.service, token), None
        body = await self.body(request, self.service.limits.body)
        answered = await self.work(self._fhir, request, path, caller or token, body)
        if answered.reason:
            self.figures.refused(answered.reason)
        return _response(answered, request.method)

    def _fhir(
        self, request: Request, path: tuple[str, ...], caller: Caller | str | None, body: bytes
    ) -> Answer:
        """Answer a caller, or the bearer of a token."""
        from sync.service.caller import SERVICE_CALLER

        if isinstance(caller, str):
            caller = caller_of(self.service, caller)
        # Not before: who is not signed in hears that, whatever they would read.
        _acceptable(request)
        ask = Ask(
            request.method,
            path,
            tuple(parse_qsl(request.url.query, keep_blank_values=True)),
            dict(request.headers),
            body,
            caller or SERVICE_CALLER,
        )
        return fhir.answer(self.service, ask)

    async def caller(self, request: Request) -> Caller:
        """Return who bears the request's token."""
        found: Caller = await self.work(caller_of, self.service, _token(request))
        return found

    async def body(self, request: Request, limit: int) -> bytes:
        """Read a body, never more than ``limit`` bytes of it; one that does not come is let go."""
        announced = request.headers.get("content-length", "0")
        if announced == "0" and "transfer-encoding" not in request.headers:
            return b""
        if is_number(announced) and int(announced) > limit:
            raise Refused("too-large", limit=limit)
        held = bytearray()
        async for piece in self.arriving(request):
            held += piece
            if len(held) > limit:
                raise Refused("too-large", limit=limit)
        return bytes(held)

    async def arriving(self, request: Request) -> AsyncIterator[bytes]:
        """Yield a body that is worth nothing in part; refuses one that stops, or drips, or is compressed."""
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Refused("content-encoding")
        limits = self.service.limits
        try:
            async for piece in _arriving(request, limits.stall, limits.slowest):
                yield piece
        except TimeoutError:
            raise Refused("body-stalled") from None

    async def form(self, request: Request) -> dict[str, str]:
        """Read a form."""
        raw = await self.body(request, _FORM_LIMIT)
        try:
            return dict(parse_qsl(raw.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            raise Refused("bad-parameter", name="form") from None

    # -- uploads

    async def uploads(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=uploads.options(self.service) | _tus())
        caller = await self.caller(request)
        _tus_version(request)
        made = await self.work(uploads.create, self.service, caller, dict(request.headers))
        headers = made.headers() | {"location": f"{self.service.origin}/uploads/{made.id}"}
        return Response(status_code=201, headers=headers | _tus())

    async def upload(self, request: Request) -> Response:
        caller = await self.caller(request)
        _tus_version(request)
        upload = await self.work(uploads.find, self.service, caller, request.path_params["id"])
        if request.method == "HEAD":
            upload = await self.work(uploads.finish_if_whole, self.service, caller, upload)
            return Response(status_code=200, headers=upload.headers() | _tus())
        if request.method == "DELETE":
            await self.work(uploads.drop, self.service, upload)
            return Response(status_code=204, headers=_tus())
        return await self._append(request, caller, upload)

    async def _append(self, request: Request, caller: Caller, upload: Upload) -> Response:
        if request.headers.get("content-type") != "application/offset+octet-stream":
            raise Refused("content-type")
        if request.headers.get("upload-offset") != str(upload.received):
            raise Refused("upload-offset", received=upload.received)
        held = bytearray()
        try:
            async for piece in _arriving(request, self.service.limits.stall):
                held += piece
                while len(held) >= uploads.PIECE:
                    upload = await self._keep(caller, upload, bytes(held[: uploads.PIECE]))
                    del held[: uploads.PIECE]
        except (ClientDisconnect, TimeoutError) as end:
            if held:
                upload = await self._keep(caller, upload, bytes(held))
            if isinstance(end, TimeoutError):
                raise Refused("upload-stalled", received=upload.received) from None
            raise
        if held:
            upload = await self._keep(caller, upload, bytes(held))
        return Response(status_code=204, headers=upload.headers() | _tus())

    async def _keep(self, caller: Caller, upload: Upload, piece: bytes) -> Upload:
        found: Upload = await self.work(uploads.append, self.service, caller, upload, piece)
        return found

    # -- PCs and their envelopes

    async def devices(self, request: Request) -> Response:
        told = parsed(await self.body(request, _FORM_LIMIT))
        client = _client(request)
        return _json(await self.work(devices.enrol, self.service, told, client), 201)

    async def device(self, request: Request) -> Response:
        caller = await self.caller(request) if "authorization" in request.headers else None
        device = await self.work(devices.proven, self.service, request.headers.get("tandem-device", ""))
        return _json(await self.work(devices.contact, self.service, device, caller))

    async def journal(self, request: Request) -> Response:
        device = await self.work(devices.proven, self.service, request.headers.get("tandem-device", ""))
        if request.method == "GET":
            return _json(await self.work(journal_heads.known, self.service, device.id))
        told = parsed(await self.body(request, _FORM_LIMIT))
        return _json(await self.work(journal_heads.keep, self.service, device.id, told))

    async def envelopes(self, request: Request) -> Response:
        limit = self.service.limits.upload
        with SpooledTemporaryFile(1 << 20, dir=str(self.service.objects.scratch)) as held:
            size = 0
            async for piece in self.arriving(request):
                size += len(piece)
                if size > limit:
                    raise Refused("too-large", limit=limit)
                held.write(piece)
            held.seek(0)
            status, told = await self.work(envelopes.receive, self.service, cast("BinaryIO", held))
        return _json(told, status)

    async def envelope(self, request: Request) -> Response:
        proof = request.headers.get("tandem-device", "")
        device = await self.work(devices.proven, self.service, proof)
        return _json(await self.work(envelopes.state_of, self.service, device.id, request.path_params["id"]))

    # -- the provider

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        spoken = _tongue(request)
        if request.method == "GET":
            return _page(await self.work(authorize.show, self.service, asked, spoken))
        form = await self.form(request)
        return _page(await self.work(authorize.post, self.service, asked, form, spoken))

    async def token(self, request: Request) -> Response:
        headers = request.headers
        authorization, proof = headers.get("authorization", ""), headers.get("tandem-device", "")
        return await self._oauth(request, lambda form: token.issue(self.service, form, authorization, proof))

    async def revoke(self, request: Request) -> Response:
        return await self._oauth(request, lambda form: token.revoke(self.service, form))

    async def device_authorization(self, request: Request) -> Response:
        proof, client = request.headers.get("tandem-device", ""), _client(request)
        return await self._oauth(request, lambda form: device_grant.begin(self.service, form, proof, client))

    async def _oauth(self, request: Request, do: Callable[[dict[str, str]], object]) -> Response:
        """Answer a program of OAuth: what is wrong is said as RFC 6749 §5.2 says it."""
        try:
            form = parameters(await self.body(request, _FORM_LIMIT))
            told = await self.work(do, form)
        except OAuthError as error:
            more = {"retry-after": str(error.seconds)} if error.seconds else {}
            return _json({"error": error.error}, error.status, more)
        return _json(told if told is not None else {})

    async def code(self, request: Request) -> Response:
        asked, spoken, client = dict(request.query_params), _tongue(request), _client(request)
        if request.method == "GET":
            return _page(await self.work(device_grant.show, self.service, asked, spoken, client))
        form = await self.form(request)
        return _page(await self.work(device_grant.post, self.service, asked, form, spoken, client))

    async def userinfo(self, request: Request) -> Response:
        caller = await self.caller(request)
        return _json(await self.work(endpoints.userinfo, self.service, caller))

    async def logout(self, request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await self.form(request)
        by_browser = "json" not in request.headers.get("accept", "")
        leave = partial(endpoints.sign_out, by_browser=by_browser)
        return _page(await self.work(leave, self.service, asked, _tongue(request)))

    # -- what anyone may read

    async def discovery(self, _: Request) -> Response:
        return _json(endpoints.discovery(self.service))

    async def smart(self, _: Request) -> Response:
        return _json(capability.smart_configuration(self.service))

    async def jwks(self, _: Request) -> Response:
        return _json(endpoints.keys(self.service))

    async def health(self, _: Request) -> Response:
        return _json({"epoch": self.service.secrets.epoch})

    async def ready(self, _: Request) -> Response:
        is_ready, parts = await self.work(readiness, self.service)
        return _json(parts, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """For whoever runs it, on this machine: what came through a proxy is answered as nothing."""
        if _FORWARDED & set(request.headers):
            raise Refused("unknown-address")
        told, kind = await self.work(self.figures.told)
        return Response(told, media_type=kind)

    def guarded(
        self, route: str, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Count what a handler answers, and turn refusals and failures into answers."""
        answered = _guarded(handler, self.figures)

        async def counted(request: Request) -> Response:
            started = time.perf_counter()
            self.figures.begun()
            status = 500
            try:
                response = await answered(request)
                status = response.status_code
            finally:
                named = shape(request.method, _path(request)) if route.startswith("/fhir") else route
                took = time.perf_counter() - started
                self.figures.answered(named, request.method, status, took)
                logs.access(named, request.method, status, took)
            return response

        return counted

    def close(self) -> None:
        self.threads.shutdown(wait=True)


def make(service: Service) -> Starlette:
    """Assemble the program of one service."""
    program = _Program(service)
    fhir_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    routes = [
        ("/fhir/.well-known/smart-configuration", program.smart, ["GET"]),
        ("/fhir", program.fhir, fhir_methods),
        ("/fhir/{path:path}", program.fhir, fhir_methods),
        ("/uploads", program.uploads, ["POST", "OPTIONS"]),
        ("/uploads/{id}", program.upload, ["HEAD", "PATCH", "DELETE"]),
        ("/devices", program.devices, ["POST"]),
        ("/devices/me", program.device, ["GET"]),
        ("/devices/journal", program.journal, ["GET", "PUT"]),
        ("/envelopes", program.envelopes, ["POST"]),
        ("/envelopes/{id}", program.envelope, ["GET"]),
        ("/.well-known/openid-configuration", program.discovery, ["GET"]),
        ("/.well-known/smart-configuration", program.smart, ["GET"]),
        ("/authorize", program.authorize, ["GET", "POST"]),
        ("/token", program.token, ["POST"]),
        ("/revoke", program.revoke, ["POST"]),
        ("/device_authorization", program.device_authorization, ["POST"]),
        (device_grant.PATH, program.code, ["GET", "POST"]),
        ("/jwks", program.jwks, ["GET"]),
        ("/userinfo", program.userinfo, ["GET", "POST"]),
        ("/logout", program.logout, ["GET", "POST"]),
        ("/health", program.health, ["GET"]),
        ("/ready", program.ready, ["GET"]),
        ("/metrics", program.metrics, ["GET"]),
        *door.routes(program),
        *drop_door.routes(program),
        *carers_door.routes(program),
        *office_door.routes(program),
    ]
    app = Starlette(
        routes=[
            Route(path, program.guarded(path, handler), methods=methods) for path, handler, methods in routes
        ],
        exception_handlers={404: _unknown, 405: _no_method},
    )
    app.state.close = program.close
    return app


def _guarded(
    handler: Callable[[Request], Awaitable[Response]], figures: Figures
) -> Callable[[Request], Awaitable[Response]]:
    """Turn refusals and failures into answers."""

    async def guarded(request: Request) -> Response:
        try:
            response = await handler(request)
        except Refused as refused:
            figures.refused(refused.reason)
            response = _refusal(request, refused)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 (the last place that can answer)
            # The traceback would hold what was being filed: only its kind and place are kept.
            _LOG.error("%s %s", type(error).__name__, _place(error))
            found = fhir.world(error)
            figures.refused(found.reason)
            response = _refusal(request, found)
        return _secured(response)

    return guarded


def _secured(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    return response


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"


def _refusal(request: Request, refused: Refused) -> Response:
    if _is_page(request):
        return _refusal_page(request, refused)
    answer = of_refusal(refused)
    if refused.reason == "upload-offset":
        answer.headers |= _tus() | {"upload-offset": str(refused.fields.get("received", 0))}
    if refused.status == 408:  # noqa: PLR2004 (what may come of it later is not waited for)
        answer.headers["connection"] = "close"
    return _response(answer, request.method)


def _refusal_page(request: Request, refused: Refused) -> Response:
    spoken = _tongue(request)
    nowhere = refused.reason == "unknown-address"
    said = spoken.say(PAGES["nowhere"]) if nowhere else sentence(refused.reason, refused.fields, spoken)
    return _page(authorize.Page(refused.status, pages.failed(spoken, said)))


async def _unknown(request: Request, _: Exception) -> Response:
    return _secured(_refusal(request, Refused("unknown-address")))


async def _no_method(request: Request, _: Exception) -> Response:
    return _secured(_refusal(request, Refused("method")))


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _path(request: Request) -> tuple[str, ...]:
    raw = request.scope.get("raw_path", b"").decode("ascii", "replace") or request.url.path
    parts = raw.partition("?")[0].split("/")[2:]
    return tuple(unquote(part) for part in parts if part)


def _token(request: Request) -> str:
    """Return the request's bearer token."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Refused("not-signed-in")
    return text.strip()


def _is_small(request: Request) -> bool:
    announced = request.headers.get("content-length", "")
    return is_number(announced) and int(announced) <= _SMALL


def _acceptable(request: Request) -> None:
    """Refuse a reader that only takes XML; a document's bytes may be asked for in their own type."""
    query = request.scope["query_string"]
    told = dict(parse_qsl(query.decode("latin-1"))).get("_format") if b"_format" in query else None
    accept = told or request.headers.get("accept", "*/*")
    if "Binary" in request.scope["path"]:
        return
    kinds = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    if not any(each in {"*/*", "application/*", "", "json"} or each.endswith("json") for each in kinds):
        raise Refused("accept")


def _response(answer: Answer, method: str) -> Response:
    headers = dict(answer.headers)
    if answer.stream is not None:
        return StreamingResponse(answer.stream, answer.status, headers)
    response = Response(b"" if method == "HEAD" else answer.body, answer.status, headers)
    if method == "HEAD" and "content-length" not in answer.headers:
        response.headers["content-length"] = str(len(answer.body))
    return response


def _page(page: authorize.Page) -> Response:
    if page.location:
        return Response(status_code=302, headers={"location": page.location})
    return HTMLResponse(page.html, page.status, _PAGE_HEADERS)


def _tongue(request: Request) -> Tongue:
    wished = request.query_params.get(LOCALES, "")
    return tongue(request.headers.get("accept-language", ""), wished)


def _is_page(request: Request) -> bool:
    """Tell a browser that shows what it gets to a person from a program."""
    path, accept = request.url.path, request.headers.get("accept", "")
    if "json" in accept or path.startswith("/fhir"):
        return False
    return path in _FOR_PEOPLE or "text/html" in accept


def _json(told: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(told), status, headers or {}, _JSON)


async def _arriving(request: Request, stall: float, slowest: int = 0) -> AsyncIterator[bytes]:
    """Yield a body as it comes.

    Raises ``TimeoutError`` when nothing came for ``stall`` seconds, or, all in all, fewer than ``slowest``
    bytes a second once the first ``stall`` seconds are over.
    """
    stream, clock, received = request.stream(), asyncio.get_running_loop().time, 0
    begun = clock()
    while True:
        until = clock() + stall
        if slowest:
            until = min(until, begun + stall + received / slowest)
        async with asyncio.timeout_at(until):
            piece = await anext(stream, None)
        if piece is None:
            return
        received += len(piece)
        yield piece


def _tus() -> dict[str, str]:
    return {"tus-resumable": uploads.VERSION}


def _tus_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != uploads.VERSION:
        raise Refused("upload-version")
