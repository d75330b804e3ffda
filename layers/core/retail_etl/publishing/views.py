"""The reporting views: one SQL file each, in the order in which they can be created.

A file holds a comment and the SELECT behind the view. The comment's first line says what the view shows, `Grain:` what
one row is, and `column: …` what a column holds, where the contract does not say it already.

Averages and shares are written so that Redshift, PostgreSQL and DuckDB agree to the last digit: a quotient is cast to
more digits than needed before it is rounded (DuckDB divides decimals as doubles, where 1.005 falls short of its half
cent), and sums are cast to DECIMAL(18,2) before they divide (Redshift gives a quotient of DECIMAL(38,2) four digits).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SQL = Path(__file__).parents[1] / "sql" / "views"

VIEWS = (
    "vw_purchases",
    "vw_category_revenue",
    "vw_monthly_revenue_by_category",
    "vw_repeat_customer_comparison",
    "vw_discount_behavior",
    "vw_payment_method_summary",
    "vw_city_revenue",
)
"""Names of the views; a view reads only the table and the views before it."""


@dataclass(frozen=True)
class View:
    """One view. `select` is its body without the comment; `comments` maps column names to what they hold."""

    name: str
    summary: str
    grain: str
    comments: dict[str, str]
    select: str


@cache
def shipped_view(name: str) -> View:
    """The view of that name."""
    comment, select = (_SQL / f"{name}.sql").read_text("utf-8").split("\n\n", 1)
    summary, *notes = (line.removeprefix("-- ") for line in comment.splitlines())
    described = dict(note.split(": ", 1) for note in notes)
    return View(name, summary, described.pop("Grain"), described, select.strip())


def shipped_views() -> tuple[View, ...]:
    """Every view, in the order in which they can be created."""
    return tuple(shipped_view(name) for name in VIEWS)
