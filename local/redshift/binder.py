"""From a Redshift query to a DuckDB query with the same meaning, and the Redshift type of every column.

The tree is walked node by node. Each node class has a method here, each function an entry in ``functions.py``;
what has none is refused by name, and so is any clause of a known node that its method does not read
(:func:`only`). Every value carries its Redshift type, so operators are rewritten by type, never by guess.
The output is SQL text of our own: sqlglot's DuckDB generator, with its own opinions, takes no part.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from . import casts, native
from .errors import Refused, SqlError, fail_if, refuse_if
from .types import (
    BOOL,
    DATE,
    INT4,
    INT8,
    INTERVAL,
    MAX_VARCHAR,
    TIMESTAMP,
    UNKNOWN,
    Column,
    Type,
    Value,
    arithmetic,
    common,
    from_ast,
    literal,
    numeric,
    quote,
    varchar,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A bound query; its DuckDB columns are ``columns`` in order, named by :func:`physical`."""

    sql: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """Something in FROM: its alias and, for each column, the DuckDB text that reads it."""

    alias: str
    columns: tuple[Column, ...]
    refs: tuple[str, ...]
    schema: str = ""

    def value(self, i: int) -> Value:
        column = self.columns[i]
        return Value(self.refs[i], column.type, column.name, column=column)


@dataclass
class Scope:
    """The names that one SELECT sees."""

    parent: Scope | None = None
    relations: list[Relation] = field(default_factory=list)
    merged: dict[str, Value] = field(default_factory=dict)  # columns that JOIN USING made one
    lateral: dict[str, Value] = field(default_factory=dict)  # aliases of earlier select items
    within: str = ""  # what its sort-based aggregates are ordered by
    keys: dict[str, str] = field(default_factory=dict)  # what GROUP BY names, and what stands for it in its group
    plain: dict[str, Value] = field(default_factory=dict)  # ``lateral``, before anything was grouped

    def find(self, table: str, name: str, schema: str = "") -> Value | None:
        if not table and name in self.merged:
            return self.merged[name]
        found = [
            relation.value(i)
            for relation in self.relations
            if not table or (relation.alias == table and (not schema or relation.schema == schema))
            for i, column in enumerate(relation.columns)
            if column.name == name
        ]
        if len(found) > 1:
            raise SqlError(f'column reference "{name}" is ambiguous')
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Clock:
    """Who asks, and when: GETDATE() is the statement's start in seconds, SYSDATE the transaction's in microseconds."""

    statement: dt.datetime
    transaction: dt.datetime
    user: str
    database: str = "dev"


