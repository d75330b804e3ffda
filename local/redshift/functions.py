"""The allow-list of functions: each with its arguments, its result type and its meaning in DuckDB.

A function that is not here is refused by name, even if DuckDB has one of that name. To add one: a row of :func:`plain`
under its heading if it is one DuckDB expression, else a builder under :func:`define`; both name the page of the
Redshift developer guide, from which its cases in ``tests/emulator/cases.py`` come. What DuckDB lacks is written in
``native.py``; aggregates and window functions are in ``aggregates.py``. COVERAGE.md is made from these tables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from . import casts, regex, templates, values
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
    from_ast,
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


def plain(names: str, signature: str, sql: str, result: Type | int, page: str, *defaults: str) -> None:
    """A function that is one DuckDB expression.

    ``result`` is its type, or the number of the argument whose type it keeps; ``defaults`` stand for the last arguments
    where they are not given.
    """

    def build(*args: Value) -> Value:
        target = args[result].type if isinstance(result, int) else result
        if target.name == "bpchar":
            target = varchar(target.size)
        missing = len(signature.replace("?", "")) - len(args)
        given = [a.sql for a in args] + list(defaults[len(defaults) - missing :])
        return Value(sql.format(*given), target)

    define(names, signature, page)(build)


# -------------------------------------------------------------------- calling


def call(binder: Binder, node: exp.Expr) -> Value:
    """Bind a call, whatever its syntax."""
    from . import aggregates

    if isinstance(node, exp.Window):
        return aggregates.windowed(binder, node)
    if isinstance(node, exp.WithinGroup):
        with binder.ungrouped():
            return aggregates.within_group(binder, node, "")
    special = _SYNTAX.get(type(node))
    if special is not None:
        return special(binder, node)
    name = node.name.lower()
    if name in aggregates.AGGREGATES:
        with binder.ungrouped():
            return aggregates.aggregated(binder, name, node, "")
    if name in aggregates.WINDOWS:
        raise SqlError(f"window function {name} requires an OVER clause")
    if name in SESSION and not node.expressions:
        return SESSION[name](binder)
    if name not in FUNCTIONS:
        raise Refused(f"function {name}")
    return scalar(binder, name, node.expressions)


def scalar(binder: Binder, name: str, nodes: Sequence[exp.Expr]) -> Value:
    function = FUNCTIONS[name]
    args = arguments(binder, name, function.signature, nodes)
    return replace(function.build(*args), name=_LABELS.get(name, name), column=None, text=None)


_LABELS = {
    "dateadd": "date_add",
    "datediff": "date_diff",
    "date_part": "pgdate_part",
    "nvl": "coalesce",
}  # column names


def arguments(binder: Binder, name: str, signature: str, nodes: Sequence[exp.Expr]) -> list[Value]:
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
            return Value(values.datepart(node.name), UNKNOWN)
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
    if source.name == "interval":
        raise Refused(f"{name} of an interval")
    if source.is_string:
        raise Refused(f"{name} of a string that is not a literal, without a CAST")
    raise SqlError(f"function {name}({source}) does not exist")


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


@define("decode", "xxxx?*", "DECODE expression")
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
    @define(name, "x*", "GREATEST and LEAST functions")
    def build(*args: Value) -> Value:
        values, target = unify(args, name.upper())
        return Value(f"{name}({', '.join(v.sql for v in values)})", target)


_greatest("greatest")
_greatest("least")

# -------------------------------------------------------------------- numbers


plain("abs", "n", "abs({0})", 0, "ABS function")


@define("round", "ni?", "ROUND function")
def _round(x: Value, n: Value | None = None) -> Value:
    """Half away from zero, also for doubles."""
    return _rounded("round", x, n)


def _rounded(name: str, x: Value, n: Value | None) -> Value:
    """A decimal shows the digits that are asked for, as in the examples, and has room for a carry."""
    digits = n.sql if n else "0"
    if x.type.name == "float8" and name == "round":
        return Value(f"round({x.sql}{f', {digits}' if n else ''})", FLOAT8)
    if not x.type.is_integer and x.type.name != "numeric":
        return Value(f"CAST(rs_{name}(CAST({x.sql} AS VARCHAR), {digits}) AS {x.type.duck})", x.type)
    if x.type.is_integer and n is None:
        return x
    decimal = casts.implicit(x, x.type.as_decimal())
    given = _LITERAL_INTEGER.fullmatch(digits)
    scale = min(max(int(given[1]), 0), decimal.type.scale) if given else decimal.type.scale
    precision = min(decimal.type.size - decimal.type.scale + scale + 1, 38)
    target = x.type if x.type.is_integer else numeric(precision, scale)
    return Value(f"CAST(rs_{name}(CAST({decimal.sql} AS VARCHAR), {digits}) AS {target.duck})", target)


_LITERAL_INTEGER = re.compile(r"(?:CAST\('?)?(-?\d+)(?:'? AS INTEGER\))?")


def _whole(names: str, duck: str, page: str) -> None:
    @define(names, "n", page)
    def build(x: Value) -> Value:
        if x.type.is_integer:
            return x
        if x.type.name == "numeric":
            target = numeric(min(x.type.size - x.type.scale + 1, 38), 0)
            return Value(f"CAST({duck}({x.sql}) AS {target.duck})", target)
        return Value(f"{duck}({x.sql})", x.type)


_whole("ceil ceiling", "ceil", "CEILING (or CEIL) function")
_whole("floor", "floor", "FLOOR function")


@define("trunc", "xi?", "TRUNC function")
def _trunc(x: Value, n: Value | None = None) -> Value:
    if x.type.is_datetime and n is None:
        return casts.explicit(x, DATE)
    if not x.type.is_numeric:
        raise SqlError(f"function trunc({x.type}) does not exist")
    return _rounded("trunc", x, n)


@define("sign", "n", "SIGN function")
def _sign(x: Value) -> Value:
    target = numeric(1, 0) if x.type.name == "numeric" else INT4 if x.type.is_integer else x.type
    return Value(f"CAST(sign({x.sql}) AS {target.duck})", target)


@define("mod", "xx", "MOD function")
def _mod(a: Value, b: Value) -> Value:
    a, b = (coerce(v, "n", "mod") if v.type != UNKNOWN or v.text else casts.constant(v, INT4) for v in (a, b))
    return operate_numbers("%", a, b)


def _double(names: str, duck: str, page: str, arity: int = 1) -> None:
    args = ", ".join(f"CAST({{{i}}} AS DOUBLE)" for i in range(arity))
    plain(names, "n" * arity, f"rs_finite({duck}({args}))", FLOAT8, page)


for _names, _duck, _page in (
    ("sqrt", "sqrt", "SQRT function"), ("cbrt", "rs_cbrt", "CBRT function"),
    ("exp dexp", "exp", "EXP function, DEXP function"),
    ("ln dlog1", "ln", "LN function, DLOG1 function"),
    ("log dlog10", "log10", "LOG function, DLOG10 function"),
    ("sin", "sin", "SIN function"), ("cos", "cos", "COS function"), ("tan", "tan", "TAN function"),
    ("cot", "cot", "COT function"),
    ("asin", "asin", "ASIN function"), ("acos", "acos", "ACOS function"), ("atan", "atan", "ATAN function"),
    ("degrees", "degrees", "DEGREES function"), ("radians", "radians", "RADIANS function"),
):  # fmt: skip
    _double(_names, _duck, _page)
_double("power pow", "pow", "POWER function", 2)
_double("atan2", "atan2", "ATAN2 function", 2)
plain("pi", "", "pi()", FLOAT8, "PI function")
plain("random", "", "random()", FLOAT8, "RANDOM function")
plain("to_hex", "i", "lower(to_hex(CAST({0} AS BIGINT)))", varchar(16), "TO_HEX function")
plain("strtol", "si", "rs_strtol({0}, {1})", INT8, "STRTOL function")


def operate_numbers(op: str, a: Value, b: Value) -> Value:
    from .binder import number_operation

    return number_operation(op, a, b)


# -------------------------------------------------------------------- strings

plain("upper", "s", "upper({0})", 0, "UPPER function")
plain("lower", "s", "lower({0})", 0, "LOWER function")
plain("initcap", "s", "rs_initcap({0})", 0, "INITCAP function")
plain("len length char_length character_length textlen", "s", "CAST(length({0}) AS INTEGER)", INT4, "LEN function")
plain("octet_length", "s", "CAST(strlen({0}) AS INTEGER)", INT4, "OCTET_LENGTH function")
plain("replace", "sss", "rs_short(replace({0}, {1}, {2}))", TEXT, "REPLACE function")
plain("translate", "sss", "translate({0}, {1}, {2})", 0, "TRANSLATE function")
plain("reverse", "s", "reverse({0})", 0, "REVERSE function")
plain(
    "repeat replicate", "si", "rs_short(repeat({0}, CAST({1} AS BIGINT)))", TEXT, "REPEAT function, REPLICATE function"
)
plain("ascii", "s", "CAST(ascii({0}) AS INTEGER)", INT4, "ASCII function")
plain("chr", "i", "chr(CAST({0} AS INTEGER))", varchar(4), "CHR function")
plain("strpos", "ss", "CAST(strpos({0}, {1}) AS INTEGER)", INT4, "STRPOS function")
plain("charindex", "ss", "CAST(strpos({1}, {0}) AS INTEGER)", INT4, "CHARINDEX function")
plain("md5", "s", "md5({0})", varchar(32), "MD5 function")
plain("crc32", "s", "rs_crc32({0})", varchar(8), "CRC32 function")
plain("quote_ident", "s", "rs_quote_ident({0})", TEXT, "QUOTE_IDENT function")
plain("quote_literal", "s", "rs_quote_literal({0})", TEXT, "QUOTE_LITERAL function")
plain("sha1 func_sha1 sha", "s", "sha1({0})", varchar(40), "SHA1 function")
plain("split_part", "ssi", "rs_split_part({0}, {1}, {2})", 0, "SPLIT_PART function")


plain("lpad", "sis?", "rs_short(rs_lpad({0}, {1}, {2}))", TEXT, "LPAD and RPAD functions", "' '")
plain("rpad", "sis?", "rs_short(rs_rpad({0}, {1}, {2}))", TEXT, "LPAD and RPAD functions", "' '")
plain("btrim", "ss?", "trim({0}, {1})", 0, "BTRIM function", "' '")
plain("ltrim", "ss?", "ltrim({0}, {1})", 0, "LTRIM function", "' '")
plain("rtrim", "ss?", "rtrim({0}, {1})", 0, "RTRIM function", "' '")
plain("left", "si", "rs_substring({0}, 1, {1})", 0, "LEFT and RIGHT functions")
plain("right", "si", "rs_right({0}, {1})", 0, "LEFT and RIGHT functions")
plain("substr", "sii?", "rs_substring({0}, {1}, {2})", 0, "SUBSTRING function", str(2**31 - 1))
plain("sha2", "si", "rs_sha2({0}, {1})", varchar(128), "SHA2 function")


@define("concat", "ss", "CONCAT function")
def _concat(a: Value, b: Value) -> Value:
    return Value(f"({a.sql} || {b.sql})", varchar(a.type.size + b.type.size))


# -------------------------------------------------------------------- regular expressions


def _regexp(name: str, signature: str, defaults: Sequence[str], result: Type | int, known: str = "cip") -> None:
    """``name(text, pattern, ...)``, with its parameters (flags) last."""

    @define(name, signature, f"{name.upper()} function")
    def build(text: Value, pattern: Value, *rest: Value) -> Value:
        given = [v.sql for v in rest]
        flags = (rest[-1].text or "") if len(rest) > len(defaults) else ""
        if set(flags) - set(known):
            raise Refused(f"the regular expression parameters {flags}")
        if name == "regexp_replace" and not re.fullmatch(r"'[^\\\\$]*'", (given or ["''"])[0]):
            raise Refused("REGEXP_REPLACE with a replacement that is not plain text")
        shape = pattern.text or ""
        shape = shape if "p" in flags else regex.posix(shape, searching=True)
        args = [text.sql, literal(shape), *[*given, *defaults[len(given) :]][: len(defaults)], literal(flags)]
        return Value(f"rs_{name}({', '.join(args)})", varchar(text.type.size) if result == 0 else result)  # type: ignore[arg-type]


_regexp("regexp_substr", "sci?i?c?", ("1", "1"), 0, "ciep")
_regexp("regexp_replace", "scs?i?c?", ("''", "1"), TEXT)
_regexp("regexp_instr", "sci?i?i?c?", ("1", "1", "0"), INT4)
_regexp("regexp_count", "sci?c?", ("1",), INT4)


# -------------------------------------------------------------------- dates

_STEPS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")


def _part(part: str, x: Value) -> str:
    """A datepart as a whole number. A century starts with year ...1, a decade is counted from 1."""
    if x.type == DATE and part in ("hour", "minute", "second", "millisecond", "microsecond"):
        x = casts.implicit(x, TIMESTAMP)
    special = {
        "decade": f"year({x.sql}) // 10 + 1",
        "century": f"(year({x.sql}) + 99) // 100",
        "millennium": f"(year({x.sql}) + 999) // 1000",
        "millisecond": f"millisecond({x.sql}) % 1000",
        "epoch": f"floor(epoch({x.sql}))",
    }
    return special.get(part, f"{part}({x.sql})")


@define("date_part pgdate_part", "pd", "DATE_PART function")
def _date_part(part: Value, x: Value) -> Value:
    """A double: seconds carry their fraction."""
    if part.sql in ("millisecond", "microsecond"):
        raise Refused(f"DATE_PART of {part.sql}s")
    if part.sql in ("second", "epoch"):
        stamp_ = casts.implicit(x, TIMESTAMP) if x.type == DATE else x
        exact = f"epoch({stamp_.sql})" if part.sql == "epoch" else f"microsecond({stamp_.sql}) / 1000000.0"
        return Value(f"CAST({exact} AS DOUBLE)", FLOAT8)
    return Value(f"CAST({_part(part.sql, x)} AS DOUBLE)", FLOAT8)


plain("date_part_year", "d", "CAST(year({0}) AS INTEGER)", INT4, "DATE_PART_YEAR function")


def _on_extract(binder: Binder, node: exp.Expr) -> Value:
    """INTEGER from a DATE or TIMESTAMP, DOUBLE PRECISION from a TIMESTAMPTZ ("EXTRACT function")."""
    only(node, "this", "expression")
    value = coerce(binder.expr(node.expression), "d", "extract")
    part = values.datepart(node.this.name)
    if part == "microsecond":
        raise Refused("EXTRACT of microseconds")
    target = FLOAT8 if value.type == TIMESTAMPTZ else INT8 if part == "epoch" else INT4
    return Value(f"CAST({_part(part, value)} AS {target.duck})", target, "date_part")


@define("date_trunc", "pd", "DATE_TRUNC function")
def _date_trunc(part: Value, x: Value) -> Value:
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    if part.sql in ("dayofweek", "dayofyear", "epoch"):
        raise SqlError(f"timestamp units {part.sql!r} not supported")
    if part.sql in ("decade", "century", "millennium") and target == TIMESTAMPTZ:
        raise Refused(f"DATE_TRUNC of a TIMESTAMPTZ to the {part.sql}")
    value = casts.implicit(x, target).sql
    years = {"century": 100, "millennium": 1000}.get(part.sql)
    if years:
        first = f"((year({value}) - 1) // {years}) * {years} + 1"
        return Value(f"CAST(make_date({first}, 1, 1) AS TIMESTAMP)", target)
    return Value(f"CAST(date_trunc('{part.sql}', {value}) AS {target.duck})", target)


@define("dateadd", "pid", "DATEADD function")
def _dateadd(part: Value, n: Value, x: Value) -> Value:
    """Months end at the month's last day; a leap day plus years is March 1 ("DATEADD function", usage notes)."""
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    steps = {"decade": 120, "century": 1200, "millennium": 12000, "quarter": 3}
    if part.sql not in (*_STEPS, *steps):
        raise Refused(f"DATEADD of {part.sql}")
    value = casts.implicit(x, target).sql
    if part.sql in steps:
        return Value(f"({value} + {n.sql} * INTERVAL {steps[part.sql]} month)", target, "date_add")
    moved = f"({value} + {n.sql} * INTERVAL 1 {part.sql})"
    if part.sql == "year":
        moved = (
            f"CASE WHEN month({value}) = 2 AND day({value}) = 29 AND day({moved}) = 28"
            f" THEN {moved} + INTERVAL 1 day ELSE {moved} END"
        )
    return Value(moved, target, "date_add")


