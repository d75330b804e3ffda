"""How a value of one Redshift type becomes another: by CAST, where types meet, and when it is stored.

Sources: "CAST and CONVERT functions", "Type compatibility and conversion", "Character types".
"""

from __future__ import annotations

import re
from decimal import Decimal

from . import values
from .errors import Refused, SqlError, fail_if, refuse_if
from .types import BOOL, DATE, FLOAT8, TIMESTAMP, UNKNOWN, Type, Value, common, literal, varchar


def _value(v: Value, sql: str, target: Type) -> Value:
    return Value(sql, target, v.name)


def constant(v: Value, target: Type) -> Value:
    """An untyped literal (or NULL) as ``target``, read here and now: DuckDB's own reading never matters."""
    if v.column is not None:
        return _value(v, v.sql if target.is_string else _from_text(v.sql, target), target)
    if v.text is None:
        return _value(v, f"CAST(NULL AS {target.duck})", target)
    if target.is_string:
        text = values.cut(v.text, target.size)
        refuse_if(target.name == "bpchar" and not v.text.isascii(), "a CHAR with multibyte characters")
        return _value(v, literal(text.rstrip(" ") if target.name == "bpchar" else text), target)
    return _value(v, f"CAST({literal(_canonical(v.text, target))} AS {target.duck})", target)


def _canonical(text: str, target: Type) -> str:
    if target.is_integer:
        return str(values.integer(text, target))
    if target.name == "numeric":
        return format(values.decimal(text, target), "f")
    if target.family == "number":
        return repr(values.real(text))
    if target == BOOL:
        return str(values.boolean(text))
    if target == DATE:
        return values.to_date(text).isoformat()
    if target == TIMESTAMP:
        return values.moment(text).isoformat(" ")
    if target.name == "timestamptz":
        return values.to_timestamptz(text).isoformat(" ")
    raise Refused(f"a literal of type {target}")


def explicit(v: Value, target: Type, *, rounds: bool | None = True) -> Value:
    """CAST(v AS target). A string is cut to the bytes of its new type; numbers and dates are checked.

    A decimal of fewer digits is rounded where it is computed from constants or stored; but "results of explicit casts
    of values selected from tables are not rounded" ("Numeric types"): not ``rounds`` cuts them, None refuses them
    where that makes a difference.
    """
    source = v.type
    if source == UNKNOWN:
        return constant(v, target)
    if target.is_string:
        fail_if(source == BOOL, f"cannot cast type boolean to {target}")
        inner = text(v, "CAST")
        sql = inner.sql
        if inner.type.size > target.size:
            sql = f"rs_cut({sql}, {target.size})"
        return _value(v, f"rs_char(rtrim({sql}, ' '))" if target.name == "bpchar" else sql, target)
    if source.is_string:
        return _value(v, _from_text(v.sql, target), target)
    if source == target:
        return _value(v, v.sql, target)
    if source.is_numeric and target.is_numeric:
        return _value(v, _number(v.sql, source, target, rounds), target)
    families = {source.family, target.family}
    if families == {"datetime"} or (families == {"bool", "number"} and (source.is_integer or target.is_integer)):
        return _value(v, f"CAST({v.sql} AS {target.duck})", target)
    raise SqlError(f"cannot cast type {source} to {target}")


def _number(sql: str, source: Type, target: Type, rounds: bool | None) -> str:
    """A decimal loses its last digits, as text: exact at any size. What a double does to be whole is not documented."""
    if source.name in ("float4", "float8") and target.is_integer:
        sql = f"round_even({sql}, 0)" if rounds else f"rs_settled(CAST({sql} AS DECIMAL(38,8)), 8)"
    lost = source.scale - target.scale
    if not rounds and source.name == "numeric" and lost > 0 and (target.is_integer or target.name == "numeric"):
        digits = lost + (target.scale == 0)  # and the point
        sql = f"rs_settled({sql}, {lost})" if rounds is None else f"left(CAST({sql} AS VARCHAR), -{digits})"
    sql = f"CAST({sql} AS {target.duck})"
    whole = source.size - source.scale if source.name == "numeric" else 0 if source.is_integer else 19
    wide = target.size == 19 and whole + target.scale > 18  # "DECIMAL(19) values are stored in 64 bits"
    return (
        f"rs_19_digits({sql}, CAST('{Decimal(2**63 - 1).scaleb(-target.scale):f}' AS {target.duck}))" if wide else sql
    )


