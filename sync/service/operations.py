"""What the operator has done by a command; each says what came of it, and returns an exit code.

Over the embedded store the service rests meanwhile; with PostgreSQL it need not, but for ``migrate``. Only an
administrator's invitation and a certificate request may begin a service in an empty folder: to the others,
such a folder is one that was mistyped.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

from sync.service import opening
from sync.service.console import attempt, say, sorry
from sync.service.refusals import Refused
from sync.service.service import Service
from sync.service.storage.address import read_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["certificate_request", "invite_administrator", "migrate", "note_representative", "untie"]


def migrate(data: Path | None, records: str | None) -> int:
    """Bring the records forward to this version of the program, while no service runs."""

    def work() -> int:
        if records:
            from sync.service.storage import postgres_open

            steps = postgres_open.migrate(read_address(records))
        elif data is not None and _is_service(data):
            steps = opening.bring_forward(data)
        else:
            return sorry("service-none")
        say({"migrated": True, "steps": steps})
        return 0

    return attempt(work)


def untie(data: Path, login: str, records: str | None = None) -> int:
    """Let go of who an account is at the upstream providers: they are found anew."""
    from sync.service.broker.waiting import Waiting

    return _told(data, records, lambda service: {"login": login, "untied": Waiting(service).forget(login)})


def invite_administrator(
    data: Path, login: str, name: str, organization: str, records: str | None = None
) -> int:
    """Open an organization with its administrator; tells the invitation once."""
    from sync.service.office import invite_administrator as invite

    def work(service: Service) -> dict[str, Any]:
        code = invite(service, login, name, organization)
        return {"login": login, "invitation": code, "page": "/invitation"}

    return _told(data, records, work, may_begin=True)


def certificate_request(data: Path, records: str | None = None) -> int:
    """Write a certificate request (PKCS #10) for the key that signs lists."""
    from sync.service.signing import request

    def work(service: Service) -> dict[str, Any]:
        sys.stdout.write(request(service.secrets.signing))
        return {}

    return _told(data, records, work, may_begin=True)


def note_representative(
    data: Path,
    login: str,
    person: str,
    capacity: str,
    evidence: str,
    until: str,
    *,
    ends: bool = False,
    records: str | None = None,
) -> int:
    """Note that an account's owner represents a person, or does no longer."""
    from sync.service import representatives

    def work(service: Service) -> dict[str, Any]:
        told = {"login": login, "person": person}
        if ends:
            representatives.end(service, login, person)
            return told
        return told | representatives.note(service, login, person, capacity, evidence, _day(until))

    return _told(data, records, work)


def _day(until: str) -> date | None:
    try:
        return date.fromisoformat(until) if until else None
    except ValueError:
        raise Refused("representative-form", what="until") from None


def _told(
    data: Path, records: str | None, work: Callable[[Service], dict[str, Any]], *, may_begin: bool = False
) -> int:
    """Do one thing in the opened service, and say what came of it."""

    def whole() -> int:
        if not (may_begin or records or _is_service(data)):
            return sorry("service-none")
        address = read_address(records) if records else None
        with closing(Service.open(data, records=address)) as service:
            told = work(service)
        if told:
            say(told)
        return 0

    return attempt(whole)


def _is_service(folder: Path) -> bool:
    """Say whether a service keeps its records in this folder, whole or in part."""
    return any((folder / each).exists() for each in (opening.STORE, opening.KEY, opening.OBJECTS))
