"""The embedded Redshift beside plain DuckDB on the same machine: COPY, the upsert, small statements.

Both sides of a comparison run in turn, several times, in this one process; the table shows medians and their ratio.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import duckdb
import numpy as np
import pandas as pd
from moto import mock_aws

from local.redshift.server import Server
from retail_etl.contract import shipped_contract

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
RUNS = 3
WHERE: dict[str, Any] = {"WorkgroupName": "bench", "Database": "dev"}
COLUMNS = [(column.name, column.physical_type) for column in shipped_contract().table_columns]
NAMES = ", ".join(name for name, _ in COLUMNS)
TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
PASS: Any = {"core": {"passthrough": {"urls": ["127.0.0.1"], "services": ["redshift-data"]}}}


def clean_csv(path: Path, rows: int, first: int = 0) -> None:
    """A monthly file as the cleaning writes it: customers ``first`` and on, each with the same row in every file."""
    made = first + rows

    def number(column: int, low: int, high: int) -> Any:
        return np.random.default_rng((7, column)).integers(low, high, made)[first:]

    def one_of(column: int, values: list[str]) -> Any:
        return np.array(values, dtype=object)[number(column, 0, len(values))]

    days = pd.Timestamp("2024-02-10") + pd.to_timedelta(number(0, 0, 366), unit="D")
    data = {
        "customer_id": [f"{n:032x}" for n in range(first, made)],
        "age": number(1, 18, 70),
        "gender": one_of(2, ["Male", "Female", "Other"]),
        "city": [f"City {n}" for n in number(3, 0, 25_000)],
        "category": one_of(4, ["Electronics", "Home", "Beauty", "Clothing"]),
        "product_name": one_of(5, ["Laptop", "Lamp", "Perfume", "T-Shirt"]),
        "purchase_date": days.strftime("%Y-%m-%d"),
        "purchase_amount": [f"{cents / 100:.2f}" for cents in number(6, 1000, 50_000)],
        "payment_method": one_of(7, ["UPI", "Debit Card", "Credit Card"]),
        "discount_applied": one_of(8, ["Yes", "No"]),
        "rating": number(9, 1, 6),
        "repeat_customer": one_of(10, ["Yes", "No"]),
        "month": days.strftime("%Y-%m"),
        "age_group": one_of(11, ["18-24", "25-34", "65+"]),
    }
    pd.DataFrame(data)[[name for name, _ in COLUMNS]].to_csv(path, index=False)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Bench:
    def __init__(self, folder: Path) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="bench-bucket")
        self.server = Server(folder / "redshift.duckdb", s3=lambda: self.s3).start()
        self.client: Any = boto3.client("redshift-data", endpoint_url=self.server.url, region_name="us-east-1")

    def run(self, *sqls: str) -> str:
        if len(sqls) == 1:
            identifier = self.client.execute_statement(Sql=sqls[0], **WHERE)["Id"]
        else:
            identifier = self.client.batch_execute_statement(Sqls=list(sqls), **WHERE)["Id"]
        while (said := self.client.describe_statement(Id=identifier, WaitTimeSeconds=30))["Status"] not in (
            "FINISHED",
            "FAILED",
        ):
            pass
        if said["Status"] != "FINISHED":
            raise RuntimeError(said["Error"])
        return str(identifier)

    def copy(self, table: str, key: str) -> str:
        return f"COPY {table} ({NAMES}) FROM 's3://bench-bucket/{key}' IAM_ROLE default CSV IGNOREHEADER 1 EMPTYASNULL"


def read_csv(plain: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    plain.execute(f"INSERT INTO {table} SELECT * FROM read_csv('{path}', header=true)")


def copy_beside_read_csv(bench: Bench, plain: duckdb.DuckDBPyConnection, path: Path) -> tuple[float, float]:
    """One million rows of the Walmart table from S3, and DuckDB reading the same file into the same table."""
    ours, theirs = [], []
    for _ in range(RUNS):
        bench.run("DROP TABLE IF EXISTS sales")
        bench.run(f"CREATE TABLE sales ({TYPES})")
        ours.append(seconds(lambda: bench.run(bench.copy("sales", "a.csv"))))
        plain.execute(f"DROP TABLE IF EXISTS sales; CREATE TABLE sales ({TYPES})")
        theirs.append(seconds(lambda: read_csv(plain, "sales", path)))
    return statistics.median(ours), statistics.median(theirs)


UPSERT = f"""INSERT INTO sales ({NAMES}) SELECT {", ".join(f"d.{name}" for name, _ in COLUMNS)}
    FROM (SELECT {NAMES} FROM stage EXCEPT SELECT {NAMES} FROM sales) d"""
OUTGOING = "DELETE FROM sales WHERE city = 'City 1'"


def upsert_beside_duckdb(bench: Bench, plain: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> tuple[float, float]:
    """n rows into 2n, of which half are there already: delete a city, then insert what EXCEPT leaves."""
    bench.run(f"CREATE TABLE stage ({TYPES})")
    plain.execute(f"CREATE TABLE stage ({TYPES})")
    for table, key in (("stage", "b"), ("sales", "c")):
        bench.run(bench.copy(table, f"{key}.csv"))
        read_csv(plain, table, files[key])
    ours = seconds(lambda: bench.run(OUTGOING, UPSERT))
    theirs = seconds(lambda: plain.execute(f"BEGIN; {OUTGOING}; {UPSERT}; COMMIT"))
    [(rows,)] = plain.execute("SELECT count(*) FROM sales").fetchall()
    if abs(rows - 2.5 * ROWS) > 0.01 * ROWS:
        raise RuntimeError(f"half of the rows should have been there already, but {rows} are there now")
    return ours, theirs


def small_statement(bench: Bench) -> float:
    """Milliseconds from ExecuteStatement to the fetched row, one client."""

    def once() -> None:
        identifier = bench.client.execute_statement(Sql="SELECT 1 AS one", WaitTimeSeconds=5, **WHERE)["Id"]
        bench.client.get_statement_result(Id=identifier)

    for _ in range(20):
        once()
    return statistics.median(seconds(once) for _ in range(200)) * 1000


def eight_clients(bench: Bench) -> float:
    """Statements a second with eight clients at once."""

    def many(_: int) -> None:
        client: Any = boto3.client("redshift-data", endpoint_url=bench.server.url, region_name="us-east-1")
        for _n in range(40):
            identifier = client.execute_statement(Sql="SELECT COUNT(*) FROM small", WaitTimeSeconds=5, **WHERE)["Id"]
            client.get_statement_result(Id=identifier)

    bench.run("CREATE TABLE IF NOT EXISTS small (a INT)")
    with ThreadPoolExecutor(8) as pool:
        return 8 * 40 / seconds(lambda: list(pool.map(many, range(8))))


def main() -> int:
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    with tempfile.TemporaryDirectory() as name, mock_aws(config=PASS):
        folder = Path(name)
        files = {key: folder / f"{key}.csv" for key in "abc"}
        for path, first in zip(files.values(), (0, ROWS // 2, 2 * ROWS), strict=True):
            clean_csv(path, ROWS, first)
        bench = Bench(folder)
        for key, path in files.items():
            bench.s3.put_object(Bucket="bench-bucket", Key=f"{key}.csv", Body=path.read_bytes())
        plain = duckdb.connect(str(folder / "plain.duckdb"))
        print(f"| embedded Redshift, {ROWS:,} rows | ours | DuckDB | ratio |\n|---|---|---|---|")
        for label, (ours, theirs) in (
            ("COPY beside read_csv", copy_beside_read_csv(bench, plain, files["a"])),
            ("upsert of n rows into 2n", upsert_beside_duckdb(bench, plain, files)),
        ):
            print(f"| {label} | {ours:.2f} s | {theirs:.2f} s | {ours / theirs:.2f} |")
        print(f"| small statement, median round trip | {small_statement(bench):.1f} ms | | |")
        print(f"| 8 clients at once | {eight_clients(bench):.0f} statements/s | | |")
        bench.server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
