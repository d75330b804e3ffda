"""What holds for every view, whatever it shows."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from retail_etl.contract import shipped_contract
from retail_etl.publishing.views import VIEWS, View, published_views, shipped_views
from tests.views.conftest import Load, Rows
from tests.views.engines import SQL_FILES

CONTRACT_COLUMNS = {column.name for column in shipped_contract().table_columns}
ONE_ROW = {"vw_dashboard_parameters", "vw_data_overview", "vw_repeat_rate"}

# Purchases that differ in everything a view groups by; some lack what may be missing.
VARIED = [
    {
        "customer_id": f"c{number % 7}",
        "city": f"City {number % 5}",
        "category": ("Home", "Beauty", "Clothing")[number % 3],
        "product_name": ("Lamp", "Perfume", "Jeans")[number % 3],
        "purchase_date": str(date(2024, 1, 20) + timedelta(days=number * 3)),
        "purchase_amount": f"{number}.{number % 100:02}",
        "payment_method": ("UPI", "Debit Card")[number % 2],
        "discount_applied": ("Yes", "No", "")[number % 3],
        "repeat_customer": ("Yes", "No", "", "No")[number % 4],
        "rating": ("", "1", "5")[number % 3],
        "gender": ("", "Male")[number % 2],
        "age_group": ("25-34", "Unknown")[number % 2],
    }
    for number in range(1, 61)
]

named = pytest.mark.parametrize("view", shipped_views(), ids=lambda view: view.name)
published = pytest.mark.parametrize("view", published_views(), ids=lambda view: view.name)


def test_every_file_is_a_view_and_every_view_has_a_file() -> None:
    assert sorted(VIEWS) == sorted(path.stem for path in SQL_FILES)


@named
def test_a_view_reads_only_the_table_and_the_views_before_it(view: View) -> None:
    read = set(re.findall(r"(?:from|join) public\.(\w+)", view.select))
    assert read <= {"walmart_sales", *VIEWS[: VIEWS.index(view.name)]}


@named
def test_every_column_is_described_once(load: Load, rows_of_views: Rows, view: View) -> None:
    one = [{"purchase_date": "2024-03-15"}]
    (row, *_) = rows_of_views(one)[view.name] if view.order else load(one).query(f"SELECT * FROM public.{view.name}")
    assert [name for name in row if name not in view.comments and name not in CONTRACT_COLUMNS] == []
    assert [name for name in view.comments if name not in row] == []


@published
def test_rows_have_one_order(rows_of_views: Rows, view: View) -> None:
    keys = (view.order or "").replace(" desc", "").split(", ")
    rows = rows_of_views(VARIED)[view.name]
    assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows) > 0


@published
def test_an_empty_table_gives_an_empty_view(rows_of_views: Rows, view: View) -> None:
    assert len(rows_of_views([])[view.name]) == (view.name in ONE_ROW)


@published
def test_revenue_and_orders_add_up(rows_of_views: Rows, view: View) -> None:
    rows = rows_of_views(VARIED)[view.name]
    for column, total in (("total_revenue", "1848.30"), ("orders", "60")):
        if column in rows[0]:
            assert sum(Decimal(row[column] or 0) for row in rows) == Decimal(total)


@published
def test_shares_lie_between_0_and_1(rows_of_views: Rows, view: View) -> None:
    rows = rows_of_views(VARIED)[view.name]
    shares = {share for share in rows[0] if share.endswith("_share")}
    assert all(0 <= float(row[share] or 0) <= 1 for row in rows for share in shares)
