"""Carers over HTTP: the person invites, the carer accepts, either ends, the carer's program asks for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import orjson
from starlette.responses import Response

from sync.service import carers
from sync.service.exchange import parsed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sync.service.caller import Caller
    from sync.service.service import Service

__all__ = ["routes"]

_LIMIT = 64 * 1024


class _Program(Protocol):
    """What the door needs of the ASGI program."""

    service: Service

    async def work(self, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
        """Run in a worker thread."""

    async def caller(self, request: Request) -> Caller:
        """Return who bears the token."""

    async def body(self, request: Request, limit: int) -> bytes:
        """Read a small body."""


def routes(program: _Program) -> list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]]:
    """Return the addresses."""
    service = program.service

    async def invitations(request: Request) -> Response:
        caller = await program.caller(request)
        told = parsed(await program.body(request, _LIMIT))
        return _json(await program.work(carers.invite, service, caller, told), 201)

    async def acceptances(request: Request) -> Response:
        caller = await program.caller(request)
        told = parsed(await program.body(request, _LIMIT))
        return _json(await program.work(carers.accept, service, caller, str(told.get("code", ""))), 201)

    async def cared_for(request: Request) -> Response:
        caller = await program.caller(request)
        return _json({"people": await program.work(carers.people, service, caller)})

    async def over(request: Request) -> Response:
        caller = await program.caller(request)
        await program.work(carers.end, service, caller, request.path_params["consent"])
        return Response(status_code=204)

    return [
        ("/carers/invitations", invitations, ["POST"]),
        ("/carers/acceptances", acceptances, ["POST"]),
        ("/carers/people", cared_for, ["GET"]),
        ("/carers/people/{consent}", over, ["DELETE"]),
    ]


def _json(told: object, status: int = 200) -> Response:
    return Response(orjson.dumps(told), status, media_type="application/json")