@contextlib.contextmanager
def swapped(target: object, **fields: Any) -> Iterator[None]:
    """The target's fields are these, for a while."""
    before = {name: getattr(target, name) for name in fields}
    for name, value in fields.items():
        setattr(target, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(target, name, value)


def only(node: exp.Expr, *known: str) -> None:
    """Refuse a node that says more than its caller reads."""
    for key, value in node.args.items():
        if key not in known and value not in (None, False, [], ""):
            raise Refused(f"{type(node).__name__.upper()} with {key.rstrip('_').replace('_', ' ').upper()}")


def physical(columns: Sequence[Column]) -> list[str]:
    """DuckDB's names of a query's columns: the own name, made unique (Redshift lets two columns share a name)."""
    seen: dict[str, int] = {}
    names = []
    for column in columns:
        count = seen[column.name] = seen.get(column.name, 0) + 1
        names.append(column.name if count == 1 else f"{column.name}:{count}")
    return names


CALLS: dict[type[exp.Expr], Callable[[Binder, exp.Expr], Value]] = {}  # whose nodes ``functions.py`` binds


class Binder:
    """Binds one statement. ``tables`` gives what a schema and a name stand for, ``parameters`` what ``:name`` does."""

    def __init__(self, tables: Callable[[str, str], Query], parameters: Mapping[str, str], clock: Clock) -> None:
        self.tables, self.parameters, self.clock = tables, parameters, clock
        self.ctes: dict[str, Query] = {}
        self.scope = Scope()
        self._numbers = itertools.count(1)
        self._tabled = False  # whether a table has been read
        self._outer_join = False  # whether the condition of an outer join is being bound
        self._reached_out = False  # whether the subquery being bound names a column of the query around it

    # ---------------------------------------------------------------- queries

    def query(self, node: exp.Expr, parent: Scope | None = None) -> Query:
        with swapped(self, ctes=dict(self.ctes), scope=self.scope):
            prefix = self.with_(node.args.get("with_"))
            if isinstance(node, exp.Select):
                bound = self._select(node, parent)
            elif isinstance(node, exp.SetOperation):
                bound = self._set_operation(node, parent)
            elif isinstance(node, exp.Subquery):
                only(node, "this", "with_", "order", "limit", "offset", "alias", "joins")
                bound = self.query(node.this, parent)
                bound = self._ordered(node, bound)
            else:
                raise Refused(f"{type(node).__name__.upper()} as a query")
            return replace(bound, sql=prefix + bound.sql)

    def with_(self, node: exp.Expr | None) -> str:
        if node is None:
            return ""
        only(node, "expressions", "recursive")
        recursive = bool(node.args.get("recursive"))
        parts = []
        named = [cte.alias.lower() for cte in node.expressions]
        if len(set(named)) < len(named):
            raise SqlError(f'WITH query name "{max(named, key=named.count)}" specified more than once')
        for cte in node.expressions:
            only(cte, "this", "alias")
            unique = quote(f"cte {next(self._numbers)}")
            if recursive and isinstance(cte.this, exp.Union):
                bound = self._recursive(cte, unique)
            else:
                bound = self._rename(self.query(cte.this), cte.args["alias"])
            parts.append(f"{unique}({', '.join(map(quote, physical(bound.columns)))}) AS ({bound.sql})")
            self.ctes[cte.alias.lower()] = Query(f"SELECT * FROM {unique}", bound.columns)
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def with_inside(self, node: exp.Expr | None) -> None:
        """WITH before UPDATE and DELETE: every use of its queries carries them all, which DuckDB needs."""
        prefix, mine = self.with_(node), {cte.alias.lower() for cte in node.expressions} if node else set()
        self.ctes |= {name: replace(found, sql=prefix + found.sql) for name, found in self.ctes.items() if name in mine}

    def _recursive(self, cte: exp.Expr, unique: str) -> Query:
        """A member that may name itself: its first SELECT decides the types ("WITH clause", recursive CTEs)."""
        only(cte.this, "this", "expression", "distinct")
        fail_if(cte.this.args.get("distinct"), "a recursive CTE needs UNION ALL")
        fail_if(not cte.args["alias"].args.get("columns"), "a recursive CTE needs a list of column names")
        seed = self._rename(self.query(cte.this.this), cte.args["alias"])
        self.ctes[cte.alias.lower()] = Query(f"SELECT * FROM {unique}", seed.columns)
        step = self.query(cte.this.expression)
        fail_if(len(step.columns) != len(seed.columns), "each UNION query must have the same number of columns")
        types = [c.type for c in seed.columns]
        if types != [common([a, b.type], "UNION") for a, b in zip(types, step.columns, strict=True)]:
            raise Refused("a recursive CTE whose step has wider types than its start")
        return replace(seed, sql=f"({seed.sql}) UNION ALL {self.converted(step, types)}")

    def _rename(self, bound: Query, alias: exp.Expr | None) -> Query:
        names = [i.name.lower() for i in alias.args.get("columns") or []] if alias else []
        if len(names) > len(bound.columns):
            raise SqlError(f"table has {len(bound.columns)} columns available but {len(names)} columns specified")
        renamed = [replace(c, name=names[i]) if i < len(names) else c for i, c in enumerate(bound.columns)]
        return replace(bound, columns=tuple(renamed))

    def _set_operation(self, node: exp.SetOperation, parent: Scope | None) -> Query:
        only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
        word = type(node).__name__.upper()
        if not node.args.get("distinct"):
            fail_if(not isinstance(node, exp.Union), f"{word} ALL is not supported")
            word += " ALL"
        if any(isinstance(side, exp.Subquery) and side.this.args.get("limit") for side in (node.this, node.expression)):
            raise SqlError("LIMIT may not be used within input to set operations.")
        left, right = self.query(node.this, parent), self.query(node.expression, parent)
        if len(left.columns) != len(right.columns):
            raise SqlError(f"each {word.split()[0]} query must have the same number of columns")
        types = [_settled([a, b], word.split()[0]) for a, b in zip(left.columns, right.columns, strict=True)]
        columns = tuple(
            Column(a.name, t, a.nullable or b.nullable, literal=a.literal and b.literal)
            for a, b, t in zip(left.columns, right.columns, types, strict=True)
        )
        sides = [self.converted(side, types, distinct=not isinstance(node, exp.Union)) for side in (left, right)]
        if word != "UNION":
            return self._ordered(node, Query(f" {word} ".join(sides), columns))
        named = ", ".join(map(quote, physical(columns)))
        all_rows = f"SELECT * FROM ({' UNION ALL '.join(sides)}) AS u({named})"
        return self._ordered(node, Query(_distinct(all_rows, columns), columns))

    def converted(self, bound: Query, types: Sequence[Type], *, assign: bool = False, distinct: bool = False) -> str:
        """The query in parentheses, its columns converted to ``types`` (as an assignment would, if asked).

        ``distinct`` if equal rows are to be found in it.
        """
        untidy = distinct and any(t.name == "varchar" for t in types)
        if not untidy and all(c.type == t for c, t in zip(bound.columns, types, strict=True)):
            return f"({bound.sql})"
        names = [f"c{i}" for i in range(len(types))]
        items = []
        for n, c, t in zip(names, bound.columns, types, strict=True):
            sql = _converted(Value("q." + n, c.type, c.name), c, t, assign=assign).sql
            items.append(f"{tidy(sql, t) if distinct else sql} AS {n}")
        return f"(SELECT {', '.join(items)} FROM ({bound.sql}) AS q({', '.join(names)}))"

    def _ordered(self, node: exp.Expr, bound: Query) -> Query:
        """ORDER BY, LIMIT and OFFSET around a whole query: its output columns are all that can be named."""
        if not any(node.args.get(k) for k in ("order", "limit", "offset")):
            return bound
        names = physical(bound.columns)
        self.scope = Scope(relations=[Relation("", bound.columns, tuple(f"q.{quote(n)}" for n in names))])
        order = self._order_by(node.args.get("order"), [self.scope.relations[0].value(i) for i in range(len(names))])
        listed = ", ".join(map(quote, names))
        return replace(bound, sql=f"SELECT * FROM ({bound.sql}) AS q({listed}){order}{self._limit(node)}")

    def _limit(self, node: exp.Expr) -> str:
        text = ""
        for key in ("limit", "offset"):
            clause = node.args.get(key)
            if clause is None:
                continue
            only(clause, "expression")
            if clause.expression.name.upper() == "ALL":
                continue
            if not isinstance(clause.expression, (exp.Literal, exp.Placeholder)):
                raise Refused(f"{key.upper()} that is not a whole number")
            value = self.expr(clause.expression)
            refuse_if(not value.type.is_integer and value.text is None, f"{key.upper()} that is not a whole number")
            text += f" {key.upper()} {casts.implicit(value, INT8).sql}"
        return text

    # ---------------------------------------------------------------- SELECT

    _CLAUSES = ("expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset",
                "distinct", "with_", "laterals")  # fmt: skip

    def _select(self, node: exp.Select, parent: Scope | None) -> Query:
        only(node, *self._CLAUSES)
        refuse_if(node.args.get("laterals"), "LATERAL")
        scope = self.scope = Scope(parent)
        source = self.from_(node)
        where = self.condition(node.args.get("where"), "WHERE")
        items = self._items(node)
        fail_if(not items, "syntax error: a select list is needed")
        group = self._group_by(node.args.get("group"), items)
        if scope.keys:
            scope.plain, scope.lateral = scope.lateral, {}
            items = self._items(node)
        having = self.condition(node.args.get("having"), "HAVING")
        qualify = self.condition(node.args.get("qualify"), "QUALIFY", items)
        scope.lateral = {}
        order = self._order_by(node.args.get("order"), items, distinct=bool(node.args.get("distinct")))
        columns = tuple(self._output(v) for v in items)
        listed = ", ".join(f"{v.sql} AS {quote(n)}" for v, n in zip(items, physical(columns), strict=True))
        sql = f"SELECT {listed}{source}{where}{group}{having}{qualify}"
        if node.args.get("distinct"):
            only(node.args["distinct"])  # DISTINCT ON is PostgreSQL's
            sql = _distinct(sql, columns)
        return Query(f"{sql}{order}{self._limit(node)}", columns)

    @staticmethod
    def _output(value: Value) -> Column:
        refuse_if(value.type == INTERVAL, "INTERVAL as a result column")
        if value.type == UNKNOWN:
            length = max(len((value.text or "").encode()), 1)
            return Column(value.name, Type("varchar", length), literal=True)
        if value.column is not None:
            return replace(value.column, name=value.name)
        return Column(value.name, value.type)

    def _items(self, node: exp.Select) -> list[Value]:
        items: list[Value] = []
        for item in node.expressions:
            if isinstance(item, exp.Star):
                items.extend(self._star("", item))
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                items.extend(self._star(item.table.lower(), item.this))
            else:
                value = self.expr(item.unalias())
                if isinstance(item, exp.Alias):
                    only(item, "this", "alias")
                    fail_if(not isinstance(item.args["alias"], exp.Identifier), "syntax error: a name that is none")
                    value = replace(value, name=item.alias.lower())
                    self.scope.lateral.setdefault(value.name, value)
                items.append(value)
        return items

    def _star(self, table: str, node: exp.Star) -> Iterable[Value]:
        only(node)
        fail_if(not self.scope.relations, "SELECT * with no tables specified is not valid")
        merged = {} if table else self.scope.merged
        yield from merged.values()
        named = [r for r in self.scope.relations if table in ("", r.alias)]
        fail_if(not named, f'relation "{table}" does not exist')
        for relation in named:
            yield from (relation.value(i) for i, c in enumerate(relation.columns) if c.name not in merged)

    def condition(self, node: exp.Expr | None, clause: str, items: Sequence[Value] = ()) -> str:
        if node is None:
            return ""
        with swapped(self.scope, lateral=self.scope.lateral if items else {}):
            return f" {clause} {self.boolean(node.this, clause).sql}"

    def boolean(self, node: exp.Expr, clause: str) -> Value:
        value = self.expr(node)
        if value.type == UNKNOWN:
            value = casts.implicit(value, BOOL)
        fail_if(value.type != BOOL, f"argument of {clause} must be type boolean, not type {value.type}")
        return value

    def _group_by(self, node: exp.Expr | None, items: list[Value]) -> str:
        if node is None:
            return ""
        only(node, "expressions", "rollup", "cube", "grouping_sets")
        keys: list[Value] = []
        listed = (e for key in ("expressions", "rollup", "cube", "grouping_sets") for e in node.args.get(key) or [])
        clause = f" GROUP BY {', '.join(self._group_item(e, items, keys) for e in listed)}"
        if any(k.type.name == "varchar" for k in keys):
            self.scope.keys = {k.sql: _shown(k.sql, _key(k)) for k in keys}
        return clause

    def ungrouped(self) -> AbstractContextManager[None]:
        """The arguments of an aggregate: they see every row of the group."""
        lateral = {name: self.scope.plain.get(name, value) for name, value in self.scope.lateral.items()}
        return swapped(self.scope, keys={}, lateral=lateral)

    def _group_item(self, node: exp.Expr, items: list[Value], keys: list[Value]) -> str:
        if isinstance(node, (exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets)):
            word = {exp.Tuple: "", exp.GroupingSets: "GROUPING SETS "}.get(type(node), type(node).__name__.upper())
            return f"{word}({', '.join(self._group_item(e, items, keys) for e in node.expressions)})"
        node, named = node.unnest(), None
        if isinstance(node, exp.Literal) and not node.is_string:
            named = self._ordinal(node, items, "GROUP BY")
        elif isinstance(node, exp.Column) and not node.table and self.scope.find("", node.name.lower()) is None:
            named = next((item for item in items if item.name == node.name.lower()), None)
        if named and "(SELECT " in named.sql:  # "References in a GROUP BY column to the results" of one
            raise Refused("GROUP BY of the result of a subquery")
        with swapped(self.scope, lateral={}):
            keys.append(named or self.expr(node))
        return _key(keys[-1])

    @staticmethod
    def _ordinal(node: exp.Expr, items: list[Value], clause: str) -> Value:
        fail_if(not node.name.isdecimal() or node.args.get("is_string"), f"non-integer constant in {clause}")
        fail_if(not 1 <= int(node.name) <= len(items), f"{clause} position {node.name} is not in select list")
        return items[int(node.name) - 1]

    def _order_by(self, node: exp.Expr | None, items: list[Value], *, distinct: bool = False) -> str:
        """Redshift: "When ORDER BY is ascending, NULLs come last; descending, first", unless it says otherwise."""
        if node is None:
            return ""
        only(node, "expressions")

        def bind(e: exp.Expr) -> Value:
            value = self._order_item(e, items)
            place = next((i for i, item in enumerate(items, 1) if item.sql == value.sql), None)
            fail_if(distinct and not place, "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
            return replace(value, sql=str(place)) if place else value  # (constants are ordered by their place only)

        listed = [self.ordered(o, bind) for o in node.expressions]
        return " ORDER BY " + ", ".join(listed)

    def ordered(self, node: exp.Expr, bind: Callable[[exp.Expr], Value] | None = None) -> str:
        only(node, "this", "desc", "nulls_first")
        value = (bind or self.expr)(node.this)
        direction = "DESC" if node.args.get("desc") else "ASC"
        nulls = "FIRST" if node.args.get("nulls_first") else "LAST"
        return f"{value.sql} {direction} NULLS {nulls}"

    def _order_item(self, node: exp.Expr, items: list[Value]) -> Value:
        if isinstance(node, (exp.Literal, exp.Null)):
            return self._ordinal(node, items, "ORDER BY")
        fail_if(isinstance(node, (exp.Placeholder, exp.Boolean)), "non-integer constant in ORDER BY")
        if isinstance(node, exp.Column) and not node.table:
            named = {i.sql: i for i in items if i.name == node.name.lower()}
            fail_if(len(named) > 1, f'ORDER BY "{node.name.lower()}" is ambiguous')
            if named:
                return next(iter(named.values()))
        return self.expr(node)

    # ---------------------------------------------------------------- FROM

    def from_(self, node: exp.Expr) -> str:
        source = node.args.get("from_")
        if source is None:
            fail_if(node.args.get("joins"), "JOIN without FROM")
            return ""
        only(source, "this")
        return f" FROM {self._joined(self.source(source.this), node)}"

    def _joined(self, text: str, node: exp.Expr) -> str:
        for join in node.args.get("joins") or []:
            text = self._join(text, join)
        return text

    def source(self, node: exp.Expr) -> str:
        """One item of FROM as DuckDB text; its relation joins the scope."""
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):  # a parenthesised join
            only(node, "this")
            return f"({self.source(node.this)})"
        bound, home = self._table(node) if isinstance(node, exp.Table) else (self._derived(node), "")
        alias = node.args.get("alias")
        bound = self._rename(bound, alias)
        label = (alias.name if alias else node.name if isinstance(node, exp.Table) else "").lower()
        unique = f"{label} {next(self._numbers)}"
        if label and any(r.alias == label for r in self.scope.relations):
            raise SqlError(f'table name "{label}" specified more than once')
        names = physical(bound.columns)
        refs = tuple(f"{quote(unique)}.{quote(n)}" for n in names)
        self.scope.relations.append(Relation(label, bound.columns, refs, "" if alias else home))
        return self._joined(f"({bound.sql}) AS {quote(unique)}({', '.join(map(quote, names))})", node)

    def _table(self, node: exp.Table) -> tuple[Query, str]:
        """A table, view or CTE, and the schema that may stand before its name."""
        only(node, "this", "db", "catalog", "alias", "joins")
        self._own_database(node)
        if not isinstance(node.this, exp.Identifier):
            what = "a parameter" if isinstance(node.this, exp.Placeholder) else node.this.sql(dialect="redshift")
            raise Refused(f"{what} in FROM")
        schema, name = node.db.lower(), node.name.lower()
        if not schema and name in self.ctes:
            return self.ctes[name], "public"
        self._tabled = True
        return self.tables(schema, name), schema or "public"

    def _derived(self, node: exp.Expr) -> Query:
        if not isinstance(node, exp.Subquery) or isinstance(node.this, exp.Values):
            raise Refused("VALUES as a table" if node.find(exp.Values) else f"{type(node).__name__.upper()} in FROM")
        return self.query(node, None)

    def _own_database(self, node: exp.Expr) -> None:
        if node.text("catalog").lower() not in ("", self.clock.database):
            raise Refused(f"another database ({node.text('catalog')})")

    def _join(self, left: str, node: exp.Join) -> str:
        only(node, "this", "side", "kind", "on", "using", "method")
        side, kind, method = (node.args.get(k) or "" for k in ("side", "kind", "method"))
        side, kind, method = side.upper(), kind.upper(), str(method).upper()
        refuse_if(kind not in ("", "INNER", "OUTER", "CROSS") or method, f"{method or kind} JOIN")
        before, merged = list(self.scope.relations), dict(self.scope.merged)
        right = self.source(node.this)
        added = self.scope.relations[len(before) :]
        if kind == "CROSS" or not (side or kind or method or node.args.get("on") or node.args.get("using")):
            fail_if(node.args.get("on") or node.args.get("using"), "syntax error: CROSS JOIN with a condition")
            return f"{left} CROSS JOIN {right}"
        names = [i.name.lower() for i in node.args.get("using") or []]
        if names:
            condition = self._using(names, Scope(relations=before, merged=merged), Scope(relations=added), side)
        elif node.args.get("on") is not None:
            refuse_if(side == "FULL" and not node.args["on"].find(exp.EQ), "FULL JOIN on other than an equality")
            with swapped(self, _outer_join=bool(side)):
                condition = self.boolean(node.args["on"], "JOIN/ON").sql
        else:
            raise SqlError("syntax error: JOIN needs ON or USING")
        return f"{left} {side or 'INNER'} JOIN {right} ON {condition}"

    def _using(self, names: list[str], left: Scope, right: Scope, side: str) -> str:
        conditions = []
        for name in names:
            a, b = left.find("", name), right.find("", name)
            if a is None or b is None:
                raise SqlError(f'column "{name}" specified in USING clause does not exist in both tables')
            conditions.append(self.compare("=", a, b).sql)
            chosen = b if side == "RIGHT" else a
            if side == "FULL":
                target = common([a.type, b.type], "JOIN USING")
                chosen = Value(
                    f"COALESCE({casts.implicit(a, target).sql}, {casts.implicit(b, target).sql})", target, name
                )
            self.scope.merged[name] = chosen
        return " AND ".join(conditions)

    # ---------------------------------------------------------------- expressions

    def expr(self, node: exp.Expr) -> Value:
        name = type(node).__name__
        handler = getattr(self, f"_on_{name.lower()}", None)
        if handler is None and type(node) not in CALLS:
            raise Refused(f"the expression {name} ({node.sql(dialect='redshift')[:60]})")
        bind: Callable[[exp.Expr], Value] = handler or functools.partial(CALLS[type(node)], self)
        if self.scope.keys:  # the whole may be a key, or else parts of it
            with self.ungrouped():
                whole = bind(node)
            if whole.text is None and whole.sql in self.scope.keys:
                return replace(whole, sql=self.scope.keys[whole.sql])
        return bind(node)

    def _on_literal(self, node: exp.Literal) -> Value:
        if node.is_string:
            return _untyped(node.name)
        return number(node.name)

    def _on_placeholder(self, node: exp.Placeholder) -> Value:
        fail_if(node.name not in self.parameters, f"there is no parameter :{node.name}")
        return _untyped(self.parameters[node.name])

    def _on_null(self, node: exp.Null) -> Value:
        return Value("NULL", UNKNOWN)

    def _on_boolean(self, node: exp.Boolean) -> Value:
        return Value("TRUE" if node.this else "FALSE", BOOL, "bool")

    def _on_paren(self, node: exp.Paren) -> Value:
        only(node, "this")
        value = self.expr(node.this)
        return replace(value, sql=f"({value.sql})")

    def _on_column(self, node: exp.Column) -> Value:
        only(node, "this", "table", "db", "catalog")
        self._own_database(node)
        name, table, schema = node.name.lower(), node.table.lower(), node.db.lower()
        fail_if(isinstance(node.this, exp.Star), "syntax error: * is not an expression")
        depth = 0
        scope: Scope | None = self.scope
        while scope is not None:
            value = scope.find(table, name, schema)
            if value is None and not table and depth == 0:
                value = scope.lateral.get(name)
                value = replace(value, column=None) if value else None
            if value is not None:
                if depth:
                    self._reached_out = True
                if depth > 1:
                    raise Refused("a correlated subquery that skips a level")
                if depth and any(value.sql in key for key, shown in scope.keys.items() if key != shown):
                    raise Refused("a correlated subquery that names a VARCHAR of GROUP BY")
                return value
            depth, scope = depth + 1, scope.parent
        if table and not any(r.alias == table for r in self.scope.relations):
            raise SqlError(f'missing FROM-clause entry for table "{table}"')
        refuse_if(not table and name in ("current_aws_account", "current_namespace", "session_user"), name.upper())
        where = ", ".join(r.alias or "unnamed_subquery" for r in self.scope.relations)
        raise SqlError(f'column "{name}" does not exist' + (f" in {where}" if where else ""))

    def _on_cast(self, node: exp.Cast) -> Value:
        only(node, "this", "to", "_type")
        value = self.expr(node.this)
        if node.args["to"].is_type("interval") and value.text is not None:
            return span(*casts.interval(value.text, ""))
        target = from_ast(node.args["to"])
        cast = base = node.this
        while isinstance(base, (exp.Cast, exp.Paren)):
            base = base.this
        weak = (value if base is cast else self.expr(base)).name == "?column?"
        name = target.name if weak else value.name
        constant = node.this.find(exp.Column, exp.Query, exp.Star) is None
        rounds = True if constant else False if self._tabled else None
        return replace(casts.explicit(value, target, rounds=rounds), name=name)

    def _on_and(self, node: exp.Expr) -> Value:
        only(node, "this", "expression")
        word = type(node).__name__.upper()
        parts = [self.boolean(part, word).sql for part in node.flatten(unnest=False)]
        lazy(parts, word)
        return Value(f"({f' {word} '.join(parts)})", BOOL)

    _on_or = _on_and

    def _on_not(self, node: exp.Not) -> Value:
        only(node, "this")
        return Value(f"(NOT {self.boolean(node.this, 'NOT').sql})", BOOL)

    def _on_is(self, node: exp.Is) -> Value:
        only(node, "this", "expression")
        value = self.expr(node.this)
        if isinstance(node.expression, exp.Null):
            return Value(f"({value.sql} IS NULL)", BOOL)
        refuse_if(not isinstance(node.expression, exp.Boolean), f"IS {node.expression.sql(dialect='redshift')}")
        truth = "TRUE" if node.expression.this else "FALSE"
        return Value(f"({casts.implicit(value, BOOL).sql} IS {truth})", BOOL)

    def _comparison(self, node: exp.Expr) -> Value:
        only(node, "this", "expression")
        refuse_if(isinstance(node.this, exp.Tuple), "comparison of rows")
        for side in (node.this, node.expression):
            # sqlglot binds IS tighter than = (and says so with parentheses of its own); Redshift the other way round.
            inner = side.this if isinstance(side, exp.Paren) and isinstance(side.this, exp.Is) else side
            if isinstance(inner, exp.Predicate) and not isinstance(inner, exp.SubqueryPredicate):
                raise Refused("a comparison beside IS, IN, LIKE, BETWEEN or another comparison without parentheses")
        refuse_if(isinstance(node.expression, (exp.Any, exp.All)), "comparison with ANY or ALL")
        return self.compare(_SIGNS[type(node)], self.expr(node.this), self.expr(node.expression))

    _on_eq = _on_neq = _on_lt = _on_lte = _on_gt = _on_gte = _comparison

    def compare(self, op: str, a: Value, b: Value) -> Value:
        a, b = casts.comparable(a, b, op)
        return Value(f"({a.sql} {op} {b.sql})", BOOL)

    def _on_between(self, node: exp.Between) -> Value:
        only(node, "this", "low", "high")
        value, low, high = (self.expr(node.args[k]) for k in ("this", "low", "high"))
        return Value(f"({self.compare('>=', value, low).sql} AND {self.compare('<=', value, high).sql})", BOOL)

    def _on_in(self, node: exp.In) -> Value:
        only(node, "this", "expressions", "query")
        refuse_if(isinstance(node.this, exp.Tuple), "IN with rows of several columns")
        value = self.expr(node.this)
        if node.args.get("query") is not None:
            bound = self.subquery(node.args["query"].this, 1)
            inner = Value("q.c", bound.columns[0].type, column=_literal(bound.columns[0]))
            left, right = casts.comparable(value, inner, "=")
            return Value(f"({left.sql} IN (SELECT {right.sql} FROM ({bound.sql}) AS q(c)))", BOOL)
        fail_if(not node.expressions, 'syntax error at or near ")"')
        pairs = [casts.comparable(value, self.expr(e), "=") for e in node.expressions]
        if len({left.sql for left, _ in pairs}) == 1:
            return Value(f"({pairs[0][0].sql} IN ({', '.join(r.sql for _, r in pairs)}))", BOOL)
        return Value("(" + " OR ".join(f"{left.sql} = {right.sql}" for left, right in pairs) + ")", BOOL)

    def _on_exists(self, node: exp.Exists) -> Value:
        only(node, "this")
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return Value(f"EXISTS ({self.subquery(inner, 0).sql})", BOOL, "exists")

    def _on_subquery(self, node: exp.Subquery) -> Value:
        only(node, "this")
        bound = self.subquery(node.this, 1)
        column = bound.columns[0]
        return Value(f"({bound.sql})", column.type, column.name, column=_literal(column))

    def subquery(self, node: exp.Expr, width: int) -> Query:
        """A subquery in an expression. It may look one level out ("Correlated subqueries"), no further."""
        bound = self.query(node, self.scope)
        refuse_if(self._reached_out and self._outer_join, "a correlated subquery in the ON clause of an outer join")
        if self._reached_out:
            self._decorrelatable(node)
        self._reached_out = False
        fail_if(width and len(bound.columns) != width, "subquery must return only one column")
        return bound

    @staticmethod
    def _decorrelatable(node: exp.Expr) -> None:
        """ "Correlated subquery patterns that are not supported", and those of which nothing is said."""
        refuse_if(not isinstance(node, exp.Select), "a correlated subquery that is not a plain SELECT")
        for clause in ("limit", "offset", "distinct", "group", "having", "qualify", "with_"):
            refuse_if(node.args.get(clause), f"a correlated subquery with {clause.rstrip('_').upper()}")
        refuse_if(node.find(exp.Window), "a correlated subquery with a window function")

    def _on_case(self, node: exp.Case) -> Value:
        only(node, "this", "ifs", "default")
        subject = self.expr(node.this) if node.this else None
        tests, results = [], []
        for branch in node.args["ifs"]:
            only(branch, "this", "true")
            if subject is None:
                tests.append(self.boolean(branch.this, "CASE/WHEN").sql)
            else:
                tests.append(self.compare("=", subject, self.expr(branch.this)).sql)
            results.append(self.expr(branch.args["true"]))
        default = node.args.get("default")
        results.append(self.expr(default) if default is not None else Value("NULL", UNKNOWN))
        lazy(tests, "CASE")
        results, target = unify(results, "CASE")
        return Value(cases(tests, results), target, "case")

    # ---------------------------------------------------------------- operators

    def _on_neg(self, node: exp.Neg) -> Value:
        only(node, "this")
        if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return number("-" + node.this.name)
        value = self.expr(node.this)
        fail_if(not value.type.is_numeric, f"operator does not exist: - {value.type}")
        minus = f"(-{value.sql})"
        return Value(f"CAST({minus} AS {value.type.duck})" if value.type.is_integer else minus, value.type)

    def _arithmetic(self, node: exp.Expr) -> Value:
        only(node, "this", "expression", "typed", "safe")
        return operate(_SIGNS[type(node)], self.expr(node.this), self.expr(node.expression))

    _on_add = _on_sub = _on_mul = _on_div = _on_mod = _arithmetic

    def _on_dpipe(self, node: exp.DPipe) -> Value:
        only(node, "this", "expression", "safe")
        parts = [casts.text(self.expr(e), "||") for e in (node.this, node.expression)]
        size = sum(p.type.size for p in parts)
        return Value(f"({parts[0].sql} || {parts[1].sql})", varchar(size))

    def _on_interval(self, node: exp.Interval) -> Value:
        only(node, "this", "unit", "fraction_in_string")
        unit, text = node.args.get("unit"), node.this
        if not (isinstance(text, exp.Literal) and text.is_string and (not unit or isinstance(unit, exp.Var))):
            raise Refused("INTERVAL that is not a literal")
        return span(*casts.interval(node.this.name, unit.name if unit else ""))


_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
}  # fmt: skip


