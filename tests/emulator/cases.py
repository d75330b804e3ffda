"""Redshift SQL with its documented results: a case is a statement, its rows (or the start of its error), and the page.

The pages are those of the Redshift database developer guide. Results are taken from there (examples, or the rule that
the page states), never from the emulator. Values are as the Data API gives them: decimals, dates and times as text.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    sql: str
    rows: list[tuple[Any, ...]]
    page: str


class Failing(NamedTuple):
    sql: str
    error: str
    page: str


class Script(NamedTuple):
    """Statements that change something, then a query over what they left."""

    statements: list[str]
    sql: str
    rows: list[tuple[Any, ...]]
    page: str


def one(page: str, *pairs: tuple[str, Any]) -> list[Case]:
    """Expressions with their values, each a SELECT of its own."""
    return [Case(f"SELECT {expression}", [(value,)], page) for expression, value in pairs]


WINSALES = """
30001 2003-08-02 3 b 10 10
10001 2003-12-24 1 c 10 10
10005 2003-12-24 1 a 30 -
40001 2004-01-09 4 a 40 -
10006 2004-01-18 1 c 10 -
20001 2004-02-12 2 b 20 20
40005 2004-02-12 4 a 10 10
20002 2004-02-16 2 c 20 20
30003 2004-04-18 3 b 15 -
30004 2004-04-18 3 b 20 -
30007 2004-09-07 3 c 30 -
"""


def _winsales() -> str:
    rows = []
    for line in WINSALES.split("\n")[1:-1]:
        sale, day, seller, buyer, quantity, shipped = line.split()
        rows.append(f"({sale}, '{day}', {seller}, '{buyer}', {quantity}, {shipped.replace('-', 'NULL')})")
    return f"INSERT INTO winsales VALUES {', '.join(rows)}"


SETUP = [
    "CREATE TABLE winsales (salesid INT, dateid DATE, sellerid INT, buyerid CHAR(10), qty INT, qty_shipped INT)",
    _winsales(),
    "CREATE TABLE sales (salesid INT, pricepaid DECIMAL(8,2), commission DECIMAL(8,2), qtysold SMALLINT, saletime TIMESTAMP)",
    """INSERT INTO sales VALUES (1, 728.00, 109.20, 4, '2008-02-18 02:36:48'), (2, 76.00, 11.40, 2, '2008-06-06 05:00:16'),
       (100, 162.00, 24.30, 1, NULL), (784, 741.00, 111.15, 3, NULL), (10000, 187.00, 28.05, 2, NULL)""",
    "CREATE TABLE empty_table (a INT, b VARCHAR(5))",
    "CREATE TABLE employee (id INT, name VARCHAR(20), manager_id INT)",
    """INSERT INTO employee VALUES (100, 'Carlos', NULL), (101, 'John', 100), (102, 'Jorge', 101), (103, 'Kwaku', 101), (110, 'Liu', 101),
       (106, 'Mateo', 102), (110, 'Nikki', 103), (104, 'Paulo', 103), (105, 'Richard', 103), (120, 'Saanvi', 104), (200, 'Shirley', 104),
       (201, 'Sofía', 102), (205, 'Zhang', 104)""",
    "CREATE TABLE part (partname VARCHAR, manufacturer VARCHAR, quality INT, price DECIMAL(12,2))",
    """INSERT INTO part VALUES ('prop', 'local parts co', 2, 10.00), ('prop', 'big parts co', NULL, 9.00), ('prop', 'small parts co', 1, 12.00),
       ('rudder', 'local parts co', 1, 2.50), ('rudder', 'big parts co', 2, 3.75), ('rudder', 'small parts co', NULL, 1.90),
       ('wing', 'local parts co', NULL, 7.50), ('wing', 'big parts co', 1, 15.20), ('wing', 'small parts co', NULL, 11.80)""",
    "CREATE TABLE orders (id INT, product CHAR(20), category CHAR(20), pre_owned CHAR(1), cost DECIMAL)",
    """INSERT INTO orders VALUES (0, 'laptop', 'computers', 'T', 1000), (1, 'smartphone', 'cellphones', 'T', 800), (2, 'smartphone', 'cellphones', 'T', 810),
       (3, 'laptop', 'computers', 'F', 1050), (4, 'mouse', 'computers', 'F', 50)""",
    "CREATE TABLE people (id INT, name VARCHAR(20), boss INT, code CHAR(5), big BIGINT, ratio FLOAT8, active BOOLEAN)",
    """INSERT INTO people VALUES (1, 'Ann', NULL, 'a', 9223372036854775807, 0.5, true), (2, 'bob', 1, 'b', 2, 1.5, false),
       (3, 'Çelik', 1, NULL, 3, NULL, NULL), (4, NULL, 2, 'b ', NULL, 2.5, true)""",
    "CREATE TABLE compressed (v VARCHAR(5) ENCODE TEXT255)",
    "CREATE USER worker PASSWORD DISABLE",
    "CREATE ROLE member",
    "GRANT ROLE member TO worker",
]

ARITHMETIC = one(
    "Computations with numeric values",
    ("5/2", 2), ("-5/2", -2), ("5%2", 1), ("-5%2", -1), ("5/2.0", "2.5000"), ("1.5+1", "2.5"), ("1.50*2.5", "3.750"),
    ("10.0/4", "2.500000000000"), ("2+3*4", 14), ("(2+3)*4", 20), ("-(3)", -3), ("2^3", 8.0), ("5::float/2", 2.5),
    ("CAST(1 AS SMALLINT)/CAST(2 AS SMALLINT)", 0), ("'5'+1", 6), ("NULL+1", None), ("0.1+0.2", "0.3"),
)  # fmt: skip
CASTS = [
    *one(
        "CAST and CONVERT functions",
        ("CAST(162.00 AS INTEGER)", 162), ("CAST('2008-02-18 02:36:48' AS DATE)", "2008-02-18"), ("CAST(2008 AS CHAR(4))", "2008"),
        ("CAST(109.652 AS DECIMAL(4,1))", "109.7"), ("CONVERT(INTEGER, 162.00)", 162), ("'7'::SMALLINT", 7),
        ("CAST(NULL AS DATE)", None), ("CAST(DATE '2008-01-01' AS TIMESTAMP)", "2008-01-01 00:00:00"),
        ("TRUE::INT", 1), ("CAST(0 AS BOOLEAN)", False), ("CAST(12.5 AS VARCHAR)", "12.5"), ("' 12 '::INT", 12),
    ),
    *one("Character types", ("CAST('Fourscore and seven' AS VARCHAR(5))", "Fours"), ("'é'::VARCHAR(1)", ""), ("'a ' = 'a'", True),
         ("LEN('a  '::CHAR(5))", 1), ("LEN('a  '::VARCHAR(5))", 3), ("'ab'::CHAR(4)", "ab  "), ("'ab'::CHAR(4) || '|'", "ab|")),
    *one("Boolean type", ("'yes'::BOOLEAN", True), ("'f'::BOOLEAN", False), ("NOT TRUE", False), ("NULL AND FALSE", False)),
]  # fmt: skip
CASTS.append(
    Case("SELECT CAST(pricepaid AS INTEGER) FROM sales WHERE salesid = 100", [(162,)], "CAST and CONVERT functions")
)
STRINGS = [
    *one("SUBSTRING function", ("SUBSTRING('caterpillar',6,4)", "pill"), ("SUBSTRING('caterpillar',6,8)", "pillar"),
         ("SUBSTRING('caterpillar',-2,6)", "cat"), ("SUBSTRING('caterpillar',-5,4)", ""), ("SUBSTRING('caterpillar' FROM 6 FOR 4)", "pill"),
         ("SUBSTRING('caterpillar', 10)", "ar")),
    *one("LEN function", ("LEN('français')", 8), ("OCTET_LENGTH('français')", 9), ("LEN('cat')", 3), ("LEN('cat   ')", 6)),
    *one("INITCAP function", ("INITCAP('All non-musical theatre')", "All Non-Musical Theatre"), ("INITCAP('MLB')", "Mlb"),
         ("INITCAP('urna.Ut@egetdictumplacerat.edu')", "Urna.Ut@Egetdictumplacerat.Edu")),
    *one("LPAD and RPAD functions", ("LPAD('cat',5)", "  cat"), ("LPAD('Classical',5)", "Class"), ("RPAD('cat',6,'0123456789')", "cat012")),
    *one("TRIM function", ("TRIM('    dog    ')", "dog"), ("TRIM(BOTH '\"' FROM '\"dog\"')", "dog"), ("TRIM(LEADING 'x' FROM 'xdogx')", "dogx")),
    *one("LTRIM function", ("LTRIM('2008-01-24 06:43:29','2008-')", "1-24 06:43:29"), ("RTRIM('setcde','edc')", "set"), ("BTRIM('  abc  ')", "abc"),
         ("BTRIM('xyzaxyzbxyzcxyz','xyz')", "axyzbxyzc")),
    *one("SPLIT_PART function", ("SPLIT_PART('abc$def$ghi','$',2)", "def"), ("SPLIT_PART('abc$def$ghi','$',4)", ""), ("SPLIT_PART('abc$def$ghi','#',1)", "abc$def$ghi")),
    *one("TRANSLATE function", ("TRANSLATE('mint tea','inea','osin')", "most tin"), ("TRANSLATE('abc','b','')", "ac")),
    *one("CHARINDEX function", ("CHARINDEX('fish','dogfish')", 4), ("STRPOS('dogfish','fish')", 4), ("POSITION('fish' IN 'dogfish')", 4), ("STRPOS('a','b')", 0)),
    *one("LEFT and RIGHT functions", ("LEFT('Chicago',3)", "Chi"), ("RIGHT('Chicago',3)", "ago"), ("LEFT('ab',5)", "ab")),
    *one("CONCAT function", ("CONCAT('December 25, ', '2008')", "December 25, 2008"), ("CONCAT('a', NULL)", None), ("'a' || NULL", None), ("'a' || 1", "a1")),
    *one("REPLACE function", ("REPLACE('Dressage','ss','xx')", "Drexxage"), ("REPEAT('cat',3)", "catcatcat"), ("REVERSE('dog')", "god"),
         ("UPPER('aBc')", "ABC"), ("LOWER('ÀB')", "àb"), ("CHR(65)", "A"), ("ASCII('amazon')", 97)),
    *one("MD5 function", ("MD5('Amazon Redshift')", "f7415e33f972c03abd4f3fed36748f7a")),
    *one("SHA1 function", ("SHA1('Amazon Redshift')", "eeac5ed1e11cda66032c30ad77b25071b5487f55")),
    *one("REGEXP_SUBSTR function", ("REGEXP_SUBSTR('Cum@accumsan.com','@[^.]*')", "@accumsan"), ("REGEXP_SUBSTR('abc', 'x')", ""), ("REGEXP_SUBSTR(NULL, 'b')", None),
         ("REGEXP_SUBSTR('passwd7 plain A1234 a1234', '[a-z]+[0-9]+')", "passwd7"), ("REGEXP_SUBSTR('a\nbc', 'a.b')", "a\nb")),
    *one("REGEXP_COUNT function", ("REGEXP_COUNT('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')", 8), ("REGEXP_COUNT('the fox', 'FOX')", 0)),
    *one("REGEXP_REPLACE function", ("REGEXP_REPLACE('the fox fox', 'fox', 'quick brown fox')", "the quick brown fox quick brown fox"), ("REGEXP_REPLACE('a-b', '[^a-z]', '')", "ab"),
         (r"REGEXP_REPLACE('sed@lacusUtnec.ca', '@.*\\.(org|gov|com|edu|ca)$')", "sed"),
         (r"REGEXP_REPLACE('sed@lacusUtnec.ca', '@.*\\.[[:alpha:]]{2,3}', '@internal.company.com')", "sed@internal.company.com")),
    *one("LIKE", ("'abc' LIKE 'a%'", True), ("'abc' LIKE '_b_'", True), ("'ABC' ILIKE '_b_'", True), ("'abc' LIKE 'c%'", False),
         (r"'start_time' LIKE '%start\\_%'", True), ("'start_time' LIKE '%start^_%' ESCAPE '^'", True), ("'a' NOT LIKE 'b'", True)),
    *one("POSIX operators", ("'abc' ~ 'abc'", True), ("'abc' ~ 'a'", True), ("'abc' ~ 'A'", False), ("'abc' ~ '.*(b|d).*'", True), ("'abc' ~ '(b|c).*'", True),
         ("'abc' !~ 'x'", True), (r"'St. Pete' ~ '.*\\..*'", True), (r"'a1' ~ '\\d'", True)),
]  # fmt: skip
DATES = [
    *one("DATEADD function", ("DATEADD(month,18,'2008-02-28')", "2009-08-28 00:00:00"), ("DATEADD(m,30,'2008-02-28')", "2008-02-28 00:30:00"),
         ("DATEADD(month,1,'2008-04-30')", "2008-05-30 00:00:00"), ("DATEADD(month,12,'2016-02-29')", "2017-02-28 00:00:00"),
         ("DATEADD(year,1,'2016-02-29')", "2017-03-01 00:00:00"), ("DATEADD(day,-1,DATE '2024-03-01')", "2024-02-29 00:00:00")),
    *one("ADD_MONTHS function", ("ADD_MONTHS('2008-04-30',1)", "2008-05-31 00:00:00"), ("ADD_MONTHS('2008-03-31',-1)", "2008-02-29 00:00:00")),
    *one("DATEDIFF function", ("DATEDIFF(week,'2009-01-01','2009-12-31')", 52), ("DATEDIFF(year,'2008-12-31','2009-01-01')", 1),
         ("DATEDIFF(hour,TIMESTAMP '2009-01-01 08:30','2009-01-01 10:00')", 2), ("DATEDIFF(day,'2009-01-02','2009-01-01')", -1),
         ("DATEDIFF(month,DATE '2024-01-31',DATE '2024-02-01')", 1)),
    *one("DATEDIFF function", ("DATEDIFF(week,'2024-01-02','2024-01-09')", 1), ("DATEDIFF(week,'2024-01-09','2024-01-02')", -1),
         ("DATEDIFF(minute,TIMESTAMP '2024-01-01 10:00:59','2024-01-01 10:01:00')", 1)),
    *one("DATE_PART function", ("DATE_PART(minute, TIMESTAMP '20230104 04:05:06.789')", 5.0), ("DATE_PART(week, TIMESTAMP '20220502 04:05:06.789')", 18.0),
         ("DATE_PART(dayofweek, TIMESTAMP '20220502 04:05:06.789')", 1.0),
         ("DATE_PART(month, DATE '20220502')", 5.0), ("DATE_PART(sec, TIMESTAMP '2009-09-21 11:10:03.189717')", 3.189717)),
    *one("EXTRACT function", ("EXTRACT(minute FROM TIMESTAMP '2009-09-09 12:08:43')", 8), ("EXTRACT(ms FROM TIMESTAMP '2009-09-09 12:08:43.101')", 101)),
    *one("Date parts for date or timestamp functions", ("EXTRACT(sec FROM TIMESTAMP '2009-09-21 11:10:03.189717')", 3)),
    *one("DATE_TRUNC function", ("DATE_TRUNC('second', TIMESTAMP '20200430 04:05:06.789')", "2020-04-30 04:05:06"),
         ("DATE_TRUNC('month', TIMESTAMP '20200430 04:05:06.789')", "2020-04-01 00:00:00"), ("DATE_TRUNC('quarter', TIMESTAMP '20200430 04:05:06.789')", "2020-04-01 00:00:00"),
         ("DATE_TRUNC('week', TIMESTAMP '20220430 04:05:06.789')", "2022-04-25 00:00:00")),
    *one("LAST_DAY function", ("LAST_DAY(DATE '2004-01-07')", "2004-01-31"), ("LAST_DAY('2024-02-01')", "2024-02-29")),
    *one("MONTHS_BETWEEN function", ("MONTHS_BETWEEN('1969-01-18', '1969-03-18')", -2.0), ("MONTHS_BETWEEN('2014-09-30','2014-08-31')", 1.0)),
    *one("TO_CHAR", ("TO_CHAR(TIMESTAMP '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')", "DECEMBER -THU-31-2009 11:15PM"),
         ("TO_CHAR(TIMESTAMP '2009-12-31 23:15:59', 'DDD')", "365"), ("TO_CHAR(TIMESTAMP '2022-05-16 23:15:59', 'ID')", "1"),
         ("TO_CHAR(DATE '2009-12-31', 'MONTH')", "DECEMBER "), ("TO_CHAR(TIMESTAMP '2008-01-25 14:30:00', 'MON-DD-YYYY HH12:MIPM')", "JAN-25-2008 02:30PM"),
         ("TO_CHAR(TIMESTAMP '2009-12-31 23:15:59','HH24:MI:SS')", "23:15:59"), ("TO_CHAR(-125.8, '999D99')", "-125.80"),
         ("TO_CHAR(618.80, 'l99999D99')", "$   618.80"), ("TO_CHAR(TIMESTAMP '2008-02-18 02:36:48', 'cc')", "21"),
         ("TO_CHAR(TIMESTAMP '2008-01-25 14:30:00', 'HH12:MI:SS TZ')", "02:30:00 UTC"), ("TO_CHAR(DATE '2024-02-09', 'YYYY-MM')", "2024-02")),
    *one("TO_DATE function", ("TO_DATE('02 Oct 2001', 'DD Mon YYYY')", "2001-10-02"), ("TO_DATE('20010631', 'YYYYMMDD', FALSE)", "2001-07-01")),
    *one("Datetime types", ("DATE '2008-01-01' + 1", "2008-01-02"), ("DATE '2008-03-01' - DATE '2008-02-01'", 29), ("DATE '2008-01-01' - 1", "2007-12-31"),
         ("'Jan-31-2000'::DATE", "2000-01-31"), ("'20080215'::DATE", "2008-02-15"), ("TIMESTAMP '2008-06-01 09:59:59'", "2008-06-01 09:59:59")),
    *one("Interval literals", ("DATE '2008-12-30' + INTERVAL '1 second'", "2008-12-30 00:00:01"), ("TIMESTAMP '2008-12-30' + INTERVAL '1 minute'", "2008-12-30 00:01:00"),
         ("DATE '2008-12-30' + INTERVAL '3 weeks'", "2009-01-20 00:00:00")),
    *one("TRUNC function", ("TRUNC(TIMESTAMP '2011-07-21 10:32:38.248109')", "2011-07-21"), ("GETDATE() <= SYSDATE", True), ("CURRENT_DATE = TRUNC(SYSDATE)", True)),
]  # fmt: skip
NUMBERS = [
    *one("ROUND function", ("ROUND(28.05)", "28"), ("ROUND(28.05, 1)", "28.1"), ("ROUND(28.05, -1)", "30"), ("ROUND(-2.5)", "-3"), ("ROUND(5)", 5)),
    *one("TRUNC function", ("TRUNC(111.15)", "111"), ("TRUNC(111.15, 1)", "111.1"), ("TRUNC(111.15, -1)", "110")),
    *one("CEILING (or CEIL) function", ("CEILING(28.05)", "29"), ("FLOOR(28.05)", "28"), ("FLOOR(-28.05)", "-29")),
    *one("MOD function", ("MOD(10, 4)", 2), ("MOD(-7, 3)", -1), ("ABS(-38)", 38), ("SIGN(-2)", -1), ("SQRT(16)", 4.0), ("POWER(2, 3)", 8.0), ("EXP(0)", 1.0), ("LN(1)", 0.0), ("LOG(1000)", 3.0)),
    *one("TO_HEX function", ("TO_HEX(2147676847)", "8002f2af")),
]  # fmt: skip
CONDITIONS = [
    *one("NVL and COALESCE functions", ("NVL(NULL, 2)", 2), ("COALESCE(NULL, 'x', 'y')", "x"), ("NULLIF(1, 1)", None), ("NULLIF('a', 'b')", "a")),
    *one("NVL2 function", ("NVL2(NULL, 1, 2)", 2), ("NVL2('a', 1, 2)", 1)),
    *one("DECODE expression", ("DECODE(NULL, NULL, 'same', 'other')", "same"), ("DECODE(3, 1, 'a', 2, 'b')", None), ("DECODE(2, 1, 'a', 2, 'b', 'c')", "b")),
    *one("GREATEST and LEAST functions", ("GREATEST(1, NULL, 3)", 3), ("LEAST('b', 'a')", "a"), ("GREATEST(DATE '2024-01-01', DATE '2023-01-01')", "2024-01-01")),
    *one("CASE expression", ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"), ("CASE WHEN 1 > 2 THEN 1 END", None), ("CASE WHEN 1 = 1 THEN 5 ELSE 1/0 END", 5), ("CASE WHEN 1 = 2 THEN LEFT('ab', 1) ELSE SUBSTRING('cd', 2) END", "d")),
    *one("Conditions: precedence", ("NOT TRUE OR TRUE", True), ("TRUE OR FALSE AND FALSE", True), ("2+3||'x'", "5x"), ("-2^2", 4.0), ("10-2-3", 5),
         ("5 BETWEEN 1 AND 3+4", True), ("(NULL = NULL) IS NULL", True)),
    *one("Comparison condition", ("1 = NULL", None), ("NULL IS NULL", True), ("2 BETWEEN 1 AND 3", True), ("2 IN (1, 3)", False), ("1 <> 2", True), ("'a' < 'B'", False), ("TRUE IS TRUE", True)),
]  # fmt: skip
QUERIES = [
    Case("SELECT AVG(qtysold), SUM(qtysold), COUNT(*), MIN(pricepaid), MAX(salesid) FROM sales", [(2, 12, 5, "76.00", 10000)], "AVG function"),
    Case("SELECT AVG(pricepaid) FROM sales WHERE salesid < 3", [("402.00",)], "AVG function"),
    Case("SELECT SUM(a), COUNT(a), AVG(a), MAX(b) FROM empty_table", [(None, 0, None, None)], "SUM function"),
    Case("SELECT SUM(big), SUM(id) FROM people WHERE id > 1", [(5, 9)], "SUM function"),
    Case("SELECT SUM(big) OVER () FROM people WHERE id < 3", [("9223372036854775809",), ("9223372036854775809",)], "SUM window function"),
    Case("SELECT COUNT(DISTINCT boss), COUNT(boss), APPROXIMATE COUNT(DISTINCT boss) FROM people", [(2, 3, 2)], "COUNT function"),
    Case("SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY id), PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY id) FROM people", [(2, 1)], "PERCENTILE_DISC window function"),
    Case("SELECT MEDIAN(qtysold), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qtysold) FROM sales WHERE salesid = 1", [("4.0", "4.0")], "MEDIAN function"),
    Case("SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY id) FROM people", [("1.75",)], "PERCENTILE_CONT function"),
    Case("SELECT BOOL_AND(active), BOOL_OR(active) FROM people", [(False, True)], "BOOL_AND function"),
    Case("SELECT STDDEV(id), VAR_POP(id) FROM people WHERE id = 1", [(None, 0.0)], "STDDEV_SAMP and STDDEV_POP functions"),
    Case("SELECT LISTAGG(sellerid) WITHIN GROUP (ORDER BY dateid, salesid) FROM winsales", [("31141242333",)], "LISTAGG function"),
    Case("SELECT LISTAGG(dateid,'|') WITHIN GROUP (ORDER BY sellerid DESC, salesid ASC) FROM winsales WHERE buyerid = 'b'",
         [("2003-08-02|2004-04-18|2004-04-18|2004-02-12",)], "LISTAGG function"),
    Case("SELECT LISTAGG(DISTINCT sellerid, ', ') WITHIN GROUP (ORDER BY sellerid) FROM winsales", [("1, 2, 3, 4",)], "LISTAGG function"),
    Case("SELECT salesid, AVG(qty) OVER (ORDER BY dateid, salesid ROWS UNBOUNDED PRECEDING) FROM winsales ORDER BY dateid, salesid LIMIT 5",
         [(30001, 10), (10001, 10), (10005, 16), (40001, 22), (10006, 20)], "AVG window function"),
    Case("SELECT salesid, SUM(qty) OVER (PARTITION BY sellerid ORDER BY dateid, salesid ROWS UNBOUNDED PRECEDING) FROM winsales WHERE sellerid = 3 ORDER BY dateid, salesid",
         [(30001, 10), (30003, 25), (30004, 45), (30007, 75)], "SUM window function"),
    Case("SELECT salesid, COUNT(*) OVER (ORDER BY salesid ROWS UNBOUNDED PRECEDING) FROM winsales ORDER BY salesid LIMIT 3", [(10001, 1), (10005, 2), (10006, 3)], "COUNT window function"),
    Case("SELECT salesid, qty, RANK() OVER (ORDER BY qty DESC), DENSE_RANK() OVER (ORDER BY qty DESC) FROM winsales ORDER BY 2 DESC, 1 LIMIT 4",
         [(40001, 40, 1, 1), (10005, 30, 2, 2), (30007, 30, 2, 2), (20001, 20, 4, 3)], "RANK window function"),
    Case("SELECT buyerid, dateid, qty, LAG(qty,1) OVER (ORDER BY buyerid, dateid) FROM winsales WHERE buyerid = 'c' ORDER BY buyerid, dateid",
         [("c         ", "2003-12-24", 10, None), ("c         ", "2004-01-18", 10, 10), ("c         ", "2004-02-16", 20, 10), ("c         ", "2004-09-07", 30, 20)], "LAG window function"),
    Case("SELECT qty_shipped, LAST_VALUE(qty_shipped IGNORE NULLS) OVER (ORDER BY dateid, salesid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM winsales ORDER BY dateid, salesid LIMIT 4",
         [(10, 10), (10, 10), (None, 10), (None, 10)], "FIRST_VALUE and LAST_VALUE window functions"),
    Case("SELECT NTH_VALUE(salesid, 2) OVER (ORDER BY salesid ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM winsales LIMIT 1", [(10005,)], "NTH_VALUE window function"),
    Case("SELECT sellerid, NTILE(4) OVER (ORDER BY salesid) FROM winsales ORDER BY salesid LIMIT 4", [(1, 1), (1, 1), (1, 1), (2, 2)], "NTILE window function"),
    Case("SELECT RATIO_TO_REPORT(qty) OVER (PARTITION BY sellerid) FROM winsales WHERE sellerid = 2", [(0.5,), (0.5,)], "RATIO_TO_REPORT window function"),
    Case("SELECT salesid FROM winsales QUALIFY ROW_NUMBER() OVER (PARTITION BY sellerid ORDER BY salesid) = 1 ORDER BY 1", [(10001,), (20001,), (30001,), (40001,)], "QUALIFY clause"),
    Case("SELECT name FROM people ORDER BY name", [("Ann",), ("bob",), ("Çelik",), (None,)], "ORDER BY clause"),
    Case("SELECT boss FROM people ORDER BY boss DESC", [(None,), (2,), (1,), (1,)], "ORDER BY clause"),
    Case("SELECT boss FROM people ORDER BY boss NULLS FIRST LIMIT 1", [(None,)], "ORDER BY clause"),
    Case("SELECT TOP 2 id FROM people ORDER BY id", [(1,), (2,)], "SELECT list: TOP"),
    Case("SELECT id AS x, x * 2 AS y FROM people ORDER BY 1 LIMIT 1", [(1, 2)], "SELECT list: aliases in the same list"),
    Case("SELECT boss, COUNT(*) AS n FROM people GROUP BY 1 HAVING COUNT(*) > 1", [(1, 2)], "GROUP BY clause"),
    Case("SELECT boss AS chief, COUNT(*) FROM people GROUP BY chief ORDER BY 1", [(1, 2), (2, 1), (None, 1)], "GROUP BY clause"),
    Case("SELECT boss, COUNT(*) FROM people GROUP BY ROLLUP (boss) ORDER BY 2 DESC, 1 LIMIT 2", [(None, 4), (1, 2)], "GROUP BY clause: extensions"),
    Case("SELECT a.id, b.name FROM people a LEFT JOIN people b ON a.boss = b.id ORDER BY 1", [(1, None), (2, "Ann"), (3, "Ann"), (4, "bob")], "FROM clause"),
    Case("SELECT id, p.name FROM people p JOIN (SELECT id FROM people WHERE active) q USING (id) ORDER BY id", [(1, "Ann"), (4, None)], "FROM clause"),
    Case("SELECT id FROM people WHERE boss IN (SELECT id FROM people WHERE name = 'Ann') ORDER BY id", [(2,), (3,)], "IN condition"),
    Case("SELECT id FROM people a WHERE EXISTS (SELECT 1 FROM people b WHERE b.boss = a.id) ORDER BY 1", [(1,), (2,)], "EXISTS condition"),
    Case("SELECT 1 UNION SELECT 1 UNION ALL SELECT 1", [(1,), (1,)], "UNION, INTERSECT, and EXCEPT"),
    Case("SELECT 1 UNION SELECT 2 INTERSECT SELECT 2 ORDER BY 1", [(1,), (2,)], "UNION, INTERSECT, and EXCEPT: order of evaluation"),
    Case("SELECT NULL::INT EXCEPT SELECT NULL", [], "UNION, INTERSECT, and EXCEPT"),
    Case("SELECT id FROM people INTERSECT SELECT boss FROM people ORDER BY 1", [(1,), (2,)], "UNION, INTERSECT, and EXCEPT"),
    Case("WITH x AS (SELECT id FROM people WHERE id > 2), y AS (SELECT id + 1 AS id FROM x) SELECT SUM(id) FROM y", [(9,)], "WITH clause"),
    Case("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n", [(1,), (2,), (3,)], "WITH clause"),
    Case("SELECT DISTINCT code FROM people WHERE code IS NOT NULL ORDER BY 1", [("a    ",), ("b    ",)], "Character types"),
    Case("SELECT salesid, pricepaid/commission FROM sales WHERE salesid = 1", [(1, "6.666666666")], "Computations with numeric values"),
    Case("SELECT pricepaid::DECIMAL(38,2)*100000000000000000000 FROM sales WHERE salesid = 1", [("72800000000000000000000.00",)], "CAST and CONVERT functions"),
]  # fmt: skip
BLANKS = "(SELECT 'a'::VARCHAR(5) AS x UNION ALL SELECT 'a ' UNION ALL SELECT 'b' UNION ALL SELECT NULL) q"
WALK = [
    *one("Datetime types: literals", ("'January 8, 1999'::DATE", "1999-01-08"), ("'01/02/00'::DATE", "2000-01-02"), ("'080215'::DATE", "2008-02-15"),
         ("'2008.366'::DATE", "2008-12-31"), ("'31-Jan-2000'::DATE", "2000-01-31"), ("'20080215 040506'::TIMESTAMP", "2008-02-15 04:05:06"),
         ("'20080215 04:05 PM'::TIMESTAMP", "2008-02-15 16:05:00"), ("DATEADD(day, 1, 'epoch')", "1970-01-02 00:00:00")),
    *one("Datetime types", ("'Jun 1,2008 09:59:59 EST'::TIMESTAMP", "2008-06-01 09:59:59"), ("'2024-01-02 03:04:05+02'::TIMESTAMP", "2024-01-02 03:04:05"),
         ("'Jun 1,2008 09:59:59 EST'::TIMESTAMPTZ", "2008-06-01 14:59:59+00"), ("'12/17/1997 07:37:16.00 US/Pacific'::TIMESTAMPTZ", "1997-12-17 15:37:16+00")),
    *one("Interval literals", ("DATE '2008-12-31' + INTERVAL '3 hours, 35 minutes'", "2008-12-31 03:35:00"), ("DATE '2008-12-31' + INTERVAL '52 weeks'", "2009-12-30 00:00:00"),
         ("DATE '2008-12-31' + INTERVAL '1w, 1h, 1m, 1s'", "2009-01-07 01:01:01"), ("DATE '2008-12-31' + INTERVAL '0.5 days'", "2008-12-31 12:00:00"),
         ("DATE '2023-02-15' - INTERVAL '4 months'", "2022-10-15 00:00:00"), ("DATE '2023-03-31' - INTERVAL '4 months'", "2022-11-30 00:00:00")),
    *one("Date parts for date or timestamp functions", ("TIMESTAMP 'epoch' + 1199217600 * INTERVAL '1 second'", "2008-01-01 20:00:00"),
         ("TIMESTAMP 'epoch' + DATE_PART(epoch, TIMESTAMP '2008-01-01 20:00:00') * INTERVAL '1 second'", "2008-01-01 20:00:00")),
    *one("CONVERT_TIMEZONE function", ("CONVERT_TIMEZONE('PST', TIMESTAMP '2008-08-24 09:36:12')", "2008-08-24 01:36:12"),
         ("CONVERT_TIMEZONE('US/Pacific', TIMESTAMP '2008-08-24 09:36:12')", "2008-08-24 02:36:12"), ("CONVERT_TIMEZONE('EST', 'PST', '20080305 12:25:29')", "2008-03-05 09:25:29"),
         ("CONVERT_TIMEZONE('America/New_York', '2013-02-01 08:00:00')", "2013-02-01 03:00:00"), ("CONVERT_TIMEZONE('America/New_York', '2013-06-01 08:00:00')", "2013-06-01 04:00:00")),
    *one("AT TIME ZONE", ("TIMESTAMP '2001-02-16 20:38:40' AT TIME ZONE 'MST'", "2001-02-17 03:38:40+00"), ("TIMESTAMPTZ '2001-02-16 20:38:40-05' AT TIME ZONE 'MST'", "2001-02-16 18:38:40")),
    *one("TO_TIMESTAMP function", ("TO_TIMESTAMP('2011-12-18 24:38:15', 'YYYY-MM-DD HH24:MI:SS')", "2011-12-19 00:38:15+00"),
         ("TO_TIMESTAMP('2021-04-05 19:27:53.281812', 'YYYY-MM-DD HH24:MI:SS')", "2021-04-05 19:27:53+00"), ("TO_DATE(SYSDATE, 'YYYY-MM-DD') = CURRENT_DATE", True)),
    *one("EXTRACT function", ("EXTRACT(year FROM TIMESTAMPTZ '1.12.1997 07:37:16.00 PST')", 1997.0), ("EXTRACT(hour FROM TIMESTAMPTZ '17 Dec 07:37:16 1997 PST')", 15.0)),
    *one("GREATEST and LEAST functions", ("GREATEST(5)", 5), ("LEAST(NULL, 'b', 'a')", "a")),
    *one("CONCAT function", ("CONCAT('Thursday, ', CONCAT('December 25, ', '2008'))", "Thursday, December 25, 2008"), ("CONCAT('a', CONCAT(' seats ', NVL(NULL, 0)))", "a seats 0")),
    *one("Datetime types: literals", ("TIMESTAMP '2024-01-02 03:04:05'::DATE", "2024-01-02"), ("LEN(DATE '2024-01-02'::VARCHAR)", 10), ("DATE '2024-01-02'::TIMESTAMP", "2024-01-02 00:00:00"),
         ("TIMESTAMPTZ '2024-01-02 03:04:05+01'::VARCHAR", "2024-01-02 02:04:05+00")),
    *one("LPAD and RPAD functions", ("LPAD('abc', NULL)", None), ("LPAD('abc', -1)", ""), ("RPAD('abc', 5, '')", "abc"), ("LPAD(NULL, 3)", None)),
    *one("MOD function", ("MOD(NULL, 2)", None), ("MOD(5.5, 2)", "1.5")),
    *one("NVL and COALESCE functions", ("COALESCE(CAST(NULL AS VARCHAR(3)), 'Unknown')", "Unknown"), ("NVL2(NULL, 'Yes'::VARCHAR(3), 'Unknown')", "Unknown")),
    *one("CASE expression", ("CASE WHEN FALSE THEN CAST('Yes' AS VARCHAR(3)) ELSE 'Unknown' END", "Unknown")),
    *one("DECODE expression", ("DECODE(1, 1, 'x')", "x"), ("DECODE(2, 1, 'x')", None)),
    *one("LIKE", ("'São Paulo' LIKE 'são%'", False), ("'SãO' LIKE 'SÃO'", False), ("'çelik' ILIKE 'ÇELIK'", False), ("'ABé' ILIKE 'abé'", True), ("'abc'::CHAR(5) LIKE 'abc'", False), ("'abc'::CHAR(5) LIKE 'abc__'", True), ("RTRIM('abc'::CHAR(5)) LIKE 'abc'", True)),
    *one("Numeric types", ("0.1::FLOAT4::VARCHAR", "0.1"), ("1e20::VARCHAR", "1e+20"), ("100::FLOAT::VARCHAR", "100")),
    *one("TO_CHAR", ("TO_CHAR(12.5::FLOAT, '99.9')", " 12.5"), ("TO_CHAR(DATE '2024-05-06', 'FMMonth DD, YYYY')", "May 06, 2024")),
    *one("TRUNC function", ("TRUNC(2.789::FLOAT, 2)", 2.78), ("TRUNC(-2.7)", "-2")),
    Case("SELECT (pricepaid/9)::DECIMAL(8,2), (pricepaid/9)::INT, pricepaid::DECIMAL(7,1) FROM sales WHERE salesid = 1", [("80.88", 80, "728.0")], "Numeric types: casts of table values"),
    Case("SELECT commission, (commission + 2.00) AS comm FROM sales WHERE salesid = 10000", [("28.05", "30.05")], "Mathematical operator symbols"),
    Case("SELECT dev.public.sales.salesid FROM dev.public.sales WHERE salesid = 1", [(1,)], "Querying data across databases"),
    Case(f"SELECT x, COUNT(*) FROM {BLANKS} GROUP BY x ORDER BY x", [("a", 2), ("b", 1), (None, 1)], "Character types: trailing blanks"),
    Case(f"SELECT x, GROUPING(x), COUNT(*) FROM {BLANKS} GROUP BY ROLLUP (x) ORDER BY 2, 1", [("a", 0, 2), ("b", 0, 1), (None, 0, 1), (None, 1, 4)], "GROUP BY clause: extensions"),
    Case(f"SELECT COUNT(*) FROM (SELECT DISTINCT x FROM {BLANKS}) d", [(3,)], "Character types: trailing blanks"),
    Case(f"SELECT x FROM {BLANKS} UNION SELECT 'b ' ORDER BY x", [("a",), ("b",), (None,)], "Character types: trailing blanks"),
    Case(f"SELECT DISTINCT COUNT(*) OVER (PARTITION BY x) FROM {BLANKS} ORDER BY 1", [(1,), (2,)], "Character types: trailing blanks"),
    Case("SELECT TO_CHAR(dateid, 'Day') AS d, COUNT(*) FROM winsales GROUP BY 1 ORDER BY 1 LIMIT 1", [("Friday   ", 1)], "GROUP BY clause"),
    Case("SELECT salesid, SUM(qty) OVER (ORDER BY salesid ROWS UNBOUNDED FOLLOWING) FROM winsales ORDER BY salesid DESC LIMIT 2", [(40005, 10), (40001, 50)], "Window function syntax summary"),
    Case("SELECT TOP 2 DISTINCT sellerid, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty), MEDIAN(qty) FROM winsales GROUP BY sellerid ORDER BY 1",
         [(1, "10.0", "10.0"), (2, "20.0", "20.0")], "MEDIAN function"),
    Case("""WITH RECURSIVE john_org(id, name, manager_id, level) AS (SELECT id, name, manager_id, 1 AS level FROM employee WHERE name = 'John' UNION ALL
            SELECT e.id, e.name, e.manager_id, level + 1 AS next_level FROM employee e, john_org j WHERE e.manager_id = j.id AND level < 4)
            SELECT COUNT(*), MAX(level), MIN(manager_id) FROM john_org""", [(12, 4, 100)], "WITH clause: recursive CTE"),
    Case("""SELECT TRIM(category), TRIM(product), GROUPING(category) AS g0, GROUPING(product) AS g1, GROUPING(category, product) AS g2, SUM(cost) AS total
            FROM orders GROUP BY CUBE(category, product) ORDER BY 3, category, product""",
         [("cellphones", "smartphone", 0, 0, 0, "1610"), ("cellphones", None, 0, 1, 1, "1610"), ("computers", "laptop", 0, 0, 0, "2050"), ("computers", "mouse", 0, 0, 0, "50"),
          ("computers", None, 0, 1, 1, "2100"), (None, "laptop", 1, 0, 2, "2050"), (None, "mouse", 1, 0, 2, "50"), (None, "smartphone", 1, 0, 2, "1610"),
          (None, None, 1, 1, 3, "3710")], "GROUP BY clause: extensions"),
    Case("SELECT GROUPING(category, product, pre_owned) AS g, SUM(cost) FROM orders GROUP BY pre_owned, ROLLUP(category, product) ORDER BY 1, 2",
         [(0, "50"), (0, "1000"), (0, "1050"), (0, "1610"), (2, "1000"), (2, "1100"), (2, "1610"), (6, "1100"), (6, "2610")], "GROUP BY clause: extensions"),
    Case("SELECT COUNT(*) FROM (SELECT SUM(cost) FROM orders GROUP BY CUBE(category, product), GROUPING SETS(pre_owned, ())) q", [(22,)], "GROUP BY clause: extensions"),
    Case("SELECT COUNT(*) FROM (SELECT SUM(cost) FROM orders GROUP BY GROUPING SETS(ROLLUP(category), CUBE(product, pre_owned))) q", [(13,)], "GROUP BY clause: extensions"),
    Case("SELECT salesid, MEDIAN(SUM(pricepaid)) OVER () FROM sales WHERE salesid < 3 GROUP BY salesid ORDER BY 1", [(1, "402.000"), (2, "402.000")], "MEDIAN window function"),
    Case("SELECT partname, AVG(price) FROM part GROUP BY partname ORDER BY 1", [("prop", "10.33"), ("rudder", "2.71"), ("wing", "11.50")], "PIVOT and UNPIVOT examples"),
    Case("SELECT (DATE_TRUNC('week', DATE '2023-02-01') + '5 days'::INTERVAL)::DATE", [("2023-02-04",)], "PIVOT and UNPIVOT examples"),
    Case("SELECT COUNT(*) FROM ((SELECT id FROM people) LIMIT 2) q", [(2,)], "FROM clause"),
    Case("SELECT 'x'::VARCHAR AS k, CASE WHEN name = 'Ann' THEN 'x' ELSE 'y' END, COUNT(*) FROM people GROUP BY 1, 2 ORDER BY 2", [("x", "x", 1), ("x", "y", 3)], "GROUP BY clause"),
    Case("SELECT code, (SELECT COUNT(*) FROM people b WHERE b.code = a.code) FROM people a GROUP BY code ORDER BY 1", [("a    ", 1), ("b    ", 2), (None, 0)], "Correlated subqueries"),
    Case("SELECT id FROM people a GROUP BY id HAVING EXISTS (SELECT 1 FROM people b WHERE b.boss = a.id AND b.id > 2) ORDER BY 1", [(1,), (2,)], "Correlated subqueries"),
    Case(f"SELECT x, (SELECT 1), COUNT(*) FROM {BLANKS} GROUP BY x HAVING COUNT(*) > (SELECT 0) ORDER BY 1", [("a", 1, 2), ("b", 1, 1), (None, 1, 1)], "Character types: trailing blanks"),
    Case("SELECT name, COUNT(*) OVER (PARTITION BY LEFT(name, 1), SPLIT_PART(name, 'x', 1)) FROM people WHERE id < 3 ORDER BY SUBSTRING(name, 1, 2)", [("Ann", 1), ("bob", 1)], "LEFT and RIGHT functions"),
    Case("SELECT DATEDIFF(week, dateid, NULL::DATE), CAST(NULL::FLOAT AS INT), LEFT(NULL, 2) FROM winsales WHERE salesid = 10001", [(None, None, None)], "DATEDIFF function"),
    Case("SELECT ratio::INT FROM people WHERE id = 3", [(None,)], "CAST and CONVERT functions"),
    Case("SELECT ANY_VALUE(sellerid), BIT_AND(sellerid), BIT_OR(sellerid) FROM winsales WHERE sellerid = 2", [(2, 2, 2)], "ANY_VALUE function, BIT_AND function"),
    Case("SELECT BIT_AND(id), BIT_OR(id) FROM people", [(0, 7)], "Bit-wise aggregate functions"),
    Case("SELECT sellerid, buyerid, GROUPING(sellerid, buyerid) AS g, SUM(qty) FROM winsales WHERE sellerid = 2 GROUP BY ROLLUP (sellerid, buyerid) ORDER BY g, buyerid",
         [(2, "b         ", 0, 20), (2, "c         ", 0, 20), (2, None, 1, 40), (None, None, 3, 40)], "GROUP BY clause: GROUPING"),
    Case("SELECT DATE_TRUNC('month', saletime) FROM sales WHERE saletime LIKE '2008-02%'", [("2008-02-01 00:00:00",)], "DATE_TRUNC function"),
    Case("SELECT a * b, SUM(a * b * c), a + a, a - -a FROM (SELECT 9999999999.99::DECIMAL(12,2) AS a, 123456789012.123456::DECIMAL(18,6) AS b, 7 AS c) q GROUP BY a, b, c", [("1234567890119999992109.87876544", "8641975230839999944769.15135808", "19999999999.98", "19999999999.98")], "Computations with numeric values"),
    *one("Time zone usage notes", ("'2020-01-01 10:00:00 America/New_York'::TIMESTAMPTZ", "2020-01-01 15:00:00+00"), ("'2020-01-01 10:00 PM America/New_York'::TIMESTAMPTZ", "2020-01-02 03:00:00+00")),
    Case("WITH p AS (SELECT '2003-12-24' AS first, '2004-01-18' AS last, '10' AS n) SELECT COUNT(*), MIN(DATEDIFF(day, first, dateid)), SUM(qty + n) FROM winsales, p WHERE dateid BETWEEN first AND last AND qty >= n", [(4, 0, 130)], "WITH clause"),
    Case("SELECT COUNT(*) FROM winsales WHERE dateid IN (SELECT '2003-12-24') OR dateid = (SELECT '2004-01-09')", [(3,)], "WITH clause"),
    Case("SELECT id FROM people WHERE code = (SELECT 'b  ') AND id < 3", [(2,)], "Character types: trailing blanks"),
    *one("Datetime format strings", ("""TO_DATE('2020-01-05T00:00:00', 'YYYY-MM-DD"T"HH24:MI:SS')""", "2020-01-05"), ("""TO_TIMESTAMP('2020-01-05T10:11:12', 'YYYY-MM-DD"T"HH24:MI:SS')""", "2020-01-05 10:11:12+00")),
    *one("OCTET_LENGTH function", ("OCTET_LENGTH(CAST('francais   ' AS CHAR(15)))", 15), ("OCTET_LENGTH(CAST('francais   ' AS VARCHAR(15)))", 11)),
    *one("Numeric types", ("'0.00000005'::DECIMAL(8,8)", "0.00000005"), ("'0.00000005'::VARCHAR::DECIMAL(8,8)", "0.00000005"), ("9223372036854775807::DECIMAL(19,0)", "9223372036854775807")),
    Case('SELECT id AS tag, people.id AS user, id "desc" FROM people WHERE id = 1', [(1, 1, 1)], "Reserved words"),
    Case("SELECT SUM(id) OVER (ORDER BY id + 1 ROWS UNBOUNDED PRECEDING) FROM people WHERE id < 3 ORDER BY 1", [(1,), (3,)], "Window function syntax summary"),
    Case("SELECT year, date, name, type, position, rows, rank, key, language, time, source, target, day, first FROM (SELECT 1 AS year, 2 AS date, 3 AS name, 4 AS type, 5 AS position, 6 AS rows, 7 AS rank, 8 AS key, 9 AS language, 10 AS time, 11 AS source, 12 AS target, 13 AS day, 14 AS first) q", [tuple(range(1, 15))], "Reserved words"),
]  # fmt: skip
CASES: list[Case] = [*ARITHMETIC, *CASTS, *STRINGS, *DATES, *NUMBERS, *CONDITIONS, *QUERIES, *WALK]

MERGED = [
    "INSERT INTO {t} VALUES (101, 'Bob'), (102, 'John'), (103, 'Susan')",
    "INSERT INTO {s} VALUES (102, 'Tony'), (103, 'Alice'), (104, 'Bill')",
]


def merging(name: str, *actions: str) -> list[str]:
    tables = {"t": f"{name}_target", "s": f"{name}_source"}
    made = [f"CREATE TABLE {table} (id INT, name CHAR(10))" for table in tables.values()]
    merge = "MERGE INTO {t} USING {s} ON {t}.id = {s}.id " + " ".join(actions)
    return [*made, *(sql.format(**tables) for sql in (*MERGED, merge))]


SCRIPTS = [
    Script(merging("update", "WHEN MATCHED THEN UPDATE SET id = {s}.id, name = {s}.name", "WHEN NOT MATCHED THEN INSERT VALUES ({s}.id, {s}.name)"),
           "SELECT id, TRIM(name) FROM update_target ORDER BY id", [(101, "Bob"), (102, "Tony"), (103, "Alice"), (104, "Bill")], "MERGE"),
    Script(merging("delete", "WHEN MATCHED THEN DELETE", "WHEN NOT MATCHED THEN INSERT (id, name) VALUES ({s}.id, {s}.name)"),
           "SELECT id, TRIM(name) FROM delete_target ORDER BY id", [(101, "Bob"), (104, "Bill")], "MERGE"),
    Script(["CREATE TABLE category_stage (catid SMALLINT DEFAULT 0, catgroup VARCHAR(10) DEFAULT 'General', catname VARCHAR(10) DEFAULT 'General')",
            "INSERT INTO category_stage VALUES (12, 'Concerts', 'Comedy')", "INSERT INTO category_stage VALUES (DEFAULT, DEFAULT, DEFAULT), (20, DEFAULT, 'Country')",
            "INSERT INTO category_stage (catid) (SELECT 30)", "INSERT INTO category_stage DEFAULT VALUES"],
           "SELECT * FROM category_stage ORDER BY 1", [(0, "General", "General"), (0, "General", "General"), (12, "Concerts", "Comedy"), (20, "General", "Country"),
           (30, "General", "General")], "INSERT examples"),
    Script(["CREATE TABLE film (film_id INTEGER, language_id SMALLINT, rental_duration SMALLINT DEFAULT 3, rental_rate NUMERIC(4,2) DEFAULT 4.99)",
            "INSERT INTO film (language_id) VALUES (1.5)", "INSERT INTO film (rental_rate) VALUES (35.512)"],
           "SELECT language_id, rental_duration, rental_rate FROM film ORDER BY 1", [(2, 3, "4.99"), (None, 3, "35.51")], "Examples with numeric types"),
    Script(["CREATE TABLE address (address1 VARCHAR(100), city CHAR(20), state CHAR(2))", "INSERT INTO address VALUES ('9516 Magnolia Boulevard', 'Augusta', 'ME')",
            "INSERT INTO address VALUES ('9516 Magnolia Boulevard  ', 'Augusta   ', 'ME  ')"],
           "SELECT COUNT(*), MIN(LEN(address1)), MAX(LEN(address1)), MAX(LEN(city)), COUNT(DISTINCT address1) FROM address WHERE address1 = '9516 Magnolia Boulevard'",
           [(2, 23, 25, 7, 1)], "Examples with character types"),
    Script(["CREATE TABLE dates_in (start_date DATE, end_date DATE)", "INSERT INTO dates_in VALUES ('2008-06-01', '2008-12-31')", "INSERT INTO dates_in VALUES ('Jun 1,2008', '20081231')"],
           "SELECT DISTINCT * FROM dates_in", [("2008-06-01", "2008-12-31")], "Examples with datetime types"),
    Script(["CREATE TABLE tstamp (timeofday TIMESTAMP, timeofdaytz TIMESTAMPTZ)", "INSERT INTO tstamp VALUES ('Jun 1,2008  09:59:59', 'Jun 1,2008 09:59:59 EST')",
            "INSERT INTO tstamp VALUES ('Dec 31,2008 18:20', 'Dec 31,2008 18:20')"],
           "SELECT * FROM tstamp ORDER BY 1", [("2008-06-01 09:59:59", "2008-06-01 14:59:59+00"), ("2008-12-31 18:20:00", "2008-12-31 18:20:00+00")], "Examples with datetime types"),
    Script(["CREATE TABLE flags (custid INT, active_flag BOOLEAN DEFAULT TRUE)", "INSERT INTO flags VALUES (100, DEFAULT), (101, 'no'), (102, NULL)", "INSERT INTO flags SELECT 103, 1"],
           "SELECT custid, active_flag FROM flags WHERE active_flag IS NOT UNKNOWN ORDER BY 1", [(100, True), (101, False), (103, True)], "Boolean type"),
    Script(["CREATE TABLE numbered (id BIGINT IDENTITY(10, 5), g VARCHAR(10) DEFAULT 'x')", "INSERT INTO numbered (g) VALUES ('a'), (DEFAULT)"],
           "SELECT COUNT(DISTINCT id), MIN(id), SUM(MOD(id, 5)) FROM numbered", [(2, 10, 0)], "CREATE TABLE: IDENTITY"),
    Script(["CREATE TABLE narrow (a CHAR(5), b VARCHAR(4))", "INSERT INTO narrow SELECT code, LEFT(name, 3) FROM people", "INSERT INTO narrow SELECT name, name FROM people WHERE name IS NULL"],
           "SELECT COUNT(*), COUNT(a), COUNT(b), MAX(b) FROM narrow", [(5, 3, 3, "Çel")], "INSERT"),
    Script(["CREATE TABLE dec1 (c1 DECIMAL(7,2))", "CREATE TABLE dec2 (c1 DECIMAL(15,3))", "CREATE TABLE dec3 AS SELECT * FROM dec1 UNION SELECT * FROM dec2"],
           """SELECT "column", type FROM pg_table_def WHERE tablename = 'dec3'""", [("c1", "numeric(15,3)")], "Computations with numeric values"),
    Script(["CREATE TABLE altered (a INT, b VARCHAR(5))", "INSERT INTO altered VALUES (1, 'x')", "ALTER TABLE altered ADD COLUMN c INT DEFAULT 7", "ALTER TABLE altered RENAME COLUMN b TO d",
            "ALTER TABLE altered ALTER COLUMN d TYPE VARCHAR(10)", "UPDATE altered SET d = 'ten letter'", "ALTER TABLE altered DROP COLUMN a", "ALTER TABLE altered RENAME TO renamed"],
           "SELECT * FROM renamed", [("ten letter", 7)], "ALTER TABLE"),
    Script(["CREATE TABLE updated AS SELECT salesid, qty FROM winsales WHERE sellerid = 1", "UPDATE updated SET qty = people.id FROM people WHERE updated.salesid = 10000 + people.id",
            "UPDATE updated AS u SET qty = u.qty + 1 WHERE u.salesid IN (SELECT salesid FROM winsales WHERE qty = 30)", "DELETE FROM updated USING people p WHERE updated.salesid = 10002 + p.id"],
           "SELECT * FROM updated ORDER BY 1", [(10001, 1)], "UPDATE, DELETE"),
    Script(["CREATE TABLE quoted (a INT DEFAULT 7, \"default\" INT)", "INSERT INTO quoted VALUES (1, 2)", "UPDATE quoted SET a = \"default\"", "UPDATE quoted SET \"default\" = DEFAULT"],
           "SELECT * FROM quoted", [(2, None)], "UPDATE"),
    Script(["CREATE SCHEMA scripts", "CREATE TABLE scripts.t (a INT)", "COMMENT ON TABLE scripts.t IS 'a table'", "COMMENT ON COLUMN scripts.t.a IS NULL", "INSERT INTO scripts.t VALUES (1)",
            "CREATE VIEW scripts.v AS SELECT a AS b FROM scripts.t", "CREATE OR REPLACE VIEW scripts.v AS SELECT a + 1 AS b FROM scripts.t", "CREATE TABLE scripts.u AS SELECT b FROM scripts.v"],
           "SELECT b FROM scripts.u", [(2,)], "CREATE SCHEMA, CREATE VIEW"),
    Script(["CREATE TABLE venue_ident (venueid BIGINT IDENTITY(0, 1), venuename VARCHAR(100))", "INSERT INTO venue_ident (venuename) VALUES ('a'), ('b')"], "SELECT MIN(venueid), MAX(venueid) FROM venue_ident", [(0, 1)], "CREATE TABLE examples"),
    Script(["CREATE TABLE keyed (id INT, n VARCHAR(5), PRIMARY KEY (id))", "ALTER TABLE keyed ADD PRIMARY KEY (id)"], """SELECT "column", "notnull" FROM pg_table_def WHERE tablename = 'keyed' ORDER BY 1""", [("id", True), ("n", False)], "CREATE TABLE"),
    Script(["CREATE USER reguser PASSWORD 'Abcd1234'", "CREATE ROLE role1", "CREATE ROLE role2", "GRANT ROLE role1 TO ROLE role2", "GRANT ROLE role1, role2 TO reguser WITH ADMIN OPTION", "REVOKE ROLE role2 FROM reguser"], "SELECT user_name, role_name, admin_option, (SELECT MAX(role_name || granted_role_name) FROM svv_role_grants) FROM svv_user_grants WHERE user_name = 'reguser'", [("reguser", "role1", True, "role2role1")], "SVV_USER_GRANTS, SVV_ROLE_GRANTS"),
    Script(["CREATE USER holder PASSWORD DISABLE", "GRANT ALL ON people TO holder", "REVOKE INSERT, DELETE, ALTER, TRUNCATE ON people FROM holder"], "SELECT privilege_type, identity_type FROM svv_relation_privileges WHERE identity_name = 'holder' ORDER BY 1", [("DROP", "user"), ("REFERENCES", "user"), ("SELECT", "user"), ("UPDATE", "user")], "SVV_RELATION_PRIVILEGES"),
    Script(["CREATE SCHEMA granted", "CREATE ROLE usage_role", "GRANT USAGE ON SCHEMA granted TO ROLE usage_role"], "SELECT privilege_type, identity_name, identity_type, admin_option FROM svv_schema_privileges WHERE namespace_name = 'granted'", [("USAGE", "usage_role", "role", False)], "SVV_SCHEMA_PRIVILEGES"),
    Script(["GRANT TEMPORARY ON DATABASE dev TO PUBLIC", "REVOKE TEMP ON DATABASE dev FROM PUBLIC"], "SELECT COUNT(*) FROM svv_database_privileges", [(0,)], "SVV_DATABASE_PRIVILEGES"),
    Script(["CREATE TABLE with_target (id INT, amt INT)", "INSERT INTO with_target VALUES (1, 1), (2, 2), (3, 3), (4, 4)", "WITH x AS (SELECT id FROM people WHERE id < 3) UPDATE with_target SET amt = 10 * x.id FROM x WHERE x.id = with_target.id",
    "WITH x AS (SELECT id FROM people), y AS (SELECT MAX(id) AS id FROM x) DELETE FROM with_target USING y WHERE y.id = with_target.id", "WITH x AS (SELECT 3 AS id) DELETE FROM with_target WHERE id IN (SELECT id FROM x)"], "SELECT * FROM with_target ORDER BY 1", [(1, 10), (2, 20)], "UPDATE, DELETE: WITH clause"),
    Script(["CREATE TABLE encoded (a DECIMAL, b VARCHAR, c INT SORTKEY, d BOOLEAN, e DATE, f FLOAT ENCODE ZSTD, g CHAR ENCODE RAW)"], """SELECT LISTAGG(encoding, ' ') WITHIN GROUP (ORDER BY "column") FROM pg_table_def WHERE tablename = 'encoded'""", [("az64 lzo none none az64 zstd none",)], "Compression encodings"),
    Script(["CREATE TABLE simple_target (id INT, name VARCHAR(10))", "CREATE TABLE simple_source (id INT, name VARCHAR(20))", "INSERT INTO simple_target VALUES (30, 'Tony'), (30, 'Daisy'), (11, 'Alice'), (23, 'Bill'), (23, 'Nikki')", "INSERT INTO simple_source VALUES (23, 'David'), (22, 'Clarence')",
    "MERGE INTO simple_target USING simple_source ON simple_target.id = simple_source.id REMOVE DUPLICATES"], "SELECT * FROM simple_target ORDER BY 1, 2", [(11, "Alice"), (22, "Clarence"), (23, "David"), (30, "Daisy"), (30, "Tony")], "MERGE examples"),
    Script(["INSERT INTO simple_target VALUES (23, 'Twice')", "MERGE INTO simple_target USING (SELECT id + 1 AS id, MAX(name) AS name FROM simple_source GROUP BY 1) AS my_source ON simple_target.id = my_source.id WHEN MATCHED THEN UPDATE SET name = my_source.name WHEN NOT MATCHED THEN INSERT VALUES (my_source.id, my_source.name)"],
    "SELECT * FROM simple_target WHERE id BETWEEN 23 AND 29 ORDER BY 1, 2", [(23, "Clarence"), (23, "Clarence"), (24, "David")], "MERGE examples"),
    Script(["CREATE TABLE defaulted (a INT DEFAULT 1 + 2, b VARCHAR(5) DEFAULT 'a' NOT NULL, c INT DEFAULT NULL, d DATE DEFAULT CURRENT_DATE, \"user\" INT REFERENCES people (id))", "INSERT INTO defaulted (\"user\") VALUES (1)"], 'SELECT a, b, c, d = CURRENT_DATE, "user" FROM defaulted', [(3, "a", None, True, 1)], "CREATE TABLE"),
]  # fmt: skip

FAILING = [
    Failing("SELECT 5/0", "ERROR: Divide by zero", "Computations with numeric values"),
    Failing("SELECT 1.5/0", "ERROR: Divide by zero", "Computations with numeric values"),
    Failing("SELECT 2147483647 + 1", "ERROR: integer out of range", "Computations with numeric values"),
    Failing("SELECT 32767::SMALLINT + 1::SMALLINT", "ERROR: smallint out of range", "Computations with numeric values"),
    Failing("SELECT 12345678::SMALLINT", "ERROR: smallint out of range", "CAST and CONVERT functions"),
    Failing("SELECT 123.456::DECIMAL(2,1)", "ERROR: Numeric data overflow", "CAST and CONVERT functions"),
    Failing("SELECT 'ABC'::INT", "ERROR: invalid input syntax for integer", "Type compatibility and conversion"),
    Failing("SELECT '2024-02-30'::DATE", "ERROR: invalid input syntax for type date", "CAST and CONVERT functions"),
    Failing("SELECT TO_DATE('20010631', 'YYYYMMDD', TRUE)", "ERROR: date/time field date value out of range: 2001-6-31", "TO_DATE function"),
    Failing("SELECT SUBSTRING('abc', 1, -1)", "ERROR: negative substring length", "SUBSTRING function"),
    Failing("SELECT SUM(qty) OVER (ORDER BY dateid) FROM winsales", "ERROR: Aggregate window functions with an ORDER BY clause require a frame clause", "Window functions"),
    Failing("SELECT COUNT(DISTINCT qty) OVER () FROM winsales", "ERROR: DISTINCT is not supported", "Window functions"),
    Failing("SELECT id, COUNT(*) FROM people", "ERROR: column", "GROUP BY clause"),
    Failing("SELECT nosuch FROM people", 'ERROR: column "nosuch" does not exist in people', "SELECT"),
    Failing("SELECT 1 FROM nosuch", 'ERROR: relation "nosuch" does not exist', "SELECT"),
    Failing("SELECT id FROM people a JOIN people b ON a.id = b.id", 'ERROR: column reference "id" is ambiguous', "FROM clause"),
    Failing("SELECT a.id FROM people a WHERE NOT EXISTS (SELECT 1 FROM people b WHERE NOT EXISTS (SELECT 1 FROM people c WHERE c.id = a.id))",
            "ERROR: not supported by the embedded Redshift: a correlated subquery that skips a level", "Correlated subqueries"),
    Failing("SELECT (SELECT id FROM people)", "ERROR: single-row subquery returns more than one row", "Scalar subqueries"),
    Failing("SELECT 1 UNION SELECT 1, 2", "ERROR: each UNION query must have the same number of columns", "UNION, INTERSECT, and EXCEPT"),
    Failing("SELECT 1 UNION SELECT DATE '2024-01-01'", "ERROR: UNION types", "UNION, INTERSECT, and EXCEPT"),
    Failing("SELECT id FROM people INTERSECT ALL SELECT 1", "ERROR: INTERSECT ALL is not supported", "UNION, INTERSECT, and EXCEPT"),
    Failing("SELECT DISTINCT name FROM people ORDER BY id", "ERROR: for SELECT DISTINCT, ORDER BY expressions must appear in select list", "ORDER BY clause"),
    Failing("SELECT PERCENTILE_CONT(0.6) WITHIN GROUP (ORDER BY salesid), MEDIAN(qty) FROM winsales",
            "ERROR: within group ORDER BY clauses for aggregate functions must be the same", "MEDIAN function"),
    Failing("SELECT SUM(qty) OVER (ORDER BY salesid ROWS BETWEEN 5 FOLLOWING AND 5 PRECEDING) FROM winsales", "ERROR: frame starting from", "Window function syntax summary"),
    Failing("SELECT SUM(qty) OVER (ORDER BY salesid ROWS BETWEEN CURRENT ROW AND 2 PRECEDING) FROM winsales", "ERROR: frame starting from", "Window function syntax summary"),
    Failing("INSERT INTO people (id) VALUES ((SELECT 7)), ((SELECT 8))", "ERROR: can't use subqueries in multi-row VALUES", "INSERT examples"),
    Failing("SELECT TO_TIMESTAMP('2011-12-18 24:38:15', 'YYYY-MM-DD HH24:MI:SS', TRUE)", "ERROR: date/time field time value out of range: 24:38:15.0", "TO_TIMESTAMP function"),
    Failing("SELECT COALESCE(NULL, 'Amazon Redshift', 12)", 'ERROR: invalid input syntax for integer: "Amazon Redshift"', "NVL and COALESCE functions"),
    Failing("UPDATE people SET people.name = 'x'", 'ERROR: column "people" of relation "people" does not exist', "UPDATE"),
    Failing("UPDATE winsales SET qty = 0 FROM people p LEFT JOIN sales s ON p.id = s.salesid WHERE winsales.salesid = p.id",
            "ERROR: Target table must be part of an equijoin predicate", "UPDATE"),
    Failing("WITH w1 AS (SELECT * FROM w2), w2 AS (SELECT * FROM w1) SELECT * FROM sales", 'ERROR: relation "w2" does not exist', "WITH clause"),
    Failing("SELECT SUM(big) FROM people", "ERROR: bigint out of range", "SUM function"),
    Failing("INSERT INTO sales (pricepaid) VALUES (12345678)", "ERROR: Numeric data overflow", "Examples with numeric types"),
    Failing("SELECT COUNT(*) FROM people JOIN sales", "ERROR: syntax error: JOIN needs ON or USING", "FROM clause"),
    Failing("SELECT COUNT(*) FROM people LEFT JOIN sales", "ERROR: syntax error: JOIN needs ON or USING", "FROM clause"),
    Failing("SELECT 'a' RLIKE 'a'", "ERROR: syntax error", "Pattern-matching conditions"),
    Failing("WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x", 'ERROR: WITH query name "x" specified more than once', "WITH clause"),
    Failing("CREATE TABLE no_key (a INT) DISTKEY (b)", 'ERROR: column "b" named in DISTKEY does not exist', "CREATE TABLE"),
    Failing("SELECT RATIO_TO_REPORT(qty) OVER (ORDER BY salesid) FROM winsales", "ERROR: ratio_to_report takes no ORDER BY", "RATIO_TO_REPORT window function"),
    Failing("(SELECT id FROM people LIMIT 1) INTERSECT SELECT 1", "ERROR: LIMIT may not be used within input to set operations.", "UNION, INTERSECT, and EXCEPT"),
    Failing("SELECT id FROM people WHERE COUNT(*) > 1", "ERROR: aggregates not allowed in WHERE clause", "Aggregate functions"),
    Failing("SELECT SUM(COUNT(*)) FROM people", "ERROR: aggregate function calls may not have nested", "Aggregate functions"),
    Failing("SELECT 9223372036854775807::DECIMAL(19,0) + '9999999999999999999'::DECIMAL(19,0)", "ERROR: Numeric data overflow", "Numeric types"),
    Failing("SELECT ''::INT", "ERROR: invalid input syntax for integer", "CAST and CONVERT functions"),
    Failing("SELECT '2024-01-01 10:00 nowhere'::TIMESTAMPTZ", "ERROR: not supported by the embedded Redshift: the time zone nowhere", "Datetime types"),
    Failing("SELEC 1", "ERROR: syntax error", "SELECT"),
    Failing("SELECT id, FROM people", "ERROR: syntax error", "SELECT"),
    Failing("SELECT name::VARCHAR(IF) FROM people", "ERROR: syntax error", "Character types"),
    Failing("SELECT 1; SELECT 2", "ERROR: cannot insert multiple commands", "ExecuteStatement"),
    Failing("SELECT 2147483648.0::INT", "ERROR: integer out of range", "Numeric types"),
    Failing("SELECT 9223372036854775808.5::BIGINT", "ERROR: bigint out of range", "Numeric types"),
    Failing("SELECT 9223372036854775807::FLOAT::BIGINT", "ERROR: bigint out of range", "Numeric types"),
    Failing("SELECT CAST(1e40 AS REAL)", "ERROR: value out of range: overflow", "Numeric types"),
    Failing("ALTER TABLE people ADD PRIMARY KEY (id)", "ERROR: cannot add a primary key to a nullable column", "ALTER TABLE"),
    Failing("CREATE TABLE keyed (id INT, PRIMARY KEY (nosuch))", 'ERROR: column "nosuch" does not exist', "CREATE TABLE"),
    Failing("DROP ROLE member", "ERROR: cannot drop this role since it has been granted on a user", "DROP ROLE"),
    Failing("GRANT ROLE nosuch TO PUBLIC", 'ERROR: role "nosuch" does not exist', "GRANT"),
    Failing("GRANT SELECT ON SCHEMA public TO PUBLIC", "ERROR: invalid privilege type SELECT for schema", "GRANT"),
    Failing("MERGE INTO people USING (SELECT id FROM people) x ON people.id = x.id REMOVE DUPLICATES", "ERROR: Source view/subquery in Merge statement cannot reference target table", "MERGE"),
    Failing("MERGE INTO people USING (SELECT 1 AS i UNION ALL SELECT 1) x ON people.id = x.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (x.i)", "ERROR: Found multiple matches to update the same tuple", "MERGE"),
    Failing("MERGE INTO people USING employee ON people.id = employee.id WHEN MATCHED THEN DELETE", "ERROR: syntax error", "MERGE"),
    Failing("MERGE INTO people p USING employee ON p.id = employee.id REMOVE DUPLICATES", "ERROR: syntax error", "MERGE"),
    Failing("MERGE INTO people USING employee ON people.id = employee.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (people.boss)", "ERROR: missing FROM-clause entry", "MERGE"),
    Failing("UPDATE people SET id = SUM(id)", "ERROR: cannot use aggregate function in UPDATE", "UPDATE"),
    Failing("SELECT 9999999999999999999::DECIMAL(19,0)", "ERROR: Numeric data overflow", "Numeric types"),
    Failing("SELECT CAST(9.3 AS DECIMAL(19,18))", "ERROR: Numeric data overflow", "Numeric types"),
    *(Failing(f"CREATE TABLE reserved ({word} INT)", f'ERROR: syntax error at or near "{word}"', "Reserved words") for word in ("user", "tag", "select", "order", "top", "sysdate")),
    *(Failing(f"CREATE TABLE {word} (a INT)", f'ERROR: syntax error at or near "{word}"', "Reserved words") for word in ("user", "null", "table")),
    *(Failing(sql, "ERROR: syntax error", "Reserved words") for sql in ("SELECT id desc FROM people", "SELECT tag FROM people", "SELECT id limit FROM people", "SELECT * FROM people outer JOIN sales ON TRUE", "SELECT * FROM people AS")),
    *(Failing(f"CREATE TABLE typed (a {word})", "ERROR: syntax error", "Data types") for word in ("STRING", "DOUBLE", "NUMBER", "INT64")),
    *(Failing(sql, "ERROR: syntax error", "SELECT") for sql in ("SELECT id FROM people ORDER BY id WHERE id = 1", "SELECT COUNT(*) FROM people LIMIT 1 WHERE id = 1", "SELECT COUNT(*) FROM people HAVING COUNT(*) > 1 GROUP BY id", "SELECT id FROM people GROUP BY id,",
    "SELECT id FROM people LIMIT 1, 2", "SELECT !TRUE", "SELECT id FROM people GROUP BY DISTINCT id", "SELECT 1 EXCEPT DISTINCT SELECT 2", "SELECT id FROM people OFFSET 2 ROWS", "SELECT COUNT(DISTINCT *) FROM people", "SELECT id IN () FROM people", "SELECT id FROM people GROUP BY", "SELECT 1e")),
    *(Failing(sql, "ERROR: syntax error", "INSERT") for sql in ("INSERT INTO empty_table SET a = 1", "INSERT empty_table VALUES (1, 'a')", "INSERT INTO TABLE empty_table VALUES (1, 'a')")),
    Failing("CREATE TABLE defaults (a INT DEFAULT b, b INT)", 'ERROR: column "b" does not exist', "CREATE TABLE"),
    Failing("CREATE TABLE defaults (a INT DEFAULT (SELECT 1))", "ERROR: cannot use subquery in default expression", "CREATE TABLE"),
    Failing("CREATE TABLE defaults (a INT DEFAULT 'x')", "ERROR: invalid input syntax for integer", "CREATE TABLE"),
    Failing("CREATE TABLE defaults (a INT DEFAULT, b INT)", "ERROR: syntax error", "CREATE TABLE"),
    Failing("CREATE TABLE twice (a INT PRIMARY KEY, b INT, PRIMARY KEY (b))", "ERROR: multiple primary keys", "CREATE TABLE"),
    *(Failing(f"CREATE TABLE twice {rest}", "ERROR: a table has one DISTKEY", "CREATE TABLE") for rest in ("(a INT DISTKEY, b INT DISTKEY)", "(a INT) DISTSTYLE KEY", "(a INT) DISTSTYLE ALL DISTKEY (a)")),
    Failing("CREATE TABLE twice (a INT SORTKEY, b INT) SORTKEY (b)", "ERROR: a table has SORTKEY once", "CREATE TABLE"),
    Failing("CREATE TABLE orphan (a INT REFERENCES nosuch (a))", 'ERROR: relation "nosuch" does not exist', "CREATE TABLE"),
    Failing("CREATE USER unsafe", "ERROR: syntax error", "CREATE USER"),
    Failing("CREATE USER unsafe PASSWORD 'short'", "ERROR: password must be", "CREATE USER"),
    Failing("ALTER TABLE empty_table RENAME TO #empty", "ERROR: a permanent table cannot be renamed", "ALTER TABLE"),
    Failing("SELECT id FROM people ORDER BY 'x'", "ERROR: non-integer constant in ORDER BY", "ORDER BY clause"),
    Failing("SELECT SUM(ROW_NUMBER() OVER (ORDER BY id)) FROM people", "ERROR: aggregate function calls may not have nested", "Window functions"),
    Failing("SELECT COUNT(*) FROM people GROUP BY 1", "ERROR: aggregates not allowed in GROUP BY clause", "GROUP BY clause"),
    Failing("SELECT NTH_VALUE(id, 0) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM people", "ERROR: the offset of NTH_VALUE", "NTH_VALUE window function"),
    Failing("SELECT DATE '0001-01-01' - 1", "ERROR: date or timestamp out of range", "Datetime types"),
    Failing("SELECT DATEADD(month, 2147483647, '2020-01-01')", "ERROR: timestamp out of range", "Datetime types"),
    Failing("SELECT id FROM people QUALIFY id = 1", "ERROR: QUALIFY needs a window function", "QUALIFY clause"),
    Failing('SELECT 1 AS ""', "ERROR: zero-length delimited identifier", "Names and identifiers"),
    *(Failing(sql, "ERROR: syntax error", "SELECT") for sql in ("SELECT .1.5", "SELECT EXTRACT(year, CURRENT_DATE)", "SELECT POSITION('a', 'abc')", "SELECT a.id FROM people a LEFT JOIN people b USING id", "SELECT id FROM people GROUP BY id WITH ROLLUP")),
    Failing("SELECT - -2147483648", "ERROR: integer out of range", "Numeric types"),
    Failing("ALTER TABLE compressed ALTER COLUMN v TYPE VARCHAR(9)", "ERROR: cannot alter type of a column with the encoding text255", "ALTER TABLE"),
]  # fmt: skip

# Refused by name: what stands on the right must be in the error.
REFUSED = [
    ("SELECT JSON_PARSE('[1]')", "json_parse"), ("SELECT 1::SUPER", "SUPER"), ("SELECT 1::HLLSKETCH", "HLLSKETCH"), ("SELECT list_sum([1])", ""),
    ("SELECT COUNT(*) FILTER (WHERE id = 1) FROM people", "FILTER"), ("SELECT DISTINCT ON (id) id FROM people", "DISTINCT"),
    ("SELECT * FROM people TABLESAMPLE (10)", "SAMPLE"), ("SELECT * EXCLUDE (id) FROM people", "STAR"), ("SELECT id FROM people, LATERAL (SELECT 1) x", "LATERAL"),
    ("CREATE FUNCTION f() RETURNS INT AS $$ SELECT 1 $$ LANGUAGE sql", "CREATE FUNCTION"), ("CREATE PROCEDURE p() AS $$ BEGIN END; $$ LANGUAGE plpgsql", "CREATE PROCEDURE"),
    ("CREATE EXTERNAL SCHEMA s FROM DATA CATALOG", "CREATE EXTERNAL"), ("CREATE MATERIALIZED VIEW m AS SELECT 1", "CREATE MATERIALIZED"),
    ("CREATE DATASHARE d", "CREATE DATASHARE"), ("CALL p()", "CALL"), ("SHOW TABLES", "SHOW"), ("VACUUM", "VACUUM"), ("SELECT md5(1), levenshtein('a','b')", "levenshtein"),
    ("COPY people FROM 's3://warehouse-bucket/x' IAM_ROLE default FORMAT AS PARQUET", "PARQUET"), ("COPY people FROM 's3://warehouse-bucket/x' IAM_ROLE default BZIP2", "BZIP2"),
    ("COPY people FROM 's3://warehouse-bucket/x' IAM_ROLE default JSON 'auto'", "JSON"), ("UNLOAD ('SELECT 1') TO 's3://warehouse-bucket/x' IAM_ROLE default PARQUET", "PARQUET"),
    ("SELECT strftime(DATE '2024-01-01', '%Y')", "strftime"), ("SELECT string_agg(name, ',') FROM people", "string_agg"), ("SELECT unnest([1])", ""),
    ("SELECT (1,2) = (1,2)", "rows"), ("SELECT 1 = ANY (SELECT 1)", "ANY"), ("SELECT id FROM people WHERE name = 5", "CAST"), ("SELECT CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
    ("SELECT DATEDIFF(week,'2024-01-06','2024-01-07')", "weeks"), ("SELECT DATEDIFF(week,'2024-01-07','2024-01-08')", "weeks"),
    ("SELECT 'a' x EXCEPT SELECT 'a '", "ends in blanks"), ("SELECT ratio::INT FROM people WHERE id = 4", "rounded or cut"), ("SELECT @ -5", "operator @"), ("SELECT name, (SELECT COUNT(*) FROM people b WHERE b.name = a.name) FROM people a GROUP BY name", "a VARCHAR of GROUP BY"), ("SELECT name FROM people a GROUP BY name HAVING EXISTS (SELECT 1 FROM people b WHERE b.name = a.name)", "a VARCHAR of GROUP BY"), ("SELECT LEN(REPEAT('a', 70000))", "65535"), ("SELECT CURRENT_NAMESPACE", "CURRENT_NAMESPACE"), ("SELECT id FROM people WHERE active = 1", "boolean"), ("SELECT REGEXP_SUBSTR('abcd', 'ab|abcd')", "alternative"),
    ("SELECT DATEADD(day, 1, name) FROM people", "CAST"),
    ("SELECT p.id FROM people p LEFT JOIN sales ON salesid = (SELECT MAX(qty) FROM winsales w WHERE w.sellerid = p.id)", "outer join"),
    ("SELECT salesid, (SELECT COUNT(*) FROM people WHERE people.id = winsales.sellerid) AS list FROM winsales GROUP BY list, salesid", "GROUP BY"), ("SELECT SUM(qty) OVER (PARTITION BY 'a') FROM winsales", "constants"),
    ("CREATE TABLE no_seed (id INT IDENTITY NOT NULL)", "IDENTITY"),
    ("SELECT 5 # 3", "operator #"),
    ("SELECT APPROXIMATE PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY id) FROM people", "APPROXIMATE"), ("ALTER TABLE people DROP CONSTRAINT pk", "CONSTRAINT"),
    ("SELECT id FROM other.public.people", "database"), ("ATTACH RLS POLICY p ON people TO PUBLIC", "ATTACH"), ("SELECT CONVERT_TIMEZONE('GMT', 'NEWZONE +2', SYSDATE)", "time zone"),
    ("SELECT NULL = NULL IS NULL", "parentheses"), ("SELECT 1 < 2 = TRUE", "parentheses"), ("SELECT COUNT(*) FROM svl_qlog", "svl_qlog"), ("SELECT * FROM stl_load_errors", "stl_load_errors"), ("SELECT * FROM pg_views", "pg_views"), ("SELECT SHA2(name, 512) FROM people", "SHA2"),
    ("VALUES (1)", "VALUES"), ("SELECT * FROM (VALUES (1)) v", "VALUES"), ("SELECT SUM(id) OVER (ORDER BY id RANGE UNBOUNDED PRECEDING) FROM people", "RANGE"),
    ("SELECT TRY_CAST('abc' AS INTEGER)", "TryCast"), ("SELECT CRC32('Amazon Redshift')", "function crc32"), ("SELECT QUOTE_IDENT('MLB')", "function quote_ident"),
    ("SELECT STRTOL('0xf', 16)", "function strtol"), ("SELECT NEXT_DAY('2014-08-20', 'Tuesday')", "function next_day"), ("SELECT DATE_CMP('2014-08-20', '2014-08-21')", "function date_cmp"),
    ("SELECT ||/ 27", "Cbrt"), ("SELECT |/ 25", "Sqrt"), ("SELECT EXTRACT(century FROM TIMESTAMP '2000-12-16 12:21:13')", "datepart century"),
    ("SELECT * FROM (SELECT partname, price FROM part) PIVOT (AVG(price) FOR partname IN ('prop', 'rudder', 'wing'))", "PIVOT"),
    ("SELECT * FROM part UNPIVOT (cnt FOR color IN (quality, price))", "PIVOT"), ("SELECT sellerid, SUM(qty) FROM winsales GROUP BY ALL", "GROUP with ALL"),
    ("SELECT id FROM people WHERE (id, boss) IN ((2, 1), (4, 2))", "rows"),
    ("SELECT REGEXP_SUBSTR('the fox', 'FOX', 1, 1, 'i')", "parameters"), ("SELECT REGEXP_REPLACE('the fox', 'FOX', 'x', 1, 'i')", "parameters"), ("SELECT REGEXP_REPLACE('abc', '(b)', '$1')", "plain text"),
    ("SELECT REGEXP_INSTR('abc', 'b')", "function regexp_instr"), ("SELECT REGEXP_COUNT('the fox', 'FOX', 1, 'i')", "parameters"), ("SELECT 'abc' SIMILAR TO '_b_'", "SimilarTo"),
    ("SET query_group TO 'x'", "SET"), ("ANALYZE COMPRESSION people", "COMPRESSION"), ("ANALYZE people PREDICATE COLUMNS", "PREDICATE"),
    ("SELECT TO_CHAR(-125.8, '999D99S')", "numeric format 999D99S"), ("SELECT TO_CHAR(618.80, 'rn')", "numeric format rn"), ("SELECT TO_CHAR(1, 'MI9')", "numeric format MI9"),
    ("SELECT TO_NUMBER('12,454.8-', '99G999D9S')", "function to_number"), ("SELECT 'today'::DATE", "today"), ("COMMENT ON SCHEMA public IS 'people'", "COMMENT ON SCHEMA"), ("SELECT id INTO copied FROM people", "INTO"),
    ("ALTER TABLE people OWNER TO me", "OWNER"), ("SELECT id FROM people NATURAL JOIN sales", "NATURAL"), ("SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY id DESC) FROM people", "descending"),
    ("SELECT CASE WHEN FALSE THEN SUBSTRING('a', 1, -1) END", "a constant part of CASE"), ("SELECT CASE WHEN id > 9 THEN 'a' WHEN LEFT('b', -1) = '' THEN 'c' END FROM people", "a constant part of CASE"),
    ("SELECT COALESCE(name, RIGHT('a', -1)) FROM people", "a constant part of COALESCE"), ("SELECT id FROM people WHERE FALSE AND 1.5 / 0 = 1", "a constant part of AND"),
    ("CREATE TABLE later (id INT GENERATED BY DEFAULT AS IDENTITY(1, 1))", "GENERATED"), ("CREATE TABLE caseless (a VARCHAR(5) COLLATE CASE_INSENSITIVE)", "COLLATE"),
    ("SELECT REPEAT('ab', 2147483647)", "65535"), ("SELECT LPAD('ab', 2147483647)", "65535"), ("SELECT RPAD(name, 2147483647, 'x') FROM people", "65535"),
    ("CREATE TABLE downward (id INT IDENTITY(5, -1))", "negative"),
    ("GRANT SELECT (id) ON people TO PUBLIC", "SELECT ( ... as a privilege"), ("GRANT USAGE ON LANGUAGE plpythonu TO PUBLIC", "LANGUAGE"), ("GRANT CREATE TABLE TO PUBLIC", "CREATE TABLE"), ("GRANT SELECT FOR TABLES IN SCHEMA public TO PUBLIC", "SELECT FOR"), ("CREATE ROLE outside EXTERNALID 'x'", "EXTERNALID"),
    ("SELECT TO_DATE('2020/01/05', 'YYYY-MM-DD')", "what parts them"), ("WITH x AS (SELECT 1 AS a) INSERT INTO empty_table (a) SELECT a FROM x", "INSERT as a query"),
    ("INSERT INTO empty_table AS e (a) VALUES (1)", "ALIAS"),
    ("SET search_path TO public", "SET"),
    ("SELECT TO_CHAR(TIMESTAMP '2020-01-01 00:05:06', 'SSSS')", "SSSS"), ("SELECT TO_CHAR(12, 'SG99')", "SG99"), ("SELECT TO_CHAR(99.995, '99.99')", "does not fit"), (f"SELECT LEN('{'x' * 65536}')", "string literal"), ("SELECT 'a' ILIKE 'b' ESCAPE 'x'", "ILIKE"),
    ("CREATE SCHEMA bounded QUOTA 50 GB", "QUOTA"), ("SELECT DATE '2020-01-01' + INTERVAL '1 day ago'", "1 day ago"), (f"SELECT 1 AS {'a' * 128}", "127 bytes"), ("SELECT name:a FROM people", "SUPER"),
    ("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY dateid) FROM winsales", "PERCENTILE_CONT of a date"), ("SELECT id = 1, COUNT(*) FROM people GROUP BY ROLLUP (id = 1)", "ROLLUP"), ("SELECT GROUPING(1) FROM people", "GROUPING"),
    ("UNLOAD ($$SELECT 1$$) TO 's3://warehouse-bucket/x' IAM_ROLE default CSV", "dollar-quoted"), ("COPY JOB CREATE j", "COPY JOB"), ("DELETE people FROM people", "before FROM"),
    ("SELECT * FROM people WHERE id IS DISTINCT FROM 2", "NullSafe"), ("SELECT ROUND(1.5, big) FROM people", "these types for round"),
]  # fmt: skip