@define("datediff", "pdd", "DATEDIFF function")
def _datediff(part: Value, a: Value, b: Value) -> Value:
    """Boundaries crossed. Where weeks that start on Sunday and on Monday differ, no answer is known: an error."""
    a, b = casts.comparable(a, b, "DATEDIFF")
    if part.sql not in _STEPS:
        raise Refused(f"DATEDIFF of {part.sql}")
    a, b = (casts.implicit(v, TIMESTAMP) if v.type == DATE else v for v in (a, b))
    if part.sql == "week":
        return Value(f"rs_weeks({a.sql}, {b.sql})", INT8, "date_diff")
    return Value(f"date_diff('{part.sql}', {a.sql}, {b.sql})", INT8, "date_diff")


plain("last_day", "d", "last_day({0})", DATE, "LAST_DAY function")


@define("add_months", "di", "ADD_MONTHS function")
def _add_months(x: Value, n: Value) -> Value:
    """The last day of a month stays the last day."""
    value = casts.implicit(x, TIMESTAMP if x.type != TIMESTAMPTZ else x.type)
    moved = f"({value.sql} + {n.sql} * INTERVAL 1 month)"
    ends = f"last_day({value.sql}) = CAST({value.sql} AS DATE)"
    end = f"CAST(last_day({moved}) AS TIMESTAMP) + ({value.sql} - date_trunc('day', {value.sql}))"
    return Value(f"CASE WHEN {ends} THEN {end} ELSE {moved} END", value.type)


