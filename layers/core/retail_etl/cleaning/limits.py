"""How many rows a function of some memory size can clean.

What tells duplicates is the only memory that grows with the file; docs/cleaning-performance.md has the measured curve.
"""

_FIXED_BYTES = 330 * 2**20  # the interpreter, pandas and Arrow, one block in work, what the dictionaries remember
_ROW_BYTES = 30  # 16 of hash and an eighth more to grow into, 6 to 12 of table


def most_rows(memory_mb: int) -> int:
    """Hand this to `clean` as `max_rows`, so that a larger file is refused before the function runs out of memory."""
    return max(0, (memory_mb * 2**20 - _FIXED_BYTES) // _ROW_BYTES)
