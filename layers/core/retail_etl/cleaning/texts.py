"""Many texts in one buffer: Arrow's binary arrays, seen by NumPy."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def cut_out(text: bytes, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> pa.BinaryArray:
    """The parts `text[starts[i]:ends[i]]`, which follow one another in the text."""
    count = len(starts)
    if not count:
        return pa.array([], pa.binary())
    # Parts and gaps lie side by side and are an array already: parts are the even ones.
    offsets = np.empty(2 * count, np.int32)
    offsets[::2] = starts
    offsets[1::2] = ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    parts_and_gaps = pa.Array.from_buffers(pa.binary(), 2 * count - 1, buffers)
    return parts_and_gaps.take(pa.array(np.arange(0, 2 * count, 2, dtype=np.int32)))


def parts_of(texts: pa.BinaryArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """(offsets, data): text i is `data[offsets[i]:offsets[i + 1]]`, and the data holds nothing else."""
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    places = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    characters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8, places[-1])
    return places - places[0], characters[places[0] :]


def csv_field(text: str) -> str:
    """The text as a field of the CSV files that are written: in quotes (RFC 4180) only where it must be."""
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def csv_fields(texts: Sequence[str]) -> Sequence[str]:
    """`csv_field` of each of them."""
    return [csv_field(text) for text in texts] if _SPECIAL.search("".join(texts)) else texts


_SPECIAL = re.compile('[,"\r\n]')