def number(text: str) -> Value:
    """A numeric literal: the smallest of INTEGER, BIGINT and DECIMAL that holds it; with an exponent, a double."""
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.IGNORECASE):
        raise SqlError(f'syntax error at or near "{text}"')
    if "e" in text.lower():
        fail_if(math.isinf(float(text)), f'"{text}" is out of range for type double precision')
        return Value(f"CAST({text} AS DOUBLE)", Type("float8"))
    if "." not in text:
        size = int(text)
        if abs(size) < 2**31 or size == -(2**31):
            return Value(f"CAST({text} AS INTEGER)", INT4)
        if -(2**63) <= size < 2**63:
            return Value(f"CAST({text} AS BIGINT)", INT8)
    digits = text.lstrip("-").replace(".", "")
    scale = len(text) - text.index(".") - 1 if "." in text else 0
    precision = max(len(digits.lstrip("0")), scale, 1)
    precision += precision == 19 and int(digits) >= 2**63  # which 64 bits do not hold
    fail_if(precision > 38, "Numeric data overflow (a literal of more than 38 digits)")
    refuse_if(scale > 37, "a literal with more than 37 decimals")
    target = numeric(precision if precision > scale else scale + 1, scale)
    return Value(f"CAST('{text}' AS {target.duck})", target)


