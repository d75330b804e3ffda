"""Reading text as Redshift reads it: the input side of every type, for literals, casts and COPY.

Sources: "Date, time, and timestamp literals", "Boolean type", "Numeric types", "Interval literals".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING

from .errors import SqlError

if TYPE_CHECKING:
    from .types import Type

RANGES = {"int2": ("smallint", 2**15), "int4": ("integer", 2**31), "int8": ("bigint", 2**63)}
MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_MONTH = r"(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATES = [
    re.compile(p, re.IGNORECASE | re.ASCII)
    for p in (
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<m>\d{1,2})[-/](?P<d>\d{1,2})[-/](?P<y>\d{4})",
        rf"(?P<y>\d{{4}})[-/ ]{_MONTH}[-/ ](?P<d>\d{{1,2}})",
        rf"{_MONTH}[-/ ](?P<d>\d{{1,2}})(?:[-/ ]|, ?)(?P<y>\d{{4}})",
        rf"(?P<d>\d{{1,2}})[-/ ]{_MONTH}[-/ ,] ?(?P<y>\d{{4}})",
    )
]
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,6})\d*)?)?(?: ?(?P<ap>[ap]m))?"
    r"(?P<tz> ?(?:z|utc|gmt|[+-]\d{1,2}(?::?\d{2})?))?",
    re.IGNORECASE | re.ASCII,
)


def date(text: str) -> dt.date:
    """A DATE, with or without a time behind it (which is dropped). ValueError if it is none."""
    return timestamp(text)[0].date()


def timestamp(text: str) -> tuple[dt.datetime, bool]:
    """A TIMESTAMP in UTC, and whether the text named a time zone. ValueError if it is none."""
    stripped = text.strip()
    for pattern in _DATES:
        if (found := pattern.match(stripped)) is None:
            continue
        rest = stripped[found.end() :]
        parts = found.groupdict()
        month = MONTHS[parts["mon"].lower()[:3]] if parts.get("mon") else int(parts["m"])
        day = dt.datetime(int(parts["y"]), month, int(parts["d"]))  # noqa: DTZ001 - TIMESTAMP has no zone
        if not rest.strip():
            return day, False
        clock = _TIME.fullmatch(rest[1:].strip()) if rest[0] in " Tt" else None
        if clock is None:
            continue
        return day + _clock(clock), clock["tz"] is not None
    raise ValueError(text)


def _clock(found: re.Match[str]) -> dt.timedelta:
    hour, minute, second = int(found["h"]), int(found["mi"]), int(found["s"] or 0)
    if found["ap"]:
        if not 1 <= hour <= 12:
            raise ValueError(found[0])
        hour = hour % 12 + (12 if found["ap"].lower() == "pm" else 0)
    if (hour, minute, second) != (24, 0, 0) and (hour > 23 or minute > 59 or second > 59):
        raise ValueError(found[0])
    moment = dt.timedelta(
        hours=hour, minutes=minute, seconds=second, microseconds=int((found["f"] or "0").ljust(6, "0"))
    )
    zone = (found["tz"] or "").strip()
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "")
        offset = dt.timedelta(
            hours=int(digits[:-2] if len(digits) > 2 else digits), minutes=int(digits[-2:] if len(digits) > 2 else 0)
        )
        moment += -offset if zone[0] == "+" else offset
    return moment


def decimal(text: str, target: Type) -> Decimal:
    """A DECIMAL rounded half up to the scale of ``target``."""
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*", text, re.IGNORECASE | re.ASCII):
        raise SqlError(f'invalid input syntax for type numeric: "{text}"')
    with localcontext() as context:
        context.prec = 400
        try:
            value = Decimal(text.strip()).quantize(Decimal(1).scaleb(-target.scale), ROUND_HALF_UP)
        except InvalidOperation:
            raise SqlError("Numeric data overflow (result precision)") from None
        if abs(value) >= Decimal(10) ** (target.size - target.scale):
            raise SqlError("Numeric data overflow (result precision)")
    return value


def integer(text: str, target: Type) -> int:
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text, re.ASCII):
        raise SqlError(f'invalid input syntax for integer: "{text}"')
    name, limit = RANGES[target.name]
    value = int(text) if len(text) < 100 else limit
    if not -limit <= value < limit:
        raise SqlError(f"{name} out of range")
    return value


def real(text: str) -> float:
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", text, re.IGNORECASE | re.ASCII):
        raise SqlError(f'invalid input syntax for type double precision: "{text}"')
    return float(text)


def boolean(text: str) -> bool:
    """ "Boolean type": true, t, yes, y, 1 and their opposites, in any case."""
    word = text.strip().lower()
    if word in ("t", "true", "y", "yes", "1"):
        return True
    if word in ("f", "false", "n", "no", "0"):
        return False
    raise SqlError(f'invalid input syntax for type boolean: "{text}"')


def cut(text: str, size: int) -> str:
    """The longest start of ``text`` that fits in ``size`` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def _dated[T](read: Callable[[str], T], kind: str) -> Callable[[str], T]:
    def checked(text: str) -> T:
        try:
            return read(text)
        except ValueError:
            raise SqlError(f'invalid input syntax for type {kind}: "{text}"') from None

    return checked


to_date = _dated(date, "date")
to_timestamp = _dated(timestamp, "timestamp")
