"""Where the records and fields of a text are, as Python's csv module would find them.

NumPy looks at every byte once. Python looks at quotes only, and only in a block that holds one which neither opens
nor closes a field, such as the inch mark in `5" pipe`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from retail_etl.errors import DeliveryRefused

type Bytes = npt.NDArray[np.uint8]
type Places = npt.NDArray[np.intp]
type Offsets = npt.NDArray[np.int32]
type Mask = npt.NDArray[np.bool_]

_LF, _CR, _QUOTE, _SPACE, _TAB = b'\n\r" \t'


@dataclass(frozen=True)
class Block:
    """Whole records of the file, blank lines left out. The text may go on behind the last one.

    Record r is `text[starts[r]:ends[r]]`, without its line end, and has `counts[r]` fields. `marks` are the places
    where fields end, first those of the first record.
    The block starts on line `first_line` of the file; `line_ends` are the places where a line ends, quoted or not.
    """

    text: bytes
    first_line: int
    line_ends: Offsets
    marks: Offsets
    counts: Places
    starts: Offsets
    ends: Offsets

    def lines(self, records: Places) -> Places:
        """The lines of the file that these records start on."""
        return self.first_line + np.searchsorted(self.line_ends, self.starts[records])

    def rows(self, width: int) -> "Rows":
        """The fields of the records that have `width` of them."""
        is_row = self.counts == width
        ends = self.marks[np.repeat(is_row, self.counts)].reshape(-1, width)
        return Rows(self.text, self.starts[is_row], ends)


@dataclass(frozen=True)
class Rows:
    """n records of as many fields each: row r starts at `starts[r]` of the text, its field f ends at `ends[r, f]`."""

    text: bytes
    starts: Offsets
    ends: Offsets

    def spans(self, first: int, last: int) -> tuple[Offsets, Offsets]:
        """Where the texts from field `first` to field `last` start, and where they end."""
        return self.ends[:, first - 1] + 1 if first else self.starts, self.ends[:, last]

    def are_quoted(self, starts: Offsets, ends: Offsets) -> Mask:
        """Which of these texts are in quotes, or look so: they begin and end with one."""
        characters = np.frombuffer(self.text, np.uint8)
        quoted: Mask = characters.take(starts) == _QUOTE
        first, last = starts[quoted], ends[quoted] - 1
        quoted[quoted] = (characters[last] == _QUOTE) & (first < last)
        return quoted


def blocks(lines: Iterable[bytes], delimiter: str, first_line: int, max_record_bytes: int) -> Iterator[Block]:
    """Cut text that comes in whole physical lines into blocks of whole records.

    Raises:
        DeliveryRefused: a record is longer than `max_record_bytes`, or the file ends within quotes.
    """
    rest = b""
    for text in lines:
        rest += text
        del text  # and each block below, once it is cleaned: none stays in memory beside the next one
        while rest:
            whole = len(rest)
            block, rest = scan(rest, delimiter, first_line)
            first_line += len(block.line_ends)
            longest = int((block.ends - block.starts).max(initial=0))
            is_open = len(rest) == whole
            if longest > max_record_bytes or (is_open and len(rest) > max_record_bytes + len("\r\n")):
                raise DeliveryRefused(
                    f"a record from line {block.first_line:,} on is longer than {max_record_bytes:,} bytes, "
                    "or a quote in it is never closed"
                )
            if is_open:
                break
            yield block
            del block
    if rest:
        raise DeliveryRefused(f"a quote in the record that starts at line {first_line:,} is never closed")


def scan(text: bytes, delimiter: str, first_line: int) -> tuple[Block, bytes]:
    """The whole records at the start of a text, and the rest of it.

    The rest holds no whole record unless the block does; it is more than one open record only if the text was dense.
    """
    characters = np.frombuffer(text, np.uint8)
    marks, kinds = _find(text, delimiter.encode() + b'\r\n"')
    if len(marks) > _MOST_MARKS and (part := text.rfind(b"\n", 0, len(text) // 2) + 1):
        block, rest = scan(text[:part], delimiter, first_line)
        if len(rest) < part:
            return block, rest + text[part:]
    has_cr = bool((kinds == _CR).any())
    if has_cr:
        is_half = (kinds[:-1] == _CR) & (kinds[1:] == _LF) & (marks[1:] == marks[:-1] + 1)
        counting = np.append(~is_half, [True])  # without the CR of a CRLF
        marks, kinds = marks[counting], kinds[counting]
        kinds[kinds == _CR] = _LF
    line_ends = marks.take(np.flatnonzero(kinds == _LF))
    quotes = np.flatnonzero(kinds == _QUOTE)
    if len(quotes):
        turns = quotes[_turning(marks[quotes], text, delimiter)]
        is_within = np.arange(len(turns) + 1) % 2 == 1
        unquoted = ~np.repeat(is_within, np.diff(turns, prepend=0, append=len(marks))) & (kinds != _QUOTE)
        marks, kinds = marks[unquoted], kinds[unquoted]

    closing = np.flatnonzero(kinds != ord(delimiter))
    counts = np.diff(closing, prepend=-1)
    marks = marks[: counts.sum()]
    ends = marks.take(closing)
    starts = np.concatenate((_FIRST, ends + 1))
    starts, end = starts[:-1], int(starts[-1])
    if has_cr:
        ends -= (characters[ends] == _LF) & (characters[ends - 1] == _CR) & (ends > starts)
        marks[closing] = ends
    # A record of nothing but blanks is one field, unless they are what parts the fields.
    blank = _blank(text, starts, ends, np.flatnonzero(counts == 1) if delimiter != "\t" else np.arange(len(counts)))
    if blank.any():
        marks = marks[~np.repeat(blank, counts)]
        counts, starts, ends = counts[~blank], starts[~blank], ends[~blank]
    line_ends = line_ends[: np.searchsorted(line_ends, end)]
    return Block(text, first_line, line_ends, marks, counts, starts, ends), text[end:]


def _find(text: bytes, wanted: bytes) -> tuple[Offsets, Bytes]:
    """Where any of the wanted bytes stand in a text, and which."""
    characters = np.frombuffer(text, np.uint8)
    # Of memory that is not written to, the system gives none.
    places, found = np.empty(len(text), np.int32), np.empty(len(text), np.uint8)
    first = 0
    for start in range(0, len(text), _NEAR):
        near = characters[start : start + _NEAR]
        here = np.flatnonzero(reduce(np.logical_or, (near == byte for byte in wanted)))
        behind = first + len(here)
        np.add(here, start, out=places[first:behind], casting="same_kind")
        found[first:behind] = near.take(here)
        first = behind
    return places[:first], found[:first]


_NEAR = 1 << 17  # bytes that stay in the processor's cache
_FIRST = np.zeros(1, np.int32)
_MOST_MARKS = 1 << 21  # at once: twice what 8 MiB of ordinary records have


def split(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    """The fields of each of these texts, which begin and end where fields do."""
    csv.field_size_limit(_NO_LIMIT)
    return list(csv.reader(texts, delimiter=delimiter))


_NO_LIMIT = 2**31 - 1  # of the csv module; `blocks` has bounded the record


def _blank(text: bytes, starts: Offsets, ends: Offsets, possible: Places) -> Mask:
    """Which records are nothing but spaces and tabs, or nothing; only the possible ones are looked at."""
    blank: Mask = starts == ends
    first = np.frombuffer(text, np.uint8).take(starts.take(possible))
    for record in possible[(first == _SPACE) | (first == _TAB)]:
        blank[record] = not text[starts[record] : ends[record]].strip(b" \t")
    return blank


def _turning(quotes: Offsets, text: bytes, delimiter: str) -> Mask | list[bool]:
    """Which of the quotes of a text turn quoting on or off. The others are text.

    A quote turns it on only as the first character of a field. Then two quotes are one of the text (here they are
    taken to turn it off and on), and any other turns it off.
    """
    characters = np.frombuffer(text, np.uint8)
    openings, closings = quotes[::2], quotes[1::2]
    if len(openings) == len(closings):
        separates = np.zeros(256, bool)
        separates[[ord(delimiter), _LF, _CR]] = True
        doubled = openings[1:] == closings[:-1] + 1
        opens = separates[characters[openings - 1]] | (openings == 0)
        closes = separates[characters[np.minimum(closings + 1, len(text) - 1)]] | (closings == len(text) - 1)
        opens[1:] |= doubled
        closes[:-1] |= doubled
        if opens.all() and closes.all():
            return np.ones(len(quotes), bool)
    return _turning_one_by_one(quotes.tolist(), text, delimiter.encode() + b"\r\n")


def _turning_one_by_one(quotes: list[int], text: bytes, separators: bytes) -> list[bool]:
    turning = []
    is_open, doubled = False, -1
    for quote in quotes:
        if quote == doubled:  # the second of two
            turns = False
        elif is_open:
            turns = text[quote + 1 : quote + 2] != b'"'
            if not turns:
                doubled = quote + 1
        else:
            turns = quote == 0 or text[quote - 1] in separators
        is_open ^= turns
        turning.append(turns)
    return turning
