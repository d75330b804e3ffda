"""COPY's careful reader: a file, record by record and field by field, as texts that DuckDB reads one way only.

What does not fit is a :class:`BadField`, with a code of "Load error reference". Sources: "Data format parameters",
"Data conversion parameters", "DATEFORMAT and TIMEFORMAT strings", "Multibyte character load errors".
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import templates, values
from .errors import Refused, SqlError
from .options import Options
from .types import Type

if TYPE_CHECKING:
    from .catalogue import TableColumn

MAX_RECORD = 4 << 20
BLANKS = " \t\n\r\f\v"
Row = list[str | None]


class BadField(Exception):
    """One entry for SYS_LOAD_ERROR_DETAIL."""

    def __init__(self, code: int, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.code, self.reason, self.position = code, reason, position
        self.column: TableColumn | None = None


def rows(path: Path, columns: list[TableColumn], o: Options) -> Iterator[tuple[int, Row | BadField]]:
    """Each record below the header, with the number of the line where it starts."""
    reader = _csv_records if o.csv else _text_records
    skipped, known = 0, [_reader(column, o) for column in columns]
    for line, fields, record in reader(path.read_bytes(), o):
        if skipped < o.skip:
            skipped += 1
        elif record or not o.ignore_blank_lines:
            try:
                if isinstance(fields, BadField):
                    raise fields
                if len(record) > MAX_RECORD:
                    raise BadField(1216, "Invalid input line: a record is over 4 MB")
                yield line, _row(fields, known, o)
            except BadField as bad:
                yield line, bad


# -------------------------------------------------------------------- records

_Record = tuple[int, "list[bytes] | BadField", bytes]  # line, fields, the whole without its line end


def _csv_records(data: bytes, o: Options) -> Iterator[_Record]:
    """CSV: quotes only around whole fields, doubled within; blanks beside the quotes do not count."""
    delimiter, mark = o.delimiter.encode(), o.quote.encode()
    d, q, blanks = re.escape(delimiter), re.escape(mark), b" \t".replace(delimiter, b"")
    field = re.compile(b"[%b]*%b((?:[^%b]++|%b%b)*+)%b([^%b\n]*)|([^%b\n]*)" % (blanks, q, q, q, q, q, d, d))
    at, line = 0, 1
    while at < len(data):
        plain = data[at : data.find(b"\n", at) + 1]
        if plain and mark not in plain and b"\r" not in plain[:-2]:  # most lines
            record = plain[:-1].removesuffix(b"\r")
            yield line, record.split(delimiter), record
            at, line = at + len(plain), line + 1
            continue
        start, fields, bad, last = at, list[bytes](), False, False
        while not last and (found := field.match(data, at)):
            at = found.end()
            last = data[at : at + 1] != delimiter
            quoted, behind, plain = found.groups()
            text = plain if quoted is None else behind
            text = text.removesuffix(b"\r") if last and at < len(data) else text
            if b"\r" in text:
                raise Refused("COPY of CSV with a carriage return that ends no line")
            fields.append(text if quoted is None else quoted.replace(mark + mark, mark))
            if quoted is not None:
                bad |= bool(text.strip(blanks))
            elif text.lstrip(blanks).startswith(mark):  # and never closed
                bad, last, at = True, True, len(data)
            at += 1
        record = data[start : at - 1].removesuffix(b"\r")
        yield line, BadField(1216, "Invalid quote formatting for CSV") if bad else fields, record
        line += 1 + record.count(b"\n")


def _text_records(data: bytes, o: Options) -> Iterator[_Record]:
    for line, plain in enumerate(data.removesuffix(b"\n").split(b"\n") if data else [], 1):
        record = plain.removesuffix(b"\r")
        yield line, record.split(o.delimiter.encode()), record


# -------------------------------------------------------------------- fields


def _reader(column: TableColumn, o: Options) -> Callable[[bytes | None], str | None]:
    """Reads the fields of a column. Most texts of a table occur often."""
    return functools.lru_cache(50_000)(functools.partial(_cell, column, o))


def _row(fields: list[bytes], columns: list[Callable[[bytes | None], str | None]], o: Options) -> Row:
    if len(fields) == len(columns) + 1 and not o.csv and not fields[-1]:
        fields = fields[:-1]  # "This field can be a delimiter"
    if len(fields) > len(columns):
        raise BadField(1202, "Extra column(s) found")
    if len(fields) < len(columns) and not o.fill:
        raise BadField(1214, "Delimiter not found")
    missing = [None] * (len(columns) - len(fields))
    return [read(raw) for raw, read in zip([*fields, *missing], columns, strict=True)]


def _cell(column: TableColumn, o: Options, raw: bytes | None) -> str | None:
    """One field as the canonical text of its column's type, or None for NULL. A field that is missing is empty text."""
    try:
        text = "" if raw is None else _decoded(raw, column.type, o)
        if _is_null(text, column.type, o) or (raw is None and column.type.name == "bpchar"):
            if not column.nullable:
                raise BadField(1213, "Missing data for not-null field")
            return None
        if column.type.is_string:
            return _string(text, column.type, o)
        return _moment(text, column.type, o) if column.type.is_datetime else number(text, column.type)
    except BadField as bad:
        bad.column = column
        raise


