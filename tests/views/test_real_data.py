"""The figures of the public data set, which is no part of this repository: ETL_REAL_DATA names its folder."""

import os
from pathlib import Path

import duckdb
import pytest

from tests.views.engines import COLUMNS, Engine

FOLDER = os.environ.get("ETL_REAL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="ETL_REAL_DATA names no folder")


@pytest.fixture(scope="module")
def real(engine: Engine, held: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Engine:
    clean = tmp_path_factory.mktemp("real") / "clean.csv"
    raw = Path(FOLDER or "") / "Walmart_customer_purchases.csv"
    names = ", ".join(name for name, _ in COLUMNS if name not in ("month", "age_group"))
    connection = duckdb.connect()
    connection.execute(f"""
        COPY (
            SELECT {names}, left(purchase_date, 7) AS month,
                CASE
                    WHEN age::int < 18 THEN '<18' WHEN age::int < 25 THEN '18-24' WHEN age::int < 35 THEN '25-34'
                    WHEN age::int < 45 THEN '35-44' WHEN age::int < 55 THEN '45-54' WHEN age::int < 65 THEN '55-64'
                    ELSE '65+'
                END AS age_group
            FROM read_csv('{raw}', all_varchar = true)
        ) TO '{clean}' (HEADER)
    """)
    engine.load(clean)
    held[:] = [b"the real data"]
    return engine


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT SUM(total_revenue) FROM public.vw_category_revenue", ("12776611.48",)),
        ("SELECT COUNT(*) FROM public.vw_monthly_revenue_by_category", ("52",)),
        ("SELECT COUNT(*) FROM public.vw_city_revenue", ("25096",)),
        (
            "SELECT city, total_orders, total_revenue FROM public.vw_city_revenue ORDER BY total_revenue DESC LIMIT 1",
            ("North Michael", "42", "11478.75"),
        ),
        ("SELECT revenue_share FROM public.vw_customer_loyalty WHERE repeat_customer = 'Yes'", ("0.505826",)),
        ("SELECT order_share FROM public.vw_discount_summary WHERE discount_applied = 'Yes'", ("0.499640",)),
        ("SELECT flagged_rate, observed_rate FROM public.vw_repeat_rate", ("0.504880", "0.000000")),
        ("SELECT cities FROM public.vw_city_segment_summary WHERE segment = 'Powerhouse'", ("55",)),
        ("SELECT cities FROM public.vw_city_segment_summary WHERE segment = 'Premium Buyers'", ("1",)),
        ("SELECT cities FROM public.vw_city_segment_summary WHERE segment = 'Volume Shoppers'", ("34",)),
        ("SELECT cities FROM public.vw_city_segment_summary WHERE segment = 'Low Potential'", ("25006",)),
        ("SELECT COUNT(*) FROM public.vw_monthly_revenue WHERE is_partial = 'Yes'", ("2",)),
        ("SELECT COUNT(revenue_growth) FROM public.vw_monthly_revenue", ("10",)),
        (
            "SELECT SUM(total_revenue) AS revenue, SUM(orders) AS orders FROM public.vw_dashboard_cube",
            ("12776611.48", "50000"),
        ),
        (
            "SELECT SUM(total_revenue) AS revenue, SUM(orders) AS orders FROM public.vw_age_group_cube",
            ("12776611.48", "50000"),
        ),
        (
            "SELECT SUM(total_revenue) AS revenue, COUNT(DISTINCT purchase_date) AS days FROM public.vw_day_cube",
            ("12776611.48", "366"),
        ),
    ],
)
def test_figures(real: Engine, query: str, answer: tuple[str, ...]) -> None:
    (row,) = real.query(query)
    assert tuple(row.values()) == answer
