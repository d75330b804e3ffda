"""TO_CHAR, TO_DATE, TO_TIMESTAMP and TO_NUMBER: the templates, and what they make of a value.

Sources: "Datetime format strings", "Numeric format strings", "TO_CHAR", "TO_DATE function", "TO_NUMBER". A pattern
that is not here is refused by name. Templates are compiled once each.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from . import values
from .errors import Refused, SqlError

MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Writer = Callable[[dt.datetime], str]


def _half(v: dt.datetime) -> str:
    return "AM" if v.hour < 12 else "PM"


WRITERS: dict[str, Writer] = {
    "Y,YYY": lambda v: f"{v.year:,}",
    "YYYY": lambda v: f"{v.year:04}",
    "YYY": lambda v: f"{v.year % 1000:03}",
    "YY": lambda v: f"{v.year % 100:02}",
    "IYYY": lambda v: f"{v.isocalendar().year:04}",
    "CC": lambda v: f"{(v.year + 99) // 100:02}",
    "Q": lambda v: str((v.month + 2) // 3),
    "MM": lambda v: f"{v.month:02}",
    "MONTH": lambda v: MONTHS[v.month - 1].ljust(9),
    "MON": lambda v: MONTHS[v.month - 1][:3],
    "IW": lambda v: f"{v.isocalendar().week:02}",
    "WW": lambda v: f"{(v.timetuple().tm_yday - 1) // 7 + 1:02}",
    "W": lambda v: str((v.day - 1) // 7 + 1),
    "DDD": lambda v: f"{v.timetuple().tm_yday:03}",
    "DD": lambda v: f"{v.day:02}",
    "ID": lambda v: str(v.isoweekday()),
    "DAY": lambda v: _DAYS[v.weekday()].ljust(9),
    "DY": lambda v: _DAYS[v.weekday()][:3],
    "D": lambda v: str(v.isoweekday() % 7 + 1),
    "J": lambda v: str(v.toordinal() + 1721425),
    "HH24": lambda v: f"{v.hour:02}",
    "HH12": lambda v: f"{v.hour % 12 or 12:02}",
    "HH": lambda v: f"{v.hour % 12 or 12:02}",
    "MI": lambda v: f"{v.minute:02}",
    "SS": lambda v: f"{v.second:02}",
    "MS": lambda v: f"{v.microsecond // 1000:03}",
    "US": lambda v: f"{v.microsecond:06}",
    "AM": _half,
    "PM": _half,
    "TZ": lambda v: "UTC",
}
_NAMED = ("MONTH", "MON", "DAY", "DY", "AM", "PM", "TZ")  # their letters follow the pattern's case
_TOKEN = re.compile(
    r'"[^"]*"|FM|S{4,}|' + "|".join(sorted(WRITERS, key=len, reverse=True)) + r"|[A-Za-z]+|.", re.IGNORECASE | re.DOTALL
)


@functools.lru_cache(512)
def date_writers(mask: str) -> tuple[Writer, ...]:
    writers: list[Writer] = []
    bare = False
    for word in _TOKEN.findall(mask):
        if word.upper() == "FM":
            bare = True
            continue
        writers.append(_date_writer(word, bare=bare))
        bare = False
    return tuple(writers)


def _date_writer(word: str, *, bare: bool) -> Writer:
    write = WRITERS.get(word.upper())
    if write is None:
        if word.startswith('"'):
            return lambda v: word[1:-1]
        if word.isalpha():
            raise Refused(f"the datetime format {word}")
        return lambda v: word
    if word.upper() in _NAMED:
        shape = str.upper if word.isupper() else str.lower if word.islower() else str
        return lambda v: shape(write(v).rstrip() if bare else write(v))
    return (lambda v: write(v).lstrip("0") or "0") if bare else write


def date_to_char(value: dt.datetime, mask: str) -> str:
    """A moment as the template says; refused for a pattern that is not known."""
    return "".join(write(value) for write in date_writers(mask))


# -------------------------------------------------------------------- reading

_READ = {
    **{word: rf"(?P<{word}>\d{{1,2}})" for word in ("MM", "DD", "HH24", "HH12", "HH", "MI", "SS")},
    "YYYY": r"(?P<YYYY>\d{4})",
    "YY": r"(?P<YY>\d{2})",
    "MON": r"(?P<MON>[A-Za-z]{3})",
    "MONTH": rf"(?P<MON>(?:{'|'.join(MONTHS)})(?![a-z]))",
    "DDD": r"(?P<DDD>\d{1,3})",
    "MS": r"(?P<MS>\d{1,3})",
    "US": r"(?P<US>\d{1,6})",
    "AM": r"(?P<AM>[AaPp][Mm])",
    "PM": r"(?P<AM>[AaPp][Mm])",
}


@functools.lru_cache(512)
def date_reader(mask: str, *, loose: bool = False) -> re.Pattern[str]:
    """What a text of this template looks like, ``loose`` whatever parts it; refused for patterns that are not known."""
    parts, seen = [], set()
    for word in _TOKEN.findall(mask):
        kind = word.upper()
        if kind in _READ:
            key = {"PM": "AM", "MONTH": "MON", "DDD": "DD"}.get(kind, kind)
            if key in seen:
                raise Refused(f"the datetime format {mask}, which names {kind} twice")
            seen.add(key)
            parts.append(_READ[kind])
        elif word.startswith('"') or loose:
            parts.append(re.escape(word[1:-1]) if not loose else r"[^0-9]{0,3}")
        elif word.isalpha() and word.upper() != "T":
            raise Refused(f"reading a date by the format {word}")
        else:
            parts.append(re.escape(word) if not word.isspace() else r"\s*")
    if not seen & {"YYYY", "YY"}:
        raise Refused(f"the datetime format {mask}, which names no year")
    return re.compile(r"\s*" + "".join(parts) + r"\s*", re.ASCII | re.IGNORECASE)


def read_moment(text: str, mask: str, *, strict: bool, whole: bool = True) -> dt.datetime:
    """A moment that a text of this template names, to its end if ``whole``.

    Days beyond the month's end and hours beyond the day's run over, unless ``strict``.
    """
    found = (date_reader(mask).fullmatch if whole else date_reader(mask).match)(text)
    if found is None:
        if date_reader(mask, loose=True).match(text):
            raise Refused(f"reading {text} by the format {mask}: what parts them differs")
        raise SqlError(f'invalid value "{text}" for the format "{mask}"')
    p = {k: v for k, v in found.groupdict().items() if v is not None}
    name = p.get("MON", "").lower()
    if name and name[:3] not in values.MONTHS:
        raise SqlError(f'invalid value "{text}" for the format "{mask}"')
    try:
        return values.day(p, strict=strict) + _clock(p, strict=strict)
    except ValueError as wrong:
        raise SqlError(str(wrong)) from None


def _clock(p: dict[str, str], *, strict: bool) -> dt.timedelta:
    hour = int(p.get("HH24", p.get("HH12", p.get("HH", 0))))
    if "AM" in p:
        hour = hour % 12 + (12 if p["AM"].upper() == "PM" else 0)
    minute, second = int(p.get("MI", 0)), int(p.get("SS", 0))
    if strict and (hour > 23 or minute > 59 or second > 59):
        raise SqlError(f"date/time field time value out of range: {hour}:{minute:02}:{second:02}.0")
    micros = int(p.get("US", p.get("MS", "0").ljust(3, "0") + "000"))
    return dt.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)


def to_date(text: str, mask: str, strict: bool) -> dt.date:
    return read_moment(text, mask, strict=strict, whole=False).date()


def to_timestamp(text: str, mask: str, strict: bool) -> dt.datetime:
    return read_moment(text, mask, strict=strict, whole=False)


# -------------------------------------------------------------------- numbers

_NUMBER = re.compile(r"(?P<fm>FM)?(?P<money>L|\$)?(?P<whole>[09,G]*)(?:[.D](?P<digits>[09]*))?", re.IGNORECASE)


def number_to_char(text: str, mask: str) -> str:
    """A number as the template says: blanks where a 9 has no digit, ``#`` where a number does not fit."""
    m = _NUMBER.fullmatch(mask)
    if m is None or not (m["whole"] or m["digits"]):
        raise Refused(f"the numeric format {mask}")
    value, places = Decimal(text), len(m["digits"] or "")
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, digits = f"{rounded:f}".partition(".")
    body = _whole_digits("" if whole == "0" and "0" not in m["whole"] and places else whole, m["whole"].upper())
    if m["fm"]:
        kept = len((m["digits"] or "").rstrip("9"))
        body, digits = body.strip(), digits[:kept] + digits[kept:].rstrip("0")
    body += "." + digits if m["digits"] is not None else ""
    sign = "-" if value < 0 and rounded != 0 else "" if m["fm"] else " "
    stripped = body.lstrip()
    return ("$" if m["money"] else "") + " " * (len(body) - len(stripped)) + sign + stripped


def _whole_digits(whole: str, slots: str) -> str:
    """The integer part under its template, right to left."""
    if len(whole) > sum(c in "09" for c in slots):
        raise Refused("TO_CHAR of a number that does not fit its format")
    first_zero = next((i for i, c in enumerate(slots) if c == "0"), len(slots))
    rest, out = list(whole), []
    for i in range(len(slots) - 1, -1, -1):
        filler = " " if i < first_zero else "0"
        if slots[i] in ",G":
            out.append("," if rest or i > first_zero else " ")
        else:
            out.append(rest.pop() if rest else filler)
    return "".join(reversed(out))