def _untyped(text: str) -> Value:
    refuse_if(len(text.encode()) > MAX_VARCHAR, f"a string literal of more than {MAX_VARCHAR} bytes")
    return Value(literal(text), UNKNOWN, text=text)


def _literal(column: Column) -> Column | None:
    """The column, if it takes the type of what it meets."""
    return column if column.literal else None


def _settled(columns: Sequence[Column], what: str) -> Type:
    found = common([c.meets for c in columns], what)
    return common([c.type for c in columns], what) if found == UNKNOWN or found.is_string else found


def _converted(value: Value, column: Column, target: Type, *, assign: bool) -> Value:
    if column.literal and not target.is_string:
        return casts.explicit(value, target)
    return (casts.assign if assign else casts.implicit)(value, target)


def _key(value: Value) -> str:
    """What a value is grouped by. Strings that differ in the blanks at their end are one group, shown as one."""
    return casts.trimmed(value).sql if value.type.name == "varchar" else value.sql


def _shown(sql: str, key: str) -> str:
    """The value that stands for its group; NULL in a row that is summed over it."""
    return sql if key == sql else f"CASE WHEN {key} IS NOT NULL THEN min({sql}) END"


def _distinct(sql: str, columns: Sequence[Column]) -> str:
    """SELECT DISTINCT: of strings that differ in the blanks at their end, one stays."""
    if not any(c.type.name == "varchar" for c in columns):
        return "SELECT DISTINCT" + sql.removeprefix("SELECT")
    cells, keys = [], []
    for name, column in zip(physical(columns), columns, strict=True):
        cell = f"q.{quote(name)}"
        keys.append(_key(Value(cell, column.type)))
        cells.append(f"{_shown(cell, keys[-1])} AS {quote(name)}")
    return f"SELECT {', '.join(cells)} FROM ({sql}) AS q GROUP BY {', '.join(keys)}"


