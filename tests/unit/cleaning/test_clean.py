"""The engine against the oracle: to the byte and to the count, at every place where a block may end."""

import csv
import gzip
import io
import os
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generate_purchases import DIRT, HEADER, SPELLINGS, Dirt, purchase, records
from retail_etl.contract import shipped_contract
from tests.unit.cleaning.compare import assert_same

SAMPLE = Path(__file__).parents[3] / "samples" / "purchases_sample.csv"
REAL_DATA = os.environ.get("ETL_REAL_DATA")
CONTRACT = shipped_contract()
SHORT_RECORDS = replace(CONTRACT, max_record_bytes=400)


def test_the_shipped_sample() -> None:
    outcome = assert_same(SAMPLE.read_bytes(), CONTRACT)
    assert outcome is not None
    assert outcome.refusal is None
    assert outcome.rows_rejected > 0
    assert outcome.duplicates_dropped > 0
    assert outcome.months == {"2025-06"}


def test_the_sample_is_what_the_generator_makes_of_it() -> None:
    lines = records(1000, date(2025, 6, 1), date(2025, 6, 30), Dirt(0.33333, 0.03, 0.02), seed=6)
    assert SAMPLE.read_bytes() == HEADER.encode() + b"".join(lines)


@pytest.mark.skipif(REAL_DATA is None, reason="ETL_REAL_DATA names no folder")
@pytest.mark.parametrize("name", ["Walmart_customer_purchases.csv", "walmart_2000_rows_slash_dates.csv"])
def test_real_files(name: str) -> None:
    outcome = assert_same((Path(REAL_DATA or "") / name).read_bytes(), CONTRACT)
    assert outcome is not None
    assert outcome.rows_clean == outcome.rows_read


@pytest.mark.parametrize("seed", range(8))
def test_generated_files(seed: int) -> None:
    lines = records(3000, date(2024, 1, 1), date(2024, 12, 31), Dirt(0.5, 0.1, 0.1), seed)
    raw = HEADER.encode() + b"".join(lines)
    dice = random.Random(seed)
    assert_same(raw, CONTRACT, block_bytes=dice.randrange(1, len(raw)))
    assert_same(gzip.compress(raw), CONTRACT, block_bytes=dice.randrange(1000, len(raw)))


def test_more_rows_than_are_written_at_once() -> None:
    lines = records(20_000, date(2024, 1, 1), date(2024, 12, 31), Dirt(), seed=1)
    assert_same(HEADER.encode() + b"".join(lines), CONTRACT, block_bytes=4 << 20)


@pytest.mark.parametrize("ends", [("Purchase_Amount", "Customer_ID"), ("Customer_ID", "Purchase_Amount")])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_in_another_order(ends: tuple[str, str], line_end: str, delimiter: str) -> None:
    """Ids and amounts at the very start and end of the text, where fewer than eight bytes are left to read."""
    names = HEADER.strip().split(",")
    order = [names.index(ends[0]), *(names.index(name) for name in names if name not in ends), names.index(ends[1])]
    lines = records(150, date(2024, 1, 1), date(2024, 12, 31), Dirt(0.5, 0.1, 0.1), seed=3)
    rows = csv.reader([HEADER, *(line.decode("cp1252") for line in lines)])
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(
        [row[place] for place in order] for row in rows if len(row) == len(names)
    )
    for block_bytes in (50, 1000, 1 << 20):
        outcome = assert_same(text.getvalue().encode(), SHORT_RECORDS, block_bytes)
        assert outcome is not None
        assert outcome.rows_clean > 0


