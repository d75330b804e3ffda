"""Results as the Data API gives them: typed fields, column metadata, pages, CSV, and the completion event."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .errors import SqlError
from .types import INTEGERS, Column

if TYPE_CHECKING:
    from .engine import Part, Statement
    from .session import Outcome

PAGE = 1000
MAX_ROW, MAX_RESULT = 64 << 10, 500_000_000  # bytes: "Considerations when calling the Amazon Redshift Data API"


def store(key: str, part: Part, outcome: Outcome) -> list[tuple[str, Sequence[Any]]]:
    """The rows that keep a result, as SQL with values; and what the part tells of it. SqlError if it is too large."""
    part.rows = outcome.changed
    if outcome.columns is None:
        return []
    records = [[cell(v, c) for v, c in zip(row, outcome.columns, strict=True)] for row in outcome.rows]
    sizes = [sum(_size(value) for field in record for value in field.values()) for record in records]
    part.has_result, part.rows, part.size = True, len(records), sum(sizes)
    if max(sizes, default=0) > MAX_ROW or part.size > MAX_RESULT:
        raise SqlError(f"the result is over the limits of the Data API: {MAX_ROW} bytes a row, {MAX_RESULT} in all")
    pages = [records[i : i + PAGE] for i in range(0, len(records), PAGE)] or [[]]
    documents = [json.dumps({"columns": [metadata(c) for c in outcome.columns], "records": page}) for page in pages]
    return [("INSERT INTO _rs.results VALUES (?, ?, ?)", [key, i, d]) for i, d in enumerate(documents)]


def _size(value: Any) -> int:
    return len(value.encode()) if isinstance(value, str) else 8


def cell(value: Any, column: Column) -> dict[str, Any]:
    """One field: decimals, dates and times are strings in the Data API."""
    kind = column.type.name
    if value is None:
        return {"isNull": True}
    if kind == "bool":
        return {"booleanValue": bool(value)}
    if column.type.is_integer:
        return {"longValue": int(value)}
    if kind in ("float4", "float8"):
        return {"doubleValue": float(value)}
    return {"stringValue": text(value, column)}


def text(value: Any, column: Column) -> str:
    kind = column.type.name
    if kind == "numeric":
        return f"{Decimal(value):.{column.type.scale}f}"
    if kind == "bpchar":
        return str(value).ljust(column.type.size)
    if isinstance(value, dt.datetime):
        written = value.isoformat(" ")
        written = written.rstrip("0") if value.microsecond else written
        return written + ("+00" if kind == "timestamptz" else "")
    if kind in ("date", "timestamp", "timestamptz") and isinstance(value, str):
        raise SqlError("date or timestamp out of range")  # DuckDB's text for years beyond 1..9999
    return value.isoformat() if isinstance(value, dt.date) else str(value)


_PRECISION = {**INTEGERS, "float4": 8, "float8": 17, "bool": 1, "date": 13, "timestamp": 29, "timestamptz": 35}


_SCALE = {"timestamp": 6, "timestamptz": 6, "float4": 8, "float8": 17}


def metadata(column: Column) -> dict[str, Any]:
    """ColumnMetadata, as the JDBC driver behind the real service fills it."""
    t = column.type
    return {
        "isCaseSensitive": t.is_string, "isCurrency": False, "isSigned": t.is_numeric, "label": column.name,
        "name": column.name, "nullable": 1 if column.nullable else 0, "precision": t.size or _PRECISION[t.name],
        "scale": t.scale if t.name == "numeric" else _SCALE.get(t.name, 0), "schemaName": column.schema,
        "tableName": column.table, "typeName": t.name, "length": 0,
    }  # fmt: skip


def as_csv(document: dict[str, Any], *, header: bool) -> str:
    """A page for GetStatementResultV2: a header line, then the records, in RFC 4180."""
    lines = [",".join(_quoted(c["label"]) for c in document["columns"])] if header else []
    lines += [",".join(_csv(*next(iter(f.items()))) for f in record) for record in document["records"]]
    return "".join(line + "\r\n" for line in lines)


def _csv(kind: str, value: Any) -> str:
    if kind == "isNull":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(value: str) -> str:
    if value and not any(c in value for c in ',"\r\n'):
        return value
    return '"' + value.replace('"', '""') + '"'


def event(statement: Statement) -> dict[str, Any]:
    """The entry that the Data API puts on the default event bus for WithEvent."""
    detail = {
        "principal": "arn:aws:iam::000000000000:root", "statementName": statement.request.get("StatementName", ""),
        "statementId": statement.id, "redshiftQueryId": statement.parts[0].query_id, "state": statement.status,
        "rows": max(statement.parts[-1].rows, 0), "expireAt": int(statement.created) + 86400,
    }  # fmt: skip
    what = {"Source": "aws.redshift-data", "DetailType": "Redshift Data Statement Status Change"}
    return {**what, "Detail": json.dumps(detail), "Resources": []}
