"""The clean CSV and the rejects CSV, written as they come about."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa

from retail_etl.cleaning.header import Header
from retail_etl.cleaning.lanes import Lane, Strip
from retail_etl.cleaning.records import Block, Places, Rows
from retail_etl.cleaning.texts import TextColumn, csv_field, joined, parts_and_gaps, parts_of
from retail_etl.contract import Contract


class BinaryWriter(Protocol):
    """What is written to: an open file, or an S3 upload."""

    def write(self, data: bytes | memoryview, /) -> object: ...


class CleanRows:
    """Writes the clean CSV: Arrow puts each line together from texts that are at hand.

    A record in which nothing changes is one such text; any other one is joined from what the lanes answered. Behind it
    come the derived columns. `count` rows have been written.
    """

    def __init__(self, lanes: Sequence[Lane], contract: Contract, header: Header, out: BinaryWriter) -> None:
        self.count = 0
        self._days: set[bytes] = set()  # in their frames
        self._lanes = lanes
        self._out = out
        in_order = [header.places[column.name] for column in contract.columns] == list(range(header.width))
        self._must_change = not in_order or header.delimiter != ","
        places = {
            item.name: (number, place) for number, lane in enumerate(lanes) for place, item in enumerate(lane.derived)
        }
        self._derived = [places[item.name] for item in contract.derived]
        (self._day_lane,) = (number for number, lane in enumerate(lanes) if contract.month_column in lane.columns)
        out.write((",".join(column.name for column in contract.table_columns) + "\n").encode())

    def write(self, rows: Rows, strips: Sequence[Strip], kept: Places) -> None:
        """Write some rows of a block."""
        self.count += len(kept)
        changed = ~np.logical_and.reduce([strip.unchanged for strip in strips])[kept] | self._must_change
        mended = joined(self._own(strips, kept[changed]))
        for start in range(0, len(kept), _ROWS_AT_ONCE):
            some, change = kept[start : start + _ROWS_AT_ONCE], changed[start : start + _ROWS_AT_ONCE]
            near = slice(some[0], some[-1] + 1)
            delivered = parts_and_gaps(rows.text, rows.starts[near], rows.ends[near, -1])
            codes = (2 * (some - some[0])).astype(np.int32)
            count = np.count_nonzero(change)
            codes[change] = len(delivered) + np.arange(count)
            records, mended = [delivered, mended[:count]], mended[count:]
            lines = joined(chain([(records, codes)], self._behind(strips, some)))
            self._out.write(memoryview(parts_of(lines)[1]))
        self._note_days(strips[self._day_lane], kept)

    def _behind(self, strips: Sequence[Strip], kept: Places) -> Iterator[TextColumn]:
        """The derived columns, and the line end if it is not theirs."""
        for lane, piece in self._derived:
            yield [strips[lane].derived[piece]], strips[lane].codes[kept]
        if not self._derived:
            yield [_LINE_END], np.zeros(len(kept), np.int32)

    def _own(self, strips: Sequence[Strip], kept: Places) -> Iterator[TextColumn]:
        """The lanes' own values, with commas between them."""
        for number, (lane, strip) in enumerate(zip(self._lanes, strips, strict=True)):
            if lane.is_verbatim and number:
                yield [_COMMA], np.zeros(len(kept), np.int32)
            yield strip.own(kept)

    def _note_days(self, strip: Strip, kept: Places) -> None:
        (texts,), codes = strip.own(kept)
        used = np.zeros(len(texts), bool)
        used[codes] = True
        self._days.update(texts.take(pa.array(np.flatnonzero(used))).to_pylist())

    def days(self) -> set[date]:
        """The days of the purchases that were written."""
        return {date.fromisoformat(text.decode().strip(",")) for text in self._days}


_ROWS_AT_ONCE = 1 << 13  # about a MiB: larger blocks of memory go back to the system each time
_COMMA, _LINE_END = pa.array([b","], pa.binary()), pa.array([b"\n"], pa.binary())


class Rejects:
    """Writes the rejects CSV. `count` records have been written, for `reasons`."""

    def __init__(self, out: BinaryWriter) -> None:
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self._out = out
        out.write(b"line,reasons,record\n")

    def write(self, block: Block, records: Places, reasons_of: Callable[[Places], list[str]]) -> None:
        """Write these records of a block, some at a time, with the reasons that are given for them."""
        for first in range(0, len(records), _REJECTS_AT_ONCE):
            some = records[first : first + _REJECTS_AT_ONCE]
            places = (column.tolist() for column in (block.lines(some), block.starts[some], block.ends[some]))
            reasons = reasons_of(some)
            written = [
                f"{line},{why},{csv_field(block.text[start:end].decode())}\n"
                for line, start, end, why in zip(*places, reasons, strict=True)
            ]
            self.reasons.update(";".join(reasons).split(";"))
            self._out.write("".join(written).encode())
        self.count += len(records)


_REJECTS_AT_ONCE = 1 << 13
