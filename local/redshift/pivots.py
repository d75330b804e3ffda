"""PIVOT and UNPIVOT as the queries that they stand for ("PIVOT and UNPIVOT examples")."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from sqlglot import exp

from .errors import Refused, SqlError

_AGGREGATES = ("count", "sum", "min", "max", "avg")


def query(pivot: exp.Pivot, source: str, columns: Sequence[str]) -> exp.Expr:
    """The query over a relation named ``source`` with these ``columns``; those that are not named stay as they are."""
    if len(pivot.args["fields"]) != 1 or len(pivot.expressions) != 1 or not isinstance(pivot.args["fields"][0], exp.In):
        raise Refused("PIVOT or UNPIVOT of more than one column")
    named = {c.name.lower() for c in pivot.find_all(exp.Column)}
    kept = [exp.column(c, quoted=True) for c in columns if c not in named]
    build = _unpivot if pivot.args.get("unpivot") else _pivot
    return build(pivot, pivot.args["fields"][0], kept, exp.From(this=exp.to_table(source)))


def _pivot(pivot: exp.Pivot, field: exp.In, kept: list[exp.Column], source: exp.From) -> exp.Expr:
    """An aggregate for each value, over the rows that have it."""
    aggregate = pivot.expressions[0].unalias()
    if not isinstance(aggregate, exp.Anonymous) or aggregate.name.lower() not in _AGGREGATES:
        raise SqlError("PIVOT needs one of the aggregates COUNT, SUM, MIN, MAX and AVG")
    argument = aggregate.expressions[0]
    distinct = isinstance(argument, exp.Distinct)
    argument = argument.expressions[0] if distinct else argument
    argument = exp.Literal.number(1) if isinstance(argument, exp.Star) else argument
    items: list[exp.Expr] = [*kept]
    for value, name in zip(_values(field), pivot.args["columns"], strict=True):
        meets = exp.Is if isinstance(value, exp.Null) else exp.EQ
        test = meets(this=field.this.copy(), expression=value.copy())
        within: exp.Expr = exp.Case(ifs=[exp.If(this=test, true=argument.copy())])
        within = exp.Distinct(expressions=[within]) if distinct else within
        call = exp.Anonymous(this=aggregate.name, expressions=[within])
        items.append(exp.Alias(this=call, alias=exp.to_identifier(name.name.lower(), quoted=True)))
    group = exp.Group(expressions=[c.copy() for c in kept]) if kept else None
    return exp.Select(expressions=items, from_=source, group=group)


def _unpivot(pivot: exp.Pivot, field: exp.In, kept: list[exp.Column], source: exp.From) -> exp.Expr:
    """A row for each of the columns; without NULLs, unless asked for."""
    rows: list[exp.Expr] = []
    for item, value in zip(field.expressions, _values(field), strict=True):
        name = exp.cast(exp.Literal.string(item.alias_or_name.lower()), "VARCHAR")
        items = [
            *(c.copy() for c in kept),
            exp.alias_(name, field.this.name),
            exp.alias_(value.copy(), pivot.expressions[0].name),
        ]
        row: exp.Expr = exp.Select(expressions=items, from_=source.copy())
        if not pivot.args.get("include_nulls"):
            row.set("where", exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))))
        rows.append(row)
    return functools.reduce(lambda a, b: exp.Union(this=a, expression=b, distinct=False), rows)


def _values(field: exp.In) -> Iterable[exp.Expr]:
    return (item.this if isinstance(item, exp.PivotAlias) else item for item in field.expressions)
