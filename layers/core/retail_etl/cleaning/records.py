"""Where the records and fields of a text are, as Python's csv module would find them.

NumPy looks at every byte once. Python looks at quotes only, and only in a block that holds one which neither opens
nor closes a field, such as the inch mark in `5" pipe`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from retail_etl.errors import DeliveryRefused

type Bytes = npt.NDArray[np.uint8]
type Places = npt.NDArray[np.intp]
type Mask = npt.NDArray[np.bool_]

_TAB, _LF, _CR, _SPACE, _QUOTE = b'\t\n\r "'


@dataclass(frozen=True)
class Block:
    """Whole records of the file, blank lines left out.

    `marks` are the places in `text` of the delimiters and record ends that are not quoted, in order, after a first
    one at -1. Record r has `counts[r]` fields: field f lies between marks `heads[r] + f` and `heads[r] + f + 1`.
    `starts[r]:ends[r]` is its text without the line end. The block starts on line `first_line` of the file.
    """

    text: bytes
    first_line: int
    marks: Places
    heads: Places
    counts: Places
    starts: Places
    ends: Places

    @cached_property
    def characters(self) -> Bytes:
        return np.frombuffer(self.text, np.uint8)

    def spans(self, records: Places, width: int, first: int, last: int) -> tuple[Places, Places]:
        """Starts and ends of the texts from field `first` to field `last` of these records of `width` fields each."""
        heads = self.heads[records]
        ends = self.ends[records] if last + 1 == width else self.marks[heads + (last + 1)]
        return self.marks[heads + first] + 1, ends

    def are_quoted(self, starts: Places, ends: Places) -> Mask:
        """Which of these texts are in quotes, or look so: they begin and end with one."""
        if b'"' not in self.text:
            return np.zeros(len(starts), bool)
        quotes = self.characters == _QUOTE
        return quotes[starts] & quotes[ends - 1] & (ends - starts >= len('""'))


def blocks(lines: Iterable[bytes], delimiter: str, first_line: int, max_record_bytes: int) -> Iterator[Block]:
    """Cut text that comes in whole physical lines into blocks of whole records.

    Raises:
        DeliveryRefused: a record is longer than `max_record_bytes`, or the file ends within quotes.
    """
    open_record = b""
    for text in lines:
        block, open_record = scan(open_record + text, delimiter, first_line)
        first_line += line_ends(block.text)
        longest = max((block.ends - block.starts).max(initial=0), len(open_record) - len("\r\n"))
        if longest > max_record_bytes:
            raise DeliveryRefused(
                f"a record from line {block.first_line:,} on is longer than {max_record_bytes:,} bytes, "
                "or a quote in it is never closed"
            )
        yield block
    if open_record:
        raise DeliveryRefused(f"a quote in the record that starts at line {first_line:,} is never closed")


def scan(text: bytes, delimiter: str, first_line: int) -> tuple[Block, bytes]:
    """The whole records of a text, and the rest of it: a record whose quote is still open, or nothing."""
    characters = np.frombuffer(text, np.uint8)
    is_mark = (characters == ord(delimiter)) | (characters == _LF)
    has_returns = b"\r" in text
    if has_returns:
        returns = np.flatnonzero(characters == _CR)
        before_lf = characters[np.minimum(returns + 1, len(text) - 1)] == _LF
        is_mark[returns[~before_lf]] = True
    marks = np.flatnonzero(is_mark)
    if b'"' in text:
        marks = _unquoted(marks, text, characters, delimiter)

    closing = np.flatnonzero(characters[marks] != ord(delimiter)) + 1
    end = int(marks[closing[-1] - 1]) + 1 if len(closing) else 0
    marks = np.concatenate(([-1], marks))
    heads = np.concatenate(([0], closing[:-1])) if len(closing) else closing
    starts, ends = marks[heads] + 1, marks[closing]
    if has_returns:
        ends -= (characters[ends] == _LF) & (characters[ends - 1] == _CR)
    kept = ~_blank(text, characters, starts, ends)
    block = Block(text[:end], first_line, marks, heads[kept], (closing - heads)[kept], starts[kept], ends[kept])
    return block, text[end:]


def split(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    """The fields of each of these texts, which begin and end where fields do."""
    csv.field_size_limit(_NO_LIMIT)
    return list(csv.reader(texts, delimiter=delimiter))


_NO_LIMIT = 2**31 - 1  # of the csv module; `blocks` has bounded the record


def line_ends(text: bytes, start: int = 0, end: int | None = None) -> int:
    """How many physical lines end in this part of a text: LF, CRLF and CR count one each."""
    return text.count(b"\n", start, end) + text.count(b"\r", start, end) - text.count(b"\r\n", start, end)


def _blank(text: bytes, characters: Bytes, starts: Places, ends: Places) -> Mask:
    """Which records are nothing but spaces and tabs."""
    blank = starts == ends
    edges = characters[starts], characters[ends - 1]
    for record in np.flatnonzero(~blank & np.logical_and(*((edge == _SPACE) | (edge == _TAB) for edge in edges))):
        blank[record] = not text[starts[record] : ends[record]].strip(b" \t")
    return blank


def _unquoted(marks: Places, text: bytes, characters: Bytes, delimiter: str) -> Places:
    """The marks that are not within quotes."""
    openings, closings = _quoted(text, characters, delimiter)
    first, behind = np.searchsorted(marks, openings), np.searchsorted(marks, closings)
    holding = first < behind
    if not holding.any():
        return marks
    depth = np.zeros(len(marks) + 1, np.int8)
    depth[first[holding]] += 1
    depth[behind[holding]] -= 1
    return marks[np.cumsum(depth[:-1], dtype=np.int8) == 0]


def _quoted(text: bytes, characters: Bytes, delimiter: str) -> tuple[Places, Places]:
    """Where quoted parts open and close; one that never closes, at the end of the text.

    A quote opens a quoted part only as the first character of a field. There, two quotes are a quote (here: a part
    that closes and one that opens at once), and any other closes it. All other quotes are text.
    """
    quotes = np.flatnonzero(characters == _QUOTE)
    openings, closings = quotes[::2], quotes[1::2]
    if len(openings) == len(closings):
        separators = np.zeros(256, bool)
        separators[[ord(delimiter), _LF, _CR]] = True
        reopened = openings[1:] == closings[:-1] + 1
        opens = separators[characters[openings - 1]]
        opens[0] |= openings[0] == 0
        opens[1:] |= reopened
        closes = separators[characters[closings + 1]]
        closes[:-1] |= reopened
        if opens.all() and closes.all():
            return openings, closings
    return _quoted_one_by_one(text, quotes.tolist(), delimiter.encode() + b"\r\n")


def _quoted_one_by_one(text: bytes, quotes: list[int], separators: bytes) -> tuple[Places, Places]:
    openings, closings = [], []
    coming = iter(quotes)
    for quote in coming:
        if quote and text[quote - 1] not in separators:
            continue
        openings.append(quote)
        for closing in coming:
            if text[closing + 1 : closing + 2] != b'"':
                closings.append(closing)
                break
            next(coming)
        else:
            closings.append(len(text))
    return np.array(openings, np.intp), np.array(closings, np.intp)
