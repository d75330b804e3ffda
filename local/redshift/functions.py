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
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from . import casts, regex, templates, values
from .binder import CALLS, Binder, cases, only, operate, unify
from .errors import Refused, SqlError, fail_if, refuse_if
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
    Value,
    literal,
    numeric,
    varchar,
)

Build = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """``signature``: one letter an argument, ``?`` makes it optional, ``*`` repeats it.

    s: string, i: integer, n: number, d: date or timestamp, b: boolean, p: datepart, c: literal string, x: any.
    """

    signature: str
    build: Build
    page: str


FUNCTIONS: dict[str, Function] = {}


def define(names: str, signature: str, page: str, into: dict[str, Function] = FUNCTIONS) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        into.update(dict.fromkeys(names.split(), Function(signature, build, page)))
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
    if special := _SYNTAX.get(type(node)):
        return special(binder, node)
    name = node.name.lower()
    if name in aggregates.AGGREGATES:
        with binder.ungrouped():
            return aggregates.aggregated(binder, name, node, "")
    fail_if(name in aggregates.WINDOWS, f"window function {name} requires an OVER clause")
    if name in SESSION and not node.expressions:
        return replace(SESSION[name](binder), name=name)
    refuse_if(name not in FUNCTIONS, f"function {name}")
    return scalar(binder, name, node.expressions)


def scalar(binder: Binder, name: str, nodes: Sequence[exp.Expr]) -> Value:
    function = FUNCTIONS[name]
    args = arguments(binder, name, function.signature, nodes)
    return replace(function.build(*args), name=_LABELS.get(name, name), column=None, text=None)


# The names of columns, where they are not the function's own.
_LABELS = {"dateadd": "date_add", "datediff": "date_diff", "date_part": "pgdate_part", "nvl": "coalesce"}


def arguments(binder: Binder, name: str, signature: str, nodes: Sequence[exp.Expr]) -> list[Value]:
    kinds = signature.replace("?", "").replace("*", "")
    required = len(kinds) - signature.count("?")
    if signature.endswith("*"):
        kinds = kinds.ljust(len(nodes), kinds[-1])
    fail_if(not required <= len(nodes) <= len(kinds), f"function {name} does not exist with {len(nodes)} arguments")
    return [_argument(binder, name, kind, node) for kind, node in zip(kinds, nodes, strict=False)]


def _argument(binder: Binder, name: str, kind: str, node: exp.Expr) -> Value:
    if kind == "p":
        if isinstance(node, (exp.Column, exp.Var)) or (isinstance(node, exp.Literal) and node.is_string):
            return Value(values.datepart(node.name), UNKNOWN)
        raise Refused(f"{name} with a computed datepart")
    value = binder.expr(node)
    refuse_if(kind == "c" and value.text is None, f"{name} with an argument that is not a literal string")
    return coerce(value, kind, name)


def coerce(value: Value, kind: str, name: str) -> Value:
    source = value.type
    if kind in "xc":
        return value
    if kind == "s":
        return casts.text(value, name)
    if kind == "b":
        return casts.implicit(value, BOOL)
    if source == UNKNOWN or (kind == "d" and value.adapts):
        return casts.constant(value, {"i": INT4, "n": FLOAT8, "d": TIMESTAMP}[kind])
    if {"i": source.is_integer, "n": source.is_numeric, "d": source.is_datetime}[kind]:
        return value
    refuse_if(source.name == "interval", f"{name} of an interval")
    refuse_if(source.is_string, f"{name} of a string that is not a literal, without a CAST")
    raise SqlError(f"function {name}({source}) does not exist")


# -------------------------------------------------------------------- conditions


def _chosen(names: str, duck: str, page: str) -> None:
    """One of its arguments, as the type that they share."""

    @define(names, "x*", page)
    def build(*args: Value) -> Value:
        values, target = unify(args, duck.upper())
        return Value(f"{duck}({', '.join(v.sql for v in values)})", target)


