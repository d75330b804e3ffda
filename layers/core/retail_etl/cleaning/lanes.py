"""How the fields of a block of records become clean values.

A lane cleans one column, or a few that stand side by side and hold few distinct values: these are looked up in the
dictionary together, as one text. In columns whose texts hardly repeat, ids and amounts, a lane first tells by the
bytes which fields are written as the contract wants them (see `plain`) and looks up the others only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, prod

import numpy as np
import pyarrow as pa

from retail_etl.cleaning.dictionary import Dictionary, Frame
from retail_etl.cleaning.duplicates import Hashes
from retail_etl.cleaning.header import Header
from retail_etl.cleaning.plain import PlainCheck, plain_check
from retail_etl.cleaning.records import Mask, Offsets, Places, Rows
from retail_etl.cleaning.texts import Codes, TextColumn, cut_out
from retail_etl.contract import Choice, Column, Contract, FreeText, Rule, Whole


@dataclass(frozen=True)
class Strip:
    """A lane's answer for n records.

    `own` gives the lane's own values of some records, as the clean CSV holds them. `hashes`, of shape (2, n), are made
    of them, and they are `unchanged` where the file holds them so. Record i has text `codes[i]` of each of the
    `derived` columns. Where it is `broken`, `reasons[codes[i]]` says how.
    """

    codes: Codes
    own: Callable[[Places], TextColumn]
    derived: Sequence[pa.BinaryArray]
    hashes: Hashes
    unchanged: Mask
    broken: Mask
    reasons: Sequence[str]


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
        if self._is_plain:
            return self._read_plain(rows, starts.copy(), ends.copy(), self._is_plain)
        codes = known.codes(cut_out(rows.text, starts, ends))
        own, *derived = known.pieces
        return Strip(
            codes,
            lambda records: ([own], codes[records]),
            derived,
            known.hashes.take(codes, axis=1),
            known.unchanged.take(codes),
            known.broken.take(codes),
            known.reasons,
        )

    def _read_plain(self, rows: Rows, starts: Offsets, ends: Offsets, check: PlainCheck) -> Strip:
        """The fields from `starts` to `ends`, of which the dictionary gets those only that are not plain."""
        known = self._dictionary
        plain = check(rows.text, starts, ends)
        unchanged, others = plain.copy(), np.flatnonzero(~plain)
        # What is plain but for the quotes around it is taken without them.
        quoted = others[rows.are_quoted(starts[others], ends[others])]
        quoted = quoted[check(rows.text, starts[quoted] + 1, ends[quoted] - 1)]
        starts[quoted] += 1
        ends[quoted] -= 1
        plain[quoted] = True

        others = np.flatnonzero(~plain)
        codes = np.zeros(len(plain), np.int32)
        codes[others] = known.codes(cut_out(rows.text, starts[others], ends[others]))
        lengths = ends - starts
        lengths[others] = lengths.max(where=plain, initial=0)  # whatever stands there: as much work as the plain ones
        hashes = known.hash(rows.text, starts, lengths)
        hashes[:, others] = known.hashes[:, codes[others]]
        broken = np.zeros(len(plain), bool)
        broken[others] = known.broken[codes[others]]
        (own,) = known.pieces

        def own_values(records: Places) -> TextColumn:
            fields = cut_out(rows.text, starts[records], ends[records])
            return [own, fields], np.where(plain[records], len(own) + np.arange(len(records)), codes[records])

        return Strip(codes, own_values, (), hashes, unchanged, broken, known.reasons)


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
