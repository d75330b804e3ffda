"""COPY from S3.

A load has two readers. DuckDB reads the files whole, quickly, and accepts only what is certain: a value whose
canonical text is the text that stands there, or that our own reader accepts. If anything at all is in doubt, the
careful reader (``records.py``) goes through the files again and says what is wrong and where; or it finds what MAXERROR
lets it load, or that nothing was wrong. Either gives an Arrow table, which is inserted. Sources: "COPY" and its
parameter pages.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from . import options, records, s3
from .errors import SqlError, fail_if, refuse_if
from .options import Options
from .session import STATEMENTS, Outcome, Session
from .types import Type, literal

if TYPE_CHECKING:
    from .catalogue import Relation, TableColumn
    from .syntax import Words


def copy(session: Session, words: Words, sql: str) -> Outcome:
    refuse_if(words.peek() == "JOB" and words.peek(1) != "FROM", "COPY JOB")
    table = session.catalogue.table(*words.relation())
    listed = words.names() if words.peek() == "(" else None
    words.expect("FROM")
    url = words.string()
    refuse_if(re.match(r"(emr|dynamodb|ssh)://", url), "COPY from anything but S3")
    o = options.read(words, "COPY")
    records.check_formats(o)
    load = _Load(session, table, _columns(table, listed), o, url)
    with tempfile.TemporaryDirectory(prefix="redshift-copy-") as folder:
        client = session.engine.s3()
        load.files = s3.fetch(client, url, Path(folder), manifest=o.manifest, packed=o.gzip)
        return Outcome(changed=load.run())


STATEMENTS["COPY"] = copy


def _columns(table: Relation, listed: list[str] | None) -> list[TableColumn]:
    if listed is None:
        return [c for c in table.columns if not c.identity]
    fail_if(len(set(listed)) < len(listed), "a column is listed more than once")
    columns = [table.column(n) for n in listed]
    for column in columns:
        fail_if(column.identity, f'cannot set an identity column to a value (column "{column.name}")')
    return columns


class _Load:
    """One COPY with its files on disk."""

    def __init__(self, session: Session, table: Relation, columns: list[TableColumn], o: Options, url: str) -> None:
        self.session, self.table, self.columns, self.o, self.url = session, table, columns, o, url
        self.files: list[s3.File] = []
        self.errors = 0
        self.started = session.now()

    def run(self) -> int:
        """The number of rows loaded. SqlError when the load fails; the reasons are then in the log."""
        rows = self._quick() if self._is_quick() else None
        if rows is None:
            rows = self._careful()
        if self.errors and self.errors >= self.o.max_errors:
            self._record("aborted", 0)
            raise SqlError(
                f"Load into table '{self.table.name}' failed.  Check 'sys_load_error_detail' system table for details."
            )
        loaded = self._insert(rows)
        self._record("completed", loaded)
        return loaded

    def _record(self, status: str, rows: int) -> None:
        """A row for SYS_LOAD_HISTORY."""
        ended, size = self.session.now(), sum(f.path.stat().st_size for f in self.files)
        told = {
            "status": status, "table_name": self.table.name, "end_time": ended.isoformat(" "),
            "duration": (ended - self.started) // dt.timedelta(microseconds=1), "data_source": self.url,
            "file_format": "csv" if self.o.csv else "txt", "loaded_rows": rows, "loaded_bytes": size if rows else 0,
            "source_file_count": len(self.files), "source_file_bytes": size, "file_count_scanned": len(self.files),
            "file_bytes_scanned": size, "error_count": self.errors, "copy_job_id": 0,
        }  # fmt: skip
        self._log("load", told)

    def _log(self, kind: str, told: dict[str, Any]) -> None:
        query, started = self.session.query_id, self.started.isoformat(" ")
        who = {"user_id": 100, "query_id": query, "transaction_id": query, "session_id": 1, "database_name": "dev"}
        self.session.log.append((kind, {**who, "start_time": started, **told}))

    def _careful(self) -> Any:
        """The rows that fit, as canonical texts; the others go to the log, until there are too many."""
        import pyarrow as pa

        rows: list[records.Row] = []
        entries = ((f, *entry) for f in self.files for entry in records.rows(f.path, self.columns, self.o))
        for file, line, row in entries:
            if isinstance(row, list):
                rows.append(row)
                continue
            self.errors += 1
            self._log("error", self._error(file, line, row))
            if self.errors >= self.o.max_errors:
                break
        names = [f"c{i}" for i in range(len(self.columns))]
        return pa.table([pa.array([row[i] for row in rows], pa.string()) for i in range(len(names))], names=names)

    def _error(self, file: s3.File, line: int, bad: records.BadField) -> dict[str, Any]:
        """A row for SYS_LOAD_ERROR_DETAIL."""
        kind = bad.column.type if bad.column else Type("")
        length = f"{kind.size},{kind.scale}" if kind.name == "numeric" else str(kind.size or "")
        return {
            "table_id": self.table.id, "file_name": file.url, "line_number": line,
            "column_name": bad.column.name if bad.column else "", "column_length": length, "position": bad.position,
            "column_type": {"bpchar": "char"}.get(kind.name, kind.name), "error_code": bad.code,
            "error_message": bad.reason,
        }  # fmt: skip

    # ---------------------------------------------------------------- into the table

    def _insert(self, rows: Any) -> int:
        session = self.session
        cells = ", ".join(f"CAST(c{i} AS {c.type.duck})" for i, c in enumerate(self.columns))
        session.connection.register("rs_rows", rows)
        changed = session.insert(self.table, self.columns, f"(SELECT {cells} FROM rs_rows)", session.binder())
        session.connection.unregister("rs_rows")
        return changed

    # ---------------------------------------------------------------- the quick reader

    def _quick(self) -> Any:
        """All rows, read beside the transaction, which an error would end; None if anything is in doubt."""
        source = _quick_source(self.columns, self.files, self.o)
        beside = self.session.connection.cursor()
        try:
            beside.execute("SET enable_progress_bar=false")
            return beside.sql(source).to_arrow_table()
        except duckdb.Error:
            return None

    def _is_quick(self) -> bool:
        """Whether DuckDB's CSV reader does what is wanted as COPY does it."""
        o = self.o
        usual = o.date_format in ("auto", Options.date_format) and o.time_format in ("auto", Options.time_format)
        lenient = o.ignore_blank_lines or o.fill or o.trim or o.replacement or o.max_errors
        return o.csv and usual and not lenient and all(_is_plain(f.path, o) for f in self.files)