_chosen("coalesce nvl", "coalesce", "NVL and COALESCE functions")
_chosen("greatest", "greatest", "GREATEST and LEAST functions")
_chosen("least", "least", "GREATEST and LEAST functions")


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
    return Value(cases(tests, results), target)


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
        target = numeric(min(x.type.size - x.type.scale + 1, 38), 0) if x.type.name == "numeric" else x.type
        return Value(f"CAST({duck}({x.sql}) AS {target.duck})", target)


_whole("ceil ceiling", "ceil", "CEILING (or CEIL) function")
_whole("floor", "floor", "FLOOR function")


@define("trunc", "xi?", "TRUNC function")
def _trunc(x: Value, n: Value | None = None) -> Value:
    if x.type.is_datetime and n is None:
        return casts.explicit(x, DATE)
    fail_if(not x.type.is_numeric, f"function trunc({x.type}) does not exist")
    return _rounded("trunc", x, n)


@define("sign", "n", "SIGN function")
def _sign(x: Value) -> Value:
    target = numeric(1, 0) if x.type.name == "numeric" else INT4 if x.type.is_integer else x.type
    return Value(f"CAST(sign({x.sql}) AS {target.duck})", target)


@define("mod", "xx", "MOD function")
def _mod(a: Value, b: Value) -> Value:
    a, b = (v if v.type == UNKNOWN else coerce(v, "n", "mod") for v in (a, b))
    return operate("%", a, b)


for _names, _duck in (
    ("sqrt", "sqrt"), ("exp dexp", "exp"), ("ln dlog1", "ln"), ("log dlog10", "log10"), ("sin", "sin"), ("cos", "cos"),
    ("tan", "tan"), ("cot", "cot"), ("asin", "asin"), ("acos", "acos"), ("atan", "atan"), ("degrees", "degrees"),
    ("radians", "radians"),
):  # fmt: skip
    _page = ", ".join(f"{n.upper()} function" for n in _names.split())
    plain(_names, "n", f"rs_finite({_duck}(CAST({{0}} AS DOUBLE)))", FLOAT8, _page)
plain("power pow", "nn", "rs_finite(pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE)))", FLOAT8, "POWER function")
plain("atan2", "nn", "atan2(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))", FLOAT8, "ATAN2 function")
plain("pi", "", "pi()", FLOAT8, "PI function")
plain("random", "", "random()", FLOAT8, "RANDOM function")
plain("to_hex", "i", "rs_hex({0})", varchar(16), "TO_HEX function")

# -------------------------------------------------------------------- strings

plain("upper", "s", "rs_upper({0})", 0, "UPPER function")
plain("lower", "s", "lower({0})", 0, "LOWER function")
plain("initcap", "s", "rs_initcap({0})", 0, "INITCAP function")
plain("len length char_length character_length textlen", "s", "CAST(length({0}) AS INTEGER)", INT4, "LEN function")
define("octet_length", "s", "OCTET_LENGTH function")(lambda x: Value(f"CAST(strlen({padded(x).sql}) AS INTEGER)", INT4))
plain("replace", "sss", "rs_short(replace({0}, {1}, {2}))", TEXT, "REPLACE function")
plain("translate", "sss", "translate({0}, {1}, {2})", 0, "TRANSLATE function")
plain("reverse", "s", "reverse({0})", 0, "REVERSE function")
plain("repeat replicate", "si", "rs_repeat({0}, {1})", TEXT, "REPEAT function, REPLICATE function")
plain("ascii", "s", "CAST(ascii({0}) AS INTEGER)", INT4, "ASCII function")
plain("chr", "i", "chr(CAST({0} AS INTEGER))", varchar(4), "CHR function")
plain("strpos", "ss", "CAST(strpos({0}, {1}) AS INTEGER)", INT4, "STRPOS function")
plain("charindex", "ss", "CAST(strpos({1}, {0}) AS INTEGER)", INT4, "CHARINDEX function")
plain("md5", "s", "md5({0})", varchar(32), "MD5 function")
plain("sha1 func_sha1 sha", "s", "sha1({0})", varchar(40), "SHA1 function")
plain("sha2", "si", "rs_sha2({0}, {1})", varchar(128), "SHA2 function")
plain("split_part", "ssi", "rs_split_part({0}, {1}, {2})", 0, "SPLIT_PART function")
plain("lpad", "sis?", "rs_lpad({0}, {1}, {2})", TEXT, "LPAD and RPAD functions", "' '")
plain("rpad", "sis?", "rs_rpad({0}, {1}, {2})", TEXT, "LPAD and RPAD functions", "' '")
plain("btrim", "ss?", "trim({0}, {1})", 0, "BTRIM function", "' '")
plain("ltrim", "ss?", "ltrim({0}, {1})", 0, "LTRIM function", "' '")
plain("rtrim", "ss?", "rtrim({0}, {1})", 0, "RTRIM function", "' '")
plain("left", "si", "rs_substring({0}, 1, {1})", 0, "LEFT and RIGHT functions")
plain("right", "si", "rs_right({0}, {1})", 0, "LEFT and RIGHT functions")
plain("substring substr", "sii?", "rs_substring({0}, {1}, {2})", 0, "SUBSTRING function", str(2**31 - 1))


