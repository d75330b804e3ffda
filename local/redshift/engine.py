"""The engine: one DuckDB file, the catalogue in it, table locks, and statements on their way to an end.

Guarantees: a statement and all its effects are committed together with the record that it FINISHED, so that
kill -9 leaves either both or neither; two writers of a table run one after the other; readers wait only for LOCK.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import operator
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from . import ddl, dml, functions, load, native, results, unload  # noqa: F401 - they register what they know
from .catalogue import Catalogue
from .errors import CANCELLED, ApiError, SqlError, fail_if
from .faults import Faults
from .locks import Locks, Plan, plan
from .session import Session

Row = tuple[str, Sequence[Any]]  # a row of our own tables, as SQL with values
ENDED = ("FINISHED", "FAILED", "ABORTED")
KEPT = 24 * 3600  # seconds that a statement and its result can be asked for
TOKENS = 8 * 3600  # seconds that a ClientToken is remembered


@dataclass
class Part:
    """One SQL text: a statement of its own, or the n-th of a batch."""

    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    rows: int = -1
    size: int = -1
    has_result: bool = False
    query_id: int = 0
    duration: int = -1
    created: float = 0.0
    updated: float = 0.0


@dataclass
class Statement:
    """What DescribeStatement tells of."""

    id: str
    parts: list[Part]
    batch: bool
    request: dict[str, Any]
    created: float
    status: str = "SUBMITTED"
    error: str = ""
    updated: float = 0.0
    duration: int = -1
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def record(self, status: str) -> tuple[str, list[Any]]:
        """The row that keeps the statement as one of this status, as SQL with values. The last one counts."""
        document = {k: v for k, v in self.__dict__.items() if k != "changed"}
        now = {"status": status, "updated": time.time(), "parts": [p.__dict__ for p in self.parts]}
        text = json.dumps({**document, **now})
        return "INSERT INTO _rs.statements VALUES (?, ?, ?)", [self.id, time.time(), text]

    @staticmethod
    def load(text: str) -> Statement:
        document = json.loads(text)
        return Statement(**{**document, "parts": [Part(**p) for p in document["parts"]]})


class Engine:
    """Everything behind the wire. ``s3`` makes a boto3 S3 client; it is called for each COPY and UNLOAD."""

    def __init__(
        self,
        data: Path | str,
        s3: Callable[[], Any],
        *,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        max_active: int = 500,
    ) -> None:
        self.s3, self.on_event, self.max_active = s3, on_event, max_active
        self.faults = Faults()
        self.locks = Locks(self._reading)
        self.statements: dict[str, Statement] = {}
        self.tokens: dict[str, tuple[float, str, str]] = {}
        self.running: dict[str, duckdb.DuckDBPyConnection] = {}
        self.cancelled: set[str] = set()
        self.active: set[str] = set()
        self.load_errors: list[dict[str, Any]] = []
        self.load_history: list[dict[str, Any]] = []
        self._state = threading.RLock()
        self._ending = threading.Lock()  # begin and commit: a snapshot and its catalogue are taken together
        self._pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="statement")
        self._root = duckdb.connect(str(data))
        for setting in ("ieee_floating_point_ops", "autoinstall_known_extensions", "autoload_known_extensions"):
            self._root.execute(f"SET GLOBAL {setting}=false")
        native.install(self._root)
        self.catalogue = self._recover()
        self._query_ids = itertools.count(1000 + int(time.time()) % 10_000_000 * 10)

    # ---------------------------------------------------------------- the file

    def _recover(self) -> Catalogue:
        """The state that was committed. What had not ended by then has failed: none of it is in the file."""
        self._root.execute("""
            CREATE SCHEMA IF NOT EXISTS public;
            CREATE SCHEMA IF NOT EXISTS _rs;
            CREATE TABLE IF NOT EXISTS _rs.catalogue(version BIGINT, doc VARCHAR);
            CREATE TABLE IF NOT EXISTS _rs.statements(id VARCHAR, moment DOUBLE, doc VARCHAR);
            CREATE TABLE IF NOT EXISTS _rs.results(id VARCHAR, page INTEGER, doc VARCHAR);
            CREATE TABLE IF NOT EXISTS _rs.log(kind VARCHAR, doc VARCHAR);
        """)
        oldest = time.time() - KEPT
        gone = "(SELECT id FROM _rs.statements WHERE moment < ?)"
        self._root.execute(f"DELETE FROM _rs.results WHERE split_part(id, ':', 1) IN {gone}", [oldest])
        self._root.execute("DELETE FROM _rs.statements WHERE moment < ?", [oldest])
        for (text,) in self._root.execute("SELECT doc FROM _rs.statements ORDER BY moment").fetchall():
            statement = Statement.load(text)
            self.statements[statement.id] = statement
            if token := statement.request.get("ClientToken"):
                self.tokens[token] = (statement.created, _fingerprint(statement.request), statement.id)
            if statement.status not in ENDED:
                statement.status, statement.error = ("FAILED", "ERROR: the connection was lost when the server stopped")
        for kind, text in self._root.execute("SELECT kind, doc FROM _rs.log").fetchall():
            (self.load_errors if kind == "error" else self.load_history).append(json.loads(text))
        row = self._root.execute("SELECT doc FROM _rs.catalogue ORDER BY version DESC LIMIT 1").fetchone()
        return Catalogue.load(row[0]) if row else Catalogue()

    def _reading(self, words: frozenset[str]) -> frozenset[str]:
        """The words of a statement with those of the views that they name, and so on: what it may read."""
        texts = [r.view for r in self.catalogue.relations.values() if r.view and r.name in words]
        more = words.union(*(plan(text).words for text in texts))
        return words if more == words else self._reading(more)

    def close(self) -> None:
        with self._state:
            for identifier, connection in self.running.items():
                self.cancelled.add(identifier)
                connection.interrupt()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._root.close()

    # ---------------------------------------------------------------- transactions

    def begin(self, session: Session) -> None:
        with self._ending:
            session.connection.execute("BEGIN")
            session.connection.execute("SELECT count(*) FROM _rs.catalogue").fetchall()  # takes the snapshot
            temporary = {k: r for k, r in session.catalogue.relations.items() if r.temporary}
            session.adopt(self.catalogue, temporary)

    def commit(self, session: Session, *rows: Row) -> None:
        """Commit the session's work with rows of our own tables; its catalogue becomes everybody's."""
        connection = session.connection
        with self._ending:
            changed = session.lasting_change(self.catalogue)
            if changed is not None:
                connection.execute("INSERT INTO _rs.catalogue VALUES (?, ?)", [time.time_ns(), changed.dump()])
            for sql, values in (*session.log_rows(), *rows):
                connection.execute(sql, list(values))
            connection.execute("COMMIT")
            if changed is not None:
                self.catalogue = changed
            session.logged()

    # ---------------------------------------------------------------- statements

    def submit(self, request: dict[str, Any], sqls: list[str], *, batch: bool) -> Statement:
        """Accept a statement and start it. ApiError when the service would not take it."""
        now = time.time()
        token = request.get("ClientToken")
        with self._state:
            if token and (known := self.tokens.get(token)) and now - known[0] < TOKENS:
                if known[1] != _fingerprint(request):
                    raise ApiError("ValidationException", "The ClientToken was used before with other parameters")
                return self.statements[known[2]]
            if len(self.active) >= self.max_active:
                too_many = f"Active statements exceeded the allowed quota ({self.max_active})."
                raise ApiError("ActiveStatementsExceededException", too_many)
            identifier = str(uuid.uuid4())
            parts = [Part(sql, query_id=next(self._query_ids), created=now, updated=now) for sql in sqls]
            statement = Statement(identifier, parts, batch, request, now, updated=now)
            self.statements[identifier] = statement
            self.active.add(identifier)
            if token:
                self.tokens[token] = (now, _fingerprint(request), identifier)
        wanted = functools.reduce(operator.or_, map(plan, sqls))
        if wanted.changes:  # known after a kill, even if it had not ended: it has failed then
            self._root.cursor().execute(*statement.record("SUBMITTED"))
        self._pool.submit(self._run, statement, wanted)
        return statement

    def _move(self, statement: Statement, status: str) -> None:
        if status in ENDED:
            self.active.discard(statement.id)
        with statement.changed:
            statement.status, statement.updated = status, time.time()
            statement.changed.notify_all()

    def wait(self, statement: Statement, seconds: float) -> None:
        """Return when the statement has ended, or after ``seconds``."""
        with statement.changed:
            statement.changed.wait_for(lambda: statement.status in ENDED, seconds)

    def _run(self, statement: Statement, wanted: Plan) -> None:
        started = time.perf_counter_ns()
        connection = self._root.cursor()
        session = Session(self, connection, self.catalogue, f"IAM:{statement.request.get('DbUser') or 'dev'}")

        def cancelled() -> bool:
            return statement.id in self.cancelled

        with self._state:
            self.running[statement.id] = connection
        self._move(statement, "PICKED")
        try:
            with self.locks.hold(wanted, cancelled):
                self._move(statement, "STARTED")
                self.faults.during(statement.id, cancelled)
                self.begin(session)
                pages = self._parts(statement, session, cancelled)
                fail_if(cancelled(), CANCELLED)
                statement.duration = time.perf_counter_ns() - started
                self.commit(session, *pages, statement.record("FINISHED"))
                self._move(statement, "FINISHED")
        except Exception as failed:  # whatever went wrong, the statement must end
            statement.duration = time.perf_counter_ns() - started
            self._fail(statement, session, failed)
        finally:
            with self._state:
                self.running.pop(statement.id, None)
                self.cancelled.discard(statement.id)
            connection.close()
        if statement.request.get("WithEvent") and self.on_event:
            self.on_event(results.event(statement))

    def _parts(self, statement: Statement, session: Session, cancelled: Callable[[], bool]) -> list[Row]:
        """Run the parts in order; the rows that keep their results."""
        parameters = {p["name"]: p["value"] for p in statement.request.get("Parameters", [])}
        rows: list[Row] = []
        session.in_block = statement.batch
        for number, part in enumerate(statement.parts, 1):
            fail_if(cancelled(), CANCELLED)
            part.status, clock = "STARTED", time.perf_counter_ns()
            session.query_id = part.query_id
            try:
                outcome = session.execute(part.sql, parameters)
                rows += results.store(f"{statement.id}:{number}" if statement.batch else statement.id, part, outcome)
            except Exception as failed:
                part.status, part.error = "FAILED", _text(failed)
                raise
            finally:
                part.duration, part.updated = time.perf_counter_ns() - clock, time.time()
            part.status = "FINISHED"
        return rows

    def _fail(self, statement: Statement, session: Session, failed: Exception) -> None:
        with contextlib.suppress(duckdb.Error):
            session.connection.rollback()
        status = "ABORTED" if statement.id in self.cancelled else "FAILED"
        reached = next((i for i, p in enumerate(statement.parts) if p.status != "FINISHED"), len(statement.parts))
        for part in statement.parts[reached:]:
            part.status = "ABORTED"
        number = ""
        if reached < len(statement.parts):
            part = statement.parts[reached]
            part.status, part.error = status, part.error or _text(failed)
            if statement.batch and status == "FAILED":
                number = f"Query #{reached + 1} failed with "
        statement.error = number + _text(failed)
        connection = session.connection
        with contextlib.suppress(duckdb.Error):
            connection.execute("BEGIN")
            for sql, values in (*session.log_rows(), statement.record(status)):
                connection.execute(sql, list(values))
            connection.execute("COMMIT")
        session.logged()
        self._move(statement, status)

    def cancel(self, statement: Statement) -> bool:
        with self._state:
            if statement.status in ENDED:
                return False
            self.cancelled.add(statement.id)
            connection = self.running.get(statement.id)
        if connection is not None:
            connection.interrupt()
        return True

    def session(self) -> Session:
        """One that only looks at what exists."""
        return Session(self, self._root, self.catalogue, "")

    def page(self, key: str, page: int) -> str | None:
        sql = "SELECT doc FROM _rs.results WHERE id = ? AND page = ?"
        row = self._root.cursor().execute(sql, [key, page]).fetchone()
        return str(row[0]) if row else None


def _text(failed: Exception) -> str:
    if isinstance(failed, SqlError):
        return str(failed)
    first = str(failed).partition("\n")[0]
    return f"ERROR: internal error of the embedded Redshift: {type(failed).__name__}: {first}"


def _fingerprint(request: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in request.items() if k != "WaitTimeSeconds"}, sort_keys=True)
