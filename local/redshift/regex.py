"""Redshift's POSIX patterns as those of RE2 (in DuckDB). What RE2 would read another way is refused by name.

Sources: "POSIX operators", "REGEXP_SUBSTR function", "REGEXP_REPLACE function".
"""

from __future__ import annotations

import re

from .errors import Refused, SqlError

_CLASSES = {"alnum", "alpha", "ascii", "blank", "cntrl", "digit", "lower", "print", "punct", "space", "upper", "word",
            "xdigit"}  # fmt: skip


def posix(pattern: str, *, searching: bool = False) -> str:
    r"""A POSIX pattern with Redshift's Perl operators (\d \D \s \S \w \W), or a refusal.

    Where it matters which of several matches is taken (``searching``), POSIX takes the longest and RE2 the first.
    """
    if not pattern or re.search(r"\(\?|[*+?}]\?|[*+?}]\+|\{(?!\d+(?:,\d*)?\})", re.sub(r"\\.", "", pattern)):
        raise Refused(f"the regular expression {pattern}")
    if odd := re.search(r"\\([A-CE-RT-VX-Za-ce-rt-vx-z0-9])", pattern.replace("\\\\", "")):
        raise Refused(f"the regular expression operator \\{odd[1]}")
    for name in re.findall(r"\[:(\w+):\]", pattern):
        if name not in _CLASSES:
            raise SqlError(f"invalid character class {name}")
    if searching:
        _one_match(pattern)
    try:
        re.compile(re.sub(r"\[:\w+:\]", "x", pattern))
    except re.error as wrong:
        raise SqlError(f"invalid regular expression: {wrong}") from None
    return pattern


def _one_match(pattern: str) -> None:
    """Refuse alternatives that are not plain texts, or of which one starts with another."""
    rest = re.sub(r"\[[^]]*\]|\\.", "", pattern)
    choices = [*re.findall(r"\(([^()]*)\)", rest), re.sub(r"\([^()]*\)", "", rest)]
    for choice in choices:
        texts = choice.split("|")
        clear = all(
            re.fullmatch(r"[\w @-]+", t) and not any(o.startswith(t) for o in texts if o is not t) for t in texts
        )
        if len(texts) > 1 and not clear:
            raise Refused(f"the regular expression {pattern} (it matters which alternative is taken)")
