"""The allow-list of aggregates and window functions, in the tables of ``functions.py``.

An aggregate's builder is given ``agg``, which puts OVER (...) behind a DuckDB aggregate where it is a window function,
then ``"DISTINCT "`` or nothing, then an ORDER BY or nothing, then its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from . import casts
from .binder import Binder, only, quotient, tidy, unify
from .errors import Refused, SqlError, fail_if, refuse_if
from .functions import Build, Function, arguments, coerce, define
from .types import BOOL, FLOAT8, INT4, INT8, TEXT, UNKNOWN, Type, Value, literal, numeric

AGGREGATES: dict[str, Function] = {}
WINDOWS: dict[str, Function] = {}
Over = Callable[[str], str]


def aggregated(binder: Binder, name: str, node: exp.Expr, over: str, order: str = "") -> Value:
    function = AGGREGATES[name]
    nodes = list(node.expressions)
    distinct = ""
    if len(nodes) == 1 and isinstance(nodes[0], exp.Distinct):
        only(nodes[0], "expressions")
        nodes, distinct = list(nodes[0].expressions), "DISTINCT "
        fail_if(isinstance(nodes[0], exp.Star), "syntax error: DISTINCT *")
        fail_if(over and name != "listagg", f"DISTINCT is not supported in the window function {name}")
    if name == "count" and len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        only(nodes[0])
        return Value(f"count(*){over}", INT8, "count")
    args = arguments(binder, name, function.signature, nodes)
    if name == "median" and not over:
        _same_order(binder, args[0].sql)
    value = function.build(lambda sql: sql + over, distinct, order, *args)
    return replace(value, name=name.removeprefix("approximate "))


def aggregate(names: str, signature: str, page: str) -> Callable[[Build], Build]:
    return define(names, signature, page, AGGREGATES)


def _row(names: str, signature: str, sql: str, result: Type | None, page: str) -> None:
    """An aggregate that is one of DuckDB's; without ``result``, of its argument's type."""

    @aggregate(names, signature, page)
    def build(agg: Over, distinct: str, order: str, x: Value) -> Value:
        x = casts.text(x, names) if x.type == UNKNOWN else x
        if x.type == BOOL and signature == "x" and names != "any_value":
            raise SqlError(f"function {names}(boolean) does not exist")
        return Value(agg(sql.format(distinct, x.sql)), result or x.type)


_row("min", "x", "min({1})", None, "MIN function")
_row("max", "x", "max({1})", None, "MAX function")
_row("any_value", "x", "any_value({1})", None, "ANY_VALUE function")
_row("bool_and", "b", "bool_and({1})", BOOL, "BOOL_AND function")
_row("bool_or", "b", "bool_or({1})", BOOL, "BOOL_OR function")
_row("bit_and", "i", "bit_and({1})", None, "BIT_AND function")
_row("bit_or", "i", "bit_or({1})", None, "BIT_OR function")
_row("stddev stddev_samp", "n", "stddev_samp({0}CAST({1} AS DOUBLE))", FLOAT8, "STDDEV_SAMP and STDDEV_POP functions")
_row("stddev_pop", "n", "stddev_pop({0}CAST({1} AS DOUBLE))", FLOAT8, "STDDEV_SAMP and STDDEV_POP functions")
_row("variance var_samp", "n", "var_samp({0}CAST({1} AS DOUBLE))", FLOAT8, "VAR_SAMP and VAR_POP functions")
_row("var_pop", "n", "var_pop({0}CAST({1} AS DOUBLE))", FLOAT8, "VAR_SAMP and VAR_POP functions")


@aggregate("count", "x", "COUNT function")
def _count(agg: Over, distinct: str, order: str, x: Value) -> Value:
    value = f"rtrim({x.sql}, ' ')" if distinct and x.type.name == "varchar" else x.sql  # blanks at the end do not count
    return Value(agg(f"count({distinct}{value})"), INT8)


def _approximate_count(agg: Over, distinct: str, order: str, x: Value) -> Value:
    """HyperLogLog may be off by 2 %; the exact count is within that."""
    fail_if(not distinct, "APPROXIMATE is only for COUNT ( DISTINCT expression )")
    return _count(agg, distinct, order, x)


AGGREGATES["approximate count"] = Function("x", _approximate_count, "COUNT function")


@aggregate("sum", "n", "SUM function")
def _sum(agg: Over, distinct: str, order: str, x: Value) -> Value:
    target = numeric(38, x.type.scale) if x.type.name == "numeric" else INT8 if x.type.is_integer else FLOAT8
    if x.type == INT8 and agg("") != "":  # "NUMERIC for BIGINT arguments" ("SUM window function")
        target = numeric(38, 0)
    return Value(f"CAST({agg(f'sum({distinct}{x.sql})')} AS {target.duck})", target)


@aggregate("avg", "n", "AVG function")
def _avg(agg: Over, distinct: str, order: str, x: Value) -> Value:
    """BIGINT for integers, cut; a decimal keeps its scale."""
    if x.type == INT8 and agg("") != "":  # "NUMERIC for BIGINT arguments" ("AVG window function"), of which scale?
        raise Refused("AVG of a BIGINT as a window function")
    total, count = agg(f"sum({distinct}{x.sql})"), f"nullif({agg(f'count({distinct}{x.sql})')}, 0)"
    if x.type.is_integer:
        return Value(f"CAST({total} // {count} AS BIGINT)", INT8)
    if x.type.name == "numeric":
        target = numeric(38, x.type.scale)
        return Value(quotient(total, count, target), target)
    return Value(agg(f"avg({distinct}{x.sql})"), FLOAT8)


@aggregate("median", "x", "MEDIAN function")
def _median(agg: Over, distinct: str, order: str, x: Value) -> Value:
    refuse_if(distinct, "MEDIAN (DISTINCT ...)")
    return _interpolated(agg, x, "0.5")


@aggregate("grouping grouping_id", "x*", "GROUP BY clause: GROUPING and GROUPING_ID functions")
def _grouping(agg: Over, distinct: str, order: str, *keys: Value) -> Value:
    """A bit a key, the first the highest: 1 where the row is summed over it."""
    bits = ", ".join((casts.trimmed(k) if k.type.is_string else k).sql for k in keys)
    return Value(f"CAST(grouping({bits}) AS INTEGER)", INT4)


def _interpolated(agg: Over, x: Value, fraction: str) -> Value:
    """PERCENTILE_CONT: a decimal for integers and decimals, with as many more digits as the fraction has.

    So the interpolation is exact, as long as the argument's digits fit a double.
    """
    refuse_if(not x.type.is_numeric, f"PERCENTILE_CONT of {x.type}")
    target, decimal = FLOAT8, x.type.as_decimal()
    if decimal.name == "numeric":
        digits = len(fraction.partition(".")[2].rstrip("0"))
        target = numeric(38, min(decimal.scale + max(digits, 1), 37))
    return Value(f"CAST({agg(f'quantile_cont(CAST({x.sql} AS DOUBLE), {fraction})')} AS {target.duck})", target)


@aggregate("listagg", "sc?", "LISTAGG function")
def _listagg(agg: Over, distinct: str, order: str, x: Value, delimiter: Value | None = None) -> Value:
    """NULLs and empty strings are left out; of duplicates, blanks at the end do not count."""
    between = literal(delimiter.text or "") if delimiter else "''"
    value = f"rtrim({x.sql}, ' ')" if distinct and order == "" else x.sql
    joined = agg(f"string_agg({distinct}nullif({value}, ''), {between}{order})")
    return Value(f"rs_listagg({joined})", TEXT)


def within_group(binder: Binder, node: exp.WithinGroup, over: str) -> Value:
    only(node, "this", "expression")
    name = node.this.name.lower()
    order = node.expression
    if not over:
        _same_order(binder, ", ".join(binder.expr(o.this).sql for o in order.expressions))
    if name == "listagg" and isinstance(node.this.expressions[0], exp.Distinct):
        return _distinct_list(binder, node.this.expressions[0].expressions, order.expressions, over)
    if name == "listagg":
        sorting = " ORDER BY " + ", ".join(binder.ordered(o) for o in order.expressions)
        return aggregated(binder, name, node.this, over, sorting)
    refuse_if(name not in ("percentile_cont", "percentile_disc"), f"{name} WITHIN GROUP")
    nodes = node.this.expressions
    if len(nodes) != 1 or len(order.expressions) != 1 or not isinstance(nodes[0], exp.Literal):
        raise Refused(f"{name} with other than one constant and one ordering expression")
    fraction, ordered = Decimal(nodes[0].name), order.expressions[0]
    fail_if(not 0 <= fraction <= 1, f"percentile value {fraction} is not between 0 and 1")
    wanted = str(1 - fraction if ordered.args.get("desc") else fraction)
    given = binder.expr(ordered.this)
    refuse_if(given.type.is_datetime, f"{name} of a {given.type}")
    value = coerce(given, "n", name)
    if name == "percentile_disc":
        refuse_if(ordered.args.get("desc"), "PERCENTILE_DISC in descending order")
        return Value(f"quantile_disc({value.sql}, {fraction}){over}", value.type, name)
    return replace(_interpolated(lambda sql: sql + over, value, wanted), name=name)


def _same_order(binder: Binder, order: str) -> None:
    """ "Multiple calls to sort-based aggregate functions [...] must all use the same ORDER BY values" ("MEDIAN")."""
    if binder.scope.within not in ("", order):
        raise SqlError("within group ORDER BY clauses for aggregate functions must be the same")
    binder.scope.within = order


def _distinct_list(binder: Binder, nodes: Sequence[exp.Expr], order: Sequence[exp.Expr], over: str) -> Value:
    """LISTAGG (DISTINCT x) ordered by x itself; another order of distinct values is not defined."""
    value, by = binder.expr(nodes[0]), binder.expr(order[0].this)
    if len(order) != 1 or by.sql != value.sql or len(nodes) > 2:
        raise Refused("LISTAGG (DISTINCT ...) in another order than that of its own values")
    delimiter = binder.expr(nodes[1]).text if len(nodes) == 2 else ""
    if delimiter is None:
        raise Refused("listagg with a delimiter that is not a literal string")
    direction = "DESC" if order[0].args.get("desc") else "ASC"
    item = casts.text(Value("v", value.type), "listagg").sql
    kept = f"list_filter(list(DISTINCT {tidy(value.sql, value.type)}){over}, lambda v: {item} <> '')"
    joined = (
        f"array_to_string(list_transform(list_sort({kept}, '{direction}'), lambda v: {item}), {literal(delimiter)})"
    )
    return Value(f"rs_listagg(nullif({joined}, ''))", TEXT, "listagg")


def windowed(binder: Binder, node: exp.Window) -> Value:
    only(node, "this", "partition_by", "order", "spec", "over")
    inner, ignoring = _ignoring(node.this)
    name = inner.this.name.lower() if isinstance(inner, exp.WithinGroup) else inner.name.lower()
    over = _over(binder, node)
    ordered, framed = node.args.get("order") is not None, node.args.get("spec") is not None
    if isinstance(inner, exp.WithinGroup) and not ordered:
        return within_group(binder, inner, over)
    refuse_if(not isinstance(inner, exp.Anonymous), f"{type(inner).__name__} with OVER (... ORDER BY ...)")
    if ordered and not framed and (name in AGGREGATES or name in _PICKING):
        raise SqlError("Aggregate window functions with an ORDER BY clause require a frame clause")
    if name in AGGREGATES and not ignoring:
        return aggregated(binder, name, inner, over)
    fail_if(ordered and name == "ratio_to_report", "ratio_to_report takes no ORDER BY in its window")
    nodes = list(inner.expressions)
    if nodes:
        nodes[0], within = _ignoring(nodes[0])
        ignoring = ignoring or within
    for wrong, what in (
        (name not in WINDOWS, f"window function {name}"),
        (name in _ORDERED and not ordered, f"{name} without ORDER BY in its window"),
        (framed and name not in _PICKING, f"a frame clause for {name}"),
        (ignoring and name not in ("lag", "lead", *_PICKING), f"IGNORE NULLS with {name}"),
    ):
        if wrong:
            raise Refused(what)
    function = WINDOWS[name]
    args = arguments(binder, name, function.signature, nodes)
    return replace(function.build(over, " IGNORE NULLS" if ignoring else "", *args), name=name)


_ORDERED = {"lag", "lead", "ntile", "percent_rank", "cume_dist", "rank", "dense_rank"}
_PICKING = {"first_value", "last_value", "nth_value"}


def _ignoring(node: exp.Expr) -> tuple[exp.Expr, bool]:
    """A node without IGNORE NULLS or RESPECT NULLS around it, and whether it was IGNORE."""
    if isinstance(node, (exp.IgnoreNulls, exp.RespectNulls)):
        return node.this, isinstance(node, exp.IgnoreNulls)
    return node, False


def _over(binder: Binder, node: exp.Window) -> str:
    order, spec = node.args.get("order"), node.args.get("spec")
    parts = []
    if node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(_peer(binder, e).sql for e in node.args["partition_by"]))
    if order is not None:
        parts.append("ORDER BY " + ", ".join(binder.ordered(o, lambda e: _peer(binder, e)) for o in order.expressions))
    if spec is not None:
        parts.append(_frame(spec, ordered=order is not None))
    return f" OVER ({' '.join(parts)})"


def _peer(binder: Binder, node: exp.Expr) -> Value:
    refuse_if(isinstance(node, exp.Literal), "constants in PARTITION BY or ORDER BY of a window")
    value = binder.expr(node)
    return casts.trimmed(value) if value.type.is_string else value


def _frame(spec: exp.WindowSpec, *, ordered: bool) -> str:
    """ "Window function syntax summary": ROWS only, constants only."""
    only(spec, "kind", "start", "start_side", "end", "end_side")
    refuse_if(str(spec.args.get("kind")).upper() != "ROWS", "window frames in RANGE or GROUPS")
    refuse_if(not ordered, "a window frame without ORDER BY")

    def bound(side: str) -> str:
        value, direction = spec.args.get(side) or "CURRENT ROW", spec.args.get(f"{side}_side") or ""
        if isinstance(value, exp.Expr):
            if not (isinstance(value, exp.Literal) and value.name.isdecimal()):
                raise Refused("a window frame that is not a constant")
            value = value.name
        return f"{value} {direction}".strip().upper()

    def place(bound: str) -> int:
        """Before, at or after the current row."""
        return 0 if bound == "CURRENT ROW" else -1 if bound.endswith("PRECEDING") else 1

    start, end = bound("start"), bound("end")
    if not spec.args.get("end") and start.endswith("FOLLOWING"):
        start, end = end, start
    if start == "UNBOUNDED FOLLOWING" or end == "UNBOUNDED PRECEDING" or place(start) > place(end):
        raise SqlError(f"frame starting from {start.lower()} cannot end with {end.lower()}")
    return f"ROWS BETWEEN {start} AND {end}"


def _window(names: str, signature: str, sql: str, result: Type | None, page: str) -> None:
    """One of DuckDB's window functions; without ``result``, of its first argument's type."""

    @define(names, signature, page, WINDOWS)
    def build(over: str, nulls: str, *args: Value) -> Value:
        return Value(sql.format(*(a.sql for a in args), nulls=nulls, over=over), result or args[0].type)


for _name in ("row_number", "rank", "dense_rank"):
    _window(_name, "", f"CAST({_name}(){{over}} AS BIGINT)", INT8, f"{_name.upper()} window function")
for _name in ("percent_rank", "cume_dist"):
    _window(_name, "", f"{_name}(){{over}}", FLOAT8, f"{_name.upper()} window function")
_window("ntile", "i", "CAST(ntile({0}){over} AS BIGINT)", INT8, "NTILE window function")
_window("first_value", "x", "first_value({0}{nulls}){over}", None, "FIRST_VALUE and LAST_VALUE window functions")
_window("last_value", "x", "last_value({0}{nulls}){over}", None, "FIRST_VALUE and LAST_VALUE window functions")


@define("nth_value", "xi", "NTH_VALUE window function", WINDOWS)
def _nth_value(over: str, nulls: str, x: Value, offset: Value) -> Value:
    fail_if(offset.sql.startswith(("CAST(0 ", "CAST(-")), "the offset of NTH_VALUE must be greater than 0")
    return Value(f"nth_value({x.sql}, {offset.sql}{nulls}){over}", x.type)


_RATIO = "(CAST({0} AS DOUBLE) / nullif(sum(CAST({0} AS DOUBLE)){over}, 0))"
_window("ratio_to_report", "n", _RATIO, FLOAT8, "RATIO_TO_REPORT window function")


def _shifted(name: str) -> None:
    @define(name, "xi?x?", f"{name.upper()} window function", WINDOWS)
    def build(over: str, nulls: str, x: Value, offset: Value | None = None, default: Value | None = None) -> Value:
        values, target = unify([x] if default is None else [x, default], name.upper())
        args = ", ".join([values[0].sql, offset.sql if offset else "1", *(v.sql for v in values[1:])])
        return Value(f"{name}({args}{nulls}){over}", target)


_shifted("lag")
_shifted("lead")
