"""What `etl reconcile` makes of a ledger that does not agree: one difference a case."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from retail_etl.adapters.store import ObjectHead
from retail_etl.flows.reconcile import CurrentLoad, Ledger, Totals, differences
from retail_etl.report import CleanReport

RAW, MONTHLY = "raw/a.csv", "monthly_data/walmart_customer_Jun-2025.csv"
NOW = datetime(2025, 7, 1, tzinfo=UTC)
TOTALS = Totals(3, Decimal("30.00"))


def _object(key: str, etag: str, **metadata: str) -> ObjectHead:
    return ObjectHead(key, etag, 100, NOW, metadata)


AGREED = Ledger(
    raw={RAW: _object(RAW, "r1")},
    reports={RAW: CleanReport(RAW, "r1", "2025-07-01", status="cleaned", monthly_key=MONTHLY)},
    monthly={MONTHLY: _object(MONTHLY, "m1", raw_key="cmF3L2EuY3N2")},
    contents={MONTHLY: TOTALS},
    loads={MONTHLY: CurrentLoad("m1", 3, 3, 0)},
    held={MONTHLY: TOTALS},
    doubled=0,
    too_many=0,
)
OTHER = "monthly_data/other.csv"


def test_a_ledger_that_agrees_has_no_difference() -> None:
    assert list(differences(AGREED)) == []


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        (replace(AGREED, reports={}), (RAW, "was not cleaned in this version", "clean")),
        (replace(AGREED, raw={RAW: _object(RAW, "r2")}), (RAW, "was not cleaned in this version", "clean")),
        (replace(AGREED, monthly={}), (RAW, f"has lost its monthly file {MONTHLY}", "clean")),
        (replace(AGREED, loads={}, held={}), (MONTHLY, "was not loaded in this version", "load")),
        (
            replace(AGREED, monthly={MONTHLY: _object(MONTHLY, "m2", raw_key="cmF3L2EuY3N2")}),
            (MONTHLY, "was not loaded in this version", "load"),
        ),
        (
            replace(AGREED, contents={MONTHLY: Totals(4, Decimal("40.00"))}),
            (MONTHLY, "holds 4 rows, but 3 were loaded", "load"),
        ),
        (
            replace(AGREED, held={MONTHLY: Totals(6, Decimal("60.00"))}),
            (MONTHLY, "has 6 rows in the table, but 3 were loaded", "load"),
        ),
        (
            replace(AGREED, held={MONTHLY: Totals(3, Decimal("31.00"))}),
            (MONTHLY, "sums to 30.00, but in the table to 31.00", "load"),
        ),
        (
            replace(AGREED, loads={**AGREED.loads, OTHER: CurrentLoad("o", 2, 2, 0)}),
            (OTHER, "is gone, but its 2 rows are in the table", "load"),
        ),
        (
            replace(AGREED, held={**AGREED.held, OTHER: TOTALS}),
            (OTHER, "has 3 rows in the table that no load accounts for", None),
        ),
        (
            replace(AGREED, monthly={**AGREED.monthly, OTHER: _object(OTHER, "o", raw_key="cmF3L2EuY3N2")}),
            (OTHER, "is not the monthly file in force of its raw key", "load"),
        ),
        (replace(AGREED, doubled=2, too_many=3), ("the table", "holds 2 rows more than once, 3 too many", None)),
    ],
)
def test_each_difference_is_named_with_its_repair(ledger: Ledger, expected: tuple[str, str, str | None]) -> None:
    assert [(found.key, found.what, found.repair) for found in differences(ledger)] == [expected]
