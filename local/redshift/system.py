"""System views, made from the catalogue and the logs whenever they are read. Only the columns that are documented."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from .binder import Query
from .errors import SqlError, refuse_if
from .syntax import Words
from .types import BOOL, INT4, INT8, TIMESTAMP, Column, Type, literal, quote, varchar

if TYPE_CHECKING:
    from .catalogue import TableColumn
    from .session import Session

NAME, TEXT = varchar(128), varchar(4096)
Row = tuple[Any, ...]
_SYSTEM = ("pg_", "stl_", "stv_", "svl_", "svv_", "svcs_", "stcs_", "sys_")
_Rows = Callable[["Session"], Iterable[Row]]
VIEWS: dict[str, tuple[tuple[Column, ...], _Rows]] = {}


def _view(name: str, columns: str) -> Callable[[_Rows], _Rows]:
    types = {"s": NAME, "t": TEXT, "i": INT4, "l": INT8, "b": BOOL, "z": TIMESTAMP}
    pairs = [c.split(":") for c in columns.split()]
    parsed = tuple(Column(n, types[t] if t in types else Type("bpchar", int(t[1:]))) for n, t in pairs)

    def register(rows: _Rows) -> _Rows:
        VIEWS[name] = (parsed, rows)
        return rows

    return register


def find(session: Session, schema: str, name: str) -> Query | None:
    """The view as a query, or None if no system view has this name."""
    key = name if schema in ("", "pg_catalog") else f"{schema}.{name}"
    if schema == "" and session.catalogue.find("", name) is not None:
        return None
    if key not in VIEWS:
        known = schema in ("pg_catalog", "information_schema", "pg_internal") or name.startswith(_SYSTEM)
        refuse_if(known and session.catalogue.find(schema, name) is None, f"the system view {name}")
        return None
    columns, rows = VIEWS[key]
    named = zip(columns, range(len(columns)), strict=True)
    listed = ", ".join(f"CAST(c{i} AS {c.type.duck}) AS {quote(c.name)}" for c, i in named)
    found = list(rows(session))
    body = ", ".join("(" + ", ".join(map(_cell, row)) + ")" for row in found or [(None,) * len(columns)])
    labels = ", ".join(f"c{i}" for i in range(len(columns)))
    return Query(f"SELECT {listed} FROM (VALUES {body}) AS v({labels}){'' if found else ' WHERE FALSE'}", columns)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value).upper()
    return literal(str(value))


@_view("pg_user", "usename:s usesysid:i usecreatedb:b usesuper:b usecatupd:b passwd:s valuntil:s useconfig:s")
def _pg_user(session: Session) -> Iterable[Row]:
    yield ("rdsdb", 1, True, True, True, "********", None, None)
    yield (session.user, 100, True, True, False, "********", None, None)
    for i, (name, flags) in enumerate(session.catalogue.users.items(), 101):
        yield (name, i, flags["createdb"], flags["createuser"], False, "********", None, None)


@_view("svv_user_info", "user_name:s user_id:i createdb:b superuser:b catalog_update:b connection_limit:s")
def _svv_user_info(session: Session) -> Iterable[Row]:
    for row in _pg_user(session):
        yield (*row[:5], "UNLIMITED")


@_view("svv_roles", "role_id:i role_name:s role_owner:s external_id:s")
def _svv_roles(session: Session) -> Iterable[Row]:
    for i, name in enumerate(session.catalogue.roles, 500_001):
        yield (i, name, session.user, None)


@_view("pg_table_def", "schemaname:s tablename:s column:s type:s encoding:s distkey:b sortkey:i notnull:b")
def _pg_table_def(session: Session) -> Iterable[Row]:
    for table in session.catalogue:
        if not table.view and table.schema in ("public", "pg_temp"):
            for c in table.columns:
                yield (
                    table.schema, table.name, c.name, str(c.type), _encoding(c), c.distkey, c.sortkey, not c.nullable
                )  # fmt: skip


def _encoding(column: TableColumn) -> str:
    """ "Compression encodings": the defaults of ENCODE AUTO."""
    if column.encode:
        return column.encode.replace("raw", "none")
    if column.sortkey or column.type.name in ("bool", "float4", "float8"):
        return "none"
    return "lzo" if column.type.is_string else "az64"


def _shape(t: Type) -> tuple[int | None, int | None, int | None]:
    digits = {"int2": 16, "int4": 32, "int8": 64}.get(t.name, t.size if t.name == "numeric" else None)
    return (t.size if t.is_string else None, digits, t.scale if t.name == "numeric" else 0 if t.is_integer else None)


_COLUMNS = (
    "table_catalog:s table_schema:s table_name:s column_name:s ordinal_position:i column_default:t is_nullable:s"
    " data_type:s character_maximum_length:i numeric_precision:i numeric_scale:i"
)


def _columns(session: Session, *, late: bool) -> Iterable[Row]:
    for r in session.catalogue:
        defaults = {c.name: c.default for c in r.columns}
        for position, c in enumerate(session.columns(r) if late else r.read, 1):
            kind = "numeric" if c.type.name == "numeric" else str(c.type).partition("(")[0]
            named = ("dev", r.schema, r.name, c.name, position)
            yield (*named, defaults.get(c.name) or None, "YES" if c.nullable else "NO", kind, *_shape(c.type))


_view("information_schema.columns", _COLUMNS)(lambda s: _columns(s, late=False))
_view("svv_columns", _COLUMNS + " remarks:t")(lambda s: ((*row, None) for row in _columns(s, late=True)))


@_view("information_schema.tables", "table_catalog:s table_schema:s table_name:s table_type:s")
def _information_tables(session: Session) -> Iterable[Row]:
    for r in session.catalogue:
        yield ("dev", r.schema, r.name, "VIEW" if r.view else "LOCAL TEMPORARY" if r.temporary else "BASE TABLE")


@_view("svv_tables", "table_catalog:s table_schema:s table_name:s table_type:s remarks:t")
def _svv_tables(session: Session) -> Iterable[Row]:
    for r in session.catalogue:
        yield ("dev", r.schema, r.name, "VIEW" if r.view else "BASE TABLE", None)


def _granted(session: Session, mark: str) -> Iterable[tuple[list[str], Row]]:
    """What is granted on objects with this mark in their names: the parts of the name, and to whom."""
    for g in session.catalogue.grants:
        if mark in g["object"]:
            name = g["grantee"].removeprefix("role ")
            kind = "role" if name != g["grantee"] else "public" if name == "public" else "user"
            yield g["object"].split(mark, 1), (g["privilege"], None, name, kind, g["option"] == "true")


_GRANTED = " privilege_type:s identity_id:i identity_name:s identity_type:s admin_option:b"
_view("svv_relation_privileges", "namespace_name:s relation_name:s" + _GRANTED)(
    lambda s: ((*parts, *row) for parts, row in _granted(s, "."))
)
_view("svv_schema_privileges", f"namespace_name:s{_GRANTED} privilege_scope:s")(
    lambda s: ((parts[1], *row, "SCHEMA") for parts, row in _granted(s, "schema "))
)
_view("svv_database_privileges", f"database_name:s{_GRANTED} privilege_scope:s")(
    lambda s: ((parts[1], *row, "DATABASE") for parts, row in _granted(s, "database "))
)


def _members(session: Session, kind: str) -> Iterable[tuple[str, str, bool]]:
    for parts, row in _granted(session, "role "):
        if row[3] == kind:
            yield row[2], parts[1], row[4]


_view("svv_user_grants", "user_name:s role_name:s admin_option:b")(lambda s: _members(s, "user"))
_view("svv_role_grants", "role_name:s granted_role_name:s")(lambda s: (row[:2] for row in _members(s, "role")))


def _logged(name: str, columns: str, rows: Callable[[Session], list[dict[str, Any]]]) -> None:
    """A view over what a log keeps under the names of the view's columns."""
    _view(name, columns)(lambda s: [tuple(row.get(c.name) for c in VIEWS[name][0]) for row in rows(s)])


