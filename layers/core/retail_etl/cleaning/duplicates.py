"""Telling rows that were seen before, in 16 bytes a row and an index of 6 to 12 more.

A row is known by 128 bits made from its clean texts with keys that are drawn anew for every run: two different rows
of a file of ten million share them with a chance of about 1 in 10^25, and nobody can write a file in which they do.
"""

import secrets

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from retail_etl.cleaning.texts import parts_of

type Hashes = npt.NDArray[np.uint64]
"""Of shape (2, n): two words for each of n texts or rows."""


class TextHash:
    """Hashes texts by keys of its own, so that the hashes of one row's texts can be added up to that of the row."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(secrets.randbits(128))
        self._keys: list[npt.NDArray[np.uint64]] = []

    def __call__(self, texts: pa.BinaryArray) -> Hashes:
        offsets, data = parts_of(texts)
        lengths = np.diff(offsets)
        # From every place in the data, the eight bytes that start there as one number.
        words = np.ndarray(len(data) + 1, "<u8", np.concatenate((data, np.zeros(8, np.uint8))), strides=(1,))
        hashes = np.zeros((2, len(texts)), np.uint64)
        rows: slice | npt.NDArray[np.intp] = slice(None)
        for place in range(0, int(lengths.max(initial=0)), 8):
            if lengths.min() <= place:
                rows = np.flatnonzero(lengths > place)
            left = lengths[rows] - place
            key, stir = self._keys_for(place // 8)
            word = words[offsets[:-1][rows] + place] & _LOW_BYTES[np.minimum(left, 8)]
            mixed = _mix((word ^ key) + left.astype(np.uint64) * stir)  # the length counts: zero bytes may end a text
            hashes[0, rows] += mixed
            hashes[1, rows] += _mix(mixed * stir)
        return hashes

    def _keys_for(self, word: int) -> npt.NDArray[np.uint64]:
        while len(self._keys) <= word:
            self._keys.append(self._random.integers(2**64, size=2, dtype=np.uint64) | np.uint64(1))
        return self._keys[word]


_LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit over the whole word, losing none: the finalizer of MurmurHash3."""
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))


class SeenRows:
    """The rows seen so far: their hashes in order, and an open-addressing table that finds a row by its hash."""

    def __init__(self) -> None:
        self._rows = 0
        self._hashes = np.empty((0, 2), np.uint64)
        self._table = np.zeros(1 << 16, np.uint32)  # row number + 1; 0 is free

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which of these rows are new: neither seen before nor equal to one ahead of them."""
        first, behind = self._rows, self._rows + hashes.shape[1]
        if behind > len(self._hashes):
            # In place: the system moves the pages, and nothing is there twice.
            self._hashes.resize((behind + behind // 8, 2), refcheck=False)
        self._hashes[first:behind] = hashes.T
        self._rows = behind
        if behind > len(self._table) * 2 // 3:
            self._table = np.zeros(1 << (behind * 3 // 2).bit_length(), np.uint32)
            for start in range(0, first, _CHUNK):
                self._place(start, min(start + _CHUNK, first))
        return self._place(first, behind)

    def _place(self, first: int, behind: int) -> npt.NDArray[np.bool_]:
        """Put rows into the table, each in the first slot from its own on that is free or holds an equal row."""
        new = np.zeros(behind - first, bool)
        last_slot = np.uint64(len(self._table) - 1)
        rows = np.arange(first, behind)
        slots = self._hashes[first:behind, 0] & last_slot
        while len(rows):
            free = np.flatnonzero(self._table[slots] == 0)[::-1]
            self._table[slots[free]] = (
                rows[free] + 1
            )  # where several rows claim a slot, the last one written: the first row
            holders = self._table[slots].astype(np.intp) - 1
            settled = (self._hashes[holders] == self._hashes[rows]).all(axis=1)
            new[rows[settled] - first] = (holders == rows)[settled]
            rows, slots = rows[~settled], (slots[~settled] + np.uint64(1)) & last_slot
        return new


_CHUNK = 1 << 16
