"""Starting and ending the service: one JSON line when it is ready, a clean end at SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import orjson
import uvicorn

from app.errors import TandemError
from sync.service import program
from sync.service.mail import MailServer, Postman
from sync.service.messages import START
from sync.service.objects import ObjectsUnusable
from sync.service.service import Service
from sync.service.upkeep import Upkeep
from sync.service.wire import protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Server", "certificate_request", "invite_administrator", "main", "note_representative"]

_GRACE_SECONDS = 10
_EX_UNAVAILABLE = 69


class Server(uvicorn.Server):
    """uvicorn, telling once that it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def main(
    data: Path,
    port: int = 0,
    *,
    demo: bool = False,
    people: int | str | None = None,
    origin: str | None = None,
    mail: Path | None = None,
    objects: str | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Says on stderr why it cannot start.

    ``origin``: the address that people use, where a server with TLS stands before this one. ``mail``: the
    file about the mail server (`sync.service.mail.MailServer`), without which no mail is sent. ``objects``:
    where documents lie, if not in ``data`` (`sync.service.objects.address`).
    """
    try:
        listening = _listen(port)
    except OSError:
        return _sorry("port-taken")
    try:
        mails = MailServer.read(mail) if mail else None
        service = Service.open(data, demo=demo, objects=objects)
        service.mail = mails
    except ObjectsUnusable as error:
        listening.close()
        return _sorry(f"{error.code}-{error.fields['what']}")
    except TandemError as error:
        listening.close()
        return _sorry(error.code)
    except OSError:
        listening.close()
        return _sorry("store-unreadable")
    try:
        return _serve(service, listening, people, origin)
    finally:
        service.close()
        listening.close()


def invite_administrator(data: Path, login: str, name: str, organization: str) -> int:
    """Open an organization with its administrator, while the service rests; tells the invitation once."""
    from sync.service.messages import sentence
    from sync.service.office import invite_administrator as invite
    from sync.service.refusals import Refused

    try:
        service = Service.open(data)
    except TandemError as error:
        return _sorry(error.code)
    try:
        code = invite(service, login, name, organization)
    except Refused as refused:
        sys.stderr.write(sentence(refused.reason, refused.fields) + "\n")
        return _EX_UNAVAILABLE
    finally:
        service.close()
    _say({"login": login, "invitation": code, "page": "/invitation"})
    return 0


def certificate_request(data: Path) -> int:
    """Write a certificate request (PKCS #10) for the key that signs lists, while the service rests."""
    from sync.service.signing import request

    try:
        service = Service.open(data)
    except TandemError as error:
        return _sorry(error.code)
    try:
        sys.stdout.write(request(service.secrets.signing))
    finally:
        service.close()
    return 0


def note_representative(
    data: Path, login: str, person: str, capacity: str, evidence: str, until: str, *, ends: bool = False
) -> int:
    """Note that an account's owner represents a person, or does no longer, while the service rests."""
    from datetime import date

    from sync.service import representatives
    from sync.service.messages import sentence
    from sync.service.refusals import Refused

    try:
        last = date.fromisoformat(until) if until else None
        service = Service.open(data)
    except ValueError:
        sys.stderr.write(sentence("representative-form", {"what": "until"}) + "\n")
        return _EX_UNAVAILABLE
    except TandemError as error:
        return _sorry(error.code)
    told = {"login": login, "person": person}
    try:
        if ends:
            representatives.end(service, login, person)
        else:
            told |= representatives.note(service, login, person, capacity, evidence, last)
    except Refused as refused:
        sys.stderr.write(sentence(refused.reason, refused.fields) + "\n")
        return _EX_UNAVAILABLE
    finally:
        service.close()
    _say(told)
    return 0


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _serve(
    service: Service, listening: socket.socket, people: int | str | None, origin: str | None = None
) -> int:
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    service.origin = origin.rstrip("/") if origin else here
    told: dict[str, Any] = {
        "base": service.origin,
        "fhir": service.fhir,
        "issuer": service.origin,
        "pid": os.getpid(),
    }
    if service.demo:
        told["identities"] = _identities(service, people)
        told["enrolment_code"] = _enrolment_code(service)
        told["counter_code"] = _enrolment_code(service, counter=True)
    app = program.make(service)
    config = uvicorn.Config(
        app,
        http=protocol(service.limits.head),
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
    )
    server = Server(config, lambda: _say(told))
    _end_quietly(server)
    alongside = Postman(service), Upkeep(service)
    for each in alongside:
        each.start()
    try:
        server.run(sockets=[listening])
    finally:
        for each in alongside:
            each.end()
        app.state.close()
    return 0


def _end_quietly(server: Server) -> None:
    """Being told to end is no failure: uvicorn raises the signal again when all is closed."""
    if threading.current_thread() is not threading.main_thread():
        return

    def end(*_: object) -> None:
        server.should_exit = True

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)


def _identities(service: Service, people: int | str | None) -> list[dict[str, Any]]:
    from sync.service.demonstration import identities

    return identities(service, people)


def _enrolment_code(service: Service, *, counter: bool = False) -> str:
    from sync.service.demonstration import enrolment_code

    return enrolment_code(service, counter=counter)


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


def _sorry(code: str) -> int:
    sys.stderr.write(START.get(code, START["other"]) + "\n")
    return _EX_UNAVAILABLE