@pytest.mark.parametrize("text", ["\n\n\n\r", "\r\n\r", "\n\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [*range(1, 12)])
def test_blank_lines_at_the_border_of_a_block(text: str, block_bytes: int) -> None:
    row = ",".join(purchase([date(2025, 6, 1)], random.Random(1)))
    assert_same(f"{HEADER}{text}{row}{text}{row}\n".encode(), SHORT_RECORDS, block_bytes)


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 5, 7, 16, 61, 256])
def test_small_blocks(block_bytes: int) -> None:
    lines = records(60, date(2024, 1, 1), date(2024, 12, 31), Dirt(0.5, 0.2, 0.1), seed=block_bytes)
    raw = HEADER.encode() + b"".join(lines)
    assert_same(raw, SHORT_RECORDS, block_bytes)
    assert_same(raw.replace(b"\n", b"\r\n"), SHORT_RECORDS, block_bytes)
    assert_same(b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r"), SHORT_RECORDS, block_bytes)
    assert_same(raw.decode("utf-8", "ignore").encode("utf-16"), SHORT_RECORDS, block_bytes)
    assert_same(gzip.compress(raw.decode("utf-8", "ignore").encode("utf-16")), SHORT_RECORDS, block_bytes)
    assert_same(gzip.compress(b"\xef\xbb\xbf" + raw), SHORT_RECORDS, block_bytes)


# --- files that hypothesis writes -----------------------------------------------------------------------------------

ODD_TEXTS = st.one_of(
    st.sampled_from([text for _, texts in DIRT for text in texts]),
    st.text(max_size=12),
    st.text("aZ é\u212aßŉǆİΣς-/(&'\"\u00a0\u2028\x85\x1c\0\t1,.$", max_size=10),
    st.from_regex(r"[+-]?[0-9]{0,5}(,[0-9]{2,3})?(\.[0-9]{0,4})?( ?USD)?", fullmatch=True),
    st.from_regex(r"(\$|usd )?[0-9]{1,5}(\.[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"(19|20)[0-9]{2}-[01]?[0-9]-[0-3]?[0-9]", fullmatch=True),
    st.from_regex(r"2024-2-9[ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.0)?)?(Z|[+-]0[0-9]:?[03]0)?", fullmatch=True),
    st.from_regex(r"[0-3]?[0-9] [JFMASONDjfmasond][a-zA-Z]{2} 20[0-9]{2}", fullmatch=True),
)  # fmt: skip


@st.composite
def field(draw: st.DrawFn) -> str:
    text: str = draw(ODD_TEXTS)
    how = draw(st.sampled_from(["plain", "plain", "quoted", "padded", "upper", "lower"]))
    match how:
        case "quoted":
            return '"' + text.replace('"', '""') + '"'
        case "padded":
            return f" {text}\u00a0 "
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
    return text


@st.composite
def record(draw: st.DrawFn) -> str:
    dice = random.Random(draw(st.integers(0, 5)))
    values = purchase([date(2024, 2, 29), date(2025, 6, 1)], dice)
    for place, spelling in draw(st.lists(st.sampled_from(SPELLINGS), max_size=2)):
        values[place] = spelling(values[place], dice)
    for place in draw(st.lists(st.integers(0, len(values) - 1), max_size=2)):
        values[place] = draw(field())
    if draw(st.integers(0, 20)) == 0:
        values = values[: draw(st.integers(0, 14))]
    return ",".join(values)


@st.composite
def raw_file(draw: st.DrawFn) -> bytes:
    line_ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r", "\n\n", "\r\r\n", "\n \t\n"]]))
    lines = [HEADER.strip(), *draw(st.lists(record(), max_size=8))]
    text = "".join(line + draw(st.sampled_from(line_ends)) for line in lines)
    text = text.rstrip("\r\n") if draw(st.booleans()) else text
    raw = text.encode("utf-8", "surrogatepass") if draw(st.booleans()) else text.encode("cp1252", "ignore")
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(raw)))
        raw = raw[:place] + draw(st.sampled_from([b'"', b",", b"\r", b"\n", b'""', b"\xe9", b"\0", b" "])) + raw[place:]
    return raw


@settings(
    max_examples=int(os.environ.get("ETL_EXAMPLES", "200")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(raw=raw_file(), block_bytes=st.sampled_from([1, 7, 64, 1000, 1 << 16]))
def test_any_file(raw: bytes, block_bytes: int) -> None:
    assert_same(raw, SHORT_RECORDS, block_bytes)
