"""A view's rows as text, and the CSV that people get of them."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of one query, in its order. Values are text as the warehouse writes them; empty stands for NULL.

    `types` are the warehouse's names of the columns' types, empty where nobody told them.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    types: tuple[str, ...] = ()

    def records(self) -> Iterator[dict[str, str]]:
        """The rows by column name."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def only(self) -> dict[str, str]:
        """The one row of a view that has exactly one."""
        (record,) = self.records()
        return record


def write_csv(table: Table) -> bytes:
    """UTF-8, LF, a header line, quotes only where they are needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue().encode()
