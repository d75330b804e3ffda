"""Statements that change rows: INSERT, UPDATE, DELETE and MERGE, as DuckDB's own, every value cast to its column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from . import casts
from .binder import Binder, Query, Relation, Scope, only, swapped
from .errors import Refused, SqlError, fail_if, refuse_if
from .session import STATEMENTS, Outcome, Session
from .syntax import Words, parse
from .types import quote

if TYPE_CHECKING:
    from .catalogue import Relation as Table
    from .catalogue import TableColumn


def insert(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("INTO")
    words.relation()
    if words.peek() == "SET":
        words.fail()
    node = parse(sql)
    only(node, "this", "expression", "default", "with_")
    target, names = node.this, None
    if isinstance(target, exp.Schema):
        target, names = target.this, [i.name.lower() for i in target.expressions]
        plain = all(isinstance(i, exp.Identifier) for i in node.this.expressions)
        refuse_if(not plain, f"the columns {node.this.sql(dialect='redshift')}")
    table = session.writable(target)
    only(target, "this", "db")
    binder = session.binder()
    if node.args.get("default"):
        return Outcome(changed=session.insert(table, [], "(SELECT 1) AS q", binder))
    source = node.args.get("expression")
    if source is None:
        raise SqlError("syntax error: INSERT without rows")
    if isinstance(source, exp.Values):
        columns, rows = _rows(session, table, names, source, binder)
        return Outcome(changed=session.insert(table, columns, f"(VALUES {rows})", binder))
    if node.args.get("with_"):
        source.set("with_", node.args["with_"])
    bound = binder.query(source)
    columns = _targets(table, names, len(bound.columns))
    for column in columns:
        _not_identity(column)
    named = tuple(replace(b, name=c.name) for b, c in zip(bound.columns, columns, strict=True))
    rows = binder.converted(replace(bound, columns=named), [c.type for c in columns], assign=True)
    return Outcome(changed=session.insert(table, columns, rows, binder))


def _targets(table: Table, names: list[str] | None, width: int) -> list[TableColumn]:
    columns = [table.column(n) for n in names] if names is not None else list(table.columns[:width])
    fail_if(len({c.name for c in columns}) < len(columns), "a column is specified more than once")
    if width != len(columns):
        many, few = ("expressions", "target columns") if width > len(columns) else ("target columns", "expressions")
        raise SqlError(f"INSERT has more {many} than {few}")
    return columns


def _rows(
    session: Session, table: Table, names: list[str] | None, node: exp.Values, binder: Binder
) -> tuple[list[TableColumn], str]:
    """The columns that VALUES fills, and its rows with every value as its column's type."""
    columns = _targets(table, names, len(node.expressions[0].expressions))
    fail_if(len(node.expressions) > 1 and node.find(exp.Subquery), "can't use subqueries in multi-row VALUES")
    if any(len(row.expressions) != len(columns) for row in node.expressions):
        raise SqlError("VALUES lists must all be the same length")
    rows = []
    for row in node.expressions:
        pairs = zip(columns, row.expressions, strict=True)
        rows.append(f"({', '.join(_cell(session, table, column, item, binder) for column, item in pairs)})")
    return columns, ", ".join(rows)


def _cell(session: Session, table: Table, column: TableColumn, node: exp.Expr, binder: Binder) -> str:
    """A value that is given to a column, or DEFAULT."""
    if isinstance(node, (exp.Var, exp.Column)) and node.sql().upper() == "DEFAULT":
        return session.default(column, table, binder)
    _not_identity(column)
    return casts.assign(replace(binder.expr(node), name=column.name), column.type).sql


def _not_identity(column: TableColumn) -> None:
    fail_if(column.identity, f'cannot set an identity column to a value (column "{column.name}")')


def _target_scope(session: Session, binder: Binder, node: exp.Expr) -> Table:
    """The table that UPDATE, DELETE or MERGE changes, as the first relation in scope."""
    table = session.writable(node)
    only(node, "this", "db", "alias")
    alias = node.args.get("alias")
    label, schema = (alias.name.lower(), "") if alias else (table.name, table.schema)
    refs = tuple(f'"target".{quote(c.name)}' for c in table.columns)
    binder.scope = Scope(relations=[Relation(label, table.read, refs, schema)])
    return table


def update(session: Session, words: Words, sql: str) -> Outcome:
    node = parse(sql)
    only(node, "this", "expressions", "from_", "where", "with_")
    binder = session.binder()
    binder.with_inside(node.args.get("with_"))
    table = _target_scope(session, binder, node.this)
    if any(join.args.get("side") for join in node.find_all(exp.Join) if join.find_ancestor(exp.Select) is None):
        raise SqlError("Target table must be part of an equijoin predicate")
    source = binder.from_(node)
    sets = _sets(session, binder, table, node.expressions)
    where = binder.condition(node.args.get("where"), "WHERE")
    return Outcome(changed=session.run(f'UPDATE {table.duck} AS "target" SET {sets}{source}{where}'))


def _sets(session: Session, binder: Binder, table: Table, nodes: list[exp.Expr]) -> str:
    parts, seen = [], set()
    for node in nodes:
        fail_if(not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column), "syntax error in SET")
        fail_if(node.this.table, f'column "{node.this.table}" of relation "{table.name}" does not exist')
        column = table.column(node.this.name.lower())
        fail_if(column.name in seen, f'multiple assignments to same column "{column.name}"')
        seen.add(column.name)
        parts.append(f"{quote(column.name)} = {_cell(session, table, column, node.expression, binder)}")
    return ", ".join(parts)


