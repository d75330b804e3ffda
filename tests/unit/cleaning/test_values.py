"""The contract, value by value and file by file, with answers worked out by hand from its text."""

import csv
import gzip
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from generate_purchases import HEADER
from retail_etl.contract import Amount, shipped_contract
from tests.unit.cleaning.compare import assert_same, cleaned

CONTRACT = shipped_contract()
NAMES = HEADER.strip().lower().split(",")
ROW = "c-1,41,Male,Tulsa,Home,Lamp,2024-05-06,12.50,UPI,Yes,4,No"
USUAL = dict(zip(NAMES, ROW.split(","), strict=True))
OTHER = "c-2,30,Other,Omaha,Home,Lamp,2024-05-07,1.00,UPI,No,1,No"  # a good row beside the one in question

VALUES: dict[str, list[tuple[str, str]]] = {  # (as delivered, as cleaned; ":code" where it is a reject)
    "customer_id": [
        ("a" * 64, "a" * 64),
        ("a" * 65, ":pattern"),
        ("  aB-9._  ", "aB-9._"),
        ("a b", ":pattern"),
        ("é", ":pattern"),
        ("a\u0301", ":pattern"),
        ("\u212a1", "K1"),  # the Kelvin sign is K in NFC
        ("\uff11", ":pattern"),
        ("=1", ":pattern"),
        ("--", "--"),
        ("-", ":missing"),
        ("", ":missing"),
        (" \u00a0\t", ":missing"),
        ("n/A", ":missing"),
        ("NONE", ":missing"),
        ("NaN", ":missing"),
        ("nul", "nul"),
    ],
    "age": [
        ("1", "1"),
        ("120", "120"),
        ("0", ":out_of_range"),
        ("-0", ":out_of_range"),
        ("121", ":out_of_range"),
        ("-5", ":out_of_range"),
        ("+5", "5"),
        ("005", "5"),
        ("41.000", "41"),
        ("41.", ":not_a_number"),
        ("41.5", ":not_a_number"),
        ("4 1", ":not_a_number"),
        ("+ 5", ":not_a_number"),
        ("1e1", ":not_a_number"),
        ("1_0", ":not_a_number"),
        ("\u0664\u0661", ":not_a_number"),
        ("\u00b2", ":not_a_number"),
        ("forty", ":not_a_number"),
        ("null", ""),
        ("\u2003-\u2003", ""),
    ],
    "gender": [("M", "Male"), (" fEMALE ", "Female"), ("o", "Other"), ("mal", ":not_allowed"), ("N/A", "")],
    "city": [
        ("new york", "New York"),
        ("NEW  \u00a0YORK", "New York"),
        ("New YORK", "New YORK"),
        ("NYC", "NYC"),
        ("LA-5 X", "LA-5 X"),  # three letters
        ("LAXX", "Laxx"),
        ("n.y.c", "N.y.c"),
        ("winston-salem/st. (old)&new", "Winston-Salem/St. (Old)&New"),
        ("coeur d'alene", "Coeur D'alene"),
        ("o\u2019fallon", "O\u2019fallon"),
        ("2nd street", "2nd Street"),
        ("1\u00aaBIS", "1\u00aaBIS"),  # the ordinal sign is a lower-case letter: neither case throughout
        ("sa\u0303o paulo", "S\u00e3o Paulo"),
        ("\u00e9vry", "\u00c9vry"),
        ("e\u0301vry", "\u00c9vry"),
        ("\u01c6", "\u01c4"),
        ("\u00dfen", "SSen"),
        ("\u0130ZM\u0130R", "\u0130zmi\u0307r"),
        ("\u039f\u0394\u039f\u03a3", "\u039f\u03b4\u03bf\u03c3"),  # each letter by itself: no final sigma
        ("\u6771\u4eac", "\u6771\u4eac"),
        ("\u0661", "\u0661"),
        ("-x", ":pattern"),
        ("(x)", ":pattern"),
        ("\u0301x", ":pattern"),
        ("_x", ":pattern"),
        ("a\x00b", ":pattern"),
        ("a\x7fb", ":pattern"),
        ("a\u0080b", ":pattern"),
        ("a\x1cb", "A B"),  # str.split() takes it for a space
        ("a\u0085b", "A B"),
        ("a\tb\x0bc", "A B C"),
        ("a\u200bb", "A\u200bb"),  # neither a space nor a control character
        ("A" * 128, "A" + "a" * 127),
        ("a" * 129, ":too_long"),
        ("\u00e9" * 64, "\u00c9" + "\u00e9" * 63),
        ("\u00e9" * 64 + "x", ":too_long"),
        ("\u0149" + "x" * 126, ":too_long"),  # 128 bytes as it stands, 129 as \u02bcN…
        ("\u00e9" + "e\u0301" * 63, "\u00c9" + "\u00e9" * 63),  # 191 bytes before NFC
        ("=" + "x" * 200, ":pattern"),  # before too_long
        ("null", ":missing"),
        ("none of it", "None Of It"),
        ("<script>", ":pattern"),
        ("5\u2033 <b>", "5\u2033 <b>"),
    ],
    "category": [("HOME", "Home"), ("ho me", ":not_allowed"), ("-", ":missing"), ("Cloth\u0131ng", ":not_allowed")],
    "product_name": [
        ("t-shirt", "T-Shirt"),
        ("T-SHIRT", "T-Shirt"),
        ("sofa  COVER", "Sofa Cover"),
        ("MEN'S SOCKS", "Men's Socks"),
        ("TV", "TV"),
        ("tv", "Tv"),
        ("iPhone", "iPhone"),
        ("face cream (50ml)", "Face Cream (50ml)"),
        ("4K TV", "4K TV"),
        ("4K TVSX", "4k Tvsx"),
        ("a&b/c-d", "A&B/C-D"),
    ],
    "purchase_date": [
        ("2024-5-6", "2024-05-06"),
        ("2024/05/06", "2024-05-06"),
        ("5/6/2024", "2024-05-06"),
        ("6 mAY 2024", "2024-05-06"),
        ("06 May 2024", "2024-05-06"),
        ("6 May  2024", "2024-05-06"),
        ("6 June 2024", ":not_a_date"),
        ("6-May-2024", ":not_a_date"),
        ("May 6 2024", ":not_a_date"),
        ("6 Mai 2024", ":not_a_date"),
        ("13/05/2024", ":not_a_date"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", ":not_a_date"),
        ("2000-02-29", "2000-02-29"),
        ("2000-01-01", "2000-01-01"),
        ("1999-12-31", ":out_of_range"),
        ("2099-12-31", "2099-12-31"),
        ("2100-01-01", ":out_of_range"),
        ("0000-01-01", ":not_a_date"),
        ("24-05-06", ":not_a_date"),
        ("02024-05-06", ":not_a_date"),
        ("2024-005-06", ":not_a_date"),
        ("20240506", ":not_a_date"),
        ("2024-05", ":not_a_date"),
        ("+2024-05-06", ":not_a_date"),
        ("\uff12\uff10\uff12\uff14-05-06", ":not_a_date"),
        ("2024-05-06 00:00", "2024-05-06"),
        ("2024-5-6T23:59:59.123456789Z", "2024-05-06"),
        ("2024-05-06 09:30:00+05:30", "2024-05-06"),
        ("2024-05-06T09:30-0800", "2024-05-06"),
        ("2024-05-06T24:00", ":not_a_date"),
        ("2024-05-06T09:60", ":not_a_date"),
        ("2024-05-06T09:30:60", ":not_a_date"),
        ("2024-05-06T09:30+24:00", ":not_a_date"),
        ("2024-05-06T9:30", ":not_a_date"),
        ("2024-05-06T09", ":not_a_date"),
        ("2024-05-06t09:30", ":not_a_date"),
        ("2024-05-06T09:30z", ":not_a_date"),
        ("2024-05-06T09:30:00.", ":not_a_date"),
        ("2024-05-06 09:30 AM", ":not_a_date"),
        ("2024/05/06 09:30", ":not_a_date"),
        ("5/6/2024 09:30", ":not_a_date"),
        ("45418", ":not_a_date"),
        ("nan", ":missing"),
    ],
    "purchase_amount": [
        ("0.01", "0.01"),
        ("0.005", "0.01"),
        ("0.00499999999999999999999999999999999999", ":out_of_range"),
        ("10000", "10000.00"),
        ("10000.00499999", "10000.00"),
        ("10000.005", ":out_of_range"),
        ("2.675", "2.68"),
        ("1.005", "1.01"),
        ("7", "7.00"),
        ("007.1", "7.10"),
        ("+7.1", "7.10"),
        ("-7.1", ":out_of_range"),
        ("-0", ":out_of_range"),
        ("$ 1,234.565", "1234.57"),
        ("$1234.5", "1234.50"),
        ("usd 12", "12.00"),
        ("USD12", "12.00"),
        ("12uSd", "12.00"),
        ("12  USD", "12.00"),
        ("$+7", "7.00"),
        ("$-7", ":out_of_range"),
        ("-$7", ":not_a_number"),
        ("7$", ":not_a_number"),
        ("$$7", ":not_a_number"),
        ("$7 USD", ":not_a_number"),
        ("USD 7 USD", ":not_a_number"),
        ("USD$7", ":not_a_number"),
        ("USD", ":not_a_number"),
        ("$", ":not_a_number"),
        ("EUR 7", ":not_a_number"),
        ("1,234", "1234.00"),
        ("0,001.5", "1.50"),
        ("12,34", ":not_a_number"),
        ("261,96", ":not_a_number"),
        ("1,2345", ":not_a_number"),
        ("1234,567", ":not_a_number"),
        (",123", ":not_a_number"),
        ("1,234,567", ":out_of_range"),
        ("1.5,000", ":not_a_number"),
        (".5", ":not_a_number"),
        ("5.", ":not_a_number"),
        ("1 234", ":not_a_number"),
        ("1'234", ":not_a_number"),
        ("1e3", ":not_a_number"),
        ("inf", ":not_a_number"),
        ("-nan", ":not_a_number"),
        ("nan", ":missing"),
        ("0x10", ":not_a_number"),
        ("1_000", ":not_a_number"),
        ("\u0665.00", ":not_a_number"),
        ("12\u00a0USD", "12.00"),
        ("12.50" + "0" * 400, "12.50"),
        ("9" * 400, ":out_of_range"),
    ],
    "payment_method": [
        ("COD", "Cash on Delivery"),
        ("Cash_On_Delivery", "Cash on Delivery"),
        ("cash  on delivery", "Cash on Delivery"),
        ("upi", "UPI"),
        ("card", ":not_allowed"),
        ("na", ":missing"),
    ],
    "discount_applied": [
        ("Y", "Yes"), ("TRUE", "Yes"), ("1", "Yes"), ("n", "No"), ("False", "No"), ("0", "No"),
        ("1.0", ":not_allowed"), ("2", ":not_allowed"), ("-", ""),
    ],
    "rating": [
        ("4.0", "4"), ("5.000", "5"), ("+5", "5"), ("4.5", ":not_a_number"), ("0", ":out_of_range"),
        ("6", ":out_of_range"), ("5.0.0", ":not_a_number"), ("-1.0", ":out_of_range"), ("", ""),
    ],
    "repeat_customer": [("true", "Yes"), ("N", "No"), ("t", ":not_allowed"), ("none", "")],
}  # fmt: skip


@pytest.mark.parametrize("column", VALUES)
def test_values(column: str) -> None:
    delivered, wanted = zip(*VALUES[column], strict=True)
    rows = [{**USUAL, "customer_id": f"c-{number}", column: value} for number, value in enumerate(delivered)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(row.values() for row in rows)
    raw = (HEADER + out.getvalue()).encode()
    _, clean_csv, rejects_csv = cleaned(raw, CONTRACT)
    rejects = csv.DictReader(io.StringIO(rejects_csv.decode(), newline=""))
    reasons = {int(reject["line"]) - 2: f":{reject['reasons'].removeprefix(column + ':')}" for reject in rejects}
    clean_rows = csv.DictReader(io.StringIO(clean_csv.decode(), newline=""))
    found = [reasons[number] if number in reasons else next(clean_rows)[column] for number in range(len(rows))]
    assert dict(zip(delivered, found, strict=True)) == dict(zip(delivered, wanted, strict=True))
    assert_same(raw, CONTRACT)


CLEAN = f"{ROW},2024-05,35-44\n"
OTHER_CLEAN = "c-2,30,Other,Omaha,Home,Lamp,2024-05-07,1.00,UPI,No,1,No,2024-05,25-34\n"


def backwards(record: str) -> str:
    return ",".join(reversed(record.split(","))) + "\n"


FILES = {  # name: (raw, records of the clean CSV, of the rejects CSV)
    "one reason a column, in contract order": (
        f'{HEADER}{OTHER}\n,0,x,-,,?,1999-01-01,$,cash,maybe,4.5,2\n',
        OTHER_CLEAN,
        "3,customer_id:missing;age:out_of_range;gender:not_allowed;city:missing;category:missing;"
        "product_name:pattern;purchase_date:out_of_range;purchase_amount:not_a_number;"
        "payment_method:not_allowed;discount_applied:not_allowed;rating:not_a_number;"
        'repeat_customer:not_allowed,",0,x,-,,?,1999-01-01,$,cash,maybe,4.5,2"\n',
    ),
    "contract order, whatever the order of the file": (
        backwards(HEADER.strip()) + backwards(OTHER) + backwards(ROW.replace("No", "x").replace("c-1", "c 1")),
        OTHER_CLEAN,
        "3,customer_id:pattern;repeat_customer:not_allowed,"
        '"x,4,Yes,UPI,12.50,2024-05-06,Lamp,Home,Tulsa,Male,41,c 1"\n',
    ),
    "lines are physical, blank ones and quoted ones as well": (
        "\n \t\r\r\n" + HEADER + "\n" + ROW.replace("Tulsa", '"Tul\r\nsa\n"') + f"\n\t\n{OTHER},\r\n{OTHER}\r{OTHER}",
        CLEAN.replace("Tulsa", "Tul sa") + OTHER_CLEAN,
        f'10,row:too_many_fields,"{OTHER},"\n',
    ),
    "a record keeps its inner line ends and its spaces": (
        f'{HEADER}{OTHER}\n  c 1 ,"4\r\n1","Ma""le"\r\n',
        OTHER_CLEAN,
        '3,row:too_few_fields,"  c 1 ,""4\r\n1"",""Ma""""le"""\n',
    ),
    "spaces alone force no quotes": (
        f"{HEADER}{OTHER}\n  x y  \n",
        OTHER_CLEAN,
        "3,row:too_few_fields,  x y  \n",
    ),
    "quotes are forced by comma, quote, CR and LF only": (
        HEADER.replace(",", ";") + OTHER.replace(",", ";") + "\n a;'b'|c\t#\n" + 'x"\n"y\rz"\n',
        OTHER_CLEAN,
        "3,row:too_few_fields, a;'b'|c\t#\n" + '4,row:too_few_fields,"x"""\n5,row:too_few_fields,"""y\rz"""\n',
    ),
    "a quoted nothing is a record": (f'{HEADER}{OTHER}\n""\n', OTHER_CLEAN, '3,row:too_few_fields,""""""\n'),
    "a city with comma and quote": (
        HEADER + ROW.replace("Tulsa", '"Tulsa, ""OK"""') + "\n",
        CLEAN.replace("Tulsa", '"Tulsa, ""OK"""'),
        "",
    ),
    "a quote inside an unquoted field, and text behind a closing quote": (
        HEADER + ROW.replace("Tulsa", '5"a').replace("Lamp", '"La"mp"s') + "\n",
        CLEAN.replace("Tulsa", '"5""a"').replace("Lamp", '"Lamp""s"'),
        "",
    ),
    "a space before a quote makes it text": (
        HEADER + OTHER + "\n" + ROW.replace("Tulsa", ' "Tulsa"') + "\n",
        OTHER_CLEAN,
        '3,city:pattern,"' + ROW.replace("Tulsa", ' ""Tulsa""') + '"\n',
    ),
    "equal after cleaning: the first stays": (
        f"{HEADER}{ROW}\n{ROW.replace('12.50', '$12.5').replace('Male', 'M').replace('No', '0')}\n{OTHER}\n{ROW}\n",
        CLEAN + OTHER_CLEAN,
        "",
    ),
    "a reject is no duplicate": (
        f"{HEADER}{ROW}\n{OTHER}\nx\nx\n",
        CLEAN + OTHER_CLEAN,
        "4,row:too_few_fields,x\n5,row:too_few_fields,x\n",
    ),
    "tabs: a line of tabs is blank": (
        (HEADER + OTHER + "\n" + "," * 11 + "\n" + ROW + "\n").replace(",", "\t"),
        OTHER_CLEAN + CLEAN,
        "",
    ),
    "missing where it may be": (
        HEADER + "c-1,NA,n/a,Tulsa,Home,Lamp,2024-05-06,12.50,UPI,-,null,None\n",
        "c-1,,,Tulsa,Home,Lamp,2024-05-06,12.50,UPI,,,,2024-05,Unknown\n",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_files(name: str, block_bytes: int) -> None:
    raw, clean_rows, rejects = FILES[name]
    for packed in (raw.encode(), gzip.compress(raw.encode()), raw.encode("utf-16")):
        _, clean_csv, rejects_csv = cleaned(packed, CONTRACT, block_bytes)
        assert clean_csv.decode() == ",".join([*NAMES, "month", "age_group"]) + "\n" + clean_rows
        assert rejects_csv.decode() == "line,reasons,record\n" + rejects
        assert_same(packed, CONTRACT, block_bytes)


@pytest.mark.parametrize(
    ("age", "band"),
    [(1, "<18"), (17, "<18"), (18, "18-24"), (24, "18-24"), (25, "25-34"), (34, "25-34"), (35, "35-44"), (44, "35-44"),
     (45, "45-54"), (54, "45-54"), (55, "55-64"), (64, "55-64"), (65, "65+"), (120, "65+"), ("", "Unknown")],
)  # fmt: skip
def test_age_groups(age: object, band: str) -> None:
    _, clean_csv, _ = cleaned((HEADER + ROW.replace("41", str(age)) + "\n").encode(), CONTRACT)
    assert clean_csv.decode().endswith(f",2024-05,{band}\n")


def test_amounts_of_more_digits_than_decimal_keeps_by_itself() -> None:
    amount = "1" * 33
    rule = Amount(Decimal(0), Decimal(10) ** 36 - 1, scale=2, currencies=())
    columns = [replace(column, rule=rule) if isinstance(column.rule, Amount) else column for column in CONTRACT.columns]
    contract = replace(CONTRACT, columns=tuple(columns))
    raw = HEADER + ROW.replace("12.50", f"{amount}.005") + "\n" + ROW.replace("12.50", "-0.001") + "\n"
    _, clean_csv, _ = cleaned(raw.encode(), contract)
    assert [row["purchase_amount"] for row in csv.DictReader(io.StringIO(clean_csv.decode()))] == [
        f"{amount}.01",
        "0.00",
    ]
    assert_same(raw.encode(), contract)


def test_lines_that_are_not_utf_8() -> None:
    """A line by itself, also within quotes, is read as cp1252, and as latin-1 where that has no character."""
    rows = [
        ROW.encode().replace(b"Tulsa", b"\xc9vry \x80\x81"),
        OTHER.encode().replace(b"Omaha", b'"S\xc3\xa3o\n\xe9 \xc3\xa9\n\xc3\xa9"'),
    ]
    outcome, clean_csv, _ = cleaned(b"\n".join([HEADER.strip().encode(), *rows]), CONTRACT)
    cities = [row["city"] for row in csv.DictReader(io.StringIO(clean_csv.decode()))]
    assert outcome.recoded_lines == 2
    assert outcome.rows_rejected == 1  # \x81 is a control character
    assert cities == ["S\u00e3o \u00e9 \u00c3\u00a9 \u00e9"]
    assert_same(b"\n".join([HEADER.strip().encode(), *rows]), CONTRACT)


@pytest.mark.parametrize(("rejected", "refused"), [(1, False), (2, True)])
def test_refused_by_quality_beyond_a_twentieth(rejected: int, refused: bool) -> None:
    good = "".join(ROW.replace("c-1", f"c-{number}") + "\n" for number in range(20 - rejected))
    outcome, _, rejects_csv = cleaned(f"{HEADER}{good}{f'x{chr(10)}' * rejected}".encode(), CONTRACT)
    assert (outcome.refusal is not None) is refused
    assert (outcome.rows_read, outcome.rows_rejected) == (20, rejected)
    assert rejects_csv.count(b"row:too_few_fields") == rejected


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", ""])
@pytest.mark.parametrize(("length", "refused"), [(2**20, False), (2**20 + 1, True)])
@pytest.mark.parametrize("character", ["x", "\u00e9"])
def test_the_longest_record(line_end: str, length: int, refused: bool, character: str) -> None:
    """The limit counts UTF-8 bytes without the line end, however the file is encoded."""
    record = character * (length // len(character.encode())) + "x" * (length % len(character.encode()))
    for encoding in ("utf-8", "cp1252", "utf-16"):
        raw = f"{HEADER}{OTHER}\n{record}{line_end}".encode(encoding)
        assert (assert_same(raw, CONTRACT) is None) is refused


def test_extra_columns_are_reported_folded_in_file_order() -> None:
    raw = ",".join(["Z-1", *HEADER.strip().split(","), "", " Ünï  Code!", "z 1"]) + "\n" + f"9,{ROW},,x,\n"
    outcome, _, _ = cleaned(raw.encode(), CONTRACT)
    assert outcome.ignored_columns == ("z_1", "", "n_code", "z_1")
    assert outcome.rows_clean == 1
