"""What DuckDB lacks: SQL macros and Python functions named ``rs_…``, seen by every cursor of a connection."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from . import records, templates, values
from .errors import Refused, SqlError
from .types import INT4, numeric

if TYPE_CHECKING:
    import duckdb

_REFUSED = "not supported by the embedded Redshift: "


def _unless(bad: str, message: str, value: str) -> str:
    """``value``, or an error where ``bad`` holds (not where it is NULL).

    DuckDB's own ``error()`` counts as volatile, which PARTITION BY does not take; a constant call would be made before
    the query runs, so ``bad`` is an argument of the call as well.
    """
    return f"CASE WHEN {bad} THEN CASE WHEN rs_fails({bad}, {message}) THEN {value} END ELSE {value} END"


_LONG = _REFUSED + "a string of more than 65535 bytes"
_PAD = "rs_short(CASE WHEN f = '' THEN left(s, rs_room(n)) ELSE {}(s, rs_room(n), f) END)"
# Macro: where it is an error, which one, and its value elsewhere; or its value alone.
_MACROS: dict[str, tuple[str, str, str] | str] = {
    # Characters from the end. A count below 1 has no documented meaning beyond its error.
    "rs_right(s, n)": ("n < 0", "negative length not allowed", "right(s, CAST(n AS BIGINT))"),
    "rs_between(d)": ("d = ''", _REFUSED + "SPLIT_PART with an empty delimiter", "d"),
    "rs_split_part(s, d, n)": (
        "n < 1",
        "field position must be greater than zero",
        "split_part(s, rs_between(d), n::BIGINT)",
    ),
    "rs_hex(n)": ("n < 0", _REFUSED + "TO_HEX of a negative number", "lower(to_hex(CAST(n AS BIGINT)))"),
    "rs_char(s)": ("strlen(s) > length(s)", _REFUSED + "a CHAR with multibyte characters", "s"),
    "rs_upper(s)": ("contains(s, 'ß')", _REFUSED + "UPPER of ß", "upper(s)"),
    "rs_short(s)": ("strlen(s) > 65535", _LONG, "s"),
    # (The count again within the value: what is constant is made before it is known to be too long.)
    "rs_repeat(s, n)": ("strlen(s) * n > 65535", _LONG, "repeat(s, CASE WHEN strlen(s) * n > 65535 THEN 0 ELSE n END)"),
    "rs_room(n)": "CAST(CASE WHEN n < 0 THEN 0 WHEN n > 65535 THEN 65536 ELSE n END AS INTEGER)",
    "rs_lpad(s, n, f)": _PAD.format("lpad"),
    "rs_rpad(s, n, f)": _PAD.format("rpad"),
    "rs_listagg(s)": ("strlen(s) > 65535", "Result size exceeds LISTAGG limit", "s"),
    # Mondays crossed; DuckDB's own date_diff counts whole weeks.
    "rs_mondays(a, b)": "date_diff('day', date_trunc('week', a), date_trunc('week', b)) // 7",
    "rs_weeks(a, b)": (
        "rs_mondays(a, b) <> rs_mondays(a + INTERVAL 1 day, b + INTERVAL 1 day)",
        _REFUSED + "DATEDIFF in weeks where it matters whether a week starts on Sunday or Monday",
        "rs_mondays(a, b)",
    ),
    # A string cut to n bytes, never within a character.
    "rs_cut(s, n)": "CASE WHEN strlen(s) <= n THEN s ELSE rs_cut_bytes(s, n) END",
    "rs_fit(s, n, kind)": _unless(
        "strlen(rtrim(s, ' ')) > n", "'value too long for type ' || kind || '(' || n || ')'", "rs_cut(s, n)"
    ),
    "rs_single_byte(s)": ("strlen(s) > length(s)", "CHAR string contains invalid ASCII character", "s"),
    # A decimal of n digits more than are wanted, refused where it matters whether those are rounded or cut.
    "rs_settled(d, n)": (
        "left(right(CAST(d AS VARCHAR), n), 1) >= '5'",
        _REFUSED + "CAST to fewer digits where it matters whether they are rounded or cut",
        "d",
    ),
    "rs_tidy(s)": ("suffix(s, ' ')", _REFUSED + "INTERSECT or EXCEPT of a VARCHAR that ends in blanks", "s"),
    # Whole months when both are the same day, or both the last of a month; else with a fraction of 31 days.
    "rs_since(a)": "epoch(a) - epoch(CAST(date_trunc('month', a) AS TIMESTAMP))",
    "rs_months_between(a, b)": "CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE) + CASE"
    " WHEN day(a) = day(b) OR (last_day(a) = CAST(a AS DATE) AND last_day(b) = CAST(b AS DATE)) THEN 0"
    " ELSE (rs_since(a) - rs_since(b)) / (31 * 86400) END",
    "rs_sha2(s, bits)": ("bits NOT IN (0, 256)", _REFUSED + "SHA2 of other than 256 bits", "sha256(s)"),
    "rs_19_digits(d, most)": ("abs(d) > most", "Numeric data overflow (result precision)", "d"),  # 64 bits
    "rs_finite(x)": ("isinf(x) OR isnan(x)", "value out of range: overflow", "x"),
    # Characters start to start+length-1 of those that exist: a start before 1 uses up length.
    "rs_substring(s, start, n)": (
        "n < 0",
        "negative substring length not allowed",
        "CASE WHEN start::BIGINT + n <= 1 THEN left(s, 0)"
        " ELSE substring(s, greatest(start, 1)::BIGINT, start::BIGINT + n - greatest(start, 1)::BIGINT) END",
    ),
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    for name, function, arguments, result in _FUNCTIONS:
        connection.create_function(name, _guarded(function, len(arguments)), arguments, result)  # type: ignore[arg-type] # names of types do
    for macro, body in _MACROS.items():
        value = body if isinstance(body, str) else _unless(body[0], f"'{body[1]}'", body[2])
        connection.execute(f"CREATE OR REPLACE MACRO {macro} AS {value}")


@functools.cache
def _apart() -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect()
    install(connection)
    return connection


def fails_always(sql: str) -> bool:
    """Whether the text is a constant that is an error: DuckDB would raise it before the query runs.

    (Only what calls a function of ours: DuckDB leaves its own errors for the rows that meet them.)
    """
    bare = re.sub("'(?:[^']|'')*'", "", sql)
    if "rs_" not in bare or '"' in bare or "SELECT" in bare:
        return False
    try:
        _apart().cursor().execute(f"SELECT {sql}")
    except Exception:  # whatever it is, DuckDB or a function of ours raised it
        return True
    return False


def _guarded(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    def guarded(*args: Any) -> Any:
        if None in args:
            return None
        try:
            return function(*args)
        except SqlError as failed:
            raise ValueError(f"rs<<{str(failed).removeprefix('ERROR: ')}>>") from None

    parameters = [inspect.Parameter(f"a{i}", inspect.Parameter.POSITIONAL_ONLY) for i in range(arity)]
    guarded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # DuckDB counts them
    return guarded


def fails(bad: bool, message: str) -> bool:
    if bad:
        raise SqlError(message)
    return False


def divide(a: str, b: str, scale: int) -> str:
    """The quotient of two decimals, cut at ``scale`` digits."""
    with localcontext() as context:
        context.prec, context.rounding = 120, ROUND_DOWN
        divisor = Decimal(b)
        if not divisor:
            raise SqlError("Divide by zero")
        return format((Decimal(a) / divisor).quantize(Decimal(1).scaleb(-scale), ROUND_DOWN), "f")


def _at(rounding: str) -> Callable[[str, int], str]:
    def at(text: str, digits: int) -> str:
        with localcontext() as context:
            context.prec = 120
            value = Decimal(text)
            step = Decimal(1).scaleb(-digits)
            return format((value / step).quantize(Decimal(1), rounding) * step, "f")

    return at


def initcap(text: str) -> str:
    """The first letter of each word upper, the others lower; everything but letters and digits parts words."""
    if "ß" in text:
        raise Refused("INITCAP of ß")
    return re.sub(r"[^\W_]+", lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def _decimal(text: str, precision: int, scale: int) -> str:
    return format(values.decimal(text, numeric(precision, scale), exact=True), "f")


_FUNCTIONS: tuple[tuple[str, Callable[..., Any], list[str], str], ...] = (
    ("rs_fails", fails, ["BOOLEAN", "VARCHAR"], "BOOLEAN"),
    ("rs_divide", divide, ["VARCHAR", "VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_round", _at(ROUND_HALF_UP), ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_trunc", _at(ROUND_DOWN), ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_decimal", _decimal, ["VARCHAR", "INTEGER", "INTEGER"], "VARCHAR"),
    ("rs_real", values.real, ["VARCHAR"], "DOUBLE"),
    ("rs_real_text", lambda value, digits: f"{value:.{digits}g}", ["DOUBLE", "INTEGER"], "VARCHAR"),
    ("rs_boolean", values.boolean, ["VARCHAR"], "BOOLEAN"),
    ("rs_date", values.to_date, ["VARCHAR"], "DATE"),
    ("rs_timestamp", values.moment, ["VARCHAR"], "TIMESTAMP"),
    ("rs_timestamptz", values.to_timestamptz, ["VARCHAR"], "TIMESTAMP"),
    ("rs_in_zone", values.in_zone, ["TIMESTAMP", "VARCHAR", "VARCHAR"], "TIMESTAMP"),
    ("rs_bad_integer", lambda text: str(values.integer(text, INT4)), ["VARCHAR"], "VARCHAR"),
    ("rs_cut_bytes", values.cut, ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_copy", records.copied, ["VARCHAR", "VARCHAR", "INTEGER", "INTEGER"], "VARCHAR"),
    ("rs_initcap", initcap, ["VARCHAR"], "VARCHAR"),
    ("rs_number_to_char", templates.number_to_char, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("rs_to_date", templates.to_date, ["VARCHAR", "VARCHAR", "BOOLEAN"], "DATE"),
    ("rs_to_timestamp", templates.to_timestamp, ["VARCHAR", "VARCHAR", "BOOLEAN"], "TIMESTAMP"),
    ("rs_to_char", templates.date_to_char, ["TIMESTAMP", "VARCHAR"], "VARCHAR"),
)
