"""Compare what the bucket, the history and the table say of each other, and have the differences mended.

What is read is gathered first (`Ledger`), then judged by rules that are pure (`differences`).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from retail_etl import naming
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Queue
from retail_etl.adapters.store import ObjectHead
from retail_etl.adapters.warehouse import SecondsLeft, Warehouse
from retail_etl.contract import Contract
from retail_etl.flows.operate import raw_objects
from retail_etl.notifications import ObjectCreated
from retail_etl.report import CleanReport
from retail_etl.warehouse import older_table
from retail_etl.warehouse.history import current_loads, doubled_rows, held_rows


@dataclass(frozen=True)
class Totals:
    """Rows, and the sum of the dataset's amount; the sum is 0 where it has none."""

    rows: int
    amount: Decimal


@dataclass(frozen=True)
class CurrentLoad:
    """A row of `load_history` that no later load has replaced."""

    etag: str
    rows_in_file: int
    rows_loaded: int
    rows_already_present: int


@dataclass(frozen=True)
class Ledger:
    """Everything that must agree, each by its key."""

    raw: Mapping[str, ObjectHead]
    reports: Mapping[str, CleanReport]
    monthly: Mapping[str, ObjectHead]
    contents: Mapping[str, Totals]
    loads: Mapping[str, CurrentLoad]
    held: Mapping[str, Totals]
    doubled: int
    too_many: int


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree. `repair` says what is done again: cleaning `key`, loading it, or nothing.

    Loading a file that is not in force, or is gone, takes its rows out.
    """

    key: str
    what: str
    repair: Literal["clean", "load"] | None


def gather(bucket: Bucket, warehouse: Warehouse, contract: Contract, seconds_left: SecondsLeft) -> Ledger:
    """Read the whole ledger. The monthly files are read through, one after the other."""
    reports = {}
    for item in bucket.list(naming.REPORTS):
        if item.key.endswith(".clean.json") and (found := bucket.read(item.key)):
            report = CleanReport.from_json(found[0])
            reports[report.source_key] = report
    monthly = {item.key: head for item in bucket.list(naming.MONTHLY) if (head := bucket.head(item.key))}
    held = warehouse.query(held_rows(contract), seconds_left)
    (doubled,) = warehouse.query(doubled_rows(contract), seconds_left)
    return Ledger(
        raw={raw.key: raw for raw in raw_objects(bucket, naming.RAW)},
        reports=reports,
        monthly=monthly,
        contents={key: _totals(bucket, head, contract) for key, head in monthly.items()},
        loads={
            row["source_file"]: CurrentLoad(
                row["source_etag"], row["rows_in_file"], row["rows_loaded"], row["rows_already_present"]
            )
            for row in warehouse.query(current_loads(contract), seconds_left)
        },
        held={row["source_file"]: Totals(row["held"], Decimal(row["total"] or 0)) for row in held},
        doubled=int(doubled["doubled"]),
        too_many=int(doubled["too_many"]),
    )


def _totals(bucket: Bucket, head: ObjectHead, contract: Contract) -> Totals:
    rows, amount = 0, Decimal(0)
    with bucket.open(head.key, head.etag) as content:
        for row in csv.DictReader(io.TextIOWrapper(content, "utf-8", newline="")):
            rows += 1
            amount += Decimal(row[contract.amount_column]) if contract.amount_column else 0
    return Totals(rows, amount)


def differences(ledger: Ledger) -> Iterator[Difference]:
    """Everything in the ledger that does not agree, files in key order."""
    missing = set()
    for key, raw in sorted(ledger.raw.items()):
        report = ledger.reports.get(key)
        if report is None or report.etag != raw.etag:
            yield Difference(key, "was not cleaned in this version", "clean")
        elif report.monthly_key and report.monthly_key not in ledger.monthly:
            missing.add(report.monthly_key)
            yield Difference(key, f"has lost its monthly file {report.monthly_key}", "clean")
    for key in sorted(ledger.monthly):
        owner = naming.from_metadata(ledger.monthly[key].metadata.get("raw_key", ""))
        if (report := ledger.reports.get(owner)) and not report.keeps(key):
            yield Difference(key, "is not the monthly file in force of its raw key", "load")
        else:
            yield from _monthly(key, ledger)
    for key in sorted(set(ledger.loads) - set(ledger.monthly) - missing):
        yield Difference(key, f"is gone, but its {ledger.loads[key].rows_loaded:,} rows are in the table", "load")
    for key in sorted(set(ledger.held) - set(ledger.loads)):
        yield Difference(key, f"has {ledger.held[key].rows:,} rows in the table that no load accounts for", None)
    if ledger.doubled:
        yield Difference(
            "the table", f"holds {ledger.doubled:,} rows more than once, {ledger.too_many:,} too many", None
        )


def _monthly(key: str, ledger: Ledger) -> Iterator[Difference]:
    load, content = ledger.loads.get(key), ledger.contents[key]
    held = ledger.held.get(key, Totals(0, Decimal(0)))
    if load is None or load.etag != ledger.monthly[key].etag:
        yield Difference(key, "was not loaded in this version", "load")
    elif load.rows_in_file != content.rows:
        yield Difference(key, f"holds {content.rows:,} rows, but {load.rows_in_file:,} were loaded", "load")
    elif load.rows_loaded != held.rows:
        yield Difference(key, f"has {held.rows:,} rows in the table, but {load.rows_loaded:,} were loaded", "load")
    elif not load.rows_already_present and held.amount != content.amount:
        # Only where no row stands under another file's name: else the sums differ by right.
        yield Difference(key, f"sums to {content.amount:,}, but in the table to {held.amount:,}", "load")


def compare(warehouse: Warehouse, contract: Contract, table: str, seconds_left: SecondsLeft) -> list[Difference]:
    """What differs in an older table of the same purchases, a month a difference.

    Raises:
        WarehouseError: there is no such table, or its rows cannot be told by month.
    """
    rows = warehouse.query(older_table.COLUMNS, seconds_left, {"schema": contract.schema, "table": table})
    query = older_table.compared_by_month(contract, table, {row["column_name"]: row["data_type"] for row in rows})
    found = []
    for month in warehouse.query(query, seconds_left):
        counts = {"too many": "too_many", "in no delivery": "unknown", "missing": "lacking"}
        told = ", ".join(f"{what}: {int(month[name]):,}" for what, name in counts.items() if int(month[name]))
        found.append(Difference(table, f"differs in {month['month']}; rows {told}", None))
    return found


def repair(found: Iterable[Difference], ledger: Ledger, bucket: Bucket, raw_queue: Queue, monthly_queue: Queue) -> int:
    """Have everything done again that can be mended so, and say how much that was."""
    sent = 0
    for difference in found:
        match difference.repair:
            case "clean":
                raw = ledger.raw[difference.key]
                raw_queue.send(ObjectCreated(bucket.name, raw.key, raw.etag).replayed())
            case "load":
                known = ledger.monthly.get(difference.key) or ledger.loads[difference.key]
                monthly_queue.send(ObjectCreated(bucket.name, difference.key, known.etag).replayed())
            case None:
                continue
        sent += 1
    return sent
