"""What the service is measured beside: a bare Starlette with psycopg, doing the same SQL and nothing else.

A read looks the caller up, reads one row, and writes the event of who looked as the service's rows are
written; a creation writes two resources. No rule, no validation, no FHIR: the bodies are whatever came. Run
as ``python -m sync.service.measuring.bare ADDRESS PORT``; for a benchmark, on a database of its own.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from app.ids import mint

if TYPE_CHECKING:
    from starlette.requests import Request

_MOMENT = "2026-11-22T08:00:00.000Z"
_INDEXED = 8
_CLAIM = "INSERT INTO directory (type, id, patient_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_CHANGE = (
    "INSERT INTO citizen (patient_key, last_change) VALUES (%s, 1) ON CONFLICT (patient_key)"
    " DO UPDATE SET last_change = citizen.last_change + 1 RETURNING last_change"
)
_VERSION = (
    "INSERT INTO version (patient_key, type, id, version, updated, hidden, body, method, change)"
    " VALUES (%s, %s, %s, 1, %s, 0, %s, 'POST', %s)"
)
_RESOURCE = (
    "INSERT INTO resource (patient_key, type, id, version, updated, hidden, body)"
    " VALUES (%s, %s, %s, 1, %s, 0, %s) RETURNING place"
)
_INDEX = (
    "INSERT INTO search_index (patient_key, place, type, param, system, value, low, high) VALUES "  # noqa: S608
    + ", ".join(["(%s, %s, %s, %s, '', %s, NULL, NULL)"] * _INDEXED)
)


class _Bare:
    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()

    def connection(self) -> psycopg.Connection[tuple[object, ...]]:
        """Return this thread's connection."""
        found: psycopg.Connection[tuple[object, ...]] | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = psycopg.connect(self._address)
        return found

    def read(self, kind: str, resource_id: str) -> str | None:
        """Read one row, and write who looked."""
        connection = self.connection()
        with connection.transaction():
            connection.execute("SET LOCAL tandem.patient_key = '*'")
            connection.execute("SELECT ended, until FROM session WHERE sid = %s", ("bench",)).fetchone()
            owner = connection.execute(
                "SELECT patient_key FROM directory WHERE type = %s AND id = %s", (kind, resource_id)
            ).fetchone()
            if owner is None:
                return None
            row = connection.execute(
                "SELECT version, updated, hidden, body FROM resource"
                " WHERE patient_key = %s AND type = %s AND id = %s",
                (owner[0], kind, resource_id),
            ).fetchone()
        with connection.transaction():
            connection.execute("SET LOCAL tandem.patient_key = '*'")
            self._put(connection, str(owner[0]), "AuditEvent", "{}" * 600)
        return str(row[3]) if row else None

    def create(self, patient_id: str, kind: str, body: str) -> None:
        """Write a resource, and who wrote it."""
        connection = self.connection()
        with connection.transaction():
            connection.execute("SET LOCAL tandem.patient_key = '*'")
            connection.execute("SELECT ended, until FROM session WHERE sid = %s", ("bench",)).fetchone()
            owner = connection.execute(
                "SELECT patient_key FROM directory WHERE type = 'Patient' AND id = %s", (patient_id,)
            ).fetchone()
            key = str(owner[0]) if owner else ""
            self._put(connection, key, kind, body)
            self._put(connection, key, "AuditEvent", "{}" * 600)

    def _put(
        self, connection: psycopg.Connection[tuple[object, ...]], key: str, kind: str, body: str
    ) -> None:
        name = mint()
        connection.execute(_CLAIM, (kind, name, key))
        change = connection.execute(_CHANGE, (key,)).fetchone()
        connection.execute(_VERSION, (key, kind, name, _MOMENT, body, change[0] if change else 0))
        place = connection.execute(_RESOURCE, (key, kind, name, _MOMENT, body)).fetchone()
        rows = [(key, place[0] if place else 0, kind, f"p{number}", name) for number in range(_INDEXED)]
        connection.execute(_INDEX, [value for row in rows for value in row])


def application(address: str) -> Starlette:
    """Make the program: ``GET /fhir/TYPE/id`` and ``POST /fhir/TYPE?patient=id``."""
    bare = _Bare(address)

    async def read(request: Request) -> Response:
        found = await run_in_threadpool(bare.read, request.path_params["kind"], request.path_params["id"])
        return Response(found, 200 if found else 404, media_type="application/fhir+json")

    async def create(request: Request) -> Response:
        body = (await request.body()).decode()
        await run_in_threadpool(
            bare.create, request.query_params["patient"], request.path_params["kind"], body
        )
        return Response(body, 201, media_type="application/fhir+json")

    return Starlette(
        routes=[
            Route("/fhir/{kind}/{id}", read),
            Route("/fhir/{kind}", create, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
