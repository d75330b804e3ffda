"""First engine: the file through Python's csv module, the rules over the distinct texts of each slice of records."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Protocol

import pandas as pd

from retail_etl.cleaning.outcome import Cleaned
from retail_etl.cleaning.rules import derive, judge
from retail_etl.contract import Contract, fold_header
from retail_etl.errors import DeliveryRefused


class BinaryReader(Protocol):
    """What is read from: an open file, or the body of an S3 object."""

    def read(self, size: int, /) -> bytes: ...


class BinaryWriter(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> object: ...


def clean(
    raw: BinaryReader,
    contract: Contract,
    *,
    clean_out: BinaryWriter,
    rejects_out: BinaryWriter,
    block_bytes: int = 4 * 1024 * 1024,
) -> Cleaned:
    csv.field_size_limit(1 << 31)
    data = b"".join(iter(lambda: raw.read(block_bytes), b""))
    lines, recoded = _lines(_plain(data, contract))
    places, count, ignored, delimiter, start = _header(lines, contract)
    all_records = list(_records(lines, start, delimiter, contract))
    reasons: list[list[str]] = [
        [] if len(fields) == count else ["row:too_few_fields" if len(fields) < count else "row:too_many_fields"]
        for _, _, fields in all_records
    ]
    whole = [row for row, found in enumerate(reasons) if not found]
    table = pd.DataFrame(index=whole)
    for column in contract.columns:
        texts = pd.Series([all_records[row][2][places[column.name]] for row in whole], whole, dtype=object)
        codes, distinct = pd.factorize(texts)
        clean_texts, why = judge(pd.Series(distinct, dtype=object), column, contract.missing_tokens)
        table[column.name] = clean_texts.to_numpy()[codes]
        broken = why.to_numpy()[codes]
        for row, code in zip(whole, broken, strict=True):
            if code:
                reasons[row].append(f"{column.name}:{code}")
    good = table.loc[[row for row in whole if not reasons[row]]]
    once = good.drop_duplicates().copy()
    for derived in contract.derived:
        once[derived.name] = derive(once[derived.derivation.source], derived.derivation)
    clean_out.write(_csv([[column.name for column in contract.table_columns], *once.to_numpy().tolist()]))
    rejects = [
        [str(line), ";".join(found), text] for (line, text, _), found in zip(all_records, reasons, strict=True) if found
    ]
    rejects_out.write(_csv([["line", "reasons", "record"], *rejects]))
    refusal = None
    if once.empty:
        refusal = "no row is clean"
    elif len(rejects) > contract.max_rejected_share * len(all_records):
        refusal = f"{len(rejects)} of {len(all_records)} rows are rejects"
    days = once[contract.month_column]
    return Cleaned(
        rows_read=len(all_records),
        rows_clean=len(once),
        rows_rejected=len(rejects),
        duplicates_dropped=len(good) - len(once),
        reject_reasons=Counter(reason for found in reasons for reason in found),
        ignored_columns=ignored,
        recoded_lines=recoded,
        months=frozenset(days.str.slice(stop=7)),
        first_day=None if once.empty else date.fromisoformat(days.min()),
        last_day=None if once.empty else date.fromisoformat(days.max()),
        refusal=refusal,
    )


def _csv(rows: list[list[str]]) -> bytes:
    special = re.compile('[,"\r\n]')
    quoted = (
        ",".join('"' + text.replace('"', '""') + '"' if special.search(text) else text for text in row) for row in rows
    )
    return "".join(row + "\n" for row in quoted).encode()


def _plain(data: bytes, contract: Contract) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        plain = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DeliveryRefused(f"the gzip file is broken: {error}") from error
    if len(plain) > contract.max_gzip_ratio * len(data):
        raise DeliveryRefused("the gzip file unpacks to too many times its size")
    return plain


def _lines(data: bytes) -> tuple[list[str], int]:
    recoded = 0
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return io.StringIO(data.decode("utf-16"), newline="").readlines(), 0
        except UnicodeDecodeError as error:
            raise DeliveryRefused(f"the file is not UTF-16, as its first bytes say: {error}") from error
    lines = []
    for line in re.split(b"(?<=\n)|(?<=\r)(?!\n)", data.removeprefix(b"\xef\xbb\xbf")):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            recoded += 1
            lines.append(
                "".join(bytes([c]).decode("latin-1" if c in b"\x81\x8d\x8f\x90\x9d" else "cp1252") for c in line)
            )
    return [line for line in lines if line], recoded


def _records(lines: list[str], start: int, delimiter: str, contract: Contract) -> Iterator[tuple[int, str, list[str]]]:
    at = start

    def feed() -> Iterator[str]:
        nonlocal at
        for line in lines[start:]:
            at += 1
            yield line
        yield "\0"

    reader = csv.reader(feed(), delimiter=delimiter)
    while True:
        first = at
        fields = next(reader)
        if fields == ["\0"] and first == len(lines):
            return
        if first < len(lines) == at and fields[-1].endswith("\0") and not lines[-1].rstrip("\r\n").endswith("\0"):
            raise DeliveryRefused(f"a quote that opens at line {first + 1} is never closed")
        text = "".join(lines[first:at])
        text = text[:-2] if text.endswith("\r\n") else text[:-1] if text.endswith(("\r", "\n")) else text
        if text.strip(" \t"):
            if len(text.encode()) > contract.max_record_bytes:
                raise DeliveryRefused(f"the record at line {first + 1} is over {contract.max_record_bytes} bytes")
            yield first + 1, text, fields


def _header(lines: list[str], contract: Contract) -> tuple[dict[str, int], int, tuple[str, ...], str, int]:
    owner = {header: column.name for column in contract.columns for header in column.headers}
    for delimiter in contract.delimiters:
        try:
            line, text, fields = next(_records(lines, 0, delimiter, contract))
        except (DeliveryRefused, StopIteration, RuntimeError):
            continue
        names = [fold_header(field) for field in fields]
        owned = [owner[name] for name in names if name in owner]
        if set(owned) == {column.name for column in contract.columns}:
            if len(owned) != len(set(owned)):
                raise DeliveryRefused("a column of the contract stands twice in the header")
            places = {owner[name]: place for place, name in enumerate(names) if name in owner}
            ignored = tuple(name for name in names if name not in owner)
            taken = len(re.findall("\r\n|\r|\n", text)) + 1
            return places, len(names), ignored, delimiter, line - 1 + taken
    raise DeliveryRefused("the header does not hold the columns of the contract")