_logged(
    "sys_load_error_detail",
    "user_id:i query_id:l transaction_id:l session_id:i database_name:c64 table_id:i start_time:z file_name:c256"
    " line_number:l column_name:c127 column_type:c10 column_length:c10 position:i error_code:i error_message:c512",
    attrgetter("engine.load_errors"),
)
_logged(
    "sys_load_history",
    "user_id:i query_id:l transaction_id:l session_id:i database_name:t status:t table_name:t start_time:z"
    " end_time:z duration:l data_source:t file_format:t loaded_rows:l loaded_bytes:l source_file_count:i"
    " source_file_bytes:l file_count_scanned:i file_bytes_scanned:l error_count:l copy_job_id:l",
    attrgetter("engine.load_history"),
)


@_view(
    "sys_query_history",
    "user_id:i query_id:l query_label:t transaction_id:l session_id:i database_name:t query_type:t status:t"
    " result_cache_hit:b start_time:z end_time:z elapsed_time:l queue_time:l execution_time:l error_message:t"
    " returned_rows:l returned_bytes:l query_text:t",
)
def _sys_query_history(session: Session) -> Iterable[Row]:
    ended = {"FINISHED": "success", "FAILED": "failed", "ABORTED": "canceled"}
    for statement in list(session.engine.statements.values()):
        for part in statement.parts:
            start, end = (
                dt.datetime.fromtimestamp(t, dt.UTC).replace(tzinfo=None) for t in (part.created, part.updated)
            )
            spent = max(part.duration, 0) // 1000
            given = (max(part.rows, 0), max(part.size, 0)) if part.has_result else (0, 0)
            yield (
                100, part.query_id, "default", part.query_id, 1, "dev", _query_type(part.sql),
                ended.get(part.status, "running"), False, start, end, spent, 0, spent, part.error or None, *given,
                part.sql[:4000],
            )  # fmt: skip


_QUERY_TYPES = {
    **{word: word for word in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "UNLOAD")},
    **dict.fromkeys(("WITH", "("), "SELECT"),
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "TRUNCATE"), "DDL"),
    **dict.fromkeys(("GRANT", "REVOKE", "LOCK", "ANALYZE", "VACUUM", "SET", "COMMENT"), "UTILITY"),
}


def _query_type(sql: str) -> str:
    with contextlib.suppress(SqlError):
        words = Words(sql)
        said = [words.peek(i) for i in range(len(words.tokens) + 1)]
        made = said[0] == "CREATE" and "TABLE" in said[:4] and "AS" in said
        return "CTAS" if made else _QUERY_TYPES.get(said[0], "OTHER")
    return "OTHER"
