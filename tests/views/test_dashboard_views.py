"""What the five dashboards need beyond the six views."""

import pytest

from tests.views.conftest import Load
from tests.views.engines import Row


def purchases(*groups: tuple[int, dict[str, str]]) -> list[dict[str, str]]:
    return [purchase for times, purchase in groups for _ in range(times)]


def by(rows: list[Row], key: str, value: str) -> dict[str | None, str | None]:
    return {row[key]: row[value] for row in rows}


@pytest.mark.parametrize(
    ("days", "growth"),
    [
        # Every month whole: each but the first has growth.
        (["01-01", "01-31", "02-29", "02-29", "02-29", "03-31"], {"01": None, "02": "0.500000", "03": "-0.666667"}),
        # The first month is partial: neither it nor the one after it has growth.
        (["01-02", "02-10", "03-31", "03-31"], {"01": None, "02": None, "03": "1.000000"}),
        # The last month is partial.
        (["01-01", "02-10", "03-30"], {"01": None, "02": "0.000000", "03": None}),
        # A month without purchases: the one after it is compared with nothing.
        (["01-01", "03-31"], {"01": None, "03": None}),
        (["01-01", "01-31"], {"01": None}),
    ],
)
def test_only_a_whole_month_after_a_whole_month_has_growth(
    load: Load, days: list[str], growth: dict[str, str | None]
) -> None:
    rows = load({"purchase_date": f"2024-{day}"} for day in days).query("SELECT * FROM public.vw_monthly_revenue")
    assert by(rows, "month", "revenue_growth") == {f"2024-{month}": value for month, value in growth.items()}


def test_growth_goes_over_the_turn_of_the_year(load: Load) -> None:
    rows = load({"purchase_date": day} for day in ("2023-12-01", "2024-01-31")).query(
        "SELECT * FROM public.vw_monthly_revenue"
    )
    assert by(rows, "month", "revenue_growth") == {"2023-12": None, "2024-01": "0.000000"}


def test_a_partial_month_is_compared_by_the_day(load: Load) -> None:
    rows = load(
        [
            {"purchase_date": "2024-02-10", "purchase_amount": "40"},
            {"purchase_date": "2024-03-31", "purchase_amount": "62"},
        ]
    ).query("SELECT * FROM public.vw_monthly_revenue")
    assert by(rows, "month", "is_partial") == {"2024-02": "Yes", "2024-03": "No"}
    assert by(rows, "month", "days_covered") == {"2024-02": "20", "2024-03": "31"}
    assert by(rows, "month", "revenue_per_day") == {"2024-02": "2.00", "2024-03": "2.00"}
    assert by(rows, "month", "month_start") == {"2024-02": "2024-02-01", "2024-03": "2024-03-01"}


def test_segments_begin_at_20_orders_and_6000_dollars(load: Load) -> None:
    segments = {
        (20, "300.00"): "Powerhouse",
        (19, "315.79"): "Premium Buyers",
        (20, "299.99"): "Volume Shoppers",
        (19, "315.78"): "Low Potential",
        (1, "6000.00"): "Premium Buyers",
        (1, "5999.99"): "Low Potential",
    }
    engine = load(
        purchases(
            *((orders, {"city": f"{orders} of {amount}", "purchase_amount": amount}) for orders, amount in segments)
        )
    )
    cities = engine.query("SELECT * FROM public.vw_city_segmentation")
    assert by(cities, "city", "segment") == {
        f"{orders} of {amount}": segment for (orders, amount), segment in segments.items()
    }
    summary = engine.query("SELECT * FROM public.vw_city_segment_summary")
    assert {row["segment"]: (row["cities"], row["city_share"], row["orders"]) for row in summary} == {
        "Powerhouse": ("1", "0.166667", "20"),
        "Premium Buyers": ("2", "0.333333", "20"),
        "Volume Shoppers": ("1", "0.166667", "20"),
        "Low Potential": ("2", "0.333333", "20"),
    }


def test_cities_are_ranked_and_classed_by_their_share_of_revenue(load: Load) -> None:
    amounts = {"A": "50", "B": "30", "C": "10", "E": "5", "D": "5"}
    rows = load({"city": city, "purchase_amount": amount} for city, amount in amounts.items()).query(
        "SELECT * FROM public.vw_city_segmentation ORDER BY revenue_rank"
    )
    assert [(row["city"], row["cumulative_revenue_share"], row["pareto_class"]) for row in rows] == [
        ("A", "0.50000000", "A"),
        ("B", "0.80000000", "A"),
        ("C", "0.90000000", "B"),
        ("D", "0.95000000", "B"),  # equal revenues rank by name
        ("E", "1.00000000", "C"),
    ]


