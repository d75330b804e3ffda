"""`make demo`: one raw file through the whole pipeline, in an emulated cloud that lives as long as the demo.

    python -m etl.demo [RAW]

Exits with 0 only if the counts agree: rows read = clean + rejected + duplicates, rows in the table = clean rows.
"""

import argparse
import shutil
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

from etl import show
from etl.deliveries import follow
from etl.failures import one_line_errors
from etl.target import Target, emulated
from local import cloud, stack
from retail_etl import naming
from retail_etl.contract import shipped_contract
from retail_etl.errors import EtlError
from retail_etl.flows.publish import PAGE, read_manifest
from retail_etl.flows.pull import pull
from retail_etl.flows.status import Delivery
from retail_etl.warehouse.schema import qualified

SAMPLE = cloud.ROOT / "samples" / "purchases_sample.csv"
FOLDER = cloud.ROOT / ".local" / "demo"
DASHBOARDS = cloud.ROOT / ".local" / "dashboards"
FIRST_ROWS = 5
SIX_VIEWS = (
    "vw_category_revenue",
    "vw_monthly_revenue_by_category",
    "vw_repeat_customer_comparison",
    "vw_discount_behavior",
    "vw_payment_method_summary",
    "vw_city_revenue",
)
_QUERY_SECONDS = 60
_PUBLISH_SECONDS = 120


class DemoFailed(EtlError):
    """The pipeline did not do what it promises."""


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="make demo RAW=file.csv", description="One raw file through the pipeline.")
    parser.add_argument("raw", type=Path, nargs="?", default=SAMPLE, help="the raw CSV; a shipped sample if left out")
    raw: Path = parser.parse_args().raw
    with one_line_errors():
        if not raw.is_file():
            raise DemoFailed(f"there is no file {raw}")
        _demo(raw)


def _demo(raw: Path) -> None:
    with show.step("Building functions and layers with `sam build`"):
        stack.build(FOLDER.parent / "sam-build.log")
    cloud.stop(FOLDER)  # what a demo that was killed may have left
    shutil.rmtree(FOLDER, ignore_errors=True)
    with ExitStack() as running:
        with show.step("Starting the emulated cloud"):
            here = running.enter_context(cloud.started(FOLDER))
        with show.step("Deploying template.yaml with `sam deploy`"):
            stack.deploy(here, FOLDER / "sam-deploy.log")
        target = emulated(here)
        key = f"{naming.RAW}{raw.name}"
        with show.step(f"Dropping {_told(raw)} into {target.bucket.uri(key)}"):
            target.bucket.write(key, raw.read_bytes(), "text/csv")
        found = follow(target, key, show.line)
        _show(target, found)
        with show.step("Waiting for the dashboards of this load"):
            _wait_for_dashboards(target, found)
        pull(target.bucket, DASHBOARDS)
    show.line(f"\nThe dashboards: {_told(DASHBOARDS / PAGE)}")


def _told(path: Path) -> Path:
    """The path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _show(target: Target, found: Delivery) -> None:
    clean, load, contract = found.clean, found.load, shipped_contract()
    if clean is None or load is None or found.stage != "loaded":
        raise DemoFailed(f"{found.raw.key} was {found.stage}: {found.reason}")
    show.console.print("\nThe report:")
    show.report(clean, load)
    for view in SIX_VIEWS:
        show.rows(_query(target, f"SELECT * FROM public.{view} ORDER BY 1, 2 LIMIT {FIRST_ROWS}"), view)
    history = "SELECT source_file, month, rows_in_file, rows_loaded, rows_replaced, loaded_at FROM public.load_history"
    show.rows(_query(target, history), "load_history")

    table = qualified(contract, contract.table)
    (held,) = _query(target, f"SELECT COUNT(*) AS orders, SUM(purchase_amount) AS revenue FROM {table}")
    show.console.print(
        f"\n{clean.rows_read:,} rows read = {clean.rows_clean:,} clean + {clean.rows_rejected:,} rejected"
        f" + {clean.duplicates_dropped:,} duplicates; {contract.table} holds {held['orders']:,} rows,"
        f" {Decimal(held['revenue']):,} in all."
    )
    accounted = clean.rows_clean + clean.rows_rejected + clean.duplicates_dropped
    if clean.rows_read != accounted or held["orders"] != clean.rows_clean:
        raise DemoFailed("the counts do not agree")
    show.console.print("[bold green]The counts agree.[/]")


def _wait_for_dashboards(target: Target, found: Delivery) -> None:
    deadline = time.monotonic() + _PUBLISH_SECONDS
    while time.monotonic() < deadline:
        manifest, _ = read_manifest(target.bucket)
        if manifest and found.load and found.load.load_id in manifest.loads:
            return
        time.sleep(0.2)
    raise DemoFailed(f"no dashboards were published within {_PUBLISH_SECONDS} seconds")


def _query(target: Target, sql: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _QUERY_SECONDS
    return target.warehouse.query(sql, lambda: deadline - time.monotonic())


if __name__ == "__main__":
    main()
