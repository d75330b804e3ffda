"""Cleaning one file, block by block.

    raw bytes ─ source ─→ lines of UTF-8 ─ header, records ─→ blocks of records ─ lanes ─→ clean values, reasons
                                                                                 └ dictionary, plain, rules
              clean CSV, rejects CSV, counts ←─ outputs ←─ duplicates ←────────────────┘

Only what tells duplicates grows with the file. All else is bounded by the block size and the contract.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import iadd

import numpy as np
import pyarrow as pa

from retail_etl.cleaning.duplicates import SeenRows
from retail_etl.cleaning.header import read_header
from retail_etl.cleaning.lanes import Strip, lanes_for
from retail_etl.cleaning.outcome import Cleaned
from retail_etl.cleaning.outputs import BinaryWriter, CleanRows, Rejects
from retail_etl.cleaning.records import Block, Mask, Places, blocks
from retail_etl.cleaning.source import BinaryReader, Source
from retail_etl.contract import Contract
from retail_etl.errors import DeliveryRefused


def clean(
    raw: BinaryReader,
    contract: Contract,
    *,
    clean_out: BinaryWriter,
    rejects_out: BinaryWriter,
    block_bytes: int = 8 * 1024 * 1024,
    max_rows: int | None = None,
) -> Cleaned:
    """Clean a raw file by its contract. Both outputs begin with their header and are written about a MiB at a time.

    Raises:
        DeliveryRefused: the file cannot be read, or has more than `max_rows` rows (see `limits`).
            What has been written until then is worth nothing.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what is freed: 40 MB more at the peak
    source = Source(raw, contract, block_bytes)
    header, lines = read_header(source, contract)
    lanes = lanes_for(contract, header)
    clean_rows, rejects = CleanRows(lanes, contract, header, clean_out), Rejects(rejects_out)
    seen = SeenRows()
    rows_read = duplicates = 0
    for block in blocks(lines, header.delimiter, header.next_line, contract.max_record_bytes):
        rows_read += len(block.counts)
        if max_rows is not None and rows_read > max_rows:
            raise DeliveryRefused(
                f"the file has more than {max_rows:,} rows, the most that this function's memory takes: "
                "give it more memory, or deliver the file in parts"
            )
        rows = block.rows(header.width)
        strips = [lane.read(rows) for lane in lanes]
        broken = np.logical_or.reduce([strip.broken for strip in strips])
        sound = np.flatnonzero(~broken)
        hashes = reduce(iadd, (strip.hashes for strip in strips))  # into those of the first, which nobody needs again
        new = seen.add(hashes.take(sound, axis=1))
        duplicates += len(sound) - int(np.count_nonzero(new))
        clean_rows.write(rows, strips, sound[new])
        rejects.write(block, *_rejected(block, header.width, strips, broken))
        del block, rows, strips, hashes  # none stays in memory beside the next one
    days = clean_rows.days()
    return Cleaned(
        rows_read=rows_read,
        rows_clean=clean_rows.count,
        rows_rejected=rejects.count,
        duplicates_dropped=duplicates,
        reject_reasons=rejects.reasons,
        ignored_columns=header.ignored,
        recoded_lines=source.recoded_lines,
        months=frozenset(day.isoformat()[:7] for day in days),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        refusal=_refusal(rows_read, clean_rows.count, rejects.count, contract),
    )


def _rejected(
    block: Block, width: int, strips: Sequence[Strip], broken: Mask
) -> tuple[Places, Callable[[Places], list[str]]]:
    """The records that are rejected, in file order, and how to tell why."""
    whole = np.flatnonzero(block.counts == width)
    is_rejected = block.counts != width
    is_rejected[whole[broken]] = True

    def reasons(records: Places) -> list[str]:
        is_row = block.counts[records] == width
        rows = np.searchsorted(whole, records[is_row])
        of_rows: list[list[str]] = [[] for _ in rows]
        for strip in strips:
            which = np.flatnonzero(strip.broken[rows])
            for row, code in zip(which.tolist(), strip.codes[rows[which]].tolist(), strict=True):
                of_rows[row].append(strip.reasons[code])
        next_row = iter(of_rows)
        return [
            ";".join(next(next_row)) if count == width else _TOO_FEW if count < width else _TOO_MANY
            for count in block.counts[records].tolist()
        ]

    return np.flatnonzero(is_rejected), reasons


_TOO_FEW, _TOO_MANY = "row:too_few_fields", "row:too_many_fields"


def _refusal(read: int, clean: int, rejected: int, contract: Contract) -> str | None:
    if rejected > contract.max_rejected_share * read:
        return f"{rejected:,} of {read:,} rows break the contract, more than {contract.max_rejected_share:.0%} of them"
    if not clean:
        return "no row is clean"
    return None