def _is_null(text: str, target: Type, o: Options) -> bool:
    if text == o.null:
        return True
    if text == "":
        return not target.is_string or o.empty_as_null
    return (not target.is_string or o.blanks_as_null) and not text.strip(BLANKS)


def _decoded(raw: bytes, target: Type, o: Options) -> str:
    if b"\0" in raw:
        raise Refused("COPY of data with NUL characters")
    try:
        return raw.decode()
    except UnicodeDecodeError as wrong:
        if not o.replacement or target.name != "varchar":
            raise BadField(1220, _bad_bytes(raw, wrong)) from None
    return re.sub("[\udc80-\udcff]", o.replacement.replace("\\", r"\\"), raw.decode(errors="surrogateescape"))


def _bad_bytes(raw: bytes, wrong: UnicodeDecodeError) -> str:
    first = raw[wrong.start]
    number = 1 if 0xF8 <= first < 0xFE else 3 if first < 0xC0 or first >= 0xFE else 2 if wrong.end == len(raw) else 4
    sequence = raw[wrong.start : wrong.start + 4].hex(" ")
    what = f"Bad UTF-8 hex sequence: {sequence} (error {number})"
    return f"String contains invalid or unsupported UTF-8 codepoints. {what}"


def _string(text: str, target: Type, o: Options) -> str:
    if target.name == "bpchar":
        if not text.isascii():
            odd = next(c for c in text if not c.isascii()).encode().hex(" ")
            what = "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char:"
            raise BadField(1220, f"{what} {odd}")
        text = text.rstrip(" ")
    elif o.trim:
        text = text.rstrip(BLANKS)
    if len(text.encode()) > target.size:
        if not o.truncate:
            raise BadField(1204, "String length exceeds DDL length")
        text = values.cut(text, target.size)
    return text


def number(text: str, target: Type) -> str:
    """A number or boolean in canonical form."""
    if target.is_integer:
        return _integer(text, target)
    if target.name == "numeric":
        return _decimal(text, target)
    try:
        value = values.real(text) if target.is_numeric else values.boolean(text)
        if abs(value) == math.inf:
            raise BadField(1204, f"Float out of range, Value '{text}'")
        return repr(value)
    except SqlError:
        if target.is_numeric and re.fullmatch(r"\s*[+-]?(nan|inf(inity)?)\s*", text, re.IGNORECASE):
            raise Refused("COPY of NaN and infinity") from None
        code, kind = (1208, "float format or exponent") if target.is_numeric else (1210, "boolean format")
        raise BadField(code, f"Invalid {kind}, Value '{text}'") from None


def _integer(text: str, target: Type) -> str:
    stripped = text.strip()
    kind = {"int2": "Short", "int4": "Integer", "int8": "Long"}[target.name]
    if not re.fullmatch(r"[+-]?\d+", stripped, re.ASCII):
        raise _digit_error(text, r"\s*[+-]?\d*", kind)
    limit = values.RANGES[target.name][1]
    if not -limit <= int(stripped[:40]) < limit:
        raise BadField(1222, f"Integer value overflow, Value '{stripped}', Type: {kind}")
    return str(int(stripped))