def _from_text(sql: str, target: Type) -> str:
    """A string read at run time: the common shape by DuckDB, every other by our own reader (or its error)."""
    if target.is_integer:
        checked = f"CASE WHEN {_like(sql, '[ ]*[+-]?[0-9]+[ ]*')} THEN {sql} ELSE rs_bad_integer({sql}) END"
        return f"CAST({checked} AS {target.duck})"
    if target.name == "numeric":
        return f"CAST(rs_decimal({sql}, {target.size}, {target.scale}) AS {target.duck})"
    if target.is_numeric:
        return f"CAST(rs_real({sql}) AS {target.duck})"
    if target == BOOL:
        return f"rs_boolean({sql})"
    if target == DATE:
        iso = _like(sql, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
        return f"CASE WHEN {iso} THEN CAST({sql} AS DATE) ELSE rs_date({sql}) END"
    if target.is_datetime:
        return f"CAST(rs_{target.name}({sql}) AS {target.duck})"
    raise SqlError(f"cannot cast type character varying to {target}")


def _like(sql: str, pattern: str) -> str:
    return f"regexp_full_match({sql}, '{pattern}')"


def implicit(v: Value, target: Type) -> Value:
    """Where types meet (operators, CASE, UNION). Only what :func:`types.common` can ask for, and literals."""
    if v.type == target:
        return v
    if v.type == UNKNOWN:
        return v if target == UNKNOWN else constant(v, target)
    if v.type.is_string and target.is_string:
        return _value(v, v.sql, target)
    if v.adapts:
        return constant(v, target)
    if v.type.family == target.family:
        return explicit(v, target)
    raise SqlError(f"cannot cast type {v.type} to {target}")


def assign(v: Value, target: Type) -> Value:
    """What INSERT and UPDATE do: a string that does not fit is an error, unless only blanks are too many."""
    source = v.type
    if v.is_null:
        return constant(v, target)
    if target.is_string:
        inner = text(v, "assignment")
        sql = inner.sql
        if inner.type.size > target.size:
            sql = f"rs_fit({sql}, {target.size}, '{'character' if target.name == 'bpchar' else 'character varying'}')"
        if target.name == "bpchar":
            sql = f"rs_single_byte(rtrim({sql}, ' '))"
        return _value(v, sql, target)
    if source == UNKNOWN:
        return constant(v, target)
    if source == target:
        return v
    if (source.family == target.family and source.family != "bool") or (source.is_integer and target == BOOL):
        return explicit(v, target)
    raise SqlError(f'column "{v.name}" is of type {target} but expression is of type {source}')


def text(v: Value, what: str) -> Value:
    """A value as a string where one is wanted: "Implicit conversion types" allow numbers and dates."""
    if v.type == UNKNOWN:
        return constant(v, varchar(max(len((v.text or "").encode()), 1)))
    if v.type.is_string:
        return v
    if v.type.is_integer or v.type.name == "numeric" or v.type.name in ("date", "timestamp"):
        width = {"int2": 6, "int4": 11, "int8": 20, "date": 10, "timestamp": 26}.get(v.type.name, v.type.size + 2)
        return _value(v, f"CAST({v.sql} AS VARCHAR)", varchar(width))
    if v.type.name == "timestamptz":
        return _value(v, f"(CAST({v.sql} AS VARCHAR) || '+00')", varchar(29))
    if v.type.is_numeric:
        return _value(v, f"rs_real_text(CAST({v.sql} AS DOUBLE), {6 if v.type.name == 'float4' else 15})", varchar(25))
    raise Refused(f"{what} of {v.type} as text")


def comparable(a: Value, b: Value, op: str) -> tuple[Value, Value]:
    """Both sides of a comparison as one type; blanks at the end of strings do not count ("Character types")."""
    if a.adapts and b.adapts:
        a, b = text(a, op), text(b, op)
    elif a.adapts:
        a = _beside(a, b.type)
    elif b.adapts:
        b = _beside(b, a.type)
    if a.type.is_string and b.type.is_string:
        return trimmed(a), trimmed(b)
    if a.type.is_numeric and b.type.is_numeric:
        if "float4" in (a.type.name, b.type.name) and a.type != b.type:
            return explicit(a, FLOAT8), explicit(b, FLOAT8)
        return a, b
    if a.type.is_string or b.type.is_string or (a.type != b.type and BOOL in (a.type, b.type)):
        raise Refused(f"comparison of {a.type} with {b.type} without a CAST")
    target = common([a.type, b.type], op)
    return implicit(a, target), implicit(b, target)


def _beside(v: Value, other: Type) -> Value:
    """A literal compared with a number keeps its own decimals: '2.5' is not read as the integer beside it."""
    if other.is_string and not v.is_null:
        return text(v, "=")
    if v.text is not None and other.name == "numeric":
        scale = len(v.text.strip().partition(".")[2])
        return constant(v, Type("numeric", 38, min(max(scale, other.scale), 37)))
    if other == DATE and (v.type.size or len((v.text or "").strip())) > 10:
        return constant(v, TIMESTAMP)
    return constant(v, other)


def trimmed(v: Value) -> Value:
    """A string without the blanks at its end, which never count where it is compared."""
    if v.type.name == "bpchar" or (v.sql.startswith("'") and not v.sql.endswith(" '")):
        return v
    return _value(v, f"rtrim({v.sql}, ' ')", v.type)


_INTERVAL = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*,?\s*")
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_MICROS = {"week": 604_800_000_000, "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000,
           "second": 1_000_000, "millisecond": 1000, "microsecond": 1}  # fmt: skip


def interval(text: str, unit: str) -> tuple[int, int]:
    """ "Interval literals": quantities with dateparts, seconds where none is named. Months and microseconds."""
    parts = _INTERVAL.findall(text)
    refuse_if(re.fullmatch(r"[\d\s:.+-]*[:-][\d\s:.+-]*\d", text.lstrip(" +-")), f"the interval {text}")
    fail_if(not parts or _INTERVAL.sub("", text).strip(), f'invalid input syntax for type interval: "{text}"')
    months = micros = Decimal(0)
    for amount, name in parts:
        part = values.datepart(name or unit or "second")
        months += Decimal(amount) * _MONTHS.get(part, 0)
        micros += Decimal(amount) * _MICROS.get(part, 0)
        refuse_if(part not in _MONTHS and part not in _MICROS, f"an interval of a {part}")
    refuse_if(months % 1 or micros % 1, f"the interval {text} {unit}".rstrip())
    return int(months), int(micros)
