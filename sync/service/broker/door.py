"""The broker over HTTP: a link on our sign-in page leads out, the upstream back, signing out leads on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from starlette.responses import HTMLResponse, RedirectResponse, Response

from sync.service.broker.flow import back_of
from sync.service.broker.waiting import COOKIE_SECONDS
from sync.service.messages import sentence
from sync.service.provider import authorize, pages
from sync.service.refusals import Refused
from sync.service.tongues import tongue
from sync.service.web_page import LOCALES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from sync.service.broker.flow import Broker
    from sync.service.broker.waiting import Begun, Pending
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["routes"]

_COOKIE = "tandem-broker"
_HEADERS = {"content-security-policy": pages.POLICY, "vary": "accept-language"}


class _Program(Protocol):
    """What the door needs of the ASGI program."""

    service: Service

    async def work(self, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
        """Run in a worker thread."""


def routes(program: _Program) -> list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]]:
    """Return the addresses; without upstreams there is nothing at any of them."""
    service = program.service

    async def begin(request: Request) -> Response:
        broker, name = _of(service, request)
        asked, spoken = dict(request.query_params), _tongue(request, request.query_params)
        fault = authorize.fault(service, asked, spoken)
        if fault:
            return _page(fault)
        try:
            address, begun = await _wait(broker, broker.begin, service, name, asked)
        except Refused as refused:
            return _sorry(refused, spoken, asked)
        response = RedirectResponse(address, 302)
        _give_cookie(service, response, name, begun)
        return response

    async def callback(request: Request) -> Response:
        broker, name = _of(service, request)
        told = dict(request.query_params)
        cookie = request.cookies.get(_COOKIE, "")
        spoken = _tongue(request, {})
        pending: Pending | None = None
        try:
            pending = await program.work(broker.pending, service, name, told, cookie)
            spoken = _tongue(request, pending.asked)
            page = await _wait(broker, broker.come_back, service, pending, told, spoken)
        except Refused as refused:
            response = _sorry(refused, spoken, pending.asked if pending else None)
        else:
            response = _page(page)
        response.delete_cookie(_COOKIE, path=_path(name))
        return response

    async def left(request: Request) -> Response:
        _of(service, request)
        back = _back(service, request.query_params.get("state", ""))
        if back:
            return RedirectResponse(back, 302)
        return HTMLResponse(pages.signed_out(_tongue(request, {})), headers=_HEADERS)

    return [
        ("/broker/{name}", begin, ["GET"]),
        ("/broker/{name}/callback", callback, ["GET"]),
        ("/broker/{name}/left", left, ["GET"]),
    ]


def _of(service: Service, request: Request) -> tuple[Broker, str]:
    if service.broker is None:
        raise Refused("unknown-address")
    name = str(request.path_params["name"])
    return service.broker, service.broker.upstream(name).name


async def _wait(broker: Broker, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
    """Run in a thread of the broker's, or refuse where too many wait."""
    if broker.is_full:
        raise Refused("stopped")
    broker.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(broker.threads, partial(do, *args))
    finally:
        broker.waiting -= 1


def _give_cookie(service: Service, response: Response, name: str, begun: Begun) -> None:
    """Tie the sign-in to this browser. ``Lax``: it comes along when the upstream leads back."""
    response.set_cookie(
        _COOKIE,
        begun.cookie,
        max_age=COOKIE_SECONDS,
        path=_path(name),
        secure=service.origin.startswith("https"),
        httponly=True,
        samesite="lax",
    )


def _path(name: str) -> str:
    return f"/broker/{name}/callback"


def _sorry(refused: Refused, spoken: Tongue, asked: Mapping[str, str] | None) -> Response:
    fields = dict(refused.fields)
    if "label" in fields:
        fields["label"] = spoken.isolated(str(fields["label"]))
    said = sentence(refused.reason, fields, spoken)
    html = pages.not_signed_in(spoken, said, back_of(asked) if asked else "")
    return HTMLResponse(html, refused.status, _HEADERS)


def _page(page: authorize.Page) -> Response:
    if page.location:
        return RedirectResponse(page.location, 302)
    return HTMLResponse(page.html, page.status, _HEADERS)


def _tongue(request: Request, asked: Mapping[str, str]) -> Tongue:
    return tongue(request.headers.get("accept-language", ""), asked.get(LOCALES, ""))


def _back(service: Service, sealed: str) -> str:
    """Read where the program waits, as we sealed it; "" for anything else."""
    try:
        told = service.secrets.unseal(sealed)
    except ValueError:
        return ""
    back = told.get("back", "") if isinstance(told, dict) else ""
    return back if isinstance(back, str) and authorize.is_loopback(back) else ""
