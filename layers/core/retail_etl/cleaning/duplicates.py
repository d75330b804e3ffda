"""Telling rows that were seen before, in 16 bytes a row and an index of 6 to 12 more.

A row is known by 128 bits made from its clean texts with keys that are drawn anew for every run: two different rows
of a file of ten million share them with a chance of about 1 in 10^25, and nobody can write a file in which they do.
"""

import secrets

import numpy as np
import numpy.typing as npt

from retail_etl.cleaning.texts import numbers_at

type Hashes = npt.NDArray[np.uint64]
"""Of shape (2, n): two words for each of n texts or rows."""


class TextHash:
    """Hashes texts by keys of its own, so that the hashes of one row's texts can be added up to that of the row."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(secrets.randbits(128))
        self._keys: list[tuple[np.uint64, np.uint64, np.uint64]] = []

    def __call__(
        self,
        text: bytes | npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int32],
        lengths: npt.NDArray[np.int32],
    ) -> Hashes:
        """The hashes of these parts of a text."""
        shortest, longest = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
        length_key, _, _ = self._keys_for(0)
        high = _mix(lengths.astype(np.uint64) * length_key)  # or zero bytes at the end of a text would not count
        low = np.zeros(len(starts), np.uint64)
        rows: slice | npt.NDArray[np.intp] = slice(None)
        for place in range(0, longest, 8 * _WORDS_AT_ONCE):
            if shortest <= place:
                rows = np.flatnonzero(lengths > place)
            count = min(_WORDS_AT_ONCE, (longest - place + 7) // 8)
            words, left = numbers_at(text, starts[rows] + place, "<", count), lengths[rows] - place
            for number in range(count):
                word = words[:, number]
                if shortest < place + 8 * number + 8:
                    word &= _LOW_BYTES.take(np.clip(left - 8 * number, 0, 8))
                key, stir, nothing = self._keys_for(1 + place // 8 + number)
                mixed = _mix(word ^ key) - nothing  # a text that has ended adds nothing
                high[rows] += mixed
                low[rows] += mixed * stir
        return np.array((high, low))

    def _keys_for(self, number: int) -> tuple[np.uint64, np.uint64, np.uint64]:
        """Two random odd numbers for a word, and what becomes of eight bytes that are not there."""
        while len(self._keys) <= number:
            key, stir = self._random.integers(2**64, size=2, dtype=np.uint64) | np.uint64(1)
            self._keys.append((key, stir, _mix(np.array([key]))[0]))
        return self._keys[number]


_WORDS_AT_ONCE = 8
_LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit over the whole word, in place, losing none: the finalizer of MurmurHash3."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        words ^= words >> np.uint64(33)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(33)
    return words


class SeenRows:
    """The rows seen so far: their hashes in order, and an open-addressing table that finds a row by its hash."""

    def __init__(self) -> None:
        self._count = 0
        self._hashes = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self._table: npt.NDArray[np.uint32] = np.zeros(1 << 21, np.uint32)  # row number + 1; 0 is free

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which of these rows are new: neither seen before nor equal to one ahead of them."""
        first, behind = self._count, self._count + hashes.shape[1]
        self._count = behind
        for kept, words in zip(self._hashes, hashes, strict=True):
            if behind > len(kept):
                kept.resize(behind + behind // 64, refcheck=False)  # the system moves the pages: nothing is there twice
            kept[first:behind] = words
        if behind > len(self._table) * 2 // 3:
            self._table = np.zeros(len(self._table) * 2, np.uint32)
            for start in range(0, first, _CHUNK):
                self._place(start, min(start + _CHUNK, first))
        return self._place(first, behind)

    def _place(self, first: int, behind: int) -> npt.NDArray[np.bool_]:
        """Put rows into the table, each in the first slot from its own on that is free or holds an equal row."""
        new = np.zeros(behind - first, bool)
        kept_high, kept_low = self._hashes
        rows, high, low = np.arange(first, behind, dtype=np.uint32), kept_high[first:behind], kept_low[first:behind]
        last_slot = np.uint64(len(self._table) - 1)
        slots = (high & last_slot).astype(np.intp)
        while len(rows):
            # Of rows that claim the same slot, the one written last has it: the first.
            free = np.flatnonzero(self._table.take(slots) == 0)[::-1]
            self._table[slots.take(free)] = rows.take(free) + np.uint32(1)
            holders = self._table.take(slots) - np.uint32(1)
            own = holders == rows
            new[rows[own] - np.uint32(first)] = True
            others = np.flatnonzero(~own)
            held = holders.take(others)
            differ = (kept_high.take(held) != high.take(others)) | (kept_low.take(held) != low.take(others))
            left = others[differ]
            rows, high, low = rows.take(left), high.take(left), low.take(left)
            slots = (slots.take(left) + 1) & int(last_slot)
        return new


_CHUNK = 1 << 16
