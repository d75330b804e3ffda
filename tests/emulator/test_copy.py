"""COPY and UNLOAD: what is loaded, what is refused, and what SYS_LOAD_ERROR_DETAIL says of it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from .conftest import BUCKET, ROLE, Warehouse

TABLE = "CREATE TABLE t (id INT NOT NULL, name VARCHAR(5), amount DECIMAL(6,2), day DATE, at TIMESTAMP, code CHAR(3), ok BOOLEAN)"
GOOD = "1,Ann,10.25,2024-01-31,2024-01-31 10:00:00,ab,t\n2,,,,,,\n"
ROWS = [(1, "Ann", "10.25", "2024-01-31", "2024-01-31 10:00:00", "ab ", True), (2, "", None, None, None, "   ", None)]


def copy(url: str, options: str = "CSV") -> str:
    return f"COPY t FROM '{url}' IAM_ROLE '{ROLE}' {options}"


# Content, options, rows that are loaded: "Data conversion parameters", "Data format parameters".
LOADS: dict[str, tuple[str, str, list[tuple[Any, ...]]]] = {
    "plain": (GOOD, "FORMAT AS CSV", ROWS),
    "emptyasnull": ("2,,,,,,\n", "CSV EMPTYASNULL", [(2, None, None, None, None, None, None)]),
    "header": ("id,name\n" + GOOD, "CSV IGNOREHEADER 1", ROWS),
    "crlf": (GOOD.replace("\n", "\r\n"), "CSV", ROWS),
    "no last newline": (GOOD.rstrip("\n"), "CSV", ROWS),
    "quotes": ('1,"a,""b",1,2024-01-01,,,\n', "CSV", [(1, 'a,"b', "1.00", "2024-01-01", None, "   ", None)]),
    "newline in quotes": ('1,"a\nb",1,,,,\n', "CSV", [(1, "a\nb", "1.00", None, None, "   ", None)]),
    "blanks around quotes": ('1, "a" ,1,,,,\n', "CSV", [(1, "a", "1.00", None, None, "   ", None)]),
    "null as": ("1,NA,NA,,,,\n", "CSV NULL AS 'NA'", [(1, None, None, None, None, "   ", None)]),
    "blanksasnull": ("1,   ,1,,,,\n", "CSV BLANKSASNULL", [(1, None, "1.00", None, None, "   ", None)]),
    "cut decimals": ("1,a,20.259,,,,\n", "CSV", [(1, "a", "20.25", None, None, "   ", None)]),
    "roundec": ("1,a,20.259,,,,\n", "CSV ROUNDEC", [(1, "a", "20.26", None, None, "   ", None)]),
    "truncatecolumns": ("1,abcdefgh,1,,,,\n", "CSV TRUNCATECOLUMNS", [(1, "abcde", "1.00", None, None, "   ", None)]),
    "fillrecord": ("1,a\n", "CSV FILLRECORD EMPTYASNULL", [(1, "a", None, None, None, None, None)]),
    "dateformat auto": ("1,a,1,01/31/2024,,,\n", "CSV DATEFORMAT 'auto'", [(1, "a", "1.00", "2024-01-31", None, "   ", None)]),
    "dateformat": ("1,a,1,31-01-2024,,,\n", "CSV DATEFORMAT 'DD-MM-YYYY'", [(1, "a", "1.00", "2024-01-31", None, "   ", None)]),
    "delimiter": ("1;a;1;;;;\n", "CSV DELIMITER ';'", [(1, "a", "1.00", None, None, "   ", None)]),
    "text": ("1|a|1||||\n2|b,c|2||||\n", "", [(1, "a", "1.00", None, None, "   ", None), (2, "b,c", "2.00", None, None, "   ", None)]),
    "escape": ("1|a\\|b|1||||\n", "ESCAPE", [(1, "a|b", "1.00", None, None, "   ", None)]),
    "removequotes": ("1|'a|b'|1||||\n", "REMOVEQUOTES", [(1, "a|b", "1.00", None, None, "   ", None)]),
    "ignoreblanklines": ("1,a,1,,,,\n\n\n2,b,2,,,,\n", "CSV IGNOREBLANKLINES", [(1, "a", "1.00", None, None, "   ", None), (2, "b", "2.00", None, None, "   ", None)]),
    "null text": ("1,\\N,\\N,,,,\n", "CSV", [(1, None, None, None, None, "   ", None)]),
    "bytes": ("1,ééa,1,,,,\n", "CSV", [(1, "ééa", "1.00", None, None, "   ", None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADS)
def test_loads(warehouse: Warehouse, name: str) -> None:
    content, options, rows = LOADS[name]
    warehouse.run(TABLE, copy(warehouse.put(f"loads/{name}/x.csv".replace(" ", "_"), content), options))
    assert warehouse.run("SELECT * FROM t ORDER BY id") == rows


# Content, options, then line, column, code and the start of the message.
ERRORS: dict[str, tuple[str | bytes, str, tuple[int, str, int, str]]] = {
    "too many": ("1,a,1,,,,\n2,b,1,,,,,x\n", "CSV", (2, "", 1202, "Extra column(s) found")),
    "too few": ("1,a\n", "CSV", (1, "", 1214, "Delimiter not found")),
    "too long": ("1,a,1,,,,\n2,ééé,1,,,,\n", "CSV", (2, "name", 1204, "String length exceeds DDL length")),
    "not a number": ("id\nx1,a,1,,,,\n", "CSV IGNOREHEADER 1", (2, "id", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer")),
    "not whole": ("1.5,a,1,,,,\n", "CSV", (1, "id", 1207, "Invalid digit, Value '.', Pos 1")),
    "out of range": ("3000000000,a,1,,,,\n", "CSV", (1, "id", 1207, "Overflow")),
    "not a decimal": ("1,a,1x,,,,\n", "CSV", (1, "amount", 1207, "Invalid digit, Value 'x', Pos 1, Type: Decimal")),
    "not a date": ("1,a,1,2024-02-30,,,\n", "CSV", (1, "day", 1205, "Invalid Date Format")),
    "other date format": ("1,a,1,01/31/2024,,,\n", "CSV", (1, "day", 1205, "Invalid Date Format")),
    "not a timestamp": ("1,a,1,,soon,,\n", "CSV", (1, "at", 1206, "Invalid timestamp format")),
    "not null": (",a,1,,,,\n", "CSV", (1, "id", 1213, "Missing data for not-null field")),
    "multibyte char": ("1,a,1,,,é,\n", "CSV", (1, "code", 1220, "Multibyte character not supported for CHAR")),
    "bytes that are no text": (b"1,\xff,1,,,,\n", "CSV", (1, "name", 1220, "String contains invalid or unsupported UTF8")),
    "second line of a quoted field": ('1,"a\nb",1,,,,\n2,b,x,,,,\n', "CSV", (3, "amount", 1207, "Invalid digit")),
    "quote in the middle": ('1,"a"b,1,,,,\n', "CSV", (1, "", 1216, "Invalid quote formatting")),
    "blank line": ("1,a,1,,,,\n\n", "CSV", (2, "", 1214, "Delimiter not found")),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_told_with_line_and_column(warehouse: Warehouse, name: str) -> None:
    content, options, (line, column, code, message) = ERRORS[name]
    warehouse.run(TABLE)
    url = warehouse.put(f"errors/{name}/x.csv".replace(" ", "_"), content)
    assert "Load into table 't' failed" in warehouse.error(copy(url, options))
    [(found_line, found_column, found_code, text, file)] = warehouse.run(
        "SELECT line_number, TRIM(column_name), error_code, TRIM(error_message), TRIM(file_name) FROM sys_load_error_detail"
    )
    assert (found_line, found_column, found_code, file) == (line, column, code, url)
    assert text.startswith(message)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_maxerror_loads_the_others(warehouse: Warehouse) -> None:
    url = warehouse.put("maxerror.csv", "1,a,1,,,,\nx,b,1,,,,\n3,c,1,,,,\n")
    warehouse.run(TABLE, copy(url, "CSV MAXERROR 5"))
    assert warehouse.run("SELECT id FROM t ORDER BY 1") == [(1,), (3,)]
    assert warehouse.run("SELECT line_number FROM sys_load_error_detail") == [(2,)]


def test_replaced_bytes(warehouse: Warehouse) -> None:
    url = warehouse.put("inv.csv", b"1,a\xffb,1,,,,\n")
    warehouse.run(TABLE, copy(url, "CSV ACCEPTINVCHARS AS '^'"))
    assert warehouse.run("SELECT name FROM t") == [("a^b",)]


def test_prefix_gzip_manifest_and_column_list(warehouse: Warehouse) -> None:
    warehouse.run(TABLE)
    for part in ("part-0", "part-1"):
        warehouse.put(f"prefix/{part}.gz", gzip.compress(f"{part[-1]},x\n".encode()))
    warehouse.run(f"COPY t (id, name) FROM 's3://{BUCKET}/prefix/part-' IAM_ROLE default CSV GZIP REGION 'us-east-1'")
    entries = [
        {"url": f"s3://{BUCKET}/prefix/part-0.gz", "mandatory": True},
        {"url": f"s3://{BUCKET}/prefix/none", "mandatory": False},
    ]
    manifest = warehouse.put("manifest.json", json.dumps({"entries": entries}))
    warehouse.run(f"COPY t (id, name) FROM '{manifest}' IAM_ROLE default CSV GZIP MANIFEST")
    assert warehouse.run("SELECT id, COUNT(*) FROM t GROUP BY 1 ORDER BY 1") == [(0, 2), (1, 1)]
    history = warehouse.run(
        "SELECT table_name, loaded_rows, source_file_count, file_format FROM sys_load_history ORDER BY start_time"
    )
    assert history == [("t", 2, 2, "csv"), ("t", 1, 1, "csv")]


def test_copy_again_appends_and_defaults_fill_what_is_not_listed(warehouse: Warehouse) -> None:
    url = warehouse.put("two.csv", "5\n6\n")
    warehouse.run("CREATE TABLE t (n BIGINT IDENTITY(1,1), id INT, kind VARCHAR(5) DEFAULT 'new')")
    warehouse.run(*[f"COPY t (id) FROM '{url}' IAM_ROLE default CSV"] * 2)
    assert warehouse.run("SELECT id, kind FROM t ORDER BY n") == [(5, "new"), (6, "new"), (5, "new"), (6, "new")]


BROKEN = {
    "no object": ("s3://warehouse-bucket/missing", "CSV", "The specified S3 prefix 'missing' does not exist"),
    "no bucket": ("s3://no-such-bucket-here/x", "CSV", "S3ServiceException"),
    "not gzip": ("s3://warehouse-bucket/broken/plain", "CSV GZIP", "not in gzip format"),
    "cut gzip": ("s3://warehouse-bucket/broken/cut", "CSV GZIP", "not in gzip format"),
    "manifest of nothing": ("s3://warehouse-bucket/broken/nothing.json", "CSV MANIFEST", "names no file that exists"),
    "manifest of a missing file": ("s3://warehouse-bucket/broken/missing.json", "CSV MANIFEST", "Problem reading manifest file"),
    "not a manifest": ("s3://warehouse-bucket/broken/plain", "CSV MANIFEST", "not in correct json format"),
    "no role": ("s3://warehouse-bucket/broken/plain", "", "authorization"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sources(warehouse: Warehouse, name: str) -> None:
    url, options, message = BROKEN[name]
    warehouse.put("broken/plain", GOOD)
    warehouse.put("broken/cut", gzip.compress(GOOD.encode() * 50)[:-20])
    warehouse.put("broken/nothing.json", '{"entries": []}')
    warehouse.put("broken/missing.json", json.dumps({"entries": [{"url": f"s3://{BUCKET}/gone", "mandatory": True}]}))
    warehouse.run(TABLE)
    sql = copy(url, options) if options else f"COPY t FROM '{url}' CSV"
    assert message in warehouse.error(sql)
    assert warehouse.run("SELECT 1") == [(1,)]


def test_unload_writes_what_copy_reads(warehouse: Warehouse) -> None:
    warehouse.run(TABLE, copy(warehouse.put("unload/in.csv", '1,"a,""b",1.5,2024-01-01,2024-01-01 10:00:00,x,t\n')))
    target = f"s3://{BUCKET}/unload/out_"
    warehouse.run(
        f"UNLOAD ('SELECT * FROM t WHERE code = ''x''') TO '{target}' IAM_ROLE '{ROLE}' FORMAT AS CSV HEADER MANIFEST"
    )
    body = warehouse.s3.get_object(Bucket=BUCKET, Key="unload/out_0000_part_00")["Body"].read().decode()
    assert body == 'id,name,amount,day,at,code,ok\n1,"a,""b",1.50,2024-01-01,2024-01-01 10:00:00,x  ,t\n'
    assert "not empty" in warehouse.error(f"UNLOAD ('SELECT 1') TO '{target}' IAM_ROLE default")
    warehouse.run(f"COPY t FROM '{target}manifest' IAM_ROLE default CSV IGNOREHEADER 1 MANIFEST")
    assert warehouse.run("SELECT COUNT(*), COUNT(DISTINCT name) FROM t") == [(2, 1)]
