"""The records in PostgreSQL (15 and later), as psycopg 3 speaks to it.

Decisions:

- **Safe behind PgBouncer in transaction mode**: nothing of a session outlives its transaction, and nothing is
  prepared there. Where the server itself answers (its process is the one that it named when it greeted us; a
  pooler names another), a statement that comes again is prepared: half of its work was reading it.
- The scope is a ``SET LOCAL`` (which Citus hands on to its nodes, as it does not with ``set_config``), locks
  are those of the transaction.
- A transaction begins in one round trip: ``BEGIN``, the scope, the limits and the citizen's row together.
  From there on one that writes is a pipeline: a statement is sent and not waited for until somebody looks at
  what it gave, so those that follow each other are one round trip, the last of them with ``COMMIT``. What
  fails is told where somebody looks, at ``COMMIT`` at the latest; nothing after it was done.
- Behind a pooler a pipeline never ends a transaction: ``COMMIT`` follows it. psycopg ends a pipeline with a
  request to flush *after* its last ``Sync`` if the answer is not there yet. PgBouncer takes that for the
  first word of another transaction, which never comes: the connection would be lost to everybody.
- Connections are our own, not a pool's that mends itself in the background: an idle one that died with its
  server is noticed by ``BEGIN``, before anything was asked of it, and another is made at once. So a restart
  of the database costs no request that comes after it. There are as many as threads work at the same time.
- A failure at ``COMMIT`` leaves unknown whether it was kept: it is told (``RecordsAway``), never repeated
  here.
"""

from __future__ import annotations

import hashlib
import logging
import re
import selectors
import threading
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus

from app.vault.sqlcipher import StoreFault
from app.vault.store import NestedTransaction, StoreClosed
from sync.service.storage.dialect import MOST_VALUES, many, to_postgres
from sync.service.storage.port import EVERYONE, RecordsAway
from sync.service.storage.postgres_errors import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from psycopg.pq.abc import PGconn

    from sync.service.storage.port import Rows, Scope

    Cursor = psycopg.Cursor[tuple[Any, ...]]
    Raw = psycopg.Connection[tuple[Any, ...]]

__all__ = ["Postgres"]

_T = TypeVar("_T")
_SCOPE = re.compile(r"[0-9a-f]{32}|\*|")
# Its warnings quote the server's texts, which may hold a person's data.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

_NAME = "tandem"
_PREPARE_AFTER, _MOST_STATEMENTS = 3, 200
_MOST_PREPARED = 200
"""Statements with more values than that are as good as never the same."""
_CONNECT_SECONDS = 3
_CLOSE_SECONDS = 10.0
_USUAL = {
    "client_encoding": "utf8",
    "application_name": _NAME,
    "connect_timeout": _CONNECT_SECONDS,
    # A server that vanished without a word is given up after so many milliseconds.
    "tcp_user_timeout": 10_000,
}
_LIMITS = "SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '300s'; "
_WRITE = "BEGIN; " + _LIMITS
_ADD = "BEGIN ISOLATION LEVEL REPEATABLE READ; " + _LIMITS
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "


class _Pending:
    """What a statement gives back, once it is looked at."""

    __slots__ = ("_cursor", "_line", "fetchall", "fetchone")

    def __init__(self, cursor: Cursor, line: psycopg.Pipeline) -> None:
        self._cursor, self._line = cursor, line
        # They wait for the answer by themselves.
        self.fetchone, self.fetchall = cursor.fetchone, cursor.fetchall

    @property
    def rowcount(self) -> int:
        if self._cursor.pgresult is None:
            _hand_over(self._cursor.connection.pgconn)
            self._line.sync()
        return self._cursor.rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


