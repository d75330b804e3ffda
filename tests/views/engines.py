"""The databases that the views are tried on, behind one face: rows in, rows of text out, None for NULL."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import boto3
import duckdb
from moto import mock_aws

import retail_etl
from local.redshift.server import Server
from retail_etl.adapters.warehouse import MOST_STATEMENTS, Warehouse
from retail_etl.contract import shipped_contract
from retail_etl.publishing.views import published_views, shipped_views
from retail_etl.warehouse import schema

Row = dict[str, str | None]

SQL_FILES = sorted((Path(retail_etl.__file__).parent / "sql" / "views").glob("*.sql"))
COLUMNS = [(column.name, column.physical_type) for column in shipped_contract().table_columns]


class Engine(Protocol):
    """A database with an empty `public.walmart_sales` and every view."""

    def load(self, clean_csv: Path) -> None:
        """Replace the table's rows by those of a clean CSV."""

    def query(self, sql: str) -> list[Row]:
        """The rows of one SELECT."""

    def rows_of_views(self) -> dict[str, list[Row]]:
        """The rows of every published view by its name, each in its order, asked for at once."""


def queries_of_views() -> dict[str, str]:
    return {view.name: view.rows_of("public") for view in published_views()}


def schema_statements() -> Iterator[str]:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    yield f"CREATE TABLE public.walmart_sales ({columns}, source_file VARCHAR(1024), loaded_at TIMESTAMP)"
    for view in shipped_views():
        yield f"CREATE VIEW public.{view.name} AS {view.select}"


def names() -> str:
    return ", ".join(name for name, _ in COLUMNS)


class DuckDb:
    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("CREATE SCHEMA public")
        for statement in schema_statements():
            self._connection.execute(statement)

    def load(self, clean_csv: Path) -> None:
        self._connection.execute("DELETE FROM public.walmart_sales")
        self._connection.execute(f"COPY public.walmart_sales ({names()}) FROM '{clean_csv}' (HEADER, NULLSTR '')")

    def run(self, statement: str) -> None:
        self._connection.execute(statement)

    def query(self, sql: str) -> list[Row]:
        labels, rows = self.table(sql)
        return [dict(zip(labels, row, strict=True)) for row in rows]

    def rows_of_views(self) -> dict[str, list[Row]]:
        return {name: self.query(sql) for name, sql in queries_of_views().items()}

    def table(self, sql: str) -> tuple[list[str], list[list[str | None]]]:
        """The columns' labels, also where there are no rows, and the rows."""
        cursor = self._connection.execute(sql)
        labels = [column[0] for column in cursor.description or ()]
        return labels, [[None if value is None else str(value) for value in row] for row in cursor.fetchall()]


