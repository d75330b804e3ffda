"""What a publish costs as purchases grow a hundredfold, and how much of it is the queries.

    python benchmarks/publish.py

Beside the queries a publish reads results, writes CSVs and builds the page: that depends on months, cities and
products, which are the same here at every size, and not on the number of purchases.
"""

import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table as Printed

from retail_etl.adapters.folder import Folder
from retail_etl.adapters.warehouse import Warehouse
from retail_etl.contract import shipped_contract
from retail_etl.flows.publish import PAGE, PublishPorts, publish
from tests.browser.conftest import sell
from tests.views.data_api import DataApi
from tests.views.engines import COLUMNS, DuckDb

SIZES = (50_000, 500_000, 5_000_000)
REPEATS = 3


class TimedApi(DataApi):
    """A Data API that measures what its queries cost."""

    seconds = 0.0
    page_rows = 10_000

    def batch_execute_statement(self, **request: object) -> dict[str, str]:
        began = time.process_time()
        answer = super().batch_execute_statement(**request)  # type: ignore[arg-type] # handed on as it came
        self.seconds += time.process_time() - began
        return answer


def warehouse_of(rows: int) -> DuckDb:
    """The smallest size's purchases, again and again."""
    warehouse = DuckDb()
    warehouse.run("CREATE TABLE public.load_history (load_id VARCHAR, loaded_at TIMESTAMP, replaced_by VARCHAR)")
    warehouse.run("INSERT INTO public.load_history VALUES ('only', '2025-07-01', NULL)")
    sell(warehouse, SIZES[0], cities=25_000, hostile=False, unknown=False)
    names = ", ".join(name for name, _ in COLUMNS)
    warehouse.run(
        f"INSERT INTO public.walmart_sales ({names}) SELECT {names} FROM public.walmart_sales, "
        f"range({rows // SIZES[0] - 1})"
    )
    return warehouse


def measure(rows: int) -> tuple[float, float, int]:
    """CPU seconds of the queries, of all else, bytes of the page: the best of a few publishes."""
    api = TimedApi(warehouse_of(rows))
    best = (float("inf"), float("inf"), 0)
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            api.seconds, began = 0.0, time.process_time()
            warehouse = Warehouse(api, "w", "d")  # type: ignore[arg-type] # it answers what is asked here, no more
            ports = PublishPorts(Folder(Path(folder), {}), warehouse, lambda: 900.0)
            manifest = publish([], ports, shipped_contract()).manifest
            rest = time.process_time() - began - api.seconds
            best = min(best, (rest, api.seconds, manifest.files[PAGE].bytes))
    return best[1], best[0], best[2]


def main() -> None:
    """Measure every size and print the table."""
    printed = Printed("purchases", "queries, CPU s", "all else, CPU s", "against the smallest", "page, KB")
    smallest = 0.0
    for rows in SIZES:
        queries, rest, size = measure(rows)
        smallest = smallest or rest
        printed.add_row(f"{rows:,}", f"{queries:.2f}", f"{rest:.2f}", f"{rest / smallest:.2f}", f"{size / 1024:,.0f}")
    Console().print(printed)


if __name__ == "__main__":
    main()
