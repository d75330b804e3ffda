"""The allow-list of functions: each with its arguments, its result type and its meaning in DuckDB.

A function that is not here is refused by name, even if DuckDB has one of that name. Each entry names the page of
the Redshift developer guide that it follows; COVERAGE.md is written from these tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from . import casts
from .binder import Binder, Value, literal, only, unify
from .errors import Refused, SqlError
from .types import (
    BOOL,
    DATE,
    FLOAT8,
    INT4,
    INT8,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    Type,
    numeric,
    varchar,
)

Build = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """``signature``: one letter an argument (:data:`_KINDS`), ``?`` makes it optional, ``*`` repeats it."""

    signature: str
    build: Build
    page: str


FUNCTIONS: dict[str, Function] = {}
AGGREGATES: dict[str, Function] = {}
WINDOWS: dict[str, Function] = {}

_KINDS = {
    "s": "string",
    "i": "integer",
    "n": "number",
    "d": "date or timestamp",
    "b": "boolean",
    "p": "datepart",
    "c": "literal string",
    "x": "any",
}


def define(names: str, signature: str, page: str, into: dict[str, Function] = FUNCTIONS) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        for name in names.split():
            into[name] = Function(signature, build, page)
        return build

    return register


def plain(names: str, signature: str, sql: str, result: Type | int, page: str) -> None:
    """A function that DuckDB has just so. ``result`` is its type, or the number of the argument whose type it keeps."""

    def build(*args: Value) -> Value:
        target = args[result].type if isinstance(result, int) else result
        if target.name == "bpchar":
            target = varchar(target.size)
        return Value(sql.format(*(a.sql for a in args)), target)

    define(names, signature, page)(build)


# -------------------------------------------------------------------- calling


def call(binder: Binder, node: exp.Expr) -> Value:
    """Bind a call, whatever its syntax."""
    if isinstance(node, exp.Window):
        return _window(binder, node)
    if isinstance(node, exp.WithinGroup):
        return _within_group(binder, node, "")
    if isinstance(node, exp.Filter):
        raise Refused("FILTER (WHERE ...): Redshift has none")
    if isinstance(node, exp.Distinct):
        raise Refused("DISTINCT outside an aggregate")
    special = _SYNTAX.get(type(node))
    if special is not None:
        return special(binder, node)
    name = node.name.lower()
    if name in AGGREGATES:
        return _aggregate(binder, name, node, "")
    if name in WINDOWS:
        raise SqlError(f"window function {name} requires an OVER clause")
    if name in SESSION and not node.expressions:
        return SESSION[name](binder)
    if name not in FUNCTIONS:
        raise Refused(f"function {name}")
    return scalar(binder, name, node.expressions)


def scalar(binder: Binder, name: str, nodes: Sequence[exp.Expr]) -> Value:
    function = FUNCTIONS[name]
    args = _arguments(binder, name, function.signature, nodes)
    return replace(function.build(*args), name=name)


def _arguments(binder: Binder, name: str, signature: str, nodes: Sequence[exp.Expr]) -> list[Value]:
    kinds: list[str] = []
    required = 0
    for letter in signature:
        if letter == "*":
            kinds.extend(kinds[-1:] * max(len(nodes) - len(kinds), 0))
        elif letter == "?":
            required -= 1
        else:
            kinds.append(letter)
            required += 1
    if not required <= len(nodes) <= len(kinds):
        raise SqlError(f"function {name} does not exist with {len(nodes)} arguments")
    return [_argument(binder, name, kind, node) for kind, node in zip(kinds, nodes, strict=False)]


def _argument(binder: Binder, name: str, kind: str, node: exp.Expr) -> Value:
    if kind == "p":
        if isinstance(node, (exp.Column, exp.Var)) or (isinstance(node, exp.Literal) and node.is_string):
            return Value(datepart(node.name), UNKNOWN)
        raise Refused(f"{name} with a computed datepart")
    value = binder.expr(node)
    if kind == "c":
        if value.text is None:
            raise Refused(f"{name} with an argument that is not a literal string")
        return value
    return coerce(value, kind, name)


def coerce(value: Value, kind: str, name: str) -> Value:
    source = value.type
    if kind == "x":
        return value
    if kind == "s":
        return casts.text(value, name)
    if kind == "b":
        return casts.implicit(value, BOOL)
    if source == UNKNOWN:
        return casts.constant(value, {"i": INT4, "n": FLOAT8, "d": TIMESTAMP}[kind])
    if (
        (kind == "i" and source.is_integer)
        or (kind == "n" and source.is_numeric)
        or (kind == "d" and source.is_datetime)
    ):
        return value
    raise SqlError(f"function {name}({source}) does not exist")


# -------------------------------------------------------------------- aggregates and windows

Over = Callable[[str], str]


def _aggregate(binder: Binder, name: str, node: exp.Expr, over: str, order: str = "") -> Value:
    function = AGGREGATES[name]
    nodes = list(node.expressions)
    distinct = ""
    if len(nodes) == 1 and isinstance(nodes[0], exp.Distinct):
        only(nodes[0], "expressions")
        nodes, distinct = list(nodes[0].expressions), "DISTINCT "
        if over and name != "listagg":
            raise SqlError(f"DISTINCT is not supported in the window function {name}")
    if name == "count" and len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        only(nodes[0])
        return Value(f"count(*){over}", INT8, "count")
    args = _arguments(binder, name, function.signature, nodes)
    value = function.build(lambda sql: sql + over, distinct, order, *args)
    return replace(value, name=name.removeprefix("approximate_"))


def aggregate(names: str, signature: str, page: str) -> Callable[[Build], Build]:
    return define(names, signature, page, AGGREGATES)


@aggregate("count", "x", "COUNT function")
def _count(agg: Over, distinct: str, order: str, x: Value) -> Value:
    return Value(agg(f"count({distinct}{x.sql})"), INT8)


@aggregate("approximate_count", "x", "COUNT function")
def _approximate_count(agg: Over, distinct: str, order: str, x: Value) -> Value:
    """HyperLogLog may be off by 2 %; the exact count is within that."""
    if not distinct:
        raise SqlError("APPROXIMATE is only for COUNT ( DISTINCT expression )")
    return Value(agg(f"count(DISTINCT {x.sql})"), INT8)


@aggregate("sum", "n", "SUM function")
def _sum(agg: Over, distinct: str, order: str, x: Value) -> Value:
    total = agg(f"sum({distinct}{x.sql})")
    if x.type.name == "numeric":
        return Value(f"CAST({total} AS DECIMAL(38,{x.type.scale}))", numeric(38, x.type.scale))
    if x.type == INT8:
        return Value(f"CAST({total} AS DECIMAL(38,0))", numeric(38, 0))
    target = INT8 if x.type.is_integer else FLOAT8
    return Value(f"CAST({total} AS {target.duck})", target)


@aggregate("avg", "n", "AVG function")
def _avg(agg: Over, distinct: str, order: str, x: Value) -> Value:
    """BIGINT for integers, cut; a decimal keeps its scale."""
    total, count = agg(f"sum({distinct}{x.sql})"), f"nullif({agg(f'count({distinct}{x.sql})')}, 0)"
    if x.type.is_integer:
        return Value(f"CAST({total} // {count} AS BIGINT)", INT8)
    if x.type.name == "numeric":
        target = numeric(38, x.type.scale)
        return Value(
            f"CAST(rs_divide(CAST({total} AS VARCHAR), CAST({count} AS VARCHAR), {target.scale}) AS {target.duck})",
            target,
        )
    return Value(agg(f"avg({distinct}{x.sql})"), FLOAT8)


def _extremes(name: str) -> Build:
    def build(agg: Over, distinct: str, order: str, x: Value) -> Value:
        if x.type == BOOL:
            raise SqlError(f"function {name}(boolean) does not exist")
        value = casts.text(x, name) if x.type == UNKNOWN else x
        return Value(agg(f"{name}({value.sql})"), value.type)

    return build


for _name in ("min", "max"):
    define(_name, "x", f"{_name.upper()} function", AGGREGATES)(_extremes(_name))


def _statistics(name: str, duck: str) -> None:
    @aggregate(name, "n", "STDDEV_SAMP and STDDEV_POP functions, VAR_SAMP and VAR_POP functions")
    def build(agg: Over, distinct: str, order: str, x: Value) -> Value:
        return Value(agg(f"{duck}({distinct}CAST({x.sql} AS DOUBLE))"), FLOAT8)


for _name, _duck in (
    ("stddev", "stddev_samp"),
    ("stddev_samp", "stddev_samp"),
    ("stddev_pop", "stddev_pop"),
    ("variance", "var_samp"),
    ("var_samp", "var_samp"),
    ("var_pop", "var_pop"),
):
    _statistics(_name, _duck)


@aggregate("listagg", "sc?", "LISTAGG function")
def _listagg(agg: Over, distinct: str, order: str, x: Value, delimiter: Value | None = None) -> Value:
    between = literal(delimiter.text or "") if delimiter else "''"
    return Value(agg(f"string_agg({distinct}{x.sql}, {between}{order})"), TEXT)


def _within_group(binder: Binder, node: exp.WithinGroup, over: str) -> Value:
    only(node, "this", "expression")
    name = node.this.name.lower()
    order = node.expression
    if name == "listagg":
        sorting = " ORDER BY " + ", ".join(binder.ordered(o) for o in order.expressions)
        return _aggregate(binder, name, node.this, over, sorting)
    if name in ("percentile_cont", "percentile_disc"):
        return _percentile(binder, name, node.this.expressions, order, over)
    raise Refused(f"{name} WITHIN GROUP")


def _percentile(binder: Binder, name: str, nodes: Sequence[exp.Expr], order: exp.Expr, over: str) -> Value:
    if len(nodes) != 1 or len(order.expressions) != 1 or not isinstance(nodes[0], exp.Literal):
        raise Refused(f"{name} with other than one constant and one ordering expression")
    ordered = order.expressions[0]
    value = coerce(binder.expr(ordered.this), "n", name)
    fraction = f"1 - {nodes[0].name}" if ordered.args.get("desc") else nodes[0].name
    if name == "percentile_disc":
        if ordered.args.get("desc"):
            raise Refused("PERCENTILE_DISC in descending order")
        return Value(f"quantile_disc({value.sql}, {fraction}){over}", value.type, name)
    return Value(f"quantile_cont(CAST({value.sql} AS DOUBLE), {fraction}){over}", FLOAT8, name)


def _window(binder: Binder, node: exp.Window) -> Value:
    only(node, "this", "partition_by", "order", "spec", "over")
    inner, ignoring = _ignoring(node.this)
    name = inner.this.name.lower() if isinstance(inner, exp.WithinGroup) else inner.name.lower()
    over = _over(binder, node, name)
    ordered, framed = node.args.get("order") is not None, node.args.get("spec") is not None
    if isinstance(inner, exp.WithinGroup) and not ordered:
        return _within_group(binder, inner, over)
    if not isinstance(inner, exp.Anonymous):
        raise Refused(f"{type(inner).__name__} with OVER (... ORDER BY ...)")
    if ordered and not framed and (name in AGGREGATES or name in _NEED_FRAME):
        raise SqlError("Aggregate window functions with an ORDER BY clause require a frame clause")
    if name in AGGREGATES and not ignoring:
        return _aggregate(binder, name, inner, over)
    if name not in WINDOWS:
        raise Refused(f"{'IGNORE NULLS with ' if ignoring else ''}window function {name}")
    return _windowed(binder, name, inner, over, ignoring=ignoring, ordered=ordered, framed=framed)


def _windowed(
    binder: Binder, name: str, inner: exp.Expr, over: str, *, ignoring: bool, ordered: bool, framed: bool
) -> Value:
    if name in _NEED_ORDER and not ordered:
        raise Refused(f"{name} without ORDER BY in its window")
    if framed and name not in _NEED_FRAME:
        raise Refused(f"a frame clause for {name}")
    nodes = list(inner.expressions)
    if nodes:
        nodes[0], within = _ignoring(nodes[0])
        ignoring = ignoring or within
    if ignoring and name not in ("lag", "lead", *_NEED_FRAME):
        raise Refused(f"IGNORE NULLS with {name}")
    function = WINDOWS[name]
    args = _arguments(binder, name, function.signature, nodes)
    return replace(function.build(over, " IGNORE NULLS" if ignoring else "", *args), name=name)


def _ignoring(node: exp.Expr) -> tuple[exp.Expr, bool]:
    """A node without IGNORE NULLS or RESPECT NULLS around it, and whether it was IGNORE."""
    if isinstance(node, (exp.IgnoreNulls, exp.RespectNulls)):
        return node.this, isinstance(node, exp.IgnoreNulls)
    return node, False


def _over(binder: Binder, node: exp.Window, name: str) -> str:
    order, spec = node.args.get("order"), node.args.get("spec")
    parts = []
    if node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(binder.expr(e).sql for e in node.args["partition_by"]))
    if order is not None:
        parts.append("ORDER BY " + ", ".join(binder.ordered(o) for o in order.expressions))
    if spec is not None:
        parts.append(_frame(spec, name, ordered=order is not None))
    return f" OVER ({' '.join(parts)})"


_NEED_ORDER = {"lag", "lead", "ntile", "percent_rank", "cume_dist", "rank", "dense_rank"}
_NEED_FRAME = {"first_value", "last_value", "nth_value"}


def _frame(spec: exp.WindowSpec, name: str, *, ordered: bool) -> str:
    """ "Window function syntax summary": ROWS only, constants only."""
    only(spec, "kind", "start", "start_side", "end", "end_side")
    if str(spec.args.get("kind")).upper() != "ROWS":
        raise Refused("window frames in RANGE or GROUPS")
    if not ordered:
        raise Refused("a window frame without ORDER BY")

    def bound(side: str, default: str) -> str:
        value, direction = spec.args.get(side), spec.args.get(f"{side}_side") or ""
        if value is None:
            return default
        if isinstance(value, exp.Expr):
            if not (isinstance(value, exp.Literal) and value.name.isdecimal()):
                raise Refused("a window frame that is not a constant")
            value = value.name
        return f"{value} {direction}".strip()

    return f"ROWS BETWEEN {bound('start', 'UNBOUNDED PRECEDING')} AND {bound('end', 'CURRENT ROW')}"


def window(names: str, signature: str, page: str) -> Callable[[Build], Build]:
    return define(names, signature, page, WINDOWS)


def _simple_window(name: str, target: Type) -> None:
    @window(name, "", f"{name.upper()} window function")
    def build(over: str, nulls: str) -> Value:
        return Value(f"CAST({name}(){over} AS {target.duck})", target)


for _name, _type in (
    ("row_number", INT8),
    ("rank", INT8),
    ("dense_rank", INT8),
    ("percent_rank", FLOAT8),
    ("cume_dist", FLOAT8),
):
    _simple_window(_name, _type)


@window("ntile", "i", "NTILE window function")
def _ntile(over: str, nulls: str, n: Value) -> Value:
    return Value(f"CAST(ntile({n.sql}){over} AS BIGINT)", INT8)


def _shifted(name: str) -> None:
    @window(name, "xi?x?", f"{name.upper()} window function")
    def build(over: str, nulls: str, x: Value, offset: Value | None = None, default: Value | None = None) -> Value:
        values, target = unify([x] if default is None else [x, default], name.upper())
        args = ", ".join([values[0].sql, offset.sql if offset else "1", *(v.sql for v in values[1:])])
        return Value(f"{name}({args}{nulls}){over}", target)


_shifted("lag")
_shifted("lead")


def _picked(name: str, signature: str) -> None:
    @window(name, signature, "FIRST_VALUE and LAST_VALUE window functions, NTH_VALUE window function")
    def build(over: str, nulls: str, x: Value, n: Value | None = None) -> Value:
        return Value(f"{name}({x.sql}{', ' + n.sql if n else ''}{nulls}){over}", x.type)


_picked("first_value", "x")
_picked("last_value", "x")
_picked("nth_value", "xi")


@window("ratio_to_report", "n", "RATIO_TO_REPORT window function")
def _ratio(over: str, nulls: str, x: Value) -> Value:
    value = f"CAST({x.sql} AS DOUBLE)"
    return Value(f"({value} / nullif(sum({value}){over}, 0))", FLOAT8)


@window("median", "n", "MEDIAN window function")
def _median_window(over: str, nulls: str, x: Value) -> Value:
    return Value(f"median(CAST({x.sql} AS DOUBLE)){over}", FLOAT8)


# -------------------------------------------------------------------- conditions


@define("coalesce nvl", "x*", "NVL and COALESCE functions")
def _coalesce(*args: Value) -> Value:
    if not args:
        raise SqlError("COALESCE needs an argument")
    values, target = unify(args, "COALESCE")
    return Value(f"coalesce({', '.join(v.sql for v in values)})", target)


@define("nullif", "xx", "NULLIF function")
def _nullif(a: Value, b: Value) -> Value:
    left, right = casts.comparable(a, b, "=")
    kept = casts.text(a, "NULLIF") if a.type == UNKNOWN else a
    return Value(f"CASE WHEN {left.sql} = {right.sql} THEN NULL ELSE {kept.sql} END", kept.type)


@define("nvl2", "xxx", "NVL2 function")
def _nvl2(a: Value, b: Value, c: Value) -> Value:
    (b, c), target = unify([b, c], "NVL2")
    return Value(f"CASE WHEN {a.sql} IS NOT NULL THEN {b.sql} ELSE {c.sql} END", target)


@define("decode", "xxxx*", "DECODE expression")
def _decode(subject: Value, *rest: Value) -> Value:
    """Two NULLs are equal here, unlike everywhere else."""
    pairs = [(rest[i], rest[i + 1]) for i in range(0, len(rest) - 1, 2)]
    default = [rest[-1]] if len(rest) % 2 else [Value("NULL", UNKNOWN)]
    results, target = unify([r for _, r in pairs] + default, "DECODE")
    tests = []
    for search, _ in pairs:
        if search.is_null or subject.is_null:
            tests.append(f"({subject.sql} IS NULL)" if search.is_null else "FALSE")
        else:
            left, right = casts.comparable(subject, search, "=")
            tests.append(f"({left.sql} IS NOT DISTINCT FROM {right.sql})")
    body = " ".join(f"WHEN {t} THEN {r.sql}" for t, r in zip(tests, results[:-1], strict=True))
    return Value(f"CASE {body} ELSE {results[-1].sql} END", target)


def _greatest(name: str) -> None:
    @define(name, "xx*", "GREATEST and LEAST functions")
    def build(*args: Value) -> Value:
        values, target = unify(args, name.upper())
        return Value(f"{name}({', '.join(v.sql for v in values)})", target)


_greatest("greatest")
_greatest("least")

# -------------------------------------------------------------------- numbers


@define("abs", "n", "ABS function")
def _abs(x: Value) -> Value:
    return Value(f"abs({x.sql})", x.type)


@define("round", "ni?", "ROUND function")
def _round(x: Value, n: Value | None = None) -> Value:
    return _rounded("round", x, n)


def _rounded(name: str, x: Value, n: Value | None) -> Value:
    if x.type.name in ("float4", "float8"):
        digits = n.sql if n else "0"
        return Value(f"{name}(CAST({x.sql} AS DOUBLE), {digits})", FLOAT8)
    decimal = casts.implicit(x, x.type.as_decimal())
    digits = n.sql if n else "0"
    target = decimal.type
    return Value(f"CAST(rs_{name}(CAST({decimal.sql} AS VARCHAR), {digits}) AS {target.duck})", target)


plain("sqrt", "n", "sqrt(CAST({0} AS DOUBLE))", FLOAT8, "SQRT function")
plain("exp", "n", "rs_finite(exp(CAST({0} AS DOUBLE)))", FLOAT8, "EXP function")
plain("ln", "n", "ln(CAST({0} AS DOUBLE))", FLOAT8, "LN function")
plain("log", "n", "log10(CAST({0} AS DOUBLE))", FLOAT8, "LOG function")
plain("ceil ceiling", "n", "ceil(CAST({0} AS DOUBLE))", FLOAT8, "CEILING function")
plain("floor", "n", "floor(CAST({0} AS DOUBLE))", FLOAT8, "FLOOR function")

# -------------------------------------------------------------------- strings

plain("upper", "s", "upper({0})", 0, "UPPER function")
plain("lower", "s", "lower({0})", 0, "LOWER function")
plain(
    "len length char_length character_length textlen",
    "s",
    "CAST(length({0}) AS INTEGER)",
    INT4,
    "LEN function",
)
plain("octet_length", "s", "CAST(strlen({0}) AS INTEGER)", INT4, "OCTET_LENGTH function")
plain("btrim", "sc?", "trim({0}, ' ')", 0, "BTRIM function")
plain("replace", "sss", "replace({0}, {1}, {2})", TEXT, "REPLACE function")


@define("concat", "ss", "CONCAT function")
def _concat(a: Value, b: Value) -> Value:
    return Value(f"({a.sql} || {b.sql})", varchar(a.type.size + b.type.size))


@define("left", "si", "LEFT and RIGHT functions")
def _left(s: Value, n: Value) -> Value:
    return Value(f"rs_substring({s.sql}, 1, {n.sql})", varchar(s.type.size))


# -------------------------------------------------------------------- dates

PARTS = {
    "year": "year years y yr yrs",
    "quarter": "quarter quarters qtr qtrs",
    "month": "month months mon mons",
    "week": "week weeks w",
    "day": "day days d",
    "hour": "hour hours h hr hrs",
    "minute": "minute minutes m min mins",
    "second": "second seconds s sec secs",
    "dayofweek": "dayofweek dow dw weekday",
    "dayofyear": "dayofyear doy dy yearday",
    "epoch": "epoch",
}
_PART = {alias: part for part, aliases in PARTS.items() for alias in aliases.split()}


def datepart(word: str) -> str:
    """ "Dateparts for date or timestamp functions": a datepart or one of its abbreviations."""
    part = _PART.get(word.lower())
    if part is None:
        raise Refused(f"datepart {word}")
    return part


def _extracted(part: str, x: Value) -> Value:
    if part in ("hour", "minute", "second") and x.type == DATE:
        x = casts.implicit(x, TIMESTAMP)
    if part == "epoch":
        return Value(f"CAST(floor(epoch({x.sql})) AS BIGINT)", INT8)
    return Value(f"CAST({part}({x.sql}) AS INTEGER)", INT4)


@define("date_part", "pd", "DATE_PART function")
def _date_part(part: Value, x: Value) -> Value:
    return _extracted(part.sql, x)


def _on_extract(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "expression")
    value = coerce(binder.expr(node.expression), "d", "extract")
    return replace(_extracted(datepart(node.this.name), value), name="date_part")


@define("date_trunc", "pd", "DATE_TRUNC function")
def _date_trunc(part: Value, x: Value) -> Value:
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    if part.sql not in ("year", "quarter", "month", "week", "day", "hour", "minute", "second"):
        raise SqlError(f"DATE_TRUNC does not know {part.sql}")
    return Value(f"date_trunc('{part.sql}', {casts.implicit(x, target).sql})", target)


@define("dateadd date_add", "pid", "DATEADD function")
def _dateadd(part: Value, n: Value, x: Value) -> Value:
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    word = {"quarter": "month"}.get(part.sql, part.sql)
    if word not in ("year", "month", "week", "day", "hour", "minute", "second"):
        raise Refused(f"DATEADD of {part.sql}")
    amount = f"({n.sql} * 3)" if part.sql == "quarter" else n.sql
    return Value(f"({casts.implicit(x, target).sql} + {amount} * INTERVAL 1 {word})", target)


@define("datediff date_diff", "pdd", "DATEDIFF function")
def _datediff(part: Value, a: Value, b: Value) -> Value:
    a, b = casts.comparable(a, b, "DATEDIFF")
    if part.sql not in ("year", "quarter", "month", "week", "day", "hour", "minute", "second"):
        raise Refused(f"DATEDIFF of {part.sql}")
    if part.sql in ("hour", "minute", "second"):
        a, b = (casts.implicit(v, TIMESTAMP) if v.type == DATE else v for v in (a, b))
    return Value(f"date_diff('{part.sql}', {a.sql}, {b.sql})", INT8)


@define("last_day", "d", "LAST_DAY function")
def _last_day(x: Value) -> Value:
    return Value(f"last_day({x.sql})", DATE)


@define("to_char", "xc", "TO_CHAR")
def _to_char(x: Value, mask: Value) -> Value:
    if x.type.is_datetime:
        stamp = casts.implicit(x, TIMESTAMP) if x.type == DATE else x
        return Value(f"rs_to_char(CAST({stamp.sql} AS TIMESTAMP), {literal(mask.text or '')})", TEXT)
    raise Refused(f"TO_CHAR of {x.type}")


def stamp(moment: dt.datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(' ')}'"


def _getdate(binder: Binder) -> Value:
    return Value(stamp(binder.clock.statement.replace(microsecond=0)), TIMESTAMP, "getdate")


def _current_user(binder: Binder) -> Value:
    return Value(literal(binder.clock.user), varchar(128), "current_user")


SESSION: dict[str, Callable[[Binder], Value]] = {
    "getdate": _getdate,
    "current_database": lambda b: Value(literal(b.clock.database), varchar(128), "current_database"),
    "current_schema": lambda b: Value("'public'", varchar(128), "current_schema"),
    "user": _current_user,
}


def _sysdate(binder: Binder, node: exp.Expr) -> Value:
    if not node.args.get("sysdate"):
        raise Refused("CURRENT_TIMESTAMP: Redshift's functions are GETDATE() and SYSDATE")
    return Value(stamp(binder.clock.transaction), TIMESTAMP, "timestamp")


def _current_date(binder: Binder, node: exp.Expr) -> Value:
    only(node)
    return Value(f"DATE '{binder.clock.transaction.date().isoformat()}'", DATE, "date")


def _trim(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "position", "expression")
    value = coerce(binder.expr(node.this), "s", "trim")
    what = coerce(binder.expr(node.expression), "s", "trim").sql if node.args.get("expression") else "' '"
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    return Value(f"{name}({value.sql}, {what})", varchar(value.type.size), "btrim")


def _substring(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "start", "length")
    value = coerce(binder.expr(node.this), "s", "substring")
    start = coerce(binder.expr(node.args["start"]), "i", "substring")
    length = (
        coerce(binder.expr(node.args["length"]), "i", "substring").sql if node.args.get("length") else str(2**31 - 1)
    )
    return Value(f"rs_substring({value.sql}, {start.sql}, {length})", varchar(value.type.size), "substring")


def _position(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "substr")
    value, sought = (coerce(binder.expr(node.args[k]), "s", "position") for k in ("this", "substr"))
    return Value(f"CAST(strpos({value.sql}, {sought.sql}) AS INTEGER)", INT4, "strpos")


def _like(binder: Binder, node: exp.Expr) -> Value:
    escape = "\\\\"
    inner = node
    if isinstance(node, exp.Escape):
        inner, escape = node.this, node.expression.name
    word = "LIKE" if isinstance(inner, exp.Like) else "ILIKE" if isinstance(inner, exp.ILike) else None
    if word is None:
        raise Refused(f"the operator {type(inner).__name__}")
    only(inner, "this", "expression", "negate")
    value = coerce(binder.expr(inner.this), "s", "LIKE")
    pattern = coerce(binder.expr(inner.expression), "s", "LIKE")
    mark = literal(escape if escape != "\\\\" else "\\")
    sql = f"({value.sql} {'NOT ' if inner.args.get('negate') else ''}{word} {pattern.sql} ESCAPE {mark})"
    return Value(sql, BOOL)


_SYNTAX: dict[type[exp.Expr], Callable[[Binder, exp.Expr], Value]] = {
    exp.Extract: _on_extract,
    exp.CurrentTimestamp: _sysdate,
    exp.CurrentDate: _current_date,
    exp.CurrentUser: lambda b, _: _current_user(b),
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.StrPosition: _position,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _like,
    exp.SimilarTo: _like,
    exp.RegexpLike: _like,
}