@define("months_between", "dd", "MONTHS_BETWEEN function")
def _months_between(a: Value, b: Value) -> Value:
    a, b = (casts.implicit(v, TIMESTAMP) for v in (a, b))
    return Value(f"rs_months_between({a.sql}, {b.sql})", FLOAT8)


@define("next_day", "dc", "NEXT_DAY function")
def _next_day(x: Value, day: Value) -> Value:
    number = next((i for i, names in enumerate(_WEEKDAYS) if (day.text or "").lower() in names.split()), None)
    if number is None:
        raise SqlError(f'"{day.text}" is not the name of a day')
    date = casts.explicit(x, DATE).sql
    return Value(f"({date} + CAST(1 + ({number} - dayofweek({date}) + 6) % 7 AS INTEGER))", DATE)


_WEEKDAYS = (
    "su sun sunday", "m mo mon monday", "tu tue tues tuesday", "w we wed wednesday", "th thu thur thurs thursday",
    "f fr fri friday", "sa sat saturday",
)  # fmt: skip


def _compared(name: str, target: Type) -> None:
    @define(name, "xx", f"{name.upper()} function")
    def build(a: Value, b: Value) -> Value:
        a, b = casts.explicit(a, target), casts.explicit(b, target)
        sql = f"CASE WHEN {a.sql} > {b.sql} THEN 1 WHEN {a.sql} < {b.sql} THEN -1 WHEN {a.sql} = {b.sql} THEN 0 END"
        return Value(f"CAST({sql} AS INTEGER)", INT4)


