"""Where the records and fields of a text are, as Python's csv module would find them.

NumPy looks at every byte once. Python looks at quotes only, and only in a block that holds one which neither opens
nor closes a field, such as the inch mark in `5" pipe`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
    `starts[r]:ends[r]` is its text without the line end.
    The block starts on line `first_line` of the file; `line_ends` are the places where a line ends, quoted or not.
    """

    text: bytes
    first_line: int
    line_ends: Places
    marks: Places
    heads: Places
    counts: Places
    starts: Places
    ends: Places

    @property
    def characters(self) -> Bytes:
        return np.frombuffer(self.text, np.uint8)

    def lines(self, records: Places) -> Places:
        """The lines of the file that these records start on."""
        return self.first_line + np.searchsorted(self.line_ends, self.starts[records])

    def spans(self, records: Places, width: int, first: int, last: int) -> tuple[Places, Places]:
        """Starts and ends of the texts from field `first` to field `last` of these records of `width` fields each."""
        heads = self.heads[records]
        ends = self.ends[records] if last + 1 == width else self.marks[heads + (last + 1)]
        return self.marks[heads + first] + 1, ends

    def are_quoted(self, starts: Places, ends: Places) -> Mask:
        """Which of these texts are in quotes, or look so: they begin and end with one."""
        if b'"' not in self.text:
            return np.zeros(len(starts), bool)
        characters = self.characters
        quoted: Mask = (characters[starts] == _QUOTE) & (characters[ends - 1] == _QUOTE) & (ends - starts >= len('""'))
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
            block, rest = scan(rest, delimiter, first_line)
            first_line += len(block.line_ends)
            longest = int((block.ends - block.starts).max(initial=0))
            if longest > max_record_bytes or (not block.text and len(rest) > max_record_bytes + len("\r\n")):
                raise DeliveryRefused(
                    f"a record from line {block.first_line:,} on is longer than {max_record_bytes:,} bytes, "
                    "or a quote in it is never closed"
                )
            if not block.text:
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
    is_mark = (characters == ord(delimiter)) | (characters == _LF)
    if has_quotes := b'"' in text:
        is_mark |= characters == _QUOTE
    if has_returns := b"\r" in text:
        returns = np.flatnonzero(characters == _CR)
        is_mark[returns[characters[np.minimum(returns + 1, len(text) - 1)] != _LF]] = True
    if np.count_nonzero(is_mark) > _MOST_MARKS and (part := text.rfind(b"\n", 0, len(text) // 2) + 1):
        block, rest = scan(text[:part], delimiter, first_line)
        if block.text:
            return block, rest + text[part:]
    marks = np.flatnonzero(is_mark)
    kinds = characters[marks]
    line_ends = marks[(kinds == _LF) | (kinds == _CR)] if has_quotes else None
    if has_quotes:
        quotes = np.flatnonzero(kinds == _QUOTE)
        turns = quotes[_turning(marks[quotes], text, delimiter)]
        is_within = np.arange(len(turns) + 1) % 2 == 1
        unquoted = ~np.repeat(is_within, np.diff(turns, prepend=0, append=len(marks))) & (kinds != _QUOTE)
        marks, kinds = marks[unquoted], kinds[unquoted]

    closing = np.flatnonzero(kinds != ord(delimiter)) + 1
    record_ends = marks[closing - 1]
    end = int(record_ends[-1]) + 1 if len(closing) else 0
    line_ends = record_ends if line_ends is None else line_ends[: np.searchsorted(line_ends, end)]
    marks = np.concatenate(([-1], marks))
    heads = np.concatenate(([0], closing))[:-1]
    starts, ends = marks[heads] + 1, record_ends
    if has_returns:
        ends = ends - ((characters[ends] == _LF) & (characters[ends - 1] == _CR) & (ends > starts))
    kept = np.flatnonzero(~_blank(text, characters, starts, ends))
    fields = (column[kept] for column in (heads, closing - heads, starts, ends))
    return Block(text[:end], first_line, line_ends, marks, *fields), text[end:]


_MOST_MARKS = 3 << 19  # at once: two and a half times what 8 MiB of ordinary records have


def split(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    """The fields of each of these texts, which begin and end where fields do."""
    csv.field_size_limit(_NO_LIMIT)
    return list(csv.reader(texts, delimiter=delimiter))


_NO_LIMIT = 2**31 - 1  # of the csv module; `blocks` has bounded the record


def _blank(text: bytes, characters: Bytes, starts: Places, ends: Places) -> Mask:
    """Which records are nothing but spaces and tabs."""
    blank: Mask = starts == ends
    edges = characters[starts], characters[ends - 1]
    for record in np.flatnonzero(~blank & np.logical_and(*((edge == _SPACE) | (edge == _TAB) for edge in edges))):
        blank[record] = not text[starts[record] : ends[record]].strip(b" \t")
    return blank


def _turning(quotes: Places, text: bytes, delimiter: str) -> Mask | list[bool]:
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