def tidy(sql: str, kind: Type) -> str:
    """A value that equals others only if it is the same text: a VARCHAR that ends in blanks is refused.

    Which of 'a' and 'a ' stands for both is not documented ("Significance of trailing blanks").
    """
    return f"rs_tidy({sql})" if kind.name == "varchar" else sql


def lazy(parts: Iterable[str], what: str) -> None:
    """Refuse an error in a part that may never be needed: it is not documented whether a constant is one anyway."""
    refuse_if(any(native.fails_always(part) for part in parts), f"an error in a constant part of {what}")


def unify(values: Sequence[Value], what: str) -> tuple[list[Value], Type]:
    """The values converted to the one type they share, of which one is chosen."""
    lazy((v.sql for v in values), what)
    target = common([UNKNOWN if v.adapts else v.type for v in values], what)
    if target == UNKNOWN or target.is_string:
        target = common([v.type for v in values], what)
    longest = max((len(v.text.encode()) for v in values if v.text is not None), default=-1)
    if (target == UNKNOWN and longest >= 0) or (target.is_string and longest > target.size):
        target = varchar(max(longest, 1))
    return [casts.implicit(v, target) for v in values], target


def cases(tests: Sequence[str], results: Sequence[Value]) -> str:
    """CASE: a result for each test, and the last one for ELSE."""
    body = " ".join(f"WHEN {t} THEN {r.sql}" for t, r in zip(tests, results[:-1], strict=True))
    return f"CASE {body} ELSE {results[-1].sql} END"


