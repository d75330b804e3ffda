"""The six views the dashboards were built on: their users know these names and columns."""

import pytest

from retail_etl.publishing.views import shipped_view
from tests.views.conftest import Load

COLUMNS = {
    "vw_category_revenue": "category, total_revenue",
    "vw_monthly_revenue_by_category": "category, month, monthly_revenue",
    "vw_repeat_customer_comparison": "repeat_customer, total_revenue, number_of_purchases, average_order_value",
    "vw_discount_behavior": "discount_applied, number_of_orders, total_revenue, average_order_value",
    "vw_payment_method_summary": "payment_method, num_orders, total_revenue, average_order_value",
    "vw_city_revenue": "city, total_orders, total_revenue, average_order_value",
}


@pytest.mark.parametrize(("view", "columns"), COLUMNS.items())
def test_columns_are_as_their_users_know_them(load: Load, view: str, columns: str) -> None:
    (row,) = load([{}]).query(f"SELECT * FROM public.{view}")
    assert ", ".join(row) == columns


@pytest.mark.parametrize("view", COLUMNS)
def test_an_empty_table_gives_no_rows(load: Load, view: str) -> None:
    assert load([]).query(f"SELECT * FROM public.{view}") == []


@pytest.mark.parametrize(("view", "columns"), COLUMNS.items())
def test_every_purchase_is_counted_once(load: Load, view: str, columns: str) -> None:
    cities = [{"city": city, "category": category} for city in "ABC" for category in ("Home", "Beauty")]
    engine = load([*cities, {"discount_applied": ""}, {"repeat_customer": ""}, {"purchase_amount": "0.01"}])
    revenue = "monthly_revenue" if "monthly_revenue" in columns else "total_revenue"
    (row,) = engine.query(f"SELECT SUM({revenue}) AS total FROM public.{view}")
    assert row["total"] == "80.01"


@pytest.mark.parametrize(
    ("view", "column"),
    [("vw_repeat_customer_comparison", "repeat_customer"), ("vw_discount_behavior", "discount_applied")],
)
def test_missing_shows_as_unknown(load: Load, view: str, column: str) -> None:
    engine = load([{column: ""}, {column: "Yes"}])
    assert [row[column] for row in engine.query(f"SELECT * FROM public.{view} ORDER BY 1")] == ["Unknown", "Yes"]


@pytest.mark.parametrize(
    ("amounts", "average"),
    [
        (("1.00", "1.01"), "1.01"),  # 1.005, which no double holds
        (("200.00", "200.01"), "200.01"),
        (("1.00", "1.00", "1.01"), "1.00"),
        (("10000.00",), "10000.00"),
    ],
)
def test_averages_are_rounded_half_up_to_cents(load: Load, amounts: tuple[str, ...], average: str) -> None:
    engine = load({"purchase_amount": amount} for amount in amounts)
    (row,) = engine.query("SELECT * FROM public.vw_city_revenue")
    assert (row["average_order_value"], row["total_orders"]) == (average, str(len(amounts)))


def test_the_comment_says_what_a_view_holds() -> None:
    view = shipped_view("vw_city_revenue")
    assert view.grain == "one row per city."
    assert list(view.comments) == ["total_orders", "total_revenue", "average_order_value"]
    assert view.select.startswith("with totals as (")
