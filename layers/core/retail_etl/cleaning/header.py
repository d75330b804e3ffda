"""The header: which delimiter the file has, and where in a record the contract's columns are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from retail_etl.cleaning.records import scan, split
from retail_etl.contract import Contract, fold_header
from retail_etl.errors import DeliveryRefused


@dataclass(frozen=True)
class Header:
    """`places` says which field of a record each column of the contract is; a record has `width` fields.

    `ignored` are the folded names of the other fields, in file order. The records start on line `next_line`.
    """

    delimiter: str
    places: dict[str, int]
    width: int
    ignored: tuple[str, ...]
    next_line: int


def read_header(lines: Iterable[bytes], contract: Contract) -> tuple[Header, Iterator[bytes]]:
    """The header, and the lines behind it. It is the first record that is not blank.

    Raises:
        DeliveryRefused: no delimiter of the contract splits it into the contract's columns, or one is there twice.
    """
    coming = iter(lines)
    text, line = b"", 1
    for block in coming:
        text += block
        blank = text[: len(text) - len(text.lstrip(b" \t\r\n"))]
        blank = blank[: max(blank.rfind(b"\n"), blank.rfind(b"\r")) + 1]
        line += line_ends(blank)
        text = text[len(blank) :]
        if found := _find(text, line, contract, is_all=False):
            break
    else:
        found = _find(text, line, contract, is_all=True)
    if found is None:
        raise DeliveryRefused("the file is empty")
    header, end = found
    return header, chain(iter([text[end:]]), coming)


_ZIP_MAGIC = b"PK\x03\x04"


def line_ends(text: bytes) -> int:
    """How many lines end in a text: LF, CRLF and CR count one each."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def _find(text: bytes, line: int, contract: Contract, *, is_all: bool) -> tuple[Header, int] | None:
    """The header and where it ends in the text; None if there may be more of it to come."""
    owners = {header: column.name for column in contract.columns for header in column.headers}
    enough = contract.max_record_bytes + len("\r\n")
    missing = [column.name for column in contract.columns]
    for delimiter in contract.delimiters:
        block, _ = scan(text[:enough], delimiter, line)
        if not len(block.starts):
            if len(text) < enough and not is_all:
                return None
            continue
        names = [fold_header(name) for name in split([text[: block.ends[0]].decode()], delimiter)[0]]
        owned = [owners[name] for name in names if name in owners]
        absent = [column.name for column in contract.columns if column.name not in owned]
        if not absent:
            if twice := sorted({name for name in owned if owned.count(name) > 1}):
                raise DeliveryRefused(f"the header has {', '.join(twice)} twice")
            end = int(block.line_ends[np.searchsorted(block.line_ends, block.ends[0])]) + 1
            places = {owners[name]: place for place, name in enumerate(names) if name in owners}
            ignored = tuple(name for name in names if name not in owners)
            return Header(delimiter, places, len(names), ignored, line + line_ends(text[:end])), end
        missing = min(missing, absent, key=len)
    if not text and is_all:
        return None
    if text.startswith(_ZIP_MAGIC):
        raise DeliveryRefused("the file is a ZIP archive, perhaps an Excel workbook, and not a CSV file")
    raise DeliveryRefused(f"the header on line {line:,} lacks {', '.join(missing)}")