def operate(op: str, a: Value, b: Value) -> Value:
    """``a op b``. Types and scales: "Computations with numeric values"; dates: "Datetime types" and "DATEADD"."""
    if a.adapts and b.type.is_numeric:
        a = casts.implicit(a, b.type)
    if b.adapts and a.type.is_numeric:
        b = casts.implicit(b, a.type)
    if a.type.is_numeric and b.type.is_numeric:
        return number_operation(op, a, b)
    if op in "+-" and (a.type.is_datetime or b.type.is_datetime):
        return _date_operation(op, a, b)
    if op == "*" and INTERVAL in (a.type, b.type):
        return _multiple(*((a, b) if a.type == INTERVAL else (b, a)))
    refuse_if(INTERVAL in (a.type, b.type), f"{a.type} {op} {b.type}")
    raise SqlError(f"operator does not exist: {a.type} {op} {b.type}")


def number_operation(op: str, a: Value, b: Value) -> Value:
    target = arithmetic(op, a.type, b.type)
    if target.name != "numeric":
        if target.is_integer:
            a, b = casts.implicit(a, target), casts.implicit(b, target)
            return Value(f"({a.sql} {'//' if op == '/' else op} {b.sql})", target)
        fail_if(op == "%", f"operator does not exist: {a.type} % {b.type}")
        a, b = casts.implicit(a, target), casts.implicit(b, target)
        return Value(f"rs_finite({a.sql} {op} {b.sql})" if op in "*+-" else f"({a.sql} / {b.sql})", target)
    a, b = casts.implicit(a, a.type.as_decimal()), casts.implicit(b, b.type.as_decimal())
    if op == "/":
        return Value(quotient(a.sql, b.sql, target), target)
    if op != "%" and max(a.type.size, b.type.size) < 19 <= target.size:  # DuckDB would stay within 18 digits
        a = casts.implicit(a, numeric(19, a.type.scale))
    return Value(f"CAST({a.sql} {op} {b.sql} AS {target.duck})", target)


