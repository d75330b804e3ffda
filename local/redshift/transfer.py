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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from . import values
from .binder import literal, quote
from .errors import Refused, SqlError
from .session import Outcome, Session
from .syntax import Words
from .types import Type

if TYPE_CHECKING:
    from .catalogue import Relation, TableColumn

Handler = Callable[[Session, Words, str], Outcome]
MAX_FIELD = 65535


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
    ignored: set[str] = field(default_factory=set)


class _BadField(Exception):
    def __init__(self, code: int, reason: str, column: TableColumn | None = None) -> None:
        super().__init__(reason)
        self.code, self.reason, self.column = code, reason, column


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
        table,
        started,
        url,
        "csv" if options.csv else "text",
        loaded,
        size,
        len(files),
        len(errors),
        "completed",
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


def _load(
    session: Session, table: Relation, columns: list[TableColumn], files: list[_File], o: Options
) -> tuple[int, list[dict[str, Any]]]:
    listed = [c.name for c in columns]
    if _quick(o) and all(_clean(f.path) for f in files):
        try:
            return _insert(session, table, listed, _quick_source(columns, files, o), o), []
        except duckdb.TransactionException:
            raise
        except duckdb.Error:
            pass
    raise SqlError("the careful reader is not written yet")


def _quick(o: Options) -> bool:
    formats = (o.date_format, o.time_format)
    usual = formats[0] in ("auto", "YYYY-MM-DD") and formats[1] in ("auto", "YYYY-MM-DD HH:MI:SS")
    return usual and o.csv and not (o.fill or o.trim or o.any_date or o.max_errors or o.replacement)


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
        nulls.append(f"rtrim({raw}) = ''")
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
        raise _BadField(1207, f"Invalid digit, Value '{_first_bad(text)}', Pos {_position(text)}, Type: Decimal")
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
        raise _BadField(1207, f"Invalid digit, Value '{_first_bad(text)}', Pos {_position(text)}, Type: {kind}")
    limit = values.RANGES[target.name][1]
    if not (-limit <= int(stripped[:40]) < limit):
        raise _BadField(1207, f"Overflow, Value '{stripped}', Type: {kind}")
    return str(int(stripped))


def _position(text: str) -> int:
    found = re.match(r"\s*[+-]?\d*(?:\.\d*)?", text, re.ASCII)
    return found.end() if found else 0


def _first_bad(text: str) -> str:
    return text[_position(text) : _position(text) + 1]


STATEMENTS: dict[str, Handler] = {"COPY": copy}
