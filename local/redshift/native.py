"""What DuckDB lacks: SQL macros and Python functions named ``rs_…``, seen by every cursor of a connection."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from . import templates, values
from .errors import SqlError
from .types import INT4, numeric

if TYPE_CHECKING:
    import duckdb

_MACROS = (
    # A string cut to n bytes, never within a character.
    "rs_cut(s, n) AS CASE WHEN strlen(s) <= n THEN s ELSE rs_cut_bytes(s, n) END",
    "rs_fit(s, n, kind) AS CASE WHEN strlen(s) <= n THEN s WHEN strlen(rtrim(s, ' ')) <= n THEN rs_cut_bytes(s, n)"
    " ELSE error('rs<<value too long for type ' || kind || '(' || n || ')>>') END",
    "rs_single_byte(s) AS CASE WHEN strlen(s) = length(s) THEN s"
    " ELSE error('rs<<CHAR string contains invalid ASCII character>>') END",
    "rs_finite(x) AS CASE WHEN isinf(x) OR isnan(x) THEN error('rs<<value out of range: overflow>>') ELSE x END",
    # Characters start to start+length-1 of those that exist: a start before 1 uses up length.
    "rs_substring(s, start, n) AS CASE WHEN n < 0 THEN error('rs<<negative substring length not allowed>>')"
    " WHEN start::BIGINT + n <= 1 THEN CASE WHEN s IS NULL THEN NULL ELSE '' END"
    " ELSE substring(s, greatest(start, 1)::BIGINT, start::BIGINT + n - greatest(start, 1)::BIGINT) END",
)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    for name, function, arguments, result in _FUNCTIONS:
        connection.create_function(name, _guarded(function, len(arguments)), arguments, result)  # type: ignore[arg-type]
    for macro in _MACROS:
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def _guarded(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    def guarded(*args: Any) -> Any:
        try:
            return function(*args)
        except SqlError as failed:
            raise ValueError(f"rs<<{str(failed).removeprefix('ERROR: ')}>>") from None

    parameters = [inspect.Parameter(f"a{i}", inspect.Parameter.POSITIONAL_ONLY) for i in range(arity)]
    guarded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # DuckDB counts them
    return guarded


def divide(a: str, b: str, scale: int) -> str:
    """The quotient of two decimals, cut at ``scale`` digits."""
    with localcontext() as context:
        context.prec, context.rounding = 120, ROUND_DOWN
        divisor = Decimal(b)
        if not divisor:
            raise SqlError("Divide by zero")
        return str((Decimal(a) / divisor).quantize(Decimal(1).scaleb(-scale), ROUND_DOWN))


def _at(rounding: str) -> Callable[[str, int], str]:
    def at(text: str, digits: int) -> str:
        with localcontext() as context:
            context.prec = 120
            value = Decimal(text)
            step = Decimal(1).scaleb(-digits)
            return format((value / step).quantize(Decimal(1), rounding) * step, "f")

    return at


def _decimal(text: str, precision: int, scale: int) -> str:
    return str(values.decimal(text, numeric(precision, scale)))


def _copied(text: str, name: str, size: int, scale: int, rounded: bool) -> str:
    from .transfer import copied

    return copied(text, name, size, scale, rounded)


def _bad_integer(text: str) -> str:
    return str(values.integer(text, INT4))


def _timestamp(text: str) -> dt.datetime:
    return values.to_timestamp(text)[0]


_FUNCTIONS: tuple[tuple[str, Callable[..., Any], list[str], str], ...] = (
    ("rs_divide", divide, ["VARCHAR", "VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_round", _at(ROUND_HALF_UP), ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_trunc", _at(ROUND_DOWN), ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_decimal", _decimal, ["VARCHAR", "INTEGER", "INTEGER"], "VARCHAR"),
    ("rs_real", values.real, ["VARCHAR"], "DOUBLE"),
    ("rs_boolean", values.boolean, ["VARCHAR"], "BOOLEAN"),
    ("rs_date", values.to_date, ["VARCHAR"], "DATE"),
    ("rs_timestamp", _timestamp, ["VARCHAR"], "TIMESTAMP"),
    ("rs_bad_integer", _bad_integer, ["VARCHAR"], "VARCHAR"),
    ("rs_cut_bytes", values.cut, ["VARCHAR", "INTEGER"], "VARCHAR"),
    ("rs_copy", _copied, ["VARCHAR", "VARCHAR", "INTEGER", "INTEGER", "BOOLEAN"], "VARCHAR"),
    ("rs_to_char", templates.date_to_char, ["TIMESTAMP", "VARCHAR"], "VARCHAR"),
)