@pytest.mark.parametrize(("cities", "steps"), [(1, 1), (3, 3), (100, 100), (250, 100)])
def test_the_pareto_curve_has_at_most_a_hundred_steps(load: Load, cities: int, steps: int) -> None:
    rows = load({"city": f"C{number}"} for number in range(cities)).query(
        "SELECT * FROM public.vw_city_pareto ORDER BY city_percent"
    )
    assert len(rows) == steps
    assert (rows[-1]["city_percent"], rows[-1]["cities"]) == ("100", str(cities))
    assert all(row["city_share"] == f"{float(row['cumulative_revenue_share'] or 0):.6f}" for row in rows)


def test_cities_fall_in_bands_of_their_orders(load: Load) -> None:
    counts = [1, 2, 3, 4, 5, 19, 20, 49, 50, 100]
    rows = load(purchases(*((count, {"city": f"C{count}"}) for count in counts))).query(
        "SELECT * FROM public.vw_city_order_bands ORDER BY band_rank"
    )
    expected = {"1": "1", "2": "1", "3-4": "2", "5-9": "1", "10-19": "1", "20-49": "2", "50-99": "1", "100+": "1"}
    assert by(rows, "order_band", "cities") == expected


def test_the_flag_stands_beside_what_the_purchases_show(load: Load) -> None:
    (row,) = load(
        [
            {"customer_id": "once", "repeat_customer": "Yes"},
            {"customer_id": "twice", "repeat_customer": "No"},
            {"customer_id": "twice", "repeat_customer": ""},
            {"customer_id": "other", "repeat_customer": "No"},
        ]
    ).query("SELECT * FROM public.vw_repeat_rate")
    assert (row["flagged_rate"], row["observed_rate"], row["returning_customers"]) == ("0.250000", "0.333333", "1")


def test_a_difference_comes_with_its_margin_of_error(load: Load) -> None:
    (row,) = load(
        [{"discount_applied": "Yes", "purchase_amount": amount} for amount in ("10", "20", "30")]
        + [{"discount_applied": "No", "purchase_amount": amount} for amount in ("40", "60")]
        + [{"discount_applied": "", "purchase_amount": "999"}]
    ).query("SELECT * FROM public.vw_discount_difference")
    assert (row["average_with_discount"], row["average_without_discount"]) == ("20.00", "50.00")
    assert (row["difference"], row["margin_of_error"]) == ("-30.00", "22.63")  # 1.96 times the root of (100/3 + 200/2)


def test_a_difference_without_two_groups_is_empty(load: Load) -> None:
    (row,) = load([{"discount_applied": "No"}]).query("SELECT * FROM public.vw_discount_difference")
    assert (row["orders_with_discount"], row["difference"], row["margin_of_error"]) == ("0", None, None)


def test_nobody_rated(load: Load) -> None:
    engine = load([{"rating": ""}])
    (loyalty,) = engine.query("SELECT * FROM public.vw_customer_loyalty")
    (cube,) = engine.query("SELECT * FROM public.vw_dashboard_cube")
    assert loyalty["average_rating"] is None
    assert (cube["rating_total"], cube["rated_orders"]) == ("0", "0")


def test_the_cube_names_the_20_largest_cities_and_keeps_the_newest_24_months(load: Load) -> None:
    engine = load(
        [{"city": f"C{number:02}", "purchase_amount": f"{100 - number}"} for number in range(25)]
        + [{"city": "C00", "purchase_date": f"20{year}-{month}-01"} for year, month in (("22", "03"), ("22", "04"))]
    )
    rows = engine.query("SELECT * FROM public.vw_dashboard_cube")
    named = {row["top_city"] for row in rows}
    assert named == {None, *(f"C{number:02}" for number in range(20))}
    assert {row["month"] for row in rows} == {"2024-03", "2022-04"}


def test_the_product_cube_names_the_20_largest_products(load: Load) -> None:
    rows = load({"product_name": f"P{number:02}", "purchase_amount": f"{100 - number}"} for number in range(25)).query(
        "SELECT * FROM public.vw_product_cube"
    )
    assert {row["product_name"] for row in rows} == {None, *(f"P{number:02}" for number in range(20))}


def test_the_day_cube_keeps_what_the_page_filters(load: Load) -> None:
    rows = load(
        [
            {"purchase_date": "2024-03-01", "purchase_amount": "1.10"},
            {"purchase_date": "2024-03-01", "purchase_amount": "2.20"},
            {"purchase_date": "2024-03-01", "category": "Beauty"},
            {"purchase_date": "2022-04-01"},
            {"purchase_date": "2022-03-31"},
        ]
    ).query("SELECT * FROM public.vw_day_cube ORDER BY purchase_date, category")
    assert [
        (row["purchase_date"], row["month"], row["category"], row["orders"], row["total_revenue"]) for row in rows
    ] == [
        ("2022-04-01", "2022-04", "Home", "1", "10.00"),
        ("2024-03-01", "2024-03", "Beauty", "1", "10.00"),
        ("2024-03-01", "2024-03", "Home", "2", "3.30"),
    ]