@define("concat", "ss", "CONCAT function")
def _concat(a: Value, b: Value) -> Value:
    return Value(f"({a.sql} || {b.sql})", varchar(a.type.size + b.type.size))


def _regexp(name: str, signature: str, duck: str, result: Type | None) -> None:
    """Of the first match, or of all; from another place, of another occurrence or with parameters: refused."""

    @define(name, signature, f"{name.upper()} function")
    def build(text: Value, pattern: Value, new: Value | None = None, *more: Value) -> Value:
        refuse_if(more or (new and name != "regexp_replace"), f"{name} with a position, an occurrence or parameters")
        if new and (new.text is None or set(new.text) & {"\\", "$"}):
            raise Refused("REGEXP_REPLACE with a replacement that is not plain text")
        shape = literal(regex.posix(pattern.text or "", searching=True))
        return Value(duck.format(text.sql, shape, new.sql if new else "''"), result or varchar(text.type.size))


_regexp("regexp_substr", "sci?i?c?", "regexp_extract({0}, {1}, 0, 's')", None)
_regexp("regexp_count", "sci?c?", "CAST(len(regexp_extract_all({0}, {1}, 0, 's')) AS INTEGER)", INT4)
_regexp("regexp_replace", "scx?i?c?", "regexp_replace({0}, {1}, {2}, 'gs')", TEXT)


# -------------------------------------------------------------------- dates

_CLOCK = ("hour", "minute", "second", "millisecond", "microsecond")
_STEPS = ("year", "quarter", "month", "week", "day", *_CLOCK)


def _part(part: str, x: Value) -> str:
    """A datepart as a whole number."""
    if x.type == DATE and part in _CLOCK:
        x = casts.implicit(x, TIMESTAMP)
    special = {"millisecond": f"millisecond({x.sql}) % 1000", "epoch": f"floor(epoch({x.sql}))"}
    return special.get(part, f"{part}({x.sql})")


@define("date_part pgdate_part", "pd", "DATE_PART function")
def _date_part(part: Value, x: Value) -> Value:
    """A double: seconds carry their fraction."""
    refuse_if(part.sql in ("millisecond", "microsecond"), f"DATE_PART of {part.sql}s")
    moment = casts.implicit(x, TIMESTAMP).sql if x.type == DATE else x.sql
    exact = {"second": f"microsecond({moment}) / 1000000.0", "epoch": f"epoch({moment})"}
    return Value(f"CAST({exact.get(part.sql) or _part(part.sql, x)} AS DOUBLE)", FLOAT8)


plain("date_part_year", "d", "CAST(year({0}) AS INTEGER)", INT4, "DATE_PART_YEAR function")


