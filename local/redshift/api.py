"""The operations of the Data API: what each takes, answers and refuses.

A request is held to the service's own model, which botocore ships: types, required members, lengths, patterns and
allowed values are those of the API reference. What the model allows and this emulator does not do is refused by name.
"""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import gzip
import itertools
import json
import re
import time
from collections.abc import Callable, Iterable
from importlib import resources
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from . import results
from .engine import KEPT, Engine, Part, Statement
from .errors import ApiError, SqlError, invalid, not_found
from .syntax import tokenize

if TYPE_CHECKING:
    from .types import Column

Request = dict[str, Any]
Answer = dict[str, Any]
MAX_SQL = 100_000
# The file itself: botocore's own reader of it imports an HTTP client, which would double the start.
_MODEL = resources.files("botocore") / "data/redshift-data/2019-12-20/service-2.json.gz"
_SERVICE = json.loads(gzip.decompress(_MODEL.read_bytes()))
_SHAPES: dict[str, dict[str, Any]] = _SERVICE["shapes"]
_PYTHON = {"string": str, "integer": int, "boolean": bool, "list": list, "structure": dict}
_ECHOED = ("Database", "DbUser", "SecretArn", "WorkgroupName", "ClusterIdentifier")
_SYSTEM_SCHEMAS = ("information_schema", "pg_catalog", "pg_internal")
_NO_RESULT = "Query does not have result. Please check query status with DescribeStatement."


