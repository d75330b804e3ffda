"""How the fields of a block of records become clean values.

A lane cleans one column, or a few that stand side by side and hold few distinct values: these are looked up in the
dictionary together, as one text. In columns whose texts hardly repeat, ids and amounts, a lane first tells by the
bytes which fields are written as the contract wants them (see `plain`) and looks up the others only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, prod

import numpy as np
import pyarrow as pa

from retail_etl.cleaning.dictionary import Dictionary, Frame
from retail_etl.cleaning.duplicates import Hashes
from retail_etl.cleaning.header import Header
from retail_etl.cleaning.plain import plain_check
from retail_etl.cleaning.records import Mask, Places, Rows
from retail_etl.cleaning.texts import Codes, cut_out
from retail_etl.contract import Choice, Column, Contract, FreeText, Rule, Whole


@dataclass(frozen=True)
class Strip:
    """A lane's answer for n records.

    Record i has text `codes[i]` of each of the `pieces`, which are lists of arrays to be taken as one: first the lane's
    own values as the clean CSV holds them, then each of its derived columns. `hashes`, of shape (2, n), are of its own
    values, which are `unchanged` where the file holds them as the clean CSV does. Where a record is `broken`,
    `reasons[codes[i]]` says how.
    """

    codes: Codes
    pieces: Sequence[Sequence[pa.BinaryArray]]
    hashes: Hashes
    unchanged: Mask
    broken: Mask
    reasons: Sequence[str]

    def reasons_of(self, records: Places) -> list[str]:
        """What is wrong with each of these records here; empty where nothing is."""
        return [
            self.reasons[code] if broken else ""
            for code, broken in zip(self.codes[records].tolist(), self.broken[records].tolist(), strict=True)
        ]


class Lane:
    """Cleans columns that stand side by side both in the file and in the contract."""

    def __init__(self, columns: Sequence[Column], contract: Contract, header: Header) -> None:
        names = [column.name for column in columns]
        self.columns = names
        self.derived = [item for item in contract.derived if item.derivation.source in names]
        self._is_plain = plain_check(columns[0].rule, contract) if len(columns) == 1 and not self.derived else None
        self._fields = header.places[names[0]], header.places[names[-1]]
        self.is_verbatim = self._is_plain is not None
        own = ("", "") if self.is_verbatim else _frame(names[0], contract)
        frames = [own, *(_frame(item.name, contract) for item in self.derived)]
        self._dictionary = Dictionary(columns, self.derived, frames, contract.missing_tokens, header.delimiter)

    def read(self, rows: Rows) -> Strip:
        """Clean this lane's fields of records that have as many fields as the header."""
        starts, ends = rows.spans(*self._fields)
        known = self._dictionary
        if self._is_plain is None:
            codes = known.codes(cut_out(rows.text, starts, ends))
            hashes, unchanged, broken = known.hashes.take(codes, axis=1), known.unchanged[codes], known.broken[codes]
            return Strip(codes, [[texts] for texts in known.pieces], hashes, unchanged, broken, known.reasons)

        in_quotes = rows.are_quoted(starts, ends)
        texts = cut_out(rows.text, starts + in_quotes, ends - in_quotes)
        is_plain = self._is_plain(texts)
        plain, others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
        other_codes = known.codes(cut_out(rows.text, starts[others], ends[others]))
        # Behind all that the dictionary knows stand the fields themselves.
        codes = np.arange(len(known.reasons), len(known.reasons) + len(texts), dtype=np.int32)
        codes[others] = other_codes
        hashes = np.empty((2, len(texts)), np.uint64)
        hashes[:, plain] = known.hash(texts, plain)
        hashes[:, others] = known.hashes[:, other_codes]
        broken = np.zeros(len(texts), bool)
        broken[others] = known.broken[other_codes]
        return Strip(codes, [[known.pieces[0], texts]], hashes, is_plain & ~in_quotes, broken, known.reasons)


def lanes_for(contract: Contract, header: Header) -> list[Lane]:
    """The lanes for a file, in the order of the contract."""
    groups = [[contract.columns[0]]]
    for before, column in pairwise(contract.columns):
        together = [*groups[-1], column]
        follows = header.places[column.name] == header.places[before.name] + 1
        if follows and prod(_number_of_values(member.rule) for member in together) <= _FEW_VALUES:
            groups[-1] = together
        else:
            groups.append([column])
    return [Lane(group, contract, header) for group in groups]


_FEW_VALUES = 1 << 12


def _number_of_values(rule: Rule) -> float:
    """How many values to expect in a column."""
    match rule:
        case Choice():
            return len(set(rule.spellings.values()))
        case Whole():
            return rule.maximum - rule.minimum + 1
        case FreeText() if rule.spellings:
            return len(rule.spellings)
    return inf


def _frame(name: str, contract: Contract) -> Frame:
    """The comma before a piece of the clean CSV, and the line end behind the last derived one."""
    is_last = bool(contract.derived) and name == contract.derived[-1].name
    return "" if name == contract.columns[0].name else ",", "\n" if is_last else ""
