"""COPY from S3 and UNLOAD to S3.

A load has two readers. DuckDB reads the files whole, quickly, and accepts only what is certain (a value whose
canonical text is the text that stands there, or that our own reader accepts). If anything at all is wrong, the
careful reader below goes through the files again, field by field, and says what is wrong and where, with the codes
of "Load error reference"; or it loads what MAXERROR lets it load. Sources: "COPY" and its parameter pages, "UNLOAD".
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from . import results, templates, values
from .binder import literal, quote
from .errors import Refused, SqlError
from .session import Outcome, Session
from .syntax import Words
from .types import Type

if TYPE_CHECKING:
    from .binder import Column
    from .catalogue import Relation, TableColumn

Handler = Callable[[Session, Words, str], Outcome]


@dataclass
class Options:
    """What COPY was told; the defaults are Redshift's."""

    csv: bool = False
    delimiter: str = ""
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
    round: bool = False
    escape: bool = False
    remove_quotes: bool = False
    ignore_blank_lines: bool = False
    explicit_ids: bool = False
    no_load: bool = False
    any_date: bool = False
    replacement: str | None = None
    max_errors: int = 0
    date_format: str = "YYYY-MM-DD"
    time_format: str = "YYYY-MM-DD HH:MI:SS"
    authorised: bool = False


class _BadField(Exception):
    """One entry for SYS_LOAD_ERROR_DETAIL, with a code of "Load error reference"."""

    def __init__(self, code: int, reason: str, column: TableColumn | None = None, position: int = 0) -> None:
        super().__init__(reason)
        self.code, self.reason, self.column, self.position = code, reason, column, position


# -------------------------------------------------------------------- the statement