def quotient(a: str, b: str, target: Type) -> str:
    """The exact quotient, cut (not rounded) at the target's scale. DuckDB would answer with a double."""
    return f"CAST(rs_divide(CAST({a} AS VARCHAR), CAST({b} AS VARCHAR), {target.scale}) AS {target.duck})"


def span(months: int, micros: int) -> Value:
    """An interval."""
    return Value(f"(to_months({months}) + to_microseconds({micros}))", INTERVAL, span=(months, micros))


def _multiple(interval: Value, times: Value) -> Value:
    """So many times an interval; a fraction of a month has no length that is documented."""
    months, micros = interval.span
    if not times.type.is_numeric or interval.span == (0, 0) or (months and (micros or not times.type.is_integer)):
        raise Refused(f"interval * {times.type}")
    count = f"CAST({times.sql} AS BIGINT)" if times.type.is_integer else times.sql
    if months:
        return Value(f"to_months(CAST({count} * {months} AS INTEGER))", INTERVAL)
    return Value(f"to_microseconds(CAST({count} * {micros} AS BIGINT))", INTERVAL)


def _date_operation(op: str, a: Value, b: Value) -> Value:
    if a.type == DATE and b.type.is_integer:
        return Value(f"({a.sql} {op} CAST({b.sql} AS INTEGER))", DATE)
    if op == "+" and a.type.is_integer and b.type == DATE:
        return Value(f"({b.sql} + CAST({a.sql} AS INTEGER))", DATE)
    if op == "-" and a.type.is_datetime and b.adapts:
        b = casts.implicit(b, a.type)
    if op == "-" and b.type.is_datetime and a.adapts:
        a = casts.implicit(a, b.type)
    if op == "-" and a.type == b.type == DATE:
        return Value(f"CAST({a.sql} - {b.sql} AS INTEGER)", INT4)
    if op == "+" and a.type == INTERVAL:
        a, b = b, a
    if a.type.is_datetime and b.type == INTERVAL:
        target = TIMESTAMP if a.type == DATE else a.type
        return Value(f"({casts.implicit(a, target).sql} {op} {b.sql})", target)
    raise Refused(f"{a.type} {op} {b.type}")
