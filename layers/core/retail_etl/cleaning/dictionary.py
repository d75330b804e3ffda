"""What became of every distinct text: the rules are asked once, however many rows hold it."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_etl.cleaning.duplicates import Hashes, TextHash
from retail_etl.cleaning.plain import plain_text
from retail_etl.cleaning.records import Mask, split
from retail_etl.cleaning.rules import derive, judge
from retail_etl.cleaning.texts import Codes, csv_fields, parts_of
from retail_etl.contract import Column, DerivedColumn

type Frame = tuple[str, str]
"""What stands before and behind a value in the clean CSV."""

# Beyond these it starts anew, so that memory stays bounded whatever the file holds.
_MOST_TEXTS = 1 << 16
_MOST_BYTES = 1 << 22
_MOST_FIELDS = 1 << 12  # that a judge remembers
_LEARNED_AT_ONCE = 1 << 13


class Dictionary:
    """Gives each text of one or more neighbouring columns a code. What is known of the text stands at that code:

    - `pieces[0]`: its clean values as the clean CSV holds them, within the first frame;
    - `pieces[1:]`: the value of each derived column, each within its own frame;
    - `hashes`: of `pieces[0]`, made by `hash`;
    - `unchanged`: whether the text is those values already, as the clean CSV holds them;
    - `broken` and `reasons`: whether it breaks the contract, and how.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        derived: Sequence[DerivedColumn],
        frames: Sequence[Frame],
        missing_tokens: frozenset[str],
        delimiter: str,
    ) -> None:
        self.hash = TextHash()
        self._judges = [_Judge(column, missing_tokens, remembers=len(columns) > 1) for column in columns]
        self._derived = [(item, [column.name for column in columns].index(item.derivation.source)) for item in derived]
        self._frames = frames
        self._delimiter = delimiter
        self._forget()

    def _forget(self) -> None:
        self._texts = pa.array([], pa.binary())
        self.pieces = tuple(self._texts for _ in self._frames)
        self.hashes: Hashes = np.zeros((2, 0), np.uint64)
        self.unchanged: Mask = np.zeros(0, bool)
        self.broken: Mask = np.zeros(0, bool)
        self.reasons: list[str] = []

    def codes(self, texts: pa.BinaryArray) -> Codes:
        """The codes of these texts. Codes from earlier calls may not mean anything any more."""
        if len(self._texts) > _MOST_TEXTS or self._texts.nbytes > _MOST_BYTES:
            self._forget()
        found = pc.index_in(texts, value_set=self._texts)
        codes: Codes = np.frombuffer(found.buffers()[1], np.int32, len(found))
        if found.null_count:
            unknown = pc.indices_nonzero(found.is_null())
            new = texts.take(unknown).dictionary_encode()
            codes = codes.copy()  # what stands in the place of a null means nothing
            codes[unknown.to_numpy()] = new.indices.to_numpy() + len(self._texts)
            for start in range(0, len(new.dictionary), _LEARNED_AT_ONCE):
                self._learn(new.dictionary.slice(start, _LEARNED_AT_ONCE))
        return codes

    def _learn(self, new: pa.BinaryArray) -> None:
        texts = new.cast(pa.string()).to_numpy(zero_copy_only=False)
        fields = self._fields(texts.tolist())
        values, reasons = zip(*(judged(texts) for judged, texts in zip(self._judges, fields, strict=True)), strict=True)
        columns: list[Sequence[str]] = [[*map(",".join, zip(*map(csv_fields, values), strict=True))]]
        for item, source in self._derived:
            columns.append(csv_fields(derive(pd.Series(values[source], dtype=object), item.derivation).tolist()))
        pieces = [
            pa.array([f"{before}{value}{behind}" for value in column], pa.string()).cast(pa.binary())
            for column, (before, behind) in zip(columns, self._frames, strict=True)
        ]
        new_reasons = reasons[0]
        if len(reasons) > 1:
            new_reasons = [";".join(filter(None, row)) if any(row) else "" for row in zip(*reasons, strict=True)]
        self._texts = pa.concat_arrays((self._texts, new))
        self.pieces = tuple(map(pa.concat_arrays, zip(self.pieces, pieces, strict=True)))
        offsets, data = parts_of(pieces[0])
        self.hashes = np.concatenate((self.hashes, self.hash(data, offsets[:-1], np.diff(offsets))), axis=1)
        self.unchanged = np.append(self.unchanged, np.array(columns[0], object) == texts)
        self.broken = np.append(self.broken, np.array(new_reasons, bool))
        self.reasons += new_reasons

    def _fields(self, texts: Sequence[str]) -> Iterable[Sequence[str]]:
        """The texts of each column."""
        if len(self._judges) > 1:
            return zip(*split(texts, self._delimiter), strict=True)
        return [[split([text], self._delimiter)[0][0] if '"' in text else text for text in texts]]


class _Judge:
    """The rule of one column. It remembers what it said if asked to: few fields of a new combination are new."""

    def __init__(self, column: Column, missing_tokens: frozenset[str], *, remembers: bool) -> None:
        self._column, self._missing_tokens = column, missing_tokens
        self._remembered: dict[str, tuple[str, str]] | None = {} if remembers else None
        self._plain = plain_text(column.rule, missing_tokens)

    def __call__(self, texts: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """(clean values, reasons) of these fields; an empty reason where there is none."""
        if self._remembered is None:
            return self._ask(texts)
        if len(self._remembered) > _MOST_FIELDS:
            self._remembered.clear()
        if new := [text for text in dict.fromkeys(texts) if text not in self._remembered]:
            self._remembered.update(zip(new, zip(*self._ask(new), strict=True), strict=True))
        values, reasons = zip(*(self._remembered[text] for text in texts), strict=True)
        return values, reasons

    def _ask(self, texts: Sequence[str]) -> tuple[list[str], list[str]]:
        values, reasons = list(texts), [""] * len(texts)
        plain = self._plain
        others = (
            [place for place, text in enumerate(texts) if not plain.fullmatch(text)] if plain else range(len(texts))
        )
        judged = judge(pd.Series([texts[place] for place in others], dtype=object), self._column, self._missing_tokens)
        for place, clean, code in zip(others, judged.clean.tolist(), judged.reason.tolist(), strict=True):
            values[place] = clean
            reasons[place] = f"{self._column.name}:{code}" if code else ""
        return values, reasons
