"""The options of COPY and of UNLOAD: one table says what a word sets, and how its value is read and checked.

Sources: "Data format parameters", "Data conversion parameters", "Data load operations", "Authorization parameters"
(COPY) and "UNLOAD". An option that is not in the table is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import Refused, SqlError, fail_if, refuse_if
from .syntax import Words


@dataclass(frozen=True)
class Options:
    """What COPY or UNLOAD was told; the defaults are Redshift's."""

    csv: bool = False
    delimiter: str = "|"
    quote: str = '"'
    skip: int = 0
    gzip: bool = False
    manifest: bool = False
    null: str = "\\N"
    empty_as_null: bool = False
    blanks_as_null: bool = False
    truncate: bool = False
    fill: bool = False
    trim: bool = False
    ignore_blank_lines: bool = False
    replacement: str = ""
    max_errors: int = 0
    date_format: str = "YYYY-MM-DD"
    time_format: str = "YYYY-MM-DD HH:MI:SS"
    header: bool = False
    overwrite: bool = False
    parallel: bool = True


Reader = Callable[[Words], Any]


def _flag(_: Words) -> bool:
    return True


def _string(words: Words) -> str:
    words.take("AS")
    return words.string()


def _switch(words: Words) -> bool:
    return words.peek() not in ("ON", "OFF", "TRUE", "FALSE", "PRESET") or words.word().upper() not in ("OFF", "FALSE")


def _number(limit: int) -> Reader:
    def read(words: Words) -> int:
        words.take("AS")
        if (number := words.integer()) > limit:
            raise SqlError(f"{number} is more than the limit of {limit}")
        return number

    return read


def _character(words: Words) -> str:
    """One ASCII character; \\t and \\ddd in octal were read as one with the literal."""
    text = _string(words)
    refuse_if(len(text) != 1 or not text.isascii(), f"{text!r} where one ASCII character stands")
    return text


def _null(words: Words) -> str:
    text = _string(words)
    refuse_if("\0" in text, "NULL AS the NUL character")
    fail_if("\n" in text, "NULL AS must not be a newline")
    token = words.tokens[words.at - 1]
    return "\\N" if text == "N" and token.end - token.start > 2 else text  # '\\N', where the backslash escaped the N


def _replacement(words: Words) -> str:
    words.take("AS")
    text = words.string() if words.next_is_string() else "?"
    if len(text) != 1 or not text.isascii() or text == "\0":
        raise SqlError("ACCEPTINVCHARS replacement must be one ASCII character")
    return text


def _encoding(words: Words) -> None:
    words.take("AS")
    if (encoding := words.word().upper()) != "UTF8":
        raise Refused(f"COPY ENCODING {encoding}")


def _time_format(words: Words) -> str:
    text = _string(words)
    fail_if(re.search(r"tz|of", text, re.IGNORECASE), "TIMEFORMAT must not hold a time zone")
    return text


def _role(words: Words) -> bool:
    if not words.take("DEFAULT") and not re.match(r"arn:aws[\w-]*:iam::(\d{12}|aws):role/", role := words.string()):
        raise SqlError(f"Invalid IAM_ROLE {role!r}: not the ARN of a role")
    return True


# Word: the field that it sets (none: it changes nothing here), the reader of its value.
_SHARED: dict[str, tuple[str, Reader]] = {
    "CSV": ("csv", _flag),
    "DELIMITER": ("delimiter", _character),
    "GZIP": ("gzip", _flag),
    "MANIFEST": ("manifest", _flag),
    "NULL": ("null", _null),
    "IAM_ROLE": ("authorised", _role),
    "REGION": ("", _string),
}
TABLES: dict[str, dict[str, tuple[str, Reader]]] = {
    "COPY": {
        **_SHARED,
        "QUOTE": ("quote", _character),
        "IGNOREHEADER": ("skip", _number(2**31 - 1)),
        "EMPTYASNULL": ("empty_as_null", _flag),
        "BLANKSASNULL": ("blanks_as_null", _flag),
        "TRUNCATECOLUMNS": ("truncate", _flag),
        "FILLRECORD": ("fill", _flag),
        "TRIMBLANKS": ("trim", _flag),
        "IGNOREBLANKLINES": ("ignore_blank_lines", _flag),
        "ACCEPTINVCHARS": ("replacement", _replacement),
        "MAXERROR": ("max_errors", _number(100_000)),
        "DATEFORMAT": ("date_format", _string),
        "TIMEFORMAT": ("time_format", _time_format),
        "ENCODING": ("", _encoding),
        "COMPUPDATE": ("", _switch),
        "STATUPDATE": ("", _switch),
    },
    "UNLOAD": {
        **_SHARED,
        "HEADER": ("header", _flag),
        "ALLOWOVERWRITE": ("overwrite", _flag),
        "PARALLEL": ("parallel", _switch),
    },
}


def read(words: Words, statement: str) -> Options:
    """What the words up to the end set. SqlError for words that do not go together."""
    seen: set[str] = set()
    given: dict[str, Any] = {}
    while not words.done:
        words.take("WITH")
        formatted = words.take("FORMAT")
        if formatted:
            words.take("AS")
        word = words.peek()
        if not word.isidentifier():
            words.fail()
        if word not in TABLES[statement] or (formatted and word != "CSV"):
            raise Refused(f"{statement} {'FORMAT' if formatted else 'option'} {word}")
        fail_if(word in seen, f"conflicting or redundant options: {word}")
        words.word()
        seen.add(word)
        field, value = TABLES[statement][word]
        given[field] = value(words)
    fail_if(not given.pop("authorised", False), f"{statement} needs an authorization parameter (IAM_ROLE)")
    given.pop("", None)
    fail_if("quote" in given and "csv" not in given, "QUOTE can be used with CSV only")
    usual = ({"delimiter": ","} if "csv" in given else {}) | ({"null": ""} if statement == "UNLOAD" else {})
    options = Options(**{**usual, **given})
    fail_if(options.csv and options.delimiter == options.quote, "DELIMITER and QUOTE must differ")
    return options