def copy(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("COPY")
    name = words.qualified()
    table = session.catalogue.get(name[0] if len(name) > 1 else "", name[-1])
    if table.view:
        raise SqlError(f'"{table.name}" is not a table')
    listed = words.names() if words.peek() == "(" else None
    words.expect("FROM")
    url = words.string()
    if not url.startswith("s3://"):
        raise Refused("COPY from anything but S3")
    options = _options(words)
    columns = _loaded_columns(table, listed, options)
    started = session.now()
    with tempfile.TemporaryDirectory(prefix="redshift-copy-") as folder:
        files = _fetch(session, url, options, Path(folder))
        loaded, errors = _load(session, table, columns, files, options)
        size = sum(f.path.stat().st_size for f in files)
    session.record_load(
        table, started, url, "csv" if options.csv else "text", loaded, size, len(files), len(errors), "completed"
    )
    return Outcome(changed=loaded)


def _options(words: Words) -> Options:
    o = Options()
    while not words.done:
        _option(words, o)
    if not o.authorised:
        raise SqlError("COPY needs an authorization parameter (IAM_ROLE or CREDENTIALS)")
    o.delimiter = o.delimiter or ("," if o.csv else "|")
    if o.csv and (o.escape or o.remove_quotes):
        raise SqlError("CSV is not compatible with ESCAPE or REMOVEQUOTES")
    if o.delimiter == o.quote and o.csv:
        raise SqlError("delimiter and quote must differ")
    return o


_FLAGS = {
    "GZIP": "gzip", "MANIFEST": "manifest", "EMPTYASNULL": "empty_as_null", "BLANKSASNULL": "blanks_as_null",
    "TRUNCATECOLUMNS": "truncate", "FILLRECORD": "fill", "TRIMBLANKS": "trim", "ROUNDEC": "round", "ESCAPE": "escape",
    "REMOVEQUOTES": "remove_quotes", "IGNOREBLANKLINES": "ignore_blank_lines", "EXPLICIT_IDS": "explicit_ids",
    "ACCEPTANYDATE": "any_date", "NOLOAD": "no_load",
}  # fmt: skip


def _option(words: Words, o: Options) -> None:
    word = words.word().upper()
    if word == "FORMAT":
        words.take("AS")
        word = words.word().upper()
        if word != "CSV":
            raise Refused(f"COPY FORMAT {word}")
    if word in _FLAGS:
        setattr(o, _FLAGS[word], True)
    elif word in _VALUES:
        words.expect("AS") if word == "NULL" else words.take("AS")
        _VALUES[word](words, o)
    elif word in ("IAM_ROLE", "CREDENTIALS", "REGION", "COMPUPDATE", "STATUPDATE", "COMPROWS", "WITH"):
        _without_effect(words, word, o)
    else:
        raise Refused(f"COPY option {word}")


def _max_error(words: Words, o: Options) -> None:
    o.max_errors = words.integer()
    if o.max_errors > 100_000:
        raise SqlError("MAXERROR must be at most 100000")


def _replacement(words: Words, o: Options) -> None:
    o.replacement = words.string() if words.next_is_string() else "?"
    if len(o.replacement) != 1 or not o.replacement.isascii():
        raise SqlError("ACCEPTINVCHARS replacement must be one ASCII character")


def _encoding(words: Words, o: Options) -> None:
    if (encoding := words.word().upper()) != "UTF8":
        raise Refused(f"COPY ENCODING {encoding}")


_VALUES: dict[str, Callable[[Words, Options], None]] = {
    "CSV": lambda w, o: setattr(o, "csv", True),
    "QUOTE": lambda w, o: setattr(o, "quote", _character(w, "QUOTE")),
    "DELIMITER": lambda w, o: setattr(o, "delimiter", _character(w, "DELIMITER")),
    "IGNOREHEADER": lambda w, o: setattr(o, "skip", w.integer()),
    "NULL": lambda w, o: setattr(o, "null", w.string()),
    "DATEFORMAT": lambda w, o: setattr(o, "date_format", w.string()),
    "TIMEFORMAT": lambda w, o: setattr(o, "time_format", w.string()),
    "MAXERROR": _max_error,
    "ACCEPTINVCHARS": _replacement,
    "ENCODING": _encoding,
}


def _without_effect(words: Words, word: str, o: Options) -> None:
    if word == "IAM_ROLE":
        if not words.take("DEFAULT") and not re.match(r"arn:aws[\w-]*:iam::(\d{12}|aws):role/", role := words.string()):
            raise SqlError(f"Invalid IAM_ROLE {role!r}: not the ARN of a role")
        o.authorised = True
    elif word == "CREDENTIALS":
        words.take("AS")
        if not words.string().startswith(("aws_iam_role=", "aws_access_key_id=")):
            raise SqlError("Invalid credentials. Must be of the format: credentials 'aws_iam_role=...'")
        o.authorised = True
    elif word == "REGION":
        words.take("AS")
        words.string()
    elif word == "COMPROWS":
        words.integer()
    elif word != "WITH" and words.peek() in ("ON", "OFF", "TRUE", "FALSE", "PRESET"):
        words.word()


def _character(words: Words, what: str) -> str:
    text = words.string()
    if re.fullmatch(r"\\[0-7]{3}", text):
        text = chr(int(text[1:], 8))
    text = {"\\t": "\t"}.get(text, text)
    if len(text) != 1 or not text.isascii():
        raise Refused(f"{what} of other than one ASCII character")
    return text


def _loaded_columns(table: Relation, listed: list[str] | None, o: Options) -> list[TableColumn]:
    if listed is None:
        return [c for c in table.columns if not c.identity or c.identity_by_default or o.explicit_ids]
    if len(set(listed)) < len(listed):
        raise SqlError("a column is listed more than once")
    columns = [table.column(n) for n in listed]
    for column in columns:
        if column.identity and not column.identity_by_default and not o.explicit_ids:
            raise SqlError(f'cannot set an identity column to a value (column "{column.name}")')
    return columns


# -------------------------------------------------------------------- S3


@dataclass(frozen=True)
class _File:
    url: str
    path: Path


def _fetch(session: Session, url: str, o: Options, folder: Path) -> list[_File]:
    client = session.engine.s3()
    files = []
    for i, (bucket, key) in enumerate(_objects(client, url, o)):
        source = f"s3://{bucket}/{key}"
        path = folder / f"{i}.csv"
        try:
            with path.open("wb") as out:
                body = client.get_object(Bucket=bucket, Key=key)["Body"]
                for block in body.iter_chunks(1 << 20):
                    out.write(block)
        except (ClientError, BotoCoreError) as failed:
            raise SqlError(_s3_error(failed)) from None
        if o.gzip:
            _decompress(path, source)
        files.append(_File(source, path))
    return files


def _decompress(path: Path, source: str) -> None:
    plain = path.with_suffix(".plain")
    try:
        with gzip.open(path) as compressed, plain.open("wb") as out:
            while block := compressed.read(1 << 20):
                out.write(block)
    except (OSError, EOFError, zlib.error):
        raise SqlError(f"Failed to decompress {source}: not in gzip format, or damaged") from None
    plain.replace(path)


def _s3_error(failed: Exception) -> str:
    if isinstance(failed, ClientError):
        error = failed.response.get("Error", {})
        status = failed.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return f"S3ServiceException:{error.get('Message', '')},Status {status},Error {error.get('Code', '')}"
    return f"S3 cannot be reached: {failed}"


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise SqlError(f"Invalid S3 path: {url}")
    return bucket, key


def _objects(client: Any, url: str, o: Options) -> list[tuple[str, str]]:
    bucket, key = _split(url)
    try:
        if o.manifest:
            return _manifest(client, bucket, key)
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        found = [
            (bucket, item["Key"])
            for page in pages
            for item in page.get("Contents", [])
            if not item["Key"].endswith("/")
        ]
    except (ClientError, BotoCoreError) as failed:
        raise SqlError(_s3_error(failed)) from None
    if not found:
        raise SqlError(f"The specified S3 prefix '{key}' does not exist")
    return found


def _manifest(client: Any, bucket: str, key: str) -> list[tuple[str, str]]:
    """ "Using a manifest to specify data files": mandatory entries must exist; at least one file must be left."""
    try:
        document = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        entries = [(entry["url"], bool(entry.get("mandatory", False))) for entry in document["entries"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SqlError(f"Manifest file is not in correct json format: s3://{bucket}/{key}") from None
    found = []
    for url, mandatory in entries:
        where = _split(str(url))
        try:
            client.head_object(Bucket=where[0], Key=where[1])
            found.append(where)
        except ClientError:
            if mandatory:
                raise SqlError(
                    f"Problem reading manifest file - S3ServiceException:The specified key does not exist: {url}"
                ) from None
    if not found:
        raise SqlError(f"The manifest s3://{bucket}/{key} names no file that exists")
    return found


# -------------------------------------------------------------------- loading


class Disagreement(Exception):
    """The quick reader refused files that the careful one accepts: the statement must run again without it."""


def _load(
    session: Session, table: Relation, columns: list[TableColumn], files: list[_File], o: Options
) -> tuple[int, list[dict[str, Any]]]:
    listed = [c.name for c in columns]
    if _quick(o) and not session.careful and all(_clean(f.path) for f in files):
        try:
            return _insert(session, table, listed, _quick_source(columns, files, o), o), []
        except duckdb.Error:  # the transaction is void now: all that is left is to find out why
            _, errors = _careful(session, table, columns, files, o)
            if not errors:
                raise Disagreement from None
    else:
        rows, errors = _careful(session, table, columns, files, o)
        if len(errors) < max(o.max_errors, 1):
            return _insert_rows(session, table, columns, rows, o), errors
    raise SqlError(f"Load into table '{table.name}' failed.  Check 'sys_load_error_detail' system table for details.")


def _careful(
    session: Session, table: Relation, columns: list[TableColumn], files: list[_File], o: Options
) -> tuple[list[list[str | None]], list[dict[str, Any]]]:
    """Every row as canonical texts, and the errors met, which are recorded for SYS_LOAD_ERROR_DETAIL."""
    rows: list[list[str | None]] = []
    errors: list[dict[str, Any]] = []
    for file in files:
        for line, fields in _records(file.path, o):
            try:
                if isinstance(fields, _BadField):
                    raise fields
                rows.append(_row(fields, columns, o))
            except _BadField as bad:
                errors.append(_error_row(session, table, file, line, bad))
                if len(errors) >= max(o.max_errors, 1):
                    break
    for error in errors:
        session.log.append(("error", error))
    return rows, errors


def _error_row(session: Session, table: Relation, file: _File, line: int, bad: _BadField) -> dict[str, Any]:
    c = bad.column
    length = "" if c is None else str(c.type.size) if c.type.is_string else ""
    if c is not None and c.type.name == "numeric":
        length = f"{c.type.size},{c.type.scale}"
    return {
        "query_id": session.query_id, "table_id": table.id, "start_time": session.clock.statement.isoformat(" "),
        "file_name": file.url, "line_number": line, "column_name": c.name if c else "", "column_type": _short(c),
        "column_length": length, "position": bad.position, "error_code": bad.code, "error_message": bad.reason,
    }  # fmt: skip


def _short(c: TableColumn | None) -> str:
    return "" if c is None else {"bpchar": "char"}.get(c.type.name, c.type.name)


def _records(path: Path, o: Options) -> Iterator[tuple[int, list[bytes] | _BadField]]:
    """The records of a file with the number of the line where each starts, header lines left out."""
    data = path.read_bytes()
    reader = _csv_records if o.csv else _text_records
    skipped = 0
    for line, fields, blank in reader(data, o):
        if skipped < o.skip:
            skipped += 1
        elif not (blank and o.ignore_blank_lines):
            yield line, fields


_Record = tuple[int, "list[bytes] | _BadField", bool]


def _csv_records(data: bytes, o: Options) -> Iterator[_Record]:
    """CSV: quotes only around whole fields, doubled within; blanks beside the quotes do not count."""
    delimiter, mark = o.delimiter.encode(), o.quote.encode()
    at, line, size = 0, 1, len(data)
    while at < size:
        start, first, fields = at, line, []
        bad: _BadField | None = None
        while True:
            quoted = at
            while data[quoted : quoted + 1] in (b" ", b"\t") and data[quoted : quoted + 1] != delimiter:
                quoted += 1
            if data[quoted : quoted + 1] == mark:
                end, value = _quoted_field(data, quoted + 1, mark)
                line += data.count(b"\n", quoted, end)
                while data[end : end + 1] in (b" ", b"\t") and data[end : end + 1] != delimiter:
                    end += 1
                if data[end : end + 1] not in (delimiter, b"\n", b"\r", b"") or value is None:
                    bad = bad or _BadField(1216, "Invalid quote formatting for CSV")
                    end = _next_of(data, end, delimiter)
                fields.append(value or b"")
            else:
                end = _next_of(data, at, delimiter)
                fields.append(data[at:end])
            at = end
            if data[at : at + 1] != delimiter:
                break
            at += 1
        if data[at : at + 2] == b"\r\n":
            at += 1
        blank = data[start:at].strip(b"\r\n") == b""
        at, line = at + 1, line + 1
        yield first, bad or fields, blank


def _quoted_field(data: bytes, at: int, mark: bytes) -> tuple[int, bytes | None]:
    """The end of a quoted field behind its last quote, and its text; None if it is never closed."""
    start = at
    while True:
        end = data.find(mark, at)
        if end < 0:
            return len(data), None
        if data[end + 1 : end + 2] != mark:
            return end + 1, data[start:end].replace(mark + mark, mark)
        at = end + 2


def _next_of(data: bytes, at: int, delimiter: bytes) -> int:
    ends = [end for c in (delimiter, b"\n") if (end := data.find(c, at)) >= 0]
    end = min(ends, default=len(data))
    return end - 1 if data[end : end + 1] == b"\n" and end > at and data[end - 1 : end] == b"\r" else end


def _text_records(data: bytes, o: Options) -> Iterator[_Record]:
    """Delimited text: with ESCAPE a backslash takes the next character as it is; REMOVEQUOTES takes quotes off."""
    delimiter = re.escape(o.delimiter.encode())
    escaped = rb"\\.|" if o.escape else b""
    quoted = rb"\"[^\"]*\"|'[^']*'|" if o.remove_quotes else b""
    field_ = re.compile(rb"(?:" + escaped + quoted + rb"[^\n" + delimiter + rb"])*", re.DOTALL)
    at, line = 0, 1
    while at < len(data):
        first, fields, start = line, [], at
        while True:
            found = field_.match(data, at)
            raw = found[0] if found else b""
            line += raw.count(b"\n")
            at += len(raw)
            last = data[at : at + 1] != o.delimiter.encode()
            fields.append(_plain_field(raw.removesuffix(b"\r") if last else raw, o))
            if last:
                break
            at += 1
        blank = data[start:at].strip(b"\r\n") == b""
        at, line = at + 1, line + 1
        bad = next((f for f in fields if isinstance(f, _BadField)), None)
        yield first, bad or [f for f in fields if not isinstance(f, _BadField)], blank


def _plain_field(raw: bytes, o: Options) -> bytes | _BadField:
    if o.remove_quotes and raw[:1] in (b'"', b"'"):
        if len(raw) < 2 or raw[-1:] != raw[:1]:
            return _BadField(1214, "Delimited value missing end quote")
        raw = raw[1:-1]
    if o.escape and raw != b"\\N":
        raw = re.sub(rb"\\(.)", rb"\1", raw, flags=re.DOTALL)
    return raw


def _row(fields: list[bytes], columns: list[TableColumn], o: Options) -> list[str | None]:
    if len(fields) > len(columns):
        raise _BadField(1202, "Extra column(s) found")
    if len(fields) < len(columns) and not o.fill:
        raise _BadField(1214, "Delimiter not found")
    fields = fields + [b""] * (len(columns) - len(fields))
    return [_cell(raw, column, o) for raw, column in zip(fields, columns, strict=True)]


def _cell(raw: bytes, column: TableColumn, o: Options) -> str | None:
    """One field as the canonical text of its column's type, or None for NULL."""
    target = column.type
    text = _decoded(raw, column, o)
    if "\0" in text:
        raise Refused("COPY of data with NUL characters")
    null = text == o.null or ((not target.is_string or o.empty_as_null) and text == "")
    null = null or ((not target.is_string or o.blanks_as_null) and text != "" and text.strip() == "")
    if null:
        if not column.nullable:
            raise _BadField(1213, "Missing data for not-null field", column)
        return None
    try:
        return _text_cell(text, column, o) if target.is_string else _value_cell(text, target, o)
    except _BadField as bad:
        bad.column = column
        raise


def _value_cell(text: str, target: Type, o: Options) -> str | None:
    mask = o.date_format if target.name == "date" else o.time_format
    usual = mask in ("auto", "YYYY-MM-DD", "YYYY-MM-DD HH:MI:SS")
    if not target.is_datetime or usual:
        if target.is_datetime and mask != "auto" and not re.match(r"\s*\d{4}-\d{1,2}-\d{1,2}", text):
            return _wrong_moment(target, o)
        try:
            return read_field(text, target, o)
        except _BadField:
            if target.is_datetime and o.any_date:
                return None
            raise
    if mask in ("epochsecs", "epochmillisecs"):
        raise Refused(f"TIMEFORMAT {mask}")
    try:
        moment = templates.read_moment(text.strip(), mask, strict=True)
    except SqlError:
        return _wrong_moment(target, o)
    return moment.date().isoformat() if target.name == "date" else moment.isoformat(" ")


def _wrong_moment(target: Type, o: Options) -> str | None:
    """NULL with ACCEPTANYDATE, else an error."""
    if o.any_date:
        return None
    if target.name == "date":
        raise _BadField(1205, f"Invalid Date Format: expected {o.date_format}")
    raise _BadField(1206, f"Invalid timestamp format or value [{o.time_format}]")


def _decoded(raw: bytes, column: TableColumn, o: Options) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as wrong:
        if o.replacement is None or column.type.name != "varchar":
            sequence = raw[wrong.start : wrong.start + 4].hex(" ")
            code = (
                f"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {sequence} (error 3)"
            )
            raise _BadField(1220, code, column) from None
    mark, text, rest = o.replacement, "", raw
    while rest:
        try:
            return text + rest.decode()
        except UnicodeDecodeError as wrong:
            text += rest[: wrong.start].decode() + mark * (wrong.end - wrong.start)
            rest = rest[wrong.end :]
    return text


def _text_cell(text: str, column: TableColumn, o: Options) -> str:
    target = column.type
    if o.trim:
        text = text.rstrip(" ")
    if target.name == "bpchar":
        if not text.isascii():
            odd = next(c for c in text if not c.isascii()).encode().hex(" ")
            raise _BadField(
                1220, f"Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: {odd}"
            )
        text = text.rstrip(" ")
    if len(text.encode()) > target.size:
        if not o.truncate:
            raise _BadField(1204, "String length exceeds DDL length")
        text = values.cut(text, target.size)
    return text


def _insert_rows(
    session: Session, table: Relation, columns: list[TableColumn], rows: list[list[str | None]], o: Options
) -> int:
    """Rows of canonical texts, through Arrow."""
    import pyarrow as pa

    names = [f"c{i}" for i in range(len(columns))]
    arrays = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(columns))]
    session.connection.register("rs_rows", pa.table(arrays, names=names))
    try:
        cells = ", ".join(f"CAST({n} AS {c.type.duck})" for n, c in zip(names, columns, strict=True))
        return _insert(session, table, [c.name for c in columns], f"SELECT {cells} FROM rs_rows", o)
    finally:
        session.connection.unregister("rs_rows")


def _quick(o: Options) -> bool:
    formats = (o.date_format, o.time_format)
    usual = formats[0] in ("auto", "YYYY-MM-DD") and formats[1] in ("auto", "YYYY-MM-DD HH:MI:SS")
    return (
        usual
        and o.csv
        and not (o.ignore_blank_lines or o.fill or o.trim or o.any_date or o.max_errors or o.replacement)
    )


def _clean(path: Path) -> bool:
    """No blank line and no NUL anywhere: readers differ about both."""
    previous = b"\n"
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            joined = previous[-2:] + block
            if b"\n\n" in joined or b"\n\r" in joined or b"\0" in block:
                return False
            previous = block
    return True


def _quick_source(columns: list[TableColumn], files: list[_File], o: Options) -> str:
    paths = ", ".join(literal(str(f.path)) for f in files)
    declared = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    read = (
        f"read_csv([{paths}], auto_detect=false, header=false, skip={o.skip}, delim={literal(o.delimiter)},"
        f" quote={literal(o.quote)}, escape={literal(o.quote)}, columns={{{declared}}}, nullstr='\\x00none',"
        f" strict_mode=true, null_padding=false, "
        f"max_line_size=4194304, allow_quoted_nulls=false)"
    )
    cells = ", ".join(_quick_cell(f"c{i}", c, o) for i, c in enumerate(columns))
    return f"SELECT {cells} FROM {read}"


def _quick_cell(raw: str, column: TableColumn, o: Options) -> str:
    target = column.type
    nulls = [f"{raw} = {literal(o.null)}"]
    if not target.is_string or o.empty_as_null or o.null == "":
        nulls.append(f"{raw} = ''")
    if o.blanks_as_null or not target.is_string:
        nulls.append(f"({raw} <> '' AND trim({raw}, ' \t') = '')")
    return f"CASE WHEN {' OR '.join(nulls)} THEN NULL ELSE {_quick_value(raw, target, o)} END"


def _quick_value(raw: str, target: Type, o: Options) -> str:
    bad = "error('rs<<field>>')"
    if target.name == "varchar":
        if o.truncate:
            return f"rs_cut({raw}, {target.size})"
        return f"CASE WHEN strlen({raw}) <= {target.size} THEN {raw} ELSE {bad} END"
    if target.name == "bpchar":
        fits = f"strlen({raw}) <= {target.size} AND strlen({raw}) = length({raw})"
        return f"CASE WHEN {fits} THEN rtrim({raw}, ' ') ELSE {bad} END"
    cast = f"TRY_CAST({raw} AS {target.duck})"
    careful = (
        f"CAST(rs_copy({raw}, '{target.name}', {target.size}, {target.scale}, {str(o.round).lower()}) AS {target.duck})"
    )
    if target.is_datetime and "auto" not in (o.date_format if target.name == "date" else o.time_format):
        careful = bad  # the format was given: the careful reader knows it
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {raw} THEN {cast} ELSE {careful} END"


def _insert(session: Session, table: Relation, listed: list[str], source: str, o: Options) -> int:
    if o.no_load:
        session.connection.execute(f"SELECT count(*) FROM ({source})")
        return 0
    binder = session.binder()
    missing = [c for c in table.columns if c.name not in listed]
    extra = [session.default(c, table, binder) for c in missing]
    names = ", ".join(quote(n) for n in [*listed, *(c.name for c in missing)])
    ours = [f"q{i}" for i in range(len(listed))]
    return session.run(
        f"INSERT INTO {table.duck} ({names}) SELECT {', '.join([*ours, *extra])}"
        f" FROM ({source}) AS q({', '.join(ours)})"
    )


def copied(text: str, name: str, size: int, scale: int, rounded: bool) -> str:
    """A field that is not in canonical form, as the canonical text of its type. SqlError if it is none."""
    try:
        return read_field(text, Type(name, size, scale), Options(round=rounded))
    except _BadField as bad:
        raise SqlError(bad.reason) from None


def read_field(text: str, target: Type, o: Options) -> str:
    """A field of a number, date or boolean column as text that DuckDB reads the same way everywhere."""
    if target.is_integer:
        return _read_integer(text, target)
    if target.name == "numeric":
        return _read_decimal(text, target, rounded=o.round)
    if target.is_datetime:
        return _read_moment(text, target)
    try:
        return repr(values.real(text) if target.is_numeric else values.boolean(text))
    except SqlError:
        code, reason = (
            (1208, "Invalid float format or exponent") if target.is_numeric else (1210, "Unknown boolean format")
        )
        raise _BadField(code, f"{reason}, Value '{text}'") from None


def _read_decimal(text: str, target: Type, *, rounded: bool) -> str:
    """COPY cuts digits that are too many, unless ROUNDEC is given."""
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*", text, re.ASCII):
        raise _digit_error(text, r"\s*[+-]?\d*(?:\.\d*)?", "Decimal")
    whole, _, digits = text.strip().partition(".")
    kept = text if rounded else f"{whole}.{digits[: target.scale]}0"
    try:
        return str(values.decimal(kept, target))
    except SqlError:
        raise _BadField(1207, "Numeric data overflow (result precision)") from None


def _read_moment(text: str, target: Type) -> str:
    try:
        moment, _ = values.timestamp(text)
    except ValueError:
        if target.name == "date":
            raise _BadField(1205, "Invalid Date Format - length must be 10 or more") from None
        raise _BadField(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]") from None
    return moment.date().isoformat() if target.name == "date" else moment.isoformat(" ")


def _read_integer(text: str, target: Type) -> str:
    stripped = text.strip()
    kind = {"int2": "Short", "int4": "Integer", "int8": "Long"}[target.name]
    if not re.fullmatch(r"[+-]?\d+", stripped, re.ASCII):
        raise _digit_error(text, r"\s*[+-]?\d*", kind)
    limit = values.RANGES[target.name][1]
    if not (-limit <= int(stripped[:40]) < limit):
        raise _BadField(1207, f"Overflow, Value '{stripped}', Type: {kind}")
    return str(int(stripped))


def _digit_error(text: str, pattern: str, kind: str) -> _BadField:
    """Where the first character stands that cannot be part of such a number."""
    found = re.match(pattern, text, re.ASCII)
    at = found.end() if found else 0
    return _BadField(1207, f"Invalid digit, Value '{text[at : at + 1]}', Pos {at}, Type: {kind}", position=at)


# -------------------------------------------------------------------- UNLOAD


@dataclass
class _Unload:
    csv: bool = False
    delimiter: str = ""
    header: bool = False
    gzip: bool = False
    manifest: bool = False
    add_quotes: bool = False
    escape: bool = False
    overwrite: bool = False
    null: str = ""
    parallel: bool = True
    authorised: bool = False


_UNLOAD_FLAGS = {"HEADER": "header", "GZIP": "gzip", "MANIFEST": "manifest", "ADDQUOTES": "add_quotes",
                 "ESCAPE": "escape", "ALLOWOVERWRITE": "overwrite", "CSV": "csv"}  # fmt: skip


def unload(session: Session, words: Words, sql: str) -> Outcome:
    """UNLOAD ('query') TO 's3://prefix': one slice, so one file, named as Redshift names the first slice's."""
    words.expect("UNLOAD", "(")
    query = words.string()
    words.expect(")")
    words.expect("TO")
    bucket, prefix = _split(words.string())
    o = _unload_options(words)
    outcome = session.execute_query(query)
    columns = outcome.columns or ()
    texts = [[_unload_text(v, c) for v, c in zip(row, columns, strict=True)] for row in outcome.rows]
    header: list[list[str | None]] = [[c.name for c in columns]] if o.header else []
    lines = [_unloaded(fields, o) for fields in header + texts]
    body = "".join(lines).encode()
    name = f"{prefix}{'0000_part_00' if o.parallel else '000'}{'.gz' if o.gzip else ''}"
    client = session.engine.s3()
    try:
        if not o.overwrite and client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"):
            raise SqlError(f"Specified unload destination on S3 is not empty: {prefix}")
        client.put_object(Bucket=bucket, Key=name, Body=gzip.compress(body) if o.gzip else body)
        if o.manifest:
            entries = {"entries": [{"url": f"s3://{bucket}/{name}"}]}
            client.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=json.dumps(entries).encode())
    except (ClientError, BotoCoreError) as failed:
        raise SqlError(_s3_error(failed)) from None
    return Outcome(changed=len(outcome.rows))


