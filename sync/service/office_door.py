"""The organization's page over HTTP: a cookie for this path only, forms that carry its word, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.policy import LIMITS, Policy, PolicyRefused
from sync.service import devices, office, office_page, organizations, reports
from sync.service.caller import Role
from sync.service.messages import PAGES, sentence
from sync.service.office_words import OFFICE
from sync.service.provider import sign_in
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from sync.service.tongues import tongue
from sync.service.web_page import LOCALES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sync.service.office import Office
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["routes"]

_COOKIE, _HERE, _PURPOSE = "tandem-office", "/organization", "organization"
_KINDS = frozenset({Role.ADMINISTRATOR})
_BODY_LIMIT = 16 * 1024
_HEADERS = {
    "content-security-policy": office_page.POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "vary": "accept-language, cookie",
}
_ASKED = frozenset({"remove", "end", "reset"})


class _Program(Protocol):
    """What the door needs of the ASGI program."""

    service: Service

    async def work(self, do: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 (whatever it returns)
        """Run in a worker thread."""

    async def body(self, request: Request, limit: int) -> bytes:
        """Read a small body."""


def routes(program: _Program) -> list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]]:
    """Return the addresses of an organization's page."""
    door = _Door(program)
    return [
        (_HERE, door.page, ["GET", "POST"]),
        (_HERE + "/rules", door.rules, ["GET"]),
        (_HERE + "/{act}/{id}", door.ask, ["GET"]),
        ("/invitation", door.invitation, ["GET", "POST"]),
    ]