@dataclass(frozen=True)
class PostgreSql:
    socket: Path
    user: str

    def load(self, clean_csv: Path) -> None:
        self._psql("TRUNCATE public.walmart_sales")
        self._psql(
            f"COPY public.walmart_sales ({names()}) FROM STDIN (FORMAT csv, HEADER)", stdin=clean_csv.read_text()
        )

    def query(self, sql: str) -> list[Row]:
        return self._rows(self._psql(sql))

    def rows_of_views(self) -> dict[str, list[Row]]:
        names, queries = zip(*queries_of_views().items(), strict=True)
        end = "end of a view"
        answers = self._psql(*(command for sql in queries for command in (sql, f"\\echo {end}")))
        return {name: self._rows(text) for name, text in zip(names, answers.split(f"{end}\n"), strict=False)}

    @staticmethod
    def _rows(text: str) -> list[Row]:
        return [{label: value or None for label, value in row.items()} for row in csv.DictReader(io.StringIO(text))]

    def _psql(self, *commands: str, stdin: str | None = None) -> str:
        command = ["psql", "-X", "--csv", "-h", str(self.socket), "-U", self.user, "postgres"]
        command += [word for text in commands for word in ("-c", text)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        assert done.returncode == 0, done.stderr
        return str(done.stdout)


class EmbeddedRedshift:
    """The product's own warehouse: its tables, its views and its way to read results, over the Data API."""

    BUCKET = "views"

    def __init__(self, client: Any, s3: Any) -> None:
        self._s3 = s3
        self._warehouse = Warehouse(client, "workgroup", "dev")
        contract = shipped_contract()
        for statements in batched([*schema.tables(contract), *schema.views(contract)], MOST_STATEMENTS):
            self._warehouse.run(statements, lambda: 60.0, name="schema", token=uuid4().hex)

    def load(self, clean_csv: Path) -> None:
        self._s3.put_object(Bucket=self.BUCKET, Key="clean.csv", Body=clean_csv.read_bytes())
        copied = f"""COPY staged ({names()}) FROM 's3://{self.BUCKET}/clean.csv' IAM_ROLE default
            FORMAT AS CSV IGNOREHEADER 1 EMPTYASNULL"""
        statements = [
            "DELETE FROM public.walmart_sales",
            f"CREATE TEMP TABLE staged ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)})",
            copied,
            f"INSERT INTO public.walmart_sales ({names()}, source_file, loaded_at) "
            f"SELECT {names()}, 'f', GETDATE() FROM staged",
            "DROP TABLE staged",
        ]
        self._warehouse.run(statements, lambda: 60.0, name="load", token=uuid4().hex)

    def query(self, sql: str) -> list[Row]:
        (rows,) = self._query([sql])
        return rows

    def rows_of_views(self) -> dict[str, list[Row]]:
        queries = queries_of_views()
        return dict(zip(queries, self._query(list(queries.values())), strict=True))

    def _query(self, queries: list[str]) -> Iterator[list[Row]]:
        for table in self._warehouse.snapshot(queries, lambda: 60.0, name="query"):
            yield [{label: value or None for label, value in record.items()} for record in table.records()]


@contextmanager
def embedded_redshift(folder: Path) -> Iterator[EmbeddedRedshift]:
    """An embedded Redshift of its own under `folder`, with moto's S3 behind COPY."""
    passthrough: Any = {"core": {"passthrough": {"urls": ["127.0.0.1"], "services": ["redshift-data"]}}}
    with mock_aws(config=passthrough):
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=EmbeddedRedshift.BUCKET)
        with Server(folder / "redshift.duckdb", s3=lambda: s3) as server:
            yield EmbeddedRedshift(boto3.client("redshift-data", endpoint_url=server.url, region_name="us-east-1"), s3)


def postgresql_is_installed() -> bool:
    return all(shutil.which(program) for program in ("initdb", "pg_ctl", "psql"))


@contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSql]:
    """A PostgreSQL of its own under `folder`, on a socket only, stopped at the end."""
    user = "nobody" if os.getuid() == 0 else None  # the server refuses to run as root
    data, options = folder / "data", f"-c listen_addresses='' -c fsync=off -k {folder}"
    if user:
        shutil.chown(folder, user)

    def run(*command: str | Path) -> None:
        subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands

    run("initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C")
    run("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        engine = PostgreSql(folder, "tester")
        for statement in schema_statements():
            engine.query(statement)
        yield engine
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def write_clean_csv(path: Path, purchases: Iterable[dict[str, str]]) -> Path:
    """Write purchases as the pipeline does, missing as empty; what is not given gets a plain value."""
    plain = {
        "customer_id": "c1",
        "age": "30",
        "gender": "Female",
        "city": "Springfield",
        "category": "Home",
        "product_name": "Lamp",
        "purchase_date": "2024-03-15",
        "purchase_amount": "10.00",
        "payment_method": "UPI",
        "discount_applied": "No",
        "rating": "3",
        "repeat_customer": "No",
        "age_group": "25-34",
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name, _ in COLUMNS], lineterminator="\n")
        writer.writeheader()
        for purchase in purchases:
            row = plain | purchase
            writer.writerow(row | {"month": row["purchase_date"][:7]})
    return path
