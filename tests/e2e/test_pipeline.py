"""A raw file dropped into the bucket, seen in the warehouse: through S3, SQS, Lambda, the Data API and EventBridge."""

import csv
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from etl.deliveries import follow
from etl.target import Target
from retail_etl import naming
from retail_etl.flows.publish import read_manifest
from retail_etl.flows.pull import pull
from retail_etl.flows.status import Delivery
from retail_etl.publishing.views import VIEWS

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "purchases_sample.csv"


def _sql(target: Target, statement: str, **parameters: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60
    return target.warehouse.query(statement, lambda: deadline - time.monotonic(), parameters)


def _deliver(target: Target, name: str, content: bytes) -> Delivery:
    key = f"{naming.RAW}{name}"
    target.bucket.write(key, content, "text/csv")
    return follow(target, key, print)


def _rows_of(target: Target, found: Delivery) -> dict[str, Any]:
    assert found.clean is not None
    statement = (
        "SELECT COUNT(*) AS held, SUM(purchase_amount) AS revenue, COUNT(DISTINCT customer_id) AS customers "
        "FROM public.walmart_sales WHERE source_file = :file"
    )
    return _sql(target, statement, file=found.clean.monthly_key or "")[0]


def test_a_sample_file_is_loaded_whole(target: Target) -> None:
    folder = f"e2e {uuid4()}"
    found = _deliver(target, f"{folder}/purchases 2025-06.csv", SAMPLE.read_bytes())
    assert found.stage == "loaded", found.reason
    assert found.clean is not None
    assert found.load is not None
    assert found.clean.rows_read == len(list(csv.reader(SAMPLE.read_text("utf-8").splitlines()))) - 1
    held = _rows_of(target, found)
    assert found.load.rows_loaded + found.load.rows_already_present == found.clean.rows_clean
    assert held["held"] == found.load.rows_loaded
    monthly = target.bucket.read(found.clean.monthly_key or "")
    assert monthly is not None
    rows = list(csv.DictReader(monthly[0].decode("utf-8").splitlines()))
    if not found.load.rows_already_present:
        assert Decimal(held["revenue"]) == sum(Decimal(row["purchase_amount"]) for row in rows)


def test_a_load_is_published(target: Target, tmp_path: Path) -> None:
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    marked = [lines[0]] + [line.replace(b",", b"p,", 1) for line in lines[1:51]]
    found = _deliver(target, f"e2e {uuid4()}/2025-06.csv", b"".join(marked))
    assert found.load is not None
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        manifest, _ = read_manifest(target.bucket)
        if manifest and found.load.load_id in manifest.loads:
            break
        time.sleep(0.2)
    else:
        pytest.fail("nothing was published within two minutes")
    assert set(pull(target.bucket, tmp_path).files) >= {
        "index.html",
        "data_dictionary.csv",
        "views/vw_city_revenue.csv",
    }
    assert (tmp_path / "index.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers(target: Target, view: str) -> None:
    assert _sql(target, f"SELECT COUNT(*) AS n FROM public.{view}")[0]["n"] >= 0


def test_a_corrected_file_replaces_its_own_rows(target: Target) -> None:
    name = f"e2e {uuid4()}/2025-06.csv"
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    marked = [lines[0]] + [line.replace(b",", b"x,", 1) for line in lines[1:301]]
    first = _deliver(target, name, b"".join(marked))
    assert first.stage == "loaded", first.reason
    second = _deliver(target, name, b"".join(marked[:101]))
    assert second.stage == "loaded", second.reason
    assert second.clean is not None
    assert second.load is not None
    assert first.load is not None
    assert second.load.rows_replaced == first.load.rows_loaded
    assert _rows_of(target, second)["held"] == second.load.rows_loaded == second.clean.rows_clean


def test_a_refused_file_changes_nothing_and_says_why(target: Target) -> None:
    before = _sql(target, "SELECT COUNT(*) AS n FROM public.walmart_sales")
    found = _deliver(target, f"e2e {uuid4()}/2025-06.csv", b"<html>not a csv</html>")
    assert found.stage == "refused"
    assert found.reason
    assert _sql(target, "SELECT COUNT(*) AS n FROM public.walmart_sales") == before


@pytest.mark.skipif("ETL_REAL_DATA" not in os.environ, reason="the real data is not part of the repository")
def test_the_real_file_gives_its_known_total(target: Target) -> None:
    real = Path(os.environ["ETL_REAL_DATA"]) / "Walmart_customer_purchases.csv"
    found = _deliver(target, f"e2e {uuid4()}/real.csv", real.read_bytes())
    assert found.stage == "loaded", found.reason
    assert found.clean is not None
    assert found.clean.rows_clean == 50_000
    monthly = target.bucket.read(found.clean.monthly_key or "")
    assert monthly is not None
    rows = csv.DictReader(monthly[0].decode("utf-8").splitlines())
    assert sum(Decimal(row["purchase_amount"]) for row in rows) == Decimal("12776611.48")
