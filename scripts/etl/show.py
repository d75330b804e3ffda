"""What the `etl` command prints: tables on a terminal, plain lines where they are read by something else."""

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress

    from retail_etl.profiling import Profile
    from retail_etl.report import CleanReport, LoadReport

# Into a pipe or a file, nothing is cut or wrapped to a width that nobody sees.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
# Bars and spinners go where they do not get into what is piped on; they are not shown where nobody looks.
_moving = console if sys.stdout.isatty() else Console(stderr=True, highlight=False)


def line(text: str) -> None:
    """One line as it is, whatever it holds."""
    console.print(text, markup=False, soft_wrap=True)


def plain(text: str) -> str:
    """A text for a place where markup is read, without any being found in it."""
    return escape(text)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done while it is done, and how long it took."""
    began = time.monotonic()
    with waiting(what):
        yield
    line(f"{what}: {time.monotonic() - began:.1f} s")


def waiting(what: str) -> AbstractContextManager[Any]:
    """A spinner while something is waited for, on a terminal."""
    return _moving.status(f"{escape(what)} …")


def progress() -> "Progress":
    """A bar of bytes that are read or sent, on a terminal; gone when it is full."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=_moving, transient=True, disable=not _moving.is_terminal)


def as_json(value: Any) -> None:
    """A value, of dataclasses perhaps, as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_written))


def _written(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def report(clean: "CleanReport", load: "LoadReport | None" = None) -> None:
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
            line(f"{name:<{width}}  {f'{value:,}' if isinstance(value, int) else value}")


def profile(found: "Profile") -> None:
    """A file's columns, one a line."""
    told = f"{found.file}: {found.rows:,} rows, {len(found.columns)} columns, delimiter {found.delimiter!r}"
    told += f", {found.ragged:,} records with more or fewer fields" if found.ragged else ""
    told += f", {found.recoded_lines:,} lines that are not UTF-8" if found.recoded_lines else ""
    line(told)
    rows(
        [
            {
                "column": column.header,
                "kind": column.kind,
                "missing": f"{column.missing:,}",
                "distinct": f"{column.distinct:,}",
                "misfits": f"{column.misfits:,}",
                "from": column.lowest,
                "to": column.highest,
                "examples": ", ".join(column.examples),
                "misfitting": ", ".join(column.misfitting),
            }
            for column in found.columns
        ]
    )


def rows(found: Sequence[Mapping[str, Any]], title: str | None = None) -> None:
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
        isinstance(value, str) and re.fullmatch(r"-?[0-9,]*[0-9](\.[0-9]+)?", value) is not None
    )