@define("extract", "pd", "EXTRACT function")
def _extract(part: Value, x: Value) -> Value:
    """INTEGER from a DATE or TIMESTAMP, DOUBLE PRECISION from a TIMESTAMPTZ."""
    refuse_if(part.sql == "microsecond", "EXTRACT of microseconds")
    target = FLOAT8 if x.type == TIMESTAMPTZ else INT8 if part.sql == "epoch" else INT4
    return Value(f"CAST({_part(part.sql, x)} AS {target.duck})", target)


@define("date_trunc", "pd", "DATE_TRUNC function")
def _date_trunc(part: Value, x: Value) -> Value:
    fail_if(part.sql not in _STEPS, f"timestamp units {part.sql!r} not supported")
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    return Value(f"CAST(date_trunc('{part.sql}', {casts.implicit(x, target).sql}) AS {target.duck})", target)


@define("dateadd", "pid", "DATEADD function")
def _dateadd(part: Value, n: Value, x: Value) -> Value:
    """Months end at the month's last day; a leap day plus years is March 1 ("DATEADD function", usage notes)."""
    refuse_if(part.sql not in _STEPS, f"DATEADD of {part.sql}")
    target = TIMESTAMPTZ if x.type == TIMESTAMPTZ else TIMESTAMP
    value = casts.implicit(x, target).sql
    moved = f"({value} + {n.sql} * INTERVAL 1 {part.sql})"
    if part.sql == "year":
        leap = f"month({value}) = 2 AND day({value}) = 29 AND day({moved}) = 28"
        moved = f"CASE WHEN {leap} THEN {moved} + INTERVAL 1 day ELSE {moved} END"
    return Value(moved, target)


@define("datediff", "pdd", "DATEDIFF function")
def _datediff(part: Value, a: Value, b: Value) -> Value:
    """Boundaries crossed. Where weeks that start on Sunday and on Monday differ, no answer is known: an error."""
    a, b = casts.comparable(a, b, "DATEDIFF")
    refuse_if(part.sql not in _STEPS, f"DATEDIFF of {part.sql}")
    a, b = (casts.implicit(v, TIMESTAMP) if v.type == DATE else v for v in (a, b))
    function = "rs_weeks(" if part.sql == "week" else f"date_diff('{part.sql}', "
    return Value(f"{function}{a.sql}, {b.sql})", INT8)


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
        return Value(f"rs_in_zone({value.sql}, 'UTC', {name.sql})", TIMESTAMP)
    return Value(f"rs_in_zone({casts.implicit(value, TIMESTAMP).sql}, {name.sql}, 'UTC')", TIMESTAMPTZ)


@define("to_char", "xc", "TO_CHAR")
def _to_char(x: Value, mask: Value) -> Value:
    pattern = literal(mask.text or "")
    if x.type.is_datetime:
        templates.date_writers(mask.text or "")  # refuses what it does not know
        return Value(f"rs_to_char(CAST({x.sql} AS TIMESTAMP), {pattern})", TEXT)
    if x.type.is_numeric:
        templates.number_to_char("1", mask.text or "")
        return Value(f"rs_number_to_char({casts.text(x, 'to_char').sql}, {pattern})", TEXT)
    raise Refused(f"TO_CHAR of {x.type}")


def _read(name: str, target: Type) -> None:
    @define(name, "scb?", f"{name.upper()} function")
    def build(x: Value, mask: Value, strict: Value | None = None) -> Value:
        templates.date_reader(mask.text or "")
        read = f"rs_{name}({x.sql}, {literal(mask.text or '')}, {strict.sql if strict else 'FALSE'})"
        return Value(f"CAST({read} AS {target.duck})", target)


_read("to_date", DATE)
_read("to_timestamp", TIMESTAMPTZ)


# -------------------------------------------------------------------- what has a syntax of its own


def _moment(moment: dt.datetime) -> Value:
    return Value(f"TIMESTAMP '{moment.isoformat(' ')}'", TIMESTAMP, "timestamp")


