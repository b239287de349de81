"""Starting and ending the service: one JSON line when it is ready, a clean end at SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import uvicorn

from sync.service import logs, program
from sync.service.broker.configuration import read
from sync.service.broker.flow import Broker
from sync.service.console import attempt, say, sorry
from sync.service.figures import shared_between_workers
from sync.service.mail import MailServer, Postman
from sync.service.service import Service
from sync.service.storage.address import read_address
from sync.service.upkeep import Upkeep
from sync.service.wire import protocol
from sync.service.workers import Supervisor, can_fork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

__all__ = ["Server", "main"]

_GRACE_SECONDS = 10
_FIGURES = "figures"


class Server(uvicorn.Server):
    """uvicorn, telling once that it listens; told to end, it says so for ``drain`` seconds and answers on."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        drains: Callable[[], None] = lambda: None,
        drain: float = 0,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._drains = drains
        self._drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Be told to end: whoever sends requests here takes notice first. Told twice, end at once."""
        if not self._drain:
            super().handle_exit(sig, frame)
            return
        patience = threading.Timer(self._drain, super().handle_exit, (sig, frame))
        patience.daemon = True
        self._drain = 0
        self._drains()
        patience.start()


def main(
    data: Path,
    port: int = 0,
    *,
    demo: bool = False,
    people: int | str | None = None,
    origin: str | None = None,
    mail: Path | None = None,
    records: str | None = None,
    workers: int = 1,
    objects: str | None = None,
    drain: float = 0,
    access_log: bool = False,
    broker: Path | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Says on stderr why it cannot start.

    ``origin``: the address that people use, where a server with TLS stands before this one. ``mail``: the
    file about the mail server (`sync.service.mail.MailServer`), without which no mail is sent. ``records``:
    the address of PostgreSQL (`sync.service.storage.address`), which alone serves several ``workers``.
    ``objects``: where documents lie, if not in ``data`` (`sync.service.objects.address`). ``drain``: for so
    many seconds after SIGTERM it goes on answering and says that it is not ready. ``access_log``: a line for
    each request, by its shape. ``broker``: the file about the providers at which people may sign in
    (`sync.service.broker.configuration`).
    """
    if workers > 1 and not (records and can_fork()):
        return sorry("workers-alone" if can_fork() else "workers-here")
    try:
        listening = _listen(port)
    except PermissionError:
        return sorry("port-reserved")
    except OSError:
        return sorry("port-taken")

    def work() -> int:
        post = MailServer.read(mail) if mail else None
        upstreams = read(broker) if broker else ()

        def opened() -> Service:
            address = read_address(records) if records else None
            service = Service.open(data, demo=demo, records=address, objects=objects)
            service.mail = post
            service.broker = Broker(upstreams) if upstreams else None
            service.origin = (
                origin.rstrip("/") if origin else f"http://127.0.0.1:{listening.getsockname()[1]}"
            )
            return service

        with closing(opened()) as service:
            told = _told(service, people)
            logs.as_json(accesses=access_log)
            if workers == 1:
                return _serve(service, listening, lambda: say(told), drain)
        shared_between_workers(data / _FIGURES)
        return Supervisor(
            workers, lambda ready: _worker(opened, listening, ready, drain), lambda: say(told), drain
        ).run()

    with closing(listening):
        return attempt(work)


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


def _told(service: Service, people: int | str | None) -> dict[str, Any]:
    """Say where it is; in a demonstration also who there is, seeding who is missing."""
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
    return told


def _worker(
    opened: Callable[[], Service], listening: socket.socket, ready: Callable[[], None], drain: float
) -> int:
    with closing(opened()) as service:
        return _serve(service, listening, ready, drain)


def _serve(service: Service, listening: socket.socket, ready: Callable[[], None], drain: float = 0) -> int:
    app = program.make(service)
    config = uvicorn.Config(
        app,
        http=protocol(service.limits.head),
        ws="none",
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
    )
    server = Server(config, ready, service.drains, drain)
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