_compared("date_cmp", DATE)
for _name in ("timestamp_cmp", "date_cmp_timestamp", "timestamp_cmp_date"):
    _compared(_name, TIMESTAMP)


@define("convert_timezone", "ssx?", "CONVERT_TIMEZONE function")
def _convert_timezone(source: Value, target: Value, moment: Value | None = None) -> Value:
    """Without a source time zone, from UTC. Offsets (``EST5``, ``GMT+2``) are refused as unknown zones."""
    if moment is None:
        source, target, moment = Value("'UTC'", UNKNOWN), source, casts.explicit(target, TIMESTAMP)
    return Value(f"rs_in_zone({casts.explicit(moment, TIMESTAMP).sql}, {source.sql}, {target.sql})", TIMESTAMP)


@define("timezone", "sx", "TIMEZONE function")
def _timezone(name: Value, x: Value) -> Value:
    """A moment of a time zone as its clock shows it, and a clock's time as the moment that it means."""
    value = casts.constant(x, TIMESTAMP) if x.type == UNKNOWN else x
    if value.type == TIMESTAMPTZ:
        return Value(f"rs_in_zone({value.sql} AT TIME ZONE 'UTC', 'UTC', {name.sql})", TIMESTAMP)
    moment = f"rs_in_zone({casts.implicit(value, TIMESTAMP).sql}, {name.sql}, 'UTC')"
    return Value(f"({moment} AT TIME ZONE 'UTC')", TIMESTAMPTZ)


