"""The wire: JSON 1.1 over HTTP, as boto3's ``redshift-data`` client speaks it.

Every answer to something that a client can send is a documented exception; HTTP 500 is left for our own mistakes.
``POST /_faults`` with ``{"kind": …, "count": …, "seconds": …}`` arms a fault, ``DELETE /_faults`` clears them.
"""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from . import results
from .binder import Column
from .engine import ENDED, KEPT, Engine, Statement
from .errors import ApiError, SqlError, invalid, not_found
from .faults import Dropped
from .syntax import tokenize

Request = dict[str, Any]
Answer = dict[str, Any]
MAX_SQL = 100_000
_ID = re.compile(r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?")
_WORKGROUP = re.compile(
    r"[a-z0-9-]{3,63}|arn:aws[a-z-]*:redshift-serverless:[a-z0-9-]+:\d{12}:workgroup/[0-9a-zA-Z/-]+"
)
_CLUSTER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PARAMETER = re.compile(r"[0-9a-zA-Z_]+")


def members(request: Request, **kinds: tuple[type, bool]) -> None:
    """Check types and required members; an unknown member is refused by name."""
    for name, (kind, required) in kinds.items():
        value = request.get(name)
        if value is None:
            if required:
                raise invalid(f"Value null at '{name}' failed to satisfy constraint: Member must not be null")
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ApiError("SerializationException", f"{name} must be of type {kind.__name__}")
    for name in request:
        if name not in kinds:
            raise invalid(f"The embedded Redshift does not know the parameter {name}")


_WHERE = {
    "WorkgroupName": (str, False),
    "ClusterIdentifier": (str, False),
    "Database": (str, False),
    "SecretArn": (str, False),
    "DbUser": (str, False),
}
_SUBMIT = {
    **_WHERE,
    "StatementName": (str, False),
    "WithEvent": (bool, False),
    "Parameters": (list, False),
    "ClientToken": (str, False),
    "ResultFormat": (str, False),
    "SessionKeepAliveSeconds": (int, False),
    "SessionId": (str, False),
    "WaitTimeSeconds": (int, False),
}
_PAGE = {"NextToken": (str, False), "MaxResults": (int, False)}


class Api:
    """The operations. Each takes the request's members and gives the answer's, or raises ApiError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # ---------------------------------------------------------------- statements

    def execute_statement(self, request: Request) -> Answer:
        members(request, Sql=(str, True), **_SUBMIT)
        return self._submit(request, [request["Sql"]], batch=False)

    def batch_execute_statement(self, request: Request) -> Answer:
        members(request, Sqls=(list, True), ExecutionMode=(str, False), **_SUBMIT)
        sqls = request["Sqls"]
        if not 1 <= len(sqls) <= 40:
            raise invalid("Sqls must hold 1 to 40 statements")
        if not all(isinstance(sql, str) for sql in sqls):
            raise ApiError("SerializationException", "Sqls must be a list of strings")
        if request.get("ExecutionMode", "TRANSACTION") != "TRANSACTION":
            raise invalid("The embedded Redshift does not support ExecutionMode AUTO_COMMIT")
        return self._submit(request, sqls, batch=True)

    def _submit(self, request: Request, sqls: list[str], *, batch: bool) -> Answer:
        _place(request)
        for sql in sqls:
            if not sql.strip():
                raise invalid("SQL must not be empty")
            if len(sql.encode()) > MAX_SQL:
                raise invalid(f"Sql exceeds the maximum of {MAX_SQL} bytes")
        _settings(request)
        _parameters(request.get("Parameters"), sqls)
        wait = _wait(request)
        statement = self.engine.submit(request, sqls, batch=batch)
        self.engine.faults.after_submit()
        if wait:
            self.engine.wait(statement, wait)
        answer = {"Id": statement.id, "CreatedAt": statement.created, "Database": request["Database"], "DbGroups": []}
        for name in ("WorkgroupName", "ClusterIdentifier", "SecretArn", "DbUser"):
            if request.get(name):
                answer[name] = request[name]
        if wait:
            answer |= {
                "Status": statement.status,
                "HasResultSet": statement.status == "FINISHED" and any(p.has_result for p in statement.parts),
            }
        return answer

    def _statement(self, identifier: str) -> tuple[Statement, int]:
        """The statement and the number of the part that an id names (0: the whole)."""
        if not _ID.fullmatch(identifier):
            raise invalid(f"Id {identifier!r} does not match the pattern of a statement id")
        base, _, number = identifier.partition(":")
        statement = self.engine.statements.get(base)
        if statement is None or statement.created < time.time() - KEPT:
            raise not_found("Query does not exist.", identifier)
        part = int(number) if number else 0
        if number and not (statement.batch and 1 <= part <= len(statement.parts)):
            raise not_found("Query does not exist.", identifier)
        return statement, part

    def describe_statement(self, request: Request) -> Answer:
        members(request, Id=(str, True), WaitTimeSeconds=(int, False))
        statement, number = self._statement(request["Id"])
        self.engine.wait(statement, _wait(request))
        with statement.changed:
            parts = statement.parts
            answer: Answer = {
                "Id": request["Id"],
                "Status": statement.status,
                "CreatedAt": statement.created,
                "UpdatedAt": statement.updated,
                "Duration": statement.duration,
                "RedshiftPid": 1,
                "RedshiftQueryId": parts[0].query_id if not statement.batch else 0,
                "ResultRows": parts[-1].rows if not statement.batch else -1,
                "ResultSize": parts[-1].size if not statement.batch else -1,
                "HasResultSet": statement.status == "FINISHED" and any(p.has_result for p in parts),
                "ResultFormat": statement.request.get("ResultFormat", "JSON"),
            }
            if number:
                shown = _part(statement, number)
                answer |= {k: v for k, v in shown.items() if k != "Id"}
            elif not statement.batch:
                answer["QueryString"] = parts[0].sql
            if statement.batch and not number:
                answer["SubStatements"] = [_part(statement, i) for i in range(1, len(parts) + 1)]
            if statement.error and not number:
                answer["Error"] = statement.error
        if statement.request.get("Parameters"):
            answer["QueryParameters"] = statement.request["Parameters"]
        for name in ("Database", "DbUser", "SecretArn", "WorkgroupName", "ClusterIdentifier"):
            if statement.request.get(name):
                answer[name] = statement.request[name]
        return answer

    def cancel_statement(self, request: Request) -> Answer:
        members(request, Id=(str, True))
        statement, _ = self._statement(request["Id"])
        if not self.engine.cancel(statement):
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: {request['Id']}"
            )
        return {"Status": True}

    def list_statements(self, request: Request) -> Answer:
        members(
            request,
            StatementName=(str, False),
            Status=(str, False),
            RoleLevel=(bool, False),
            Database=(str, False),
            WorkgroupName=(str, False),
            ClusterIdentifier=(str, False),
            **_PAGE,
        )
        status = request.get("Status", "ALL")
        if status not in ("ALL", "SUBMITTED", "PICKED", "STARTED", *ENDED):
            raise invalid(f"Status {status!r} is not a status")
        prefix = request.get("StatementName", "")
        found = [
            s
            for s in sorted(self.engine.statements.values(), key=lambda s: -s.created)
            if status in ("ALL", s.status)
            and s.request.get("StatementName", "").startswith(prefix)
            and all(
                request.get(k) in (None, s.request.get(k)) for k in ("Database", "WorkgroupName", "ClusterIdentifier")
            )
        ]
        chosen, token = _page(found, request, 100)
        return {"Statements": [_listed(s) for s in chosen], **token}

    def get_statement_result(self, request: Request) -> Answer:
        page, total, token, _ = self._result(request, "JSON")
        return {"Records": page["records"], "ColumnMetadata": page["columns"], "TotalNumRows": total, **token}

    def get_statement_result_v2(self, request: Request) -> Answer:
        page, total, token, first = self._result(request, "CSV")
        text = results.as_csv(page, header=first)
        return {
            "Records": [{"CSVRecords": text}],
            "ColumnMetadata": page["columns"],
            "TotalNumRows": total,
            "ResultFormat": "CSV",
            **token,
        }

    def _result(self, request: Request, wanted: str) -> tuple[Answer, int, Answer, bool]:
        members(request, Id=(str, True), NextToken=(str, False), WaitTimeSeconds=(int, False))
        statement, number = self._statement(request["Id"])
        self.engine.wait(statement, _wait(request))
        if statement.status != "FINISHED":
            raise not_found(
                "Query does not have result. Please check query status with DescribeStatement.", request["Id"]
            )
        if statement.request.get("ResultFormat", "JSON") != wanted:
            raise invalid(f"The result of this statement is in another format than {wanted}")
        if statement.batch and not number:
            raise not_found(
                "Query does not have result. Please check query status with DescribeStatement.", request["Id"]
            )
        part = statement.parts[max(number - 1, 0)]
        if not part.has_result:
            raise not_found(
                "Query does not have result. Please check query status with DescribeStatement.", request["Id"]
            )
        at = _position(request.get("NextToken"))
        stored = self.engine.page(request["Id"], at)
        if stored is None:
            raise invalid("NextToken is not valid")
        token = {"NextToken": _token(at + 1)} if (at + 1) * results.PAGE < part.rows else {}
        return json.loads(stored), part.rows, token, at == 0

    # ---------------------------------------------------------------- what exists

    def list_databases(self, request: Request) -> Answer:
        members(request, **_WHERE, **_PAGE)
        _place(request)
        return {"Databases": ["dev"]}

    def list_schemas(self, request: Request) -> Answer:
        members(request, ConnectedDatabase=(str, False), SchemaPattern=(str, False), **_WHERE, **_PAGE)
        _place(request)
        names = sorted({*self.engine.catalogue.schemas, "information_schema", "pg_catalog"})
        found = [n for n in names if _like(n, request.get("SchemaPattern"))]
        chosen, token = _page(found, request, 1000)
        return {"Schemas": chosen, **token}

    def list_tables(self, request: Request) -> Answer:
        members(
            request,
            ConnectedDatabase=(str, False),
            SchemaPattern=(str, False),
            TablePattern=(str, False),
            **_WHERE,
            **_PAGE,
        )
        _place(request)
        found = [
            {"name": r.name, "schema": r.schema, "type": "VIEW" if r.view else "TABLE"}
            for r in self.engine.catalogue
            if _like(r.schema, request.get("SchemaPattern")) and _like(r.name, request.get("TablePattern"))
        ]
        chosen, token = _page(found, request, 1000)
        return {"Tables": chosen, **token}

    def describe_table(self, request: Request) -> Answer:
        members(request, ConnectedDatabase=(str, False), Schema=(str, False), Table=(str, False), **_WHERE, **_PAGE)
        _place(request)
        if not request.get("Table"):
            raise invalid("Table must be given")
        found = self.engine.catalogue.find(request.get("Schema", "").lower(), request["Table"].lower())
        if found is None:
            return {"ColumnList": [], "TableName": request["Table"]}
        columns = [
            {
                **results.metadata(Column(c.name, c.type, c.nullable, found.name, found.schema)),
                **({"columnDefault": c.default} if c.default else {}),
            }
            for c in found.columns
        ]
        chosen, token = _page(columns, request, 1000)
        return {"TableName": found.name, "ColumnList": chosen, **token}


OPERATIONS: dict[str, Callable[[Api, Request], Answer]] = {
    "ExecuteStatement": Api.execute_statement,
    "BatchExecuteStatement": Api.batch_execute_statement,
    "DescribeStatement": Api.describe_statement,
    "CancelStatement": Api.cancel_statement,
    "ListStatements": Api.list_statements,
    "GetStatementResult": Api.get_statement_result,
    "GetStatementResultV2": Api.get_statement_result_v2,
    "ListDatabases": Api.list_databases,
    "ListSchemas": Api.list_schemas,
    "ListTables": Api.list_tables,
    "DescribeTable": Api.describe_table,
}


def _place(request: Request) -> None:
    """Exactly one of a workgroup and a cluster, and the one database that there is."""
    workgroup, cluster = request.get("WorkgroupName"), request.get("ClusterIdentifier")
    if bool(workgroup) == bool(cluster):
        raise invalid("Exactly one of WorkgroupName and ClusterIdentifier must be given")
    if workgroup and not _WORKGROUP.fullmatch(workgroup):
        raise invalid(f"WorkgroupName {workgroup!r} does not match its pattern")
    if cluster and not (_CLUSTER.fullmatch(cluster) and len(cluster) <= 63):
        raise invalid(f"ClusterIdentifier {cluster!r} does not match its pattern")
    database = request.get("Database")
    if not database:
        raise invalid("Database must be given")
    if database != "dev":
        raise invalid(f'FATAL: database "{database}" does not exist')


def _settings(request: Request) -> None:
    for name in ("SessionId", "SessionKeepAliveSeconds"):
        if request.get(name):
            raise invalid(f"The embedded Redshift does not support {name}")
    if not 1 <= len(request.get("ClientToken") or "x") <= 64:
        raise invalid("ClientToken must have 1 to 64 characters")
    if len(request.get("StatementName") or "") > 2048:
        raise invalid("StatementName must have at most 2048 characters")
    if request.get("ResultFormat", "JSON") not in ("JSON", "CSV"):
        raise invalid("ResultFormat must be JSON or CSV")


def _parameters(parameters: list[Any] | None, sqls: list[str]) -> None:
    """Names are words, values are not empty, and each is used by at least one statement."""
    if parameters is None:
        return
    if not parameters:
        raise invalid("Parameters must not be empty")
    names = {_parameter(p) for p in parameters}
    if len(names) < len(parameters):
        raise invalid("A parameter is given twice")
    used = set()
    for sql in sqls:
        with contextlib.suppress(SqlError):
            pairs = itertools.pairwise(tokenize(sql))
            used |= {b.text for a, b in pairs if a.text == ":" and a.end + 1 == b.start}
    if unused := names - used:
        raise invalid(f"Parameters {', '.join(sorted(unused))} are not used in the SQL")


def _parameter(p: Any) -> str:
    if not isinstance(p, dict) or not isinstance(p.get("name"), str) or not isinstance(p.get("value"), str):
        raise ApiError("SerializationException", "Parameters must be a list of {name, value}")
    if not _PARAMETER.fullmatch(p["name"]):
        raise invalid(f"Parameter name {p['name']!r} does not match its pattern")
    if not p["value"]:
        raise invalid(f"Parameter {p['name']}: value must have at least one character")
    return str(p["name"])


def _wait(request: Request) -> int:
    wait = request.get("WaitTimeSeconds", 0)
    if "WaitTimeSeconds" in request and not 1 <= wait <= 30:
        raise invalid("WaitTimeSeconds must be between 1 and 30")
    return int(wait)


def _part(statement: Statement, number: int) -> Answer:
    part = statement.parts[number - 1]
    finished = statement.status == "FINISHED"
    shown: Answer = {
        "Id": f"{statement.id}:{number}",
        "Status": part.status,
        "CreatedAt": part.created,
        "UpdatedAt": part.updated,
        "Duration": part.duration,
        "QueryString": part.sql,
        "ResultRows": part.rows,
        "ResultSize": part.size,
        "RedshiftQueryId": part.query_id,
        "HasResultSet": finished and part.has_result,
    }
    return {**shown, "Error": part.error} if part.error else shown


def _listed(s: Statement) -> Answer:
    shown: Answer = {
        "Id": s.id,
        "Status": s.status,
        "CreatedAt": s.created,
        "UpdatedAt": s.updated,
        "IsBatchStatement": s.batch,
        "StatementName": s.request.get("StatementName", ""),
        "ResultFormat": s.request.get("ResultFormat", "JSON"),
    }
    if s.request.get("Parameters"):
        shown["QueryParameters"] = s.request["Parameters"]
    return {**shown, "QueryStrings": [p.sql for p in s.parts]} if s.batch else {**shown, "QueryString": s.parts[0].sql}


def _token(at: int) -> str:
    return base64.urlsafe_b64encode(f"page:{at}".encode()).decode()


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, at = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "page":
            return int(at)
    except ValueError:
        pass
    raise invalid("NextToken is not valid")


def _page[T](found: list[T], request: Request, limit: int) -> tuple[list[T], Answer]:
    size = request.get("MaxResults") or limit
    if not 0 <= size <= limit:
        raise invalid(f"MaxResults must be between 0 and {limit}")
    at = _position(request.get("NextToken"))
    more = {"NextToken": _token(at + size)} if at + size < len(found) else {}
    return found[at : at + size], more


def _like(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatch.fnmatchcase(name, pattern.replace("%", "*").replace("_", "?"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    api: ClassVar[Api]

    def do_GET(self) -> None:
        self._answer(200, {"status": "running"} if self.path == "/_health" else {})

    def do_DELETE(self) -> None:
        self.api.engine.faults.clear()
        self._answer(200, {})

    def do_POST(self) -> None:
        try:
            answer = self._dispatch(self._body())
        except Dropped:
            self.close_connection = True
            return
        except ApiError as refused:
            body = {"__type": refused.code, "message": str(refused), "Message": str(refused), **refused.members}
            self._answer(refused.status, body, refused.code)
            return
        except Exception as broken:  # the server goes on, and says that this was its own mistake
            self._answer(
                500,
                {"__type": "InternalServerException", "Message": f"{type(broken).__name__}: {broken}"},
                "InternalServerException",
            )
            return
        self._answer(200, answer)

    def _body(self) -> Any:
        length = self.headers.get("Content-Length", "0")
        raw = self.rfile.read(int(length)) if length.isdecimal() else b""
        try:
            return json.loads(raw or b"{}")
        except (ValueError, RecursionError):
            raise ApiError("SerializationException", "The request is not JSON in UTF-8") from None

    def _dispatch(self, request: Any) -> Answer:
        if not isinstance(request, dict):
            raise ApiError("SerializationException", "The request must be a JSON object")
        if self.path == "/_faults":
            return self._arm(request)
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if service != "RedshiftData" or operation not in OPERATIONS:
            raise ApiError(
                "UnknownOperationException",
                f"The embedded Redshift does not know the operation {operation or service!r}",
            )
        self.api.engine.faults.before(operation)
        return OPERATIONS[operation](self.api, request)

    def _arm(self, request: Request) -> Answer:
        try:
            self.api.engine.faults.arm(
                str(request["kind"]), count=int(request.get("count", 1)), seconds=float(request.get("seconds", 0))
            )
        except (KeyError, ValueError, TypeError) as wrong:
            raise invalid(f"not a fault: {wrong}") from None
        return {}

    def _answer(self, status: int, body: Answer, error: str = "") -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet: the client sees every answer."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Server:
    """The emulator, for the command line and in-process for tests. Listens on the loopback only.

    >>> with Server(folder / "redshift.duckdb", s3=lambda: boto3.client("s3")) as server:
    ...     client = boto3.client("redshift-data", endpoint_url=server.url)
    """

    def __init__(
        self,
        data: Path | str,
        s3: Callable[[], Any],
        *,
        port: int = 0,
        on_event: Callable[[Answer], None] | None = None,
        max_active: int = 500,
    ) -> None:
        self.engine = Engine(data, s3, on_event=on_event, max_active=max_active)
        self.faults = self.engine.faults
        handler = type("BoundHandler", (Handler,), {"api": Api(self.engine)})
        self._listener = _Listener(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="redshift", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self.engine.close()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
