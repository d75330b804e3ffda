"""`etl reconcile --older-table`: a table that was made by hand, beside the one that is loaded from deliveries."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local.redshift.server import Server
from retail_etl.errors import WarehouseError
from retail_etl.flows import reconcile
from tests.handlers.world import CONTRACT, World, world

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with Server(tmp_path / "redshift.duckdb", s3=lambda: boto3.client("s3")) as server, world(server) as found:
        purchases = [
            "a,30,Male,Berlin,Home,Lamp,2025-06-15,19.99,UPI,Yes,,No\n",
            "b,31,Female,Rome,Home,Lamp,2025-06-16,0.07,UPI,No,4,No\n",
            "c,32,Other,Rome,Home,Rug,2025-07-01,1234.56,Cash on Delivery,No,,No\n",
        ]
        found.drop("raw/all.csv", (HEADER + "".join(purchases)).encode())
        found.settle()
        found.query(
            "CREATE TABLE by_hand (customer_id VARCHAR(64), age INTEGER, city VARCHAR(50), purchase_date DATE,"
            " purchase_amount FLOAT, rating VARCHAR(9), note VARCHAR(9))"
        )
        yield found


def compared(here: World, table: str = "by_hand") -> list[str]:
    found = reconcile.compare(here.warehouse, CONTRACT, table, lambda: 30.0)
    return [f"{difference.key} {difference.what}" for difference in found]


def insert(here: World, *rows: str) -> None:
    here.query(f"INSERT INTO by_hand VALUES {', '.join(rows)}")


def test_a_table_of_floats_that_holds_the_same_purchases_does_not_differ(here: World) -> None:
    insert(
        here,
        "('a', 30, 'Berlin', '2025-06-15', 19.99, NULL, NULL)",
        "('b', 31, 'Rome', '2025-06-16', 0.07, '4', '')",
        "('c', 32, 'Rome', '2025-07-01', 1234.56, '', 'x')",
    )
    assert compared(here) == []


def test_what_is_doubled_unknown_or_lacking_is_counted_by_month(here: World) -> None:
    a = "('a', 30, 'Berlin', '2025-06-15', 19.99, '', NULL)"
    b, old = "('b', NULL, 'Rome', '2025-06-16', 0.07, '4', '')", "('old', 9, 'Bonn', '2024-01-31', 5, NULL, NULL)"
    insert(here, a, a, a, b, old)
    assert compared(here) == [
        "by_hand differs in 2024-01; rows in no delivery: 1",
        "by_hand differs in 2025-06; rows too many: 2, in no delivery: 1, missing: 1",
        "by_hand differs in 2025-07; rows missing: 1",
    ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("not_there", "there is no table public.not_there"),
        ("by_hand; DROP TABLE walmart_sales", "there is no table"),
        ("dateless", "public.dateless has no column purchase_date"),
    ],
)
def test_a_table_that_cannot_be_compared_says_why(here: World, table: str, reason: str) -> None:
    here.query("CREATE TABLE dateless (customer_id VARCHAR(64))")
    with pytest.raises(WarehouseError, match=reason):
        compared(here, table)
    assert len(here.table()) == 3