class _Door:
    def __init__(self, program: _Program) -> None:
        self._program = program
        self._service = program.service

    async def page(self, request: Request) -> Response:
        form: dict[str, list[str]] = {}
        if request.method == "POST":
            form = _form(await self._program.body(request, _BODY_LIMIT))
        response: Response = await self._program.work(self._answer, _Asked(request), form)
        return response

    async def rules(self, request: Request) -> Response:
        response: Response = await self._program.work(self._rules, _Asked(request))
        return response

    async def ask(self, request: Request) -> Response:
        act, subject = request.path_params["act"], request.path_params["id"]
        response: Response = await self._program.work(self._ask, _Asked(request), act, subject)
        return response

    async def invitation(self, request: Request) -> Response:
        asked = _Asked(request)
        if request.method == "GET":
            return _html(office_page.join(asked.tongue, login=request.query_params.get("login", "")[:40]))
        form = _single(_form(await self._program.body(request, _BODY_LIMIT)))
        client = request.client.host if request.client else ""
        try:
            await self._program.work(
                office.join,
                self._service,
                form.get("login", ""),
                form.get("code", ""),
                form.get("password", ""),
                client,
            )
        except Refused as refused:
            said = sentence(refused.reason, refused.fields, asked.tongue)
            return _html(office_page.join(asked.tongue, said, form.get("login", "")[:40]), refused.status)
        return _html(office_page.notice(asked.tongue, "joined", "joined-how"))

    # -- in a worker thread

    def _answer(self, asked: _Asked, form: dict[str, list[str]]) -> Response:
        found = office.find(self._service, asked.cookie)
        if found is None:
            return self._sign_in(asked, _single(form))
        if not form:
            return self._home(asked, found)
        try:
            found.check(_single(form).get("word", ""))
            return self._act(asked, found, form)
        except Refused as refused:
            said = sentence(refused.reason, refused.fields, asked.tongue)
            return self._home(asked, found, error=said, status=refused.status)

    def _sign_in(self, asked: _Asked, form: dict[str, str]) -> Response:
        if "login" not in form and "step" not in form:
            return _html(office_page.sign_in(asked.tongue))
        try:
            outcome = sign_in.take(self._service, form, _PURPOSE, _KINDS)
            if isinstance(outcome, sign_in.Wanted):
                status = outcome.refused.status if outcome.refused else 200
                return _html(office_page.factor(asked.tongue, outcome), status)
            return self._signed_in(asked, office.begin(self._service, outcome))
        except Refused as refused:
            wrong = refused.reason == "not-signed-in"
            said = (
                asked.tongue.say(PAGES["wrong"])
                if wrong
                else sentence(refused.reason, refused.fields, asked.tongue)
            )
            return _html(office_page.sign_in(asked.tongue, said), refused.status)

    def _signed_in(self, asked: _Asked, token: str) -> Response:
        response = RedirectResponse(office_page.address(asked.tongue), 303, _HEADERS)
        response.set_cookie(
            _COOKIE,
            token,
            path=_HERE,
            httponly=True,
            samesite="strict",
            secure=self._service.origin.startswith("https:"),
        )
        return response

    def _home(
        self, asked: _Asked, found: Office, *, said: str = "", error: str = "", status: int = 200
    ) -> Response:
        with self._service.store.read(of=EVERYONE) as sql:  # the reports about its helpers
            pcs = devices.of_organization(sql, found.organization.id)
            counted = tuple((each, devices.count_envelopes(sql, each.id)) for each in pcs)
            events = tuple(organizations.events(sql, found.organization.id, 20))
            reported = tuple(reports.of_organization(sql, found.organization.id))
        advisers = tuple(office.advisers(self._service, found))
        told = office_page.Told(counted, advisers, events, self._service.clock(), reported)
        return _html(office_page.home(asked.tongue, found, told, said, error), status)

    def _act(self, asked: _Asked, found: Office, form: dict[str, list[str]]) -> Response:
        single = _single(form)
        act, subject, service = single.get("act", ""), single.get("id", ""), self._service
        login = found.account.login
        if act == "out":
            office.end(service, found.token)
            return _html(office_page.notice(asked.tongue, "signs-in", "no-records"))
        if act == "code":
            place = single.get("place", "")
            code = organizations.invite(service, found.organization, place, login)
            return _html(office_page.shown_code(asked.tongue, code))
        if act == "invite":
            return self._invited(asked, found, single)
        if act == "rules":
            return self._ruled(asked, found, form)
        if act == "remove":
            devices.revoke(service, found.organization.id, subject, login)
        elif act == "end":
            office.end_account(service, found, subject)
        elif act == "reset":
            office.reset(service, found, subject)
        elif act == "seen":
            reports.see(service, found, subject)
        else:
            raise Refused("office-form")
        return RedirectResponse(office_page.address(asked.tongue), 303, _HEADERS)

    def _invited(self, asked: _Asked, found: Office, form: dict[str, str]) -> Response:
        name, login = form.get("name", ""), form.get("login", "")
        code = office.invite(self._service, found, login, name)
        where = f"{self._service.origin}/invitation"
        return _html(office_page.invitation(asked.tongue, name, login.strip().lower(), code, where))

    def _ruled(self, asked: _Asked, found: Office, form: dict[str, list[str]]) -> Response:
        try:
            policy = _policy(form)
        except PolicyRefused as refused:
            what = str(refused.fields.get("what"))
            label = asked.tongue.say(OFFICE.get(what, OFFICE["rules"])).partition(" (")[0]
            said = asked.tongue.say(OFFICE["number"]).format(what=label)
            return _html(office_page.rules(asked.tongue, found, found.organization.policy, said), 422)
        organizations.change_policy(self._service, found.organization, policy, found.account.login)
        return self._home(asked, found, said="rules-kept")

    def _rules(self, asked: _Asked) -> Response:
        found = office.find(self._service, asked.cookie)
        if found is None:
            return RedirectResponse(office_page.address(asked.tongue), 303, _HEADERS)
        return _html(office_page.rules(asked.tongue, found, found.organization.policy))

    def _ask(self, asked: _Asked, act: str, subject: str) -> Response:
        found = office.find(self._service, asked.cookie)
        if found is None:
            return RedirectResponse(office_page.address(asked.tongue), 303, _HEADERS)
        if act not in _ASKED:
            raise Refused("unknown-address")
        return _html(office_page.confirm(asked.tongue, found, act, subject, self._name(found, act, subject)))

    def _name(self, found: Office, act: str, subject: str) -> str:
        if act != "remove":
            return office.of_login(self._service, found, subject).name
        with self._service.store.read() as sql:
            for each in devices.of_organization(sql, found.organization.id):
                if each.id == subject:
                    return each.name
        raise Refused("unknown")


class _Asked:
    """What of a request the work needs."""

    def __init__(self, request: Request) -> None:
        self.cookie = request.cookies.get(_COOKIE, "")
        wished = request.query_params.get(LOCALES, "")
        self.tongue: Tongue = tongue(request.headers.get("accept-language", ""), wished)


def _form(raw: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Refused("bad-parameter", name="form") from None
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def _single(form: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in form.items()}


def _policy(form: dict[str, list[str]]) -> Policy:
    """Read the rules as they were typed; a visit's own mandate is always allowed."""
    told: dict[str, Any] = {name: _number(form, name) for name in LIMITS}
    told["durations"] = ["SESSION", *form.get("durations", [])]
    told["places"] = form.get("places", [])
    told["printing"] = (form.get("printing") or [""])[-1]
    return Policy.read(told)


def _number(form: dict[str, list[str]], name: str) -> int:
    typed = (form.get(name) or [""])[-1].strip()
    if not typed.isascii() or not typed.isdecimal() or len(typed) > 6:  # noqa: PLR2004 (no limit has so many)
        raise PolicyRefused(what=name)
    return int(typed)


def _html(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, _HEADERS)
