"""Phone drops over HTTP: the visit's four requests in JSON, the phone's page in HTML.

A phone that sends too much is read to its end (up to a limit) and told so: a browser whose sending is cut
off shows its own error instead of our sentence. Whatever goes wrong, nothing of the send is kept.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.errors import TandemError
from sync.service import drop_page, drops, web_page
from sync.service.drop_form import Form
from sync.service.exchange import parsed
from sync.service.messages import sentence
from sync.service.refusals import Refused
from sync.service.tongues import tongue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from sync.service.caller import Caller
    from sync.service.drops import Drop, Kept
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["routes"]

_BODY_LIMIT = 16 * 1024
_AT_ONCE = 16
_SEND_SECONDS, _STALL_SECONDS = 300.0, 45.0
_HEADERS = {
    "content-security-policy": drop_page.POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "vary": "accept-language",
}


class _Program(Protocol):
    """What the door needs of the ASGI program."""

    service: Service

    async def work(self, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
        """Run in a worker thread."""

    async def caller(self, request: Request) -> Caller:
        """Return who bears the token."""

    async def body(self, request: Request, limit: int) -> bytes:
        """Read a small body."""

    async def form(self, request: Request) -> dict[str, str]:
        """Read a small form."""


def routes(program: _Program) -> list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]]:
    """Return the addresses of phone drops."""
    door = _Door(program)
    return [
        ("/drops", door.open, ["POST"]),
        ("/drops/{id}", door.drop, ["GET", "DELETE"]),
        ("/drops/{id}/pictures/{place:int}", door.picture, ["GET"]),
        ("/d", door.words, ["GET", "POST"]),
        ("/d/{address}", door.page, ["GET", "HEAD", "POST"]),
    ]


class _Door:
    def __init__(self, program: _Program) -> None:
        self._program = program
        self._service = program.service
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._sweeping: set[asyncio.Task[None]] = set()
        self._has_swept = False

    # -- the visit

    async def open(self, request: Request) -> Response:
        caller = await self._program.caller(request)
        told = parsed(await self._program.body(request, _BODY_LIMIT))
        made = await self._program.work(drops.open_drop, self._service, caller, told)
        self._sweep_in(drops.OPEN_SECONDS)
        return Response(orjson.dumps(made), 201, media_type="application/json")

    async def drop(self, request: Request) -> Response:
        caller, drop_id = await self._program.caller(request), request.path_params["id"]
        if request.method == "DELETE":
            await self._program.work(drops.close, self._service, caller, drop_id)
            return Response(status_code=204)
        if not self._has_swept:
            self._sweep_in(drops.OPEN_SECONDS)  # it was opened before this start
        told = await self._program.work(drops.state, self._service, caller, drop_id)
        return Response(orjson.dumps(told), media_type="application/json")

    async def picture(self, request: Request) -> Response:
        caller, told = await self._program.caller(request), request.path_params
        sealed = await self._program.work(drops.picture, self._service, caller, told["id"], told["place"])
        return Response(sealed, media_type="application/octet-stream")

    # -- the phone

    async def words(self, request: Request) -> Response:
        spoken = _tongue(request)
        if request.method == "GET":
            return _html(drop_page.ask_words(spoken))
        typed = drops.plain_words((await self._program.form(request)).get("words", ""))
        if "-" not in typed:
            return _html(drop_page.ask_words(spoken), 400)
        return RedirectResponse(f"/d/{typed}?{web_page.LOCALES}={spoken.tag}", 303)

    async def page(self, request: Request) -> Response:
        drop: Drop | None = None
        try:
            drop = await self._find(request)
            if request.method != "POST":
                return _html(drop_page.ask_pictures(_tongue(request), self._service.limits))
            await self._receive(request, drop)
        except Refused as refused:
            return await self._refusal(request, refused, is_open=drop is not None)
        return _html(drop_page.sent(_tongue(request)))

    async def _find(self, request: Request) -> Drop:
        client = request.client.host if request.client else ""
        address = request.path_params["address"][:200]
        found: Drop = await self._program.work(drops.of_address, self._service, address, client)
        return found

    async def _receive(self, request: Request, drop: Drop) -> None:
        """Take all pictures of one send, or nothing."""
        await self._program.work(drops.begin_send, self._service, drop)
        if self._room.locked():
            raise Refused("drop-busy")
        kept: list[Kept] = []
        async with self._room:
            try:
                await self._keep_all(request, drop, kept)
            except BaseException:
                await self._program.work(drops.let_go, self._service, kept)
                raise
        await self._program.work(drops.finish, self._service, drop, kept)
        self._sweep_in(drops.OPEN_SECONDS)

    async def _keep_all(self, request: Request, drop: Drop, kept: list[Kept]) -> None:
        form = Form(request.headers.get("content-type", ""), self._service.limits)
        async for piece in _pieces(request):
            form.write(piece)
            for each in form.take():
                place = len(kept) + 1
                sealed = await self._program.work(
                    drops.keep, self._service, drop, place, each.content_type, each.data
                )
                kept.append(sealed)
        form.end()

    async def _refusal(self, request: Request, refused: Refused, *, is_open: bool) -> Response:
        await self._read_to_the_end(request)
        spoken = _tongue(request)
        said = sentence(refused.reason, refused.fields, spoken)
        if is_open and refused.reason != "drop-closed":
            html = drop_page.ask_pictures(spoken, self._service.limits, said)
        else:
            html = drop_page.closed(spoken, said)
        headers = {"retry-after": str(refused.fields["seconds"])} if "seconds" in refused.fields else {}
        return _html(html, refused.status, headers)

    async def _read_to_the_end(self, request: Request) -> None:
        if request.method != "POST":
            return
        rest = 2 * self._service.limits.drop
        try:
            async for piece in _pieces(request):
                rest -= len(piece)
                if rest < 0:
                    return
        except (RuntimeError, Refused, ClientDisconnect):
            return  # the body was read already, or nobody waits for the answer

    def _sweep_in(self, seconds: float) -> None:
        """Have what is over by then deleted, though nobody should come again."""
        self._has_swept = True
        asyncio.get_running_loop().call_later(seconds + 1, self._sweep)

    def _sweep(self) -> None:
        task = asyncio.create_task(self._swept())
        self._sweeping.add(task)
        task.add_done_callback(self._sweeping.discard)

    async def _swept(self) -> None:
        with suppress(RuntimeError, TandemError):  # closed meanwhile: the next start sweeps
            await self._program.work(drops.sweep, self._service)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body; one that stops coming, or never ends, is refused."""
    stream = request.stream()
    until = asyncio.get_running_loop().time() + _SEND_SECONDS
    while asyncio.get_running_loop().time() < until:
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError:
            break
        if piece is None:
            return
        yield piece
    raise Refused("drop-cut")


def _tongue(request: Request) -> Tongue:
    return tongue(request.headers.get("accept-language", ""), request.query_params.get(web_page.LOCALES, ""))


def _html(html: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(html, status, _HEADERS | (headers or {}))
