"""COPY and UNLOAD: what is loaded, what is refused, and what SYS_LOAD_ERROR_DETAIL says of it."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import pytest

from .conftest import BUCKET, ROLE, Warehouse

TABLE = "CREATE TABLE t (id INT NOT NULL, name VARCHAR(5), amount DECIMAL(6,2), day DATE, at TIMESTAMP, code CHAR(3), ok BOOLEAN)"
TEMPORARY = TABLE.replace("CREATE", "CREATE TEMP")
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
    "truncatecolumns": ("1,abcdefgh,1,,,,\n", "CSV TRUNCATECOLUMNS", [(1, "abcde", "1.00", None, None, "   ", None)]),
    "fillrecord": ("1,a\n", "CSV FILLRECORD EMPTYASNULL", [(1, "a", None, None, None, None, None)]),
    "dateformat auto": ("1,a,1,01/31/2024,,,\n", "CSV DATEFORMAT 'auto'", [(1, "a", "1.00", "2024-01-31", None, "   ", None)]),
    "dateformat": ("1,a,1,31-01-2024,,,\n", "CSV DATEFORMAT 'DD-MM-YYYY'", [(1, "a", "1.00", "2024-01-31", None, "   ", None)]),
    "delimiter": ("1;a;1;;;;\n", "CSV DELIMITER ';'", [(1, "a", "1.00", None, None, "   ", None)]),
    "text": ("1|a|1||||\n2|b,c|2||||\n", "", [(1, "a", "1.00", None, None, "   ", None), (2, "b,c", "2.00", None, None, "   ", None)]),
    "ignoreblanklines": ("1,a,1,,,,\n\n\n2,b,2,,,,\n", "CSV IGNOREBLANKLINES", [(1, "a", "1.00", None, None, "   ", None), (2, "b", "2.00", None, None, "   ", None)]),
    "last delimiter": ("1|a|1|||||\n", "", [(1, "a", "1.00", None, None, "   ", None)]),
    "octal delimiter": ("1\ta\t1\t\t\t\t\n", "DELIMITER '\\011'", [(1, "a", "1.00", None, None, "   ", None)]),
    "quote as": ("1,%a,b%,1,,,,\n", "CSV QUOTE AS '%'", [(1, "a,b", "1.00", None, None, "   ", None)]),
    "default null as": ("1|\\N|\\N||||\n2|N|2||||\n", "NULL AS '\\N'", [(1, None, None, None, None, "   ", None), (2, "N", "2.00", None, None, "   ", None)]),
    "trimblanks": ("1,a \t,1,,,,\n", "CSV TRIMBLANKS", [(1, "a", "1.00", None, None, "   ", None)]),
    "timeformat": ("1,a,1,,03.31.2003 18:45:05.123456,,\n", "CSV TIMEFORMAT 'MM.DD.YYYY HH:MI:SS'", [(1, "a", "1.00", None, "2003-03-31 18:45:05.123456", "   ", None)]),
    "timeformat with meridian": ("1,a,1,,2003-03-31 06:45:05 PM,,\n", "CSV TIMEFORMAT 'YYYY-MM-DD HH12:MI:SS AM'", [(1, "a", "1.00", None, "2003-03-31 18:45:05", "   ", None)]),
    "iso 8601": ("1,a,1,,2019-02-11T05:09:12.195Z,,\n", "CSV TIMEFORMAT 'auto'", [(1, "a", "1.00", None, "2019-02-11 05:09:12.195", "   ", None)]),
    "full month": ("1|a|1|March 31, 2003|||\n", "DATEFORMAT 'MON DD, YYYY'", [(1, "a", "1.00", "2003-03-31", None, "   ", None)]),
    "only a header": ("id,name,amount,day,at,code,ok", "CSV IGNOREHEADER 1", []),
    "nothing": ("", "CSV", []),
    "without effect": ("1,a,1,,,,\n", "CSV COMPUPDATE PRESET STATUPDATE ON ENCODING AS UTF8 REGION AS 'us-east-1'", [(1, "a", "1.00", None, None, "   ", None)]),
    "null text": ("1,\\N,\\N,,,,\n", "CSV", [(1, None, None, None, None, "   ", None)]),
    "quotes at the end": ('1,a,1,,,ab,"t"\r\n2,"b" ,2,,,ab,"t"', "CSV FILLRECORD", [(1, "a", "1.00", None, None, "ab ", True), (2, "b", "2.00", None, None, "ab ", True)]),
    "empty quotes": ('1,"","1",,,,\n', "CSV FILLRECORD", [(1, "", "1.00", None, None, "   ", None)]),
    "bytes": ("1,ééa,1,,,,\n", "CSV", [(1, "ééa", "1.00", None, None, "   ", None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADS)
def test_loads(shared: Warehouse, name: str) -> None:
    content, options, rows = LOADS[name]
    url = shared.put(f"loads/{name}/x.csv".replace(" ", "_"), content)
    described = shared.submit([TEMPORARY, copy(url, options), "SELECT * FROM t ORDER BY id"])
    assert described["Status"] == "FINISHED", described["Error"]
    assert described["SubStatements"][1]["ResultRows"] == len(rows)
    assert shared.rows(f"{described['Id']}:3") == rows


# Content, options, then line, column, code and the start of the message.
ERRORS: dict[str, tuple[str | bytes, str, tuple[int, str, int, str]]] = {
    "too many": ("1,a,1,,,,\n2,b,1,,,,,x\n", "CSV", (2, "", 1202, "Extra column(s) found")),
    "too few": ("1,a\n", "CSV", (1, "", 1214, "Delimiter not found")),
    "too long": ("1,a,1,,,,\n2,ééé,1,,,,\n", "CSV", (2, "name", 1204, "String length exceeds DDL length")),
    "not a number": ("id\nx1,a,1,,,,\n", "CSV IGNOREHEADER 1", (2, "id", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer")),
    "not whole": ("1.5,a,1,,,,\n", "CSV", (1, "id", 1207, "Invalid digit, Value '.', Pos 1")),
    "out of range": ("3000000000,a,1,,,,\n", "CSV", (1, "id", 1222, "Integer value overflow")),
    "not a decimal": ("1,a,1x,,,,\n", "CSV", (1, "amount", 1207, "Invalid digit, Value 'x', Pos 1, Type: Decimal")),
    "not a date": ("1,a,1,2024-02-30,,,\n", "CSV", (1, "day", 1205, "Invalid Date Format")),
    "other date format": ("1,a,1,01/31/2024,,,\n", "CSV", (1, "day", 1205, "Invalid Date Format")),
    "not a timestamp": ("1,a,1,,soon,,\n", "CSV", (1, "at", 1206, "Invalid timestamp format")),
    "not null": (",a,1,,,,\n", "CSV", (1, "id", 1213, "Missing data for not-null field")),
    "multibyte char": ("1,a,1,,,é,\n", "CSV", (1, "code", 1220, "Multibyte character not supported for CHAR")),
    "bytes that are no text": (b"1,\xff,1,,,,\n", "CSV", (1, "name", 1220, "String contains invalid or unsupported UTF-8")),
    "second line of a quoted field": ('1,"a\nb",1,,,,\n2,b,x,,,,\n', "CSV", (3, "amount", 1207, "Invalid digit")),
    "quote in the middle": ('1,"a"b,1,,,,\n', "CSV", (1, "", 1216, "Invalid quote formatting")),
    "blank line": ("1,a,1,,,,\n\n", "CSV", (2, "", 1214, "Delimiter not found")),
    "quote that never ends": ('1,"a,1,,,,\n', "CSV", (1, "", 1216, "Invalid quote formatting")),
    "decimal out of range": ("1,a,12345.6,,,,\n", "CSV", (1, "amount", 1204, "Numeric data overflow")),
    "T in a timestamp": ("1,a,1,,2024-01-31T10:00:00,,\n", "CSV", (1, "at", 1206, "Invalid timestamp format")),
    "not a boolean": ("1,a,1,,,,maybe\n", "CSV", (1, "ok", 1210, "Invalid boolean format")),
    "byte order mark": ("\ufeff1,a,1,,,,\n", "CSV", (1, "id", 1207, "Invalid digit")),
    "bytes that are cut": (b"1,\xe2\x82,1,,,,\n", "CSV", (1, "name", 1220, "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: e2 82 (error 2)")),
    "char too long": ("1,a,1,,,abcd,\n", "CSV", (1, "code", 1204, "String length exceeds DDL length")),
    "text too many": ("1|a|1|||||x\n", "", (1, "", 1202, "Extra column(s) found")),
    "text too few": ("1|a\n", "", (1, "", 1214, "Delimiter not found")),
    "quote in the header": ('id,","a"\nx,a,1,,,,\n', "CSV IGNOREHEADER 1", (2, "id", 1207, "Invalid digit")),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_told_with_line_and_column(shared: Warehouse, name: str) -> None:
    content, options, (line, column, code, message) = ERRORS[name]
    url = shared.put(f"errors/{name}/x.csv".replace(" ", "_"), content)
    described = shared.submit([TEMPORARY, copy(url, options)])
    assert "Load into table 't' failed" in described.get("Error", "")
    [(found_line, found_column, found_code, text, file)] = shared.run(
        "SELECT line_number, TRIM(column_name), error_code, TRIM(error_message), TRIM(file_name)"
        f" FROM sys_load_error_detail WHERE query_id = {described['SubStatements'][1]['RedshiftQueryId']}"
    )
    assert (found_line, found_column, found_code, file) == (line, column, code, url)
    assert text.startswith(message)


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


# "COPY" says that these do not go together, or this emulator does not do them: the error names the word.
REFUSED = {
    "ESCAPE": "not supported by the embedded Redshift: COPY option ESCAPE",
    "REMOVEQUOTES": "not supported by the embedded Redshift: COPY option REMOVEQUOTES",
    "ROUNDEC": "not supported by the embedded Redshift: COPY option ROUNDEC",
    "ACCEPTANYDATE": "not supported by the embedded Redshift: COPY option ACCEPTANYDATE",
    "IGNOREALLERRORS": "not supported by the embedded Redshift: COPY option IGNOREALLERRORS",
    "NOLOAD": "not supported by the embedded Redshift: COPY option NOLOAD",
    "EXPLICIT_IDS": "not supported by the embedded Redshift: COPY option EXPLICIT_IDS",
    "COMPROWS 1000": "not supported by the embedded Redshift: COPY option COMPROWS",
    "ENCODING UTF16": "not supported by the embedded Redshift: COPY ENCODING UTF16",
    "CREDENTIALS 'aws_iam_role=x'": "not supported by the embedded Redshift: COPY option CREDENTIALS",
    "TIMEFORMAT 'epochmillisecs'": "not supported by the embedded Redshift: reading a date by the format epochmillisecs",
    "QUOTE '%'": "QUOTE can be used with CSV only",
    "CSV DELIMITER '%' QUOTE '%'": "must differ",
    "CSV CSV": "conflicting or redundant options: CSV",
    "MAXERROR 100001": "limit of 100000",
    "ACCEPTINVCHARS '??'": "one ASCII character",
    "DELIMITER '||'": "one ASCII character",
    "TIMEFORMAT 'YYYY-MM-DD HH:MI:SSOF'": "time zone",
    "DATEFORMAT 'DAY'": "not supported by the embedded Redshift",
    "FORMAT AS PARQUET": "not supported by the embedded Redshift: COPY FORMAT PARQUET",
    "JSON 'auto'": "not supported by the embedded Redshift: COPY option JSON",
    "FIXEDWIDTH 'a:1'": "not supported by the embedded Redshift: COPY option FIXEDWIDTH",
    "BZIP2": "not supported by the embedded Redshift: COPY option BZIP2",
    "ENCRYPTED": "not supported by the embedded Redshift: COPY option ENCRYPTED",
    "NULL AS '\\0'": "not supported by the embedded Redshift: NULL AS the NUL character",
    ")": "syntax error",
}


@pytest.mark.parametrize("options", REFUSED)
def test_options_that_are_refused(shared: Warehouse, options: str) -> None:
    url = shared.put("refused/plain", "1\n")
    described = shared.submit(["CREATE TEMP TABLE t (a INT)", copy(url, options)])
    assert REFUSED[options] in described["Error"]


# "Using automatic recognition with DATEFORMAT and TIMEFORMAT": read as documented, or refused by name.
RECOGNISED = {
    "2019-02-11T05:09:12.195Z": "2019-02-11 05:09:12.195",
    "1996-01-08 04:05:06.789": "1996-01-08 04:05:06.789",
    "1997-12-17 07:37:16-08": "1997-12-17 07:37:16",
    "J2451187": "1999-01-08 00:00:00",
    "1996.008": "1996-01-08 00:00:00",
    "19960108 040809": "1996-01-08 04:08:09",
    "960108 040809": "1996-01-08 04:08:09",
    "17 Dec 07:37:16 1997 PST": "1997-12-17 07:37:16",
    "12/17/1997 07:37:16.00 PST": "1997-12-17 07:37:16",
    "Jan-08-95 BC": "",
}


@pytest.mark.parametrize("text", RECOGNISED)
def test_dates_that_auto_recognises(shared: Warehouse, text: str) -> None:
    url = shared.put("refused/date", text + "\n")
    described = shared.submit(["CREATE TEMP TABLE t (a TIMESTAMP)", copy(url, "TIMEFORMAT 'auto'"), "SELECT a FROM t"])
    if described["Status"] == "FINISHED":
        assert shared.rows(f"{described['Id']}:3") == [(RECOGNISED[text],)]
    else:
        assert "not supported by the embedded Redshift" in described["Error"]


def test_fields_that_are_missing_are_null_in_char_and_empty_in_varchar(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (id INT, v VARCHAR(5), c CHAR(5), n INT)")
    warehouse.run(copy(warehouse.put("fill.csv", "1\n"), "CSV FILLRECORD"))
    assert warehouse.run("SELECT * FROM t") == [(1, "", None, None)]


def test_identity_columns(warehouse: Warehouse) -> None:
    warehouse.run("CREATE TABLE t (id INT IDENTITY(1,1), a INT NOT NULL)")
    warehouse.run(copy(warehouse.put("a.csv", "5\n"), "CSV"))
    assert warehouse.run("SELECT id, a FROM t ORDER BY a") == [(1, 5)]
    assert "identity" in warehouse.error(f"COPY t (id, a) FROM 's3://{BUCKET}/a.csv' IAM_ROLE default CSV")


@pytest.mark.parametrize("options", ["CSV", ""])
def test_a_column_that_is_not_listed_needs_a_value(warehouse: Warehouse, options: str) -> None:
    warehouse.run("CREATE TABLE t (a INT, b INT NOT NULL)")
    url = warehouse.put("a.csv", "5\n")
    error = warehouse.error(f"COPY t (a) FROM '{url}' IAM_ROLE default {options}")
    assert "Cannot insert a NULL value into column b" in error


def test_a_load_that_failed_is_in_the_history(warehouse: Warehouse) -> None:
    warehouse.run(TABLE)
    warehouse.error(copy(warehouse.put("bad.csv", "x,a,1,,,,\n"), "CSV"))
    warehouse.run(copy(warehouse.put("good.txt", "1|a|1||||\n"), ""))
    seen = "SELECT status, file_format, loaded_rows, error_count, source_file_count FROM sys_load_history ORDER BY start_time"
    assert warehouse.run(seen) == [("aborted", "csv", 0, 1, 1), ("completed", "txt", 1, 0, 1)]
    kinds = "SELECT query_type, status FROM sys_query_history WHERE query_type IN ('DDL', 'COPY') ORDER BY query_id"
    assert warehouse.run(kinds) == [("DDL", "success"), ("COPY", "failed"), ("COPY", "success")]


def test_a_batch_whose_load_is_read_twice_is_done_once(warehouse: Warehouse) -> None:
    """A month of one digit is not ISO: the quick reader gives up, and the careful one goes on in the same transaction."""
    warehouse.run("CREATE TABLE t (d DATE)", "CREATE TABLE u (a INT)")
    url = warehouse.put("once.csv", "2024-1-5\n")
    target = f"s3://{BUCKET}/once_"
    described = warehouse.submit([
        "INSERT INTO u VALUES (1)",
        "TRUNCATE t",
        "INSERT INTO u VALUES (2)",
        f"UNLOAD ('SELECT a FROM u') TO '{target}' IAM_ROLE default",
        "CREATE TEMP TABLE s (LIKE t)",
        copy(url, "CSV"),
        "SELECT COUNT(*) FROM u",
    ])  # fmt: skip
    assert described["Status"] == "FINISHED", described["Error"]
    assert warehouse.rows(f"{described['Id']}:7") == [(2,)]
    assert warehouse.run("SELECT a FROM u ORDER BY 1") == [(1,), (2,)]
    assert warehouse.run("SELECT * FROM t") == [("2024-01-05",)]


BROKEN = {
    "no object": ("s3://warehouse-bucket/missing", "CSV", "The specified S3 prefix 'missing' does not exist"),
    "no bucket": ("s3://no-such-bucket-here/x", "CSV", "S3ServiceException"),
    "not gzip": ("s3://warehouse-bucket/broken/plain", "CSV GZIP", "not in gzip format"),
    "cut gzip": ("s3://warehouse-bucket/broken/cut", "CSV GZIP", "not in gzip format"),
    "not s3": ("http://warehouse-bucket/x", "CSV", "Invalid S3 path"),
    "dynamodb": ("dynamodb://table", "CSV", "not supported by the embedded Redshift"),
    "manifest that is not there": ("s3://warehouse-bucket/broken/none.json", "CSV MANIFEST", "NoSuchKey"),
    "manifest of a wrong shape": ("s3://warehouse-bucket/broken/shape.json", "CSV MANIFEST", "not in correct json format"),
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
    warehouse.put("broken/shape.json", '{"entries": [{"url": 5}]}')
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


# Options, then the names of the files and what they hold, unpacked: "UNLOAD".
UNLOADS: dict[str, tuple[str, dict[str, str]]] = {
    "text": ("", {"0000_part_00": '1|a,"b"|t|1.50\n2|||\n'}),
    "csv": ("FORMAT AS CSV", {"0000_part_00": '1,"a,""b""",t,1.50\n2,,,\n'}),
    "header and delimiter": ("CSV HEADER DELIMITER AS ';'", {"0000_part_00": 'n;s;ok;d\n1;"a,""b""";t;1.50\n2;;;\n'}),
    "null as": ("CSV NULL AS 'NULL'", {"0000_part_00": '1,"a,""b""",t,1.50\n2,NULL,NULL,NULL\n'}),
    "parallel off": ("CSV PARALLEL OFF", {"000": '1,"a,""b""",t,1.50\n2,,,\n'}),
    "parallel": ("PARALLEL CSV", {"0000_part_00": '1,"a,""b""",t,1.50\n2,,,\n'}),
    "gzip": ("CSV GZIP", {"0000_part_00.gz": '1,"a,""b""",t,1.50\n2,,,\n'}),
    "manifest": ("CSV MANIFEST", {
        "0000_part_00": '1,"a,""b""",t,1.50\n2,,,\n',
        "manifest": '{"entries": [{"url": "s3://warehouse-bucket/unloads/manifest/x_0000_part_00"}]}',
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", UNLOADS)
def test_unloads(shared: Warehouse, name: str) -> None:
    options, files = UNLOADS[name]
    prefix = f"unloads/{name.replace(' ', '_')}/x_"
    query = "SELECT n, s, ok, d FROM v ORDER BY n"
    described = shared.submit([
        "CREATE TEMP TABLE v (n INT, s VARCHAR(9), ok BOOLEAN, d DECIMAL(5,2))",
        "INSERT INTO v VALUES (1, 'a,\"b\"', true, 1.5), (2, NULL, NULL, NULL)",
        f"UNLOAD ('{query}') TO 's3://{BUCKET}/{prefix}' IAM_ROLE '{ROLE}' {options}",
    ])  # fmt: skip
    assert described["Status"] == "FINISHED", described["Error"]
    assert described["SubStatements"][2]["ResultRows"] == 2
    found = {}
    for item in shared.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]:
        body = shared.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        found[item["Key"].removeprefix(prefix)] = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
    assert found == files


REFUSED_UNLOADS = {
    "('SELECT 1 AS a LIMIT 10') TO 's3://warehouse-bucket/no/' IAM_ROLE default": "Limit clause is not supported",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/'": "authorization",
    "('SELECT 1 AS a') TO 'http://x' IAM_ROLE default": "Invalid S3 path",
    "('SELECT 1 AS a') TO 's3://no-such-bucket-here/x' IAM_ROLE default": "S3ServiceException",
    "('SELECT 1 AS a INTO t') TO 's3://warehouse-bucket/no/' IAM_ROLE default": "SELECT with INTO",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default ADDQUOTES": "UNLOAD option ADDQUOTES",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default ESCAPE": "UNLOAD option ESCAPE",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default PARQUET": "UNLOAD option PARQUET",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default FORMAT JSON": "UNLOAD FORMAT JSON",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default CLEANPATH": "UNLOAD option CLEANPATH",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default MAXFILESIZE 5 MB": "UNLOAD option MAXFILESIZE",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default PARTITION BY (a)": "UNLOAD option PARTITION",
    "('SELECT 1 AS a') TO 's3://warehouse-bucket/no/' IAM_ROLE default MANIFEST VERBOSE": "UNLOAD option VERBOSE",
    "('DELETE FROM t') TO 's3://warehouse-bucket/no/' IAM_ROLE default": "not supported",
    "(SELECT 1) TO 's3://warehouse-bucket/no/' IAM_ROLE default": "syntax error",
}


@pytest.mark.parametrize("rest", REFUSED_UNLOADS)
def test_unloads_that_are_refused(shared: Warehouse, rest: str) -> None:
    assert REFUSED_UNLOADS[rest] in shared.error(f"UNLOAD {rest}")
    assert "Contents" not in shared.s3.list_objects_v2(Bucket=BUCKET, Prefix="no/")


def test_unload_overwrites_only_when_it_is_told_to(shared: Warehouse) -> None:
    sql = f"UNLOAD ('SELECT 1 AS a') TO 's3://{BUCKET}/over/x_' IAM_ROLE default"
    shared.run(sql)
    assert "not empty" in shared.error(sql)
    shared.run(f"{sql} ALLOWOVERWRITE")


FIELDS = (
    "", " ", "\\N", "0", "-0", "+7", "007", "99999", "1.50", ".5", "5.", "1e3", "t", "yes", "x", "a b", "ééé", "'", "x\ty", "it,s",
    '"q"', '"a""b"', ' "x" ', '"a,b"', '"a\nb"', 'a"b', '""', '"', "2024-01-31", "2024-1-5", "2024-02-30", "20240131",
    "2024-01-31 10:00:00", "1/2/2024",
)  # fmt: skip
TYPES = ("INT", "SMALLINT", "VARCHAR(3) NOT NULL", "CHAR(4)", "DECIMAL(6,2)", "DATE", "TIMESTAMP", "BOOLEAN", "FLOAT8")
SWITCHES = ("EMPTYASNULL", "BLANKSASNULL", "TRUNCATECOLUMNS", "DATEFORMAT 'auto'", "IGNOREHEADER 1")


@pytest.mark.parametrize("seed", range(40))
def test_the_quick_reader_and_the_careful_one_agree(
    shared: Warehouse, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    columns = dice.choices(TYPES, k=dice.randint(1, 3))
    lines = [",".join(dice.choices(FIELDS, k=len(columns))) for _ in range(3)]
    url = shared.put("agree.csv", dice.choice(["\n", "\r\n"]).join(lines))
    create = f"CREATE TEMP TABLE t ({', '.join(f'c{i} {kind}' for i, kind in enumerate(columns))})"
    options = " ".join(["CSV", *(s for s in SWITCHES if dice.random() < 0.3)])

    def loaded() -> Any:
        described = shared.submit([create, copy(url, options), "SELECT * FROM t ORDER BY 1"])
        if described["Status"] == "FINISHED":
            return sorted(shared.rows(f"{described['Id']}:3"), key=repr)
        query = described["SubStatements"][1]["RedshiftQueryId"]
        return shared.run(f"SELECT line_number, error_code FROM sys_load_error_detail WHERE query_id = {query}")

    either = loaded()
    monkeypatch.setattr("local.redshift.load._is_plain", lambda path, o: False)
    assert loaded() == either, (lines, columns, options)
