"""What the `etl` command prints: tables on a terminal, plain lines where they are read by something else."""

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from retail_etl.report import CleanReport, LoadReport

# Into a pipe or a file, nothing is cut or wrapped to a width that nobody sees.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done while it is done, and how long it took."""
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield
    console.print(f"{what}: {time.monotonic() - began:.1f} s", markup=False, soft_wrap=True)


def report(clean: CleanReport, load: LoadReport | None = None) -> None:
    """What became of a delivery, one fact a line."""
    names = ("source_key", "status", "month", "monthly_key", "rows_read", "rows_clean", "rows_rejected")
    facts = [(name, getattr(clean, name)) for name in (*names, "duplicates_dropped", "error")]
    reasons = sorted(clean.reject_reasons.items(), key=lambda item: (-item[1], item[0]))
    facts += [(f"  rejected for {reason}", count) for reason, count in reasons]
    if load:
        load_names = ("status", "rows_loaded", "rows_already_present", "rows_replaced", "error")
        facts += [(f"load {name}", getattr(load, name)) for name in load_names]
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        if value is not None:
            written = f"{value:,}" if isinstance(value, int) else str(value)
            console.print(f"{name:<{width}}  {written}", markup=False, soft_wrap=True)


def rows(found: Sequence[dict[str, Any]], title: str | None = None) -> None:
    """Rows of a query as a table: a line of names, then a line a row, never cut."""
    if title:
        console.print(f"\n{title}", style="bold", markup=False)
    if not found:
        console.print("no rows")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, value in found[0].items():
        table.add_column(Text(name), justify="right" if _is_number(value) else "left", overflow="fold")
    for row in found:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    console.print(table)


def _is_number(value: object) -> bool:
    """Whether a value of the Data API is a number; it gives decimals as text."""
    return isinstance(value, int | float) or (
        isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]+", value) is not None
    )