def _unload_options(words: Words) -> _Unload:
    o = _Unload()
    shared = Options()
    while not words.done:
        word = words.word().upper()
        if word == "FORMAT":
            words.take("AS")
            word = words.word().upper()
            if word != "CSV":
                raise Refused(f"UNLOAD FORMAT {word}")
        if word in _UNLOAD_FLAGS:
            setattr(o, _UNLOAD_FLAGS[word], True)
        elif word == "DELIMITER":
            words.take("AS")
            o.delimiter = _character(words, "DELIMITER")
        elif word == "NULL":
            words.take("AS")
            o.null = words.string()
        elif word == "PARALLEL":
            o.parallel = words.word().upper() in ("ON", "TRUE")
        elif word in ("IAM_ROLE", "CREDENTIALS", "REGION"):
            _without_effect(words, word, shared)
        else:
            raise Refused(f"UNLOAD option {word}")
    if not shared.authorised:
        raise SqlError("UNLOAD needs an authorization parameter (IAM_ROLE or CREDENTIALS)")
    o.delimiter = o.delimiter or ("," if o.csv else "|")
    return o


def _unload_text(value: Any, column: Column) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        raise Refused("UNLOAD of floating-point numbers as text")
    return results.text(value, column)


def _unloaded(fields: list[str | None], o: _Unload) -> str:
    cells = []
    for value in fields:
        text = o.null if value is None else value
        if o.csv:
            if any(c in text for c in (o.delimiter, '"', "\n", "\r")):
                text = '"' + text.replace('"', '""') + '"'
        else:
            if o.escape and value is not None:
                text = re.sub(
                    r"([\n\r\\" + re.escape(o.delimiter) + ("\"'" if o.add_quotes else "") + "])", r"\\\1", text
                )
            text = f'"{text}"' if o.add_quotes else text
        cells.append(text)
    return o.delimiter.join(cells) + "\n"


OPTIONS = sorted({*_FLAGS, *_VALUES, "IAM_ROLE", "CREDENTIALS", "REGION", "COMPUPDATE", "STATUPDATE", "COMPROWS"})
UNLOAD_OPTIONS = sorted({*_UNLOAD_FLAGS, "DELIMITER", "NULL", "PARALLEL", "IAM_ROLE", "CREDENTIALS", "REGION"})
STATEMENTS: dict[str, Handler] = {"COPY": copy, "UNLOAD": unload}
