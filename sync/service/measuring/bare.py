"""What remains of the service without the service: Starlette, psycopg, and the rows that a request needs.

``python -m sync.service.measuring.bare ADDRESS PORT``: a read, a filing and a page of the feed, each with its
look at the session and, as ours, its event of the audit in a transaction that is durable before the answer
leaves. No token is checked, nothing is validated, nobody is kept from anything: it serves
nobody.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from app.ids import mint
from sync.service.index import index_rows
from sync.service.measuring.seeding import measure

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.fhir import Resource

_MOMENT = "2026-11-22T08:00:00.000Z"
_LOCAL = threading.local()


class Bare:
    """The three things, over one connection a thread."""

    def __init__(self, address: str) -> None:
        self._address = address

    def read(self, request: Request) -> Response:
        """Give one resource."""
        sql, key, name = self._known(request), request.path_params["key"], request.path_params["id"]
        with sql.transaction():
            self._scope(sql, key)
            row = sql.execute(
                "SELECT body FROM resource WHERE patient_key = %s AND type = 'Observation' AND id = %s",
                (key, name),
            ).fetchone()
        with sql.transaction():
            self._scope(sql, key)
            self._put(sql, key, _event(key, name))
        return _json(row[0] if row else "{}")

    def create(self, request: Request) -> Response:
        """Keep one resource."""
        sql, key = self._known(request), request.path_params["key"]
        body = measure(request.path_params["patient"], mint(), 70)
        with sql.transaction():
            self._scope(sql, key)
            self._put(sql, key, body)
            self._put(sql, key, _event(key, str(body["id"])))
        return _json(orjson.dumps(body).decode())

    def feed(self, request: Request) -> Response:
        """Give a page of what came."""
        sql, key = self._known(request), request.path_params["key"]
        with sql.transaction():
            self._scope(sql, key)
            rows = sql.execute(
                "SELECT body FROM version WHERE patient_key = %s AND change > 0"
                " AND type <> 'Binary' ORDER BY change LIMIT 200",
                (key,),
            ).fetchall()
        with sql.transaction():
            self._scope(sql, key)
            self._put(sql, key, _event(key, "feed"))
        return _json("[" + ",".join(str(row[0]) for row in rows) + "]")

    def _known(self, request: Request) -> psycopg.Connection[Any]:
        """Look at the session, and whose it is."""
        sql: psycopg.Connection[Any] | None = getattr(_LOCAL, "sql", None)
        if sql is None:
            sql = _LOCAL.sql = psycopg.connect(self._address, autocommit=True)
        told = request.path_params
        sql.execute("SELECT ended, until FROM session WHERE sid = %s", (told["sid"],)).fetchone()
        sql.execute(
            "SELECT patient_key FROM directory WHERE type = 'Patient' AND id = %s", (told["patient"],)
        ).fetchone()
        return sql

    @staticmethod
    def _scope(sql: psycopg.Connection[Any], key: str) -> None:
        sql.execute(f"SET LOCAL tandem.patient_key = '{key}'")

    @staticmethod
    def _put(sql: psycopg.Connection[Any], key: str, body: Resource) -> None:
        kind, name, text = str(body["resourceType"]), str(body["id"]), orjson.dumps(body).decode()
        resource = (
            "INSERT INTO resource (patient_key, type, id, version, updated, hidden, body)"
            " VALUES (%s, %s, %s, 1, %s, 0, %s)"
        )
        if kind == "AuditEvent":
            sql.execute(resource, (key, kind, name, _MOMENT, text))
            return
        sql.execute("INSERT INTO directory (type, id, patient_key) VALUES (%s, %s, %s)", (kind, name, key))
        change = sql.execute(
            "UPDATE citizen SET last_change = last_change + 1 WHERE patient_key = %s RETURNING last_change",
            (key,),
        ).fetchone()
        place = sql.execute(resource + " RETURNING place", (key, kind, name, _MOMENT, text)).fetchone()
        sql.execute(
            "INSERT INTO version (patient_key, type, id, version, updated, hidden, body, method, change)"
            " VALUES (%s, %s, %s, 1, %s, 0, %s, 'POST', %s)",
            (key, kind, name, _MOMENT, text, change[0] if change else 0),
        )
        rows = index_rows(body)
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows))
        found = (key, place[0] if place else 0, kind)
        sql.execute(
            "INSERT INTO search_index (patient_key, place, type, param, system, value, low, high)"  # noqa: S608
            f" VALUES {marks}",
            [
                value
                for row in rows
                for value in (*found, row.param, row.system, row.value, row.low, row.high)
            ],
        )


def _event(key: str, name: str) -> Resource:
    return {
        "resourceType": "AuditEvent",
        "id": mint(),
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "read"}],
        "action": "R",
        "recorded": _MOMENT,
        "outcome": "0",
        "agent": [{"who": {"reference": f"Patient/{key}"}, "requestor": True}],
        "source": {"observer": {"display": "bare"}},
        "entity": [{"what": {"reference": f"Patient/{key}"}}, {"what": {"reference": f"Observation/{name}"}}],
    }


def _json(text: str) -> Response:
    return Response(text, media_type="application/fhir+json")


def main(address: str, port: int) -> None:
    """Serve until it is ended."""
    bare = Bare(address)
    app = Starlette(
        routes=[
            Route("/read/{sid}/{patient}/{key}/{id}", bare.read),
            Route("/create/{sid}/{patient}/{key}", bare.create, methods=["POST"]),
            Route("/feed/{sid}/{patient}/{key}", bare.feed),
        ]
    )
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="error", lifespan="off")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
