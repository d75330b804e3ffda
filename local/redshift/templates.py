"""TO_CHAR and TO_DATE: the datetime templates. Source: "Datetime format strings"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from .errors import Refused

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_PATTERNS = re.compile(
    r'"[^"]*"|HH24|HH12|HH|YYYY|YYY|YY|Y,YYY|IYYY|IW|WW|W|MONTH|Month|month|MON|Mon|mon|MM|MI|MS|US|DDD|DD|DAY|Day|day|DY|Dy|dy|D|ID|SS|AM|PM|am|pm|CC|Q|J|'
    r"[A-Za-z]+|[^A-Za-z\"]"
)


def date_to_char(value: dt.datetime, mask: str) -> str:
    """A date as the mask says. Refused for a pattern that is not known."""
    return "".join(_write(value, word) for word in _PATTERNS.findall(mask))


def _write(v: dt.datetime, word: str) -> str:
    if word.startswith('"'):
        return word[1:-1]
    known: dict[str, Callable[[], str]] = {
        "YYYY": lambda: f"{v.year:04}",
        "YYY": lambda: f"{v.year % 1000:03}",
        "YY": lambda: f"{v.year % 100:02}",
        "MM": lambda: f"{v.month:02}",
        "DD": lambda: f"{v.day:02}",
        "DDD": lambda: f"{v.timetuple().tm_yday:03}",
        "HH24": lambda: f"{v.hour:02}",
        "HH12": lambda: f"{v.hour % 12 or 12:02}",
        "HH": lambda: f"{v.hour % 12 or 12:02}",
        "MI": lambda: f"{v.minute:02}",
        "SS": lambda: f"{v.second:02}",
        "MS": lambda: f"{v.microsecond // 1000:03}",
        "US": lambda: f"{v.microsecond:06}",
        "Q": lambda: str((v.month + 2) // 3),
        "D": lambda: str(v.isoweekday() % 7 + 1),
        "WW": lambda: f"{(v.timetuple().tm_yday - 1) // 7 + 1:02}",
        "W": lambda: str((v.day - 1) // 7 + 1),
        "IW": lambda: f"{v.isocalendar().week:02}",
        "IYYY": lambda: f"{v.isocalendar().year:04}",
        "AM": lambda: "AM" if v.hour < 12 else "PM",
        "am": lambda: "am" if v.hour < 12 else "pm",
    }
    known["PM"], known["pm"] = known["AM"], known["am"]
    if word in known:
        return known[word]()
    for names, value in ((_MONTHS, _MONTHS[v.month - 1]), (_DAYS, _DAYS[v.weekday()])):
        for pattern, size in (("MONTH", 9), ("MON", 3)) if names is _MONTHS else (("DAY", 9), ("DY", 3)):
            if word.upper() == pattern:
                text = value.ljust(9) if size == 9 else value[:3]
                return text.upper() if word.isupper() else text.lower() if word.islower() else text
    if not word.isalpha():
        return word
    raise Refused(f"the datetime format {word}")