class Api:
    """Each operation takes the members of a checked request and gives those of the answer, or raises ApiError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def call(self, operation: str, request: Any) -> Answer:
        if operation not in OPERATIONS:
            raise ApiError(
                "UnknownOperationException", f"The embedded Redshift does not support the operation {operation!r}"
            )
        self.engine.faults.before(operation)
        request = checked(operation, request)
        _place(operation, request)
        return OPERATIONS[operation](self, request)

    # ---------------------------------------------------------------- statements

    def execute_statement(self, request: Request) -> Answer:
        return self._submit(request, [request["Sql"]], batch=False)

    def batch_execute_statement(self, request: Request) -> Answer:
        return self._submit(request, request["Sqls"], batch=True)

    def _submit(self, request: Request, sqls: list[str], *, batch: bool) -> Answer:
        for name in ("SessionId", "SessionKeepAliveSeconds"):
            if request.get(name):
                raise invalid(f"The embedded Redshift does not support {name}")
        if request.get("ExecutionMode") == "AUTO_COMMIT":
            raise invalid("The embedded Redshift does not support ExecutionMode AUTO_COMMIT")
        for sql in sqls:
            if not sql.strip():
                raise invalid("SQL must not be empty")
            if len(sql.encode()) > MAX_SQL:
                raise invalid(f"Sql exceeds the maximum of {MAX_SQL} bytes")
        _parameters(request.get("Parameters", []), sqls)
        statement = self.engine.submit(request, sqls, batch=batch)
        self.engine.faults.after_submit()
        answer = {"Id": statement.id, "CreatedAt": statement.created, "DbGroups": [], **_echo(request)}
        if "WaitTimeSeconds" in request:
            self.engine.wait(statement, request["WaitTimeSeconds"])
            answer |= {"Status": statement.status, "HasResultSet": _has_result(statement, statement.parts)}
        return answer

    def _statement(self, request: Request) -> tuple[Statement, Part | None]:
        """The statement, when it has ended or been waited for, and its part, if the id names one."""
        identifier = request["Id"]
        base, _, number = identifier.partition(":")
        statement = self.engine.statements.get(base)
        if statement is None or statement.created < time.time() - KEPT:
            raise not_found("Query does not exist.", identifier)
        self.engine.wait(statement, request.get("WaitTimeSeconds", 0))
        if not number:
            return statement, None
        if not (statement.batch and 1 <= int(number) <= len(statement.parts)):
            raise not_found("Query does not exist.", identifier)
        return statement, statement.parts[int(number) - 1]

    def describe_statement(self, request: Request) -> Answer:
        statement, part = self._statement(request)
        with statement.changed:
            answer = _part(statement, part) if part else _whole(statement)
        asked = statement.request
        if "Parameters" in asked:
            answer["QueryParameters"] = asked["Parameters"]
        shown = {"ResultFormat": asked.get("ResultFormat", "JSON"), "RedshiftPid": 1, "Id": request["Id"]}
        return {**_echo(asked), **answer, **shown}

    def cancel_statement(self, request: Request) -> Answer:
        statement, _ = self._statement(request)
        if not self.engine.cancel(statement):
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: {request['Id']}"
            )
        return {"Status": True}

    def list_statements(self, request: Request) -> Answer:
        """ "By default, only finished statements are shown.\""""
        status = request.get("Status", "FINISHED")
        found = [
            s
            for s in sorted(self.engine.statements.values(), key=lambda s: -s.created)
            if status in ("ALL", s.status)
            and s.created >= time.time() - KEPT
            and s.request.get("StatementName", "").startswith(request.get("StatementName", ""))
            and all(request.get(k) in (None, s.request.get(k)) for k in _ECHOED)
        ]
        return _page("Statements", [_listed(s) for s in found], request, 100)

    def get_statement_result(self, request: Request) -> Answer:
        page, answer = self._result(request, "JSON")
        return {**answer, "Records": page["records"]}

    def get_statement_result_v2(self, request: Request) -> Answer:
        page, answer = self._result(request, "CSV")
        text = results.as_csv(page, header=not request.get("NextToken"))
        return {**answer, "Records": [{"CSVRecords": text}], "ResultFormat": "CSV"}

    def _result(self, request: Request, wanted: str) -> tuple[Answer, Answer]:
        """A stored page, and the members that both formats have."""
        statement, part = self._statement(request)
        if part is None and not statement.batch:
            part = statement.parts[0]
        if part is None or not _has_result(statement, [part]):
            raise not_found(_NO_RESULT, request["Id"])
        if statement.request.get("ResultFormat", "JSON") != wanted:
            raise invalid(f"The ResultFormat of this statement is not {wanted}")
        at = _position(request)
        stored = self.engine.page(request["Id"], at)
        if stored is None:
            raise invalid("NextToken is not valid")
        page = json.loads(stored)
        answer: Answer = {"ColumnMetadata": page["columns"], "TotalNumRows": part.rows}
        if (at + 1) * results.PAGE < part.rows:
            answer["NextToken"] = _token(at + 1)
        return page, answer

    # ---------------------------------------------------------------- what exists

    def list_databases(self, request: Request) -> Answer:
        return _page("Databases", ["dev"], request, 1000)

    def list_schemas(self, request: Request) -> Answer:
        names = sorted({*self.engine.catalogue.schemas, *_SYSTEM_SCHEMAS})
        return _page("Schemas", [n for n in names if _like(n, request.get("SchemaPattern"))], request, 1000)

    def list_tables(self, request: Request) -> Answer:
        _listed_schema(request.get("SchemaPattern"))
        found = [
            {"name": r.name, "schema": r.schema, "type": "VIEW" if r.view else "TABLE"}
            for r in self.engine.catalogue
            if _like(r.schema, request.get("SchemaPattern")) and _like(r.name, request.get("TablePattern"))
        ]
        return _page("Tables", found, request, 1000)

    def describe_table(self, request: Request) -> Answer:
        """Without a table or a schema, the columns of all that match."""
        _listed_schema(request.get("Schema"))
        columns, session = [], self.engine.session()
        for r in session.catalogue:
            if r.schema == request.get("Schema", r.schema).lower() and r.name == request.get("Table", r.name).lower():
                defaults = {c.name: c.default for c in r.columns}
                columns += [_described(c, defaults.get(c.name, "")) for c in session.columns(r)]
        named = {"TableName": request["Table"]} if "Table" in request else {}
        return {**named, **_page("ColumnList", columns, request, 1000)}


