"""One session: statements run in one transaction over DuckDB and the catalogue."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from . import casts, system
from .binder import Binder, Clock, Query, swapped
from .errors import CANCELLED, Refused, SqlError, fail_if, refuse_if
from .locks import READS
from .syntax import Words, exotic, main_verb, parse, tokenize
from .types import Column, literal, quote

if TYPE_CHECKING:
    from .catalogue import Catalogue, TableColumn
    from .catalogue import Relation as Table
    from .engine import Engine


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: rows of Python values under ``columns`` (none if it is no query), or rows changed."""

    columns: tuple[Column, ...] | None = None
    rows: tuple[tuple[Any, ...], ...] = ()
    changed: int = -1


STATEMENTS: dict[str, Callable[[Session, Words, str], Outcome | None]] = {}  # by first word


class Session:
    """Runs statements on one DuckDB connection. The caller begins and ends its transactions."""

    def __init__(self, engine: Engine, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, user: str) -> None:
        self.engine, self.connection, self.catalogue, self.user = engine, connection, catalogue, user
        self.began = self.now()
        self.parameters: Mapping[str, str] = {}
        self.clock = Clock(self.began, self.began, user)
        self.log: list[tuple[str, dict[str, Any]]] = []  # load errors and history: they outlive a failed transaction
        self.query_id = 0
        self.in_block = False  # whether the statements are those of a batch
        self._describing = False
        self._system_views: set[str] = set()  # that the statement reads

    # ---------------------------------------------------------------- what the engine needs at the ends

    def adopt(self, shared: Catalogue, temporary: dict[str, Table]) -> None:
        """Take the catalogue of a fresh snapshot, with the session's own temporary tables."""
        self.catalogue = replace(shared, relations={**shared.relations, **temporary})
        self.began = self.now()

    def lasting_change(self, shared: Catalogue) -> Catalogue | None:
        """The catalogue to make everybody's, or None if only temporary tables changed."""
        lasting = {k: r for k, r in self.catalogue.relations.items() if not r.temporary}
        changed = replace(self.catalogue, relations=lasting, next_id=max(self.catalogue.next_id, shared.next_id))
        return changed if replace(changed, next_id=0) != replace(shared, next_id=0) else None

    def log_rows(self) -> list[tuple[str, list[Any]]]:
        return [("INSERT INTO _rs.log VALUES (?, ?)", [kind, json.dumps(row)]) for kind, row in self.log]

    def logged(self) -> None:
        for kind, row in self.log:
            (self.engine.load_errors if kind == "error" else self.engine.load_history).append(row)
        self.log.clear()

    def change(self, **fields: Any) -> None:
        """The catalogue with other schemas, users, roles or grants."""
        self.catalogue = replace(self.catalogue, **fields)

    @staticmethod
    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC).replace(tzinfo=None)

    def execute(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        """Run one statement. SqlError when it fails; the transaction is then void."""
        self.parameters = parameters
        self.clock = Clock(self.now(), self.began, self.user)
        self._system_views.clear()
        parts = itertools.groupby(tokenize(sql), lambda token: token.token_type is TokenType.SEMICOLON)
        if sum(not semicolon for semicolon, _ in parts) > 1:
            raise SqlError("cannot insert multiple commands into a prepared statement")
        words = Words(sql)
        first = main_verb(words)
        try:
            if first in READS:
                return self.fetch(self.binder().query(parse(sql)))
            if first in STATEMENTS:
                words.take(first)
                return STATEMENTS[first](self, words, sql) or Outcome()
            refuse_if(first in _KNOWN, f"the statement {first}")
            raise SqlError(f'syntax error at or near "{Words(sql).word()}"')
        except duckdb.Error as failed:
            raise SqlError(explain(failed)) from None
        except SqlError as failed:
            if self._system_views and (missing := re.search(r'column "(.+?)" does not exist', str(failed))):
                views = ", ".join(sorted(self._system_views))  # they have more columns than are shown here
                raise Refused(f'the column "{missing[1]}" of {views}') from None
            if "syntax error" in str(failed):
                exotic(sql)
            raise
        except RecursionError:
            raise SqlError("stack depth limit exceeded") from None

    # ---------------------------------------------------------------- names

    def relation(self, schema: str, name: str) -> Query:
        """What a name in FROM stands for. SqlError if there is nothing of this name."""
        view = system.find(self, schema, name)
        if view is not None:
            self._system_views.add(name)
            return view
        found = self.catalogue.get(schema, name)
        if found.view:
            return self.view(found)
        listed = ", ".join(quote(c.name) for c in found.columns)
        return Query(f"SELECT {listed} FROM {found.duck}", found.read)

    def view(self, found: Table) -> Query:
        binder = Binder(self.relation, {}, self.clock)
        bound = binder.query(_view_tree(found.view))
        if found.late_binding:
            named = (replace(c, table=found.name, schema=found.schema) for c in bound.columns)
            return replace(bound, columns=tuple(named))
        fail_if(len(bound.columns) < len(found.columns), f'view "{found.name}" no longer fits its tables')
        if len(bound.columns) == len(found.columns):
            bound = replace(bound, sql=binder.converted(bound, [c.type for c in found.columns])[1:-1])
        return Query(bound.sql, found.read)

    def columns(self, found: Table) -> tuple[Column, ...]:
        """Those of a table or view; of a late-binding view as its tables are now, none if one is gone.

        None as well within such a view: it may be one over SVV_COLUMNS, which asks for all of them.
        """
        if not found.late_binding or self._describing:
            return found.read
        with swapped(self, _describing=True), contextlib.suppress(SqlError):
            return self.view(found).columns
        return ()

    def binder(self) -> Binder:
        return Binder(self.relation, self.parameters, self.clock)

    def writable(self, node: exp.Expr) -> Table:
        if not isinstance(node, exp.Table):
            raise Refused(f"writing to {type(node).__name__}")
        return self.catalogue.table(node.db.lower(), node.name.lower())

    # ---------------------------------------------------------------- queries

    def fetch(self, bound: Query) -> Outcome:
        """Rows of a bound query. The types that DuckDB gives must be those that were worked out for it."""
        result = self.connection.execute(bound.sql)
        for column, (_, got, *_) in zip(bound.columns, result.description or [], strict=True):
            if str(got) != column.type.duck and not (column.literal or str(got) == '"NULL"'):
                what = f'column "{column.name}": {column.type} came as {got}'
                raise Refused(f"a result whose type is not certain ({what})")
        return Outcome(bound.columns, tuple(result.fetchall()))

    def run(self, sql: str) -> int:
        """A data-changing DuckDB statement; how many rows it changed."""
        rows = self.connection.execute(sql).fetchall()
        return int(rows[0][0]) if rows else 0

    def insert(self, table: Table, columns: Sequence[TableColumn], rows: str, binder: Binder) -> int:
        """Insert DuckDB ``rows`` of the values of these columns, with defaults in the others; how many they are."""
        missing = [c for c in table.columns if c not in columns]
        names = ", ".join(quote(c.name) for c in (*columns, *missing))
        given = [f"c{i}" for i in range(len(columns))]
        cells = ", ".join([*given, *(self.default(c, table, binder) for c in missing)])
        labels = f" AS q({', '.join(given)})" if given else ""
        return self.run(f"INSERT INTO {table.duck} ({names}) SELECT {cells} FROM {rows}{labels}")

    def default(self, column: TableColumn, table: Table, binder: Binder) -> str:
        if column.identity:
            return f"nextval({literal(table.sequence(column))})"
        if not column.default:
            return f"CAST(NULL AS {column.type.duck})"
        value = binder.expr(parse(f"SELECT {column.default}").expressions[0])
        return casts.assign(replace(value, name=column.name), column.type).sql


@functools.lru_cache(256)
def _view_tree(text: str) -> exp.Expr:
    """A view's tree; binding does not change it."""
    return parse(text)


_KNOWN = {  # that are not done here
    "ABORT", "ATTACH", "BEGIN", "CALL", "CANCEL", "CLOSE", "COMMIT", "DEALLOCATE", "DECLARE", "DESC", "DETACH", "END",
    "EXECUTE", "EXPLAIN", "FETCH", "PREPARE", "REFRESH", "RESET", "ROLLBACK", "SHOW", "START", "UNDROP", "USE",
    "VALUES",
}  # fmt: skip


_MARKED = re.compile(r"rs<<(.*?)>>", re.DOTALL)
_EXPLAINED = (
    (r"No function matches .* types '(?:rs_)?(\w+)\(", r"not supported by the embedded Redshift: these types for \1"),
    (r"[Dd]ivision by zero", "Divide by zero"),
    (r"NOT NULL constraint failed: (?:\w+\.)*([^\n]+)", r"Cannot insert a NULL value into column \1"),
    (r"(?:Overflow in \w+ of|type|to) INT16", "smallint out of range"),
    (r"(?:Overflow in \w+ of|type|to) INT32", "integer out of range"),
    (r"(?:Overflow in \w+ of|type|to) INT64", "bigint out of range"),
    (r"cast value [^\n]* to DECIMAL|HUGEINT|INT128", "Numeric data overflow (result precision)"),
    (r"DECIMAL[^\n]*(out of range|Overflow)|Overflow[^\n]*DECIMAL", "Numeric data overflow (result precision)"),
    (r"[Cc]olumn (\".+?\" must appear in the GROUP BY)", r"column \1 clause or be used in an aggregate function"),
    (r"Max expression depth", "stack depth limit exceeded"),
    (r"WHERE clause cannot contain aggregates", "aggregates not allowed in WHERE clause"),
    (r"(\w+) clause cannot contain window functions", r"window functions not allowed in \1 clause"),
    (
        r"(aggregate function calls) cannot (?:be nested|contain window)",
        r"\1 may not have nested aggregate or window function",
    ),
    (r"(aggregate|window) functions are not allowed in (\w+)", r"cannot use \1 function in \2"),
    (r"GROUP BY clause cannot contain aggregates", "aggregates not allowed in GROUP BY clause"),
    (r"([Dd]ate|[Tt]imestamp)[^\n]* out of range", "timestamp out of range"),
    (r"CUBE or ROLLUP column list", 'syntax error at or near "rollup"'),
    (r"GROUPING statement cannot", "not supported by the embedded Redshift: GROUPING without GROUP BY"),
    (r"at least one window function must appear", "QUALIFY needs a window function"),
    (r"cannot take (square root|logarithm)", r"cannot take \1 of this number"),
    (r"More than one row returned by a subquery", "single-row subquery returns more than one row"),
    (r"destination type (?:FLOAT|DOUBLE)", "value out of range: overflow"),
    (r"window function calls cannot be nested", "window function calls may not be nested"),
    (r"Like pattern must not end with", "LIKE pattern must not end with escape character"),
    (r"Overflow on abs", "integer out of range"),
    (r"is undefined outside", "input is out of range"),
    (r"Invalid UTF8 Codepoint", "requested character not valid for encoding"),
    (r"Substring offset outside", "integer out of range"),
    (r"Argument for ntile", "argument of ntile must be greater than zero"),
    (r"INTERRUPT", CANCELLED),
)
_PATTERNS = [(re.compile(pattern), message) for pattern, message in _EXPLAINED]


def explain(failed: duckdb.Error) -> str:
    """DuckDB's error in Redshift's words where they are known, else its own first line."""
    text = str(failed)
    if marked := _MARKED.search(text):
        return marked[1]
    for pattern, message in _PATTERNS:
        if found := pattern.search(text):
            return found.expand(message)
    first = text.splitlines()[0].partition(": ")[2] or text
    # What DuckDB cannot bind was translated wrongly: that is no error of Redshift's.
    unknown = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException,
               duckdb.NotImplementedException)  # fmt: skip
    return f"not supported by the embedded Redshift: this statement ({first})" if isinstance(failed, unknown) else first
