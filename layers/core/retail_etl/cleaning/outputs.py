"""The clean CSV and the rejects CSV, written as they come about."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa

from retail_etl.cleaning.lanes import Lane, Strip
from retail_etl.cleaning.records import Block, Places
from retail_etl.cleaning.texts import csv_field, parts_of
from retail_etl.contract import Contract


class BinaryWriter(Protocol):
    """What is written to: an open file, or an S3 upload."""

    def write(self, data: bytes, /) -> object: ...


class CleanRows:
    """Writes the clean CSV: each row is a handful of pieces that the lanes have at hand, and Arrow moves the bytes.

    `count` rows have been written, of purchases on `days`.
    """

    def __init__(self, lanes: Sequence[Lane], contract: Contract, out: BinaryWriter) -> None:
        self.count = 0
        self.days: set[date] = set()
        self._lanes = lanes
        self._out = out
        # The line as pieces: (lane, which of its pieces), or a literal (an index into _LITERALS) around verbatim ones.
        self._pieces: list[tuple[int, int] | int] = []
        for number, lane in enumerate(lanes):
            if lane.is_verbatim and number:
                self._pieces.append(_COMMA)
            self._pieces.append((number, 0))
        places = {
            item.name: (number, 1 + place)
            for number, lane in enumerate(lanes)
            for place, item in enumerate(lane.derived)
        }
        self._pieces += [places[item.name] for item in contract.derived]
        if lanes[-1].is_verbatim and not contract.derived:
            self._pieces.append(_LINE_END)
        (self._day_lane,) = (number for number, lane in enumerate(lanes) if contract.month_column in lane.columns)
        out.write((",".join(column.name for column in contract.table_columns) + "\n").encode())

    def write(self, strips: Sequence[Strip], rows: Places) -> None:
        """Write these rows of a block."""
        self.count += len(rows)
        arrays, base = [_LITERALS], len(_LITERALS)
        starts = {}
        for number, strip in enumerate(strips):
            for place, texts in enumerate(strip.pieces):
                starts[number, place] = base
                arrays += texts
                base += sum(map(len, texts))
        index = np.empty((len(rows), len(self._pieces)), np.int32)
        for column, piece in enumerate(self._pieces):
            index[:, column] = piece if isinstance(piece, int) else strips[piece[0]].codes[rows] + starts[piece]
        texts = pa.concat_arrays(arrays)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            _, data = parts_of(texts.take(pa.array(index[start : start + _ROWS_AT_ONCE].ravel())))
            self._out.write(data.tobytes())
        self._note_days(strips[self._day_lane], rows)

    def _note_days(self, strip: Strip, rows: Places) -> None:
        (texts,) = strip.pieces[0]
        used = np.zeros(len(texts), bool)
        used[strip.codes[rows]] = True
        found = texts.take(pa.array(np.flatnonzero(used)))
        self.days.update(date.fromisoformat(text.decode().strip(",\n")) for text in found.to_pylist())


_LITERALS = pa.array([b",", b"\n"], pa.binary())
_COMMA, _LINE_END = range(2)
_ROWS_AT_ONCE = 1 << 13  # about a MiB: larger blocks of memory go back to the system each time


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
