"""The engine: one DuckDB file, the catalogue in it, table locks, and statements on their way to an end.

Guarantees: a statement and all its effects are committed together with the record that it FINISHED, so that
kill -9 leaves either both or neither; two writers of a table run one after the other; readers never wait.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from . import native, results
from .catalogue import Catalogue
from .errors import ApiError, SqlError
from .faults import Faults
from .session import Plan, Session, plan
from .transfer import Disagreement

ENDED = ("FINISHED", "FAILED", "ABORTED")
KEPT = 24 * 3600  # seconds that a statement and its result can be asked for
TOKENS = 8 * 3600  # seconds that a ClientToken is remembered
PAGE = 1000  # rows a page of GetStatementResult


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

    def dump(self, **changes: Any) -> str:
        """The statement as JSON, with what is about to become true of it: nobody may see that before the commit."""
        document = {k: v for k, v in self.__dict__.items() if k != "changed"}
        return json.dumps({**document, "parts": [p.__dict__ for p in self.parts], **changes})

    @staticmethod
    def load(text: str) -> Statement:
        document = json.loads(text)
        return Statement(**{**document, "parts": [Part(**p) for p in document["parts"]]})


class Locks:
    """All locks of a transaction are taken at once, before it begins: no deadlock, and no conflict in DuckDB.

    DDL excludes every writer, for the catalogue is one document.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: set[str] = set()
        self._writers = 0
        self._exclusive = False

    @contextlib.contextmanager
    def hold(self, wanted: Plan, cancelled: Callable[[], bool]) -> Iterator[None]:
        if not wanted.writes and not wanted.ddl:
            yield
            return
        with self._changed:
            while self._exclusive or (self._writers if wanted.ddl else wanted.writes & self._held):
                if cancelled():
                    raise SqlError("Query cancelled on user's request")
                self._changed.wait(0.2)
            self._held |= wanted.writes
            self._writers += 1
            self._exclusive = wanted.ddl
        try:
            yield
        finally:
            with self._changed:
                self._held -= wanted.writes
                self._writers -= 1
                self._exclusive = False
                self._changed.notify_all()


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
        self.locks = Locks()
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
        self._root = duckdb.connect(str(data), config={"allow_unsigned_extensions": False})
        for setting in (
            "ieee_floating_point_ops=false",
            "TimeZone='UTC'",
            "autoinstall_known_extensions=false",
            "autoload_known_extensions=false",
        ):
            self._root.execute(f"SET GLOBAL {setting}" if not setting.startswith("TimeZone") else f"SET {setting}")
        native.install(self._root)
        self.catalogue = self._recover()
        self._query_ids = itertools.count(1000 + int(time.time()) % 10_000_000 * 10)

    # ---------------------------------------------------------------- the file

    def _recover(self) -> Catalogue:
        """The state that was committed. What had not ended by then has failed: none of it is in the file."""
        for table in (
            "catalogue(version BIGINT, doc VARCHAR)",
            "statements(id VARCHAR, moment DOUBLE, doc VARCHAR)",
            "results(id VARCHAR, page INTEGER, doc VARCHAR)",
            "log(kind VARCHAR, doc VARCHAR)",
        ):
            self._root.execute("CREATE SCHEMA IF NOT EXISTS _rs")
            self._root.execute(f"CREATE TABLE IF NOT EXISTS _rs.{table}")
        self._root.execute('CREATE SCHEMA IF NOT EXISTS "public"')
        oldest = time.time() - KEPT
        self._root.execute(
            "DELETE FROM _rs.results WHERE split_part(id, ':', 1) IN (SELECT id FROM _rs.statements WHERE moment < ?)",
            [oldest],
        )
        self._root.execute("DELETE FROM _rs.statements WHERE moment < ?", [oldest])
        for (text,) in self._root.execute("SELECT doc FROM _rs.statements ORDER BY moment").fetchall():
            statement = Statement.load(text)
            self.statements[statement.id] = statement
            if token := statement.request.get("ClientToken"):
                self.tokens[token] = (statement.created, _fingerprint(statement.request), statement.id)
        for statement in self.statements.values():
            if statement.status not in ENDED:
                statement.status, statement.error = ("FAILED", "ERROR: the connection was lost when the server stopped")
        for kind, text in self._root.execute("SELECT kind, doc FROM _rs.log").fetchall():
            (self.load_errors if kind == "error" else self.load_history).append(json.loads(text))
        row = self._root.execute("SELECT doc FROM _rs.catalogue ORDER BY version DESC LIMIT 1").fetchone()
        return Catalogue.load(row[0]) if row else Catalogue()

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

    def commit(self, session: Session, *rows: tuple[str, Sequence[Any]]) -> None:
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
                raise ApiError(
                    "ActiveStatementsExceededException",
                    f"Active statements exceeded the allowed quota ({self.max_active}).",
                )
            identifier = str(uuid.uuid4())
            parts = [Part(sql, query_id=next(self._query_ids), created=now, updated=now) for sql in sqls]
            statement = Statement(identifier, parts, batch, request, now, updated=now)
            self.statements[identifier] = statement
            self.active.add(identifier)
            if token:
                self.tokens[token] = (now, _fingerprint(request), identifier)
        if any(wanted != Plan() for wanted in map(plan, sqls)):
            # A statement that may change something is known after a kill, even if it had not ended: it has failed then.
            record = [identifier, now, statement.dump()]
            self._root.cursor().execute("INSERT INTO _rs.statements VALUES (?, ?, ?)", record)
        self._pool.submit(self._run, statement)
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

    def _run(self, statement: Statement) -> None:
        started = time.perf_counter_ns()
        connection = self._root.cursor()
        session = Session(self, connection, self.catalogue, f"IAM:{statement.request.get('DbUser') or 'dev'}")
        with self._state:
            self.running[statement.id] = connection
        self._move(statement, "PICKED")
        try:
            wanted = [plan(part.sql) for part in statement.parts]
            together = Plan(frozenset().union(*(p.writes for p in wanted)), any(p.ddl for p in wanted))
            with self.locks.hold(together, lambda: statement.id in self.cancelled):
                self._move(statement, "STARTED")
                self.faults.during(statement.id, lambda: statement.id in self.cancelled)
                try:
                    self._transaction(statement, session, started)
                except Disagreement:
                    session = self._again(statement, session)
                    self._transaction(statement, session, started)
        except Exception as failed:  # whatever went wrong, the statement must end
            self._fail(statement, session, failed, started)
        finally:
            with self._state:
                self.running.pop(statement.id, None)
                self.cancelled.discard(statement.id)
            connection.close()
        if statement.request.get("WithEvent") and self.on_event:
            self.on_event(results.event(statement))

    def _transaction(self, statement: Statement, session: Session, started: int) -> None:
        self.begin(session)
        parameters = {p["name"]: p["value"] for p in statement.request.get("Parameters") or []}
        pages: list[tuple[str, Sequence[Any]]] = []
        for number, part in enumerate(statement.parts, 1):
            if statement.id in self.cancelled:
                raise SqlError("Query cancelled on user's request")
            part.status, clock = "STARTED", time.perf_counter_ns()
            session.query_id = part.query_id
            try:
                outcome = session.execute(part.sql, parameters)
            except Exception as failed:
                part.status, part.error = "FAILED", _text(failed)
                raise
            finally:
                part.duration, part.updated = time.perf_counter_ns() - clock, time.time()
            part.status = "FINISHED"
            key = f"{statement.id}:{number}" if statement.batch else statement.id
            pages += results.store(key, part, outcome)
        statement.duration = time.perf_counter_ns() - started
        ended = time.time()
        document = statement.dump(status="FINISHED", updated=ended)
        self.commit(session, *pages, ("INSERT INTO _rs.statements VALUES (?, ?, ?)", [statement.id, ended, document]))
        self._move(statement, "FINISHED")

    def _again(self, statement: Statement, session: Session) -> Session:
        """The same statement in a new session, with COPY's careful reader alone."""
        session.connection.rollback()
        connection = self._root.cursor()
        with self._state:
            self.running[statement.id] = connection
        again = Session(self, connection, self.catalogue, session.user)
        again.careful = True
        return again

    def _fail(self, statement: Statement, session: Session, failed: Exception, started: int) -> None:
        with contextlib.suppress(duckdb.Error):
            session.connection.rollback()
        cancelled = statement.id in self.cancelled
        reached = next((i for i, p in enumerate(statement.parts) if p.status != "FINISHED"), len(statement.parts))
        for part in statement.parts[reached + 1 :]:
            part.status = "ABORTED"
        for part in statement.parts[:reached]:
            part.has_result = False
        if reached < len(statement.parts):
            part = statement.parts[reached]
            part.status, part.error = "ABORTED" if cancelled else "FAILED", part.error or _text(failed)
        statement.duration = time.perf_counter_ns() - started
        statement.error = (
            f"Query #{reached + 1} failed with {_text(failed)}" if statement.batch and not cancelled else _text(failed)
        )
        ended = "ABORTED" if cancelled else "FAILED"
        document = statement.dump(status=ended)
        with contextlib.suppress(duckdb.Error):
            rows = session.log_rows()
            session.connection.execute("BEGIN")
            for sql, values in rows:
                session.connection.execute(sql, list(values))
            session.connection.execute(
                "INSERT INTO _rs.statements VALUES (?, ?, ?)", [statement.id, time.time(), document]
            )
            session.connection.execute("COMMIT")
        session.logged()
        self._move(statement, ended)

    def cancel(self, statement: Statement) -> bool:
        with self._state:
            if statement.status in ENDED:
                return False
            self.cancelled.add(statement.id)
            connection = self.running.get(statement.id)
        if connection is not None:
            connection.interrupt()
        return True

    def page(self, key: str, page: int) -> str | None:
        row = (
            self._root.cursor().execute("SELECT doc FROM _rs.results WHERE id = ? AND page = ?", [key, page]).fetchone()
        )
        return str(row[0]) if row else None

    def queries(self) -> Iterator[dict[str, Any]]:
        """Rows of SYS_QUERY_HISTORY."""
        for statement in list(self.statements.values()):
            for part in statement.parts:
                start = dt.datetime.fromtimestamp(part.created, dt.UTC).replace(tzinfo=None)
                end = dt.datetime.fromtimestamp(part.updated, dt.UTC).replace(tzinfo=None)
                status = {"FINISHED": "success", "FAILED": "failed", "ABORTED": "canceled"}.get(part.status, "running")
                yield {
                    "query_id": part.query_id,
                    "query_type": part.sql.split(None, 1)[0].upper() if part.sql.split() else "",
                    "status": status,
                    "start_time": start,
                    "end_time": end,
                    "elapsed_time": max(part.duration, 0) // 1000,
                    "error_message": part.error or None,
                    "returned_rows": max(part.rows, 0),
                    "query_text": part.sql[:4000],
                }


def _text(failed: Exception) -> str:
    if isinstance(failed, SqlError):
        return str(failed)
    first = str(failed).partition("\n")[0]
    return f"ERROR: internal error of the embedded Redshift: {type(failed).__name__}: {first}"


def _fingerprint(request: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in request.items() if k != "WaitTimeSeconds"}, sort_keys=True)