def _decimal(text: str, target: Type) -> str:
    """COPY cuts digits that are too many."""
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*", text, re.ASCII):
        raise _digit_error(text, r"\s*[+-]?\d*(?:\.\d*)?", "Decimal")
    whole, _, digits = text.strip().partition(".")
    try:
        return format(values.decimal(f"{whole}.{digits[: target.scale]}0", target), "f")
    except SqlError:
        raise BadField(1204, "Numeric data overflow (result precision)") from None


def _digit_error(text: str, pattern: str, kind: str) -> BadField:
    """Where the first character stands that cannot be part of such a number."""
    found = re.match(pattern, text, re.ASCII)
    at = found.end() if found else 0
    return BadField(1207, f"Invalid digit, Value '{text[at : at + 1]}', Pos {at}, Type: {kind}", position=at)


# -------------------------------------------------------------------- dates and times

_DATE = r"\s*\d{4}-\d{1,2}-\d{1,2}"
_CLOCK = r"(\s+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_USUAL = {
    "date": re.compile(_DATE + r"(\s.*)?", re.ASCII),
    "timestamp": re.compile(_DATE + _CLOCK + r"\s*", re.ASCII),
    "timestamptz": re.compile(_DATE + _CLOCK + r"\s*([+-]\d{1,2}(:?\d{2})?)?\s*", re.ASCII),
}
# Forms that 'auto' knows in Redshift ("Using automatic recognition") and this reader does not.
_UNREAD = re.compile(r"J\d+.*|.*\bBC|.*\d[ T]?[A-Z]{3,4}|\d{4}\.\d{3}|\d{6,8} \d{6}|\d{1,2}\.\d{1,2}\.\d{4}.*")
_MONTHS = re.compile("|".join(templates.MONTHS), re.IGNORECASE)


def check_formats(o: Options) -> None:
    """Refused for a template with words that are not known."""
    for mask in (o.date_format, o.time_format):
        if mask != "auto":
            templates.date_reader(mask)


def _moment(text: str, target: Type, o: Options) -> str:
    """A date or a timestamp in ISO form."""
    mask = o.date_format if target.name == "date" else o.time_format
    try:
        moment = _read(text, mask, target)
    except (SqlError, ValueError, OverflowError) as wrong:
        if isinstance(wrong, Refused):
            raise
        if target.name == "date":
            raise BadField(1205, f"Invalid Date Format - expected {mask}") from None
        raise BadField(1206, f"Invalid timestamp format or value [{mask}]") from None
    return moment.date().isoformat() if target.name == "date" else moment.isoformat(" ")


def _read(text: str, mask: str, target: Type) -> dt.datetime:
    if mask == "auto":
        return _recognised(text, target)
    if mask in (Options.date_format, Options.time_format):
        if not _USUAL[target.name].fullmatch(text):
            raise ValueError(text)
        return _recognised(text, target)
    if "MONTH" not in mask.upper():
        text = _MONTHS.sub(lambda name: name[0][:3], text)  # MON is a name, "abbreviated name or full name"
    fraction = re.fullmatch(r"(.*)(\.\d{1,6})\d*\s*", text) if mask.upper().endswith("SS") else None
    moment = templates.read_moment((fraction[1] if fraction else text).strip(), mask, strict=True)
    return moment + dt.timedelta(seconds=float(fraction[2])) if fraction else moment


def _recognised(text: str, target: Type) -> dt.datetime:
    """What 'auto' reads. "Time zone values in input strings are ignored" by a TIMESTAMP."""
    try:
        return values.moment(text, "timestamp with time zone" if target.name == "timestamptz" else "timestamp")
    except SqlError as wrong:
        if _UNREAD.fullmatch(text.strip()) and not isinstance(wrong, Refused):
            raise Refused(f"COPY of a date written as {text.strip()!r}") from None
        raise


def copied(text: str, name: str, size: int, scale: int) -> str:
    """A field that is not in canonical form, in the quick reader's SQL. SqlError if the careful one must look at it."""
    target = Type(name, size, scale)
    try:
        if not target.is_datetime:
            return number(text, target)
        moment = _recognised(text, target)
        return moment.date().isoformat() if name == "date" else moment.isoformat(" ")
    except BadField as bad:
        raise SqlError(str(bad)) from None