_ODD = re.compile(rb"\n\r?\n|\r(?!\n)|\0|^\xef\xbb\xbf")


def _is_plain(path: Path, o: Options) -> bool:
    """No blank line, lone carriage return, NUL, byte order mark or quoted header: readers differ about them."""
    previous = b""
    with path.open("rb") as file:
        if any(o.quote.encode() in line for line in itertools.islice(file, o.skip)):
            return False
        file.seek(0)
        while block := file.read(s3.BLOCK):
            if block[-1:] == b"\r":
                block += file.read(1)
            text = previous + block
            odd = (b"\r" in block or b"\n\n" in text or b"\0" in block or not previous) and _ODD.search(text)
            if odd or (not previous and block[:1] in (b"\n", b"\r")):
                return False
            previous = block[-2:]
    return True


def _quick_source(columns: list[TableColumn], files: list[s3.File], o: Options) -> str:
    paths = ", ".join(literal(str(f.path)) for f in files)
    declared = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    read = (
        f"read_csv([{paths}], auto_detect=false, header=false, skip={o.skip}, delim={literal(o.delimiter)},"
        f" quote={literal(o.quote)}, escape={literal(o.quote)}, columns={{{declared}}}, nullstr='\\x00none',"
        f" strict_mode=true, null_padding=false, max_line_size={records.MAX_RECORD}, allow_quoted_nulls=false)"
    )
    cells = ", ".join(f"{_quick_cell(f'c{i}', c, o)} AS c{i}" for i, c in enumerate(columns))
    return f"SELECT {cells} FROM {read}"


def _quick_cell(raw: str, column: TableColumn, o: Options) -> str:
    """The field as its column's type; an error for what only the careful reader can judge."""
    target, bad = column.type, "error('rs<<field>>')"
    nothing = "NULL" if column.nullable else bad
    null = f"CASE WHEN {raw} = {literal(o.null)} THEN {nothing}"
    blank = f"trim({raw}, {literal(records.BLANKS)}) = ''"
    if target.is_string:
        if o.blanks_as_null:
            null += f" WHEN {raw} <> '' AND {blank} THEN {nothing}"
        if o.empty_as_null or o.null == "":
            null += f" WHEN {raw} = '' THEN {nothing}"
        fits = f"strlen({raw}) <= {target.size}"
        if target.name == "bpchar":
            return f"{null} WHEN {fits} AND strlen({raw}) = length({raw}) THEN rtrim({raw}, ' ') ELSE {bad} END"
        long = f"rs_cut({raw}, {target.size})" if o.truncate else bad
        return f"{null} WHEN {fits} THEN {raw} ELSE {long} END"
    given = target.is_datetime and (o.date_format if target.name == "date" else o.time_format) != "auto"
    careful = f"CAST(rs_copy({raw}, '{target.name}', {target.size}, {target.scale}) AS {target.duck})"
    cast = f"TRY_CAST({raw} AS {target.duck})"
    canonical = f"WHEN CAST({cast} AS VARCHAR) = {raw} THEN {cast}"
    return f"{null} {canonical} WHEN {blank} THEN {nothing} ELSE {bad if given else careful} END"
