"""Redshift's three kinds of patterns as those of RE2 (in DuckDB) and of Python.

Sources: "SIMILAR TO", "POSIX operators", "REGEXP_SUBSTR function" and its siblings. Patterns are checked when the
statement is bound: what RE2 or Python would read another way is refused by name.
"""

from __future__ import annotations

import functools
import re

from .errors import Refused, SqlError

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "ascii": r"\x00-\x7f", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "lower": "a-z", "print": r"\x20-\x7e", "punct": r"!-/:-@\[-`{-~", "space": r"\s", "upper": "A-Z",
    "word": "A-Za-z0-9_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def posix(pattern: str, *, searching: bool = False) -> str:
    r"""A POSIX pattern with Redshift's Perl operators (\d \D \s \S \w \W), or a refusal.

    Where it matters which of several matches is taken (``searching``), POSIX takes the longest and Python the first.
    """
    if re.search(r"\(\?|[*+?}]\?|[*+?}]\+", re.sub(r"\\.", "", pattern)):
        raise Refused(f"the regular expression {pattern}")
    if odd := re.search(r"\\([A-CE-RT-VX-Za-ce-rt-vx-z0-9])", pattern.replace("\\\\", "")):
        raise Refused(f"the regular expression operator \\{odd[1]}")
    for name in re.findall(r"\[:(\w+):\]", pattern):
        if name not in _CLASSES:
            raise SqlError(f"invalid character class {name}")
    if searching:
        _one_match(pattern)
    try:
        python(pattern)
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


@functools.lru_cache(512)
def python(pattern: str, flags: str = "") -> re.Pattern[str]:
    """The pattern for Python's matcher; a dot matches a newline, as in POSIX."""
    text = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES.get(m[1], m[0]), pattern)
    return re.compile(text, re.DOTALL | re.ASCII | (re.IGNORECASE if "i" in flags else re.NOFLAG))


def similar(pattern: str, escape: str) -> str:
    """A SIMILAR TO pattern as a POSIX one that has to match the whole string."""
    out, i, within = "", 0, False
    while i < len(pattern):
        char = pattern[i]
        if char == escape:
            i += 1
            if i == len(pattern):
                raise SqlError("invalid escape sequence at the end of a pattern")
            out += re.escape(pattern[i])
        elif within:
            within = char != "]"
            out += char
        elif char == "[":
            within, out = True, out + "["
        else:
            out += {"%": ".*", "_": "."}.get(char, re.escape(char) if char in ".^$\\" else char)
        i += 1
    posix(out)
    return out


def substr(source: str, pattern: str, position: int, occurrence: int, flags: str) -> str | None:
    if position > len(source):
        return ""
    if occurrence < 1 or occurrence > max(len(source), 1):
        return None
    for n, found in enumerate(python(pattern, flags).finditer(source, max(position, 1) - 1), 1):
        if n == occurrence:
            return found[0]
    return ""


def replace(source: str, pattern: str, new: str, position: int, flags: str) -> str:
    start = max(position, 1) - 1
    return source[:start] + python(pattern, flags).sub(lambda _: new, source[start:]) if start < len(source) else source


def instr(source: str, pattern: str, position: int, occurrence: int, end: int, flags: str) -> int:
    for n, found in enumerate(python(pattern, flags).finditer(source, max(position, 1) - 1), 1):
        if n == max(occurrence, 1):
            return (found.end() if end else found.start()) + 1
    return 0


def count(source: str, pattern: str, position: int, flags: str) -> int:
    return sum(1 for _ in python(pattern, flags).finditer(source, max(position, 1) - 1))