SESSION: dict[str, Callable[[Binder], Value]] = {
    "getdate": lambda b: _moment(b.clock.statement.replace(microsecond=0)),
    "current_database": lambda b: Value(literal(b.clock.database), varchar(128)),
    "current_schema": lambda b: Value("'public'", varchar(128)),
}


def _sysdate(binder: Binder, node: exp.Expr) -> Value:
    refuse_if(not node.args.get("sysdate"), "CURRENT_TIMESTAMP: Redshift's functions are GETDATE() and SYSDATE")
    return _moment(binder.clock.transaction)


def _current_date(binder: Binder, node: exp.Expr) -> Value:
    only(node)
    return Value(f"DATE '{binder.clock.transaction.date().isoformat()}'", DATE, "date")


def _trim(binder: Binder, node: exp.Expr) -> Value:
    only(node, "this", "position", "expression")
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "btrim")
    return replace(scalar(binder, name, [n for n in (node.this, node.expression) if n]), name="btrim")


def _spelled(name: str, label: str, *keys: str) -> Callable[[Binder, exp.Expr], Value]:
    """A function whose arguments stand in these places of its node."""

    def bind(binder: Binder, node: exp.Expr) -> Value:
        only(node, *keys)
        return replace(scalar(binder, name, [node.args[k] for k in keys if node.args.get(k)]), name=label)

    return bind


def padded(v: Value) -> Value:
    """A CHAR with the blanks at its end, where they count."""
    return replace(v, sql=f"rpad({v.sql}, {v.type.size}, ' ')") if v.type.name == "bpchar" else v


def _matched(binder: Binder, node: exp.Expr) -> Value:
    """LIKE and ILIKE, and ~ with a POSIX pattern."""
    escape = "\\"
    if isinstance(node, exp.Escape):
        mark, node = node.expression, node.this
        if not (isinstance(mark, exp.Literal) and mark.is_string and len(mark.name) == 1):
            raise SqlError("the escape character must be one character")
        escape = mark.name
    only(node, "this", "expression", "negate")
    negated = "NOT " if node.args.get("negate") else ""
    value, pattern = padded(coerce(binder.expr(node.this), "s", "pattern")), binder.expr(node.expression)
    if isinstance(node, (exp.Like, exp.ILike)):
        left, right = value.sql, coerce(pattern, "s", "pattern").sql
        if isinstance(node, exp.ILike):  # "for single-byte UTF-8 (ASCII) characters"
            refuse_if(escape.isalpha(), "ILIKE with a letter as its escape character")
            left, right = (f"translate({side}, '{ascii_uppercase}', '{ascii_lowercase}')" for side in (left, right))
        return Value(f"({left} {negated}LIKE {right} ESCAPE {literal(escape)})", BOOL)
    if pattern.text is None:
        raise Refused("a regular expression that is not a literal")
    return Value(f"({negated}regexp_matches({value.sql}, {literal(regex.posix(pattern.text))}, 's'))", BOOL)


_SYNTAX: dict[type[exp.Expr], Callable[[Binder, exp.Expr], Value]] = {
    exp.AtTimeZone: _spelled("timezone", "timezone", "zone", "this"),
    exp.Extract: _spelled("extract", "date_part", "this", "expression"),
    exp.Pow: _spelled("power", "?column?", "this", "expression"),
    exp.StrPosition: _spelled("strpos", "strpos", "this", "substr"),
    exp.Substring: _spelled("substring", "substring", "this", "start", "length"),
    exp.Trim: _trim,
    exp.CurrentDate: _current_date,
    exp.CurrentTimestamp: _sysdate,
    exp.CurrentUser: lambda b, _: Value(literal(b.clock.user), varchar(128), "current_user"),
    **dict.fromkeys((exp.Like, exp.ILike, exp.Escape, exp.RegexpLike), _matched),
}
CALLS |= dict.fromkeys((exp.Anonymous, exp.Window, exp.WithinGroup, *_SYNTAX), call)
