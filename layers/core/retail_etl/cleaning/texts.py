"""Many texts in one buffer: Arrow's binary arrays, seen by NumPy."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

type Codes = npt.NDArray[np.int32]
type TextColumn = tuple[Sequence[pa.BinaryArray], Codes]
"""Texts, in arrays to be taken as one, and which of them each row has."""


def parts_and_gaps(text: bytes, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> pa.BinaryArray:
    """The parts `text[starts[i]:ends[i]]`, which follow one another, and what is between them, without a copy.

    Part i is at 2 * i.
    """
    offsets = np.empty(2 * len(starts), np.int32)
    offsets[::2] = starts
    offsets[1::2] = ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.binary(), max(0, len(offsets) - 1), buffers)


def cut_out(text: bytes, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> pa.BinaryArray:
    """The parts alone."""
    return parts_and_gaps(text, starts, ends).take(pa.array(np.arange(0, 2 * len(starts), 2, dtype=np.int32)))


def joined(columns: Iterable[TextColumn]) -> pa.BinaryArray:
    """Texts put together: the i-th is, of each column in turn, text `codes[i]`."""
    columns = list(columns)
    arrays: list[pa.BinaryArray] = []
    index = np.empty((len(columns[0][1]), len(columns)), np.int32)
    base = 0
    for number, (texts, codes) in enumerate(columns):
        np.add(codes, base, out=index[:, number], casting="same_kind")
        arrays += texts
        base += sum(map(len, texts))
    parts = pa.concat_arrays(arrays).take(pa.array(index.ravel()))
    offsets, _ = parts_of(parts)
    buffers = [None, pa.py_buffer(offsets[:: len(columns)].copy()), parts.buffers()[2]]
    return pa.Array.from_buffers(pa.binary(), len(index), buffers)


def parts_of(texts: pa.BinaryArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """(offsets, data): text i is `data[offsets[i]:offsets[i + 1]]`, and the data holds nothing else."""
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    places = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    characters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8, places[-1])
    return places - places[0], characters[places[0] :]


def numbers_at(
    text: bytes | npt.NDArray[np.uint8], places: npt.NDArray[np.integer], byte_order: Literal["<", ">"], count: int = 1
) -> npt.NDArray[np.uint64]:
    """From each of n places on `count` times eight bytes, each as one number, in an array of shape (n, count).

    What is not of the text counts as zeros.
    """
    size = 8 * count
    places = places.astype(np.intp)
    before, behind = max(0, -int(places.min(initial=0))), max(0, int(places.max(initial=0)) + size - len(text))
    if before or behind:
        text = np.pad(np.frombuffer(text, np.uint8), (before, behind))
        places += before
    every_place = np.ndarray(len(text) - size + 1, f"V{size}", text, strides=(1,))
    found: npt.NDArray[np.uint64] = every_place[places].view(f"{byte_order}u8")
    return found.reshape(-1, count).astype(np.uint64, copy=False)


def csv_field(text: str) -> str:
    """The text as a field of the CSV files that are written: in quotes (RFC 4180) only where it must be."""
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def csv_fields(texts: Sequence[str]) -> Sequence[str]:
    """`csv_field` of each of them."""
    return [csv_field(text) for text in texts] if _SPECIAL.search("".join(texts)) else texts


_SPECIAL = re.compile('[,"\r\n]')
