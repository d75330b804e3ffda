"""Reading text as Redshift reads it: the input side of every type, for literals, casts and COPY.

Sources: "Date, time, and timestamp literals", "Boolean type", "Numeric types", "Interval literals".
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING

from .errors import Refused, SqlError

if TYPE_CHECKING:
    from .types import Type

RANGES = {"int2": ("smallint", 2**15), "int4": ("integer", 2**31), "int8": ("bigint", 2**63)}
_SHORT = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_SHORT, 1)}
_MONTH = r"(?P<MON>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATES = [
    re.compile(p, re.IGNORECASE | re.ASCII)
    for p in (
        r"(?P<YYYY>\d{4})[-/.](?P<MM>\d{1,2})[-/.](?P<DD>\d{1,2})",
        r"(?P<YYYY>\d{4})(?P<MM>\d{2})(?P<DD>\d{2})",
        r"(?P<YYYY>\d{4})\.(?P<DDD>\d{3})",
        r"(?P<YY>\d{2})(?P<MM>\d{2})(?P<DD>\d{2})",
        r"(?P<MM>\d{1,2})[-/](?P<DD>\d{1,2})[-/](?:(?P<YYYY>\d{4})|(?P<YY>\d{2}))",
        r"(?P<DD>\d{1,2})\.(?P<MM>\d{1,2})\.(?P<YYYY>\d{4})",
        rf"(?P<YYYY>\d{{4}})[-/ ]{_MONTH}[-/ ](?P<DD>\d{{1,2}})",
        rf"{_MONTH}[-/ ](?P<DD>\d{{1,2}})(?:[-/ ]|, ?)(?P<YYYY>\d{{4}})",
        rf"(?P<DD>\d{{1,2}})[-/ ]{_MONTH}[-/ ,] ?(?P<YYYY>\d{{4}})",
    )
]
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,6})\d*)?)?(?: ?(?P<ap>[ap]m)(?![a-z/]))?"
    r"(?P<tz> ?(?:[a-z][a-z_/]*|[+-]\d{1,2}(?::?\d{2})?))?",
    re.IGNORECASE | re.ASCII,
)
_DIGITS = re.compile(r"(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})(?P<f>)(?P<ap>)(?P<tz>)", re.ASCII)
PARTS = {
    "year": "year years y yr yrs",
    "quarter": "quarter quarters qtr qtrs",
    "month": "month months mon mons",
    "week": "week weeks w",
    "day": "day days d",
    "hour": "hour hours h hr hrs",
    "minute": "minute minutes m min mins",
    "second": "second seconds s sec secs",
    "millisecond": "millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon",
    "microsecond": "microsecond microseconds us microsec microsecs microsecond usec usecs usecond useconds",
    "dayofweek": "dayofweek dow dw weekday",
    "dayofyear": "dayofyear doy dy yearday",
    "epoch": "epoch",
}
_PART = {alias: part for part, aliases in PARTS.items() for alias in aliases.split()}
# Abbreviations are fixed offsets from UTC, in hours; names follow daylight saving time ("Time zone usage notes").
_ZONES = {"utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
          "pdt": -7, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "jst": 9}  # fmt: skip


def datepart(word: str) -> str:
    """ "Date parts for date or timestamp functions": a datepart or one of its abbreviations."""
    part = _PART.get(word.lower())
    if part is None:
        raise Refused(f"datepart {word}")
    return part


def zone(name: str) -> dt.tzinfo:
    """A time zone by its abbreviation or name."""
    hours = _ZONES.get(name.lower())
    if hours is not None:
        return dt.timezone(dt.timedelta(hours=hours))
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(f"the time zone {name}") from None


def in_zone(moment: dt.datetime, source: str, target: str) -> dt.datetime:
    """The clock of ``target`` when that of ``source`` shows ``moment``."""
    return moment.replace(tzinfo=zone(source)).astimezone(zone(target)).replace(tzinfo=None)


def moment(text: str, kind: str = "timestamp") -> dt.datetime:
    """A TIMESTAMP, a DATE with its time, or a TIMESTAMP WITH TIME ZONE in UTC, by the ``kind``. SqlError if it is none.

    "Time zone values in input strings are ignored" by a TIMESTAMP; without one, a TIMESTAMPTZ is in UTC.
    """
    try:
        return _moment(text.strip(), zoned=kind.endswith("time zone"))
    except (ValueError, OverflowError):
        raise SqlError(f'invalid input syntax for type {kind}: "{text}"') from None


def _moment(text: str, *, zoned: bool) -> dt.datetime:
    stripped = re.sub(r"^(\d{1,2} [A-Za-z]{3}) (\S+) (\d{4})\b", r"\1 \3 \2", text)  # dd mon hh:mi:ss yyyy tz
    if stripped.lower() in ("now", "today", "tomorrow", "yesterday"):
        raise Refused(f"the date '{stripped}'")
    if stripped.lower() == "epoch":
        return dt.datetime(1970, 1, 1)  # noqa: DTZ001 - UTC
    for pattern in _DATES:
        if (found := pattern.match(stripped)) is None:
            continue
        rest = stripped[found.end() :]
        if rest.strip() and rest[0] not in " Tt":
            continue
        start = day(found.groupdict())
        if not rest.strip():
            return start
        clock = _TIME.fullmatch(rest[1:].strip()) or _DIGITS.fullmatch(rest[1:].strip())
        if clock is None:
            continue
        shown = start + _clock(clock)
        return shown - _offset((clock["tz"] or "").strip(), shown, zoned=zoned)
    raise ValueError(text)


def day(parts: Mapping[str, str | None], *, strict: bool = True) -> dt.datetime:
    """The day that texts under the names of their formats give, the first where they leave it open.

    ValueError if there is none; unless ``strict``, days beyond the end of their month run over.
    """
    p = {name: text for name, text in parts.items() if text}
    year = int(p["YYYY"]) if "YYYY" in p else int(p["YY"]) + (2000 if int(p["YY"]) < 70 else 1900)
    month = MONTHS.get(p["MON"].lower()[:3], 0) if "MON" in p else int(p.get("MM", 1))
    days = int(p.get("DDD", p.get("DD", 1)))
    if 1 <= month <= 12 and 1 <= days <= (366 if "DDD" in p else 31):
        first = dt.datetime(year, month, 1)  # noqa: DTZ001 - TIMESTAMP has no zone
        found = first + dt.timedelta(days=days - 1)
        if not strict or (found.year == year and (found.month == month or "DDD" in p)):
            return found
    raise ValueError(f"date/time field date value out of range: {year}-{month}-{days}")


def _offset(name: str, moment: dt.datetime, *, zoned: bool) -> dt.timedelta:
    """How far a time zone in a text is ahead of UTC; none for a type without zones."""
    if not name:
        return dt.timedelta()
    if name[0] in "+-":
        digits = name[1:].replace(":", "").rjust(2, "0")
        found = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)) * (-1 if name[0] == "-" else 1)
    else:
        found = zone(name).utcoffset(moment) or dt.timedelta()
    return found if zoned else dt.timedelta()


def _clock(found: re.Match[str]) -> dt.timedelta:
    hour, minute, second = int(found["h"]), int(found["mi"]), int(found["s"] or 0)
    if found["ap"]:
        if not 1 <= hour <= 12:
            raise ValueError(found[0])
        hour = hour % 12 + (12 if found["ap"].lower() == "pm" else 0)
    if (hour, minute, second) != (24, 0, 0) and (hour > 23 or minute > 59 or second > 59):
        raise ValueError(found[0])
    return dt.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int((found["f"] or "0").ljust(6, "0")))


def decimal(text: str, target: Type, *, exact: bool = False) -> Decimal:
    """A DECIMAL rounded half up to the scale of ``target``; refused, if ``exact``, where cutting gives another."""
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*", text, re.IGNORECASE | re.ASCII):
        raise SqlError(f'invalid input syntax for type numeric: "{text}"')
    with localcontext() as context:
        context.prec = 400
        try:
            step = Decimal(1).scaleb(-target.scale)
            value = Decimal(text.strip()).quantize(step, ROUND_HALF_UP)
            if exact and value != Decimal(text.strip()).quantize(step, ROUND_DOWN):
                raise Refused(f"the text {text} as {target}: whether it is rounded or cut")
        except InvalidOperation:
            raise SqlError("Numeric data overflow (result precision)") from None
        longest = 2**63 if target.size == 19 else 10**target.size  # 19 digits are stored in 64 bits
        if abs(value / step) >= longest:
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


def to_date(text: str) -> dt.date:
    """A DATE, with or without a time behind it (which is dropped)."""
    return moment(text, "date").date()


def to_timestamptz(text: str) -> dt.datetime:
    return moment(text, "timestamp with time zone")
