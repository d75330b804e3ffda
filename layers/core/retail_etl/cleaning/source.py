"""The raw file as UTF-8 text in whole physical lines, whatever it was packed and encoded in.

What arrives here may be anything that someone dropped into a bucket. Memory stays bounded by the block size and by
the longest record that the contract allows, for any input: a gzip bomb, one line of two gigabytes, endless blanks.
"""

import codecs
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa

from retail_etl.contract import Contract
from retail_etl.errors import DeliveryRefused


class BinaryReader(Protocol):
    """What is read from: an open file, or the body of an S3 object."""

    def read(self, size: int, /) -> bytes: ...


class Source:
    """Iterates the file as blocks of UTF-8 text, each of whole physical lines, the last one ended if it was not.

    LF, CRLF and CR end a line. A line that is not UTF-8 is read as Windows-1252 and counted in `recoded_lines`.

    Raises (while iterating):
        DeliveryRefused: the file cannot be unpacked or decoded, or a line is longer than a record may be.
    """

    def __init__(self, raw: BinaryReader, contract: Contract, block_bytes: int) -> None:
        self.recoded_lines = 0
        self._longest = contract.max_record_bytes + len("\r")
        packed = iter(lambda: raw.read(block_bytes), b"")
        # Unpacking and decoding may answer nothing yet, which is not the end of anything.
        unpacked = filter(None, _unpacked(packed, contract.max_gzip_ratio, block_bytes))
        self._blocks = filter(None, _decoded(unpacked))

    def __iter__(self) -> Iterator[bytes]:
        pending = b""
        for block in self._blocks:
            # A CR at the very end waits: it may be half of a CRLF.
            end = block.rfind(b"\n") + 1
            end = block.rfind(b"\r", end, -1) + 1 or end
            if pending.endswith(b"\r") and not end:
                yield b"".join(self._utf8(pending))
                pending = b""
            if end:
                first = block.find(b"\n") + 1 or end  # the end of the line that is pending
                whole = b"".join(chain(self._utf8(pending + block[:first]), self._utf8(block, first, end)))
                pending = block[end:]
                del block  # or it would stay in memory while its lines are cleaned
                yield whole
                del whole
            else:
                pending = self._bounded(pending + block)
        if pending:
            pending = pending if pending.endswith(b"\r") else pending + b"\n"
            yield b"".join(self._utf8(pending))

    def _bounded(self, line: bytes) -> bytes:
        """The unfinished line, if it may still become a record or a blank line; of blanks, no more than that takes."""
        if len(line) <= self._longest:
            return line
        if line.strip(b" \t\r"):
            raise DeliveryRefused(f"a line is longer than a record may be ({self._longest - 1:,} bytes)")
        return line[-self._longest :]

    def _utf8(self, text: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes | memoryview]:
        """The whole lines `text[start:end]` in UTF-8, part by part."""
        parts = memoryview(text)
        end = len(text) if end is None else end
        near = end - start  # all of them, unless one is not UTF-8
        while start < end:
            behind = text.find(b"\n", start + near - 1, end) + 1 or end
            part = parts[start:behind]
            if _is_utf8(part):
                yield part
                start = behind
            elif near > _NEAR:
                near = _NEAR
            else:
                wrong = start + _first_wrong(part)
                line = max(text.rfind(b"\n", start, wrong), text.rfind(b"\r", start, wrong), start - 1) + 1
                yield parts[start:line]
                start = text.find(b"\n", wrong + _NEARER, behind) + 1 or behind
                yield from map(self._line, bytes(parts[line:start]).splitlines(keepends=True))

    def _line(self, line: bytes) -> bytes:
        try:
            line.decode()
        except UnicodeDecodeError:
            self.recoded_lines += 1
            return codecs.charmap_decode(line, "strict", _WINDOWS)[0].encode()
        return line


_NEAR = 1 << 17  # bytes that are looked at together for a line that is not UTF-8,
_NEARER = 1 << 12  # and behind such a line, where there may be more, each line for itself

# Windows-1252, with Latin-1 for the five bytes that it leaves undefined.
_WINDOWS = "".join(bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in range(256))


def _first_wrong(text: memoryview) -> int:
    """Where the first byte is that makes this no UTF-8."""
    try:
        codecs.utf_8_decode(text, "strict", True)
    except UnicodeDecodeError as error:
        return error.start
    raise AssertionError("this is UTF-8")


def _is_utf8(text: bytes | memoryview) -> bool:
    """As `bytes.decode` would say, in a tenth of the time: nothing is decoded."""
    offsets = pa.py_buffer(np.array([0, len(text)], np.int32))
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(text)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _unpacked(blocks: Iterator[bytes], max_ratio: int, block_bytes: int) -> Iterator[bytes]:
    """The blocks as they are or, if they are gzip by content, unpacked. Members concatenate, zeros may pad them."""
    blocks = _told_apart(blocks)
    first = next(blocks)
    is_gzip = first.startswith(_GZIP_MAGIC)
    blocks = chain(iter([first]), blocks)
    del first  # a whole block, which would stay in memory to the end of the file
    if not is_gzip:
        yield from blocks
        return
    packed_size = plain_size = 0
    member = zlib.decompressobj(_GZIP_FORMAT)
    for packed in blocks:
        packed_size += len(packed)
        more = True
        while more:
            if member.eof:
                packed = packed.lstrip(b"\0")  # noqa: PLW2901 - what is left of it
                if not packed:
                    break
                member = zlib.decompressobj(_GZIP_FORMAT)
            try:
                plain = member.decompress(packed, block_bytes)
            except zlib.error as error:
                raise DeliveryRefused(f"the gzip file is broken: {error}") from error
            plain_size += len(plain)
            if plain_size > max_ratio * packed_size:
                raise DeliveryRefused(f"the gzip file unpacks to more than {max_ratio:,} times its size")
            yield plain
            packed = member.unused_data if member.eof else member.unconsumed_tail  # noqa: PLW2901 - as above
            more = bool(packed) or len(plain) == block_bytes
    if not member.eof:
        raise DeliveryRefused("the gzip file is cut off")


_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31  # zlib's `wbits` for a gzip header and trailer


def _decoded(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks without a byte order mark; UTF-16 as UTF-8. Lines that are not UTF-8 are still as they were."""
    blocks = _told_apart(blocks)
    first = next(blocks)
    is_utf16 = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    blocks = chain(iter([first.removeprefix(codecs.BOM_UTF8)]), blocks)
    del first
    if not is_utf16:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise DeliveryRefused(f"the file starts as UTF-16 but is not: {error.reason}") from error


def _told_apart(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, never without a first block, which holds enough of them to tell what the file is."""
    first = b""
    while len(first) < len(codecs.BOM_UTF8) and (more := next(blocks, b"")):
        first, more = first + more, b""
    blocks = chain(iter([first]), blocks)
    del first  # see above
    yield from blocks
