"""The reporting views: one SQL file each, in the order in which they can be created.

A file holds a comment and the SELECT behind the view. The comment says first what the view shows, after `Grain:` what
one row is, after `Order:` in which order its rows are published (a view without it is not published), and after
`column:` what a column holds, where the contract does not say it already.

Averages and shares are written so that Redshift, PostgreSQL and DuckDB agree to the last digit: a quotient is cast to
more digits than needed before it is rounded (DuckDB divides decimals as doubles, where 1.005 falls short of its half
cent), and sums are cast to DECIMAL(18,2) before they divide (Redshift gives a quotient of DECIMAL(38,2) four digits).
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SQL = Path(__file__).parents[1] / "sql" / "views"
_NOTE = re.compile(r"(Grain|Order|[a-z_]+): (.*)")

VIEWS = (
    "vw_purchases",
    "vw_category_revenue",
    "vw_monthly_revenue_by_category",
    "vw_repeat_customer_comparison",
    "vw_discount_behavior",
    "vw_payment_method_summary",
    "vw_city_revenue",
    "vw_dashboard_parameters",
    "vw_data_overview",
    "vw_monthly_revenue",
    "vw_product_revenue",
    "vw_customer_loyalty",
    "vw_loyalty_by_age_group",
    "vw_loyalty_by_gender",
    "vw_repeat_rate",
    "vw_discount_summary",
    "vw_discount_by_category",
    "vw_discount_difference",
    "vw_payment_by_month",
    "vw_payment_by_age_group",
    "vw_city_segmentation",
    "vw_city_segment_summary",
    "vw_city_pareto",
    "vw_city_order_bands",
    "vw_city_density",
    "vw_recent_purchases",
    "vw_dashboard_cube",
    "vw_day_cube",
    "vw_product_cube",
    "vw_age_group_cube",
    "vw_gender_cube",
)
"""Names of the views; a view reads only the table and the views before it."""


@dataclass(frozen=True)
class View:
    """One view. `select` is its body without the comment; `comments` maps column names to what they hold.

    `order` is what its rows are published in the order of; None: the view is there for other views only.
    """

    name: str
    summary: str
    grain: str
    order: str | None
    comments: dict[str, str]
    select: str

    def rows_of(self, schema: str) -> str:
        """The query of all its rows, in their order."""
        return f"SELECT * FROM {schema}.{self.name} ORDER BY {self.order}"  # noqa: S608 - files of this package


@cache
def shipped_view(name: str) -> View:
    """The view of that name."""
    comment, select = (_SQL / f"{name}.sql").read_text("utf-8").split("\n\n", 1)
    notes = {"summary": ""}
    about = "summary"
    for line in comment.splitlines():
        text = line.removeprefix("-- ")
        if note := _NOTE.fullmatch(text):
            about, text = note.groups()
        notes[about] = f"{notes.get(about, '')} {text}".strip()
    return View(name, notes.pop("summary"), notes.pop("Grain"), notes.pop("Order", None), notes, select.strip())


def published_views() -> tuple[View, ...]:
    """The views that people get as files."""
    return tuple(view for view in shipped_views() if view.order)


def shipped_views() -> tuple[View, ...]:
    """Every view, in the order in which they can be created."""
    return tuple(shipped_view(name) for name in VIEWS)