def _at_time_zone(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "zone")
    return replace(scalar(binder, "timezone", [node.args["zone"], node.this]), name="timezone")


def _try_cast(binder: Binder, node: exp.Expr) -> Value:
    """NULL where CAST fails."""
    only(node, "this", "to", "_type", "safe")
    value, target = binder.expr(node.this), from_ast(node.args["to"])
    if value.text is not None:
        try:
            return replace(casts.explicit(value, target), name=target.name)
        except Refused:
            raise
        except SqlError:
            return Value(f"CAST(NULL AS {target.duck})", target, target.name)
    if not value.type.is_string or target.name not in ("int2", "int4", "int8", "float8", "date", "bool", "timestamp"):
        raise Refused(f"TRY_CAST of {value.type} as {target}")
    return Value(f"TRY({casts.explicit(value, target).sql})", target, value.name)


@define("to_char", "xc", "TO_CHAR")
def _to_char(x: Value, mask: Value) -> Value:
    pattern = mask.text or ""
    if x.type.is_datetime:
        templates.check_date_mask(pattern)
        return Value(f"rs_to_char(CAST({x.sql} AS TIMESTAMP), {literal(pattern)})", TEXT)
    if x.type.is_numeric:
        templates.check_number_mask(pattern)
        return Value(f"rs_number_to_char({casts.text(x, 'to_char').sql}, {literal(pattern)})", TEXT)
    raise Refused(f"TO_CHAR of {x.type}")


