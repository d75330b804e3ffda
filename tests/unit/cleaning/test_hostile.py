"""Files that nobody should send: each ends in rejects, or in one clear refusal."""

import gzip
import io
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from generate_purchases import HEADER
from retail_etl.cleaning import BinaryReader, clean, most_rows
from retail_etl.contract import shipped_contract
from retail_etl.errors import DeliveryRefused
from tests.unit.cleaning.compare import assert_same, cleaned

CONTRACT = shipped_contract()
DOCUMENT = Path(__file__).parents[3] / "docs" / "cleaning-performance.md"
NAMES = HEADER.strip()
ROW = "c-1,41,Male,Tulsa,Home,Lamp,2024-05-06,12.50,UPI,Yes,4,No"
FILE = f"{NAMES}\n{ROW}\n"


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", FILE)
    return out.getvalue()


BOMB = gzip.compress(FILE.encode() + b"\n" * 20_000_000)

REFUSED = {
    "empty": (b"", "the file is empty"),
    "blank lines only": (b" \n\t\r\n\n", "the file is empty"),
    "no header": (ROW.encode(), "the header on line 1 lacks customer_id, age"),
    "one column missing": (FILE.replace("Rating,", "").encode(), "the header on line 1 lacks rating"),
    "one column twice": (FILE.replace("Rating", "AGE").encode(), "lacks rating"),
    "duplicate header": (f"{NAMES},Age\n{ROW},41\n".encode(), "the header has age twice"),
    "another delimiter": (FILE.replace(",", "^").encode(), "the header on line 1 lacks"),
    "binary": (bytes(range(256)) * 40, "the header on line 1 lacks"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>Access denied</body></html>\n", "the header on line 1 lacks"),
    "XLSX": (zipped(), "ZIP archive, perhaps an Excel workbook"),
    "UTF-16 without its mark": (FILE.encode("utf-16-le"), "the header on line 1 lacks"),
    "UTF-16, cut off": (FILE.encode("utf-16")[:-1], "starts as UTF-16 but is not"),
    "UTF-16, half a pair": (b"\xff\xfe" + f"{FILE}\ud800x".encode("utf-16-le", "surrogatepass"), "UTF-16 but is not"),
    "gzip, cut off": (gzip.compress(FILE.encode())[:-9], "the gzip file is cut off"),
    "gzip, broken": (gzip.compress(FILE.encode())[:-8] + bytes(8), "the gzip file is broken"),
    "gzip, only its mark": (b"\x1f\x8b", "the gzip file is cut off"),
    "bytes after the gzip": (gzip.compress(FILE.encode()) + b"more", "the gzip file is broken"),
    "gzip bomb": (BOMB, "more than 1,000 times its size"),
    "quote open in the header": (f'"{FILE}'.encode(), "the header on line 1 lacks"),
    "quote open in the first record": (f'{NAMES}\n"{ROW}\n{ROW}\n{ROW}\n'.encode(), "line 2 is never closed"),
    "quote open in a middle record": (f'{FILE}"{ROW}\n{ROW}\n'.encode(), "line 3 is never closed"),
    "quote open in the last record": (f'{FILE}{ROW},"'.encode(), "line 3 is never closed"),
    "quote open over many records": (f'{FILE}"{ROW}\n{f"{ROW}{chr(10)}" * 40_000}'.encode(), "never closed"),
    "record of 1 MiB and a byte": (f"{FILE}{'x' * (2**20 + 1)}\n{ROW}\n".encode(), "longer than 1,048,576 bytes"),
    "record over many lines": ((f'{FILE}"' + "x\n" * 2**19 + f'x"\n{ROW}\n').encode(), "longer than 1,048,576 bytes"),
    "long only as UTF-8": (FILE.encode() + b"\xe9" * (2**19 + 1) + b"\n", "longer than 1,048,576 bytes"),
    "long behind blanks": (FILE.encode() + b" " * 2**21 + b"x\n", "longer than"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("block_bytes", [1 << 12, 1 << 22])
def test_refused_with_its_reason(name: str, block_bytes: int) -> None:
    raw, sentence = REFUSED[name]
    assert assert_same(raw, CONTRACT, block_bytes) is None
    with pytest.raises(DeliveryRefused) as refusal:
        cleaned(raw, CONTRACT, block_bytes)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


READ = {
    "as it should be": (FILE, {}),
    "no line end at the end": (FILE.rstrip(), {}),
    "carriage returns only": (FILE.replace("\n", "\r"), {}),
    "mixed line ends": (f"\r\n{NAMES}\r\r\n{ROW}\n \t\n\r{ROW}x\r\n", {"repeat_customer:not_allowed": 1}),
    "any order, more columns": (
        ",".join(["Store Nr.", *reversed(NAMES.split(",")), "", "Ünï-Code"])
        + "\n"
        + ",".join(["7", *reversed(ROW.split(",")), "", ""]),
        {},
    ),
    "header in other words": (FILE.replace("Customer_ID,Age", '" Customer  ID\n","__AGE__"'), {}),
    "tabs": (FILE.replace(",", "\t"), {}),
    "pipes": (FILE.replace(",", "|"), {}),
    "semicolons and decimal commas": (
        FILE.replace(",", ";").replace("12.50", "261,96"),
        {"purchase_amount:not_a_number": 1},
    ),
    "amount without its point": (FILE.replace("12.50", "1250000"), {"purchase_amount:out_of_range": 1}),
    "day before month": (FILE.replace("2024-05-06", "13/05/2024"), {"purchase_date:not_a_date": 1}),
    "formula in a text": (FILE.replace("Tulsa", '"=HYPERLINK(""http://x"")"'), {"city:pattern": 1}),
    "markup in a text": (FILE.replace("Tulsa", "<script>"), {"city:pattern": 1}),
    "zero bytes": (
        FILE.replace("Tulsa", "Tul\0sa").replace("c-1", "c\0"),
        {"customer_id:pattern": 1, "city:pattern": 1},
    ),
    "inch mark": (FILE.replace("Tulsa", '5" pipe').replace("Lamp", 'the 12" lamp'), {}),
    "text behind a quote": (FILE.replace("Tulsa", '"Tul"sa').replace("Lamp", '"La""mp" "x'), {}),
    "line ends in quotes": (FILE.replace("Tulsa", '"Tul\r\n\rsa"') + f"{ROW},\n" + ROW.replace("41", "x"), {}),
    "long number": (FILE.replace("12.50", f"0.{'9' * 6000}"), {}),
    "longer number": (FILE.replace("12.50", "9" * 6000), {"purchase_amount:out_of_range": 1}),
    "long whole number": (FILE.replace(",41,", f",{'0' * 6000}41.{'0' * 9000},"), {}),
    "longest record": (FILE + "x" * 2**20 + "\n", {"row:too_few_fields": 1}),
    "longest blank line": (FILE + " \t" * 2**21 + "\n" + ROW.replace("41", "42"), {}),
    "a row of accents": (FILE.replace("Tulsa", "e" + "\u0316\u0301" * 200_000), {"city:too_long": 1}),
    "10,000 columns": (
        f"{NAMES}{''.join(f',extra{number}' for number in range(9_988))}\n{ROW}{',' * 9_988}\n{ROW}\n",
        {"row:too_few_fields": 1},
    ),
    "header only": (NAMES, {}),
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("encoded", ["utf-8", "utf-8-sig", "utf-16", "gzip", "two gzip members, padded"])
def test_read_as_the_contract_says(name: str, encoded: str) -> None:
    text, reasons = READ[name]
    encode: dict[str, Callable[[], bytes]] = {
        "gzip": lambda: gzip.compress(text.encode()),
        "two gzip members, padded": lambda: (
            gzip.compress(text[:99].encode()) + gzip.compress(text[99:].encode()) + bytes(9)
        ),
    }
    raw = encode[encoded]() if encoded in encode else text.encode(encoded)
    if name == "a row of accents":  # the oracle would take too long
        outcome, _, _ = cleaned(raw, CONTRACT)
    else:
        compared = assert_same(raw, CONTRACT)
        assert compared is not None
        outcome = compared
    if reasons:
        assert outcome.reject_reasons == reasons


class Endless:
    """A file of one byte, over and over: as large as the test can wait for, and nowhere held."""

    def __init__(self, start: bytes, byte: bytes, size: int) -> None:
        self._start, self._byte, self._left, self.is_read_up = start, byte, size, False

    def read(self, size: int) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start
        size = min(size, self._left)
        self._left -= size
        self.is_read_up = not size
        return self._byte * (size // len(self._byte))


class Nowhere:
    def write(self, data: bytes | memoryview) -> None:
        pass


def growth(raw: BinaryReader) -> int:
    """By how many MiB this process grows at most while it cleans, whether the file is refused or not."""
    clean(io.BytesIO(FILE.encode()), CONTRACT, clean_out=Nowhere(), rejects_out=Nowhere())
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # proc(5): the peak starts anew
    before = _kib("VmRSS")
    with suppress(DeliveryRefused):
        clean(raw, CONTRACT, clean_out=Nowhere(), rejects_out=Nowhere())
    return (_kib("VmHWM") - before) // 1024


def _kib(name: str) -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1])


linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


@linux
@pytest.mark.parametrize("start", [b"", FILE.encode()])
@pytest.mark.parametrize("byte", [b"x", b"\xe9", b" ", b"\n", b'"', b",\n"])
def test_two_gigabytes_of_one_byte_take_little_memory(start: bytes, byte: bytes) -> None:
    size = 2 << 30 if b"\n" not in byte else 1 << 24
    raw = Endless(start, byte, size)
    assert growth(raw) < 200
    assert raw.is_read_up == (byte in (b"\n", b" ", b",\n") and (byte != b",\n" or bool(start)))


@linux
def test_texts_that_never_repeat_take_little_memory() -> None:
    """What is remembered of the texts of every column is bounded, whatever they are."""
    lines = (",".join(f"{row * 7919 % 99_991:05d}{column}!" for column in range(12)) + "\n" for row in range(99_991))
    assert growth(io.BytesIO((HEADER + "".join(lines)).encode())) < 180


def test_more_rows_than_the_memory_takes_are_refused() -> None:
    clean(io.BytesIO(FILE.encode()), CONTRACT, clean_out=Nowhere(), rejects_out=Nowhere(), max_rows=1)
    raw = f"{FILE}{ROW}\n".encode()
    for packed in (raw, gzip.compress(raw), raw.decode().encode("utf-16")):
        with pytest.raises(DeliveryRefused, match="more than 1 rows, the most that this function's memory takes"):
            clean(io.BytesIO(packed), CONTRACT, clean_out=Nowhere(), rejects_out=Nowhere(), max_rows=1)


@pytest.mark.parametrize(("memory_mb", "millions"), [(256, 0), (512, 6), (1024, 24), (1769, 50), (3538, 112)])
def test_rows_that_a_memory_size_takes(memory_mb: int, millions: int) -> None:
    assert most_rows(memory_mb) // 1_000_000 == millions
    assert memory_mb != 1769 or f"more than {most_rows(memory_mb):,} rows" in DOCUMENT.read_text("utf-8")