def delete(session: Session, words: Words, sql: str) -> Outcome:
    node = parse(sql)
    only(node, "this", "tables", "using", "where", "with_")
    binder = session.binder()
    binder.with_inside(node.args.get("with_"))
    named = node.args.get("tables") or []
    refuse_if(len(named) > 1 or (named and node.this), "DELETE with a name before FROM")
    table = _target_scope(session, binder, node.this or named[0])
    using = ", ".join(binder.source(item) for item in node.args.get("using") or [])
    where = binder.condition(node.args.get("where"), "WHERE")
    return Outcome(
        changed=session.run(f'DELETE FROM {table.duck} AS "target"{" USING " + using if using else ""}{where}')
    )


def merge(session: Session, words: Words, sql: str) -> Outcome:
    """MERGE. A row of the target that meets several of the source is an error, as the documentation demands."""
    removing = [token.text.upper() for token in words.tokens[-2:]] == ["REMOVE", "DUPLICATES"]
    words.expect("INTO")
    node = parse(sql[: words.tokens[-2].start] + "WHEN MATCHED THEN DELETE" if removing else sql)
    only(node, "this", "using", "on", "whens")
    whens = node.args["whens"].expressions
    if [bool(when.args["matched"]) for when in whens] != ([True] if removing else [True, False]):
        raise SqlError("syntax error: MERGE needs WHEN MATCHED and then WHEN NOT MATCHED, or REMOVE DUPLICATES")
    fail_if(node.this.args.get("alias"), "syntax error: the target of MERGE takes no alias")
    given = {token.text.upper() for token in words.tokens}
    fail_if(not removing and "VALUES" not in given, "syntax error: INSERT without VALUES")
    binder = session.binder()
    table = _target_scope(session, binder, node.this)
    source = binder.source(node.args["using"])
    fail_if(table.duck in source, "Source view/subquery in Merge statement cannot reference target table.")
    condition = binder.boolean(node.args["on"], "MERGE/ON").sql
    pairs = f'{table.duck} AS "target" JOIN {source} ON {condition}'
    counted = f'SELECT 1 FROM {pairs} GROUP BY "target".rowid HAVING count(*) > 1 LIMIT 1'
    fail_if(session.connection.execute(counted).fetchall(), "Found multiple matches to update the same tuple.")
    if removing:
        return _remove_duplicates(session, binder, table, source, condition)
    actions = [_merge_action(session, binder, table, when) for when in whens]
    return Outcome(
        changed=session.run(f'MERGE INTO {table.duck} AS "target" USING {source} ON {condition} {" ".join(actions)}')
    )


def _remove_duplicates(session: Session, binder: Binder, table: Table, source: str, condition: str) -> Outcome:
    """The simplified mode: the target's rows that meet one of the source go, and all of the source's rows come."""
    given = binder.scope.relations[1].columns
    if len(given) != len(table.columns) or any(column.identity for column in table.columns):
        raise SqlError("the source of MERGE ... REMOVE DUPLICATES must have the columns of its target")
    named = tuple(replace(g, name=c.name) for g, c in zip(given, table.columns, strict=True))
    rows = binder.converted(Query(f"SELECT * FROM {source}", named), [c.type for c in table.columns], assign=True)
    session.run(f'DELETE FROM {table.duck} AS "target" USING {source} WHERE {condition}')
    return Outcome(changed=session.insert(table, table.columns, rows, binder))


def _merge_action(session: Session, binder: Binder, table: Table, when: exp.Expr) -> str:
    only(when, "matched", "then")
    then = when.args["then"]
    if when.args["matched"]:
        if isinstance(then, exp.Update):
            only(then, "expressions")
            return f"WHEN MATCHED THEN UPDATE SET {_sets(session, binder, table, then.expressions)}"
        if str(then).upper() == "DELETE":
            return "WHEN MATCHED THEN DELETE"
    elif isinstance(then, exp.Insert):
        with swapped(binder.scope, relations=binder.scope.relations[1:]):
            return f"WHEN NOT MATCHED THEN {_merge_insert(session, binder, table, then)}"
    raise Refused(f"MERGE with {str(when)[:60]}")


def _merge_insert(session: Session, binder: Binder, table: Table, then: exp.Expr) -> str:
    names = [i.name.lower() for i in then.this.expressions] if then.args.get("expression") else None
    given = then.args.get("expression") or then.this
    if isinstance(given, exp.Tuple) and len(given.expressions) == 1 and given.expressions[0].name.lower() == "values":
        given = given.expressions[0]  # INSERT VALUES (...) without columns reads as a call named values
    cells = given.expressions
    if len(cells) == 1 and isinstance(cells[0], exp.Tuple):
        cells = cells[0].expressions
    columns = _targets(table, names, len(cells))
    bound = [_cell(session, table, c, e, binder) for e, c in zip(cells, columns, strict=True)]
    missing = [c for c in table.columns if c not in columns]
    listed = ", ".join(quote(c.name) for c in [*columns, *missing])
    bound += [session.default(c, table, binder) for c in missing]
    return f"INSERT ({listed}) VALUES ({', '.join(bound)})"


STATEMENTS |= {"INSERT": insert, "UPDATE": update, "DELETE": delete, "MERGE": merge}