OPERATIONS: dict[str, Callable[[Api, Request], Answer]] = {
    name: getattr(Api, xform_name(name)) for name in _SERVICE["operations"] if hasattr(Api, xform_name(name))
}


# -------------------------------------------------------------------- requests


def checked(operation: str, request: Any) -> Request:
    """The request without its null members, if it fits the model. ApiError says all that does not fit."""
    problems: list[str] = []
    _check(_SERVICE["operations"][operation]["input"]["shape"], request, "", problems)
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise invalid(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")
    return {name: value for name, value in request.items() if value is not None}


def _check(name: str, value: Any, at: str, problems: list[str]) -> None:
    """Hold a value to a shape of the model. A wrong type ends it at once; everything else is collected."""
    shape = _SHAPES[name]
    kind = _PYTHON[shape["type"]]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ApiError("SerializationException", f"{at or 'The request'} must be of type {shape['type']}")
    if isinstance(value, dict):
        _check_members(shape, value, f"{at}." if at else "", problems)
        return
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            _check(shape["member"]["shape"], item, f"{at}.{number}.member", problems)
    if isinstance(value, str) and not _is_text(value):
        raise ApiError("SerializationException", f"{at} holds a character that no text holds")
    said = f"Value '{str(value)[:100]}' at '{at}' failed to satisfy constraint: Member must"
    problems.extend(f"{said} {rule}" for rule in _broken_rules(shape, value))


def _check_members(shape: dict[str, Any], given: dict[str, Any], prefix: str, problems: list[str]) -> None:
    for name in given:
        if name not in shape["members"]:
            raise invalid(f"The embedded Redshift does not know the parameter {name}")
    for name, member in shape["members"].items():
        at = f"{prefix}{name[0].lower()}{name[1:]}"
        if given.get(name) is not None:
            _check(member["shape"], given[name], at, problems)
        elif name in shape.get("required", ()):
            problems.append(f"Value null at '{at}' failed to satisfy constraint: Member must not be null")


def _broken_rules(rules: dict[str, Any], value: Any) -> Iterable[str]:
    size, what = (value, "value") if isinstance(value, int) else (len(value), "length")
    if size < rules.get("min", size):
        yield f"have {what} greater than or equal to {rules['min']}"
    if size > rules.get("max", size):
        yield f"have {what} less than or equal to {rules['max']}"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        yield f"satisfy regular expression pattern: {rules['pattern']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"satisfy enum value set: [{', '.join(rules['enum'])}]"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return "\0" not in value


def _place(operation: str, request: Request) -> None:
    """A workgroup or a cluster, and the one database that there is; ListStatements can do without."""
    members = _SHAPES[_SERVICE["operations"][operation]["input"]["shape"]]["members"]
    if "WorkgroupName" in request and "ClusterIdentifier" in request:
        raise invalid("Only one of WorkgroupName and ClusterIdentifier can be given")
    if "WorkgroupName" not in members or operation == "ListStatements":
        return
    if "WorkgroupName" not in request and "ClusterIdentifier" not in request:
        raise invalid("One of WorkgroupName and ClusterIdentifier must be given")
    if "Database" not in request:
        raise invalid("Database must be given")
    for name in ("Database", "ConnectedDatabase"):
        if request.get(name, "dev") != "dev":
            raise invalid(f'FATAL: database "{request[name]}" does not exist')


def _listed_schema(name: str | None) -> None:
    if name in _SYSTEM_SCHEMAS:
        raise invalid(f"The embedded Redshift does not list the tables of {name}")


def _parameters(parameters: list[dict[str, str]], sqls: list[str]) -> None:
    """ "Each provided parameter must be referenced by at least one SQL statement": not in quotes, not in comments."""
    names = [p["name"] for p in parameters]
    if len(set(names)) < len(names):
        raise invalid("A parameter is given twice")
    used = set()
    for sql in sqls:
        with contextlib.suppress(SqlError):
            pairs = itertools.pairwise(tokenize(sql))
            used |= {b.text for a, b in pairs if a.text == ":" and a.end + 1 == b.start}
    if unused := [n for n in names if n not in used]:
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: [{', '.join(unused)}]")


def _like(name: str, pattern: str | None) -> bool:
    """ "%" is any text and "_" any one character; nothing else is special."""
    if pattern is None:
        return True
    glob = "".join({"%": "*", "_": "?"}.get(c, f"[{c}]" if c in "*?[" else c) for c in pattern)
    return fnmatch.fnmatchcase(name, glob)


def _token(at: int) -> str:
    return base64.urlsafe_b64encode(f"page:{at}".encode()).decode()


def _position(request: Request) -> int:
    token = request.get("NextToken")
    if not token:
        return 0
    with contextlib.suppress(ValueError):
        word, _, at = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "page" and at.isdecimal():
            return int(at)
    raise invalid("NextToken is not valid")


# -------------------------------------------------------------------- answers


def _page(name: str, found: list[Any], request: Request, limit: int) -> Answer:
    size = request.get("MaxResults") or limit
    at = _position(request)
    more = {"NextToken": _token(at + size)} if at + size < len(found) else {}
    return {name: found[at : at + size], **more}


def _echo(request: Request) -> Answer:
    return {name: request[name] for name in _ECHOED if name in request}


def _has_result(statement: Statement, parts: list[Part]) -> bool:
    return statement.status == "FINISHED" and any(p.has_result for p in parts)


def _told(of: Statement | Part, **more: Any) -> Answer:
    """What a statement and a part of one tell alike."""
    answer = {"Status": of.status, "CreatedAt": of.created, "UpdatedAt": of.updated, "Duration": of.duration, **more}
    return {**answer, "Error": of.error} if of.error else answer


def _whole(statement: Statement) -> Answer:
    """A batch tells the sums of its parts."""
    parts, done = statement.parts, statement.status == "FINISHED"
    sums = {"ResultRows": _sum(p.rows for p in parts if done), "ResultSize": _sum(p.size for p in parts if done)}
    answer = _told(statement, HasResultSet=_has_result(statement, parts), **sums)
    if not statement.batch:
        return {**answer, "RedshiftQueryId": parts[0].query_id, "QueryString": parts[0].sql}
    numbered = [{**_part(statement, p), "Id": f"{statement.id}:{i}"} for i, p in enumerate(parts, 1)]
    return {**answer, "RedshiftQueryId": 0, "ExecutionMode": "TRANSACTION", "SubStatements": numbered}


def _sum(figures: Iterable[int]) -> int:
    known = [f for f in figures if f >= 0]
    return sum(known) if known else -1


def _part(statement: Statement, part: Part) -> Answer:
    figures = {"ResultRows": part.rows, "ResultSize": part.size, "HasResultSet": _has_result(statement, [part])}
    return _told(part, QueryString=part.sql, RedshiftQueryId=part.query_id, **figures)


def _listed(statement: Statement) -> Answer:
    asked = statement.request
    answer = {
        "Id": statement.id, "Status": statement.status, "CreatedAt": statement.created, "UpdatedAt": statement.updated,
        "IsBatchStatement": statement.batch, "ResultFormat": asked.get("ResultFormat", "JSON"),
    }  # fmt: skip
    given = {"StatementName": "StatementName", "SecretArn": "SecretArn", "Parameters": "QueryParameters"}
    answer |= {shown: asked[member] for member, shown in given.items() if member in asked}
    texts = [p.sql for p in statement.parts]
    return {**answer, **({"QueryStrings": texts} if statement.batch else {"QueryString": texts[0]})}


def _described(column: Column, default: str) -> Answer:
    """A column of a table: its length is its precision, and it has no label."""
    answer = results.metadata(column)
    answer["length"] = answer["precision"]
    del answer["label"]
    return {**answer, "columnDefault": default} if default else answer
