"""A cube in little space: what the page filters, a few bytes a row instead of a line of JSON.

Rows are sorted by their key, the mixed-radix number of their dimensions' codes. Each row is written as the distance of
its key to the one before and then its measures, as variable-length integers (zigzag, so that the sign is the lowest
bit; seven bits a byte, low ones first, the eighth says that more follow), and the whole in base64.
`dashboard/src/cube.ts` reads it.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from retail_etl.publishing.tables import Table


def pack(table: Table, measures: Mapping[str, int]) -> dict[str, Any]:
    """Pack a cube. `measures` are its numeric columns with the factor that makes them whole; the others are dimensions.

    The dimensions' values are listed in rising order, NULL (empty) first.
    """
    dimensions = [column for column in table.columns if column not in measures]
    places = {column: place for place, column in enumerate(table.columns)}
    values = {name: sorted({row[places[name]] for row in table.rows}) for name in dimensions}
    codes = {name: {value: code for code, value in enumerate(values[name])} for name in dimensions}

    rows = []
    for row in table.rows:
        key = 0
        for name in dimensions:
            key = key * len(values[name]) + codes[name][row[places[name]]]
        rows.append((key, [round(Decimal(row[places[name]]) * factor) for name, factor in measures.items()]))
    rows.sort()

    packed, previous = bytearray(), 0
    for key, numbers in rows:
        _append(packed, (key - previous, *numbers))
        previous = key
    return {
        "dimensions": [{"name": name, "values": values[name]} for name in dimensions],
        "measures": [{"name": name, "factor": factor} for name, factor in measures.items()],
        "rows": len(rows),
        "data": b64encode(packed).decode(),
    }


def add_up(table: Table, left_out: Collection[str], measures: Collection[str]) -> Table:
    """The cube without some dimensions: rows that differ in nothing else become one, their measures added up."""
    kept = [place for place, column in enumerate(table.columns) if column not in {*left_out, *measures}]
    numbers = [place for place, column in enumerate(table.columns) if column in measures]
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for row in table.rows:
        total = sums.setdefault(tuple(row[place] for place in kept), [Decimal(0)] * len(numbers))
        total[:] = [before + Decimal(row[place]) for before, place in zip(total, numbers, strict=True)]
    columns = tuple(table.columns[place] for place in (*kept, *numbers))
    return Table(columns, [[*key, *map(str, total)] for key, total in sums.items()])


def _append(packed: bytearray, numbers: Iterable[int]) -> None:
    for number in numbers:
        rest = number << 1 if number >= 0 else ~(number << 1)
        while rest > 127:
            packed.append(rest & 127 | 128)
            rest >>= 7
        packed.append(rest)