class _Connection:
    """One transaction, or one reading (without a pipeline)."""

    __slots__ = ("_held", "_holds", "_line", "_raw", "scope")

    def __init__(
        self, raw: Raw, scope: str, line: psycopg.Pipeline | None = None, *, hold: bool = False
    ) -> None:
        self._raw = raw
        self._line = line
        self._held = {scope}
        self._holds = hold
        self.scope = scope

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        rows = self._raw.execute(
            to_postgres(sql).encode(),
            [_plain(each) for each in values],
            prepare=None if len(values) <= _MOST_PREPARED else False,
        )
        return rows if self._line is None else _Pending(rows, self._line)

    def executemany(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        rows = iter(values)
        first = next(rows, None)
        if first is None:
            return
        size = max(1, MOST_VALUES // len(first))
        batch = [first, *islice(rows, size - 1)]
        while batch:
            self.execute(many(sql, len(batch)), [value for row in batch for value in row])
            batch = list(islice(rows, size))

    def hold(self, patient_key: str) -> None:
        if self._holds and patient_key not in self._held:
            self.execute("SELECT 1 FROM citizen WHERE patient_key = ? FOR UPDATE", (patient_key,))
            self._held.add(patient_key)

    def lock(self, *name: str) -> None:
        digest = hashlib.sha256("\0".join(name).encode("utf-8", "replace")).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        self.execute("SELECT pg_advisory_xact_lock(?)", (number,))

    def sweep(self, table: str, condition: str, values: Sequence[Any]) -> None:
        self.execute(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM {table} WHERE {condition}"  # noqa: S608 - ours
            " LIMIT 1000 FOR UPDATE SKIP LOCKED))",
            values,
        )

    @property
    def is_sound(self) -> bool:
        """Whether the transaction goes on."""
        connection = self._raw.pgconn
        if self._line is not None and connection.pipeline_status == PipelineStatus.ABORTED:
            return False
        return connection.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.ACTIVE}

    def rescope(self, scope: str) -> None:
        """Go on under another scope."""
        self._raw.execute(_scope(scope), prepare=False)
        self.scope = scope


class Postgres:
    """An open PostgreSQL database; ``address`` is a libpq URI or connection string."""

    is_shared = True

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: list[Raw] = []
        self._local = threading.local()
        self._state = threading.Condition()
        self._active = 0
        self._closed = False

    @contextmanager
    def transaction(self, *, of: Scope = None, hold: bool = True) -> Iterator[_Connection]:
        """Write: everything in the block, or nothing. A citizen's row is held from the first moment.

        ``hold=False``: it is not, and what is read is of one moment.
        """
        if self._here() is not None:
            raise NestedTransaction
        scope = of or ""
        begin = (_WRITE if hold else _ADD) + _scope(scope)
        if hold and scope not in {"", EVERYONE}:
            begin += f"; SELECT 1 FROM citizen WHERE patient_key = '{scope}' FOR UPDATE"  # noqa: S608 - hexadecimal, or refused
        with self._begun(begin) as raw, translated():
            with raw.pipeline() as line, self._at_work(_Connection(raw, scope, line, hold=hold)) as sql:
                yield sql
                done = None if _is_pooled(raw) else raw.execute("COMMIT", prepare=False)
            done = done or raw.execute("COMMIT", prepare=False)
            if done.statusmessage != "COMMIT":
                raise StoreFault

    @contextmanager
    def read(self, *, of: Scope = None) -> Iterator[_Connection]:
        """Read one moment; inside a transaction of this thread, what it has written so far."""
        scope, here = of or "", self._here()
        if here is not None:
            with self._inside(here, scope):
                yield here
            return
        with (
            self._begun(_READ + _scope(scope)) as raw,
            self._at_work(_Connection(raw, scope)) as sql,
        ):
            yield sql

    def look(self, *statements: tuple[str, Sequence[Any]]) -> list[Any]:
        """Return the first row of each statement: one round trip, in nobody's scope."""
        here = self._here()
        if here is not None:
            return [here.execute(*each).fetchone() for each in statements]
        with self._in_use():
            return self._tried(lambda raw: _first_rows(raw, statements))[1]

    def others(self) -> int:
        """Count the other connections of services, a pooler's too."""
        with self.read() as sql:
            row = sql.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = ? AND pid <> pg_backend_pid()",
                (_NAME,),
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Wait for what runs, close every connection."""
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: self._active == 0, _CLOSE_SECONDS)
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    # -- one connection at work

    def _here(self) -> _Connection | None:
        return getattr(self._local, "connection", None)

    @contextmanager
    def _inside(self, here: _Connection, scope: str) -> Iterator[None]:
        """Read in the midst of another piece of work of this thread; its scope is put back."""
        before = here.scope
        if scope in {"", before} or before == EVERYONE:
            yield
            return
        with translated():
            here.rescope(scope)
        try:
            yield
        finally:
            if here.is_sound:
                with translated():
                    here.rescope(before)

    @contextmanager
    def _at_work(self, connection: _Connection) -> Iterator[_Connection]:
        self._local.connection = connection
        try:
            with translated():
                yield connection
        finally:
            self._local.connection = None

    @contextmanager
    def _begun(self, begin: str) -> Iterator[Raw]:
        """Begin on a connection that works; it goes back without a transaction, or not at all."""
        with self._in_use():
            raw = self._started(begin)
            try:
                yield raw
            finally:
                self._give_back(raw)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._state:
            if self._closed:
                raise StoreClosed
            self._active += 1
        try:
            yield
        finally:
            with self._state:
                self._active -= 1
                self._state.notify_all()

    def _started(self, begin: str) -> Raw:
        """Run what begins a transaction."""
        return self._tried(lambda raw: raw.execute(begin, prepare=False), is_open=True)[0]

    def _tried(self, work: Callable[[Raw], _T], *, is_open: bool = False) -> tuple[Raw, _T]:
        """Do what may be done twice; a connection that died while it rested is replaced.

        The connection is given back, unless it stays open.
        """
        raw = self._rested()
        if raw is not None:
            try:
                return self._done(raw, work, is_open=is_open)
            except RecordsAway:
                raw.close()
                self._forget_rested()
        with translated():
            raw = self.connect()
        return self._done(raw, work, is_open=is_open)

    def _done(self, raw: Raw, work: Callable[[Raw], _T], *, is_open: bool) -> tuple[Raw, _T]:
        try:
            with translated():
                found = work(raw)
        except BaseException:
            self._give_back(raw)
            raise
        if not is_open:
            self._give_back(raw)
        return raw, found

    def connect(self) -> Raw:
        """Open one more connection; raises psycopg's errors."""
        told = psycopg.conninfo.conninfo_to_dict(self._address)
        made: Raw = psycopg.connect(**_USUAL | told, autocommit=True, prepare_threshold=None)  # type: ignore[arg-type]
        made.cursor_factory = psycopg.RawCursor
        row = made.execute("SELECT pg_backend_pid()").fetchone()
        if row is not None and row[0] == made.info.backend_pid:
            made.prepare_threshold, made.prepared_max = _PREPARE_AFTER, _MOST_STATEMENTS
        return made

    def _rested(self) -> Raw | None:
        with self._state:
            return self._idle.pop() if self._idle else None

    def _forget_rested(self) -> None:
        with self._state:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _give_back(self, raw: Raw) -> None:
        if not raw.closed and raw.info.transaction_status is not TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                raw.execute("ROLLBACK", prepare=False)
        if raw.closed or raw.info.transaction_status is not TransactionStatus.IDLE:
            raw.close()
            return
        with self._state:
            if not self._closed:
                self._idle.append(raw)
                return
        raw.close()


def _is_pooled(raw: Raw) -> bool:
    """Say whether a pooler stands between: there is nothing prepared then."""
    return raw.prepare_threshold is None


def _first_rows(raw: Raw, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    with nullcontext() if _is_pooled(raw) else raw.pipeline():
        sent = [raw.execute(to_postgres(sql).encode(), list(values)) for sql, values in statements]
    return [each.fetchone() for each in sent]


def _hand_over(connection: PGconn) -> None:
    """Send all that is queued, taking what is answered meanwhile.

    Before a wait of psycopg's that only reads: with much to send, the server and we would else each wait for
    the other for ever (psycopg issue 685).
    """
    while connection.flush():
        with selectors.DefaultSelector() as selector:
            selector.register(connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            ready = selector.select()
        if any(events & selectors.EVENT_READ for _, events in ready):
            connection.consume_input()


def _scope(scope: str) -> str:
    if not _SCOPE.fullmatch(scope):
        raise StoreFault(what="scope")
    return f"SET LOCAL tandem.patient_key = '{scope}'"


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """PostgreSQL's texts hold no zero byte; nothing that we keep as text means anything by one."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
