"""`make demo`: one raw file through the whole pipeline, in an emulated cloud that lives as long as the demo.

    python -m etl.demo [RAW]

Exits with 0 only if the counts agree: rows read = clean + rejected + duplicates, rows in the table = clean rows.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from etl.target import Target, emulated
from local import cloud, stack
from retail_etl import naming
from retail_etl.contract import shipped_contract
from retail_etl.errors import EtlError
from retail_etl.flows.status import Delivery, delivery
from retail_etl.publishing.views import VIEWS

SAMPLE = cloud.ROOT / "samples" / "purchases_sample.csv"
_FOLDER = cloud.ROOT / ".local" / "demo"
_WAIT_SECONDS = 300
_QUERY_SECONDS = 60
_FIRST_ROWS = 5

console = Console(highlight=False)


class DemoFailed(EtlError):
    """The pipeline did not do what it promises."""


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="make demo RAW=file.csv", description="One raw file through the pipeline.")
    parser.add_argument("raw", type=Path, nargs="?", default=SAMPLE, help="the raw CSV; a shipped sample if left out")
    raw = parser.parse_args().raw
    try:
        _demo(raw)
    except (EtlError, cloud.CloudError, OSError) as error:
        console.print(f"[bold red]The demo failed:[/] {error}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _demo(raw: Path) -> None:
    content = raw.read_bytes()
    with _step("Building functions and layers with `sam build`"):
        stack.build(_FOLDER.parent / "sam-build.log")
    cloud.stop(_FOLDER)  # what a demo that was killed may have left
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with _step("Starting the emulated cloud"):
        running = cloud.started(_FOLDER)
        here = running.__enter__()
    try:
        with _step("Deploying template.yaml with `sam deploy`"):
            stack.deploy(here, _FOLDER / "sam-deploy.log")
        target = emulated(here)
        key = f"{naming.RAW}{raw.name}"
        with _step(f"Dropping {raw.name} ({len(content):,} bytes) into {target.bucket.uri(key)}"):
            target.bucket.write(key, content, "text/csv")
        found = _follow(target, key)
        _show(target, found)
    finally:
        running.__exit__(None, None, None)


def _follow(target: Target, key: str) -> Delivery:
    """Say each stage as the delivery reaches it, and return it at its end."""
    deadline, said = time.monotonic() + _WAIT_SECONDS, ""
    began = time.monotonic()
    while time.monotonic() < deadline:
        found = delivery(target.bucket, key)
        if found and found.stage != said:
            said = found.stage
            console.print(f"  {time.monotonic() - began:5.1f} s  {said}")
        if found and found.ended:
            return found
        time.sleep(0.1)
    raise DemoFailed(f"{key} was still {said or 'unknown'} after {_WAIT_SECONDS} seconds; see {_FOLDER}")


def _show(target: Target, found: Delivery) -> None:
    report, load = found.clean, found.load
    if report is None or load is None or found.stage != "loaded":
        reason = (load and load.error) or (report and report.error)
        raise DemoFailed(f"{found.raw.key} was {found.stage}: {reason}")
    table = Table(title="\nReport", title_justify="left", show_header=False)
    for name in (
        "source_key",
        "month",
        "monthly_key",
        "rows_read",
        "rows_clean",
        "rows_rejected",
        "duplicates_dropped",
    ):
        value = getattr(report, name)
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    for reason, count in sorted(report.reject_reasons.items(), key=lambda item: -item[1]):
        table.add_row(f"  rejected for {reason}", f"{count:,}")
    for name in ("rows_loaded", "rows_already_present", "rows_replaced"):
        table.add_row(name, f"{getattr(load, name):,}")
    console.print(table)

    for view in VIEWS[1:7]:
        rows = _query(target, f"SELECT * FROM public.{view} ORDER BY 1, 2 LIMIT {_FIRST_ROWS}")  # noqa: S608 - our own name
        _print_rows(f"{view} (first {len(rows)} rows)", rows)
    history = _query(target, "SELECT source_file, month, rows_in_file, rows_loaded, loaded_at FROM public.load_history")
    _print_rows("load_history", history)

    contract = shipped_contract()
    (total,) = _query(
        target,
        f"SELECT COUNT(*) AS rows_in_table, SUM(purchase_amount) AS total FROM {contract.schema}.{contract.table}",  # noqa: S608 - our own name
    )
    accounted = report.rows_clean + report.rows_rejected + report.duplicates_dropped
    console.print(
        f"\n{report.rows_read:,} rows read = {report.rows_clean:,} clean + {report.rows_rejected:,} rejected"
        f" + {report.duplicates_dropped:,} duplicates."
        f"\n{contract.table} holds {total['rows_in_table']:,} rows, {float(total['total']):,.2f} in all."
    )
    if report.rows_read != accounted or total["rows_in_table"] != report.rows_clean:
        raise DemoFailed("the counts do not agree")
    console.print("[bold green]The counts agree.[/]")


def _query(target: Target, sql: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _QUERY_SECONDS
    return target.warehouse.query(sql, lambda: deadline - time.monotonic())


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"\n{title}", title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(name, justify="right" if isinstance(rows[0][name], int | float) else "left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield
    console.print(f"{what}: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
