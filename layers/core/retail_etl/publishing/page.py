"""The dashboard page: the built template with one publish's data in it. Nothing in it is fetched from elsewhere."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from retail_etl.publishing.packing import add_up, pack
from retail_etl.publishing.tables import Table

_TEMPLATE = Path(__file__).parent / "page.html"
_PLACE = "{{DATA}}"

# Cities of a segment that are drawn one by one, the largest; those below both thresholds come as a density.
_MOST_DOTS = 200

# The filter for cities multiplies a cube by the cities that sell. Where that would take the cubes beside that of all
# purchases more bytes than this, they come without it; the page sees what a cube lacks, and its cards say so.
_MOST_BYTES = 300_000
_CITY_GROUP = ("city_segment", "top_city")

# Measures and the factor that makes them whole: money in cents; of squares, which only serve spreads, dollars will do.
_MEASURES = {"orders": 1, "total_revenue": 100, "sum_of_squares": 1, "rating_total": 1, "rated_orders": 1}

_AS_THEY_ARE = {
    "months": "vw_monthly_revenue",
    "segments": "vw_city_segment_summary",
    "pareto": "vw_city_pareto",
    "orderBands": "vw_city_order_bands",
    "density": "vw_city_density",
}
_CUBES = {
    "purchases": "vw_dashboard_cube",
    "days": "vw_day_cube",
    "products": "vw_product_cube",
    "ageGroups": "vw_age_group_cube",
    "genders": "vw_gender_cube",
}


def build_page(tables: Mapping[str, Table], published_at: datetime) -> bytes:
    """The page for these views. `tables` maps the names of the published views to their rows."""
    before, after = template()
    # In a script element, "<" could end the element or open a comment; as an escape it is only text.
    data = json.dumps(page_data(tables, published_at), ensure_ascii=False, separators=(",", ":"))
    return (before + data.replace("<", "\\u003c") + after).encode()


def page_data(tables: Mapping[str, Table], published_at: datetime) -> dict[str, Any]:
    """What the page shows: small views as records of text, the cubes packed, the cities that stand out."""
    return {
        "publishedAt": published_at.isoformat(timespec="seconds"),
        "overview": tables["vw_data_overview"].only(),
        "parameters": tables["vw_dashboard_parameters"].only(),
        "repeatRate": tables["vw_repeat_rate"].only(),
        **{name: list(tables[view].records()) for name, view in _AS_THEY_ARE.items()},
        **_cities(tables["vw_city_segmentation"]),
        "cubes": _cubes(tables),
    }


def _cities(segmentation: Table) -> dict[str, Any]:
    wanted = ("city", "orders", "total_revenue", "segment")
    found: Counter[str] = Counter()
    drawn = []
    for record in segmentation.records():
        found[record["segment"]] += 1
        if record["segment"] != "Low Potential" and found[record["segment"]] <= _MOST_DOTS:
            drawn.append({name: record[name] for name in wanted})
    return {
        "cities": drawn,
        "citiesLeftOut": len(segmentation.rows) - found["Low Potential"] - len(drawn),
        "classACities": sum(record["pareto_class"] == "A" for record in segmentation.records()),
    }


def _cubes(tables: Mapping[str, Table]) -> dict[str, Any]:
    cubes = {name: _packed(tables[view]) for name, view in _CUBES.items()}
    beside = _CUBES.keys() - {"purchases"}
    if sum(len(cubes[name]["data"]) for name in beside) > _MOST_BYTES:
        cubes |= {name: _packed(add_up(tables[_CUBES[name]], _CITY_GROUP, _MEASURES)) for name in beside}
    return cubes


def _packed(cube: Table) -> dict[str, Any]:
    return pack(cube, {name: factor for name, factor in _MEASURES.items() if name in cube.columns})


@cache
def template() -> tuple[str, str]:
    """The built page before and after the place of the data."""
    before, after = _TEMPLATE.read_text("utf-8").split(_PLACE)
    return before, after