@define("to_date", "scb?", "TO_DATE function")
def _to_date(x: Value, mask: Value, strict: Value | None = None) -> Value:
    templates.date_reader(mask.text or "")
    return Value(f"rs_to_date({x.sql}, {literal(mask.text or '')}, {strict.sql if strict else 'FALSE'})", DATE)


@define("to_timestamp", "scb?", "TO_TIMESTAMP function")
def _to_timestamp(x: Value, mask: Value, strict: Value | None = None) -> Value:
    templates.date_reader(mask.text or "")
    read = f"rs_to_timestamp({x.sql}, {literal(mask.text or '')}, {strict.sql if strict else 'FALSE'})"
    return Value(f"CAST({read} AS {TIMESTAMPTZ.duck})", TIMESTAMPTZ)


@define("to_number", "sc", "TO_NUMBER")
def _to_number(x: Value, mask: Value) -> Value:
    target = numeric(*templates.number_type(mask.text or ""))
    return Value(f"CAST(rs_to_number({x.sql}, {literal(mask.text or '')}) AS {target.duck})", target)


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
    """LIKE and ILIKE. Both ignore the case of "multibyte characters"."""
    escape, inner = _escaped(node)
    word = "LIKE" if isinstance(inner, exp.Like) else "ILIKE"
    only(inner, "this", "expression", "negate")
    value = coerce(binder.expr(inner.this), "s", word)
    pattern = coerce(binder.expr(inner.expression), "s", word)
    left, right = value.sql, pattern.sql
    if not (right.startswith("'") and right.isascii()):
        left, right = f"rs_fold({left})", f"rs_fold({right})"
    negated = "NOT " if inner.args.get("negate") else ""
    return Value(f"({left} {negated}{word} {right} ESCAPE {literal(escape)})", BOOL)


def _escaped(node: exp.Expr) -> tuple[str, exp.Expr]:
    if not isinstance(node, exp.Escape):
        return "\\", node
    mark = node.expression
    if not (isinstance(mark, exp.Literal) and mark.is_string and len(mark.name) == 1):
        raise SqlError("the escape character must be one character")
    return mark.name, node.this


def _matched(binder: Binder, node: exp.Expr) -> Value:
    """SIMILAR TO (the whole string) and ~ (any part of it)."""
    escape, inner = _escaped(node)
    if isinstance(inner, (exp.Like, exp.ILike)):
        return _like(binder, node)
    only(inner, "this", "expression", "negate")
    value, pattern = coerce(binder.expr(inner.this), "s", "pattern"), binder.expr(inner.expression)
    if pattern.text is None:
        raise Refused("a regular expression that is not a literal")
    whole = isinstance(inner, exp.SimilarTo)
    text = regex.similar(pattern.text, escape) if whole else regex.posix(pattern.text)
    function = "regexp_full_match" if whole else "regexp_matches"
    negated = "NOT " if inner.args.get("negate") else ""
    return Value(f"({negated}{function}({value.sql}, {literal(text)}, 's'))", BOOL)


def _root(binder: Binder, node: exp.Expr) -> Value:
    """The operators |/ and ||/ ("Mathematical operator symbols")."""
    only(node, "this")
    return replace(scalar(binder, "sqrt" if isinstance(node, exp.Sqrt) else "cbrt", [node.this]), name="?column?")


def _power(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "expression")
    return replace(scalar(binder, "power", [node.this, node.expression]), name="?column?")


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
    exp.Escape: _matched,
    exp.SimilarTo: _matched,
    exp.RegexpLike: _matched,
    exp.Pow: _power,
    exp.Sqrt: _root,
    exp.Cbrt: _root,
    exp.AtTimeZone: _at_time_zone,
    exp.TryCast: _try_cast,
}
